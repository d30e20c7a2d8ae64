/* The aggregate table: find, merge, close, evict, remove, save and load, against a plain array. */
#include "tests/unit/mr_test.h"

#include "tests/unit/state/state_fixture.h"

static void test_upsert_and_merge(void **state)
{
    fixture f;
    const int64_t times[] = { 10, 20, 10, 30, 10 };
    const char *names[] = { "a", NULL, "a",
                            "a key longer than the room a record has for its keys, "
                            "so that it lives on the heap and is freed with the group",
                            NULL };
    const int64_t values[] = { 1, 2, 3, 4, 5 };
    mr_groups *lane, *kept;
    int64_t late = 0;
    int32_t n;

    (void)state;
    fixture_init(&f);
    lane = mr_groups_new_lane(&f.spec);
    kept = mr_groups_new(&f.spec);
    fixture_add(&f, lane, times, names, values, 5);
    assert_int_equal(mr_groups_count(lane), 4);
    CHECK_OK(mr_groups_merge(kept, lane, 10, &late, &f.err), &f.err);
    assert_int_equal(late, 2);
    assert_int_equal(mr_groups_count(kept), 2);
    mr_groups_touched(kept, &n);
    assert_int_equal(n, 2);
    mr_groups_begin(kept);
    CHECK_OK(mr_groups_merge(kept, lane, INT64_MIN, &late, &f.err), &f.err);
    assert_int_equal(late, 2);
    mr_groups_touched(kept, &n);
    assert_int_equal(n, 4);
    assert_non_null(strstr(fixture_text(&f, kept), "10|a=2,4,a\n"));
    assert_non_null(strstr(fixture_text(&f, kept), "20|null=2,4,null\n"));
    mr_groups_clear(lane);
    assert_int_equal(mr_groups_count(lane), 0);
    fixture_add(&f, lane, times, names, values, 1);
    assert_string_equal(fixture_text(&f, lane), "10|a=1,1,a\n");
    mr_groups_free(lane);
    mr_groups_free(kept);
    fixture_free(&f);
}

static void test_close_evict_remove(void **state)
{
    fixture f;
    const int64_t times[] = { 30, 10, 20, 10, -50 };
    const char *names[] = { "a", "b", "c", "d", "e" };
    const int64_t values[] = { 1, 2, 3, 4, 5 };
    mr_groups *g;
    int32_t *ids, n;
    mr_vec *keys;

    (void)state;
    fixture_init(&f);
    g = mr_groups_new(&f.spec);
    fixture_add(&f, g, times, names, values, 5);
    ids = mr_groups_closed(g, -51, &n);
    assert_int_equal(n, 0);
    free(ids);
    ids = mr_groups_closed(g, 20, &n);
    assert_int_equal(n, 4);
    assert_int_equal(mr_groups_time(g, ids[0]), -50);
    assert_int_equal(mr_groups_time(g, ids[3]), 20);
    free(ids);
    keys = fixture_keys(&f, f.arena, times, names, 5);
    assert_true(mr_groups_remove(g, keys, 2)); /* the pane of 20 is empty now */
    assert_false(mr_groups_remove(g, keys, 2));
    ids = mr_groups_closed(g, 20, &n);
    assert_int_equal(n, 3);
    free(ids);
    fixture_add(&f, g, times + 2, names + 2, values + 2, 1); /* and comes back once */
    ids = mr_groups_closed(g, 20, &n);
    assert_int_equal(n, 4);
    free(ids);
    assert_true(mr_groups_remove(g, keys, 2));
    assert_int_equal(mr_groups_evict(g, 20), 3);
    assert_string_equal(fixture_text(&f, g), "30|a=1,1,a\n");
    fixture_add(&f, g, times, names, values, 5);
    assert_int_equal(mr_groups_evict(g, INT64_MAX), 5);
    assert_int_equal(mr_groups_count(g), 0);
    mr_groups_free(g);
    fixture_free(&f);
}

/* No keys: one group; its key has no bytes. */
static void test_global(void **state)
{
    fixture f;
    mr_groups *g;
    int32_t ids[3];

    (void)state;
    fixture_init(&f);
    f.spec.n_keys = 0;
    f.spec.time_key = -1;
    g = mr_groups_new(&f.spec);
    mr_groups_upsert(g, NULL, (mr_sel){ NULL, 3 }, ids);
    mr_groups_upsert(g, NULL, (mr_sel){ NULL, 1 }, ids + 2);
    assert_int_equal(ids[2], ids[0]);
    assert_int_equal(mr_groups_count(g), 1);
    assert_int_equal(mr_groups_time(g, ids[0]), INT64_MAX);
    assert_int_equal(mr_groups_evict(g, INT64_MAX - 1), 0);
    mr_groups_free(g);
    fixture_free(&f);
}

