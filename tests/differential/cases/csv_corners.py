"""CSV as it comes: quotes over lines, ragged rows, blank lines, odd numbers, options that change what a cell is."""
from pyspark.sql import functions as F

FILES = {
    "ragged": "a,b,c\n1,2\n1,2,3\n1,2,3,4\n\n,,\n1\n \n",
    "quotes": 'a,b,c\n"x, y",2,z\n"he said ""hi""",3,z\n"open,4,z\n\'q\',5,"z"\nx"y,6,z"w\n" sp ",7, z \n',
    "numbers": "a,b,c\n1,1.5,1e3\n+1,-0,NaN\n1.0,Infinity,-Infinity\n 1, 2 ,3\n1_000,\"1,000\",0x10\n2147483648,1d,.5\n,,\nnull,NULL,Inf\n",
    "multi": 'a,b,c\n1,"two\nlines",3\n2,"three\n\nlines",4\n3,plain,5\n',
    "comments": "# top\na,b,c\n1,2,3\n#4,5,6\n7,8,9 # tail\n",
    "tabs": "a\tb\tc\n1\t\"x\ty\"\t3\n",
    "crlf": "a,b,c\r\n1,2,3\r\n4,5,6\r\n",
    "bools": "a,b,c\ntrue,True,TRUE\nfalse,FALSE,no\n1,0,yes\nt,f,\n",
    "dates": "a,b,c\n2024-01-02,2024-01-02 03:04:05,2024-01-02T03:04:05Z\n2024-1-2,2024-01-02,2024-01-02T03:04:05.123+02:00\n02/01/2024,2024-01-02 03:04,x\n,,\n",
    "escapes": 'a,b,c\n"x\\"y",2,3\n"x\\\\",2,3\n"x\\ny",2,3\nx\\,2,3\n',
    "bom": "\ufeffa,b,c\n1,2,3\n",
}


def run(spark, t):
    for name, text in FILES.items():
        t.drop(name + ".csv", text.encode(), into=t.dir(name))
    rd = lambda name, ddl, **o: spark.readStream.schema(ddl).options(**{"header": True, **o}).csv(t.path(name))
    s3 = "a STRING, b STRING, c STRING"
    for name in FILES:
        t.once(name, lambda n=name: rd(n, s3))
        t.once(name + " corrupt", lambda n=name: rd(n, "a INT, b DOUBLE, c STRING, _corrupt_record STRING"))
        t.once(name + " dropped", lambda n=name: rd(n, "a INT, b STRING, c STRING", mode="DROPMALFORMED"))
    t.once("two columns of three", lambda: rd("ragged", "a STRING, b STRING", enforceSchema=False))
    t.once("five columns", lambda: rd("ragged", s3 + ", d STRING, e STRING"))
    t.once("no header", lambda: spark.readStream.schema(s3).csv(t.path("ragged")))
    t.once("multiline", lambda: rd("multi", "a INT, b STRING, c INT", multiLine=True))
    t.once("comment", lambda: rd("comments", s3, comment="#"))
    t.once("tab", lambda: rd("tabs", s3, sep="\t"))
    t.once("tab name", lambda: rd("tabs", s3, delimiter="\\t"))
    t.once("trim", lambda: rd("quotes", s3, ignoreLeadingWhiteSpace=True, ignoreTrailingWhiteSpace=True))
    t.once("quote off", lambda: rd("quotes", s3, quote=""))
    t.once("quote single", lambda: rd("quotes", s3, quote="'"))
    t.once("escape quote", lambda: rd("quotes", s3, escape='"'))
    t.once("unescaped", lambda: rd("quotes", s3, unescapedQuoteHandling="STOP_AT_CLOSING_QUOTE"))
    t.once("nulls", lambda: rd("numbers", s3, nullValue="null"))
    t.once("empty", lambda: rd("quotes", s3, emptyValue="EMPTY", nullValue="x"))
    for ddl in ("a INT, b INT, c INT", "a BIGINT, b BIGINT, c BIGINT", "a DOUBLE, b DOUBLE, c DOUBLE", "a FLOAT, b FLOAT, c FLOAT", "a DECIMAL(10,2), b DECIMAL(10,2), c DECIMAL(10,2)", "a SMALLINT, b TINYINT, c STRING"):
        t.once("numbers " + ddl, lambda d=ddl: rd("numbers", d))
    t.once("nan", lambda: rd("numbers", "a STRING, b DOUBLE, c DOUBLE", nanValue="x", positiveInf="Inf", negativeInf="NINF"))
    t.once("bool", lambda: rd("bools", "a BOOLEAN, b BOOLEAN, c BOOLEAN"))
    t.once("date", lambda: rd("dates", "a DATE, b TIMESTAMP, c TIMESTAMP"))
    t.once("date ntz", lambda: rd("dates", "a STRING, b TIMESTAMP_NTZ, c TIMESTAMP_NTZ"))
    t.once("date format", lambda: rd("dates", "a DATE, b STRING, c STRING", dateFormat="dd/MM/yyyy"))
    t.once("date failfast", lambda: rd("dates", "a DATE, b STRING, c STRING", mode="FAILFAST"))
    t.once("date text", lambda: rd("dates", "a TIMESTAMP, b DATE, c DATE"))
    t.once("one column", lambda: rd("ragged", "a STRING"))
    t.once("some columns", lambda: rd("ragged", s3).select("c", "a"))
    t.once("count", lambda: rd("ragged", s3).groupBy().count(), "complete")
    t.once("count ints", lambda: rd("numbers", "a INT, b INT, c INT").groupBy().count(), "complete")
    t.once("filter", lambda: rd("numbers", "a INT, b STRING, c STRING").where("a = 1"))
    t.once("header case", lambda: spark.readStream.schema("A STRING, B STRING, C STRING").options(header=True, enforceSchema=False).csv(t.path("ragged")))
    t.once("header order", lambda: spark.readStream.schema("b STRING, a STRING, c STRING").options(header=True).csv(t.path("ragged")))
    t.once("line separator", lambda: rd("crlf", s3, lineSep="\r\n"))
    t.once("line separator one", lambda: rd("ragged", s3, lineSep="\n"))
    t.once("bad mode", lambda: rd("ragged", s3, mode="NOPE"))
    t.once("bad quote", lambda: rd("ragged", s3, quote="ab"))
    t.once("latin1", lambda: (t.drop("l.csv", "a,b,c\né,ü,ß\n".encode("latin-1"), into=t.dir("latin")), rd("latin", s3, encoding="ISO-8859-1"))[1])
