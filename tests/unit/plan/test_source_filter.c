/* Which conditions a scan of files takes, and which columns a condition shows to be not null. */
#include "tests/unit/mr_test.h"

#include "plan/expr.h"

static mr_expr *column(mr_arena *arena, int32_t id, mr_type_id type)
{
    mr_attr attr = { .id = id, .name = MR_STR("c"), .type = mr_type_of(type), .nullable = true };

    return mr_expr_attr(arena, &attr);
}

static mr_expr *call(mr_arena *arena, const char *name, mr_expr *a, mr_expr *b)
{
    mr_expr *e = mr_expr_new(arena, MR_E_CALL, mr_type_of(MR_TYPE_BOOLEAN), true);

    e->function = mr_function_find(mr_str_from(name));
    assert_non_null(e->function);
    e->args = MR_NEW_ARRAY(arena, mr_expr *, 2);
    e->args[0] = a;
    e->args[1] = b;
    e->n_args = b == NULL ? 1 : 2;
    return e;
}

static void conditions_of_scans(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_expr *v = column(arena, 1, MR_TYPE_INT), *s = column(arena, 2, MR_TYPE_STRING);
    mr_expr *three = mr_expr_literal(arena, mr_scalar_int(3));
    mr_expr *text = mr_expr_cast(arena, s, mr_type_of(MR_TYPE_LONG), MR_EVAL_ANSI, NULL);
    mr_expr *wide = mr_expr_cast(arena, v, mr_type_of(MR_TYPE_LONG), MR_EVAL_ANSI, NULL);

    (void)state;
    assert_true(mr_expr_is_source_filter(call(arena, ">", v, three)));
    assert_true(mr_expr_is_source_filter(call(arena, "not", call(arena, "==", v, three), NULL)));
    assert_true(mr_expr_is_source_filter(call(arena, "isnotnull", s, NULL)));
    assert_true(mr_expr_is_source_filter(call(arena, ">", wide, three)));
    assert_false(mr_expr_is_source_filter(call(arena, ">", text, three)));
    assert_false(mr_expr_is_source_filter(call(arena, ">", v, v)));
    assert_false(mr_expr_is_source_filter(call(arena, ">", call(arena, "length", s, NULL), three)));
    mr_arena_free(arena);
}

static void note(void *data, const mr_expr *attr)
{
    *(int *)data = *(int *)data * 10 + attr->attr_id;
}

static void columns_not_null(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_expr *v = column(arena, 1, MR_TYPE_INT), *s = column(arena, 2, MR_TYPE_STRING);
    int seen = 0;

    (void)state;
    mr_expr_each_not_null(call(arena, ">", call(arena, "length", s, NULL), v), note, &seen);
    assert_int_equal(seen, 21);
    seen = 0;
    mr_expr_each_not_null(call(arena, "isnull", s, NULL), note, &seen);
    assert_int_equal(seen, 0);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_of_scans),
        cmocka_unit_test(columns_not_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
