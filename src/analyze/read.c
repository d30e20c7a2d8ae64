/* read.c - relations without inputs: files, tables, rows. */
#include "analyze/analyze_priv.h"
#include "column/ipc.h"
#include "expr/program.h"

void mr_an_set_output(mr_analyzer *an, mr_logical *plan, const mr_type *schema, mr_str qualifier)
{
    plan->output = MR_NEW_ARRAY(an->arena, mr_attr, schema->n_fields);
    plan->n_output = schema->n_fields;
    for (int i = 0; i < schema->n_fields; i++) {
        const mr_field *field = &schema->fields[i];

        plan->output[i] = (mr_attr){ .id = an->next_id++,
                                     .name = field->name,
                                     .type = field->type,
                                     .nullable = field->nullable,
                                     .metadata = field->metadata,
                                     .qualifier = qualifier };
    }
}

static mr_status parse_schema(mr_arena *arena, mr_str text, const mr_type **out, mr_error *err)
{
    text = mr_str_trim(text);
    if (text.len > 0 && (text.ptr[0] == '{' || text.ptr[0] == '"'))
        MR_TRY(mr_type_parse_json(arena, text, out, err));
    else
        MR_TRY(mr_type_parse_ddl(arena, text, out, err));
    if ((*out)->id != MR_TYPE_STRUCT) {
        mr_field value = { MR_STR("value"), *out, true, { 0 } };

        *out = mr_type_struct(arena, &value, 1);
    }
    return MR_OK;
}

static mr_status raise_no_schema(mr_error *err)
{
    return mr_raise_text(
        err, MR_EXC_ILLEGAL_ARGUMENT, "_LEGACY_ERROR_TEMP_2048",
        "Schema must be specified when creating a streaming source DataFrame. If "
        "some files already exist in the directory, then depending on the file "
        "format you may be able to create a static DataFrame on that directory with "
        "'spark.read.load(directory)' and infer schema from it.");
}

static mr_status check_format(mr_arena *arena, mr_str format, mr_error *err)
{
    static const char *const known[] = { "json", "csv", "text" };
    static const char *const spark[] = { "parquet", "orc",  "xml",
                                         "avro",    "rate", "socket",
                                         "kafka",   "jdbc", "rate-micro-batch" };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (mr_str_is_nocase(format, known[i]))
            return MR_OK;
    for (size_t i = 0; i < sizeof(spark) / sizeof(spark[0]); i++)
        if (mr_str_is_nocase(format, spark[i]))
            return mr_an_unsupported(err, "the data source %s", spark[i]);
    return mr_raise(err, MR_EXC_CLASS_NOT_FOUND, "DATA_SOURCE_NOT_FOUND", "provider",
                    mr_arena_cstr(arena, format), NULL);
}

static mr_status scan_schema(mr_analyzer *an, const mr_xrel *rel, mr_str format,
                             const mr_type **out, mr_error *err)
{
    static const mr_field text = { { "value", 5 }, NULL, true, { NULL, 0 } };
    const mr_catalog *catalog = an->env->catalog;
    mr_field value = text;

    *out = rel->schema;
    if (*out == NULL && rel->schema_text.len > 0)
        MR_TRY(parse_schema(an->arena, rel->schema_text, out, err));
    if (*out == NULL && mr_str_is_nocase(format, "text")) {
        value.type = mr_type_of(MR_TYPE_STRING);
        *out = mr_type_struct(an->arena, &value, 1);
    }
    if (*out == NULL && rel->is_streaming && !an->env->schema_inference)
        return raise_no_schema(err);
    if (*out == NULL && (catalog == NULL || catalog->infer == NULL))
        return mr_an_unsupported(err, "schema inference here");
    if (*out == NULL)
        MR_TRY(catalog->infer(catalog->self, rel, an->arena, out, err));
    *out = mr_type_force_nullable(an->arena, *out);
    return MR_OK;
}

static bool has_sized_text(const mr_type *type)
{
    if (type->id == MR_TYPE_CHAR || type->id == MR_TYPE_VARCHAR)
        return true;
    for (int i = 0; i < type->n_fields; i++)
        if (has_sized_text(type->fields[i].type))
            return true;
    return false;
}

