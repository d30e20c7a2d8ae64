"""Structs, arrays and maps in JSON: access, grouping by a field, explode, missing parts."""
from pyspark.sql import functions as F
from pyspark.sql.types import (ArrayType, DoubleType, IntegerType, MapType, StringType, StructField,
                               StructType, TimestampType)


def run(spark, t):
    schema = StructType([
        StructField("ts", TimestampType()),
        StructField("user", StructType([
            StructField("id", IntegerType()), StructField("name", StringType()),
            StructField("geo", StructType([StructField("lat", DoubleType()), StructField("lon", DoubleType())]))])),
        StructField("tags", ArrayType(StringType())),
        StructField("items", ArrayType(StructType([StructField("sku", StringType()), StructField("n", IntegerType())]))),
        StructField("attr", MapType(StringType(), IntegerType()))])
    t.drop("a.json", [
        {"ts": "2024-01-01T00:00:01Z", "user": {"id": 1, "name": "a", "geo": {"lat": 1.5, "lon": 2}},
         "tags": ["x", "y"], "items": [{"sku": "p", "n": 2}, {"sku": "q"}], "attr": {"h": 1, "w": 2}},
        {"ts": "2024-01-01T00:00:02Z", "user": {"id": 2}, "tags": [], "items": [], "attr": {}},
        {"ts": "2024-01-01T00:00:03Z", "user": None, "tags": None},
        {"ts": "2024-01-01T00:00:11Z", "user": {"id": 1, "geo": None, "extra": 5}, "tags": ["x", None],
         "items": [None, {"n": 3}], "attr": {"h": None}},
        {"ts": "2024-01-01T00:00:12Z", "user": "text", "tags": "text", "items": {"sku": "z"}, "attr": [1]}])
    df = spark.readStream.schema(schema).json(t.input)
    t.printed("schema", df.printSchema)
    t.once("all", lambda: df)
    t.once("dots", lambda: df.select("user.id", "user.geo.lat", F.col("user.name"), F.col("user")["id"].alias("i"),
                                     F.col("user").getField("geo").alias("g")))
    t.once("star of struct", lambda: df.select("ts", "user.*"))
    t.once("array items", lambda: df.select(F.col("tags")[0].alias("first"), F.size("tags"),
                                            F.array_contains("tags", "y"), F.col("items")[0]["n"].alias("n0")))
    t.once("out of range", lambda: df.filter("size(tags) = 2").select(F.col("tags")[5]))
    t.once("get", lambda: df.select(F.get("tags", F.lit(1)), F.try_element_at("tags", F.lit(1))))
    t.once("map", lambda: df.select(F.col("attr")["h"].alias("h"), F.col("attr").getItem("w").alias("w"),
                                    F.map_keys("attr")))
    t.once("explode", lambda: df.select("ts", F.explode("tags").alias("tag")))
    t.once("explode_outer", lambda: df.select("user.id", F.explode_outer("items").alias("it"))
           .select("id", "it.sku", "it.n"))
    t.once("window by field", lambda: df.withWatermark("ts", "1 second")
           .groupBy(F.window("ts", "10 seconds"), "user.id").agg(F.count("*"), F.max("user.geo.lat")), "append")
    t.once("group by struct", lambda: df.groupBy("user.geo").count(), "complete")
    t.once("count of tags", lambda: df.select(F.explode("tags").alias("tag")).groupBy("tag").count(), "complete")
    t.once("make", lambda: df.select(F.struct("ts", F.col("user.id").alias("u")).alias("s"),
                                     F.array(F.lit(1), F.col("user.id")).alias("a")))
