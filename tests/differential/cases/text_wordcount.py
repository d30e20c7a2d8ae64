"""Spark's own quick example: words counted, with and without event time, in every output mode."""
from pyspark.sql import functions as F
from pyspark.sql.functions import col, explode, split


def run(spark, t):
    lines = spark.readStream.format("text").load(t.input)
    words = lines.select(explode(split(lines.value, " ")).alias("word"))
    counts = words.groupBy("word").count()
    t.drop("1.txt", ["apache spark", "apache hadoop", "  two  blanks", "", "tab\there", "größe größe"])
    q = t.memory(counts, "complete", "wc", "ck1")
    t.step(q, "first")
    t.drop("2.txt", ["apache flink"])
    t.step(q, "second")
    t.attempt("sql", lambda: spark.sql("SELECT word, count FROM wc WHERE count > 1 ORDER BY count DESC, word"))
    t.printed("show", lambda: spark.table("wc").orderBy(col("count").desc(), "word").show(4))
    q.stop()
    q = t.memory(counts, "update", "wcu", "ck2", trigger={"once": True})
    t.finish(q, "once")
    t.once("lower", lambda: lines.select(explode(split(F.lower(F.regexp_replace("value", r"[^\w\s]", "")), r"\s+")).alias("w")).where("w <> ''").groupBy("w").count().where(col("count") > 1), "complete")
    t.once("length", lambda: words.withColumn("len", F.length("word")).groupBy("len").agg(F.collect_set("word").alias("ws"), F.count("*")).select("len", F.sort_array("ws")), "complete")
    t.once("flatten", lambda: lines.select(F.explode(F.transform(split("value", ""), lambda c: F.upper(c))).alias("c")).groupBy("c").count().orderBy("c"), "complete")
    t.once("lateral", lambda: (lines.createOrReplaceTempView("lines"), spark.sql("SELECT w, count(*) AS n FROM lines LATERAL VIEW explode(split(value, ' ')) x AS w GROUP BY w HAVING n > 1"))[1], "complete")
    t.once("lateral outer", lambda: spark.sql("SELECT i, w FROM lines LATERAL VIEW OUTER posexplode(split(value, ' ')) AS i, w WHERE i = 0"))
    t.once("append", lambda: counts)
    t.once("first words", lambda: lines.select(split("value", " ")[0].alias("w0"), split("value", " ").getItem(1), F.size(split("value", " "))))
    t.once("safe words", lambda: lines.select(F.get(split("value", " "), F.lit(1)), F.try_element_at(split("value", " "), F.lit(9)), F.split_part("value", F.lit(" "), F.lit(1))))
    t.once("includeTimestamp", lambda: spark.readStream.format("text").option("includeTimestamp", True).load(t.input).limit(1))
    t.once("lineSep", lambda: spark.readStream.option("lineSep", " ").text(t.input))
    t.once("wholetext", lambda: spark.readStream.text(t.input, wholetext=True).select(F.length("value")))
    t.once("pathGlob", lambda: spark.readStream.text(t.input, pathGlobFilter="2*"))
    t.once("count all", lambda: lines.groupBy().count(), "complete")
    t.once("agg all", lambda: lines.agg(F.count("*"), F.max(F.length("value"))), "update")
