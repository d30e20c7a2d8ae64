"""current_timestamp and its kin as columns; same value within one batch; compared with data."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "v": i} for i in range(5)] + [{"ts": "2999-01-01T00:00:01Z", "v": 9}])
    df = spark.readStream.schema("ts TIMESTAMP, v INT").json(t.input)
    t.once("past", lambda: df.filter("ts < current_timestamp()").select("v"))
    t.once("past date", lambda: df.where(F.to_date("ts") < F.current_date()).select("v"))
    q = t.memory(df.withColumn("at", F.current_timestamp()).withColumn("day", F.current_date()), name="stamped", checkpoint="ck1")
    q.processAllAvailable()
    q.stop()
    t.rows("one value", spark.sql("SELECT count(DISTINCT at), count(*), max(day) = date(max(at)), max(at) > TIMESTAMP '2020-01-01' FROM stamped"))
    t.record("types", [list(x) for x in spark.table("stamped").dtypes])
    t.once("age", lambda: df.selectExpr("v", "datediff(current_date(), ts) > 0 AS old", "unix_timestamp() > 1600000000 AS u"))
    t.once("watermark of now", lambda: df.withColumn("now", F.current_timestamp()).withWatermark("now", "1 minute")
           .groupBy(F.window("now", "1000 days")).count().select("count"), "update")
    t.attempt("batch", lambda: spark.sql("SELECT current_timestamp() = current_timestamp() AS same, current_timezone() AS zone, "
                                         "localtimestamp() IS NOT NULL AS l, typeof(now()) AS n"))
