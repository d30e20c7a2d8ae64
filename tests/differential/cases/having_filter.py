"""Filters below and above the aggregation; update mode emits only rows that pass."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    out = (df.filter("v >= 0").groupBy("k").agg(F.count("*").alias("n"), F.sum("v").alias("s"))
           .filter("n > 1 AND s < 100").select("k", (F.col("s") / F.col("n")).alias("mean")))
    c = t.memory(out, "complete", "c", "ck1")
    u = t.memory(out, "update", "u", "ck2")
    for i, pairs in enumerate(((("a", 5), ("a", 7), ("b", 1)), (("b", 2), ("a", -1), ("d", 7)),
                               (("a", 500), ("d", 0)))):
        t.drop(f"{i}.json", [{"k": k, "v": v} for k, v in pairs])
        t.step(c, f"complete {i}")
        t.step(u, f"update {i}")
    c.stop()
    u.stop()
