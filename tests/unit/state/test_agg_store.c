/* The store: versions written, read back and compared; schemas that do not fit; a global aggregate.
 */
#include "tests/unit/mr_test.h"

#include "os/file.h"
#include "state/agg_store.h"
#include "tests/unit/state/state_fixture.h"

typedef struct place {
    fixture f;
    char root[64], dir[96];
    mr_agg_store_config config;
    mr_publisher_config publishing;
} place;

/* A store, its publisher and the table they fill. */
typedef struct opened {
    mr_agg_store *store;
    mr_publisher *publisher;
    mr_groups *groups;
    bool was_packed, was_whole; /* what was committed last */
} opened;

static void place_init(place *p)
{
    memset(p->root, 0, sizeof(p->root));
    fixture_init(&p->f);
    snprintf(p->root, sizeof(p->root), "/tmp/mr_store_XXXXXX");
    assert_non_null(mkdtemp(p->root));
    snprintf(p->dir, sizeof(p->dir), "%s/state/0", p->root);
    p->config = (mr_agg_store_config){ .os = mr_os_real(),
                                       .dir = p->dir,
                                       .n_partitions = 3,
                                       .codec = MR_STATE_LZ4,
                                       .spec = &p->f.spec,
                                       .key_fields = p->f.key_fields };
    p->publishing = (mr_publisher_config){
        .os = mr_os_real(), .checkpoint = p->root, .is_inline = true, .period_us = 1
    };
}

static mr_status open_at(place *p, int64_t version, opened *out)
{
    mr_publisher_store store;

    *out = (opened){ .groups = mr_groups_new(&p->f.spec) };
    MR_TRY(mr_agg_store_open(&p->config, &out->store, &p->f.err));
    store = (mr_publisher_store){ 0, mr_agg_store_dir(out->store) };
    MR_TRY(mr_publisher_open(&p->publishing, &store, 1, version, &out->publisher, &p->f.err));
    return mr_agg_store_load(out->store, out->publisher, 0, out->groups, &p->f.err);
}

static void closed_without_finish(opened *o)
{
    mr_publisher_close(o->publisher);
    mr_agg_store_close(o->store);
    mr_groups_free(o->groups);
}

static void commit(place *p, opened *o, int64_t version)
{
    mr_state_changes changes;

    mr_agg_store_take(o->store, &changes);
    o->was_packed = changes.is_packed;
    o->was_whole = changes.is_whole;
    CHECK_OK(mr_publisher_commit(o->publisher, version, &changes, &p->f.err), &p->f.err);
    CHECK_OK(mr_publisher_committed(o->publisher, &p->f.err), &p->f.err);
}

static void place_free(place *p)
{
    (void)!mr_file_remove_tree(mr_os_real(), p->root, NULL);
    fixture_free(&p->f);
}

/* A batch of a lane: groups up to `evict` out, everything into the store. */
static void finish_batch(place *p, opened *o, mr_groups *lane, int64_t version, int64_t evict)
{
    mr_groups *g = o->groups;
    int64_t late = 0;
    int32_t n_touched, n_closed;
    const int32_t *touched;
    int32_t *closed;

    mr_groups_begin(g);
    CHECK_OK(mr_groups_merge(g, lane, INT64_MIN, &late, &p->f.err), &p->f.err);
    touched = mr_groups_touched(g, &n_touched);
    closed = mr_groups_closed(g, evict, &n_closed);
    CHECK_OK(mr_agg_store_changed(o->store, g, touched, n_touched, closed, n_closed, &p->f.err),
             &p->f.err);
    free(closed);
    mr_groups_evict(g, evict);
    commit(p, o, version);
    mr_groups_free(lane);
}

