"""Complete mode with orderBy, limit, computed columns above the aggregate."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    counts = df.groupBy("k").agg(F.count("*").alias("n"), F.sum("v").alias("s"))
    frames = {
        "desc": counts.orderBy(F.desc("n"), "k"),
        "top": counts.orderBy(F.col("s").desc_nulls_last()).limit(2),
        "limit": counts.filter("n > 1").limit(10),
        "sort then select": counts.orderBy("k").select("k", (F.col("s") / F.col("n")).alias("mean")),
        "sort by two": counts.sort(F.col("n").asc(), F.col("k").desc()),
        "windows": df.groupBy(F.window("ts", "10 seconds").alias("w"), "k").count()
                     .orderBy("w.start", F.desc("count"), "k").select("w.start", "k", "count"),
    }
    queries = {name: t.memory(f, "complete", name.replace(" ", "_"), "ck_" + name.replace(" ", "_"))
               for name, f in frames.items()}
    data = [[{"ts": f"2024-01-01T00:00:{i:02d}Z", "k": "abcd"[(i * i) % 4], "v": i} for i in range(12)],
            [{"ts": "2024-01-01T00:00:05Z", "k": None, "v": 100}, {"ts": "2024-01-01T00:00:45Z", "k": "d"}]]
    for i, rows in enumerate(data):
        t.drop(f"f{i}.json", rows)
        for name, q in queries.items():
            t.step(q, name)
            t.rows(name + " in order", spark.table(q.name), ordered=True)
    for q in queries.values():
        q.stop()
