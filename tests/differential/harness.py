"""What every differential case needs: files dropped in a fixed order, rows and progress recorded
step by step, and answers in a form that two endpoints can be compared by.

A case is a file in cases/ with `def run(spark, t)`; `t` is a Harness. Run as a program, this file
runs one case against one endpoint and writes its answers as JSON:

    python harness.py CASE ENDPOINT OUT.json
"""
import contextlib
import datetime
import decimal
import importlib.util
import io
import json
import math
import os
import re
import shutil
import sys
import tempfile
import time
import traceback
from urllib.parse import unquote

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "cases")
GOLDEN = os.path.join(HERE, "golden")

FIRST_MTIME = 1_700_000_000  # of the first file dropped, in seconds; each later file is 10 s younger
OBJECT = re.compile(r"\$@[0-9a-f]+")  # a Scala object's hash in its text
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

SESSION_CONF = {
    "spark.sql.shuffle.partitions": "5",
    "spark.sql.session.timeZone": "UTC",
}


def case_names():
    """Names of all cases, sorted."""
    return sorted(f[:-3] for f in os.listdir(CASES) if f.endswith(".py") and not f.startswith("_"))


class Harness:
    """Directories, files and recorded events of one run of one case."""

    def __init__(self, spark):
        self.spark = spark
        self.events = []
        self.root = tempfile.mkdtemp(prefix="diff-")
        self.input = self.dir("in")
        self._files = 0
        self._queries = {}  # run id -> {"mode", "seen", "batches"}

    # ------------------------------------------------------------------ files

    def path(self, name):
        """Absolute path of `name` in this run's directory; not created."""
        return os.path.join(self.root, name)

    def dir(self, name):
        """Absolute path of directory `name` in this run's directory; created."""
        os.makedirs(self.path(name), exist_ok=True)
        return self.path(name)

    def drop(self, name, lines, mtime=None, into=None):
        """Move a file of `lines` into the input directory at once. Lines are strings (written as
        they are), dicts (written as JSON) or bytes (written without a newline). `mtime` is in
        seconds; by default each file is younger than the one before, so that order is fixed."""
        into = into or self.input
        if mtime is None:
            mtime = FIRST_MTIME + 10 * self._files
        self._files += 1
        data = lines if isinstance(lines, bytes) else b"".join(map(_line, lines))
        hidden = os.path.join(self.root, "." + name)
        with open(hidden, "wb") as f:
            f.write(data)
        os.utime(hidden, (mtime, mtime))
        os.rename(hidden, os.path.join(into, name))

    # ---------------------------------------------------------------- queries

    def memory(self, df, mode="append", name="out", checkpoint="ckpt", **options):
        """Start `df` into the memory table `name`. Option `trigger` is a dict for .trigger()."""
        w = df.writeStream.format("memory").queryName(name).outputMode(mode)
        return self._start(w, mode, checkpoint, options)

    def files(self, df, fmt="json", out="out", checkpoint="ckpt", **options):
        """Start `df` into files of format `fmt` below `out`."""
        options["path"] = self.path(out)
        return self._start(df.writeStream.format(fmt), None, checkpoint, options)

    def _start(self, writer, mode, checkpoint, options):
        trigger = options.pop("trigger", None)
        if trigger:
            writer = writer.trigger(**trigger)
        if checkpoint:
            writer = writer.option("checkpointLocation", self.path(checkpoint))
        q = writer.options(**options).start()
        self._queries[q.runId] = {"mode": mode, "seen": 0, "batches": 0}
        return q

    def step(self, q, label=None, rows=None):
        """Let `q` process all there is, then record the rows it added (memory sink, append and
        update) or shows (complete), and the progress of its batches since the last step."""
        q.processAllAvailable()
        return self._note(q, label, rows)

    def finish(self, q, label=None, rows=None, timeout=120):
        """Wait for a query that ends by itself (availableNow, once), then record as step does."""
        if not q.awaitTermination(timeout):
            raise TimeoutError("query did not terminate")
        return self._note(q, label, rows)

    def _note(self, q, label, rows):
        state = self._queries.setdefault(q.runId, {"mode": None, "seen": 0, "batches": 0})
        event = {"step": label or f"step {len(self.events)}"}
        if rows is None:
            rows = state["mode"] is not None
        if rows:
            all_rows = self.spark.table(q.name).collect()
            if state["mode"] == "complete":
                event["rows"] = encode_rows(all_rows)
            else:
                event["rows"] = encode_rows(all_rows[state["seen"]:])
                state["seen"] = len(all_rows)
        batches = batch_progress(q)
        event["progress"] = [self._facts(p) for p in batches[state["batches"]:]]
        state["batches"] = len(batches)
        self.events.append(event)
        return event

    def _facts(self, p):
        facts = {
            "batchId": p["batchId"],
            "numInputRows": sum(s.get("numInputRows", 0) for s in p.get("sources", [])),
            "eventTime": dict(sorted(p.get("eventTime", {}).items())),
            "sources": [
                {k: s.get(k) for k in ("description", "startOffset", "endOffset", "numInputRows")}
                for s in p.get("sources", [])
            ],
            "stateOperators": [
                {k: o.get(k) for k in (
                    "operatorName", "numRowsTotal", "numRowsUpdated", "numRowsRemoved",
                    "numRowsDroppedByWatermark", "numShufflePartitions")}
                for o in p.get("stateOperators", [])
            ],
            "sink": {k: p["sink"].get(k) for k in ("description", "numOutputRows")},
        }
        return self.clean(facts)

    # ---------------------------------------------------------------- records

    def record(self, label, value):
        """Record any value made of plain Python, rows included, in the order given."""
        self.events.append({"label": label, "value": self.clean(encode(value))})

    def rows(self, label, df, ordered=False):
        """Record the rows of a batch frame, sorted unless `ordered`."""
        got = df.collect()
        value = [encode(tuple(r)) for r in got] if ordered else encode_rows(got)
        self.events.append({"label": label, "columns": list(df.columns), "rows": self.clean(value)})

    def printed(self, label, call):
        """Record what `call()` prints, line by line."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            call()
        self.record(label, out.getvalue().splitlines())

    def fails(self, label, call):
        """Record the error that `call()` raises, or that it raised none."""
        try:
            call()
        except Exception as e:  # noqa: BLE001 - every error is an answer
            self.events.append({"label": label, "error": self.error(e)})
            return e
        self.events.append({"label": label, "error": None})
        return None

    def attempt(self, label, call):
        """Record what `call()` answers, a batch frame's rows included, or the error it raises."""
        try:
            value = call()
            if hasattr(value, "collect"):
                self.rows(label, value)
            else:
                self.record(label, value)
        except Exception as e:  # noqa: BLE001 - every error is an answer
            self.events.append({"label": label, "error": self.error(e)})

    def once(self, label, make, mode="append", **options):
        """Run the streaming frame that `make()` gives over the files there are, into a memory
        table of its own; record its columns and rows, or the error wherever it is raised."""
        name = f"once{len(self.events)}"
        options.setdefault("trigger", {"availableNow": True})
        try:
            df = make()
            q = self.memory(df, mode, name, "ck_" + name, **options)
            if not q.awaitTermination(120):
                raise TimeoutError("query did not terminate")
            self.rows(label, self.spark.table(name))
        except Exception as e:  # noqa: BLE001 - every error is an answer
            self.events.append({"label": label, "error": self.error(e)})

    def query_fails(self, label, q):
        """Record the error that ends the running query `q`."""
        e = self.fails(label, q.processAllAvailable)
        if e is None:
            return None
        deadline = time.time() + 20
        while q.isActive and time.time() < deadline:
            time.sleep(0.05)
        self.record(label + ": active", q.isActive)
        return e

    def error(self, e):
        """Type, class, sqlState and first line of an error."""
        lines = [s for s in str(e).splitlines() if s.strip()] or [""]
        return {
            "type": type(e).__name__,
            "class": _call(e, "getCondition") or _call(e, "getErrorClass"),
            "sqlState": _call(e, "getSqlState"),
            "message": self.clean(lines[0]),
        }

    def clean(self, value):
        """`value` with this run's directory and all UUIDs replaced."""
        if isinstance(value, str):
            return UUID.sub("<UUID>", OBJECT.sub("$", value.replace(self.root, "<TMP>")))
        if isinstance(value, list):
            return [self.clean(v) for v in value]
        if isinstance(value, dict):
            return {self.clean(k): self.clean(v) for k, v in value.items()}
        return value

    def read_output(self, out="out"):
        """Lines of all data files named in the sink log of `out`, sorted."""
        lines = []
        for path in sink_files(self.path(out)):
            with open(path, encoding="utf-8", newline="") as f:
                text = f.read().removesuffix("\n")
            lines += text.split("\n") if text else []
        return sorted(lines)

    def close(self):
        """Stop what runs and delete the directory."""
        with contextlib.suppress(Exception):
            for q in self.spark.streams.active:
                q.stop()
        shutil.rmtree(self.root, ignore_errors=True)


