"""Names, ids, status, progress, explain, streams.active, stop."""


def run(spark, t):
    df = spark.readStream.schema("v INT").json(t.input)
    q = t.memory(df, name="first")
    t.record("before data", {"active": q.isActive, "name": q.name, "lastProgress": q.lastProgress
                             is None or q.lastProgress.batchId})
    t.drop("a.json", [{"v": 1}, {"v": 2}])
    t.step(q)
    p = q.lastProgress
    t.record("progress", {"name": p.name, "batchId": p.batchId, "rows": p.numInputRows,
                          "sources": len(p.sources), "sink": p.sink.description,
                          "out": p.sink.numOutputRows, "same id": str(p.id) == q.id,
                          "same run": str(p.runId) == q.runId})
    t.record("duration keys", sorted(p.durationMs))
    t.record("status keys", sorted(q.status))
    t.record("status", {k: q.status[k] for k in ("message", "isDataAvailable", "isTriggerActive")
                        if k != "isTriggerActive"})
    t.record("active", [x.name for x in spark.streams.active])
    t.record("get", spark.streams.get(q.id).name)
    t.fails("name in use", lambda: t.memory(df, name="first", checkpoint="ck2"))
    r = t.memory(df, name="second", checkpoint="ck3")
    t.step(r)
    t.record("both", sorted(x.name for x in spark.streams.active))
    t.fails("same checkpoint", lambda: t.memory(df.select("v"), "append", "third", "ckpt"))
    q.stop()
    t.record("stopped", {"active": q.isActive, "exception": q.exception() is None,
                         "await": q.awaitTermination(5), "last": q.lastProgress.batchId,
                         "message": q.status["message"]})
    t.record("left", [x.name for x in spark.streams.active])
    t.record("await running", r.awaitTermination(1))
    r.stop()
    r.stop()
    t.record("none", len(spark.streams.active))
    u = df.writeStream.format("noop").option("checkpointLocation", t.path("ck4")).start()
    u.processAllAvailable()
    t.record("unnamed", [u.name, [x.name for x in spark.streams.active]])
    u.stop()
