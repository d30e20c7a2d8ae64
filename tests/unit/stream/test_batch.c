/* Whole queries: files, watermark, windows, state, memory sink, restart; the answers are Spark's.
 */
#include "tests/unit/mr_test.h"

#include <jansson.h>

#include "tests/unit/stream/stream_fixture.h"

#define COUNTS                                                                                     \
    "SELECT date_format(window.start, 'HH:mm') AS w, count(*) AS n FROM events "                   \
    "GROUP BY window(ts, '10 minutes')"

static const char *const inputs[] = {
    "{\"ts\":\"2024-01-01T12:14:00Z\",\"k\":\"a\",\"v\":1}\n{\"ts\":\"2024-01-01T12:09:00Z\"}\n",
    "{\"ts\":\"2024-01-01T12:08:00Z\",\"k\":\"b\",\"v\":2}\n{\"ts\":\"2024-01-01T12:21:00Z\"}\n",
    "{\"ts\":\"2024-01-01T12:04:00Z\",\"k\":\"a\",\"v\":3}\n{\"ts\":\"2024-01-01T12:17:00Z\"}"
};

/* Drops the three inputs one after the other and compares what each adds. */
static void run_trace(setup *s, bool restart, const char *const *want)
{
    mr_arena *arena = mr_arena_new();
    mr_stream *stream = setup_start(s, COUNTS);

    for (int i = 0; i < 3; i++) {
        if (restart && i > 0) {
            mr_stream_close(stream);
            stream = setup_start(s, COUNTS);
        }
        setup_drop(s, i, inputs[i]);
        setup_settle(s, stream);
        assert_string_equal(setup_rows(s, arena), want[i]);
    }
    mr_stream_close(stream);
    mr_arena_free(arena);
}

static void test_append(void **state)
{
    const char *want[] = { "", "12:00|2", "" };
    setup s;

    (void)state;
    for (int restart = 0; restart < 2; restart++) {
        setup_init(&s);
        run_trace(&s, restart, want);
        setup_free(&s);
    }
}

static void test_append_without_no_data(void **state)
{
    const char *want[] = { "", "", "12:00|3" };
    setup s;

    (void)state;
    for (int restart = 0; restart < 2; restart++) {
        setup_init(&s);
        s.no_data = false;
        run_trace(&s, restart, want);
        setup_free(&s);
    }
}

static void test_update(void **state)
{
    const char *want[] = { "12:00|1 12:10|1", "12:00|2 12:20|1", "12:10|2" };
    setup s;

    (void)state;
    for (int restart = 0; restart < 2; restart++) {
        setup_init(&s);
        s.mode = MR_MODE_UPDATE;
        run_trace(&s, restart, want);
        setup_free(&s);
    }
}

/* Complete mode keeps everything: no group is late, none closes. */
static void test_complete(void **state)
{
    const char *want[] = { "12:00|1 12:10|1", "12:00|2 12:10|1 12:20|1",
                           "12:00|3 12:10|2 12:20|1" };
    setup s;

    (void)state;
    for (int restart = 0; restart < 2; restart++) {
        setup_init(&s);
        s.mode = MR_MODE_COMPLETE;
        run_trace(&s, restart, want);
        setup_free(&s);
    }
}

static void test_global(void **state)
{
    setup s;
    mr_arena *arena = mr_arena_new();
    mr_stream *stream;
    const char *sql = "SELECT count(*) AS n, sum(v) AS s, max(k) AS k FROM events";

    (void)state;
    setup_init(&s);
    s.mode = MR_MODE_COMPLETE;
    s.delay = NULL;
    stream = setup_start(&s, sql);
    setup_drop(&s, 0, inputs[0]);
    setup_settle(&s, stream);
    assert_string_equal(setup_rows(&s, arena), "2|1|a");
    mr_stream_close(stream);
    stream = setup_start(&s, sql);
    setup_drop(&s, 1, inputs[1]);
    setup_settle(&s, stream);
    assert_string_equal(setup_rows(&s, arena), "4|3|b");
    mr_stream_close(stream);
    mr_arena_free(arena);
    setup_free(&s);
}

