"""JSON PERMISSIVE with and without _corrupt_record."""

LINES = ['{"a":1,"b":"x"}', '{"a":"no","b":"y"}', '{"a":2', 'garbage', '', '   ', 'null', '[]',
         '{}', '[{"a":3,"b":"p"},{"a":4}]', '{"a":5,"b":"z"} trailing', '{"a":3.0}', '{"a":"7"}',
         '{"a":99999999999}', '{"a":true}', '{"a":null,"b":null}', '{"A":5}', "{'a':6,'b':'s'}",
         '{"a":1,"a":2}', '"text"', '42']


def run(spark, t):
    t.drop("a.json", LINES)
    q = t.memory(spark.readStream.schema("a INT, b STRING, _corrupt_record STRING").json(t.input),
                 name="with_column", checkpoint="ck1")
    t.step(q, "with")
    q.stop()
    q = t.memory(spark.readStream.schema("a INT, b STRING").json(t.input),
                 name="without", checkpoint="ck2")
    t.step(q, "without")
    q.stop()
