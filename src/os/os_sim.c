/* os_sim.c - the vtable on a simulated machine; what power loss leaves is in sim_loss.c. */
#include "os/sim_priv.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

static mr_sim *sim_of(mr_os *os)
{
    return (mr_sim *)os;
}

static mr_sim *enter(mr_os *os)
{
    mr_sim *sim = sim_of(os);

    pthread_mutex_lock(&sim->lock);
    return sim;
}

static mr_status leave(mr_sim *sim, mr_status status)
{
    pthread_mutex_unlock(&sim->lock);
    return status;
}

static mr_status fail_code(mr_error *err, int code, const char *path)
{
    mr_status status = MR_IO;

    mr_fail_errno(err, code, "simulated: %s", path);
    if (code == ENOENT || code == ENOTDIR)
        status = MR_NOT_FOUND;
    else if (code == EEXIST || code == ENOTEMPTY)
        status = MR_CONFLICT;
    if (err != NULL)
        err->status = status;
    return status;
}

static mr_status down(mr_error *err, const char *path)
{
    return mr_fail(err, MR_CANCELLED, "the simulated machine is down: %s", path);
}

/* --- inodes and names --- */

sim_inode *mr_sim_inode_new(mr_sim *sim, const sim_inode *parent, bool is_dir)
{
    sim_inode *inode = mr_calloc(1, sizeof(*inode));

    inode->fs = parent == NULL ? 0 : parent->fs;
    inode->is_dir = is_dir;
    inode->mtime_us = sim->wall_us;
    MR_PUSH(sim->inodes, sim->n_inodes, sim->cap_inodes, inode);
    return inode;
}

static int find_entry(const sim_names *names, mr_str name)
{
    for (size_t i = 0; i < names->n; i++)
        if (mr_str_is(name, names->items[i].name))
            return (int)i;
    return -1;
}

