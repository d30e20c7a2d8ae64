"""What show() prints: widths, truncation, alignment, nulls, doubles, structs."""
from pyspark.sql.functions import col, window


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v DOUBLE, m DECIMAL(8,2)").json(t.input)
    q = t.memory(df, name="rows")
    t.drop("a.json", [
        {"ts": "2024-01-01T00:00:00Z", "k": "a", "v": 1, "m": 1},
        {"ts": "2024-01-01T00:00:01.5Z", "k": "a rather long text that is cut", "v": 1e10, "m": -0.5},
        {"ts": None, "k": None, "v": None}, {"ts": "2024-01-01T00:00:02.000001Z", "k": "éè日本", "v": 0.1},
    ])
    t.step(q)
    q.stop()
    rows = spark.table("rows").orderBy("v")
    t.printed("show", rows.show)
    t.printed("not truncated", lambda: rows.show(truncate=False))
    t.printed("two, 5 wide", lambda: rows.show(2, 5))
    t.printed("vertical", lambda: rows.show(2, vertical=True))
    t.printed("none", lambda: rows.filter("v > 1e99").show())
    counts = (df.groupBy(window(col("ts"), "10 seconds"), "k").count())
    q = t.memory(counts, "complete", "counts", "ck2")
    t.step(q)
    q.stop()
    t.printed("windows", lambda: spark.table("counts").orderBy("k").show(truncate=False))
    t.printed("windows cut", lambda: spark.table("counts").orderBy("k").show())
    t.printed("schema", spark.table("counts").printSchema)
