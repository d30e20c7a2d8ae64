/* agg_store.c - groups to Spark's rows, and back. */
#include "state/agg_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/state_pack.h"
#include "column/row.h"
#include "state/describe_priv.h"

#define BUFFERS_MAX 512
#define LOAD_ROWS   1024
#define PIECE_ROWS  8192 /* encoded by one task, at least */
#define BLOCK_ROWS  256  /* about so many fill a block of a state file */
#define PACK_ROWS   2048 /* encoded before they are packed */
#define GROUP_BYTES 64   /* a changed group has at least about so many */

struct mr_agg_store {
    mr_agg_store_config config;
    mr_arena *arena;
    const mr_type *key_schema;
    const mr_type *value_schema;
    mr_state_dir *dir;
    mr_state_changes changes;
};

static const mr_type *value_schema_of(mr_agg_store *store)
{
    mr_field *fields = MR_NEW_ARRAY(store->arena, mr_field, BUFFERS_MAX);
    int n = mr_groups_buffers(store->config.spec, store->arena, fields, BUFFERS_MAX);

    return mr_type_struct(store->arena, fields, n);
}

mr_status mr_agg_store_open(const mr_agg_store_config *config, mr_agg_store **out, mr_error *err)
{
    mr_agg_store *store = mr_calloc(1, sizeof(*store));
    mr_state_dir_config files = { .os = config->os,
                                  .dir = config->dir,
                                  .n_partitions =
                                      config->spec->n_keys == 0 ? 1 : config->n_partitions,
                                  .codec = config->codec,
                                  .pool = config->pool };
    state_description described;
    mr_status status;

    store->config = *config;
    if (store->config.direct_bytes == 0)
        store->config.direct_bytes = MR_STATE_DIRECT_BYTES;
    store->arena = mr_arena_new();
    store->dir = mr_state_dir_new(&files);
    store->key_schema = mr_type_struct(store->arena, config->key_fields, config->spec->n_keys);
    store->value_schema = value_schema_of(store);
    described = (state_description){ .os = config->os,
                                     .dir = config->dir,
                                     .operator_id = config->operator_id,
                                     .operator_name = "stateStoreSave",
                                     .n_partitions = config->n_partitions,
                                     .key = store->key_schema,
                                     .value = store->value_schema };
    MR_CHECK(state_describe(&described, err));
    *out = store;
    return MR_OK;

fail:
    mr_agg_store_close(store);
    *out = NULL;
    return status;
}

void mr_agg_store_close(mr_agg_store *store)
{
    if (store == NULL)
        return;
    mr_state_changes_free(&store->changes);
    mr_state_dir_free(store->dir);
    mr_arena_free(store->arena);
    free(store);
}

mr_state_dir *mr_agg_store_dir(mr_agg_store *store)
{
    return store->dir;
}

/* --- loading -----------------------------------------------------------------------------------
 */

/* A run of puts decoded together. */
typedef struct loading {
    mr_agg_store *store;
    mr_groups *groups;
    mr_arena *arena;
    mr_vec *keys, *values;
    const mr_vec **key_cols; /* the same keys */
    int32_t n;
    int partition; /* whose files are read; -1: the journal */
} loading;

