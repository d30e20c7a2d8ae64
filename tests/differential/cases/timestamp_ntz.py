"""Windows over TIMESTAMP_NTZ, in a zone that is not UTC."""
from pyspark.sql.functions import window


def run(spark, t):
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    df = spark.readStream.schema("ts TIMESTAMP_NTZ, k STRING").json(t.input)
    out = df.groupBy(window("ts", "1 hour"), "k").count()
    t.printed("schema", out.printSchema)
    q = t.memory(out, "complete")
    t.drop("a.json", [{"ts": "2024-03-10T02:30:00", "k": "a"}, {"ts": "2024-03-10T03:00:00.5", "k": "a"},
                      {"ts": "2024-03-10 02:00:00", "k": "a"}, {"ts": None, "k": "n"}])
    t.step(q)
    q.stop()
