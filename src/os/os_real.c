/* os_real.c - the vtable on the real system. */
#include "os/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "os/large_priv.h"

typedef struct real_file {
    mr_file head;
    int fd;
    bool is_large;        /* MR_OS_LARGE: written by blocks, read without keeping */
    _Atomic bool is_kept; /* large, but the system keeps what is read */
    mr_large *large;      /* of a large file that is written */
    bool has_failed;      /* writing it, which was reported */
} real_file;

typedef struct real_watch {
    mr_watch head;
    int fd;   /* inotify */
    int wake; /* eventfd */
} real_watch;

static mr_status fail_path(mr_error *err, const char *doing, const char *path)
{
    int code = errno;
    mr_status status = MR_IO;

    if (code == ENOENT || code == ENOTDIR)
        status = MR_NOT_FOUND;
    else if (code == EEXIST || code == ENOTEMPTY)
        status = MR_CONFLICT;
    mr_fail_errno(err, code, "cannot %s %s", doing, path);
    if (err != NULL)
        err->status = status;
    return status;
}

static real_file *file_new(mr_os *os, const char *path, int fd)
{
    real_file *file = mr_calloc(1, sizeof(*file));

    file->head.os = os;
    file->head.path = mr_malloc(strlen(path) + 1);
    memcpy(file->head.path, path, strlen(path) + 1);
    file->fd = fd;
    return file;
}

static int fd_of(mr_file *file)
{
    return ((real_file *)file)->fd;
}

