"""Two streams of different schemas and formats side by side in one session, and their union."""
from pyspark.sql import functions as F


def run(spark, t):
    other = t.dir("other")
    clicks = spark.readStream.schema("at TIMESTAMP, user STRING, n INT").json(t.input)
    sales = spark.readStream.schema("who STRING, price DOUBLE").option("header", True).csv(other)
    a = t.memory(clicks.groupBy("user").agg(F.sum("n").alias("n")), "complete", "clicks", "ck1")
    b = t.memory(sales.filter("price > 1"), "append", "sales", "ck2")
    t.drop("a.json", [{"at": "2024-01-01T00:00:00Z", "user": "u", "n": 1},
                      {"at": "2024-01-01T00:00:01Z", "user": "v", "n": 2}])
    t.step(a)
    t.step(b)
    t.drop("s.csv", ["who,price", "u,1.5", "v,0.5"], into=other)
    t.step(b)
    t.drop("b.json", [{"user": "u", "n": 10}])
    t.step(a)
    t.record("active", sorted(q.name for q in spark.streams.active))
    a.stop()
    t.drop("s2.csv", ["who,price", "w,9"], into=other)
    t.step(b)
    b.stop()
    t.rows("both", spark.sql("SELECT user AS k, n * 1.0D AS x FROM clicks "
                             "UNION ALL SELECT who, price FROM sales"))
    both = (clicks.select(F.col("user").alias("k"), F.col("n").cast("double").alias("x"))
            .union(sales.select("who", "price")))
    t.once("union", lambda: both)
    t.once("union counted", lambda: both.groupBy("k").agg(F.count("*").alias("c"), F.sum("x")),
           "complete")
