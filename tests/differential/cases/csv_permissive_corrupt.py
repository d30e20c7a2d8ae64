"""CSV PERMISSIVE: bad fields, short and long rows with and without _corrupt_record."""


def run(spark, t):
    t.drop("a.csv", ["1,2.5,x", "bad,2.5,y", "3,bad,z", "4,4.5", "5,5.5,w,extra", "", "6,,",
                     "99999999999,1,big", '7,7.5,"open'])
    base = "id INT, v DOUBLE, s STRING"
    q = t.memory(spark.readStream.schema(base + ", _corrupt_record STRING").csv(t.input),
                 name="with_column", checkpoint="ck1")
    t.step(q, "with")
    q.stop()
    q = t.memory(spark.readStream.schema(base).csv(t.input), name="without", checkpoint="ck2")
    t.step(q, "without")
    q.stop()
    df = (spark.readStream.schema(base + ", bad STRING")
          .option("columnNameOfCorruptRecord", "bad").csv(t.input))
    q = t.memory(df, name="renamed", checkpoint="ck3")
    t.step(q, "renamed")
    q.stop()
