"""Late rows, 10 minute windows, 10 minute delay, append, without no-data batches."""
from pyspark.sql.functions import col, window


def run(spark, t):
    spark.conf.set("spark.sql.streaming.noDataMicroBatches.enabled", "false")
    events = spark.readStream.schema("ts TIMESTAMP").json(t.input)
    counts = (events.withWatermark("ts", "10 minutes")
              .groupBy(window(col("ts"), "10 minutes")).count())
    q = t.memory(counts, "append")
    t.drop("a.json", [{"ts": "2024-01-01T12:14:00Z"}, {"ts": "2024-01-01T12:09:00Z"}])
    t.step(q)
    t.drop("b.json", [{"ts": "2024-01-01T12:08:00Z"}, {"ts": "2024-01-01T12:21:00Z"}])
    t.step(q)
    t.drop("c.json", [{"ts": "2024-01-01T12:04:00Z"}, {"ts": "2024-01-01T12:17:00Z"}])
    t.step(q)
    q.stop()
