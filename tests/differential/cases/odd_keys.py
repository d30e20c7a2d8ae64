"""Every type as a grouping key and as an aggregated column; keys that look alike; nulls."""
from pyspark.sql import functions as F


def run(spark, t):
    rows = [{"b": True, "y": 1, "s": 2, "i": 3, "l": 4, "f": 1.5, "d": 0.1, "m": 1.10, "str": "x", "bin": "AQ==", "dt": "2024-01-01", "ts": "2024-01-01T00:00:00.123Z", "n": "2024-01-01T00:00:00", "a": [1, 2], "st": {"p": 1, "q": "z"}}, {"b": True, "d": -0.0, "f": 0.0, "str": "", "a": [], "st": {"p": None}}, {"d": 0.0, "str": "X", "m": 1.1, "f": "NaN", "a": [None], "st": {}}, {}, {"d": "NaN", "f": "-Infinity", "str": "x ", "a": None, "st": None, "dt": "0001-01-01", "ts": "9999-12-31T23:59:59.999999Z", "l": -9223372036854775808, "i": -2147483648}]
    t.drop("a.json", rows)
    df = spark.readStream.schema("b BOOLEAN, y TINYINT, s SMALLINT, i INT, l BIGINT, f FLOAT, d DOUBLE, m DECIMAL(20,4), str STRING, bin BINARY, dt DATE, ts TIMESTAMP, n TIMESTAMP_NTZ, a ARRAY<INT>, st STRUCT<p: INT, q: STRING>").json(t.input)
    for c in df.columns:
        q = t.memory(df.groupBy(c).agg(F.count("*").alias("cnt"), F.sum("i")), "complete", "key_" + c, "ck_" + c)
        t.step(q, "key " + c)
        q.stop()
        t.once("min max " + c, lambda c=c: df.agg(F.min(c), F.max(c), F.count(c), F.first(c, True), F.last(c)), "complete")
        t.once("sum avg " + c, lambda c=c: df.agg(F.sum(c), F.avg(c)), "complete")
    t.drop("b.json", rows)
    for c in df.columns:
        q = t.memory(df.groupBy(c).agg(F.count("*").alias("cnt"), F.sum("i")), "complete", "key_" + c, "ck_" + c)
        t.step(q, "again " + c)
        q.stop()
    t.once("many keys", lambda: df.groupBy("b", "y", "str", "dt", "st", "m").count(), "complete")
    t.once("expression keys", lambda: df.groupBy(F.upper(F.trim("str")).alias("u"), (F.col("d") + 0).alias("z"), F.col("ts").cast("date").alias("day")).count(), "complete")
    t.once("map key", lambda: df.groupBy(F.create_map("str", "i")).count(), "complete")
