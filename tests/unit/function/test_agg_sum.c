/* Sums and averages of every kind: states of exactly their size and only as aligned as they may
 * expect, merged, saved and loaded; and sums that are too long for their type. */
#include "tests/unit/mr_test.h"

#include "function/function.h"

#define ROWS 120

typedef struct sums {
    mr_arena *arena;
    mr_fn_bound bound;
    const mr_aggregate *aggregate;
    const mr_type *type;
    mr_vec in;
    size_t size;
    void *blocks[64];
    int n_blocks;
    mr_error err;
} sums;

/* The value of a row, in units of the last digit; one in seven is null. */
static int64_t value_of(int32_t i)
{
    return i % 7 == 3 ? 0 : i * 37 % 101 - 40;
}

static void put(mr_vec *in, int32_t i, mr_int128 v)
{
    switch (in->type->id) {
    case MR_TYPE_BYTE:
        in->i8[i] = (int8_t)v;
        break;
    case MR_TYPE_SHORT:
        in->i16[i] = (int16_t)v;
        break;
    case MR_TYPE_INT:
    case MR_TYPE_INTERVAL_YM:
        in->i32[i] = (int32_t)v;
        break;
    case MR_TYPE_FLOAT:
        in->f32[i] = (float)v;
        break;
    case MR_TYPE_DOUBLE:
        in->f64[i] = (double)v;
        break;
    case MR_TYPE_DECIMAL:
        in->i128[i] = v;
        break;
    default:
        in->i64[i] = (int64_t)v;
    }
}

static void sums_open(sums *s, const char *name, const mr_type *type)
{
    const mr_function *row = mr_function_find(mr_str_from(name));
    mr_fn_arg arg = { .type = type, .nullable = true };
    mr_fn_resolve r = { .function = row, .name = mr_str_from(name), .args = &arg, .ansi = true };

    assert_non_null(row);
    memset(s, 0, sizeof(*s));
    s->arena = r.arena = mr_arena_new();
    r.n_args = 1;
    CHECK_OK(row->resolve(&r, &s->err), &s->err);
    s->type = type;
    s->bound = (mr_fn_bound){
        .ansi = true, .result = r.result, .args = &s->type, .n_args = 1, .data = r.data
    };
    s->aggregate = row->aggregate;
    s->size = s->aggregate->state_size(&s->bound);
    assert_int_equal(s->size % 8, 0);
    mr_vec_init(&s->in, s->arena, type, ROWS);
    for (int32_t i = 0; i < ROWS; i++) {
        put(&s->in, i, value_of(i));
        if (i % 7 == 3)
            mr_vec_set_null(&s->in, s->arena, i);
    }
}

static void sums_close(sums *s)
{
    for (int i = 0; i < s->n_blocks; i++)
        free(s->blocks[i]);
    mr_arena_free(s->arena);
}

/* Ends where its memory ends; aligned to 8 bytes, not to 16. */
static void *new_state(sums *s)
{
    char *block = malloc(s->size + 8);

    assert_non_null(block);
    assert_true(s->n_blocks < 64);
    s->blocks[s->n_blocks++] = block;
    memset(block, 0x5a, s->size + 8);
    s->aggregate->init(&s->bound, block + 8);
    return block + 8;
}

static mr_status update(sums *s, void *state, int32_t from, int32_t to)
{
    int32_t rows[ROWS];
    void *states[ROWS];
    const mr_vec *args[1] = { &s->in };

    for (int32_t i = from; i < to; i++) {
        rows[i - from] = i;
        states[i - from] = state;
    }
    return s->aggregate->update(&s->bound, states, args, (mr_sel){ rows, to - from }, &s->err);
}

static mr_status merge(sums *s, void *into, const void *from)
{
    return s->aggregate->merge(&s->bound, &into, &from, 1, &s->err);
}

