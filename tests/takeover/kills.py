#!/usr/bin/env python3
"""Take-overs after kill -9 of either side, many queries at a time.

    kills.py build/release/millrace --spark PYTHON [--rounds N] [--seed N] [--jvm-lock FILE]

Each query reads one file a batch; files keep arriving while the engine is killed. The runs:

    MxS   Millrace killed; Spark started at once must fail loudly or go on rightly, and what
          failed goes on after `millrace checkpoint publish`
    MxPSx Millrace killed, published, Spark killed, Millrace ends it
    SxM   Spark killed, Millrace ends it
    SxMxS Spark killed, Millrace killed, published, Spark ends it
    MxMxM Millrace killed twice, Millrace ends it

Every run has to end with the rows and the state of an undisturbed one.
"""
import argparse
import glob
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import cases
import checkpoints
import engines
import takeover

FILES = 10
LOUD = r"CANNOT_READ_DELTA_FILE_NOT_EXISTS|CANNOT_LOAD_STATE_STORE|does not exist"
NAMES = ["window_append", "sliding_append", "two_keys", "count_star", "min_types", "avg_types",
         "window_two_keys", "project_only", "many_types", "global_complete"]


def lines(number):
    """Input without late rows: what is late depends on which empty batches ran."""
    found = cases.json_lines(number)
    return found[:-2] + found[-1:]


def chosen():
    """The queries: one file a batch, some with snapshots early, one with 200 partitions."""
    every = cases.all_cases()
    found = []
    for i, name in enumerate(NAMES):
        conf = {"spark.sql.streaming.stateStore.minDeltasForSnapshot": str(2 + i % 5)}
        if name == "window_append":
            conf["spark.sql.shuffle.partitions"] = "200"
        if name == "two_keys":
            conf["spark.sql.streaming.stateStore.compression.codec"] = "zstd"
        found.append(dict(every[name], conf=conf, source=cases.json_source(maxFilesPerTrigger="1"),
                          steps=cases.steps(1, lines, legs=FILES)))
    return found


def published(ck):
    """Whether the state of the newest batch that the file sink shows can be read: Spark does not
    run such a batch again, not even when its commit is missing."""
    shown = checkpoints.log_ids(os.path.join(ck, "..", "out", "_spark_metadata"))
    parts = [p for p in glob.glob(ck + "/state/0/*") if os.path.basename(p).isdigit()]
    if not shown or not parts:
        return True
    version = min(shown[-1], checkpoints.log_ids(ck + "/offsets")[-1]) + 1
    try:
        for part in parts:
            checkpoints.partition_state(part, version)
    except FileNotFoundError:
        return False
    return True


class Kills(takeover.Relay):
    """Runs with killed legs; a case's `steps` are its files, one each."""

    def __init__(self, millrace, spark, root, rng):
        super().__init__(millrace, spark, chosen(), root)
        self.rng = rng
        self.loud = self.quiet = 0

    def tasks(self, runs, pace=None):
        found = []
        for run in runs:
            for task in takeover.tasks_of(self.chosen, self.root, run, range(FILES)):
                if (run, task["name"]) in self.failed:
                    continue
                task["case"], task["run"] = task["name"], run
                task["name"] = run + "/" + task["case"]
                if pace:  # the last file comes when nothing is killed: every run ends with a batch
                    task["pace"] = pace
                    task["steps"].pop()
                else:  # everything at once
                    task["steps"] = [sum(task["steps"], [])]
                found.append(task)
        return found

    def kill(self, engine, runs):
        """Kill -9 of the engine in the middle of all queries of the runs."""
        if engine is self.millrace:
            engine.kill(self.tasks(runs, 0.1), self.rng.uniform(0.1, 1.5))
        else:
            engine.kill(self.tasks(runs, 0.5), self.rng.uniform(4, 14))

    def finish(self, engine, runs, may_fail=False):
        """Everything to its end; returns the tasks that failed loudly where that is right."""
        todo = self.tasks(runs)
        found = engine.play(todo)
        loud = []
        for task in todo:
            answer = found[task["name"]]
            if answer["error"] and may_fail and re.search(LOUD, answer["error"]):
                loud.append(task)
                continue
            self.answers[task["run"]][task["case"]] = answer
            if answer["error"]:
                self.failed[(task["run"], task["case"])] = engine.name + ": " + answer["error"]
        return loud

    def publish(self, runs):
        """`millrace checkpoint publish` on every checkpoint of the runs."""
        for run in runs:
            for c in self.chosen:
                ck = os.path.join(self.root, run, c["name"], "ck")
                if not os.path.isdir(ck):
                    continue
                done = subprocess.run([self.millrace.binary, "checkpoint", "publish", ck],
                                      capture_output=True, text=True)
                if done.returncode != 0:
                    self.failed[(run, c["name"])] = "publish: " + done.stderr.strip()
                elif not published(ck):
                    self.failed[(run, c["name"])] = "publish: a batch that is shown lacks its state"

    def play_alone(self):
        """What needs no Spark."""
        m = self.millrace
        self.finish(m, ["M"])
        self.kill(m, ["MxM", "MxMxM", "MxPM"])
        self.publish(["MxPM"])
        self.kill(m, ["MxMxM"])
        self.finish(m, ["MxM", "MxMxM", "MxPM"])
        return self.compare(["M", "MxM", "MxMxM", "MxPM"])

    def play_all(self):
        m, s = self.millrace, self.spark
        self.finish(m, ["M"])
        self.kill(m, ["MxS", "MxPSx", "MxMxM"])
        self.publish(["MxPSx"])
        self.kill(m, ["MxMxM"])
        self.finish(m, ["MxMxM"])
        self.kill(s, ["SxM", "SxMxS", "MxPSx"])
        self.finish(m, ["SxM", "MxPSx"])
        self.kill(m, ["SxMxS"])
        self.publish(["SxMxS"])
        loud = self.finish(s, ["MxS"], may_fail=True)
        self.loud, self.quiet = len(loud), len(self.chosen) - len(loud)
        self.publish(["MxS"])
        self.finish(s, ["SxMxS", "MxS"])
        return self.compare(["M", "MxS", "MxPSx", "SxM", "SxMxS", "MxMxM"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millrace")
    parser.add_argument("--spark", default=sys.executable, help="a Python with pyspark 4.1")
    parser.add_argument("--jvm-lock", help="a lock file to hold while a JVM runs")
    parser.add_argument("--alone", action="store_true", help="only kills of Millrace; no JVM")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    passed = failed = 0
    for number in range(args.rounds):
        root = tempfile.mkdtemp(prefix="kills-")
        millrace = engines.Engine("millrace", args.spark, os.path.abspath(args.millrace))
        spark = engines.Engine("spark", args.spark, jvm_lock=args.jvm_lock)
        kills = Kills(millrace, spark, root, random.Random(args.seed + number))
        good, bad = kills.play_alone() if args.alone else kills.play_all()
        if not args.alone:
            print("seed %d: Spark at once after a kill: %d went on, %d failed loudly" % (
                args.seed + number, kills.quiet, kills.loud), flush=True)
        passed, failed = passed + good, failed + bad
        if bad:
            print("checkpoints:", root, millrace.work, spark.work)
        else:
            for folder in (root, millrace.work, spark.work):
                shutil.rmtree(folder)
    print("%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
