#!/usr/bin/env python3
"""Damaged checkpoints: each is refused with a clear error, survives, and goes on when it is mended.

    damage.py build/release/millrace [--python PYTHON] [--record] [--jvm-lock FILE] [NAME ...]

Starts from a checkpoint that a real Spark wrote (../golden/checkpoints/append_files). Needs
pyspark-client 4.1; no JVM, except with --record, which asks a real Spark what it says to the same
damage and keeps that in damage_spark.json.
"""
import argparse
import glob
import json
import os
import re
import shutil
import sys
import tempfile
import uuid

import checkpoints
import engines

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden", "checkpoints", "append_files")
RECORDED = os.path.join(HERE, "damage_spark.json")

with open(os.path.join(GOLDEN, "query.json")) as _f:
    QUERY = json.load(_f)
with open(os.path.join(GOLDEN, "expected.json")) as _f:
    EXPECTED = json.load(_f)

AGGREGATE = ('.withWatermark("ts", "5 seconds").groupBy(F.window("ts", "10 seconds"), "k").agg('
             + ", ".join(f"F.expr({a!r})" for a in QUERY["aggregates"]) +
             ').select("window.start", "window.end", "k", "n", "mean", "total", "low", "high", "money")')


# Where this build says what it does not read, in its own words.
OWN_WORDS = {"RocksDB", "state format 1", "codec unknown"}


def path_of(base, name):
    return os.path.join(base, "ck", name)


