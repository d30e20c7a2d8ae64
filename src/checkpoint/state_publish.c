/* state_publish.c - writing state files: deltas, or snapshots merged from what is there.
 *
 * Files are written under hidden names, synced, and then renamed, so that whatever a reader finds
 * after a power loss is whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "checkpoint/state_dir_priv.h"
#include "checkpoint/state_pack.h"
#include "os/file.h"

#define CHAIN_MAX  100        /* deltas behind a snapshot */
#define CHAIN_MIN  10         /* fewer never ask for the next one, as with Spark */
#define DELTA_ROOM (1u << 20) /* bytes of deltas that never ask for a snapshot */

/* --- changes by partition ----------------------------------------------------------------------
 */

/* The entries of one version (packed: its blocks), sorted by partition, in their order. */
typedef struct sorted_changes {
    int64_t version;
    const char **entries; /* malloc'ed: where each begins */
    size_t *starts;       /* malloc'ed: partition p has entries starts[p] .. starts[p + 1] */
    const mr_state_changes *changes;
} sorted_changes;

static void sorted_free(sorted_changes *s)
{
    free(s->entries);
    free(s->starts);
}

static bool skip_entry(const sorted_changes *s, mr_str *rest, uint32_t *partition)
{
    mr_state_change change = { 0 };
    mr_state_block block = { 0 };
    bool more = s->changes->is_packed ? mr_state_block_next(rest, &block)
                                      : mr_state_changes_next(rest, &change);

    *partition = s->changes->is_packed ? block.partition : change.partition;
    return more;
}

/* Visits all entries: counts them, or puts them where they belong. */
static bool sort_pass(sorted_changes *s, int n_partitions, bool place)
{
    for (int c = 0; c < s->changes->n_chunks; c++) {
        mr_str rest = mr_buf_str(&s->changes->chunks[c]);
        const char *at = rest.ptr;
        uint32_t partition;

        for (; skip_entry(s, &rest, &partition); at = rest.ptr) {
            if (partition >= (uint32_t)n_partitions)
                return false;
            if (place)
                s->entries[s->starts[partition]++] = at;
            else
                s->starts[partition + 1]++;
        }
        if (rest.len > 0)
            return false;
    }
    return true;
}

static mr_status sort_changes(const mr_state_version *version, int n_partitions,
                              sorted_changes *out, mr_error *err)
{
    *out = (sorted_changes){ .version = version->version, .changes = version->changes };
    out->starts = mr_calloc((size_t)n_partitions + 2, sizeof(*out->starts));
    if (!sort_pass(out, n_partitions, false)) {
        sorted_free(out);
        return mr_fail(err, MR_CORRUPT, "the journal's state version %lld holds damaged entries",
                       (long long)version->version);
    }
    for (int p = 0; p < n_partitions; p++)
        out->starts[p + 1] += out->starts[p];
    out->entries = mr_malloc(sizeof(*out->entries) * (out->starts[n_partitions] + 1));
    (void)sort_pass(out, n_partitions, true);
    memmove(out->starts + 1, out->starts, sizeof(*out->starts) * (size_t)n_partitions);
    out->starts[0] = 0;
    return MR_OK;
}

static mr_state_change entry_at(const char *at)
{
    mr_str rest = { at, SIZE_MAX };
    mr_state_change change;

    (void)mr_state_changes_next(&rest, &change); /* it was checked when it was sorted */
    return change;
}

/* --- merging -----------------------------------------------------------------------------------
 */

/* Rows of a partition by key, the newest of each; open addressing over row numbers. */
typedef struct merge_map {
    mr_state_record *rows;
    size_t n, capacity;
    uint32_t *slots; /* row + 1, 0 = free */
    size_t mask;
    mr_arena *arena; /* bytes of rows from files */
} merge_map;

static void map_grow(merge_map *map)
{
    size_t size = map->slots == NULL ? 1024 : (map->mask + 1) * 2;

    free(map->slots);
    map->slots = mr_calloc(size, sizeof(*map->slots));
    map->mask = size - 1;
    for (size_t i = 0; i < map->n; i++) {
        size_t slot = XXH3_64bits(map->rows[i].key.ptr, map->rows[i].key.len) & map->mask;

        while (map->slots[slot] != 0)
            slot = (slot + 1) & map->mask;
        map->slots[slot] = (uint32_t)i + 1;
    }
}

