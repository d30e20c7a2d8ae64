/* Text logs, file logs, schema files, operator metadata, checksum files. */
#include "tests/unit/mr_test.h"

#include "checkpoint/crc.h"
#include "checkpoint/file_log.h"
#include "checkpoint/metadata_log.h"
#include "checkpoint/schema_file.h"
#include "os/file.h"
#include "tests/unit/checkpoint/golden.h"

static void test_offsets(void **state)
{
    static const char text[] =
        "v1\n{\"batchWatermarkMs\":5,\"batchTimestampMs\":1719290659041,\"conf\":"
        "{\"spark.sql.shuffle.partitions\":\"5\",\"b\":\"x\\\"y\"}}\n{\"logOffset\":3}\n-";
    static const char *const wrong[] = {
        "", "v1", "v1\r\n{}\n0", "1\n{}", "v1\n{x}\n0", "v1\n[]\n0", "v\n{}", "v99999999999\n{}"
    };
    mr_arena *arena = mr_arena_new();
    mr_offset_entry entry;
    mr_error err = { 0 };
    mr_buf out = { 0 };

    (void)state;
    CHECK_OK(mr_offset_entry_parse(arena, mr_str_from(text), "offsets/1", &entry, &err), &err);
    assert_int_equal(entry.watermark_ms, 5);
    assert_int_equal(entry.n_offsets, 2);
    assert_null(entry.offsets[1].ptr);
    assert_true(mr_str_is(mr_offset_entry_conf(&entry, "spark.sql.shuffle.partitions"), "5"));
    assert_null(mr_offset_entry_conf(&entry, "missing").ptr);
    mr_offset_entry_print(&entry, &out);
    assert_string_equal(mr_buf_cstr(&out), text);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(
            mr_offset_entry_parse(arena, mr_str_from(wrong[i]), "offsets/1", &entry, &err),
            MR_CORRUPT);
    assert_int_equal(mr_offset_entry_parse(arena, MR_STR("v2\n{}\n0:1"), "offsets/7", &entry, &err),
                     MR_UNSUPPORTED);
    assert_non_null(strstr(err.message, "offsets/7"));
    mr_buf_free(&out);
    mr_arena_free(arena);
}

static void test_commits(void **state)
{
    mr_error err = { 0 };
    mr_arena *arena = mr_arena_new();
    mr_buf out = { 0 };
    mr_str id;
    int64_t watermark;

    (void)state;
    CHECK_OK(
        mr_commit_entry_parse(MR_STR("v1\n{\"nextBatchWatermarkMs\":5000}"), "c", &watermark, &err),
        &err);
    assert_int_equal(watermark, 5000);
    CHECK_OK(mr_commit_entry_parse(MR_STR("v1\n{}"), "c", &watermark, &err), &err);
    CHECK_OK(mr_commit_entry_parse(MR_STR("v1"), "c", &watermark, &err), &err);
    assert_int_equal(mr_commit_entry_parse(MR_STR("v2\n{}"), "c", &watermark, &err),
                     MR_UNSUPPORTED);
    mr_commit_entry_print(-1, &out);
    assert_string_equal(mr_buf_cstr(&out), "v1\n{\"nextBatchWatermarkMs\":-1}");
    mr_buf_clear(&out);
    mr_query_metadata_print(MR_STR("abc"), &out);
    assert_string_equal(mr_buf_cstr(&out), "{\"id\":\"abc\"}");
    CHECK_OK(mr_query_metadata_parse(arena, mr_buf_str(&out), "metadata", &id, &err), &err);
    assert_true(mr_str_is(id, "abc"));
    assert_int_equal(mr_query_metadata_parse(arena, MR_STR("{}"), "metadata", &id, &err),
                     MR_CORRUPT);
    mr_buf_free(&out);
    mr_arena_free(arena);
}

