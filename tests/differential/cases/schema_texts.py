"""printSchema, schema JSON, columns, dtypes, isStreaming of streaming and batch frames."""
from pyspark.sql import functions as F
from pyspark.sql.types import (DecimalType, IntegerType, StringType, StructField, StructType,
                               TimestampType)


def run(spark, t):
    schema = StructType([StructField("id", IntegerType(), False), StructField("name", StringType()),
                         StructField("amount", DecimalType(12, 3)),
                         StructField("ts", TimestampType(), False)])
    df = spark.readStream.schema(schema).json(t.input)
    agg = (df.withWatermark("ts", "1 minute")
           .groupBy(F.window("ts", "1 minute", "30 seconds"), F.col("name").alias("who"))
           .agg(F.count("*"), F.count("id").alias("n"), F.sum("id"), F.avg("amount"),
                F.sum("amount"), F.min("ts"), F.max("name"), F.avg("id").alias("mean")))
    computed = df.select(F.lit(1), F.lit(1.5), F.lit("x").alias("lit"), F.col("id") + 1,
                         F.col("id") / 2, F.col("amount") * 2, F.col("amount") + F.col("amount"),
                         F.length("name"), F.col("id") > 3, F.col("id").cast("long"),
                         F.expr("id % 2 = 0 AND name LIKE 'a%'"), F.to_date("ts"),
                         F.concat("name", F.lit("!")), F.year("ts"), F.coalesce("id", F.lit(0)),
                         F.when(F.col("id") > 1, "a").otherwise("b"), F.isnull("id"), -F.col("id"),
                         F.current_timestamp().alias("now"))
    for name, frame in (("source", df), ("aggregated", agg), ("computed", computed),
                        ("flat", agg.select("window.start", "window.end", "who", "n"))):
        t.printed(name, frame.printSchema)
        t.record(name + ": json", frame.schema.json())
        t.record(name + ": dtypes", [list(x) for x in frame.dtypes])
        t.record(name + ": streaming", frame.isStreaming)
    t.record("batch", spark.range(3).isStreaming)
