/* agg_store.c - groups to Spark's rows and files, and back. */
#include "state/agg_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/schema_file.h"
#include "column/row.h"
#include "os/file.h"

#define BUFFERS_MAX    512
#define LOAD_ROWS      1024
#define CHAIN_MAX      100
#define STATE_FILE_MAX (INT64_C(2) << 30)

struct mr_agg_store {
    mr_agg_store_config config;
    mr_arena *arena;
    mr_arena *scratch;
    const mr_type *key_schema;
    const mr_type *value_schema;
    int n_used;              /* partitions that exist: 1 for a global aggregate */
    mr_state_writer *deltas; /* one a partition */
    mr_buf *delta_bytes;
    bool *is_open;
    size_t bytes_since_snapshot;
    int64_t last_snapshot;
    bool has_dirs; /* every partition's directory exists: a version was written */
};

static const mr_type *value_schema_of(mr_agg_store *store)
{
    mr_field *fields = MR_NEW_ARRAY(store->arena, mr_field, BUFFERS_MAX);
    int n = mr_groups_buffers(store->config.spec, store->arena, fields, BUFFERS_MAX);

    return mr_type_struct(store->arena, fields, n);
}

static char *partition_dir(const mr_agg_store *store, int partition)
{
    return mr_file_join(store->scratch, store->config.dir,
                        mr_arena_printf(store->scratch, "%d", partition).ptr);
}

static char *version_path(const mr_agg_store *store, int partition, int64_t version,
                          const char *kind)
{
    return mr_file_join(store->scratch, partition_dir(store, partition),
                        mr_arena_printf(store->scratch, "%lld.%s", (long long)version, kind).ptr);
}

/* --- metadata and schema -----------------------------------------------------------------------
 */

static mr_status schema_mismatch(const char *condition, const mr_type *stored,
                                 const mr_type *wanted, mr_error *err)
{
    mr_buf a = { 0 }, b = { 0 };
    mr_status status;

    mr_type_print_simple(stored, &a);
    mr_type_print_simple(wanted, &b);
    status = mr_raise(err, MR_EXC_UNSUPPORTED, condition,
                      strstr(condition, "KEY") != NULL ? "storedKeySchema" : "storedValueSchema",
                      mr_buf_cstr(&a),
                      strstr(condition, "KEY") != NULL ? "newKeySchema" : "newValueSchema",
                      mr_buf_cstr(&b), (char *)NULL);
    mr_buf_free(&a);
    mr_buf_free(&b);
    return status;
}

/* Same types in the same order, names aside; what is stored must be at least as nullable. */
static bool compatible(const mr_type *stored, const mr_type *wanted)
{
    if (stored->id != wanted->id || stored->n_fields != wanted->n_fields ||
        stored->precision != wanted->precision || stored->scale != wanted->scale)
        return false;
    for (int i = 0; i < stored->n_fields; i++)
        if (!compatible(stored->fields[i].type, wanted->fields[i].type) ||
            (wanted->fields[i].nullable && !stored->fields[i].nullable))
            return false;
    return true;
}

static mr_status check_schema(mr_agg_store *store, const char *path, mr_error *err)
{
    const mr_type *key, *value;
    mr_str bytes;

    MR_TRY(mr_file_read_all(store->config.os, path, 16u << 20, store->scratch, &bytes, err));
    MR_TRY(mr_schema_file_read(store->scratch, bytes, path, &key, &value, err));
    if (!compatible(key, store->key_schema))
        return schema_mismatch("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", key, store->key_schema,
                               err);
    if (!compatible(value, store->value_schema))
        return schema_mismatch("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE", value,
                               store->value_schema, err);
    return MR_OK;
}

static mr_status need_schema(mr_agg_store *store, mr_error *err)
{
    char *dir = mr_file_join(store->scratch, partition_dir(store, 0), "_metadata");
    char *path = mr_file_join(store->scratch, dir, "schema");
    mr_os_stat stat;
    mr_buf bytes = { 0 };
    mr_status status;

    MR_TRY(mr_os_stat_path(store->config.os, path, &stat, err));
    if (stat.exists)
        return check_schema(store, path, err);
    MR_TRY(mr_os_mkdirs(store->config.os, dir, err));
    mr_schema_file_write(store->key_schema, store->value_schema, &bytes);
    status = mr_file_write_atomic(store->config.os, path, mr_buf_str(&bytes), MR_FILE_SYNC, err);
    mr_buf_free(&bytes);
    return status;
}