static mr_vec *save(sums *s, const void *state, int *n)
{
    mr_field fields[8];
    mr_vec *bufs;

    *n = s->aggregate->buffers(&s->bound, s->arena, fields);
    bufs = MR_NEW_ARRAY(s->arena, mr_vec, *n);
    for (int i = 0; i < *n; i++)
        mr_vec_init(&bufs[i], s->arena, fields[i].type, 1);
    s->aggregate->save(&s->bound, &state, 1, bufs, s->arena);
    return bufs;
}

static void *reloaded(sums *s, const void *state)
{
    int n;
    mr_vec *bufs = save(s, state, &n);
    void *copy = new_state(s);

    CHECK_OK(s->aggregate->load(&s->bound, &copy, 1, bufs, &s->err), &s->err);
    return copy;
}

static mr_vec result(sums *s, const void *state)
{
    mr_vec out;

    mr_vec_init(&out, s->arena, s->bound.result, 1);
    CHECK_OK(s->aggregate->result(&s->bound, &state, 1, &out, s->arena, &s->err), &s->err);
    return out;
}

static bool is_null(sums *s, const void *state)
{
    mr_vec out = result(s, state);

    return mr_vec_is_null(&out, 0);
}

static double number(sums *s, const void *state)
{
    mr_vec out = result(s, state);
    double n;

    assert_false(mr_vec_is_null(&out, 0));
    if (out.type->id == MR_TYPE_DOUBLE)
        return out.f64[0];
    if (out.type->id == MR_TYPE_INTERVAL_YM)
        return out.i32[0];
    if (out.type->id != MR_TYPE_DECIMAL)
        return (double)out.i64[0];
    n = (double)out.i128[0];
    for (int i = s->type->scale; i < out.type->scale; i++)
        n /= 10;
    return n;
}

static double expected(int32_t from, int32_t to, bool average)
{
    double sum = 0, n = 0;

    for (int32_t i = from; i < to; i++) {
        sum += (double)value_of(i);
        n += i % 7 != 3;
    }
    return average ? sum / n : sum;
}

static void check_number(double have, double want, bool is_whole)
{
    double off = have > want ? have - want : want - have;

    assert_true(off < (is_whole ? 0.51 : 0.0001));
}

static void check_kind(const char *name, const mr_type *type)
{
    bool average = strstr(name, "avg") != NULL;
    bool is_whole = type->id == MR_TYPE_INTERVAL_YM || type->id == MR_TYPE_INTERVAL_DT;
    sums s;
    void *all, *parts, *empty;

    sums_open(&s, name, type);
    all = new_state(&s);
    parts = new_state(&s);
    empty = new_state(&s);
    assert_true(is_null(&s, empty));
    assert_true(is_null(&s, reloaded(&s, empty)));
    CHECK_OK(update(&s, all, 3, 4), &s.err); /* a null alone */
    assert_true(is_null(&s, all));
    CHECK_OK(update(&s, all, 0, ROWS), &s.err);
    check_number(number(&s, all), expected(0, ROWS, average), is_whole);
    check_number(number(&s, reloaded(&s, all)), expected(0, ROWS, average), is_whole);
    for (int32_t at = 0; at < ROWS; at += ROWS / 4) {
        void *part = new_state(&s);

        CHECK_OK(update(&s, part, at, at + ROWS / 4), &s.err);
        CHECK_OK(merge(&s, parts, at % 60 == 0 ? part : reloaded(&s, part)), &s.err);
        CHECK_OK(merge(&s, parts, empty), &s.err);
        parts = reloaded(&s, parts);
        check_number(number(&s, parts), expected(0, at + ROWS / 4, average), is_whole);
    }
    sums_close(&s);
}

