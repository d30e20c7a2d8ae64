#!/usr/bin/env python3
"""Makes the input of benchmark B1: JSON lines of ten fields, event times with up to 5 s of disorder.

    generate.py DIRECTORY [--records N] [--keys K] [--files F]
"""
import argparse
import os
import random


def lines(records, keys, rng):
    types = ("view", "click", "purchase")
    regions = ("us-east", "us-west", "eu-west", "ap-south")
    devices = ("tv", "phone", "tablet", "laptop")
    start = 1763660000000
    for i in range(records):
        t = start + int(i * 3.5) - rng.randrange(5000)
        ms = t % 1000
        key = rng.randrange(keys)
        yield (
            '{"event_time":%d,"event_id":%d,"user_id":%d,"key":"k%07d","type":"%s","region":"%s",'
            '"device_type":"%s","price":%.2f,"qty":%.1f,"risk_score":%.6f}\n'
            % (t, 1000000000 + i, rng.randrange(1000000), key, types[i % 3], regions[ms % 4],
               devices[key % 4], rng.randrange(1, 500000) / 100, rng.randrange(1000) / 10,
               rng.random())
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--records", type=int, default=1000000)
    parser.add_argument("--keys", type=int, default=1000)
    parser.add_argument("--files", type=int, default=8)
    args = parser.parse_args()
    os.makedirs(args.directory, exist_ok=True)
    source = lines(args.records, args.keys, random.Random(7))
    per_file = (args.records + args.files - 1) // args.files
    for f in range(args.files):
        path = os.path.join(args.directory, "part-%05d.json" % f)
        with open(path, "w") as out:
            for _ in range(min(per_file, args.records - f * per_file)):
                out.write(next(source))
        os.utime(path, (1763000000 + f, 1763000000 + f))


main()
