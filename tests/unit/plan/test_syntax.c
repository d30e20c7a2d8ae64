/* test_syntax.c - names in parts, nodes. */
#include "tests/unit/mr_test.h"

#include "plan/syntax.h"

static void splits(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_str *parts;
    int n;

    (void)state;
    CHECK_OK(mr_syntax_split_name(arena, MR_STR("a.`b.``c`.d"), &parts, &n, &err), &err);
    assert_int_equal(n, 3);
    assert_true(mr_str_is(parts[0], "a"));
    assert_true(mr_str_is(parts[1], "b.`c"));
    assert_true(mr_str_is(parts[2], "d"));
    CHECK_OK(mr_syntax_split_name(arena, MR_STR("`a`"), &parts, &n, &err), &err);
    assert_int_equal(n, 1);
    mr_arena_free(arena);
}

static void refuses(void **state)
{
    static const char *const bad[] = { "`a", "a`b`", "a..b", "a.", ".a", "`a`b", "`" };
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_str *parts;
    int n;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK_RAISES(mr_syntax_split_name(arena, mr_str_from(bad[i]), &parts, &n, &err), &err,
                     "INVALID_ATTRIBUTE_NAME_SYNTAX");
    mr_arena_free(arena);
}

static void nodes(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_buf out = { 0 };
    mr_xexpr *args[] = { mr_xexpr_attribute(arena, MR_STR("v")),
                         mr_xexpr_literal(arena, mr_scalar_long(1)) };
    mr_xexpr *more = mr_xexpr_function(arena, ">", args, 2);
    mr_xrel *r = mr_xrel_new(arena, MR_R_FILTER, mr_xrel_new(arena, MR_R_READ_TABLE, NULL));

    (void)state;
    more = mr_xexpr_alias(arena, more, MR_STR("x"));
    assert_int_equal(more->sql_start, -1);
    r->exprs = &more;
    r->n_exprs = 1;
    r->input->name = MR_STR("t");
    mr_xrel_print(r, &out);
    assert_string_equal(mr_buf_cstr(&out), "(filter [(as (> v 1:bigint) \"x\")] (table t))");
    mr_buf_free(&out);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(splits), cmocka_unit_test(refuses),
                                        cmocka_unit_test(nodes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
