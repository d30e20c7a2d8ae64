"""A restart takes the number of partitions from the checkpoint, not from the session."""


def run(spark, t):
    df = spark.readStream.schema("k STRING").json(t.input)
    t.drop("a.json", [{"k": k} for k in "abcdefgh"])
    q = t.memory(df.groupBy("k").count(), "complete")
    t.step(q)
    q.stop()
    spark.conf.set("spark.sql.shuffle.partitions", "3")
    t.drop("b.json", [{"k": k} for k in "fghijkl"])
    q = t.memory(df.groupBy("k").count(), "complete")
    t.step(q)
    q.stop()
