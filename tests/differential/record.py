"""Record golden answers from a real Spark.

    python record.py [--endpoint sc://host:port] [--log FILE] [case ...]

Needs `pyspark[connect]` 4.1 and a JVM; starts one local Spark Connect server unless an endpoint is
given. Without case names, records all.
"""
import argparse
import contextlib
import json
import os
import sys

import harness
import run
import sparkserver


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint")
    parser.add_argument("--log", help="file for the server's log")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("cases", nargs="*")
    args = parser.parse_args()
    names = args.cases or harness.case_names()
    server = (contextlib.nullcontext(args.endpoint) if args.endpoint
              else sparkserver.spark_server(args.log))
    failed = 0
    with server as endpoint:
        endpoints = [run.FixedEndpoint(endpoint)] * args.jobs
        for name, result, log in run.run_all(names, endpoints, timeout=240):
            if result is None or any("uncaught" in e for e in result["events"]):
                failed += 1
                print(f"FAILED {name}\n{log}")
                if result is None:
                    continue
                print(harness.dump(result))
                continue
            with open(os.path.join(harness.GOLDEN, name + ".json"), "w", encoding="utf-8") as f:
                f.write(harness.dump(result))
            print(f"recorded {name}", flush=True)
    print(f"{len(names) - failed} recorded, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
