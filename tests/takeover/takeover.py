#!/usr/bin/env python3
"""Checkpoints go from Millrace to a real Spark and back; README.md says how to run it.

    takeover.py build/release/millrace [--spark PYTHON] [--only NAME ...] [--undisturbed]
"""
import argparse
import collections
import copy
import os
import re
import shutil
import sys
import tempfile

import cases
import checkpoints
import engines


def tasks_of(chosen, root, run, legs):
    """The tasks of the run named `run`, with only the steps of `legs`."""
    found = []
    for c in chosen:
        task = copy.deepcopy(c)
        task["base"] = os.path.join(root, run, c["name"])
        task["table"] = c["table"] + "_" + run.lower()
        task["steps"] = [c["steps"][leg] for leg in legs]
        found.append(task)
        os.makedirs(task["base"], exist_ok=True)
    return found


def rounded(line):
    """A row text with its floating-point numbers to 12 digits."""
    return re.sub(r"-?\d+\.\d+(E-?\d+)?", lambda m: "%.12g" % float(m.group(0)), line)


class Relay:
    """The same cases in several runs: undisturbed on each engine, and changing engines."""

    def __init__(self, millrace, spark, chosen, root):
        self.millrace, self.spark, self.chosen, self.root = millrace, spark, chosen, root
        self.answers = collections.defaultdict(dict)  # run -> case -> last answer
        self.failed = {}

    def play(self, engine, parts):
        """One process of `engine` plays legs of several runs: parts = [(run, legs), ...]."""
        todo = []
        for run, legs in parts:
            for task in tasks_of(self.chosen, self.root, run, legs):
                task["case"], task["run"] = task["name"], run
                task["name"] = run + "/" + task["case"]
                if (run, task["case"]) not in self.failed:
                    todo.append(task)
        found = engine.play(todo)
        for task in todo:
            answer = found[task["name"]]
            self.answers[task["run"]][task["case"]] = answer
            if answer["error"]:
                self.failed[(task["run"], task["case"])] = engine.name + ": " + answer["error"]

    def outcome(self, run, c):
        """What the run left: rows, state, schemas."""
        base = os.path.join(self.root, run, c["name"])
        rows = (checkpoints.sink_rows(base + "/out") if c["sink"]["format"] in ("json", "csv")
                else collections.Counter(self.answers[run][c["name"]].get("rows", [])))
        state = checkpoints.state(base + "/ck")
        if c["name"] in cases.APPROXIMATE:
            rows, state = collections.Counter(map(rounded, rows.elements())), set(state)
        return {"rows": rows, "state": state, "schemas": checkpoints.schemas(base + "/ck")}

    def compare(self, runs):
        """Each run against the first; returns (passed, failed) and prints what differs."""
        passed = failed = 0
        for c in self.chosen:
            bad = [run + ": " + self.failed[(run, c["name"])].split("\n")[0][:300] for run in runs
                   if (run, c["name"]) in self.failed]
            if not bad:
                bad = self.differences(runs, c)
            if bad and c["name"] in cases.REFUSED and all(cases.REFUSED[c["name"]] in b for b in bad):
                print("REFUSED   ", c["name"], "-", cases.REFUSED[c["name"]])
                continue
            passed, failed = passed + (not bad), failed + bool(bad)
            for line in bad:
                print("DIFFERENT ", c["name"], "-", line)
        return passed, failed

    def differences(self, runs, c):
        try:
            found = [self.outcome(run, c) for run in runs]
        except Exception as e:  # noqa: BLE001 - an unreadable checkpoint is a difference
            return ["unreadable: %r" % e]
        bad = []
        for run, other in zip(runs[1:], found[1:]):
            for part in ("rows", "state", "schemas"):
                mine, theirs = found[0][part], other[part]
                if part == "state" and c.get("pending"):
                    continue
                if mine != theirs:
                    bad.append("%s of %s and %s: %s" % (part, runs[0], run, summary(mine, theirs)))
        if c["sink"]["format"] != "noop" and not found[0]["rows"]:
            bad.append("no rows at all")
        return bad


def summary(mine, theirs):
    """The first things that one side alone has."""
    if isinstance(mine, collections.Counter):
        left, right = list((mine - theirs).elements()), list((theirs - mine).elements())
    else:
        left = [k for k in mine if k not in theirs or dict(mine)[k] != dict(theirs)[k]]
        right = [k for k in theirs if k not in mine]
    return "%d / %d, alone %s | %s" % (len(mine), len(theirs), left[:2], right[:2])


def relay(millrace, spark, chosen, root, undisturbed):
    """Millrace first and Spark first, changing at each of 4 legs, against Millrace undisturbed and,
    if wanted, Spark undisturbed."""
    r = Relay(millrace, spark, chosen, root)
    whole = [("SSSS", [0, 1, 2, 3])] if undisturbed else []
    r.play(millrace, [("MMMM", [0, 1, 2, 3]), ("MSMS", [0])])
    r.play(spark, whole + [("SMSM", [0]), ("MSMS", [1])])
    r.play(millrace, [("SMSM", [1]), ("MSMS", [2])])
    r.play(spark, [("MSMS", [3]), ("SMSM", [2])])
    r.play(millrace, [("SMSM", [3])])
    return r.compare([run for run, _ in whole] + ["MMMM", "MSMS", "SMSM"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("millrace")
    parser.add_argument("--spark", default=sys.executable, help="a Python with pyspark 4.1")
    parser.add_argument("--jvm-lock", help="a lock file to hold while a JVM runs")
    parser.add_argument("--only", nargs="*", help="names of cases")
    parser.add_argument("--all", action="store_true", help="every captured shape")
    parser.add_argument("--chunk", type=int, default=20, help="cases a JVM, at most")
    parser.add_argument("--undisturbed", action="store_true", help="run all on Spark alone too")
    parser.add_argument("--keep", action="store_true", help="keep the checkpoints")
    args = parser.parse_args()
    every = cases.all_cases()
    chosen = [every[n] for n in (args.only or (every if args.all else cases.chosen_cases()))]
    root = tempfile.mkdtemp(prefix="takeover-")
    millrace = engines.Engine("millrace", args.spark, os.path.abspath(args.millrace))
    spark = engines.Engine("spark", args.spark, jvm_lock=args.jvm_lock)
    passed = failed = 0
    for at in range(0, len(chosen), args.chunk):
        part = chosen[at:at + args.chunk]
        good, bad = relay(millrace, spark, part, root, args.undisturbed)
        passed, failed = passed + good, failed + bad
        print("... %d of %d cases" % (at + len(part), len(chosen)), flush=True)
    print("%d passed, %d failed" % (passed, failed))
    if args.keep or failed:
        print("checkpoints:", root)
    else:
        for folder in (root, millrace.work, spark.work):
            shutil.rmtree(folder)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
