"""Times in many shapes: formats, parts, arithmetic, casts, epochs; computed columns of a stream in two zones."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.json", [{"id": 1, "ts": "2024-02-29T23:59:59.123456Z", "d": "2024-02-29", "s": "29/02/2024 23:59", "ms": 1709251199123, "sec": 1709251199, "tz": "2024-02-29T23:59:59+02:00"},
                      {"id": 2, "ts": "1969-12-31T23:00:00Z", "d": "1969-12-31", "s": "1/1/1970 1:05", "ms": -1, "sec": 0, "tz": "1970-01-01 00:00:00"}, {"id": 3}])
    df = spark.readStream.schema("id INT, ts TIMESTAMP, d DATE, s STRING, ms BIGINT, sec BIGINT, tz STRING").json(t.input)
    tries = {
        "parts": ["year(ts)", "quarter(ts)", "month(d)", "day(ts)", "dayofmonth(d)", "dayofweek(d)", "weekday(d)", "dayofyear(ts)", "weekofyear(d)", "hour(ts)", "minute(ts)", "second(ts)", "extract(SECOND FROM ts)", "date_part('week', d)", "extract(DOW FROM d)", "extract(YEAROFWEEK FROM d)"],
        "formats": ["date_format(ts, 'yyyy-MM-dd HH:mm:ss.SSS')", "date_format(ts, 'EEE, d MMM yyyy')", "date_format(d, 'yyyyMMdd')", "date_format(ts, 'hh:mm a')", "date_format(ts, \"yyyy-MM-dd'T'HH:mm:ssXXX\")", "date_format(ts, 'D')", "date_format(ts, 'EEEE')", "date_format(ts, 'QQQ yyyy')", "date_format(ts, 'H:m:s')", "date_format(ts, 'yy')", "date_format(ts, 'MMMM')", "date_format(ts, 'SSSSSS')"],
        "casts": ["cast(ts AS string)", "cast(ts AS date)", "cast(ts AS bigint)", "cast(ts AS double)", "cast(ts AS decimal(20,6))", "cast(d AS timestamp)", "cast(d AS string)", "cast(sec AS timestamp)", "cast(cast(sec AS double) / 3 AS timestamp)", "cast(tz AS timestamp)", "cast(tz AS date)", "cast(ts AS timestamp_ntz)"],
        "epochs": ["timestamp_millis(ms)", "timestamp_seconds(sec)", "from_unixtime(sec)", "from_unixtime(sec, 'dd.MM.yyyy')", "unix_timestamp(ts)", "unix_timestamp(s, 'd/M/yyyy H:mm')", "unix_millis(ts)", "unix_micros(ts)", "unix_date(d)", "date_from_unix_date(1)", "timestamp_micros(ms * 1000)"],
        "arithmetic": ["ts + INTERVAL 1 DAY", "ts - INTERVAL 90 MINUTES", "d + 1", "d - 1", "d + INTERVAL 1 MONTH", "date_add(d, 30)", "date_sub(d, 1)", "add_months(d, 12)", "datediff(d, DATE'2024-01-01')", "months_between(ts, TIMESTAMP'2024-01-01 00:00:00')", "d - DATE'2024-01-01'", "ts - TIMESTAMP'2024-01-01 00:00:00'", "timestampadd(HOUR, 2, ts)", "timestampdiff(DAY, TIMESTAMP'2024-01-01 00:00:00', ts)", "ts + make_interval(0, 1, 0, 1)"],
        "truncate": ["date_trunc('hour', ts)", "date_trunc('WEEK', ts)", "date_trunc('quarter', ts)", "trunc(d, 'year')", "trunc(d, 'week')", "last_day(d)", "next_day(d, 'SUN')", "date_trunc('minute', ts)", "date_trunc('bad', ts)", "make_date(2024, 2, 29)", "make_timestamp(2024, 2, 29, 1, 2, 3.5)", "to_date(ts)"],
        "zones": ["from_utc_timestamp(ts, 'Asia/Kolkata')", "to_utc_timestamp(ts, 'America/New_York')", "date_format(ts, 'VV')", "date_format(ts, 'XXX')", "date_format(ts, 'z')", "current_timezone()"],
        "parse": ["to_date(tz)", "to_timestamp(tz)", "try_to_timestamp(s, 'dd/MM/yyyy HH:mm')", "try_to_timestamp(s, 'd/M/yyyy H:mm')", "to_date(s, 'd/M/yyyy H:mm')", "try_cast(s AS date)", "date(tz)", "timestamp(tz)"],
        "compare": ["ts > '2024-01-01'", "d = '2024-02-29'", "ts BETWEEN '2024-01-01' AND '2025-01-01'", "d < ts", "greatest(d, DATE'2000-01-01')", "coalesce(ts, TIMESTAMP'2000-01-01 00:00:00')", "ts IS NULL", "d IN ('2024-02-29', '2020-01-01')", "nvl(d, current_date()) >= d"],
        "intervals": ["INTERVAL '1' DAY", "INTERVAL '1-2' YEAR TO MONTH", "INTERVAL '1 02:03:04.5' DAY TO SECOND", "make_dt_interval(1, 2, 3, 4.5)", "make_ym_interval(1, 2)", "extract(DAY FROM INTERVAL '1 02:03:04' DAY TO SECOND)", "INTERVAL 1 WEEK * 2", "cast(INTERVAL '90' MINUTE AS string)", "ts - ts"],
    }
    for zone in ("UTC", "America/Los_Angeles"):
        spark.conf.set("spark.sql.session.timeZone", zone)
        for label, exprs in tries.items():
            t.once(f"{label} {zone}", lambda e=exprs: df.selectExpr("id", *[f"cast({x} AS string) AS `{i}`" for i, x in enumerate(e)]))
    t.attempt("types", lambda: [list(x) for x in df.selectExpr(*[e for k in ("casts", "epochs", "arithmetic", "truncate", "intervals") for e in tries[k] if "bad" not in e]).dtypes])
    t.once("not the usual format", lambda: df.selectExpr("to_unix_timestamp(tz)"))
    t.once("unix_timestamp of text", lambda: df.selectExpr("unix_timestamp(tz)"))
    t.once("unix_timestamp usual", lambda: df.where("id = 2").selectExpr("unix_timestamp(tz)", "to_unix_timestamp(tz)"))
    t.once("text goes on", lambda: df.where("id = 1").select(F.to_timestamp("s", "dd/MM/yyyy")))
    t.once("text ends", lambda: df.where("id = 1").select(F.to_date("s", "dd/MM/yyyy HH:mm:ss")))
    t.once("bad parse", lambda: df.select(F.to_timestamp("s", "yyyy-MM-dd")))
    t.once("bad cast", lambda: df.select(F.col("s").cast("timestamp")))
