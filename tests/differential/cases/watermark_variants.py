"""Delays in many spellings, the watermark placed elsewhere, set twice, on a computed column."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": "2024-01-01T00:00:00Z", "s": "2024-01-01 00:00:00", "v": 1},
                      {"ts": "2024-01-01T02:00:00Z", "s": "2024-01-01 02:00:00", "v": 2}])
    df = spark.readStream.schema("ts TIMESTAMP, s STRING, v INT").json(t.input)

    def counted(frame, col="ts"):
        return frame.groupBy(F.window(col, "10 minutes")).count().select("window.start", "count")

    for delay in ("10 seconds", "1 hour", "1 hour 30 minutes", "interval 10 minutes", "0 seconds", "2 hours", "1 day", "1 week",
                  "1 HOUR", "90 minute", "1.5 hours", "", "soon", "10", "5000 milliseconds", "-1 second", "1 year"):
        t.once("delay " + delay, lambda d=delay: counted(df.withWatermark("ts", d)))
    t.once("computed", lambda: counted(df.withColumn("at", F.to_timestamp("s")).withWatermark("at", "1 minute"), "at"))
    t.once("after a filter", lambda: counted(df.filter("v > 0").select("ts", "v").withWatermark("ts", "1 minute")))
    t.once("renamed after", lambda: counted(df.withWatermark("ts", "1 minute").withColumnRenamed("ts", "event"), "event"))
    t.once("expression over it", lambda: counted(df.withWatermark("ts", "1 minute").withColumn("ts", F.col("ts") + F.expr("INTERVAL 1 SECOND"))))
    t.once("two columns", lambda: counted(df.withColumn("b", F.col("ts")).withWatermark("ts", "1 hour").withWatermark("b", "1 minute")))
    t.once("after the aggregate", lambda: df.groupBy(F.window("ts", "10 minutes")).count().withWatermark("window", "1 minute"))
    t.once("date column", lambda: df.withColumn("d", F.to_date("ts")).withWatermark("d", "1 minute").groupBy("d").count())
    t.once("key is the time", lambda: df.withWatermark("ts", "1 minute").groupBy("ts").count())
    t.once("key and time", lambda: df.withWatermark("ts", "1 minute").groupBy("ts", "v").agg(F.count("*")).select("v"))
    t.once("no aggregate", lambda: df.withWatermark("ts", "1 minute").select("v"))
    t.once("batch", lambda: counted(df.withWatermark("ts", "1 minute")))
    t.rows("on a batch frame", counted(spark.read.schema("ts TIMESTAMP, v INT").json(t.input).withWatermark("ts", "1 minute")))