static void test_names_and_compaction(void **state)
{
    static const int64_t none[2] = { -1, -1 };
    static const int64_t two[2] = { 19, 14 };
    int64_t id;
    bool compact;

    (void)state;
    assert_true(mr_log_name_parse(MR_STR("17"), &id, &compact) && id == 17 && !compact);
    assert_true(mr_log_name_parse(MR_STR("9.compact"), &id, &compact) && id == 9 && compact);
    assert_false(mr_log_name_parse(MR_STR(".7.crc"), &id, &compact));
    assert_false(mr_log_name_parse(MR_STR("7.crc"), &id, &compact));
    assert_false(mr_log_name_parse(MR_STR(".compact"), &id, &compact));
    assert_true(mr_file_log_is_compact(9, 10) && !mr_file_log_is_compact(10, 10));
    assert_int_equal(mr_file_log_first(8, 10), 0);
    assert_int_equal(mr_file_log_first(9, 10), 9);
    assert_int_equal(mr_file_log_first(25, 10), 19);
    assert_int_equal(mr_file_log_interval(none, 10), 10);
    assert_int_equal(mr_file_log_interval(two, 10), 5);
    assert_int_equal(mr_file_log_interval((const int64_t[2]){ 4, -1 }, 10), 5);
    assert_int_equal(mr_file_log_interval((const int64_t[2]){ 29, -1 }, 10), 10);
    assert_int_equal(mr_file_log_interval((const int64_t[2]){ 29, -1 }, 11), 15);
    assert_int_equal(mr_file_log_interval((const int64_t[2]){ 12, -1 }, 10), 13);
}

static void test_file_logs(void **state)
{
    static const char source[] =
        "v1\n{\"path\":\"file:///a%20b\",\"timestamp\":1480730949000,\"batchId\":0}";
    static const char sink[] =
        "v1\n{\"path\":\"/a/b/0\",\"size\":1,\"isDir\":false,\"modificationTime\":1,"
        "\"blockReplication\":1,\"blockSize\":100,\"action\":\"add\"}";
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_buf out = { 0 };
    mr_source_file from;
    mr_sink_file to;
    mr_str rest;
    bool end;

    (void)state;
    CHECK_OK(mr_file_log_open(mr_str_from(source), "s", &rest, &err), &err);
    CHECK_OK(mr_file_log_next_source(arena, &rest, "s", &from, &end, &err), &err);
    mr_file_log_start(&out);
    mr_file_log_put_source(&from, &out);
    assert_string_equal(mr_buf_cstr(&out), source);
    CHECK_OK(mr_file_log_next_source(arena, &rest, "s", &from, &end, &err), &err);
    assert_true(end);
    CHECK_OK(mr_file_log_open(mr_str_from(sink), "s", &rest, &err), &err);
    CHECK_OK(mr_file_log_next_sink(arena, &rest, "s", &to, &end, &err), &err);
    mr_buf_clear(&out);
    mr_file_log_start(&out);
    mr_file_log_put_sink(&to, &out);
    assert_string_equal(mr_buf_cstr(&out), sink);
    rest = MR_STR("{\"path\":1}\n");
    assert_int_equal(mr_file_log_next_source(arena, &rest, "s", &from, &end, &err), MR_CORRUPT);
    rest = MR_STR("{");
    assert_int_equal(mr_file_log_next_sink(arena, &rest, "s", &to, &end, &err), MR_CORRUPT);
    mr_buf_free(&out);
    mr_arena_free(arena);
}

/* Ids in a real directory: written once, listed in order, strangers ignored. */
static void test_directory(void **state)
{
    char dir[] = "/tmp/mr_log_XXXXXX";
    mr_arena *arena = mr_arena_new();
    mr_os *os = mr_os_real();
    mr_error err = { 0 };
    mr_log_list list;
    mr_str text;
    char *path;

    (void)state;
    assert_non_null(mkdtemp(dir));
    CHECK_OK(mr_log_write(os, dir, 10, false, MR_STR("v1"), false, &err), &err);
    CHECK_OK(mr_log_write(os, dir, 9, true, MR_STR("v1\n{}"), true, &err), &err);
    assert_int_equal(mr_log_write(os, dir, 10, false, MR_STR("v1"), false, &err), MR_CONFLICT);
    CHECK_OK(mr_file_write_atomic(os, mr_file_join(arena, dir, "10.crc"), MR_STR("x"), 0, &err),
             &err);
    CHECK_OK(mr_log_list_dir(os, dir, arena, &list, &err), &err);
    assert_int_equal(list.n, 2);
    assert_int_equal(list.ids[0], 9);
    assert_int_equal(list.last_compact[0], 9);
    CHECK_OK(mr_log_read(os, dir, 9, true, arena, &text, &path, &err), &err);
    assert_true(mr_str_is(text, "v1\n{}"));
    assert_int_equal(mr_log_read(os, dir, 11, false, arena, &text, &path, &err), MR_NOT_FOUND);
    CHECK_OK(mr_file_remove_tree(os, dir, &err), &err);
    CHECK_OK(mr_log_list_dir(os, dir, arena, &list, &err), &err);
    assert_int_equal(list.n, 0);
    mr_arena_free(arena);
}

