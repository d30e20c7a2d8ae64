/* State files: round trips, Spark's own files byte for byte, damage. */
#include "tests/unit/mr_test.h"

#include "checkpoint/state_file.h"
#include "tests/unit/checkpoint/golden.h"

/* Reads `file` and writes what it holds to `out`; MR_OK and the number of records, or the error. */
static mr_status copy_file(mr_str file, mr_state_codec codec, mr_state_kind kind, mr_buf *out,
                           mr_error *err)
{
    mr_state_reader reader;
    mr_state_writer writer;
    mr_state_record record;
    bool end = false;
    mr_status status = mr_state_file_open(&reader, file, codec, kind, "test", err);

    if (status != MR_OK)
        return status;
    mr_state_file_start(&writer, codec, out);
    while (status == MR_OK && !end) {
        status = mr_state_file_next(&reader, &record, &end, err);
        if (status != MR_OK || end)
            break;
        if (record.is_remove)
            mr_state_file_remove(&writer, record.key);
        else
            mr_state_file_put(&writer, record.key, record.value);
    }
    if (status == MR_OK)
        mr_state_file_finish(&writer);
    else
        mr_state_file_abandon(&writer);
    mr_state_file_close(&reader);
    return status;
}

static void make_file(mr_state_codec codec, int n, mr_buf *out)
{
    mr_state_writer writer;
    char key[32];
    char value[64];

    mr_state_file_start(&writer, codec, out);
    for (int i = 0; i < n; i++) {
        snprintf(key, sizeof(key), "key %d", i);
        snprintf(value, sizeof(value), "value %d of some length %d", i, i * 7919);
        mr_state_file_put(&writer, mr_str_from(key), mr_str_from(value));
        if (i % 3 == 0)
            mr_state_file_remove(&writer, mr_str_from(key));
    }
    mr_state_file_finish(&writer);
}

static void test_empty_delta(void **state)
{
    static const uint8_t expected[46] = {
        'L',  'Z', '4', 'B', 'l', 'o',  'c',  'k',  0x15, 4,    0,    0,
        0,    4,   0,   0,   0,   0xdb, 0x80, 0x4d, 0x08, 0xff, 0xff, 0xff,
        0xff, 'L', 'Z', '4', 'B', 'l',  'o',  'c',  'k',  0x15,
    };
    mr_buf out = { 0 };

    (void)state;
    make_file(MR_STATE_LZ4, 0, &out);
    assert_int_equal(out.len, 46);
    assert_memory_equal(out.ptr, expected, 46);
    mr_buf_free(&out);
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int codec = MR_STATE_LZ4; codec <= MR_STATE_ZSTD; codec++)
        for (int n = 1; n <= 100000; n *= 10) {
            mr_buf first = { 0 };
            mr_buf second = { 0 };
            mr_error err = { 0 };

            make_file((mr_state_codec)codec, n, &first);
            CHECK_OK(
                copy_file(mr_buf_str(&first), (mr_state_codec)codec, MR_STATE_DELTA, &second, &err),
                &err);
            assert_int_equal(first.len, second.len);
            assert_memory_equal(first.ptr, second.ptr, first.len);
            assert_true(n < 1000 || first.len < (size_t)n * 60);
            mr_buf_free(&first);
            mr_buf_free(&second);
        }
}

static void test_damage(void **state)
{
    (void)state;
    for (int codec = MR_STATE_LZ4; codec <= MR_STATE_ZSTD; codec++) {
        mr_buf good = { 0 };
        mr_buf again = { 0 };

        make_file((mr_state_codec)codec, 30, &good);
        for (size_t n = 0; n < good.len; n++) {
            mr_buf_clear(&again);
            assert_int_not_equal(copy_file((mr_str){ good.ptr, n }, (mr_state_codec)codec,
                                           MR_STATE_DELTA, &again, NULL),
                                 MR_OK);
        }
        for (size_t at = 0; at < good.len; at++)
            for (int bit = 0; bit < 8; bit++) {
                mr_status status;

                good.ptr[at] ^= (char)(1 << bit);
                mr_buf_clear(&again);
                status = copy_file(mr_buf_str(&good), (mr_state_codec)codec, MR_STATE_DELTA, &again,
                                   NULL);
                good.ptr[at] ^= (char)(1 << bit);
                if (codec == MR_STATE_LZ4 && status == MR_OK) {
                    /* only what carries no data may change: the level in a token */
                    assert_int_equal(again.len, good.len);
                    assert_memory_equal(again.ptr, good.ptr, good.len);
                }
            }
        mr_buf_free(&good);
        mr_buf_free(&again);
    }
}

static void test_snapshot_has_no_removes(void **state)
{
    mr_buf file = { 0 };
    mr_buf again = { 0 };
    mr_state_codec codec;

    (void)state;
    make_file(MR_STATE_LZ4, 4, &file);
    assert_int_equal(copy_file(mr_buf_str(&file), MR_STATE_LZ4, MR_STATE_SNAPSHOT, &again, NULL),
                     MR_CORRUPT);
    assert_int_equal(mr_state_codec_find(MR_STR("snappy"), &codec, NULL), MR_UNSUPPORTED);
    assert_int_equal(mr_state_codec_find(MR_STR("LZ4"), &codec, NULL), MR_OK);
    mr_buf_free(&file);
    mr_buf_free(&again);
}

static void visit_golden(const char *path, void *context)
{
    int *count = context;
    mr_arena *arena;
    mr_buf again = { 0 };
    mr_str file;
    mr_error err = { 0 };
    bool snapshot = mr_str_ends(mr_str_from(path), ".snapshot");
    mr_state_codec codec;

    if (!snapshot && !mr_str_ends(mr_str_from(path), ".delta"))
        return;
    arena = mr_arena_new();
    file = golden_read(arena, path);
    codec = mr_str_starts(file, "LZ4Block") ? MR_STATE_LZ4 : MR_STATE_ZSTD;
    if (copy_file(file, codec, snapshot ? MR_STATE_SNAPSHOT : MR_STATE_DELTA, &again, &err) !=
        MR_OK)
        fail_msg("%s: %s", path, err.message);
    if (codec == MR_STATE_LZ4) {
        assert_int_equal(again.len, file.len);
        assert_memory_equal(again.ptr, file.ptr, file.len);
    }
    (*count)++;
    mr_buf_free(&again);
    mr_arena_free(arena);
}

static void test_golden(void **state)
{
    char dir[4096];
    int count = 0;

    (void)state;
    if (!golden_dir(dir, sizeof(dir)))
        skip();
    golden_walk(dir, visit_golden, &count);
    printf("%d state files byte-identical\n", count);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_delta), cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage),      cmocka_unit_test(test_snapshot_has_no_removes),
        cmocka_unit_test(test_golden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
