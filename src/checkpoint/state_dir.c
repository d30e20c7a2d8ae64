/* state_dir.c - which versions a state directory holds, and their rows. */
#include <stdlib.h>

#include "checkpoint/crc.h"
#include "checkpoint/state_dir_priv.h"
#include "os/file.h"

#define STATE_FILE_MAX (INT64_C(2) << 30)

mr_state_dir *mr_state_dir_new(const mr_state_dir_config *config)
{
    mr_state_dir *dir = mr_calloc(1, sizeof(*dir));

    MR_ASSERT(config->n_partitions >= 1);
    dir->arena = mr_arena_new();
    dir->config = *config;
    dir->config.dir = mr_arena_cstr(dir->arena, mr_str_from(config->dir));
    dir->partitions = MR_NEW_ARRAY(dir->arena, state_partition, config->n_partitions);
    return dir;
}

void mr_state_dir_free(mr_state_dir *dir)
{
    if (dir == NULL)
        return;
    mr_arena_free(dir->arena);
    free(dir);
}

int mr_state_dir_partitions(const mr_state_dir *dir)
{
    return dir->config.n_partitions;
}

char *state_dir_partition(const mr_state_dir *dir, mr_arena *arena, int partition)
{
    return mr_file_join(arena, dir->config.dir, mr_arena_printf(arena, "%d", partition).ptr);
}

const char *state_dir_path(const mr_state_dir *dir, mr_arena *arena, int partition, int64_t version,
                           mr_state_kind kind)
{
    return mr_arena_printf(arena, "%s/%d/%lld.%s", dir->config.dir, partition, (long long)version,
                           kind == MR_STATE_DELTA ? "delta" : "snapshot")
        .ptr;
}

bool state_dir_parse(mr_str name, int64_t *version, mr_state_kind *kind)
{
    size_t dot = mr_str_find(name, '.', 0);
    mr_str suffix = mr_str_slice(name, dot, name.len);

    if (dot == 0 || name.ptr[0] < '0' || name.ptr[0] > '9' ||
        !mr_str_to_int64(mr_str_slice(name, 0, dot), version))
        return false;
    *kind = mr_str_is(suffix, ".snapshot") ? MR_STATE_SNAPSHOT : MR_STATE_DELTA;
    return *kind == MR_STATE_SNAPSHOT || mr_str_is(suffix, ".delta");
}

/* --- finding -----------------------------------------------------------------------------------
 */

typedef struct state_name {
    int64_t version;
    mr_state_kind kind;
    size_t size;
} state_name;