def cut(name):
    """Keep the first half of a file."""
    def damage(base):
        size = os.path.getsize(path_of(base, name))
        os.truncate(path_of(base, name), size // 2)
    return damage


def gone(*names):
    def damage(base):
        for name in names:
            os.unlink(path_of(base, name))
    return damage


def put(name, data):
    """Replace or make a file."""
    def damage(base):
        os.makedirs(os.path.dirname(path_of(base, name)), exist_ok=True)
        with open(path_of(base, name), "wb") as f:
            f.write(data)
    return damage


def edit(name, old, new):
    def damage(base):
        with open(path_of(base, name), "rb") as f:
            data = f.read()
        if old not in data:
            raise ValueError(f"{name} does not hold {old!r}")
        with open(path_of(base, name), "wb") as f:
            f.write(data.replace(old, new))
    return damage


def also(*damages):
    def damage(base):
        for one in damages:
            one(base)
    return damage


def last_delta(base):
    """A delta that holds rows."""
    full = [p for p in sorted(glob.glob(path_of(base, "state/0/*/6.delta")))
            if os.path.getsize(p) > 46]
    return os.path.relpath(full[0], path_of(base, ""))


def with_delta(make, *crc):
    """`make` applied to a delta that has rows; with `crc`, its checksum goes first."""
    def damage(base):
        name = last_delta(base)
        for suffix in crc:
            os.unlink(path_of(base, name + suffix))
        make(name)(base)
    return damage


def swap(base):
    """Two partitions change places (the schema stays)."""
    full, other = os.path.dirname(path_of(base, last_delta(base))), path_of(base, "state/0/4")
    if full == other:
        other = path_of(base, "state/0/3")
    for name in os.listdir(full):
        if name != "_metadata":
            os.rename(os.path.join(full, name), os.path.join(full, "x"))
            os.rename(os.path.join(other, name), os.path.join(full, name))
            os.rename(os.path.join(full, "x"), os.path.join(other, name))


CONF = b'"spark.sql.streaming.stateStore.providerClass":"'
HDFS = CONF + b"org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider"
ROCKS = CONF + b"org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
SCHEMA = "state/0/0/_metadata/schema"
OPERATOR = "state/0/_metadata/metadata"

# name: (damage, what the message has to say besides being an error)
DAMAGES = {
    "delta cut short": (with_delta(cut), r"\.delta"),
    "delta cut short, no checksum": (with_delta(cut, ".crc"), r"\.delta"),
    "delta of garbage": (with_delta(lambda n: put(n, b"\x00\x01garbage" * 9), ".crc"), r"\.delta"),
    "delta empty": (with_delta(lambda n: put(n, b""), ".crc"), r"\.delta"),
    "delta missing": (with_delta(gone), r"6\.delta"),
    "delta before it missing": (with_delta(lambda n: gone(n.replace("6.", "5."))), r"5\.delta"),
    "checksum wrong": (with_delta(lambda n: edit(n + ".crc", b'"value":', b'"value":1')), r"\.delta"),
    "checksum of garbage": (with_delta(lambda n: put(n + ".crc", b"garbage")), r"\.delta"),
    "partitions swapped": (swap, r"belongs to partition"),
    "partition missing": (lambda base: shutil.rmtree(path_of(base, "state/0/3")), r"state/0/3"),
    "snapshot of garbage": (put("state/0/1/6.snapshot", b"garbage"), r"6\.snapshot"),
    "offsets of garbage": (put("offsets/5", b"\xff\xfegarbage"), r"offsets"),
    "offsets empty": (put("offsets/5", b""), r"offsets"),
    "offsets cut short": (cut("offsets/5"), r"offsets"),
    "offsets of version 2": (edit("offsets/5", b"v1\n", b"v2\n"), r"offsets"),
    "offsets of version 99": (edit("offsets/5", b"v1\n", b"v99\n"), r"99"),
    "offsets without version": (edit("offsets/5", b"v1\n", b""), r"offsets"),
    "offset of garbage": (edit("offsets/5", b'{"logOffset":2}', b'{"logOffset":"x"}'), r"offset"),
    "no offset of the batch before": (gone("offsets/4", "commits/5"), r"batch 4|offsets/4"),
    "one source more": (lambda base: None, r"There are \[1\] sources in the checkpoint"),
    "one offset more": (edit("offsets/5", b'\n{"logOffset":2}', b'\n{"logOffset":2}\n{"logOffset":2}'),
                        r"There are \[2\] sources in the checkpoint"),
    "partitions of garbage": (edit("offsets/5", b'shuffle.partitions":"5"', b'shuffle.partitions":"x"'),
                              r"shuffle\.partitions"),
    "commit of garbage": (put("commits/5", b"garbage"), r"commits/5|garbage"),
    "commit empty": (put("commits/5", b""), r"commits/5|commit"),
    "commit of version 2": (edit("commits/5", b"v1\n", b"v2\n"), r"v2|version 2"),
    "metadata of garbage": (put("metadata", b"garbage"), r"metadata"),
    "metadata empty": (put("metadata", b""), r"metadata"),
    "source log of garbage": (put("sources/0/2", b"garbage"), r"sources/0/2|garbage"),
    "source log empty": (put("sources/0/2", b""), r"sources/0/2"),
    "source log of version 7": (edit("sources/0/2", b"v1\n", b"v7\n"), r"7"),
    "newest source log missing": (gone("sources/0/2"), r"sources/0 .*read twice"),
    "source log missing": (gone("sources/0/1"), r"sources/0"),
    "sink log of garbage": (put("../out/_spark_metadata/4", b"garbage"), r"_spark_metadata/4|garbage"),
    "schema of garbage": (put(SCHEMA, b"\x00\x02v2garbage"), r"schema"),
    "schema of version 3": (edit(SCHEMA, b"\x00\x02v2", b"\x00\x02v3"), r"schema"),
    "schema with another key": (edit(SCHEMA, b'"name":"k","type":"string"', b'"name":"k","type":"binary"'),
                                r"STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE|[kK]ey schema"),
    "operator of garbage": (put(OPERATOR, b"garbage"), r"_metadata/metadata"),
    "operator of another kind": (edit(OPERATOR, b'stateStoreSave', b'dedupe'), r"dedupe"),
    "RocksDB": (edit("offsets/5", HDFS, ROCKS), r"RocksDB"),
    "state format 1": (edit("offsets/5", b'aggregation.stateFormatVersion":"2"',
                            b'aggregation.stateFormatVersion":"1"'), r"state format 1|schema"),
    "row checksums": (edit("offsets/5", b'"conf":{',
                           b'"conf":{"spark.sql.streaming.stateStore.rowChecksum.enabled":"true",'),
                      r"checksum"),
    "codec unknown": (edit("offsets/5", b'codec":"lz4"', b'codec":"brotli"'), r"brotli"),
}

# What Spark lets pass, or says in another place; we are stricter on purpose.
HARMLESS = {
    "stray files": also(put("offsets/.7.crc", b"x"), put("offsets/x", b"x"), put("commits/abc", b"x"),
                        put("state/0/0/.3.delta.9.TID1.tmp", b"x"), put("state/0/.keep", b""),
                        put("sources/0/.1.5e0.tmp", b"x"), put("note.txt", b"x"),
                        put("offsets/sub/1", b"x")),
    "no checksums": lambda base: [os.unlink(p) for p in glob.glob(path_of(base, "state/0/*/*.crc"))],
    "no operator metadata": gone(OPERATOR),
    "no state schema": gone(SCHEMA),
    "nothing": lambda base: None,
    "commit missing": gone("commits/5"),
    "commit and newest state missing": also(gone("commits/5"), lambda base: [
        os.unlink(p) for p in glob.glob(path_of(base, "state/0/*/6.delta*"))]),
    "commit and half of the newest state missing": also(gone("commits/5"), lambda base: [
        os.unlink(p) for p in glob.glob(path_of(base, "state/0/[024]/6.delta*"))]),
    "commit and sink log missing": also(gone("commits/5"), gone("../out/_spark_metadata/5")),
    "future state": also(gone("commits/5"), put("state/0/0/7.delta", b"left over"),
                         put("state/0/0/7.delta.crc", b"left over")),
    "checksum of a future delta": put("state/0/0/7.delta.crc", b'{"algorithm":"CRC32C","value":1,'
                                      b'"mainFileSize":5,"timestampMs":1,"creator":{}}'),
}


def prepare(root, name):
    """A copy of Spark's checkpoint whose logs name its new place."""
    base = os.path.join(root, re.sub(r"\W+", "_", name))
    for part, to in (("ckpt", "ck"), ("in", "in"), ("out", "out")):
        shutil.copytree(os.path.join(GOLDEN, part), os.path.join(base, to))
    with open(base + "/ck/metadata", "w") as f:  # a Spark stops another run of the same query
        f.write('{"id":"%s"}' % uuid.uuid4())
    for path in glob.glob(base + "/ck/sources/*/*") + glob.glob(base + "/out/_spark_metadata/*"):
        with open(path) as f:
            text = f.read()
        with open(path, "w") as f:
            f.write(text.replace(QUERY["base"], base))
    for n, path in enumerate(sorted(glob.glob(base + "/in/*"))):
        os.utime(path, (1_700_000_000 + 10 * n,) * 2)
    return base


def tree(base):
    """Contents of all files a user may see below the checkpoint."""
    found = {}
    for folder, _, names in os.walk(path_of(base, "")):
        for name in names:
            if ".millrace" not in folder and not name.startswith(".millrace"):
                with open(os.path.join(folder, name), "rb") as f:
                    found[os.path.relpath(os.path.join(folder, name), base)] = f.read()
    return found


def task(base, name, more):
    """The query on `base`; with `more`, the rest of its input arrives."""
    steps = []
    for n, path in enumerate(sorted(glob.glob(os.path.join(GOLDEN, "more", "*"))), 3):
        with open(path) as f:
            steps.append([(n, os.path.basename(path), f.read().splitlines())])
    query = "src" + AGGREGATE
    if name == "one source more" and not more:
        query = f'src.union(spark.readStream.schema({QUERY["schema"]!r}).json({base + "/in2"!r}))' + AGGREGATE
        os.makedirs(base + "/in2", exist_ok=True)
    return dict(name=name, base=base, query=query, mode="append", delay=None, table="t",
                source={"format": "json", "schema": QUERY["schema"]}, sink={"format": "json"},
                conf={"spark.sql.shuffle.partitions": "5"}, steps=steps if more else [])


def condition(text):
    """The innermost error condition a message names."""
    found = re.findall(r"\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]", text or "")
    return found[-1] if found else ""


def right_rows(base):
    rows = checkpoints.sink_rows(base + "/out")  # every window and key once; expected.json may repeat
    return set(rows) == set(EXPECTED["lines_after"]) and set(rows.values()) == {1}


def refuse(engine, root, names):
    """Damage, start, mend, start again; returns the lines that are wrong, and what was said."""
    bases, before, tasks = {}, {}, []
    for name in names:
        bases[name] = prepare(root, name)
        shutil.copytree(bases[name], bases[name] + ".whole")
        DAMAGES[name][0](bases[name])
        before[name] = tree(bases[name])
        tasks.append(task(bases[name], name, False))
    said = engine.play(tasks, threads=2)
    bad = []
    for name in names:
        text = said[name]["error"]
        if not text:
            bad.append(f"{name}: not refused")
        elif not re.search(DAMAGES[name][1], text):
            bad.append(f"{name}: unclear: {text[:300]!r}")
        after = tree(bases[name])
        if text and any(after.get(p) != data for p, data in before[name].items()):
            bad.append(f"{name}: the checkpoint changed")
        shutil.rmtree(bases[name])
        shutil.move(bases[name] + ".whole", bases[name])
    again = engine.play([task(bases[n], n, True) for n in names], threads=2)
    for name in names:
        if again[name]["error"]:
            bad.append(f"{name}: mended, yet {again[name]['error'][:300]!r}")
        elif not right_rows(bases[name]):
            bad.append(f"{name}: mended, other rows")
    return bad, {n: said[n]["error"] for n in names}


def accept(engine, root, names):
    """What does no harm: the query goes on to the right rows."""
    bases = {}
    for name in names:
        bases[name] = prepare(root, name)
        HARMLESS[name](bases[name])
    said = engine.play([task(bases[n], n, True) for n in names], threads=2)
    return [f"{n}: {said[n]['error'] or 'other rows'}"[:400] for n in names
            if said[n]["error"] or not right_rows(bases[n])]


def record(python, lock, root, names):
    """Ask a real Spark."""
    spark = engines.Engine("spark", python, jvm_lock=lock)
    tasks = []
    for name in names:
        base = prepare(root, name)
        DAMAGES[name][0](base)
        tasks.append(task(base, name, True))
        tasks[-1]["query"] = task(base, name, False)["query"]
        tasks[-1]["steps"] = tasks[-1]["steps"][:1]
    said = spark.play(tasks)
    found = {n: {"condition": condition(a["error"]), "error": (a["error"] or "")
                 .replace(root, "<TMP>").split("\n")[0][:400]} for n, a in said.items()}
    with open(RECORDED, "w") as f:
        json.dump(found, f, indent=1, sort_keys=True)
        f.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millrace")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--jvm-lock")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    root = tempfile.mkdtemp(prefix="damage-")
    names = [n for n in DAMAGES if not args.names or n in args.names]
    harmless = [n for n in HARMLESS if not args.names or n in args.names]
    if args.record:
        record(args.python, args.jvm_lock, os.path.join(root, "spark"), names)
        return 0
    recorded = {}
    if os.path.exists(RECORDED):
        with open(RECORDED) as f:
            recorded = json.load(f)
    engine = engines.Engine("millrace", args.python, os.path.abspath(args.millrace))
    bad, said = refuse(engine, root, names)
    bad += accept(engine, root, harmless)
    for name in names:
        theirs = recorded.get(name, {}).get("condition", "")
        ours = condition(said[name])
        if theirs not in ("", "STREAM_FAILED") and name not in OWN_WORDS and ours != theirs:
            bad.append(f"{name}: Spark says {theirs}, we say {ours}: {said[name]!r:.300}")
        if args.verbose:
            print(f"{name}:\n    {said[name]!r:.400}\n    Spark: {recorded.get(name, {}).get('error')!r:.300}")
    for line in bad:
        print("WRONG", line)
    print("%d passed, %d failed" % (len(names) + len(harmless) - len({b.split(":")[0] for b in bad}),
                                    len({b.split(":")[0] for b in bad})))
    shutil.rmtree(root)
    shutil.rmtree(engine.work)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