static mr_status check_duplicates(mr_analyzer *an, const mr_type *schema, mr_error *err)
{
    for (int i = 0; i < schema->n_fields; i++)
        for (int j = 0; j < i; j++)
            if (mr_an_same_name(an, schema->fields[i].name, schema->fields[j].name))
                return mr_raise(err, MR_EXC_ANALYSIS, "COLUMN_ALREADY_EXISTS", "columnName",
                                mr_an_quote_part(an->arena, schema->fields[j].name), NULL);
    return MR_OK;
}

static mr_status add_partitions(mr_analyzer *an, const mr_xrel *rel, mr_scan *scan, mr_error *err)
{
    const mr_catalog *catalog = an->env->catalog;
    const mr_str *recursive = mr_options_find(&rel->options, "recursiveFileLookup");

    if (catalog == NULL || catalog->partitions == NULL ||
        (recursive != NULL && mr_str_is_nocase(*recursive, "true")))
        return MR_OK;
    return catalog->partitions(catalog->self, scan->paths, scan->n_paths, an->arena, &scan->schema,
                               err);
}

mr_status mr_an_read(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    mr_scan *scan = MR_NEW(an->arena, mr_scan);
    const mr_str *path = mr_options_find(&rel->options, "path");
    const mr_str *corrupt;

    scan->is_streaming = rel->is_streaming;
    scan->format = rel->format.len > 0 ? rel->format : an->env->default_format;
    scan->options = rel->options;
    scan->paths = rel->paths;
    scan->n_paths = rel->n_paths;
    MR_TRY(check_format(an->arena, scan->format, err));
    if (scan->n_paths == 0 && path != NULL) {
        scan->paths = MR_NEW_ARRAY(an->arena, mr_str, 1);
        scan->paths[0] = *path;
        scan->n_paths = 1;
    }
    if (scan->n_paths == 0)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "_LEGACY_ERROR_TEMP_2047",
                             "'path' is not specified.");
    MR_TRY(scan_schema(an, rel, scan->format, &scan->schema, err));
    for (int i = 0; i < scan->n_paths && scan->is_streaming; i++)
        if (an->env->catalog != NULL && an->env->catalog->check_path != NULL)
            MR_TRY(an->env->catalog->check_path(an->env->catalog->self, scan->paths[i], err));
    MR_TRY(add_partitions(an, rel, scan, err));
    if (has_sized_text(scan->schema))
        return mr_raise_text(
            err, MR_EXC_ANALYSIS, "UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING",
            "[UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING] The char/varchar type can't be used in the "
            "table schema.\nIf you want Spark treat them as string type as same as Spark 3.0 and "
            "earlier, please set \"spark.sql.legacy.charVarcharAsString\" to \"true\". SQLSTATE: "
            "0A000");
    MR_TRY(check_duplicates(an, scan->schema, err));
    scan->needed = mr_arena_alloc(an->arena, (size_t)scan->schema->n_fields + 1);
    memset(scan->needed, 1, (size_t)scan->schema->n_fields);
    corrupt = mr_options_find(&rel->options, "columnNameOfCorruptRecord");
    scan->corrupt_index =
        mr_type_field(scan->schema, corrupt != NULL ? *corrupt : an->env->corrupt_column,
                      an->env->case_sensitive);
    if (scan->is_streaming)
        scan->source_index = an->n_sources++;
    *out = mr_logical_new(an->arena, MR_L_SCAN, NULL);
    (*out)->scan = scan;
    (*out)->is_streaming = scan->is_streaming;
    mr_an_set_output(an, *out, scan->schema, (mr_str){ 0 });
    return MR_OK;
}

static mr_logical *local(mr_analyzer *an, const mr_batch *rows, mr_str qualifier)
{
    mr_logical *plan = mr_logical_new(an->arena, MR_L_LOCAL, NULL);

    plan->rows = rows;
    mr_an_set_output(an, plan, rows->schema, qualifier);
    return plan;
}

