/* os.h - the system behind one vtable: files, directories, locks, clocks, random bytes.
 *
 * Two bodies: the real system (mr_os_real) and a simulated one for crash tests (os/sim.h).  Paths
 * are NUL-terminated bytes.  Every call loops over EINTR and short transfers.  Errors name the path
 * and carry sys_errno: MR_NOT_FOUND (ENOENT, ENOTDIR), MR_CONFLICT (EEXIST, a lock held by somebody
 * else), MR_CANCELLED (the simulated machine is down), else MR_IO.
 *
 * An mr_os may be used from any thread; an mr_file from one thread at a time, except mr_os_pread,
 * which any number of threads may call at once.
 */
#ifndef MR_OS_OS_H
#define MR_OS_OS_H

#include "base/base.h"

typedef struct mr_os mr_os;
typedef struct mr_file mr_file;   /* an open file or a held lock */
typedef struct mr_watch mr_watch; /* a watched directory */

enum {
    MR_OS_READ = 1,
    MR_OS_WRITE = 2,
    MR_OS_APPEND = 4,     /* every write goes to the end; implies MR_OS_WRITE */
    MR_OS_CREATE = 8,     /* make the file when it is missing */
    MR_OS_EXCLUSIVE = 16, /* with MR_OS_CREATE: MR_CONFLICT when it exists */
    MR_OS_TRUNCATE = 32,
    /* Read or written once, from the start to the end, and not again soon: the bytes need not
     * stay in the page cache, nor pass through it.  What is written may appear as late as at
     * mr_os_fsync or mr_os_close.  Means nothing for a file that is both read and written. */
    MR_OS_LARGE = 64
};

typedef struct mr_os_stat {
    bool exists; /* false: the rest is zero, and that is no error */
    bool is_dir;
    int64_t size; /* bytes */
    int64_t mtime_us;
} mr_os_stat;

typedef struct mr_os_entry {
    mr_str name; /* without the directory; NUL-terminated besides */
    bool is_dir;
    int64_t size; /* bytes */
    int64_t mtime_ms;
} mr_os_entry;

typedef struct mr_os_list {
    mr_os_entry *entries; /* sorted by name, without "." and ".." */
    size_t n;
} mr_os_list;

/* The vtable.  Callers use the functions below; only the bodies fill this in. */
typedef struct mr_os_body {
    mr_status (*open)(mr_os *os, const char *path, unsigned flags, mr_file **out, mr_error *err);
    mr_status (*read)(mr_file *file, void *to, size_t n, size_t *got, mr_error *err);
    mr_status (*pread)(mr_file *file, void *to, size_t n, int64_t at, size_t *got, mr_error *err);
    mr_status (*write)(mr_file *file, const void *bytes, size_t n, mr_error *err);
    mr_status (*sync)(mr_file *file, bool data_only, mr_error *err);
    mr_status (*truncate)(mr_file *file, int64_t size, mr_error *err);
    mr_status (*close)(mr_file *file, mr_error *err);
    mr_status (*lock)(mr_os *os, const char *path, mr_file **out, mr_error *err);
    mr_status (*rename)(mr_os *os, const char *from, const char *to, bool replace, mr_error *err);
    mr_status (*unlink)(mr_os *os, const char *path, mr_error *err);
    mr_status (*mkdirs)(mr_os *os, const char *path, mr_error *err);
    mr_status (*rmdir)(mr_os *os, const char *path, mr_error *err);
    mr_status (*list)(mr_os *os, const char *path, mr_arena *arena, mr_os_list *out, mr_error *err);
    mr_status (*stat)(mr_os *os, const char *path, mr_os_stat *out, mr_error *err);
    mr_status (*sync_dir)(mr_os *os, const char *path, mr_error *err);
    mr_status (*sync_fs)(mr_os *os, const char *path, mr_error *err);
    int64_t (*wall_us)(mr_os *os);
    int64_t (*mono_us)(mr_os *os);
    mr_status (*sleep_until)(mr_os *os, int64_t mono_us, mr_error *err);
    mr_status (*random)(mr_os *os, void *to, size_t n, mr_error *err);
    mr_status (*watch)(mr_os *os, const char *dir, mr_watch **out, mr_error *err);
    mr_status (*watch_wait)(mr_watch *watch, int64_t timeout_us, bool *changed, mr_error *err);
    void (*watch_close)(mr_watch *watch);
    mr_status (*watch_also)(mr_watch *watch, const char *dir, mr_error *err); /* or NULL */
    void (*watch_wake)(mr_watch *watch);                                      /* or NULL */
} mr_os_body;

/* The heads that bodies extend. */
struct mr_os {
    const mr_os_body *body;
};
struct mr_file {
    mr_os *os;
    char *path;    /* owned by the body */
    bool poisoned; /* a sync failed: every later call but close fails with EIO */
};
struct mr_watch {
    mr_os *os;
};

