/* print.c - values as text, and the table that show() draws. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "column/print.h"
#include "column/print_priv.h"
#include "value/interval.h"
#include "value/number.h"
#include "value/time.h"

#define MIN_WIDTH 3

/* How to print; what stays the same on the way into nested values. */
typedef struct style {
    const mr_zone *zone;
    const char *null_text;
    bool hex; /* binary as [31 32] instead of its bytes */
} style;

static void print_value(const style *s, const mr_vec *vec, int32_t row, mr_buf *out);

void mr_print_escape(mr_str text, mr_buf *out)
{
    static const char codes[] = "\n\r\t\f\b\v\a";
    static const char letters[] = "nrtfbva";

    for (size_t i = 0; i < text.len; i++) {
        const char *at = text.ptr[i] == '\0' ? NULL : strchr(codes, text.ptr[i]);

        if (at == NULL) {
            mr_buf_putc(out, text.ptr[i]);
        } else {
            mr_buf_putc(out, '\\');
            mr_buf_putc(out, letters[at - codes]);
        }
    }
}

/* --- values ------------------------------------------------------------------------------------
 */

static void print_binary(const style *s, mr_str bytes, mr_buf *out)
{
    if (!s->hex) {
        mr_buf_add(out, bytes);
        return;
    }
    mr_buf_putc(out, '[');
    for (size_t i = 0; i < bytes.len; i++)
        mr_buf_printf(out, "%s%02X", i > 0 ? " " : "", (unsigned)(uint8_t)bytes.ptr[i]);
    mr_buf_putc(out, ']');
}

static void print_seconds(int64_t us, mr_buf *out)
{
    char text[32];
    int64_t whole = us / 1000000;
    int64_t part = us % 1000000;
    size_t n;

    mr_buf_printf(out, "%s%" PRId64, us < 0 && whole == 0 ? "-" : "", whole);
    if (part != 0) {
        n = (size_t)snprintf(text, sizeof(text), ".%06" PRId64, part < 0 ? -part : part);
        while (text[n - 1] == '0')
            n--;
        mr_buf_append(out, text, n);
    }
    mr_buf_puts(out, " seconds");
}

static void print_unit(int64_t n, const char *unit, mr_buf *out, size_t from)
{
    if (n != 0)
        mr_buf_printf(out, "%s%" PRId64 " %s", out->len > from ? " " : "", n, unit);
}

/* CalendarInterval.toString(): "1 years 2 months -3 days 4 hours 0.5 seconds". */
static void print_calendar(mr_interval v, mr_buf *out)
{
    size_t from = out->len;

    print_unit(v.months / 12, "years", out, from);
    print_unit(v.months % 12, "months", out, from);
    print_unit(v.days, "days", out, from);
    print_unit(v.us / INT64_C(3600000000), "hours", out, from);
    print_unit(v.us % INT64_C(3600000000) / 60000000, "minutes", out, from);
    if (v.us % 60000000 != 0 || out->len == from) {
        mr_buf_puts(out, out->len > from ? " " : "");
        print_seconds(v.us % 60000000, out);
    }
}

static void print_struct(const style *s, const mr_vec *vec, int32_t row, mr_buf *out)
{
    mr_buf_putc(out, '{');
    for (int i = 0; i < vec->type->n_fields; i++) {
        mr_buf_puts(out, i > 0 ? ", " : "");
        print_value(s, &vec->children[i], row, out);
    }
    mr_buf_putc(out, '}');
}

static void print_list(const style *s, const mr_vec *vec, int32_t row, mr_buf *out)
{
    bool is_map = vec->type->id == MR_TYPE_MAP;

    mr_buf_putc(out, is_map ? '{' : '[');
    for (int32_t e = vec->offsets[row]; e < vec->offsets[row + 1]; e++) {
        mr_buf_puts(out, e > vec->offsets[row] ? ", " : "");
        print_value(s, &vec->children[0], e, out);
        if (is_map) {
            mr_buf_puts(out, " -> ");
            print_value(s, &vec->children[1], e, out);
        }
    }
    mr_buf_putc(out, is_map ? '}' : ']');
}

