"""Schemas as DDL in many spellings, odd column names, comments, NOT NULL, nested types; types of computed columns."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"id": 1, "Name": "x", "a b": 2, "x.y": 3, "select": 4, "été": 5, "n": {"x": 1, "y": [1, 2]}, "dec": 12.345, "t": 5, "s": 6, "f": 1.5,
                       "bin": "YWI=", "ts": "2024-01-01", "ch": "ab", "vc": "abc"}])
    rd = lambda ddl: spark.readStream.schema(ddl).json(t.input)
    for ddl in ("id INT, Name STRING", "`a b` INT, `x.y` INT", "`select` INT", "select INT", "id INT NOT NULL COMMENT 'the id', Name STRING DEFAULT 'x'",
                "n STRUCT<x INT, y ARRAY<INT>>", "n STRUCT<x: INT NOT NULL COMMENT 'c', y: ARRAY<BIGINT>>", "n MAP<STRING, STRING>", "dec DECIMAL, id DECIMAL(5)", "dec DEC(6,2), id NUMERIC(3,1)",
                "t TINYINT, s SMALLINT, f FLOAT", "t BYTE, s SHORT, id LONG, f REAL", "id INTEGER, f DOUBLE PRECISION", "bin BINARY", "ts DATE, id BOOLEAN", "ts TIMESTAMP_NTZ", "ts TIMESTAMP_LTZ",
                "ch CHAR(5), vc VARCHAR(2)", "ch CHAR(5), vc VARCHAR(5)", "id INT,", "id INT Name STRING", "", 
                "dec DECIMAL(5,6)", "x NOSUCH", "n STRUCT<>", "n ARRAY<STRUCT<x: INT>>", "id VOID", "id INT -- c", "id /* c */ INT"):
        t.once(ddl or "(empty)", lambda d=ddl: rd(d))
        t.attempt((ddl or "(empty)") + " schema", lambda d=ddl: rd(d).schema.simpleString())
    df = rd("id INT, Name STRING, `a b` INT, `x.y` INT, n STRUCT<x: INT, y: ARRAY<INT>>, dec DECIMAL(8,3), f FLOAT")
    t.printed("print", df.printSchema)
    for label, make in {
        "dot": lambda: df.select("`x.y`"), "dot unquoted": lambda: df.select("x.y"), "blank": lambda: df.select("a b"), "blank quoted": lambda: df.select("`a b`"),
        "item": lambda: df.select(df["x.y"]), "item quoted": lambda: df.select(df["`x.y`"]), "struct": lambda: df.select("n.x", df.n.y, df["n"]["x"], F.col("n").getField("y")[0]),
        "case": lambda: df.select("NAME", "ID", "N.X"), "float": lambda: df.select(df.f + 1, df.f * df.dec, df.f.cast("decimal(5,2)").alias("c"), F.round("f")),
        "dec": lambda: df.select(df.dec + 1, df.dec * df.dec, df.dec / 3, df.dec % 2, -df.dec, F.sum("dec")), "dec math": lambda: df.select(df.dec + 1, df.dec * df.dec, df.dec / 3, df.dec % 2, -df.dec, df.dec > 12, df.dec.cast("int").alias("i"), F.lit(1.5) * df.dec),
        "withField": lambda: df.select(df.n.withField("z", F.lit(1)).alias("n"), df.n.dropFields("y").alias("m")),
        "struct compare": lambda: df.select(df.n == df.n, df.n.isNull(), df.n.x.isNotNull()), "struct cast": lambda: df.select(df.n.cast("string").alias("s"), df.n.cast("struct<a:string,b:array<string>>").alias("r")),
        "many drop": lambda: df.drop("n", "dec").drop("id", "zz"), "drop dotted": lambda: df.drop("x.y").select(F.col("*")), "rename dotted": lambda: df.withColumnRenamed("x.y", "xy").select("xy"),
        "self alias": lambda: df.alias("t").select("t.n.x", F.col("t.`x.y`")), "ambiguous": lambda: df.select("id", F.col("Name").alias("id")).select("id"),
        "except": lambda: df.selectExpr("* EXCEPT (n, dec)"), "expr alias": lambda: df.selectExpr("id as `my id`", "id + 1", "n.y[0]", "upper(Name) up").select("`my id`", "up"),
        "count star": lambda: df.selectExpr("count(*)"), "literal types": lambda: df.select(F.lit(1), F.lit(1 << 40), F.lit(1.5), F.lit("s"), F.lit(True), F.lit(None), F.lit([1, 2]), F.lit(__import__("datetime").date(2024, 1, 1)), F.lit(__import__("decimal").Decimal("1.20"))),
    }.items():
        t.once(label, make, "complete" if label == "count star" else "append")
        t.attempt(label + " types", lambda m=make: [list(x) for x in m().dtypes])
