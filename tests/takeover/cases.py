"""The queries that change engines, and their input.

A case is a dict: name, query (an expression as in ../golden/plans/shapes.py), mode, source, sink,
conf, trigger, delay, and `steps`: what arrives in each leg, a list of (number, file name, lines).
"""
import datetime
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "golden", "plans"))

import shapes  # noqa: E402

SCHEMA = shapes.SCHEMA
KEYS = ["a", "b", "é", "日本語のテキスト", "😀", "", None, "longer than eight bytes", "tab\tand \"quote\""]
START = datetime.datetime(2024, 1, 1)
HOPS = 4

# What this build refuses, with the reason it gives.
REFUSED = {}
# Floating point that depends on the order of merging: rows and state only to 12 digits.
APPROXIMATE = {"stddev_variance"}


def stamp(seconds):
    """A time text, `seconds` behind the start, to the microsecond."""
    return (START + datetime.timedelta(seconds=seconds)).isoformat() + "Z"


def row(rng, at):
    """One event; doubles are such that sums of them are exact in any order."""
    full = {
        "ts": stamp(at), "ntz": stamp(at)[:-1], "k": rng.choice(KEYS), "j": rng.choice(["x", "y", None]),
        "i": rng.randint(-5, 9), "l": rng.randint(-10 ** 12, 10 ** 12), "d": rng.randint(-40, 40) / 4,
        "f": rng.randint(-8, 8) / 2, "m": rng.randint(-10 ** 6, 10 ** 6) / 100,
        "big": rng.randint(-10 ** 9, 10 ** 9), "s": rng.choice(KEYS[:-2]) or "zz",
        "dt": "20%02d-0%d-1%d" % (rng.randint(0, 30), rng.randint(1, 9), rng.randint(0, 9)),
        "b": rng.choice([True, False]), "si": rng.randint(-3, 3)}
    return {c: v for c, v in full.items() if c == "ts" or rng.random() > 0.1}


def rows(number, count=14):
    """Events of file `number`: 30 s further on, out of order, one far too late, one without time."""
    rng = random.Random(number)
    found = [row(rng, number * 30 + rng.randint(-8, 12) + rng.choice([0, 0.25, 0.000001]))
             for _ in range(count)]
    found.append(row(rng, number * 30 - 600))
    found.append(dict(row(rng, 0), ts=None))
    return found


def json_lines(number):
    return [json.dumps(r, ensure_ascii=number % 2 == 0) for r in rows(number)]


def csv_lines(number):
    names = ["ts", "k", "i", "d", "m"]
    good = [r for r in rows(number) if "\t" not in (r.get("k") or "")]
    return [",".join("" if r.get(c) is None else str(r[c]) for c in names) for r in good]


def steps(per_step=1, lines=json_lines, name="{:03d}.json", legs=HOPS):
    """What arrives in each leg."""
    return [[(n, name.format(n), lines(n)) for n in range(leg * per_step, (leg + 1) * per_step)]
            for leg in range(legs)]


def case(name, mode, query, **more):
    """A case with its defaults."""
    sink = {"append": "json", "update": "noop", "complete": "memory"}[mode]
    found = dict(name=name, mode=mode, query=query, source={"format": "json", "schema": SCHEMA},
                 sink={"format": sink}, steps=steps(), table="t_" + name)
    found.update(more)
    return found


def json_source(**options):
    return {"format": "json", "schema": SCHEMA, "options": options}


COUNTS = 'wm.groupBy(w, "k").agg(F.count("*").alias("n"), F.avg("d").alias("a"))'
FIVE = dict(steps=steps(5), source=json_source(maxFilesPerTrigger="1"))
CSV = {"format": "csv", "schema": "ts TIMESTAMP, k STRING, i INT, d DOUBLE, m DECIMAL(10,2)"}

