"""Reading what a query left: the rows its sink's log counts, and its state, decoded."""
import collections
import ctypes
import ctypes.util
import glob
import json
import os
import sys
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden", "plans"))

import statefiles  # noqa: E402


def log_ids(folder):
    """Ids of a metadata log, sorted; a compacted entry (9.compact) counts as any other."""
    if not os.path.isdir(folder):
        return []
    names = (n.removesuffix(".compact") for n in os.listdir(folder))
    return sorted(int(n) for n in names if n.isdigit())


def sink_files(out):
    """Data files that count: those in the sink's log, from its last compaction on."""
    folder = os.path.join(out, "_spark_metadata")
    names = [n for n in (os.listdir(folder) if os.path.isdir(folder) else [])
             if n.split(".")[0].isdigit()]
    order = sorted(names, key=lambda n: int(n.split(".")[0]))
    compact = [i for i, n in enumerate(order) if n.endswith(".compact")]
    found = []
    for name in order[compact[-1] if compact else 0:]:
        with open(os.path.join(folder, name)) as f:
            for line in f.read().splitlines()[1:]:
                entry = json.loads(line)
                found.append(urllib.parse.unquote(urllib.parse.urlparse(entry["path"]).path))
    return found


def sink_rows(out, header=False):
    """Lines of all files that count, with how often each occurs."""
    rows = collections.Counter()
    for path in sink_files(out):
        with open(path, encoding="utf-8") as f:
            lines = f.read().splitlines()
        rows.update(lines[1:] if header else lines)
    return rows


def unzstd(data):
    """The payload of zstd frames, by libzstd's stream functions."""
    lib = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")

    class Buffer(ctypes.Structure):
        _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t), ("pos", ctypes.c_size_t)]

    lib.ZSTD_createDStream.restype = ctypes.c_void_p
    lib.ZSTD_decompressStream.restype = ctypes.c_size_t
    stream = ctypes.c_void_p(lib.ZSTD_createDStream())
    source = ctypes.create_string_buffer(data, len(data))
    chunk = ctypes.create_string_buffer(1 << 16)
    given = Buffer(ctypes.addressof(source), len(data), 0)
    out = b""
    while True:
        made = Buffer(ctypes.addressof(chunk), len(chunk), 0)
        left = lib.ZSTD_decompressStream(stream, ctypes.byref(made), ctypes.byref(given))
        if lib.ZSTD_isError(ctypes.c_size_t(left)):
            raise ValueError("not a zstd frame")
        out += chunk.raw[:made.pos]
        if given.pos == given.size and made.pos < made.size:
            break
    lib.ZSTD_freeDStream(stream)
    return out


def records(path):
    """Records of a state file of either codec."""
    with open(path, "rb") as f:
        head = f.read(8)
    if head == statefiles.MAGIC:
        return statefiles.records(path)
    plain, keep = statefiles.decompress, unzstd
    statefiles.decompress = keep
    try:
        return statefiles.records(path)
    finally:
        statefiles.decompress = plain


def partition_state(folder, version):
    """Key to value of one partition at one version, as its files say."""
    base = version
    while base > 0 and not os.path.exists(os.path.join(folder, f"{base}.snapshot")):
        base -= 1
    state = {}
    for v in range(base, version + 1):
        name = f"{v}.snapshot" if v == base else f"{v}.delta"
        if v == 0:
            continue
        for key, value in records(os.path.join(folder, name)):
            if value is None:
                state.pop(key, None)
            else:
                state[key] = value
    return state


def state(checkpoint):
    """{(operator, partition, key): value} at the newest committed version."""
    version = log_ids(os.path.join(checkpoint, "commits"))[-1] + 1
    found = {}
    for folder in glob.glob(os.path.join(checkpoint, "state", "*", "*")):
        op, part = folder.split(os.sep)[-2:]
        if part.isdigit():
            for key, value in partition_state(folder, version).items():
                found[(op, int(part), key)] = value
    return found


def schemas(checkpoint):
    """The state schema files of all operators, decoded."""
    top = os.path.join(checkpoint, "state")
    return {os.path.relpath(p, top): statefiles.schema(p)
            for p in glob.glob(os.path.join(top, "*", "0", "_metadata", "schema"))}
