"""Lines of text split into columns: the log file of every tutorial."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.log", ["2024-01-01 00:00:01 INFO start id=7", "2024-01-01 00:00:02 WARN slow id=8 ms=250", "", "broken line",
                     "2024-01-01 00:00:12 ERROR fail id=7"])
    lines = spark.readStream.text(t.input)
    t.printed("schema", lines.printSchema)
    t.once("lines", lambda: lines)
    words = lines.select(F.explode(F.split(lines.value, " ")).alias("word"))
    t.once("word count", lambda: words.groupBy("word").count(), "complete")
    parsed = lines.select(F.regexp_extract("value", r"^(\S+ \S+)", 1).alias("t"), F.split("value", " ")[2].alias("level"),
                          F.regexp_extract("value", r"id=(\d+)", 1).alias("id"))
    t.once("parsed", lambda: parsed.filter("level IS NOT NULL"))
    t.once("levels", lambda: lines.filter("value LIKE '2024%'").selectExpr("cast(substr(value, 1, 19) AS timestamp) AS ts",
                                                                           "split(value, ' ')[2] AS level")
           .withWatermark("ts", "1 second").groupBy(F.window("ts", "10 seconds"), "level").count())
    t.once("format text", lambda: spark.readStream.format("text").load(t.input).withColumn("n", F.length("value")))
    t.finish(t.files(lines.filter("value <> ''"), "text", trigger={"availableNow": True}), "text sink")
    t.record("lines", t.read_output())
    t.once("with schema", lambda: spark.readStream.schema("line STRING").text(t.input))
    t.once("two columns", lambda: spark.readStream.schema("a STRING, b STRING").text(t.input))
