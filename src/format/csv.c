/* csv.c - the CSV reader: headers, lines, tokens to columns, modes. */
#include <math.h>
#include <stdlib.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "format/csv_priv.h"
#include "value/interval.h"
#include "value/number.h"

typedef struct mr_csv_reader {
    mr_encoding encoding;
    mr_csv_rules rules;
    mr_convert convert;
    const mr_type *schema; /* of the batches */
    const mr_type *data;   /* the file's fields, without the one for malformed text */
    int32_t *source;       /* token of each column, -1 for the malformed text's */
    int32_t corrupt_col;
    bool counts; /* the number of tokens is checked */
    bool blind;  /* no column wanted: every record is a row */
    bool simple; /* lines without quotes can be cut at separators alone */
    bool header;
    bool enforce_schema;
    bool case_sensitive;
    mr_parse_mode mode;
    mr_str line_sep;
    mr_str nan, plus_inf, minus_inf;
    bool at_header;
    bool at_start;
    mr_str path;
    mr_csv_tokens tokens;
    mr_arena *arena; /* the batch in hand */
    mr_col *cols;
    int32_t n;
} mr_csv_reader;

static bool csv_splittable(const mr_format_spec *spec)
{
    bool multi = false;

    return mr_options_bool(&spec->options, "multiLine", &multi, NULL) == MR_OK && !multi &&
           mr_options_find(&spec->options, "lineSep") == NULL;
}

static void close_reader(void *object)
{
    free(((mr_csv_reader *)object)->tokens.items);
}

/* Which token feeds which column. */
static void map_columns(mr_csv_reader *r, const mr_format_spec *spec, mr_arena *arena, int corrupt,
                        bool prune)
{
    mr_field *data = MR_NEW_ARRAY(arena, mr_field, spec->schema->n_fields + 1);
    int n_data = 0;
    int n = 0;

    r->source = MR_NEW_ARRAY(arena, int32_t, spec->schema->n_fields + 1);
    r->corrupt_col = -1;
    for (int i = 0; i < spec->schema->n_fields; i++) {
        bool needed = mr_needed(spec, i);

        if (needed && i == corrupt)
            r->corrupt_col = n;
        if (needed)
            r->source[n++] = i == corrupt ? -1 : n_data;
        if (i != corrupt)
            data[n_data++] = spec->schema->fields[i];
    }
    r->data = mr_type_copy(arena, mr_type_struct(arena, data, n_data));
    prune = prune && r->corrupt_col < 0;
    r->counts = !prune || n == n_data;
    r->blind = prune && n == 0;
}

static mr_status csv_open_reader(const mr_format_spec *spec, mr_arena *arena, mr_reader **out,
                                 mr_error *err)
{
    mr_csv_reader *r = MR_NEW(arena, mr_csv_reader);
    const mr_options *o = &spec->options;
    mr_str corrupt;
    int field;
    bool prune = true;

    MR_TRY(mr_options_common(o, true, &r->encoding, err));
    MR_TRY(mr_csv_rules_open(&r->rules, o, false, arena, err));
    MR_TRY(mr_csv_check_types(spec->schema, false, err));
    MR_TRY(mr_convert_open(&r->convert, spec, arena, err));
    MR_TRY(mr_options_corrupt(spec, &corrupt, &field, err));
    MR_TRY(mr_options_line_sep(o, &r->line_sep, err));
    MR_TRY(mr_options_bool(o, "header", &r->header, err));
    r->enforce_schema = true;
    MR_TRY(mr_options_bool(o, "enforceSchema", &r->enforce_schema, err));
    r->line_sep = mr_arena_str(arena, r->line_sep);
    r->nan = MR_STR("NaN");
    r->plus_inf = MR_STR("Inf");
    r->minus_inf = MR_STR("-Inf");
    mr_options_str(o, "nanValue", &r->nan);
    mr_options_str(o, "positiveInf", &r->plus_inf);
    mr_options_str(o, "negativeInf", &r->minus_inf);
    r->nan = mr_arena_str(arena, r->nan);
    r->plus_inf = mr_arena_str(arena, r->plus_inf);
    r->minus_inf = mr_arena_str(arena, r->minus_inf);
    r->case_sensitive = spec->case_sensitive;
    r->mode = mr_options_mode(o);
    r->schema = mr_needed_schema(spec, arena);
    MR_TRY(mr_options_bool(o, "columnPruning", &prune, err));
    map_columns(r, spec, arena, field, prune);
    if (r->corrupt_col >= 0 && r->schema->n_fields == 1)
        return mr_raise(err, MR_EXC_ANALYSIS,
                        "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN", NULL);
    r->simple = r->rules.sep.len == 1 && !r->rules.trim_leading && !r->rules.trim_trailing &&
                !r->rules.multi_line && r->line_sep.len == 0 && r->rules.max_chars < 0;
    mr_arena_defer(arena, close_reader, r);
    *out = (mr_reader *)r;
    return MR_OK;
}