static void test_kinds(void **state)
{
    static const char *const names[] = { "sum", "avg", "try_sum", "try_avg" };
    static const mr_type_id ids[] = { MR_TYPE_BYTE, MR_TYPE_SHORT, MR_TYPE_INT,
                                      MR_TYPE_LONG, MR_TYPE_FLOAT, MR_TYPE_DOUBLE };
    static const int precisions[] = { 8, 9, 11, 12, 20, 38 };
    mr_arena *arena = mr_arena_new();

    (void)state;
    for (size_t f = 0; f < sizeof(names) / sizeof(names[0]); f++) {
        for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
            check_kind(names[f], mr_type_of(ids[i]));
        for (size_t i = 0; i < sizeof(precisions) / sizeof(precisions[0]); i++)
            check_kind(names[f], mr_type_decimal(arena, precisions[i], 2));
        check_kind(names[f], mr_type_of(MR_TYPE_INTERVAL_YM));
        check_kind(names[f], mr_type_of(MR_TYPE_INTERVAL_DT));
    }
    mr_arena_free(arena);
}

/* Sums of fixed width are small, decimal ones are not. */
static void test_sizes(void **state)
{
    sums s;

    (void)state;
    sums_open(&s, "sum", mr_type_of(MR_TYPE_LONG));
    assert_int_equal(s.size, 16);
    sums_close(&s);
    sums_open(&s, "avg", mr_type_of(MR_TYPE_DOUBLE));
    assert_int_equal(s.size, 16);
    sums_close(&s);
    sums_open(&s, "sum", mr_type_of(MR_TYPE_INTERVAL_DT));
    assert_int_equal(s.size, 16);
    sums_close(&s);
}

/* --- too long ----------------------------------------------------------------------------------
 */

/* Rows 0 and 1 hold the greatest value. */
static void open_great(sums *s, const char *name, const mr_type *type, mr_int128 greatest)
{
    sums_open(s, name, type);
    for (int32_t i = 0; i < 4; i++) {
        put(&s->in, i, greatest);
        if (s->in.valid != NULL)
            s->in.valid[i] = 1;
    }
}

static void check_raises(const char *name, const mr_type *type, mr_int128 greatest,
                         const char *condition)
{
    sums s;
    void *a, *b;

    open_great(&s, name, type, greatest);
    a = new_state(&s);
    b = new_state(&s);
    CHECK_OK(update(&s, a, 0, 1), &s.err);
    CHECK_OK(update(&s, b, 1, 2), &s.err);
    CHECK_RAISES(merge(&s, b, reloaded(&s, a)), &s.err, condition);
    CHECK_RAISES(update(&s, a, 1, 2), &s.err, condition);
    sums_close(&s);
}

/* Once too long, null for ever: whatever is added, saved or loaded. */
static void check_null(const char *name, const mr_type *type, mr_int128 greatest)
{
    sums s;
    void *a, *b, *c;

    open_great(&s, name, type, greatest);
    a = new_state(&s);
    b = new_state(&s);
    CHECK_OK(update(&s, a, 0, 1), &s.err);
    CHECK_OK(update(&s, b, 0, 1), &s.err);
    assert_false(is_null(&s, a));
    CHECK_OK(update(&s, a, 1, 4), &s.err);
    assert_true(is_null(&s, a));
    CHECK_OK(merge(&s, b, reloaded(&s, b)), &s.err);
    assert_true(is_null(&s, b));
    a = reloaded(&s, a);
    assert_true(is_null(&s, a));
    CHECK_OK(update(&s, a, 20, 30), &s.err);
    assert_true(is_null(&s, a));
    c = new_state(&s);
    CHECK_OK(update(&s, c, 20, 30), &s.err);
    CHECK_OK(merge(&s, c, a), &s.err);
    c = reloaded(&s, c);
    assert_true(is_null(&s, c));
    sums_close(&s);
}

static mr_int128 nines(int n)
{
    mr_int128 v = 0;

    for (int i = 0; i < n; i++)
        v = v * 10 + 9;
    return v;
}

