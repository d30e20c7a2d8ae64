/* file.c - whole files, trees of files, path and URI text. */
#include "os/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_READ = 64 * 1024, MAX_DEPTH = 256 };

static mr_status read_rest(mr_file *file, size_t limit, mr_buf *buf, mr_error *err)
{
    size_t step = FIRST_READ;

    for (;;) {
        size_t got;

        if (step > limit + 1 - buf->len)
            step = limit + 1 - buf->len;
        MR_TRY(mr_os_read(file, mr_buf_reserve(buf, step), step, &got, err));
        buf->len += got;
        if (buf->len > limit)
            return mr_fail(err, MR_INVALID, "%s is longer than %zu bytes", file->path, limit);
        if (got < step)
            return MR_OK;
        step = buf->len;
    }
}

mr_status mr_file_read_all(mr_os *os, const char *path, size_t limit, mr_arena *arena, mr_str *out,
                           mr_error *err)
{
    mr_buf buf = { 0 };
    mr_file *file;
    mr_status status;

    MR_ASSERT(limit < SIZE_MAX);
    *out = (mr_str){ NULL, 0 };
    MR_TRY(mr_os_open(os, path, MR_OS_READ, &file, err));
    status = read_rest(file, limit, &buf, err);
    if (status == MR_OK)
        *out = mr_arena_str(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    if (status == MR_OK)
        return mr_os_close(file, err);
    (void)mr_os_close(file, NULL);
    return status;
}

static mr_status write_new(mr_os *os, const char *path, mr_str bytes, bool sync, mr_error *err)
{
    mr_file *file;
    mr_status status;

    MR_TRY(mr_os_open(os, path, MR_OS_WRITE | MR_OS_CREATE | MR_OS_EXCLUSIVE, &file, err));
    status = mr_os_write(file, bytes.ptr, bytes.len, err);
    if (status == MR_OK && sync)
        status = mr_os_fsync(file, err);
    if (status == MR_OK)
        return mr_os_close(file, err);
    (void)mr_os_close(file, NULL);
    return status;
}

mr_status mr_file_write_atomic(mr_os *os, const char *path, mr_str bytes, unsigned flags,
                               mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    const char *dir = mr_file_dir(arena, path);
    char uuid[37];
    const char *temp = NULL;
    mr_status status;

    MR_CHECK(mr_os_uuid(os, uuid, err));
    temp = mr_arena_printf(arena, "%s/.%s.%s.tmp", strcmp(dir, "/") == 0 ? "" : dir,
                           mr_file_name(path), uuid)
               .ptr;
    MR_CHECK(write_new(os, temp, bytes, (flags & MR_FILE_SYNC) != 0, err));
    if (flags & MR_FILE_NEW)
        MR_CHECK(mr_os_rename_new(os, temp, path, err));
    else
        MR_CHECK(mr_os_rename(os, temp, path, err));
    temp = NULL;
    if (flags & MR_FILE_SYNC_DIR)
        MR_CHECK(mr_os_sync_dir(os, dir, err));
fail:
    if (status != MR_OK && temp != NULL)
        (void)!mr_os_unlink(os, temp, NULL);
    mr_arena_free(arena);
    return status;
}

static mr_status ignore_missing(mr_status status)
{
    return status == MR_NOT_FOUND ? MR_OK : status;
}

static mr_status remove_level(mr_os *os, const char *path, int depth, mr_error *err);

static mr_status remove_entries(mr_os *os, const char *path, int depth, mr_arena *arena,
                                mr_error *err)
{
    mr_os_list list;

    MR_TRY(mr_os_list_dir(os, path, arena, &list, err));
    for (size_t i = 0; i < list.n; i++) {
        const char *child = mr_file_join(arena, path, list.entries[i].name.ptr);

        MR_TRY(remove_level(os, child, depth + 1, err));
    }
    return MR_OK;
}

/* Unlinks what is no directory (so links go, not their targets), else empties and removes it. */
static mr_status remove_level(mr_os *os, const char *path, int depth, mr_error *err)
{
    mr_os_stat st;
    mr_arena *arena;
    mr_status status;

    if (depth > MAX_DEPTH)
        return mr_fail(err, MR_INVALID, "%s is nested too deeply", path);
    status = mr_os_unlink(os, path, err);
    if (status == MR_OK || status == MR_NOT_FOUND)
        return MR_OK;
    if (mr_os_stat_path(os, path, &st, NULL) != MR_OK || !st.is_dir)
        return status;
    arena = mr_arena_new();
    status = remove_entries(os, path, depth, arena, err);
    mr_arena_free(arena);
    if (status == MR_OK)
        status = mr_os_rmdir(os, path, err);
    return ignore_missing(status);
}

mr_status mr_file_remove_tree(mr_os *os, const char *path, mr_error *err)
{
    return remove_level(os, path, 0, err);
}

/* --- path text --- */

char *mr_file_join(mr_arena *arena, const char *dir, const char *name)
{
    size_t n = strlen(dir);

    if (name[0] == '/' || n == 0)
        return mr_arena_cstr(arena, mr_str_from(name));
    while (n > 1 && dir[n - 1] == '/')
        n--;
    return mr_arena_cstr(arena, mr_arena_printf(arena, "%.*s%s%s", (int)n, dir,
                                                n == 1 && dir[0] == '/' ? "" : "/", name));
}

const char *mr_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

char *mr_file_dir(mr_arena *arena, const char *path)
{
    const char *name = mr_file_name(path);
    size_t n = (size_t)(name - path);

    while (n > 1 && path[n - 1] == '/')
        n--;
    return mr_arena_cstr(arena, n == 0 ? MR_STR(".") : (mr_str){ path, n });
}

mr_status mr_file_absolute(mr_arena *arena, const char *path, char **out, mr_error *err)
{
    char here[PATH_MAX];
    size_t n = 0;
    char *text;

    here[0] = '\0';
    if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
        return mr_fail_errno(err, errno, "cannot tell the working directory");
    text = mr_arena_cstr(arena, mr_arena_printf(arena, "%s/%s", here, path));
    *out = mr_arena_alloc(arena, strlen(text) + 2);
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, "/");

        if (len == 2 && p[0] == '.' && p[1] == '.') {
            while (n > 0 && (*out)[--n] != '/')
                continue;
        } else if (len > 0 && !(len == 1 && p[0] == '.')) {
            (*out)[n++] = '/';
            memcpy(*out + n, p, len);
            n += len;
        }
        p += len + (p[len] == '/');
    }
    if (n == 0)
        (*out)[n++] = '/';
    (*out)[n] = '\0';
    return MR_OK;
}

