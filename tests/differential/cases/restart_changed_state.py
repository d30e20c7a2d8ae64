"""Restarts with another key, aggregate or type on the same checkpoint are refused."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("k STRING, j STRING, v INT, w LONG").json(t.input)
    t.drop("a.json", [{"k": "a", "j": "x", "v": 1, "w": 2}])
    q = t.memory(df.groupBy("k").agg(F.max("v")), "complete", "q0")
    t.step(q)
    q.stop()
    t.drop("b.json", [{"k": "b", "j": "y", "v": 3, "w": 4}])
    for label, frame in (("more keys", df.groupBy("k", "j").agg(F.max("v"))),
                         ("key type", df.groupBy("v").agg(F.max("v"))),
                         ("more aggregates", df.groupBy("k").agg(F.max("v"), F.min("v"))),
                         ("value type", df.groupBy("k").agg(F.max("w")))):
        q = t.memory(frame, "complete", "q" + str(len(t.events)))
        t.query_fails(label, q)
    q = t.memory(df.groupBy(F.col("j").alias("k")).agg(F.min("v").alias("other")), "complete", "q9")
    t.step(q, "same types, other names")
    q.stop()
