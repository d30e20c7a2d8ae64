/* test_aggregates.c - aggregates whose states own memory or have many words: what a state is saved
 * to gives the same result when loaded, whole or merged from parts. */
#include "tests/unit/mr_test.h"

#include "function/function.h"

#define ROWS 200

typedef struct fixture {
    mr_arena *arena;
    mr_fn_bound bound;
    const mr_aggregate *aggregate;
    const mr_type *types[2];
    mr_vec args[2];
    size_t size;
    mr_error err;
} fixture;

/* args: a string and a long; one in seven is null. */
static void open_fixture(fixture *f, const char *name)
{
    const mr_function *row = mr_function_find(mr_str_from(name));
    mr_fn_arg args[2] = { { .type = mr_type_of(MR_TYPE_STRING), .nullable = true },
                          { .type = mr_type_of(MR_TYPE_LONG), .nullable = true } };
    mr_fn_resolve r = { .function = row, .name = mr_str_from(name), .args = args, .ansi = true };

    assert_non_null(row);
    memset(f, 0, sizeof(*f));
    f->arena = mr_arena_new();
    mr_error_clear(&f->err);
    r.arena = f->arena;
    r.n_args = row->min_args;
    r.zone = mr_zone_utc();
    CHECK_OK(row->resolve(&r, &f->err), &f->err);
    f->types[0] = args[0].type;
    f->types[1] = args[1].type;
    f->bound = (mr_fn_bound){ .ansi = true,
                              .zone = r.zone,
                              .result = r.result,
                              .args = f->types,
                              .n_args = r.n_args,
                              .data = r.data };
    f->aggregate = row->aggregate;
    f->size = f->aggregate->state_size(&f->bound);
    for (int a = 0; a < 2; a++)
        mr_vec_init(&f->args[a], f->arena, f->types[a], ROWS);
    for (int32_t i = 0; i < ROWS; i++) {
        f->args[0].str[i] = mr_arena_printf(f->arena, "text %d", (int)(i % 23));
        f->args[1].i64[i] = (i * 37) % 101;
        if (i % 7 == 3)
            mr_vec_set_null(&f->args[0], f->arena, i);
    }
}

static void *new_state(fixture *f)
{
    void *state = mr_arena_zalloc(f->arena, f->size);

    f->aggregate->init(&f->bound, state);
    return state;
}

static void update(fixture *f, void *state, int32_t from, int32_t to)
{
    int32_t rows[ROWS];
    void *states[ROWS];
    const mr_vec *args[2] = { &f->args[0], &f->args[1] };

    for (int32_t i = from; i < to; i++) {
        rows[i - from] = i;
        states[i - from] = state;
    }
    CHECK_OK(f->aggregate->update(&f->bound, states, args, (mr_sel){ rows, to - from }, &f->err),
             &f->err);
}

static const char *result(fixture *f, const void *state)
{
    mr_vec out, text;

    mr_vec_init(&out, f->arena, f->bound.result, 1);
    CHECK_OK(f->aggregate->result(&f->bound, &state, 1, &out, f->arena, &f->err), &f->err);
    if (mr_vec_is_null(&out, 0))
        return "NULL";
    CHECK_OK(mr_cast_eval(&out, (mr_sel){ NULL, 1 }, mr_type_of(MR_TYPE_STRING), 1, NULL, f->arena,
                          &text, &f->err),
             &f->err);
    return mr_arena_cstr(f->arena, text.str[0]);
}

static void *reloaded(fixture *f, const void *state)
{
    mr_field fields[512];
    int n = f->aggregate->buffers(&f->bound, f->arena, fields);
    mr_vec *bufs = MR_NEW_ARRAY(f->arena, mr_vec, n);
    void *copy = new_state(f);

    for (int i = 0; i < n; i++)
        mr_vec_init(&bufs[i], f->arena, fields[i].type, 1);
    f->aggregate->save(&f->bound, &state, 1, bufs, f->arena);
    CHECK_OK(f->aggregate->load(&f->bound, &copy, 1, bufs, &f->err), &f->err);
    return copy;
}

static void drop(fixture *f, void *state)
{
    if (f->aggregate->drop != NULL)
        f->aggregate->drop(&f->bound, state);
}

static void check(const char *name, const char *expected)
{
    fixture f;
    void *whole, *left, *right, *copy, *empty;
    const void *from;

    open_fixture(&f, name);
    whole = new_state(&f);
    left = new_state(&f);
    right = new_state(&f);
    empty = new_state(&f);
    update(&f, whole, 0, ROWS);
    update(&f, left, 0, 90);
    update(&f, right, 90, ROWS);
    copy = reloaded(&f, left);
    from = right;
    CHECK_OK(f.aggregate->merge(&f.bound, &copy, &from, 1, &f.err), &f.err);
    from = empty;
    CHECK_OK(f.aggregate->merge(&f.bound, &copy, &from, 1, &f.err), &f.err);
    assert_string_equal(result(&f, copy), result(&f, whole));
    if (expected != NULL)
        assert_string_equal(result(&f, whole), expected);
    drop(&f, whole);
    drop(&f, left);
    drop(&f, right);
    drop(&f, copy);
    drop(&f, empty);
    mr_arena_free(f.arena);
}

