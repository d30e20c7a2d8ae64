"""Update mode over sliding windows with two keys: emitted rows, evicted rows, late groups."""
from pyspark.sql.functions import col, window


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, a STRING, b INT, v DOUBLE").json(t.input)
    out = (df.withWatermark("ts", "10 seconds")
           .groupBy(window(col("ts"), "20 seconds", "10 seconds"), "a", "b").avg("v"))
    q = t.memory(out, "update")
    base = "2024-01-01T00:0"
    batches = [[("0:05", "x", 1, 1.0), ("0:15", "x", 1, 2.0), ("0:15", "y", None, 3.0)],
               [("0:55", "x", 1, 4.0), ("0:15", "x", 1, 6.0)],
               [("0:25", "x", 1, 4.0), ("0:35", "x", 2, None), ("0:29", "y", 1, 1.0)],
               [("2:00", "z", 0, 0.5)]]
    for i, rows in enumerate(batches):
        t.drop(f"{i}.json", [{"ts": base + x + "Z", "a": a, "b": b, "v": v} for x, a, b, v in rows])
        t.step(q)
    q.stop()
