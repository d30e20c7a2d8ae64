"""Filters that a scan takes over, on records that lack the column, are malformed, or hold several rows."""
from pyspark.sql import functions as F

LINES = ['{"i": 1, "s": "a"}', '{"s": "b"}', '{"i": null, "s": "c"}', '{"i": "bad", "s": "d"}', '[]', '[{"i": 3}, {"s": "e"}]', 'null', '', '{}', '{"s": "h", "i": 1.5}', '{i: 6}', '{"i": 99999999999, "s": "j"}', '42', '{"i":7}{"i":8}', '{"i": {"x": 1}, "s": "k"}']


def run(spark, t):
    t.drop("a.json", LINES)
    rd = lambda ddl="i INT, s STRING, _corrupt_record STRING", **o: spark.readStream.schema(ddl).options(**o).json(t.input)
    for where in ("i IS NULL", "i IS NOT NULL", "i > 1", "i = 4", "s IS NULL", "s = 'b'", "i IS NULL AND s IS NOT NULL", "i IS NULL OR s = 'a'", "NOT (i > 1)", "i <=> NULL", "i IN (1, 5)", "s LIKE 'a%'", "s >= 'd' AND i IS NULL", "isnull(i)", "coalesce(i, 0) = 0", "true", "i IS NULL AND i > 0"):
        t.once(where, lambda w=where: rd().where(w).select("i", "s", "_corrupt_record"))
        t.once(where + " short", lambda w=where: rd("i INT, s STRING").where(w).select("s"))
        t.once(where + " dropped", lambda w=where: rd("i INT, s STRING", mode="DROPMALFORMED").where(w))
    t.drop("a.csv", ["1,a", ",b", "x,c", "", "2", "3,d,e", ",", '"",f'], into=t.dir("csv"))
    cs = lambda ddl="i INT, s STRING, _corrupt_record STRING", **o: spark.readStream.schema(ddl).options(**o).csv(t.path("csv"))
    for where in ("i IS NULL", "i IS NOT NULL", "i > 1", "s IS NULL", "s = 'b'", "i IS NULL AND s IS NOT NULL", "i IS NULL OR s = 'a'"):
        t.once("csv " + where, lambda w=where: cs().where(w))
        t.once("csv short " + where, lambda w=where: cs("i INT, s STRING").where(w).select("s"))
        t.once("csv dropped " + where, lambda w=where: cs("i INT, s STRING", mode="DROPMALFORMED").where(w))
