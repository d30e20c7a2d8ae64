"""CSV: sep, quote, escape, nullValue, comment, trimming, dateFormat, timestampFormat."""


def run(spark, t):
    df = (spark.readStream.schema("a STRING, b STRING, ts TIMESTAMP, d DATE")
          .option("sep", ";").option("quote", "'").option("nullValue", "NA").option("comment", "#")
          .option("ignoreLeadingWhiteSpace", "true").option("ignoreTrailingWhiteSpace", "true")
          .option("timestampFormat", "dd/MM/yyyy HH:mm:ss").option("dateFormat", "dd.MM.yyyy")
          .csv(t.input))
    q = t.memory(df)
    t.drop("a.csv", ["# a comment", "x; y ;01/02/2024 03:04:05;06.07.2024", "NA;'q;r';NA;NA",
                     "'NA';'';31/12/1969 23:59:59;01.01.1970", "'it\\'s';z;;"])
    t.step(q)
    q.stop()
