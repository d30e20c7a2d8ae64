/* The table, casts with Spark's answers, aggregates and their buffers. */
#include "tests/unit/mr_test.h"

#include "function/function.h"
#include "column/scalar.h"

static void test_table_is_sorted(void **state)
{
    (void)state;
    assert_true(mr_function_count() > 150);
    for (int i = 1; i < mr_function_count(); i++)
        if (strcmp(mr_function_at(i - 1)->name, mr_function_at(i)->name) >= 0)
            fail_msg("%s twice or out of order", mr_function_at(i)->name);
    assert_ptr_equal(mr_function_find(MR_STR("UPPER")), mr_function_find(MR_STR("upper")));
    assert_null(mr_function_find(MR_STR("no_such_function")));
    for (int i = 0; i < mr_function_count(); i++) {
        const mr_function *f = mr_function_at(i);

        assert_true(f->eval != NULL || f->aggregate != NULL || f->special != MR_SPECIAL_NONE ||
                    f->is_generator);
    }
}

static mr_status cast_text(mr_arena *arena, const char *text, const mr_type *to, int mode,
                           mr_vec *out, mr_error *err)
{
    mr_vec in;

    mr_scalar_to_vec(mr_scalar_string(mr_str_from(text)), &in, arena, 1);
    return mr_cast_eval(&in, (mr_sel){ NULL, 1 }, to, mode, mr_zone_utc(), arena, out, err);
}

static void test_casts_of_text(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_error err;
    mr_vec out;

    (void)state;
    CHECK_OK(cast_text(arena, " 12 ", mr_type_of(MR_TYPE_INT), 2, &out, &err), &err);
    assert_int_equal(out.i32[0], 12);
    CHECK_RAISES(cast_text(arena, "abc", mr_type_of(MR_TYPE_INT), 2, &out, &err), &err,
                 "CAST_INVALID_INPUT");
    assert_string_equal(
        err.message, "[CAST_INVALID_INPUT] The value 'abc' of the type \"STRING\" cannot be cast "
                     "to \"INT\" because it is malformed. Correct the value as per the syntax, or "
                     "change its target type. Use `try_cast` to tolerate malformed input and "
                     "return NULL instead. SQLSTATE: 22018");
    CHECK_OK(cast_text(arena, "abc", mr_type_of(MR_TYPE_INT), 3, &out, &err), &err);
    assert_true(mr_vec_is_null(&out, 0));
    CHECK_OK(cast_text(arena, "1.9", mr_type_of(MR_TYPE_INT), 1, &out, &err), &err);
    assert_int_equal(out.i32[0], 1);
    CHECK_OK(cast_text(arena, "yes", mr_type_of(MR_TYPE_BOOLEAN), 2, &out, &err), &err);
    assert_int_equal(out.u8[0], 1);
    CHECK_OK(cast_text(arena, "1970-01-02 00:00:01", mr_type_of(MR_TYPE_TIMESTAMP), 2, &out, &err),
             &err);
    assert_int_equal(out.i64[0], INT64_C(86401000000));
    mr_arena_free(arena);
}

static void test_casts_of_numbers(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_error err;
    mr_vec in, out;

    (void)state;
    mr_scalar_to_vec(mr_scalar_long(INT64_C(3000000000)), &in, arena, 1);
    CHECK_RAISES(
        mr_cast_eval(&in, (mr_sel){ NULL, 1 }, mr_type_of(MR_TYPE_INT), 2, NULL, arena, &out, &err),
        &err, "CAST_OVERFLOW");
    assert_string_equal(mr_error_param(&err, "value"), "3000000000L");
    CHECK_OK(
        mr_cast_eval(&in, (mr_sel){ NULL, 1 }, mr_type_of(MR_TYPE_INT), 1, NULL, arena, &out, &err),
        &err);
    assert_int_equal(out.i32[0], -1294967296);
    mr_arena_free(arena);
}

static void test_common_types(void **state)
{
    mr_arena *arena = mr_arena_new();
    const mr_type *s = mr_type_of(MR_TYPE_STRING), *i = mr_type_of(MR_TYPE_INT);
    const mr_type *d = mr_coerce_common(arena, i, mr_type_decimal(arena, 10, 2), true);

    (void)state;
    assert_int_equal(mr_coerce_common(arena, s, i, true)->id, MR_TYPE_LONG);
    assert_int_equal(mr_coerce_common(arena, s, i, false)->id, MR_TYPE_STRING);
    assert_int_equal(mr_coerce_common(arena, i, mr_type_of(MR_TYPE_FLOAT), true)->id,
                     MR_TYPE_DOUBLE);
    assert_int_equal(d->precision, 12);
    assert_int_equal(d->scale, 2);
    assert_null(mr_coerce_common(arena, i, mr_type_of(MR_TYPE_DATE), true));
    mr_arena_free(arena);
}

/* The buffers are those of tests/golden/plans/{avg,sum,min,max}_types: name, type, ! = not null.
 *
 * Updates two states in turn, saves, loads into new ones, merges, asks for the result. */
