/* test_answers.c - expressions as SQL text against the answers of Spark 4.1.
 *
 * answers.inc holds the recorded ones (tests/differential/golden), row by row, the columns replaced
 * by literals.  Expected texts: '~' a double, '@' a timestamp in UTC, otherwise the value cast to
 * STRING.
 */
#include "tests/unit/mr_test.h"

#include <stdlib.h>

#include "expr/program.h"
#include "tests/unit/analyze/plan_text.h"

typedef struct answer {
    const char *zone, *expr, *value;
} answer;

static const answer recorded[] = {
#include "tests/unit/expr/answers.inc"
};

static mr_status evaluate(test_env *t, const char *expr, mr_vec *out)
{
    char *sql = malloc(strlen(expr) + 8);
    mr_logical *plan;
    mr_xrel *rel;
    mr_program *program;
    mr_program_env env = { t->arena, 0 };
    mr_batch *batch = mr_batch_new(t->arena, mr_type_struct(t->arena, NULL, 0), 1);
    mr_str text;

    sprintf(sql, "SELECT %s", expr);
    text = mr_arena_str(t->arena, mr_str_from(sql));
    free(sql);
    MR_TRY(mr_sql_parse_query(t->arena, text, &rel, &t->err));
    MR_TRY(mr_analyze(rel, &t->env, t->arena, &plan, &t->err));
    MR_TRY(mr_program_compile(t->arena, plan->exprs, 1, (mr_layout){ NULL, 0 }, &program, &t->err));
    return mr_program_run(program, &env, batch, batch->sel, out, &t->err);
}

static const char *text_of(test_env *t, const mr_vec *v, const mr_zone *zone)
{
    mr_vec out;

    if (mr_vec_is_null(v, 0))
        return "NULL";
    CHECK_OK(mr_cast_eval(v, (mr_sel){ NULL, 1 }, mr_type_of(MR_TYPE_STRING), 2, zone, t->arena,
                          &out, &t->err),
             &t->err);
    return mr_arena_cstr(t->arena, out.str[0]);
}

static bool same(test_env *t, const answer *a, const mr_vec *v)
{
    const char *text;

    if (a->value[0] == '@')
        return strcmp(text_of(t, v, mr_zone_utc()), a->value + 1) == 0;
    text = text_of(t, v, t->env.zone);
    if (a->value[0] != '~')
        return strcmp(text, a->value) == 0;
    return v->type->id == MR_TYPE_FLOAT ? strtof(text, NULL) == strtof(a->value + 1, NULL)
                                        : strtod(text, NULL) == strtod(a->value + 1, NULL);
}

static int check_all(const answer *answers, size_t n, bool ansi)
{
    int wrong = 0;

    for (size_t i = 0; i < n; i++) {
        test_env t;
        mr_vec v;
        const mr_zone *zone;

        test_env_init(&t);
        CHECK_OK(mr_zone_find(mr_str_from(answers[i].zone), &zone, &t.err), &t.err);
        t.env.zone = zone;
        t.env.ansi = ansi;
        if (evaluate(&t, answers[i].expr, &v) != MR_OK) {
            print_error("%s: %s\n", answers[i].expr, t.err.message);
            wrong++;
        } else if (!same(&t, &answers[i], &v)) {
            print_error("%s (%s): %s, not %s\n", answers[i].expr, answers[i].zone,
                        text_of(&t, &v, zone), answers[i].value);
            wrong++;
        }
        test_env_free(&t);
    }
    return wrong;
}

static void test_recorded(void **state)
{
    (void)state;
    assert_int_equal(check_all(recorded, sizeof(recorded) / sizeof(recorded[0]), true), 0);
}

#define ROW(e, v)                                                                                  \
    {                                                                                              \
        "UTC", e, v                                                                                \
    }

