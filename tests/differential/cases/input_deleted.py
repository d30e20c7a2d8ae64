"""The input directory is deleted and comes back while the query runs; a second query starts meanwhile."""
import os
import shutil
import time


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    t.drop("a.json", [{"k": "a", "v": 1}])
    q = t.memory(df)
    t.step(q)
    shutil.rmtree(t.input)
    time.sleep(0.5)
    t.step(q, "deleted")
    t.record("active", q.isActive)
    t.once("read anew", lambda: spark.readStream.schema("k STRING, v INT").json(t.input))
    os.makedirs(t.input)
    t.drop("b.json", [{"k": "b", "v": 2}])
    t.step(q, "back")
    q.stop()
