/* test_check.c - plans that Spark refuses to run as a stream or as a batch. */
#include "tests/unit/mr_test.h"

#include "tests/unit/analyze/plan_text.h"

static void check_mode(const char *sql, mr_output_mode mode, const char *want)
{
    test_env t;
    mr_logical *plan;
    char *end;

    test_env_init(&t);
    CHECK_OK(test_plan(&t, sql, &plan), &t.err);
    if (mr_analyze_check_streaming(plan, mode, &t.err) == MR_OK)
        snprintf(t.err.message, sizeof(t.err.message), "ok");
    end = strchr(t.err.message, '\n');
    if (end != NULL)
        *end = '\0';
    assert_string_equal(t.err.message, want);
    test_env_free(&t);
}

static void modes_are_parsed(void **state)
{
    mr_output_mode mode;
    mr_error err;

    (void)state;
    CHECK_OK(mr_output_mode_parse(MR_STR("COMPLETE"), &mode, &err), &err);
    assert_int_equal(mode, MR_MODE_COMPLETE);
    CHECK_RAISES(mr_output_mode_parse(MR_STR("sometimes"), &mode, &err), &err,
                 "STREAMING_OUTPUT_MODE.INVALID");
    assert_string_equal(err.message,
                        "[STREAMING_OUTPUT_MODE.INVALID] Invalid streaming output mode: "
                        "sometimes. Accepted output modes are 'Append', 'Complete', "
                        "'Update'. SQLSTATE: 42KDE");
}

static void aggregations_need_a_fitting_mode(void **state)
{
    const char *counts = "SELECT name, count(*) FROM marked GROUP BY name";
    const char *windows = "SELECT window, count(*) FROM marked GROUP BY window(ts, '1 minute')";

    (void)state;
    check_mode(
        counts, MR_MODE_APPEND,
        "[STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: append. "
        "This output mode is not supported for streaming aggregations without watermark on "
        "streaming DataFrames/DataSets. SQLSTATE: 42KDE");
    check_mode(counts, MR_MODE_UPDATE, "ok");
    check_mode(windows, MR_MODE_APPEND, "ok");
    check_mode(windows, MR_MODE_COMPLETE, "ok");
    check_mode("SELECT name FROM events", MR_MODE_COMPLETE,
               "[STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION] Invalid streaming output mode: "
               "complete. This output mode is not supported for no streaming aggregations on "
               "streaming DataFrames/DataSets. SQLSTATE: 42KDE");
}

static void sorts_and_limits(void **state)
{
    (void)state;
    check_mode(
        "SELECT name FROM events ORDER BY name", MR_MODE_APPEND,
        "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated "
        "DataFrame/Dataset in Complete output mode;");
    check_mode("SELECT name, count(*) c FROM events GROUP BY name ORDER BY c", MR_MODE_COMPLETE,
               "ok");
    check_mode("SELECT name FROM events LIMIT 3", MR_MODE_UPDATE,
               "Limits are not supported on streaming DataFrames/Datasets in Update output mode;");
    check_mode("SELECT name FROM fixed", MR_MODE_APPEND,
               "Queries without streaming sources cannot be executed with writeStream.start();");
}

static void a_stream_is_no_batch(void **state)
{
    test_env t;
    mr_logical *plan;

    (void)state;
    test_env_init(&t);
    CHECK_OK(test_plan(&t, "SELECT * FROM fixed", &plan), &t.err);
    CHECK_OK(mr_analyze_check_batch(plan, &t.err), &t.err);
    CHECK_OK(test_plan(&t, "SELECT * FROM events", &plan), &t.err);
    CHECK_RAISES(mr_analyze_check_batch(plan, &t.err), &t.err, "_LEGACY_ERROR_TEMP_3102");
    test_env_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(modes_are_parsed),
        cmocka_unit_test(aggregations_need_a_fitting_mode),
        cmocka_unit_test(sorts_and_limits),
        cmocka_unit_test(a_stream_is_no_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