static mr_status need_metadata(mr_agg_store *store, mr_error *err)
{
    char *dir = mr_file_join(store->scratch, store->config.dir, "_metadata");
    char *path = mr_file_join(store->scratch, dir, "metadata");
    mr_store_info info = { MR_STR("default"), 0, store->config.n_partitions };
    mr_operator_metadata ours = { store->config.operator_id, MR_STR("stateStoreSave"), &info, 1 };
    mr_operator_metadata theirs;
    mr_buf bytes = { 0 };
    mr_os_stat stat;
    mr_status status;
    mr_str text;

    MR_TRY(mr_os_stat_path(store->config.os, path, &stat, err));
    if (stat.exists) {
        MR_TRY(mr_file_read_all(store->config.os, path, 1u << 20, store->scratch, &text, err));
        MR_TRY(mr_operator_metadata_parse(store->scratch, text, path, &theirs, err));
        if (!mr_str_equal(theirs.name, ours.name))
            return mr_raise_text(
                err, MR_EXC_ANALYSIS, "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
                "[STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA] Streaming "
                "stateful operator name does not match with the operator in state "
                "metadata: the checkpoint holds %.*s in operator %d, the query has "
                "stateStoreSave. SQLSTATE: 42K03",
                MR_STR_ARG(theirs.name), store->config.operator_id);
        return MR_OK;
    }
    MR_TRY(mr_os_mkdirs(store->config.os, dir, err));
    mr_operator_metadata_print(&ours, &bytes);
    status = mr_file_write_atomic(store->config.os, path, mr_buf_str(&bytes), MR_FILE_SYNC, err);
    mr_buf_free(&bytes);
    return status;
}

mr_status mr_agg_store_open(const mr_agg_store_config *config, mr_agg_store **out, mr_error *err)
{
    mr_agg_store *store = mr_calloc(1, sizeof(*store));
    mr_status status;

    MR_ASSERT(config->n_partitions >= 1);
    store->config = *config;
    store->arena = mr_arena_new();
    store->scratch = mr_arena_new();
    store->n_used = config->spec->n_keys == 0 ? 1 : config->n_partitions;
    store->deltas = mr_calloc((size_t)store->n_used, sizeof(*store->deltas));
    store->delta_bytes = mr_calloc((size_t)store->n_used, sizeof(*store->delta_bytes));
    store->is_open = mr_calloc((size_t)store->n_used, sizeof(*store->is_open));
    store->key_schema = mr_type_struct(store->arena, config->key_fields, config->spec->n_keys);
    store->value_schema = value_schema_of(store);
    MR_CHECK(need_metadata(store, err));
    MR_CHECK(need_schema(store, err));
    mr_arena_reset(store->scratch);
    *out = store;
    return MR_OK;

fail:
    mr_agg_store_close(store);
    *out = NULL;
    return status;
}

static void abandon(mr_agg_store *store)
{
    for (int p = 0; p < store->n_used; p++) {
        if (store->is_open[p])
            mr_state_file_abandon(&store->deltas[p]);
        store->is_open[p] = false;
        mr_buf_clear(&store->delta_bytes[p]);
    }
}

void mr_agg_store_close(mr_agg_store *store)
{
    if (store == NULL)
        return;
    abandon(store);
    for (int p = 0; p < store->n_used; p++)
        mr_buf_free(&store->delta_bytes[p]);
    free(store->deltas);
    free(store->delta_bytes);
    free(store->is_open);
    mr_arena_free(store->arena);
    mr_arena_free(store->scratch);
    free(store);
}

/* --- loading -----------------------------------------------------------------------------------
 */

