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
} place;

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
}

static void place_free(place *p)
{
    (void)!mr_file_remove_tree(mr_os_real(), p->root, NULL);
    fixture_free(&p->f);
}

/* One batch: rows into the table, groups up to `evict` out, everything into the store. */
static void batch(place *p, mr_agg_store *store, mr_groups *g, int64_t version, int64_t evict)
{
    mr_groups *lane = mr_groups_new(&p->f.spec);
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
    CHECK_OK(mr_agg_store_changed(store, g, touched, n_touched, closed, n_closed, &p->f.err),
             &p->f.err);
    free(closed);
    mr_groups_evict(g, evict);
    CHECK_OK(mr_agg_store_commit(store, version, g, &p->f.err), &p->f.err);
    mr_groups_free(lane);
}

static char *loaded(place *p, int64_t version)
{
    mr_agg_store *store;
    mr_groups *g = mr_groups_new(&p->f.spec);
    char *text;

    CHECK_OK(mr_agg_store_open(&p->config, &store, &p->f.err), &p->f.err);
    CHECK_OK(mr_agg_store_load(store, version, g, &p->f.err), &p->f.err);
    text = fixture_text(&p->f, g);
    mr_agg_store_close(store);
    mr_groups_free(g);
    return text;
}

static void versions(mr_state_codec codec)
{
    enum { N = 130 };
    place p;
    mr_agg_store *store;
    mr_groups *g;
    char *texts[N + 1];
    mr_os_stat stat;
    char path[160];

    place_init(&p);
    p.config.codec = codec;
    g = mr_groups_new(&p.f.spec);
    CHECK_OK(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err);
    for (int v = 1; v <= N; v++) {
        batch(&p, store, g, v, (v - 2) * 10);
        texts[v] = fixture_text(&p.f, g);
    }
    assert_string_equal(loaded(&p, 0), "");
    for (int v = 1; v <= N; v += v == 1 ? 1 : 16)
        assert_string_equal(loaded(&p, v), texts[v]);
    assert_string_equal(loaded(&p, N), texts[N]);
    snprintf(path, sizeof(path), "%s/1/100.snapshot", p.dir);
    CHECK_OK(mr_os_stat_path(p.config.os, path, &stat, &p.f.err), &p.f.err);
    assert_true(stat.exists);
    CHECK_OK(mr_agg_store_purge(store, 110, &p.f.err), &p.f.err);
    snprintf(path, sizeof(path), "%s/1/99.delta", p.dir);
    CHECK_OK(mr_os_stat_path(p.config.os, path, &stat, &p.f.err), &p.f.err);
    assert_false(stat.exists);
    for (int v = 110; v <= N; v += 5)
        assert_string_equal(loaded(&p, v), texts[v]);
    mr_agg_store_close(store);
    mr_groups_free(g);
    place_free(&p);
}

static void test_versions(void **state)
{
    (void)state;
    versions(MR_STATE_LZ4);
    versions(MR_STATE_ZSTD);
}

/* A version written again (a replay) replaces the files; restarts do not keep snapshots away. */
static void test_replay(void **state)
{
    place p;
    mr_agg_store *store;
    mr_groups *g;
    char *before, *after = NULL;
    mr_os_stat stat;
    char path[160];

    (void)state;
    place_init(&p);
    for (int v = 1; v <= 105; v++) {
        g = mr_groups_new(&p.f.spec);
        CHECK_OK(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err);
        CHECK_OK(mr_agg_store_load(store, v - 1, g, &p.f.err), &p.f.err);
        batch(&p, store, g, v, (v - 2) * 10);
        after = fixture_text(&p.f, g);
        mr_agg_store_close(store);
        mr_groups_free(g);
    }
    before = loaded(&p, 104);
    g = mr_groups_new(&p.f.spec);
    CHECK_OK(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err);
    CHECK_OK(mr_agg_store_load(store, 104, g, &p.f.err), &p.f.err);
    assert_string_equal(fixture_text(&p.f, g), before);
    batch(&p, store, g, 105, 1030);
    assert_string_equal(fixture_text(&p.f, g), after);
    mr_agg_store_close(store);
    mr_groups_free(g);
    assert_string_equal(loaded(&p, 105), after);
    snprintf(path, sizeof(path), "%s/0/100.snapshot", p.dir);
    CHECK_OK(mr_os_stat_path(p.config.os, path, &stat, &p.f.err), &p.f.err);
    assert_true(stat.exists);
    place_free(&p);
}

static void test_mismatch(void **state)
{
    place p;
    mr_agg_store *store;
    mr_groups *g;

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
    CHECK_OK(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err);
    g = mr_groups_new(&p.f.spec);
    assert_int_not_equal(mr_agg_store_load(store, 4, g, &p.f.err), MR_OK);
    if (strstr(p.f.err.message, "4.delta") == NULL)
        fail_msg("%s", p.f.err.message);
    mr_groups_free(g);
    mr_agg_store_close(store);
    place_free(&p);
}

static void test_global(void **state)
{
    place p;
    mr_agg_store *store;
    mr_groups *g;
    int32_t id, n = 1;
    mr_os_stat stat;
    char path[160];
    mr_vec out;

    (void)state;
    place_init(&p);
    p.f.spec.n_keys = 0;
    p.f.spec.time_key = -1;
    g = mr_groups_new(&p.f.spec);
    CHECK_OK(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err);
    mr_groups_upsert(g, NULL, (mr_sel){ NULL, 1 }, &id);
    CHECK_OK(mr_agg_store_changed(store, g, &id, 1, NULL, 0, &p.f.err), &p.f.err);
    CHECK_OK(mr_agg_store_commit(store, 1, g, &p.f.err), &p.f.err);
    mr_agg_store_close(store);
    snprintf(path, sizeof(path), "%s/1", p.dir);
    CHECK_OK(mr_os_stat_path(p.config.os, path, &stat, &p.f.err), &p.f.err);
    assert_false(stat.exists);
    mr_groups_clear(g);
    CHECK_OK(mr_agg_store_open(&p.config, &store, &p.f.err), &p.f.err);
    CHECK_OK(mr_agg_store_load(store, 1, g, &p.f.err), &p.f.err);
    assert_int_equal(mr_groups_count(g), n);
    CHECK_OK(mr_groups_result(g, 0, &id, 1, &out, p.f.arena, &p.f.err), &p.f.err);
    assert_int_equal(out.i64[0], 0);
    mr_agg_store_close(store);
    mr_groups_free(g);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_mismatch),
        cmocka_unit_test(test_global),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
