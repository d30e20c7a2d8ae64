/* test_pattern.c - date patterns, CORRECTED and LEGACY, parsing and formatting. */
#include "tests/unit/mr_test.h"

#include "value/pattern.h"

static void check(const char *pattern, bool legacy, const char *text, const char *want)
{
    mr_arena *arena = mr_arena_new();
    mr_pattern *p;
    mr_error err;
    char out[48];
    int64_t us;

    CHECK_OK(mr_pattern_compile(arena, mr_str_from(pattern), legacy, MR_PATTERN_PARSE, &p, &err),
             &err);
    if (!mr_pattern_parse(p, mr_str_from(text), mr_zone_utc(), &us))
        snprintf(out, sizeof(out), "null");
    else
        mr_time_print_timestamp(us, mr_zone_utc(), out);
    if (strcmp(out, want) != 0)
        fail_msg("%s by %s: %s, expected %s", text, pattern, out, want);
    mr_arena_free(arena);
}

static void corrected(void **state)
{
    const char *iso = "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]";

    (void)state;
    check(iso, false, "2024-01-02T03:04:05", "2024-01-02 03:04:05");
    check(iso, false, "2024-01-02T03:04:05.5Z", "2024-01-02 03:04:05.5");
    check(iso, false, "2024-01-02T03:04:05Z", "2024-01-02 03:04:05");
    check(iso, false, "2024-01-02T03:04:05.123+01:00", "2024-01-02 02:04:05.123");
    check(iso, false, "2024-01-02T03:04:05.1234", "null");
    check(iso, false, "2024-01-02 03:04:05", "null");
    check(iso, false, "2024-1-02T03:04:05", "null");
    check("yyyyMMddHHmm", false, "202401020304", "2024-01-02 03:04:00");
    check("dd/MMM/yyyy hh:mm a", false, "02/Jan/2024 01:05 PM", "2024-01-02 13:05:00");
    check("dd/MM/yy", false, "02/01/24", "2024-01-02 00:00:00");
    check("d/M/yyyy H:m", false, "2/1/2024 3:4", "2024-01-02 03:04:00");
    check("yyyy-MM-dd HH:mm:ss Z", false, "2024-01-02 03:04:05 +0130", "2024-01-02 01:34:05");
    check("yyyy-MM-dd HH:mm VV", false, "2024-07-02 03:04 Europe/Paris", "2024-07-02 01:04:00");
    check("yyyy-MM-dd HH:mm z", false, "2024-07-02 03:04 PDT", "2024-07-02 10:04:00");
    check("HH:mm", false, "03:04", "1970-01-01 03:04:00");
    check("yyyy-DDD", false, "2024-060", "2024-02-29 00:00:00");
    check("yyyy-MM-dd", false, "2023-02-29", "null");
    check("yyyy-MM-dd", false, "2023-02-28x", "null");
}

static void legacy(void **state)
{
    (void)state;
    check("EEE MMM dd HH:mm:ss ZZZZ yyyy", true, "Wed Oct 10 20:19:24 +0000 2018",
          "2018-10-10 20:19:24");
    check("EEE MMM dd HH:mm:ss ZZZZ yyyy", true, "Wed Oct 10 20:19:24 -0700 2018",
          "2018-10-11 03:19:24");
    check("EEE MMM dd HH:mm:ss ZZZZ yyyy", true, "Thu Oct 10 20:19:24 +0000 2018", "null");
    check("yyyy-MM-dd", true, "2024-1-2 rest", "2024-01-02 00:00:00");
    check("yyyyMMdd", true, "20240102", "2024-01-02 00:00:00");
    check("yyyy-MM-dd HH:mm:ss.SSS", true, "2024-01-02 03:04:05.123", "2024-01-02 03:04:05.123");
}

static void format(const char *pattern, const char *zone_name, const char *want)
{
    mr_arena *arena = mr_arena_new();
    mr_buf out = { 0 };
    const mr_zone *zone;
    mr_pattern *p;
    mr_error err;
    int64_t us = mr_time_from_civil(&(mr_civil){ 2024, 7, 3, 1, 2, 3, 456789 });

    CHECK_OK(mr_zone_find(mr_str_from(zone_name), &zone, &err), &err);
    CHECK_OK(mr_pattern_compile(arena, mr_str_from(pattern), false, MR_PATTERN_FORMAT, &p, &err),
             &err);
    mr_pattern_format(p, us, zone, &out);
    assert_string_equal(mr_buf_cstr(&out), want);
    mr_buf_free(&out);
    mr_arena_free(arena);
}

static void formats(void **state)
{
    (void)state;
    format("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]", "UTC", "2024-07-03T01:02:03.456Z");
    format("EEEE, d MMMM yy h:mm a", "UTC", "Wednesday, 3 July 24 1:02 AM");
    format("xxx|XX|X|Z|ZZZZ|ZZZZZ|O|VV|z", "America/Los_Angeles",
           "-07:00|-0700|-07|-0700|GMT-07:00|-07:00|GMT-7|America/Los_Angeles|PDT");
    format("DDD q QQQ QQQQ F", "UTC", "185 3 Q3 3rd quarter 3");
    format("''yyyy 'o''clock'", "UTC", "'2024 o'clock");
}

static void refused(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_pattern *p;
    mr_error err;

    (void)state;
    CHECK_RAISES(mr_pattern_compile(arena, MR_STR("EEE MMM dd"), false, MR_PATTERN_PARSE, &p, &err),
                 &err, "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION");
    CHECK_RAISES(mr_pattern_compile(arena, MR_STR("YYYY"), false, MR_PATTERN_FORMAT, &p, &err),
                 &err, "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN");
    CHECK_RAISES(mr_pattern_compile(arena, MR_STR("yyyy n"), false, MR_PATTERN_PARSE, &p, &err),
                 &err, "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER");
    CHECK_RAISES(mr_pattern_compile(arena, MR_STR("yyyy]"), false, MR_PATTERN_PARSE, &p, &err),
                 &err, "INVALID_DATETIME_PATTERN.WITH_SUGGESTION");
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corrected),
        cmocka_unit_test(legacy),
        cmocka_unit_test(formats),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