static void test_too_long(void **state)
{
    const char *interval = "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION";
    const mr_type *ym = mr_type_of(MR_TYPE_INTERVAL_YM), *dt = mr_type_of(MR_TYPE_INTERVAL_DT);

    (void)state;
    check_raises("sum", mr_type_of(MR_TYPE_LONG), INT64_MAX, "ARITHMETIC_OVERFLOW");
    check_raises("sum", dt, INT64_MAX, interval);
    check_raises("avg", dt, INT64_MIN, interval);
    check_raises("sum", ym, INT32_MAX, interval);
    check_raises("avg", ym, INT32_MIN, interval);
    check_null("try_sum", mr_type_of(MR_TYPE_LONG), INT64_MIN);
    check_null("try_sum", dt, INT64_MAX);
    check_null("try_avg", dt, INT64_MAX);
    check_null("try_sum", ym, INT32_MAX);
    check_null("try_avg", ym, INT32_MIN);
}

/* Decimals: past the digits of the type, and past 128 bits. */
static void test_too_long_decimal(void **state)
{
    mr_arena *arena = mr_arena_new();
    const mr_type *type = mr_type_decimal(arena, 38, 0);
    sums s;
    void *a;
    mr_vec out;

    (void)state;
    check_null("try_sum", type, nines(38));
    open_great(&s, "sum", type, nines(38));
    a = new_state(&s);
    CHECK_OK(update(&s, a, 0, 4), &s.err);
    a = reloaded(&s, a);
    mr_vec_init(&out, s.arena, s.bound.result, 1);
    CHECK_RAISES(s.aggregate->result(&s.bound, (const void *const *)&a, 1, &out, s.arena, &s.err),
                 &s.err, "ARITHMETIC_OVERFLOW");
    sums_close(&s);
    mr_arena_free(arena);
}

/* Buffers of try_sum say that there were values when the sum is null. */
static void test_buffers(void **state)
{
    sums s;
    mr_vec *bufs;
    void *a;
    int n;

    (void)state;
    open_great(&s, "try_sum", mr_type_of(MR_TYPE_LONG), INT64_MAX);
    a = new_state(&s);
    bufs = save(&s, a, &n);
    assert_int_equal(n, 2);
    assert_false(mr_vec_is_null(&bufs[0], 0));
    assert_int_equal(bufs[1].u8[0], 1);
    CHECK_OK(update(&s, a, 0, 2), &s.err);
    bufs = save(&s, a, &n);
    assert_true(mr_vec_is_null(&bufs[0], 0));
    assert_int_equal(bufs[1].u8[0], 0);
    sums_close(&s);
    sums_open(&s, "sum", mr_type_of(MR_TYPE_LONG));
    (void)save(&s, new_state(&s), &n);
    assert_int_equal(n, 1);
    sums_close(&s);
}

/* Counts that nobody counted: loaded from a damaged checkpoint, added up, saved. */
static void test_absurd_counts(void **state)
{
    static const int64_t counts[] = { INT64_MAX, INT64_MIN, -1, INT64_MAX / 2, INT64_C(1) << 62 };

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        mr_arena *arena = mr_arena_new();
        const mr_type *types[] = { mr_type_of(MR_TYPE_LONG), mr_type_decimal(arena, 20, 2),
                                   mr_type_of(MR_TYPE_INTERVAL_DT) };

        for (size_t t = 0; t < 3; t++) {
            sums s;
            void *a, *b;
            mr_vec *bufs;
            int n;

            sums_open(&s, "avg", types[t]);
            a = new_state(&s);
            b = new_state(&s);
            CHECK_OK(update(&s, a, 0, 10), &s.err);
            bufs = save(&s, a, &n);
            bufs[1].i64[0] = counts[i];
            CHECK_OK(s.aggregate->load(&s.bound, &a, 1, bufs, &s.err), &s.err);
            CHECK_OK(s.aggregate->load(&s.bound, &b, 1, bufs, &s.err), &s.err);
            CHECK_OK(update(&s, a, 0, ROWS), &s.err);
            CHECK_OK(merge(&s, a, b), &s.err);
            CHECK_OK(merge(&s, a, a), &s.err);
            (void)result(&s, a);
            (void)reloaded(&s, a);
            sums_close(&s);
        }
        mr_arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),    cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_too_long), cmocka_unit_test(test_too_long_decimal),
        cmocka_unit_test(test_buffers),  cmocka_unit_test(test_absurd_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
