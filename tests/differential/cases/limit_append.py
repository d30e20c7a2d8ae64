"""limit in append counts over the whole life of the query, also over a restart."""


def run(spark, t):
    df = spark.readStream.schema("v INT").json(t.input)
    t.drop("a.json", [{"v": 1}, {"v": 2}])
    q = t.files(df.limit(3))
    t.step(q)
    q.stop()
    t.drop("b.json", [{"v": 3}])
    q = t.files(df.limit(3))
    t.step(q)
    t.drop("c.json", [{"v": 5}, {"v": 6}])
    t.step(q)
    q.stop()
    t.record("lines", t.read_output())
