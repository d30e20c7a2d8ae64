"""Devices' readings: nested JSON, arrays exploded, several aggregates, alarms filtered after them."""
from pyspark.sql import functions as F
from pyspark.sql.types import (ArrayType, BooleanType, DoubleType, IntegerType, LongType, MapType, StringType, StructField,
                               StructType, TimestampType)

SCHEMA = StructType([
    StructField("device", StructType([StructField("id", StringType(), True), StructField("loc", StructType([
        StructField("lat", DoubleType()), StructField("lon", DoubleType())]))])),
    StructField("at", TimestampType(), True), StructField("readings", ArrayType(StructType([
        StructField("kind", StringType()), StructField("value", DoubleType())]))),
    StructField("labels", MapType(StringType(), StringType())), StructField("ok", BooleanType()),
    StructField("seq", LongType(), False), StructField("fw", IntegerType())])


def rec(dev, sec, temp, hum=None, **more):
    readings = [{"kind": "temp", "value": temp}] + ([{"kind": "hum", "value": hum}] if hum is not None else [])
    return {"device": {"id": dev, "loc": {"lat": 52.5, "lon": 13.4}}, "at": f"2024-05-01T10:{sec // 60:02d}:{sec % 60:02d}.250Z",
            "readings": readings, "labels": {"room": "r" + dev, "floor": "1"}, "ok": True, "seq": sec, **more}


def run(spark, t):
    t.drop("1.json", [rec("a", 1, 20.5, 40), rec("b", 5, 30.0), rec("a", 61, 21.5, 42.5, fw=3), {"device": None, "seq": 9},
                      {"device": {"id": "c"}, "at": "2024-05-01T10:00:30Z", "readings": [], "labels": {}, "seq": 4}])
    df = spark.readStream.schema(SCHEMA).json(t.input)
    t.printed("schema", df.printSchema)
    t.record("dtypes", [list(x) for x in df.dtypes])
    flat = df.select("device.id", "device.loc.lat", "at", F.explode("readings").alias("r"), "labels").select(
        "id", "lat", "at", "r.*", F.col("labels")["room"].alias("room"), F.col("labels").getItem("floor"))
    t.once("flat", lambda: flat)
    t.once("outer", lambda: df.select(F.col("device.id"), F.explode_outer("readings")))
    t.once("map", lambda: df.select("seq", F.explode("labels")))
    t.once("inline", lambda: df.selectExpr("seq", "inline(readings)"))
    t.once("inline_outer", lambda: df.selectExpr("seq", "inline_outer(readings) AS (what, num)"))
    t.once("posexplode", lambda: df.select("seq", F.posexplode("readings").alias("i", "x")))
    t.once("all of device", lambda: df.select("device.*", "seq"))
    stats = flat.withWatermark("at", "10 seconds").groupBy(F.window("at", "1 minute", "30 seconds"), "id", "kind").agg(
        F.min("value").alias("lo"), F.max("value").alias("hi"), F.avg("value").alias("mean"), F.stddev("value").alias("sd"),
        F.count(F.lit(1)).alias("n"), F.last("value").alias("latest"))
    t.once("stats", lambda: stats)
    t.once("alarms", lambda: stats.where((F.col("hi") > 25) | (F.col("n") > 1)).select("window.*", "id", "hi"), "update")
    t.once("pretty", lambda: stats.select(F.date_format("window.start", "HH:mm").alias("from"), F.format_number("mean", 2).alias("m"),
                                          F.concat_ws("/", "id", "kind").alias("key"), F.to_json(F.struct("window", "n")).alias("js")))
    t.once("array functions", lambda: df.select("seq", F.expr("transform(readings, r -> r.value * 2)"), F.expr(
        "filter(readings, r -> r.kind = 'temp')[0].value"), F.expr("aggregate(readings, 0D, (a, r) -> a + r.value)"),
        F.array_max(F.col("readings.value")), F.col("readings.kind")))
    t.once("bad index", lambda: df.select(F.col("readings")[1]))
    t.once("bad key", lambda: df.select(F.element_at("labels", "nope")))
    t.once("no such field", lambda: df.select("device.nope"))
    q = t.files(flat, "json", "jsonout", "ckj", trigger={"availableNow": True})
    t.finish(q, "json")
    t.record("lines", t.read_output("jsonout"))
    q = t.files(df.select("device", "readings", "labels", "seq"), "json", "nested", "ckn", trigger={"availableNow": True})
    t.finish(q, "nested json")
    t.record("nested lines", t.read_output("nested"))
    t.once("nested csv", lambda: df)
    try:
        q = t.files(df.select("device", "seq"), "csv", "nestedcsv", "ckc", trigger={"availableNow": True})
        t.finish(q, "nested csv sink")
    except Exception as e:
        t.record("nested csv error", t.error(e))
