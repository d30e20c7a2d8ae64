#!/usr/bin/env python3
"""Kills a running `millrace run` with -9 at random moments while files appear, starts it again, and
compares what is shown in the end with an undisturbed run over the same files.

    kill_loop.py --millrace build/release/millrace --rounds 1000 --seed 1

A round is one kill.  Ten rounds or so make an episode: one query, one checkpoint, one directory that
fills up.  An episode that fails is named by its number and can be run alone with --episode; its
directory is kept.  Exit code 0: nothing was lost, nothing came twice.
"""
import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROUNDS = 10  # of an episode
FILES = 14
STEP = 600  # seconds of event time from file to file
DAY = 86400

SETTINGS = "SET spark.sql.shuffle.partitions={};\n"
SOURCE = """CREATE TABLE events (ts TIMESTAMP, k STRING, v INT, d DOUBLE) USING {input_format}
OPTIONS (path '{input}'{source_options});
"""
WINDOWS = """CREATE STREAMING TABLE windows USING {format}
OPTIONS (path '{output}', checkpointLocation '{checkpoint}', outputMode 'append'{trigger})
AS SELECT date_format(window(ts, '10 minutes').start, 'dd HH:mm') AS w, k, count(*) AS n,
          sum(v) AS s, avg(d) AS a, min(v) AS low, max(v) AS high
   FROM STREAM events WATERMARK ts DELAY OF INTERVAL 5 MINUTES
   WHERE v >= 0 GROUP BY window(ts, '10 minutes'), k;
"""
SLIDING = """CREATE STREAMING TABLE sliding USING {format}
OPTIONS (path '{output}', checkpointLocation '{checkpoint}', outputMode 'append'{trigger})
AS SELECT date_format(window(ts, '20 minutes', '10 minutes').start, 'dd HH:mm') AS w, count(*) AS n,
          sum(d) AS s
   FROM STREAM events WATERMARK ts DELAY OF INTERVAL 5 MINUTES
   GROUP BY window(ts, '20 minutes', '10 minutes');
"""
PLAIN = """CREATE STREAMING TABLE plain USING {format}
OPTIONS (path '{output}', checkpointLocation '{checkpoint}', outputMode 'append'{trigger})
AS SELECT ts, upper(k) AS k, v * 2 AS v, d FROM STREAM events WHERE v % 5 <> 1;
"""

ONE = ", maxFilesPerTrigger '1'"
# name, streaming tables, input format, sink format, source options, has late rows.  A late row is
# late only if the batches are the same in both runs: one file each.
QUERIES = [
    ("windows", [WINDOWS], "json", "json", ONE, True),
    ("windows_all", [WINDOWS], "csv", "json", "", False),
    ("sliding", [SLIDING], "json", "csv", ONE, True),
    ("archive", [SLIDING], "csv", "csv", ", maxFilesPerTrigger '2', cleanSource 'archive', "
     "sourceArchiveDir '{root}/archive'", False),
    ("plain", [PLAIN], "json", "csv", ONE, False),
    ("delete", [PLAIN], "csv", "json", ONE + ", cleanSource 'delete'", False),
    ("two", [WINDOWS, PLAIN], "json", "json", "", False),
]


class Failure(Exception):
    pass


