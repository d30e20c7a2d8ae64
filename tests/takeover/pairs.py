#!/usr/bin/env python3
"""Kills in the middle of two large batches that are committed as one (decision 0010).

    pairs.py build/release/millrace --spark PYTHON [--rounds N] [--seed N] [--records N]

Each round Millrace is killed at a random moment of one large batch and the batch without input behind it, and then

    M   runs again
    S   a Spark started at once must fail loudly or end rightly; what failed goes on after
        `millrace checkpoint publish` on Spark

in turn, every other time with both batches in flight.  Every round has to end with the rows of an undisturbed run.
"""
import argparse
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

GENERATE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../bench/b1/generate.py")
LOUD = r"CANNOT_READ_DELTA_FILE_NOT_EXISTS|CANNOT_LOAD_STATE_STORE|does not exist"
COLUMNS = "event_time LONG, key STRING, price DOUBLE"

SQL = """
SET spark.sql.session.timeZone = UTC;
SET spark.sql.shuffle.partitions = 3;
CREATE TABLE events ({columns}) USING json OPTIONS (path '{data}');
CREATE STREAMING TABLE result USING json
OPTIONS (path '{base}/out', checkpointLocation '{base}/ckpt', outputMode 'append',
         trigger 'availableNow')
AS SELECT window(ts, '10 minutes').start AS w, key, count(*) AS n, avg(price) AS a
FROM (SELECT timestamp_millis(event_time) AS ts, key, price FROM STREAM events)
WATERMARK ts DELAY OF INTERVAL 10 SECONDS
GROUP BY window(ts, '10 minutes'), key;
"""

SPARK = """
import sys
from pyspark.sql import SparkSession, functions as F
columns, data, base = sys.argv[1:]
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", "3")
         .config("spark.sql.session.timeZone", "UTC").getOrCreate())
events = spark.readStream.schema(columns).json(data)
result = (events.select(F.expr("timestamp_millis(event_time) AS ts"), "key", "price")
          .withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 minutes"), "key")
          .agg(F.count("*").alias("n"), F.avg("price").alias("a"))
          .select(F.col("window.start").alias("w"), "key", "n", "a"))
(result.writeStream.format("json").option("path", base + "/out").outputMode("append")
 .option("checkpointLocation", base + "/ckpt").trigger(availableNow=True).start().awaitTermination())
"""


def rows(out):
    """What a reader of the sink's log sees; averages but for their last bits."""
    names = set()
    for path in glob.glob(out + "/_spark_metadata/*"):
        for line in open(path):
            if line.startswith("{"):
                names.add(json.loads(line)["path"].split("/")[-1])
    found = []
    for name in names:
        for line in open(os.path.join(out, name)):
            row = json.loads(line)
            found.append((row["w"], row["key"], row["n"], round(row["a"], 6)))
    return sorted(found)


class Pairs:
    def __init__(self, args, root):
        self.args, self.root = args, root
        self.data = os.path.join(root, "in")
        subprocess.run([sys.executable, GENERATE, self.data, "--records", str(args.records),
                        "--keys", "50000", "--files", "3"], check=True)
        self.rng = random.Random(args.seed)
        base = self.fresh()
        start = time.time()
        self.millrace(base).wait()
        self.took = time.time() - start
        self.want = rows(base + "/out")
        self.seen = {}

    def fresh(self):
        base = os.path.join(self.root, "run")
        shutil.rmtree(base, ignore_errors=True)
        os.makedirs(base)
        return base

    def millrace(self, base):
        with open(base + "/job.sql", "w") as script:
            script.write(SQL.format(columns=COLUMNS, data=self.data, base=base))
        return subprocess.Popen([self.args.millrace, "run", base + "/job.sql"],
                                stdout=subprocess.DEVNULL)

    def spark(self, base):
        done = subprocess.run([self.args.spark, "-c", SPARK, COLUMNS, self.data, base],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode == 0, done.stdout

    def killed(self, in_flight):
        """A run killed before it ended, or with both batches logged and neither committed; and how far
        it had come."""
        while True:
            base = self.fresh()
            run = self.millrace(base)
            try:
                run.wait(self.rng.random() * self.took)
            except subprocess.TimeoutExpired:
                run.kill()
                run.wait()
                names = [len(glob.glob(base + "/ckpt/%s/[0-9]*" % log))
                         for log in ("offsets", "commits")]
                if names == [2, 0] or (names[0] > 0 and not in_flight):
                    return base, "%d offsets, %d commits" % tuple(names)

    def by_spark(self, base, where):
        ok, text = self.spark(base)
        if ok:
            return "Spark went on"
        if not re.search(LOUD, text):
            return "FAILED: Spark ended with\n" + text[-2000:]
        subprocess.run([self.args.millrace, "checkpoint", "publish", base + "/ckpt"], check=True,
                       stdout=subprocess.DEVNULL)
        ok, text = self.spark(base)
        return "loud, published, Spark went on" if ok else "FAILED: Spark after publishing\n" + text[-2000:]

    def round(self, number):
        base, where = self.killed(in_flight=number % 4 >= 2)
        if number % 2 == 0:
            self.millrace(base).wait()
            how = "Millrace went on"
        else:
            how = self.by_spark(base, where)
        if not how.startswith("FAILED") and rows(base + "/out") != self.want:
            how = "FAILED: other rows, " + how
        print("%3d  killed with %s: %s" % (number, where, how), flush=True)
        return not how.startswith("FAILED")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("millrace")
    parser.add_argument("--spark", required=True, help="a Python that has pyspark 4.1")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", type=int, default=800000)
    args = parser.parse_args()
    args.millrace = os.path.abspath(args.millrace)
    root = tempfile.mkdtemp(prefix="pairs-")
    try:
        pairs = Pairs(args, root)
        good = sum(pairs.round(n) for n in range(args.rounds))
    finally:
        shutil.rmtree(root)
    print("%d passed, %d failed" % (good, args.rounds - good))
    sys.exit(good != args.rounds)


main()
