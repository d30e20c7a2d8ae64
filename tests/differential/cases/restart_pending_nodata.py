"""Stop after a batch moved the watermark: the no-data batch runs after the restart (once trigger)."""
from pyspark.sql.functions import col, window


def run(spark, t):
    def start(**options):
        df = spark.readStream.schema("ts TIMESTAMP").json(t.input)
        out = (df.withWatermark("ts", "0 seconds").groupBy(window(col("ts"), "10 seconds"))
               .count().selectExpr("window.start s", "count"))
        return t.files(out, **options)

    t.drop("a.json", [{"ts": "2024-01-01T00:00:05Z"}, {"ts": "2024-01-01T00:00:25Z"}])
    t.finish(start(trigger={"once": True}), "once")
    t.record("lines 1", t.read_output())
    q = start()
    t.step(q, "restarted")
    t.record("lines 2", t.read_output())
    t.drop("b.json", [{"ts": "2024-01-01T00:00:19Z"}, {"ts": "2024-01-01T00:00:29Z"}])
    t.step(q, "late")
    q.stop()
    t.finish(start(trigger={"availableNow": True}), "nothing to do")
    t.record("lines 3", t.read_output())
