"""Compressed files next to plain ones: gzip, bzip2 with several streams, damaged ones."""
import bz2
import gzip

from pyspark.sql import functions as F


def run(spark, t):
    rd = lambda **o: spark.readStream.schema("v INT, s STRING").options(**o)
    t.drop("a.json", [{"v": 1, "s": "plain"}])
    t.drop("b.json.gz", gzip.compress(b'{"v": 2}\n') + gzip.compress(b'{"v": 3, "s": "gz"}'))
    t.drop("c.json.bz2", bz2.compress(b'{"v": 4}\n') + bz2.compress(b'{"v": 5, "s": "bz"}\n\n'))
    t.drop("d.json.bz2", bz2.compress(b""))
    t.once("all", lambda: rd().json(t.input))
    t.once("text", lambda: spark.readStream.option("pathGlobFilter", "*.{gz,bz2}").text(t.input))
    t.once("one a batch", lambda: rd(maxFilesPerTrigger=1).json(t.input).groupBy().agg(F.sum("v"), F.count("s")), "complete")
    t.attempt("batch", lambda: spark.read.schema("v INT").json(t.input + "/c.json.bz2"))
    t.drop("e.csv.bz2", bz2.compress(b"v,s\n6,x\n7,y\n"), into=t.dir("csv"))
    t.once("csv", lambda: rd(header=True).csv(t.path("csv")))
    t.drop("f.json.bz2", b"this is no bzip2", into=t.dir("bad"))
    t.once("ignored", lambda: rd(ignoreCorruptFiles=True).json(t.path("bad")))
