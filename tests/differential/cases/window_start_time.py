"""startTime shifts tumbling and sliding windows; widths that are no multiple of the slide."""
from pyspark.sql.functions import col, window


def run(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP").json(t.input)
    t.drop("a.json", [{"ts": f"2024-01-01T00:{m:02d}:00Z"} for m in (0, 1, 4, 5, 6, 14, 15, 16, 59)]
           + [{"ts": "1969-12-31T23:58:59.999999Z"}, {"ts": "1970-01-01T00:00:00Z"}])
    shapes = {
        "shift": window(col("ts"), "15 minutes", "15 minutes", "5 minutes"),
        "back": window(col("ts"), "15 minutes", "15 minutes", "-5 minutes"),
        "slide": window(col("ts"), "10 minutes", "4 minutes", "1 minute"),
        "day": window(col("ts"), "1 day"),
        "week": window(col("ts"), "1 week"),
        "gap": window(col("ts"), "1 hour 30 minutes"),
    }
    for name, w in shapes.items():
        q = t.memory(events.groupBy(w.alias("w")).count(), "complete", name, "ck_" + name)
        t.step(q, name)
        q.stop()
