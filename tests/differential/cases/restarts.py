"""One checkpoint, restarted as people restart: other trigger, other output column, other aggregate, other mode, other sink, other rate."""
from pyspark.sql import functions as F


def run(spark, t):
    rd = lambda **o: spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").options(**o).json(t.input)
    agg = lambda d, *a: d.withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 seconds"), "k").agg(*(a or (F.sum("v").alias("s"),)))
    now = {"trigger": {"availableNow": True}}

    def go(label, make, mode="update", ck="ck", fmt="noop", **o):
        try:
            w = make().writeStream.format(fmt).outputMode(mode).option("checkpointLocation", t.path(ck)).trigger(availableNow=True).options(**o)
            q = w.start(t.path("out_" + ck)) if fmt in ("json", "csv") else w.start()
            t.finish(q, label, rows=False)
        except Exception as e:
            t.record(label, t.error(e))
    t.drop("1.json", [{"ts": f"2024-01-01T00:00:{s:02d}Z", "k": "ab"[s % 2], "v": s} for s in (1, 2, 14)])
    go("first", lambda: agg(rd()))
    go("nothing new", lambda: agg(rd()))
    t.drop("2.json", [{"ts": "2024-01-01T00:00:31Z", "k": "a", "v": 5}])
    go("renamed output", lambda: agg(rd()).select(F.col("s").alias("total"), "window.start"))
    t.drop("3.json", [{"ts": "2024-01-01T00:00:52Z", "k": "b", "v": 6}])
    go("rate", lambda: agg(rd(maxFilesPerTrigger=1)))
    t.drop("4.json", [{"ts": "2024-01-01T00:01:02Z", "k": "b", "v": 7}])
    go("two aggregates", lambda: agg(rd(), F.sum("v"), F.count("*")))
    go("another aggregate", lambda: agg(rd(), F.avg("v")))
    go("another key", lambda: rd().withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 seconds"), "v").agg(F.sum("v")))
    go("append", lambda: agg(rd()), "append")
    t.drop("5.json", [{"ts": "2024-01-01T00:02:02Z", "k": "b", "v": 8}])
    go("update again", lambda: agg(rd()))
    go("without watermark", lambda: rd().groupBy(F.window("ts", "10 seconds"), "k").agg(F.sum("v")))
    go("stateless", lambda: rd().select("v"), "append")
    go("two sources", lambda: agg(rd().union(rd())))
    t.drop("6.json", [{"ts": "2024-01-01T00:03:02Z", "k": "c", "v": 9}])
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    go("partitions pinned", lambda: agg(rd()))
    go("fresh", lambda: agg(rd()), ck="ck2")
    go("files", lambda: rd().select("k", "v"), "append", "ckf", "json")
    t.drop("7.json", [{"ts": "2024-01-01T00:04:02Z", "k": "d", "v": 10}])
    go("files as csv", lambda: rd().select("k", "v"), "append", "ckf", "csv")
    go("files filtered", lambda: rd().where("v > 1").select("k", "v"), "append", "ckf", "json")
    t.record("lines", t.read_output("out_ckf"))
    go("complete", lambda: rd().groupBy("k").count(), "complete", "ckc")
    t.drop("8.json", [{"ts": "2024-01-01T00:04:03Z", "k": "d", "v": 11}])
    go("complete to update", lambda: rd().groupBy("k").count(), "update", "ckc")
    t.drop("9.json", [{"ts": "2024-01-01T00:04:04Z", "k": "d", "v": 12}])
    go("sorted", lambda: rd().groupBy("k").count().orderBy("k"), "complete", "ckc")
