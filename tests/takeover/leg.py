"""One leg of a take-over: queries started on their checkpoints, fed, and stopped, on one engine.

    leg.py JOB.json

The job names an endpoint (sc://... of a server; none: a Spark inside this process) and tasks; see
cases.py for what a task is. Writes the answers of all tasks to the job's "result".
"""
import concurrent.futures
import contextlib
import datetime
import glob
import json
import os
import sys
import threading
import time
import traceback

FIRST_MTIME = 1_700_000_000


def session(job):
    """A session on the job's engine; for a Spark in this process its JVM's id is written down."""
    from pyspark.sql import SparkSession

    if job.get("endpoint"):
        return SparkSession.builder.remote(job["endpoint"]).create()
    os.environ["TZ"] = "UTC"
    builder = SparkSession.builder.master("local[2]")
    conf = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
            "spark.driver.memory": "2g",
            "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
            "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
            "spark.sql.warehouse.dir": os.path.join(job["work"], "warehouse"),
            "spark.sql.streaming.stateStore.maintenanceInterval": "1s"}
    conf.update(job.get("spark_conf", {}))
    for key, value in conf.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    if job.get("pidfile"):
        pid = spark._jvm.java.lang.ProcessHandle.current().pid()
        with open(job["pidfile"] + ".tmp", "w") as f:
            f.write(str(pid))
        os.rename(job["pidfile"] + ".tmp", job["pidfile"])
    return spark


def drop(base, number, name, lines):
    """A file appears whole, each younger than the one before; a file that is there stays."""
    folder = os.path.join(base, "in")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    marker = os.path.join(base, "dropped", name)
    os.makedirs(os.path.dirname(marker), exist_ok=True)
    if os.path.exists(marker) or os.path.exists(path):
        return
    hidden = os.path.join(base, "." + name)
    with open(hidden, "w", encoding="utf-8") as f:
        f.writelines(line + "\n" for line in lines)
    os.utime(hidden, (FIRST_MTIME + 10 * number,) * 2)
    os.rename(hidden, path)
    with open(marker, "w"):
        pass


def seen(base, number):
    """Whether a source of the query has logged the file, and the batch that read it is committed."""
    mark = '"timestamp":%d,' % ((FIRST_MTIME + 10 * number) * 1000)
    ck = os.path.join(base, "ck")
    found = False
    for path in glob.glob(ck + "/sources/0/*"):
        with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as f:
            found = found or mark in f.read()

    def newest(log):
        return max((int(n) for n in os.listdir(os.path.join(ck, log)) if n.isdigit()), default=-1)
    return found and newest("offsets") == newest("commits")


def text(value):
    """A cell of a row as text that is the same on all engines."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{text(k)}:{text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        return "(" + ",".join(text(v) for v in value) + ")"
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    return repr(value)


class Player:
    """Plays the tasks of one job in one session."""

    def __init__(self, job):
        self.job = job
        self.spark = session(job)
        self.lock = threading.Lock()
        self.ready = 0

    def frame(self, task):
        from pyspark.sql import functions as F

        source = task["source"]
        reader = self.spark.readStream.schema(source["schema"]).format(source["format"])
        options = {k: v.replace("BASE", task["base"]) for k, v in source.get("options", {}).items()}
        os.makedirs(os.path.join(task["base"], "in"), exist_ok=True)
        src = reader.options(**options).load(os.path.join(task["base"], "in"))
        delay = task.get("delay", "10 seconds")
        wm = src.withWatermark("ts", delay) if delay else src
        src.createOrReplaceTempView("src")
        wm.createOrReplaceTempView("wm")
        return eval(task["query"], {  # noqa: S307 - our own text
            "F": F, "src": src, "wm": wm, "spark": self.spark, "w": F.window("ts", "10 seconds"),
            "slide": F.window("ts", "20 seconds", "10 seconds")})

    def start(self, task):
        with self.lock:
            conf = {"spark.sql.session.timeZone": "UTC", "spark.sql.shuffle.partitions": "3",
                    "spark.sql.streaming.stateStore.compression.codec": "lz4",
                    "spark.sql.streaming.noDataMicroBatches.enabled": "true",
                    "spark.sql.streaming.minBatchesToRetain": "100",
                    "spark.sql.streaming.stateStore.minDeltasForSnapshot": "10"}
            conf.update(task.get("conf", {}))
            for key, value in conf.items():
                self.spark.conf.set(key, value)
            writer = self.frame(task).writeStream.outputMode(task["mode"])
            sink = task["sink"]
            writer = writer.format(sink["format"]).option(
                "checkpointLocation", os.path.join(task["base"], "ck"))
            if sink["format"] == "memory":
                writer = writer.queryName(task["table"])
            elif sink["format"] not in ("noop", "console"):
                writer = writer.option("path", os.path.join(task["base"], "out"))
            if task.get("trigger"):
                writer = writer.trigger(**task["trigger"])
            return writer.options(**sink.get("options", {})).start()

    def steps(self, task, answer):
        ends = task.get("trigger") and "processingTime" not in task["trigger"]
        query = None
        for step in task["steps"]:
            if ends or query is None:
                if ends:
                    self.drop_all(task, step)
                query = self.start(task)
            if not ends:
                self.drop_all(task, step)
                self.settle(task, query, step)
            elif not query.awaitTermination(120):
                raise TimeoutError("the query does not end")
            answer["batches"] = (query.lastProgress or {}).get("batchId")
        if not task["steps"]:
            query = self.start(task)
            query.processAllAvailable()
        if task["sink"]["format"] == "memory":
            rows = self.spark.table(task["table"]).collect()
            answer["rows"] = sorted(text(tuple(r)) for r in rows)
        query.stop()

    def settle(self, task, query, step):
        """processAllAvailable may come back from a look that began before the files were there."""
        deadline = time.time() + 120
        query.processAllAvailable()
        while step and not seen(task["base"], step[-1][0]):
            if time.time() > deadline:
                raise TimeoutError("a file is not read")
            time.sleep(0.05)
            query.processAllAvailable()
        query.processAllAvailable()

    def drop_all(self, task, step):
        for number, name, lines in step:
            drop(task["base"], number, name, lines)

    def paced(self, task, answer):
        """Files arrive in their own time; whoever started this process ends it by force."""
        query = self.start(task)
        with self.lock:
            self.ready += 1
        while self.ready < len(self.job["tasks"]) and query.isActive:
            time.sleep(0.01)
        if self.job.get("ready"):
            with open(self.job["ready"], "w"):
                pass
        for step in task["steps"]:
            self.drop_all(task, step)
            time.sleep(task["pace"])
        self.settle(task, query, task["steps"][-1])
        answer["finished"] = True
        query.stop()

    def play(self, task):
        answer = {"error": None}
        try:
            (self.paced if task.get("pace") else self.steps)(task, answer)
        except Exception as e:  # noqa: BLE001 - an error is an answer
            answer["error"] = str(e).strip() or type(e).__name__
            answer["trace"] = traceback.format_exc()[-1500:]
        return answer


def main():
    with open(sys.argv[1]) as f:
        job = json.load(f)
    player = Player(job)
    threads = len(job["tasks"]) if any(t.get("pace") for t in job["tasks"]) else job["threads"]
    with concurrent.futures.ThreadPoolExecutor(max(threads, 1)) as pool:
        answers = list(pool.map(player.play, job["tasks"]))
    with open(job["result"] + ".tmp", "w") as f:
        json.dump({t["name"]: a for t, a in zip(job["tasks"], answers)}, f)
    os.rename(job["result"] + ".tmp", job["result"])
    player.spark.stop()


if __name__ == "__main__":
    main()