/* A run of puts decoded together. */
typedef struct loading {
    mr_agg_store *store;
    mr_groups *groups;
    mr_arena *arena;
    mr_vec *keys, *values;
    int32_t n;
} loading;

static void loading_begin(loading *l)
{
    mr_arena_reset(l->arena);
    l->keys = MR_NEW_ARRAY(l->arena, mr_vec, l->store->key_schema->n_fields + 1);
    l->values = MR_NEW_ARRAY(l->arena, mr_vec, l->store->value_schema->n_fields + 1);
    for (int i = 0; i < l->store->key_schema->n_fields; i++)
        mr_vec_init(&l->keys[i], l->arena, l->store->key_schema->fields[i].type, LOAD_ROWS);
    for (int i = 0; i < l->store->value_schema->n_fields; i++)
        mr_vec_init(&l->values[i], l->arena, l->store->value_schema->fields[i].type, LOAD_ROWS);
    l->n = 0;
}

static mr_status loading_flush(loading *l, mr_error *err)
{
    if (l->n > 0)
        MR_TRY(mr_groups_load(l->groups, l->keys, l->values, l->n, err));
    loading_begin(l);
    return MR_OK;
}

static mr_status load_record(loading *l, const mr_state_record *record, mr_error *err)
{
    MR_TRY(mr_row_decode(record->key, l->store->key_schema, l->keys, l->n, l->arena, err));
    if (record->is_remove) {
        int32_t last = l->n;

        if (last == 0) {
            mr_groups_remove(l->groups, l->keys, 0);
            return MR_OK;
        }
        MR_TRY(mr_groups_load(l->groups, l->keys, l->values, last, err));
        mr_groups_remove(l->groups, l->keys, last);
        loading_begin(l);
        return MR_OK;
    }
    MR_TRY(mr_row_decode(record->value, l->store->value_schema, l->values, l->n, l->arena, err));
    return ++l->n == LOAD_ROWS ? loading_flush(l, err) : MR_OK;
}

/* The records' bytes back the decoded strings, so a file is flushed before its reader closes. */
static mr_status load_file(loading *l, const char *path, mr_state_kind kind, mr_error *err)
{
    mr_state_reader reader;
    mr_state_record record;
    mr_status status;
    mr_str bytes;
    bool end = false;
    mr_arena *arena = mr_arena_new();

    status =
        mr_file_read_all(l->store->config.os, path, (size_t)STATE_FILE_MAX, arena, &bytes, err);
    if (status == MR_OK)
        status = mr_state_file_open(&reader, bytes, l->store->config.codec, kind, path, err);
    if (status != MR_OK) {
        mr_arena_free(arena);
        return status;
    }
    for (;;) {
        MR_CHECK(mr_state_file_next(&reader, &record, &end, err));
        if (end)
            break;
        MR_CHECK(load_record(l, &record, err));
    }
    status = loading_flush(l, err);
fail:
    mr_state_file_close(&reader);
    mr_arena_free(arena);
    return status;
}

static mr_status path_exists(mr_agg_store *store, const char *path, bool *exists, mr_error *err)
{
    mr_os_stat stat;

    MR_TRY(mr_os_stat_path(store->config.os, path, &stat, err));
    *exists = stat.exists;
    return MR_OK;
}

static mr_status missing_delta(mr_agg_store *store, int partition, int64_t version, mr_error *err)
{
    const char *path = version_path(store, partition, version, "delta");

    return mr_raise_text(err, MR_EXC_SPARK,
                         "CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS",
                         "[CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS] An error "
                         "occurred during loading state. Error reading delta file %s of "
                         "HDFSStateStoreProvider: %s does not exist. SQLSTATE: 58030",
                         path, path);
}

