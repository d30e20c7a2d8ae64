"""Session zone America/New_York: parsing, windows (aligned to UTC), text, CSV and JSON output."""
from pyspark.sql.functions import col, window


def run(spark, t):
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    df = spark.readStream.schema("ts TIMESTAMP, k STRING").json(t.input)
    t.drop("a.json", [{"ts": "2024-03-10T01:59:59", "k": "a"}, {"ts": "2024-03-10T02:30:00", "k": "gap"},
                      {"ts": "2024-03-10T03:00:00", "k": "b"}, {"ts": "2024-11-03 01:30:00", "k": "twice"},
                      {"ts": "2024-07-01T00:00:00Z", "k": "utc"}, {"ts": "2024-07-01", "k": "day"}])
    q = t.memory(df.selectExpr("k", "cast(ts as string) s", "cast(ts as long) u", "hour(ts) h"),
                 name="raw_rows", checkpoint="ck1")
    t.step(q)
    q.stop()
    out = (df.groupBy(window(col("ts"), "1 day")).count()
           .selectExpr("cast(window.start as string) a", "cast(window.end as string) b", "count"))
    q = t.memory(out, "complete", "days", "ck2")
    t.step(q)
    q.stop()
    for fmt in ("json", "csv"):
        t.finish(t.files(df, fmt, fmt, "ck_" + fmt, trigger={"availableNow": True}), fmt)
        t.record(fmt + ": lines", t.read_output(fmt))
    t.printed("show", lambda: spark.read.schema("ts TIMESTAMP, k STRING").json(t.path("json"))
              .orderBy("k").show(truncate=False))
