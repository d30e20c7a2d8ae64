/* Programs: laziness, sharing, nulls, the lowest failing row. */
#include "tests/unit/mr_test.h"

#include "expr/program.h"

static mr_expr *call(mr_arena *arena, const char *name, mr_expr **args, int n)
{
    mr_fn_arg fn_args[4] = { 0 };
    mr_fn_resolve r = { .arena = arena,
                        .args = fn_args,
                        .n_args = n,
                        .ansi = true,
                        .zone = mr_zone_utc(),
                        .sql = MR_STR("call") };
    const mr_type **types = MR_NEW_ARRAY(arena, const mr_type *, n);
    mr_error err;
    mr_expr *e;

    r.function = mr_function_find(mr_str_from(name));
    assert_non_null(r.function);
    for (int i = 0; i < n; i++) {
        fn_args[i].type = args[i]->type;
        fn_args[i].nullable = args[i]->nullable;
        fn_args[i].is_literal = args[i]->kind == MR_E_LITERAL;
        fn_args[i].literal = args[i]->literal;
    }
    CHECK_OK(r.function->resolve(&r, &err), &err);
    e = mr_expr_new(arena, r.function->aggregate ? MR_E_AGGREGATE : MR_E_CALL, r.result,
                    r.nullable);
    e->function = r.function;
    e->args = MR_NEW_ARRAY(arena, mr_expr *, n);
    e->n_args = n;
    for (int i = 0; i < n; i++) {
        e->args[i] = args[i];
        if (fn_args[i].want != NULL && !mr_type_equal(fn_args[i].want, args[i]->type))
            e->args[i] = mr_expr_cast(arena, args[i], fn_args[i].want, MR_EVAL_ANSI, r.zone);
        types[i] = e->args[i]->type;
    }
    e->bound = (mr_fn_bound){ true, false, r.zone, r.result, types, n, r.data };
    return e;
}

static mr_expr *call2(mr_arena *arena, const char *name, mr_expr *a, mr_expr *b)
{
    mr_expr *args[2] = { a, b };

    return call(arena, name, args, 2);
}

static mr_expr *column(mr_arena *arena, int id, const char *name, mr_type_id type)
{
    mr_attr attr = {
        .id = id, .name = mr_str_from(name), .type = mr_type_of(type), .nullable = true
    };

    return mr_expr_attr(arena, &attr);
}

static mr_batch *sample(mr_arena *arena)
{
    static const int64_t values[] = { 1, 0, 3, 0 };
    mr_field fields[2] = { { MR_STR("x"), mr_type_of(MR_TYPE_LONG), true, { NULL, 0 } },
                           { MR_STR("y"), mr_type_of(MR_TYPE_LONG), true, { NULL, 0 } } };
    mr_batch *batch = mr_batch_new(arena, mr_type_struct(arena, fields, 2), 4);

    for (int c = 0; c < 2; c++) {
        mr_vec_init(&batch->cols[c], arena, mr_type_of(MR_TYPE_LONG), 4);
        for (int i = 0; i < 4; i++)
            batch->cols[c].i64[i] = values[i] + c * 10;
    }
    mr_vec_set_null(&batch->cols[1], arena, 2);
    return batch;
}

static const int32_t ids[] = { 7, 8 };

static mr_status run(mr_arena *arena, mr_expr *e, mr_vec *out, mr_error *err)
{
    mr_program *p;
    mr_program_env env = { arena, 0 };
    mr_batch *batch = sample(arena);

    MR_TRY(mr_program_compile(arena, &e, 1, (mr_layout){ ids, 2 }, &p, err));
    return mr_program_run(p, &env, batch, batch->sel, out, err);
}

static void test_arithmetic_and_nulls(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_vec out;
    mr_error err;
    mr_expr *sum =
        call2(arena, "+", column(arena, 7, "x", MR_TYPE_LONG), column(arena, 8, "y", MR_TYPE_LONG));

    (void)state;
    CHECK_OK(run(arena, sum, &out, &err), &err);
    assert_int_equal(out.i64[0], 12);
    assert_true(mr_vec_is_null(&out, 2));
    assert_int_equal(out.i64[3], 10);
    mr_arena_free(arena);
}

static void test_case_guards_division(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_vec out;
    mr_error err;
    mr_expr *x = column(arena, 7, "x", MR_TYPE_LONG);
    mr_expr *one = mr_expr_literal(arena, mr_scalar_long(1));
    mr_expr *zero = mr_expr_literal(arena, mr_scalar_long(0));
    mr_expr *quotient = call2(arena, "/", one, x);
    mr_expr *guarded = mr_expr_new(arena, MR_E_CASE, quotient->type, true);
    mr_expr *args[2] = { call2(arena, "<>", x, zero), quotient };

    (void)state;
    guarded->args = args;
    guarded->n_args = 2;
    CHECK_OK(run(arena, guarded, &out, &err), &err);
    assert_true(out.f64[0] == 1.0);
    assert_true(mr_vec_is_null(&out, 1));
    CHECK_RAISES(run(arena, quotient, &out, &err), &err, "DIVIDE_BY_ZERO");
    mr_arena_free(arena);
}

static void test_overflow(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_vec out;
    mr_error err;
    mr_expr *e = call2(arena, "+", column(arena, 7, "x", MR_TYPE_LONG),
                       mr_expr_literal(arena, mr_scalar_long(INT64_MAX)));

    (void)state;
    CHECK_RAISES(run(arena, e, &out, &err), &err, "ARITHMETIC_OVERFLOW");
    assert_string_equal(err.message,
                        "[ARITHMETIC_OVERFLOW] long overflow. Use 'try_add' to tolerate overflow "
                        "and return NULL instead. If necessary set \"spark.sql.ansi.enabled\" to "
                        "\"false\" to bypass this error. SQLSTATE: 22003");
    mr_arena_free(arena);
}

static void check_name(mr_expr *e, const char *want)
{
    mr_buf buf = { 0 };

    mr_expr_print_name(e, &buf);
    assert_string_equal(mr_buf_cstr(&buf), want);
    mr_buf_free(&buf);
}

static void test_names(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_expr *x = column(arena, 7, "x", MR_TYPE_LONG), *i = column(arena, 9, "i", MR_TYPE_INT);
    mr_expr *one = mr_expr_literal(arena, mr_scalar_int(1));
    mr_expr *cast = mr_expr_cast(arena, i, mr_type_of(MR_TYPE_LONG), MR_EVAL_ANSI, NULL);

    (void)state;
    cast->is_user_cast = true;
    check_name(call2(arena, "+", x, one), "(x + 1)");
    check_name(call2(arena, ">", x, one), "(x > 1)");
    check_name(call2(arena, "<>", x, one), "(NOT (x = 1))");
    check_name(call(arena, "count", &one, 1), "count(1)");
    check_name(call(arena, "avg", &x, 1), "avg(x)");
    check_name(cast, "CAST(i AS BIGINT)");
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arithmetic_and_nulls),
        cmocka_unit_test(test_case_guards_division),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
