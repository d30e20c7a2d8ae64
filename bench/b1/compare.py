#!/usr/bin/env python3
"""Benchmark B1: one job on Millrace and on Spark in turn; the answers must agree.

    compare.py --millrace build/release/millrace --data DIRECTORY [DIRECTORY ...]
               [--threads 1 2] [--rounds 3] [--warm 2] [--spark PYTHON] [--sink json|noop]

The job: JSON files of ten columns, watermark, 10-minute windows by key, count and average of the price,
checkpoint on disk, availableNow. --sink json: append mode into JSON files, and the answers of all runs
are compared by rows, sum of counts and a hash. --sink noop: update mode, rows thrown away.

Millrace runs as a whole process each time, start and end included; with one thread it is bound to one
processor. Spark (PYTHON is one that has pyspark) runs in one JVM for each number of threads, local[N]
with N shuffle partitions, warmed up by --warm passes over each directory that are printed but not
counted; its start is never counted. CPU seconds are of all threads of the process, user and system.
The engines alternate; the table at the end gives the best of each, the ratio of the bests, and the
lowest and highest ratio of neighbouring runs. Without --spark the numbers of threads alternate, run
after run: a machine that others use too changes its speed within seconds.
"""
import argparse
import glob
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

COLUMNS = ("event_time LONG, event_id LONG, user_id LONG, key STRING, type STRING, region STRING, "
           "device_type STRING, price DOUBLE, qty DOUBLE, risk_score DOUBLE")

SQL = """
SET spark.sql.session.timeZone = UTC;
SET spark.sql.shuffle.partitions = {partitions};
CREATE TABLE events ({columns}) USING json OPTIONS (path '{data}');
CREATE STREAMING TABLE result USING {sink}
OPTIONS (path '{out}', checkpointLocation '{ckpt}', outputMode '{mode}', trigger 'availableNow')
AS SELECT window(ts, '10 minutes').start AS w, key, count(*) AS n, avg(price) AS a
FROM (SELECT timestamp_millis(event_time) AS ts, key, price FROM STREAM events)
WATERMARK ts DELAY OF INTERVAL 10 SECONDS
GROUP BY window(ts, '10 minutes'), key;
"""

# Reads "data<TAB>out<TAB>ckpt" lines, runs the job, answers "wall cpu".
SPARK = """
import os, sys, time
from pyspark.sql import SparkSession, functions as F
threads, sink, mode = sys.argv[1:4]
spark = (SparkSession.builder.master("local[%s]" % threads).config("spark.ui.enabled", "false")
         .config("spark.driver.memory", "8g").config("spark.sql.shuffle.partitions", threads)
         .config("spark.sql.session.timeZone", "UTC").getOrCreate())
spark.sparkContext.setLogLevel("ERROR")
pid = spark._jvm.java.lang.ProcessHandle.current().pid()

def cpu():
    fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

print("#", spark.version, flush=True)
for line in sys.stdin:
    data, out, ckpt = line.rstrip("\\n").split("\\t")
    before, start = cpu(), time.time()
    events = spark.readStream.schema('COLUMNS').json(data)
    result = (events.select(F.expr("timestamp_millis(event_time) AS ts"), "key", "price")
              .withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 minutes"), "key")
              .agg(F.count("*").alias("n"), F.avg("price").alias("a"))
              .select(F.col("window.start").alias("w"), "key", "n", "a"))
    writer = (result.writeStream.format(sink).option("checkpointLocation", ckpt).outputMode(mode)
              .trigger(availableNow=True))
    if sink == "json":
        writer = writer.option("path", out)
    writer.start().awaitTermination()
    print("#", time.time() - start, cpu() - before, flush=True)
"""


def answer(out):
    """Rows, sum of counts, and a hash over the rows: prices are whole cents, so the sum behind an average
    is too, whatever order it was summed in."""
    rows, total, digest = 0, 0, 0
    for path in glob.glob(os.path.join(out, "part-*")):
        for line in open(path):
            r = json.loads(line)
            rows += 1
            total += r["n"]
            digest ^= hash((r["w"], r["key"], r["n"], round(r["a"] * r["n"] * 100)))
    return rows, total, digest


class Millrace:
    name = "millrace"

    def __init__(self, args, threads):
        self.args, self.threads = args, threads

    def run(self, data, base):
        script = os.path.join(base, "b1.sql")
        with open(script, "w") as f:
            f.write(SQL.format(columns=COLUMNS, data=data, out=os.path.join(base, "out"),
                               ckpt=os.path.join(base, "ckpt"), partitions=self.threads,
                               sink=self.args.sink, mode=self.args.mode))
        cpus = ",".join(str(c) for c in sorted(os.sched_getaffinity(0))[:self.threads])
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
        subprocess.run(["taskset", "-c", cpus, self.args.millrace, "run", script], check=True,
                       stdout=subprocess.DEVNULL)
        wall, after = time.time() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def close(self):
        pass


