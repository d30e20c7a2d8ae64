"""JSON FAILFAST ends the query at the first bad record."""


def run(spark, t):
    df = spark.readStream.schema("a INT, b STRING").option("mode", "FAILFAST").json(t.input)
    q = t.memory(df)
    t.drop("a.json", ['{"a":1,"b":"x"}'])
    t.step(q)
    t.drop("b.json", ['{"a":2,"b":"y"}', '{"a":"no"}'])
    t.query_fails("bad record", q)
    t.record("exception is set", q.exception() is not None)
