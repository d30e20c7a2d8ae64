/* catalog_call.c - spark.catalog: its calls are relations whose rows are the answers. */
#include "engine/engine_priv.h"

#include <stdlib.h>
#include <string.h>

/* Numbers of the calls in Spark Connect's Catalog message. */
enum {
    CURRENT_DATABASE = 1,
    SET_DATABASE = 2,
    LIST_DATABASES = 3,
    LIST_TABLES = 4,
    LIST_COLUMNS = 6,
    GET_DATABASE = 7,
    GET_TABLE = 8,
    DATABASE_EXISTS = 10,
    TABLE_EXISTS = 11,
    FUNCTION_EXISTS = 12,
    DROP_VIEW = 15,
    DROP_GLOBAL_VIEW = 16,
    IS_CACHED = 18,
    CACHE_TABLE = 19,
    UNCACHE_TABLE = 20,
    CLEAR_CACHE = 21,
    REFRESH_TABLE = 22,
    REFRESH_PATH = 23,
    CURRENT_CATALOG = 24,
    LIST_CATALOGS = 26
};

/* One part of a pattern without '|': '*' stands for any text. */
static bool matches_part(mr_str part, mr_str name)
{
    size_t star = part.len, retry = 0, i = 0, at = 0;

    while (at < name.len) {
        if (i < part.len && part.ptr[i] == '*') {
            star = i++;
            retry = at;
        } else if (i < part.len && mr_str_equal_nocase(mr_str_slice(part, i, i + 1),
                                                       mr_str_slice(name, at, at + 1))) {
            i++;
            at++;
        } else if (star < part.len) {
            i = star + 1;
            at = ++retry;
        } else {
            return false;
        }
    }
    while (i < part.len && part.ptr[i] == '*')
        i++;
    return i == part.len;
}

bool catalog_matches(mr_str pattern, mr_str name)
{
    for (size_t at = 0; at <= pattern.len;) {
        size_t end = mr_str_find(pattern, '|', at);

        if (matches_part(mr_str_trim(mr_str_slice(pattern, at, end)), name))
            return true;
        at = end + 1;
    }
    return false;
}

/* The columns of an answer: a name and 's' text, 'b' boolean, 'n' the parts of a namespace. */
typedef struct shape {
    const char *const *names;
    const char *kinds;
} shape;

typedef struct answer {
    mr_arena *arena;
    const shape *shape;
    mr_str *cells; /* ptr NULL = null; booleans "true" or "false" */
    int n, capacity;
} answer;

static void put(answer *a, const char *text)
{
    MR_PUSH(a->cells, a->n, a->capacity,
            text == NULL ? (mr_str){ 0 } : mr_arena_str(a->arena, mr_str_from(text)));
}

static void put_namespace(mr_vec *vec, mr_arena *arena, int row, mr_str part)
{
    int32_t n = vec->offsets[row];

    if (part.len > 0) {
        mr_vec *child = &vec->children[0];
        mr_vec longer;

        mr_vec_init(&longer, arena, child->type, n + 1);
        for (int32_t i = 0; i < n; i++)
            longer.str[i] = child->str[i];
        longer.str[n++] = part;
        *child = longer;
    }
    vec->offsets[row + 1] = n;
}

static mr_batch *batch_of(const answer *a)
{
    int n_cols = (int)strlen(a->shape->kinds), rows = a->n / n_cols;
    mr_field *fields = MR_NEW_ARRAY(a->arena, mr_field, n_cols);
    mr_batch *batch;

    for (int c = 0; c < n_cols; c++) {
        const mr_type *text = mr_type_of(MR_TYPE_STRING);
        char kind = a->shape->kinds[c];

        fields[c] = (mr_field){ mr_str_from(a->shape->names[c]),
                                kind == 'b'   ? mr_type_of(MR_TYPE_BOOLEAN)
                                : kind == 'n' ? mr_type_array(a->arena, text, true)
                                              : text,
                                true,
                                { 0 } };
    }
    batch = mr_batch_new(a->arena, mr_type_struct(a->arena, fields, n_cols), rows);
    for (int c = 0; c < n_cols; c++) {
        mr_vec_init(&batch->cols[c], a->arena, fields[c].type, rows);
        for (int i = 0; i < rows; i++) {
            mr_str cell = a->cells[i * n_cols + c];

            if (a->shape->kinds[c] == 'n')
                put_namespace(&batch->cols[c], a->arena, i, cell);
            else if (cell.ptr == NULL)
                mr_vec_set_null(&batch->cols[c], a->arena, i);
            else if (a->shape->kinds[c] == 'b')
                batch->cols[c].u8[i] = mr_str_is(cell, "true");
            else
                batch->cols[c].str[i] = cell;
        }
    }
    return batch;
}

