"""Update mode without a watermark: only touched keys, also when the value is unchanged."""


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    q = t.memory(df.groupBy("k").max("v"), "update")
    t.drop("a.json", [{"k": "a", "v": 3}, {"k": "b", "v": 1}])
    t.step(q)
    t.drop("b.json", [{"k": "a", "v": 2}, {"k": "c", "v": None}])
    t.step(q)
    t.drop("c.json", [{"k": "b", "v": 7}, {"k": "b", "v": 5}])
    t.step(q)
    q.stop()
