/* A large table over many rounds of merging, closing and evicting, with states and keys that own
 * memory and groups without a time, against a plain array. */
#include "tests/unit/mr_test.h"

#include "tests/unit/state/state_fixture.h"

enum { TIMES = 16, NAMES = 6000, LANES = 3, ROWS = 9000, NO_TIME = TIMES, AGGS = 8 };

enum { COUNT, MIN, MAX, LIST, DECIMAL, AVG, LEAST, MOST };

typedef struct cell {
    int64_t count, sum;
    char low[8], high[8];
} cell;

typedef struct world {
    fixture f;
    mr_groups *g;
    cell (*cells)[NAMES + 1]; /* by time (NO_TIME: null), then by name (the last: null) */
    mr_pool *pool;
    uint64_t seed;
} world;

static uint32_t draw(world *w, uint32_t n)
{
    w->seed = w->seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(w->seed >> 33) % n;
}

static void world_open(world *w, bool owns)
{
    fixture *f = &w->f;

    memset(w, 0, sizeof(*w));
    fixture_init(f);
    f->key_types[0] = mr_type_of(MR_TYPE_TIMESTAMP);
    fixture_agg(f, COUNT, "count", mr_type_of(MR_TYPE_LONG));
    fixture_agg(f, MIN, owns ? "min" : "count", f->key_types[1]);
    fixture_agg(f, MAX, owns ? "max" : "count", f->key_types[1]);
    fixture_agg(f, LIST, owns ? "collect_list" : "sum", mr_type_of(MR_TYPE_LONG));
    fixture_agg(f, DECIMAL, "sum", mr_type_decimal(f->arena, 20, 2));
    fixture_agg(f, AVG, "avg", mr_type_of(MR_TYPE_LONG));
    fixture_agg(f, LEAST, "min", f->arg_types[DECIMAL]); /* states of 128 bits, at any 8 bytes */
    fixture_agg(f, MOST, "max", f->arg_types[DECIMAL]);
    f->spec.n_aggs = AGGS;
    w->g = mr_groups_new(&f->spec);
    w->pool = mr_pool_new(2);
    w->cells = mr_calloc(TIMES + 1, sizeof(*w->cells));
    w->seed = owns ? 5 : 6;
}

static void world_close(world *w)
{
    mr_groups_free(w->g);
    mr_pool_free(w->pool);
    free(w->cells);
    fixture_free(&w->f);
}

/* Short names, and names of more bytes than a record has room for. */
static mr_str name_text(mr_arena *arena, uint32_t name)
{
    return mr_arena_printf(arena, "%0*u", name % 20 == 0 ? 300 : name % 7 == 0 ? 61 : 1, name);
}

typedef struct rows {
    mr_vec keys[2];
    mr_vec longs, texts, decimals;
} rows;

static void put_row(world *w, rows *r, int32_t i, int from, int64_t late_us, mr_arena *arena)
{
    uint32_t time = draw(w, 50) == 0 ? NO_TIME : (uint32_t)from + draw(w, (uint32_t)(TIMES - from));
    uint32_t name = draw(w, 200) == 0 ? NAMES : draw(w, NAMES);
    int64_t value = draw(w, 900000) + 100000;
    cell *c = &w->cells[time][name];
    char text[8];

    snprintf(text, sizeof(text), "%d", (int)value);
    r->keys[0].i64[i] = time;
    if (time == NO_TIME)
        mr_vec_set_null(&r->keys[0], arena, i);
    if (name == NAMES)
        mr_vec_set_null(&r->keys[1], arena, i);
    else
        r->keys[1].str[i] = name_text(arena, name);
    r->longs.i64[i] = value;
    r->decimals.i128[i] = value;
    r->texts.str[i] = mr_arena_str(arena, mr_str_from(text));
    if (time != NO_TIME && (int64_t)time <= late_us)
        return;
    if (c->count == 0 || strcmp(text, c->low) < 0)
        memcpy(c->low, text, sizeof(text));
    if (c->count == 0 || strcmp(text, c->high) > 0)
        memcpy(c->high, text, sizeof(text));
    c->count++;
    c->sum += value;
}

static mr_groups *make_lane(world *w, int from, int64_t late_us)
{
    mr_arena *arena = mr_arena_new();
    mr_groups *lane = mr_groups_new_lane(&w->f.spec);
    int32_t *ids = MR_NEW_ARRAY(arena, int32_t, ROWS);
    void **states = MR_NEW_ARRAY(arena, void *, ROWS);
    const mr_vec *args[AGGS];
    rows r;

    mr_vec_init(&r.keys[0], arena, w->f.key_types[0], ROWS);
    mr_vec_init(&r.keys[1], arena, w->f.key_types[1], ROWS);
    mr_vec_init(&r.longs, arena, mr_type_of(MR_TYPE_LONG), ROWS);
    mr_vec_init(&r.texts, arena, w->f.key_types[1], ROWS);
    mr_vec_init(&r.decimals, arena, w->f.arg_types[DECIMAL], ROWS);
    for (int32_t i = 0; i < ROWS; i++)
        put_row(w, &r, i, from, late_us, arena);
    mr_groups_upsert(lane, r.keys, (mr_sel){ NULL, ROWS }, ids);
    for (int a = 0; a < AGGS; a++) {
        args[a] = a == MIN || a == MAX         ? &r.texts
                  : a == DECIMAL || a >= LEAST ? &r.decimals
                                               : &r.longs;
        mr_groups_states(lane, ids, ROWS, a, states);
        CHECK_OK(w->f.aggs[a].aggregate->update(w->f.aggs[a].bound, states, &args[a],
                                                (mr_sel){ NULL, ROWS }, &w->f.err),
                 &w->f.err);
    }
    mr_arena_free(arena);
    return lane;
}

