#!/usr/bin/env python3
"""Queries that an older Spark began: Spark 3.5 itself, and checkpoints older ones left.

    older.py build/release/millrace --spark PYTHON [--spark35 PYTHON] [--goldens DIR] [--jvm-lock FILE]

With --spark35 (a Python with pyspark 3.5): its first leg is gone on from by Millrace and by Spark
4.1 in turn. With --goldens (a folder of Spark's own test checkpoints): each that this build reads is
gone on from, the others must be refused clearly. What is not given is skipped with a message.
"""
import argparse
import os
import re
import shutil
import sys
import tempfile
import uuid

import cases
import engines
import takeover

# Shapes whose columns or functions a 3.5 does not have, or plans another way.
NOT_35 = {"clean_archive"}

INT = {"format": "json", "schema": "value INT, ts TIMESTAMP"}
NOT_NULL = 'src.select(F.coalesce("value", F.lit(0)).alias("%s"))'
GOLDENS = [  # folder, query, mode, partitions
    ("checkpoint-version-4.0.0/hdfs/agg", (NOT_NULL % "_1") + '.groupBy("_1").count()', "complete"),
    ("checkpoint-version-4.0.0/hdfs/limit", (NOT_NULL % "_1") + ".limit(10)", "append"),
    ("checkpoint-version-3.0.0-streaming-statestore-codec",
     (NOT_NULL % "value") + '.groupBy("value").agg(F.count("*"))', "complete"),
]
REFUSED = [  # folder, query, mode, what the message says
    ("checkpoint-version-4.0.0/rocksdb/agg", GOLDENS[0][1], "complete", "RocksDB"),
    ("checkpoint-version-4.0.0/hdfs/dedup", GOLDENS[0][1], "complete", "dedupe|SCHEMA_NOT_COMPATIBLE"),
    ("checkpoint-version-4.0.0/hdfs/join1", GOLDENS[0][1], "complete",
     r"sources in the checkpoint|symmetricHashJoin"),
    ("checkpoint-version-2.1.0", GOLDENS[2][1], "complete", "state format 1"),
    ("checkpoint-version-2.3.1-streaming-aggregate-state-format-1", GOLDENS[2][1], "complete",
     "state format 1"),
    ("checkpoint-version-2.3.1-without-commit-log-metadata", GOLDENS[2][1], "complete",
     "state format 1"),
    ("checkpoint-test-offsetId-commitId-inconsistent", "src", "append", "batch 3 doesn't exist"),
    ("checkpoint-version-2.4.5-for-compatibility-test-sum-decimal",
     'src.selectExpr("value % 2 AS id", "CAST(value AS DECIMAL) AS dec").groupBy("id")'
     '.agg(F.sum("dec"))', "complete", "VALUE_ROW_FORMAT|row"),
    ("checkpoint-version-3.2.0-streaming-aggregate-with-repartition",
     'src.select(F.coalesce("value", F.lit(0)).alias("key1"), (F.coalesce("value", F.lit(0)) * 2)'
     '.alias("key2")).groupBy("key1", "key2").agg(F.count("*"))', "complete", "partition"),
]


class Older(takeover.Relay):
    """Runs that begin with what was there before; checkpoints are compared as in a relay."""

    def from_35(self, old):
        self.play(old, [("5S5S", [0]), ("5MSM", [0]), ("5SMM", [0])])
        self.play(self.millrace, [("5MSM", [1])])
        self.play(self.spark, [("5S5S", [1, 2, 3]), ("5MSM", [2]), ("5SMM", [1])])
        self.play(self.millrace, [("5MSM", [3]), ("5SMM", [2, 3])])
        return self.compare(["5S5S", "5MSM", "5SMM"])


def ints(leg):
    """Input of one leg for a golden checkpoint: values 0 to 5, some more often."""
    return ['{"value": %d}' % (n * (leg + 1) % 6) for n in range(8)]


def golden_case(folder, query, mode):
    name = re.sub(r"\W+", "_", folder)
    # (A file sink would miss the log entries of the batches before.)
    sink = {"format": "memory" if mode == "complete" else "noop"}
    return cases.case(name, mode, query, source=INT, delay=None, sink=sink,
                      steps=cases.steps(1, ints, "new{:d}.json", legs=3))


