"""explain of frames and queries prints something; its text is not compared."""
import contextlib
import io


def printed(call):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        call()
    return out.getvalue()


def run(spark, t):
    df = spark.readStream.schema("k STRING, v INT").json(t.input)
    counts = df.groupBy("k").count()
    t.record("frame", "Physical Plan" in printed(counts.explain))
    t.record("frame extended", "Analyzed Logical Plan" in printed(lambda: counts.explain(True)))
    q = t.memory(counts, "complete")
    t.record("no data yet", printed(q.explain).strip())
    t.drop("a.json", [{"k": "a", "v": 1}])
    t.step(q)
    t.record("query", "Physical Plan" in printed(q.explain))
    t.record("query extended", "Optimized Logical Plan" in printed(lambda: q.explain(True)))
    q.stop()
