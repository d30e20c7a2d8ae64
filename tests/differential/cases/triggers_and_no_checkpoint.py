"""processingTime trigger, memory query without checkpoint, empty input, bad triggers."""


def run(spark, t):
    df = spark.readStream.schema("v INT").json(t.input)
    q = t.memory(df, name="ticks", checkpoint=None, trigger={"processingTime": "1 second"})
    t.step(q, "nothing yet")
    t.drop("a.json", [{"v": 1}])
    t.step(q, "one file")
    t.drop("b.json", [{"v": 2}])
    t.step(q, "another")
    q.stop()
    empty = spark.readStream.schema("v INT").json(t.dir("empty"))
    t.finish(t.memory(empty, name="e1", checkpoint="ck1", trigger={"availableNow": True}), "empty")
    t.finish(t.memory(empty.groupBy().count(), "complete", "e2", "ck2",
                      trigger={"availableNow": True}), "empty aggregate")
    t.fails("bad interval", lambda: t.memory(df, name="b", trigger={"processingTime": "often"}))
    t.fails("negative", lambda: t.memory(df, name="c", trigger={"processingTime": "-1 second"}))
    t.fails("two", lambda: df.writeStream.trigger(once=True, availableNow=True))
    t.fails("unknown format", lambda: df.writeStream.format("nosuch")
            .option("checkpointLocation", t.path("ck9")).start())
    t.fails("memory without a name", lambda: df.writeStream.format("memory").start())
    t.fails("batch writeStream", lambda: spark.range(1).writeStream.format("noop").start())
    t.fails("write of a stream", lambda: df.write.json(t.path("w")))
    t.fails("file sink without path", lambda: df.writeStream.format("json")
            .option("checkpointLocation", t.path("ck8")).start())
