"""Make the small complete checkpoints of a real Spark that takeover tests continue from.

    python make.py [--endpoint sc://host:port] [name ...]

Needs pyspark[connect] 4.1 and a JVM. For each checkpoint a folder:
  in/         input files read before the stop      more/    files to drop afterwards, in name order
  ckpt/       the checkpoint (Hadoop's hidden .crc files left out, as `git` users would)
  out/        the file sink's output so far, when there is one
  query.json  schema, query, mode, sink, partitions, and the absolute folder `base` it was made in
  expected.json  the answers of the undisturbed continuation: rows per dropped file, progress

The folder is copied while the query is idle, then the query goes on undisturbed. (Spark itself
cannot recover a memory sink in append or update mode; `update_memory` is for taking over into
another sink, its rows are what each batch emits.) The checkpoint's logs name
`base`: a test copies the folder there or rewrites the text logs.
File times: in/ and more/ files have mtimes 1700000000 + 10 s per file (git does not keep them).
"""
import argparse
import contextlib
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "differential"))

import harness  # noqa: E402
import sparkserver  # noqa: E402

BASE = "/tmp/millrace-takeover"  # the checkpoints are made below this fixed folder
SCHEMA = "ts TIMESTAMP, k STRING, v INT, d DOUBLE, m DECIMAL(10,2)"
AGGREGATES = ("count(*) AS n", "avg(v) AS mean", "sum(d) AS total", "min(v) AS low",
              "max(k) AS high", "sum(m) AS money")

# name: mode, sink, batches before the stop, whether the last commit is deleted, window arguments
CHECKPOINTS = {
    "append_files": ("append", "files", 3, False, ("10 seconds",)),
    "append_files_uncommitted": ("append", "files", 3, True, ("10 seconds",)),
    "update_memory": ("update", "memory", 3, False, ("20 seconds", "10 seconds")),
    "complete_memory": ("complete", "memory", 2, False, ("10 seconds",)),
}


def rows(number):
    """The rows of input file `number`: two keys and a null one, some late."""
    start = 15 * number
    keys = ("a", "b", None, "a", "long key, longer than one word")
    found = []
    for i, key in enumerate(keys):
        second = start + 3 * i - (9 if i == 3 else 0)
        row = {"ts": f"2024-01-01T00:{second // 60:02d}:{second % 60:02d}.{i}00Z" if second >= 0
               else None, "k": key, "v": number * 10 + i, "d": (i + 1) / 8, "m": number + i / 100}
        if i == 2:
            row["v"] = None
        found.append(row)
    return found


def build(spark, t, windows):
    from pyspark.sql import functions as F

    src = spark.readStream.schema(SCHEMA).json(t.input)
    return (src.withWatermark("ts", "5 seconds")
            .groupBy(F.window("ts", *windows), "k").agg(*map(F.expr, AGGREGATES))
            .select("window.start", "window.end", "k", "n", "mean", "total", "low", "high", "money"))


def start(t, df, mode, sink, name):
    return t.files(df) if sink == "files" else t.memory(df, mode, name)


def make(spark, name):
    mode, sink, before, uncommitted, windows = CHECKPOINTS[name]
    t = harness.Harness(spark)
    shutil.rmtree(t.root)
    t.root = os.path.join(BASE, name)
    shutil.rmtree(t.root, ignore_errors=True)
    t.input = t.dir("in")
    df = build(spark, t, windows)
    q = start(t, df, mode, sink, name)
    done = []
    for number in range(before):
        t.drop(f"{number}.json", rows(number))
        done.append(t.step(q))
    keep = os.path.join(HERE, name)
    shutil.rmtree(keep, ignore_errors=True)
    hidden = shutil.ignore_patterns(".*.crc")
    for part in ("in", "ckpt", "out"):  # the query is idle now
        if os.path.isdir(t.path(part)):
            shutil.copytree(t.path(part), os.path.join(keep, part), ignore=hidden)
    if uncommitted:  # as if killed between the offsets and the commit of the newest batch
        commits = os.path.join(keep, "ckpt", "commits")
        os.unlink(os.path.join(commits, str(max(int(n) for n in os.listdir(commits)))))
    os.makedirs(os.path.join(keep, "more"))
    expected = {"spark": spark.version, "before": done, "after": []}
    if sink == "files":
        expected["lines_before"] = t.read_output()
    for number in range(before, before + 3):
        t.drop(f"{number}.json", rows(number))
        shutil.copy2(os.path.join(t.input, f"{number}.json"), os.path.join(keep, "more"))
        expected["after"].append(t.step(q, f"{number}.json"))
    q.stop()
    if sink == "files":
        expected["lines_after"] = t.read_output()
    expected = t.clean(expected)
    with open(os.path.join(keep, "expected.json"), "w", encoding="utf-8") as f:
        f.write(harness.dump(expected))
    with open(os.path.join(keep, "query.json"), "w", encoding="utf-8") as f:
        f.write(harness.dump({
            "schema": SCHEMA, "watermark": ["ts", "5 seconds"], "window": list(windows),
            "keys": ["window", "k"], "aggregates": list(AGGREGATES), "mode": mode, "sink": sink,
            "partitions": 5, "base": t.root, "uncommitted": uncommitted}))
    shutil.rmtree(t.root)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    os.environ["TZ"] = "UTC"
    from pyspark.sql import SparkSession

    server = (contextlib.nullcontext(args.endpoint) if args.endpoint
              else sparkserver.spark_server())
    with server as endpoint:
        spark = SparkSession.builder.remote(endpoint).create()
        for key, value in harness.SESSION_CONF.items():
            spark.conf.set(key, value)
        for name in args.names or CHECKPOINTS:
            make(spark, name)
            print("made", name, flush=True)
        spark.stop()


if __name__ == "__main__":
    main()
