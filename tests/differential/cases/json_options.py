"""JSON reader options that change the parse."""

LINES = ['{"a":01,"s":"x"}', "{'a':1,'s':'y'}", '{a:2,s:"z"}', '{"a":3,/* c */"s":"w"}',
         '{"a":NaN}', '{"a":4,"s":5.50}', '{"a":6,"s":"bad\\qescape"}', '{"d":NaN}',
         '{"d":-Infinity}', '{"d":INF}']
SCHEMA = "a INT, s STRING, d DOUBLE, _corrupt_record STRING"


def run(spark, t):
    t.drop("a.json", LINES)
    for name, value in (("allowNumericLeadingZeros", "true"), ("allowSingleQuotes", "false"),
                        ("allowUnquotedFieldNames", "true"), ("allowComments", "true"),
                        ("allowNonNumericNumbers", "false"), ("primitivesAsString", "true"),
                        ("allowBackslashEscapingAnyCharacter", "true")):
        df = spark.readStream.schema(SCHEMA).option(name, value).json(t.input)
        q = t.memory(df, name=name, checkpoint="ck_" + name, trigger={"availableNow": True})
        t.finish(q, name)
    many = t.dir("many")
    t.drop("m.json", ['[{"a":1,', '"s":"l1"},', '{"a":2}]'], into=many)
    df = spark.readStream.schema(SCHEMA).option("multiLine", "true").json(many)
    t.finish(t.memory(df, name="multi", checkpoint="ck_m", trigger={"availableNow": True}), "multi")
