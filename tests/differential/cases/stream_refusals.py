"""What a stream does not take: distinct counts, actions, writes, odd modes and sinks."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"ts": "2024-01-01T00:00:01Z", "k": "a", "v": 1}, {"ts": "2024-01-01T00:00:02Z", "k": "a", "v": 1}])
    df = spark.readStream.schema("ts TIMESTAMP, k STRING, v INT").json(t.input)
    marked = df.withWatermark("ts", "1 second")
    t.once("countDistinct", lambda: df.groupBy("k").agg(F.countDistinct("v")), "complete")
    t.once("count distinct sql", lambda: df.groupBy("k").agg(F.expr("count(DISTINCT v)")), "complete")
    t.once("sum distinct", lambda: df.groupBy("k").agg(F.sum_distinct("v")), "complete")
    t.once("approx_count_distinct", lambda: df.groupBy("k").agg(F.approx_count_distinct("v")), "complete")
    t.once("agg on agg, complete", lambda: df.groupBy("k").count().groupBy("count").count(), "complete")
    t.once("sort, append", lambda: df.sort("v"))
    t.once("distinct, complete", lambda: df.distinct(), "complete")
    t.once("update of append", lambda: df.select("k"), "update")
    for label, call in {
        "collect": lambda: df.collect(), "count": lambda: df.count(), "show": lambda: df.show(),
        "toPandas": lambda: df.toPandas(), "first": lambda: df.first(), "take": lambda: df.take(1),
        "head": lambda: df.head(), "isEmpty": lambda: df.isEmpty(), "cache": lambda: df.cache().count(),
        "write": lambda: df.write.json(t.path("w")), "tail": lambda: df.tail(1),
        "write table": lambda: df.write.saveAsTable("tab"),
        "collect agg": lambda: marked.groupBy(F.window("ts", "1 second")).count().collect(),
        "toLocalIterator": lambda: list(df.toLocalIterator()),
        "foreach missing": lambda: df.writeStream.format("json").outputMode("append").start(),
        "no query name": lambda: df.writeStream.format("memory").outputMode("append").start(),
        "mode upper": lambda: t.memory(df, "APPEND", "upper", "cku").stop(),
        "mode overwrite": lambda: t.memory(df, "overwrite", "over", "cko"),
        "bad trigger": lambda: df.writeStream.trigger(processingTime=""),
        "bad trigger 2": lambda: df.writeStream.trigger(),
        "batch of stream": lambda: spark.read.schema("v INT").json(t.path("absent")).collect(),
        "read without path": lambda: spark.readStream.schema("v INT").format("json").load().schema,
        "read unknown format": lambda: spark.readStream.schema("v INT").format("nosuch").load(t.input).schema,
        "no schema csv": lambda: spark.readStream.csv(t.input).schema,
        "path is a file": lambda: spark.readStream.schema("v INT").json(t.input + "/a.json").schema,
    }.items():
        t.fails(label, call)
