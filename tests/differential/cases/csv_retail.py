"""A shop's CSV: header, quotes, delimiter, own time format, decimals, inferred schema, corrupt lines."""
from pyspark.sql import functions as F

SCHEMA = ("InvoiceNo STRING, StockCode STRING, Description STRING, Quantity INT, InvoiceDate TIMESTAMP, "
          "UnitPrice DECIMAL(10,2), CustomerID INT, Country STRING")
HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def run(spark, t):
    t.drop("1.csv", [HEAD, '536365,85123A,"WHITE, HANGING ""HEART""",6,12/1/2010 8:26,2.55,17850,United Kingdom',
                     "536366,22633,HAND WARMER,6,12/1/2010 8:28,1.85,17850,United Kingdom", "C536379,D,Discount,-1,12/1/2010 9:41,27.50,14527,United Kingdom",
                     '536370,22728,"ALARM CLOCK\\n",24,12/2/2010 8:45,3.75,12583,France', "536371,POST,,3,12/2/2010 23:59,18,,Germany"])
    opts = {"header": True, "timestampFormat": "M/d/yyyy H:mm", "escape": '"'}
    df = spark.readStream.schema(SCHEMA).options(**opts).csv(t.input)
    t.once("rows", lambda: df)
    sales = (df.filter(~F.col("InvoiceNo").startswith("C")).withColumn("Amount", F.col("Quantity") * F.col("UnitPrice"))
             .withColumnRenamed("InvoiceDate", "ts").drop("StockCode", "Description"))
    t.record("types", [list(x) for x in sales.dtypes])
    t.once("amounts", lambda: sales)
    t.once("countries", lambda: sales.groupBy("Country").agg(F.sum("Amount").alias("revenue"), F.avg("UnitPrice").alias("avg_price"),
                                                            F.approx_count_distinct("CustomerID").alias("customers"), F.max("ts"))
           .orderBy(F.desc("revenue")), "complete")
    t.once("daily", lambda: sales.withWatermark("ts", "1 hour").groupBy(F.window("ts", "1 day"), "Country").agg(F.sum("Amount").alias("rev")))
    t.once("parts", lambda: sales.select(F.year("ts"), F.month("ts"), F.dayofweek("ts"), F.hour("ts"), F.date_format("ts", "EEEE, d MMMM yyyy h:mm a"),
                                         F.weekofyear("ts"), F.quarter("ts"), F.dayofyear("ts"), F.last_day("ts"), F.next_day("ts", "Mon"),
                                         F.dayname("ts"), F.monthname("ts"), F.trunc("ts", "MM"), F.add_months("ts", 1)))
    t.once("bands", lambda: sales.withColumn("band", F.when(F.col("Amount") >= 50, "high").when(F.col("Amount") >= 12, F.lit("mid")).otherwise("low"))
           .groupBy("band").agg(F.count("*").alias("n"), F.sum("Quantity").alias("q"), F.collect_set("Country").alias("c"))
           .withColumn("c", F.sort_array("c")), "complete")
    t.once("percent", lambda: sales.select((F.col("Amount") * 0.19).alias("tax"), F.round(F.col("Amount") / 3, 2).alias("third"), (F.col("Amount") % 5).alias("m"),
                                           F.floor("UnitPrice"), F.ceil("UnitPrice"), F.bround("UnitPrice", 1), F.abs(-F.col("Amount"))))
    t.once("nulls", lambda: sales.fillna({"CustomerID": -1}).filter(F.col("CustomerID") == -1).select("CustomerID", "Country"))
    t.once("having", lambda: sales.groupBy("Country").agg(F.sum("Quantity").alias("q")).filter("q > 5"), "update")
    spark.conf.set("spark.sql.streaming.schemaInference", "true")
    t.attempt("inferred", lambda: [list(x) for x in spark.readStream.option("header", True).option("inferSchema", True).csv(t.input).dtypes])
    t.once("inferred rows", lambda: spark.readStream.option("header", True).option("inferSchema", True).csv(t.input).select("Quantity", "UnitPrice", "InvoiceDate"))
    t.attempt("not inferred", lambda: [list(x) for x in spark.readStream.option("header", True).csv(t.input).dtypes])
    t.attempt("no header", lambda: [list(x) for x in spark.readStream.csv(t.input).dtypes])
    t.once("wrong columns", lambda: spark.readStream.schema("a STRING, b STRING").option("header", True).csv(t.input))
    t.once("enforceSchema", lambda: spark.readStream.schema("a STRING, b STRING").option("header", True).option("enforceSchema", False).csv(t.input))
    t.once("corrupt", lambda: spark.readStream.schema("InvoiceNo STRING, StockCode INT, bad STRING").option("header", True)
           .option("columnNameOfCorruptRecord", "bad").csv(t.input))
    t.once("pipe", lambda: spark.readStream.schema("all STRING").option("sep", "|").csv(t.input))
    t.once("max columns", lambda: spark.readStream.schema(SCHEMA).option("maxColumns", 3).csv(t.input))
    t.once("long sep", lambda: spark.readStream.schema("a STRING, b STRING").option("sep", ",,").csv(t.input))
    q = t.files(sales.coalesce(1), "csv", "csvout", "ckcsv", header=True, sep=";", timestampFormat="yyyy-MM-dd HH:mm", trigger={"availableNow": True})
    t.finish(q, "csv sink")
    t.record("csv lines", t.read_output("csvout"))
    t.attempt("read back", lambda: spark.read.option("header", True).option("sep", ";").csv(t.path("csvout")).select("Country", "Amount", "ts"))
    t.attempt("read back inferred", lambda: [list(x) for x in spark.read.csv(t.path("csvout"), header=True, sep=";", inferSchema=True).dtypes])
    q = t.files(sales.select("Country", "Amount", F.to_date("ts").alias("day")), "csv", "csvq", "ckq", quoteAll=True, dateFormat="dd.MM.yy", nullValue="-", trigger={"availableNow": True})
    t.finish(q, "quoted")
    t.record("quoted lines", t.read_output("csvq"))
