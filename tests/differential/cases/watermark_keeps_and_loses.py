"""Which projections keep the watermark of a column; filters around it."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    marked = df.withWatermark("ts", "1 minute 30 seconds")
    t.fails("shifted", lambda: t.memory(
        marked.withColumn("ts", F.expr("ts + interval 1 hour"))
        .groupBy(F.window("ts", "1 minute")).count(), "append"))
    t.fails("cast", lambda: t.memory(
        marked.withColumn("ts", F.col("ts").cast("string").cast("timestamp"))
        .groupBy(F.window("ts", "1 minute")).count(), "append"))
    out = (marked.select(F.col("ts").alias("when"), F.upper("k").alias("kk"), "v").filter("v > 0")
           .groupBy(F.window("when", "1 minute"), "kk").count())
    q = t.memory(out, "append")
    t.drop("a.json", [{"ts": "2024-01-01T00:00:00Z", "k": "a", "v": 1},
                      {"ts": "2024-01-01T01:00:00Z", "k": "filtered after the watermark", "v": 0}])
    t.step(q)
    t.drop("b.json", [{"ts": "2024-01-01T00:30:00Z", "k": "a", "v": 1},
                      {"ts": "2024-01-01T00:59:30Z", "k": "a", "v": 1}])
    t.step(q)
    q.stop()
    below = df.filter("v > 0").withWatermark("ts", "0 seconds")
    q = t.memory(below.groupBy(F.window("ts", "1 minute")).count(), "update", "below", "ck2")
    t.step(q, "filter below")
    q.stop()
