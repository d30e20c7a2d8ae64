"""Null times are dropped by window() and count as the epoch in the watermark's statistics."""
from pyspark.sql.functions import col, window


def run(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP, k STRING").json(t.input)
    out = (events.withWatermark("ts", "1 minute")
           .groupBy(window(col("ts"), "1 minute"), "k").count())
    q = t.memory(out, "update")
    t.drop("a.json", [{"ts": None, "k": "a"}, {"ts": "2024-01-01T00:00:30Z", "k": "a"}, {"k": "b"}])
    t.step(q)
    t.drop("b.json", [{"ts": None, "k": "c"}])
    t.step(q)
    t.drop("c.json", [{"ts": "2024-01-01T00:05:30Z", "k": None}, {"ts": None, "k": None}])
    t.step(q)
    q.stop()
