/* catalog.c - temporary views, tables of files, tables in memory; what analysis asks about them. */
#include "column/ipc.h"
#include "engine/engine_priv.h"
#include "os/file.h"
#include "source/file_source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define INFER_BYTES (64 * 1024 * 1024) /* of files read to infer a schema */

/* --- copies of syntax plans --------------------------------------------------------------------
 */

static mr_xexpr *copy_expr(mr_arena *arena, const mr_xexpr *e);

static mr_xexpr **copy_exprs(mr_arena *arena, mr_xexpr *const *exprs, int n)
{
    mr_xexpr **out = MR_NEW_ARRAY(arena, mr_xexpr *, n + 1);

    for (int i = 0; i < n; i++)
        out[i] = copy_expr(arena, exprs[i]);
    return out;
}

static mr_str *copy_strs(mr_arena *arena, const mr_str *strs, int n)
{
    mr_str *out = MR_NEW_ARRAY(arena, mr_str, n + 1);

    for (int i = 0; i < n; i++)
        out[i] = mr_arena_str(arena, strs[i]);
    return out;
}

static mr_xexpr *copy_expr(mr_arena *arena, const mr_xexpr *e)
{
    mr_xexpr *out;

    if (e == NULL)
        return NULL;
    out = mr_arena_alloc(arena, sizeof(*out));
    *out = *e;
    out->name = mr_arena_str(arena, e->name);
    out->args = copy_exprs(arena, e->args, e->n_args);
    out->names = copy_strs(arena, e->names, e->n_names);
    if (e->literal.type != NULL)
        out->literal = mr_scalar_copy(arena, e->literal);
    if (e->type != NULL)
        out->type = mr_type_copy(arena, e->type);
    out->type_text = mr_arena_str(arena, e->type_text);
    out->metadata = mr_arena_str(arena, e->metadata);
    out->sql_text = mr_arena_str(arena, e->sql_text);
    out->call_name = mr_arena_str(arena, e->call_name);
    out->call_site = mr_arena_str(arena, e->call_site);
    out->filter = copy_expr(arena, e->filter);
    return out;
}

static mr_options copy_options(mr_arena *arena, mr_options options)
{
    mr_option_pair *pairs = MR_NEW_ARRAY(arena, mr_option_pair, options.n + 1);

    for (int i = 0; i < options.n; i++) {
        pairs[i].key = mr_arena_str(arena, options.pairs[i].key);
        pairs[i].value = mr_arena_str(arena, options.pairs[i].value);
    }
    return (mr_options){ pairs, options.n };
}

mr_xrel *catalog_copy_rel(mr_arena *arena, const mr_xrel *rel)
{
    mr_xrel *out;

    if (rel == NULL)
        return NULL;
    out = mr_arena_alloc(arena, sizeof(*out));
    *out = *rel;
    out->input = catalog_copy_rel(arena, rel->input);
    out->right = catalog_copy_rel(arena, rel->right);
    out->refs = MR_NEW_ARRAY(arena, mr_xrel *, rel->n_refs + 1);
    for (int i = 0; i < rel->n_refs; i++)
        out->refs[i] = catalog_copy_rel(arena, rel->refs[i]);
    out->exprs = copy_exprs(arena, rel->exprs, rel->n_exprs);
    out->aggs = copy_exprs(arena, rel->aggs, rel->n_aggs);
    out->names = copy_strs(arena, rel->names, rel->n_names);
    out->name = mr_arena_str(arena, rel->name);
    out->text = mr_arena_str(arena, rel->text);
    out->format = mr_arena_str(arena, rel->format);
    out->schema_text = mr_arena_str(arena, rel->schema_text);
    if (rel->schema != NULL)
        out->schema = mr_type_copy(arena, rel->schema);
    out->options = copy_options(arena, rel->options);
    out->paths = copy_strs(arena, rel->paths, rel->n_paths);
    out->data = mr_arena_str(arena, rel->data);
    out->sql_text = mr_arena_str(arena, rel->sql_text);
    return out;
}

/* --- entries -----------------------------------------------------------------------------------
 */

