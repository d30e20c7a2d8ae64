"""Columns named in another case, quoted names, names with dots and blanks."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"Key": "a", "Value": 1, "a.b": 5, "with space": "w", "größe": 2},
                      {"Key": "b", "Value": 2, "a.b": 6, "with space": "x", "größe": 3}])
    df = spark.readStream.schema("Key STRING, Value INT, `a.b` INT, `with space` STRING, `größe` INT").json(t.input)
    t.record("columns", df.columns)
    t.once("other case", lambda: df.select("KEY", "value", F.col("vAlUe") + 1))
    t.once("group by other case", lambda: df.groupBy("KEY").agg(F.sum("VALUE"), F.max(df.value)), "complete")
    t.once("filter", lambda: df.filter("KEY = 'a' AND value = 1").select(df.key))
    t.once("quoted", lambda: df.select("`a.b`", F.col("`with space`"), df["`a.b`"], "größe"))
    t.once("quoted text", lambda: df.selectExpr("`with space` AS `new name`", "`a.b` + 1", "größe * 2"))
    t.once("dot", lambda: df.select("a.b"))
    t.once("blank", lambda: df.select("with space"))
    t.once("drop other case", lambda: df.drop("KEY", "A.B"))
    t.once("rename other case", lambda: df.withColumnRenamed("KEY", "k").withColumn("VALUE", F.lit(0)))
    t.once("twice", lambda: df.select("Key", F.col("key").alias("KEY")))
    t.fails("ambiguous", lambda: df.withColumn("x", F.lit(1)).toDF("k", "K", "c", "d", "e", "f").select("k").schema)
    spark.conf.set("spark.sql.caseSensitive", "true")
    t.once("case sensitive", lambda: df.select("Key", "Value"))
    t.fails("case sensitive unknown", lambda: df.select("key").schema)
    spark.conf.set("spark.sql.caseSensitive", "false")
