/* test_base.c - strings, arenas, buffers, errors. */
#include "tests/unit/mr_test.h"

static void strings(void **state)
{
    int64_t v;

    (void)state;
    assert_true(mr_str_is_nocase(MR_STR("AbC"), "aBc"));
    assert_false(mr_str_is(MR_STR("ab"), "abc"));
    assert_true(mr_str_starts(MR_STR("abc"), "ab"));
    assert_true(mr_str_ends(MR_STR("abc"), "bc"));
    assert_true(mr_str_compare(MR_STR("a"), MR_STR("ab")) < 0);
    assert_true(mr_str_compare(MR_STR("\xff"), MR_STR("a")) > 0);
    assert_true(mr_str_is(mr_str_trim(MR_STR(" \t x \n")), "x"));
    assert_int_equal(mr_str_find(MR_STR("abc"), 'c', 0), 2);
    assert_int_equal(mr_str_find(MR_STR("abc"), 'x', 0), 3);
    assert_true(mr_str_is(mr_str_slice(MR_STR("abc"), 1, 9), "bc"));
    assert_true(mr_str_to_int64(MR_STR("-9223372036854775808"), &v) && v == INT64_MIN);
    assert_false(mr_str_to_int64(MR_STR("9223372036854775808"), &v));
    assert_false(mr_str_to_int64(MR_STR("-"), &v));
}

static void count_one(void *object)
{
    ++*(int *)object;
}

static void arenas(void **state)
{
    mr_arena *arena = mr_arena_new();
    int closed = 0;

    (void)state;
    for (size_t n = 0; n < 100000; n = n * 2 + 1) {
        char *p = mr_arena_alloc(arena, n);

        assert_int_equal((uintptr_t)p % 16, 0);
        memset(p, 1, n);
    }
    assert_string_equal(mr_arena_cstr(arena, MR_STR("xy")), "xy");
    assert_true(mr_str_is(mr_arena_printf(arena, "%d-%s", 7, "a"), "7-a"));
    mr_arena_defer(arena, count_one, &closed);
    mr_arena_reset(arena);
    assert_int_equal(closed, 1);
    mr_arena_defer(arena, count_one, &closed);
    mr_arena_free(arena);
    assert_int_equal(closed, 2);
}

static void buffers(void **state)
{
    mr_buf buf = { 0 };

    (void)state;
    mr_buf_printf(&buf, "%d", 42);
    mr_buf_fill(&buf, '-', 3);
    mr_buf_add(&buf, MR_STR("x"));
    assert_string_equal(mr_buf_cstr(&buf), "42---x");
    mr_buf_clear(&buf);
    mr_buf_put_json(&buf, MR_STR("a\"\\\n\x01\xc3\xa9"));
    assert_string_equal(mr_buf_cstr(&buf), "\"a\\\"\\\\\\n\\u0001\xc3\xa9\"");
    mr_buf_clear(&buf);
    mr_buf_put_u32le(&buf, 0x01020304);
    mr_buf_put_u16be(&buf, 0x0102);
    assert_memory_equal(buf.ptr, "\4\3\2\1\1\2", 6);
    mr_buf_free(&buf);
}

static void errors(void **state)
{
    mr_error err;

    (void)state;
    assert_int_equal(mr_fail(&err, MR_CORRUPT, "bad %s", "file"), MR_CORRUPT);
    assert_string_equal(err.message, "bad file");
    assert_int_equal(mr_fail_errno(&err, 2, "cannot open"), MR_IO);
    assert_int_equal(err.sys_errno, 2);
    assert_int_equal(mr_raise(&err, MR_EXC_DATETIME, "INVALID_TIMEZONE", "timeZone", "X/Y", NULL),
                     MR_INVALID);
    assert_string_equal(err.sqlstate, "22009");
    assert_string_equal(mr_error_param(&err, "timeZone"), "X/Y");
    assert_non_null(strstr(err.message, "[INVALID_TIMEZONE] The timezone: X/Y is invalid."));
    assert_non_null(strstr(err.message, "SQLSTATE: 22009"));
    assert_int_equal(mr_fail(NULL, MR_IO, "nobody listens"), MR_IO);
    assert_string_equal(mr_exception_class(err.exception),
                        "org.apache.spark.SparkDateTimeException");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),
        cmocka_unit_test(arenas),
        cmocka_unit_test(buffers),
        cmocka_unit_test(errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
