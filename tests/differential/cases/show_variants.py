"""show in all its forms over windows, nested values, wide and empty tables; printSchema, repr."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": f"2024-01-01T00:00:{i:02d}.{i}Z", "k": "key" * i, "v": i * 1.25, "a": [1, i], "o": {"x": i}}
                      for i in range(24)] + [{"k": "line\nbreak\ttab", "v": 1e-7}, {"v": float("nan"), "b": "x"}])
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v DOUBLE, a ARRAY<INT>, o STRUCT<x: INT, y: STRING>, "
                                 "m MAP<STRING, INT>, b BINARY, d DATE, dec DECIMAL(10,3)").json(t.input)
    t.finish(t.memory(df, name="rows", trigger={"availableNow": True}))
    rows = spark.table("rows").orderBy(F.col("ts").asc_nulls_last(), "v")
    few = rows.limit(3)
    t.printed("show", rows.show)
    t.printed("n", lambda: rows.show(5))
    t.printed("n, truncate", lambda: rows.show(2, truncate=8))
    t.printed("all", lambda: rows.show(100, False))
    t.printed("zero", lambda: rows.show(0))
    t.printed("vertical", lambda: few.show(vertical=True))
    t.printed("vertical, cut", lambda: few.show(2, 6, True))
    t.printed("empty", lambda: rows.limit(0).show())
    t.printed("empty, vertical", lambda: rows.filter("v < -1").show(vertical=True))
    t.printed("one column", lambda: rows.select("v").show(3))
    t.printed("no column", lambda: rows.select().show(2))
    t.printed("numbers", lambda: spark.sql("SELECT 1.0D a, 100.0D b, 1e7D c, 1.5F d, 1e-3D e, 12345678.9D f, -0.0D g, 1.10 h").show())
    t.printed("left", lambda: spark.sql("SELECT 'x' AS long_name, 5 AS n, NULL AS nothing, true AS flag").show())
    counts = df.groupBy(F.window("ts", "10 seconds", "5 seconds"), (F.length("k") % 2).alias("odd")).agg(F.count("*").alias("n"))
    t.finish(t.memory(counts, "complete", "counts", "ck2", trigger={"availableNow": True}))
    t.printed("windows", lambda: spark.table("counts").orderBy("window", "odd").show(4, False))
    t.printed("sorted by struct", lambda: spark.table("counts").orderBy(F.desc("window.start"), "odd").show(3))
    t.printed("schema", lambda: spark.table("rows").printSchema())
    t.printed("schema level", lambda: spark.table("rows").printSchema(1))
    t.printed("repr", lambda: print(spark.table("counts"), df))
    t.record("simple string", spark.table("counts").schema.simpleString())
    t.record("ddl", [df.schema["o"].dataType.simpleString(), df.schema.fieldNames()])
