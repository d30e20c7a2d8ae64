"""Numbers with a fraction where a function takes whole ones."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"x": 1234.5678, "d": 12.345, "i": 17}, {"x": -0.5, "d": -7.5}])
    df = spark.readStream.schema("x DOUBLE, d DECIMAL(8,3), i INT").json(t.input)
    for text in ("hex(17.5D)", "hex(x)", "hex(d)", "hex(i)", "hex(CAST(x AS FLOAT))", "round(x, 1.0D)", "round(x, 2.9)", "round(d, 1.5)", "round(d, 1.0D)", "bround(x, 1.0D)", "round(x, -2.0D)", "round(i, 0.0D)", "round(x, d)", "round(x, '1')"):
        t.once(text, lambda e=text: df.selectExpr(e))
        t.attempt(text + " type", lambda e=text: [list(c) for c in df.selectExpr(e).dtypes])
