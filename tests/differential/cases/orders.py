"""Orders with items: exploded, priced, windowed; files out by partition; the directory read back and queried."""
from pyspark.sql import functions as F

SCHEMA = ("order_id STRING, customer STRUCT<id: INT, name: STRING, address: STRUCT<city: STRING, zip: STRING>>, "
          "items ARRAY<STRUCT<sku: STRING, qty: INT, price: DECIMAL(8,2)>>, created TIMESTAMP, status STRING")


def order(i, city, items, minute, status="paid"):
    return {"order_id": f"o{i}", "customer": {"id": i % 3, "name": f"N{i % 3}", "address": {"city": city, "zip": "0123"}},
            "items": [{"sku": s, "qty": q, "price": p} for s, q, p in items], "created": f"2024-06-01T12:{minute:02d}:00Z", "status": status}


def run(spark, t):
    t.drop("1.json", [order(1, "Berlin", [("a", 2, 9.99), ("b", 1, 100)], 1), order(2, "Paris", [("a", 1, 9.99)], 3), order(3, "Berlin", [], 4, "open"), order(4, None, [("c", 5, 0.5)], 11, None)])
    orders = spark.readStream.schema(SCHEMA).json(t.input)
    items = (orders.withWatermark("created", "5 minutes").select("order_id", F.col("customer.address.city").alias("city"), "created", F.explode("items").alias("item"))
             .select("*", (F.col("item.qty") * F.col("item.price")).alias("amount"), F.col("item.sku")).drop("item"))
    t.once("items", lambda: items)
    t.record("types", [list(x) for x in items.dtypes])
    rev = items.groupBy(F.window("created", "10 minutes"), "city").agg(F.sum("amount").alias("revenue"), F.approx_count_distinct("sku").alias("skus"),
                                                                      F.collect_set("sku").alias("set"), F.first("order_id").alias("first"), F.avg("amount").alias("mean"))
    rev = rev.withColumn("set", F.sort_array("set"))
    q = t.memory(rev.select("window.start", "city", "revenue", "skus", "set", "mean"), "update", "rev", "ck_rev")
    t.step(q, "one")
    t.drop("2.json", [order(5, "Berlin", [("b", 1, 0.01)], 9), order(6, "Rome", [("a", 1, 1)], 40)])
    t.step(q, "two")
    t.drop("3.json", [order(7, "Rome", [("z", 9, 9)], 2), order(8, "Rome", [("z", 1, 9.5)], 41)])
    t.step(q, "late")
    q.stop()
    t.once("status", lambda: orders.groupBy("status").count(), "complete")
    t.once("status coalesced", lambda: orders.groupBy(F.coalesce("status", F.lit("?")).alias("s")).agg(F.count("*").alias("n"), F.sum(F.size("items")).alias("items")).orderBy("s"), "complete")
    t.once("totals", lambda: orders.select("order_id", F.aggregate("items", F.lit(0).cast("decimal(20,2)"), lambda a, x: (a + x.qty * x.price).cast("decimal(20,2)")).alias("total")))
    t.once("skus", lambda: orders.select("order_id", "items.sku", F.array_max("items.price"), F.exists("items", lambda x: x.qty > 1)))
    t.once("filtered items", lambda: orders.select(F.filter("items", lambda x: x.price > 1).alias("i")).where(F.size("i") > 0))
    t.once("by structure", lambda: orders.groupBy("customer").agg(F.count("*").alias("n")), "complete")
    t.once("by nested", lambda: orders.groupBy("customer.address.city").agg(F.max(F.struct("created", "order_id")).alias("last")).select("city", "last.order_id"), "complete")
    w = items.withColumn("day", F.to_date("created")).writeStream.partitionBy("day", "city").format("json").option("checkpointLocation", t.path("ck_p")).trigger(availableNow=True).start(t.path("parts"))
    t.finish(w, "partitioned", rows=False)
    back = spark.read.schema("order_id STRING, amount DECIMAL(19,2), sku STRING, day DATE, city STRING").json(t.path("parts"))
    t.attempt("back", lambda: back.groupBy("day", "city").agg(F.sum("amount")))
    t.attempt("one city", lambda: back.where("city = 'Rome'").select("order_id", "sku"))
    t.attempt("inferred", lambda: spark.read.json(t.path("parts")).schema.simpleString())
    back.createOrReplaceTempView("back")
    t.attempt("sql", lambda: spark.sql("SELECT sku, count(*) AS n, round(sum(amount), 1) AS s FROM back GROUP BY sku HAVING count(*) > 1 ORDER BY n DESC, sku"))
    t.attempt("subquery", lambda: spark.sql("SELECT max(s) FROM (SELECT city, sum(amount) AS s FROM back GROUP BY city)"))
    t.attempt("case", lambda: spark.sql("SELECT sku, CASE WHEN amount > 50 THEN 'big' WHEN amount > 5 THEN 'mid' ELSE 'small' END AS c FROM back ORDER BY order_id, sku LIMIT 3"))
    w = (rev.select("window", "city", "revenue").writeStream.format("json").outputMode("append").option("checkpointLocation", t.path("ck_a")).option("path", t.path("app")).trigger(availableNow=True).start())
    t.finish(w, "append files", rows=False)
    t.record("append lines", t.read_output("app"))
