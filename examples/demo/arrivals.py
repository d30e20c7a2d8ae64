#!/usr/bin/env python3
"""Cuts the shop's sales into files as they would arrive: one for each hour of the day.

    arrivals.py OUT_DIR

Every 20th row of an hour is held back and comes with the file three hours later: too late for its window.
Prints how many rows were held back.
"""
import csv
import glob
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HELD_BACK = 20  # one row in
HOURS_LATE = 3


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    hours, header = {}, None
    for path in sorted(glob.glob(os.path.join(HERE, "data", "*.csv"))):
        with open(path, newline="", encoding="utf-8") as f:
            rows = csv.reader(f)
            header = next(rows)
            at = header.index("InvoiceDate")
            for row in rows:
                hours.setdefault(row[at][:13], []).append(row)
    names = sorted(hours)
    files = [[] for _ in names]
    late = 0
    for i, name in enumerate(names):
        for j, row in enumerate(hours[name]):
            is_held = j % HELD_BACK == HELD_BACK - 1 and i + HOURS_LATE < len(names)
            files[i + HOURS_LATE if is_held else i].append(row)
            late += is_held
    for i, (name, rows) in enumerate(zip(names, files)):
        path = os.path.join(out, f"{i:02d}-{name.replace(' ', 'T')}.csv")
        with open(path, "w", newline="", encoding="utf-8") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
    print(late)


if __name__ == "__main__":
    main()