def place(goldens, folder, base):
    """The golden checkpoint under base/ck, with a log of the files its source would have read."""
    shutil.copytree(os.path.join(goldens, folder), base + "/ck", copy_function=shutil.copyfile)
    for top, _, _ in os.walk(base + "/ck"):
        os.chmod(top, 0o755)
    with open(base + "/ck/metadata", "w") as f:  # a Spark stops another run of the same query
        f.write('{"id":"%s"}' % uuid.uuid4())
    os.makedirs(base + "/in", exist_ok=True)
    newest = max(int(n) for n in os.listdir(base + "/ck/offsets") if n.isdigit())
    with open(f"{base}/ck/offsets/{newest}") as f:
        sources = f.read().split("\n")[2:]
    for i, text in enumerate(sources):
        os.makedirs(f"{base}/ck/sources/{i}", exist_ok=True)
        for n in range(int(re.sub(r"\D", "", text) or 0) + 1):
            with open(f"{base}/ck/sources/{i}/{n}", "w") as f:
                f.write('v1\n{"path":"file://%s/in/old%d.json","timestamp":1600000000000,'
                        '"batchId":%d}' % (base, n, n))


def from_goldens(millrace, spark, goldens, root):
    """(passed, failed) of all golden checkpoints."""
    chosen = [golden_case(*g) for g in GOLDENS if os.path.isdir(os.path.join(goldens, g[0]))]
    refused = [g for g in REFUSED if os.path.isdir(os.path.join(goldens, g[0]))]
    for g in GOLDENS + REFUSED:
        if not os.path.isdir(os.path.join(goldens, g[0])):
            print("skipped: no", g[0])
    r = Older(millrace, spark, chosen, root)
    for run in ("SSS", "MSM", "SMM"):
        for g, c in zip(GOLDENS, chosen):
            place(goldens, g[0], os.path.join(root, run, c["name"]))
    r.play(millrace, [("MSM", [0])])
    r.play(spark, [("SSS", [0, 1, 2]), ("MSM", [1]), ("SMM", [0])])
    r.play(millrace, [("MSM", [2]), ("SMM", [1, 2])])
    passed, failed = r.compare(["SSS", "MSM", "SMM"])
    tasks = []
    for folder, query, mode, _ in refused:
        c = golden_case(folder, query, mode)
        place(goldens, folder, os.path.join(root, "R", c["name"]))
        tasks += takeover.tasks_of([c], root, "R", [0])
    said = millrace.play(tasks)
    for (folder, _, _, wanted), task in zip(refused, tasks):
        error = said[task["name"]]["error"]
        good = bool(error and re.search(wanted, error))
        passed, failed = passed + good, failed + (not good)
        if not good:
            print("NOT REFUSED" if not error else "UNCLEAR", folder, repr(error)[:300])
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millrace")
    parser.add_argument("--spark", default=sys.executable, help="a Python with pyspark 4.1")
    parser.add_argument("--spark35", help="a Python with pyspark 3.5")
    parser.add_argument("--goldens", help="Spark's sql/core/src/test/resources/structured-streaming")
    parser.add_argument("--jvm-lock", help="a lock file to hold while a JVM runs")
    parser.add_argument("--only", nargs="*", help="names of cases, for Spark 3.5")
    args = parser.parse_args()
    root = tempfile.mkdtemp(prefix="older-")
    millrace = engines.Engine("millrace", args.spark, os.path.abspath(args.millrace))
    spark = engines.Engine("spark", args.spark, jvm_lock=args.jvm_lock)
    passed = failed = 0
    if args.goldens:
        passed, failed = from_goldens(millrace, spark, args.goldens, root + "/g")
    else:
        print("skipped: golden checkpoints (--goldens)")
    if args.spark35:
        every = cases.all_cases()
        chosen = [every[n] for n in (args.only or cases.chosen_cases()) if n not in NOT_35]
        old = engines.Engine("spark35", args.spark35, jvm_lock=args.jvm_lock)
        good, bad = Older(millrace, spark, chosen, root + "/o").from_35(old)
        passed, failed = passed + good, failed + bad
    else:
        print("skipped: Spark 3.5 (--spark35)")
    print("%d passed, %d failed" % (passed, failed))
    if failed:
        print("checkpoints:", root)
    else:
        shutil.rmtree(root)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
