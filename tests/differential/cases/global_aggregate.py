"""A global aggregate: complete and update, batches that filter to nothing."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("v INT").json(t.input)
    out = df.filter("v > 0").agg(F.count("*").alias("n"), F.sum("v").alias("s"), F.max("v"))
    t.printed("schema", out.printSchema)
    q = t.memory(out, "complete", "c", "ck1")
    u = t.memory(out, "update", "u", "ck2")
    for name, values in (("a", [0]), ("b", [1, 2]), ("c", [-1]), ("d", [5])):
        t.drop(name + ".json", [{"v": v} for v in values])
        t.step(q, "complete " + name)
        t.step(u, "update " + name)
    q.stop()
    u.stop()
