"""Windows of hours and days, slides that do not divide, start times, keys beside them; window columns used afterwards."""
from pyspark.sql import functions as F
from pyspark.sql.functions import col, window


def run(spark, t):
    rows = [("2024-02-28T23:50:00Z", "a", 1), ("2024-02-29T00:10:00Z", "a", 2), ("2024-02-29T12:00:00Z", "b", 3), ("2024-03-01T00:00:00Z", "a", 4), ("2024-03-10T09:00:00Z", "b", 5)]
    t.drop("1.json", [{"ts": a, "k": b, "v": c} for a, b, c in rows])
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    wm = df.withWatermark("ts", "2 hours")
    tries = {
        "day": (window("ts", "1 day"),), "week": (window("ts", "1 week"),), "7 of 3": (window("ts", "7 hours", "3 hours"),), "offset": (window(col("ts"), "1 hour", startTime="15 minutes"),),
        "slide offset": (window("ts", "12 hours", "6 hours", "1 hour"), col("k")), "negative": (window("ts", "1 day", startTime="-2 hours"), "k"), "spelled": (window("ts", "interval 1 day 2 hours"),),
        "millis": (window("ts", "1500 milliseconds"),), "micros": (window("ts", "1000000 microseconds"),), "alias": (window("ts", "1 day").alias("w"), col("k").alias("key")),
        "expression": (window(F.date_trunc("hour", "ts"), "1 day"),), "cast text": (window(F.date_format("ts", "yyyy-MM-dd HH:mm:ss"), "1 day"),), "upper": (window("ts", "1 DAY"),), "no blank": (window("ts", "1day"),), "bare": (window("ts", "10"),),
        "month": (window("ts", "1 month"),), "slide larger": (window("ts", "1 hour", "2 hours"),), "zero": (window("ts", "0 seconds"),), "two windows": (window("ts", "1 hour"), window("ts", "1 day")), "same twice": (window("ts", "1 day"), window("ts", "1 day")), "date key": (F.to_date("ts"), "k"),
    }
    for label, keys in tries.items():
        t.once(label, lambda k=keys: wm.groupBy(*k).agg(F.sum("v").alias("s")), "append" if label != "date key" else "update")
    w = wm.groupBy(window("ts", "1 day").alias("w"), "k").agg(F.sum("v").alias("s"), F.count("*").alias("n"))
    uses = {
        "fields": lambda: w.select("w.start", "w.end", "k", "s"), "text": lambda: w.select(col("w").cast("string").alias("w"), "n"), "filter start": lambda: w.where(col("w.start") >= "2024-02-29"),
        "filter end": lambda: w.where(col("w.end") <= F.lit("2024-03-01").cast("timestamp")), "filter key": lambda: w.filter(col("k") == "a"), "hour of": lambda: w.select(F.hour("w.start"), F.dayofmonth(col("w.end")), F.to_date("w.start").alias("d")),
        "unix": lambda: w.select(F.unix_timestamp("w.start"), (col("w.end").cast("long") - col("w.start").cast("long")).alias("len"), (col("w.end") - col("w.start")).alias("iv")), "window_time": lambda: w.select(F.window_time("w"), "s"),
        "json": lambda: w.select(F.to_json("w")), "drop": lambda: w.drop("w"), "star": lambda: w.select("w.*", "*"), "with": lambda: w.withColumn("day", F.date_format("w.start", "yyyy-MM-dd")).drop("w"), "share": lambda: w.select("k", F.round(col("s") / col("n"), 3).alias("mean")),
        "select window": lambda: df.select(window("ts", "1 day"), "v"), "select window alias": lambda: df.withColumn("w", window("ts", "6 hours", "3 hours")).select("w.start", "v"), "group by own window": lambda: wm.withColumn("w", window("ts", "1 day")).groupBy("w").count(),
        "group by start": lambda: wm.withColumn("w", window("ts", "1 day")).groupBy("w.start").count(),
    }
    for label, make in uses.items():
        t.once(label, make)
        t.attempt(label + " types", lambda m=make: m().schema.simpleString())
