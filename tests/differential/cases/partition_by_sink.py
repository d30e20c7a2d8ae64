"""partitionBy on the file sink: directories, values with odd characters, nulls, reading back."""
import os


def run(spark, t):
    df = spark.readStream.schema("k STRING, n INT, v DOUBLE").json(t.input)
    t.drop("a.json", [{"k": "a", "n": 1, "v": 1.5}, {"k": "b", "n": 1, "v": 2}, {"k": None, "n": 2, "v": 3},
                      {"k": "x/y z=1", "n": 2, "v": 4}, {"k": "", "n": 3, "v": 5}, {"k": "a", "n": 1, "v": 6}])

    def start(out, *cols):
        w = (df.writeStream.format("json").partitionBy(*cols).trigger(availableNow=True)
             .option("checkpointLocation", t.path("ck" + out)).option("path", t.path(out)))
        return w.start()

    def tree(out):
        found = []
        for base, _, names in os.walk(t.path(out)):
            found += [os.path.relpath(base, t.path(out)) for n in names if n.startswith("part-")]
        return sorted(found)

    start("one", "k").awaitTermination(60)
    t.record("directories", tree("one"))
    t.record("lines", t.read_output("one"))
    t.rows("back", spark.read.schema("v DOUBLE, n INT, k STRING").json(t.path("one")))
    t.rows("back filtered", spark.read.schema("v DOUBLE, n INT, k STRING").json(t.path("one")).where("k = 'a'"))
    start("two", "n", "k").awaitTermination(60)
    t.record("directories 2", tree("two"))
    t.drop("b.json", [{"k": "c", "n": 9, "v": 9}])
    start("two", "n", "k").awaitTermination(60)
    t.record("directories 3", tree("two"))
    t.rows("back 2", spark.read.json(t.path("two")).select("n", "v"))
    t.fails("unknown column", lambda: start("bad", "zz"))
    t.fails("all columns", lambda: start("bad2", "k", "n", "v"))
