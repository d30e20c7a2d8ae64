"""File source options: latestFirst, maxFilesPerTrigger, globs, recursive, spellings of a path."""
import os


def run(spark, t):
    for i in range(4):
        t.drop(f"f{i}.json", [{"v": i}])
    os.makedirs(os.path.join(t.input, "sub"))
    t.drop("s.json", [{"v": 100}], into=os.path.join(t.input, "sub"))
    tries = {
        "latest first": {"latestFirst": True, "maxFilesPerTrigger": 1},
        "recursive": {"recursiveFileLookup": True}, "glob": {"pathGlobFilter": "f[12]*"},
        "names only": {"fileNameOnly": True}, "clean": {"cleanSource": "off"},
        "unknown option": {"noSuchOption": "x"}, "case": {"MAXFILESPERTRIGGER": "2"},
    }
    for label, options in tries.items():
        name = label.replace(" ", "_")
        df = spark.readStream.schema("v INT").options(**options).json(t.input)
        t.finish(t.memory(df, name=name, checkpoint="ck" + name, trigger={"availableNow": True}), label)
    t.once("glob directories", lambda: spark.readStream.schema("v INT").json(os.path.join(t.root, "i*", "f{0,3}.json")))
    t.once("file uri", lambda: spark.readStream.schema("v INT").json("file://" + t.input))
    t.once("trailing slash", lambda: spark.readStream.schema("v INT").json(t.input + "/"))
    t.once("option path", lambda: spark.readStream.schema("v INT").format("json").option("path", t.input).load())
    t.once("format upper", lambda: spark.readStream.schema("v INT").format("JSON").load(t.input))
