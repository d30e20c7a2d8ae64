"""sum and avg of decimals of several precisions over batches, and their types."""
from pyspark.sql import functions as F


def run(spark, t):
    df = spark.readStream.schema("k STRING, a DECIMAL(5,2), b DECIMAL(18,0), c DECIMAL(38,10), "
                                 "e DECIMAL(28,20)").json(t.input)
    aggs = [f(c) for c in "abce" for f in (F.sum, F.avg, F.min, F.max)]
    out = df.groupBy("k").agg(*aggs)
    t.record("types", [list(x) for x in out.dtypes])
    q = t.memory(out, "complete")
    t.drop("a.json", ['{"k":"x","a":1.25,"b":999999999999999999,"c":1.0000000001,"e":0.1}',
                      '{"k":"x","a":-1.00,"b":999999999999999999,"c":2,"e":0.2}', '{"k":"y"}'])
    t.step(q)
    t.drop("b.json", ['{"k":"x","a":999.99,"b":1,"c":-12345678901234567890.5,"e":3}',
                      '{"k":"y","a":0.01,"b":-1,"c":0,"e":99999999.99999999999999999999}'])
    t.step(q)
    q.stop()