static char *text_of(mr_str s)
{
    char *copy = mr_malloc(s.len + 1);

    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

void mr_sim_names_set(sim_names *names, const char *name, sim_inode *inode)
{
    int i = find_entry(names, mr_str_from(name));

    if (i >= 0 && inode != NULL) {
        names->items[i].inode = inode;
    } else if (i >= 0) {
        free(names->items[i].name);
        names->items[i] = names->items[--names->n];
    } else if (inode != NULL) {
        MR_PUSH(names->items, names->n, names->cap,
                (sim_name){ text_of(mr_str_from(name)), inode });
    }
}

/* Where a path leads: its directory, last name, and what is there (or NULL). */
typedef struct place {
    sim_inode *dir;
    mr_str name;
    sim_inode *inode;
} place;

static mr_str next_part(const char **at)
{
    const char *start = *at + strspn(*at, "/");
    size_t n = strcspn(start, "/");

    *at = start + n;
    return (mr_str){ start, n };
}

static bool find_place(mr_sim *sim, const char *path, place *out)
{
    *out = (place){ NULL, { NULL, 0 }, sim->root };
    for (;;) {
        mr_str part = next_part(&path);
        int i;

        if (part.len == 0)
            return true;
        if (mr_str_is(part, "."))
            continue;
        if (out->inode == NULL || !out->inode->is_dir)
            return false;
        out->dir = out->inode;
        out->name = part;
        i = find_entry(&out->dir->live, part);
        out->inode = i < 0 ? NULL : out->dir->live.items[i].inode;
    }
}

static void record(mr_sim *sim, sim_op op)
{
    MR_PUSH(sim->ops, sim->n_ops, sim->cap_ops, op);
    if (op.from_dir != NULL) {
        mr_sim_names_set(&op.from_dir->live, op.from, NULL);
        op.from_dir->version++;
    }
    if (op.to_dir != NULL) {
        mr_sim_names_set(&op.to_dir->live, op.to, op.inode);
        op.to_dir->version++;
    }
}

/* --- points, faults --- */

/* Takes down where the first fault or crash since mr_sim_arm struck. */
static void note_strike(mr_sim *sim, const char *op, const char *path)
{
    if (sim->strike[0] == '\0')
        snprintf(sim->strike, sizeof(sim->strike), "%s %s", op, path);
}

/* Counts an I/O point; *part = a write may have half its effect before it fails. */
static mr_status pass_point(mr_sim *sim, const char *op, const char *path, bool *part,
                            mr_error *err)
{
    *part = false;
    if (sim->down)
        return down(err, path);
    sim->points++;
    sim->wall_us += sim->tick_us;
    sim->mono_us += sim->tick_us;
    if (sim->crash_at != 0 && sim->points >= sim->crash_at) {
        sim->down = true;
        note_strike(sim, op, path);
        *part = mr_sim_next(&sim->random) & 1;
        return down(err, path);
    }
    if (sim->fail_at == 0 || sim->points < sim->fail_at ||
        (sim->points > sim->fail_at && !sim->fail_forever))
        return MR_OK;
    note_strike(sim, op, path);
    *part = sim->fault == MR_SIM_SHORT;
    return fail_code(err, sim->fault == MR_SIM_EIO ? EIO : ENOSPC, path);
}

static mr_status plain_point(mr_sim *sim, const char *op, const char *path, mr_error *err)
{
    bool part;

    return pass_point(sim, op, path, &part, err);
}

/* Counts a call that only looks. */
static mr_status read_point(mr_sim *sim, const char *op, const char *path, mr_error *err)
{
    if (sim->down)
        return down(err, path);
    sim->reads++;
    if (sim->reads != sim->fail_read_at)
        return MR_OK;
    note_strike(sim, op, path);
    return fail_code(err, EIO, path);
}

static bool is_ignored(const mr_sim *sim, const char *op, const char *path)
{
    char text[300];

    if (sim->ignored == NULL)
        return false;
    snprintf(text, sizeof(text), "%s %s", op, path);
    return fnmatch(sim->ignored, text, 0) == 0;
}

/* --- files --- */

static mr_status file_new(mr_sim *sim, const char *path, sim_inode *inode, unsigned flags,
                          mr_file **out)
{
    sim_file *file = mr_calloc(1, sizeof(*file));

    file->head.os = &sim->head;
    file->head.path = text_of(mr_str_from(path));
    file->inode = inode;
    file->flags = flags;
    file->epoch = sim->epoch;
    file->next = sim->files;
    sim->files = file;
    *out = &file->head;
    return MR_OK;
}

static mr_status open_inode(mr_sim *sim, const char *path, unsigned flags, sim_inode **out,
                            mr_error *err)
{
    place at;

    MR_TRY(read_point(sim, "open", path, err));
    if (!find_place(sim, path, &at))
        return fail_code(err, ENOENT, path);
    if (at.inode == NULL && !(flags & MR_OS_CREATE))
        return fail_code(err, ENOENT, path);
    if (at.inode != NULL && (flags & MR_OS_CREATE) && (flags & MR_OS_EXCLUSIVE))
        return fail_code(err, EEXIST, path);
    if (at.inode != NULL && at.inode->is_dir)
        return fail_code(err, EISDIR, path);
    if (at.inode == NULL) {
        MR_TRY(plain_point(sim, "create", path, err));
        at.inode = mr_sim_inode_new(sim, at.dir, false);
        record(sim, (sim_op){ NULL, NULL, at.dir, text_of(at.name), at.inode });
    } else if ((flags & MR_OS_TRUNCATE) && at.inode->bytes.len > 0) {
        MR_TRY(plain_point(sim, "truncate", path, err));
        mr_sim_change(at.inode, (sim_write){ .truncate = true }, sim->wall_us);
    }
    *out = at.inode;
    return MR_OK;
}

static mr_status sim_open(mr_os *os, const char *path, unsigned flags, mr_file **out, mr_error *err)
{
    mr_sim *sim = enter(os);
    sim_inode *inode = NULL;
    mr_status status = open_inode(sim, path, flags, &inode, err);

    if (status == MR_OK)
        status = file_new(sim, path, inode, flags, out);
    return leave(sim, status);
}

static mr_status check_file(mr_sim *sim, const sim_file *file, mr_error *err)
{
    return sim->down || file->epoch != sim->epoch ? down(err, file->head.path) : MR_OK;
}

static mr_status read_at(mr_file *head, void *to, size_t n, const int64_t *at, size_t *got,
                         mr_error *err)
{
    mr_sim *sim = enter(head->os);
    sim_file *file = (sim_file *)head;
    mr_status status = check_file(sim, file, err);
    const mr_buf *bytes = &file->inode->bytes;
    size_t from = at != NULL ? (size_t)*at : file->position;

    if (status == MR_OK && !(file->flags & MR_OS_READ))
        status = fail_code(err, EBADF, head->path);
    if (status == MR_OK)
        status = read_point(sim, "read", head->path, err);
    if (status == MR_OK && from < bytes->len) {
        *got = bytes->len - from < n ? bytes->len - from : n;
        memcpy(to, bytes->ptr + from, *got);
        if (at == NULL)
            file->position += *got;
    }
    return leave(sim, status);
}

static mr_status sim_read(mr_file *file, void *to, size_t n, size_t *got, mr_error *err)
{
    return read_at(file, to, n, NULL, got, err);
}

static mr_status sim_pread(mr_file *file, void *to, size_t n, int64_t at, size_t *got,
                           mr_error *err)
{
    return read_at(file, to, n, &at, got, err);
}

static mr_status write_point(mr_sim *sim, sim_file *file, mr_str bytes, mr_error *err)
{
    bool part;
    mr_status status = pass_point(sim, "write", file->head.path, &part, err);
    size_t kept = part ? bytes.len / 2 : bytes.len;

    if (status != MR_OK && !part)
        return status;
    if (file->flags & MR_OS_APPEND)
        file->position = file->inode->bytes.len;
    mr_sim_change(file->inode,
                  (sim_write){ false, file->position, kept, (char *)(uintptr_t)bytes.ptr },
                  sim->wall_us);
    file->position += kept;
    return status;
}

/* What a large file holds back goes where the rest is, or is lost. */
static mr_status write_held(mr_sim *sim, sim_file *file, mr_error *err)
{
    mr_status status =
        file->held.len == 0 ? MR_OK : write_point(sim, file, mr_buf_str(&file->held), err);

    mr_buf_clear(&file->held);
    return status;
}

static mr_status sim_write_bytes(mr_file *head, const void *bytes, size_t n, mr_error *err)
{
    mr_sim *sim = enter(head->os);
    sim_file *file = (sim_file *)head;
    mr_status status = check_file(sim, file, err);

    if (status == MR_OK && !(file->flags & MR_OS_WRITE))
        status = fail_code(err, EBADF, head->path);
    else if (status == MR_OK && file->flags & MR_OS_LARGE)
        mr_buf_append(&file->held, bytes, n);
    else if (status == MR_OK)
        status = write_point(sim, file, (mr_str){ bytes, n }, err);
    return leave(sim, status);
}

static mr_status sim_sync(mr_file *head, bool data_only, mr_error *err)
{
    mr_sim *sim = enter(head->os);
    sim_file *file = (sim_file *)head;
    mr_status status = check_file(sim, file, err);

    (void)data_only;
    if (status == MR_OK)
        status = write_held(sim, file, err);
    if (status == MR_OK) {
        status = plain_point(sim, "sync", head->path, err);
        if (is_ignored(sim, "sync", head->path))
            return leave(sim, status);
        if (status == MR_OK)
            mr_sim_make_durable(file->inode);
        else if (!sim->down)
            mr_sim_forget_pending(
                file->inode); /* the pages are clean now, the disk never saw them */
    }
    return leave(sim, status);
}

static mr_status sim_truncate(mr_file *head, int64_t size, mr_error *err)
{
    mr_sim *sim = enter(head->os);
    sim_file *file = (sim_file *)head;
    mr_status status = check_file(sim, file, err);

    if (status == MR_OK)
        status = write_held(sim, file, err);
    if (status == MR_OK)
        status = plain_point(sim, "truncate", head->path, err);
    if (status == MR_OK)
        mr_sim_change(file->inode, (sim_write){ .truncate = true, .at = (size_t)size },
                      sim->wall_us);
    return leave(sim, status);
}

static void file_free(sim_file *file)
{
    if (file->inode->holder == file)
        file->inode->holder = NULL;
    mr_buf_free(&file->held);
    free(file->head.path);
    free(file);
}

static mr_status sim_close(mr_file *head, mr_error *err)
{
    mr_sim *sim = enter(head->os);
    sim_file *file = (sim_file *)head;
    mr_status status = MR_OK;

    if (file->held.len > 0) {
        status = check_file(sim, file, err);
        if (status == MR_OK)
            status = write_held(sim, file, err);
    }
    for (sim_file **at = &sim->files; *at != NULL; at = &(*at)->next)
        if (*at == file) {
            *at = (*at)->next;
            break;
        }
    file_free(file);
    return leave(sim, status);
}

static mr_status sim_lock(mr_os *os, const char *path, mr_file **out, mr_error *err)
{
    mr_sim *sim = enter(os);
    sim_inode *inode = NULL;
    mr_status status = open_inode(sim, path, MR_OS_WRITE | MR_OS_CREATE, &inode, err);

    if (status != MR_OK)
        return leave(sim, status);
    if (inode->holder != NULL)
        return leave(sim, mr_fail(err, MR_CONFLICT, "%s is locked by another process", path));
    file_new(sim, path, inode, MR_OS_READ | MR_OS_WRITE, out);
    inode->holder = (sim_file *)*out;
    return leave(sim, MR_OK);
}

/* --- names --- */

static mr_status rename_locked(mr_sim *sim, const char *from, const char *to, bool replace,
                               mr_error *err)
{
    place a, b;

    if (sim->down)
        return down(err, from);
    if (!find_place(sim, from, &a) || a.inode == NULL || a.dir == NULL)
        return fail_code(err, ENOENT, from);
    if (!find_place(sim, to, &b) || b.dir == NULL)
        return fail_code(err, ENOENT, to);
    if (a.inode->fs != b.dir->fs)
        return fail_code(err, EXDEV, to);
    if (b.inode != NULL && !replace)
        return fail_code(err, EEXIST, to);
    if (b.inode == a.inode)
        return MR_OK;
    if (b.inode != NULL && b.inode->is_dir && !a.inode->is_dir)
        return fail_code(err, EISDIR, to);
    if (b.inode != NULL && b.inode->is_dir && b.inode->live.n > 0)
        return fail_code(err, ENOTEMPTY, to);
    if (a.inode->is_dir && mr_str_starts(mr_str_from(to), from) &&
        (to[strlen(from)] == '/' || to[strlen(from)] == '\0'))
        return fail_code(err, EINVAL, to);
    MR_TRY(plain_point(sim, "rename", to, err));
    record(sim, (sim_op){ a.dir, text_of(a.name), b.dir, text_of(b.name), a.inode });
    return MR_OK;
}

static mr_status sim_rename(mr_os *os, const char *from, const char *to, bool replace,
                            mr_error *err)
{
    mr_sim *sim = enter(os);

    return leave(sim, rename_locked(sim, from, to, replace, err));
}

static mr_status remove_locked(mr_sim *sim, const char *path, bool dir, mr_error *err)
{
    place at;

    if (sim->down)
        return down(err, path);
    if (!find_place(sim, path, &at) || at.inode == NULL || at.dir == NULL)
        return fail_code(err, ENOENT, path);
    if (at.inode->is_dir != dir)
        return fail_code(err, dir ? ENOTDIR : EISDIR, path);
    if (dir && at.inode->live.n > 0)
        return fail_code(err, ENOTEMPTY, path);
    MR_TRY(plain_point(sim, dir ? "rmdir" : "unlink", path, err));
    record(sim, (sim_op){ at.dir, text_of(at.name), NULL, NULL, at.inode });
    return MR_OK;
}

static mr_status sim_unlink(mr_os *os, const char *path, mr_error *err)
{
    mr_sim *sim = enter(os);

    return leave(sim, remove_locked(sim, path, false, err));
}

static mr_status sim_rmdir(mr_os *os, const char *path, mr_error *err)
{
    mr_sim *sim = enter(os);

    return leave(sim, remove_locked(sim, path, true, err));
}

static mr_status mkdirs_locked(mr_sim *sim, const char *path, mr_error *err)
{
    const char *rest = path;
    sim_inode *dir = sim->root;

    if (sim->down)
        return down(err, path);
    for (;;) {
        mr_str part = next_part(&rest);
        int i;

        if (part.len == 0)
            return MR_OK;
        if (mr_str_is(part, "."))
            continue;
        i = find_entry(&dir->live, part);
        if (i < 0) {
            sim_inode *made;

            MR_TRY(plain_point(sim, "mkdir", path, err));
            made = mr_sim_inode_new(sim, dir, true);
            record(sim, (sim_op){ NULL, NULL, dir, text_of(part), made });
            dir = made;
        } else {
            dir = dir->live.items[i].inode;
            if (!dir->is_dir)
                return fail_code(err, EEXIST, path);
        }
    }
}

static mr_status sim_mkdirs(mr_os *os, const char *path, mr_error *err)
{
    mr_sim *sim = enter(os);

    return leave(sim, mkdirs_locked(sim, path, err));
}

static int by_name(const void *a, const void *b)
{
    return mr_str_compare(((const mr_os_entry *)a)->name, ((const mr_os_entry *)b)->name);
}

static mr_status sim_list(mr_os *os, const char *path, mr_arena *arena, mr_os_list *out,
                          mr_error *err)
{
    mr_sim *sim = enter(os);
    place at;
    mr_status status = read_point(sim, "list", path, err);

    if (status != MR_OK)
        return leave(sim, status);
    if (!find_place(sim, path, &at) || at.inode == NULL || !at.inode->is_dir)
        return leave(sim, fail_code(err, ENOENT, path));
    out->n = at.inode->live.n;
    out->entries = MR_NEW_ARRAY(arena, mr_os_entry, out->n);
    for (size_t i = 0; i < out->n; i++) {
        const sim_name *item = &at.inode->live.items[i];

        out->entries[i] =
            (mr_os_entry){ mr_arena_str(arena, mr_str_from(item->name)), item->inode->is_dir,
                           (int64_t)item->inode->bytes.len, item->inode->mtime_us / 1000 };
    }
    qsort(out->entries, out->n, sizeof(*out->entries), by_name);
    return leave(sim, MR_OK);
}

static mr_status sim_stat(mr_os *os, const char *path, mr_os_stat *out, mr_error *err)
{
    mr_sim *sim = enter(os);
    place at;
    mr_status status = read_point(sim, "stat", path, err);

    if (status != MR_OK)
        return leave(sim, status);
    if (find_place(sim, path, &at) && at.inode != NULL)
        *out = (mr_os_stat){ true, at.inode->is_dir, (int64_t)at.inode->bytes.len,
                             at.inode->mtime_us };
    return leave(sim, MR_OK);
}

static mr_status sim_sync_dir(mr_os *os, const char *path, mr_error *err)
{
    mr_sim *sim = enter(os);
    place at;
    mr_status status;

    if (sim->down)
        return leave(sim, down(err, path));
    if (!find_place(sim, path, &at) || at.inode == NULL)
        return leave(sim, fail_code(err, ENOENT, path));
    status = plain_point(sim, "sync_dir", path, err);
    if (status == MR_OK && !is_ignored(sim, "sync_dir", path))
        mr_sim_commit_ops(sim, at.inode, at.inode->fs);
    return leave(sim, status);
}

static void sync_fs_locked(mr_sim *sim, int fs, mr_status status)
{
    if (status == MR_OK)
        mr_sim_commit_ops(sim, NULL, fs);
    for (size_t i = 0; i < sim->n_inodes && !sim->down; i++)
        if (sim->inodes[i]->fs != fs)
            continue;
        else if (status == MR_OK)
            mr_sim_make_durable(sim->inodes[i]);
        else if (mr_sim_next(&sim->random) & 1)
            mr_sim_forget_pending(sim->inodes[i]); /* as a failed sync of that file */
}

static mr_status sim_sync_fs(mr_os *os, const char *path, mr_error *err)
{
    mr_sim *sim = enter(os);
    place at;
    mr_status status;

    if (sim->down)
        return leave(sim, down(err, path));
    if (!find_place(sim, path, &at) || at.inode == NULL)
        return leave(sim, fail_code(err, ENOENT, path));
    status = plain_point(sim, "sync_fs", path, err);
    if (!is_ignored(sim, "sync_fs", path))
        sync_fs_locked(sim, at.inode->fs, status);
    return leave(sim, status);
}

/* --- from outside --- */

/* The child of a directory, made durable if it is new. */
static sim_inode *placed_child(mr_sim *sim, sim_inode *dir, mr_str name, bool is_dir)
{
    int i = find_entry(&dir->live, name);
    char *text = text_of(name);
    sim_inode *child = i < 0 ? mr_sim_inode_new(sim, dir, is_dir) : dir->live.items[i].inode;

    mr_sim_names_set(&dir->live, text, child);
    mr_sim_names_set(&dir->kept, text, child);
    dir->version++;
    free(text);
    return child;
}

void mr_sim_place(mr_sim *sim, const char *path, mr_str bytes, int64_t mtime_us)
{
    sim_inode *inode = sim->root;
    mr_str part;

    pthread_mutex_lock(&sim->lock);
    while ((part = next_part(&path)).len > 0) {
        MR_ASSERT(inode->is_dir);
        inode = placed_child(sim, inode, part, *path != '\0');
    }
    mr_sim_change(inode, (sim_write){ .len = bytes.len, .bytes = (char *)(uintptr_t)bytes.ptr },
                  mtime_us);
    mr_sim_make_durable(inode);
    pthread_mutex_unlock(&sim->lock);
}

void mr_sim_mount(mr_sim *sim, const char *path)
{
    sim_inode *inode = sim->root;
    mr_str part;

    pthread_mutex_lock(&sim->lock);
    while ((part = next_part(&path)).len > 0)
        inode = placed_child(sim, inode, part, true);
    MR_ASSERT(inode->live.n == 0);
    inode->fs = ++sim->n_fs;
    pthread_mutex_unlock(&sim->lock);
}

/* --- clocks, random bytes, watches --- */

static int64_t sim_wall_us(mr_os *os)
{
    mr_sim *sim = enter(os);
    int64_t now = sim->wall_us;

    leave(sim, MR_OK);
    return now;
}

static int64_t sim_mono_us(mr_os *os)
{
    mr_sim *sim = enter(os);
    int64_t now = sim->mono_us;

    leave(sim, MR_OK);
    return now;
}

static mr_status sim_sleep_until(mr_os *os, int64_t mono_us, mr_error *err)
{
    mr_sim *sim = enter(os);

    if (sim->down)
        return leave(sim, down(err, "sleep"));
    if (mono_us > sim->mono_us) {
        sim->wall_us += mono_us - sim->mono_us;
        sim->mono_us = mono_us;
    }
    return leave(sim, MR_OK);
}

static mr_status sim_random(mr_os *os, void *to, size_t n, mr_error *err)
{
    mr_sim *sim = enter(os);
    unsigned char *out = to;

    if (sim->down)
        return leave(sim, down(err, "random bytes"));
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)mr_sim_next(&sim->random);
    return leave(sim, MR_OK);
}

