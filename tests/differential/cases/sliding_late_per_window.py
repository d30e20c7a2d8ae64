"""A row may be late in one sliding window and on time in another."""
from pyspark.sql.functions import col, window


def run(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP, k STRING").json(t.input)
    out = (events.withWatermark("ts", "5 seconds")
           .groupBy(window(col("ts"), "20 seconds", "10 seconds"), "k").count())
    q = t.memory(out, "append")
    base = "2024-01-01T00:00:"
    t.drop("a.json", [{"ts": base + "05Z", "k": "a"}, {"ts": base + "15Z", "k": "b"},
                      {"ts": base + "35Z", "k": "a"}])
    t.step(q)
    t.drop("b.json", [{"ts": base + "25Z", "k": "a"}, {"ts": base + "09Z", "k": "a"},
                      {"ts": base + "12Z", "k": "a"}])
    t.step(q)
    t.drop("c.json", [{"ts": base + "59Z", "k": None}])
    t.step(q)
    t.drop("d.json", [{"ts": "2024-01-01T00:10:00Z", "k": "end"}])
    t.step(q)
    q.stop()
