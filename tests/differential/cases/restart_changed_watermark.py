"""Restart with another watermark delay, another window, another number of columns."""
from pyspark.sql import functions as F


def run(spark, t):
    def frame(delay="10 seconds", width="10 seconds", keys=()):
        df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
        return (df.withWatermark("ts", delay).groupBy(F.window("ts", width), *keys)
                .agg(F.count("*").alias("n")).selectExpr("window.start AS s", "n"))

    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "k": "a", "v": 1}, {"ts": "2024-01-01T00:01:00Z", "k": "b"}])
    q = t.files(frame())
    t.step(q)
    q.stop()
    t.drop("b.json", [{"ts": "2024-01-01T00:00:20Z", "k": "a"}, {"ts": "2024-01-01T00:00:55Z", "k": "a"}])
    q = t.files(frame("1 minute"))
    t.step(q, "longer delay")
    q.stop()
    t.drop("c.json", [{"ts": "2024-01-01T00:02:00Z", "k": "a"}])
    q = t.files(frame("0 seconds"))
    t.step(q, "shorter delay")
    q.stop()
    t.drop("d.json", [{"ts": "2024-01-01T00:03:03Z", "k": "a"}])
    q = t.files(frame("0 seconds", "5 seconds"))
    t.step(q, "other width")
    q.stop()
    t.record("lines", t.read_output())
    t.drop("e.json", [{"ts": "2024-01-01T00:04:03Z", "k": "a"}])
    t.query_fails("one more key", t.files(frame(keys=["k"])))
