/* The journal: what was appended comes back, damage ends it, published files go.  The publisher:
 * with its thread, every version is in the directory or in the journal, and a strange journal is
 * refused. */
#include "tests/unit/mr_test.h"

#include <stdlib.h>

#include "checkpoint/journal.h"
#include "checkpoint/publisher.h"
#include "os/file.h"

enum { N_PARTITIONS = 3, N_KEYS = 50 };

typedef struct place {
    char root[64];
    mr_os *os;
    mr_arena *arena;
    size_t direct_bytes;
    mr_error err;
} place;

static void place_init(place *p)
{
    *p = (place){ .os = mr_os_real(), .arena = mr_arena_new() };
    snprintf(p->root, sizeof(p->root), "/tmp/mr_journal_XXXXXX");
    assert_non_null(mkdtemp(p->root));
}

static void place_free(place *p)
{
    (void)!mr_file_remove_tree(p->os, p->root, NULL);
    mr_arena_free(p->arena);
}

/* Version v changes a few keys, and removes one. */
static void change(mr_state_changes *out, int64_t version)
{
    int at = mr_state_changes_extend(out, 2);

    for (int i = version % 3 == 0 ? 0 : 2; i < 5; i++) {
        uint32_t k = (uint32_t)(version * 7 + i) % N_KEYS;
        char key[16], value[32];

        snprintf(key, sizeof(key), "key %02u", k);
        snprintf(value, sizeof(value), "value %04lld", (long long)version);
        if (i == 4)
            mr_state_changes_remove(&out->chunks[at + 1], k % N_PARTITIONS, mr_str_from(key));
        else
            mr_state_changes_put(&out->chunks[at + i % 2], k % N_PARTITIONS, mr_str_from(key),
                                 mr_str_from(value));
    }
}

static void append(place *p, mr_journal *journal, int64_t version)
{
    mr_state_changes changes = { 0 };
    mr_journal_store store = { .operator_id = 7, .n_partitions = 3, .changes = &changes };
    mr_journal_record record = { version, (uint32_t)version * 3, &store, 1 };

    change(&changes, version);
    CHECK_OK(mr_journal_append(journal, &record, &p->err), &p->err);
    mr_state_changes_free(&changes);
}

static int count(place *p)
{
    mr_journal *journal;
    mr_journal_record *records;
    int n;

    mr_arena_reset(p->arena);
    CHECK_OK(mr_journal_open(p->os, p->root, &journal, &p->err), &p->err);
    CHECK_OK(mr_journal_read(journal, p->arena, &records, &n, &p->err), &p->err);
    for (int i = 0; i < n; i++) {
        assert_int_equal(records[i].version, i + 1);
        assert_int_equal(records[i].tag, (i + 1) * 3);
        assert_int_equal(records[i].stores[0].operator_id, 7);
    }
    mr_journal_close(journal);
    return n;
}

static void test_records(void **state)
{
    place p;
    mr_journal *journal;
    mr_journal_record *records;
    int n;

    (void)state;
    place_init(&p);
    assert_int_equal(count(&p), 0);
    for (int v = 1; v <= 6; v++) { /* two files */
        if (v == 1 || v == 4)
            CHECK_OK(mr_journal_open(p.os, p.root, &journal, &p.err), &p.err);
        if (v == 4) /* so that it knows what the older file holds */
            CHECK_OK(mr_journal_read(journal, p.arena, &records, &n, &p.err), &p.err);
        append(&p, journal, v);
        if (v == 3)
            mr_journal_close(journal);
    }
    assert_int_equal(count(&p), 6);
    CHECK_OK(mr_journal_release(journal, 6, true, &p.err), &p.err);
    append(&p, journal, 1); /* it begins again */
    assert_int_equal(count(&p), 1);
    mr_journal_close(journal);
    place_free(&p);
}

/* Whatever the last bytes are, the records in front of them stay. */
static void test_damage(void **state)
{
    place p;
    mr_journal *journal;
    char path[128];
    mr_str bytes;
    char *copy;
    size_t len;

    (void)state;
    place_init(&p);
    CHECK_OK(mr_journal_open(p.os, p.root, &journal, &p.err), &p.err);
    for (int v = 1; v <= 3; v++)
        append(&p, journal, v);
    mr_journal_close(journal);
    snprintf(path, sizeof(path), "%s/.millrace/journal-0", p.root);
    CHECK_OK(mr_file_read_all(p.os, path, 1 << 20, p.arena, &bytes, &p.err), &p.err);
    len = bytes.len;
    copy = mr_malloc(len);
    memcpy(copy, bytes.ptr, len);
    for (size_t at = 0; at < len; at++) {
        size_t each = (len - (size_t)2 * (12 + 6 + 10)) / 3; /* the third has two entries more */
        int whole = at < each ? 0 : at < 2 * each ? 1 : 2;

        CHECK_OK(mr_file_write_atomic(p.os, path, (mr_str){ copy, at }, 0, &p.err), &p.err);
        assert_int_equal(count(&p), whole);
        copy[at] = (char)(copy[at] ^ 0x41);
        CHECK_OK(mr_file_write_atomic(p.os, path, (mr_str){ copy, len }, 0, &p.err), &p.err);
        assert_int_equal(count(&p), whole);
        copy[at] = (char)(copy[at] ^ 0x41);
    }
    free(copy);
    place_free(&p);
}

/* --- the publisher --- */

typedef struct model {
    char values[N_KEYS][32]; /* "" = no such key */
} model;

