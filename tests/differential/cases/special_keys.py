"""Null keys, NaN, -0.0 and 0.0, empty strings and blanks as keys over two batches."""


def run(spark, t):
    df = spark.readStream.schema("k STRING, d DOUBLE, f FLOAT").option(
        "allowNonNumericNumbers", "true").json(t.input)
    by_double = t.memory(df.groupBy("d").count(), "complete", "by_double", "ck1")
    t.drop("a.json", ['{"k":"","d":NaN,"f":-0.0}', '{"k":" ","d":-0.0,"f":0.0}', '{"d":0.0}',
                      '{"k":null,"d":NaN,"f":NaN}', '{"k":"NULL","d":null}',
                      '{"d":Infinity}', '{"d":-Infinity}'])
    t.step(by_double, "double 1")
    t.drop("b.json", ['{"k":"","d":0,"f":0.0}', '{"d":NaN}', '{"k":"é","d":-0.0}'])
    t.step(by_double, "double 2")
    by_double.stop()
    for name, keys in (("by_string", ["k"]), ("by_float", ["f"]), ("by_all", ["k", "d", "f"])):
        q = t.memory(df.groupBy(*keys).count(), "complete", name, "ck_" + name)
        t.step(q, name)
        q.stop()
