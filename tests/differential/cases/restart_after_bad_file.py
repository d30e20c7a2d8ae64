"""A bad record ends the query; when the file is mended or the mode changed it goes on."""
from pyspark.sql import functions as F


def run(spark, t):
    def start(mode):
        df = spark.readStream.schema("ts TIMESTAMP, v INT").option("mode", mode).json(t.input)
        return t.files(df.withWatermark("ts", "1 second").groupBy(F.window("ts", "10 seconds")).agg(F.sum("v").alias("s"))
                       .selectExpr("window.start AS w", "s"))

    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "v": 1}])
    q = start("FAILFAST")
    t.step(q)
    t.drop("b.json", [{"ts": "2024-01-01T00:00:02Z", "v": 2}, '{"ts":"2024-01-01T00:00:03Z","v":"x"}'])
    t.query_fails("bad record", q)
    t.query_fails("again", start("FAILFAST"))
    q = start("PERMISSIVE")
    t.step(q, "permissive")
    t.drop("c.json", [{"ts": "2024-01-01T00:00:30Z", "v": 5}, "broken"])
    t.step(q, "with a broken line")
    q.stop()
    t.record("lines", t.read_output())
    t.drop("d.json", [{"ts": "2024-01-01T00:01:00Z", "v": 7}, "broken"])
    q = start("FAILFAST")
    t.query_fails("bad again", q)
    t.drop("d.json", [{"ts": "2024-01-01T00:01:00Z", "v": 7}])
    q = start("FAILFAST")
    t.step(q, "mended")
    q.stop()
    t.record("lines 2", t.read_output())
