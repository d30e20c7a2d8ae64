/* describe.c - operator metadata and state schema: written once, checked at every start. */
#include "checkpoint/schema_file.h"
#include "os/file.h"
#include "state/describe_priv.h"

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

static mr_status check_schema(const state_description *d, mr_arena *arena, const char *path,
                              mr_error *err)
{
    const mr_type *key, *value;
    mr_str bytes;

    MR_TRY(mr_file_read_all(d->os, path, 16u << 20, arena, &bytes, err));
    MR_TRY(mr_schema_file_read(arena, bytes, path, &key, &value, err));
    if (!compatible(key, d->key))
        return schema_mismatch("STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE", key, d->key, err);
    if (!compatible(value, d->value))
        return schema_mismatch("STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE", value, d->value, err);
    return MR_OK;
}

static mr_status need_schema(const state_description *d, mr_arena *arena, mr_error *err)
{
    char *dir = mr_file_join(arena, d->dir, "0/_metadata");
    char *path = mr_file_join(arena, dir, "schema");
    mr_os_stat stat;
    mr_buf bytes = { 0 };
    mr_status status;

    MR_TRY(mr_os_stat_path(d->os, path, &stat, err));
    if (stat.exists)
        return check_schema(d, arena, path, err);
    MR_TRY(mr_os_mkdirs(d->os, dir, err));
    mr_schema_file_write(d->key, d->value, &bytes);
    status = mr_file_write_atomic(d->os, path, mr_buf_str(&bytes), MR_FILE_SYNC, err);
    mr_buf_free(&bytes);
    return status;
}

static mr_status need_metadata(const state_description *d, mr_arena *arena, mr_error *err)
{
    char *dir = mr_file_join(arena, d->dir, "_metadata");
    char *path = mr_file_join(arena, dir, "metadata");
    mr_store_info info = { MR_STR("default"), 0, d->n_partitions };
    mr_operator_metadata ours = { d->operator_id, mr_str_from(d->operator_name), &info, 1 };
    mr_operator_metadata theirs;
    mr_buf bytes = { 0 };
    mr_os_stat stat;
    mr_status status;
    mr_str text;

    MR_TRY(mr_os_stat_path(d->os, path, &stat, err));
    if (stat.exists) {
        MR_TRY(mr_file_read_all(d->os, path, 1u << 20, arena, &text, err));
        MR_TRY(mr_operator_metadata_parse(arena, text, path, &theirs, err));
        if (!mr_str_equal(theirs.name, ours.name))
            return mr_raise_text(
                err, MR_EXC_ANALYSIS, "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
                "[STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA] Streaming "
                "stateful operator name does not match with the operator in state "
                "metadata: the checkpoint holds %.*s in operator %d, the query has "
                "%s. SQLSTATE: 42K03",
                MR_STR_ARG(theirs.name), d->operator_id, d->operator_name);
        return MR_OK;
    }
    MR_TRY(mr_os_mkdirs(d->os, dir, err));
    mr_operator_metadata_print(&ours, &bytes);
    status = mr_file_write_atomic(d->os, path, mr_buf_str(&bytes), MR_FILE_SYNC, err);
    mr_buf_free(&bytes);
    return status;
}

mr_status state_describe(const state_description *d, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_status status = need_metadata(d, arena, err);

    if (status == MR_OK)
        status = need_schema(d, arena, err);
    mr_arena_free(arena);
    return status;
}
