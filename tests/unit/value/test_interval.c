/* test_interval.c - interval text. */
#include "tests/unit/mr_test.h"

#include "value/interval.h"

static void check(const char *text, int months, int days, int64_t us)
{
    mr_interval_parts parts;
    mr_error err;

    CHECK_OK(mr_interval_parse(mr_str_from(text), &parts, &err), &err);
    assert_int_equal(parts.months, months);
    assert_int_equal(parts.days, days);
    assert_int_equal(parts.us, us);
}

static void parsing(void **state)
{
    mr_interval_parts parts;
    mr_error err;

    (void)state;
    check("10 minutes", 0, 0, 600000000);
    check(" interval 1 HOUR 30 minutes", 0, 0, 5400000000);
    check("1 week", 0, 7, 0);
    check("-1 year +2 months - 3 days", -10, -3, 0);
    check("1.5 seconds", 0, 0, 1500000);
    check("-0.25 second 1 microsecond", 0, 0, -249999);
    CHECK_RAISES(mr_interval_parse(MR_STR(""), &parts, &err), &err,
                 "INVALID_INTERVAL_FORMAT.INPUT_IS_EMPTY");
    CHECK_RAISES(mr_interval_parse(MR_STR("10"), &parts, &err), &err,
                 "INVALID_INTERVAL_FORMAT.MISSING_UNIT");
    CHECK_RAISES(mr_interval_parse(MR_STR("10 foo"), &parts, &err), &err,
                 "INVALID_INTERVAL_FORMAT.INVALID_UNIT");
    CHECK_RAISES(mr_interval_parse(MR_STR("1.5 days"), &parts, &err), &err,
                 "INVALID_INTERVAL_FORMAT.INVALID_FRACTION");
    CHECK_RAISES(mr_interval_parse(MR_STR("x days"), &parts, &err), &err,
                 "INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER");
}

static void check_dt(int64_t us, int start, int end, const char *want)
{
    mr_buf out = { 0 };

    mr_interval_print_dt(us, start, end, &out);
    assert_string_equal(mr_buf_cstr(&out), want);
    mr_buf_free(&out);
}

static void printing(void **state)
{
    mr_buf out = { 0 };

    (void)state;
    check_dt(600000000, 0, 3, "INTERVAL '0 00:10:00' DAY TO SECOND");
    check_dt(-1500000, 3, 3, "INTERVAL '-01.5' SECOND");
    check_dt(INT64_C(93784000000), 1, 2, "INTERVAL '26:03' HOUR TO MINUTE");
    mr_interval_print_ym(-14, 0, 1, &out);
    assert_string_equal(mr_buf_cstr(&out), "INTERVAL '-1-2' YEAR TO MONTH");
    mr_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(parsing), cmocka_unit_test(printing) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