static void put_table(answer *a, const engine_entry *entry)
{
    put(a, entry->name);
    put(a, entry->is_temporary ? NULL : "spark_catalog");
    put(a, entry->is_temporary ? "" : "default");
    put(a, NULL);
    put(a, entry->is_temporary ? "TEMPORARY" : entry->table != NULL ? "MANAGED" : "EXTERNAL");
    put(a, entry->is_temporary ? "true" : "false");
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp((*(const engine_entry *const *)a)->name, (*(const engine_entry *const *)b)->name);
}

/* `name` empty: all tables that match `pattern` (empty: all); else that one. */
static void put_tables(answer *a, mr_session *session, mr_str name, mr_str pattern)
{
    const engine_entry **sorted;
    int n = 0;

    pthread_mutex_lock(&session->lock);
    sorted = MR_NEW_ARRAY(a->arena, const engine_entry *, session->n_entries + 1);
    for (int i = 0; i < session->n_entries; i++)
        sorted[n++] = &session->entries[i];
    qsort(sorted, (size_t)n, sizeof(*sorted), compare_entries);
    for (int i = 0; i < n; i++) {
        mr_str is = mr_str_from(sorted[i]->name);

        if (mr_str_starts_nocase(is, "global_temp."))
            continue;
        if (name.len > 0 ? mr_str_equal_nocase(is, name)
                         : pattern.len == 0 || catalog_matches(pattern, is))
            put_table(a, sorted[i]);
    }
    pthread_mutex_unlock(&session->lock);
}

static mr_status put_columns(answer *a, mr_session *session, mr_str name, mr_error *err)
{
    mr_xrel *rel = mr_xrel_new(a->arena, MR_R_READ_TABLE, NULL);
    const mr_type *schema;

    rel->name = name;
    MR_TRY(mr_session_schema(session, rel, a->arena, &schema, err));
    for (int i = 0; i < schema->n_fields; i++) {
        mr_buf type = { 0 };

        mr_type_print_simple(schema->fields[i].type, &type);
        put(a, mr_arena_cstr(a->arena, schema->fields[i].name));
        put(a, NULL);
        put(a, mr_buf_cstr(&type));
        put(a, schema->fields[i].nullable ? "true" : "false");
        for (int k = 0; k < 3; k++)
            put(a, "false");
        mr_buf_free(&type);
    }
    return MR_OK;
}

static void put_flag(answer *a, bool flag)
{
    put(a, flag ? "true" : "false");
}

static void put_database(answer *a)
{
    put(a, "default");
    put(a, "spark_catalog");
    put(a, "default database");
    put(a, "");
}

static mr_status no_table(mr_arena *arena, mr_str name, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "TABLE_OR_VIEW_NOT_FOUND", "relationName",
                    mr_arena_cstr(arena, mr_arena_printf(arena, "`%.*s`", MR_STR_ARG(name))),
                    (char *)NULL);
}

