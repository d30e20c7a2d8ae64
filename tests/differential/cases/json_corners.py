"""JSON as it comes: types that do not fit, nesting, case of names, numbers, dates; what each column gets."""
from pyspark.sql import functions as F

LINES = ['{"i": 1, "s": "x", "d": 1.5, "b": true}', '{"i": "1", "s": 5, "d": "1.5", "b": "true"}', '{"i": 1.0, "s": true, "d": 1, "b": 1}', '{"i": 1.5, "s": null, "d": null, "b": null}', '{"I": 2, "S": "up"}', '{"i": 99999999999, "d": 1e400}', '{"i": -0, "d": -0.0, "s": ""}',
         '{}', '[]', '[{"i": 7}, {"i": 8}]', '{"i": 3, "i": 4}', '{"i": 5', '', '   ', 'null', '{"i": {"x": 1}, "s": {"x": 1}, "a": {"x": 1}, "o": [1]}', '{"a": [1, 2, "x"], "o": {"x": 1, "y": "z"}}', '{"a": [1, null, 3], "o": {"x": "bad", "y": "kept"}}', '{"a": 5, "o": 5}', '{"m": {"k": 1, "l": null}, "s": "\\u00e9\\ud83d\\ude00\\n"}',
         '{"t": "2024-01-01T00:00:00Z", "dt": "2024-01-01"}', '{"t": "2024-01-01 00:00:00.123456789", "dt": "2024-01-01T05:00:00Z"}', '{"t": 1704067200, "dt": 19723}', '{"t": "bad", "dt": "2024-13-01"}', '{"t": "2024-01-01", "dt": "24-1-1"}', '{"t": "2024-01-01T00:00:00+05:30", "dt": ""}', '{"n": "1.005", "i": 6}', '{"n": 1.005, "x": "AQID"}', '{"n": 123456789012, "x": "???"}', "{'i': 9}", '{i: 10}', '{"i": 011}', '{"i": NaN, "d": NaN}', '{"i": 12} // c', '\ufeff{"i": 13}', '{"i":14}{"i":15}', '{"s": "tab\there"}', '{"s": "a\\qb"}']
DDL = "i INT, s STRING, d DOUBLE, b BOOLEAN, a ARRAY<INT>, o STRUCT<x: INT, y: STRING>, m MAP<STRING, INT>, t TIMESTAMP, dt DATE, n DECIMAL(6,2), x BINARY"


def run(spark, t):
    t.drop("a.json", LINES)
    rd = lambda ddl=DDL, **o: spark.readStream.schema(ddl).options(**o).json(t.input)
    t.once("all", rd)
    t.once("corrupt", lambda: rd(DDL + ", _corrupt_record STRING").select("i", "s", "a", "o", "_corrupt_record"))
    t.once("corrupt only bad", lambda: rd("i INT, _corrupt_record STRING").where("_corrupt_record IS NOT NULL"))
    t.once("dropped", lambda: rd(mode="DROPMALFORMED").select("i", "s", "d"))
    t.once("dropped one column", lambda: rd(mode="DROPMALFORMED").select("s"))
    t.once("failfast", lambda: rd(mode="FAILFAST").select("i"))
    for label, o in {"single quotes off": {"allowSingleQuotes": False}, "unquoted": {"allowUnquotedFieldNames": True}, "zeros": {"allowNumericLeadingZeros": True}, "comments": {"allowComments": True}, "control": {"allowUnquotedControlChars": True}, "any escape": {"allowBackslashEscapingAnyCharacter": True},
                     "no nan": {"allowNonNumericNumbers": False}, "as text": {"primitivesAsString": True}, "decimal": {"prefersDecimal": True}, "date format": {"dateFormat": "yy-M-d"}, "time format": {"timestampFormat": "yyyy-MM-dd"}, "zone": {"timeZone": "Asia/Tokyo"}, "drop null": {"dropFieldIfAllNull": True}, "record name": {"columnNameOfCorruptRecord": "s"}}.items():
        t.once(label, lambda o=o: rd(**o).select("i", "s", "d", "t", "dt"))
    for ddl in ("i BIGINT", "i TINYINT", "i DOUBLE", "i STRING", "i DECIMAL(5,1)", "i BOOLEAN", "i TIMESTAMP", "i ARRAY<INT>", "i STRUCT<x: INT>", "i MAP<STRING, INT>", "a STRING", "o STRING", "o MAP<STRING, STRING>", "a ARRAY<STRING>", "o STRUCT<y: STRING>", "o STRUCT<X: INT>", "t STRING", "t TIMESTAMP_NTZ", "m STRUCT<k: INT>", "nope INT", "I INT", "d FLOAT", "n FLOAT", "d DECIMAL(38,10)"):
        t.once(ddl, lambda d=ddl: rd(d))
    t.once("count", lambda: rd().groupBy().count(), "complete")
    t.once("count of i", lambda: rd().agg(F.count("i"), F.sum("i")), "complete")
    t.once("filter", lambda: rd().where("i > 5").select("i"))
    t.once("nested filter", lambda: rd().where("o.x = 1").select("o.y"))
    spark.conf.set("spark.sql.caseSensitive", "true")
    t.once("case sensitive", lambda: rd("i INT, I INT, s STRING"))
    spark.conf.set("spark.sql.caseSensitive", "false")
    t.once("multi line", lambda: (t.drop("m.json", '{\n "i": 1,\n "a": [1,\n 2]\n}\n{"i": 2}\n'.encode(), into=t.dir("m")), spark.readStream.schema(DDL).option("multiLine", True).json(t.path("m")).select("i", "a"))[1])
