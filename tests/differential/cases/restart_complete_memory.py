"""A complete-mode memory query restarted on its checkpoint goes on counting; append is refused."""


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    counts = df.groupBy("k").agg({"v": "sum", "*": "count"})
    t.drop("a.json", [{"k": "a", "v": 1}, {"k": "b", "v": 2}])
    q = t.memory(counts, "complete")
    t.step(q, "first")
    q.stop()
    t.drop("b.json", [{"k": "a", "v": 10}, {"k": "c", "v": 20}])
    q = t.memory(counts, "complete")
    t.step(q, "second")
    t.drop("c.json", [{"k": "c", "v": 300}])
    t.step(q, "third")
    q.stop()
    q = t.memory(df, "append", "plain", "ck2")
    t.step(q, "append")
    q.stop()
    t.fails("append again", lambda: t.memory(df, "append", "plain", "ck2"))
    t.fails("update again", lambda: t.memory(counts, "update", "out", "ckpt"))