static void model_apply(model *m, int64_t version)
{
    for (int i = version % 3 == 0 ? 0 : 2; i < 5; i++) {
        char *value = m->values[(uint32_t)(version * 7 + i) % N_KEYS];

        value[0] = '\0';
        if (i < 4)
            snprintf(value, sizeof(m->values[0]), "value %04lld", (long long)version);
    }
}

static mr_status model_row(void *data, const mr_state_record *record, mr_error *err)
{
    model *m = data;
    int64_t key;
    char *value;

    (void)err;
    if (record == NULL)
        return MR_OK;
    assert_true(mr_str_to_int64(mr_str_slice(record->key, 4, record->key.len), &key));
    value = m->values[key];
    value[0] = '\0';
    if (!record->is_remove)
        snprintf(value, sizeof(m->values[0]), "%.*s", MR_STR_ARG(record->value));
    return MR_OK;
}

static mr_state_dir *new_dir(place *p)
{
    char path[96];
    mr_state_dir_config config = {
        .os = p->os, .dir = path, .n_partitions = N_PARTITIONS, .codec = MR_STATE_LZ4
    };

    snprintf(path, sizeof(path), "%s/state/0", p->root);
    return mr_state_dir_new(&config);
}

static mr_status open_at(place *p, mr_state_dir *dir, int64_t version, mr_publisher **out)
{
    mr_publisher_config config = {
        .os = p->os, .checkpoint = p->root, .period_us = 1000, .direct_bytes = p->direct_bytes
    };
    mr_publisher_store store = { 0, dir };

    return mr_publisher_open(&config, &store, 1, version, out, &p->err);
}

static void check_model(place *p, int64_t version, const model *wanted)
{
    mr_state_dir *dir = new_dir(p);
    mr_publisher *publisher;
    model got = { 0 };

    CHECK_OK(open_at(p, dir, version, &publisher), &p->err);
    for (int i = 0; i < N_PARTITIONS; i++)
        CHECK_OK(mr_state_dir_read(dir, i, model_row, &got, &p->err), &p->err);
    CHECK_OK(mr_publisher_replay(publisher, 0, model_row, &got, &p->err), &p->err);
    for (int k = 0; k < N_KEYS; k++)
        assert_string_equal(got.values[k], wanted->values[k]);
    mr_publisher_close(publisher);
    mr_state_dir_free(dir);
}

static void commit(place *p, mr_publisher *publisher, int64_t version)
{
    mr_state_changes changes = { 0 };

    change(&changes, version);
    CHECK_OK(mr_publisher_commit(publisher, version, &changes, &p->err), &p->err);
    CHECK_OK(mr_publisher_committed(publisher, &p->err), &p->err);
}

/* direct_bytes: which of the batches do without the journal. */
static void publish_all(size_t direct_bytes)
{
    enum { N = 400 };
    place p;
    model m = { 0 };
    mr_state_dir *dir;
    mr_publisher *publisher;

    place_init(&p);
    p.direct_bytes = direct_bytes;
    for (int64_t v = 0, end = 0; v < N; v = end) {
        dir = new_dir(&p);
        CHECK_OK(open_at(&p, dir, v, &publisher), &p.err);
        CHECK_OK(mr_publisher_start(publisher, &p.err), &p.err);
        for (end = v + 100; v < end; v++) {
            commit(&p, publisher, v + 1);
            model_apply(&m, v + 1);
        }
        if (end == N) /* the others end as a kill would */
            CHECK_OK(mr_publisher_finish(publisher, &p.err), &p.err);
        mr_publisher_close(publisher);
        mr_state_dir_free(dir);
        check_model(&p, end, &m);
    }
    dir = new_dir(&p);
    CHECK_OK(mr_state_dir_find(dir, N, &p.err), &p.err);
    assert_int_equal(mr_state_dir_oldest(dir), N);
    mr_state_dir_free(dir);
    place_free(&p);
}

static void test_publisher(void **state)
{
    (void)state;
    publish_all(0);
    publish_all(1);
}

/* Every third batch is large. */
static void test_mixed(void **state)
{
    (void)state;
    publish_all(150);
}

static void write_offsets(place *p, const char *text)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/offsets", p->root);
    CHECK_OK(mr_os_mkdirs(p->os, path, &p->err), &p->err);
    snprintf(path, sizeof(path), "%s/offsets/1", p->root);
    CHECK_OK(mr_file_write_atomic(p->os, path, mr_str_from(text), 0, &p->err), &p->err);
}

static void test_fence(void **state)
{
    place p;
    mr_state_dir *dir;
    mr_publisher *publisher;

    (void)state;
    place_init(&p);
    write_offsets(&p, "v1\nof this run");
    dir = new_dir(&p);
    CHECK_OK(open_at(&p, dir, 0, &publisher), &p.err);
    commit(&p, publisher, 1);
    commit(&p, publisher, 2);
    mr_publisher_close(publisher);
    CHECK_OK(open_at(&p, dir, 2, &publisher), &p.err);
    mr_publisher_close(publisher);
    write_offsets(&p, "v1\nof another run");
    assert_int_equal(open_at(&p, dir, 2, &publisher), MR_CONFLICT);
    if (strstr(p.err.message, "different stories") == NULL)
        fail_msg("%s", p.err.message);
    write_offsets(&p, "v1\nof this run");
    CHECK_RAISES(open_at(&p, dir, 3, &publisher), &p.err,
                 "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS");
    mr_state_dir_free(dir);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),   cmocka_unit_test(test_damage),
        cmocka_unit_test(test_publisher), cmocka_unit_test(test_mixed),
        cmocka_unit_test(test_fence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