static void test_states(void **state)
{
    (void)state;
    check("approx_count_distinct", "24");
    check("collect_list", NULL);
    check("collect_set", NULL);
    check("max_by", NULL);
    check("min_by", NULL);
    check("first", "text 0");
    check("last", "NULL");
    check("mode", NULL);
}

/* A column of ten thousand different values: within two standard errors. */
static void test_estimate(void **state)
{
    fixture f;
    void *s;
    int64_t n;

    (void)state;
    open_fixture(&f, "approx_count_distinct");
    s = new_state(&f);
    for (int round = 0; round < 50; round++) {
        for (int32_t i = 0; i < ROWS; i++) {
            f.args[0].str[i] = mr_arena_printf(f.arena, "%d", round * ROWS + (int)i);
            if (f.args[0].valid != NULL)
                f.args[0].valid[i] = 1;
        }
        update(&f, s, 0, ROWS);
    }
    n = strtoll(result(&f, s), NULL, 10);
    assert_in_range(n, 9000, 11000);
    mr_arena_free(f.arena);
}

static void test_bad_state(void **state)
{
    fixture f;
    mr_vec buf;
    void *s;

    (void)state;
    open_fixture(&f, "mode");
    s = new_state(&f);
    mr_vec_init(&buf, f.arena, mr_type_of(MR_TYPE_BINARY), 1);
    buf.str[0] = MR_STR("\0\0\0\x40short");
    assert_int_equal(f.aggregate->load(&f.bound, &s, 1, &buf, &f.err), MR_CORRUPT);
    drop(&f, s);
    mr_arena_free(f.arena);
}

/* The buffers of a regression are those of Spark's aggregates, parts merge to the whole. */
static void check_regression(const char *name, const char *buffers, double expected)
{
    const mr_function *row = mr_function_find(mr_str_from(name));
    mr_arena *arena = mr_arena_new();
    const mr_type *type = mr_type_of(MR_TYPE_DOUBLE), *types[2] = { type, type };
    mr_fn_arg given[2] = { { .type = type }, { .type = type } };
    mr_fn_resolve r = { .arena = arena, .function = row, .args = given, .n_args = 2 };
    static const double xy[4][2] = { { 1, 2 }, { 2, 2 }, { 2, 3 }, { 2, 4 } };
    mr_vec args[2], bufs[8], out;
    const mr_vec *vecs[2] = { &args[0], &args[1] };
    void *states[4], *rows[4];
    mr_field fields[8];
    mr_fn_bound bound = { .args = types, .n_args = 2 };
    mr_buf names = { 0 };
    mr_error err;
    int n;

    CHECK_OK(row->resolve(&r, &err), &err);
    bound.result = r.result;
    bound.data = r.data;
    n = row->aggregate->buffers(&bound, arena, fields);
    for (int i = 0; i < n; i++) {
        mr_vec_init(&bufs[i], arena, fields[i].type, 2);
        mr_buf_printf(&names, "%s%.*s", i > 0 ? " " : "", MR_STR_ARG(fields[i].name));
    }
    assert_string_equal(mr_buf_cstr(&names), buffers);
    mr_buf_free(&names);
    for (int i = 0; i < 4; i++) {
        states[i] = mr_arena_zalloc(arena, row->aggregate->state_size(&bound));
        row->aggregate->init(&bound, states[i]);
        rows[i] = states[i % 2];
    }
    for (int a = 0; a < 2; a++) {
        mr_vec_init(&args[a], arena, type, 4);
        for (int i = 0; i < 4; i++)
            args[a].f64[i] = xy[i][a];
    }
    CHECK_OK(row->aggregate->update(&bound, rows, vecs, (mr_sel){ NULL, 4 }, &err), &err);
    row->aggregate->save(&bound, (const void *const *)states, 2, bufs, arena);
    CHECK_OK(row->aggregate->load(&bound, states + 2, 2, bufs, &err), &err);
    CHECK_OK(row->aggregate->merge(&bound, states + 2, (const void *const *)states + 3, 1, &err),
             &err);
    mr_vec_init(&out, arena, r.result, 1);
    CHECK_OK(row->aggregate->result(&bound, (const void *const *)states + 2, 1, &out, arena, &err),
             &err);
    if (r.result->id == MR_TYPE_LONG)
        assert_int_equal(out.i64[0], (int64_t)expected);
    else
        assert_true(out.f64[0] > expected - 1e-9 && out.f64[0] < expected + 1e-9);
    mr_arena_free(arena);
}

static void test_regressions(void **state)
{
    (void)state;
    check_regression("regr_count", "count", 4);
    check_regression("regr_avgx", "sum count", 2.75);
    check_regression("regr_avgy", "sum count", 1.75);
    check_regression("regr_sxx", "n avg m2", 2.75);
    check_regression("regr_syy", "n avg m2", 0.75);
    check_regression("regr_sxy", "n xAvg yAvg ck", 0.75);
    check_regression("regr_slope", "n xAvg yAvg ck n avg m2", 0.75 / 2.75);
    check_regression("regr_intercept", "n xAvg yAvg ck n avg m2", 1);
    check_regression("regr_r2", "n xAvg yAvg ck xMk yMk", 0.75 / 2.75);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_estimate),
        cmocka_unit_test(test_bad_state),
        cmocka_unit_test(test_regressions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