static bool same_name(mr_str name, const char *entry)
{
    if (name.len >= 2 && name.ptr[0] == '`' && name.ptr[name.len - 1] == '`')
        name = mr_str_slice(name, 1, name.len - 1);
    if (mr_str_starts_nocase(name, "spark_catalog."))
        name = mr_str_slice(name, 14, name.len);
    if (mr_str_starts_nocase(name, "default."))
        name = mr_str_slice(name, 8, name.len);
    return mr_str_is_nocase(name, entry);
}

/* With the lock held. */
static engine_entry *find_entry(mr_session *session, mr_str name)
{
    for (int i = 0; i < session->n_entries; i++)
        if (same_name(name, session->entries[i].name))
            return &session->entries[i];
    return NULL;
}

static void free_entry(engine_entry *entry)
{
    free(entry->name);
    mr_arena_free(entry->arena);
    if (entry->table != NULL)
        mr_table_unref(entry->table);
}

void catalog_put(mr_session *session, mr_str name, const mr_xrel *rel, mr_table *table,
                 bool is_temporary)
{
    engine_entry entry = { 0 };
    engine_entry *old;

    if (name.len >= 2 && name.ptr[0] == '`' && name.ptr[name.len - 1] == '`')
        name = mr_str_slice(name, 1, name.len - 1);
    entry.name = engine_strdup(name);
    for (char *c = entry.name; *c != '\0' && is_temporary; c++)
        *c = (char)tolower((unsigned char)*c);
    entry.is_temporary = is_temporary;
    entry.arena = mr_arena_new();
    entry.rel = catalog_copy_rel(entry.arena, rel);
    entry.table = table == NULL ? NULL : mr_table_ref(table);
    pthread_mutex_lock(&session->lock);
    old = find_entry(session, name);
    if (old != NULL) {
        free_entry(old);
        *old = entry;
    } else {
        MR_PUSH(session->entries, session->n_entries, session->entry_capacity, entry);
    }
    pthread_mutex_unlock(&session->lock);
}

mr_table *catalog_table(mr_session *session, mr_str name)
{
    engine_entry *entry;
    mr_table *table = NULL;

    pthread_mutex_lock(&session->lock);
    entry = find_entry(session, name);
    if (entry != NULL && entry->table != NULL)
        table = mr_table_ref(entry->table);
    pthread_mutex_unlock(&session->lock);
    return table;
}

void catalog_free(mr_session *session)
{
    for (int i = 0; i < session->n_entries; i++)
        free_entry(&session->entries[i]);
    free(session->entries);
    session->entries = NULL;
    session->n_entries = 0;
}

mr_status catalog_exists(mr_str name, mr_error *err)
{
    mr_status status = mr_raise_text(
        err, MR_EXC_ANALYSIS, "TABLE_OR_VIEW_ALREADY_EXISTS",
        "[TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create table or view `%.*s` because it already "
        "exists.\nChoose a different name, drop or replace the existing object, or add the IF NOT "
        "EXISTS clause to tolerate pre-existing objects. SQLSTATE: 42P07",
        MR_STR_ARG(name));

    if (err != NULL)
        snprintf(err->sqlstate, sizeof(err->sqlstate), "42P07");
    return status;
}

mr_status catalog_view_exists(mr_str name, mr_error *err)
{
    return mr_raise_text(
        err, MR_EXC_ANALYSIS, "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS",
        "[TEMP_TABLE_OR_VIEW_ALREADY_EXISTS] Cannot create the temporary view `%.*s` because it "
        "already exists.\nChoose a different name, drop or replace the existing view, or add the "
        "IF NOT EXISTS clause to tolerate pre-existing views. SQLSTATE: 42P07",
        MR_STR_ARG(name));
}

mr_status mr_session_check_view_name(mr_str name, mr_error *err)
{
    bool has_letter = false, is_word = true;
    size_t i;

    if (name.len >= 2 && name.ptr[0] == '`' && name.ptr[name.len - 1] == '`')
        return MR_OK;
    for (i = 0; i < name.len && is_word && name.ptr[i] != '.'; i++) {
        bool is_digit = name.ptr[i] >= '0' && name.ptr[i] <= '9';

        is_word = is_digit || isalpha((unsigned char)name.ptr[i]) || name.ptr[i] == '_';
        has_letter |= is_word && !is_digit;
    }
    if (is_word && has_letter && i < name.len - 1) {
        char text[256];

        snprintf(text, sizeof(text), "%.*s", MR_STR_ARG(name));
        return mr_raise(err, MR_EXC_ANALYSIS, "TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", "actualName",
                        text, (char *)NULL);
    }
    if (!is_word || !has_letter)
        return mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1321",
                             "Invalid view name: %.*s.", MR_STR_ARG(name));
    return MR_OK;
}