static mr_status merge_piece(void *data, int piece, mr_error *err)
{
    return mr_groups_merge_piece(data, piece, err);
}

static void merge_round(world *w, int from, int64_t late_us)
{
    mr_groups *lanes[LANES];
    mr_groups_merging m;

    mr_groups_begin(w->g);
    for (int l = 0; l < LANES; l++)
        lanes[l] = make_lane(w, from, late_us);
    mr_groups_expect(w->g, lanes[0], LANES * mr_groups_count(lanes[0]));
    mr_groups_merge_plan(&m, w->g, lanes, LANES, late_us);
    assert_int_equal(m.n_pieces, 64);
    CHECK_OK(mr_pool_run(w->pool, m.n_pieces, merge_piece, &m, &w->f.err), &w->f.err);
    for (int l = 0; l < LANES; l++)
        mr_groups_free(lanes[l]);
}

/* --- comparing ---------------------------------------------------------------------------------
 */

static cell *cell_of(world *w, const mr_vec *keys, int32_t i)
{
    int time = mr_vec_is_null(&keys[0], i) ? NO_TIME : (int)keys[0].i64[i];
    mr_str name = keys[1].str[i];
    int at = NAMES;

    if (!mr_vec_is_null(&keys[1], i))
        for (size_t k = at = 0; k < name.len; k++)
            at = at * 10 + name.ptr[k] - '0';
    return &w->cells[time][at];
}

static void check_list(const mr_vec *lists, int32_t i, const cell *c)
{
    int64_t sum = 0;

    assert_int_equal(lists->offsets[i + 1] - lists->offsets[i], c->count);
    for (int32_t k = lists->offsets[i]; k < lists->offsets[i + 1]; k++)
        sum += lists->children[0].i64[k];
    assert_int_equal(sum, c->sum);
}

static void check_groups(world *w, const int32_t *ids, int32_t n)
{
    mr_arena *arena = mr_arena_new();
    int32_t *again = MR_NEW_ARRAY(arena, int32_t, n + 1);
    mr_vec keys[2], out[AGGS];
    bool owns = w->f.aggs[LIST].aggregate->drop != NULL;

    mr_groups_keys(w->g, ids, n, keys, arena);
    for (int a = 0; a < AGGS; a++)
        CHECK_OK(mr_groups_result(w->g, a, ids, n, &out[a], arena, &w->f.err), &w->f.err);
    for (int32_t i = 0; i < n; i++) {
        const cell *c = cell_of(w, keys, i);

        assert_int_equal(mr_groups_time(w->g, ids[i]),
                         mr_vec_is_null(&keys[0], i) ? INT64_MAX : keys[0].i64[i]);
        assert_int_equal(out[COUNT].i64[i], c->count);
        assert_int_equal((int64_t)out[DECIMAL].i128[i], c->sum);
        assert_int_equal((int64_t)out[LEAST].i128[i], atoi(c->low));
        assert_int_equal((int64_t)out[MOST].i128[i], atoi(c->high));
        assert_true(out[AVG].f64[i] == (double)c->sum / (double)c->count);
        if (owns) {
            assert_true(mr_str_is(out[MIN].str[i], c->low));
            assert_true(mr_str_is(out[MAX].str[i], c->high));
            check_list(&out[LIST], i, c);
        } else {
            assert_int_equal(out[LIST].i64[i], c->sum);
        }
    }
    mr_groups_upsert(w->g, keys, (mr_sel){ NULL, n }, again); /* every one is found, as itself */
    if (n > 0)
        assert_memory_equal(again, ids, sizeof(*ids) * (size_t)n);
    mr_arena_free(arena);
}

/* Groups of the model with a time in (after, until]. */
static int32_t count_cells(const world *w, int64_t after, int64_t until)
{
    int32_t n = 0;

    for (int t = 0; t <= TIMES; t++)
        for (int k = 0; k <= NAMES; k++) {
            int64_t us = t == NO_TIME ? INT64_MAX : t;

            n += us > after && us <= until && w->cells[t][k].count > 0;
        }
    return n;
}

static void check_all(world *w)
{
    int32_t n, *ids = mr_groups_all(w->g, &n);

    assert_int_equal(n, count_cells(w, INT64_MIN, INT64_MAX));
    assert_int_equal(mr_groups_count(w->g), n);
    check_groups(w, ids, n);
    assert_int_equal(mr_groups_count(w->g), n);
    free(ids);
}

