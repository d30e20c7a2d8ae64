/* test_api.c - the public library from outside: only include/millrace is used. */
#include "tests/unit/mr_test.h"

#include <millrace/millrace.h>
#include <unistd.h>

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NEED(object, err)                                                                          \
    do {                                                                                           \
        if ((object) == NULL)                                                                      \
            fail_msg("%s: %s", #object, (err)->message);                                           \
    } while (0)

static millrace_session *open_session(void)
{
    millrace_error err;
    millrace_session *session = millrace_session_open(NULL, &err);

    NEED(session, &err);
    assert_int_equal(millrace_session_set(session, "spark.sql.session.timeZone", "UTC", &err),
                     MILLRACE_OK);
    return session;
}

static void test_cells(void **state)
{
    millrace_session *session = open_session();
    millrace_error err;
    millrace_frame *frame = millrace_sql(
        session, "SELECT 1 AS a, 'x' AS b, CAST(1.5 AS DECIMAL(4,2)) AS c, CAST(NULL AS INT) AS d",
        &err);
    millrace_result *result;
    size_t len;

    (void)state;
    NEED(frame, &err);
    result = millrace_collect(frame, &err);
    NEED(result, &err);
    assert_int_equal(millrace_result_rows(result), 1);
    assert_int_equal(millrace_result_columns(result), 4);
    assert_string_equal(millrace_result_name(result, 1), "b");
    assert_string_equal(millrace_result_type(result, 2), "decimal(4,2)");
    assert_int_equal(millrace_result_kind(result, 0), MILLRACE_INTEGER);
    assert_int_equal(millrace_result_int64(result, 0, 0), 1);
    assert_string_equal(millrace_result_text(result, 0, 1, &len), "x");
    assert_int_equal(len, 1);
    assert_true(millrace_result_double(result, 0, 2) == 1.5);
    assert_true(millrace_result_is_null(result, 0, 3));
    assert_null(millrace_result_text(result, 0, 3, NULL));
    millrace_result_free(result);
    millrace_frame_free(frame);
    millrace_session_close(session);
}

/* The first failure of a chain is the one reported, and nothing leaks behind it. */
static void test_chain_keeps_first_error(void **state)
{
    millrace_session *session = open_session();
    millrace_error err;
    millrace_frame *frame = millrace_sql(session, "SELECT 1 AS a", &err);

    (void)state;
    frame = millrace_filter(frame, "a >", &err);
    frame = millrace_select(frame, LIST("a", "a + 1 AS b"), &err);
    assert_null(frame);
    assert_string_equal(err.condition, "PARSE_SYNTAX_ERROR");
    millrace_session_close(session);
}

static void test_frames_compute(void **state)
{
    millrace_session *session = open_session();
    millrace_error err;
    millrace_frame *frame = millrace_sql(
        session, "SELECT col1 AS k, col2 AS v FROM VALUES ('x', 1), ('y', 2), ('x', 3)", &err);
    millrace_frame *both;
    millrace_result *result;

    (void)state;
    both = millrace_union(millrace_frame_share(frame), frame, &err);
    both = millrace_with_column(both, "w", "v * 10", &err);
    both = millrace_group_by(both, LIST("k"), LIST("sum(w) AS s"), &err);
    both = millrace_limit(millrace_order_by(both, LIST("s DESC"), &err), 1, &err);
    NEED(both, &err);
    result = millrace_collect(both, &err);
    NEED(result, &err);
    assert_int_equal(millrace_result_rows(result), 1);
    assert_string_equal(millrace_result_text(result, 0, 0, NULL), "x");
    assert_int_equal(millrace_result_int64(result, 0, 1), 80);
    millrace_result_free(result);
    millrace_frame_free(both);
    millrace_session_close(session);
}

static millrace_query *start_counting(millrace_session *session, const char *data,
                                      millrace_error *err)
{
    const millrace_source source = { .size = sizeof(source),
                                     .format = "json",
                                     .schema = "ts TIMESTAMP, page STRING, ms DOUBLE",
                                     .path = data };
    const millrace_window window = { .size = sizeof(window),
                                     .column = "ts",
                                     .duration = "10 minutes" };
    const millrace_sink sink = {
        .size = sizeof(sink), .format = "memory", .output_mode = "complete", .query_name = "counts"
    };
    millrace_frame *frame = millrace_read(session, &source, err);
    millrace_query *query;

    frame = millrace_with_watermark(frame, "ts", "10 minutes", err);
    frame = millrace_group_by_window(frame, &window, LIST("page"), LIST("count(*) AS n"), err);
    NEED(frame, err);
    query = millrace_start(frame, &sink, err);
    millrace_frame_free(frame);
    return query;
}

static void test_stream_to_memory(void **state)
{
    const char *root = getenv("MR_SOURCE_DIR");
    millrace_session *session = open_session();
    millrace_error err;
    millrace_query *query;
    millrace_frame *table;
    millrace_result *result;
    char data[1024];

    (void)state;
    snprintf(data, sizeof(data), "%s/examples/c/data", root == NULL ? "." : root);
    query = start_counting(session, data, &err);
    NEED(query, &err);
    assert_string_equal(millrace_query_name(query), "counts");
    if (millrace_query_process_all_available(query, &err) != MILLRACE_OK)
        fail_msg("%s", err.message);
    assert_true(millrace_query_is_active(query));
    assert_non_null(strstr(millrace_query_last_progress(query), "\"numInputRows\""));
    table = millrace_order_by(millrace_table(session, "counts", false, &err),
                              LIST("window", "n DESC"), &err);
    NEED(table, &err);
    result = millrace_collect(table, &err);
    NEED(result, &err);
    assert_int_equal(millrace_result_rows(result), 4);
    assert_int_equal(millrace_result_int64(result, 0, 2), 2);
    millrace_result_free(result);
    millrace_frame_free(table);
    assert_int_equal(millrace_query_stop(query, &err), MILLRACE_OK);
    assert_false(millrace_query_is_active(query));
    assert_false(millrace_query_exception(query, &err));
    millrace_query_free(query);
    millrace_session_close(session);
}

/* A consumer moves a child out, releases the rest, and still reads the child. */
static void test_arrow(void **state)
{
    millrace_session *session = open_session();
    millrace_error err;
    millrace_frame *frame =
        millrace_sql(session,
                     "SELECT CAST(col1 AS BIGINT) AS v, col2 AS s, array(col1, 7) AS l, "
                     "map(col2, col1) AS m FROM VALUES (1, 'ab'), (2, 'c'), (NULL, 'x')",
                     &err);
    millrace_result *result;
    struct ArrowSchema schema;
    struct ArrowArray array, moved;

    (void)state;
    NEED(frame, &err);
    result = millrace_collect(frame, &err);
    NEED(result, &err);
    if (millrace_result_to_arrow(result, &schema, &array, &err) != MILLRACE_OK)
        fail_msg("%s", err.message);
    millrace_result_free(result);
    millrace_frame_free(frame);
    millrace_session_close(session);

    assert_string_equal(schema.format, "+s");
    assert_int_equal(schema.n_children, 4);
    assert_string_equal(schema.children[0]->format, "l");
    assert_string_equal(schema.children[1]->name, "s");
    assert_string_equal(schema.children[3]->children[0]->children[1]->name, "value");
    assert_int_equal(array.length, 3);
    assert_int_equal(array.children[0]->null_count, 1);
    assert_int_equal(((const int64_t *)array.children[0]->buffers[1])[1], 2);
    assert_int_equal(((const int32_t *)array.children[2]->buffers[1])[3], 6);
    assert_int_equal(array.children[3]->children[0]->length, 3);
    moved = *array.children[1];
    array.children[1]->release = NULL;
    array.release(&array);
    schema.release(&schema);
    assert_null(array.release);
    assert_int_equal(((const int32_t *)moved.buffers[1])[3], 4);
    assert_memory_equal(moved.buffers[2], "abcx", 4);
    moved.release(&moved);
}

/* What could not be made may be passed on: the first failure stays in `err`. */
static void test_null_is_passed_on(void **state)
{
    millrace_session *session = open_session();
    const millrace_source source = { .size = sizeof(source), .format = "json" };
    const millrace_sink sink = { .size = sizeof(sink), .format = "noop" };
    millrace_error err;
    bool ended = true;
    millrace_query *query;

    (void)state;
    query = millrace_start(millrace_filter(millrace_read(session, &source, &err), "a >", &err),
                           &sink, &err);
    assert_null(query);
    assert_null(millrace_collect(NULL, &err));
    assert_int_equal(millrace_create_view(NULL, "v", &err), MILLRACE_INVALID);
    assert_int_equal(millrace_query_process_all_available(query, &err), MILLRACE_INVALID);
    assert_int_equal(millrace_query_await(query, 0, &ended, &err), MILLRACE_INVALID);
    assert_int_equal(millrace_query_stop(query, &err), MILLRACE_INVALID);
    assert_false(millrace_query_is_active(query) || millrace_query_exception(query, &err));
    assert_null(millrace_sql(NULL, "SELECT 1", &err));
    assert_null(millrace_read(NULL, &source, &err));
    assert_null(millrace_table(NULL, "t", false, &err));
    assert_int_equal(millrace_session_script(NULL, "SELECT 1", &err), MILLRACE_INVALID);
    assert_int_equal(millrace_session_set(NULL, "a", "b", &err), MILLRACE_INVALID);
    assert_int_equal(millrace_session_await_any(NULL, 0, NULL, &err), MILLRACE_INVALID);
    assert_int_equal(millrace_session_get(NULL, "a", NULL, 0), -1);
    assert_string_equal(err.condition, "PARSE_SYNTAX_ERROR");
    millrace_session_close(session);
}

static void test_null_arguments_are_told(void **state)
{
    millrace_session *session = open_session();
    millrace_frame *frame = millrace_sql(session, "SELECT 1 AS a", NULL);
    millrace_error err;

    (void)state;
    assert_null(millrace_read(session, NULL, &err));
    assert_string_equal(err.message, "millrace_source: size or format is not set");
    assert_null(millrace_start(frame, NULL, &err));
    assert_string_equal(err.message, "millrace_sink: size is not set");
    assert_int_equal(millrace_create_view(frame, NULL, &err), MILLRACE_INVALID);
    assert_int_equal(millrace_session_script(session, NULL, &err), MILLRACE_INVALID);
    assert_int_equal(millrace_session_set(session, NULL, "x", &err), MILLRACE_INVALID);
    assert_int_equal(millrace_session_set(session, "x", NULL, &err), MILLRACE_INVALID);
    assert_null(millrace_group_by_window(frame, NULL, NULL, LIST("count(*)"), &err));
    millrace_session_close(session);
}

static void test_frames_have_a_limit(void **state)
{
    millrace_session *session = open_session();
    millrace_error err = { 0 };
    millrace_frame *frame = millrace_sql(session, "SELECT 1 AS a", &err);

    (void)state;
    for (int i = 1; i < 800; i++)
        frame = millrace_filter(frame, "a > 0", &err);
    NEED(frame, &err);
    assert_null(millrace_filter(frame, "a > 0", &err));
    assert_string_equal(err.message, "too many frames upon each other");
    millrace_session_close(session);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static bool exists(const char *dir, const char *name)
{
    char path[512];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* PARTITIONED BY and LOCATION mean what partitionBy() and option("path") do. */
static void test_streaming_table_clauses(void **state)
{
    static const char rows[] = "{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":2}\n";
    millrace_session *session = open_session();
    char dir[] = "/tmp/mr_api_XXXXXX", path[512], script[2048];
    millrace_error err = { 0 };

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/rows.json", dir);
    write_file(path, rows);
    snprintf(script, sizeof(script),
             "CREATE TABLE t (k STRING, v INT) USING json OPTIONS (path '%s');"
             "CREATE STREAMING TABLE o USING json PARTITIONED BY (k) LOCATION '%s/out'"
             " OPTIONS (checkpointLocation '%s/checkpoint') AS SELECT * FROM STREAM t;",
             path, dir, dir);
    if (millrace_session_script(session, script, &err) != MILLRACE_OK)
        fail_msg("%s", err.message);
    assert_true(exists(dir, "out/k=a") && exists(dir, "out/k=b"));
    assert_int_equal(
        millrace_session_script(session,
                                "CREATE STREAMING TABLE p USING json PARTITIONED BY (k)"
                                " LOCATION '/nowhere' AS SELECT * FROM STREAM t",
                                &err),
        MILLRACE_INVALID);
    assert_non_null(strstr(err.message, "checkpointLocation must be specified"));
    assert_int_equal(
        millrace_session_script(session, "CREATE STREAMING TABLE q (k INT) AS SELECT 1", &err),
        MILLRACE_UNSUPPORTED);
    millrace_session_close(session);
    snprintf(script, sizeof(script), "rm -r %s", dir);
    assert_int_equal(system(script), 0);
}

/* Refused once there is data, as Spark does; complete mode never drops late rows. */
static void test_two_event_times(void **state)
{
    static const char *const modes[] = { "append", "update", "complete" };
    millrace_session *session = open_session();
    char dir[] = "/tmp/mr_api_XXXXXX", path[512], script[2048];
    millrace_error err = { 0 };

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/rows.json", dir);
    write_file(path, "{\"ts\":\"2024-01-01T00:00:01Z\"}\n");
    snprintf(script, sizeof(script), "CREATE TABLE t (ts TIMESTAMP) USING json LOCATION '%s'", dir);
    assert_int_equal(millrace_session_script(session, script, &err), MILLRACE_OK);
    for (int i = 0; i < 3; i++) {
        millrace_status status;

        snprintf(script, sizeof(script),
                 "CREATE STREAMING TABLE o%d USING noop OPTIONS (outputMode '%s') AS SELECT ts,"
                 " window(ts, '1 minute'), count(*) FROM STREAM t WATERMARK ts DELAY OF INTERVAL"
                 " 1 MINUTE GROUP BY ts, window(ts, '1 minute')",
                 i, modes[i]);
        status = millrace_session_script(session, script, &err);
        assert_int_equal(status, i == 2 ? MILLRACE_OK : MILLRACE_INVALID);
        if (status != MILLRACE_OK)
            assert_non_null(strstr(err.message, "at most one event time column per stream. "
                                                "event time columns: (ts#"));
    }
    millrace_session_close(session);
    snprintf(script, sizeof(script), "rm -r %s", dir);
    assert_int_equal(system(script), 0);
}

static void test_misuse_is_told(void **state)
{
    millrace_session *session = open_session();
    const millrace_source no_size = { .format = "json" };
    millrace_error err;

    (void)state;
    assert_null(millrace_read(session, &no_size, &err));
    assert_int_equal(err.status, MILLRACE_INVALID);
    assert_null(millrace_sql(session, "SELEC 1", &err));
    assert_string_equal(err.condition, "PARSE_SYNTAX_ERROR");
    millrace_session_close(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_chain_keeps_first_error),
        cmocka_unit_test(test_frames_compute),
        cmocka_unit_test(test_stream_to_memory),
        cmocka_unit_test(test_arrow),
        cmocka_unit_test(test_misuse_is_told),
        cmocka_unit_test(test_null_is_passed_on),
        cmocka_unit_test(test_null_arguments_are_told),
        cmocka_unit_test(test_frames_have_a_limit),
        cmocka_unit_test(test_streaming_table_clauses),
        cmocka_unit_test(test_two_event_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
