"""Sorting and limiting an aggregate in complete mode; the order is the answer."""
from pyspark.sql.functions import col, desc


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    counts = df.groupBy("k").sum("v").withColumnRenamed("sum(v)", "s")
    for i, pairs in enumerate(((("a", 5), ("b", 7), (None, 1)), (("a", 5), ("c", None), ("d", 7)))):
        t.drop(f"{i}.json", [{"k": k, "v": v} for k, v in pairs])
    for name, frame in (("asc", counts.orderBy("s", "k")),
                        ("desc", counts.orderBy(desc("s"), desc("k"))),
                        ("nulls", counts.orderBy(col("s").asc_nulls_last(),
                                                 col("k").desc_nulls_first())),
                        ("top", counts.orderBy(desc("s"), "k").limit(2))):
        q = t.memory(frame, "complete", name, "ck_" + name)
        q.processAllAvailable()
        t.rows(name, spark.table(name), ordered=True)
        q.stop()
