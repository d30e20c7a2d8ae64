/* write.c - df.write: directories of files, and tables in memory. */
#include "engine/engine_priv.h"
#include "os/file.h"

#include <stdio.h>

enum { SAVE_APPEND = 1, SAVE_OVERWRITE, SAVE_ERROR, SAVE_IGNORE };

mr_status engine_insert(mr_session *session, mr_table *table, const mr_xrel *rel, bool replace,
                        mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_batch *rows;
    const mr_batch *one;
    mr_status status;

    MR_CHECK(engine_collect(session, rel, arena, &rows, err));
    if (!mr_type_equal(rows->schema, mr_table_schema(table)) &&
        rows->schema->n_fields != mr_table_schema(table)->n_fields) {
        status = mr_fail(err, MR_INVALID, "the table has %d columns, the rows have %d",
                         mr_table_schema(table)->n_fields, rows->schema->n_fields);
        goto fail;
    }
    for (int i = 0; i < rows->schema->n_fields; i++) {
        if (!mr_type_equal(rows->schema->fields[i].type, mr_table_schema(table)->fields[i].type)) {
            status = mr_fail(err, MR_INVALID,
                             "column %d of the rows has another type than the table", i + 1);
            goto fail;
        }
    }
    one = rows;
    mr_table_write(table, &one, 1, replace);
fail:
    mr_arena_free(arena);
    return status;
}

static mr_status check_ends(mr_session *session, const mr_xcommand *write, mr_arena *arena,
                            mr_error *err)
{
    mr_logical *plan;

    MR_TRY(engine_analyze(session, write->input, arena, &plan, err));
    if (!plan->is_streaming)
        return MR_OK;
    return mr_raise_text(err, MR_EXC_ANALYSIS, "CALL_ON_STREAMING_DATASET_UNSUPPORTED",
                         "[CALL_ON_STREAMING_DATASET_UNSUPPORTED] The method `write` can not "
                         "be called on streaming Dataset/DataFrame. SQLSTATE: 42KDE");
}

static mr_status save_table(mr_session *session, const mr_xcommand *write, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_table *table = catalog_table(session, write->name);
    const mr_type *schema;
    mr_status status = MR_OK;

    if (table != NULL && write->save_mode == SAVE_IGNORE)
        goto fail;
    if (table != NULL && write->save_mode != SAVE_APPEND && write->save_mode != SAVE_OVERWRITE)
        MR_CHECK(catalog_exists(write->name, err));
    if (table != NULL && write->save_mode == SAVE_OVERWRITE) {
        mr_table_unref(table);
        table = NULL;
    }
    if (table == NULL) {
        MR_CHECK(check_ends(session, write, arena, err));
        MR_CHECK(mr_session_schema(session, write->input, arena, &schema, err));
        table = mr_table_new(schema);
        MR_CHECK(engine_insert(session, table, write->input, true, err));
        catalog_put(session, write->name, NULL, table, false);
    } else {
        MR_CHECK(engine_insert(session, table, write->input, false, err));
    }
fail:
    if (table != NULL)
        mr_table_unref(table);
    mr_arena_free(arena);
    return status;
}

static mr_status prepare(mr_session *session, const mr_xcommand *write, const char *dir, bool *skip,
                         mr_error *err)
{
    mr_os *os = session->engine->os;
    mr_os_stat stat;

    MR_TRY(mr_os_stat_path(os, dir, &stat, err));
    *skip = stat.exists && write->save_mode == SAVE_IGNORE;
    if (stat.exists && (write->save_mode == SAVE_ERROR || write->save_mode == 0)) {
        mr_status status = mr_raise_text(
            err, MR_EXC_ANALYSIS, "PATH_ALREADY_EXISTS",
            "[PATH_ALREADY_EXISTS] Path file:%s already exists. Set mode as \"overwrite\" to "
            "overwrite the existing path. SQLSTATE: 42K04",
            dir);

        if (err != NULL)
            snprintf(err->sqlstate, sizeof(err->sqlstate), "42K04");
        return status;
    }
    if (stat.exists && write->save_mode == SAVE_OVERWRITE)
        MR_TRY(mr_file_remove_tree(os, dir, err));
    return *skip ? MR_OK : mr_os_mkdirs(os, dir, err);
}

static mr_status write_rows(mr_session *session, const mr_format *format, const mr_xcommand *write,
                            const char *dir, mr_arena *arena, mr_error *err)
{
    mr_os *os = session->engine->os;
    mr_format_spec spec = { .options = write->options, .zone = mr_session_zone(session) };
    mr_writer *writer;
    mr_batch *rows;
    mr_buf text = { 0 };
    char uuid[37];
    mr_str name;
    mr_status status;

    MR_CHECK(engine_collect(session, write->input, arena, &rows, err));
    spec.schema = rows->schema;
    spec.case_sensitive = conf_bool(session, "spark.sql.caseSensitive");
    MR_CHECK(format->open_writer(&spec, arena, &writer, err));
    MR_CHECK(format->write(writer, rows, true, &text, err));
    MR_CHECK(mr_os_uuid(os, uuid, err));
    name = mr_arena_printf(arena, "part-00000-%s-c000%s", uuid, format->extension);
    if (rows->sel.n > 0)
        MR_CHECK(mr_file_write_atomic(os, mr_file_join(arena, dir, name.ptr), mr_buf_str(&text),
                                      MR_FILE_SYNC, err));
    MR_CHECK(mr_file_write_atomic(os, mr_file_join(arena, dir, "_SUCCESS"), (mr_str){ 0 }, 0, err));
fail:
    mr_buf_free(&text);
    return status;
}

static mr_status save_files(mr_session *session, const mr_xcommand *write, mr_arena *arena,
                            mr_error *err)
{
    const mr_str *option = mr_options_find(&write->options, "path");
    mr_str path = write->path.len > 0 ? write->path : option == NULL ? (mr_str){ 0 } : *option;
    mr_str name = write->format;
    const mr_format *format;
    char *dir;
    bool skip;

    if (name.len == 0 &&
        !mr_session_get(session, MR_STR("spark.sql.sources.default"), arena, &name))
        name = MR_STR("parquet");
    MR_TRY(check_ends(session, write, arena, err));
    if (mr_str_is_nocase(name, "noop")) {
        mr_batch *rows;

        return engine_collect(session, write->input, arena, &rows, err);
    }
    format = mr_format_find(name);
    if (format == NULL)
        return mr_raise(err, MR_EXC_CLASS_NOT_FOUND, "DATA_SOURCE_NOT_FOUND", "provider",
                        mr_arena_cstr(arena, name), NULL);
    if (write->n_names > 0)
        return mr_fail(err, MR_UNSUPPORTED, "df.write.partitionBy is not supported");
    if (path.len == 0)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "", "'path' is not specified");
    if (!mr_file_from_uri(arena, path, &dir))
        return mr_fail(err, MR_UNSUPPORTED, "the path %.*s", MR_STR_ARG(path));
    MR_TRY(mr_file_absolute(arena, dir, &dir, err));
    MR_TRY(prepare(session, write, dir, &skip, err));
    return skip ? MR_OK : write_rows(session, format, write, dir, arena, err);
}

mr_status mr_session_write(mr_session *session, const mr_xcommand *write, mr_error *err)
{
    mr_arena *arena;
    mr_status status;

    if (write->kind == MR_C_WRITE_V2)
        return mr_fail(err, MR_UNSUPPORTED, "df.writeTo is not supported");
    if (write->name.len > 0)
        return save_table(session, write, err);
    arena = mr_arena_new();
    status = save_files(session, write, arena, err);
    mr_arena_free(arena);
    return status;
}
