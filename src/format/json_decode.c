/* json_decode.c - the exact way: any record, any schema, Spark's treatment of what does not fit. */
#include <math.h>

#include "format/json_priv.h"
#include "value/interval.h"
#include "value/number.h"

static mr_str text_of(mr_json_reader *r, const char *p, const char *end)
{
    mr_str inside = { p + 1, (size_t)(end - p) - 2 };
    bool plain;

    (void)mr_json_string(&r->lex, p + 1, end, *p, &plain);
    return plain ? inside : mr_json_unescape(inside, r->arena);
}

static mr_json_result decode_integer(mr_col *col, int32_t row, mr_str text, mr_json_kind kind)
{
    int64_t v;

    if (kind != MR_JSON_INT || !mr_str_to_int64(text, &v))
        return MR_JSON_BAD;
    switch (col->type->id) {
    case MR_TYPE_BYTE: /* Jackson lets bytes up to 255 pass and wraps them */
        if (v < INT8_MIN || v > UINT8_MAX)
            return MR_JSON_BAD;
        col->i8[row] = (int8_t)v;
        return MR_JSON_GOOD;
    case MR_TYPE_SHORT:
        if (v < INT16_MIN || v > INT16_MAX)
            return MR_JSON_BAD;
        col->i16[row] = (int16_t)v;
        return MR_JSON_GOOD;
    case MR_TYPE_INT:
        if (v < INT32_MIN || v > INT32_MAX)
            return MR_JSON_BAD;
        col->i32[row] = (int32_t)v;
        return MR_JSON_GOOD;
    default:
        col->i64[row] = v;
        return MR_JSON_GOOD;
    }
}

static bool named_double(const mr_json_reader *r, mr_str s, bool token, double *out)
{
    if (mr_str_is(s, "NaN"))
        *out = (double)NAN;
    else if (mr_str_is(s, "Infinity") || mr_str_is(s, "+Infinity") || mr_str_is(s, "+INF"))
        *out = (double)INFINITY;
    else if (mr_str_is(s, "-Infinity") || mr_str_is(s, "-INF"))
        *out = -(double)INFINITY;
    else
        return false;
    return token || r->lex.non_numeric;
}

static mr_json_result decode_real(mr_json_reader *r, mr_col *col, int32_t row, mr_str text,
                                  mr_json_kind kind)
{
    bool is_float = col->type->id == MR_TYPE_FLOAT;
    int64_t whole;
    double d;
    float f;

    if (named_double(r, text, kind == MR_JSON_FLOAT, &d)) {
        f = (float)d;
    } else if (kind == MR_JSON_INT && mr_str_to_int64(text, &whole)) {
        d = (double)whole; /* so that -0 is 0.0 */
        f = (float)whole;
    } else if (kind == MR_JSON_INT || kind == MR_JSON_FLOAT) {
        if (is_float ? !mr_number_parse_float(text, &f) : !mr_number_parse_double(text, &d))
            return MR_JSON_BAD;
    } else {
        return MR_JSON_BAD;
    }
    if (is_float)
        col->f32[row] = f;
    else
        col->f64[row] = d;
    return MR_JSON_GOOD;
}

static mr_json_result decode_time(mr_json_reader *r, mr_col *col, int32_t row, mr_str text,
                                  mr_json_kind kind)
{
    int64_t v;
    bool ok;

    if (col->type->id == MR_TYPE_TIMESTAMP && kind == MR_JSON_INT && mr_str_to_int64(text, &v)) {
        col->i64[row] = (int64_t)((uint64_t)v * UINT64_C(1000000)); /* wraps, as Java does */
        return MR_JSON_GOOD;
    }
    if (kind != MR_JSON_STRING || text.len == 0)
        return MR_JSON_BAD;
    if (col->type->id == MR_TYPE_DATE)
        ok = mr_convert_date(&r->convert, text, &col->i32[row]);
    else if (col->type->id == MR_TYPE_TIMESTAMP)
        ok = mr_convert_timestamp(&r->convert, text, &col->i64[row]);
    else
        ok = mr_convert_timestamp_ntz(&r->convert, text, &col->i64[row]);
    return ok ? MR_JSON_GOOD : MR_JSON_BAD;
}

/* Jackson stumbles over text that ends within a group of four: the record is lost with it. */
static mr_json_result decode_base64(mr_json_reader *r, mr_str *out, mr_str text)
{
    if (mr_convert_base64(text, r->arena, out))
        return MR_JSON_GOOD;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
              c == '+' || c == '/' || c == '='))
            return MR_JSON_BAD;
    }
    return MR_JSON_BROKEN;
}

static mr_json_result decode_string_like(mr_json_reader *r, mr_col *col, int32_t row, mr_str text,
                                         mr_json_kind kind)
{
    mr_interval_parts parts;

    if (mr_type_is_string(col->type)) {
        col->str[row] = text;
        return MR_JSON_GOOD;
    }
    if (kind != MR_JSON_STRING || text.len == 0)
        return MR_JSON_BAD;
    if (col->type->id == MR_TYPE_BINARY)
        return decode_base64(r, &col->str[row], text);
    if (mr_interval_parse(text, &parts, NULL) != MR_OK)
        return MR_JSON_BAD;
    col->interval[row] = (mr_interval){ parts.months, parts.days, parts.us };
    return MR_JSON_GOOD;
}

