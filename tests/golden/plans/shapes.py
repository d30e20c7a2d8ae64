"""The query shapes whose plans and state are captured: name, output mode, Python expression.

In an expression, `src` is the stream, `wm` the stream with a watermark of 10 seconds on ts,
`F` is pyspark.sql.functions, `spark` the session (views `src` and `wm` exist), `w` a tumbling
window of 10 seconds over ts and `slide` one of 20 seconds every 10.
"""

SCHEMA = ("ts TIMESTAMP, ntz TIMESTAMP_NTZ, k STRING, j STRING, i INT, l LONG, d DOUBLE, f FLOAT, "
          "m DECIMAL(10,2), big DECIMAL(28,4), s STRING, dt DATE, b BOOLEAN, si SMALLINT")

BATCHES = [
    [
        {"ts": "2024-01-01T00:00:01Z", "ntz": "2024-01-01T00:00:01", "k": "a", "j": "x", "i": 1,
         "l": 10000000000, "d": 1.5, "f": 0.5, "m": 12.34, "big": 123456789012345678.5, "s": "beta",
         "dt": "2024-02-29", "b": True, "si": 3},
        {"ts": "2024-01-01T00:00:04.5Z", "ntz": "2024-01-01T00:00:04.5", "k": "a", "j": "y", "i": -2,
         "l": 5, "d": -0.0, "f": -0.0, "m": -0.01, "big": -1, "s": "a longer string than eight bytes",
         "dt": "1969-12-31", "b": False, "si": -1},
        {"ts": "2024-01-01T00:00:12Z", "ntz": "2024-01-01T00:00:12", "k": "é", "j": None, "i": 7,
         "l": -7, "d": 0.1, "f": 1.25, "m": 1, "big": 0.0001, "s": "", "dt": "2024-01-01", "b": True},
        {"ts": "2024-01-01T00:00:13Z", "ntz": "2024-01-01T00:00:13", "k": None, "j": "x"},
        {"ts": None, "k": "b", "j": "x", "i": 4, "d": 2.5},
    ],
    [
        {"ts": "2024-01-01T00:00:05Z", "ntz": "2024-01-01T00:00:05", "k": "a", "j": "x", "i": 10,
         "l": 1, "d": 2.25, "f": 2, "m": 0.5, "big": 2, "s": "alpha", "dt": "2025-01-01", "b": False,
         "si": 9},
        {"ts": "2024-01-01T00:00:45Z", "ntz": "2024-01-01T00:00:45", "k": "z", "j": "z", "i": 2,
         "l": 2, "d": 1e300, "f": 3, "m": 99999999.99, "big": 3, "s": "zz", "dt": "1900-01-01"},
    ],
]


def types(fn):
    """Aggregates of one function over all columns it takes."""
    return ", ".join(f'F.{fn}("{c}")' for c in ("i", "l", "d", "f", "m", "big", "si"))