class Query:
    """One query over one directory."""

    def __init__(self, millrace, kind, root, partitions):
        self.partitions = partitions
        self.millrace = millrace
        self.name, self.tables, self.input_format, self.format, self.options, self.late = kind
        self.root = root
        self.input = os.path.join(root, "input")
        self.log = os.path.join(root, "log")
        os.makedirs(self.input)

    def script(self, trigger):
        path = os.path.join(self.root, "live.sql" if "processingTime" in trigger else "rest.sql")
        if os.path.exists(path):  # a process may be about to read it
            return path
        text = SETTINGS.format(self.partitions) + SOURCE.format(
            input=self.input, input_format=self.input_format,
            source_options=self.options.format(root=self.root))
        for i, table in enumerate(self.tables):
            text += table.format(output=f"{self.root}/out{i}", format=self.format, trigger=trigger,
                                 checkpoint=f"{self.root}/checkpoint{i}")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def start(self, trigger=", trigger 'processingTime 0 seconds'"):
        with open(self.log, "ab") as log:
            return subprocess.Popen([self.millrace, "run", self.script(trigger)], stdout=log,
                                    stderr=log)

    def run_out(self):
        """Until nothing is left, undisturbed."""
        process = self.start(", trigger 'availableNow'")
        try:
            code = process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure("the query did not end within 120 s") from None
        if code != 0:
            raise Failure(f"the query ended with code {code}: {self.log_end()}")

    def publish(self):
        """As for a hand-over to Spark after a kill."""
        for i in range(len(self.tables)):
            offsets = f"{self.root}/checkpoint{i}/offsets"
            if not os.path.isdir(offsets) or not any(n.isdigit() for n in os.listdir(offsets)):
                continue
            with open(self.log, "ab") as log:
                code = subprocess.call([self.millrace, "checkpoint", "publish",
                                        f"{self.root}/checkpoint{i}"], stdout=log, stderr=log)
            if code != 0:
                raise Failure(f"checkpoint publish ended with code {code}: {self.log_end()}")

    def check_published(self):
        for i in range(len(self.tables)):
            journal = f"{self.root}/checkpoint{i}/.millrace"
            if os.path.isdir(journal) and os.listdir(journal):
                raise Failure(f"{journal} is not empty")

    def log_end(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()[-2000:]

    def drop(self, number, rows):
        """One whole file at once; the modification time gives the order."""
        hidden = os.path.join(self.input, f".{number}")
        with open(hidden, "w", encoding="utf-8") as f:
            for ts, k, v in rows:
                stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))
                if self.input_format == "json":
                    f.write(json.dumps({"ts": stamp, "k": k, "v": v, "d": v + 0.25}) + "\n")
                else:
                    f.write(f"{stamp},{k},{v},{v}.25\n")
        os.utime(hidden, (1700000000 + number, 1700000000 + number))
        os.rename(hidden, os.path.join(self.input, f"{number:03}.{self.input_format}"))

    def answer(self):
        """What a reader sees of every table, sorted."""
        return [sorted(read_sink(f"{self.root}/out{i}")) for i in range(len(self.tables))]


def read_sink(output):
    log = os.path.join(output, "_spark_metadata")
    names = [n for n in os.listdir(log) if n.split(".")[0].isdigit()]
    ids = sorted(int(n.split(".")[0]) for n in names)
    if ids and ids[-1] >= 9 and not any(n.endswith(".compact") for n in names):
        raise Failure(f"{log} has no compaction")
    compact = max((int(n[:-8]) for n in names if n.endswith(".compact")), default=-1)
    wanted = ([f"{compact}.compact"] if compact >= 0 else []) + [
        str(i) for i in range(compact + 1, ids[-1] + 1)]
    paths = []
    for name in wanted:
        with open(os.path.join(log, name), encoding="utf-8") as f:
            version, *lines = f.read().split("\n")
        if version != "v1":
            raise Failure(f"{log}/{name} begins with {version!r}")
        paths += [json.loads(line) for line in lines if line]
    if len({p["path"] for p in paths}) != len(paths):
        raise Failure(f"{log} names a file twice")
    rows = []
    for entry in paths:
        path = urllib.parse.unquote(urllib.parse.urlparse(entry["path"]).path)
        if os.path.getsize(path) != entry["size"]:
            raise Failure(f"{path} is not as long as its log entry says")
        with open(path, encoding="utf-8") as f:
            rows += f.read().splitlines()
    return rows


def make_files(rng, late):
    """Rows of every file, and two that close every window: a restart may put off what the first
    one closes until the next file comes."""
    base = 1704067200 + DAY
    files = []
    for number in range(FILES):
        at = base + number * STEP
        rows = [(at + rng.randrange(STEP - 60), rng.choice("abcdef"), rng.randrange(1000))
                for _ in range(rng.randrange(1, 40))]
        if number > 0:  # behind time, but not too late
            rows += [(at - rng.randrange(1, 200), rng.choice("abc"), rng.randrange(1000))
                     for _ in range(rng.randrange(3))]
        if late and number > 3:  # too late even if the watermark lags by a file
            rows += [(at - 9 * STEP, "late", 5)]
        rows.append((at + STEP - 30, "g", number))
        rng.shuffle(rows)
        files.append(rows)
    files += [[(base + 10 * DAY, "end", 0)], [(base + 10 * DAY, "end", 0)]]
    return files


