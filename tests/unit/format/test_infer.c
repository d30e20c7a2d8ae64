/* Schemas from sample text. */
#include "tests/unit/mr_test.h"

#include "format/format.h"

static void expect(const char *format, const char *key, const char *text, const char *want)
{
    mr_arena *arena = mr_arena_new();
    mr_option_pair pairs[] = { { mr_str_from(key), MR_STR("true") } };
    mr_options options = { pairs, key == NULL ? 0 : 1 };
    const mr_type *type;
    mr_error err;
    mr_buf out = { 0 };

    CHECK_OK(mr_format_infer(mr_format_find(mr_str_from(format)), mr_str_from(text), &options,
                             arena, &type, &err),
             &err);
    mr_type_print_simple(type, &out);
    assert_string_equal(mr_buf_cstr(&out), want);
    mr_buf_free(&out);
    mr_arena_free(arena);
}

static void test_json(void **state)
{
    (void)state;
    expect("json", NULL,
           "{\"b\":1,\"A\":\"x\",\"n\":null}\n{\"b\":1.5,\"t\":true,\"o\":{\"k\":1}}\n",
           "struct<A:string,b:double,n:string,o:struct<k:bigint>,t:boolean>");
    expect("json", NULL, "{\"a\":1}\n{\"a\":\"x\"}\nbad\n",
           "struct<_corrupt_record:string,a:string>");
    expect("json", "primitivesAsString", "{\"a\":[1,2]}", "struct<a:array<string>>");
    expect("json", NULL, "", "struct<>");
}

static void test_csv(void **state)
{
    (void)state;
    expect("csv", "header", "a,b\n1,x\n", "struct<a:string,b:string>");
    expect("csv", NULL, "1,x\n", "struct<_c0:string,_c1:string>");
    expect("csv", "inferSchema", "1,2.5,x,2024-01-01,2024-01-01 00:00:00,true,,99999999999\n",
           "struct<_c0:int,_c1:double,_c2:string,_c3:date,_c4:timestamp,_c5:boolean,_c6:string,"
           "_c7:bigint>");
    expect("text", NULL, "x\n", "struct<value:string>");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_json), cmocka_unit_test(test_csv) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
