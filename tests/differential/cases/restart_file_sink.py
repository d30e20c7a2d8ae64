"""A windowed append query into files, stopped and started again on its checkpoint."""
from pyspark.sql.functions import col, window


def build(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP, k STRING").json(t.input)
    return (events.withWatermark("ts", "10 seconds")
            .groupBy(window(col("ts"), "10 seconds"), "k").count()
            .select(col("window.start").alias("s"), col("window.end").alias("e"), "k", "count"))


def run(spark, t):
    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "k": "a"},
                      {"ts": "2024-01-01T00:00:12Z", "k": "b"}])
    q = t.files(build(spark, t))
    t.step(q, "first")
    q.stop()
    t.drop("b.json", [{"ts": "2024-01-01T00:00:03Z", "k": "a"},
                      {"ts": "2024-01-01T00:00:31Z", "k": "a"}])
    q = t.files(build(spark, t))
    t.step(q, "second")
    t.drop("c.json", [{"ts": "2024-01-01T00:00:02Z", "k": "late"},
                      {"ts": "2024-01-01T00:00:59Z", "k": None}])
    t.step(q, "third")
    q.stop()
    t.record("lines", t.read_output())
    q = t.files(build(spark, t))
    t.step(q, "nothing new")
    q.stop()
    t.record("lines again", t.read_output())
    t.rows("read back", spark.read.schema("s TIMESTAMP, e TIMESTAMP, k STRING, count LONG")
           .json(t.path("out")))
