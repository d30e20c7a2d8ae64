"""Stop, restart with a changed filter, projection, option, trigger: goes on where it was."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    t.drop("a.json", [{"k": "a", "v": 1}, {"k": "b", "v": 20}])
    q = t.files(df.filter("v > 5"), "json")
    t.step(q)
    q.stop()
    t.drop("b.json", [{"k": "c", "v": 2}, {"k": "d", "v": 30}])
    q = t.files(df.filter("v < 5").withColumn("new", F.lit("x")), "json", trigger={"processingTime": "0 seconds"})
    t.step(q, "other filter and columns")
    q.stop()
    t.record("lines", t.read_output())
    t.drop("c.json", [{"k": "e", "v": 3}])
    t.drop("d.json", [{"k": "f", "v": 4}])
    one = spark.readStream.schema("k STRING, v INT").option("maxFilesPerTrigger", 1).json(t.input)
    t.finish(t.files(one.select("k"), "json", trigger={"availableNow": True}), "one file a batch")
    t.record("lines 2", t.read_output())
    counts = df.filter("v > 2").groupBy("k").agg(F.sum("v").alias("s"))
    q = t.memory(counts, "complete", "counts", "ck2")
    t.step(q)
    q.stop()
    spark.conf.set("spark.sql.shuffle.partitions", "9")
    t.drop("e.json", [{"k": "f", "v": 4}, {"k": "g", "v": 1}])
    q = t.memory(df.filter("v > 0").groupBy("k").agg(F.sum("v").alias("other")).filter("other > 3"),
                 "complete", "counts2", "ck2")
    t.step(q, "changed filter below and above")
    q.stop()
    t.fails("other mode", lambda: t.memory(df.groupBy("k").agg(F.sum("v").alias("s")), "update",
                                           "counts3", "ck2"))
