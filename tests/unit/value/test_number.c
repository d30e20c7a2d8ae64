/* test_number.c - Java's text of doubles and floats, parsing, decimals. */
#include "tests/unit/mr_test.h"

#include <math.h>

#include "value/number.h"

static void check(double v, const char *want)
{
    char out[32];

    assert_int_equal(mr_number_print_double(v, out), strlen(want));
    assert_string_equal(out, want);
}

static void doubles(void **state)
{
    uint64_t x = 88172645463325252u;

    (void)state;
    check(1, "1.0");
    check(-0.0, "-0.0");
    check(0.1, "0.1");
    check(0.001, "0.001");
    check(3.356934E-4, "3.356934E-4");
    check(1e7, "1.0E7");
    check(9999999, "9999999.0");
    check(123456789.125, "1.23456789125E8");
    check(1.0 / 3, "0.3333333333333333");
    check(5e-324, "4.9E-324");
    check(1.7976931348623157e308, "1.7976931348623157E308");
    check(2e23, "2.0E23");
    check(NAN, "NaN");
    check(-INFINITY, "-Infinity");
    for (int i = 0; i < 20000; i++) {
        char out[32];
        double v, back;

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        memcpy(&v, &x, sizeof(v));
        if (!isfinite(v))
            continue;
        assert_true(mr_number_parse_double((mr_str){ out, mr_number_print_double(v, out) }, &back));
        assert_memory_equal(&v, &back, sizeof(v));
    }
}

static void floats(void **state)
{
    char out[32];
    float f;

    (void)state;
    mr_number_print_float(1.1f, out);
    assert_string_equal(out, "1.1");
    mr_number_print_float(16777216.0f, out);
    assert_string_equal(out, "1.6777216E7");
    mr_number_print_float(1.4e-45f, out);
    assert_string_equal(out, "1.4E-45");
    assert_true(mr_number_parse_float(MR_STR("3.4028236e38"), &f));
    assert_true(f == 3.4028235e38f || isinf(f));
}

static void parsing(void **state)
{
    double v;
    int64_t n;

    (void)state;
    assert_true(mr_number_parse_double(MR_STR("1e400"), &v) && isinf(v));
    assert_true(mr_number_parse_double(MR_STR("9007199254740993"), &v) && v == 9007199254740992.0);
    assert_true(mr_number_parse_double(MR_STR(".5"), &v) && v == 0.5);
    assert_false(mr_number_parse_double(MR_STR("0x10"), &v));
    assert_false(mr_number_parse_double(MR_STR("1e"), &v));
    assert_false(mr_number_parse_double(MR_STR("nan"), &v));
    assert_false(mr_number_parse_double(MR_STR(""), &v));
    assert_true(mr_number_parse_long(MR_STR(" 42 "), false, &n) && n == 42);
    assert_false(mr_number_parse_long(MR_STR("4.2"), false, &n));
    assert_true(mr_number_parse_long(MR_STR("-4.9"), true, &n) && n == -4);
    assert_false(mr_number_parse_long(MR_STR("9223372036854775808"), false, &n));
}

static void check_decimal(const char *text, int precision, int scale, const char *want)
{
    char out[48];
    mr_decimal v;

    if (!mr_number_parse_decimal(mr_str_from(text), precision, scale, &v))
        snprintf(out, sizeof(out), "null");
    else
        mr_number_print_decimal(v, scale, out);
    assert_string_equal(out, want);
}

static void decimals(void **state)
{
    mr_decimal v;

    (void)state;
    check_decimal("-0.5", 10, 2, "-0.50");
    check_decimal("1.005", 10, 2, "1.01");
    check_decimal("-1.005", 10, 2, "-1.01");
    check_decimal("1e3", 10, 0, "1000");
    check_decimal("999.995", 5, 2, "null");
    check_decimal("1e-2000000000", 5, 2, "0.00");
    check_decimal("1e2000000000", 38, 2, "null");
    check_decimal("99999999999999999999999999999999999999", 38, 0,
                  "99999999999999999999999999999999999999");
    check_decimal("x", 5, 2, "null");
    assert_true(mr_number_rescale(-15, 1, 0, 10, &v) && v == -2);
    assert_true(mr_number_rescale(14, 1, 0, 10, &v) && v == 1);
    assert_false(mr_number_rescale(mr_number_pow10(37), 0, 5, 38, &v));
    assert_true(mr_number_decimal_to_double(12345, 2) == 123.45);
    assert_true(mr_number_decimal_from_double(0.1, 10, 3, &v) && v == 100);
    assert_false(mr_number_decimal_from_double(NAN, 10, 3, &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles),
        cmocka_unit_test(floats),
        cmocka_unit_test(parsing),
        cmocka_unit_test(decimals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
