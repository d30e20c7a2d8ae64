"""Which output modes are refused, with which error."""
from pyspark.sql.functions import col, window


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    marked = df.withWatermark("ts", "1 minute")
    counts = df.groupBy("k").count()
    t.fails("append, aggregation, no watermark", lambda: t.memory(counts, "append"))
    t.fails("append, watermark but not a key",
            lambda: t.memory(marked.groupBy("k").count(), "append"))
    t.fails("append, window over another expression",
            lambda: t.memory(marked.groupBy(window((col("ts") + col("ts").cast("string")
                                                    .cast("interval second")), "1 minute"))
                             .count(), "append"))
    t.fails("complete, no aggregation", lambda: t.memory(df, "complete"))
    t.fails("complete, no aggregation, filter", lambda: t.memory(df.filter("v > 0"), "complete"))
    t.fails("invalid mode", lambda: t.memory(df, "sometimes"))
    t.fails("sort, append", lambda: t.memory(df.orderBy("v"), "append"))
    t.fails("sort, update", lambda: t.memory(counts.orderBy("count"), "update"))
    t.fails("limit, update", lambda: t.memory(df.limit(3), "update"))
    t.fails("complete to files", lambda: counts.writeStream.format("json").outputMode("complete")
            .option("checkpointLocation", t.path("ck")).start(t.path("out")))
    t.fails("update to files", lambda: df.writeStream.format("json").outputMode("update")
            .option("checkpointLocation", t.path("ck")).start(t.path("out")))
    t.fails("distinct count", lambda: t.memory(
        df.selectExpr("v").groupBy().agg({"v": "count"}).distinct(), "append"))
    t.fails("count distinct", lambda: spark.sql("SELECT 1").count() and t.memory(
        df.groupBy("k").agg({"v": "approx_count_distinct"}), "append"))
    t.fails("two aggregations, update", lambda: t.memory(
        counts.groupBy("count").count(), "update"))
    t.fails("no checkpoint for files", lambda: df.writeStream.format("json")
            .start(t.path("out")))
