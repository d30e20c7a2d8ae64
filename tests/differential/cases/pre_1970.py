"""Event times before 1970: always late for a watermark, aligned downward in windows."""
from pyspark.sql.functions import col, window


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP").json(t.input)
    w = window(col("ts"), "10 seconds", "4 seconds")
    rows = ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:50Z", "1969-12-31T23:59:49.999999Z",
            "1970-01-01T00:00:00Z", "1900-01-01T00:00:03Z", "0002-01-01T00:00:00Z"]
    t.drop("a.json", [{"ts": x} for x in rows])
    q = t.memory(df.groupBy(w).count(), "complete", "all_rows", "ck1")
    t.step(q, "no watermark")
    q.stop()
    q = t.memory(df.withWatermark("ts", "1 second").groupBy(w).count(), "update", "marked", "ck2")
    t.step(q, "watermark")
    t.drop("b.json", [{"ts": "1970-01-01T00:00:05.5Z"}])
    t.step(q, "watermark 2")
    q.stop()
