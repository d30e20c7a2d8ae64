/* os.c - the doors of the vtable: poisoned files, UUIDs. */
#include "os/os.h"

#include <errno.h>
#include <stdio.h>

static mr_status poisoned(const mr_file *file, mr_error *err)
{
    return mr_fail_errno(err, EIO, "%s: an earlier sync of this file failed", file->path);
}

mr_status mr_os_open(mr_os *os, const char *path, unsigned flags, mr_file **out, mr_error *err)
{
    if (flags & MR_OS_APPEND)
        flags |= MR_OS_WRITE;
    if (flags & MR_OS_READ && flags & MR_OS_WRITE)
        flags &= ~(unsigned)MR_OS_LARGE;
    *out = NULL;
    return os->body->open(os, path, flags, out, err);
}

mr_status mr_os_read(mr_file *file, void *to, size_t n, size_t *got, mr_error *err)
{
    *got = 0;
    if (file->poisoned)
        return poisoned(file, err);
    return file->os->body->read(file, to, n, got, err);
}

mr_status mr_os_pread(mr_file *file, void *to, size_t n, int64_t at, size_t *got, mr_error *err)
{
    *got = 0;
    if (file->poisoned)
        return poisoned(file, err);
    return file->os->body->pread(file, to, n, at, got, err);
}

mr_status mr_os_write(mr_file *file, const void *bytes, size_t n, mr_error *err)
{
    if (file->poisoned)
        return poisoned(file, err);
    return n == 0 ? MR_OK : file->os->body->write(file, bytes, n, err);
}

static mr_status sync_file(mr_file *file, bool data_only, mr_error *err)
{
    mr_status status;

    if (file->poisoned)
        return poisoned(file, err);
    status = file->os->body->sync(file, data_only, err);
    file->poisoned = status != MR_OK;
    return status;
}

mr_status mr_os_fdatasync(mr_file *file, mr_error *err)
{
    return sync_file(file, true, err);
}

mr_status mr_os_fsync(mr_file *file, mr_error *err)
{
    return sync_file(file, false, err);
}

mr_status mr_os_truncate(mr_file *file, int64_t size, mr_error *err)
{
    if (file->poisoned)
        return poisoned(file, err);
    return file->os->body->truncate(file, size, err);
}

mr_status mr_os_close(mr_file *file, mr_error *err)
{
    return file == NULL ? MR_OK : file->os->body->close(file, err);
}

mr_status mr_os_lock(mr_os *os, const char *path, mr_file **out, mr_error *err)
{
    *out = NULL;
    return os->body->lock(os, path, out, err);
}

mr_status mr_os_rename(mr_os *os, const char *from, const char *to, mr_error *err)
{
    return os->body->rename(os, from, to, true, err);
}

mr_status mr_os_rename_new(mr_os *os, const char *from, const char *to, mr_error *err)
{
    return os->body->rename(os, from, to, false, err);
}

mr_status mr_os_unlink(mr_os *os, const char *path, mr_error *err)
{
    return os->body->unlink(os, path, err);
}

mr_status mr_os_mkdirs(mr_os *os, const char *path, mr_error *err)
{
    return os->body->mkdirs(os, path, err);
}

mr_status mr_os_rmdir(mr_os *os, const char *path, mr_error *err)
{
    return os->body->rmdir(os, path, err);
}

mr_status mr_os_list_dir(mr_os *os, const char *path, mr_arena *arena, mr_os_list *out,
                         mr_error *err)
{
    *out = (mr_os_list){ NULL, 0 };
    return os->body->list(os, path, arena, out, err);
}

mr_status mr_os_stat_path(mr_os *os, const char *path, mr_os_stat *out, mr_error *err)
{
    memset(out, 0, sizeof(*out));
    return os->body->stat(os, path, out, err);
}

mr_status mr_os_sync_dir(mr_os *os, const char *path, mr_error *err)
{
    return os->body->sync_dir(os, path, err);
}

mr_status mr_os_sync_fs(mr_os *os, const char *path, mr_error *err)
{
    return os->body->sync_fs(os, path, err);
}

int64_t mr_os_wall_us(mr_os *os)
{
    return os->body->wall_us(os);
}

int64_t mr_os_mono_us(mr_os *os)
{
    return os->body->mono_us(os);
}

mr_status mr_os_sleep_until(mr_os *os, int64_t mono_us, mr_error *err)
{
    return os->body->sleep_until(os, mono_us, err);
}

mr_status mr_os_random(mr_os *os, void *to, size_t n, mr_error *err)
{
    return os->body->random(os, to, n, err);
}

mr_status mr_os_uuid(mr_os *os, char out[37], mr_error *err)
{
    unsigned char b[16];

    out[0] = '\0';
    MR_TRY(mr_os_random(os, b, sizeof(b), err));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
    return MR_OK;
}

mr_status mr_os_watch_dir(mr_os *os, const char *dir, mr_watch **out, mr_error *err)
{
    *out = NULL;
    return os->body->watch(os, dir, out, err);
}

mr_status mr_os_watch_wait(mr_watch *watch, int64_t timeout_us, bool *changed, mr_error *err)
{
    *changed = false;
    return watch->os->body->watch_wait(watch, timeout_us, changed, err);
}

mr_status mr_os_watch_also(mr_watch *watch, const char *dir, mr_error *err)
{
    if (watch->os->body->watch_also == NULL)
        return mr_fail(err, MR_UNSUPPORTED, "%s: only one directory can be watched", dir);
    return watch->os->body->watch_also(watch, dir, err);
}

void mr_os_watch_wake(mr_watch *watch)
{
    if (watch->os->body->watch_wake != NULL)
        watch->os->body->watch_wake(watch);
}

void mr_os_watch_close(mr_watch *watch)
{
    if (watch != NULL)
        watch->os->body->watch_close(watch);
}
