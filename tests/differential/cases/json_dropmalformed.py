"""JSON DROPMALFORMED."""

LINES = ['{"a":1,"b":"x"}', '{"a":"no","b":"y"}', '{"a":2', 'garbage', '', '{}', '{"a":3.5}',
         '[{"a":3,"b":"p"},{"a":"q"}]', '{"b":"only"}']


def run(spark, t):
    t.drop("a.json", LINES)
    df = spark.readStream.schema("a INT, b STRING").option("mode", "DROPMALFORMED").json(t.input)
    q = t.memory(df)
    t.step(q)
    q.stop()
