/* csv_write.c - rows as CSV text, quoted where Spark's writer quotes. */
#include "format/csv_priv.h"

typedef struct mr_csv_writer {
    mr_csv_rules rules;
    mr_write_times times;
    bool header;
    bool quote_all;
    bool escape_quotes;
    mr_str line_sep;

} mr_csv_writer;

mr_status mr_csv_open_writer(const mr_format_spec *spec, mr_arena *arena, mr_writer **out,
                             mr_error *err)
{
    mr_csv_writer *w = MR_NEW(arena, mr_csv_writer);
    const mr_options *o = &spec->options;
    mr_encoding encoding;

    MR_TRY(mr_options_common(o, false, &encoding, err));
    MR_TRY(mr_write_check_codec(o, err));
    MR_TRY(mr_csv_check_types(spec->schema, true, err));
    MR_TRY(mr_csv_rules_open(&w->rules, o, true, arena, err));
    if (w->rules.quote == '\0')
        w->rules.quote = '\x01'; /* never needed in text, so nothing is quoted */
    MR_TRY(mr_write_times_open(&w->times, spec, arena, err));
    w->escape_quotes = true;
    MR_TRY(mr_options_bool(o, "header", &w->header, err));
    MR_TRY(mr_options_bool(o, "quoteAll", &w->quote_all, err));
    MR_TRY(mr_options_bool(o, "escapeQuotes", &w->escape_quotes, err));
    MR_TRY(mr_options_line_sep(o, &w->line_sep, err));
    w->line_sep = w->line_sep.len == 0 ? MR_STR("\n") : mr_arena_str(arena, w->line_sep);

    *out = (mr_writer *)w;
    return MR_OK;
}

static bool needs_quotes(const mr_csv_writer *w, mr_str s)
{
    const mr_csv_rules *r = &w->rules;

    if (w->quote_all || s.ptr[0] == r->comment)
        return true;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '\n' || c == '\r' || (c == r->quote && (w->escape_quotes || i == 0)))
            return true;
        if (c == r->sep.ptr[0] && s.len - i >= r->sep.len &&
            memcmp(s.ptr + i, r->sep.ptr, r->sep.len) == 0)
            return true;
    }
    return false;
}

static void write_text(const mr_csv_writer *w, mr_str s, mr_buf *out)
{
    const mr_csv_rules *r = &w->rules;

    while (r->trim_leading && s.len > 0 && (unsigned char)s.ptr[0] <= ' ')
        s = mr_str_slice(s, 1, s.len);
    while (r->trim_trailing && s.len > 0 && (unsigned char)s.ptr[s.len - 1] <= ' ')
        s.len--;
    if (s.len == 0) {
        mr_buf_add(out, r->empty_value);
        return;
    }
    if (!needs_quotes(w, s)) {
        mr_buf_add(out, s);
        return;
    }
    mr_buf_putc(out, r->quote);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == r->quote || (s.ptr[i] == r->escape && r->escape_escape != '\0'))
            mr_buf_putc(out, s.ptr[i] == r->quote ? r->escape : r->escape_escape);
        mr_buf_putc(out, s.ptr[i]);
    }
    mr_buf_putc(out, r->quote);
}

static void write_cell(const mr_csv_writer *w, const mr_vec *vec, int32_t row, mr_buf *cell,
                       mr_buf *out)
{
    if (mr_vec_is_null(vec, row)) {
        if (w->rules.null_value.len > 0)
            write_text(w, w->rules.null_value, out);
        else if (w->quote_all)
            mr_buf_fill(out, w->rules.quote, 2);
        return;
    }
    if (mr_type_is_string(vec->type)) {
        write_text(w, vec->str[mr_vec_index(vec, row)], out);
        return;
    }
    mr_buf_clear(cell);
    mr_write_scalar(&w->times, vec, row, cell);
    write_text(w, mr_buf_str(cell), out);
}

mr_status mr_csv_write(mr_writer *writer, const mr_batch *batch, bool first, mr_buf *out,
                       mr_error *err)
{
    const mr_csv_writer *w = (const mr_csv_writer *)writer;
    mr_buf cell = { 0 };

    (void)err;
    if (batch->schema->n_fields == 0)
        return MR_OK; /* rows without columns leave no lines */
    if (first && w->header) {
        for (int c = 0; c < batch->schema->n_fields; c++) {
            if (c > 0)
                mr_buf_add(out, w->rules.sep);
            write_text(w, batch->schema->fields[c].name, out);
        }
        mr_buf_add(out, w->line_sep);
    }
    for (int32_t i = 0; i < batch->sel.n; i++) {
        for (int c = 0; c < batch->schema->n_fields; c++) {
            if (c > 0)
                mr_buf_add(out, w->rules.sep);
            write_cell(w, &batch->cols[c], mr_sel_row(batch->sel, i), &cell, out);
        }
        mr_buf_add(out, w->line_sep);
    }
    mr_buf_free(&cell);
    return MR_OK;
}