static void csv_begin_file(mr_reader *reader, mr_str path, bool at_start)
{
    mr_csv_reader *r = (mr_csv_reader *)reader;

    r->path = path;
    r->at_start = at_start;
    r->at_header = at_start && r->header;
}

/* ---- values ---- */

/* Double.parseDouble's grammar: white space, sign, names, hexadecimal, a type letter. */
static bool java_double(mr_str s, double *out)
{
    char text[128];
    char *stop;
    mr_str bare;

    s = mr_str_trim(s);
    if (s.len > 0 && strchr("fFdD", s.ptr[s.len - 1]) != NULL)
        s.len--;
    bare = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+') ? mr_str_slice(s, 1, s.len) : s;
    if (mr_str_is(bare, "NaN") || mr_str_is(bare, "Infinity")) {
        *out = bare.ptr[0] == 'N' ? (double)NAN : (double)INFINITY;
        if (s.ptr[0] == '-')
            *out = -*out;
        return true;
    }
    if (bare.len > 2 && bare.ptr[0] == '0' && (bare.ptr[1] | 0x20) == 'x') {
        if (s.len >= sizeof(text) ||
            mr_str_find(mr_str_slice(bare, 0, bare.len), 'p', 0) == bare.len)
            return false;
        memcpy(text, s.ptr, s.len);
        text[s.len] = '\0';
        *out = strtod(text, &stop);
        return stop == text + s.len;
    }
    if (bare.len == 0 || !((bare.ptr[0] >= '0' && bare.ptr[0] <= '9') || bare.ptr[0] == '.'))
        return false;
    return mr_number_parse_double(s.ptr[0] == '+' ? bare : s, out);
}

static bool quick_double(mr_str s, double *out)
{
    static const double powers[] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                     1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
    uint64_t m = 0;
    size_t i = s.len > 0 && s.ptr[0] == '-';
    size_t start = i;
    size_t point = 0;

    if (s.len > 16 || s.len == i)
        return false;
    for (; i < s.len; i++) {
        unsigned d = (unsigned)(s.ptr[i] - '0');

        if (d <= 9)
            m = m * 10 + d;
        else if (s.ptr[i] == '.' && point == 0 && i > start && i + 1 < s.len)
            point = i + 1;
        else
            return false;
    }
    if (m >= UINT64_C(1) << 53)
        return false;
    *out = point == 0 ? (double)m : (double)m / powers[s.len - point];
    if (start == 1)
        *out = -*out;
    return true;
}

static bool store_real(mr_csv_reader *r, mr_col *col, int32_t row, mr_str s)
{
    double d;
    float f;

    if (col->type->id == MR_TYPE_DOUBLE && quick_double(s, &col->f64[row]))
        return true;
    if (mr_str_equal(s, r->nan))
        d = (double)NAN;
    else if (mr_str_equal(s, r->minus_inf))
        d = -(double)INFINITY;
    else if (mr_str_equal(s, r->plus_inf))
        d = (double)INFINITY;
    else if (!java_double(s, &d))
        return false;
    if (col->type->id == MR_TYPE_DOUBLE)
        col->f64[row] = d;
    else
        col->f32[row] = isfinite(d) && mr_number_parse_float(s, &f) ? f : (float)d;
    return true;
}

static bool store_integer(mr_col *col, int32_t row, mr_str s)
{
    int64_t v;

    if (!mr_str_to_int64(s, &v))
        return false;
    switch (col->type->id) {
    case MR_TYPE_BYTE:
        col->i8[row] = (int8_t)v;
        return v >= INT8_MIN && v <= INT8_MAX;
    case MR_TYPE_SHORT:
        col->i16[row] = (int16_t)v;
        return v >= INT16_MIN && v <= INT16_MAX;
    case MR_TYPE_INT:
        col->i32[row] = (int32_t)v;
        return v >= INT32_MIN && v <= INT32_MAX;
    default:
        col->i64[row] = v;
        return true;
    }
}

