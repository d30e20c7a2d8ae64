"""The windowed query in SQL over a streaming view, in many spellings."""


def run(spark, t):
    t.drop("a.json", [{"ts": f"2024-01-01T00:0{i % 6}:{i * 4:02d}Z", "k": "ab"[i % 2], "v": i} for i in range(12)])
    (spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input).withWatermark("ts", "10 seconds")
     .createOrReplaceTempView("ev"))
    spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input).createOrReplaceTempView("raw")
    append = ("SELECT window, k, count(*) AS n FROM ev GROUP BY window(ts, '2 minutes'), k",
              "SELECT window.start, window.end, k, sum(v) s FROM ev GROUP BY window(ts, '2 minutes', '1 minute'), k",
              "SELECT w.start AS a, count(1) FROM (SELECT window(ts, '1 minute') AS w, v FROM ev) GROUP BY w",
              "SELECT date_format(window.start, 'HH:mm') AS at, max(v) FROM ev GROUP BY window(ts, '2 minutes', '2 minutes', '30 seconds')",
              "SELECT window(ts, '1 minute').start AS s, min(v) FROM ev GROUP BY window(ts, '1 minute')",
              "SELECT window_time(window) AS wt, count(*) FROM ev GROUP BY window(ts, '1 minute')",
              "SELECT k, window.end AS e, count(*) AS c, round(sum(v) / count(*), 2) AS r FROM ev GROUP BY ALL",
              "SELECT k FROM ev LIMIT 3", "SELECT k, v FROM ev ORDER BY v",
              "SELECT window.start s, k, count(*) c FROM raw WATERMARK ts DELAY OF INTERVAL 10 SECONDS GROUP BY window(ts, '2 minutes'), k",
              "SELECT window.start s, count(*) c FROM STREAM raw WATERMARK ts DELAY OF INTERVAL 1 MINUTE AS r GROUP BY window(r.ts, '2 minutes')",
              "SELECT tumble(ts, '1 minute') FROM ev", "SELECT window(ts, '1 minute', '2 minutes') FROM ev", "SELECT window FROM ev",
              "SELECT e.k, e.v FROM ev AS e WHERE e.v > 8", "SELECT ev.k FROM ev WHERE ev.v = 1")
    for text in append:
        t.once(text, lambda s=text: spark.sql(s))
    complete = ("SELECT k, count(*) FROM raw GROUP BY k", "SELECT count(*) n, avg(v) FROM raw",
                "SELECT k, sum(v) AS s FROM raw GROUP BY k ORDER BY s DESC LIMIT 1",
                "SELECT window.start, k, count(*) AS c FROM raw GROUP BY window(ts, '5 minutes'), 2 ORDER BY 1, 2",
                "SELECT k, count(*) FILTER (WHERE v > 5) AS big FROM raw GROUP BY k",
                "SELECT upper(k) AS u, sum(CASE WHEN v % 2 = 0 THEN v END) AS even FROM raw GROUP BY upper(k)",
                "SELECT k, v FROM raw GROUP BY k", "SELECT k, count(DISTINCT v) FROM raw GROUP BY k",
                
                "SELECT k, collect_list(v) FROM raw GROUP BY k")
    for text in complete:
        t.once(text, lambda s=text: spark.sql(s), "complete")
