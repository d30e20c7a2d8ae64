/* test_os_real.c - the vtable and the file helpers on the real system; path and URI text. */
#include "tests/unit/mr_test.h"

#include <errno.h>
#include <sys/resource.h>
#include <signal.h>
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

/* --- large files -------------------------------------------------------------------------------
 */

#define MIB ((size_t)1 << 20)

/* Bytes that differ from block to block. */
static char *pattern(size_t n)
{
    char *bytes = malloc(n + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)((i * 2654435761u) >> 13);
    return bytes;
}

static mr_file *open_large(const char *path, unsigned flags)
{
    mr_file *file;
    mr_error err;

    CHECK_OK(mr_os_open(mr_os_real(), path, flags | MR_OS_LARGE, &file, &err), &err);
    return file;
}

/* bytes[from .. to) in pieces that no block is made of. */
static void write_pieces(mr_file *file, const char *bytes, size_t from, size_t to)
{
    mr_error err;

    for (size_t piece = 1; from < to; piece = piece * 7 % 1000003) {
        size_t n = to - from < piece ? to - from : piece;

        CHECK_OK(mr_os_write(file, bytes + from, n, &err), &err);
        from += n;
    }
}

static void check_bytes(const char *path, const char *bytes, size_t n)
{
    mr_arena *arena = mr_arena_new();
    mr_str found;
    mr_error err;

    CHECK_OK(mr_file_read_all(mr_os_real(), path, 16 * MIB, arena, &found, &err), &err);
    assert_int_equal(found.len, n);
    assert_memory_equal(found.ptr, bytes, n);
    mr_arena_free(arena);
}

/* In pieces, in two writes, and in a hundred bytes behind a sync. */
static void check_large(const char *in, size_t n)
{
    mr_arena *arena = mr_arena_new();
    const char *path = mr_file_join(arena, in, "large");
    char *bytes = pattern(n + 100);
    mr_error err;
    mr_file *file = open_large(path, MR_OS_WRITE | MR_OS_CREATE | MR_OS_TRUNCATE);

    write_pieces(file, bytes, 0, n);
    CHECK_OK(mr_os_close(file, &err), &err);
    check_bytes(path, bytes, n);
    file = open_large(path, MR_OS_WRITE | MR_OS_CREATE | MR_OS_TRUNCATE);
    CHECK_OK(mr_os_write(file, bytes, n / 3, &err), &err);
    CHECK_OK(mr_os_write(file, bytes + n / 3, n - n / 3, &err), &err);
    CHECK_OK(mr_os_fsync(file, &err), &err);
    check_bytes(path, bytes, n);
    write_pieces(file, bytes, n, n + 100);
    CHECK_OK(mr_os_close(file, &err), &err);
    check_bytes(path, bytes, n + 100);
    free(bytes);
    mr_arena_free(arena);
}

static void large_sizes(void **state)
{
    const size_t sizes[] = { 0, 1, 4096, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 123 };
    char other[] = "/dev/shm/mr_test_os_XXXXXX"; /* no disk: another answer to O_DIRECT */
    bool has_other = mkdtemp(other) != NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        check_large(dir, sizes[i]);
        if (has_other)
            check_large(other, sizes[i]);
    }
    if (has_other)
        assert_int_equal(mr_file_remove_tree(mr_os_real(), other, NULL), MR_OK);
}

