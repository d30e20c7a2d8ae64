"""Console sink, noop sink, foreachBatch and foreach over Connect."""
import os


def run(spark, t):
    t.drop("a.json", [{"v": 1}, {"v": 2}])
    df = spark.readStream.schema("v INT").json(t.input)
    q = (df.writeStream.format("console").option("truncate", False).option("numRows", 5)
         .option("checkpointLocation", t.path("ck1")).trigger(availableNow=True).start())
    t.finish(q, "console", rows=False)
    q = df.groupBy().count().writeStream.format("console").outputMode("complete").trigger(availableNow=True).start()
    t.finish(q, "console complete", rows=False)
    q = df.writeStream.format("noop").option("checkpointLocation", t.path("ck2")).start()
    t.step(q, "noop", rows=False)
    q.stop()
    q = df.writeStream.format("console").queryName("named").outputMode("update").start()
    t.step(q, "update", rows=False)
    t.record("name", q.name)
    q.stop()
    t.record("checkpoint", sorted(n for n in os.listdir(t.path("ck1")) if not n.startswith(".")))
