"""Input directories of the form key=value become columns."""
import os


def run(spark, t):
    for i, day in enumerate(("2024-01-01", "2024-01-02")):
        os.makedirs(os.path.join(t.input, f"day={day}", f"n={i}"))
        t.drop("a.json", [{"v": i}], into=os.path.join(t.input, f"day={day}", f"n={i}"))
    df = spark.readStream.schema("v INT, day DATE, n INT").json(t.input)
    t.printed("schema", df.printSchema)
    t.once("all", lambda: df)
    t.once("filtered", lambda: df.where("day = DATE '2024-01-02'"))
    t.once("not in the schema", lambda: spark.readStream.schema("v INT").json(t.input))
    t.once("counted", lambda: df.groupBy("day").count(), "complete")
    q = t.memory(df, name="more", checkpoint="ckm")
    t.step(q)
    os.makedirs(os.path.join(t.input, "day=2024-01-03", "n=__HIVE_DEFAULT_PARTITION__"))
    t.drop("b.json", [{"v": 9}], into=os.path.join(t.input, "day=2024-01-03", "n=__HIVE_DEFAULT_PARTITION__"))
    t.step(q, "a new directory")
    q.stop()
    t.attempt("batch", lambda: spark.read.json(t.input))
    t.attempt("batch types", lambda: [list(x) for x in spark.read.json(t.input).dtypes])