/* A removed row stays as a mark, so that slots never move. */
static void map_put(merge_map *map, const mr_state_record *row)
{
    size_t slot;

    if (map->slots == NULL || map->n * 2 >= map->mask)
        map_grow(map);
    slot = XXH3_64bits(row->key.ptr, row->key.len) & map->mask;
    for (; map->slots[slot] != 0; slot = (slot + 1) & map->mask) {
        mr_state_record *old = &map->rows[map->slots[slot] - 1];

        if (mr_str_equal(old->key, row->key)) {
            old->value = row->value;
            old->is_remove = row->is_remove;
            return;
        }
    }
    MR_PUSH(map->rows, map->n, map->capacity, *row);
    map->slots[slot] = (uint32_t)map->n;
}

static mr_status keep_row(void *data, const mr_state_record *record, mr_error *err)
{
    merge_map *map = data;
    mr_state_record row;

    (void)err;
    if (record == NULL)
        return MR_OK;
    row = (mr_state_record){ mr_arena_str(map->arena, record->key),
                             mr_arena_str(map->arena, record->value), record->is_remove };
    map_put(map, &row);
    return MR_OK;
}

/* --- one partition -----------------------------------------------------------------------------
 */

/* A file written under its hidden name. */
typedef struct written {
    const char *temp, *path;
    mr_state_kind kind;
    int64_t version;
    size_t size;
} written;

typedef struct publishing {
    mr_state_dir *dir;
    sorted_changes *versions;
    int n;
    bool deltas;
    bool compact;    /* snapshots of partitions whose chain is long; nothing else */
    written **files; /* by partition: up to n each, in arenas */
    int *n_files;
    mr_arena **arenas;
} publishing;

static bool is_temp(mr_str name)
{
    return mr_str_starts(name, ".") && mr_str_ends(name, ".tmp");
}

/* Makes the directory; what is newer than the version found belongs to a future that did not
 * happen. */
static mr_status clear_future(mr_state_dir *dir, int partition, mr_error *err)
{
    state_partition *part = &dir->partitions[partition];
    mr_arena *arena = mr_arena_new();
    char *path = state_dir_partition(dir, arena, partition);
    mr_os_list list;
    mr_status status;

    MR_CHECK(mr_os_mkdirs(dir->config.os, path, err));
    MR_CHECK(mr_os_list_dir(dir->config.os, path, arena, &list, err));
    for (size_t i = 0; i < list.n; i++) {
        const char *name = list.entries[i].name.ptr;
        int64_t version = atoll(name[0] == '.' ? name + 1 : name);

        if (is_temp(list.entries[i].name) || version > part->version)
            MR_CHECK(mr_file_remove_tree(dir->config.os, mr_file_join(arena, path, name), err));
    }
    part->has_dir = true;
fail:
    mr_arena_free(arena);
    return status;
}

/* Begins a file under its hidden name. */
static mr_status open_temp(publishing *p, int partition, int64_t version, mr_state_kind kind,
                           unsigned flags, mr_file **out, mr_error *err)
{
    mr_state_dir *dir = p->dir;
    mr_arena *arena = p->arenas[partition];
    written *file = &p->files[partition][p->n_files[partition]];

    file->path = state_dir_path(dir, arena, partition, version, kind);
    file->temp = mr_arena_printf(arena, "%s/%d/.%lld.%s.tmp", dir->config.dir, partition,
                                 (long long)version, kind == MR_STATE_DELTA ? "delta" : "snapshot")
                     .ptr;
    file->kind = kind;
    file->version = version;
    file->size = 0;
    return mr_os_open(dir->config.os, file->temp,
                      MR_OS_WRITE | MR_OS_CREATE | MR_OS_TRUNCATE | flags, out, err);
}

static mr_status add_temp(publishing *p, int partition, mr_file *open, mr_str bytes, mr_error *err)
{
    p->files[partition][p->n_files[partition]].size += bytes.len;
    return mr_os_write(open, bytes.ptr, bytes.len, err);
}

static mr_status close_temp(publishing *p, int partition, mr_file *open, mr_status status,
                            mr_error *err)
{
    MR_KEEP(mr_os_close(open, status == MR_OK ? err : NULL));
    p->n_files[partition] += status == MR_OK;
    return status;
}

static mr_status write_temp(publishing *p, int partition, int64_t version, mr_state_kind kind,
                            mr_str bytes, mr_error *err)
{
    mr_file *open;
    mr_status status;

    MR_TRY(open_temp(p, partition, version, kind, 0, &open, err));
    status = add_temp(p, partition, open, bytes, err);
    return close_temp(p, partition, open, status, err);
}

