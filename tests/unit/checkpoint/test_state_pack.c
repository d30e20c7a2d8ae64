/* Packed changes: the files they become hold what the same changes unpacked would leave. */
#include "tests/unit/mr_test.h"

#include "checkpoint/lz4block_priv.h"
#include "checkpoint/state_dir.h"
#include "checkpoint/state_pack.h"
#include "os/file.h"
#include "os/sim.h"

enum { PARTITIONS = 5, EMPTY = 3 }; /* partition 3 gets nothing */

#define BIG ((size_t)100000) /* of several blocks */

static uint32_t draw(uint64_t *seed, uint32_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % n;
}

/* Entries by chunk: short and long ones, keys and values without bytes, removes unless `whole`. */
static void make_entries(mr_state_changes *out, int n_chunks, int n, bool whole, uint64_t seed)
{
    char *bytes = mr_malloc(BIG);

    for (size_t i = 0; i < BIG; i++)
        bytes[i] = i % 1000 < 700 ? 'x' : (char)draw(&seed, 256);
    mr_state_changes_extend(out, n_chunks);
    for (int c = 0; c < n_chunks; c++)
        for (int i = 0; i < n; i++) {
            mr_buf *chunk = &out->chunks[c];
            char text[48];
            uint32_t id = whole ? (uint32_t)(c * n + i) : draw(&seed, (uint32_t)n);
            uint32_t p = id % (PARTITIONS - 1) + (id % (PARTITIONS - 1) >= EMPTY);
            mr_str key, value = { bytes, draw(&seed, 300) };

            snprintf(text, sizeof(text), "key %u", id);
            key = id == 0 ? MR_STR("") : mr_str_from(text);
            if (id % 97 == 5)
                value = (mr_str){ bytes, id % 2 ? BIG : MR_LZ4BLOCK_SIZE };
            if (id % 11 == 1)
                value = (mr_str){ bytes, 0 };
            if (!whole && draw(&seed, 4) == 0)
                mr_state_changes_remove(chunk, p, key);
            else
                mr_state_changes_put(chunk, p, key, value);
        }
    free(bytes);
}

static void pack_chunk(mr_str entries, size_t step, mr_buf *out)
{
    mr_state_packer packer;

    mr_state_packer_start(&packer, PARTITIONS, out);
    while (entries.len > 0) { /* whole entries, about `step` bytes of them at a time */
        mr_str rest = entries;
        mr_state_change change;

        while (entries.len - rest.len < step && mr_state_changes_next(&rest, &change))
            ;
        mr_state_packer_add(&packer, mr_str_slice(entries, 0, entries.len - rest.len));
        entries = rest;
    }
    mr_state_packer_finish(&packer);
}

static mr_state_changes packed(const mr_state_changes *plain, bool whole, size_t step)
{
    mr_state_changes out = { .is_packed = true, .is_whole = whole };

    mr_state_changes_extend(&out, plain->n_chunks);
    for (int c = 0; c < plain->n_chunks; c++)
        pack_chunk(mr_buf_str(&plain->chunks[c]), step, &out.chunks[c]);
    return out;
}

/* --- publishing and reading back ---------------------------------------------------------------
 */

typedef struct machine {
    mr_sim *sim;
    mr_state_dir_config config;
    mr_state_dir *dir;
    mr_error err;
} machine;

static void machine_open(machine *m)
{
    m->sim = mr_sim_new(1);
    m->config = (mr_state_dir_config){ .os = mr_sim_os(m->sim),
                                       .dir = "/state/0",
                                       .n_partitions = PARTITIONS,
                                       .codec = MR_STATE_LZ4 };
    m->dir = mr_state_dir_new(&m->config);
    CHECK_OK(mr_state_dir_find(m->dir, 0, &m->err), &m->err);
}

static void machine_close(machine *m)
{
    assert_int_equal(mr_sim_handles(m->sim), 0);
    mr_state_dir_free(m->dir);
    mr_sim_free(m->sim);
}

static void publish(machine *m, int64_t version, const mr_state_changes *changes)
{
    mr_state_version v = { version, changes };

    CHECK_OK(mr_state_dir_publish(m->dir, &v, 1, true, &m->err), &m->err);
}

static mr_status put_record(void *data, const mr_state_record *r, mr_error *err)
{
    mr_buf *out = data;

    (void)err;
    if (r != NULL) {
        mr_buf_printf(out, "%c %zu %zu ", r->is_remove ? '-' : '+', r->key.len, r->value.len);
        mr_buf_add(out, r->key);
        mr_buf_add(out, r->value);
    }
    return MR_OK;
}

/* What a new process reads of a partition, in order. */
static mr_buf read_back(machine *m, int64_t version, int partition)
{
    mr_state_dir *dir = mr_state_dir_new(&m->config);
    mr_buf out = { 0 };

    CHECK_OK(mr_state_dir_find(dir, version, &m->err), &m->err);
    assert_int_equal(mr_state_dir_version(dir, partition), version);
    CHECK_OK(mr_state_dir_read(dir, partition, put_record, &out, &m->err), &m->err);
    mr_state_dir_free(dir);
    return out;
}

