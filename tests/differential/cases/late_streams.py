"""Windows over many small batches: late rows, null and duplicate times, sliding windows, each output mode, one file a batch."""
from pyspark.sql import functions as F


def run(spark, t):
    def row(s, k="a", v=1):
        return {"ts": None if s is None else f"2024-01-01T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}Z", "k": k, "v": v}
    batches = [[row(5), row(12, "b", 2)], [row(None, "n"), row(31)], [row(4, "late"), row(29, "b", 5)], [row(70), row(70)], [row(30, "late2"), row(61)], [], [row(3600)], [row(3599, "late3"), row(3601, "z", -7)]]
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").option("maxFilesPerTrigger", 1).json(t.input)
    for i, rows in enumerate(batches):
        t.drop(f"{i}.json", rows)
    plans = {
        "tumbling": (F.window("ts", "10 seconds"), "10 seconds"), "sliding": (F.window("ts", "20 seconds", "10 seconds"), "15 seconds"), "zero delay": (F.window("ts", "1 minute"), "0 seconds"), "long delay": (F.window("ts", "10 seconds"), "1 hour"),
    }
    for name, (w, delay) in plans.items():
        for mode in ("append", "update", "complete"):
            d = df.withWatermark("ts", delay).groupBy(w, "k").agg(F.count("*").alias("n"), F.sum("v").alias("s"), F.min("v"), F.max("ts"), F.avg("v"))
            q = t.memory(d, mode, f"{name.replace(' ', '_')}_{mode}", f"ck_{name}_{mode}".replace(" ", "_"), trigger={"availableNow": True})
            t.finish(q, f"{name} {mode}")
    q = t.memory(df.withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 seconds").alias("w")).agg(F.approx_count_distinct("k").alias("ks")), "append", "nokeys", "ck_nokeys", trigger={"availableNow": True})
    t.finish(q, "no keys")
    q = t.memory(df.withWatermark("ts", "10 seconds").groupBy("k").agg(F.sum("v")), "update", "nowindow", "ck_nowindow", trigger={"availableNow": True})
    t.finish(q, "watermark, no window")
    q = t.memory(df.withWatermark("ts", "10 seconds").groupBy("ts").agg(F.sum("v")), "append", "bytime", "ck_bytime", trigger={"availableNow": True})
    t.finish(q, "grouped by time")
    q = t.memory(df.withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 seconds")).agg(F.sum("v").alias("s")).where("s > 1"), "append", "having", "ck_having", trigger={"availableNow": True})
    t.finish(q, "having")
    t.fails("append without watermark on the window", lambda: t.memory(df.groupBy(F.window("ts", "10 seconds")).count(), "append", "bad", "ck_bad"))
    t.fails("watermark on another column", lambda: t.memory(df.withColumn("t2", F.col("ts")).withWatermark("t2", "1 second").groupBy(F.window("ts", "10 seconds")).count(), "append", "bad2", "ck_bad2"))
    t.fails("watermark after the window", lambda: t.memory(df.groupBy(F.window("ts", "10 seconds")).count().withWatermark("window", "1 second"), "append", "bad3", "ck_bad3"))