/* Whole blocks at offsets that are no multiple of anything. */
static void large_goes_on_after_a_sync(void **state)
{
    enum { N = 5 << 20 };
    mr_arena *arena = mr_arena_new();
    const char *path = mr_file_join(arena, dir, "synced");
    char *bytes = pattern(N);
    const size_t syncs[] = { 5, 512 + 5, MIB + 512, 3 * MIB + 517, 3 * MIB + 517 };
    mr_file *file = open_large(path, MR_OS_WRITE | MR_OS_CREATE);
    mr_error err;
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(syncs) / sizeof(syncs[0]); at = syncs[i++]) {
        write_pieces(file, bytes, at, syncs[i]);
        if (i % 2)
            CHECK_OK(mr_os_fdatasync(file, &err), &err);
        else
            CHECK_OK(mr_os_fsync(file, &err), &err);
        check_bytes(path, bytes, syncs[i]);
    }
    CHECK_OK(mr_os_write(file, bytes + at, N - at, &err), &err);
    CHECK_OK(mr_os_close(file, &err), &err);
    check_bytes(path, bytes, N);
    file = open_large(path, MR_OS_APPEND);
    CHECK_OK(mr_os_write(file, bytes, 2 * MIB + 1, &err), &err);
    CHECK_OK(mr_os_truncate(file, N + 3, &err), &err);
    CHECK_OK(mr_os_close(file, &err), &err);
    bytes = realloc(bytes, N + 3);
    assert_non_null(bytes);
    memcpy(bytes + N, bytes, 3);
    check_bytes(path, bytes, N + 3);
    free(bytes);
    mr_arena_free(arena);
}

/* A file that is both is as any other: what was written is read from the same handle. */
static void large_read_and_write(void **state)
{
    mr_arena *arena = mr_arena_new();
    const char *path = mr_file_join(arena, dir, "both");
    char *bytes = pattern(3 * MIB + 77), *to = malloc(MIB + 1);
    mr_file *file = open_large(path, MR_OS_READ | MR_OS_WRITE | MR_OS_CREATE);
    size_t got;
    mr_error err;

    (void)state;
    assert_non_null(to);
    write_pieces(file, bytes, 0, 2 * MIB + 50);
    CHECK_OK(mr_os_pread(file, to, MIB + 1, 77, &got, &err), &err);
    assert_int_equal(got, MIB + 1);
    assert_memory_equal(to, bytes + 77, got);
    write_pieces(file, bytes, 2 * MIB + 50, 3 * MIB + 77);
    CHECK_OK(mr_os_close(file, &err), &err);
    check_bytes(path, bytes, 3 * MIB + 77);
    file = open_large(path, MR_OS_READ);
    for (size_t at = 0; at <= 3 * MIB + 77; at += got + (got == 0)) {
        CHECK_OK(mr_os_pread(file, to, 300007, (int64_t)at, &got, &err), &err);
        assert_int_equal(got, 3 * MIB + 77 - at < 300007 ? 3 * MIB + 77 - at : 300007);
        assert_memory_equal(to, bytes + at, got);
    }
    CHECK_OK(mr_os_close(file, &err), &err);
    free(bytes);
    free(to);
    mr_arena_free(arena);
}

/* The file may not grow past `limit` bytes: the tail fails where it is written, and is lost once.
 */
static void check_failure(size_t limit, size_t n, mr_status (*end)(mr_file *file, mr_error *err))
{
    mr_arena *arena = mr_arena_new();
    const char *path = mr_file_join(arena, dir, "full");
    char *bytes = pattern(n);
    mr_file *file = open_large(path, MR_OS_WRITE | MR_OS_CREATE | MR_OS_TRUNCATE);
    struct rlimit before, less;
    mr_error err;

    CHECK_OK(mr_os_write(file, bytes, n, &err), &err);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    less = (struct rlimit){ limit, before.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
    assert_int_equal(end(file, &err), MR_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err.sys_errno, EFBIG);
    assert_non_null(strstr(err.message, path));
    if (end != mr_os_close) {
        assert_int_equal(end(file, &err), MR_IO); /* poisoned */
        CHECK_OK(mr_os_close(file, &err), &err);
    }
    check_bytes(path, bytes, limit);
    free(bytes);
    mr_arena_free(arena);
}

static void large_failures_are_reported(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    check_failure(10, 11, mr_os_close);
    check_failure(MIB, MIB + 11, mr_os_close);
    check_failure(MIB + 5, MIB + 11, mr_os_fsync);
    check_failure(0, 100, mr_os_fdatasync);
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
        cmocka_unit_test(large_sizes),
        cmocka_unit_test(large_goes_on_after_a_sync),
        cmocka_unit_test(large_read_and_write),
        cmocka_unit_test(large_failures_are_reported),
        cmocka_unit_test(locks_and_watches),
        cmocka_unit_test(path_text),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
