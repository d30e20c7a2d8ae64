"""More aggregates a user reaches for, over groups with nulls, in complete mode."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"k": "a", "v": 1, "x": 1.5, "s": "p", "b": True, "at": "2024-01-01T00:00:00Z", "d": "2024-01-01"},
                      {"k": "a", "v": None, "x": -0.0, "s": None, "b": False, "at": None, "d": None},
                      {"k": "a", "v": 3, "x": float("nan"), "s": "q", "b": None, "at": "2024-01-02T00:00:00Z", "d": "2023-01-01"},
                      {"k": "b"}, {"k": None, "v": 7, "x": 1e308, "s": "", "b": True}, {"k": None, "v": 8, "x": 1e308, "s": "é"}])
    df = spark.readStream.schema("k STRING, v INT, x DOUBLE, s STRING, b BOOLEAN, at TIMESTAMP, d DATE").json(t.input)
    aggs = {
        "count": [F.count("*"), F.count("v"), F.count(F.lit(1)), F.count("s")],
        "sum": [F.sum("v"), F.sum("x"), F.sum(F.col("v") * 2), F.sum(F.col("b").cast("int"))],
        "avg": [F.avg("v"), F.mean("x"), F.avg(F.col("v") + 0.5)],
        "min": [F.min("v"), F.min("x"), F.min("s"), F.min("b"), F.min("at"), F.min("d")],
        "max": [F.max("v"), F.max("x"), F.max("s"), F.max("b"), F.max("at"), F.max("d")],
        "stddev": [F.stddev("v"), F.stddev_pop("v"), F.variance("v"), F.var_pop("v")],
        "first": [F.first("s"), F.last("s"), F.first("s", ignorenulls=True), F.any_value("k")],
        "bool": [F.bool_and("b"), F.bool_or("b"), F.every("b"), F.some("b")],
        "count_if": [F.count_if(F.col("v") > 1)],
        "by": [F.max_by("s", "v"), F.min_by("s", "v")],
        "cond": [F.sum(F.when(F.col("v") > 1, 1).otherwise(0)).alias("big"), F.count(F.when(F.col("b"), True)).alias("yes")],
        "arithmetic": [(F.sum("v") / F.count("v")).alias("mean"), (F.max("v") - F.min("v")).alias("span"), F.round(F.avg("v"), 1)],
        "collect": [F.sort_array(F.collect_list("v"))], "set": [F.sort_array(F.collect_set("v"))],
        "bits": [F.bit_and("v"), F.bit_or("v"), F.bit_xor("v")],
        "corr": [F.corr("v", "v"), F.covar_pop("v", "v"), F.covar_samp("v", "v")],
        "approx": [F.approx_count_distinct("v")], "try": [F.try_sum("v"), F.try_avg("v")],
        "literal": [F.sum(F.lit(2)), F.max(F.lit("x"))], "nested": [F.sum(F.abs("v")).alias("n")],
        "distinct max": [F.expr("max(DISTINCT v)")],
    }
    for label, cols in aggs.items():
        t.once(label, lambda c=cols: df.groupBy("k").agg(*c), "complete")
    for label, cols in aggs.items():
        t.attempt(label + " batch", lambda c=cols: spark.read.schema(df.schema).json(t.input).groupBy("k").agg(*c))