mr_status mr_session_create_view(mr_session *session, mr_str name, const mr_xrel *rel, bool replace,
                                 mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_logical *plan;
    mr_status status = MR_OK;

    if (!replace && mr_session_has_table(session, name))
        MR_CHECK(catalog_view_exists(name, err));
    MR_CHECK(engine_analyze(session, rel, arena, &plan, err));
    catalog_put(session, name, rel, NULL, true);
fail:
    mr_arena_free(arena);
    return status;
}

bool mr_session_drop_view(mr_session *session, mr_str name)
{
    engine_entry *entry;

    pthread_mutex_lock(&session->lock);
    entry = find_entry(session, name);
    if (entry != NULL) {
        free_entry(entry);
        *entry = session->entries[--session->n_entries];
    }
    pthread_mutex_unlock(&session->lock);
    return entry != NULL;
}

bool mr_session_has_table(mr_session *session, mr_str name)
{
    bool has;

    pthread_mutex_lock(&session->lock);
    has = find_entry(session, name) != NULL;
    pthread_mutex_unlock(&session->lock);
    return has;
}

void mr_session_each_table(mr_session *session, void (*visit)(void *data, mr_str name), void *data)
{
    mr_arena *arena = mr_arena_new();
    mr_str *names;
    int n;

    pthread_mutex_lock(&session->lock);
    n = session->n_entries;
    names = MR_NEW_ARRAY(arena, mr_str, n + 1);
    for (int i = 0; i < n; i++)
        names[i] = mr_arena_str(arena, mr_str_from(session->entries[i].name));
    pthread_mutex_unlock(&session->lock);
    for (int i = 0; i < n; i++)
        visit(data, names[i]);
    mr_arena_free(arena);
}

/* --- what analysis asks ------------------------------------------------------------------------
 */

static mr_status find(void *self, mr_str name, mr_arena *arena, const mr_xrel **rel,
                      const mr_batch **rows, mr_error *err)
{
    mr_session *session = self;
    mr_table *table = NULL;
    engine_entry *entry;

    pthread_mutex_lock(&session->lock);
    entry = find_entry(session, name);
    if (entry != NULL && entry->table != NULL)
        table = mr_table_ref(entry->table);
    else if (entry != NULL)
        *rel = catalog_copy_rel(arena, entry->rel);
    pthread_mutex_unlock(&session->lock);
    if (entry == NULL)
        return mr_fail(err, MR_NOT_FOUND, "no table %.*s", MR_STR_ARG(name));
    if (table != NULL) {
        *rows = mr_table_read(table, arena);
        mr_table_unref(table);
    }
    return MR_OK;
}

static bool has_header(const mr_xrel *read)
{
    const mr_str *header = mr_options_find(&read->options, "header");

    return mr_str_is_nocase(read->format, "csv") && header != NULL &&
           mr_str_is_nocase(*header, "true");
}

static bool is_compressed(const char *path)
{
    static const char *const endings[] = { ".gz", ".deflate", ".zst", ".bz2", ".lz4", ".snappy" };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (mr_str_ends(mr_str_from(path), endings[i]))
            return true;
    return false;
}

static mr_status read_sample(mr_session *session, const mr_xrel *read, mr_str path, mr_arena *arena,
                             mr_buf *text, mr_error *err)
{
    mr_listed_file *files;
    int n;

    MR_TRY(mr_file_list(session->engine->os, path, &read->options, arena, &files, &n, err));
    for (int i = 0; i < n && text->len < INFER_BYTES; i++) {
        mr_str bytes;

        MR_TRY(mr_file_read_all(session->engine->os, files[i].path, (size_t)1 << 31, arena, &bytes,
                                err));
        if (is_compressed(files[i].path))
            return mr_fail(err, MR_UNSUPPORTED,
                           "%s: a schema is not inferred from compressed files; give one",
                           files[i].path);
        if (text->len > 0 && has_header(read)) /* one header is enough */
            bytes = mr_str_slice(bytes, mr_str_find(bytes, '\n', 0) + 1, bytes.len);
        mr_buf_add(text, bytes);
        if (bytes.len > 0 && bytes.ptr[bytes.len - 1] != '\n')
            mr_buf_putc(text, '\n');
    }
    return MR_OK;
}