static mr_logical *with_qualifier(mr_analyzer *an, mr_logical *plan, mr_str qualifier)
{
    mr_attr *output = MR_NEW_ARRAY(an->arena, mr_attr, plan->n_output);
    mr_expr **exprs = MR_NEW_ARRAY(an->arena, mr_expr *, plan->n_output);

    for (int i = 0; i < plan->n_output; i++)
        exprs[i] = mr_expr_attr(an->arena, &plan->output[i]);
    plan = mr_an_project(an->arena, plan, exprs, plan->n_output);
    memcpy(output, plan->output, sizeof(mr_attr) * (size_t)plan->n_output);
    for (int i = 0; i < plan->n_output; i++)
        output[i].qualifier = qualifier;
    plan->output = output;
    return plan;
}

/* A reference of WITH_RELATIONS sees only those before it. */
static mr_status find_ref(mr_analyzer *an, mr_str name, mr_logical **out, mr_error *err)
{
    const mr_ref_scope *saved = an->refs;

    *out = NULL;
    for (const mr_ref_scope *ref = an->refs; ref != NULL; ref = ref->outer) {
        mr_status status;

        if (ref->rel->kind != MR_R_SUBQUERY_ALIAS || !mr_an_same_name(an, ref->rel->name, name))
            continue;
        an->refs = ref->outer;
        status = mr_an_relation(an, ref->rel, out, err);
        an->refs = saved;
        return status;
    }
    return MR_OK;
}

static mr_status raise_no_table(mr_analyzer *an, const mr_xrel *rel, mr_error *err)
{
    mr_xexpr at = { .sql_start = rel->sql_text.len > 0 ? rel->sql_start : -1,
                    .sql_stop = rel->sql_stop,
                    .sql_text = rel->sql_text };

    return mr_an_at(err,
                    mr_raise(err, MR_EXC_ANALYSIS, "TABLE_OR_VIEW_NOT_FOUND", "relationName",
                             mr_an_quote(an->arena, rel->name), NULL),
                    &at, NULL);
}

mr_status mr_an_table(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    const mr_catalog *catalog = an->env->catalog;
    const mr_ref_scope *saved = an->refs;
    const mr_xrel *view = NULL;
    const mr_batch *rows = NULL;
    mr_str *parts;
    int n;
    mr_status status;

    MR_TRY(mr_syntax_split_name(an->arena, rel->name, &parts, &n, err));
    MR_TRY(find_ref(an, parts[n - 1], out, err));
    if (*out != NULL)
        return MR_OK;
    if (catalog == NULL || catalog->find == NULL)
        return raise_no_table(an, rel, err);
    status = catalog->find(catalog->self, rel->name, an->arena, &view, &rows, err);
    if (status == MR_NOT_FOUND)
        return raise_no_table(an, rel, err);
    MR_TRY(status);
    if (rows != NULL) {
        *out = local(an, rows, parts[n - 1]);
        return MR_OK;
    }
    if (rel->is_streaming && view->kind == MR_R_READ_SOURCE) { /* STREAM table_of_files */
        mr_xrel *stream = mr_xrel_new(an->arena, view->kind, NULL);

        *stream = *view;
        stream->is_streaming = true;
        view = stream;
    }
    an->refs = NULL;
    status = mr_an_relation(an, view, out, err);
    an->refs = saved;
    MR_TRY(status);
    *out = with_qualifier(an, *out, parts[n - 1]);
    (*out)->hides_file_columns = true;
    return MR_OK;
}

mr_status mr_an_cached(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    const mr_catalog *catalog = an->env->catalog;
    const mr_batch *rows = NULL;

    if (catalog == NULL || catalog->find_cached == NULL)
        return mr_fail(err, MR_NOT_FOUND, "no cached relation %.*s", MR_STR_ARG(rel->name));
    MR_TRY(catalog->find_cached(catalog->self, rel->name, an->arena, &rows, err));
    *out = local(an, rows, (mr_str){ 0 });
    return MR_OK;
}

