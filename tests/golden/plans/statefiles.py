"""Readers of Spark's state files, for tests and recorders: deltas, schema files.

The layout is public knowledge: an LZ4Block stream around length-prefixed big-endian records.
"""
import os
import struct

MAGIC = b"LZ4Block"


def unpack(body, size):
    """The bytes of one LZ4 block; slow, but for test files fast enough."""
    out, pos = bytearray(), 0

    def length(n, pos):
        while n >= 15 and body[pos] == 255:
            n, pos = n + 255, pos + 1
        return (n + body[pos], pos + 1) if n >= 15 else (n, pos)

    while pos < len(body):
        token = body[pos]
        literals, pos = length(token >> 4, pos + 1)
        out += body[pos:pos + literals]
        pos += literals
        if pos >= len(body):
            break
        back = body[pos] | body[pos + 1] << 8
        match, pos = length(token & 15, pos + 2)
        for _ in range(match + 4):
            out.append(out[-back])
    if len(out) != size:
        raise ValueError("an LZ4 block of another size")
    return bytes(out)


def decompress(data):
    """The payload of an LZ4Block stream."""
    out, pos = b"", 0
    while pos < len(data):
        if data[pos:pos + 8] != MAGIC:
            raise ValueError("not an LZ4Block stream")
        token = data[pos + 8]
        packed, size, _ = struct.unpack_from("<iiI", data, pos + 9)
        body = data[pos + 21:pos + 21 + packed]
        pos += 21 + packed
        if token & 0xF0 == 0x10:
            out += body
        elif size:
            out += unpack(body, size)
    return out


def records(path):
    """Records of a .delta or .snapshot file: (key, value) pairs; value None is a remove."""
    with open(path, "rb") as f:
        data = decompress(f.read())
    found, pos = [], 0
    while True:
        (size,) = struct.unpack_from(">i", data, pos)
        pos += 4
        if size == -1:
            break
        key = data[pos:pos + size]
        pos += size
        (size,) = struct.unpack_from(">i", data, pos)
        pos += 4
        if size == -1:
            found.append((key, None))
            continue
        found.append((key, data[pos:pos + size]))
        pos += size
    if pos != len(data):
        raise ValueError("bytes after the end mark")
    return found


def schema(path):
    """(version, key schema JSON text, value schema JSON text) of a state schema file."""
    with open(path, "rb") as f:
        data = f.read()
    (size,) = struct.unpack_from(">H", data, 0)
    version, pos, texts = data[2:2 + size].decode(), 2 + size, []
    while len(texts) < 2:
        (chunks,) = struct.unpack_from(">i", data, pos)
        pos += 4
        text = b""
        for _ in range(chunks):
            (size,) = struct.unpack_from(">H", data, pos)
            text += data[pos + 2:pos + 2 + size]
            pos += 2 + size
        texts.append(text.decode())
    return version, texts[0], texts[1]


def state_files(checkpoint):
    """Paths of all files below checkpoint/state, relative to it, sorted."""
    top = os.path.join(checkpoint, "state")
    found = []
    for folder, _, names in os.walk(top):
        found += [os.path.relpath(os.path.join(folder, n), top) for n in names]
    return sorted(found)