static void aggregate(mr_arena *arena, const char *name, const mr_vec *in, mr_vec *result,
                      const char *buffers)
{
    const mr_function *f = mr_function_find(mr_str_from(name));
    mr_fn_arg arg = { .type = in->type, .nullable = true };
    mr_fn_resolve r = { .arena = arena, .function = f, .args = &arg, .n_args = 1, .ansi = true };
    const mr_type *types[1] = { in->type };
    mr_fn_bound bound = { .ansi = true, .args = types, .n_args = 1 };
    mr_field fields[8];
    mr_vec bufs[8];
    void *states[4], *row_states[64];
    mr_error err;
    mr_buf names = { 0 };
    int n;

    CHECK_OK(f->resolve(&r, &err), &err);
    bound.result = r.result;
    bound.data = r.data;
    n = f->aggregate->buffers(&bound, arena, fields);
    for (int i = 0; i < n; i++) {
        mr_vec_init(&bufs[i], arena, fields[i].type, 2);
        mr_buf_printf(&names, "%.*s ", MR_STR_ARG(fields[i].name));
        mr_type_print_simple(fields[i].type, &names);
        mr_buf_puts(&names, fields[i].nullable ? "" : "!");
        mr_buf_puts(&names, i + 1 < n ? ", " : "");
    }
    assert_string_equal(mr_buf_cstr(&names), buffers);
    mr_buf_free(&names);
    for (int i = 0; i < 4; i++) {
        states[i] = mr_arena_zalloc(arena, f->aggregate->state_size(&bound));
        f->aggregate->init(&bound, states[i]);
    }
    for (int i = 0; i < in->n; i++)
        row_states[i] = states[i % 2];
    CHECK_OK(f->aggregate->update(&bound, row_states, &in, (mr_sel){ NULL, in->n }, &err), &err);
    f->aggregate->save(&bound, (const void *const *)states, 2, bufs, arena);
    CHECK_OK(f->aggregate->load(&bound, states + 2, 2, bufs, &err), &err);
    CHECK_OK(f->aggregate->merge(&bound, states + 2, (const void *const *)states + 3, 1, &err),
             &err);
    mr_vec_init(result, arena, r.result, 1);
    CHECK_OK(f->aggregate->result(&bound, (const void *const *)states + 2, 1, result, arena, &err),
             &err);
    for (int i = 0; i < 4 && f->aggregate->drop != NULL; i++)
        f->aggregate->drop(&bound, states[i]);
}

static void test_aggregates(void **state)
{
    mr_arena *arena = mr_arena_new();
    static const int64_t values[] = { 5, -3, 8, 0, 2 };
    mr_vec in, text, out, money;

    (void)state;
    mr_vec_init(&in, arena, mr_type_of(MR_TYPE_LONG), 5);
    mr_vec_init(&text, arena, mr_type_of(MR_TYPE_STRING), 5);
    mr_vec_init(&money, arena, mr_type_decimal(arena, 10, 2), 5);
    for (int i = 0; i < 5; i++) {
        in.i64[i] = values[i];
        money.i128[i] = values[i] * 100;
        text.str[i] = mr_str_from(i == 2 ? "zebra" : "ant");
    }
    mr_vec_set_null(&in, arena, 3);
    aggregate(arena, "count", &in, &out, "count bigint!");
    assert_int_equal(out.i64[0], 4);
    aggregate(arena, "sum", &in, &out, "sum bigint");
    assert_int_equal(out.i64[0], 12);
    aggregate(arena, "avg", &in, &out, "sum double, count bigint");
    assert_true(out.f64[0] == 3.0);
    aggregate(arena, "min", &in, &out, "min bigint");
    assert_int_equal(out.i64[0], -3);
    aggregate(arena, "max", &text, &out, "max string");
    assert_true(mr_str_is(out.str[0], "zebra"));
    aggregate(arena, "sum", &money, &out, "sum decimal(20,2), isEmpty boolean!");
    assert_true(out.i128[0] == 1200);
    aggregate(arena, "avg", &money, &out, "sum double, count bigint");
    assert_true(out.i128[0] == 2400000); /* 2.400000 */
    money.type = mr_type_decimal(arena, 28, 4);
    aggregate(arena, "avg", &money, &out, "sum decimal(38,4), count bigint");
    aggregate(arena, "sum", &money, &out, "sum decimal(38,4), isEmpty boolean!");
    money.type = mr_type_decimal(arena, 8, 2);
    aggregate(arena, "sum", &money, &out, "sum bigint");
    assert_true(out.i128[0] == 1200);
    aggregate(arena, "first", &text, &out, "first string, valueSet boolean");
    assert_true(mr_str_is(out.str[0], "ant"));
    aggregate(arena, "var_pop", &in, &out, "n double!, avg double!, m2 double!");
    assert_true(out.f64[0] > 16.49 && out.f64[0] < 16.51);
    mr_arena_free(arena);
}

static void test_lacking(void **state)
{
    (void)state;
    assert_true(mr_function_is_lacking(MR_STR("from_avro")));
    assert_true(mr_function_is_lacking(MR_STR("XPath")));
    assert_false(mr_function_is_lacking(MR_STR("no_such_function")));
    assert_false(mr_function_is_lacking(MR_STR("")));
    for (int i = 0; i < mr_function_count(); i++)
        assert_false(mr_function_is_lacking(mr_str_from(mr_function_at(i)->name)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_sorted),  cmocka_unit_test(test_casts_of_text),
        cmocka_unit_test(test_casts_of_numbers), cmocka_unit_test(test_common_types),
        cmocka_unit_test(test_aggregates),       cmocka_unit_test(test_lacking),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