static void test_growth(void **state)
{
    enum { RUN = 1000, RUNS = 100 };
    fixture f;
    mr_groups *g;
    int64_t times[RUN], values[RUN];
    char texts[RUN][16];
    const char *names[RUN];

    (void)state;
    fixture_init(&f);
    g = mr_groups_new(&f.spec);
    for (int pass = 0; pass < 2; pass++)
        for (int r = 0; r < RUNS; r++) {
            for (int i = 0; i < RUN; i++) {
                times[i] = r;
                values[i] = i;
                snprintf(texts[i], sizeof(texts[i]), "k%d", i);
                names[i] = texts[i];
            }
            fixture_add(&f, g, times, names, values, RUN);
        }
    assert_int_equal(mr_groups_count(g), RUN * RUNS);
    assert_int_equal(mr_groups_evict(g, RUNS - 2), RUN * (RUNS - 1));
    assert_int_equal(mr_groups_count(g), RUN);
    mr_groups_free(g);
    fixture_free(&f);
}

/* --- against a plain array ---------------------------------------------------------------------
 */

enum { TIMES = 12, NAMES = 9 };

typedef struct model {
    int64_t count[TIMES][NAMES], sum[TIMES][NAMES];
} model;

static const char *const all_names[NAMES] = { "",
                                              "a",
                                              "b",
                                              "ab",
                                              "zz",
                                              "\xc3\xa9",
                                              NULL,
                                              "0",
                                              "long long long long long long long long long long "
                                              "long long long long long long long long long" };

static char *model_text(fixture *f, const model *m)
{
    char *lines[TIMES * NAMES];
    int n = 0;
    mr_buf text = { 0 };
    char *result;

    for (int t = 0; t < TIMES; t++)
        for (int k = 0; k < NAMES; k++)
            if (m->count[t][k] > 0)
                lines[n++] = mr_arena_cstr(
                    f->arena, mr_arena_printf(f->arena, "%d|%s=%lld,%lld,%s\n", (t - 4) * 10,
                                              all_names[k] == NULL ? "null" : all_names[k],
                                              (long long)m->count[t][k], (long long)m->sum[t][k],
                                              all_names[k] == NULL ? "null" : all_names[k]));
    qsort(lines, (size_t)n, sizeof(*lines), fixture_compare);
    for (int i = 0; i < n; i++)
        mr_buf_puts(&text, lines[i]);
    result = mr_arena_cstr(f->arena, mr_buf_str(&text));
    mr_buf_free(&text);
    return result;
}

static uint32_t draw(uint64_t *seed, uint32_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % n;
}

static void model_add(fixture *f, mr_groups *g, model *m, uint64_t *seed)
{
    int64_t times[20], values[20];
    const char *names[20];
    int32_t n = (int32_t)draw(seed, 20);

    for (int i = 0; i < n; i++) {
        uint32_t t = draw(seed, TIMES), k = draw(seed, NAMES);

        times[i] = ((int)t - 4) * 10;
        names[i] = all_names[k];
        values[i] = draw(seed, 100);
        m->count[t][k]++;
        m->sum[t][k] += values[i];
    }
    fixture_add(f, g, times, names, values, n);
}

static void model_evict(mr_groups *g, model *m, uint64_t *seed)
{
    int t = (int)draw(seed, TIMES / 2);
    int64_t want = 0;

    for (int i = 0; i <= t; i++)
        for (int k = 0; k < NAMES; k++) {
            want += m->count[i][k] > 0;
            m->count[i][k] = m->sum[i][k] = 0;
        }
    assert_int_equal(mr_groups_evict(g, (t - 4) * 10), want);
}

static void model_remove(fixture *f, mr_groups *g, model *m, uint64_t *seed)
{
    uint32_t t = draw(seed, TIMES), k = draw(seed, NAMES);
    int64_t time = ((int)t - 4) * 10;
    mr_vec *keys = fixture_keys(f, f->arena, &time, &all_names[k], 1);

    assert_int_equal(mr_groups_remove(g, keys, 0), m->count[t][k] > 0);
    m->count[t][k] = m->sum[t][k] = 0;
}

