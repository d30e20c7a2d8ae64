"""Date and time functions in computed columns, in UTC and in New York."""

EXPRESSIONS = (
    "year(ts)", "month(ts)", "day(ts)", "dayofmonth(ts)", "dayofweek(ts)", "dayofyear(ts)",
    "hour(ts)", "minute(ts)", "second(ts)", "quarter(ts)", "weekofyear(ts)", "to_date(ts)",
    "cast(ts as date)", "cast(ts as string)", "cast(ts as long)", "unix_timestamp(ts)",
    "date_format(ts, 'yyyy-MM-dd HH:mm:ss.SSS')", "date_trunc('hour', ts)", "date_trunc('week', ts)",
    "trunc(ts, 'MM')", "date_add(ts, 1)", "date_sub(ts, 1)", "datediff(ts, date'2024-01-01')",
    "ts + interval 1 hour", "ts - interval 1 day", "ts > timestamp'2024-01-01 00:00:00'",
    "to_timestamp(s)", "to_timestamp(s2, 'dd/MM/yyyy HH:mm')", "to_date(s2, 'dd/MM/yyyy HH:mm')",
    "add_months(ts, 1)", "last_day(ts)", "from_unixtime(0)", "timestamp_seconds(1.5)",
    "timestamp_millis(1500)", "extract(YEAR FROM ts)", "date_part('minute', ts)",
    "cast(ts as double)",
)


def run(spark, t):
    df = spark.readStream.schema("ts TIMESTAMP, s STRING, s2 STRING").json(t.input)
    t.drop("a.json", [
        {"ts": "2024-03-10T06:59:59.123456Z", "s": "2024-03-10 02:30:00", "s2": "10/03/2024 02:30"},
        {"ts": "2024-11-03T05:30:00Z", "s": "2024-11-03T01:30:00", "s2": "03/11/2024 01:30"},
        {"ts": "1969-12-31T23:59:59.999999Z", "s": "1970-01-01", "s2": "01/01/1970 00:00"},
        {"ts": None, "s": None, "s2": None},
    ])
    for zone in ("UTC", "America/New_York"):
        spark.conf.set("spark.sql.session.timeZone", zone)
        name = "t_" + zone[:3]
        frame = df.selectExpr(*(f"{e} AS c{i}" for i, e in enumerate(EXPRESSIONS)))
        q = t.memory(frame, name=name, checkpoint="ck" + name)
        q.processAllAvailable()
        t.rows(zone, spark.table(name))
        q.stop()
    t.record("types", [list(x) for x in df.selectExpr(*EXPRESSIONS).dtypes])