static bool store_interval(mr_col *col, int32_t row, mr_str s)
{
    mr_interval_parts parts;

    if (mr_interval_parse(s, &parts, NULL) != MR_OK)
        return false;
    col->interval[row] = (mr_interval){ parts.months, parts.days, parts.us };
    return true;
}

static bool store(mr_csv_reader *r, mr_col *col, int32_t row, mr_str s)
{
    switch (col->type->id) {
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
        col->str[row] = mr_encoding_decode(r->encoding, s, r->arena);
        return true;
    case MR_TYPE_BOOLEAN:
        col->u8[row] = mr_str_is_nocase(s, "true");
        return col->u8[row] || mr_str_is_nocase(s, "false");
    case MR_TYPE_BYTE:
    case MR_TYPE_SHORT:
    case MR_TYPE_INT:
    case MR_TYPE_LONG:
        return store_integer(col, row, s);
    case MR_TYPE_FLOAT:
    case MR_TYPE_DOUBLE:
        return store_real(r, col, row, s);
    case MR_TYPE_DECIMAL:
        return mr_convert_decimal(s, col->type, &col->i128[row]);
    case MR_TYPE_DATE:
        return mr_convert_date(&r->convert, s, &col->i32[row]);
    case MR_TYPE_TIMESTAMP:
        return mr_convert_timestamp(&r->convert, s, &col->i64[row]);
    case MR_TYPE_TIMESTAMP_NTZ:
        return mr_convert_timestamp_ntz(&r->convert, s, &col->i64[row]);
    case MR_TYPE_BINARY:
        col->str[row] = s;
        return true;
    case MR_TYPE_INTERVAL_CALENDAR:
        return store_interval(col, row, s);
    default:
        return false;
    }
}

/* ---- records ---- */

/* Tokens of a line without quotes, as far as a column wants them; all are counted. */
static bool cut_line(mr_csv_reader *r, const char *p, const char *end)
{
    mr_csv_tokens *t = &r->tokens;
    char sep = r->rules.sep.ptr[0];
    const char *from = p;

    t->n = 0;
#if defined(__SSE2__)
    for (; end - p >= 16; p += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned bits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8(sep)));

        for (; bits != 0; bits &= bits - 1) {
            const char *at = p + __builtin_ctz(bits);

            MR_PUSH(t->items, t->n, t->capacity,
                    (mr_str){ at == from ? NULL : from, (size_t)(at - from) });
            from = at + 1;
        }
    }
#endif
    for (; p < end; p++) {
        if (*p == sep) {
            MR_PUSH(t->items, t->n, t->capacity,
                    (mr_str){ p == from ? NULL : from, (size_t)(p - from) });
            from = p + 1;
        }
    }
    MR_PUSH(t->items, t->n, t->capacity,
            (mr_str){ from == end ? NULL : from, (size_t)(end - from) });
    return t->n <= r->rules.max_columns;
}

static bool is_blank(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p <= ' ')
        p++;
    return p == end;
}

/* Writes the row; false when the record is malformed. */
static bool store_row(mr_csv_reader *r)
{
    bool good = !r->counts || r->tokens.n == r->data->n_fields;

    for (int c = 0; c < r->schema->n_fields; c++) {
        mr_col *col = &r->cols[c];
        int32_t at = r->source[c];
        mr_str s;

        if (at < 0 || at >= r->tokens.n) {
            mr_col_null(col, r->n);
            continue;
        }
        s = r->tokens.items[at];
        if (s.ptr == NULL || mr_str_equal(s, r->rules.null_value)) {
            mr_col_told_null(col, r->n);
        } else if (!store(r, col, r->n, s)) {
            mr_col_null(col, r->n);
            good = false;
        }
    }
    return good;
}

static mr_status add_row(mr_csv_reader *r, mr_str raw, mr_error *err)
{
    if (r->blind || store_row(r)) {
        r->n++;
        return MR_OK;
    }
    if (r->mode == MR_MODE_FAILFAST)
        return mr_fail_malformed(r->cols, r->schema->n_fields, r->n, false, err);
    if (r->mode == MR_MODE_DROP) {
        for (int c = 0; c < r->schema->n_fields; c++)
            mr_col_reset(&r->cols[c], r->n);
        return MR_OK;
    }
    if (r->corrupt_col >= 0) {
        r->cols[r->corrupt_col].valid[r->n] = 1;
        r->cols[r->corrupt_col].str[r->n] = mr_encoding_decode(r->encoding, raw, r->arena);
    }
    r->n++;
    return MR_OK;
}