/* Everything saved and loaded into a new table, which takes the old one's place. */
static mr_groups *reload(fixture *f, mr_groups *g)
{
    mr_groups *other = mr_groups_new(&f->spec);
    int32_t n, *ids = mr_groups_all(g, &n);
    mr_vec keys[2], bufs[8];

    mr_groups_keys(g, ids, n, keys, f->arena);
    mr_groups_save(g, ids, n, bufs, f->arena);
    CHECK_OK(mr_groups_load(other, keys, bufs, n, &f->err), &f->err);
    CHECK_OK(mr_groups_load(other, keys, bufs, n, &f->err), &f->err); /* replaces */
    free(ids);
    mr_groups_free(g);
    return other;
}

static void test_random(void **state)
{
    uint64_t seed = 7;
    model *m = mr_calloc(1, sizeof(*m));
    fixture f;
    mr_groups *g;

    (void)state;
    fixture_init(&f);
    g = mr_groups_new(&f.spec);
    for (int step = 0; step < 1500; step++) {
        switch (draw(&seed, 8)) {
        case 0:
            model_evict(g, m, &seed);
            break;
        case 1:
        case 2:
        case 3:
            model_remove(&f, g, m, &seed);
            break;
        case 4:
            if (step % 5 == 0)
                g = reload(&f, g);
            break;
        default:
            model_add(&f, g, m, &seed);
        }
        assert_string_equal(fixture_text(&f, g), model_text(&f, m));
    }
    mr_groups_free(g);
    free(m);
    fixture_free(&f);
}

/* --- shards and threads ------------------------------------------------------------------------
 */

enum { LANES = 6, LANE_ROWS = 9000, PART = 1500 };

/* The same rows into a lane's table and, straight away, into one that is never split. */
static void fill_lane(fixture *f, mr_groups *lane, mr_groups *whole, int n_rows, uint64_t *seed)
{
    static int64_t times[LANE_ROWS], values[LANE_ROWS];
    static char texts[LANE_ROWS][80];
    static const char *names[LANE_ROWS];

    for (int i = 0; i < n_rows; i++) {
        int width = draw(seed, 50) == 0 ? 70 : 1; /* some keys do not fit into a record */

        times[i] = draw(seed, 9) * 10;
        values[i] = draw(seed, 1000);
        snprintf(texts[i], sizeof(texts[i]), "%0*d", width, draw(seed, 3000));
        names[i] = draw(seed, 100) == 0 ? NULL : texts[i];
    }
    for (int at = 0; at < n_rows; at += PART) { /* after some parts the lane stops looking */
        fixture_add(f, lane, times + at, names + at, values + at, PART);
        fixture_add(f, whole, times + at, names + at, values + at, PART);
    }
}

static mr_status merge_piece(void *data, int piece, mr_error *err)
{
    return mr_groups_merge_piece(data, piece, err);
}

/* Results of the groups of `a` found by their keys in `b`, which has no others. */
static void check_same(fixture *f, const mr_groups *a, mr_groups *b)
{
    mr_arena *arena = mr_arena_new();
    int32_t n, *ids = mr_groups_all(a, &n);
    int32_t *others = MR_NEW_ARRAY(arena, int32_t, n + 1);
    mr_vec keys[2], x, y;

    mr_groups_keys(a, ids, n, keys, arena);
    mr_groups_upsert(b, keys, (mr_sel){ NULL, n }, others);
    assert_int_equal(mr_groups_count(a), n);
    assert_int_equal(mr_groups_count(b), n);
    for (int agg = 0; agg < 2; agg++) {
        CHECK_OK(mr_groups_result(a, agg, ids, n, &x, arena, &f->err), &f->err);
        CHECK_OK(mr_groups_result(b, agg, others, n, &y, arena, &f->err), &f->err);
        assert_memory_equal(x.i64, y.i64, sizeof(int64_t) * (size_t)n);
    }
    for (int32_t i = 0; i < n; i++)
        assert_int_equal(mr_groups_time(a, ids[i]), mr_groups_time(b, others[i]));
    free(ids);
    mr_arena_free(arena);
}

static void check_lists(const mr_groups *a, const mr_groups *b)
{
    int32_t n, m;
    const int32_t *x = mr_groups_touched(a, &n), *y = mr_groups_touched(b, &m);
    int32_t *closed, *same;

    assert_int_equal(n, m);
    assert_memory_equal(x, y, sizeof(*x) * (size_t)n);
    closed = mr_groups_closed(a, 40, &n);
    same = mr_groups_closed(b, 40, &m);
    assert_int_equal(n, m);
    assert_true(n > 0);
    assert_memory_equal(closed, same, sizeof(*closed) * (size_t)n);
    for (int32_t i = 1; i < n; i++)
        assert_true(mr_groups_time(a, closed[i - 1]) <= mr_groups_time(a, closed[i]));
    free(closed);
    free(same);
}

