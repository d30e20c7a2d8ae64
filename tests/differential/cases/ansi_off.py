"""The same computations with ANSI off: nulls and wrapped numbers."""
from pyspark.sql import functions as F


def run(spark, t):
    spark.conf.set("spark.sql.ansi.enabled", "false")
    df = spark.readStream.schema("i INT, l LONG, s STRING, m DECIMAL(38,2), z INT").json(t.input)
    t.drop("a.json", ['{"i":2147483647,"l":9223372036854775807,"s":"x1","z":0,'
                      '"m":999999999999999999999999999999999999.99}',
                      '{"i":2147483647,"l":9223372036854775807,"s":" 7 ","z":0,'
                      '"m":999999999999999999999999999999999999.99}'])
    q = t.memory(df.selectExpr(
        "i / z a", "i % z b", "i + 1 c", "l * 2 d", "cast(s as int) e", "cast(l as int) f",
        "cast(s as date) g", "cast(l as decimal(5,2)) h", "cast(s as boolean) j", "i div z k",
        "s > 3 o", "cast(1e20 as long) p", "m + m r"), name="rows", checkpoint="ck1")
    q.processAllAvailable()
    t.rows("rows", spark.table("rows"))
    q.stop()
    q = t.memory(df.groupBy("z").agg(F.sum("l"), F.sum("m"), F.avg("m"), F.sum("i")), "complete",
                 "sums", "ck2")
    q.processAllAvailable()
    t.rows("sums", spark.table("sums"))
    q.stop()
