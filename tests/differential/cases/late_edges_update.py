"""Update mode: rows one microsecond around the watermark and around a window's edge."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, id INT").json(t.input)
    q = t.memory(df.withWatermark("ts", "10 seconds").groupBy(F.window("ts", "10 seconds"))
                 .agg(F.count("*").alias("n"), F.min("id"), F.max("ts")), "update")
    steps = [["00:00:09.999999", "00:00:10", "00:00:30"], ["00:00:19.999999", "00:00:20", "00:00:09.999999"],
             ["00:00:39.999999"], ["00:00:29.999998", "00:00:20", "00:00:19.999999"], ["00:00:40"],
             ["00:00:29.999999", "00:00:30"], ["00:01:00.000001"], ["00:00:49.999999", "00:00:50"], []]
    n = 0
    for i, step in enumerate(steps):
        rows = []
        for at in step:
            n += 1
            rows.append({"ts": f"2024-01-01T{at}Z", "id": n})
        t.drop(f"f{i}.json", rows)
        t.step(q)
    q.stop()
