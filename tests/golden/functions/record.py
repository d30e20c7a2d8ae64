"""Ask a real Spark 4.1 for the answers to SQL expressions and queries, one JSON object a line.

    python record.py            # records answers.jsonl anew: the texts in it are asked again
    python record.py FILE ...   # adds the texts of the files, one a line

A text that begins with SELECT is a query, any other an expression. A line of a file may begin with
"[New York] " (session time zone America/New_York) and then "[ANSI off] "; zone UTC and ANSI are the
rule. An answer has the columns (name, type, nullable) and the rows as texts, or the error condition.
Needs pyspark 4.1 (classic) and a JVM.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ANSWERS = os.path.join(HERE, "answers.jsonl")
ZONES = {"[New York] ": "America/New_York"}


def open_spark():
    """A session that computes without generated code, which is quicker for single rows."""
    os.environ["TZ"] = "UTC"
    from pyspark.sql import SparkSession
    builder = SparkSession.builder.master("local[1]")
    for key, value in {
            "spark.ui.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN"}.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def parse(line):
    """(zone, ansi, text) of a line of a file."""
    zone, ansi = "UTC", True
    for mark, name in ZONES.items():
        if line.startswith(mark):
            zone, line = name, line[len(mark):]
    if line.startswith("[ANSI off] "):
        ansi, line = False, line[len("[ANSI off] "):]
    return zone, ansi, line


def as_texts(query, schema):
    """The query whose columns are those of `query` as texts."""
    cells = ", ".join(
        f"hex(c{i})" if f.dataType.simpleString() == "binary" else f"CAST(c{i} AS STRING)"
        for i, f in enumerate(schema.fields))
    names = ", ".join(f"c{i}" for i in range(len(schema.fields)))
    return f"SELECT {cells} FROM ({query}) AS q({names})"


def answer(spark, zone, ansi, text):
    """Spark's answer as the object that answers.jsonl keeps."""
    spark.conf.set("spark.sql.session.timeZone", zone)
    spark.conf.set("spark.sql.ansi.enabled", "true" if ansi else "false")
    query = text if text.startswith("SELECT ") else "SELECT " + text
    found = {"zone": zone, "ansi": ansi, "sql": text}
    try:
        schema = spark.sql(query).schema
        columns = [[f.name, f.dataType.simpleString(), f.nullable] for f in schema.fields]
        rows = [list(r) for r in spark.sql(as_texts(query, schema)).collect()]
        found.update(columns=columns, rows=rows)
    except Exception as e:  # noqa: BLE001 - every error is an answer
        condition = getattr(e, "getCondition", lambda: None)()
        found["error"] = condition or type(e).__name__
    return found


def main(files):
    with open(ANSWERS, encoding="utf-8") as f:
        kept = [json.loads(line) for line in f]
    asked = [(r["zone"], r["ansi"], r["sql"]) for r in kept]
    if files:
        new = []
        for name in files:
            with open(name, encoding="utf-8") as f:
                new += [parse(line) for line in f.read().splitlines() if line]
        asked = [a for a in dict.fromkeys(new) if a not in set(asked)]
    else:
        kept = []
    spark = open_spark()
    kept += [answer(spark, *a) for a in asked]
    spark.stop()
    with open(ANSWERS, "w", encoding="utf-8") as f:
        for r in kept:
            f.write(json.dumps(r, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
