"""withColumn(s), renames, drop, alias, toDF, na functions and Column methods on a stream."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"id": 1, "name": "Ann", "amt": 10.5, "tag": "x,y"},
                      {"id": 2, "name": None, "amt": None, "tag": ""},
                      {"id": 3, "name": "bob", "amt": -1, "tag": "z"}])
    df = spark.readStream.schema("id INT, name STRING, amt DOUBLE, tag STRING").json(t.input)
    tries = {
        "withColumn": lambda: df.withColumn("id2", df.id * 2).withColumn("name", F.upper(df["name"])),
        "withColumns": lambda: df.withColumns({"a": F.lit(1), "b": F.col("amt") + 1}),
        "renamed": lambda: df.withColumnRenamed("id", "key").withColumnRenamed("nope", "x"),
        "renames": lambda: df.withColumnsRenamed({"id": "i", "amt": "a"}),
        "drop": lambda: df.drop("tag", "nope"),
        "drop column": lambda: df.drop(df.tag).drop(F.col("amt")),
        "toDF": lambda: df.toDF("a", "b", "c", "d"),
        "alias": lambda: df.alias("t").select("t.id", F.col("t.name").alias("n")),
        "star": lambda: df.select("*", F.lit("c").alias("c")),
        "alias star": lambda: df.alias("t").select("t.*"),
        "select list": lambda: df.select([F.col(c).alias(c + "_") for c in df.columns]),
        "fillna": lambda: df.fillna({"name": "?", "amt": 0.0}),
        "fillna value": lambda: df.na.fill("none"),
        "dropna": lambda: df.dropna(),
        "dropna subset": lambda: df.na.drop(subset=["amt"]),
        "filter chain": lambda: df.filter(df.id > 1).filter(F.col("name").isNotNull()),
        "filter and": lambda: df.filter((F.col("id") > 1) & ~F.col("name").isNull() | (df.amt > 10)),
        "isin": lambda: df.filter(df.id.isin(1, 3)).filter(~df.name.isin(["bob"])),
        "between": lambda: df.select(df.id.between(1, 2), df.amt.eqNullSafe(None)),
        "text": lambda: df.select(df.name.like("A%"), df.name.rlike("o.$"), df.name.startswith("A"),
                                  df.name.endswith("b"), df.name.contains("n"), df.name.substr(1, 2),
                                  df.name.ilike("BO%")),
        "when": lambda: df.select(F.when(df.id == 1, "one").when(df.id == 2, "two").otherwise("many"),
                                  F.when(df.amt > 0, df.amt).alias("pos")),
        "arith": lambda: df.select(df.id + 1, 1 - df.id, df.id / 2, df.id % 2, -df.amt, df.id ** 2,
                                   df.id.cast("string").alias("s"), df.amt.cast("int").alias("i")),
        "functions": lambda: df.select(F.round("amt", 0), F.length("name"), F.split("tag", ","),
                                       F.concat_ws("-", "name", "tag"), F.coalesce("name", F.lit("-")),
                                       F.trim("name"), F.lower("name"), F.greatest("id", "amt"),
                                       F.regexp_replace("tag", "[xy]", "_"), F.lpad("name", 5, "*")),
        "transform": lambda: df.transform(lambda d: d.select("id")),
        "selectExpr many": lambda: df.selectExpr("id AS a", "amt + id AS b").where("b > 1"),
        "explode": lambda: df.select("id", F.explode(F.split("tag", ",")).alias("part")),
        "limit": lambda: df.limit(2).select("id"),
        "bad name": lambda: df.withColumn("x", F.col("nope")),
        "bad attr": lambda: df.select(df.nope),
    }
    for label, make in tries.items():
        t.once(label, make)
