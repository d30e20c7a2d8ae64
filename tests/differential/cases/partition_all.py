"""All columns partition, odd partition values, console of wide frames."""
from pyspark.sql import functions as F
import os


def run(spark, t):
    t.drop("a.json", [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "a", "v": 1}])
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    for fmt in ("json", "csv"):
        try:
            q = df.writeStream.partitionBy("k", "v").format(fmt).option("checkpointLocation", t.path("ck" + fmt)).trigger(availableNow=True).start(t.path("o" + fmt))
            t.finish(q, fmt, rows=False)
        except Exception as e:
            t.record(fmt + " error", t.error(e))
        t.record(fmt + " lines", t.read_output("o" + fmt))
        t.record(fmt + " dirs", sorted(n for n in os.listdir(t.path("o" + fmt)) if not n.startswith(".")))