static void check_same(machine *a, machine *b, int64_t version)
{
    for (int p = 0; p < PARTITIONS; p++) {
        mr_buf x = read_back(a, version, p), y = read_back(b, version, p);

        assert_int_equal(x.len > 0, p != EMPTY);
        assert_int_equal(x.len, y.len);
        if (x.len > 0)
            assert_memory_equal(x.ptr, y.ptr, x.len);
        mr_buf_free(&x);
        mr_buf_free(&y);
    }
}

static bool has_file(machine *m, int partition, const char *name)
{
    char path[64];
    mr_os_stat stat;

    snprintf(path, sizeof(path), "/state/0/%d/%s", partition, name);
    CHECK_OK(mr_os_stat_path(m->config.os, path, &stat, &m->err), &m->err);
    return stat.exists;
}

static void check_delta(int n_chunks, int n, size_t step)
{
    machine a, b;
    mr_state_changes plain = { 0 }, small;

    make_entries(&plain, n_chunks, n, false, (uint64_t)n);
    small = packed(&plain, false, step);
    machine_open(&a);
    machine_open(&b);
    publish(&a, 1, &plain);
    publish(&b, 1, &small);
    check_same(&a, &b, 1);
    publish(&a, 2, &small); /* either behind the other */
    publish(&b, 2, &plain);
    check_same(&a, &b, 2);
    for (int p = 0; p < PARTITIONS; p++) {
        assert_true(has_file(&b, p, "1.delta"));
        assert_true(has_file(&a, p, "2.delta"));
    }
    assert_int_equal(mr_state_dir_bytes(a.dir) > 0, 1);
    machine_close(&a);
    machine_close(&b);
    mr_state_changes_free(&plain);
    mr_state_changes_free(&small);
}

static void test_delta(void **state)
{
    (void)state;
    check_delta(1, 50, 1);
    check_delta(1, 3000, SIZE_MAX);
    check_delta(7, 700, 5000);
}

/* What is whole starts the chain anew, whatever lies before it. */
static void test_whole(void **state)
{
    machine a, b;
    mr_state_changes before = { 0 }, plain = { 0 }, small;

    (void)state;
    make_entries(&before, 2, 500, false, 1);
    make_entries(&plain, 5, 400, true, 2);
    small = packed(&plain, true, 10000);
    machine_open(&a);
    machine_open(&b);
    publish(&a, 1, &plain);
    for (int64_t v = 1; v <= 3; v++)
        publish(&b, v, &before);
    publish(&b, 4, &small);
    for (int p = 0; p < PARTITIONS; p++) {
        mr_buf x = read_back(&a, 1, p), y = read_back(&b, 4, p);

        assert_true(has_file(&b, p, "4.snapshot"));
        assert_false(has_file(&b, p, "4.delta"));
        assert_int_equal(x.len > 0, p != EMPTY);
        assert_int_equal(x.len, y.len);
        if (x.len > 0)
            assert_memory_equal(x.ptr, y.ptr, x.len);
        mr_buf_free(&x);
        mr_buf_free(&y);
    }
    publish(&b, 5, &before);
    assert_true(has_file(&b, 0, "5.delta"));
    CHECK_OK(mr_state_dir_purge(b.dir, 4, &b.err), &b.err);
    assert_false(has_file(&b, 0, "3.delta"));
    publish(&a, 2, &before);
    for (int p = 0; p < PARTITIONS; p++) {
        mr_buf x = read_back(&a, 2, p), y = read_back(&b, 5, p);

        assert_int_equal(x.len, y.len);
        if (x.len > 0)
            assert_memory_equal(x.ptr, y.ptr, x.len);
        mr_buf_free(&x);
        mr_buf_free(&y);
    }
    machine_close(&a);
    machine_close(&b);
    mr_state_changes_free(&before);
    mr_state_changes_free(&plain);
    mr_state_changes_free(&small);
}

/* A state that nothing is left of: snapshots without rows. */
static void test_nothing_is_left(void **state)
{
    machine m;
    mr_state_changes before = { 0 }, none = { .is_packed = true, .is_whole = true };

    (void)state;
    make_entries(&before, 1, 100, false, 3);
    machine_open(&m);
    publish(&m, 1, &before);
    publish(&m, 2, &none);
    for (int p = 0; p < PARTITIONS; p++) {
        mr_buf rows = read_back(&m, 2, p);

        assert_int_equal(rows.len, 0);
        assert_true(has_file(&m, p, "2.snapshot"));
    }
    machine_close(&m);
    mr_state_changes_free(&before);
}

/* Every write, sync and rename of a packed publication fails once: it says so, and what was there
 * can be read; the next try makes up for it. */
