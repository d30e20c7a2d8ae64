"""CSV as people have it: header, other separators, nullValue, timestampFormat, odd rows."""
from pyspark.sql import functions as F


def run(spark, t):
    schema = "id INT, name STRING, at TIMESTAMP, amount DOUBLE, ok BOOLEAN"
    t.drop("a.csv", ["id|name|at|amount|ok", "1|ann|01-02-2024 10:00:00|1.5|true",
                     "2|\"b|ob\"|01-02-2024 10:00:30|NULL|false", "|NULL|||", "4|dan|01-02-2024 10:01:00|-3e2|TRUE",
                     "", "5|eve|2024-02-01|1,5|yes"])
    df = (spark.readStream.schema(schema).option("header", "true").option("sep", "|")
          .option("nullValue", "NULL").option("timestampFormat", "dd-MM-yyyy HH:mm:ss").csv(t.input))
    t.once("rows", lambda: df)
    t.once("windows", lambda: df.withWatermark("at", "10 seconds").groupBy(F.window("at", "1 minute"))
           .agg(F.count("*").alias("n"), F.sum("amount")), "append")
    tabs = t.dir("tabs")
    t.drop("t.csv", ["id\tname\tat\tamount\tok", "1\tx\t2024-01-01T00:00:00Z\t2\ttrue",
                     "2\ty\t2024-01-01 00:00:00.5\tNaN\tfalse", "3\tz\t2024-01-01\tInf\tfalse"], into=tabs)
    t.once("tab", lambda: spark.readStream.schema(schema).csv(tabs, sep="\t", header=True))
    t.once("delimiter", lambda: spark.readStream.format("csv").schema(schema).option("delimiter", "\\t")
           .option("header", True).option("nanValue", "NaN").option("positiveInf", "Inf").load(tabs))
    t.once("header differs", lambda: spark.readStream.schema("ID INT, other STRING, at TIMESTAMP, amount DOUBLE, ok BOOLEAN")
           .option("header", True).option("sep", "\t").csv(tabs))
    t.once("no enforce", lambda: spark.readStream.schema("ID INT, other STRING, at TIMESTAMP, amount DOUBLE, ok BOOLEAN")
           .option("header", True).option("sep", "\t").option("enforceSchema", False).csv(tabs))
    quoted = t.dir("quoted")
    t.drop("q.csv", ['1,"say ""hi""",2024-01-01', '2,"two\\"q",2024-01-02', '3,"a,b",', '4, x ,2024-01-04',
                     '5,"", 2024-01-05', "6,'s',06.01.2024"], into=quoted)
    base = spark.readStream.schema("i INT, s STRING, d DATE")
    t.once("quotes", lambda: base.csv(quoted))
    t.once("quotes doubled", lambda: spark.readStream.schema("i INT, s STRING, d DATE").option("escape", '"').csv(quoted))
    t.once("empty value", lambda: spark.readStream.schema("i INT, s STRING, d DATE").option("emptyValue", "EMPTY").csv(quoted))
    t.once("multi sep", lambda: spark.readStream.schema("i STRING, s STRING, d STRING").option("sep", ",\"").csv(quoted))
    t.once("count only", lambda: df.groupBy().count(), "complete")
    t.once("one column", lambda: df.select("name"))
    t.once("column swap", lambda: df.select("ok", "id"))
