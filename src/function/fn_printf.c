/* fn_printf.c - format_string and printf: the conversions of java.util.Formatter that have a
 * meaning for Spark's values; format_number. */
#include "function/fn_priv.h"

#include <math.h>
#include <stdio.h>

#include "column/print.h"
#include "value/number.h"

typedef struct conversion {
    int arg;       /* 1-based; 0 = none */
    int width;     /* -1 = none */
    int precision; /* -1 = none */
    bool left, zero, plus, space, group, upper;
    char letter;
} conversion;

static int digits_at(mr_str s, size_t *at)
{
    int v = -1;

    for (; *at < s.len && s.ptr[*at] >= '0' && s.ptr[*at] <= '9' && v < 100000; (*at)++)
        v = (v < 0 ? 0 : v * 10) + (s.ptr[*at] - '0');
    return v;
}

static void flags_at(mr_str s, size_t *at, conversion *c)
{
    for (; *at < s.len; (*at)++) {
        switch (s.ptr[*at]) {
        case '-':
            c->left = true;
            break;
        case '0':
            c->zero = true;
            break;
        case '+':
            c->plus = true;
            break;
        case ' ':
            c->space = true;
            break;
        case ',':
            c->group = true;
            break;
        default:
            return;
        }
    }
}

/* The conversion behind the '%' at s[at - 1]; false = malformed. */
static bool conversion_at(mr_str s, size_t *at, int *next_arg, conversion *c)
{
    size_t start = *at;
    int n = digits_at(s, at);

    *c = (conversion){ .width = -1, .precision = -1 };
    if (n > 0 && *at < s.len && s.ptr[*at] == '$') {
        c->arg = n;
        (*at)++;
    } else {
        *at = start;
    }
    flags_at(s, at, c);
    c->width = digits_at(s, at);
    if (*at < s.len && s.ptr[*at] == '.') {
        (*at)++;
        c->precision = digits_at(s, at);
        if (c->precision < 0)
            return false;
    }
    if (*at >= s.len)
        return false;
    c->letter = s.ptr[(*at)++];
    c->upper = c->letter >= 'A' && c->letter <= 'Z';
    if (c->upper)
        c->letter = (char)(c->letter + 32);
    if (c->arg == 0 && c->letter != '%' && c->letter != 'n')
        c->arg = (*next_arg)++;
    return true;
}

static void pad(mr_buf *out, const conversion *c, mr_str text)
{
    int64_t shown = 0, missing;

    for (size_t i = 0; i < text.len; i++)
        shown += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    missing = c->width - shown;
    if (missing > 0 && !c->left)
        mr_buf_fill(out, ' ', (size_t)missing);
    for (size_t i = 0; i < text.len; i++)
        mr_buf_putc(out, c->upper && text.ptr[i] >= 'a' && text.ptr[i] <= 'z'
                             ? (char)(text.ptr[i] - 32)
                             : text.ptr[i]);
    if (missing > 0 && c->left)
        mr_buf_fill(out, ' ', (size_t)missing);
}

/* Digits with their sign, grouping and zeros as the flags ask. */
static void put_number(mr_buf *out, const conversion *c, bool negative, mr_str digits)
{
    mr_buf text = { 0 }, grouped = { 0 };
    const char *sign = negative ? "-" : c->plus ? "+" : c->space ? " " : "";
    size_t whole = mr_str_find(digits, '.', 0);

    whole = whole > digits.len ? digits.len : whole;
    for (size_t i = 0; i < digits.len; i++) {
        if (c->group && i > 0 && i < whole && (whole - i) % 3 == 0)
            mr_buf_putc(&grouped, ',');
        mr_buf_putc(&grouped, digits.ptr[i]);
    }
    mr_buf_puts(&text, sign);
    if (c->zero && c->width > 0 && (size_t)c->width > grouped.len + text.len)
        mr_buf_fill(&text, '0', (size_t)c->width - grouped.len - text.len);
    mr_buf_add(&text, mr_buf_str(&grouped));
    pad(out, c, mr_buf_str(&text));
    mr_buf_free(&text);
    mr_buf_free(&grouped);
}