/* One batch of forty rows. */
static void batch(place *p, opened *o, int64_t version, int64_t evict)
{
    mr_groups *lane = mr_groups_new_lane(&p->f.spec);
    int64_t times[40], values[40];
    const char *names[40];
    char texts[40][24];

    for (int i = 0; i < 40; i++) {
        times[i] = (version + i % 4) * 10;
        snprintf(texts[i], sizeof(texts[i]), "key %d", (int)(i * version % 17));
        names[i] = i % 9 == 0 ? NULL : texts[i];
        values[i] = i;
    }
    fixture_add(&p->f, lane, times, names, values, 40);
    finish_batch(p, o, lane, version, evict);
}

static char *loaded(place *p, int64_t version)
{
    opened o;
    char *text;

    CHECK_OK(open_at(p, version, &o), &p->f.err);
    text = fixture_text(&p->f, o.groups);
    closed_without_finish(&o);
    return text;
}

static bool exists(place *p, const char *name)
{
    char path[160];
    mr_os_stat stat;

    snprintf(path, sizeof(path), "%s/%s", p->dir, name);
    CHECK_OK(mr_os_stat_path(p->config.os, path, &stat, &p->f.err), &p->f.err);
    return stat.exists;
}

/* A clean stop after every batch: every version can be read back, from deltas and from the snapshot
 * that a long chain gets. */
static void versions(mr_state_codec codec)
{
    enum { N = 130 };
    place p;
    opened o;
    char *texts[N + 1];

    place_init(&p);
    p.config.codec = codec;
    for (int v = 1; v <= N; v++) {
        CHECK_OK(open_at(&p, v - 1, &o), &p.f.err);
        batch(&p, &o, v, (v - 2) * 10);
        texts[v] = fixture_text(&p.f, o.groups);
        CHECK_OK(mr_publisher_finish(o.publisher, &p.f.err), &p.f.err);
        if (v < N)
            closed_without_finish(&o);
    }
    assert_string_equal(loaded(&p, 0), "");
    for (int v = 1; v <= N; v += v == 1 ? 1 : 16)
        assert_string_equal(loaded(&p, v), texts[v]);
    assert_string_equal(loaded(&p, N), texts[N]);
    assert_true(exists(&p, "1/100.snapshot"));
    CHECK_OK(mr_state_dir_purge(mr_agg_store_dir(o.store), 110, &p.f.err), &p.f.err);
    assert_false(exists(&p, "1/99.delta"));
    for (int v = 110; v <= N; v += 5)
        assert_string_equal(loaded(&p, v), texts[v]);
    closed_without_finish(&o);
    place_free(&p);
}

/* Many batches without a stop: only what is published can be read, and the newest always is. */
static void test_merged(void **state)
{
    enum { N = 300 };
    place p;
    opened o;
    char *text = NULL;

    (void)state;
    place_init(&p);
    CHECK_OK(open_at(&p, 0, &o), &p.f.err);
    for (int v = 1; v <= N; v++)
        batch(&p, &o, v, (v - 2) * 10);
    text = fixture_text(&p.f, o.groups);
    assert_string_equal(loaded(&p, N), text);
    CHECK_OK(mr_publisher_finish(o.publisher, &p.f.err), &p.f.err);
    closed_without_finish(&o);
    assert_true(exists(&p, "2/300.snapshot") || exists(&p, "2/300.delta"));
    assert_string_equal(loaded(&p, N), text);
    place_free(&p);
}

static void test_versions(void **state)
{
    (void)state;
    versions(MR_STATE_LZ4);
    versions(MR_STATE_ZSTD);
}

