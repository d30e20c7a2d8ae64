/* test_zone.c - zone names, offsets, gaps and overlaps, far future. */
#include "tests/unit/mr_test.h"

#include "value/time.h"

static const mr_zone *zone(const char *name)
{
    const mr_zone *out;
    mr_error err;

    CHECK_OK(mr_zone_find(mr_str_from(name), &out, &err), &err);
    return out;
}

static int64_t at(int y, int m, int d, int h, int min)
{
    return mr_time_from_civil(&(mr_civil){ y, m, d, h, min, 0, 0 });
}

static void names(void **state)
{
    static const char *const bad[] = {
        "",          "X",         "+19:00", "+18:01", "../etc/passwd",
        "posix/UTC", "Europe/..", "UTC+99", "+1:2:3", "Mars/Base"
    };
    const mr_zone *out;
    mr_error err;

    (void)state;
    assert_int_equal(mr_zone_offset(zone("+01:30"), 0), 5400);
    assert_int_equal(mr_zone_offset(zone("-8"), 0), -28800);
    assert_int_equal(mr_zone_offset(zone("+0530"), 0), 19800);
    assert_int_equal(mr_zone_offset(zone("+5:30"), 0), 19800);
    assert_int_equal(mr_zone_offset(zone("GMT+1"), 0), 3600);
    assert_int_equal(mr_zone_offset(zone("EST"), 0), -18000);
    assert_true(mr_str_is(mr_zone_name(zone("UTC+1")), "UTC+01:00"));
    assert_true(mr_str_is(mr_zone_name(zone("Z")), "Z"));
    assert_true(mr_str_is(mr_zone_name(zone("PST")), "America/Los_Angeles"));
    assert_ptr_equal(zone("UTC"), mr_zone_utc());
    assert_ptr_equal(zone("Europe/Paris"), zone("ECT"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_RAISES(mr_zone_find(mr_str_from(bad[i]), &out, &err), &err, "INVALID_TIMEZONE");
    assert_non_null(mr_zone_system());
}

static void changes(void **state)
{
    const mr_zone *la = zone("America/Los_Angeles");

    (void)state;
    assert_int_equal(mr_zone_offset(la, at(2024, 1, 1, 0, 0)), -28800);
    assert_int_equal(mr_zone_offset(la, at(2024, 7, 1, 0, 0)), -25200);
    assert_int_equal(mr_zone_offset(la, at(2600, 7, 1, 0, 0)), -25200);
    assert_int_equal(mr_zone_offset(la, at(9999, 1, 1, 0, 0)), -28800);
    assert_int_equal(mr_zone_offset(la, at(1800, 1, 1, 0, 0)), -28378);
    /* gap: 02:30 becomes 03:30 PDT; overlap: the first 01:30 */
    assert_int_equal(mr_zone_to_utc(la, at(2024, 3, 10, 2, 30)), at(2024, 3, 10, 10, 30));
    assert_int_equal(mr_zone_to_utc(la, at(2024, 11, 3, 1, 30)), at(2024, 11, 3, 8, 30));
    assert_int_equal(mr_zone_to_utc(la, at(2024, 11, 3, 2, 0)), at(2024, 11, 3, 10, 0));
    assert_int_equal(mr_zone_offset(zone("Australia/Sydney"), at(2100, 1, 1, 0, 0)), 39600);
    assert_int_equal(mr_zone_offset(zone("Asia/Kolkata"), at(2100, 1, 1, 0, 0)), 19800);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(names), cmocka_unit_test(changes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
