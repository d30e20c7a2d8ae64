"""groupBy(window, two keys) under aliases; start and end selected; filters above."""
from pyspark.sql.functions import avg, col, count, max, min, sum, window


def run(spark, t):
    df = spark.readStream.schema("eventTime TIMESTAMP, device STRING, site INT, temp DOUBLE").json(t.input)
    agg = (df.withWatermark("eventTime", "10 minutes")
           .groupBy(window(col("eventTime"), "5 minutes").alias("w"), col("device").alias("dev"),
                    (col("site") % 10).alias("area"))
           .agg(count("*").alias("n"), avg("temp").alias("mean"), min("temp").alias("low"),
                max("temp").alias("high"), sum("temp").alias("total"))
           .select(col("w.start").alias("from"), col("w.end").alias("to"), "dev", "area", "n",
                   "mean", "low", "high", "total")
           .where(col("n") > 1))
    t.printed("schema", agg.printSchema)
    q = t.memory(agg, "append")
    t.drop("a.json", [{"eventTime": f"2024-03-01T10:0{i}:00Z", "device": "ab"[i % 2], "site": i % 3,
                       "temp": i * 1.5} for i in range(10)]
           + [{"eventTime": f"2024-03-01T10:0{i}:30Z", "device": "ab"[i % 2], "site": 10 + i % 3,
               "temp": -i} for i in range(10)])
    t.step(q)
    t.drop("b.json", [{"eventTime": "2024-03-01T10:30:00Z", "device": "z", "site": 1, "temp": 0}])
    t.step(q)
    t.drop("c.json", [{"eventTime": "2024-03-01T10:01:00Z", "device": "late", "site": 1, "temp": 0},
                      {"eventTime": "2024-03-01T10:45:00Z", "device": "z", "site": 1}])
    t.step(q)
    q.stop()
