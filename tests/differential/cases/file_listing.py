"""Hidden and nested files, order by modification time, globs, changed files."""
import os


def run(spark, t):
    t.drop("z_first.json", [{"v": 1}], mtime=1_700_000_000)
    t.drop("a_second.json", [{"v": 2}], mtime=1_700_000_100)
    t.drop("_hidden.json", [{"v": 90}], mtime=1_700_000_050)
    t.drop(".dotted.json", [{"v": 91}], mtime=1_700_000_050)
    t.drop("c_empty.json", b"", mtime=1_700_000_060)
    t.drop("other.txt", [{"v": 3}], mtime=1_700_000_200)
    nested = t.dir("in/sub")
    t.drop("deep.json", [{"v": 4}], mtime=1_700_000_020, into=nested)
    df = spark.readStream.schema("v INT").option("maxFilesPerTrigger", "1").json(t.input)
    t.finish(t.memory(df, name="one", checkpoint="ck1", trigger={"availableNow": True}), "by time")
    t.rows("order", spark.table("one"), ordered=True)
    df = spark.readStream.schema("v INT").json(os.path.join(t.input, "*.json"))
    q = t.memory(df, name="glob", checkpoint="ck2")
    t.step(q, "glob")
    t.drop("a_second.json", [{"v": 2}, {"v": 22}], mtime=1_700_000_900)
    t.step(q, "a file written again")
    t.drop("zz.json", [{"v": 5}], mtime=1_700_000_010)
    t.step(q, "a new file older than those seen")
    q.stop()
    df = spark.readStream.schema("v INT").option("pathGlobFilter", "*.txt").json(t.input)
    t.finish(t.memory(df, name="filt", checkpoint="ck3", trigger={"availableNow": True}), "filter")
    t.fails("no such directory", lambda: spark.readStream.schema("v INT").json(t.path("none")).schema)
    t.fails("no schema", lambda: spark.readStream.json(t.input).schema)