/* Each version by another process that dies: the journal has them, the directory gets them. */
static void test_restarts(void **state)
{
    place p;
    opened o;
    char *texts[41];

    (void)state;
    place_init(&p);
    p.publishing.period_us = INT64_C(3600) * 1000000;
    for (int v = 1; v <= 40; v++) {
        CHECK_OK(open_at(&p, v - 1, &o), &p.f.err);
        if (v > 1)
            assert_string_equal(fixture_text(&p.f, o.groups), texts[v - 1]);
        batch(&p, &o, v, (v - 2) * 10);
        texts[v] = fixture_text(&p.f, o.groups);
        closed_without_finish(&o);
    }
    assert_false(exists(&p, "0/1.delta"));
    CHECK_OK(open_at(&p, 39, &o), &p.f.err); /* version 40 was not committed: once more */
    batch(&p, &o, 40, 380);
    assert_string_equal(fixture_text(&p.f, o.groups), texts[40]);
    CHECK_OK(mr_publisher_finish(o.publisher, &p.f.err), &p.f.err);
    closed_without_finish(&o);
    assert_true(exists(&p, "0/40.delta") || exists(&p, "0/40.snapshot"));
    assert_string_equal(loaded(&p, 40), texts[40]);
    place_free(&p);
}

/* --- packed changes ----------------------------------------------------------------------------
 */

/* n groups at this time, named from `first` on; some names are long, one is null. */
static mr_groups *lane_of(place *p, int64_t time, int first, int n)
{
    mr_arena *arena = mr_arena_new();
    mr_groups *lane = mr_groups_new_lane(&p->f.spec);
    int64_t *times = MR_NEW_ARRAY(arena, int64_t, n + 1);
    int64_t *values = MR_NEW_ARRAY(arena, int64_t, n + 1);
    const char **names = MR_NEW_ARRAY(arena, const char *, n + 1);

    for (int i = 0; i < n; i++) {
        int name = first + i;

        times[i] = time;
        values[i] = name * 3;
        names[i] =
            name == 7 ? NULL : mr_arena_printf(arena, "%0*d", name % 50 == 1 ? 400 : 1, name).ptr;
    }
    fixture_add(&p->f, lane, times, names, values, n);
    mr_arena_free(arena);
    return lane;
}

/* What a version does, and what becomes of it. */
typedef struct step {
    int64_t time;
    int first, n;
    int64_t evict;
    bool packs, whole;
} step;

/* Over 16 groups are packed (direct_bytes 1024); what leaves fewer behind than it changes is whole.
 */
