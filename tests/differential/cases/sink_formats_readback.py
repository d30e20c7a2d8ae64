"""File sink as JSON, CSV and text: exact lines, and read back with spark.read."""
from pyspark.sql import functions as F

SCHEMA = "i INT, d DOUBLE, m DECIMAL(10,2), s STRING, b BOOLEAN, dt DATE, ts TIMESTAMP, f FLOAT, l LONG"


def run(spark, t):
    t.drop("a.json", [
        {"i": 1, "d": 1.5, "m": 2.50, "s": "plain", "b": True, "dt": "2024-02-29",
         "ts": "2024-01-01T00:00:00Z", "f": 0.1, "l": 1},
        {"i": -1, "d": 1e21, "m": 0, "s": "comma, \"quote\" é\n\ttab\\", "b": False,
         "dt": "0001-01-01", "ts": "2024-01-01T01:02:03.456789Z", "f": 1e-5, "l": -9},
        {"i": None, "d": 1e-4, "s": "", "ts": "1969-12-31T23:59:59.999999Z", "f": 1e10},
        {"d": 100.0, "s": " padded "}, {"s": None}, {"s": "back\\slash", "d": 12345678.9},
        {"s": "#hash", "d": 9007199254740993.0}, {"s": "/slash\u2028\u0001", "d": -0.0},
    ])
    df = spark.readStream.schema(SCHEMA).json(t.input)
    for fmt, options in (("json", {}), ("csv", {}), ("csv", {"header": "true", "sep": "|"}),
                         ("json", {"ignoreNullFields": "false",
                                   "timestampFormat": "yyyy-MM-dd HH:mm"})):
        name = fmt + str(len(options))
        q = t.files(df, fmt, name, "ck_" + name, trigger={"availableNow": True}, **options)
        t.finish(q, name)
        t.record(name + ": lines", t.read_output(name))
    t.rows("json back", spark.read.schema(SCHEMA).json(t.path("json0")))
    t.rows("csv back", spark.read.schema(SCHEMA).option("header", "true").option("sep", "|")
           .csv(t.path("csv2")))
    text = df.select(F.concat_ws("/", F.col("i").cast("string"), "s").alias("value"))
    t.finish(t.files(text.filter("i is not null"), "text", "text", "ck_t",
                     trigger={"availableNow": True}), "text")
    t.record("text: lines", t.read_output("text"))
    t.rows("text back", spark.read.text(t.path("text")).filter("value <> ''"))
    t.rows("filtered", spark.read.schema(SCHEMA).json(t.path("json0")).filter("d > 1")
           .select("d", "s"))
