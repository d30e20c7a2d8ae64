"""window_time, windows in a select list, windows of odd widths and starts."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": f"2024-01-01T00:00:{i:02d}Z", "v": i} for i in range(0, 50, 7)])
    df = spark.readStream.schema("ts TIMESTAMP, v INT").json(t.input).withWatermark("ts", "5 seconds")
    one = df.groupBy(F.window("ts", "10 seconds")).agg(F.sum("v").alias("s"))
    t.once("window_time", lambda: one.select("window", F.window_time("window").alias("at"), "s"))
    t.once("two windows", lambda: df.groupBy(F.window("ts", "10 seconds"), F.window("ts", "5 seconds").alias("w2")).count())
    t.once("window in select", lambda: df.select(F.window("ts", "10 seconds").alias("w"), "v").select("w.start", "w.end", "v"))
    t.once("window column then group", lambda: df.withColumn("w", F.window("ts", "10 seconds")).groupBy("w").count())
    t.once("sliding in select", lambda: df.filter("v = 14").select(F.window("ts", "10 seconds", "4 seconds").alias("w"), "v"))
    t.once("window by name", lambda: df.groupBy(F.window("ts", "10 seconds").alias("bucket")).agg(F.max("v").alias("m"))
           .selectExpr("bucket.start", "date_format(bucket.end, 'mm:ss') AS e", "m").where("m > 7"))
    t.once("filter on window", lambda: one.where("window.start >= '2024-01-01 00:00:20'"))
    t.once("slide not dividing", lambda: df.groupBy(F.window("ts", "10 seconds", "7 seconds", "2 seconds")).count())
    t.once("negative start", lambda: df.groupBy(F.window("ts", "10 seconds", startTime="-3 seconds")).count())
    t.once("big units", lambda: df.groupBy(F.window("ts", "1 week", "1 day")).count(), "complete")
    t.once("interval text", lambda: df.groupBy(F.window("ts", "interval 10 seconds")).count(), "complete")
    t.once("mixed units", lambda: df.groupBy(F.window("ts", "1 minute 30 seconds")).count(), "complete")
    t.once("milliseconds", lambda: df.filter("v < 10").groupBy(F.window("ts", "2500 milliseconds")).count(), "complete")
