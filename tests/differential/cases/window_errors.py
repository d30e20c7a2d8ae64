"""Arguments that window() refuses."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("id INT, name STRING, ts TIMESTAMP").json(t.input)
    tries = {
        "zero": ("0 seconds",), "negative": ("-5 seconds",), "slide longer": ("5 seconds", "10 seconds"),
        "slide zero": ("5 seconds", "0 seconds"), "slide negative": ("5 seconds", "-1 seconds"),
        "start too big": ("10 seconds", "5 seconds", "5 seconds"),
        "start negative": ("10 seconds", "5 seconds", "-5 seconds"),
        "start fits": ("10 seconds", "5 seconds", "-4 seconds"),
        "month": ("1 month",), "year": ("1 year",), "text": ("five seconds",), "unit": ("5 secs",),
        "no unit": ("5",), "empty": ("",), "mixed": ("1 day 2 hours 30 minutes 0.5 seconds",),
        "interval word": ("interval 5 seconds",), "micros": ("1 microsecond",),
    }
    for label, args in tries.items():
        t.fails(label, lambda a=args: df.groupBy(F.window("ts", *a)).count().schema)
    t.fails("of int", lambda: df.groupBy(F.window("id", "5 seconds")).count().schema)
    t.fails("of string", lambda: df.groupBy(F.window("name", "5 seconds")).count().schema)
    t.fails("of date", lambda: df.groupBy(F.window(F.to_date("ts"), "5 days")).count().schema)
    t.fails("two windows", lambda: df.groupBy(F.window("ts", "5 seconds"),
                                              F.window("ts", "6 seconds")).count().schema)
    t.fails("same window twice", lambda: df.groupBy(F.window("ts", "5 seconds"),
                                                    F.window("ts", "5 seconds")).count().schema)
    t.fails("sql", lambda: df.selectExpr("window(ts, '5 seconds', '1 second')").schema)
    t.fails("sql bad", lambda: df.selectExpr("window(ts, name)").schema)
