"""Payloads as text: from_json with a StructType, DDL and options, get_json_object, json_tuple, schema_of_json."""
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, StringType, StructField, StructType, TimestampType


def run(spark, t):
    t.drop("a.txt", ['{"user":"u1","amount":10.5,"ts":"2024-01-01 00:00:01","items":[{"sku":"x","qty":2},{"sku":"y","qty":1}]}',
                     '{"user":"u2","amount":"7","ts":"2024-01-01T00:00:31Z","tags":{"a":1}}', "garbage {", "",
                     '{"user":"u1","amount":1e2,"ts":"2024-01-01 00:01:02.5"}'])
    raw = spark.readStream.text(t.input)
    schema = StructType([StructField("user", StringType()), StructField("amount", DoubleType()), StructField("ts", TimestampType())])
    parsed = raw.select(F.from_json(F.col("value"), schema).alias("data")).select("data.*")
    t.once("parsed", lambda: parsed)
    t.once("not null", lambda: parsed.na.drop("all"))
    t.once("windowed", lambda: parsed.where("user IS NOT NULL").withWatermark("ts", "0 seconds")
           .groupBy(F.window("ts", "30 seconds"), "user").agg(F.sum("amount").alias("total"), F.count("*").alias("n")))
    t.once("ddl", lambda: raw.select(F.from_json("value", "user STRING, items ARRAY<STRUCT<sku: STRING, qty: INT>>").alias("j"))
           .selectExpr("j.user", "explode(j.items) AS item").select("user", "item.sku", "item.qty"))
    t.once("corrupt", lambda: raw.select(F.from_json("value", "user STRING, bad STRING", {"columnNameOfCorruptRecord": "bad"}).alias("j")).select("j.*"))
    t.once("failfast", lambda: raw.select(F.from_json("value", "user STRING", {"mode": "FAILFAST"})))
    t.once("map", lambda: raw.select(F.from_json("value", "MAP<STRING, STRING>").alias("m")).select("m", F.map_keys("m")))
    t.once("paths", lambda: raw.select(F.get_json_object("value", "$.user"), F.get_json_object("value", "$.items[0].sku").alias("s"),
                                       F.get_json_object("value", "$.items[*].qty"), F.get_json_object("value", "$.tags")))
    t.once("tuple", lambda: raw.select("value", F.json_tuple("value", "user", "amount").alias("u", "a")).drop("value"))
    t.once("array length", lambda: raw.select(F.json_array_length(F.get_json_object("value", "$.items")), F.json_object_keys("value")))
    t.once("time format", lambda: raw.select(F.from_json("value", "ts TIMESTAMP", {"timestampFormat": "yyyy-MM-dd HH:mm:ss"}).alias("d")))
    t.once("schema_of_json", lambda: raw.select(F.from_json("value", F.schema_of_json('{"user":"u","amount":1.5}')).alias("j")).select("j.*"))
    t.once("sql", lambda: raw.selectExpr("from_json(value, 'user STRING, amount DECIMAL(10,2)') AS j").select("j.user", "j.amount"))
    t.once("to_json", lambda: parsed.select(F.to_json(F.struct("*")).alias("value")))
    t.once("to_json options", lambda: parsed.select(F.to_json(F.struct("ts", "user"), {"timestampFormat": "dd.MM.yyyy HH:mm", "ignoreNullFields": "false"})))
    t.once("binary", lambda: raw.select(F.col("value").cast("binary").cast("string"), F.encode("value", "UTF-8"), F.hex("value")).limit(1))
    t.once("key value", lambda: parsed.selectExpr("CAST(user AS STRING) AS key", "to_json(struct(*)) AS value"))
    t.once("base64", lambda: raw.select(F.base64("value"), F.unbase64(F.lit("YQ==")).cast("string")).limit(1))
