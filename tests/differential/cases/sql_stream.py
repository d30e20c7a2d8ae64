"""A streaming view queried by SQL with window, where, group by, having."""


def run(spark, t):
    (spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
     .withWatermark("ts", "5 seconds").createOrReplaceTempView("events"))
    out = spark.sql("""
        SELECT window.start AS s, upper(k) AS uk, count(*) AS n, sum(v) AS total, avg(v) AS mean,
               min(v) AS low, max(v) AS high
        FROM events WHERE v IS NOT NULL AND k <> 'skip'
        GROUP BY window(ts, '10 seconds'), upper(k) HAVING count(*) >= 1""")
    t.record("streaming", out.isStreaming)
    t.printed("schema", out.printSchema)
    q = t.memory(out, "append")
    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "k": "a", "v": 1},
                      {"ts": "2024-01-01T00:00:02Z", "k": "A", "v": 2},
                      {"ts": "2024-01-01T00:00:03Z", "k": "skip", "v": 3},
                      {"ts": "2024-01-01T00:00:04Z", "k": None, "v": 4},
                      {"ts": "2024-01-01T00:00:04Z", "k": "b"}])
    t.step(q)
    t.drop("b.json", [{"ts": "2024-01-01T00:00:40Z", "k": "end", "v": 0}])
    t.step(q)
    t.fails("batch action on a stream", lambda: out.collect())
    t.fails("show on a stream", lambda: spark.table("events").show())
    q.stop()
