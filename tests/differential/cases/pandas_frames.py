"""toPandas: kinds of columns and values."""


def run(spark, t):
    schema = "i INT, l LONG, d DOUBLE, s STRING, b BOOLEAN, ts TIMESTAMP, dt DATE, m DECIMAL(8,2)"
    df = spark.readStream.schema(schema).json(t.input)
    q = t.memory(df)
    t.drop("a.json", [{"i": 1, "l": 2, "d": 3.5, "s": "x", "b": True, "ts": "2024-01-01T00:00:00Z",
                       "dt": "2024-01-02", "m": 1.25},
                      {"i": 2, "l": 3, "d": 4.5, "s": "y", "b": False,
                       "ts": "2024-01-01T00:00:01.5Z", "dt": "1960-01-02", "m": 0}])
    t.step(q)
    frame = spark.table("out").orderBy("i").toPandas()
    kinds = {c: str(frame[c].dtype) for c in frame.columns if c not in ("s", "ts", "dt", "m")}
    t.record("kinds", kinds)
    t.record("time kind", frame["ts"].dtype.kind)
    t.record("values", [[str(v) for v in row] for row in frame.itertuples(index=False)])
    t.drop("b.json", [{"i": None, "s": None}])
    t.step(q)
    frame = spark.table("out").toPandas()
    t.record("nulls", {c: int(frame[c].isna().sum()) for c in frame.columns})
    t.record("shape", list(frame.shape))
    t.record("empty", [list(spark.table("out").filter("i > 9").toPandas().shape)])
    q.stop()
