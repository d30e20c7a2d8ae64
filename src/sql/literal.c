/* literal.c - numbers, strings, typed literals and intervals. */
#include "sql/sql_priv.h"

#include <stdlib.h>

#include "value/interval.h"
#include "value/number.h"
#include "value/time.h"

static bool is_string_kind(uint32_t kind)
{
    return kind == MR_T_STRING || kind == MR_T_RAW;
}

bool mr_literal_starts_string(const mr_parser *p)
{
    return is_string_kind(mr_parser_peek(p, 0)->kind);
}

static void put_utf8(mr_buf *out, uint32_t c)
{
    if (c < 0x80) {
        mr_buf_putc(out, (char)c);
    } else if (c < 0x800) {
        mr_buf_putc(out, (char)(0xC0 | c >> 6));
        mr_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        mr_buf_putc(out, (char)(0xE0 | c >> 12));
        mr_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        mr_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    } else {
        mr_buf_putc(out, (char)(0xF0 | (c >> 18 & 7)));
        mr_buf_putc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        mr_buf_putc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        mr_buf_putc(out, (char)(0x80 | (c & 0x3F)));
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* n digits of a base at s[at]; false when they are not there. */
static bool digits(mr_str s, size_t at, size_t n, int base, uint32_t *out)
{
    *out = 0;
    if (at + n > s.len)
        return false;
    for (size_t i = at; i < at + n; i++) {
        int d = digit_of(s.ptr[i]);

        if (d >= base)
            return false;
        *out = *out * (uint32_t)base + (uint32_t)d;
    }
    return true;
}

/* What follows a backslash at s[at]; returns how many bytes it took.  "\%" and "\_" keep their
 * backslash, for LIKE. */
static size_t unescape_one(mr_str s, size_t at, mr_buf *out)
{
    static const char from[] = "0bnrtZ", to[] = { '\0', '\b', '\n', '\r', '\t', 0x1A };
    const char *found;
    uint32_t c;

    if (s.ptr[at] == 'u' && digits(s, at + 1, 4, 16, &c)) {
        if (c >= 0xD800 && c < 0xDC00) {
            uint32_t low;

            if (at + 6 < s.len && s.ptr[at + 5] == '\\' && s.ptr[at + 6] == 'u' &&
                digits(s, at + 7, 4, 16, &low) && low >= 0xDC00 && low < 0xE000) {
                put_utf8(out, 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00));
                return 11;
            }
        }
        put_utf8(out, c >= 0xD800 && c < 0xE000 ? '?' : c);
        return 5;
    }
    if (s.ptr[at] == 'U' && digits(s, at + 1, 8, 16, &c) && c <= 0x10FFFF) {
        put_utf8(out, c >= 0xD800 && c < 0xE000 ? '?' : c);
        return 9;
    }
    if (s.ptr[at] >= '0' && s.ptr[at] <= '1' && digits(s, at, 3, 8, &c)) {
        put_utf8(out, c);
        return 3;
    }
    found = strchr(from, s.ptr[at]);
    if (found != NULL && s.ptr[at] != '\0') {
        mr_buf_putc(out, to[found - from]);
        return 1;
    }
    if (s.ptr[at] == '%' || s.ptr[at] == '_')
        mr_buf_putc(out, '\\');
    mr_buf_putc(out, s.ptr[at]);
    return 1;
}

static void unquote_string(mr_str text, bool raw, mr_buf *out)
{
    size_t from = raw ? 2 : 1;
    mr_str s = mr_str_slice(text, from, text.len - 1);
    char quote = text.ptr[from - 1];

    if (raw) {
        mr_buf_add(out, s);
        return;
    }
    for (size_t i = 0; i < s.len;) {
        if (s.ptr[i] == '\\' && i + 1 < s.len) {
            i += 1 + unescape_one(s, i + 1, out);
        } else {
            mr_buf_putc(out, s.ptr[i]);
            i += s.ptr[i] == quote ? 2 : 1;
        }
    }
}

mr_status mr_literal_string(mr_parser *p, mr_str *out)
{
    mr_buf buf = { 0 };

    if (!mr_literal_starts_string(p))
        return mr_parser_fail(p);
    while (mr_literal_starts_string(p)) {
        const mr_token *t = mr_parser_peek(p, 0);

        unquote_string(mr_parser_text(p, t), t->kind == MR_T_RAW, &buf);
        p->at++;
    }
    *out = mr_arena_str(p->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return MR_OK;
}

/* Decimal of the text's own precision and scale. */
static mr_status decimal_literal(mr_parser *p, mr_str text, mr_scalar *out)
{
    int n = 0, scale = 0, precision;
    bool point = false, leading = true;
    mr_decimal value;
    size_t e = 0;
    long exponent = 0;

    for (e = 0; e < text.len && (text.ptr[e] | 0x20) != 'e'; e++) {
        if (text.ptr[e] == '.')
            point = true;
        if (text.ptr[e] < '0' || text.ptr[e] > '9')
            continue;
        leading = leading && text.ptr[e] == '0';
        n += !leading;
        scale += point;
    }
    if (e < text.len)
        exponent = strtol(mr_arena_cstr(p->arena, mr_str_slice(text, e + 1, text.len)), NULL, 10);
    exponent = exponent > 100 ? 100 : exponent < -100 ? -100 : exponent;
    scale = scale > 1000 ? 1000 : scale;
    if (scale - exponent < 0) {
        n += (int)(exponent - scale);
        scale = 0;
    } else {
        scale -= (int)exponent;
    }
    precision = n > scale ? n : scale;
    precision = precision == 0 ? 1 : precision;
    if (precision > 38 || !mr_number_parse_decimal(text, precision, scale, &value))
        return mr_raise(p->err, MR_EXC_ARITHMETIC, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                        "precision", mr_arena_printf(p->arena, "%d", precision).ptr, "maxPrecision",
                        "38", NULL);
    *out = (mr_scalar){ .type = mr_type_decimal(p->arena, precision, scale), .i128 = value };
    return MR_OK;
}

static mr_status out_of_range(mr_parser *p, mr_str raw, const char *type, const char *const *bounds)
{
    return mr_parser_mark(p, mr_parser_start(p),
                          mr_raise(p->err, MR_EXC_PARSE, "INVALID_NUMERIC_LITERAL_RANGE",
                                   "rawStrippedQualifier", mr_arena_cstr(p->arena, raw), "minValue",
                                   bounds[0], "maxValue", bounds[1], "typeName", type, NULL));
}

static mr_status suffixed_integer(mr_parser *p, mr_str text, char suffix, mr_scalar *out)
{
    static const char *const bounds[3][2] = {
        { "-128", "127" },
        { "-32768", "32767" },
        { "-9223372036854775808", "9223372036854775807" },
    };
    static const char *const names[3] = { "tinyint", "smallint", "bigint" };
    static const mr_type_id types[3] = { MR_TYPE_BYTE, MR_TYPE_SHORT, MR_TYPE_LONG };
    int k = suffix == 'y' ? 0 : suffix == 's' ? 1 : 2;
    int64_t v;

    if (!mr_str_to_int64(text, &v) || (k == 0 && (v < -128 || v > 127)) ||
        (k == 1 && (v < -32768 || v > 32767)))
        return out_of_range(p, text, names[k], bounds[k]);
    *out = (mr_scalar){ .type = mr_type_of(types[k]), .i64 = v };
    return MR_OK;
}

static mr_status suffixed(mr_parser *p, mr_str text, mr_scalar *out)
{
    static const char *const doubles[2] = { "-1.7976931348623157E+308", "1.7976931348623157E+308" };
    static const char *const floats[2] = { "-3.4028234663852886E+38", "3.4028234663852886E+38" };
    char suffix = (char)(text.ptr[text.len - 1] | 0x20);
    mr_str body = mr_str_slice(text, 0, text.len - 1);
    double v;
    float f;

    if (suffix == 'd' && (body.ptr[body.len - 1] | 0x20) == 'b')
        return decimal_literal(p, mr_str_slice(body, 0, body.len - 1), out);
    if (suffix == 'd') {
        if (!mr_number_parse_double(body, &v) || v - v != 0)
            return out_of_range(p, body, "double", doubles);
        *out = mr_scalar_double(v);
        return MR_OK;
    }
    if (suffix == 'f') {
        if (!mr_number_parse_float(body, &f) || f - f != 0)
            return out_of_range(p, body, "float", floats);
        *out = (mr_scalar){ .type = mr_type_of(MR_TYPE_FLOAT), .f64 = (double)f };
        return MR_OK;
    }
    return suffixed_integer(p, body, suffix, out);
}

mr_status mr_literal_number(mr_parser *p, bool negative, mr_scalar *out)
{
    const mr_token *t = mr_parser_peek(p, 0);
    mr_str text = mr_parser_text(p, t);
    int64_t v;
    double d;

    if (negative)
        text = mr_arena_printf(p->arena, "-%.*s", MR_STR_ARG(text));
    if (t->kind == MR_T_SUFFIXED) {
        MR_TRY(suffixed(p, text, out));
    } else if (t->kind == MR_T_INTEGER && mr_str_to_int64(text, &v)) {
        *out = v >= INT32_MIN && v <= INT32_MAX ? mr_scalar_int((int32_t)v) : mr_scalar_long(v);
    } else if (t->kind == MR_T_EXPONENT) {
        if (!mr_number_parse_double(text, &d))
            return mr_parser_fail(p);
        *out = mr_scalar_double(d);
    } else {
        MR_TRY(decimal_literal(p, text, out));
    }
    p->at++;
    return MR_OK;
}

static mr_xexpr *literal_of(mr_parser *p, mr_type_id type, int64_t v)
{
    return mr_xexpr_literal(p->arena, (mr_scalar){ .type = mr_type_of(type), .i64 = v });
}

/* The literal's two tokens were eaten. */
static mr_status invalid_typed(mr_parser *p, int start, const char *type, mr_str value)
{
    mr_str quoted = mr_arena_printf(p->arena, "'%.*s'", MR_STR_ARG(value));

    (void)start; /* Spark shows no position */
    return mr_raise(p->err, MR_EXC_PARSE, "INVALID_TYPED_LITERAL", "valueType",
                    mr_arena_printf(p->arena, "\"%s\"", type).ptr, "value", quoted.ptr, NULL);
}

static mr_status binary_literal(mr_parser *p, int start, mr_str value, mr_xexpr **out)
{
    size_t odd = value.len % 2;
    char *bytes = mr_arena_alloc(p->arena, value.len / 2 + odd);
    mr_scalar s = { .type = mr_type_of(MR_TYPE_BINARY) };

    for (size_t i = 0; i < value.len; i++)
        if (digit_of(value.ptr[i]) > 15)
            return invalid_typed(p, start, "X", value);
    for (size_t i = 0; i < value.len / 2 + odd; i++) {
        int high = 2 * i < odd ? 0 : digit_of(value.ptr[2 * i - odd]);

        bytes[i] = (char)(high << 4 | digit_of(value.ptr[2 * i + 1 - odd]));
    }
    s.str = (mr_str){ bytes, value.len / 2 + odd };
    *out = mr_xexpr_literal(p->arena, s);
    return MR_OK;
}

/* A timestamp's value depends on the session's time zone: it stays a cast of its text, which is
 * checked here. */
static mr_status time_literal(mr_parser *p, int start, mr_str value, mr_type_id type,
                              mr_xexpr **out)
{
    const char *name = type == MR_TYPE_TIMESTAMP ? "TIMESTAMP" : "TIMESTAMP_NTZ";
    int64_t us;

    if (type == MR_TYPE_TIMESTAMP ? !mr_time_parse_timestamp(value, mr_zone_utc(), &us)
                                  : !mr_time_parse_timestamp_ntz(value, &us))
        return invalid_typed(p, start, name, value);
    if (type == MR_TYPE_TIMESTAMP_NTZ) {
        *out = literal_of(p, type, us);
        return MR_OK;
    }
    *out = mr_xexpr_new(p->arena, MR_X_CAST);
    (*out)->args = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
    (*out)->args[0] = mr_expr_text(p, value);
    (*out)->n_args = 1;
    (*out)->type = mr_type_of(MR_TYPE_TIMESTAMP);
    (*out)->type_text = MR_STR("TIMESTAMP");
    (*out)->is_internal = true; /* not a cast of the user's */
    return MR_OK;
}

mr_status mr_literal_typed(mr_parser *p, mr_xexpr **out)
{
    mr_str type = mr_parser_text(p, mr_parser_peek(p, 0)), value;
    int32_t days;
    int at = p->at, start = mr_parser_start(p);

    *out = NULL;
    if (mr_parser_peek(p, 0)->kind != MR_T_WORD || !is_string_kind(mr_parser_peek(p, 1)->kind))
        return MR_OK;
    if (!mr_str_is_nocase(type, "DATE") && !mr_str_is_nocase(type, "X") &&
        !mr_str_starts_nocase(type, "TIMESTAMP"))
        return MR_OK;
    p->at++;
    MR_TRY(mr_literal_string(p, &value));
    if (mr_str_is_nocase(type, "X"))
        return binary_literal(p, start, value, out);
    if (mr_str_is_nocase(type, "TIMESTAMP") || mr_str_is_nocase(type, "TIMESTAMP_LTZ"))
        return time_literal(p, start, value, MR_TYPE_TIMESTAMP, out);
    if (mr_str_is_nocase(type, "TIMESTAMP_NTZ"))
        return time_literal(p, start, value, MR_TYPE_TIMESTAMP_NTZ, out);
    if (!mr_str_is_nocase(type, "DATE")) {
        p->at = at;
        return mr_parser_fail(p);
    }
    if (!mr_time_parse_date(value, &days)) {
        return invalid_typed(p, start, "DATE", value);
    }
    *out = literal_of(p, MR_TYPE_DATE, days);
    return MR_OK;
}
