/* sql.c - SQL statements: commands at once, queries as relations, scripts. */
#include "column/print.h"
#include "engine/engine_priv.h"

#include <stdio.h>

/* --- results of commands -----------------------------------------------------------------------
 */

/* A result of string columns, filled row by row (text NULL = null). */
typedef struct result {
    mr_arena *arena;
    const char *const *names;
    int n_columns;
    mr_str *cells;
    int n, capacity; /* cells */
    mr_str pattern;  /* of SHOW TABLES, or empty */
} result;

static void put_cell(result *r, mr_str text)
{
    if (r->n == r->capacity) {
        mr_str *more = MR_NEW_ARRAY(r->arena, mr_str, r->capacity * 2 + 16);

        if (r->n > 0)
            memcpy(more, r->cells, sizeof(*more) * (size_t)r->n);
        r->cells = more;
        r->capacity = r->capacity * 2 + 16;
    }
    r->cells[r->n++] = text.ptr == NULL ? text : mr_arena_str(r->arena, text);
}

static const mr_batch *to_batch(const result *r)
{
    mr_field *fields = MR_NEW_ARRAY(r->arena, mr_field, r->n_columns + 1);
    int rows = r->n_columns == 0 ? 0 : r->n / r->n_columns;
    mr_batch *batch;

    for (int c = 0; c < r->n_columns; c++) {
        fields[c].name = mr_str_from(r->names[c]);
        fields[c].nullable = true;
        fields[c].type =
            mr_type_of(mr_str_is(fields[c].name, "isTemporary") ? MR_TYPE_BOOLEAN : MR_TYPE_STRING);
    }
    batch = mr_batch_new(r->arena, mr_type_struct(r->arena, fields, r->n_columns), rows);
    for (int c = 0; c < r->n_columns; c++) {
        mr_vec_init(&batch->cols[c], r->arena, fields[c].type, rows);
        for (int i = 0; i < rows; i++) {
            mr_str cell = r->cells[i * r->n_columns + c];

            if (cell.ptr == NULL)
                mr_vec_set_null(&batch->cols[c], r->arena, i);
            else if (fields[c].type->id == MR_TYPE_BOOLEAN)
                batch->cols[c].u8[i] = mr_str_is(cell, "true");
            else
                batch->cols[c].str[i] = cell;
        }
    }
    return batch;
}

/* --- commands ----------------------------------------------------------------------------------
 */

static bool is_mine(const mr_statement *st, mr_session *session, mr_status *status, mr_error *err)
{
    *status = MR_OK;
    if (!mr_session_has_table(session, st->name) || st->replace)
        return true;
    if (!st->if_not_exists)
        *status = st->kind == MR_S_CREATE_VIEW ? catalog_view_exists(st->name, err)
                                               : catalog_exists(st->name, err);
    return false;
}

/* A relation that reads the files of CREATE TABLE or CREATE VIEW ... USING. */
static mr_xrel *file_relation(const mr_statement *st, mr_arena *arena)
{
    mr_xrel *rel = mr_xrel_new(arena, MR_R_READ_SOURCE, NULL);
    const mr_str *path = mr_options_find(&st->options, "path");
    mr_str where = st->path.len > 0 ? st->path : path == NULL ? (mr_str){ 0 } : *path;

    rel->format = st->format;
    rel->options = st->options;
    rel->schema = st->schema;
    if (where.len > 0) {
        rel->paths = MR_NEW_ARRAY(arena, mr_str, 1);
        rel->paths[0] = where;
        rel->n_paths = 1;
    }
    return rel;
}

static mr_status create_table(mr_session *session, const mr_statement *st, mr_arena *arena,
                              mr_error *err)
{
    mr_status status;
    mr_logical *plan;
    const mr_type *schema = st->schema;
    mr_table *table;
    bool has_path = st->path.len > 0 || mr_options_find(&st->options, "path") != NULL;

    if (!is_mine(st, session, &status, err))
        return status;
    if (has_path && st->rel != NULL)
        return mr_fail(
            err, MR_UNSUPPORTED,
            "CREATE TABLE with both a path and a query is not supported: write the files "
            "with INSERT OVERWRITE DIRECTORY, or end the statement with ';' before the "
            "query");
    if (has_path) {
        mr_xrel *rel = file_relation(st, arena);

        MR_TRY(engine_analyze(session, rel, arena, &plan, err));
        catalog_put(session, st->name, rel, NULL, false);
        return MR_OK;
    }
    if (st->rel != NULL)
        MR_TRY(mr_session_schema(session, st->rel, arena, &schema, err));
    if (schema == NULL)
        return mr_fail(err, MR_INVALID, "a table needs columns, a query or a path");
    table = mr_table_new(schema);
    status = st->rel == NULL ? MR_OK : engine_insert(session, table, st->rel, true, err);
    if (status == MR_OK)
        catalog_put(session, st->name, NULL, table, false);
    mr_table_unref(table);
    return status;
}

