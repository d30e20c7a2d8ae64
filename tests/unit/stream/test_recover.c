/* A checkpoint that Spark 4.1 wrote: opened, its state read, gone on from. */
#include "tests/unit/mr_test.h"

#include "tests/unit/stream/stream_fixture.h"

static void test_take_over(void **state)
{
    const char *sql =
        "SELECT k, n, mean, total, low, high, money FROM (SELECT window(ts, '10 "
        "seconds') AS w, k, count(*) AS n, avg(v) AS mean, sum(d) AS total, min(v) AS "
        "low, max(k) AS high, sum(m) AS money FROM events GROUP BY window(ts, '10 "
        "seconds'), k)";
    const char *at = strstr(__FILE__, "tests/unit/");
    char command[600];
    mr_arena *arena = mr_arena_new();
    mr_stream *stream;
    mr_batch *rows;
    int64_t total = 0;
    setup s;

    (void)state;
    assert_non_null(at);
    setup_init(&s);
    s.schema = "ts TIMESTAMP, k STRING, v INT, d DOUBLE, m DECIMAL(10,2)";
    s.delay = "5 seconds";
    s.mode = MR_MODE_COMPLETE;
    snprintf(command, sizeof(command), "cp -r %.*stests/golden/checkpoints/complete_memory/ckpt %s",
             (int)(at - __FILE__), __FILE__, s.ckpt);
    assert_int_equal(system(command), 0);
    stream = setup_start(&s, sql);
    setup_drop(&s, 9, "{\"ts\":\"2024-01-01T00:09:00Z\",\"k\":\"a\",\"v\":7}\n");
    setup_settle(&s, stream);
    rows = mr_table_read(s.table, arena);
    for (int32_t i = 0; i < rows->n; i++)
        total += rows->cols[1].i64[i];
    assert_int_equal(total, 11); /* ten rows of Spark's batches, one of ours */
    mr_stream_close(stream);
    mr_arena_free(arena);
    setup_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_take_over) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
