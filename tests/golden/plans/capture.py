"""Capture how a real Spark plans the shapes of shapes.py and lays them out in state.

    python capture.py [--endpoint sc://host:port] [shape ...]

Needs pyspark[connect] 4.1, lz4 and a JVM. Writes one JSON file a shape beside this script:
query, mode, output schema, operator metadata, state schema, offset and commit logs, the state files
of every version decoded to records, the output rows, and the text of the plans. Volatile parts
(paths, ids, times, expression ids) are replaced.
"""
import argparse
import contextlib
import io
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "differential"))

import harness  # noqa: E402
import shapes  # noqa: E402
import sparkserver  # noqa: E402
import statefiles  # noqa: E402


def renumber(text):
    """Expression ids and plan ids counted from 0 in order of appearance."""
    seen = {}

    def replace(match):
        key = match.group(0).lstrip("#")
        return "#" + str(seen.setdefault(re.sub("L$", "", key), len(seen))) + (
            "L" if key.endswith("L") else "")

    text = re.sub(r"#\d+L?", replace, text)
    plans = {}
    text = re.sub(r"@[0-9a-f]{5,8}\b", "@<hash>", text)
    return re.sub(r"plan_id=(\d+)",
                  lambda m: f"plan_id={plans.setdefault(m.group(1), len(plans))}", text)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def stable(text):
    """A log text with its times replaced."""
    text = re.sub(r'"batchTimestampMs":\d+', '"batchTimestampMs":0', text)
    return re.sub(r'"timestamp":\d+', '"timestamp":0', text)


def log_files(checkpoint, name):
    folder = os.path.join(checkpoint, name)
    names = [n for n in os.listdir(folder) if n.isdigit()]
    return {n: stable(read(os.path.join(folder, n))) for n in sorted(names, key=int)}


def state(checkpoint):
    """Everything below state/: metadata, schemas, file names, decoded deltas."""
    visible = [n for n in statefiles.state_files(checkpoint)
               if not os.path.basename(n).startswith(".")]
    found = {"files": visible, "metadata": {}, "schema": {}, "deltas": {}}
    for name in visible:
        path = os.path.join(checkpoint, "state", name)
        base = os.path.basename(name)
        if base.endswith(".crc"):
            continue
        if base == "metadata":
            found["metadata"][name] = read(path)
        elif base == "schema":
            version, key, value = statefiles.schema(path)
            found["schema"][name] = {"version": version, "key": json.loads(key),
                                     "value": json.loads(value)}
        elif base.endswith(".snapshot"):
            found.setdefault("snapshots", {})[name] = [
                [k.hex(), v.hex()] for k, v in statefiles.records(path)]
        elif base.endswith(".delta"):
            records = statefiles.records(path)
            if records:
                with open(path, "rb") as f:
                    raw = f.read().hex()
                found["deltas"][name] = {
                    "records": [[k.hex(), None if v is None else v.hex()] for k, v in records],
                    "file": raw}
    return found


def capture(spark, name, mode, text):
    """The captured facts of one shape."""
    from pyspark.sql import functions as F

    t = harness.Harness(spark)
    try:
        src = spark.readStream.schema(shapes.SCHEMA).json(t.input)
        wm = src.withWatermark("ts", "10 seconds")
        src.createOrReplaceTempView("src")
        wm.createOrReplaceTempView("wm")
        df = eval(text, {"F": F, "src": src, "wm": wm, "spark": spark,  # noqa: S307 - our own text
                         "w": F.window("ts", "10 seconds"),
                         "slide": F.window("ts", "20 seconds", "10 seconds")})
        q = t.memory(df, mode, "shape_out")
        steps = []
        for number, rows in enumerate(shapes.BATCHES):
            t.drop(f"{number}.json", rows)
            steps.append(t.step(q))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            q.explain(True)
        q.stop()
        checkpoint = t.path("ckpt")
        result = {
            "shape": name, "spark": spark.version, "mode": mode, "query": text,
            "source_schema": shapes.SCHEMA,
            "output_schema": json.loads(df.schema.json()),
            "steps": [t.clean(s) for s in steps],
            "offsets": t.clean(log_files(checkpoint, "offsets")),
            "commits": log_files(checkpoint, "commits"),
            "state": state(checkpoint) if os.path.isdir(os.path.join(checkpoint, "state")) else None,
            "explain": t.clean(renumber(out.getvalue())).splitlines(),
        }
        result["partitions"] = len({f.split("/")[1] for f in (result["state"] or {"files": []})["files"]
                                    if f.split("/")[1].isdigit()})
        return result
    finally:
        t.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint")
    parser.add_argument("shapes", nargs="*")
    args = parser.parse_args()
    os.environ["TZ"] = "UTC"
    from pyspark.sql import SparkSession

    server = (contextlib.nullcontext(args.endpoint) if args.endpoint
              else sparkserver.spark_server())
    failed = 0
    with server as endpoint:
        spark = SparkSession.builder.remote(endpoint).create()
        for key, value in harness.SESSION_CONF.items():
            spark.conf.set(key, value)
        for name, mode, text in shapes.SHAPES:
            if args.shapes and name not in args.shapes:
                continue
            try:
                result = capture(spark, name, mode, text)
                with open(os.path.join(HERE, name + ".json"), "w", encoding="utf-8") as f:
                    f.write(harness.dump(result))
                print("captured", name, flush=True)
            except Exception as e:  # noqa: BLE001 - the others go on
                failed += 1
                print("FAILED", name, str(e)[:500], flush=True)
        spark.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
