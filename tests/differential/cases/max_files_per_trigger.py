"""maxFilesPerTrigger with availableNow, default trigger and once."""


def run(spark, t):
    for i in range(5):
        t.drop(f"{i}.json", [{"v": i}, {"v": i * 10}])
    df = spark.readStream.schema("v INT").option("maxFilesPerTrigger", 2).json(t.input)
    q = t.memory(df, name="now", checkpoint="ck1", trigger={"availableNow": True})
    t.finish(q, "availableNow")
    q = t.memory(df, name="dflt", checkpoint="ck2")
    t.step(q, "default")
    q.stop()
    q = t.memory(df, name="once", checkpoint="ck3", trigger={"once": True})
    t.finish(q, "once")
