/* test_aggregate.c - groupings: keys, order of functions, HAVING, ORDER BY. */
#include "tests/unit/mr_test.h"

#include "tests/unit/analyze/plan_text.h"

static void check(const char *sql, const char *analyzed, const char *optimized)
{
    test_env t;
    mr_logical *plan;

    test_env_init(&t);
    CHECK_OK(test_plan(&t, sql, &plan), &t.err);
    if (analyzed != NULL)
        assert_string_equal(test_text(&t, plan), analyzed);
    CHECK_OK(mr_analyze_optimize(&plan, t.arena, &t.err), &t.err);
    assert_string_equal(test_text(&t, plan), optimized);
    test_env_free(&t);
}

static void check_fails(const char *sql, const char *message)
{
    test_env t;

    test_env_init(&t);
    assert_string_equal(test_failure(&t, sql), message);
    test_env_free(&t);
}

static void functions_stand_in_order_of_appearance(void **state)
{
    (void)state;
    check("SELECT name, sum(v) / count(1), avg(m), sum(v) AS s FROM events GROUP BY name",
          "Project [name#2, (cast(sum(v)#9 as double) / cast(count(1)#10 as double)) AS "
          "(sum(v) / count(1))#6, avg(m)#11 AS avg(m)#7, sum(v)#9 AS s#8]\n"
          "+- Aggregate keys=[name#2], functions=[sum(v#5) AS sum(v)#9, count(1) AS count(1)#10, "
          "avg(m#4) AS avg(m)#11]\n"
          "   +- Project [id#1, name#2, ts#3, m#4, v#5]\n"
          "      +- Scan streaming json [id#1, name#2, ts#3, m#4, v#5] /in\n",
          "Project [name#2, (cast(sum(v)#9 as double) / cast(count(1)#10 as double)) AS "
          "(sum(v) / count(1))#6, avg(m)#11 AS avg(m)#7, sum(v)#9 AS s#8]\n"
          "+- Aggregate keys=[name#2], functions=[sum(v#5) AS sum(v)#9, count(1) AS count(1)#10, "
          "avg(m#4) AS avg(m)#11]\n"
          "   +- Scan streaming json [name#2, m#4, v#5] /in\n");
}

static void a_selection_above_decides_order_and_drops(void **state)
{
    (void)state;
    check("SELECT c, s FROM (SELECT name, sum(v) AS s, avg(m), count(*) AS c FROM events GROUP BY "
          "name) q",
          NULL,
          "Project [count(1)#11 AS c#8, sum(v)#9 AS s#6]\n"
          "+- Aggregate keys=[name#2], functions=[count(1) AS count(1)#11, sum(v#5) AS sum(v)#9]\n"
          "   +- Scan streaming json [name#2, v#5] /in\n");
}

static void windows_carry_the_watermark(void **state)
{
    test_env t;
    mr_logical *plan;

    (void)state;
    test_env_init(&t);
    CHECK_OK(test_plan(&t,
                       "SELECT window, count(*) FROM marked WHERE v > 1 GROUP BY "
                       "window(ts, '10 minutes', '5 minutes')",
                       &plan),
             &t.err);
    assert_true(plan->output[0].has_watermark);
    assert_int_equal(plan->output[0].delay_ms, 60000);
    CHECK_OK(mr_analyze_check_streaming(plan, MR_MODE_APPEND, &t.err), &t.err);
    CHECK_OK(mr_analyze_optimize(&plan, t.arena, &t.err), &t.err);
    assert_string_equal(test_text(&t, plan),
                        "Project [window#7, count(1)#9 AS count(1)#8]\n"
                        "+- Aggregate keys=[window#7], functions=[count(1) AS count(1)#9]\n"
                        "   +- Window window#7 of ts#3, width 600000000 us, slide 300000000 us, "
                        "start 0 us\n"
                        "      +- Watermark ts#3, delay 60000 ms\n"
                        "         +- Filter (v#5 > cast(1 as bigint))\n"
                        "            +- Scan streaming json [ts#3, v#5] /in\n");
    test_env_free(&t);
}

static void having_and_order_by_may_add_functions(void **state)
{
    (void)state;
    check("SELECT name, count(*) AS c FROM events GROUP BY name HAVING sum(v) > 3 ORDER BY max(id)",
          NULL,
          "Project [name#2, c#6]\n"
          "+- Sort [max(id)#9 ASC NULLS FIRST]\n"
          "   +- Project [name#2, c#6, max(id)#9]\n"
          "      +- Filter (sum(v)#8 > cast(3 as bigint))\n"
          "         +- Project [name#2, count(1)#7 AS c#6, sum(v)#8, max(id)#9]\n"
          "            +- Aggregate keys=[name#2], functions=[count(1) AS count(1)#7, sum(v#5) AS "
          "sum(v)#8, max(id#1) AS max(id)#9]\n"
          "               +- Scan streaming json [id#1, name#2, v#5] /in\n");
}

static void constant_and_repeated_keys_go(void **state)
{
    (void)state;
    check("SELECT 1 AS one, count(*) FROM events GROUP BY one", NULL,
          "Project [1 AS one#7, count(1)#10 AS count(1)#8]\n"
          "+- Aggregate keys=[0 AS 0#9], functions=[count(1) AS count(1)#10]\n"
          "   +- Scan streaming json [] /in\n");
    check("SELECT name, id % 2 AS odd FROM events GROUP BY 1, 2, name", NULL,
          "Project [name#2, _groupingexpression#8 AS odd#7]\n"
          "+- Aggregate keys=[name#2, (id#1 % 2) AS _groupingexpression#8], functions=[]\n"
          "   +- Scan streaming json [id#1, name#2] /in\n");
}

static void ungrouped_columns_are_refused(void **state)
{
    (void)state;
    check_fails(
        "SELECT id, sum(v) FROM events",
        "[MISSING_GROUP_BY] The query does not include a GROUP BY clause. Add GROUP BY or turn "
        "it into the window functions using OVER clauses. SQLSTATE: 42803; line 1 pos 0;");
    check_fails(
        "SELECT name, id FROM events GROUP BY name",
        "[MISSING_AGGREGATION] The non-aggregating expression \"id\" is based on columns which "
        "are not participating in the GROUP BY clause.");
    check_fails(
        "SELECT sum(max(id)) FROM events",
        "[NESTED_AGGREGATE_FUNCTION] It is not allowed to use an aggregate function in the "
        "argument of another aggregate function. Please use the inner aggregate function in a "
        "sub-query. SQLSTATE: 42607; line 1 pos 7;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_stand_in_order_of_appearance),
        cmocka_unit_test(a_selection_above_decides_order_and_drops),
        cmocka_unit_test(windows_carry_the_watermark),
        cmocka_unit_test(having_and_order_by_may_add_functions),
        cmocka_unit_test(constant_and_repeated_keys_go),
        cmocka_unit_test(ungrouped_columns_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