static mr_status fill(answer *a, mr_session *session, const mr_xrel *rel, mr_error *err)
{
    switch (rel->catalog_op) {
    case CURRENT_DATABASE:
        put(a, "default");
        return MR_OK;
    case CURRENT_CATALOG:
        put(a, "spark_catalog");
        return MR_OK;
    case LIST_CATALOGS:
        put(a, "spark_catalog");
        put(a, NULL);
        return MR_OK;
    case LIST_DATABASES:
    case GET_DATABASE:
        put_database(a);
        return MR_OK;
    case LIST_TABLES:
        put_tables(a, session, (mr_str){ 0 }, rel->text);
        return MR_OK;
    case GET_TABLE:
        put_tables(a, session, rel->name, (mr_str){ 0 });
        return a->n > 0 ? MR_OK : no_table(a->arena, rel->name, err);
    case LIST_COLUMNS:
        return put_columns(a, session, rel->name, err);
    case DATABASE_EXISTS:
        put_flag(a, mr_str_is_nocase(rel->name, "default") ||
                        mr_str_is_nocase(rel->name, "spark_catalog.default"));
        return MR_OK;
    case TABLE_EXISTS:
        put_flag(a, mr_session_has_table(session, rel->name));
        return MR_OK;
    case FUNCTION_EXISTS:
        put_flag(a, mr_function_find(rel->name) != NULL);
        return MR_OK;
    case DROP_VIEW:
        put_flag(a, mr_session_drop_view(session, rel->name));
        return MR_OK;
    case DROP_GLOBAL_VIEW:
        put_flag(a, mr_session_drop_view(session, mr_arena_printf(a->arena, "global_temp.%.*s",
                                                                  MR_STR_ARG(rel->name))));
        return MR_OK;
    case IS_CACHED:
        if (!mr_session_has_table(session, rel->name))
            return no_table(a->arena, rel->name, err);
        put_flag(a, false);
        return MR_OK;
    default: /* nothing is cached, so there is nothing to refresh or to forget */
        return MR_OK;
    }
}

mr_status catalog_call(mr_session *session, const mr_xrel *rel, mr_arena *arena, mr_batch **out,
                       mr_error *err)
{
    static const char *const value[] = { "value" };
    static const char *const table[] = { "name",        "catalog",   "namespace",
                                         "description", "tableType", "isTemporary" };
    static const char *const column[] = { "name",        "description", "dataType", "nullable",
                                          "isPartition", "isBucket",    "isCluster" };
    static const char *const database[] = { "name", "catalog", "description", "locationUri" };
    static const char *const catalogs[] = { "name", "description" };
    static const shape shapes[] = {
        [CURRENT_DATABASE] = { value, "s" },
        [SET_DATABASE] = { value, "s" },
        [LIST_DATABASES] = { database, "ssss" },
        [LIST_TABLES] = { table, "ssnssb" },
        [LIST_COLUMNS] = { column, "sssbbbb" },
        [GET_DATABASE] = { database, "ssss" },
        [GET_TABLE] = { table, "ssnssb" },
        [DATABASE_EXISTS] = { value, "b" },
        [TABLE_EXISTS] = { value, "b" },
        [FUNCTION_EXISTS] = { value, "b" },
        [DROP_VIEW] = { value, "b" },
        [DROP_GLOBAL_VIEW] = { value, "b" },
        [IS_CACHED] = { value, "b" },
        [CACHE_TABLE] = { value, "s" },
        [UNCACHE_TABLE] = { value, "s" },
        [CLEAR_CACHE] = { value, "s" },
        [REFRESH_TABLE] = { value, "s" },
        [REFRESH_PATH] = { value, "s" },
        [CURRENT_CATALOG] = { value, "s" },
        [LIST_CATALOGS] = { catalogs, "ss" },
    };
    answer a = { .arena = arena };
    mr_status status;

    if (rel->catalog_op < 0 || rel->catalog_op > LIST_CATALOGS ||
        shapes[rel->catalog_op].names == NULL)
        return mr_fail(err, MR_UNSUPPORTED, "call %d of spark.catalog is not supported",
                       rel->catalog_op);
    a.shape = &shapes[rel->catalog_op];
    status = fill(&a, session, rel, err);
    if (status == MR_OK)
        *out = batch_of(&a);
    free(a.cells);
    return status;
}