SHAPES = [
    ("count_star", "complete", 'src.groupBy("k").count()'),
    ("count_column", "complete", 'src.groupBy("k").agg(F.count("i"))'),
    ("count_star_and_column", "complete", 'src.groupBy("k").agg(F.count("*"), F.count("i"), F.count(F.lit(1)))'),
    ("count_two_columns", "complete", 'src.groupBy("k").agg(F.expr("count(i, d)"))'),
    ("sum_types", "complete", f'src.groupBy("k").agg({types("sum")})'),
    ("avg_types", "complete", f'src.groupBy("k").agg({types("avg")})'),
    ("min_types", "complete", f'src.groupBy("k").agg({types("min")}, F.min("s"), F.min("ts"), F.min("dt"), F.min("b"), F.min("ntz"))'),
    ("max_types", "complete", f'src.groupBy("k").agg({types("max")}, F.max("s"), F.max("ts"), F.max("dt"), F.max("b"), F.max("ntz"))'),
    ("min_max_string", "update", 'src.groupBy("k").agg(F.min("s"), F.max("s"))'),
    ("avg_and_sum", "complete", 'src.groupBy("k").agg(F.avg("i"), F.sum("i"))'),
    ("sum_and_avg_and_count", "complete", 'src.groupBy("k").agg(F.sum("d"), F.avg("d"), F.count("d"), F.min("d"), F.max("d"))'),
    ("duplicate_sums", "complete", 'src.groupBy("k").agg(F.sum("i"), F.sum("i") + 1, F.sum("i").alias("again"))'),
    ("ratio", "complete", 'src.groupBy("k").agg((F.sum("d") / F.count(F.lit(1))).alias("r"), F.max("i"))'),
    ("aggregate_of_expression", "complete", 'src.groupBy("k").agg(F.sum(F.col("i") * 2), F.max(F.col("d") + F.col("i")))'),
    ("aggregate_of_cast", "complete", 'src.groupBy("k").agg(F.sum(F.col("i").cast("double")), F.sum(F.col("s").isNull().cast("int")))'),
    ("agg_dict", "complete", 'src.groupBy("k").agg({"d": "avg", "*": "count", "i": "max"})'),
    ("key_expression", "complete", 'src.groupBy(F.upper("k")).count()'),
    ("key_expression_alias", "complete", 'src.groupBy(F.upper("k").alias("u"), (F.col("i") % 2).alias("odd")).agg(F.sum("l"))'),
    ("key_expression_and_column", "complete", 'src.groupBy("k", F.upper("k").alias("u")).count()'),
    ("key_cast", "complete", 'src.groupBy(F.col("i").cast("string").alias("t"), F.col("m").cast("int")).count()'),
    ("key_types_number", "complete", 'src.groupBy("i", "si", "b", "dt").count()'),
    ("key_types_wide", "complete", 'src.groupBy("m", "big", "ts").count()'),
    ("key_floats", "complete", 'src.groupBy("d", "f").count()'),
    ("key_constant", "complete", 'src.groupBy(F.lit(1).alias("one")).count()'),
    ("key_constant_and_column", "complete", 'src.groupBy(F.lit("c").alias("c"), "k").count()'),
    ("key_twice", "complete", 'src.groupBy("k", "k").count()'),
    ("two_keys", "update", 'src.groupBy("k", "j").agg(F.sum("i"))'),
    ("two_keys_swapped", "update", 'src.groupBy("j", "k").agg(F.sum("i"))'),
    ("global_complete", "complete", 'src.agg(F.count("*"), F.sum("i"), F.avg("d"))'),
    ("global_update", "update", 'src.groupBy().agg(F.max("s"), F.min("ts"))'),
    ("window_append", "append", 'wm.groupBy(w).count()'),
    ("window_update", "update", 'wm.groupBy(w).count()'),
    ("window_complete", "complete", 'wm.groupBy(w).count()'),
    ("window_no_watermark", "complete", 'src.groupBy(w).count()'),
    ("window_alias", "append", 'wm.groupBy(w.alias("span")).agg(F.sum("i").alias("total"))'),
    ("key_window", "append", 'wm.groupBy("k", w).agg(F.avg("d"), F.min("i"))'),
    ("window_key", "append", 'wm.groupBy(w, "k").agg(F.avg("d"), F.min("i"))'),
    ("window_two_keys", "update", 'wm.groupBy(w, "k", "j").agg(F.count("*"), F.sum("m"), F.avg("m"))'),
    ("sliding_append", "append", 'wm.groupBy(slide, "k").count()'),
    ("sliding_update", "update", 'wm.groupBy("k", slide).agg(F.max("d"))'),
    ("sliding_no_watermark", "complete", 'src.groupBy(slide).count()'),
    ("window_start_time", "append", 'wm.groupBy(F.window("ts", "10 seconds", "10 seconds", "3 seconds")).count()'),
    ("window_ntz", "complete", 'src.groupBy(F.window("ntz", "10 seconds")).count()'),
    ("event_time_key", "append", 'wm.groupBy("ts").count()'),
    ("event_time_alias_key", "append", 'wm.select(F.col("ts").alias("t"), "k").groupBy("t", "k").count()'),
    ("watermark_key_only", "update", 'wm.groupBy("k").count()'),
    ("filter_below_watermark", "append", 'src.filter("i > 0").withWatermark("ts", "10 seconds").groupBy(w).count()'),
    ("filter_above_watermark", "append", 'wm.filter("i > 0").groupBy(w).count()'),
    ("filter_on_time_above_watermark", "append", 'wm.filter("ts > timestamp\'2024-01-01 00:00:02\'").groupBy(w).count()'),
    ("computed_above_watermark", "append", 'wm.withColumn("x", F.col("i") * 2).filter("x > 3").groupBy(w, "x").count()'),
    ("having", "complete", 'src.groupBy("k").agg(F.sum("i").alias("s"), F.count("*").alias("n")).filter("s > 1")'),
    ("having_unused_aggregate", "complete", 'src.groupBy("k").agg(F.sum("i").alias("s"), F.count("*").alias("n")).select("k", "n")'),
    ("filter_on_key_above", "complete", 'src.groupBy("k").count().filter("k = \'a\'")'),
    ("filter_on_window_above", "append", 'wm.groupBy(w, "k").count().filter("window.start >= timestamp\'2024-01-01 00:00:10\'")'),
    ("select_window_fields", "append", 'wm.groupBy(w, "k").agg(F.sum("i").alias("s")).select("window.start", "window.end", "k", "s")'),
    ("project_after", "update", 'src.groupBy("k").agg(F.avg("i").alias("a")).select((F.col("a") * 2).alias("x"), F.upper("k"))'),
    ("sort_after", "complete", 'src.groupBy("k").count().orderBy(F.desc("count"), "k")'),
    ("limit_after", "complete", 'src.groupBy("k").count().limit(2)'),
    ("sort_limit_after", "complete", 'src.groupBy("k").agg(F.sum("d").alias("s")).orderBy("s").limit(2)'),
    ("limit_append", "append", 'src.select("k", "i").limit(3)'),
    ("project_only", "append", 'src.select("k", (F.col("i") + 1).alias("x")).filter("x > 2")'),
    ("distinct_rows", "update", 'src.select("k", "j").groupBy("k", "j").agg(F.count("*")).select("k", "j")'),
    ("sql_group", "complete", 'spark.sql("SELECT k, count(*) AS n, sum(i) FROM src GROUP BY k")'),
    ("sql_window", "append", 'spark.sql("SELECT window, k, avg(d) AS a FROM wm GROUP BY window(ts, \'10 seconds\'), k")'),
    ("sql_window_fields", "append", 'spark.sql("SELECT window.start AS s, window.end AS e, count(*) AS n FROM wm GROUP BY window(ts, \'20 seconds\', \'10 seconds\')")'),
    ("sql_having", "complete", 'spark.sql("SELECT upper(k) u, max(s) FROM src WHERE i IS NOT NULL GROUP BY upper(k) HAVING count(*) > 1 ORDER BY u")'),
    ("sql_case", "update", 'spark.sql("SELECT CASE WHEN i > 3 THEN \'big\' ELSE \'small\' END AS size, sum(m) AS total FROM src GROUP BY 1")'),
    ("not_null_buffers", "complete", 'src.select("k", F.lit(5).alias("five"), F.coalesce("i", F.lit(0)).alias("z")).groupBy("k").agg(F.sum("five"), F.min("z"), F.max("five"))'),
    ("not_null_key", "complete", 'src.select(F.coalesce("k", F.lit("none")).alias("kk"), "i").groupBy("kk").agg(F.sum("i"))'),
    ("count_if_true", "complete", 'src.groupBy("k").agg(F.sum(F.when(F.col("i") > 1, 1).otherwise(0)), F.expr("count_if(b)"))'),
    ("filtered_aggregate", "complete", 'src.groupBy("k").agg(F.expr("sum(i) FILTER (WHERE b)"), F.expr("count(*) FILTER (WHERE d > 1)"))'),
    ("stddev_variance", "complete", 'src.filter("i is not null").groupBy("k").agg(F.stddev("d"), F.variance("i"))'),
]
