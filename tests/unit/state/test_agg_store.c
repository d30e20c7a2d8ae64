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
    CHECK_OK(mr_publisher_commit(o->publisher, version, &changes, &p->f.err), &p->f.err);
    CHECK_OK(mr_publisher_committed(o->publisher, &p->f.err), &p->f.err);
}

static void place_free(place *p)
{
    (void)!mr_file_remove_tree(mr_os_real(), p->root, NULL);
    fixture_free(&p->f);
}

/* One batch: rows into the table, groups up to `evict` out, everything into the store. */
static void batch(place *p, opened *o, int64_t version, int64_t evict)
{
    mr_groups *lane = mr_groups_new_lane(&p->f.spec), *g = o->groups;
    int64_t times[40], values[40], late = 0;
    const char *names[40];
    char texts[40][24];
    int32_t n_touched, n_closed;
    const int32_t *touched;
    int32_t *closed;

    for (int i = 0; i < 40; i++) {
        times[i] = (version + i % 4) * 10;
        snprintf(texts[i], sizeof(texts[i]), "key %d", (int)(i * version % 17));
        names[i] = i % 9 == 0 ? NULL : texts[i];
        values[i] = i;
    }
    fixture_add(&p->f, lane, times, names, values, 40);
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
        cmocka_unit_test(test_versions), cmocka_unit_test(test_merged),
        cmocka_unit_test(test_restarts), cmocka_unit_test(test_mismatch),
        cmocka_unit_test(test_global),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
