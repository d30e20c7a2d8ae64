"""Event time made of text or numbers: to_timestamp, casts, timestamp_seconds, from_unixtime."""
from pyspark.sql import functions as F

ROWS = [{"s": "2024-01-01 00:00:01", "f": "01/02/2024 03:04", "u": 1704067201, "m": 1704067201500},
        {"s": "2024-01-01 00:00:12", "f": "31/12/2023 23:59", "u": 1704067212, "m": 1704067212001},
        {"s": "2024-01-01 00:00:25", "f": "29/02/2024 00:00", "u": 0, "m": -1}, {"s": None}]


def run(spark, t):
    t.drop("a.json", ROWS)
    df = spark.readStream.schema("s STRING, f STRING, u LONG, m LONG").json(t.input)
    t.once("columns", lambda: df.select(
        F.to_timestamp("s").alias("a"), F.to_timestamp("f", "dd/MM/yyyy HH:mm").alias("b"),
        F.col("u").cast("timestamp").alias("c"), F.timestamp_seconds("u").alias("d"),
        F.timestamp_millis("m").alias("e"), F.from_unixtime("u").alias("g"),
        F.unix_timestamp("s").alias("h"), F.expr("timestamp_micros(m * 1000)").alias("i"),
        F.to_date("f", "dd/MM/yyyy HH:mm").alias("j"), F.date_format(F.to_timestamp("s"), "HH:mm:ss").alias("k"),
        (F.col("m") / 1000).cast("timestamp").alias("l")))
    for label, ts in (("to_timestamp", F.to_timestamp("s")), ("cast", F.col("s").cast("timestamp")),
                      ("seconds", F.timestamp_seconds("u"))):
        counts = (df.withColumn("ts", ts).withWatermark("ts", "5 seconds")
                  .groupBy(F.window("ts", "10 seconds")).count())
        t.once(label, lambda c=counts: c.select("window.start", "window.end", "count"))
    t.once("window of text", lambda: df.groupBy(F.window("s", "10 seconds")).count(), "complete")