static mr_status write_packed(publishing *p, int partition, const sorted_changes *s, mr_error *err)
{
    mr_file *open;
    mr_buf end = { 0 };
    mr_status status = MR_OK;

    MR_TRY(open_temp(p, partition, s->version,
                     s->changes->is_whole ? MR_STATE_SNAPSHOT : MR_STATE_DELTA, MR_OS_LARGE, &open,
                     err));
    for (size_t i = s->starts[partition]; i < s->starts[partition + 1] && status == MR_OK; i++) {
        mr_str rest = { s->entries[i], SIZE_MAX };
        mr_state_block block;

        (void)mr_state_block_next(&rest, &block);
        status = add_temp(p, partition, open, block.bytes, err);
    }
    mr_state_pack_end(&end);
    if (status == MR_OK)
        status = add_temp(p, partition, open, mr_buf_str(&end), err);
    mr_buf_free(&end);
    return close_temp(p, partition, open, status, err);
}

static mr_status write_delta(publishing *p, int partition, const sorted_changes *s, mr_error *err)
{
    mr_state_writer writer;
    mr_buf bytes = { 0 };
    mr_status status;

    if (s->changes->is_packed)
        return write_packed(p, partition, s, err);
    mr_state_file_start(&writer, p->dir->config.codec, &bytes);
    for (size_t i = s->starts[partition]; i < s->starts[partition + 1]; i++) {
        mr_state_change change = entry_at(s->entries[i]);

        if (change.is_remove)
            mr_state_file_remove(&writer, change.key);
        else
            mr_state_file_put(&writer, change.key, change.value);
    }
    mr_state_file_finish(&writer);
    status = write_temp(p, partition, s->version, MR_STATE_DELTA, mr_buf_str(&bytes), err);
    mr_buf_free(&bytes);
    return status;
}

static mr_status write_merged(publishing *p, int partition, int64_t version, const merge_map *map,
                              mr_error *err)
{
    mr_state_writer writer;
    mr_buf bytes = { 0 };
    mr_status status;

    mr_state_file_start(&writer, p->dir->config.codec, &bytes);
    for (size_t i = 0; i < map->n; i++)
        if (!map->rows[i].is_remove)
            mr_state_file_put(&writer, map->rows[i].key, map->rows[i].value);
    mr_state_file_finish(&writer);
    status = write_temp(p, partition, version, MR_STATE_SNAPSHOT, mr_buf_str(&bytes), err);
    mr_buf_free(&bytes);
    return status;
}

static void apply_changes(publishing *p, int partition, merge_map *map)
{
    for (int v = 0; v < p->n; v++) {
        const sorted_changes *s = &p->versions[v];

        if (s->version <= p->dir->partitions[partition].version)
            continue;
        MR_ASSERT(!s->changes->is_packed);
        for (size_t i = s->starts[partition]; i < s->starts[partition + 1]; i++) {
            mr_state_change change = entry_at(s->entries[i]);
            mr_state_record row = { change.key, change.value, change.is_remove };

            map_put(map, &row);
        }
    }
}

static mr_status merge_partition(publishing *p, int partition, int64_t version, mr_error *err)
{
    merge_map map = { .arena = mr_arena_new() };
    mr_status status;

    MR_CHECK(mr_state_dir_read(p->dir, partition, keep_row, &map, err));
    apply_changes(p, partition, &map);
    status = write_merged(p, partition, version, &map, err);
fail:
    free(map.rows);
    free(map.slots);
    mr_arena_free(map.arena);
    return status;
}

static bool has_long_chain(const state_partition *part)
{
    int64_t chain = part->version - part->snapshot;

    return chain >= CHAIN_MAX ||
           (chain >= CHAIN_MIN && part->delta_bytes > 2 * part->snapshot_size + DELTA_ROOM);
}

static mr_status write_partition(void *data, int partition, mr_error *err)
{
    publishing *p = data;
    state_partition *part = &p->dir->partitions[partition];

    if (p->compact)
        return has_long_chain(part) ? merge_partition(p, partition, part->version, err) : MR_OK;
    if (p->versions[p->n - 1].version <= part->version)
        return MR_OK;
    if (!part->has_dir)
        MR_TRY(clear_future(p->dir, partition, err));
    if (!p->deltas)
        return merge_partition(p, partition, p->versions[p->n - 1].version, err);
    for (int v = 0; v < p->n; v++)
        if (p->versions[v].version > part->version)
            MR_TRY(write_delta(p, partition, &p->versions[v], err));
    return MR_OK;
}

static mr_status show_partition(void *data, int partition, mr_error *err)
{
    publishing *p = data;
    state_partition *part = &p->dir->partitions[partition];

    for (int i = 0; i < p->n_files[partition]; i++) {
        const written *file = &p->files[partition][i];

        MR_TRY(mr_os_rename(p->dir->config.os, file->temp, file->path, err));
        part->version = file->version;
        if (file->kind == MR_STATE_DELTA) {
            part->delta_bytes += file->size;
        } else {
            part->snapshot = file->version;
            part->snapshot_size = file->size;
            part->delta_bytes = 0;
        }
    }
    return MR_OK;
}

