"""Starting what runs already: same checkpoint with and without stopActiveRunOnRestart."""


def run(spark, t):
    t.drop("a.json", [{"v": 1}])
    df = spark.readStream.schema("v INT").json(t.input)
    q = t.files(df)
    t.step(q)
    spark.conf.set("spark.sql.streaming.stopActiveRunOnRestart", "false")
    t.fails("running already", lambda: t.files(df))
    t.record("still active", q.isActive)
    spark.conf.set("spark.sql.streaming.stopActiveRunOnRestart", "true")
    r = t.files(df)
    t.drop("b.json", [{"v": 2}])
    t.step(r, "the new run")
    t.record("runs", [q.isActive, r.isActive, q.id == r.id, q.runId == r.runId, len(spark.streams.active)])
    r.stop()
    t.record("lines", t.read_output())
    q = t.files(df)
    t.drop("c.json", [{"v": 3}])
    t.step(q, "third run")
    q.stop()
    t.record("lines 3", t.read_output())