static mr_status create_view(mr_session *session, const mr_statement *st, mr_arena *arena,
                             mr_error *err)
{
    mr_xrel *rel = st->rel == NULL ? file_relation(st, arena) : st->rel;
    mr_status status;

    if (!is_mine(st, session, &status, err))
        return status;
    if (st->n_columns > 0) {
        rel = mr_xrel_new(arena, MR_R_TO_DF, rel);
        rel->names = st->columns;
        rel->n_names = st->n_columns;
    }
    return mr_session_create_view(session, st->name, rel, true, err);
}

static mr_status drop(mr_session *session, const mr_statement *st, mr_arena *arena, mr_error *err)
{
    if (mr_session_drop_view(session, st->name) || st->if_exists)
        return MR_OK;
    return mr_raise(err, MR_EXC_ANALYSIS, "TABLE_OR_VIEW_NOT_FOUND", "relationName",
                    mr_arena_cstr(arena, mr_arena_printf(arena, "`%.*s`", MR_STR_ARG(st->name))),
                    NULL);
}

static void add_table(void *data, mr_str name)
{
    result *r = data;

    if ((r->pattern.len > 0 && !catalog_matches(r->pattern, name)) ||
        mr_str_starts_nocase(name, "global_temp."))
        return;
    put_cell(r, MR_STR(""));
    put_cell(r, name);
    put_cell(r, MR_STR("true"));
}

static mr_status describe(mr_session *session, const mr_statement *st, result *r, mr_error *err)
{
    const mr_type *schema;
    mr_xrel *rel = st->rel;

    if (rel == NULL) {
        rel = mr_xrel_new(r->arena, MR_R_READ_TABLE, NULL);
        rel->name = st->name;
    }
    MR_TRY(mr_session_schema(session, rel, r->arena, &schema, err));
    for (int i = 0; i < schema->n_fields; i++) {
        mr_buf type = { 0 };

        mr_type_print_simple(schema->fields[i].type, &type);
        put_cell(r, schema->fields[i].name);
        put_cell(r, mr_buf_str(&type));
        put_cell(r, (mr_str){ 0 });
        mr_buf_free(&type);
    }
    return MR_OK;
}

static mr_status show_columns(mr_session *session, const mr_statement *st, result *r, mr_error *err)
{
    mr_xrel *rel = mr_xrel_new(r->arena, MR_R_READ_TABLE, NULL);
    const mr_type *schema;

    rel->name = st->name;
    MR_TRY(mr_session_schema(session, rel, r->arena, &schema, err));
    for (int i = 0; i < schema->n_fields; i++)
        put_cell(r, schema->fields[i].name);
    return MR_OK;
}

static void add_setting(void *data, mr_str key, mr_str value)
{
    put_cell(data, key);
    put_cell(data, value);
}

static mr_status set(mr_session *session, const mr_statement *st, result *r, mr_error *err)
{
    mr_str value;

    if (st->key.len == 0) {
        mr_session_each(session, (mr_str){ 0 }, add_setting, r);
        return MR_OK;
    }
    if (st->has_value)
        MR_TRY(mr_session_set(session, st->key, st->value, err));
    put_cell(r, st->key);
    put_cell(r, mr_session_get(session, st->key, r->arena, &value) ? value : MR_STR("<undefined>"));
    return MR_OK;
}

static void reset(mr_session *session, const mr_statement *st)
{
    if (st->key.len > 0) {
        mr_session_unset(session, st->key);
        return;
    }
    while (session->n_conf > 0)
        mr_session_unset(session, mr_str_from(session->conf[0].key));
}

static mr_status explain(mr_session *session, const mr_statement *st, result *r, mr_error *err)
{
    mr_buf text = { 0 };
    bool extended = st->extended || mr_str_is_nocase(st->mode, "EXTENDED");
    mr_status status = mr_session_explain(session, st->rel, extended, &text, err);

    if (status == MR_OK)
        put_cell(r, mr_buf_str(&text));
    mr_buf_free(&text);
    return status;
}

