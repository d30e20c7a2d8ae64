"""Rows at the watermark, at window edges, and one microsecond either side."""
from pyspark.sql.functions import col, window


def run(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP, id INT").json(t.input)
    out = (events.withWatermark("ts", "0 seconds")
           .groupBy(window(col("ts"), "10 seconds")).agg({"id": "sum", "*": "count"}))
    q = t.memory(out, "update")
    base = "2024-01-01T00:00:"
    t.drop("a.json", [{"ts": base + "20.000000Z", "id": 1}])
    t.step(q)
    t.drop("b.json", [{"ts": base + "09.999999Z", "id": 10}, {"ts": base + "10.000000Z", "id": 20},
                      {"ts": base + "19.999999Z", "id": 30}, {"ts": base + "20.000000Z", "id": 40}])
    t.step(q)
    t.drop("c.json", [{"ts": base + "30.000999Z", "id": 50}])
    t.step(q)
    t.drop("d.json", [{"ts": base + "29.999999Z", "id": 60}, {"ts": base + "30.000000Z", "id": 70},
                      {"ts": base + "30.000500Z", "id": 80}])
    t.step(q)
    q.stop()