static mr_status infer(void *self, const mr_xrel *read, mr_arena *arena, const mr_type **schema,
                       mr_error *err)
{
    const mr_format *format = mr_format_find(read->format);
    const mr_str *path = mr_options_find(&read->options, "path");
    mr_buf text = { 0 };
    mr_status status = MR_OK;

    if (format == NULL)
        return mr_fail(err, MR_UNSUPPORTED, "inferring a schema of format %.*s",
                       MR_STR_ARG(read->format));
    for (int i = 0; i < read->n_paths; i++)
        MR_CHECK(read_sample(self, read, read->paths[i], arena, &text, err));
    if (read->n_paths == 0 && path != NULL)
        MR_CHECK(read_sample(self, read, *path, arena, &text, err));
    if (text.len == 0 && !mr_str_is(mr_str_from(format->name), "text")) {
        char name[16];

        snprintf(name, sizeof(name), "%s", format->name);
        for (char *c = name; *c != '\0'; c++)
            *c = (char)(*c - (*c >= 'a' && *c <= 'z' ? 32 : 0));
        status = mr_raise_text(err, MR_EXC_ANALYSIS, "UNABLE_TO_INFER_SCHEMA",
                               "[UNABLE_TO_INFER_SCHEMA] Unable to infer schema for %s. It must be "
                               "specified manually. SQLSTATE: 42KD9",
                               name);
        goto fail;
    }
    MR_CHECK(mr_format_infer(format, mr_buf_str(&text), &read->options, arena, schema, err));
fail:
    mr_buf_free(&text);
    return status;
}

static mr_status find_cached(void *self, mr_str id, mr_arena *arena, const mr_batch **rows,
                             mr_error *err)
{
    mr_batch *batch;
    mr_str bytes;
    mr_str key = mr_arena_printf(arena, "cache/%.*s", MR_STR_ARG(id));

    if (!mr_session_cached(self, id, &bytes) && !mr_session_cached(self, key, &bytes))
        return mr_fail(err, MR_NOT_FOUND, "no cached relation %.*s", MR_STR_ARG(id));
    MR_TRY(mr_ipc_read(arena, bytes, &batch, err));
    *rows = batch;
    return MR_OK;
}

static mr_status parse(void *self, mr_str text, mr_arena *arena, mr_xrel **rel, mr_error *err)
{
    (void)self;
    return mr_sql_parse_query(arena, text, rel, err);
}

static mr_status parse_expr(void *self, mr_str text, mr_arena *arena, mr_xexpr **expr,
                            mr_error *err)
{
    (void)self;
    return mr_sql_parse_expr(arena, text, expr, err);
}

static mr_status check_path(void *self, mr_str path, mr_error *err)
{
    mr_session *session = self;
    mr_arena *arena = mr_arena_new();
    mr_os_stat stat = { .exists = true };
    char *plain;
    mr_status status = MR_OK;

    for (size_t i = 0; i < path.len; i++)
        if (strchr("*?[{", path.ptr[i]) != NULL)
            goto fail;
    if (mr_file_from_uri(arena, path, &plain))
        MR_CHECK(mr_os_stat_path(session->engine->os, plain, &stat, err));
    if (!stat.exists)
        status = mr_raise(err, MR_EXC_ANALYSIS, "PATH_NOT_FOUND", "path", plain, (char *)NULL);
fail:
    mr_arena_free(arena);
    return status;
}

static mr_status partitions(void *self, const mr_str *paths, int n_paths, mr_arena *arena,
                            const mr_type **schema, mr_error *err)
{
    return engine_partitions(self, paths, n_paths, arena, schema, err);
}

mr_catalog catalog_of(mr_session *session)
{
    return (mr_catalog){ .self = session,
                         .find = find,
                         .infer = infer,
                         .check_path = check_path,
                         .partitions = partitions,
                         .find_cached = find_cached,
                         .parse = parse,
                         .parse_expr = parse_expr };
}
