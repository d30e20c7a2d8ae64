"""columnNameOfCorruptRecord as option and as conf, in the three modes, JSON and CSV."""

JSON = ['{"a":1,"b":"x"}', '{"a":"no","b":"y"}', '{"a":2', 'nonsense', '{"a":3,"b":4,"c":5}', '{}', '[{"a":7},{"a":8}]', '']
CSV = ["1,x", "no,y", "2", "3,4,5", ",", "x"]


def run(spark, t):
    t.drop("a.json", JSON)
    csv = t.dir("csv")
    t.drop("a.csv", CSV, into=csv)
    for mode in ("PERMISSIVE", "DROPMALFORMED", "FAILFAST", "permissive", "SOMETIMES"):
        for fmt, path in (("json", t.input), ("csv", csv)):
            t.once(f"{fmt} {mode}", lambda m=mode, f=fmt, p=path: spark.readStream.format(f)
                   .schema("a INT, b STRING, bad STRING").option("mode", m)
                   .option("columnNameOfCorruptRecord", "bad").load(p))
            t.once(f"{fmt} {mode} without the column", lambda m=mode, f=fmt, p=path: spark.readStream.format(f)
                   .schema("a INT, b STRING").option("mode", m).load(p))
    for fmt, path in (("json", t.input), ("csv", csv)):
        df = (spark.readStream.format(fmt).schema("a INT, b STRING, bad STRING")
              .option("columnNameOfCorruptRecord", "bad").load(path))
        t.once(fmt + " good ones", lambda d=df: d.filter("bad IS NULL").drop("bad"))
        t.once(fmt + " bad ones", lambda d=df: d.filter("bad IS NOT NULL").select("bad"))
        t.once(fmt + " counted", lambda d=df: d.groupBy(d.bad.isNull().alias("ok")).count(), "complete")
        t.once(fmt + " wrong type", lambda f=fmt, p=path: spark.readStream.format(f)
               .schema("a INT, bad INT").option("columnNameOfCorruptRecord", "bad").load(p))
    spark.conf.set("spark.sql.columnNameOfCorruptRecord", "broken")
    t.once("conf", lambda: spark.readStream.schema("a INT, b STRING, broken STRING").json(t.input))
    spark.conf.unset("spark.sql.columnNameOfCorruptRecord")
