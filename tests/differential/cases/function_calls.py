"""Functions as the DataFrame API calls them: lambdas, generators, structs, maps, JSON, aggregates."""
from pyspark.sql import functions as F

ROWS = [
    {"k": "a", "i": 3, "d": 1.5, "s": "x,y", "a": [1, None, 3], "m": {"p": 1}, "ts": "2024-03-10T06:30:00Z"},
    {"k": "b", "i": None, "d": -0.0, "s": "", "a": [], "m": {}, "ts": "1969-12-31T23:59:59.5Z"},
    {"k": "a", "i": -2, "d": 2.25, "s": "é😀", "a": [7], "m": {"q": 2, "r": None}, "ts": None},
    {"k": None, "i": 5, "d": None, "s": None, "a": None, "m": None, "ts": "2024-11-03T05:30:00Z"},
]
SCHEMA = "k STRING, i INT, d DOUBLE, s STRING, a ARRAY<INT>, m MAP<STRING, INT>, ts TIMESTAMP"


def columns():
    c = F.col
    return [
        F.transform("a", lambda x: x + c("i")), F.transform("a", lambda x, n: x * n),
        F.filter("a", lambda x: x > 2), F.exists("a", lambda x: x > 2), F.forall("a", lambda x: x > 0),
        F.aggregate("a", F.lit(0), lambda s, x: s + F.coalesce(x, F.lit(0)), lambda s: s * 2),
        F.zip_with("a", F.array(F.lit(1), F.lit(2)), lambda x, y: F.coalesce(x, y)),
        F.transform_values("m", lambda k, v: F.concat(k, v)), F.map_filter("m", lambda k, v: v.isNotNull()),
        F.transform("a", lambda x: F.transform(F.array(x, x), lambda y: y + x)),
        F.get("a", F.lit(0)), c("m")["p"], F.array("i", "i")[1], F.struct("k", c("i").alias("n")).getField("n"),
        F.try_element_at("a", F.lit(2)), F.size("a"), F.array_contains("a", 3),
        F.sort_array("a", asc=False), F.array_union("a", F.array(F.lit(9))), F.slice("a", 1, 2),
        F.map_keys("m"), F.map_entries("m"), F.create_map(F.lit("z"), c("i")), F.named_struct(F.lit("q"), c("i")),
        F.to_json(F.struct("k", "i", "a")), F.from_json(F.lit('{"x":[1,2]}'), "x ARRAY<INT>"),
        F.get_json_object(F.lit('{"x":{"y":"z"}}'), "$.x.y"), F.split("s", ","), F.concat_ws("-", "k", "s"),
        F.format_string("%s:%5.1f", "k", "d"), F.lpad("s", 5, "*"), F.substring("s", 2, 1), F.trim(F.lit("xax"), F.lit("x")),
        F.regexp_extract("s", r"(\w),(\w)", 2), F.regexp_replace("s", ",", ";"), F.instr("s", "y"), F.locate("y", "s"),
        F.round("d"), F.bround("d", 1), F.ceil("d"), F.floor("d"), F.log("d"), F.log(2.0, F.lit(8)), F.pow("d", 2),
        -c("i"), ~c("i").isNull(), c("i").between(0, 4), c("i").isin(3, None), c("s").like("x%"), c("s").rlike("^.,"),
        F.when(c("i") > 0, "pos").when(c("i") < 0, "neg").otherwise("?"), F.coalesce("i", F.lit(0)), F.nvl("i", F.lit(1)),
        F.greatest("i", F.lit(1)), F.nullif("i", F.lit(3)), F.hash("k", "i"), F.xxhash64("k", "i"), F.md5("s"), F.sha2("s", 256),
        F.crc32("s"), F.base64("s"), F.date_format("ts", "yyyy-MM-dd HH:mm"), F.date_trunc("hour", "ts"),
        F.unix_timestamp("ts"), F.from_unixtime(F.lit(0)), F.to_timestamp(F.lit("2024-05-06 07"), "yyyy-MM-dd HH"),
        F.date_add("ts", 1), F.months_between("ts", F.lit("2024-01-01")), F.timestamp_add("HOUR", F.lit(2), "ts"),
        F.timestamp_diff("DAY", "ts", F.lit("2024-12-31").cast("timestamp")), c("ts") + F.expr("INTERVAL 1 DAY"),
        F.make_dt_interval(F.lit(1), F.lit(2)), c("i").cast("decimal(5,2)"), c("d").cast("string"), c("i").try_cast("string"),
        F.try_add("i", F.lit(2147483647)), F.try_divide("i", F.lit(0)), c("i").bitwiseAND(1), F.shiftleft("i", 2),
    ]


def run(spark, t):
    df = spark.readStream.schema(SCHEMA).json(t.input)
    t.drop("a.json", ROWS)
    shown = df.select("k", *columns())
    t.record("types", [list(x) for x in shown.dtypes])
    q = t.memory(df.select("k", *(c.alias(f"c{n}") for n, c in enumerate(columns()))))
    q.processAllAvailable()
    t.rows("rows", spark.table("out"))
    q.stop()
    for n, frame in enumerate([
            df.select("k", F.explode("a").alias("e")), df.select("k", F.explode_outer("a")),
            df.select("k", F.posexplode("a")), df.select("k", F.explode("m")), df.withColumn("e", F.explode("a")).drop("a", "m")]):
        t.record(f"generated {n}: types", [list(x) for x in frame.dtypes])
        q = t.memory(frame, name=f"gen{n}", checkpoint=f"gen{n}")
        q.processAllAvailable()
        t.rows(f"generated {n}", spark.table(f"gen{n}"))
        q.stop()
    grouped = df.groupBy("k").agg(
        F.approx_count_distinct("i"), F.collect_list("i"), F.sort_array(F.collect_set("s")), F.max_by("i", "d"),
        F.min_by("s", "i"), F.first("i", ignorenulls=True), F.last("s", ignorenulls=True), F.covar_pop("i", "d"),
        F.skewness("d"), F.kurtosis("d"), F.count_if(F.col("i") > 0), F.bool_and(F.col("i") > 0), F.median("i"),
        F.percentile("d", 0.5), F.max(F.struct("i", "s")), F.any_value("k"), F.mode("k"))
    t.record("grouped: names", grouped.columns)
    q = t.memory(grouped.toDF(*(f"c{n}" for n in range(len(grouped.columns)))), mode="complete", name="grouped",
                 checkpoint="grouped")
    t.step(q, "grouped")
    t.drop("b.json", ROWS[:2] + [{"k": "c", "i": 1}])
    t.step(q, "grouped again")
    q.stop()
