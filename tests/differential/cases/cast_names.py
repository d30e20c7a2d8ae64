"""Names of casts and of fields, of plain structs and of windows, and of aggregates over them."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "v": 1, "s": {"a": 1}}])
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT, s STRUCT<a: INT>").json(t.input)
    wm = df.withWatermark("ts", "1 minute")
    frames = {"attribute": df.select(F.col("ts").cast("string"), F.col("k").try_cast("int"), F.col("ts").cast("date")),
              "field": df.select(F.col("s.a").cast("string"), F.col("s.a"), F.col("s").a.cast("long"), F.col("s")["a"]),
              "frame": df.select(df["s.a"].cast("string"), df.s.a.cast("string"), df.v.cast("string")),
              "expression": df.select((F.col("v") + 1).cast("string"), F.col("v").cast("long").cast("string"), F.lit(1).cast("string")),
              "window": df.select(F.window("ts", "1 minute").start.cast("string")),
              "sql": df.selectExpr("CAST(s.a AS STRING)", "s.a::string", "string(s.a)", "CAST(v AS STRING)")}
    for name, base in (("grouped", df), ("grouped with watermark", wm)):
        g = base.groupBy(F.window("ts", "1 minute"), "s").agg(F.sum("v").cast("int"), F.max("v").alias("m"))
        frames[name] = g.select(F.col("window.start").cast("string"), F.col("window.end").cast("long"), F.col("window").cast("string"),
                                F.col("s.a").cast("string"), F.col("m").cast("string"), g.window.start.cast("string"), "window.start")
        frames[name + " fields"] = g.select("window.start", F.col("s.a"), F.col("window.end").alias("e"))
        frames[name + " sql"] = g.selectExpr("CAST(window.start AS STRING)", "window.end::string", "CAST(s.a AS STRING)")
    frames["alias"] = df.groupBy(F.window("ts", "1 minute").alias("w")).count().select(F.col("w.start").cast("string"), "w.end")
    frames["later"] = df.groupBy(F.window("ts", "1 minute")).count().select("window", "count").select(F.col("window.start").cast("string"))
    frames["key"] = df.groupBy(F.col("s.a").cast("string"), F.col("v").cast("long")).count()
    frames["agg cast key"] = df.groupBy(F.window("ts", "1 minute")["start"].cast("string")).count()
    for name, frame in frames.items():
        t.attempt(name, lambda f=frame: f.columns)
