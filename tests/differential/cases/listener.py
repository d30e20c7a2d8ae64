"""StreamingQueryListener: events of start, progress and end, also after an error."""
import time

from pyspark.sql.streaming import StreamingQueryListener


class Listener(StreamingQueryListener):
    def __init__(self):
        self.seen = []

    def onQueryStarted(self, event):
        self.seen.append(("started", event.name))

    def onQueryProgress(self, event):
        if "addBatch" in event.progress.durationMs:
            self.seen.append(("progress", event.progress.name, event.progress.batchId, event.progress.numInputRows))

    def onQueryIdle(self, event):
        pass

    def onQueryTerminated(self, event):
        error = event.exception
        self.seen.append(("ended", None if error is None else error.splitlines()[0][:60], event.errorClassOnException))


def wait(listener, kind, n=1):
    deadline = time.time() + 20
    while sum(e[0] == kind for e in listener.seen) < n and time.time() < deadline:
        time.sleep(0.05)


def run(spark, t):
    listener = Listener()
    spark.streams.addListener(listener)
    df = spark.readStream.schema("v INT, z INT").json(t.input)
    q = t.memory(df, name="good", checkpoint="ck1")
    t.drop("a.json", [{"v": 1, "z": 1}, {"v": 2, "z": 1}])
    q.processAllAvailable()
    t.drop("b.json", [{"v": 3, "z": 0}])
    q.processAllAvailable()
    wait(listener, "progress", 2)
    q.stop()
    wait(listener, "ended")
    t.record("good", sorted(listener.seen, key=str))
    listener.seen.clear()
    q = t.memory(df.selectExpr("v / z AS r"), name="bad", checkpoint="ck2")
    t.query_fails("error", q)
    wait(listener, "ended")
    t.record("bad", [e for e in sorted(listener.seen, key=str) if e[0] != "progress"])
    spark.streams.removeListener(listener)
    listener.seen.clear()
    q = t.memory(df, name="silent", checkpoint="ck3")
    q.processAllAvailable()
    q.stop()
    t.record("removed", listener.seen)
