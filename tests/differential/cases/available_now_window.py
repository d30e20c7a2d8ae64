"""availableNow with maxFilesPerTrigger over a windowed count, resumed with more files."""
from pyspark.sql import functions as F


def run(spark, t):
    def start(n):
        df = (spark.readStream.schema("ts TIMESTAMP, k STRING").option("maxFilesPerTrigger", n).json(t.input)
              .withWatermark("ts", "10 seconds").groupBy(F.window("ts", "20 seconds", "10 seconds"), "k").count())
        return t.files(df.select("window.start", "window.end", "k", "count"), "json", trigger={"availableNow": True})

    for i in range(5):
        t.drop(f"a{i}.json", [{"ts": f"2024-01-01T00:0{i}:05Z", "k": "k"}, {"ts": f"2024-01-01T00:0{i}:15Z", "k": "j"}])
    t.finish(start(2), "two files a batch")
    t.record("lines 1", t.read_output())
    t.drop("late.json", [{"ts": "2024-01-01T00:00:00Z", "k": "late"}, {"ts": "2024-01-01T00:04:10Z", "k": "edge"}])
    t.drop("more.json", [{"ts": "2024-01-01T00:06:00Z", "k": "m"}])
    t.finish(start(1), "one file a batch")
    t.record("lines 2", t.read_output())
    t.finish(start(1), "nothing new")
    t.rows("read back", spark.read.schema("start TIMESTAMP, end TIMESTAMP, k STRING, count LONG").json(t.path("out")))
