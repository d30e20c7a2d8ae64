/* test_fn_random.c - streams of numbers: Spark's for a seed, one after another over the batches of
 * a micro-batch, others in the next. */
#include "tests/unit/mr_test.h"

#include "function/function.h"

#define ROWS 5

typedef struct fixture {
    mr_arena *arena;
    const mr_function *row;
    mr_fn_bound bound;
    mr_vec out;
    mr_error err;
} fixture;

static void open_call(fixture *f, const char *name, int64_t seed)
{
    mr_fn_arg arg = { .type = mr_type_of(MR_TYPE_INT), .is_literal = true };
    mr_fn_resolve r = { .args = &arg, .n_args = 1, .ansi = true };

    memset(f, 0, sizeof(*f));
    mr_error_clear(&f->err);
    f->arena = mr_arena_new();
    f->row = mr_function_find(mr_str_from(name));
    assert_non_null(f->row);
    arg.literal = mr_scalar_int((int32_t)seed);
    r.arena = f->arena;
    r.function = f->row;
    r.n_args = f->row->max_args;
    CHECK_OK(f->row->resolve(&r, &f->err), &f->err);
    f->bound = (mr_fn_bound){ .ansi = true, .result = r.result, .data = r.data };
}

/* One batch of the micro-batch of that time into f->out. */
static void run(fixture *f, int64_t time)
{
    mr_fn_call call = {
        .bound = &f->bound, .arena = f->arena, .batch_time_us = time, .rows = ROWS
    };

    mr_vec_init(&f->out, f->arena, f->bound.result, ROWS);
    CHECK_OK(f->row->eval(&call, NULL, (mr_sel){ NULL, ROWS }, &f->out, &f->err), &f->err);
}

static void test_rand(void **state)
{
    fixture f;
    double first, last;

    (void)state;
    open_call(&f, "rand", 42);
    run(&f, 1);
    first = f.out.f64[0];
    last = f.out.f64[ROWS - 1];
    assert_true(first == 0.619189370225301);
    run(&f, 1);
    assert_true(f.out.f64[0] != first && f.out.f64[0] != last);
    run(&f, 2);
    assert_true(f.out.f64[0] != first);
    mr_arena_free(f.arena);
    open_call(&f, "randn", 0);
    run(&f, 1);
    assert_true(f.out.f64[0] == 1.6034991609278433);
    mr_arena_free(f.arena);
}

static void test_uuid(void **state)
{
    fixture f;
    mr_str first;

    (void)state;
    open_call(&f, "uuid", 1);
    run(&f, 1);
    first = f.out.str[0];
    assert_true(mr_str_is(first, "1ced31d7-59ef-4bbc-aaf6-d506ef49e4d2"));
    assert_false(mr_str_equal(first, f.out.str[1]));
    run(&f, 2);
    assert_false(mr_str_equal(first, f.out.str[0]));
    mr_arena_free(f.arena);
}

static void test_numbers_of_rows(void **state)
{
    fixture f;

    (void)state;
    open_call(&f, "monotonically_increasing_id", 0);
    run(&f, 1);
    assert_int_equal(f.out.i64[0], 0);
    run(&f, 1);
    assert_int_equal(f.out.i64[0], ROWS);
    run(&f, 2);
    assert_int_equal(f.out.i64[ROWS - 1], ROWS - 1);
    mr_arena_free(f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rand),
        cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_numbers_of_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