static int by_version(const void *a, const void *b)
{
    const state_name *x = a, *y = b;

    if (x->version != y->version)
        return x->version < y->version ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

static mr_status list_names(const mr_state_dir *dir, int partition, mr_arena *arena,
                            state_name **out, int *n, mr_error *err)
{
    mr_os_list list = { 0 };
    mr_error why = { 0 };
    mr_status status = mr_os_list_dir(dir->config.os, state_dir_partition(dir, arena, partition),
                                      arena, &list, &why);

    *n = 0;
    *out = NULL;
    if (status == MR_NOT_FOUND)
        return MR_OK;
    if (status != MR_OK && err != NULL)
        *err = why;
    MR_TRY(status);
    *out = MR_NEW_ARRAY(arena, state_name, list.n + 1);
    for (size_t i = 0; i < list.n; i++) {
        state_name *name = &(*out)[*n];

        name->size = (size_t)list.entries[i].size;
        *n += state_dir_parse(list.entries[i].name, &name->version, &name->kind);
    }
    if (*n > 1)
        qsort(*out, (size_t)*n, sizeof(**out), by_version);
    return MR_OK;
}

/* Follows the versions upwards; a gap ends a chain until a snapshot begins a new one. */
static void follow(const state_name *names, int n, int64_t version, state_partition *out)
{
    *out = (state_partition){ 0 };
    for (int i = 0; i < n && names[i].version <= version; i++) {
        if (names[i].kind == MR_STATE_SNAPSHOT)
            *out = (state_partition){ .version = names[i].version,
                                      .snapshot = names[i].version,
                                      .snapshot_size = names[i].size };
        else if (names[i].version == out->version + 1) {
            out->version++;
            out->delta_bytes += names[i].size;
        }
    }
}

mr_status mr_state_dir_find(mr_state_dir *dir, int64_t version, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_status status = MR_OK;

    for (int p = 0; p < dir->config.n_partitions && status == MR_OK; p++) {
        state_name *names;
        int n;

        mr_arena_reset(arena);
        status = list_names(dir, p, arena, &names, &n, err);
        if (status == MR_OK)
            follow(names, n, version, &dir->partitions[p]);
    }
    mr_arena_free(arena);
    return status;
}

int64_t mr_state_dir_version(const mr_state_dir *dir, int partition)
{
    return dir->partitions[partition].version;
}

static int furthest(const mr_state_dir *dir)
{
    int at = 0;

    for (int p = 1; p < dir->config.n_partitions; p++)
        if (dir->partitions[p].version < dir->partitions[at].version)
            at = p;
    return at;
}

int64_t mr_state_dir_oldest(const mr_state_dir *dir)
{
    return dir->partitions[furthest(dir)].version;
}

mr_status mr_state_dir_missing(const mr_state_dir *dir, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    int partition = furthest(dir);
    const char *path = state_dir_path(dir, arena, partition, dir->partitions[partition].version + 1,
                                      MR_STATE_DELTA);
    mr_status status = mr_raise_text(
        err, MR_EXC_SPARK, "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS",
        "[CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS] An error "
        "occurred during loading state. Error reading delta file %s of "
        "HDFSStateStoreProvider: %s does not exist. SQLSTATE: 58030",
        path, path);

    mr_arena_free(arena);
    return status;
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* A sibling's bytes; ptr NULL when there is none. */
static mr_status read_sibling(const mr_state_dir *dir, const char *path, mr_arena *arena,
                              mr_str *out, mr_error *err)
{
    mr_os_stat stat;

    *out = (mr_str){ NULL, 0 };
    MR_TRY(mr_os_stat_path(dir->config.os, path, &stat, err));
    return stat.exists ? mr_file_read_all(dir->config.os, path, 16u << 20, arena, out, err) : MR_OK;
}

static mr_status check_siblings(const mr_state_dir *dir, const char *path, mr_str bytes,
                                mr_arena *arena, mr_error *err)
{
    mr_str sibling;

    MR_TRY(read_sibling(dir, mr_arena_printf(arena, "%s.crc", path).ptr, arena, &sibling, err));
    if (sibling.ptr != NULL)
        MR_TRY(mr_crc_check_spark(bytes, sibling, path, err));
    MR_TRY(read_sibling(
        dir, mr_arena_printf(arena, "%s/.%s.crc", mr_file_dir(arena, path), mr_file_name(path)).ptr,
        arena, &sibling, err));
    return sibling.ptr == NULL ? MR_OK : mr_crc_check_hadoop(bytes, sibling, path, err);
}

static mr_status read_file(const mr_state_dir *dir, const char *path, mr_state_kind kind,
                           mr_state_row_fn row, void *data, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_state_reader reader = { 0 };
    mr_state_record record;
    mr_status status;
    mr_str bytes;
    bool end = false;

    MR_CHECK(mr_file_read_all(dir->config.os, path, (size_t)STATE_FILE_MAX, arena, &bytes, err));
    MR_CHECK(check_siblings(dir, path, bytes, arena, err));
    MR_CHECK(mr_state_file_open(&reader, bytes, dir->config.codec, kind, path, err));
    for (;;) {
        MR_CHECK(mr_state_file_next(&reader, &record, &end, err));
        if (end)
            break;
        MR_CHECK(row(data, &record, err));
    }
    status = row(data, NULL, err);
fail:
    mr_state_file_close(&reader);
    mr_arena_free(arena);
    return status;
}

/* What is wrong with a file, under Spark's class for it. */
static mr_status read_checked(const mr_state_dir *dir, const char *path, mr_state_kind kind,
                              mr_state_row_fn row, void *data, mr_error *err)
{
    mr_error why = { 0 };
    mr_status status = read_file(dir, path, kind, row, data, &why);

    if (status == MR_CORRUPT) {
        (void)!mr_raise_text(err, MR_EXC_SPARK, "CANNOT_LOAD_STATE_STORE.UNCATEGORIZED",
                             "[CANNOT_LOAD_STATE_STORE.UNCATEGORIZED] An error occurred during "
                             "loading state. %s SQLSTATE: 58030",
                             why.message);
        if (err != NULL)
            err->status = status;
    } else if (status != MR_OK && err != NULL) {
        *err = why;
    }
    return status;
}

mr_status mr_state_dir_read(mr_state_dir *dir, int partition, mr_state_row_fn row, void *data,
                            mr_error *err)
{
    const state_partition *part = &dir->partitions[partition];
    mr_arena *arena = mr_arena_new();
    mr_status status = MR_OK;

    if (part->snapshot > 0)
        status = read_checked(
            dir, state_dir_path(dir, arena, partition, part->snapshot, MR_STATE_SNAPSHOT),
            MR_STATE_SNAPSHOT, row, data, err);
    for (int64_t v = part->snapshot + 1; v <= part->version && status == MR_OK; v++)
        status = read_checked(dir, state_dir_path(dir, arena, partition, v, MR_STATE_DELTA),
                              MR_STATE_DELTA, row, data, err);
    mr_arena_free(arena);
    return status;
}
