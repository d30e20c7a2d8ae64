"""Small and rare types from JSON and CSV: byte, short, float, binary, varchar, dates, intervals."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", ['{"y":1,"h":300,"f":1.1,"x":"AQI=","c":"abc","e":"2024-01-01","n":"2024-01-01T01:02:03.5","m":12.345}',
                      '{"y":200,"h":70000,"f":1e40,"x":"!!","c":"abcdefgh","e":"0001-01-01","n":"nonsense","m":1e20}',
                      '{"y":-128,"h":-32768,"f":"NaN","x":null,"c":null,"e":"9999-12-31","n":null,"m":-0.005}', '{"y":1.0,"e":"2024-02-30"}'])
    ddl = "y BYTE, h SHORT, f FLOAT, x BINARY, c STRING, e DATE, n TIMESTAMP_NTZ, m DECIMAL(10,2)"
    df = spark.readStream.schema(ddl).json(t.input)
    t.printed("schema", df.printSchema)
    t.record("dtypes", [list(x) for x in df.dtypes])
    t.once("rows", lambda: df)
    t.once("aggregates", lambda: df.groupBy().agg(F.sum("y"), F.sum("h"), F.sum("f"), F.max("x"), F.max("c"), F.min("e"), F.max("n"),
                                                  F.avg("m"), F.avg("y"), F.sum("m"), F.avg("f")), "complete")
    t.once("arithmetic", lambda: df.filter("y = 1").select(F.col("y") + F.col("y"), F.col("h") * 2, F.col("f") + 1, F.col("m") / 3, F.col("m") * F.col("m"),
                                                           F.date_add("e", 1), F.datediff("e", F.lit("2023-12-31")), F.col("n").cast("string")))
    t.once("group", lambda: df.groupBy("y", "e").count(), "complete")
    t.once("group binary", lambda: df.groupBy("x", "f").count(), "complete")
    csv = t.dir("csv")
    t.drop("a.csv", ["1,300,1.1,AQI=,abc,2024-01-01,2024-01-01T01:02:03.5,12.345", "200,70000,1e40,!!,abcdefgh,0001-01-01,x,1e20",
                     "-128,-32768,NaN,,,9999-12-31,,-0.005", "+5,007,.5,x,y,2024-1-2,2024-01-01 1:2:3,1.", "1.0,1 ,inf,,,20240101,2024,"], into=csv)
    t.once("csv", lambda: spark.readStream.schema(ddl).csv(csv))
    t.fails("varchar", lambda: spark.readStream.schema("c VARCHAR(5)").json(t.input).schema)
    t.once("decimal default", lambda: spark.readStream.schema("m DECIMAL").json(t.input))
    t.once("long names", lambda: spark.readStream.schema("y TINYINT, h SMALLINT, f REAL, m NUMERIC(5,1)").json(t.input).filter("y > 0"))
    t.once("comments", lambda: spark.readStream.schema("y INT COMMENT 'a number' NOT NULL, `c` STRING").json(t.input).select("c"))