static mr_status mismatch(const conversion *c, const mr_vec *arg, mr_error *err)
{
    static const char *const classes[] = {
        [MR_TYPE_BOOLEAN] = "java.lang.Boolean", [MR_TYPE_BYTE] = "java.lang.Byte",
        [MR_TYPE_SHORT] = "java.lang.Short",     [MR_TYPE_INT] = "java.lang.Integer",
        [MR_TYPE_LONG] = "java.lang.Long",       [MR_TYPE_FLOAT] = "java.lang.Float",
        [MR_TYPE_DOUBLE] = "java.lang.Double",
    };
    mr_type_id id = arg->type->id;
    const char *name = id <= MR_TYPE_DOUBLE && classes[id] != NULL
                           ? classes[id]
                           : "org.apache.spark.unsafe.types.UTF8String";

    return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "", "%c != %s", c->letter, name);
}

static mr_status put_integer(mr_buf *out, const conversion *c, const mr_vec *arg, int32_t row,
                             mr_error *err)
{
    char text[32];
    int64_t v;
    int n;

    if (!mr_type_is_integral(arg->type))
        return mismatch(c, arg, err);
    v = mr_fn_long_at(arg, row);
    if (c->letter == 'd') {
        n = snprintf(text, sizeof(text), "%llu",
                     (unsigned long long)(v < 0 ? 0 - (uint64_t)v : (uint64_t)v));
        put_number(out, c, v < 0, (mr_str){ text, (size_t)n });
        return MR_OK;
    }
    if (mr_type_width(arg->type) < 8)
        v &= (INT64_C(1) << (8 * mr_type_width(arg->type))) - 1;
    n = snprintf(text, sizeof(text), c->letter == 'x' ? "%llx" : "%llo", (unsigned long long)v);
    put_number(out, c, false, (mr_str){ text, (size_t)n });
    return MR_OK;
}

/* Java rounds the shortest digits that name the number, halves up. */
static int print_fixed(double v, int precision, char *text, size_t size)
{
    char shortest[32], digits[48];
    mr_decimal exact;
    size_t n = mr_number_print_double(v, shortest);

    if (precision > 15 || v >= 1e17 ||
        !mr_number_parse_decimal((mr_str){ shortest, n }, 38, precision, &exact))
        return snprintf(text, size, "%.*f", precision, v);
    n = mr_number_print_decimal(exact, precision, digits);
    return snprintf(text, size, "%.*s", (int)n, digits);
}

static mr_status put_floating(mr_buf *out, const conversion *c, const mr_vec *arg, int32_t row,
                              mr_error *err)
{
    char text[512];
    double v;
    int n, precision = c->precision < 0 ? 6 : c->precision > 100 ? 100 : c->precision;

    if (arg->type->id != MR_TYPE_FLOAT && arg->type->id != MR_TYPE_DOUBLE &&
        arg->type->id != MR_TYPE_DECIMAL)
        return mismatch(c, arg, err);
    v = mr_fn_double_at(arg, row);
    if (!isfinite(v)) {
        pad(out, c, isnan(v) ? MR_STR("NaN") : v > 0 ? MR_STR("Infinity") : MR_STR("-Infinity"));
        return MR_OK;
    }
    n = c->letter == 'f'   ? print_fixed(fabs(v), precision, text, sizeof(text))
        : c->letter == 'e' ? snprintf(text, sizeof(text), "%.*e", precision, fabs(v))
                           : snprintf(text, sizeof(text), "%.*g", precision, fabs(v));
    put_number(out, c, signbit(v) != 0, (mr_str){ text, (size_t)n });
    return MR_OK;
}

