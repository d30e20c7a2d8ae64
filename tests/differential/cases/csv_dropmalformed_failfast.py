"""CSV DROPMALFORMED and FAILFAST."""


def run(spark, t):
    t.drop("a.csv", ["1,2.5,x", "bad,2.5,y", "4,4.5", "5,5.5,w,extra", "6,,"])
    schema = "id INT, v DOUBLE, s STRING"
    q = t.memory(spark.readStream.schema(schema).option("mode", "DROPMALFORMED").csv(t.input),
                 name="dropped", checkpoint="ck1")
    t.step(q)
    q.stop()
    q = t.memory(spark.readStream.schema(schema).option("mode", "FAILFAST").csv(t.input),
                 name="failed", checkpoint="ck2")
    t.query_fails("failfast", q)
