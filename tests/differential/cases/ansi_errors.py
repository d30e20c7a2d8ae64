"""Run-time errors in ANSI mode end the query with their class."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("i INT, l LONG, s STRING, m DECIMAL(38,2), z INT").json(t.input)
    t.drop("a.json", ['{"i":2147483647,"l":9223372036854775807,"s":"x1","z":0,'
                      '"m":999999999999999999999999999999999999.99}',
                      '{"i":2147483647,"l":9223372036854775807,"s":"7","z":0,'
                      '"m":999999999999999999999999999999999999.99}'])
    tries = {
        "divide": df.selectExpr("i / z"), "remainder": df.selectExpr("i % z"),
        "int overflow": df.selectExpr("i + 1"), "long overflow": df.selectExpr("l * 2"),
        "negate": df.selectExpr("-(-i - 1)"), "cast text": df.selectExpr("cast(s as int)"),
        "cast long": df.selectExpr("cast(l as int)"), "cast date": df.selectExpr("cast(s as date)"),
        "cast decimal": df.selectExpr("cast(l as decimal(5,2))"),
        "cast boolean": df.selectExpr("cast(s as boolean)"),
        "to_timestamp": df.selectExpr("to_timestamp(s)"),
        "compare text": df.filter("s > 3"), "in a branch": df.selectExpr("if(z = 0, 1, i / z)"),
        "case": df.selectExpr("CASE WHEN z <> 0 THEN i / z ELSE -1 END"),
        "and": df.filter("z <> 0 AND i / z > 1"), "div": df.selectExpr("i div z"),
        "try": df.selectExpr("try_divide(i, z)", "try_cast(s as int)", "try_add(i, 1)"),
    }
    for i, (label, frame) in enumerate(tries.items()):
        name = f"q{i}"
        q = t.memory(frame, name=name, checkpoint="ck" + name)
        if t.query_fails(label, q) is None:
            t.rows(label + ": rows", spark.table(name))
            q.stop()
    for label, agg in (("sum long", F.sum("l")), ("sum decimal", F.sum("m")),
                       ("avg decimal", F.avg("m")), ("sum int", F.sum("i"))):
        name = label.replace(" ", "_")
        q = t.memory(df.groupBy("z").agg(agg), "complete", name, "ck" + name)
        if t.query_fails(label, q) is None:
            t.rows(label + ": rows", spark.table(name))
            q.stop()