static mr_status insert(mr_session *session, const mr_statement *st, mr_error *err)
{
    mr_table *table;
    mr_status status;

    if (st->path.len > 0) {
        mr_xcommand write = { .kind = MR_C_WRITE,
                              .input = st->rel,
                              .format = st->format,
                              .path = st->path,
                              .options = st->options,
                              .save_mode = st->overwrite ? 2 : 1 };

        return mr_session_write(session, &write, err);
    }
    table = catalog_table(session, st->name);
    if (table == NULL)
        return mr_fail(err, MR_UNSUPPORTED, "INSERT INTO %.*s: not a table kept in memory",
                       MR_STR_ARG(st->name));
    status = engine_insert(session, table, st->rel, st->overwrite, err);
    mr_table_unref(table);
    return status;
}

static mr_status command(mr_session *session, const mr_statement *st, result *r, mr_error *err)
{
    static const char *const tables[] = { "namespace", "tableName", "isTemporary" };
    static const char *const columns[] = { "col_name", "data_type", "comment" };
    static const char *const column[] = { "col_name" };
    static const char *const databases[] = { "namespace" };
    static const char *const settings[] = { "key", "value" };
    static const char *const plans[] = { "plan" };

    switch (st->kind) {
    case MR_S_CREATE_TABLE:
        return create_table(session, st, r->arena, err);
    case MR_S_CREATE_VIEW:
        return create_view(session, st, r->arena, err);
    case MR_S_DROP:
        return drop(session, st, r->arena, err);
    case MR_S_SHOW_TABLES:
        r->names = tables;
        r->n_columns = 3;
        r->pattern = st->value;
        mr_session_each_table(session, add_table, r);
        return MR_OK;
    case MR_S_SHOW_COLUMNS:
        r->names = column;
        r->n_columns = 1;
        return show_columns(session, st, r, err);
    case MR_S_SHOW_DATABASES:
        r->names = databases;
        r->n_columns = 1;
        if (!st->has_value || catalog_matches(st->value, MR_STR("default")))
            put_cell(r, MR_STR("default"));
        return MR_OK;
    case MR_S_DESCRIBE:
        r->names = columns;
        r->n_columns = 3;
        return describe(session, st, r, err);
    case MR_S_SET:
        r->names = settings;
        r->n_columns = 2;
        return set(session, st, r, err);
    case MR_S_RESET:
        reset(session, st);
        return MR_OK;
    case MR_S_EXPLAIN:
        r->names = plans;
        r->n_columns = 1;
        return explain(session, st, r, err);
    case MR_S_INSERT:
        return insert(session, st, err);
    default:
        return mr_raise_text(
            err, MR_EXC_ANALYSIS, "UNSUPPORTED_FEATURE.CREATE_PIPELINE_DATASET_QUERY_EXECUTION",
            "[UNSUPPORTED_FEATURE.CREATE_PIPELINE_DATASET_QUERY_EXECUTION] The feature is not "
            "supported: `CREATE STREAMING TABLE` is only supported in scripts. SQLSTATE: 0A000");
    }
}

mr_status mr_session_sql(mr_session *session, const mr_xrel *rel, mr_arena *arena,
                         const mr_xrel **out, mr_error *err)
{
    mr_statement st;
    result r = { .arena = arena };
    mr_str text =
        rel->kind == MR_R_WITH_RELATIONS && rel->input != NULL ? rel->input->name : rel->name;

    MR_TRY(mr_sql_parse(arena, text, &st, err));
    if (st.kind == MR_S_QUERY) {
        *out = rel;
        return MR_OK;
    }
    MR_TRY(command(session, &st, &r, err));
    *out = engine_local(session, arena, to_batch(&r), err);
    return *out == NULL ? MR_INVALID : MR_OK;
}

/* --- scripts -----------------------------------------------------------------------------------
 */

static void print_rows(mr_session *session, const mr_batch *batch)
{
    mr_buf text = { 0 };

    mr_print_show(batch, 0, false, false, mr_session_zone(session), &text);
    session->engine->console(session->engine->console_data, mr_buf_str(&text));
    mr_buf_free(&text);
}

static mr_status read_trigger(const mr_statement *st, mr_xstream *write, mr_error *err)
{
    const mr_str *trigger = mr_options_find(&st->options, "trigger");
    mr_str text = trigger == NULL ? MR_STR("availableNow") : mr_str_trim(*trigger);

    if (mr_str_is_nocase(text, "availableNow")) {
        write->trigger = MR_TRIGGER_AVAILABLE_NOW;
    } else if (mr_str_is_nocase(text, "once")) {
        write->trigger = MR_TRIGGER_ONCE;
    } else if (mr_str_starts_nocase(text, "processingTime ")) {
        write->trigger = MR_TRIGGER_PROCESSING_TIME;
        write->trigger_text = mr_str_trim(mr_str_slice(text, 15, text.len));
    } else if (mr_str_starts_nocase(text, "continuous")) {
        write->trigger = MR_TRIGGER_CONTINUOUS;
    } else {
        return mr_fail(err, MR_INVALID,
                       "unknown trigger '%.*s': availableNow, once or processingTime INTERVAL",
                       MR_STR_ARG(text));
    }
    return MR_OK;
}