/* Numbers and times, whose text has a bounded length. */
static size_t print_short(const style *s, const mr_vec *vec, int32_t row, char text[64])
{
    switch (vec->type->id) {
    case MR_TYPE_BOOLEAN:
        return (size_t)snprintf(text, 64, "%s", vec->u8[row] ? "true" : "false");
    case MR_TYPE_BYTE:
        return (size_t)snprintf(text, 64, "%d", vec->i8[row]);
    case MR_TYPE_SHORT:
        return (size_t)snprintf(text, 64, "%d", vec->i16[row]);
    case MR_TYPE_INT:
        return (size_t)snprintf(text, 64, "%" PRId32, vec->i32[row]);
    case MR_TYPE_LONG:
        return (size_t)snprintf(text, 64, "%" PRId64, vec->i64[row]);
    case MR_TYPE_FLOAT:
        return mr_number_print_float(vec->f32[row], text);
    case MR_TYPE_DOUBLE:
        return mr_number_print_double(vec->f64[row], text);
    case MR_TYPE_DECIMAL:
        return mr_number_print_decimal(vec->i128[row], vec->type->scale, text);
    case MR_TYPE_DATE:
        return mr_time_print_date(vec->i32[row], text);
    case MR_TYPE_TIMESTAMP:
        return mr_time_print_timestamp(vec->i64[row], s->zone, text);
    default:
        MR_ASSERT(vec->type->id == MR_TYPE_TIMESTAMP_NTZ);
        return mr_time_print_timestamp(vec->i64[row], mr_zone_utc(), text);
    }
}

static void print_value(const style *s, const mr_vec *vec, int32_t row, mr_buf *out)
{
    const mr_type *type = vec->type;
    char text[64];

    if (mr_vec_is_null(vec, row)) {
        mr_buf_puts(out, s->null_text);
        return;
    }
    row = mr_vec_index(vec, row);
    switch (type->id) {
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
        mr_buf_add(out, vec->str[row]);
        break;
    case MR_TYPE_BINARY:
        print_binary(s, vec->str[row], out);
        break;
    case MR_TYPE_INTERVAL_CALENDAR:
        print_calendar(vec->interval[row], out);
        break;
    case MR_TYPE_INTERVAL_YM:
        mr_interval_print_ym(vec->i32[row], type->start_field, type->end_field, out);
        break;
    case MR_TYPE_INTERVAL_DT:
        mr_interval_print_dt(vec->i64[row], type->start_field, type->end_field, out);
        break;
    case MR_TYPE_STRUCT:
        print_struct(s, vec, row, out);
        break;
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
        print_list(s, vec, row, out);
        break;
    default:
        mr_buf_append(out, text, print_short(s, vec, row, text));
        break;
    }
}

void mr_print_value(const mr_vec *vec, int32_t row, const mr_zone *zone, const char *null_text,
                    mr_buf *out)
{
    const style s = { .zone = zone, .null_text = null_text };

    print_value(&s, vec, row, out);
}

/* --- cells -------------------------------------------------------------------------------------
 */

/* Decodes one character leniently: a byte that is no UTF-8 counts as one character. */
static uint32_t next_char(mr_str s, size_t *at)
{
    uint8_t lead = (uint8_t)s.ptr[*at];
    size_t n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    uint32_t c = n == 1 ? lead : lead & (0x7fu >> n);

    if (*at + n > s.len)
        n = 1;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | ((uint8_t)s.ptr[*at + i] & 0x3f);
    *at += n;
    return c;
}

/* The ranges that Spark counts twice. */
static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6);
}

/* Java's length: UTF-16 units; `half`: wide characters counted twice, as the screen does. */
static int cell_width(mr_str cell, bool half)
{
    int width = 0;

    for (size_t at = 0; at < cell.len;) {
        uint32_t c = next_char(cell, &at);

        width += c > 0xffff || (half && is_wide(c)) ? 2 : 1;
    }
    return width;
}

/* The bytes of the first `units` UTF-16 units (a pair is not torn: it goes). */
static size_t prefix_bytes(mr_str cell, int units)
{
    size_t at = 0;

    while (at < cell.len) {
        size_t before = at;

        units -= next_char(cell, &at) > 0xffff ? 2 : 1;
        if (units < 0)
            return before;
    }
    return at;
}

typedef struct table {
    int n_cols;
    int32_t n_rows; /* without the header */
    mr_str *cells;  /* header, then row by row */
    mr_buf text;    /* holds the cells' bytes */
    int *width;
} table;

static mr_str cell_at(const table *t, int32_t row, int col)
{
    return t->cells[(size_t)row * (size_t)t->n_cols + (size_t)col];
}

static void cut(mr_buf *text, size_t from, int truncate)
{
    mr_str cell = { text->ptr + from, text->len - from };

    if (truncate <= 0 || cell_width(cell, false) <= truncate)
        return;
    text->len = from + prefix_bytes(cell, truncate < 4 ? truncate : truncate - 3);
    mr_buf_puts(text, truncate < 4 ? "" : "...");
}

