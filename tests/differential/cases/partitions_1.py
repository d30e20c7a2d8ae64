"""The same windowed query with 1 state partitions."""
from pyspark.sql.functions import col, window


def run(spark, t):
    spark.conf.set("spark.sql.shuffle.partitions", "1")
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    out = (df.withWatermark("ts", "5 seconds").groupBy(window(col("ts"), "10 seconds"), "k")
           .agg({"v": "sum"}))
    q = t.memory(out, "append")
    t.drop("a.json", [{"ts": f"2024-01-01T00:00:{i:02d}Z", "k": "abc"[i % 3], "v": i}
                      for i in range(40)])
    t.step(q)
    t.drop("b.json", [{"ts": "2024-01-01T00:00:10Z", "k": "a", "v": 100}])
    t.step(q)
    q.stop()
