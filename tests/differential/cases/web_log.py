"""An Apache access log as text: parsed by regular expressions, counted by status, host and minute."""
from pyspark.sql import functions as F

LINES = [
    '10.0.0.1 - - [01/Jan/2024:00:00:01 +0000] "GET /index.html HTTP/1.1" 200 1043',
    '10.0.0.2 - bob [01/Jan/2024:00:00:09 +0000] "POST /api/login HTTP/1.1" 401 -',
    '10.0.0.1 - - [01/Jan/2024:00:01:05 +0000] "GET /img/a.png?x=1&y=%20b HTTP/1.1" 304 0',
    '10.0.0.3 - - [01/Jan/2024:00:02:59 +0100] "GET /index.html HTTP/2.0" 500 87',
    'not a log line', '']


def run(spark, t):
    t.drop("access.log", LINES)
    raw = spark.readStream.format("text").load(t.input)
    host, stamp, req = r"^(\S+)", r"\[(.*?)\]", r'"(\w+) (\S+) (\S+)"'
    logs = raw.select(F.regexp_extract("value", host, 1).alias("host"),
                      F.regexp_extract("value", stamp, 1).alias("timestamp"),
                      F.regexp_extract("value", req, 1).alias("method"),
                      F.regexp_extract("value", req, 2).alias("endpoint"),
                      F.regexp_extract("value", r'" (\d{3}) ', 1).alias("status"),
                      F.regexp_extract("value", r"(\d+)$", 1).alias("bytes"))
    t.once("parsed", lambda: logs)
    good = (logs.filter("method != ''").withColumn("ts", F.to_timestamp("timestamp", "dd/MMM/yyyy:HH:mm:ss Z"))
            .withColumn("status", F.col("status").cast("int"))
            .withColumn("bytes", F.expr("try_cast(bytes AS BIGINT)")).drop("timestamp"))
    t.once("typed", lambda: good)
    t.once("status", lambda: good.groupBy("status").count().orderBy(F.desc("count"), "status"), "complete")
    t.once("top endpoints", lambda: good.groupBy("endpoint").agg(F.count("*").alias("hits"), F.sum("bytes").alias("bytes"))
           .orderBy(F.col("hits").desc(), F.col("endpoint")).limit(2), "complete")
    t.once("minutes", lambda: good.withWatermark("ts", "30 seconds").groupBy(F.window("ts", "1 minute"), "host").count()
           .select(F.col("window.start").alias("start"), "window.end", "host", "count"))
    t.once("paths", lambda: good.select(F.split("endpoint", r"\?")[0].alias("path"), F.parse_url(F.concat(F.lit("http://h"), "endpoint"), F.lit("QUERY")),
                                        F.parse_url(F.concat(F.lit("http://h"), "endpoint"), F.lit("QUERY"), F.lit("x")),
                                        F.substring_index("endpoint", "/", -1).alias("leaf"), F.url_decode(F.regexp_replace("endpoint", "^/", "")).alias("dec")))
    t.once("bad cast", lambda: logs.select(F.col("bytes").cast("int")))
    t.once("bad time", lambda: logs.select(F.to_timestamp("timestamp", "dd/MMM/yyyy:HH:mm:ss Z")))
    t.once("try time", lambda: logs.select(F.try_to_timestamp("timestamp", F.lit("dd/MMM/yyyy:HH:mm:ss Z"))))
