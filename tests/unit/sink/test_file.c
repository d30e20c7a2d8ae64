/* The file sink: one file and one log entry a batch, once only. */
#include "tests/unit/mr_test.h"

#include "checkpoint/file_entries.h"
#include "os/file.h"
#include "sink/sink.h"

static char root[64];

static mr_sink *open_sink(const mr_type *schema, const char *format, const mr_options *options)
{
    mr_sink_config config = { .os = mr_os_real(),
                              .schema = schema,
                              .zone = mr_zone_utc(),
                              .format = mr_str_from(format),
                              .path = root,
                              .options = *options };
    mr_sink *sink;
    mr_error err;

    CHECK_OK(mr_sink_open(&mr_sink_file, &config, &sink, &err), &err);
    return sink;
}

/* Runs one batch of n rows; tells whether it was shown before. */
static bool run_batch(mr_sink *sink, int64_t id, int32_t n)
{
    mr_arena *arena = mr_arena_new();
    mr_batch *batch = mr_batch_new(arena, sink->config.schema, n);
    mr_error err;

    mr_vec_init(&batch->cols[0], arena, mr_type_of(MR_TYPE_LONG), n);
    for (int32_t i = 0; i < n; i++)
        batch->cols[0].i64[i] = i;
    CHECK_OK(mr_sink_begin(sink, id, &err), &err);
    CHECK_OK(mr_sink_add(sink, batch, &err), &err);
    CHECK_OK(mr_sink_commit(sink, id, &err), &err);
    mr_arena_free(arena);
    return sink->is_shown;
}

/* Number of logged files, and their bytes. */
static void check_log(int n_files, int64_t n_bytes)
{
    mr_arena *arena = mr_arena_new();
    mr_file_entries entries = { 0 };
    int64_t latest, bytes = 0;
    mr_error err;

    CHECK_OK(mr_file_entries_read(mr_os_real(), mr_file_join(arena, root, "_spark_metadata"), false,
                                  arena, &entries, &latest, &err),
             &err);
    assert_int_equal(entries.n, n_files);
    for (int i = 0; i < entries.n; i++) {
        mr_os_stat stat;
        char *path;

        assert_true(mr_file_from_uri(arena, entries.items[i].uri, &path));
        assert_true(strncmp(mr_file_name(path), "part-00000-", 11) == 0);
        CHECK_OK(mr_os_stat_path(mr_os_real(), path, &stat, &err), &err);
        assert_int_equal(stat.size, entries.items[i].size);
        bytes += stat.size;
    }
    assert_int_equal(bytes, n_bytes);
    mr_file_entries_free(&entries);
    mr_arena_free(arena);
}

static void batches(const char *format, const mr_options *options, int64_t empty, int64_t three)
{
    mr_arena *arena = mr_arena_new();
    mr_field field = { MR_STR("v"), mr_type_of(MR_TYPE_LONG), true, { NULL, 0 } };
    const mr_type *schema = mr_type_struct(arena, &field, 1);
    mr_sink *sink;

    snprintf(root, sizeof(root), "/tmp/mr_sink_XXXXXX");
    assert_non_null(mkdtemp(root));
    sink = open_sink(schema, format, options);
    assert_false(run_batch(sink, 0, 3));
    assert_false(run_batch(sink, 1, 0));
    check_log(2, three + empty);
    assert_true(run_batch(sink, 1, 3));
    mr_sink_close(sink);
    sink = open_sink(schema, format, options); /* a restart that runs batch 1 again */
    assert_true(run_batch(sink, 1, 3));
    for (int id = 2; id < 12; id++) /* over the compaction at 9 */
        assert_false(run_batch(sink, id, 3));
    mr_sink_close(sink);
    check_log(12, 11 * three + empty);
    (void)!mr_file_remove_tree(mr_os_real(), root, NULL);
    mr_arena_free(arena);
}

static void test_json(void **state)
{
    mr_options none = { NULL, 0 };

    (void)state;
    batches("json", &none, 0, 24);
}

static void test_csv_header(void **state)
{
    mr_option_pair pair = { MR_STR("header"), MR_STR("true") };
    mr_options options = { &pair, 1 };

    (void)state;
    batches("csv", &options, 2, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_csv_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
