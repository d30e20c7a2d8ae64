/* test_time.c - Spark's casts of dates and timestamps, and their text. */
#include "tests/unit/mr_test.h"

#include "value/time.h"

static void check(const char *text, const char *want)
{
    char out[48];
    int64_t us;

    if (!mr_time_parse_timestamp(mr_str_from(text), mr_zone_utc(), &us))
        snprintf(out, sizeof(out), "null");
    else
        mr_time_print_timestamp(us, mr_zone_utc(), out);
    assert_string_equal(out, want);
}

static void timestamps(void **state)
{
    (void)state;
    check("2015-02-24 17:20:00.5", "2015-02-24 17:20:00.5");
    check("  2015-02-24T17:20:00Z ", "2015-02-24 17:20:00");
    check("2015-02-24 17:20:00+01:30", "2015-02-24 15:50:00");
    check("2015-02-24 17:20:00 America/Los_Angeles", "2015-02-25 01:20:00");
    check("2015", "2015-01-01 00:00:00");
    check("2015-3", "2015-03-01 00:00:00");
    check("2015-3-18 1:2", "2015-03-18 01:02:00");
    check("2015-03-18 12:03:17.1234567", "2015-03-18 12:03:17.123456");
    check("-0001-01-01 00:00:00", "-0001-01-01 00:00:00");
    check("+12345-01-01 00:00:00", "+12345-01-01 00:00:00");
    check("1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999");
    check("2015-02-29", "null");
    check("2015-03-18 25:00:00", "null");
    check("2015-03-18 12:03Z", "null");
    check("999999-01-01 00:00:00", "null");
    check("201-03-18", "null");
    check("2015-03-18X", "null");
    check("", "null");
    check("abc", "null");
}

static void dates(void **state)
{
    int32_t days;
    char out[48];
    int64_t us;

    (void)state;
    assert_true(mr_time_parse_date(MR_STR("2024-02-29 junk"), &days));
    mr_time_print_date(days, out);
    assert_string_equal(out, "2024-02-29");
    assert_false(mr_time_parse_date(MR_STR("2023-02-29"), &days));
    assert_false(mr_time_parse_date(MR_STR("2023-02 x"), &days));
    assert_int_equal(mr_time_days(1970, 1, 1), 0);
    assert_int_equal(mr_time_to_date(-1, mr_zone_utc()), -1);
    assert_true(mr_time_parse_timestamp_ntz(MR_STR("2024-01-01 00:00:00+05:00"), &us));
    assert_false(mr_time_parse_local(MR_STR("2024-01-01 00:00:00+05:00"), false, &us));
    for (int32_t d = -800000; d < 800000; d += 37) {
        mr_civil c;

        mr_time_civil_from_days(d, &c);
        assert_true(mr_time_valid_date(c.year, c.month, c.day));
        assert_int_equal(mr_time_days(c.year, c.month, c.day), d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(timestamps), cmocka_unit_test(dates) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
