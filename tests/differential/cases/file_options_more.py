"""Archived and deleted sources, file ages, byte rates, missing and corrupt files, compressed input, nested directories."""
import gzip
import os

from pyspark.sql import functions as F


def run(spark, t):
    rd = lambda **o: spark.readStream.schema("v INT").options(**o)
    t.drop("a.json", [{"v": 1}])
    t.drop("b.json.gz", gzip.compress(b'{"v": 2}\n{"v": 3}'))
    t.drop("_hidden.json", [{"v": 99}])
    t.drop(".hidden.json", [{"v": 98}])
    t.drop("d.JSON", [{"v": 5}])
    t.drop("e", [{"v": 6}])
    t.drop("f.txt", ["not json"])
    t.once("all", lambda: rd().json(t.input))
    t.once("gz only", lambda: rd(pathGlobFilter="*.gz").json(t.input))
    t.once("brace", lambda: rd(pathGlobFilter="{a,e}*").json(t.input))
    t.once("class", lambda: rd(pathGlobFilter="[a-b].json").json(t.input))
    arch, src = t.dir("arch"), t.dir("src")
    for i in range(3):
        t.drop(f"s{i}.json", [{"v": i}], into=src)
    for label, o in {"archive without dir": {"cleanSource": "archive"}, "bad clean": {"cleanSource": "nope"}, "bad age": {"maxFileAge": "x"}, "bad max": {"maxFilesPerTrigger": "abc"}, "zero": {"maxFilesPerTrigger": 0}, "negative": {"maxFilesPerTrigger": -1},
                     "both rates": {"maxFilesPerTrigger": 1, "maxBytesPerTrigger": "1k"}, "bytes": {"maxBytesPerTrigger": "10b"}, "bytes bad": {"maxBytesPerTrigger": "x"}, "age": {"maxFileAge": "1h"}, "latest": {"latestFirst": "true"}, "latest bad": {"latestFirst": "x"}, "names": {"fileNameOnly": True}, "cached": {"maxCachedFiles": 10},
                     "ignore missing": {"ignoreMissingFiles": True}, "ignore corrupt": {"ignoreCorruptFiles": True}, "modified": {"modifiedAfter": "2020-01-01T00:00:00"}}.items():
        t.once(label, lambda o=o: rd(**o).json(src))
    q = t.memory(rd(cleanSource="delete").json(src), "append", "del", "ck_del", trigger={"availableNow": True})
    t.finish(q, "delete")
    deep = t.dir("deep/x/y")
    t.drop("z.json", [{"v": 7}], into=deep)
    t.once("not recursive", lambda: rd().json(t.path("deep")))
    t.once("recursive deep", lambda: rd(recursiveFileLookup=True).json(t.path("deep")))
    t.once("star dir", lambda: rd().json(t.path("deep") + "/*/y"))
    empty = t.dir("empty")
    t.once("empty directory", lambda: rd().json(empty))
    t.drop("z.json", b"", into=empty)
    t.once("empty file", lambda: rd().json(empty))
    t.drop("bad.json.gz", b"this is not gzip", into=t.dir("badgz"))
    t.once("bad gzip", lambda: rd().json(t.path("badgz")))
    t.once("ignored bad gzip", lambda: rd(ignoreCorruptFiles=True).json(t.path("badgz")))
    t.once("utf8 bom", lambda: (t.drop("bom.json", b'\xef\xbb\xbf{"v": 8}\n{"v": 9}\n', into=t.dir("bom")), rd().json(t.path("bom")))[1])
    t.once("crlf", lambda: (t.drop("crlf.json", b'{"v": 14}\r\n{"v": 15}\r\r\n', into=t.dir("crlf")), rd().json(t.path("crlf")))[1])
    t.once("multiline array", lambda: (t.drop("arr.json", b'[{"v": 16},\n {"v": 17}]\n', into=t.dir("arr")), rd(multiLine=True).json(t.path("arr")))[1])
    t.once("trailing partial", lambda: (t.drop("part.json", b'{"v": 18}\n{"v": 1', into=t.dir("part")), rd().json(t.path("part")))[1])
    t.record("left", sorted(n for n in os.listdir(src)))
