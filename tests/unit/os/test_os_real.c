/* test_os_real.c - the vtable and the file helpers on the real system; path and URI text. */
#include "tests/unit/mr_test.h"

#include <unistd.h>

#include "os/file.h"

static char dir[64];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof(dir), "/tmp/mr_test_os_XXXXXX");
    return mkdtemp(dir) == NULL;
}

static int teardown(void **state)
{
    (void)state;
    return mr_file_remove_tree(mr_os_real(), dir, NULL) != MR_OK;
}

static void files(void **state)
{
    mr_os *os = mr_os_real();
    mr_arena *arena = mr_arena_new();
    const char *sub = mr_file_join(arena, dir, "x/y");
    const char *path = mr_file_join(arena, sub, "f");
    mr_os_list list;
    mr_error err;
    mr_str text;
    mr_file *file;

    (void)state;
    CHECK_OK(mr_os_mkdirs(os, sub, &err), &err);
    CHECK_OK(mr_os_mkdirs(os, sub, &err), &err);
    CHECK_OK(mr_file_write_atomic(os, path, MR_STR("hello"), MR_FILE_SYNC | MR_FILE_SYNC_DIR, &err),
             &err);
    assert_int_equal(mr_file_write_atomic(os, path, MR_STR("no"), MR_FILE_NEW, &err), MR_CONFLICT);
    CHECK_OK(mr_os_open(os, path, MR_OS_APPEND, &file, &err), &err);
    CHECK_OK(mr_os_write(file, " you", 4, &err), &err);
    CHECK_OK(mr_os_fdatasync(file, &err), &err);
    CHECK_OK(mr_os_close(file, &err), &err);
    CHECK_OK(mr_file_read_all(os, path, 100, arena, &text, &err), &err);
    assert_true(mr_str_is(text, "hello you"));
    assert_int_equal(mr_file_read_all(os, path, 8, arena, &text, &err), MR_INVALID);
    CHECK_OK(mr_os_list_dir(os, sub, arena, &list, &err), &err);
    assert_int_equal(list.n, 1);
    assert_string_equal(list.entries[0].name.ptr, "f");
    assert_int_equal(list.entries[0].size, 9);
    assert_int_equal(mr_os_open(os, "/nowhere/x", MR_OS_READ, &file, &err), MR_NOT_FOUND);
    assert_non_null(strstr(err.message, "/nowhere/x"));
    CHECK_OK(mr_os_sync_fs(os, dir, &err), &err);
    mr_arena_free(arena);
}

static void locks_and_watches(void **state)
{
    mr_os *os = mr_os_real();
    mr_arena *arena = mr_arena_new();
    const char *path = mr_file_join(arena, dir, "lock");
    mr_file *lock, *second;
    mr_watch *watch;
    mr_error err;
    bool changed;

    (void)state;
    CHECK_OK(mr_os_lock(os, path, &lock, &err), &err);
    assert_int_equal(mr_os_lock(os, path, &second, &err), MR_CONFLICT);
    CHECK_OK(mr_os_close(lock, &err), &err);
    CHECK_OK(mr_os_watch_dir(os, dir, &watch, &err), &err);
    CHECK_OK(mr_os_watch_wait(watch, 1000, &changed, &err), &err);
    assert_false(changed);
    CHECK_OK(mr_file_write_atomic(os, mr_file_join(arena, dir, "n"), MR_STR("1"), 0, &err), &err);
    CHECK_OK(mr_os_watch_wait(watch, 1000000, &changed, &err), &err);
    assert_true(changed);
    mr_os_watch_close(watch);
    mr_arena_free(arena);
}

static void check_uri(const char *path, const char *uri)
{
    mr_arena *arena = mr_arena_new();
    mr_buf out = { 0 };
    char *back;

    mr_file_to_uri(path, &out);
    assert_string_equal(mr_buf_cstr(&out), uri);
    assert_true(mr_file_from_uri(arena, mr_buf_str(&out), &back));
    assert_string_equal(back, path);
    mr_buf_free(&out);
    mr_arena_free(arena);
}

static void path_text(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_error err;
    char *path;

    (void)state;
    check_uri("/data/in/a b.json", "file:///data/in/a%20b.json");
    check_uri("/x/50%#?[]{}|^`\"<>", "file:///x/50%25%23%3F%5B%5D%7B%7D%7C%5E%60%22%3C%3E");
    check_uri("/k=v/@+&;,!~*'():\xc3\xa9", "file:///k=v/@+&;,!~*'():\xc3\xa9");
    assert_true(mr_file_from_uri(arena, MR_STR("file:/a%2"), &path) == false);
    assert_false(mr_file_from_uri(arena, MR_STR("file:///a%00"), &path));
    assert_false(mr_file_from_uri(arena, MR_STR("hdfs://h/a"), &path));
    assert_false(mr_file_from_uri(arena, MR_STR("file://host/a"), &path));
    assert_true(mr_file_from_uri(arena, MR_STR("/a:b c"), &path));
    assert_string_equal(path, "/a:b c");
    CHECK_OK(mr_file_absolute(arena, "/a/./b//../c/", &path, &err), &err);
    assert_string_equal(path, "/a/c");
    CHECK_OK(mr_file_absolute(arena, "/../..", &path, &err), &err);
    assert_string_equal(path, "/");
    assert_string_equal(mr_file_dir(arena, "/a"), "/");
    assert_string_equal(mr_file_dir(arena, "a"), ".");
    assert_string_equal(mr_file_name("/a/b"), "b");
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files),
        cmocka_unit_test(locks_and_watches),
        cmocka_unit_test(path_text),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