mr_status mr_file_read_link(const char *path, mr_arena *arena, char **out, mr_error *err)
{
    char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof(target));

    if (n < 0)
        return mr_fail_errno(err, errno, "cannot read the link %s", path);
    *out = mr_arena_cstr(arena, (mr_str){ target, (size_t)n });
    return MR_OK;
}

void mr_file_to_uri(const char *path, mr_buf *out)
{
    mr_buf_puts(out, "file://");
    for (const char *p = path; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        if (c <= ' ' || c == 0x7f || strchr("%#?[]{}|^`\"<>\\", c) != NULL)
            mr_buf_printf(out, "%%%02X", c);
        else
            mr_buf_putc(out, (char)c);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unescape(mr_arena *arena, mr_str s, char **out)
{
    size_t n = 0;

    *out = mr_arena_alloc(arena, s.len + 1);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '%') {
            int high = i + 2 < s.len ? hex_digit(s.ptr[i + 1]) : -1;
            int low = i + 2 < s.len ? hex_digit(s.ptr[i + 2]) : -1;

            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (c == '\0')
            return false;
        (*out)[n++] = c;
    }
    (*out)[n] = '\0';
    return true;
}

/* "scheme:" at the start, letters only before the colon and no slash. */
static bool has_scheme(mr_str s)
{
    size_t colon = mr_str_find(s, ':', 0);
    size_t slash = mr_str_find(s, '/', 0);

    return colon < s.len && colon > 0 && colon < slash;
}

bool mr_file_from_uri(mr_arena *arena, mr_str uri, char **out)
{
    if (mr_str_starts(uri, "file:")) {
        uri = mr_str_slice(uri, 5, uri.len);
        if (mr_str_starts(uri, "//")) {
            uri = mr_str_slice(uri, 2, uri.len);
            if (mr_str_starts(uri, "localhost/"))
                uri = mr_str_slice(uri, 9, uri.len);
        }
        return mr_str_starts(uri, "/") && unescape(arena, uri, out);
    }
    if (uri.len == 0 || has_scheme(uri) || mr_str_find(uri, '\0', 0) < uri.len)
        return false;
    *out = mr_arena_cstr(arena, uri);
    return true;
}
