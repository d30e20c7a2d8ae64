"""A watermark over a watermark: allowed until the watermark has moved."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, u TIMESTAMP, v INT").json(t.input)
    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "u": "2024-01-01T00:00:05Z", "v": 1}])
    one = df.withWatermark("ts", "1 minute")
    t.once("same column", lambda: one.withWatermark("ts", "5 minutes"))
    t.once("other column", lambda: one.withWatermark("u", "5 minutes"))
    t.once("new column", lambda: one.select((F.col("ts") + F.expr("INTERVAL 1 DAY")).alias("x")).withWatermark("x", "1 minute").groupBy(F.window("x", "1 minute")).count())
    t.once("one side of a union", lambda: one.union(df).withWatermark("ts", "1 minute").groupBy(F.window("ts", "1 minute")).count())
    t.once("update", lambda: one.withWatermark("ts", "5 minutes").groupBy("v").count(), "update")
    t.once("complete", lambda: one.withWatermark("ts", "5 minutes").groupBy("v").count(), "complete")
    t.once("null times", lambda: df.withWatermark("ts", "1 minute").select("v", F.lit(None).cast("timestamp").alias("n")).withWatermark("n", "1 minute"))
