"""Complete mode keeps all windows and drops nothing as late."""
from pyspark.sql.functions import col, window


def run(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP").json(t.input)
    counts = (events.withWatermark("ts", "10 minutes")
              .groupBy(window(col("ts"), "10 minutes")).count())
    q = t.memory(counts, "complete")
    for name, times in (("a", ("12:14", "12:09")), ("b", ("12:08", "12:51")),
                        ("c", ("09:04", "12:17"))):
        t.drop(name + ".json", [{"ts": f"2024-01-01T{x}:00Z"} for x in times])
        t.step(q)
    q.stop()