static mr_json_result decode_scalar(mr_json_reader *r, mr_col *col, int32_t row, mr_str text,
                                    mr_json_kind kind)
{
    switch (col->type->id) {
    case MR_TYPE_BOOLEAN:
        if (kind != MR_JSON_TRUE && kind != MR_JSON_FALSE)
            return MR_JSON_BAD;
        col->u8[row] = kind == MR_JSON_TRUE;
        return MR_JSON_GOOD;
    case MR_TYPE_BYTE:
    case MR_TYPE_SHORT:
    case MR_TYPE_INT:
    case MR_TYPE_LONG:
        return decode_integer(col, row, text, kind);
    case MR_TYPE_FLOAT:
    case MR_TYPE_DOUBLE:
        return decode_real(r, col, row, text, kind);
    case MR_TYPE_DECIMAL:
        if (kind != MR_JSON_INT && kind != MR_JSON_FLOAT && kind != MR_JSON_STRING)
            return MR_JSON_BAD;
        return mr_convert_decimal(text, col->type, &col->i128[row]) ? MR_JSON_GOOD : MR_JSON_BAD;
    case MR_TYPE_DATE:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
        return decode_time(r, col, row, text, kind);
    case MR_TYPE_NULL:
        return MR_JSON_BAD;
    default:
        return decode_string_like(r, col, row, text, kind);
    }
}

static mr_json_result worst(mr_json_result a, mr_json_result b)
{
    if (a == MR_JSON_BROKEN || b == MR_JSON_BROKEN)
        return MR_JSON_BROKEN;
    return a != MR_JSON_GOOD || b != MR_JSON_GOOD ? MR_JSON_PARTIAL : MR_JSON_GOOD;
}

static int find_col(const mr_col *cols, const mr_type *type, int n, mr_str name, int hint)
{
    (void)cols;
    for (int i = 0; i < n; i++) {
        int at = hint + i < n ? hint + i : hint + i - n;

        if (mr_str_equal(type->fields[at].name, name))
            return at;
    }
    return -1;
}

/* p at '{'.  Sets the fields that are there; returns where the object ends, NULL if it is not JSON.
 */
static const char *decode_fields(mr_json_reader *r, mr_col *cols, const mr_type *type, int32_t row,
                                 const char *p, const char *end, mr_json_result *result)
{
    int hint = 0;

    p = mr_json_space(&r->lex, p + 1, end);
    if (p != NULL && p < end && *p == '}')
        return p + 1;
    while (p != NULL) {
        mr_str name;
        bool plain;
        const char *value = mr_json_name(&r->lex, p, end, &name, &plain);
        int at;

        if (value == NULL || value >= end || (p = mr_json_value(&r->lex, value, end)) == NULL)
            return NULL;
        if (!plain)
            name = mr_json_unescape(name, r->arena);
        at = find_col(cols, type, type->n_fields, name, hint);
        if (at >= 0 && !(cols == r->cols && at == r->corrupt_col)) {
            *result = worst(*result, mr_json_decode(r, &cols[at], row, value, p));
            hint = at + 1 < type->n_fields ? at + 1 : 0;
        }
        p = mr_json_space(&r->lex, p, end);
        if (p == NULL || p >= end || (*p != ',' && *p != '}'))
            return NULL;
        if (*p == '}')
            return p + 1;
        p = mr_json_space(&r->lex, p + 1, end);
    }
    return NULL;
}

static mr_json_result decode_struct(mr_json_reader *r, mr_col *col, int32_t row, const char *p,
                                    const char *end)
{
    mr_json_result result = MR_JSON_GOOD;

    for (int i = 0; i < col->n_children; i++)
        mr_col_null(&col->children[i], row);
    decode_fields(r, col->children, col->type, row, p, end, &result);
    return result;
}

/* The element of a list that starts at p goes to the end of `child`. */
static mr_json_result decode_element(mr_json_reader *r, mr_col *child, const char *p,
                                     const char *end)
{
    mr_json_result result;

    mr_col_reserve(child, child->n + 1);
    mr_col_reset(child, child->n);
    result = mr_json_decode(r, child, child->n, p, end);
    child->n++;
    return result;
}

static mr_json_result decode_array(mr_json_reader *r, mr_col *col, int32_t row, const char *p,
                                   const char *end)
{
    mr_json_result result = MR_JSON_GOOD;

    for (p = mr_json_space(&r->lex, p + 1, end); *p != ']';
         p = mr_json_space(&r->lex, p + (*p == ','), end)) {
        const char *stop = mr_json_value(&r->lex, p, end);
        mr_json_result one = decode_element(r, &col->children[0], p, stop);

        if (one >= MR_JSON_BAD)
            return one;
        result = worst(result, one);
        p = mr_json_space(&r->lex, stop, end);
    }
    col->offsets[row + 1] = col->children[0].n;
    return result;
}

