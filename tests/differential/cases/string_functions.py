"""String functions in computed columns, with nulls and text beyond ASCII."""

EXPRESSIONS = (
    "upper(s)", "lower(s)", "length(s)", "trim(s)", "ltrim(s)", "rtrim(s)", "substring(s, 2, 3)",
    "substr(s, -2)", "concat(s, '-', s)", "concat_ws(',', s, null, 'x')", "replace(s, 'a', 'A')",
    "s LIKE 'a%'", "s LIKE '_b%'", "s RLIKE '^a.c'", "s || '!'", "reverse(s)", "repeat(s, 2)",
    "lpad(s, 6, '*')", "rpad(s, 6, '*')", "instr(s, 'b')", "locate('b', s)", "initcap(s)",
    "split(s, ' ')", "startswith(s, 'a')", "endswith(s, 'c')", "contains(s, 'b')", "s = 'abc'",
    "s < 'b'", "s IN ('abc', 'x')", "coalesce(s, 'none')", "nvl(s, '')", "ifnull(s, 'q')",
    "nullif(s, 'abc')", "s IS NULL", "if(s = 'abc', 1, 0)", "left(s, 2)", "right(s, 2)",
    "regexp_replace(s, '[aeiou]', '#')", "regexp_extract(s, '(b+)(.)', 2)", "ascii(s)",
    "translate(s, 'abc', 'xyz')", "s BETWEEN 'a' AND 'b'", "s <=> NULL",
)


def run(spark, t):
    df = spark.readStream.schema("s STRING").json(t.input)
    t.drop("a.json", [{"s": s} for s in ("abc", " Abc dE ", "", None, "éàü ß", "日本語😀", "abbbc")])
    t.record("types", [list(x) for x in df.selectExpr(*EXPRESSIONS).dtypes])
    q = t.memory(df.selectExpr("s", *(f"{e} AS c{i}" for i, e in enumerate(EXPRESSIONS))))
    q.processAllAvailable()
    t.rows("rows", spark.table("out"))
    q.stop()
