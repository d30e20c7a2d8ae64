"""The session's zone: windows of a day, hours of a time, formats, reading and writing."""
from pyspark.sql import functions as F


def run(spark, t):
    spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
    t.drop("a.json", [{"ts": "2024-03-31T00:30:00Z"}, {"ts": "2024-03-31T01:30:00Z"}, {"ts": "2024-03-31 02:30:00"},
                      {"ts": "2024-03-31 12:00:00"}, {"ts": "2024-10-27T02:30:00"}, {"ts": "2024-07-01T00:00:00+05:30"}])
    df = spark.readStream.schema("ts TIMESTAMP").json(t.input)
    t.once("parts", lambda: df.select(F.hour("ts"), F.dayofmonth("ts"), F.to_date("ts"), F.date_trunc("day", "ts").alias("d"),
                                      F.date_format("ts", "yyyy-MM-dd HH:mm XXX").alias("f"), F.col("ts").cast("string").alias("s"),
                                      F.col("ts").cast("long").alias("l"), F.to_utc_timestamp("ts", "Asia/Tokyo").alias("u"),
                                      F.from_utc_timestamp("ts", "Asia/Tokyo").alias("t"), F.unix_timestamp("ts")))
    t.once("days", lambda: df.groupBy(F.window("ts", "1 day")).count().selectExpr(
        "cast(window.start AS string) s", "cast(window.end AS string) e", "count"), "complete")
    t.once("days shifted", lambda: df.groupBy(F.window("ts", "1 day", startTime="-1 hours")).count().selectExpr(
        "cast(window.start AS string) s", "count"), "complete")
    t.once("by date", lambda: df.groupBy(F.to_date("ts").alias("d")).count(), "complete")
    t.finish(t.files(df, "json", trigger={"availableNow": True}), "file")
    t.record("lines", t.read_output())
    t.once("text literal", lambda: df.where("ts > '2024-03-31 10:00:00'"))
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    t.drop("b.json", [{"ts": "2024-05-01T00:00:00Z"}, {"ts": "2024-05-01 00:00:00"}])
    t.once("another zone", lambda: df.select(F.col("ts").cast("string").alias("s"), "ts"))
    t.printed("show", lambda: spark.sql("SELECT timestamp_seconds(0) AS t, current_timezone() AS z").show(truncate=False))
    t.fails("bad zone", lambda: spark.conf.set("spark.sql.session.timeZone", "Mars/Base"))