static mr_status sim_watch_dir(mr_os *os, const char *dir, mr_watch **out, mr_error *err)
{
    mr_sim *sim = enter(os);
    sim_watch *watch;
    place at;

    if (sim->down)
        return leave(sim, down(err, dir));
    if (!find_place(sim, dir, &at) || at.inode == NULL || !at.inode->is_dir)
        return leave(sim, fail_code(err, ENOENT, dir));
    watch = mr_calloc(1, sizeof(*watch));
    watch->head.os = os;
    watch->dir = at.inode;
    watch->seen = at.inode->version;
    watch->epoch = sim->epoch;
    *out = &watch->head;
    return leave(sim, MR_OK);
}

/* Nothing happened: the timeout passes on the simulated clocks. */
static mr_status sim_watch_wait(mr_watch *head, int64_t timeout_us, bool *changed, mr_error *err)
{
    mr_sim *sim = enter(head->os);
    sim_watch *watch = (sim_watch *)head;

    if (sim->down || watch->epoch != sim->epoch)
        return leave(sim, down(err, "watch"));
    *changed = watch->dir->version != watch->seen;
    watch->seen = watch->dir->version;
    if (!*changed && timeout_us > 0) {
        sim->wall_us += timeout_us;
        sim->mono_us += timeout_us;
    }
    return leave(sim, MR_OK);
}

static void sim_watch_close(mr_watch *watch)
{
    free(watch);
}

const mr_os_body mr_sim_body = {
    .open = sim_open,
    .read = sim_read,
    .pread = sim_pread,
    .write = sim_write_bytes,
    .sync = sim_sync,
    .truncate = sim_truncate,
    .close = sim_close,
    .lock = sim_lock,
    .rename = sim_rename,
    .unlink = sim_unlink,
    .mkdirs = sim_mkdirs,
    .rmdir = sim_rmdir,
    .list = sim_list,
    .stat = sim_stat,
    .sync_dir = sim_sync_dir,
    .sync_fs = sim_sync_fs,
    .wall_us = sim_wall_us,
    .mono_us = sim_mono_us,
    .sleep_until = sim_sleep_until,
    .random = sim_random,
    .watch = sim_watch_dir,
    .watch_wait = sim_watch_wait,
    .watch_close = sim_watch_close,
};