mr_status mr_an_local(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    const mr_type *schema = rel->schema;
    mr_batch *rows;

    if (schema == NULL && rel->schema_text.len > 0)
        MR_TRY(parse_schema(an->arena, rel->schema_text, &schema, err));
    if (rel->data.len == 0) {
        if (schema == NULL)
            return mr_raise_text(err, MR_EXC_INVALID_PLAN, "",
                                 "Schema for LocalRelation is required when the input data is not "
                                 "provided.");
        *out = local(an, mr_batch_new(an->arena, schema, 0), (mr_str){ 0 });
        return MR_OK;
    }
    MR_TRY(mr_ipc_read(an->arena, rel->data, &rows, err));
    *out = local(an, rows, (mr_str){ 0 });
    if (schema == NULL)
        return MR_OK;
    return mr_an_to_schema(an, schema, *out, out, err);
}

mr_status mr_an_range(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    mr_field id = { MR_STR("id"), mr_type_of(MR_TYPE_LONG), false, { 0 } };

    if (rel->step == 0)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "requirement failed: step (0) cannot be 0");
    *out = mr_logical_new(an->arena, MR_L_RANGE, NULL);
    (*out)->start = rel->start;
    (*out)->end = rel->end;
    (*out)->step = rel->step;
    mr_an_set_output(an, *out, mr_type_struct(an->arena, &id, 1), (mr_str){ 0 });
    return MR_OK;
}

static mr_status values_schema(mr_analyzer *an, const mr_xrel *rel, mr_expr **cells, int n_rows,
                               const mr_type **out, mr_error *err)
{
    int n_cols = (int)rel->count;
    mr_field *fields = MR_NEW_ARRAY(an->arena, mr_field, n_cols);

    for (int c = 0; c < n_cols; c++) {
        const mr_type *type = cells[c]->type;
        bool nullable = false;

        for (int r = 0; r < n_rows; r++) {
            const mr_type *cell = cells[r * n_cols + c]->type;

            nullable |= cells[r * n_cols + c]->nullable;
            if (!mr_type_equal(type, cell))
                type = mr_coerce_common(an->arena, type, cell, an->env->ansi);
            if (type == NULL)
                return mr_raise(
                    err, MR_EXC_ANALYSIS,
                    "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_"
                    "INLINE_TABLE",
                    "colName",
                    mr_arena_cstr(an->arena, mr_arena_printf(an->arena, "`col%d`", c + 1)), NULL);
        }
        fields[c] = (mr_field){ rel->n_names == n_cols ? rel->names[c]
                                                       : mr_arena_printf(an->arena, "col%d", c + 1),
                                type,
                                nullable,
                                { 0 } };
    }
    *out = mr_type_struct(an->arena, fields, n_cols);
    return MR_OK;
}

static mr_status values_row(mr_analyzer *an, mr_expr **cells, const mr_type *schema, mr_batch **out,
                            mr_error *err)
{
    *out = mr_batch_new(an->arena, schema, 1);
    for (int c = 0; c < schema->n_fields; c++) {
        mr_expr *cell = mr_an_implicit_cast(an, cells[c], schema->fields[c].type);
        mr_scalar value;

        MR_TRY(mr_program_fold(cell, an->arena, &value, err));
        mr_scalar_to_vec(value, &(*out)->cols[c], an->arena, 1);
    }
    return MR_OK;
}

mr_status mr_an_values(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    int n_cols = (int)rel->count;
    int n_rows = n_cols > 0 ? rel->n_exprs / n_cols : 0;
    mr_scope scope = { .an = an, .plan = mr_logical_new(an->arena, MR_L_ONE_ROW, NULL) };
    mr_expr **cells = MR_NEW_ARRAY(an->arena, mr_expr *, rel->n_exprs);
    mr_batch **rows = MR_NEW_ARRAY(an->arena, mr_batch *, n_rows);
    const mr_type *schema;

    if (n_rows == 0 || n_rows * n_cols != rel->n_exprs)
        return mr_fail(err, MR_INVALID, "VALUES needs rows of one length");
    for (int i = 0; i < rel->n_exprs; i++)
        MR_TRY(mr_an_expr(&scope, rel->exprs[i], &cells[i], err));
    MR_TRY(values_schema(an, rel, cells, n_rows, &schema, err));
    for (int r = 0; r < n_rows; r++)
        MR_TRY(values_row(an, cells + r * n_cols, schema, &rows[r], err));
    *out = local(an, mr_batch_concat(an->arena, schema, (const mr_batch *const *)rows, n_rows),
                 (mr_str){ 0 });
    return MR_OK;
}