/* --- the whole directory -----------------------------------------------------------------------
 */

static mr_status each_partition(const mr_state_dir *dir, mr_pool_work work, void *data,
                                mr_error *err)
{
    if (dir->config.pool != NULL)
        return mr_pool_run(dir->config.pool, dir->config.n_partitions, work, data, err);
    for (int p = 0; p < dir->config.n_partitions; p++)
        MR_TRY(work(data, p, err));
    return MR_OK;
}

static mr_status write_all(publishing *p, mr_error *err)
{
    const mr_state_dir *dir = p->dir;
    int n_written = 0;

    MR_TRY(each_partition(dir, write_partition, p, err));
    for (int i = 0; i < dir->config.n_partitions; i++)
        n_written += p->n_files[i];
    if (n_written == 0)
        return MR_OK;
    MR_TRY(mr_os_sync_fs(dir->config.os, dir->config.dir, err));
    MR_TRY(each_partition(dir, show_partition, p, err));
    return mr_os_sync_fs(dir->config.os, dir->config.dir, err);
}

static mr_status publish_round(publishing *p, mr_error *err)
{
    int n_partitions = p->dir->config.n_partitions;
    mr_arena *arena = mr_arena_new();
    mr_status status;

    p->files = MR_NEW_ARRAY(arena, written *, n_partitions);
    p->n_files = MR_NEW_ARRAY(arena, int, n_partitions);
    p->arenas = MR_NEW_ARRAY(arena, mr_arena *, n_partitions);
    for (int i = 0; i < n_partitions; i++) {
        p->arenas[i] = mr_arena_new();
        p->files[i] = MR_NEW_ARRAY(arena, written, p->n + 1);
    }
    status = write_all(p, err);
    for (int i = 0; i < n_partitions; i++)
        mr_arena_free(p->arenas[i]);
    mr_arena_free(arena);
    return status;
}

mr_status mr_state_dir_publish(mr_state_dir *dir, const mr_state_version *versions, int n,
                               bool deltas, mr_error *err)
{
    publishing p = { .dir = dir, .deltas = deltas };
    mr_status status = MR_OK;

    MR_ASSERT(n > 0);
    MR_TRY(mr_os_mkdirs(dir->config.os, dir->config.dir, err));
    p.versions = mr_calloc((size_t)n, sizeof(*p.versions));
    for (; p.n < n && status == MR_OK; p.n += status == MR_OK)
        status = sort_changes(&versions[p.n], dir->config.n_partitions, &p.versions[p.n], err);
    if (status == MR_OK)
        status = publish_round(&p, err);
    for (int i = 0; i < p.n; i++)
        sorted_free(&p.versions[i]);
    free(p.versions);
    if (status != MR_OK || !deltas)
        return status;
    p.n = 0;
    p.compact = true;
    return publish_round(&p, err);
}

size_t mr_state_dir_bytes(const mr_state_dir *dir)
{
    size_t n = 0;

    for (int p = 0; p < dir->config.n_partitions; p++)
        n += dir->partitions[p].snapshot_size + dir->partitions[p].delta_bytes;
    return n;
}

/* --- old files ---------------------------------------------------------------------------------
 */

/* Keeps everything from the newest snapshot at or below `oldest` on. */
static mr_status purge_partition(mr_state_dir *dir, int partition, int64_t oldest, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    char *path = state_dir_partition(dir, arena, partition);
    int64_t keep_from = 0, version;
    mr_state_kind kind;
    mr_os_list list;
    mr_status status;

    status = mr_os_list_dir(dir->config.os, path, arena, &list, err);
    if (status == MR_NOT_FOUND)
        list.n = 0;
    else
        MR_CHECK(status);
    for (size_t i = 0; i < list.n; i++)
        if (state_dir_parse(list.entries[i].name, &version, &kind) && kind == MR_STATE_SNAPSHOT &&
            version <= oldest && version > keep_from)
            keep_from = version;
    for (size_t i = 0; i < list.n; i++) {
        const char *name = list.entries[i].name.ptr;

        version = atoll(name[0] == '.' ? name + 1 : name);
        if (version > 0 && version < keep_from)
            MR_CHECK(mr_file_remove_tree(dir->config.os, mr_file_join(arena, path, name), err));
    }
    status = MR_OK;
fail:
    mr_arena_free(arena);
    return status;
}

mr_status mr_state_dir_purge(mr_state_dir *dir, int64_t oldest, mr_error *err)
{
    for (int p = 0; p < dir->config.n_partitions; p++)
        MR_TRY(purge_partition(dir, p, oldest, err));
    return MR_OK;
}