static mr_json_result decode_map(mr_json_reader *r, mr_col *col, int32_t row, const char *p,
                                 const char *end)
{
    mr_json_result result = MR_JSON_GOOD;
    mr_col *keys = &col->children[0];

    for (p = mr_json_space(&r->lex, p + 1, end); *p != '}';
         p = mr_json_space(&r->lex, p + (*p == ','), end)) {
        mr_str name;
        bool plain;
        const char *value = mr_json_name(&r->lex, p, end, &name, &plain);
        const char *stop = mr_json_value(&r->lex, value, end);
        mr_json_result one;

        mr_col_reserve(keys, keys->n + 1);
        keys->valid[keys->n] = 1;
        keys->str[keys->n++] = plain ? name : mr_json_unescape(name, r->arena);
        one = decode_element(r, &col->children[1], value, stop);
        if (one >= MR_JSON_BAD)
            return one;
        result = worst(result, one);
        p = mr_json_space(&r->lex, stop, end);
    }
    col->offsets[row + 1] = keys->n;
    return result;
}

static mr_str retold(mr_json_reader *r, mr_str text)
{
    mr_buf buf = { 0 };

    if (r->retell(text, &buf))
        text = mr_arena_str(r->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return text;
}

mr_json_result mr_json_decode(mr_json_reader *r, mr_col *col, int32_t row, const char *p,
                              const char *end)
{
    mr_json_kind kind = mr_json_kind_of(p, end);
    mr_type_id id = col->type->id;
    mr_json_result result;
    mr_str text = { p, (size_t)(end - p) };

    if (kind == MR_JSON_NULL) {
        mr_col_told_null(col, row);
        return MR_JSON_GOOD;
    }
    if (id == MR_TYPE_STRUCT || id == MR_TYPE_ARRAY || id == MR_TYPE_MAP) {
        if (kind != (id == MR_TYPE_ARRAY ? MR_JSON_ARRAY : MR_JSON_OBJECT))
            return MR_JSON_BAD;
        mr_col_reset(col, row);
        result = id == MR_TYPE_STRUCT  ? decode_struct(r, col, row, p, end)
                 : id == MR_TYPE_ARRAY ? decode_array(r, col, row, p, end)
                                       : decode_map(r, col, row, p, end);
        if (result >= MR_JSON_BAD)
            mr_col_null(col, row);
        return result;
    }
    if (kind == MR_JSON_STRING)
        text = text_of(r, p, end);
    else if (r->retell != NULL && id == MR_TYPE_STRING)
        text = retold(r, text);
    result = decode_scalar(r, col, row, text, kind);
    if (result == MR_JSON_GOOD)
        col->valid[row] = 1;
    return result;
}

/* Makes room for row r->n and sets it to nulls. */
static void blank_row(mr_json_reader *r)
{
    if (r->n >= r->capacity) {
        for (int i = 0; i < r->schema->n_fields; i++)
            mr_col_reserve(&r->cols[i], r->n + 1);
        r->capacity *= 2;
    }
    for (int i = 0; i < r->schema->n_fields; i++)
        mr_col_null(&r->cols[i], r->n);
}

static const char *decode_row(mr_json_reader *r, const char *p, const char *end,
                              mr_json_result *result)
{
    blank_row(r);
    p = decode_fields(r, r->cols, r->schema, r->n, p, end, result);
    r->n++;
    return p;
}

/* A record that is an array: each element an object and a row. */
static bool decode_rows(mr_json_reader *r, const char *p, const char *end, mr_json_result *result)
{
    p = mr_json_space(&r->lex, p + 1, end);
    if (p != NULL && p < end && *p == ']')
        return true;
    while (p != NULL && p < end) {
        if (*p != '{' || (p = decode_row(r, p, end, result)) == NULL)
            return false;
        p = mr_json_space(&r->lex, p, end);
        if (p == NULL || p >= end || (*p != ',' && *p != ']'))
            return false;
        if (*p == ']')
            return true;
        p = mr_json_space(&r->lex, p + 1, end);
    }
    return false;
}

void mr_json_record(mr_json_reader *r, mr_str text, bool *bad, bool *blank)
{
    const char *end = text.ptr + text.len;
    const char *p = text.ptr;
    int32_t first = r->n;
    mr_json_result result = MR_JSON_GOOD;
    bool ok;

    *blank = false;
    if (r->encoding == MR_ENCODING_UNSAID && text.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    p = mr_json_space(&r->lex, p, end);
    if (p == end)
        return;
    if (p != NULL && *p == '[')
        ok = decode_rows(r, p, end, &result);
    else
        ok = p != NULL && *p == '{' && decode_row(r, p, end, &result) != NULL;
    ok = ok && result != MR_JSON_BROKEN;
    *bad = !ok || result != MR_JSON_GOOD;
    *blank = !ok;
    if (ok)
        return;
    for (int32_t i = first; i < r->n; i++)
        for (int c = 0; c < r->schema->n_fields; c++)
            mr_col_reset(&r->cols[c], i);
    for (int c = 0; c < r->schema->n_fields && first < r->n; c++)
        mr_col_reset(&r->cols[c], first);
    r->n = first;
    blank_row(r);
    r->n++;
}
