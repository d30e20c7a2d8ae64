"""availableNow adds the no-data batch, once closes windows only in its next run."""
from pyspark.sql.functions import col, window


def run(spark, t):
    def build():
        events = spark.readStream.schema("ts TIMESTAMP").json(t.input)
        return (events.withWatermark("ts", "1 second").groupBy(window(col("ts"), "5 seconds"))
                .count().selectExpr("window.start AS s", "count"))

    for i, trigger in enumerate(({"availableNow": True}, {"once": True})):
        name = list(trigger)[0]
        t.drop(f"{name}1.json", [{"ts": f"2024-01-0{i + 1}T00:00:01Z"},
                                 {"ts": f"2024-01-0{i + 1}T00:00:09Z"}])
        for run_no in range(3):
            q = t.files(build(), out=name, checkpoint="ck_" + name, trigger=trigger)
            t.finish(q, f"{name} {run_no}")
            t.record(f"{name} {run_no}: lines", t.read_output(name))
            if run_no == 0:
                t.drop(f"{name}2.json", [{"ts": f"2024-01-0{i + 1}T00:00:30Z"}])