static void test_crc(void **state)
{
    static const char hadoop[] = "crc\0\0\0\2\0\xcb\xf4\x39\x26";
    mr_str digits = MR_STR("123456789");

    (void)state;
    assert_int_equal(mr_crc_32c(digits), 0xe3069283u);
    assert_int_equal(mr_crc_check_spark(digits,
                                        MR_STR("{\"algorithm\":\"CRC32C\",\"value\":-486108541,"
                                               "\"mainFileSize\":9}"),
                                        "f", NULL),
                     MR_OK);
    assert_int_equal(
        mr_crc_check_spark(digits, MR_STR("{\"algorithm\":\"CRC32C\",\"value\":1}"), "f", NULL),
        MR_CORRUPT);
    assert_int_equal(mr_crc_check_spark(digits, MR_STR("x"), "f", NULL), MR_CORRUPT);
    assert_int_equal(mr_crc_check_hadoop(digits, (mr_str){ hadoop, 12 }, "f", NULL), MR_OK);
    assert_int_equal(mr_crc_check_hadoop(digits, (mr_str){ hadoop, 11 }, "f", NULL), MR_CORRUPT);
    assert_int_equal(mr_crc_check_hadoop(MR_STR("123456780"), (mr_str){ hadoop, 12 }, "f", NULL),
                     MR_CORRUPT);
}

static void test_schema_file(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_buf out = { 0 };
    mr_buf again = { 0 };
    const mr_type *key;
    const mr_type *value;

    (void)state;
    CHECK_OK(mr_type_parse_ddl(arena, MR_STR("`a\xf0\x9f\x98\x80` INT"), &key, &err), &err);
    mr_schema_file_write(key, key, &out);
    CHECK_OK(mr_schema_file_read(arena, mr_buf_str(&out), "schema", &key, &value, &err), &err);
    assert_true(mr_str_is(value->fields[0].name, "a\xf0\x9f\x98\x80"));
    mr_schema_file_write(key, value, &again);
    assert_int_equal(out.len, again.len);
    for (size_t n = 0; n < out.len; n++)
        assert_int_equal(
            mr_schema_file_read(arena, (mr_str){ out.ptr, n }, "schema", &key, &value, &err),
            MR_CORRUPT);
    mr_buf_free(&out);
    mr_buf_free(&again);
    mr_arena_free(arena);
}

static void check_same(const char *path, mr_str text, mr_buf *out)
{
    if (out->len != text.len || memcmp(out->ptr, text.ptr, text.len) != 0)
        fail_msg("%s: printed otherwise: %s", path, mr_buf_cstr(out));
}

/* Every kind of file that can be told by its path: read, printed, compared. */
static void visit_golden(const char *path, void *context)
{
    int *count = context;
    mr_arena *arena = mr_arena_new();
    mr_str text = golden_read(arena, path);
    mr_buf out = { 0 };
    mr_error err = { 0 };
    mr_str file = mr_str_from(path);

    if (mr_str_ends(file, "/_metadata/schema") && memcmp(text.ptr, "\0\2v2", 4) == 0) {
        const mr_type *key;
        const mr_type *value;

        CHECK_OK(mr_schema_file_read(arena, text, path, &key, &value, &err), &err);
        mr_schema_file_write(key, value, &out);
        check_same(path, text, &out);
        (*count)++;
    } else if (mr_str_ends(file, "/_metadata/metadata")) {
        mr_operator_metadata metadata;

        CHECK_OK(mr_operator_metadata_parse(arena, text, path, &metadata, &err), &err);
        mr_operator_metadata_print(&metadata, &out);
        check_same(path, text, &out);
        (*count)++;
    } else if (strstr(path, "/offsets/") != NULL && mr_str_starts(text, "v1\n{\"batchW") &&
               !mr_str_ends(file, ".crc")) {
        mr_offset_entry entry;

        CHECK_OK(mr_offset_entry_parse(arena, text, path, &entry, &err), &err);
        if (strstr(text.ptr, "\"conf\"") != NULL) {
            mr_offset_entry_print(&entry, &out);
            check_same(path, text, &out);
        }
        (*count)++;
    }
    mr_buf_free(&out);
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
    printf("%d metadata files printed as Spark did\n", count);
    assert_true(count > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_commits),
        cmocka_unit_test(test_names_and_compaction),
        cmocka_unit_test(test_file_logs),
        cmocka_unit_test(test_directory),
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_schema_file),
        cmocka_unit_test(test_golden),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
