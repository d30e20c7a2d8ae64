/* The file sink under partitionBy(): directories, escapes, nulls, one log entry a batch. */
#include "tests/unit/mr_test.h"

#include "checkpoint/file_entries.h"
#include "os/file.h"
#include "sink/sink.h"

static mr_sink *open_sink(const char *root, const mr_type *schema, const mr_str *names)
{
    mr_sink_config config = { .os = mr_os_real(),
                              .schema = schema,
                              .zone = mr_zone_utc(),
                              .format = MR_STR("json"),
                              .path = root,
                              .partition_by = names,
                              .n_partition_by = 1 };
    mr_sink *sink;
    mr_error err;

    CHECK_OK(mr_sink_open(&mr_sink_parts, &config, &sink, &err), &err);
    return sink;
}

static void run_batch(mr_sink *sink, int64_t id, bool expect_shown)
{
    static const char *const texts[] = { "a", "x/y", "", "a" };
    mr_arena *arena = mr_arena_new();
    mr_batch *batch = mr_batch_new(arena, sink->config.schema, 5);
    mr_error err;

    mr_vec_init(&batch->cols[0], arena, mr_type_of(MR_TYPE_STRING), 5);
    mr_vec_init(&batch->cols[1], arena, mr_type_of(MR_TYPE_LONG), 5);
    for (int32_t i = 0; i < 5; i++) {
        batch->cols[1].i64[i] = i;
        if (i < 4)
            batch->cols[0].str[i] = mr_str_from(texts[i]);
        else
            mr_vec_set_null(&batch->cols[0], arena, i);
    }
    CHECK_OK(mr_sink_begin(sink, id, &err), &err);
    assert_int_equal(sink->is_shown, expect_shown);
    CHECK_OK(mr_sink_add(sink, batch, &err), &err);
    CHECK_OK(mr_sink_commit(sink, id, &err), &err);
    mr_arena_free(arena);
}

static int count_in(const mr_file_entries *entries, const char *part)
{
    int n = 0;

    for (int i = 0; i < entries->n; i++) {
        mr_str uri = entries->items[i].uri;

        n += memmem(uri.ptr, uri.len, part, strlen(part)) != NULL;
    }
    return n;
}

static void directories(void **state)
{
    char root[] = "/tmp/mr_parts_XXXXXX";
    mr_arena *arena = mr_arena_new();
    mr_field fields[] = { { MR_STR("k"), mr_type_of(MR_TYPE_STRING), true, { 0 } },
                          { MR_STR("v"), mr_type_of(MR_TYPE_LONG), true, { 0 } } };
    const mr_type *schema = mr_type_struct(arena, fields, 2);
    mr_str names[] = { MR_STR("k") };
    mr_file_entries entries = { 0 };
    int64_t latest;
    mr_sink *sink;
    mr_error err;

    (void)state;
    assert_non_null(mkdtemp(root));
    sink = open_sink(root, schema, names);
    run_batch(sink, 0, false);
    mr_sink_close(sink);
    sink = open_sink(root, schema, names);
    run_batch(sink, 0, true); /* a replay adds nothing */
    run_batch(sink, 1, false);
    mr_sink_close(sink);
    CHECK_OK(mr_file_entries_read(mr_os_real(), mr_file_join(arena, root, "_spark_metadata"), false,
                                  arena, &entries, &latest, &err),
             &err);
    assert_int_equal(latest, 1);
    assert_int_equal(entries.n, 8);
    assert_int_equal(count_in(&entries, "/k=a/part-00000-"), 2);
    assert_int_equal(count_in(&entries, "/k=x%252Fy/part-00000-"), 2);
    assert_int_equal(count_in(&entries, "/k=__HIVE_DEFAULT_PARTITION__/part-00000-"), 4);
    mr_file_entries_free(&entries);
    CHECK_OK(mr_file_remove_tree(mr_os_real(), root, &err), &err);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(directories) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
