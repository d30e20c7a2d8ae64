"""selectExpr, expr and where with SQL text wherever text is taken."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": f"2024-01-01T00:00:{i:02d}Z", "k": k, "v": v} for i, (k, v) in enumerate(
        (("alpha", 1), ("beta", 20), ("alpha", None), (None, 4), ("gamma", -7), ("Alpha", 30)))])
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    t.once("selectExpr", lambda: df.selectExpr(
        "*", "v * 2 AS twice", "upper(k) up", "CASE WHEN v > 10 THEN 'big' WHEN v > 0 THEN 'small' ELSE 'none' END size",
        "coalesce(v, 0)", "v IS NULL AS missing", "k || '!' AS loud", "CAST(v AS STRING) AS text",
        "v BETWEEN 1 AND 20 AS mid", "ts + INTERVAL 1 HOUR AS later", "date_trunc('minute', ts) AS m",
        "v % 3 AS r", "abs(v)", "if(v > 3, 'y', 'n') AS yn", "nvl(k, '?') AS kk"))
    t.once("where text", lambda: df.where("k LIKE 'a%' OR v < 0").where("ts >= '2024-01-01 00:00:00'"))
    t.once("in", lambda: df.filter("lower(k) IN ('alpha', 'gamma') AND v IS NOT NULL"))
    t.once("not in", lambda: df.filter("v NOT IN (1, 4)"))
    t.once("rlike", lambda: df.filter("k RLIKE '^[a-b]'").selectExpr("k", "length(k) n"))
    t.once("time literal", lambda: df.filter("ts > TIMESTAMP '2024-01-01 00:00:03'").select("k"))
    t.once("group by expr", lambda: df.groupBy(F.expr("window(ts, '3 seconds') AS w"), F.expr("lower(k)"))
           .agg(F.expr("count(*) AS n"), F.expr("sum(v)"), F.expr("avg(v) + 1 AS more"),
                F.expr("max(coalesce(v, -1))")), "complete")
    t.once("agg dict", lambda: df.groupBy("k").agg({"v": "sum", "*": "count"}), "complete")
    t.once("agg filter", lambda: df.groupBy("k").agg(
        F.expr("count(*) FILTER (WHERE v > 1) AS big"), F.expr("sum(if(v > 1, v, 0)) AS s"),
        F.expr("count_if(v > 1)")), "complete")
    t.once("group methods", lambda: df.groupBy("k").sum("v"), "complete")
    t.once("group methods 2", lambda: df.groupBy("k").max(), "complete")
    t.once("having", lambda: df.groupBy("k").count().where("count > 1 AND k IS NOT NULL"), "complete")
