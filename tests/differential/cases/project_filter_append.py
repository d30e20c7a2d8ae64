"""Stateless: filter, withColumn, select, selectExpr, alias, cast, when."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("id INT, name STRING, v DOUBLE, ts TIMESTAMP").json(t.input)
    out = (df.filter((F.col("v") > 1.0) | F.col("v").isNull())
           .withColumn("kind", F.when(F.col("v") > 10, "big").when(F.col("v") > 5, "mid")
                       .otherwise("small"))
           .withColumn("id2", F.col("id") * 2 + 1)
           .select("id", "id2", F.upper("name").alias("NAME"), "kind",
                   F.col("v").cast("int").alias("vi"), F.col("id").cast("string").alias("ids"))
           .selectExpr("*", "id2 % 3 AS m", "coalesce(NAME, 'none') n", "id IS NULL AS no_id"))
    t.printed("schema", out.printSchema)
    q = t.memory(out)
    t.drop("a.json", [{"id": 1, "name": "ann", "v": 0.5}, {"id": 2, "name": "bob", "v": 5.5},
                      {"id": 3, "v": 50.25}, {"id": None, "name": "dan", "v": None}])
    t.step(q)
    t.drop("b.json", [{"id": 7, "name": "Éva", "v": 1.0}, {"id": -8, "name": "", "v": 1.0000001}])
    t.step(q)
    t.drop("c.json", [{"id": 9, "v": 0}])
    t.step(q, "all filtered")
    q.stop()
