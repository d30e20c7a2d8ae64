"""Aggregates inside expressions, duplicates, key expressions, agg by dict and by SQL text."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT, w DOUBLE").json(t.input)
    frames = {
        "ratio": df.groupBy("k").agg((F.sum("v") / F.count("*")).alias("r"), F.sum("v"),
                                     (F.sum("v") + 1).alias("s1"), F.avg("v")),
        "key_expr": df.groupBy(F.upper("k").alias("u"), (F.col("v") % 2).alias("odd")).count(),
        "case_sum": df.groupBy("k").agg(F.sum(F.when(F.col("v") > 1, 1).otherwise(0)).alias("big"),
                                        F.max(F.col("v") * F.col("w")).alias("mx")),
        "by_dict": df.groupBy("k").agg({"v": "avg", "w": "max"}),
        "by_text": df.groupBy("k").agg(F.expr("count(v) AS n"), F.expr("sum(v * 2) + max(w)")),
        "constant_key": df.groupBy(F.lit(1).alias("one")).count(),
        "count_two": df.groupBy().agg(F.count("v"), F.count("w"), F.count("*")),
    }
    for i, rows in enumerate(((("a", 1, 0.5), ("A", 2, None), (None, 3, 1.5)),
                              (("a", None, 2.5), ("b", 4, -1.0)))):
        t.drop(f"{i}.json", [{"k": k, "v": v, "w": w} for k, v, w in rows])
    for name, frame in frames.items():
        t.record(name + ": types", [list(x) for x in frame.dtypes])
        q = t.memory(frame, "complete", name, "ck_" + name)
        t.step(q, name)
        q.stop()