static void fill_cells(table *t, const mr_batch *batch, int truncate, const mr_zone *zone)
{
    const style s = { zone, "NULL", true };
    mr_buf raw = { 0 };
    size_t k = 0;

    for (int32_t r = -1; r < t->n_rows; r++)
        for (int c = 0; c < t->n_cols; c++) {
            size_t from = t->text.len;

            mr_buf_clear(&raw);
            if (r < 0)
                mr_buf_add(&raw, batch->schema->fields[c].name);
            else
                print_value(&s, &batch->cols[c], mr_sel_row(batch->sel, r), &raw);
            mr_print_escape(mr_buf_str(&raw), &t->text);
            if (r >= 0)
                cut(&t->text, from, truncate);
            t->cells[k++].len = t->text.len - from;
        }
    mr_buf_free(&raw);
}

/* The buffer moved while it grew: now say where the cells are, and measure them. */
static void place_cells(table *t)
{
    const char *at = t->text.ptr;
    size_t n = ((size_t)t->n_rows + 1) * (size_t)t->n_cols;

    for (int c = 0; c < t->n_cols; c++)
        t->width[c] = MIN_WIDTH;
    for (size_t k = 0; k < n; k++) {
        int width;

        t->cells[k].ptr = at;
        at += t->cells[k].len;
        width = cell_width(t->cells[k], true);
        if (width > t->width[k % (size_t)t->n_cols])
            t->width[k % (size_t)t->n_cols] = width;
    }
}

static void put_padded(mr_str cell, int width, bool right, mr_buf *out)
{
    size_t blanks = (size_t)(width - cell_width(cell, true));

    mr_buf_fill(out, ' ', right ? blanks : 0);
    mr_buf_add(out, cell);
    mr_buf_fill(out, ' ', right ? 0 : blanks);
}

static void put_line(const table *t, mr_buf *out)
{
    mr_buf_putc(out, '+');
    for (int c = 0; c < t->n_cols; c++) {
        mr_buf_puts(out, c > 0 ? "+" : "");
        mr_buf_fill(out, '-', (size_t)t->width[c]);
    }
    mr_buf_puts(out, "+\n");
}

static void put_row(const table *t, int32_t row, bool right, mr_buf *out)
{
    mr_buf_putc(out, '|');
    for (int c = 0; c < t->n_cols; c++) {
        mr_buf_puts(out, c > 0 ? "|" : "");
        put_padded(cell_at(t, row, c), t->width[c], right, out);
    }
    mr_buf_puts(out, "|\n");
}

static void draw_table(const table *t, bool right, mr_buf *out)
{
    put_line(t, out);
    put_row(t, 0, right, out);
    put_line(t, out);
    for (int32_t r = 1; r <= t->n_rows; r++)
        put_row(t, r, right, out);
    put_line(t, out);
}

static void put_record_head(int32_t record, size_t width, mr_buf *out)
{
    size_t from = out->len;

    mr_buf_printf(out, "-RECORD %" PRId32, record);
    if (out->len - from < width)
        mr_buf_fill(out, '-', width - (out->len - from));
    mr_buf_putc(out, '\n');
}

static void draw_records(const table *t, mr_buf *out)
{
    int name_width = MIN_WIDTH;
    int data_width = MIN_WIDTH;

    for (int32_t r = 0; r <= t->n_rows; r++)
        for (int c = 0; c < t->n_cols; c++) {
            int width = cell_width(cell_at(t, r, c), true);
            int *max = r == 0 ? &name_width : &data_width;

            *max = width > *max ? width : *max;
        }
    for (int32_t r = 1; r <= t->n_rows; r++) {
        put_record_head(r - 1, (size_t)(name_width + data_width + 5), out);
        for (int c = 0; c < t->n_cols; c++) {
            mr_buf_putc(out, ' ');
            put_padded(cell_at(t, 0, c), name_width, false, out);
            mr_buf_puts(out, " | ");
            put_padded(cell_at(t, r, c), data_width, false, out);
            mr_buf_puts(out, " \n");
        }
    }
}

void mr_print_show(const mr_batch *batch, int truncate, bool vertical, bool more,
                   const mr_zone *zone, mr_buf *out)
{
    int n_cols = batch->schema->n_fields;
    size_t n_cells = ((size_t)batch->sel.n + 1) * (size_t)n_cols;
    table t = { .n_cols = n_cols,
                .n_rows = batch->sel.n,
                .cells = mr_calloc(n_cells + 1, sizeof(mr_str)),
                .width = mr_calloc((size_t)n_cols + 1, sizeof(int)) };

    fill_cells(&t, batch, truncate, zone);
    place_cells(&t);
    if (vertical)
        draw_records(&t, out);
    else
        draw_table(&t, truncate > 0, out);
    if (vertical && t.n_rows == 0)
        mr_buf_puts(out, "(0 rows)");
    else if (more)
        mr_buf_printf(out, "only showing top %" PRId32 " %s", t.n_rows,
                      t.n_rows == 1 ? "row" : "rows");
    mr_buf_free(&t.text);
    free(t.width);
    free(t.cells);
}
