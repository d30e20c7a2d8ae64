/* text.c - the text format: one string column, a row a line. */
#include <stdio.h>

#include "format/format_priv.h"

typedef struct mr_text_reader {
    const mr_type *schema;
    mr_str line_sep;
    bool whole;
    bool at_start;
} mr_text_reader;

typedef struct mr_text_writer {
    mr_str line_sep;
} mr_text_writer;

static bool text_splittable(const mr_format_spec *spec)
{
    bool whole = false;

    return mr_options_bool(&spec->options, "wholetext", &whole, NULL) == MR_OK && !whole &&
           mr_options_find(&spec->options, "lineSep") == NULL;
}

static mr_status raise_type(const mr_field *field, mr_error *err)
{
    mr_buf type = { 0 };
    char column[160];
    mr_status status;

    snprintf(column, sizeof(column), "`%.*s`", MR_STR_ARG(field->name));
    mr_buf_putc(&type, '"');
    mr_type_print_sql(field->type, &type);
    mr_buf_putc(&type, '"');
    status = mr_raise(err, MR_EXC_ANALYSIS, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "columnName",
                      column, "columnType", mr_buf_cstr(&type), "format", "Text", NULL);
    mr_buf_free(&type);
    return status;
}

static mr_status check_schema(const mr_type *schema, bool types_first, mr_error *err)
{
    for (int i = 0; i < schema->n_fields; i++)
        if ((types_first || schema->n_fields == 1) && !mr_type_is_string(schema->fields[i].type))
            return raise_type(&schema->fields[i], err);
    if (schema->n_fields == 1)
        return MR_OK;
    return mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1290",
                         "Text data source supports only a single column, and you have %d "
                         "columns.",
                         schema->n_fields);
}

static mr_status text_open_reader(const mr_format_spec *spec, mr_arena *arena, mr_reader **out,
                                  mr_error *err)
{
    mr_text_reader *r = MR_NEW(arena, mr_text_reader);

    MR_TRY(check_schema(spec->schema, false, err));
    MR_TRY(mr_options_bool(&spec->options, "wholetext", &r->whole, err));
    MR_TRY(mr_options_line_sep(&spec->options, &r->line_sep, err));
    r->line_sep = mr_arena_str(arena, r->line_sep);
    r->schema = mr_needed_schema(spec, arena);
    *out = (mr_reader *)r;
    return MR_OK;
}

static void text_begin_file(mr_reader *reader, mr_str path, bool at_start)
{
    (void)path;
    ((mr_text_reader *)reader)->at_start = at_start;
}

static mr_status text_read(mr_reader *reader, mr_str chunk, size_t *pos, bool last, mr_arena *arena,
                           mr_batch **out, mr_error *err)
{
    mr_text_reader *r = (mr_text_reader *)reader;
    const char *p = chunk.ptr + *pos;
    const char *end = chunk.ptr + chunk.len;
    mr_batch *batch = mr_batch_new(arena, r->schema, 0);
    mr_str *rows = MR_NEW_ARRAY(arena, mr_str, MR_BATCH_ROWS);
    int32_t n = 0;

    (void)last;
    (void)err;
    if (r->at_start && !r->whole && *pos == 0 && chunk.len >= 3 &&
        memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end && n < MR_BATCH_ROWS) {
        const char *next = end;
        const char *stop = r->whole ? end : mr_line_end(p, end, r->line_sep, &next);

        rows[n++] = (mr_str){ p, (size_t)(stop - p) };
        p = next;
    }
    r->at_start = false;
    *pos = (size_t)(p - chunk.ptr);
    batch->n = batch->sel.n = n;
    if (r->schema->n_fields == 1) {
        mr_vec_init(&batch->cols[0], arena, r->schema->fields[0].type, 0);
        batch->cols[0].n = n;
        batch->cols[0].str = rows;
    }
    *out = batch;
    return MR_OK;
}

static mr_status text_open_writer(const mr_format_spec *spec, mr_arena *arena, mr_writer **out,
                                  mr_error *err)
{
    mr_text_writer *w = MR_NEW(arena, mr_text_writer);

    MR_TRY(check_schema(spec->schema, true, err));
    MR_TRY(mr_write_check_codec(&spec->options, err));
    MR_TRY(mr_options_line_sep(&spec->options, &w->line_sep, err));
    w->line_sep = w->line_sep.len == 0 ? MR_STR("\n") : mr_arena_str(arena, w->line_sep);
    *out = (mr_writer *)w;
    return MR_OK;
}

static mr_status text_write(mr_writer *writer, const mr_batch *batch, bool first, mr_buf *out,
                            mr_error *err)
{
    const mr_text_writer *w = (const mr_text_writer *)writer;
    const mr_vec *vec = &batch->cols[0];

    (void)first;
    (void)err;
    for (int32_t i = 0; i < batch->sel.n; i++) {
        int32_t row = mr_sel_row(batch->sel, i);

        if (!mr_vec_is_null(vec, row))
            mr_buf_add(out, vec->str[mr_vec_index(vec, row)]);
        mr_buf_add(out, w->line_sep);
    }
    return MR_OK;
}

const mr_format mr_format_text = {
    .name = "text",
    .splittable = text_splittable,
    .open_reader = text_open_reader,
    .begin_file = text_begin_file,
    .read = text_read,
    .extension = ".txt",
    .open_writer = text_open_writer,
    .write = text_write,
};
