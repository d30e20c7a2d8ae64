"""createDataFrame from rows, tuples, dicts, pandas, with and without a schema; used as static."""
import datetime
import decimal

import pandas as pd
from pyspark.sql import Row
from pyspark.sql import functions as F
from pyspark.sql.types import IntegerType, StringType, StructField, StructType


def run(spark, t):
    day, at = datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5, 6)
    frames = {
        "tuples": lambda: spark.createDataFrame([(1, "a"), (2, None)], ["id", "name"]),
        "ddl": lambda: spark.createDataFrame([(1, "a", 1.5)], "id INT, name STRING, x DOUBLE"),
        "rows": lambda: spark.createDataFrame([Row(a=1, b="x"), Row(a=2, b="y")]),
        "dicts": lambda: spark.createDataFrame([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
        "schema": lambda: spark.createDataFrame([(1, "x")], StructType([
            StructField("i", IntegerType(), False), StructField("s", StringType())])),
        "types": lambda: spark.createDataFrame([(True, 1, 2.5, "s", decimal.Decimal("1.25"), day, at, b"\x01", [1, 2],
                                                 {"k": 1}, (1, "t"))],
                                               "b BOOLEAN, i INT, d DOUBLE, s STRING, m DECIMAL(8,2), dt DATE, ts TIMESTAMP, "
                                               "x BINARY, a ARRAY<INT>, mp MAP<STRING, INT>, st STRUCT<p: INT, q: STRING>"),
        "inferred": lambda: spark.createDataFrame([(True, 1, 2.5, "s", decimal.Decimal("1.25"), day, at, [1], {"k": "v"})]),
        "pandas": lambda: spark.createDataFrame(pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, None],
                                                              "d": pd.to_datetime(["2024-01-01", None])})),
        "pandas schema": lambda: spark.createDataFrame(pd.DataFrame({"a": [1, 2]}), "a LONG"),
        "empty": lambda: spark.createDataFrame([], "a INT, b STRING"),
        "single": lambda: spark.createDataFrame([1, 2, 3], "int"),
        "range": lambda: spark.range(5).withColumn("sq", F.col("id") * F.col("id")),
    }
    for label, make in frames.items():
        t.attempt(label, make)
        t.attempt(label + " dtypes", lambda m=make: [list(x) for x in m().dtypes])
    people = frames["tuples"]()
    t.attempt("count", people.count)
    t.attempt("first", lambda: list(people.orderBy("id").first()))
    t.attempt("take", lambda: [list(r) for r in people.orderBy("id").take(1)])
    t.attempt("head none", lambda: people.filter("id > 9").head())
    t.attempt("isEmpty", lambda: [people.isEmpty(), people.filter("id > 9").isEmpty()])
    t.attempt("asDict", lambda: people.filter("id = 1").first().asDict())
    t.attempt("group", lambda: people.groupBy("name").count())
    t.attempt("distinct", lambda: people.union(people).distinct())
    t.attempt("dropDuplicates", lambda: people.union(people).dropDuplicates(["id"]).select("id"))
    t.attempt("unionByName", lambda: people.unionByName(people.select("name", "id")))
    t.attempt("limit", lambda: people.orderBy("id").limit(1))
    t.attempt("tail", lambda: [list(r) for r in people.orderBy("id").tail(1)])
    t.attempt("sample columns", lambda: people.select(F.lit(None).alias("n"), F.lit("x")))
    t.attempt("toPandas", lambda: people.orderBy("id").toPandas().to_dict("list"))
    t.attempt("iterator", lambda: sorted(r.id for r in people.toLocalIterator()))
    people.createOrReplaceTempView("people")
    t.attempt("sql", lambda: spark.sql("SELECT name, id FROM people WHERE name IS NOT NULL"))
    t.attempt("view count", lambda: spark.table("people").count())
    t.printed("show", lambda: people.orderBy("id").show())
    t.printed("repr", lambda: print(people))
