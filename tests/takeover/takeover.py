#!/usr/bin/env python3
"""A checkpoint goes from Millrace to a real Spark and back; the rows must be those of one undisturbed run.

    takeover.py build/release/millrace [--partitions 5]

Needs `pip install pyspark==4.1.*` and Java; not part of ./check.  One file is dropped before each leg:
Millrace, Spark, Millrace.  The undisturbed run is Millrace's over the same files in the same batches.
"""
import argparse
import collections
import glob
import json
import os
import subprocess
import sys
import tempfile

SQL = """
SET spark.sql.session.timeZone = UTC;
SET spark.sql.shuffle.partitions = {partitions};
CREATE TABLE events (ts TIMESTAMP, k STRING, v INT) USING json OPTIONS (path '{base}/in');
CREATE STREAMING TABLE o USING json
OPTIONS (path '{base}/out', checkpointLocation '{base}/ck', outputMode 'append', trigger 'availableNow')
AS SELECT window(ts, '10 minutes') AS window, k, count(*) AS n, avg(v) AS a
FROM STREAM events WATERMARK ts DELAY OF INTERVAL 10 MINUTES
GROUP BY window(ts, '10 minutes'), k;
"""

SPARK = """
import sys
from pyspark.sql import SparkSession, functions as F
base, partitions = sys.argv[1:3]
spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
         .config("spark.sql.session.timeZone", "UTC")
         .config("spark.sql.shuffle.partitions", partitions).getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
events = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(base + "/in")
result = (events.withWatermark("ts", "10 minutes").groupBy(F.window("ts", "10 minutes"), "k")
          .agg(F.count("*").alias("n"), F.avg("v").alias("a")))
(result.writeStream.format("json").option("path", base + "/out")
 .option("checkpointLocation", base + "/ck").outputMode("append")
 .trigger(availableNow=True).start().awaitTermination())
"""


def drop(base, leg):
    rows = [{"ts": "2024-01-01T%02d:%02d:00Z" % (12 + leg, i % 60), "k": "k%d" % (i % 7), "v": i}
            for i in range(200)]
    path = os.path.join(base, "in", "%d.json" % leg)
    with open(path + ".tmp", "w") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    os.rename(path + ".tmp", path)


def run_millrace(binary, base, partitions):
    script = os.path.join(base, "job.sql")
    with open(script, "w") as out:
        out.write(SQL.format(base=base, partitions=partitions))
    subprocess.run([binary, "run", script], check=True)


def run_spark(base, partitions):
    script = os.path.join(base, "job.py")
    with open(script, "w") as out:
        out.write(SPARK)
    environment = {k: v for k, v in os.environ.items() if k != "SPARK_REMOTE"}
    subprocess.run([sys.executable, script, base, str(partitions)], check=True, env=environment)


def rows(base):
    found = collections.Counter()
    for path in glob.glob(os.path.join(base, "out", "part-*")):
        for line in open(path):
            row = json.loads(line)
            found[(row["window"]["start"], row["k"], row["n"], row["a"])] += 1
    return found


def play(binary, partitions, engines):
    with tempfile.TemporaryDirectory(prefix="takeover-") as base:
        os.makedirs(os.path.join(base, "in"))
        for leg, engine in enumerate(engines):
            drop(base, leg)
            if engine == "spark":
                run_spark(base, partitions)
            else:
                run_millrace(binary, base, partitions)
        return rows(base)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("millrace")
    parser.add_argument("--partitions", type=int, default=5)
    args = parser.parse_args()
    alone = play(args.millrace, args.partitions, ["millrace"] * 3)
    shared = play(args.millrace, args.partitions, ["millrace", "spark", "millrace"])
    same = alone == shared and len(alone) > 0
    print("%d rows alone, %d rows shared: %s" % (len(alone), len(shared), "equal" if same else "DIFFERENT"))
    print("%d passed, %d failed" % (same, not same))
    sys.exit(not same)


main()
