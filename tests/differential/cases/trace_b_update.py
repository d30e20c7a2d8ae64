"""The data of trace A in update mode: touched windows are emitted, eviction emits nothing."""
from pyspark.sql.functions import col, window


def run(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP").json(t.input)
    counts = (events.withWatermark("ts", "10 minutes")
              .groupBy(window(col("ts"), "10 minutes")).count())
    q = t.memory(counts, "update")
    for name, times in (("a", ("12:14", "12:09")), ("b", ("12:08", "12:21")),
                        ("c", ("12:04", "12:17"))):
        t.drop(name + ".json", [{"ts": f"2024-01-01T{x}:00Z"} for x in times])
        t.step(q)
    q.stop()
