"""A monitoring loop as operators write it: progress objects, dicts, JSON, status, active list."""
import json
import time

from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "k": "a", "v": 1}, {"ts": "2024-01-01T00:00:12Z", "k": "b", "v": 2}])
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    agg = df.withWatermark("ts", "5 seconds").groupBy(F.window("ts", "10 seconds"), "k").agg(F.sum("v").alias("s"))
    q = t.memory(agg, "update", "mon", trigger={"processingTime": "200 milliseconds"})
    t.step(q, "one")
    t.drop("b.json", [{"ts": "2024-01-01T00:00:30Z", "k": "a", "v": 5}])
    t.step(q, "two")
    p = [x for x in q.recentProgress if x.numInputRows][-1]
    t.record("types", [type(p).__name__, type(p.sources[0]).__name__, type(p.stateOperators[0]).__name__, type(p.sink).__name__])
    t.record("values", [p.name, p.numInputRows, p.batchId, sorted(p.eventTime.items()), p.sources[0].numInputRows, p.observedMetrics])
    t.record("rates", [p.inputRowsPerSecond >= 0, p.processedRowsPerSecond > 0, p.batchDuration >= 0])
    t.record("offsets", [p.sources[0].startOffset, p.sources[0].endOffset, p.sources[0].latestOffset, dict(p.sources[0].metrics)])
    s = p.stateOperators[0]
    t.record("state", [s.operatorName, s.numRowsTotal, s.numRowsUpdated, s.numRowsRemoved, s.numRowsDroppedByWatermark, s.numShufflePartitions,
                       s.numStateStoreInstances])
    t.record("state keys", sorted(json.loads(s.json)))
    t.record("json keys", sorted(json.loads(p.json)))
    t.record("dict", [p["batchId"], p.get("name"), "sources" in p, len(p.prettyJson) > 50, sorted(p.keys())])
    t.record("timestamp", [len(p.timestamp), p.timestamp[-1], p.timestamp[10]])
    t.record("last is", type(q.lastProgress).__name__)
    t.record("status", [type(q.status).__name__, q.status["isDataAvailable"], q.status["message"] in ("Waiting for next trigger", "Waiting for data to arrive", "Getting offsets from FileStreamSource[file:" + t.input + "]")])
    t.record("repr", [repr(q)[:40].split("0x")[0], q.name, str(q.id) == q.id])
    while q.isActive:
        if q.lastProgress["batchId"] >= 1:
            q.stop()
        time.sleep(0.05)
    t.record("after", [q.isActive, q.exception(), [x.name for x in spark.streams.active]])
    t.attempt("awaitAny", lambda: spark.streams.awaitAnyTermination(1))
    spark.streams.resetTerminated()
    t.fails("negative", lambda: q.awaitTermination(-1))
    t.fails("text", lambda: q.awaitTermination("x"))
    for bad in ({"processingTime": 5}, {"once": False}, {"availableNow": False}, {"processingTime": "1 second", "once": True}, {"processingTime": "abc"}, {"processingTime": "-1 second"}):
        t.fails(str(bad), lambda b=bad: df.writeStream.trigger(**b).format("noop").start().stop())