class Spark:
    name = "spark"

    def __init__(self, args, threads):
        self.threads = threads
        self.script = tempfile.NamedTemporaryFile("w", suffix=".py")
        self.script.write(SPARK.replace("COLUMNS", COLUMNS))
        self.script.flush()
        self.process = subprocess.Popen(
            [args.spark, self.script.name, str(threads), args.sink, args.mode], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.version = self.reply()[0]

    def reply(self):
        for line in self.process.stdout:
            if line.startswith("# "):
                return line[2:].split()
        sys.exit("Spark ended")

    def run(self, data, base):
        self.process.stdin.write("%s\t%s\t%s\n" % (data, os.path.join(base, "out"),
                                                   os.path.join(base, "ckpt")))
        self.process.stdin.flush()
        wall, cpu = self.reply()
        return float(wall), float(cpu)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Bench:
    def __init__(self, args):
        self.args = args
        self.answers = {}
        self.runs = {}

    def once(self, engine, data, counted):
        base = tempfile.mkdtemp(prefix="b1-", dir=self.args.work)
        wall, cpu = engine.run(data, base)
        print("%-8s %-9s %d thread(s)  wall %7.2f s  cpu %7.2f s  load %.1f%s"
              % (os.path.basename(data), engine.name, engine.threads, wall, cpu, os.getloadavg()[0],
                 "" if counted else "  (warm-up)"), flush=True)
        if counted:
            self.runs.setdefault((data, engine.threads, engine.name), []).append((wall, cpu))
        return base

    def check(self, data, base):
        if self.args.sink == "json":
            self.answers.setdefault(data, set()).add(answer(os.path.join(base, "out")))
        shutil.rmtree(base)

    def rounds(self, engines):
        for n in range(self.args.warm + self.args.rounds):
            for data in self.args.data:
                for base in [self.once(engine, data, n >= self.args.warm) for engine in engines
                             if n >= self.args.warm or engine.name == "spark"]:
                    self.check(data, base)

    def best(self, data, threads, engine):
        runs = self.runs.get((data, threads, engine))
        return runs and (min(r[0] for r in runs), min(r[1] for r in runs))

    def table(self, data, records):
        print("\n%s: %d records" % (data, records))
        print("threads  engine     wall s   cpu s   M records/core-s")
        for threads in self.args.threads:
            for engine in ("millrace", "spark"):
                best = self.best(data, threads, engine)
                if best:
                    print("%7d  %-9s %7.2f %7.2f %12.3f"
                          % (threads, engine, best[0], best[1], records / best[1] / 1e6))
            ours, theirs = (self.runs.get((data, threads, e)) for e in ("millrace", "spark"))
            if ours and theirs:
                mine, other = (self.best(data, threads, e) for e in ("millrace", "spark"))
                pairs = sorted(t[1] / o[1] for o, t in zip(ours, theirs))
                print("         Spark / Millrace: wall %.1f, cpu %.1f (pairs: %.1f to %.1f)"
                      % (other[0] / mine[0], other[1] / mine[1], pairs[0], pairs[-1]))
        one, two = (self.runs.get((data, n, "millrace")) for n in (1, 2))
        if one and two:
            pairs = sorted(o[0] / t[0] for o, t in zip(one, two))
            print("         two threads against one, wall: best %.2f, medians %.2f (pairs: %.2f to %.2f)"
                  % (min(one)[0] / min(two)[0], statistics.median(o[0] for o in one)
                     / statistics.median(t[0] for t in two), pairs[0], pairs[-1]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--data", required=True, nargs="+")
    parser.add_argument("--threads", type=int, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm", type=int, default=2)
    parser.add_argument("--spark", help="a Python that has pyspark")
    parser.add_argument("--sink", choices=("json", "noop"), default="json")
    parser.add_argument("--work", help="directory for checkpoints and results")
    args = parser.parse_args()
    args.mode = "append" if args.sink == "json" else "update"
    if not args.spark:
        args.warm = 0
    bench = Bench(args)
    records = {}
    for data in args.data:
        records[data] = sum(1 for p in glob.glob(os.path.join(data, "*.json")) for _ in open(p, "rb"))
    if not args.spark:
        bench.rounds([Millrace(args, threads) for threads in args.threads])
    for threads in args.threads if args.spark else ():
        engines = [Millrace(args, threads), Spark(args, threads)]
        print("Spark", engines[1].version, "local[%d]" % threads, flush=True)
        bench.rounds(engines)
        for engine in engines:
            engine.close()
    for data in args.data:
        bench.table(data, records[data])
    for data in args.data:
        for rows, total, digest in bench.answers.get(data, ()):
            print("%s: answer of %d rows, %d counted, hash %x"
                  % (data, rows, total, digest & (1 << 64) - 1))
        if len(bench.answers.get(data, ())) > 1:
            sys.exit("the answers differ")


# Equal hashes in every process of this script's own making.
if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable] + sys.argv)
main()
