#!/usr/bin/env python3
"""Benchmark B1: one job on Millrace and on Spark in turn; the answers must agree.

    compare.py --millrace build/release/millrace --data DIRECTORY [--threads N] [--pairs 3] [--spark]

The job: JSON files, watermark, 10-minute windows by key, count and average price, update mode, checkpoint
on disk, availableNow, results to files (append) so that both sides' answers can be read and compared.
Each side is timed as a whole process: wall and CPU seconds. Spark's start-up is measured apart (a run on
no data) and taken off.
"""
import argparse
import glob
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

COLUMNS = ("event_time LONG, event_id LONG, user_id LONG, key STRING, type STRING, region STRING, "
           "device_type STRING, price DOUBLE, qty DOUBLE, risk_score DOUBLE")

SQL = """
CREATE TABLE events ({columns}) USING json OPTIONS (path '{data}');
CREATE STREAMING TABLE result USING json
OPTIONS (path '{out}', checkpointLocation '{ckpt}', outputMode 'append', trigger 'availableNow')
AS SELECT window(ts, '10 minutes').start AS w, key, count(*) AS n, avg(price) AS a
FROM (SELECT timestamp_millis(event_time) AS ts, key, price FROM STREAM events)
WATERMARK ts DELAY OF INTERVAL 10 SECONDS
GROUP BY window(ts, '10 minutes'), key;
"""

SPARK = """
import sys
from pyspark.sql import SparkSession, functions as F
data, out, ckpt, threads = sys.argv[1:5]
spark = (SparkSession.builder.master("local[%s]" % threads).config("spark.ui.enabled", "false")
         .config("spark.sql.shuffle.partitions", threads).config("spark.sql.session.timeZone", "UTC")
         .getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
events = spark.readStream.schema('{columns}').json(data)
result = (events.select(F.expr("timestamp_millis(event_time) AS ts"), "key", "price")
          .withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 minutes"), "key")
          .agg(F.count("*").alias("n"), F.avg("price").alias("a"))
          .select(F.col("window.start").alias("w"), "key", "n", "a"))
q = (result.writeStream.format("json").option("path", out).option("checkpointLocation", ckpt)
     .outputMode("append").trigger(availableNow=True).start())
q.awaitTermination()
"""


def answer(out):
    """Rows, sum of counts, and a hash over the rows with averages rounded."""
    rows, total, digest = 0, 0, 0
    for path in glob.glob(os.path.join(out, "part-*")):
        for line in open(path):
            r = json.loads(line)
            rows += 1
            total += r["n"]
            digest ^= hash((r["w"], r["key"], r["n"], round(r["a"], 6)))
    return rows, total, digest


def timed(command, env=None):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.time()
    subprocess.run(command, check=True, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.time() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def run_millrace(args, base):
    out, ckpt = os.path.join(base, "out"), os.path.join(base, "ckpt")
    script = os.path.join(base, "b1.sql")
    with open(script, "w") as f:
        f.write("SET spark.sql.session.timeZone = UTC;\nSET spark.sql.shuffle.partitions = %d;\n"
                % args.threads)
        f.write(SQL.format(columns=COLUMNS, data=args.data, out=out, ckpt=ckpt))
    command = [args.millrace, "run", script]
    if args.threads == 1:
        command = ["taskset", "-c", "0"] + command
    return timed(command) + (answer(out),)


def run_spark(args, base, data):
    out, ckpt = os.path.join(base, "out"), os.path.join(base, "ckpt")
    script = os.path.join(base, "b1.py")
    with open(script, "w") as f:
        f.write(SPARK.replace("{columns}", COLUMNS))
    os.makedirs(out, exist_ok=True)
    wall, cpu = timed([sys.executable, script, data, out, ckpt, str(args.threads)])
    return wall, cpu, answer(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--spark", action="store_true")
    args = parser.parse_args()
    records = sum(1 for p in glob.glob(os.path.join(args.data, "*.json")) for _ in open(p))
    answers = set()
    for pair in range(args.pairs):
        for engine in ("millrace", "spark") if args.spark else ("millrace",):
            base = tempfile.mkdtemp(prefix="b1-")
            wall, cpu, got = (run_millrace(args, base) if engine == "millrace"
                              else run_spark(args, base, args.data))
            shutil.rmtree(base)
            answers.add(got)
            print("%-9s wall %7.2f s  cpu %7.2f s  %6.3f M records/s  %6.3f M records/core-s  answer %s"
                  % (engine, wall, cpu, records / wall / 1e6, records / cpu / 1e6, got), flush=True)
    if len(answers) != 1:
        sys.exit("the answers differ")


# Equal hashes in every process of this script's own making.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable] + sys.argv)
main()
