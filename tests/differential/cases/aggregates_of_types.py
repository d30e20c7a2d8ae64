"""count, sum, avg, min, max over every type of the slice, two batches, nulls included."""
from pyspark.sql import functions as F

SCHEMA = ("k STRING, i INT, l LONG, d DOUBLE, m DECIMAL(10,2), s STRING, ts TIMESTAMP, dt DATE, "
          "f FLOAT, b BOOLEAN, sm SMALLINT")


def run(spark, t):
    df = spark.readStream.schema(SCHEMA).json(t.input)
    aggs = [F.count(F.lit(1)).alias("n")]
    for c in ("i", "l", "d", "m", "f", "sm"):
        aggs += [F.count(c), F.sum(c), F.avg(c), F.min(c), F.max(c)]
    for c in ("s", "ts", "dt", "b"):
        aggs += [F.count(c), F.min(c), F.max(c)]
    out = df.groupBy("k").agg(*aggs)
    t.record("schema", out.schema.json())
    q = t.memory(out, "complete")
    t.drop("a.json", [
        {"k": "a", "i": 1, "l": 10000000000, "d": 1.5, "m": 12.34, "s": "zeta", "f": 0.25,
         "ts": "2024-01-01T00:00:00.123456Z", "dt": "2024-02-29", "b": True, "sm": 7},
        {"k": "a", "i": -3, "l": -1, "d": -0.25, "m": -0.01, "s": "alpha", "f": 1.5,
         "ts": "1969-12-31T23:59:59.999999Z", "dt": "1900-01-01", "b": False, "sm": -7},
        {"k": "b"},
        {"k": "c", "i": 2147483647, "l": 9, "d": 1e300, "m": 99999999.99, "s": "", "f": 3.0e38},
        {"k": "c", "i": 2147483647, "l": 9, "d": 1e300, "m": 99999999.99, "s": "é", "f": 3.0e38},
    ])
    t.step(q)
    t.drop("b.json", [
        {"k": "a", "i": 5, "l": 5, "d": 0.1, "m": 1.00, "s": "Beta"},
        {"k": "b", "i": 5, "m": 0.05, "d": 2},
        {"k": None, "i": 1, "d": 0.2},
    ])
    t.step(q)
    q.stop()
