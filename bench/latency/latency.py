#!/usr/bin/env python3
"""How long one batch takes: from a file's rename into the source directory to its commit.

    bench/latency/latency.py build/release/millrace [--keys 1000000] [--partitions 200] [--batches 300]

Four measurements, each of the whole process as a user starts it (`millrace run`):

    start     from the start of the process to the first durable result
    batch     one row a batch, `--keys` groups of state held, `--partitions` state partitions
    drop      files of rows at half of what the query can take, into a durable file sink
    idle      processor time and memory of a query that waits

The waiting is done with inotify, so the benchmark takes no processor while the query works.  The
answers are checked: every row dropped must be in the sink, or in the last count of its key.
"""
import argparse
import ctypes
import ctypes.util
import json
import os
import select
import signal
import subprocess
import tempfile
import time

LIBC = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
MOVED_TO = 0x80


class Arrivals:
    """Names renamed into a directory, with the time at which they were seen."""

    def __init__(self, path):
        os.makedirs(path, exist_ok=True)
        self.fd = LIBC.inotify_init1(os.O_NONBLOCK)
        LIBC.inotify_add_watch(self.fd, path.encode(), MOVED_TO)
        self.names = {}

    def wait(self, wanted, seconds=120):
        until = time.monotonic() + seconds
        while wanted not in self.names:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise SystemExit(f"no {wanted} within {seconds} s")
            seen = time.monotonic()
            data = os.read(self.fd, 65536)
            at = 0
            while at < len(data):
                size = int.from_bytes(data[at + 12:at + 16], "little")
                name = data[at + 16:at + 16 + size].rstrip(b"\0").decode()
                self.names.setdefault(name.removesuffix(".compact"), seen)
                at += 16 + size
        return self.names[wanted]


