#!/usr/bin/env python3
"""Reads what a streaming query has written with its file sink: the files that its log names.

    answer.py rows OUTPUT          the rows, sorted, one JSON object a line
    answer.py brief OUTPUT         one line: windows closed, rows in them, the newest
    answer.py late OUTPUT INPUT    how many sales of closed windows were too late to be counted
"""
import csv
import glob
import json
import os
import sys
import urllib.parse


def committed_files(output):
    """Paths named by _spark_metadata: the newest compaction and the entries after it."""
    log = os.path.join(output, "_spark_metadata")
    names = [n for n in (os.listdir(log) if os.path.isdir(log) else []) if n.split(".")[0].isdigit()]
    compact = [int(n.split(".")[0]) for n in names if n.endswith(".compact")]
    first = max(compact, default=-1)
    files = []
    for name in sorted(names, key=lambda n: int(n.split(".")[0])):
        number = int(name.split(".")[0])
        if number < first or (number == first and not name.endswith(".compact")):
            continue
        with open(os.path.join(log, name), encoding="utf-8") as f:
            for line in f.read().splitlines()[1:]:
                if line:
                    path = json.loads(line)["path"]
                    files.append(urllib.parse.unquote(urllib.parse.urlparse(path).path))
    return files


def read_rows(output):
    rows = []
    for path in committed_files(output):
        with open(path, encoding="utf-8") as f:
            rows += [json.loads(line) for line in f if line.strip()]
    return sorted(rows, key=lambda row: (row["hour"], row["Country"]))


def main():
    what, output = sys.argv[1:3]
    rows = read_rows(output)
    if what == "rows":
        for row in rows:
            print(json.dumps(row))
    elif what == "brief":
        hours = sorted({row["hour"][:13].replace("T", " ") for row in rows})
        counted = sum(row["sales"] for row in rows)
        print(f"{len(hours):2d} hours closed, {counted:4d} sales counted"
              + (f", newest {hours[-1]}h" if hours else ""))
    elif what == "late":
        closed = {row["hour"][:13].replace("T", " ") for row in rows}
        delivered = 0
        for path in glob.glob(os.path.join(sys.argv[3], "*.csv")):
            with open(path, newline="", encoding="utf-8") as f:
                delivered += sum(row["InvoiceDate"][:13] in closed and int(row["Quantity"]) > 0
                                 for row in csv.DictReader(f))
        print(delivered - sum(row["sales"] for row in rows))


if __name__ == "__main__":
    main()