static void test_known(void **state)
{
    static const answer known[] = {
        ROW("hex(255)", "FF"),
        ROW("hex(-1L)", "FFFFFFFFFFFFFFFF"),
        ROW("hex('Spark SQL')", "537061726B2053514C"),
        ROW("cast(unhex('537061726B2053514C') as string)", "Spark SQL"),
        ROW("unhex('zz')", "NULL"),
        ROW("shiftleft(2, 1)", "4"),
        ROW("shiftleft(1, 33)", "2"),
        ROW("shiftright(-4, 1)", "-2"),
        ROW("shiftrightunsigned(-1, 28)", "15"),
        ROW("3 & 5", "1"),
        ROW("3 | 5", "7"),
        ROW("3 ^ 5", "6"),
        ROW("~0", "-1"),
        ROW("bit_count(7)", "3"),
        ROW("'ABC' ILIKE 'a_c'", "true"),
        ROW("split('oneAtwoBthreeC', '[ABC]')", "[one, two, three, ]"),
        ROW("split('oneAtwoBthreeC', '[ABC]', 2)", "[one, twoBthreeC]"),
        ROW("split('abc', '')", "[a, b, c]"),
        ROW("next_day(date'2015-01-14', 'TU')", "2015-01-20"),
        ROW("months_between('1997-02-28 10:30:00', '1996-10-30')", "3.94959677"),
        ROW("months_between('1997-02-28 10:30:00', '1996-10-30', false)", "3.9495967741935485"),
        ROW("extract(SECOND FROM timestamp'2019-10-01 00:00:01.000001')", "1.000001"),
        ROW("extract(WEEK FROM timestamp'2019-08-12 01:00:00.123456')", "33"),
        ROW("make_timestamp(2014, 12, 28, 6, 30, 45.887)", "2014-12-28 06:30:45.887"),
        ROW("make_timestamp(2019, 6, 30, 23, 59, 60)", "2019-07-01 00:00:00"),
        ROW("make_timestamp(null, 7, 22, 15, 30, 0)", "NULL"),
        ROW("date_part('doy', DATE'2019-08-12')", "224"),
        ROW("date_part('YearOfWeek', DATE'2021-01-01')", "2020"),
        ROW("date_part('DOW_ISO', DATE'2019-08-12')", "1"),
        ROW("round(1234567890123456.5D, 0)", "1.234567890123457E15"),
        ROW("round(2.5, 0)", "3"),
        ROW("round(1.0E18D, 2)", "1.0E18"),
        ROW("xxhash64('Spark', array(123), 2)", "5602566077635097486"),
        ROW("map('a', 1, 'b', 2)", "{a -> 1, b -> 2}"),
        ROW("map_keys(map('a', 1, 'b', 2))", "[a, b]"),
        ROW("map_values(map('a', 1, 'b', 2))", "[1, 2]"),
        ROW("sort_array(array('b', 'd', null, 'c', 'a'))", "[null, a, b, c, d]"),
        ROW("sort_array(array('b', 'd', null, 'c', 'a'), false)", "[d, c, b, a, null]"),
        ROW("array_distinct(array(1, 2, 3, null, 3, null))", "[1, 2, 3, null]"),
        ROW("array_max(array(1, 20, null, 3))", "20"),
        ROW("array_min(array(1, 20, null, 3))", "1"),
        ROW("array_max(array(cast(null as int)))", "NULL"),
        ROW("substring_index('www.apache.org', '.', 2)", "www.apache"),
        ROW("substring_index('www.apache.org', '.', -2)", "apache.org"),
        ROW("substring_index('www.apache.org', '.', 9)", "www.apache.org"),
        ROW("substring_index('www.apache.org', '.', 0)", ""),
    };

    (void)state;
    assert_int_equal(check_all(known, sizeof(known) / sizeof(known[0]), true), 0);
}

static void test_ansi_off(void **state)
{
    static const answer known[] = {
        ROW("2147483647 / 0", "NULL"),
        ROW("2147483647 % 0", "NULL"),
        ROW("2147483647 + 1", "-2147483648"),
        ROW("9223372036854775807 * 2", "-2"),
        ROW("cast('x1' as int)", "NULL"),
        ROW("cast(' 7 ' as int)", "7"),
        ROW("cast(9223372036854775807 as int)", "-1"),
        ROW("cast(' 7 ' as date)", "NULL"),
        ROW("cast(9223372036854775807 as decimal(5,2))", "NULL"),
        ROW("cast('x1' as boolean)", "NULL"),
        ROW("2147483647 div 0", "NULL"),
        ROW("' 7 ' > 3", "true"),
        ROW("'x1' > 3", "NULL"),
        ROW("cast(1e20 as long)", "9223372036854775807"),
        ROW("cast('999999999999999999999999999999999999.99' as decimal(38,2)) + "
            "cast('999999999999999999999999999999999999.99' as decimal(38,2))",
            "NULL"),
        ROW("next_day(date'2015-01-14', 'xx')", "NULL"),
        ROW("make_timestamp(2014, 13, 28, 6, 30, 45)", "NULL"),
    };

    (void)state;
    assert_int_equal(check_all(known, sizeof(known) / sizeof(known[0]), false), 0);
}

