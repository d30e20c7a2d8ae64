"""CSV with header, quotes, empty and null fields."""


def run(spark, t):
    df = (spark.readStream.schema("id INT, name STRING, v DOUBLE, ok BOOLEAN, d DATE")
          .option("header", "true").csv(t.input))
    q = t.memory(df)
    t.drop("a.csv", ["id,name,v,ok,d", "1,ann,1.5,true,2024-01-31", '2,"b,o""b",,FALSE,',
                     "3,,2e3,,2024-02-29", ' 4 ,  pad  , 4.0 ,true,2024-03-01', "", '5,"",-0.0,,'])
    t.step(q)
    t.drop("b.csv", ["id,name,v,ok,d"])
    t.step(q, "header only")
    t.drop("c.csv", b"id,name,v,ok,d\r\n6,crlf,1,true,2024-01-01\r\n7,last,2,false,2024-01-02")
    t.step(q, "crlf")
    q.stop()