def sink_files(out):
    """Paths of the data files in a file sink's log, in log order."""
    log = os.path.join(out, "_spark_metadata")
    found = []
    names = [n for n in os.listdir(log) if not n.startswith(".")]
    for name in sorted(names, key=lambda n: int(n.split(".")[0])):
        with open(os.path.join(log, name), encoding="utf-8") as f:
            for line in f.read().splitlines()[1:]:
                found.append(unquote(re.sub(r"^file:(//)?", "", json.loads(line)["path"])))
    return found


def batch_progress(q):
    """Progress of the batches that ran (idle triggers left out), as dicts, oldest first."""
    found = []
    for p in q.recentProgress:
        d = json.loads(p.json) if hasattr(p, "json") else dict(p)
        if "addBatch" in d.get("durationMs", {}):
            found.append(d)
    return found


def _line(value):
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        value = json.dumps(value)
    return (value + "\n").encode()


def _call(obj, name):
    try:
        return getattr(obj, name)()
    except Exception:  # noqa: BLE001 - old or foreign errors have no such answer
        return None


def encode(v):
    """A value as JSON keeps it without loss: floats, decimals, times and bytes become tagged text."""
    if v is None or isinstance(v, (bool, int, str)):
        return v
    if isinstance(v, float):
        if math.isnan(v):
            return "f:NaN"
        return "f:" + repr(v)
    if isinstance(v, decimal.Decimal):
        return "d:" + format(v, "f")
    if isinstance(v, datetime.datetime):
        return "t:" + v.isoformat(" ")
    if isinstance(v, datetime.date):
        return "date:" + v.isoformat()
    if isinstance(v, (bytes, bytearray)):
        return "x:" + bytes(v).hex()
    if isinstance(v, dict):
        return {str(k): encode(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [encode(x) for x in v]
    return str(v)


def encode_rows(rows):
    """Rows encoded and sorted by their text."""
    return sorted((encode(tuple(r)) for r in rows), key=lambda r: json.dumps(r, sort_keys=True))


def dump(result):
    """JSON text for people: one line per row, per fact, per short value."""
    return _dump(result, 0) + "\n"


def _dump(v, depth):
    flat = json.dumps(v, ensure_ascii=False)
    if len(flat) + depth <= 100 or not isinstance(v, (dict, list)) or not v:
        return flat
    pad = " " * (depth + 1)
    if isinstance(v, dict):
        items = [f"{json.dumps(k, ensure_ascii=False)}: {_dump(x, depth + 1)}" for k, x in v.items()]
        return "{\n" + ",\n".join(pad + s for s in items) + "\n" + " " * depth + "}"
    return "[\n" + ",\n".join(pad + _dump(x, depth + 1) for x in v) + "\n" + " " * depth + "]"


def load_case(name):
    """The module of case `name`."""
    spec = importlib.util.spec_from_file_location("case_" + name, os.path.join(CASES, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_case(name, endpoint):
    """Run one case in a session of its own; returns {"case", "spark", "events"}."""
    os.environ["TZ"] = "UTC"  # the client shows timestamps in the zone of its process
    time.tzset()
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(endpoint).create()
    t = Harness(spark)
    result = {"case": name, "spark": None, "events": t.events}
    try:
        for key, value in SESSION_CONF.items():
            spark.conf.set(key, value)
        result["spark"] = spark.version
        load_case(name).run(spark, t)
    except Exception as e:  # noqa: BLE001 - reported as an answer
        t.events.append({"uncaught": t.error(e)})
        traceback.print_exc()
    finally:
        t.close()
        with contextlib.suppress(Exception):
            spark.stop()
    return result


def main(argv):
    if len(argv) != 4:
        sys.exit(__doc__)
    result = run_case(argv[1], argv[2])
    with open(argv[3], "w", encoding="utf-8") as f:
        f.write(dump(result))


if __name__ == "__main__":
    main(sys.argv)