/* One batch: lanes merged on a pool, and by one thread; both as if there were no lanes. */
static void check_batch(fixture *f, mr_pool *pool, mr_groups **tables, uint64_t *seed)
{
    mr_groups *lanes[LANES], *pooled = tables[0], *alone = tables[1], *whole = tables[2];
    mr_groups_merging m;
    int64_t late = 0;

    mr_groups_begin(pooled);
    mr_groups_begin(alone);
    for (int l = 0; l < LANES; l++) {
        lanes[l] = mr_groups_new_lane(&f->spec);
        fill_lane(f, lanes[l], whole, LANE_ROWS, seed);
    }
    mr_groups_expect(pooled, lanes[0], mr_groups_count(lanes[0]) * LANES);
    mr_groups_expect(alone, lanes[0], mr_groups_count(lanes[0]) * LANES);
    mr_groups_merge_plan(&m, pooled, lanes, LANES, INT64_MIN);
    assert_int_equal(m.n_pieces, 64);
    CHECK_OK(mr_pool_run(pool, m.n_pieces, merge_piece, &m, &f->err), &f->err);
    assert_int_equal(mr_groups_merge_late(&m), 0);
    for (int l = 0; l < LANES; l++) {
        CHECK_OK(mr_groups_merge(alone, lanes[l], INT64_MIN, &late, &f->err), &f->err);
        mr_groups_free(lanes[l]);
    }
    check_lists(pooled, alone);
    check_same(f, pooled, alone);
    check_same(f, whole, pooled);
}

/* A lane is used again and again, whether it looked for its keys or not; few groups need no split.
 */
static void check_lane_reuse(int n_aggs)
{
    static const int n_rows[] = { 4 * PART, PART, 4 * PART, LANE_ROWS, 2 * PART };
    mr_groups *lane;
    uint64_t seed = 5;
    fixture f;

    fixture_init(&f);
    f.spec.n_aggs = n_aggs;
    lane = mr_groups_new_lane(&f.spec);
    for (size_t i = 0; i < sizeof(n_rows) / sizeof(*n_rows); i++) {
        mr_groups *whole = mr_groups_new(&f.spec), *merged = mr_groups_new(&f.spec);
        int64_t late = 0;

        mr_groups_clear(lane);
        assert_int_equal(mr_groups_count(lane), 0);
        fill_lane(&f, lane, whole, n_rows[i], &seed);
        assert_true(mr_groups_count(lane) >= mr_groups_count(whole));
        CHECK_OK(mr_groups_merge(merged, lane, INT64_MIN, &late, &f.err), &f.err);
        check_same(&f, whole, merged);
        mr_groups_free(whole);
        mr_groups_free(merged);
    }
    mr_groups_free(lane);
    fixture_free(&f);
}

static void check_shards(int n_aggs)
{
    fixture f;
    mr_pool *pool = mr_pool_new(3);
    mr_groups *tables[3];
    uint64_t seed = 11;

    fixture_init(&f);
    f.spec.n_aggs = n_aggs;
    for (int i = 0; i < 3; i++)
        tables[i] = mr_groups_new(&f.spec);
    mr_groups_use_pool(tables[0], pool);
    for (int64_t batch = 0; batch < 4; batch++) {
        int64_t until = batch < 2 ? batch * 10 : batch == 2 ? 75 : INT64_MAX - 1;
        int64_t n;

        check_batch(&f, pool, tables, &seed);
        n = mr_groups_evict(tables[0], until);
        assert_int_equal(mr_groups_evict(tables[1], until), n);
        assert_int_equal(mr_groups_evict(tables[2], until), n);
        check_same(&f, tables[2], tables[0]);
    }
    assert_int_equal(mr_groups_count(tables[0]), 0);
    for (int i = 0; i < 3; i++)
        mr_groups_free(tables[i]);
    mr_pool_free(pool);
    fixture_free(&f);
}

static void test_shards(void **state)
{
    (void)state;
    check_shards(3); /* a state owns memory */
    check_shards(2);
}

static void test_lane_reuse(void **state)
{
    (void)state;
    check_lane_reuse(3);
    check_lane_reuse(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upsert_and_merge), cmocka_unit_test(test_close_evict_remove),
        cmocka_unit_test(test_global),           cmocka_unit_test(test_growth),
        cmocka_unit_test(test_random),           cmocka_unit_test(test_shards),
        cmocka_unit_test(test_lane_reuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
