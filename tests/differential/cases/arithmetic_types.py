"""Result types and values of arithmetic and comparisons between mixed types."""

EXPRESSIONS = (
    "i + l", "i + d", "i + m", "l + m", "d + m", "m * m", "m / m", "m - m2", "m % m2", "m * i",
    "i / 2", "i % 3", "-i", "abs(i)", "i div 2", "round(d, 1)", "round(m, 1)", "floor(d)", "ceil(d)",
    "d / 3", "l / i", "power(i, 2)", "sqrt(d)", "greatest(i, 2)", "least(d, 1)", "i = d", "i < m",
    "d <=> null", "cast(d as int)", "cast(m as int)", "cast(d as string)", "cast(m as string)",
    "cast(i as decimal(10,2))", "cast(d as decimal(10,2))", "cast(m as double)", "cast(l as float)",
    "f + f", "f + d", "f * i", "cast(f as double)", "i & 3", "i | 8", "~i", "pmod(i, 3)", "sign(d)",
    "i BETWEEN 0 AND 5", "i IN (1, 2, NULL)", "NOT (i > 1)", "i > 1 OR NULL", "i > 1 AND NULL",
    "1.5 * 2", "1e0 + 1", "0.1 + 0.2", "10 / 4", "i + '3'", "concat(i, m)",
)


def run(spark, t):
    df = spark.readStream.schema(
        "i INT, l LONG, d DOUBLE, m DECIMAL(10,2), m2 DECIMAL(5,4), f FLOAT").json(t.input)
    t.drop("a.json", [{"i": 7, "l": 10000000000, "d": 2.45, "m": 12.34, "m2": 1.2345, "f": 0.1},
                      {"i": -7, "l": -3, "d": -2.5, "m": -0.05, "m2": 9.9999, "f": -1.5},
                      {"i": 1, "l": 2}, {"d": 1e18 / 1e12, "m": 99.99}])
    out = df.filter("i <> 0 OR i IS NULL")
    t.record("types", [list(x) for x in out.selectExpr(*EXPRESSIONS).dtypes])
    q = t.memory(out.selectExpr(*(f"{e} AS c{i}" for i, e in enumerate(EXPRESSIONS))))
    q.processAllAvailable()
    t.rows("rows", spark.table("out"))
    q.stop()