/* The real system; lives as long as the process. */
mr_os *mr_os_real(void);

/* Opens a file; *out is [owned] until mr_os_close. */
MR_NODISCARD mr_status mr_os_open(mr_os *os, const char *path, unsigned flags, mr_file **out,
                                  mr_error *err);
/* Reads up to n bytes; *got < n only at the end of the file. */
MR_NODISCARD mr_status mr_os_read(mr_file *file, void *to, size_t n, size_t *got, mr_error *err);
MR_NODISCARD mr_status mr_os_pread(mr_file *file, void *to, size_t n, int64_t at, size_t *got,
                                   mr_error *err);
/* Writes all n bytes; on failure an unknown part of them was written. */
MR_NODISCARD mr_status mr_os_write(mr_file *file, const void *bytes, size_t n, mr_error *err);
/* Data (fdatasync) or data and metadata (fsync) durable.  A failure poisons the file: it is never
 * retried, because the system may have dropped the pages. */
MR_NODISCARD mr_status mr_os_fdatasync(mr_file *file, mr_error *err);
MR_NODISCARD mr_status mr_os_fsync(mr_file *file, mr_error *err);
MR_NODISCARD mr_status mr_os_truncate(mr_file *file, int64_t size, mr_error *err);
/* Always frees the handle, and releases a lock; NULL is allowed. */
mr_status mr_os_close(mr_file *file, mr_error *err);
/* Creates `path` if missing and locks it for this handle; MR_CONFLICT at once when it is held. Held
 * until mr_os_close or the death of the process. */
MR_NODISCARD mr_status mr_os_lock(mr_os *os, const char *path, mr_file **out, mr_error *err);

/* Renames, replacing an existing file. */
MR_NODISCARD mr_status mr_os_rename(mr_os *os, const char *from, const char *to, mr_error *err);
/* Renames; MR_CONFLICT when `to` exists (atomically checked). */
MR_NODISCARD mr_status mr_os_rename_new(mr_os *os, const char *from, const char *to, mr_error *err);
MR_NODISCARD mr_status mr_os_unlink(mr_os *os, const char *path, mr_error *err);
/* Makes the directory and its missing parents; an existing directory is fine. */
MR_NODISCARD mr_status mr_os_mkdirs(mr_os *os, const char *path, mr_error *err);
MR_NODISCARD mr_status mr_os_rmdir(mr_os *os, const char *path, mr_error *err);
/* Entries that vanish meanwhile are left out.  Everything in `arena`. */
MR_NODISCARD mr_status mr_os_list_dir(mr_os *os, const char *path, mr_arena *arena, mr_os_list *out,
                                      mr_error *err);
MR_NODISCARD mr_status mr_os_stat_path(mr_os *os, const char *path, mr_os_stat *out, mr_error *err);
/* Makes the directory's entries durable. */
MR_NODISCARD mr_status mr_os_sync_dir(mr_os *os, const char *path, mr_error *err);
/* Makes everything on the file system that holds `path` durable. */
MR_NODISCARD mr_status mr_os_sync_fs(mr_os *os, const char *path, mr_error *err);

int64_t mr_os_wall_us(mr_os *os); /* microseconds since 1970-01-01 UTC */
int64_t mr_os_mono_us(mr_os *os); /* microseconds that never step back */
/* Sleeps until the monotonic clock shows mono_us. */
MR_NODISCARD mr_status mr_os_sleep_until(mr_os *os, int64_t mono_us, mr_error *err);
MR_NODISCARD mr_status mr_os_random(mr_os *os, void *to, size_t n, mr_error *err);
/* A random UUID (version 4), 36 characters in lower case and a NUL. */
MR_NODISCARD mr_status mr_os_uuid(mr_os *os, char out[37], mr_error *err);

/* Watches a directory for entries that appear, change or go; [owned] until mr_os_watch_close. */
MR_NODISCARD mr_status mr_os_watch_dir(mr_os *os, const char *dir, mr_watch **out, mr_error *err);
/* Waits up to timeout_us; *changed tells whether something happened since the last wait.  The
 * simulated body returns at once. */
MR_NODISCARD mr_status mr_os_watch_wait(mr_watch *watch, int64_t timeout_us, bool *changed,
                                        mr_error *err);
/* Watches one more directory; MR_UNSUPPORTED where a watch has but one. */
MR_NODISCARD mr_status mr_os_watch_also(mr_watch *watch, const char *dir, mr_error *err);
/* Ends a wait from another thread, now or the next one; nothing counts as changed. */
void mr_os_watch_wake(mr_watch *watch);
void mr_os_watch_close(mr_watch *watch); /* NULL is allowed */

#endif /* MR_OS_OS_H */
