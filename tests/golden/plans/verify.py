"""Compare what Millrace plans and keeps in its checkpoint with what a real Spark did, shape by shape.

    python verify.py --millrace build/release/millrace [--verbose] [shape ...]

Runs every captured shape through the unmodified client and compares with the golden file: output
schema, rows and progress of each step, offset and commit logs byte for byte (times aside), operator
metadata, state schemas, the partition and the bytes of every row of the state when the query stopped.
Needs pyspark-client 4.1; no JVM. Exit code 0 when all shapes that differ
are listed in `KNOWN`.
"""
import argparse
import json
import os
import sys
import tempfile

import capture
import harness
import run
import shapes

# Shapes that differ, and why.
KNOWN = {
    "limit_after": "which rows a limit without an order keeps is left open",
    "limit_append": "numInputRows: Spark's tasks stop reading when they have enough rows",
}

# Floating point whose last digits depend on the order of merging: rows are compared by their keys.
APPROXIMATE = {"stddev_variance"}


def ordered(value):
    """JSON text with its order of keys."""
    return json.dumps(value, ensure_ascii=False)


def rows(state):
    """{partition: {key: value}} after the last version, from the newest snapshots and deltas."""
    versions = {}
    for kind in ("deltas", "snapshots"):
        for name, file in state.get(kind, {}).items():
            folder, base = name.rsplit("/", 1)
            records = file["records"] if kind == "deltas" else file
            versions.setdefault(folder, []).append((int(base.split(".")[0]), kind, records))
    found = {}
    for folder, files in versions.items():
        held = {}
        newest = max((v for v, kind, _ in files if kind == "snapshots"), default=0)
        for version, kind, records in sorted(files):
            if version > newest or (version == newest and kind == "snapshots"):
                for key, value in records:
                    held[key] = value
        found[folder] = {k: v for k, v in held.items() if v is not None}
    return {folder: held for folder, held in found.items() if held}


def folders(state):
    """Directories that have state files, and the files that are no versions."""
    return sorted({f if "_metadata" in f else f.rsplit("/", 1)[0]
                   for f in state["files"] if not f.endswith(".crc")})


def differences(name, ours, spark):
    """Lines that say what is not as Spark has it."""
    bad = []

    def compare(what, mine, theirs):
        if mine != theirs:
            bad.append(f"{what}:\n      ours  {ordered(mine)}\n      Spark {ordered(theirs)}")

    compare("output schema", ordered(ours["output_schema"]), ordered(spark["output_schema"]))
    for mine, theirs in zip(ours["steps"], spark["steps"]):
        if name not in APPROXIMATE:
            compare(mine["step"] + " rows", mine["rows"], theirs["rows"])
        compare(mine["step"] + " progress", mine["progress"], theirs["progress"])
    for log in ("offsets", "commits"):
        compare(log + " ids", sorted(ours[log]), sorted(spark[log]))
        for key in set(ours[log]) & set(spark[log]):
            compare(f"{log}/{key}", ours[log][key], spark[log][key])
    if (ours["state"] is None) != (spark["state"] is None):
        bad.append("only one of them has state")
    if ours["state"] is None or spark["state"] is None:
        return bad
    compare("operator metadata", ours["state"]["metadata"], spark["state"]["metadata"])
    compare("state schema", ordered(ours["state"]["schema"]), ordered(spark["state"]["schema"]))
    compare("state folders", folders(ours["state"]), folders(spark["state"]))
    mine, theirs = rows(ours["state"]), rows(spark["state"])
    for folder in sorted(set(mine) | set(theirs)):
        one, other = mine.get(folder, {}), theirs.get(folder, {})
        exact = name not in APPROXIMATE
        compare("rows of " + folder, *(s if exact else sorted(s) for s in (one, other)))
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--verbose", action="store_true", help="print known differences too")
    parser.add_argument("shapes", nargs="*")
    args = parser.parse_args()
    os.environ["TZ"] = "UTC"
    from pyspark.sql import SparkSession

    server = run.Millrace(args.millrace, tempfile.mkdtemp(prefix="verify-"))
    passed = failed = known = 0
    try:
        spark = SparkSession.builder.remote(server.get()).create()
        for key, value in harness.SESSION_CONF.items():
            spark.conf.set(key, value)
        for name, mode, text in shapes.SHAPES:
            if args.shapes and name not in args.shapes:
                continue
            with open(os.path.join(capture.HERE, name + ".json"), encoding="utf-8") as f:
                golden = json.load(f)
            try:
                ours = json.loads(harness.dump(capture.capture(spark, name, mode, text)))
                bad = differences(name, ours, golden)
            except Exception as e:  # noqa: BLE001 - the others go on
                bad = [f"{type(e).__name__}: {e}"]
            if name in KNOWN and bad:
                known += 1
                print("known:", name, "-", KNOWN[name])
            elif name in KNOWN:
                failed += 1
                print("DIFFERENT:", name, "is listed as different and is equal now")
            else:
                passed, failed = passed + (not bad), failed + bool(bad)
            if bad and (name not in KNOWN or args.verbose):
                print("DIFFERENT:", name)
                for line in bad:
                    print("   ", line)
        spark.stop()
    finally:
        server.close()
    print(f"{passed} passed, {failed} failed, {known} known differences")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
