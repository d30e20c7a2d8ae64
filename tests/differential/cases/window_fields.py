"""window.start and window.end selected, renamed, filtered, cast; two keys."""
from pyspark.sql.functions import col, sum as total, window


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, a STRING, b INT, v LONG").json(t.input)
    out = (df.withWatermark("ts", "5 seconds")
           .groupBy("a", window("ts", "10 seconds", "5 seconds").alias("w"), "b")
           .agg(total("v").alias("s"))
           .select(col("w.start").alias("from"), col("w.end").cast("string").alias("to"),
                   col("w.start").cast("long").alias("unix"), "a", "b", "s")
           .where(col("s") != 0))
    q = t.memory(out, "append")
    base = "2024-01-01T00:00:"
    t.drop("a.json", [{"ts": base + "01Z", "a": "x", "b": 1, "v": 1},
                      {"ts": base + "06Z", "a": "x", "b": 1, "v": 2},
                      {"ts": base + "07Z", "a": "x", "b": None, "v": 4},
                      {"ts": base + "08Z", "a": None, "b": 2, "v": 8},
                      {"ts": base + "08Z", "a": "z", "b": 2, "v": 0}])
    t.step(q)
    t.drop("b.json", [{"ts": base + "21Z", "a": "x", "b": 1, "v": 16}])
    t.step(q)
    t.drop("c.json", [{"ts": base + "50Z", "a": "x", "b": 1, "v": 32}])
    t.step(q)
    q.stop()