/* CREATE STREAMING TABLE: starts the query, and waits for it unless it goes on for ever. */
static mr_status start(mr_session *session, const mr_statement *st, const mr_flag *cancel,
                       mr_error *err)
{
    const mr_str *mode = mr_options_find(&st->options, "outputMode");
    mr_xstream write = { .input = st->rel, .format = st->format, .options = st->options };
    mr_query *query;
    bool ended;
    mr_status status;

    if (st->rel == NULL)
        return mr_fail(err, MR_INVALID, "CREATE STREAMING TABLE needs AS and a query");
    if (st->schema != NULL)
        return mr_fail(err, MR_UNSUPPORTED,
                       "CREATE STREAMING TABLE with a list of columns is not supported: name and "
                       "cast them in the query");
    if (st->if_not_exists && mr_session_has_table(session, st->name))
        return MR_OK;
    if (write.format.len == 0)
        write.format = MR_STR("memory");
    write.query_name = st->name;
    write.path = st->path;
    write.partition_names = st->partitions;
    write.n_partition_names = st->n_partitions;
    if (mode != NULL)
        write.output_mode = *mode;
    MR_TRY(read_trigger(st, &write, err));
    MR_TRY(mr_session_start(session, &write, &query, err));
    status = write.trigger == MR_TRIGGER_PROCESSING_TIME
                 ? MR_OK
                 : mr_query_await(query, -1, cancel, &ended, err);
    if (cancel != NULL && *cancel)
        MR_KEEP(mr_query_stop(query, err));
    mr_query_unref(query);
    return status;
}

static mr_status run_statement(mr_session *session, const mr_statement *st, const mr_flag *cancel,
                               mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    result r = { .arena = arena };
    mr_batch *rows;
    mr_status status;

    if (st->kind == MR_S_CREATE_STREAMING_TABLE) {
        status = start(session, st, cancel, err);
    } else if (st->kind == MR_S_QUERY) {
        status = engine_collect(session, st->rel, arena, &rows, err);
        if (status == MR_OK)
            print_rows(session, rows);
    } else {
        status = command(session, st, &r, err);
        if (status == MR_OK && r.n_columns > 0 && st->kind != MR_S_SET)
            print_rows(session, to_batch(&r));
    }
    mr_arena_free(arena);
    return status;
}

static mr_status stop_all(mr_session *session, mr_error *err)
{
    mr_query *active[64];
    int n = mr_session_active(session, active, 64);
    mr_status status = MR_OK;

    for (int i = 0; i < (n < 64 ? n : 64); i++) {
        MR_KEEP(mr_query_stop(active[i], err));
        mr_query_unref(active[i]);
    }
    return status;
}

/* After the last statement: queries that go on are waited for until all have ended or one has
 * failed, be it long ago. */
static mr_status await_all(mr_session *session, const mr_flag *cancel, mr_error *err)
{
    mr_status status;
    bool ended;
    int n;

    do {
        n = mr_session_active(session, NULL, 0);
        status = mr_session_await_any(session, n > 0 ? -1 : 0, cancel, &ended, err);
        mr_session_reset_terminated(session);
    } while (status == MR_OK && n > 0 && (cancel == NULL || !*cancel));
    return status != MR_OK ? status : stop_all(session, err);
}

/* The line, counted from 1, that the byte `at` of the text is in. */
static int line_at(mr_str text, int at)
{
    int line = 1;

    for (int i = 0; i < at; i++)
        line += text.ptr[i] == '\n';
    return line;
}

mr_status mr_session_script(mr_session *session, mr_str text, const mr_flag *cancel, int *line,
                            mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_statement *statements;
    const mr_statement *at = NULL;
    mr_status status;
    int n;

    status = mr_sql_parse_script(arena, text, &statements, &n, err);
    if (status != MR_OK && statements != NULL)
        at = &statements[n];
    for (int i = 0; status == MR_OK && i < n && (cancel == NULL || !*cancel); i++)
        if ((status = run_statement(session, &statements[i], cancel, err)) != MR_OK)
            at = &statements[i];
    if (status == MR_OK)
        status = await_all(session, cancel, err);
    else
        mr_session_reset_terminated(session); /* told: the next script begins anew */
    if (line != NULL)
        *line = at == NULL ? 0 : line_at(text, at->start);
    mr_arena_free(arena);
    return status;
}