static const step steps[] = {
    { 10, 0, 5, 0, false, false },         /* the journal's */
    { 10, 0, 3000, 0, true, false },       /* all there is is touched, and no less */
    { 20, 0, 400, 0, true, false },        /* little of it */
    { 20, 100, 4, 0, false, false },       /* the journal's, behind packed ones */
    { 20, 390, 3, 0, false, false },       /* and again */
    { 20, 0, 2990, 10, true, true },       /* a pane goes */
    { 30, 0, 20, 0, true, false },         /* */
    { 30, 0, 1, 20, true, true },          /* nearly everything goes */
    { 40, 0, 20000, 0, true, false },      /* several chunks */
    { 50, 0, 1, 40, true, true },          /* */
    { 50, 5, 2, INT64_MAX, false, false }, /* nothing stays: too little for a pack */
    { 60, 0, 30, INT64_MAX, true, true },  /* and enough of it: files without rows */
    { 70, 0, 100, 0, true, false },
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

static void run_step(place *p, opened *o, int64_t version)
{
    const step *s = &steps[version - 1];

    finish_batch(p, o, lane_of(p, s->time, s->first, s->n), version, s->evict);
}

/* Each version by a process that goes without a farewell: what was packed is durable and read
 * back, as what is not. */
static void check_packed(mr_state_codec codec, size_t direct_bytes, mr_pool *pool)
{
    place p;
    opened o;
    char *text = NULL, name[48];

    place_init(&p);
    p.config.codec = codec;
    p.config.direct_bytes = p.publishing.direct_bytes = direct_bytes;
    p.config.pool = pool;
    for (int v = 1; v <= STEPS; v++) {
        const step *s = &steps[v - 1];
        bool packs = codec == MR_STATE_LZ4 && direct_bytes != 0 && s->packs;

        CHECK_OK(open_at(&p, v - 1, &o), &p.f.err);
        if (v > 1)
            assert_string_equal(fixture_text(&p.f, o.groups), text);
        run_step(&p, &o, v);
        text = fixture_text(&p.f, o.groups);
        assert_int_equal(o.was_packed, packs);
        assert_int_equal(o.was_whole, packs && s->whole);
        closed_without_finish(&o);
        snprintf(name, sizeof(name), "1/%d.%s", v, s->whole ? "snapshot" : "delta");
        if (packs)
            assert_true(exists(&p, name));
    }
    assert_string_equal(loaded(&p, STEPS), text);
    place_free(&p);
}

static void test_packed(void **state)
{
    mr_pool *pool = mr_pool_new(3);

    (void)state;
    check_packed(MR_STATE_LZ4, 1024, NULL);
    check_packed(MR_STATE_LZ4, 1024, pool);
    check_packed(MR_STATE_LZ4, 0, pool);
    check_packed(MR_STATE_ZSTD, 1024, pool); /* no codec of packs */
    mr_pool_free(pool);
}

/* The same in one process: versions of the journal wait when packed ones come. */
static void test_packed_behind_pending(void **state)
{
    place p;
    opened o;
    char *text;

    (void)state;
    for (int is_slow = 0; is_slow < 2; is_slow++) {
        place_init(&p);
        p.config.direct_bytes = p.publishing.direct_bytes = 1024;
        p.publishing.period_us = is_slow ? INT64_C(3600000000) : 1;
        CHECK_OK(open_at(&p, 0, &o), &p.f.err);
        for (int v = 1; v <= STEPS; v++) {
            run_step(&p, &o, v);
            text = fixture_text(&p.f, o.groups);
            assert_string_equal(loaded(&p, v), text);
        }
        CHECK_OK(mr_publisher_finish(o.publisher, &p.f.err), &p.f.err);
        closed_without_finish(&o);
        assert_string_equal(loaded(&p, STEPS), text);
        place_free(&p);
    }
}

static void test_mismatch(void **state)
{
    place p;
    opened o;
    mr_agg_store *store;

    (void)state;
    place_init(&p);
    CHECK_OK(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err);
    mr_agg_store_close(store);
    p.f.spec.n_aggs = 2;
    CHECK_RAISES(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err,
                 "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE");
    p.f.spec.n_aggs = 3;
    p.f.spec.n_keys = 1;
    CHECK_RAISES(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err,
                 "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE");
    p.f.spec.n_keys = 2;
    CHECK_RAISES(open_at(&p, 4, &o), &p.f.err,
                 "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS");
    if (strstr(p.f.err.message, "1.delta") == NULL)
        fail_msg("%s", p.f.err.message);
    closed_without_finish(&o);
    place_free(&p);
}

static void test_global(void **state)
{
    place p;
    opened o;
    int32_t id;
    mr_vec out;

    (void)state;
    place_init(&p);
    p.f.spec.n_keys = 0;
    p.f.spec.time_key = -1;
    CHECK_OK(open_at(&p, 0, &o), &p.f.err);
    mr_groups_upsert(o.groups, NULL, (mr_sel){ NULL, 1 }, &id);
    CHECK_OK(mr_agg_store_changed(o.store, o.groups, &id, 1, NULL, 0, &p.f.err), &p.f.err);
    commit(&p, &o, 1);
    CHECK_OK(mr_publisher_finish(o.publisher, &p.f.err), &p.f.err);
    closed_without_finish(&o);
    assert_true(exists(&p, "0"));
    assert_false(exists(&p, "1"));
    CHECK_OK(open_at(&p, 1, &o), &p.f.err);
    assert_int_equal(mr_groups_count(o.groups), 1);
    CHECK_OK(mr_groups_result(o.groups, 0, &id, 1, &out, p.f.arena, &p.f.err), &p.f.err);
    assert_int_equal(out.i64[0], 0);
    closed_without_finish(&o);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_merged),
        cmocka_unit_test(test_restarts),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_packed_behind_pending),
        cmocka_unit_test(test_mismatch),
        cmocka_unit_test(test_global),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
