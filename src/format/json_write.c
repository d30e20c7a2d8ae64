/* json_write.c - one object a line, as Jackson writes it for Spark. */
#include <math.h>

#include "format/json_write_priv.h"

typedef struct mr_json_writer {
    mr_write_times times;
    bool keep_nulls;
    mr_str line_sep;
    mr_str *labels; /* of the row's fields: ,"name": */
} mr_json_writer;

static void make_labels(mr_json_writer *w, const mr_type *row, mr_arena *arena)
{
    mr_buf label = { 0 };

    w->labels = MR_NEW_ARRAY(arena, mr_str, row->n_fields + 1);
    for (int i = 0; i < row->n_fields; i++) {
        mr_buf_clear(&label);
        mr_buf_putc(&label, ',');
        mr_buf_put_json(&label, row->fields[i].name);
        mr_buf_putc(&label, ':');
        w->labels[i] = mr_arena_str(arena, mr_buf_str(&label));
    }
    mr_buf_free(&label);
}

mr_status mr_json_open_writer(const mr_format_spec *spec, mr_arena *arena, mr_writer **out,
                              mr_error *err)
{
    mr_json_writer *w = MR_NEW(arena, mr_json_writer);
    bool ignore = true;
    mr_encoding encoding;

    MR_TRY(mr_options_common(&spec->options, false, &encoding, err));
    MR_TRY(mr_write_check_codec(&spec->options, err));
    MR_TRY(mr_write_times_open(&w->times, spec, arena, err));
    MR_TRY(mr_options_bool(&spec->options, "ignoreNullFields", &ignore, err));
    MR_TRY(mr_options_line_sep(&spec->options, &w->line_sep, err));
    w->line_sep = w->line_sep.len == 0 ? MR_STR("\n") : mr_arena_str(arena, w->line_sep);
    w->keep_nulls = !ignore;
    make_labels(w, spec->schema, arena);
    *out = (mr_writer *)w;
    return MR_OK;
}

static void write_value(const mr_json_writer *w, const mr_vec *vec, int32_t row, mr_buf *out);

static void write_base64(mr_str s, mr_buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    mr_buf_putc(out, '"');
    for (size_t i = 0; i < s.len; i += 3) {
        size_t left = s.len - i;
        uint32_t v = (uint32_t)(unsigned char)s.ptr[i] << 16;

        if (left > 1)
            v |= (uint32_t)(unsigned char)s.ptr[i + 1] << 8;
        if (left > 2)
            v |= (unsigned char)s.ptr[i + 2];
        mr_buf_putc(out, digits[v >> 18]);
        mr_buf_putc(out, digits[v >> 12 & 63]);
        mr_buf_putc(out, left > 1 ? digits[v >> 6 & 63] : '=');
        mr_buf_putc(out, left > 2 ? digits[v & 63] : '=');
    }
    mr_buf_putc(out, '"');
}

static void write_object(const mr_json_writer *w, const mr_vec *fields, const mr_type *type,
                         int32_t row, mr_buf *out)
{
    bool any = false;

    mr_buf_putc(out, '{');
    for (int i = 0; i < type->n_fields; i++) {
        if (mr_vec_is_null(&fields[i], row) && !w->keep_nulls)
            continue;
        if (any)
            mr_buf_putc(out, ',');
        any = true;
        mr_buf_put_json(out, type->fields[i].name);
        mr_buf_putc(out, ':');
        write_value(w, &fields[i], row, out);
    }
    mr_buf_putc(out, '}');
}

/* As an object, with the labels made before. */
static void write_row(const mr_json_writer *w, const mr_batch *batch, int32_t row, mr_buf *out)
{
    size_t skip = 1; /* no comma before the first */

    mr_buf_putc(out, '{');
    for (int i = 0; i < batch->schema->n_fields; i++) {
        if (mr_vec_is_null(&batch->cols[i], row) && !w->keep_nulls)
            continue;
        mr_buf_append(out, w->labels[i].ptr + skip, w->labels[i].len - skip);
        skip = 0;
        write_value(w, &batch->cols[i], row, out);
    }
    mr_buf_putc(out, '}');
    mr_buf_add(out, w->line_sep);
}

static void write_array(const mr_json_writer *w, const mr_vec *vec, int32_t i, mr_buf *out)
{
    mr_buf_putc(out, '[');
    for (int32_t j = vec->offsets[i]; j < vec->offsets[i + 1]; j++) {
        if (j > vec->offsets[i])
            mr_buf_putc(out, ',');
        write_value(w, &vec->children[0], j, out);
    }
    mr_buf_putc(out, ']');
}

static void write_key(const mr_json_writer *w, const mr_vec *keys, int32_t i, mr_buf *out)
{
    mr_buf text = { 0 };

    if (mr_type_is_string(keys->type))
        mr_buf_add(&text, keys->str[mr_vec_index(keys, i)]);
    else
        mr_write_scalar(&w->times, keys, i, &text);
    mr_buf_put_json(out, mr_buf_str(&text));
    mr_buf_free(&text);
}

static void write_map(const mr_json_writer *w, const mr_vec *vec, int32_t i, mr_buf *out)
{
    bool any = false;

    mr_buf_putc(out, '{');
    for (int32_t j = vec->offsets[i]; j < vec->offsets[i + 1]; j++) {
        if (any)
            mr_buf_putc(out, ',');
        any = true;
        write_key(w, &vec->children[0], j, out);
        mr_buf_putc(out, ':');
        write_value(w, &vec->children[1], j, out);
    }
    mr_buf_putc(out, '}');
}

static void write_value(const mr_json_writer *w, const mr_vec *vec, int32_t row, mr_buf *out)
{
    int32_t i = mr_vec_index(vec, row);
    bool quoted;

    if (mr_vec_is_null(vec, row)) {
        mr_buf_puts(out, "null");
        return;
    }
    switch (vec->type->id) {
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
        mr_buf_put_json(out, vec->str[i]);
        return;
    case MR_TYPE_BINARY:
        write_base64(vec->str[i], out);
        return;
    case MR_TYPE_STRUCT:
        write_object(w, vec->children, vec->type, i, out);
        return;
    case MR_TYPE_ARRAY:
        write_array(w, vec, i, out);
        return;
    case MR_TYPE_MAP:
        write_map(w, vec, i, out);
        return;
    case MR_TYPE_FLOAT:
        quoted = !isfinite(vec->f32[i]);
        break;
    case MR_TYPE_DOUBLE:
        quoted = !isfinite(vec->f64[i]);
        break;
    default:
        quoted = vec->type->id >= MR_TYPE_DATE;
        break;
    }
    if (quoted)
        mr_buf_putc(out, '"');
    mr_write_scalar(&w->times, vec, row, out);
    if (quoted)
        mr_buf_putc(out, '"');
}

mr_status mr_json_write(mr_writer *writer, const mr_batch *batch, bool first, mr_buf *out,
                        mr_error *err)
{
    mr_json_writer own = *(const mr_json_writer *)writer; /* calls may run side by side */
    const mr_json_writer *w = &own;
    mr_write_last last = { .is_set = false };

    (void)first;
    (void)err;
    own.times.last = &last;
    for (int32_t i = 0; i < batch->sel.n; i++)
        write_row(w, batch, mr_sel_row(batch->sel, i), out);
    return MR_OK;
}
