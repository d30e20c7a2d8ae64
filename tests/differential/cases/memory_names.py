"""Names of memory tables."""


def run(spark, t):
    df = spark.readStream.schema("v INT").json(t.input)
    for name in ("has blank", "a.b", "9lives", "my-q", "`quoted`", "`has blank`", "ünï", "select", "_x", "1", "a`b", "A", ""):
        t.fails(repr(name), lambda n=name: df.writeStream.format("memory").queryName(n).start().stop())
        t.fails("view " + repr(name), lambda n=name: df.createOrReplaceTempView(n) if n else None)
    t.attempt("tables", lambda: sorted(x.name for x in spark.catalog.listTables()))
