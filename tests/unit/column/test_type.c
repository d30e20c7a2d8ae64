/* Types: DDL, JSON, printed forms. */
#include "tests/unit/mr_test.h"

#include "column/type.h"

static void check_text(mr_buf *buf, const char *expected)
{
    assert_string_equal(mr_buf_cstr(buf), expected);
    mr_buf_clear(buf);
}

static const mr_type *ddl(mr_arena *arena, const char *text)
{
    mr_error err = { 0 };
    const mr_type *type = NULL;

    CHECK_OK(mr_type_parse_ddl(arena, mr_str_from(text), &type, &err), &err);
    return type;
}

static void test_ddl_round_trip(void **state)
{
    static const char *const texts[] = {
        "a BIGINT,b STRING NOT NULL",
        "a ARRAY<MAP<STRING, DECIMAL(10,2)>>,`b c` STRUCT<x: INT NOT NULL, `y``z`: DOUBLE>",
        "i INTERVAL DAY TO SECOND,j INTERVAL YEAR,k INTERVAL,l TIMESTAMP_NTZ,m VOID",
        "c CHAR(3),v VARCHAR(7),s STRUCT<>",
    };
    mr_arena *arena = mr_arena_new();
    mr_buf buf = { 0 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        mr_type_print_ddl(ddl(arena, texts[i]), &buf);
        check_text(&buf, texts[i]);
    }
    mr_type_print_simple(ddl(arena, texts[1]), &buf);
    check_text(&buf, "struct<a:array<map<string,decimal(10,2)>>,b c:struct<x:int,y`z:double>>");
    mr_type_print_simple(ddl(arena, "timestamp"), &buf);
    check_text(&buf, "timestamp");
    mr_type_print_simple(ddl(arena, "a: int, date date -- end"), &buf);
    check_text(&buf, "struct<a:int,date:date>");
    mr_type_print_ddl(ddl(arena, "a INT COMMENT 'it\\'s'"), &buf);
    check_text(&buf, "a INT COMMENT 'it\\'s'");
    mr_buf_free(&buf);
    mr_arena_free(arena);
}

static void test_ddl_errors(void **state)
{
    mr_arena *arena = mr_arena_new();
    const mr_type *type;
    mr_error err = { 0 };
    mr_buf deep = { 0 };

    (void)state;
    CHECK_RAISES(mr_type_parse_ddl(arena, MR_STR("a"), &type, &err), &err, "PARSE_SYNTAX_ERROR");
    CHECK_RAISES(mr_type_parse_ddl(arena, MR_STR("a INT,"), &type, &err), &err,
                 "PARSE_SYNTAX_ERROR");
    CHECK_RAISES(mr_type_parse_ddl(arena, MR_STR("a foo"), &type, &err), &err,
                 "UNSUPPORTED_DATATYPE");
    assert_string_equal(mr_error_param(&err, "typeName"), "\"FOO\"");
    CHECK_RAISES(mr_type_parse_ddl(arena, MR_STR("`a INT"), &type, &err), &err,
                 "PARSE_SYNTAX_ERROR");
    for (int i = 0; i < 10000; i++)
        mr_buf_puts(&deep, "array<");
    assert_int_equal(mr_type_parse_ddl(arena, mr_buf_str(&deep), &type, &err), MR_INVALID);
    mr_buf_free(&deep);
    mr_arena_free(arena);
}

static void test_json_round_trip(void **state)
{
    static const char json[] =
        "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"long\",\"nullable\":true,"
        "\"metadata\":{}},{\"name\":\"b\",\"type\":{\"type\":\"array\",\"elementType\":\"integer\","
        "\"containsNull\":false},\"nullable\":false,\"metadata\":{\"spark.watermarkDelayMs\":1}},"
        "{\"name\":\"m\",\"type\":{\"type\":\"map\",\"keyType\":\"string\",\"valueType\":"
        "\"decimal(20,3)\",\"valueContainsNull\":true},\"nullable\":true,\"metadata\":{}},"
        "{\"name\":\"i\",\"type\":\"interval day to second\",\"nullable\":true,\"metadata\":{}},"
        "{\"name\":\"c\",\"type\":\"interval\",\"nullable\":true,\"metadata\":{}}]}";
    static const char *const wrong[] = {
        "", "{", "1", "\"foo\"", "\"a int\"", "{\"type\":\"struct\"}", "{\"type\":\"array\"}"
    };
    mr_arena *arena = mr_arena_new();
    mr_buf buf = { 0 };
    const mr_type *type;
    mr_error err = { 0 };

    (void)state;
    CHECK_OK(mr_type_parse_json(arena, mr_str_from(json), &type, &err), &err);
    mr_type_print_json(type, &buf);
    check_text(&buf, json);
    mr_type_print_tree(type, 0, &buf);
    check_text(&buf, "root\n |-- a: long (nullable = true)\n |-- b: array (nullable = false)\n"
                     " |    |-- element: integer (containsNull = false)\n"
                     " |-- m: map (nullable = true)\n |    |-- key: string\n"
                     " |    |-- value: decimal(20,3) (valueContainsNull = true)\n"
                     " |-- i: interval day to second (nullable = true)\n"
                     " |-- c: interval (nullable = true)\n");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_not_equal(mr_type_parse_json(arena, mr_str_from(wrong[i]), &type, &err), MR_OK);
    for (size_t n = 0; n < sizeof(json) - 1; n++)
        assert_int_not_equal(mr_type_parse_json(arena, (mr_str){ json, n }, &type, &err), MR_OK);
    mr_buf_free(&buf);
    mr_arena_free(arena);
}

static void test_compare_and_copy(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_arena *other = mr_arena_new();
    const mr_type *a = ddl(arena, "a INT NOT NULL, b ARRAY<STRING>");
    const mr_type *copy = mr_type_copy(other, a);

    (void)state;
    assert_true(mr_type_equal(a, ddl(arena, "a INT, b ARRAY<STRING>")));
    assert_false(mr_type_equal(a, ddl(arena, "a INT, B ARRAY<STRING>")));
    assert_false(mr_type_equal(a, ddl(arena, "a INT, b ARRAY<INT>")));
    assert_true(mr_type_force_nullable(arena, a)->fields[0].nullable);
    assert_int_equal(mr_type_field(a, MR_STR("B"), false), 1);
    assert_int_equal(mr_type_field(a, MR_STR("B"), true), -1);
    mr_arena_free(arena);
    assert_true(mr_str_is(copy->fields[1].name, "b"));
    mr_arena_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ddl_round_trip),
        cmocka_unit_test(test_ddl_errors),
        cmocka_unit_test(test_json_round_trip),
        cmocka_unit_test(test_compare_and_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