def end_process(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def stop_cleanly(query, process):
    """SIGTERM: the query ends by itself and leaves Spark's directory complete, without a journal."""
    time.sleep(0.2)  # before its first millisecond a process does not listen
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        end_process(process)
        raise Failure("the query did not end within 60 s of SIGTERM") from None
    if code != 0:
        raise Failure(f"the query ended with code {code} after SIGTERM: {query.log_end()}")
    query.check_published()


def one_is_refused(first, second):
    """Two processes on one checkpoint: exactly one may run.  Returns it."""
    until = time.monotonic() + 60
    while first.poll() is None and second.poll() is None:
        if time.monotonic() > until:
            end_process(first)
            end_process(second)
            raise Failure("two processes run on the same checkpoint")
        time.sleep(0.005)
    ended, other = (first, second) if first.poll() is not None else (second, first)
    if ended.returncode == 0:
        raise Failure("a second process on the same checkpoint ended as if all were well")
    return other


def lifetime(rng):
    """Seconds until the kill: often in recovery, mostly in a batch, now and then while state is
    published, which happens in pauses and once a second."""
    kind = rng.random()
    return rng.uniform(0, 0.02 if kind < 0.25 else 0.25 if kind < 0.9 else 1.6)


def disturb(query, files, rng, rounds):
    """Drops all files but the last two while killing the query `rounds` times."""
    waiting = list(range(FILES))
    for left in range(rounds, 0, -1):
        process = query.start()
        until = time.monotonic() + lifetime(rng)
        take = rng.randrange(0, 4) if left > 1 else len(waiting)
        moments = sorted(rng.uniform(time.monotonic(), until) for _ in range(take))
        for moment in moments[:len(waiting)]:
            time.sleep(max(0.0, moment - time.monotonic()))
            number = waiting.pop(0)
            query.drop(number, files[number])
        time.sleep(max(0.0, until - time.monotonic()))
        if rng.random() < 0.03:
            process = one_is_refused(process, query.start())
        if process.poll() is not None:
            raise Failure(f"the query ended by itself, code {process.returncode}: "
                          f"{query.log_end()}")
        if rng.random() < 0.1:
            stop_cleanly(query, process)
            process = query.start()
            time.sleep(rng.uniform(0, 0.1))
        end_process(process)
        if rng.random() < 0.1:
            query.publish()


def finish(query, files):
    query.run_out()
    for number in (FILES, FILES + 1):
        query.drop(number, files[number])
        query.run_out()
    return query.answer()


def episode(options, number, rounds):
    rng = random.Random(f"{options.seed}/{number}")
    kind = QUERIES[number % len(QUERIES)]
    root = os.path.join(options.work, f"{number}_{kind[0]}")
    shutil.rmtree(root, ignore_errors=True)
    partitions = rng.choice([1, 3, 3, 20, 200])
    calm = Query(options.millrace, kind, os.path.join(root, "calm"), partitions)
    rough = Query(options.millrace, kind, os.path.join(root, "rough"), partitions)
    files = make_files(rng, calm.late)
    for i in range(FILES):
        calm.drop(i, files[i])
    want = finish(calm, files)
    if not all(want):
        raise Failure("the undisturbed run shows nothing")
    disturb(rough, files, rng, rounds)
    got = finish(rough, files)
    for table, (a, b) in enumerate(zip(want, got)):
        if a != b:
            lost = [row for row in a if row not in set(b)]
            more = [row for row in b if row not in set(a)]
            raise Failure(f"table {table}: {len(a)} rows undisturbed, {len(b)} now; only before: "
                          f"{lost[:5]}, only now: {more[:5]}")
    shutil.rmtree(root)
    return sum(map(len, want))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--millrace", default="build/release/millrace")
    parser.add_argument("--rounds", type=int, default=25, help="kills in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--episode", type=int, help="only this one")
    parser.add_argument("--work", help="directory to work in (a new one under /tmp)")
    options = parser.parse_args()
    options.millrace = os.path.abspath(options.millrace)
    options.work = os.path.abspath(options.work or tempfile.mkdtemp(prefix="millrace_kill_"))
    began = time.monotonic()
    kills = rows = failed = number = 0
    if options.episode is not None:
        number, options.rounds = options.episode, ROUNDS
    while kills < options.rounds:
        rounds = min(ROUNDS, options.rounds - kills)
        try:
            rows += episode(options, number, rounds)
        except Failure as failure:
            failed += 1
            print(f"FAILED --seed {options.seed} --episode {number}, kept in {options.work}: "
                  f"{failure}", flush=True)
        kills += rounds
        number += 1
    if failed == 0:
        shutil.rmtree(options.work, ignore_errors=True)
    print(f"{kills} kills in {time.monotonic() - began:.0f} s, {rows} rows compared, "
          f"{failed} episodes failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