/* Rows without state; a rerun of an uncommitted batch gives the same rows. */
static void test_replay(void **state)
{
    setup s;
    char path[160];
    mr_arena *arena = mr_arena_new();
    mr_stream *stream;
    const char *sql = "SELECT k, v * 2 AS v FROM events WHERE v IS NOT NULL";

    (void)state;
    setup_init(&s);
    stream = setup_start(&s, sql);
    setup_drop(&s, 0, inputs[0]);
    setup_drop(&s, 1, inputs[1]);
    setup_settle(&s, stream);
    assert_string_equal(setup_rows(&s, arena), "a|2 b|4");
    mr_stream_close(stream);
    stream = setup_start(&s, sql);
    setup_drop(&s, 2, inputs[2]);
    setup_settle(&s, stream);
    assert_string_equal(setup_rows(&s, arena), "a|6");
    mr_stream_close(stream);
    snprintf(path, sizeof(path), "%s/commits", s.ckpt);
    for (int i = 9; i >= 0; i--) {
        snprintf(path, sizeof(path), "%s/commits/%d", s.ckpt, i);
        if (unlink(path) == 0)
            break;
    }
    stream = setup_start(&s, sql);
    setup_settle(&s, stream);
    assert_string_equal(setup_rows(&s, arena), "a|6");
    mr_stream_close(stream);
    mr_arena_free(arena);
    setup_free(&s);
}

static void test_available_now(void **state)
{
    setup s;
    mr_arena *arena = mr_arena_new();
    mr_stream *stream;
    mr_str *texts;
    int n;
    int64_t rows = 0;

    (void)state;
    setup_init(&s);
    s.trigger = MR_STREAM_AVAILABLE_NOW;
    for (int i = 0; i < 3; i++)
        setup_drop(&s, i, inputs[i]);
    stream = setup_start(&s, COUNTS);
    assert_true(mr_stream_await(stream, 20000, NULL));
    if (mr_stream_failed(stream, &s.err))
        fail_msg("%s", s.err.message);
    assert_string_equal(setup_rows(&s, arena), "12:00|3");
    n = mr_stream_progress(stream, arena, &texts);
    assert_true(n >= 2);
    for (int i = 0; i < n; i++) {
        json_error_t error;
        json_t *json = json_loadb(texts[i].ptr, texts[i].len, 0, &error);
        json_t *operators;

        if (json == NULL)
            fail_msg("%s in %.*s", error.text, MR_STR_ARG(texts[i]));
        rows += json_integer_value(
            json_object_get(json_array_get(json_object_get(json, "sources"), 0), "numInputRows"));
        operators = json_object_get(json, "stateOperators");
        assert_int_equal(json_array_size(operators), 1);
        assert_true(json_is_string(json_object_get(json, "timestamp")));
        assert_true(json_is_object(json_object_get(json, "durationMs")));
        json_decref(json);
    }
    assert_int_equal(rows, 6);
    mr_stream_close(stream);
    mr_arena_free(arena);
    setup_free(&s);
}

/* Windows before 1970, a slide that does not divide the width; sort and limit above them. */
static void check_sliding(const char *tail, const char *want)
{
    setup s;
    char sql[400];
    mr_arena *arena = mr_arena_new();
    mr_stream *stream;

    setup_init(&s);
    s.mode = MR_MODE_COMPLETE;
    s.delay = NULL;
    snprintf(sql, sizeof(sql),
             "SELECT date_format(window.start, 'HH:mm') AS w, count(*) AS n FROM events "
             "GROUP BY window(ts, '10 minutes', '4 minutes') %s",
             tail);
    stream = setup_start(&s, sql);
    setup_drop(&s, 0,
               "{\"ts\":\"1969-12-31T23:58:00Z\"}\n{\"ts\":\"1969-12-31T23:59:30Z\"}\n"
               "{\"ts\":\"1970-01-01T00:01:00Z\"}\n{\"ts\":null}\n");
    setup_settle(&s, stream);
    assert_string_equal(setup_rows(&s, arena), want);
    mr_stream_close(stream);
    mr_arena_free(arena);
    setup_free(&s);
}

static void test_sliding(void **state)
{
    (void)state;
    check_sliding("", "00:00|1 23:52|3 23:56|3");
    check_sliding("ORDER BY n DESC, w LIMIT 2", "23:52|3 23:56|3");
    check_sliding("ORDER BY n, w DESC LIMIT 2", "00:00|1 23:56|3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),        cmocka_unit_test(test_append_without_no_data),
        cmocka_unit_test(test_update),        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_global),        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_available_now), cmocka_unit_test(test_sliding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