static void test_errors(void **state)
{
    static const struct {
        const char *expr, *message;
    } failures[] = {
        { "2147483647 / 0",
          "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and "
          "return NULL instead. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass "
          "this error. SQLSTATE: 22012" },
        { "2147483647 % 0",
          "[REMAINDER_BY_ZERO] Remainder by zero. Use `try_mod` to tolerate divisor being 0 and "
          "return NULL instead. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass "
          "this error. SQLSTATE: 22012" },
        { "2147483647 + 1",
          "[ARITHMETIC_OVERFLOW] integer overflow. Use 'try_add' to tolerate overflow and return "
          "NULL instead. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this "
          "error. SQLSTATE: 22003" },
        { "9223372036854775807 * 2",
          "[ARITHMETIC_OVERFLOW] long overflow. Use 'try_multiply' to tolerate overflow and return "
          "NULL instead. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this "
          "error. SQLSTATE: 22003" },
        { "-(-2147483647 - 1)",
          "[ARITHMETIC_OVERFLOW] integer overflow. If necessary set \"spark.sql.ansi.enabled\" to "
          "\"false\" to bypass this error. SQLSTATE: 22003" },
        { "cast('x1' as int)",
          "[CAST_INVALID_INPUT] The value 'x1' of the type \"STRING\" cannot be cast to \"INT\" "
          "because it is malformed. Correct the value as per the syntax, or change its target "
          "type. Use `try_cast` to tolerate malformed input and return NULL instead. SQLSTATE: "
          "22018" },
        { "cast(9223372036854775807 as int)",
          "[CAST_OVERFLOW] The value 9223372036854775807L of the type \"BIGINT\" cannot be cast to "
          "\"INT\" due to an overflow. Use `try_cast` to tolerate overflow and return NULL "
          "instead. SQLSTATE: 22003" },
        { "cast('x1' as date)",
          "[CAST_INVALID_INPUT] The value 'x1' of the type \"STRING\" cannot be cast to \"DATE\" "
          "because it is malformed. Correct the value as per the syntax, or change its target "
          "type. Use `try_cast` to tolerate malformed input and return NULL instead. SQLSTATE: "
          "22018" },
        { "cast(9223372036854775807 as decimal(5,2))",
          "[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION]  9223372036854775807 cannot be represented "
          "as Decimal(5, 2). If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass "
          "this error, and return NULL instead. SQLSTATE: 22003" },
        { "cast('x1' as boolean)",
          "[CAST_INVALID_INPUT] The value 'x1' of the type \"STRING\" cannot be cast to "
          "\"BOOLEAN\" because it is malformed. Correct the value as per the syntax, or change its "
          "target type. Use `try_cast` to tolerate malformed input and return NULL instead. "
          "SQLSTATE: 22018" },
        { "to_timestamp('x1')",
          "[CAST_INVALID_INPUT] The value 'x1' of the type \"STRING\" cannot be cast to "
          "\"TIMESTAMP\" because it is malformed. Correct the value as per the syntax, or change "
          "its target type. Use `try_cast` to tolerate malformed input and return NULL instead. "
          "SQLSTATE: 22018" },
        { "'x1' > 3", "[CAST_INVALID_INPUT] The value 'x1' of the type \"STRING\" cannot be cast "
                      "to \"BIGINT\" because it is malformed. Correct the value as per the syntax, "
                      "or change its target type. Use `try_cast` to tolerate malformed input and "
                      "return NULL instead. SQLSTATE: 22018" },
        { "2147483647 div 0",
          "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0 and "
          "return NULL instead. If necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass "
          "this error. SQLSTATE: 22012" },
        { "map('a', 1, 'a', 2)", "[DUPLICATED_MAP_KEY] Duplicate map key a was found" },
        { "map(cast(null as string), 1)", "[NULL_MAP_KEY]" },
        { "next_day(date'2015-01-14', 'xx')", "[ILLEGAL_DAY_OF_WEEK]" },
        { "date_part('xx', date'2015-01-14')", "[INVALID_EXTRACT_FIELD]" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        test_env t;
        mr_vec v;

        test_env_init(&t);
        if (evaluate(&t, failures[i].expr, &v) == MR_OK)
            fail_msg("%s does not fail", failures[i].expr);
        if (strncmp(t.err.message, failures[i].message, strlen(failures[i].message)) != 0)
            fail_msg("%s: %s", failures[i].expr, t.err.message);
        test_env_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_ansi_off),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