class Query:
    """`millrace run` on a script, with its directories."""

    def __init__(self, millrace, root, name, script):
        self.root = os.path.join(root, name)
        os.makedirs(self.root + "/in")
        path = self.root + "/job.sql"
        with open(path, "w") as out:
            out.write(script.replace("@", self.root))
        self.commits = Arrivals(self.root + "/checkpoint/commits")
        self.shown = Arrivals(self.root + "/out/_spark_metadata")
        self.n = 0
        self.started = time.monotonic()
        self.process = subprocess.Popen([millrace, "run", path], stdout=subprocess.DEVNULL)

    def drop(self, text):
        temp = f"{self.root}/.next"
        with open(temp, "w") as out:
            out.write(text)
        now = time.monotonic()
        os.rename(temp, f"{self.root}/in/{self.n:06}.json")
        self.n += 1
        return now

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        return 0

    def stop(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(120)
        return time.monotonic() - began


TABLE = "CREATE TABLE t (ts TIMESTAMP, k STRING, v BIGINT) USING json OPTIONS (path '@/in');\n"

GROUPED = TABLE + """SET spark.sql.shuffle.partitions = %d;
CREATE STREAMING TABLE o USING json
OPTIONS (path '@/out', checkpointLocation '@/checkpoint', outputMode 'append',
         trigger 'processingTime 0 seconds')
AS SELECT window(ts, '10 minutes') AS w, k, count(*) AS n, sum(v) AS total
   FROM STREAM t WATERMARK ts DELAY OF INTERVAL 10 MINUTES
   GROUP BY window(ts, '10 minutes'), k;
"""

PLAIN = TABLE + """CREATE STREAMING TABLE o USING json
OPTIONS (path '@/out', checkpointLocation '@/checkpoint', outputMode 'append',
         trigger 'processingTime 0 seconds')
AS SELECT ts, k, v * 2 AS twice FROM STREAM t WHERE v >= 0;
"""


def row(key, value, ts="2026-01-01T00:05:00Z"):
    return f'{{"ts":"{ts}","k":"key {key}","v":{value}}}\n'


def quantiles(name, seconds):
    seconds = sorted(seconds)
    at = lambda q: seconds[min(len(seconds) - 1, int(q * len(seconds)))] * 1000
    print(f"{name:34} p50 {at(.5):7.2f} ms   p90 {at(.9):7.2f} ms   p99 {at(.99):7.2f} ms   "
          f"max {seconds[-1] * 1000:7.2f} ms   n {len(seconds)}", flush=True)


def sink_rows(query):
    total = []
    log = query.root + "/out/_spark_metadata"
    for name in os.listdir(log):
        if name.endswith(".crc") or name.startswith("."):
            continue
        for line in open(f"{log}/{name}").read().splitlines()[1:]:
            path = json.loads(line)["path"].replace("file://", "")
            total.append(path)
    return [json.loads(line) for path in sorted(set(total)) for line in open(path)]


def bench_start(args, root):
    times = []
    for i in range(10):
        query = Query(args.millrace, root, f"start{i}", PLAIN)
        query.drop(row(1, 1))
        times.append(query.shown.wait("0") - query.started)
        query.stop()
    quantiles("start to first durable row", times)


def settle(query):
    """Waits until everything dropped is committed and published; the number of the next batch."""
    log = query.root + "/checkpoint/sources/0"
    taken = 0
    while taken < query.n:
        time.sleep(0.2)
        taken = len({line for name in (os.listdir(log) if os.path.exists(log) else [])
                     for line in open(f"{log}/{name}") if "path" in line})
    batch = max(int(n) for n in os.listdir(query.root + "/checkpoint/offsets") if n.isdigit())
    query.commits.wait(str(batch))
    quiet = 0
    while quiet < 10:
        before = query.cpu()
        time.sleep(0.2)
        quiet = quiet + 1 if query.cpu() == before else 0
    return batch + 1


def bench_batch(args, root):
    query = Query(args.millrace, root, "batch", GROUPED % args.partitions)
    for first in range(0, args.keys, 250000):
        query.drop("".join(row(i, 1) for i in range(first, min(first + 250000, args.keys))))
    query.drop(row(0, 1))
    batch = settle(query)
    cpu, times = query.cpu(), []
    for i in range(args.batches):
        began = query.drop(row(i * 7919 % args.keys, 1))
        times.append(query.commits.wait(str(batch + i)) - began)
    cpu = query.cpu() - cpu
    quantiles(f"one row, {args.keys} keys, {args.partitions} parts", times)
    print(f"{'':34} processor {cpu / args.batches * 1000:.2f} ms a batch, "
          f"memory {query.rss_mb():.0f} MB", flush=True)
    query.drop(row("end", 0, "2026-01-01T02:00:00Z"))
    query.shown.wait(str(batch + args.batches + 1))
    total = sum(r["total"] for r in sink_rows(query))
    assert total == args.keys + 1 + args.batches, total
    print(f"{'':34} clean stop {query.stop():.2f} s, rows checked")


def bench_drop(args, root):
    lines = "".join(row(i % 100, i) for i in range(1000))
    query = Query(args.millrace, root, "drop", PLAIN)
    query.drop(lines)
    query.shown.wait("0")
    began = time.monotonic()
    for i in range(50):
        query.drop(lines)
        query.shown.wait(str(i + 1))
    each = (time.monotonic() - began) / 50
    times, began = [], time.monotonic()
    for i in range(args.batches):
        target = began + i * 2 * each
        time.sleep(max(0, target - time.monotonic()))
        dropped = query.drop(lines)
        times.append(query.shown.wait(str(51 + i)) - dropped)
    quantiles(f"1000 rows a file, every {2 * each * 1000:.1f} ms", times)
    assert len(sink_rows(query)) == 1000 * (51 + args.batches)
    query.stop()


def bench_idle(args, root):
    query = Query(args.millrace, root, "idle", GROUPED % args.partitions)
    query.drop(row(1, 1))
    query.commits.wait("0")
    time.sleep(3)
    cpu = query.cpu()
    time.sleep(args.idle)
    print(f"{'idle for %d s' % args.idle:34} processor {(query.cpu() - cpu) * 1000:.0f} ms, "
          f"memory {query.rss_mb():.1f} MB", flush=True)
    query.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millrace")
    parser.add_argument("--keys", type=int, default=1000000)
    parser.add_argument("--partitions", type=int, default=200)
    parser.add_argument("--batches", type=int, default=300)
    parser.add_argument("--idle", type=int, default=10)
    parser.add_argument("--only", choices=["start", "batch", "drop", "idle"])
    args = parser.parse_args()
    print("load average", os.getloadavg()[0])
    for name, run in (("start", bench_start), ("batch", bench_batch), ("drop", bench_drop),
                      ("idle", bench_idle)):
        if args.only in (None, name):
            with tempfile.TemporaryDirectory() as root:
                run(args, root)


main()