static int compare_ids(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static void check_distinct(int32_t *ids, int32_t n)
{
    if (n > 1)
        qsort(ids, (size_t)n, sizeof(*ids), compare_ids);
    for (int32_t i = 1; i < n; i++)
        assert_true(ids[i - 1] < ids[i]);
}

/* Closed and open groups are all of them, each once; closed ones come by time. */
static void check_closing(world *w, int64_t us)
{
    int32_t n, n_open, *ids = mr_groups_closed(w->g, us, &n);
    int32_t *open = mr_groups_open(w->g, us, &n_open);

    assert_int_equal(n, count_cells(w, INT64_MIN, us < INT64_MAX ? us : INT64_MAX - 1));
    for (int32_t i = 0; i < n; i++) {
        assert_true(mr_groups_time(w->g, ids[i]) <= us);
        assert_true(i == 0 || mr_groups_time(w->g, ids[i - 1]) <= mr_groups_time(w->g, ids[i]));
    }
    assert_int_equal(n_open, mr_groups_count(w->g) - n);
    for (int32_t i = 0; i < n_open; i++)
        assert_true(mr_groups_time(w->g, open[i]) > us ||
                    mr_groups_time(w->g, open[i]) == INT64_MAX);
    check_distinct(ids, n);
    check_distinct(open, n_open);
    free(ids);
    free(open);
}

static void evict(world *w, int64_t us)
{
    int32_t want = count_cells(w, INT64_MIN, us < INT64_MAX ? us : INT64_MAX - 1);

    assert_int_equal(mr_groups_evict(w->g, us), want);
    for (int t = 0; t < TIMES && t <= us; t++)
        memset(w->cells[t], 0, sizeof(w->cells[t]));
}

static void rounds(bool owns, mr_pool *pool)
{
    /* what goes: nothing, a little, most, nothing, all but a little, all that has a time */
    static const int64_t until[] = { -1, 2, 30, 30, 38, INT64_MAX, INT64_MAX - 1, 10, 35 };
    int64_t late_us = INT64_MIN;
    world w;

    world_open(&w, owns);
    mr_groups_use_pool(w.g, pool);
    for (size_t i = 0; i < sizeof(until) / sizeof(until[0]); i++) {
        merge_round(&w, i % 3 == 2 ? TIMES / 2 : 0, late_us);
        check_all(&w);
        check_closing(&w, until[i]);
        evict(&w, until[i]);
        check_all(&w);
        late_us = i == 2 ? until[i] : INT64_MIN;
    }
    world_close(&w);
}

static void test_states_that_own_memory(void **state)
{
    mr_pool *pool = mr_pool_new(3);

    (void)state;
    rounds(true, pool);
    mr_pool_free(pool);
}

static void test_plain_states(void **state)
{
    (void)state;
    rounds(false, NULL);
}

/* A watermark beyond all times leaves out and closes what has one, and nothing else. */
static void test_groups_without_a_time(void **state)
{
    world w;
    mr_groups *lane;
    int64_t n_late = 0;
    int32_t n;

    (void)state;
    world_open(&w, true);
    lane = make_lane(&w, 0, INT64_MAX);
    n = count_cells(&w, TIMES, INT64_MAX);
    assert_true(n > 0);
    CHECK_OK(mr_groups_merge(w.g, lane, INT64_MAX, &n_late, &w.f.err), &w.f.err);
    assert_int_equal(mr_groups_count(w.g), n);
    assert_int_equal(n_late, mr_groups_count(lane) - n);
    check_all(&w);
    check_closing(&w, INT64_MAX);
    evict(&w, INT64_MAX);
    check_all(&w);
    mr_groups_free(lane);
    world_close(&w);
}

/* Touching goes on when the rounds are counted from the start again. */
static void test_rounds_wrap(void **state)
{
    world w;
    mr_groups *lane;
    int64_t n_late = 0;
    int32_t n, first;

    (void)state;
    world_open(&w, false);
    lane = make_lane(&w, 0, INT64_MIN);
    for (int i = 0; i < (1 << 16) * 2 + 7; i++) {
        mr_groups_begin(w.g);
        if (i % 21840 != 0)
            continue;
        CHECK_OK(mr_groups_merge(w.g, lane, INT64_MIN, &n_late, &w.f.err), &w.f.err);
        (void)mr_groups_touched(w.g, &n);
        first = (int32_t)mr_groups_count(lane);
        assert_int_equal(n, first);
        CHECK_OK(mr_groups_merge(w.g, lane, INT64_MIN, &n_late, &w.f.err), &w.f.err);
        (void)mr_groups_touched(w.g, &n);
        assert_int_equal(n, first);
    }
    assert_int_equal(n_late, 0);
    mr_groups_free(lane);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states_that_own_memory),
        cmocka_unit_test(test_plain_states),
        cmocka_unit_test(test_groups_without_a_time),
        cmocka_unit_test(test_rounds_wrap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