static mr_status put_rune(mr_buf *out, const conversion *c, const mr_vec *arg, int32_t row,
                          mr_error *err)
{
    char text[5];
    int64_t v;
    int n = 0;

    if (!mr_type_is_integral(arg->type))
        return mismatch(c, arg, err);
    v = mr_fn_long_at(arg, row);
    if (v < 0x80) {
        text[n++] = (char)v;
    } else if (v < 0x800) {
        text[n++] = (char)(0xC0 | v >> 6);
        text[n++] = (char)(0x80 | (v & 63));
    } else {
        text[n++] = (char)(0xE0 | (v >> 12 & 15));
        text[n++] = (char)(0x80 | (v >> 6 & 63));
        text[n++] = (char)(0x80 | (v & 63));
    }
    pad(out, c, (mr_str){ text, (size_t)n });
    return MR_OK;
}

static mr_status put_text(mr_buf *out, const conversion *c, const mr_fn_call *call,
                          const mr_vec *arg, int32_t row)
{
    mr_buf text = { 0 };
    mr_str s;

    if (mr_vec_is_null(arg, row))
        mr_buf_puts(&text, "null");
    else
        mr_print_value(arg, row, call->bound->zone, "null", &text);
    s = mr_buf_str(&text);
    if (c->precision >= 0 && (size_t)c->precision < s.len)
        s.len = (size_t)c->precision;
    pad(out, c, s);
    mr_buf_free(&text);
    return MR_OK;
}

static mr_status put(mr_buf *out, const conversion *c, const mr_fn_call *call,
                     const mr_vec *const *args, int32_t row, mr_error *err)
{
    const mr_vec *arg;

    if (c->letter == '%' || c->letter == 'n') {
        pad(out, c, c->letter == '%' ? MR_STR("%") : MR_STR("\n"));
        return MR_OK;
    }
    if (c->arg >= call->bound->n_args)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "", "Format specifier '%%%c'",
                             c->letter);
    arg = args[c->arg];
    if (mr_vec_is_null(arg, row) && c->letter != 'b') {
        pad(out, c,
            c->precision >= 0 && c->precision < 4
                ? mr_str_slice(MR_STR("null"), 0, (size_t)c->precision)
                : MR_STR("null"));
        return MR_OK;
    }
    switch (c->letter) {
    case 'd':
    case 'x':
    case 'o':
        return put_integer(out, c, arg, row, err);
    case 'f':
    case 'e':
    case 'g':
        return put_floating(out, c, arg, row, err);
    case 'c':
        return put_rune(out, c, arg, row, err);
    case 'b': {
        bool is_false =
            mr_vec_is_null(arg, row) || (arg->type->id == MR_TYPE_BOOLEAN && !MR_AT(arg, u8, row));

        pad(out, c, is_false ? MR_STR("false") : MR_STR("true"));
        return MR_OK;
    }
    case 's':
        return put_text(out, c, call, arg, row);
    default:
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "", "Conversion = '%c'", c->letter);
    }
}

static mr_status format_row(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                            mr_buf *out, mr_error *err)
{
    mr_str s = MR_AT(args[0], str, row);
    int next_arg = 1;

    for (size_t at = 0; at < s.len;) {
        conversion c;

        if (s.ptr[at++] != '%') {
            mr_buf_putc(out, s.ptr[at - 1]);
            continue;
        }
        if (!conversion_at(s, &at, &next_arg, &c))
            return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "", "Conversion = '%%'");
        MR_TRY(put(out, &c, call, args, row, err));
    }
    return MR_OK;
}

static mr_status eval_format(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    mr_buf buf = { 0 };
    mr_status status = MR_OK;

    MR_EACH(sel, row)
    {
        if (mr_vec_is_null(args[0], row)) {
            mr_fn_null(call, out, row);
            continue;
        }
        mr_buf_clear(&buf);
        MR_CHECK(format_row(call, args, row, &buf, err));
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
    }
fail:
    mr_buf_free(&buf);
    return status;
}

