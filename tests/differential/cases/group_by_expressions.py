"""Grouping by computed keys: parts of a time, CASE, booleans, casts, dates, decimals, binaries."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": f"2024-0{1 + i % 3}-0{1 + i % 5}T{i:02d}:30:00Z", "k": ["A", "a", None][i % 3], "v": i,
                       "m": i / 4} for i in range(12)])
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT, m DECIMAL(8,2)").json(t.input)
    keys = {
        "hour": [F.hour("ts")], "date": [F.to_date("ts").alias("day")], "month": [F.month("ts").alias("m"), F.year("ts")],
        "trunc": [F.date_trunc("month", "ts")], "format": [F.date_format("ts", "yyyy-MM").alias("ym")],
        "case": [F.when(F.col("v") < 4, "low").when(F.col("v") < 8, "mid").otherwise("high").alias("band")],
        "boolean": [(F.col("v") % 2 == 0).alias("even")], "lower": [F.lower("k")], "cast": [(F.col("v") / 5).cast("int").alias("bin")],
        "decimal": [(F.col("m") * 2).alias("mm")], "double": [F.col("m").cast("double").alias("d")], "literal": [F.lit("all").alias("x")],
        "null": [F.lit(None).cast("int").alias("n")], "coalesce": [F.coalesce("k", F.lit("none")).alias("k")],
        "concat": [F.concat(F.col("k"), F.lit("-"), F.col("v") % 2)], "struct": [F.struct(F.col("k"), (F.col("v") % 2).alias("o")).alias("s")],
        "position": [df.columns.index("k") + 1], "dayofweek": [F.dayofweek("ts"), F.col("k").isNull()],
        "floor": [F.floor(F.col("v") / 3).alias("f")], "array": [F.array(F.col("v") % 2).alias("a")],
    }
    for label, cols in keys.items():
        t.once(label, lambda c=cols: df.groupBy(*c).agg(F.count("*").alias("n"), F.sum("v").alias("s")), "complete")
    t.once("group by window start only", lambda: df.groupBy(F.window("ts", "1 day").start.alias("d")).count(), "complete")
    t.once("same key twice", lambda: df.groupBy("k", F.col("k").alias("k2")).count(), "complete")
    t.once("key used in agg", lambda: df.groupBy("v").agg(F.max(F.col("v") + 1), F.count("k")), "complete")
    t.once("map key", lambda: df.groupBy(F.create_map(F.lit("a"), F.col("v"))).count(), "complete")
