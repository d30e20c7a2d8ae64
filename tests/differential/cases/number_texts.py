"""JSON numbers and nested values read as text: by the reader, from_json, get_json_object, json_tuple."""
from pyspark.sql import functions as F

VALUES = ['1e2', '1.50', '0.10', '100000000000000000000.5', '1E400', '-0.0', '12345678901234567890', '1.0', '1E-7', '123456789.123456789',
          '{"a": 1.50, "b" : [1e2, "x\\u00e9\\n"]}', '[ 1, 2.50 ]', 'true', 'null', '"s\\"q"', '0.1e1', '1234567.0', '12345678.0', '-5', '1e22']


def run(spark, t):
    t.drop("a.json", ['{"n": %d, "v": %s}' % (i, v) for i, v in enumerate(VALUES)])
    raw = spark.readStream.text(t.input)
    n = F.get_json_object("value", "$.n").alias("n")
    t.once("reader", lambda: spark.readStream.schema("n INT, v STRING").json(t.input))
    t.once("from_json", lambda: raw.select(F.from_json("value", "n INT, v STRING").alias("j")).select("j.*"))
    t.once("map", lambda: raw.select(n, F.from_json("value", "MAP<STRING, STRING>").alias("m")).select("n", "m.v"))
    t.once("get_json_object", lambda: raw.select(n, F.get_json_object("value", "$.v")))
    t.once("nested path", lambda: raw.select(n, F.get_json_object("value", "$.v.a"), F.get_json_object("value", "$.v.b"), F.get_json_object("value", "$.v[1]")))
    t.once("json_tuple", lambda: raw.select(F.json_tuple("value", "n", "v", "nope")))
    t.once("json_tuple names", lambda: raw.select(F.json_tuple("value", "n", "v").alias("num", "val")).where("val IS NOT NULL"))
    t.once("json_tuple sql", lambda: (raw.createOrReplaceTempView("raw"), spark.sql("SELECT a, b FROM raw LATERAL VIEW json_tuple(value, 'n', 'v') j AS a, b WHERE a > 9"))[1])
    t.once("decimals", lambda: spark.readStream.schema("n INT, v DECIMAL(20,3)").json(t.input))
    t.once("doubles", lambda: spark.readStream.schema("n INT, v DOUBLE").json(t.input))
    t.once("longs", lambda: spark.readStream.schema("n INT, v BIGINT").json(t.input))
    t.once("floats", lambda: spark.readStream.schema("n INT, v FLOAT").json(t.input))
    t.once("sum of texts", lambda: spark.readStream.schema("n INT, v STRING").json(t.input).where("n IN (0, 1, 2, 7)").agg(F.sum("v"), F.max("v")), "complete")
