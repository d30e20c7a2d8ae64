"""SQL over a memory sink: where, group by, order by, limit, functions."""


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    q = t.memory(df, "append", "events")
    t.drop("a.json", [{"k": k, "v": v} for k, v in
                      (("a", 1), ("b", 2), ("a", 3), (None, 4), ("c", None), ("b", -5))])
    t.step(q)
    for text in ("SELECT * FROM events WHERE v > 1",
                 "SELECT k, count(*) AS n, sum(v) FROM events GROUP BY k",
                 "SELECT k, v FROM events WHERE k IS NOT NULL",
                 "SELECT count(*) FROM events WHERE false",
                 "SELECT upper(k) u, v * 2 AS w FROM events WHERE k IN ('a', 'b') AND NOT v < 0",
                 "SELECT k, avg(v) a FROM events GROUP BY k HAVING count(*) > 1",
                 "SELECT DISTINCT k FROM events",
                 "SELECT CASE WHEN v > 0 THEN 'pos' WHEN v < 0 THEN 'neg' END c FROM events"):
        t.rows(text, spark.sql(text))
    for text in ("SELECT * FROM events ORDER BY v DESC, k",
                 "SELECT k, v FROM events ORDER BY k NULLS LAST, v LIMIT 3",
                 "SELECT v FROM events ORDER BY v LIMIT 2"):
        t.rows(text, spark.sql(text), ordered=True)
    t.record("count", spark.table("events").count())
    t.fails("unknown table", lambda: spark.sql("SELECT * FROM nowhere").collect())
    t.fails("syntax", lambda: spark.sql("SELEC 1").collect())
    q.stop()
    t.record("after stop", spark.table("events").count())
