"""JSON values against wanted types: numbers, strings, nesting, unicode, escapes."""

SCHEMA = ("i INT, l LONG, d DOUBLE, s STRING, b BOOLEAN, m DECIMAL(8,3), dt DATE, ts TIMESTAMP, "
          "n STRUCT<x: INT, y: STRING>, arr ARRAY<INT>, mp MAP<STRING, INT>, _corrupt_record STRING")

LINES = [
    '{"i":3.0}', '{"i":1e2}', '{"i":-0}', '{"i":2147483648}', '{"i":"5"}',
    '{"l":9223372036854775807}', '{"l":9223372036854775808}', '{"l":1.5}',
    '{"d":1}', '{"d":1e400}', '{"d":"NaN"}', '{"d":"1.5"}', '{"d":-1.7976931348623157e308}',
    '{"s":1.50}', '{"s":{"k": [1,  2]}}', '{"s":true}', '{"s":[1, "a"]}', '{"s":null}',
    '{"s":"\\u00e9\\ud83d\\ude00\\n\\"\\\\\\/"}', '{"s":"é😀"}', '{"s":""}',
    '{"b":"true"}', '{"b":1}', '{"b":false}',
    '{"m":1.2345}', '{"m":"2.5"}', '{"m":99999.9995}', '{"m":123456}', '{"m":7}',
    '{"dt":"2024-02-30"}', '{"dt":"2024-2-3"}', '{"dt":"2024-02-29"}', '{"dt":19000}',
    '{"dt":"2024-02-29T01:02:03"}',
    '{"ts":"2024-01-01"}', '{"ts":"2024-01-01 01:02:03"}', '{"ts":"2024-01-01T01:02:03.5+02:00"}',
    '{"ts":1700000000}', '{"ts":1700000000.25}', '{"ts":"2024"}', '{"ts":"noon"}',
    '{"ts":"2024-01-01T00:00:00.1234567Z"}', '{"ts":"0001-01-01T00:00:00Z"}',
    '{"n":{"x":1,"y":"q"}}', '{"n":{"x":"bad","y":"q"}}', '{"n":[1]}', '{"n":null}', '{"n":{}}',
    '{"arr":[1,2,null]}', '{"arr":[1,"x"]}', '{"arr":5}', '{"arr":[]}',
    '{"mp":{"a":1,"b":null}}', '{"mp":{"a":"x"}}', '{"unknown":1}', '{"i":1,}', '{"i":01}',
    '{i:1}', '{"i":1}{"i":2}', '\ufeff{"i":9}', '{"i":+1}', '{"d":.5}', '{"s":"tab\there"}',
]


def run(spark, t):
    df = spark.readStream.schema(SCHEMA).json(t.input)
    q = t.memory(df, name="out")
    for i, line in enumerate(LINES):
        t.drop(f"{i:03d}.json", [line])
    q.stop()
    q = t.memory(df, name="all_lines", checkpoint="ck2", trigger={"availableNow": True})
    q.awaitTermination(120)
    got = spark.sql("SELECT * FROM all_lines").collect()
    t.record("count", len(got))
    q = t.memory(spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", "1").json(t.input)
                 .filter("true"), name="one_by_one", checkpoint="ck3",
                 trigger={"availableNow": True})
    q.awaitTermination(180)
    for line, row in zip(LINES, spark.table("one_by_one").collect()):
        t.record(line, tuple(row))
