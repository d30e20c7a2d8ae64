"""Errors of names and types, raised while the frame is made or analysed."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("id INT, name STRING, ts TIMESTAMP, m DECIMAL(10,2)").json(t.input)
    tries = {
        "unknown column": lambda: df.select("nme").schema,
        "unknown in filter": lambda: df.filter("nothing > 1").schema,
        "unknown in group": lambda: df.groupBy("who").count().schema,
        "unknown in agg": lambda: df.groupBy("id").agg(F.sum("x")).schema,
        "sum of string": lambda: df.groupBy("id").agg(F.sum("name")).schema,
        "sum of timestamp": lambda: df.groupBy("id").agg(F.sum("ts")).schema,
        "filter not boolean": lambda: df.filter("id + 1").schema,
        "not of int": lambda: df.filter(~F.col("id")).schema,
        "unknown function": lambda: df.selectExpr("frobnicate(id)").schema,
        "wrong arguments": lambda: df.selectExpr("upper(name, id)").schema,
        "cast int to date": lambda: df.select(F.col("id").cast("date")).schema,
        "cast unknown type": lambda: df.select(F.col("id").cast("integr")).schema,
        "compare": lambda: df.filter(F.col("ts") > F.col("m")).schema,
        "add string to date": lambda: df.selectExpr("to_date(name) + name").schema,
        "aggregate in filter": lambda: df.filter(F.sum("id") > 1).schema,
        "not in group by": lambda: spark.sql("SELECT 1 AS a, 2 AS b").createOrReplaceTempView("v")
        or spark.sql("SELECT a, sum(b) FROM v").schema,
        "nested aggregate": lambda: df.groupBy("name").agg(F.sum(F.max("id"))).schema,
        "ambiguous": lambda: df.select("id", F.col("id")).select("id").schema,
        "field of int": lambda: df.select("id.x").schema,
        "no such field": lambda: df.select(F.window("ts", "1 minute")).select("window.begin").schema,
        "case types": lambda: df.selectExpr("CASE WHEN id > 1 THEN ts ELSE id END").schema,
        "syntax": lambda: df.selectExpr("id +").schema,
        "star in agg": lambda: df.groupBy("id").agg(F.max("*")).schema,
        "bad ddl": lambda: spark.readStream.schema("a INTT").json(t.input).schema,
        "watermark on string": lambda: df.withWatermark("name", "1 minute").schema,
        "watermark unknown": lambda: df.withWatermark("tss", "1 minute").schema,
        "watermark delay": lambda: df.withWatermark("ts", "one minute").schema,
        "watermark negative": lambda: df.withWatermark("ts", "-1 minute").schema,
        "watermark months": lambda: df.withWatermark("ts", "1 month").schema,
        "case-insensitive": lambda: df.select("ID", "Name").schema,
        "drop unknown": lambda: df.drop("zzz").schema,
        "group by position": lambda: df.groupBy("id").agg({"nope": "sum"}).schema,
    }
    for label, call in tries.items():
        t.fails(label, call)