static mr_status resolve_format(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* --- format_number(n, digits) -------------------------------------------------------------------
 */

static mr_status resolve_number(mr_fn_resolve *r, mr_error *err)
{
    if (!mr_type_is_numeric(r->args[0].type)) {
        if (!mr_coerce_implicit(r->args[0].type, mr_type_of(MR_TYPE_DOUBLE), r->ansi))
            return mr_fn_mismatch_arg(r, 0, "\"NUMERIC\"", err);
        r->args[0].want = mr_type_of(MR_TYPE_DOUBLE);
    }
    if (!mr_type_is_integral(r->args[1].type))
        return mr_fn_mismatch_arg(r, 1, "\"INT\"", err);
    r->args[1].want = mr_type_of(MR_TYPE_INT);
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = true;
    return MR_OK;
}

/* Digits after the point rounded to even, as DecimalFormat does. */
static void number_digits(const mr_vec *v, int32_t row, int digits, mr_buf *out, bool *negative)
{
    char text[512];
    int n;

    if (v->type->id == MR_TYPE_DECIMAL) {
        mr_int128 x = MR_AT(v, i128, row), unit, q;
        int drop = v->type->scale - digits;

        *negative = x < 0;
        x = x < 0 ? -x : x;
        if (drop > 0) {
            unit = mr_number_pow10(drop);
            q = x / unit;
            if (x % unit > unit - x % unit || (x % unit == unit - x % unit && q % 2 != 0))
                q++;
            x = q;
        }
        n = (int)mr_number_print_decimal(x, drop > 0 ? digits : v->type->scale, text);
        mr_buf_append(out, text, (size_t)n);
        if (drop < 0 && v->type->scale == 0)
            mr_buf_putc(out, '.');
        if (drop < 0)
            mr_buf_fill(out, '0', (size_t)-drop);
        return;
    }
    *negative = mr_fn_double_at(v, row) < 0;
    if (mr_type_is_integral(v->type)) {
        int64_t x = mr_fn_long_at(v, row);

        mr_buf_printf(out, "%llu", (unsigned long long)(x < 0 ? 0 - (uint64_t)x : (uint64_t)x));
        if (digits > 0)
            mr_buf_putc(out, '.');
        mr_buf_fill(out, '0', (size_t)digits);
        return;
    }
    n = snprintf(text, sizeof(text), "%.*f", digits, fabs(mr_fn_double_at(v, row)));
    mr_buf_append(out, text, (size_t)n);
}

static mr_status eval_number(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    const conversion c = { .width = -1, .precision = -1, .group = true };
    mr_buf digits = { 0 }, text = { 0 };

    (void)err;
    MR_EACH(sel, row)
    {
        int n = MR_AT(args[1], i32, row);
        bool negative = false;
        double v = mr_fn_double_at(args[0], row);

        mr_buf_clear(&digits);
        mr_buf_clear(&text);
        if (n < 0) {
            mr_fn_null(call, out, row);
            continue;
        }
        if (!isfinite(v)) {
            mr_buf_puts(&text, isnan(v) ? "NaN" : v > 0 ? "\u221e" : "-\u221e");
        } else {
            number_digits(args[0], row, n > 100 ? 100 : n, &digits, &negative);
            put_number(&text, &c, negative, mr_buf_str(&digits));
        }
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&text));
    }
    mr_buf_free(&digits);
    mr_buf_free(&text);
    return MR_OK;
}

#define FORMAT(row_name)                                                                           \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = -1, .can_raise = true, .sees_nulls = true,  \
        .signature = "sa*:s", .resolve = resolve_format, .eval = eval_format                       \
    }

static const mr_function rows[] = {
    { .name = "format_number",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_number,
      .eval = eval_number },
    FORMAT("format_string"),
    FORMAT("printf"),
};

MR_FN_GROUP(mr_fn_printf_group, rows);