static mr_status load_partition(loading *l, int partition, int64_t version, mr_error *err)
{
    mr_agg_store *store = l->store;
    int64_t base = version;
    bool exists = false;

    for (; base > 0; base--) {
        MR_TRY(path_exists(store, version_path(store, partition, base, "snapshot"), &exists, err));
        if (exists)
            break;
        MR_TRY(path_exists(store, version_path(store, partition, base, "delta"), &exists, err));
        if (!exists)
            return missing_delta(store, partition, base, err);
    }
    if (base > 0)
        MR_TRY(
            load_file(l, version_path(store, partition, base, "snapshot"), MR_STATE_SNAPSHOT, err));
    for (int64_t v = base + 1; v <= version; v++)
        MR_TRY(load_file(l, version_path(store, partition, v, "delta"), MR_STATE_DELTA, err));
    if (base < store->last_snapshot)
        store->last_snapshot = base; /* the longest chain decides about the next snapshot */
    return MR_OK;
}

mr_status mr_agg_store_load(mr_agg_store *store, int64_t version, mr_groups *groups, mr_error *err)
{
    loading l = { .store = store, .groups = groups, .arena = mr_arena_new() };
    mr_status status = MR_OK;

    loading_begin(&l);
    store->last_snapshot = version;
    for (int p = 0; p < store->n_used && status == MR_OK && version > 0; p++)
        status = load_partition(&l, p, version, err);
    mr_arena_free(l.arena);
    mr_arena_reset(store->scratch);
    return status;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static mr_state_writer *delta_of(mr_agg_store *store, int partition)
{
    if (!store->is_open[partition]) {
        mr_buf_clear(&store->delta_bytes[partition]);
        mr_state_file_start(&store->deltas[partition], store->config.codec,
                            &store->delta_bytes[partition]);
        store->is_open[partition] = true;
    }
    return &store->deltas[partition];
}

/* Calls back with the encoded key (and value) of each group. */
typedef void (*row_fn)(void *data, int partition, mr_str key, mr_str value);

static void each_row(mr_agg_store *store, const mr_groups *groups, const int32_t *ids, int32_t n,
                     bool with_values, row_fn visit, void *data)
{
    int n_keys = store->key_schema->n_fields, n_values = store->value_schema->n_fields;
    mr_arena *arena = mr_arena_new();
    mr_buf key = { 0 }, value = { 0 };

    for (int32_t at = 0; at < n; at += LOAD_ROWS) {
        int32_t rows = n - at < LOAD_ROWS ? n - at : LOAD_ROWS;
        mr_vec *vecs = MR_NEW_ARRAY(arena, mr_vec, n_keys + n_values + 1);
        const mr_vec **cols = MR_NEW_ARRAY(arena, const mr_vec *, n_keys + n_values + 1);

        mr_groups_keys(groups, ids + at, rows, vecs, arena);
        if (with_values)
            mr_groups_save(groups, ids + at, rows, vecs + n_keys, arena);
        for (int i = 0; i < n_keys + n_values; i++)
            cols[i] = &vecs[i];
        for (int32_t row = 0; row < rows; row++) {
            mr_buf_clear(&key);
            mr_buf_clear(&value);
            mr_row_encode(cols, n_keys, row, &key);
            if (with_values)
                mr_row_encode(cols + n_keys, n_values, row, &value);
            visit(data,
                  n_keys == 0 ? 0 : mr_row_partition(cols, n_keys, row, store->config.n_partitions),
                  mr_buf_str(&key), mr_buf_str(&value));
        }
        mr_arena_reset(arena);
    }
    mr_buf_free(&key);
    mr_buf_free(&value);
    mr_arena_free(arena);
}

static void put_row(void *data, int partition, mr_str key, mr_str value)
{
    mr_state_file_put(delta_of(data, partition), key, value);
}

static void remove_row(void *data, int partition, mr_str key, mr_str value)
{
    (void)value;
    mr_state_file_remove(delta_of(data, partition), key);
}

mr_status mr_agg_store_changed(mr_agg_store *store, const mr_groups *groups, const int32_t *touched,
                               int32_t n_touched, const int32_t *closed, int32_t n_closed,
                               mr_error *err)
{
    (void)err;
    each_row(store, groups, touched, n_touched, true, put_row, store);
    each_row(store, groups, closed, n_closed, false, remove_row, store);
    return MR_OK;
}

/* Replaces a state file; siblings with checksums of what was there before go first. */
static mr_status write_file(mr_agg_store *store, int partition, int64_t version, const char *kind,
                            mr_str bytes, mr_error *err)
{
    char *dir = partition_dir(store, partition);
    char *path = version_path(store, partition, version, kind);
    mr_os_stat stat;

    MR_TRY(mr_os_stat_path(store->config.os, path, &stat, err));
    if (stat.exists) {
        mr_str spark = mr_arena_printf(store->scratch, "%s.crc", path);
        mr_str hadoop =
            mr_arena_printf(store->scratch, "%s/.%lld.%s.crc", dir, (long long)version, kind);

        MR_TRY(mr_file_remove_tree(store->config.os, spark.ptr, err));
        MR_TRY(mr_file_remove_tree(store->config.os, hadoop.ptr, err));
    } else if (version == 1 || !store->has_dirs) {
        MR_TRY(mr_os_mkdirs(store->config.os, dir, err));
    }
    return mr_file_write_atomic(store->config.os, path, bytes, 0, err);
}

static mr_status write_deltas(mr_agg_store *store, int64_t version, mr_error *err)
{
    for (int p = 0; p < store->n_used; p++) {
        mr_state_writer *writer = delta_of(store, p);

        mr_state_file_finish(writer);
        store->is_open[p] = false;
        store->bytes_since_snapshot += store->delta_bytes[p].len;
        MR_TRY(write_file(store, p, version, "delta", mr_buf_str(&store->delta_bytes[p]), err));
        mr_arena_reset(store->scratch);
    }
    return MR_OK;
}

static mr_status write_snapshot(mr_agg_store *store, int64_t version, const mr_groups *groups,
                                mr_error *err)
{
    int32_t n;
    int32_t *ids = mr_groups_all(groups, &n);
    mr_status status = MR_OK;

    each_row(store, groups, ids, n, true, put_row, store);
    free(ids);
    for (int p = 0; p < store->n_used && status == MR_OK; p++) {
        mr_state_file_finish(delta_of(store, p));
        store->is_open[p] = false;
        status = write_file(store, p, version, "snapshot", mr_buf_str(&store->delta_bytes[p]), err);
        mr_arena_reset(store->scratch);
    }
    store->bytes_since_snapshot = 0;
    store->last_snapshot = version;
    return status;
}

mr_status mr_agg_store_commit(mr_agg_store *store, int64_t version, const mr_groups *groups,
                              mr_error *err)
{
    MR_TRY(write_deltas(store, version, err));
    store->has_dirs = true;
    if (store->bytes_since_snapshot > mr_groups_bytes(groups) + (1u << 20) ||
        version - store->last_snapshot >= CHAIN_MAX)
        MR_TRY(write_snapshot(store, version, groups, err));
    return MR_OK;
}

/* Keeps everything from the newest snapshot at or below `oldest` on. */
static mr_status purge_partition(mr_agg_store *store, int partition, int64_t oldest, mr_error *err)
{
    char *dir = partition_dir(store, partition);
    int64_t keep_from = 0;
    mr_os_list list;

    MR_TRY(mr_os_list_dir(store->config.os, dir, store->scratch, &list, err));
    for (size_t i = 0; i < list.n; i++) {
        long long version;
        int used = 0;

        if (sscanf(list.entries[i].name.ptr, "%lld.snapshot%n", &version, &used) == 1 &&
            (size_t)used == list.entries[i].name.len && version <= oldest && version > keep_from)
            keep_from = version;
    }
    for (size_t i = 0; i < list.n; i++) {
        const char *name = list.entries[i].name.ptr;
        long long version = name[0] == '.' ? atoll(name + 1) : atoll(name);

        if (version > 0 && version < keep_from)
            MR_TRY(mr_file_remove_tree(store->config.os, mr_file_join(store->scratch, dir, name),
                                       err));
    }
    mr_arena_reset(store->scratch);
    return MR_OK;
}

mr_status mr_agg_store_purge(mr_agg_store *store, int64_t oldest, mr_error *err)
{
    for (int p = 0; p < store->n_used; p++)
        MR_TRY(purge_partition(store, p, oldest, err));
    return MR_OK;
}