static void test_failures_are_reported(void **state)
{
    mr_state_changes before = { 0 }, plain = { 0 }, small;
    uint64_t n_points = 1;

    (void)state;
    make_entries(&before, 1, 20, false, 4);
    make_entries(&plain, 3, 40, false, 5);
    small = packed(&plain, false, 1000);
    for (uint64_t at = 1; at <= n_points; at++) {
        machine m;
        mr_state_version v = { 2, &small };
        mr_buf old, now;
        uint64_t from;

        machine_open(&m);
        publish(&m, 1, &before);
        from = mr_sim_points(m.sim);
        mr_sim_fail_at(m.sim, from + at, MR_SIM_SHORT, false);
        old = read_back(&m, 1, 0);
        if (mr_state_dir_publish(m.dir, &v, 1, true, &m.err) == MR_OK)
            assert_true(mr_sim_points(m.sim) < from + at);
        else
            n_points = at + 1;
        mr_sim_fail_at(m.sim, 0, MR_SIM_EIO, false);
        now = read_back(&m, 1, 0);
        assert_int_equal(now.len, old.len);
        assert_memory_equal(now.ptr, old.ptr, old.len);
        mr_buf_free(&old);
        mr_buf_free(&now);
        publish(&m, 2, &small);
        now = read_back(&m, 2, 0);
        assert_true(now.len > 0);
        mr_buf_free(&now);
        machine_close(&m);
    }
    assert_true(n_points > PARTITIONS * 3);
    mr_state_changes_free(&before);
    mr_state_changes_free(&plain);
    mr_state_changes_free(&small);
}

/* Blocks cut off or longer than the chunk, and of partitions that are not there, are refused. */
static void test_damaged_blocks(void **state)
{
    mr_state_changes plain = { 0 }, small;
    mr_state_block block;
    mr_str rest;
    size_t len;
    uint32_t partition = PARTITIONS;
    machine m;
    mr_state_version v = { 1, &small };

    (void)state;
    make_entries(&plain, 1, 3, true, 6);
    small = packed(&plain, false, SIZE_MAX);
    len = small.chunks[0].len;
    for (size_t n = 1; n < 20; n++) {
        rest = (mr_str){ small.chunks[0].ptr, n };
        assert_false(mr_state_block_next(&rest, &block));
        assert_int_equal(rest.len, n);
    }
    machine_open(&m);
    for (small.chunks[0].len = len - 1; small.chunks[0].len > 0; small.chunks[0].len /= 2)
        assert_int_equal(mr_state_dir_publish(m.dir, &v, 1, true, &m.err), MR_CORRUPT);
    small.chunks[0].len = len;
    memcpy(small.chunks[0].ptr, &partition, 4);
    assert_int_equal(mr_state_dir_publish(m.dir, &v, 1, true, &m.err), MR_CORRUPT);
    machine_close(&m);
    mr_state_changes_free(&plain);
    mr_state_changes_free(&small);
}

/* What a reader finds in a file of blocks is what it finds in one that was written at once. */
static void test_blocks_make_a_file(void **state)
{
    mr_state_writer writer;
    mr_buf entries = { 0 }, chunk = { 0 }, file = { 0 }, direct = { 0 };
    mr_str rest;
    mr_state_block block;
    mr_error err;
    mr_state_reader reader;
    mr_state_record record;
    bool end;

    (void)state;
    mr_state_changes_put(&entries, 2, MR_STR("k"), MR_STR("v"));
    mr_state_changes_remove(&entries, 2, MR_STR("gone"));
    pack_chunk(mr_buf_str(&entries), SIZE_MAX, &chunk);
    rest = mr_buf_str(&chunk);
    assert_true(mr_state_block_next(&rest, &block));
    assert_int_equal(block.partition, 2);
    mr_buf_add(&file, block.bytes);
    assert_false(mr_state_block_next(&rest, &block));
    assert_int_equal(rest.len, 0);
    mr_state_pack_end(&file);
    mr_state_file_start(&writer, MR_STATE_LZ4, &direct);
    mr_state_file_put(&writer, MR_STR("k"), MR_STR("v"));
    mr_state_file_remove(&writer, MR_STR("gone"));
    mr_state_file_finish(&writer);
    for (int i = 0; i < 2; i++) {
        mr_str bytes = mr_buf_str(i ? &file : &direct);

        CHECK_OK(mr_state_file_open(&reader, bytes, MR_STATE_LZ4, MR_STATE_DELTA, "test", &err),
                 &err);
        CHECK_OK(mr_state_file_next(&reader, &record, &end, &err), &err);
        assert_true(mr_str_is(record.value, "v"));
        CHECK_OK(mr_state_file_next(&reader, &record, &end, &err), &err);
        assert_true(record.is_remove && mr_str_is(record.key, "gone"));
        CHECK_OK(mr_state_file_next(&reader, &record, &end, &err), &err);
        assert_true(end);
        mr_state_file_close(&reader);
    }
    mr_buf_free(&entries);
    mr_buf_free(&chunk);
    mr_buf_free(&file);
    mr_buf_free(&direct);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delta),           cmocka_unit_test(test_whole),
        cmocka_unit_test(test_nothing_is_left), cmocka_unit_test(test_failures_are_reported),
        cmocka_unit_test(test_damaged_blocks),  cmocka_unit_test(test_blocks_make_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
