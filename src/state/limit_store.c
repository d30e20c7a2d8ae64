/* limit_store.c - one row: the count of a streaming limit. */
#include "state/limit_store.h"

#include <stdlib.h>

#include "column/row.h"
#include "state/describe_priv.h"

struct mr_limit_store {
    mr_arena *arena;
    const mr_type *key, *value;
    mr_state_dir *dir;
};

static const mr_type *one_column(mr_arena *arena, const char *name, mr_type_id id)
{
    mr_field *field = MR_NEW(arena, mr_field);

    *field = (mr_field){ mr_str_from(name), mr_type_of(id), true, { NULL, 0 } };
    return mr_type_struct(arena, field, 1);
}

mr_status mr_limit_store_open(mr_os *os, const char *dir, int operator_id, int n_partitions,
                              mr_state_codec codec, mr_limit_store **out, mr_error *err)
{
    mr_limit_store *store = mr_calloc(1, sizeof(*store));
    mr_state_dir_config files = { .os = os, .dir = dir, .n_partitions = 1, .codec = codec };
    state_description described;
    mr_status status;

    store->arena = mr_arena_new();
    store->key = one_column(store->arena, "key", MR_TYPE_NULL);
    store->value = one_column(store->arena, "value", MR_TYPE_LONG);
    store->dir = mr_state_dir_new(&files);
    described = (state_description){ .os = os,
                                     .dir = dir,
                                     .operator_id = operator_id,
                                     .operator_name = "globalLimit",
                                     .n_partitions = n_partitions,
                                     .key = store->key,
                                     .value = store->value };
    status = state_describe(&described, err);
    if (status != MR_OK) {
        mr_limit_store_close(store);
        store = NULL;
    }
    *out = store;
    return status;
}

void mr_limit_store_close(mr_limit_store *store)
{
    if (store == NULL)
        return;
    mr_state_dir_free(store->dir);
    mr_arena_free(store->arena);
    free(store);
}

mr_state_dir *mr_limit_store_dir(mr_limit_store *store)
{
    return store->dir;
}

typedef struct limit_loading {
    mr_limit_store *store;
    int64_t taken;
} limit_loading;

static mr_status load_row(void *data, const mr_state_record *record, mr_error *err)
{
    limit_loading *l = data;
    mr_arena *arena;
    mr_status status;
    mr_vec value;

    if (record == NULL || record->is_remove)
        return MR_OK;
    arena = mr_arena_new();
    mr_vec_init(&value, arena, mr_type_of(MR_TYPE_LONG), 1);
    status = mr_row_decode(record->value, l->store->value, &value, 0, arena, err);
    if (status == MR_OK)
        l->taken = value.i64[0];
    mr_arena_free(arena);
    return status;
}

mr_status mr_limit_store_load(mr_limit_store *store, mr_publisher *publisher, int at,
                              int64_t *taken, mr_error *err)
{
    limit_loading l = { .store = store };

    MR_TRY(mr_state_dir_read(store->dir, 0, load_row, &l, err));
    MR_TRY(mr_publisher_replay(publisher, at, load_row, &l, err));
    *taken = l.taken;
    return MR_OK;
}

void mr_limit_store_changed(const mr_limit_store *store, int64_t taken, mr_state_changes *out)
{
    mr_vec key, value;
    const mr_vec *keys[1] = { &key }, *values[1] = { &value };
    mr_buf key_row = { 0 }, value_row = { 0 };
    mr_arena *arena = mr_arena_new();
    int chunk = mr_state_changes_extend(out, 1);

    mr_vec_init(&key, arena, store->key->fields[0].type, 1);
    mr_vec_set_null(&key, arena, 0);
    mr_vec_init(&value, arena, store->value->fields[0].type, 1);
    value.i64[0] = taken;
    mr_row_encode(keys, 1, 0, &key_row);
    mr_row_encode(values, 1, 0, &value_row);
    mr_state_changes_put(&out->chunks[chunk], 0, mr_buf_str(&key_row), mr_buf_str(&value_row));
    mr_buf_free(&key_row);
    mr_buf_free(&value_row);
    mr_arena_free(arena);
}
