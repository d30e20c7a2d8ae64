"""A watermark with a plain key and the time itself as key: null times are kept."""


def run(spark, t):
    events = spark.readStream.schema("ts TIMESTAMP, k STRING").json(t.input)
    out = events.withWatermark("ts", "1 minute").groupBy("ts").count()
    q = t.memory(out, "append")
    t.drop("a.json", [{"ts": None, "k": "a"}, {"ts": "2024-01-01T00:00:30Z", "k": "a"}])
    t.step(q)
    t.drop("b.json", [{"ts": "2024-01-01T00:00:30Z"}, {"ts": "2024-01-01T00:02:30Z"}])
    t.step(q)
    t.drop("c.json", [{"ts": "2024-01-01T00:01:30Z"}, {"ts": "2024-01-01T00:09:30Z"}])
    t.step(q)
    q.stop()