static mr_status refuse(mr_str raw, mr_error *err)
{
    mr_buf text = { 0 };
    mr_status status;

    mr_buf_add(&text, raw);
    status = mr_raise(err, MR_EXC_RUNTIME, "MALFORMED_CSV_RECORD", "badRecord", mr_buf_cstr(&text),
                      NULL);
    mr_buf_free(&text);
    return status;
}

static mr_status check_header(const mr_csv_reader *r, mr_error *err)
{
    const mr_type *data = r->data;

    if (r->enforce_schema)
        return MR_OK;
    if (r->counts && r->tokens.n != data->n_fields)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "Number of column in CSV header is not equal to number of fields in "
                             "the schema:\n Header length: %d, schema size: %d\nCSV file: %.*s",
                             r->tokens.n, data->n_fields, MR_STR_ARG(r->path));
    for (int c = 0; c < r->schema->n_fields; c++) {
        int32_t at = r->source[c];
        mr_str name = r->schema->fields[c].name;
        mr_str token = { NULL, 0 };

        if (at < 0)
            continue;
        if (at < r->tokens.n)
            token = r->tokens.items[at];
        if (!(r->case_sensitive ? mr_str_equal(token, name) : mr_str_equal_nocase(token, name)))
            return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                                 "CSV header does not conform to the schema.\nExpected: %.*s but "
                                 "found: %.*s\nCSV file: %.*s",
                                 MR_STR_ARG(name), MR_STR_ARG(token), MR_STR_ARG(r->path));
    }
    return MR_OK;
}

/* The record at *p; moves *p on. */
static mr_status read_record(mr_csv_reader *r, const char **p, const char *end, mr_error *err)
{
    const char *start = *p;
    const char *next = end;
    const char *stop = end;
    bool ok;

    if (!r->rules.multi_line)
        stop = mr_line_end(start, end, r->line_sep, &next);
    if (r->rules.multi_line && (*start == '\n' || *start == '\r')) {
        *p = start + 1;
        return MR_OK;
    }
    if ((r->rules.comment != '\0' && *start == r->rules.comment) ||
        (!r->rules.multi_line && is_blank(start, stop))) {
        *p = r->rules.multi_line ? mr_line_end(start, end, MR_STR("\n"), &next), next : next;
        return MR_OK;
    }
    if (r->simple &&
        (r->rules.quote == '\0' || memchr(start, r->rules.quote, (size_t)(stop - start)) == NULL)) {
        ok = cut_line(r, start, stop);
    } else {
        const char *at = start;

        ok = mr_csv_split(&r->rules, &at, stop, r->arena, &r->tokens);
        if (r->rules.multi_line)
            next = stop = at;
        while (r->rules.multi_line && stop > start && (stop[-1] == '\n' || stop[-1] == '\r'))
            stop--;
    }
    *p = next;
    if (!ok)
        return refuse((mr_str){ start, (size_t)(stop - start) }, err);
    if (r->at_header) {
        r->at_header = false;
        return check_header(r, err);
    }
    return add_row(r, (mr_str){ start, (size_t)(stop - start) }, err);
}

static mr_status csv_read(mr_reader *reader, mr_str chunk, size_t *pos, bool last,
                          mr_arena *batch_arena, mr_batch **out, mr_error *err)
{
    mr_csv_reader *r = (mr_csv_reader *)reader;
    const char *p = chunk.ptr + *pos;
    const char *end = chunk.ptr + chunk.len;

    (void)last;
    r->arena = batch_arena;
    r->n = 0;
    r->cols = MR_NEW_ARRAY(batch_arena, mr_col, r->schema->n_fields + 1);
    for (int i = 0; i < r->schema->n_fields; i++)
        mr_col_open(&r->cols[i], batch_arena, r->schema->fields[i].type, MR_BATCH_ROWS);
    if (r->at_start && *pos == 0 && chunk.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    r->at_start = false;
    while (p < end && r->n < MR_BATCH_ROWS)
        MR_TRY(read_record(r, &p, end, err));
    *pos = (size_t)(p - chunk.ptr);
    *out = mr_col_batch(r->cols, r->schema, r->n, batch_arena);
    return MR_OK;
}

const mr_format mr_format_csv = {
    .name = "csv",
    .splittable = csv_splittable,
    .open_reader = csv_open_reader,
    .begin_file = csv_begin_file,
    .read = csv_read,
    .extension = ".csv",
    .open_writer = mr_csv_open_writer,
    .write = mr_csv_write,
};
