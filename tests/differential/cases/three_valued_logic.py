"""Filters with nulls: and, or, not, in, case, like, null-safe equality."""

FILTERS = ("a > 1", "NOT (a > 1)", "a > 1 OR b = 'x'", "a > 1 AND b = 'x'", "a IS NULL",
           "a IS NOT NULL AND b IS NULL", "a IN (1, 2)", "a NOT IN (1, NULL)", "b LIKE '%'",
           "a <=> NULL", "NOT (a <=> 2)", "a <> 2", "coalesce(a, 0) = 0", "b = b",
           "CASE WHEN a > 1 THEN true END", "isnull(a) = isnull(b)", "a BETWEEN 1 AND 2", "c",
           "NOT c", "c = true OR c IS NULL", "true", "false", "cast(null as boolean)", "1 = 1 AND a = 2")


def run(spark, t):
    df = spark.readStream.schema("id INT, a INT, b STRING, c BOOLEAN").json(t.input)
    t.drop("a.json", [{"id": 1, "a": 1, "b": "x", "c": True}, {"id": 2, "a": 2, "c": False},
                      {"id": 3, "b": "x"}, {"id": 4}, {"id": 5, "a": 3, "b": ""}])
    for i, text in enumerate(FILTERS):
        name = f"q{i}"
        q = t.memory(df.filter(text).select("id"), name=name, checkpoint="ck" + name,
                     trigger={"availableNow": True})
        q.awaitTermination(60)
        t.rows(text, spark.table(name))