static void loading_begin(loading *l)
{
    mr_arena_reset(l->arena);
    l->keys = MR_NEW_ARRAY(l->arena, mr_vec, l->store->key_schema->n_fields + 1);
    l->values = MR_NEW_ARRAY(l->arena, mr_vec, l->store->value_schema->n_fields + 1);
    l->key_cols = MR_NEW_ARRAY(l->arena, const mr_vec *, l->store->key_schema->n_fields + 1);
    for (int i = 0; i < l->store->key_schema->n_fields; i++) {
        mr_vec_init(&l->keys[i], l->arena, l->store->key_schema->fields[i].type, LOAD_ROWS);
        l->key_cols[i] = &l->keys[i];
    }
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

/* A row that the query's types do not explain: damaged, or written by another query or an old
 * Spark whose state has no schema file. */
static mr_status bad_row(const loading *l, const char *condition, const mr_error *why,
                         mr_error *err)
{
    char id[600];

    snprintf(id, sizeof(id),
             "StateStoreId[ operatorId=%d, partitionId=%d, storeName=default ] in %.400s",
             l->store->config.operator_id, l->partition, l->store->config.dir);
    return mr_raise(err, MR_EXC_SPARK, condition, "stateStoreID", id, "errorMsg", why->message,
                    (char *)NULL);
}

static mr_status decode(const loading *l, mr_str row, bool is_key, mr_error *err)
{
    mr_error why = { 0 };

    if (mr_row_decode(row, is_key ? l->store->key_schema : l->store->value_schema,
                      is_key ? l->keys : l->values, l->n, l->arena, &why) == MR_OK)
        return MR_OK;
    return bad_row(l,
                   is_key ? "STATE_STORE_KEY_ROW_FORMAT_VALIDATION_FAILURE"
                          : "STATE_STORE_VALUE_ROW_FORMAT_VALIDATION_FAILURE",
                   &why, err);
}

/* A key elsewhere than its hash says would be written twice. */
static mr_status check_partition(const loading *l, mr_error *err)
{
    int n_keys = l->store->key_schema->n_fields, partition;

    if (l->partition < 0 || n_keys == 0)
        return MR_OK;
    partition = mr_row_partition(l->key_cols, n_keys, l->n, l->store->config.n_partitions);
    if (partition == l->partition)
        return MR_OK;
    return mr_fail(err, MR_UNSUPPORTED,
                   "%s/%d holds a key that belongs to partition %d: the query that wrote it "
                   "distributes its rows in another way (a Spark before 3.3 kept to a "
                   "repartition of the query), which this build does not go on from",
                   l->store->config.dir, l->partition, partition);
}

/* The bytes of the records back the decoded strings, so a file is flushed before it goes. */
static mr_status load_record(void *data, const mr_state_record *record, mr_error *err)
{
    loading *l = data;
    int32_t last = l->n;

    if (record == NULL)
        return loading_flush(l, err);
    MR_TRY(decode(l, record->key, true, err));
    if (!record->is_remove) {
        MR_TRY(check_partition(l, err));
        MR_TRY(decode(l, record->value, false, err));
        return ++l->n == LOAD_ROWS ? loading_flush(l, err) : MR_OK;
    }
    if (last > 0)
        MR_TRY(mr_groups_load(l->groups, l->keys, l->values, last, err));
    mr_groups_remove(l->groups, l->keys, last);
    if (last > 0)
        loading_begin(l);
    return MR_OK;
}

mr_status mr_agg_store_load(mr_agg_store *store, mr_publisher *publisher, int at, mr_groups *groups,
                            mr_error *err)
{
    loading l = { .store = store, .groups = groups, .arena = mr_arena_new() };
    mr_status status = MR_OK;

    loading_begin(&l);
    for (int p = 0; p < mr_state_dir_partitions(store->dir) && status == MR_OK; p++) {
        l.partition = p;
        status = mr_state_dir_read(store->dir, p, load_record, &l, err);
    }
    l.partition = -1;
    if (status == MR_OK)
        status = mr_publisher_replay(publisher, at, load_record, &l, err);
    mr_arena_free(l.arena);
    return status;
}

/* --- taking down -------------------------------------------------------------------------------
 */

/* Groups to encode: a chunk of changes for every PIECE_ROWS of them. */
typedef struct encoding {
    mr_agg_store *store;
    const mr_groups *groups;
    const int32_t *ids;
    int32_t n;
    bool removes;
    int first_chunk;
    int32_t piece_rows;
} encoding;

/* Entries by the thousand, packed while they are warm. */
static void encode_packed(const encoding *e, const mr_groups_change *change, const int32_t *ids,
                          int32_t n, mr_buf *out)
{
    mr_state_packer packer;
    mr_buf entries = { 0 };

    mr_state_packer_start(&packer, mr_state_dir_partitions(e->store->dir), out);
    for (int32_t at = 0; at < n; at += PACK_ROWS) {
        mr_buf_clear(&entries);
        mr_groups_encode(change, ids + at, n - at < PACK_ROWS ? n - at : PACK_ROWS, &entries);
        mr_state_packer_add(&packer, mr_buf_str(&entries));
    }
    mr_state_packer_finish(&packer);
    mr_buf_free(&entries);
}

static mr_status encode_piece(void *data, int piece, mr_error *err)
{
    const encoding *e = data;
    mr_groups_change change = { e->groups, e->store->config.n_partitions, e->removes };
    int32_t from = piece * e->piece_rows, left = e->n - from;
    int32_t n = left < e->piece_rows ? left : e->piece_rows;
    mr_buf chunk = { 0 }; /* of its own: others work on the chunks beside it */

    (void)err;
    if (e->store->changes.is_packed)
        encode_packed(e, &change, e->ids + from, n, &chunk);
    else
        mr_groups_encode(&change, e->ids + from, n, &chunk);
    e->store->changes.chunks[e->first_chunk + piece] = chunk;
    return MR_OK;
}

/* Groups that one task encodes.  Packed, every partition should fill a block. */
static int32_t piece_rows(const mr_agg_store *store, int32_t n)
{
    int32_t rows = n / 64 > 8 * PIECE_ROWS ? 8 * PIECE_ROWS : n / 64;
    int64_t full = (int64_t)BLOCK_ROWS * mr_state_dir_partitions(store->dir);

    if (store->changes.is_packed && rows < full)
        rows = full < n / 8 ? (int32_t)full : n / 8;
    return rows < PIECE_ROWS ? PIECE_ROWS : rows;
}

static mr_status encode(mr_agg_store *store, const mr_groups *groups, const int32_t *ids, int32_t n,
                        bool removes, mr_error *err)
{
    int32_t rows = piece_rows(store, n);
    encoding e = { store, groups, ids, n, removes, 0, rows };
    int pieces = (n + rows - 1) / rows;

    e.first_chunk = mr_state_changes_extend(&store->changes, pieces);
    if (store->config.pool != NULL && pieces > 1)
        return mr_pool_run(store->config.pool, pieces, encode_piece, &e, err);
    for (int i = 0; i < pieces; i++)
        MR_TRY(encode_piece(&e, i, err));
    return MR_OK;
}

/* The closed ones come in the order of their times, and all later ones stay. */
mr_status mr_agg_store_whole(mr_agg_store *store, const mr_groups *groups, const int32_t *closed,
                             int32_t n_closed, mr_error *err)
{
    int32_t n;
    int32_t *ids = n_closed == 0
                       ? mr_groups_all(groups, &n)
                       : mr_groups_open(groups, mr_groups_time(groups, closed[n_closed - 1]), &n);
    mr_status status;

    MR_ASSERT(store->changes.n_chunks == 0 && store->config.codec == MR_STATE_LZ4);
    MR_ASSERT(n == mr_groups_count(groups) - n_closed);
    store->changes.is_packed = store->changes.is_whole = true;
    status = encode(store, groups, ids, n, false, err);
    free(ids);
    return status;
}

bool mr_agg_store_is_large(const mr_agg_store *store, int64_t n)
{
    return store->config.codec == MR_STATE_LZ4 &&
           (size_t)n * GROUP_BYTES > store->config.direct_bytes;
}

/* A snapshot where less stays than changed. */
mr_status mr_agg_store_changed(mr_agg_store *store, const mr_groups *groups, const int32_t *touched,
                               int32_t n_touched, const int32_t *closed, int32_t n_closed,
                               mr_error *err)
{
    int64_t n = (int64_t)n_touched + n_closed;

    MR_ASSERT(store->changes.n_chunks == 0);
    store->changes.is_packed = mr_agg_store_is_large(store, n);
    if (store->changes.is_packed && mr_groups_count(groups) - n_closed < n)
        return mr_agg_store_whole(store, groups, closed, n_closed, err);
    MR_TRY(encode(store, groups, touched, n_touched, false, err));
    return encode(store, groups, closed, n_closed, true, err);
}

void mr_agg_store_take(mr_agg_store *store, mr_state_changes *out)
{
    *out = store->changes;
    store->changes = (mr_state_changes){ 0 };
}
