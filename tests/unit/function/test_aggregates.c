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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_estimate),
        cmocka_unit_test(test_bad_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
