"""CSV and JSON sinks with header, formats, quotes, nested values."""
import glob


def run(spark, t):
    df = spark.readStream.schema("i INT, s STRING, d DATE, ts TIMESTAMP, x DOUBLE").json(t.input)
    t.drop("a.json", [{"i": 1, "s": "plain", "d": "2024-01-02", "ts": "2024-01-02T03:04:05.678Z", "x": 1.5},
                      {"i": 2, "s": "a,b \"q\"", "x": -2e-9}, {"i": 3, "s": ""}, {"i": None, "s": None, "x": float("inf")}])
    tries = {
        "header": ("csv", {"header": True}), "formats": ("csv", {"dateFormat": "dd/MM/yyyy", "timestampFormat": "yyyy-MM-dd HH:mm:ss.SSS"}),
        "nulls": ("csv", {"nullValue": "NULL", "emptyValue": "EMPTY"}), "quote all": ("csv", {"quoteAll": True, "sep": ";"}),
        "escape": ("csv", {"quote": "'", "escape": "!"}),
        "json formats": ("json", {"dateFormat": "dd.MM.yy", "timestampFormat": "HH:mm dd/MM/yyyy"}),
        "json nulls": ("json", {"ignoreNullFields": False}),
    }
    for label, (fmt, options) in tries.items():
        name = label.replace(" ", "_")
        t.finish(t.files(df, fmt, name, "ck_" + name, trigger={"availableNow": True}, **options), label)
        files = glob.glob(t.path(name) + "/part-*")
        t.record(label + ": names", sorted(f.split("-c000", 1)[1] for f in files))
        t.record(label + ": lines", t.read_output(name))
    wide = df.selectExpr("i", "struct(i, s) AS st", "array(i, 2) AS a", "map('k', s) AS m", "CAST(x AS DECIMAL(10,3)) AS dec",
                         "CAST('ab' AS BINARY) AS b").filter("i < 3")
    t.finish(t.files(wide, "json", "nested", "ck_n", trigger={"availableNow": True}), "nested")
    t.record("nested: lines", t.read_output("nested"))