static int open_retry(const char *path, int flags, mode_t mode)
{
    int fd;

    do
        fd = open(path, flags | O_CLOEXEC, mode);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static mr_status real_open(mr_os *os, const char *path, unsigned flags, mr_file **out,
                           mr_error *err)
{
    int how = O_RDONLY;
    real_file *file;
    int fd;

    if (flags & MR_OS_WRITE)
        how = flags & MR_OS_READ ? O_RDWR : O_WRONLY;
    if (flags & MR_OS_APPEND)
        how |= O_APPEND;
    if (flags & MR_OS_CREATE)
        how |= O_CREAT;
    if (flags & MR_OS_EXCLUSIVE)
        how |= O_EXCL;
    if (flags & MR_OS_TRUNCATE)
        how |= O_TRUNC;
    fd = open_retry(path, how, 0666);
    if (fd < 0)
        return fail_path(err, flags & MR_OS_CREATE ? "create" : "open", path);
    file = file_new(os, path, fd);
    file->is_large = (flags & MR_OS_LARGE) != 0;
    *out = &file->head;
    return MR_OK;
}

static mr_status real_read(mr_file *file, void *to, size_t n, size_t *got, mr_error *err)
{
    while (*got < n) {
        ssize_t k = read(fd_of(file), (char *)to + *got, n - *got);

        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return fail_path(err, "read", file->path);
        if (k == 0)
            break;
        *got += (size_t)k;
    }
    return MR_OK;
}

#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80 /* Linux 6.14: pages that the read itself brings in go again */
#endif

/* As pread; of a large file what was not in the page cache does not stay there. */
static ssize_t pread_some(real_file *file, void *to, size_t n, off_t at)
{
    struct iovec part = { to, n };
    ssize_t k;

    if (!file->is_large)
        return pread(file->fd, to, n, at);
    k = preadv2(file->fd, &part, 1, at, RWF_DONTCACHE);
    if (k >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
        return k;
    file->is_large = false; /* an older system */
    return pread(file->fd, to, n, at);
}

static mr_status real_pread(mr_file *file, void *to, size_t n, int64_t at, size_t *got,
                            mr_error *err)
{
    while (*got < n) {
        ssize_t k =
            pread_some((real_file *)file, (char *)to + *got, n - *got, (off_t)at + (off_t)*got);

        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return fail_path(err, "read", file->path);
        if (k == 0)
            break;
        *got += (size_t)k;
    }
    return MR_OK;
}

static mr_status write_all(real_file *file, const char *at, size_t n, mr_error *err)
{
    while (n > 0) {
        ssize_t k = write(file->fd, at, n);

        if (k < 0 && errno == EINTR)
            continue;
        if (k == 0)
            errno = EIO;
        if (k <= 0)
            return fail_path(err, "write", file->head.path);
        at += k;
        n -= (size_t)k;
    }
    return MR_OK;
}

static mr_status large_failed(real_file *file, int code, mr_error *err)
{
    if (code == 0)
        return MR_OK;
    file->has_failed = true;
    errno = code;
    return fail_path(err, "write", file->head.path);
}

static mr_status end_large(real_file *file, mr_error *err)
{
    return file->large == NULL ? MR_OK : large_failed(file, mr_large_end(file->large), err);
}

static mr_status real_write(mr_file *head, const void *bytes, size_t n, mr_error *err)
{
    real_file *file = (real_file *)head;

    if (!file->is_large)
        return write_all(file, bytes, n, err);
    if (file->large == NULL)
        file->large = mr_large_new(file->fd);
    return large_failed(file, mr_large_write(file->large, bytes, n), err);
}

static mr_status real_sync(mr_file *file, bool data_only, mr_error *err)
{
    MR_TRY(end_large((real_file *)file, err));
    /* Only EINTR is retried, which reports nothing about the data. */
    for (;;) {
        int rc = data_only ? fdatasync(fd_of(file)) : fsync(fd_of(file));

        if (rc == 0)
            return MR_OK;
        if (errno != EINTR)
            return fail_path(err, "sync", file->path);
    }
}

static mr_status real_truncate(mr_file *file, int64_t size, mr_error *err)
{
    int rc;

    MR_TRY(end_large((real_file *)file, err));
    do
        rc = ftruncate(fd_of(file), (off_t)size);
    while (rc < 0 && errno == EINTR);
    return rc == 0 ? MR_OK : fail_path(err, "truncate", file->path);
}

static mr_status real_close(mr_file *file, mr_error *err)
{
    real_file *real = (real_file *)file;
    mr_status status = real->has_failed ? MR_OK : end_large(real, err);

    mr_large_free(real->large);
    /* On Linux the descriptor is gone even after EINTR. */
    if (close(real->fd) != 0 && errno != EINTR && status == MR_OK)
        status = fail_path(err, "close", file->path);
    free(file->path);
    free(file);
    return status;
}

static mr_status real_lock(mr_os *os, const char *path, mr_file **out, mr_error *err)
{
    int fd = open_retry(path, O_RDWR | O_CREAT, 0666);
    int rc;

    if (fd < 0)
        return fail_path(err, "create", path);
    do
        rc = flock(fd, LOCK_EX | LOCK_NB);
    while (rc < 0 && errno == EINTR);
    if (rc < 0) {
        mr_status status;

        if (errno == EWOULDBLOCK)
            status = mr_fail(err, MR_CONFLICT, "%s is locked by another process", path);
        else
            status = fail_path(err, "lock", path);
        close(fd);
        return status;
    }
    *out = &file_new(os, path, fd)->head;
    return MR_OK;
}

/* link + unlink, for file systems whose renameat2 knows no flags. */
static int rename_by_link(const char *from, const char *to)
{
    return link(from, to) == 0 ? unlink(from) : -1;
}

static mr_status real_rename(mr_os *os, const char *from, const char *to, bool replace,
                             mr_error *err)
{
    int rc;

    (void)os;
    if (replace) {
        rc = rename(from, to);
    } else {
        rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
        if (rc != 0 && (errno == EINVAL || errno == ENOSYS))
            rc = rename_by_link(from, to);
    }
    if (rc == 0)
        return MR_OK;
    return fail_path(err, "rename to", errno == ENOENT ? from : to);
}

static mr_status real_unlink(mr_os *os, const char *path, mr_error *err)
{
    (void)os;
    return unlink(path) == 0 ? MR_OK : fail_path(err, "remove", path);
}

static bool is_directory(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static mr_status real_mkdirs(mr_os *os, const char *path, mr_error *err)
{
    size_t n = strlen(path);
    char copy[PATH_MAX];

    (void)os;
    if (n >= sizeof(copy)) {
        errno = ENAMETOOLONG;
        return fail_path(err, "make directory", path);
    }
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && is_directory(path)))
        return MR_OK; /* the parents are there */
    memcpy(copy, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (copy[i] != '/' && copy[i] != '\0')
            continue;
        copy[i] = '\0';
        if (mkdir(copy, 0777) != 0) { /* a parent may refuse to be made, but be there */
            int why = errno;

            if (!is_directory(copy)) {
                errno = why;
                return fail_path(err, "make directory", copy);
            }
        }
        copy[i] = path[i];
    }
    return MR_OK;
}

static mr_status real_rmdir(mr_os *os, const char *path, mr_error *err)
{
    (void)os;
    return rmdir(path) == 0 ? MR_OK : fail_path(err, "remove directory", path);
}

static int by_name(const void *a, const void *b)
{
    return mr_str_compare(((const mr_os_entry *)a)->name, ((const mr_os_entry *)b)->name);
}

static int64_t time_us(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Reads all entries into *items (malloc); errno on failure. */
static int read_entries(DIR *dir, mr_arena *arena, mr_os_entry **items, size_t *n)
{
    size_t capacity = 0;
    struct dirent *d;

    for (;;) {
        struct stat st;
        mr_os_entry entry;

        errno = 0;
        d = readdir(dir);
        if (d == NULL)
            return errno == 0 ? 0 : -1;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        if (fstatat(dirfd(dir), d->d_name, &st, 0) != 0) {
            if (errno == ENOENT || errno == ELOOP)
                continue; /* gone meanwhile, or a link to nowhere */
            return -1;
        }
        entry.name = mr_arena_str(arena, mr_str_from(d->d_name));
        entry.is_dir = S_ISDIR(st.st_mode);
        entry.size = (int64_t)st.st_size;
        entry.mtime_ms = time_us(st.st_mtim) / 1000;
        MR_PUSH(*items, *n, capacity, entry);
    }
}

static mr_status real_list(mr_os *os, const char *path, mr_arena *arena, mr_os_list *out,
                           mr_error *err)
{
    DIR *dir = opendir(path);
    mr_os_entry *items = NULL;
    mr_status status = MR_OK;
    size_t n = 0;

    (void)os;
    if (dir == NULL)
        return fail_path(err, "list", path);
    if (read_entries(dir, arena, &items, &n) != 0)
        status = fail_path(err, "list", path);
    closedir(dir);
    if (status == MR_OK && n > 0) {
        qsort(items, n, sizeof(*items), by_name);
        out->entries = mr_arena_alloc(arena, n * sizeof(*items));
        memcpy(out->entries, items, n * sizeof(*items));
        out->n = n;
    }
    free(items);
    return status;
}

static mr_status real_stat(mr_os *os, const char *path, mr_os_stat *out, mr_error *err)
{
    struct stat st;

    (void)os;
    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? MR_OK : fail_path(err, "examine", path);
    out->exists = true;
    out->is_dir = S_ISDIR(st.st_mode);
    out->size = (int64_t)st.st_size;
    out->mtime_us = time_us(st.st_mtim);
    return MR_OK;
}

static mr_status sync_path(const char *path, bool whole_fs, mr_error *err)
{
    int fd = open_retry(path, O_RDONLY, 0);
    mr_status status = MR_OK;
    int rc;

    if (fd < 0)
        return fail_path(err, "open", path);
    do
        rc = whole_fs ? syncfs(fd) : fsync(fd);
    while (rc < 0 && errno == EINTR);
    if (rc != 0)
        status = fail_path(err, "sync", path);
    close(fd);
    return status;
}

static mr_status real_sync_dir(mr_os *os, const char *path, mr_error *err)
{
    (void)os;
    return sync_path(path, false, err);
}

static mr_status real_sync_fs(mr_os *os, const char *path, mr_error *err)
{
    (void)os;
    return sync_path(path, true, err);
}

static int64_t clock_us(clockid_t which)
{
    struct timespec t;

    clock_gettime(which, &t);
    return time_us(t);
}

static int64_t real_wall_us(mr_os *os)
{
    (void)os;
    return clock_us(CLOCK_REALTIME);
}

static int64_t real_mono_us(mr_os *os)
{
    (void)os;
    return clock_us(CLOCK_MONOTONIC);
}

static mr_status real_sleep_until(mr_os *os, int64_t mono_us, mr_error *err)
{
    struct timespec t = { (time_t)(mono_us / 1000000), (long)(mono_us % 1000000) * 1000 };
    int rc;

    (void)os;
    if (mono_us <= 0)
        return MR_OK;
    do
        rc = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    while (rc == EINTR);
    return rc == 0 ? MR_OK : mr_fail_errno(err, rc, "cannot sleep");
}

static mr_status real_random(mr_os *os, void *to, size_t n, mr_error *err)
{
    char *at = to;

    (void)os;
    while (n > 0) {
        ssize_t k = getrandom(at, n, 0);

        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return mr_fail_errno(err, errno, "cannot read random bytes");
        at += k;
        n -= (size_t)k;
    }
    return MR_OK;
}

static mr_status real_watch_also(mr_watch *head, const char *dir, mr_error *err)
{
    if (inotify_add_watch(((real_watch *)head)->fd, dir,
                          IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE |
                              IN_DELETE_SELF | IN_MOVE_SELF | IN_MODIFY) < 0)
        return fail_path(err, "watch", dir);
    return MR_OK;
}

static void real_watch_close(mr_watch *head)
{
    real_watch *watch = (real_watch *)head;

    if (watch->fd >= 0)
        close(watch->fd);
    if (watch->wake >= 0)
        close(watch->wake);
    free(watch);
}

static mr_status real_watch_dir(mr_os *os, const char *dir, mr_watch **out, mr_error *err)
{
    real_watch *watch = mr_calloc(1, sizeof(*watch));
    mr_status status;

    watch->head.os = os;
    watch->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    watch->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    status = watch->fd < 0 || watch->wake < 0 ? fail_path(err, "watch", dir)
                                              : real_watch_also(&watch->head, dir, err);
    if (status != MR_OK) {
        real_watch_close(&watch->head);
        return status;
    }
    *out = &watch->head;
    return MR_OK;
}

static void real_watch_wake(mr_watch *head)
{
    uint64_t one = 1;
    ssize_t k = write(((real_watch *)head)->wake, &one, sizeof(one));

    (void)k; /* it fails only when the counter is full, and then the waiter wakes anyway */
}

static mr_status drain(int fd, bool *changed, mr_error *err)
{
    char events[4096] __attribute__((aligned(8)));

    for (;;) {
        ssize_t k = read(fd, events, sizeof(events));

        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0 && errno == EAGAIN)
            return MR_OK;
        if (k <= 0)
            return mr_fail_errno(err, k == 0 ? EIO : errno, "cannot read file events");
        *changed = true;
    }
}

static mr_status real_watch_wait(mr_watch *head, int64_t timeout_us, bool *changed, mr_error *err)
{
    real_watch *watch = (real_watch *)head;
    int64_t until = clock_us(CLOCK_MONOTONIC) + timeout_us;

    for (;;) {
        int64_t left = until - clock_us(CLOCK_MONOTONIC);
        struct pollfd p[2] = { { watch->fd, POLLIN, 0 }, { watch->wake, POLLIN, 0 } };
        uint64_t wakes;
        struct timespec t = { 0, 0 };
        int rc;

        if (left > 0) {
            t.tv_sec = (time_t)(left / 1000000);
            t.tv_nsec = (long)(left % 1000000) * 1000;
        }
        rc = ppoll(p, 2, &t, NULL);
        if (rc > 0 && p[1].revents != 0)
            (void)!read(watch->wake, &wakes, sizeof(wakes));
        if (rc > 0)
            return p[0].revents == 0 ? MR_OK : drain(watch->fd, changed, err);
        if (rc == 0)
            return MR_OK;
        if (errno != EINTR)
            return mr_fail_errno(err, errno, "cannot wait for file events");
    }
}

static const mr_os_body real_body = {
    .open = real_open,
    .read = real_read,
    .pread = real_pread,
    .write = real_write,
    .sync = real_sync,
    .truncate = real_truncate,
    .close = real_close,
    .lock = real_lock,
    .rename = real_rename,
    .unlink = real_unlink,
    .mkdirs = real_mkdirs,
    .rmdir = real_rmdir,
    .list = real_list,
    .stat = real_stat,
    .sync_dir = real_sync_dir,
    .sync_fs = real_sync_fs,
    .wall_us = real_wall_us,
    .mono_us = real_mono_us,
    .sleep_until = real_sleep_until,
    .random = real_random,
    .watch = real_watch_dir,
    .watch_wait = real_watch_wait,
    .watch_close = real_watch_close,
    .watch_also = real_watch_also,
    .watch_wake = real_watch_wake,
};

mr_os *mr_os_real(void)
{
    static mr_os real = { &real_body };

    return &real;
}
