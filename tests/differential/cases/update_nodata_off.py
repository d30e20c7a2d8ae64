"""Update mode without no-data batches: eviction waits for the next data batch."""
from pyspark.sql.functions import col, window


def run(spark, t):
    spark.conf.set("spark.sql.streaming.noDataMicroBatches.enabled", "false")
    df = spark.readStream.schema("ts TIMESTAMP, k STRING").json(t.input)
    out = df.withWatermark("ts", "1 second").groupBy(window(col("ts"), "10 seconds"), "k").count()
    q = t.memory(out, "update")
    for i, times in enumerate((("05", "25"), ("07", "26"), ("08",), ("59",), ("41",))):
        t.drop(f"{i}.json", [{"ts": f"2024-01-01T00:00:{x}Z", "k": "a"} for x in times])
        t.step(q)
    q.stop()