MORE = [
    case("many_types", "append",
         'wm.groupBy(w, "k", "j").agg(F.count("*"), F.sum("m"), F.avg("m"), F.min("s"), F.max("ts"),'
         ' F.min("dt"), F.max("dt"), F.sum("big"), F.avg("big"), F.max("m"), F.min("big"))'),
    case("sliding_two_keys", "append", 'wm.groupBy("k", slide, "j").agg(F.sum("d"), F.max("s"))'),
    case("csv_source", "append", 'wm.groupBy(slide, "k").agg(F.sum("m").alias("m"), F.count("i"))'
         '.select("window.start", "window.end", "k", "m")', source=CSV, sink={"format": "csv"},
         steps=steps(lines=csv_lines, name="{:03d}.csv")),
    case("csv_stateless", "append", 'src.filter("i > 0").select("k", F.col("d") * 2, "m", "ts")',
         source=CSV, sink={"format": "csv", "options": {"header": "true"}},
         steps=steps(lines=csv_lines, name="{:03d}.csv")),
    case("max_files", "append", COUNTS, **FIVE),
    case("snapshots", "append", COUNTS, **dict(FIVE, conf={
        "spark.sql.streaming.stateStore.minDeltasForSnapshot": "2"})),
    case("snapshots_update", "update", 'wm.groupBy("k", "j").agg(F.sum("i"), F.max("s"))', **dict(
        FIVE, conf={"spark.sql.streaming.stateStore.minDeltasForSnapshot": "2"})),
    case("zstd", "append", COUNTS, conf={
        "spark.sql.streaming.stateStore.compression.codec": "zstd"}),
    case("zstd_snapshots", "update", 'src.groupBy("k").agg(F.avg("m"), F.min("s"))', **dict(FIVE, conf={
        "spark.sql.streaming.stateStore.compression.codec": "zstd",
        "spark.sql.streaming.stateStore.minDeltasForSnapshot": "3"})),
    case("partitions_200", "append", COUNTS, conf={"spark.sql.shuffle.partitions": "200"}),
    case("one_partition", "append", COUNTS, conf={"spark.sql.shuffle.partitions": "1"}),
    case("clean_delete", "append", COUNTS, steps=steps(3), source=json_source(
        cleanSource="delete", maxFilesPerTrigger="1")),
    case("clean_archive", "append", COUNTS, steps=steps(3), source=json_source(
        cleanSource="archive", sourceArchiveDir="BASE/archive", maxFilesPerTrigger="1")),
    case("odd names", "append", COUNTS, table="t_odd", source=json_source(maxFilesPerTrigger="1"),
         steps=steps(2, name="a b+{:03d}%é#[x]{{y}}^~@&=;,!日本.json")),
    case("once", "append", COUNTS, trigger={"once": True}, pending=True),
    case("available_now", "append", COUNTS, trigger={"availableNow": True}, steps=steps(2)),
    case("no_data_off", "append", COUNTS, conf={
        "spark.sql.streaming.noDataMicroBatches.enabled": "false"}),
    case("every_second", "append", COUNTS, trigger={"processingTime": "1 second"}),
    case("retain_two", "append", COUNTS, **dict(FIVE, conf={
        "spark.sql.streaming.minBatchesToRetain": "2",
        "spark.sql.streaming.stateStore.minDeltasForSnapshot": "2"})),
    case("self_union", "complete",
         'src.select("k", "i").union(src.select("s", "i")).groupBy("k").agg(F.sum("i"))'),
    case("two_aggregates_off_one_key", "update",
         'wm.groupBy(w).agg(F.min("k"), F.max("k"), F.min("ts"), F.max("dt"), F.sum("f"))'),
    case("stateless_json", "append", 'src.filter("i > 0").select("k", "ts", "m", "b", "dt")'),
    case("stateless_wm", "append", 'wm.select("k", F.upper("s").alias("u"), "ts").filter("k is not null")'),
    case("nested_key", "update", 'src.groupBy(F.struct("k", "i").alias("p")).agg(F.count("*"))'),
    case("late_delay", "append", 'wm.groupBy(w, "i").agg(F.count("*"), F.sum("d"))', delay="2 minutes",
         steps=steps(4), source=json_source(maxFilesPerTrigger="1")),
]


def shape_cases():
    """Every captured shape; memory tables of the sorted and limited ones show only part."""
    return [case(name, mode, query) for name, mode, query in shapes.SHAPES]


# One captured shape of each kind of key, buffer and plan; golden/plans/verify.py has all of them.
KINDS = ["count_star", "sum_types", "avg_types", "min_types", "max_types", "duplicate_sums", "ratio",
         "key_expression_and_column", "key_types_number", "key_types_wide", "key_floats",
         "key_constant", "two_keys", "global_complete", "global_update", "window_append",
         "window_complete", "key_window", "window_two_keys", "sliding_append", "sliding_update",
         "window_ntz", "event_time_key", "computed_above_watermark", "having",
         "having_unused_aggregate", "filter_on_window_above", "select_window_fields", "sort_limit_after",
         "limit_append", "project_only", "distinct_rows", "sql_window", "sql_case", "not_null_buffers",
         "filtered_aggregate", "stddev_variance"]


def all_cases():
    """All cases by name, those that differ most first."""
    shapes_ = {c["name"]: c for c in shape_cases()}
    order = MORE + [shapes_[n] for n in KINDS] + [c for n, c in shapes_.items() if n not in KINDS]
    return {c["name"]: c for c in order}


def chosen_cases():
    """What is played when nothing else is asked for."""
    return {c["name"]: c for c in MORE + [c for c in shape_cases() if c["name"] in KINDS]}
