/* cast_text.c - casts from and to strings. */
#include "function/cast_priv.h"

#include <math.h>

#include "column/print.h"
#include "value/interval.h"
#include "value/number.h"
#include "value/time.h"

static size_t print_long(int64_t v, char out[24])
{
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    char digits[24];
    size_t n = 0, at = 0;

    do {
        digits[n++] = (char)('0' + u % 10);
        u /= 10;
    } while (u != 0);
    if (v < 0)
        out[at++] = '-';
    while (n > 0)
        out[at++] = digits[--n];
    return at;
}

static void integers_to_text(mr_cast *c, mr_sel sel)
{
    char *block = mr_arena_alloc(c->arena, (size_t)sel.n * 20 + 24);

    MR_EACH(sel, row)
    {
        size_t n = print_long(mr_fn_long_at(c->in, row), block);

        c->out->str[row] = (mr_str){ block, n };
        block += n;
    }
}

void mr_cast_to_text(mr_cast *c, mr_sel sel)
{
    mr_buf buf = { 0 };

    if (mr_type_is_integral(c->in->type)) {
        integers_to_text(c, sel);
        return;
    }
    MR_EACH(sel, row)
    {
        mr_buf_clear(&buf);
        if (c->in->type->id == MR_TYPE_BINARY)
            mr_buf_add(&buf, MR_AT(c->in, str, row));
        else
            mr_print_value(c->in, row, c->zone, "null", &buf);
        c->out->str[row] = mr_arena_str(c->arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
}

static bool parse_boolean(mr_str s, uint8_t *out)
{
    static const char *const yes[] = { "t", "true", "y", "yes", "1" };
    static const char *const no[] = { "f", "false", "n", "no", "0" };

    for (int i = 0; i < 5; i++) {
        if (mr_str_is_nocase(s, yes[i]) || mr_str_is_nocase(s, no[i])) {
            *out = mr_str_is_nocase(s, yes[i]);
            return true;
        }
    }
    return false;
}

static bool parse_named(mr_str s, double *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    bool sign = negative || (s.len > 0 && s.ptr[0] == '+');
    mr_str word = mr_str_slice(s, sign ? 1 : 0, s.len);

    if (mr_str_is_nocase(word, "inf") || mr_str_is_nocase(word, "infinity")) {
        *out = negative ? -INFINITY : INFINITY;
        return true;
    }
    *out = NAN;
    return !sign && mr_str_is_nocase(word, "nan");
}

/* Java allows a trailing type letter. */
static bool parse_floating(mr_str s, double *out)
{
    if (mr_number_parse_double(s, out) || parse_named(s, out))
        return true;
    if (s.len < 2 || strchr("dDfF", s.ptr[s.len - 1]) == NULL)
        return false;
    return mr_number_parse_double(mr_str_slice(s, 0, s.len - 1), out);
}

static bool parse_float(mr_str s, float *out)
{
    double v;

    if (mr_number_parse_float(s, out))
        return true;
    if (!parse_floating(s, &v))
        return false;
    *out = (float)v;
    return true;
}

static mr_status text_to_integer(mr_cast *c, int32_t row, mr_str s, mr_error *err)
{
    int64_t v, lowest = c->out->type->id == MR_TYPE_BYTE    ? INT8_MIN
                        : c->out->type->id == MR_TYPE_SHORT ? INT16_MIN
                        : c->out->type->id == MR_TYPE_INT   ? INT32_MIN
                                                            : INT64_MIN;

    if (!mr_number_parse_long(s, c->mode == MR_CAST_LEGACY, &v) || v < lowest || v > -(lowest + 1))
        return mr_cast_malformed(c, row, err);
    return mr_cast_put_long(c, row, v, err);
}

static bool parse_interval(mr_cast *c, int32_t row, mr_str s)
{
    mr_interval_parts parts;

    if (mr_interval_parse(s, &parts, NULL) != MR_OK)
        return false;
    if (c->out->type->id == MR_TYPE_INTERVAL_CALENDAR) {
        c->out->interval[row] = (mr_interval){ parts.months, parts.days, parts.us };
        return true;
    }
    if (c->out->type->id == MR_TYPE_INTERVAL_YM) {
        c->out->i32[row] = parts.months;
        return parts.days == 0 && parts.us == 0;
    }
    return parts.months == 0 &&
           !__builtin_add_overflow(parts.days * MR_US_PER_DAY, parts.us, &c->out->i64[row]);
}

static bool text_to_other(mr_cast *c, int32_t row, mr_str s)
{
    const mr_type *to = c->out->type;

    switch (to->id) {
    case MR_TYPE_BOOLEAN:
        return parse_boolean(s, &c->out->u8[row]);
    case MR_TYPE_FLOAT:
        return parse_float(s, &c->out->f32[row]);
    case MR_TYPE_DOUBLE:
        return parse_floating(s, &c->out->f64[row]);
    case MR_TYPE_DATE:
        return mr_time_parse_date(s, &c->out->i32[row]);
    case MR_TYPE_TIMESTAMP:
        return mr_time_parse_timestamp(s, c->zone, &c->out->i64[row]);
    case MR_TYPE_TIMESTAMP_NTZ:
        return mr_time_parse_timestamp_ntz(s, &c->out->i64[row]);
    default:
        return parse_interval(c, row, s);
    }
}

/* Too many digits is an overflow, anything else is malformed. */
static mr_status text_to_decimal(mr_cast *c, int32_t row, mr_str s, mr_error *err)
{
    const mr_type *to = c->out->type;
    mr_int128 v;

    if (mr_number_parse_decimal(s, to->precision, to->scale, &c->out->i128[row]))
        return MR_OK;
    if (c->mode == MR_CAST_ANSI && mr_number_parse_decimal(s, 38, to->scale, &v))
        return mr_fn_decimal_overflow(err, v, to->scale, to);
    return mr_cast_malformed(c, row, err);
}

mr_status mr_cast_from_text(mr_cast *c, mr_sel sel, mr_error *err)
{
    bool integral = mr_type_is_integral(c->out->type);

    MR_EACH(sel, row)
    {
        mr_str s = mr_str_trim(MR_AT(c->in, str, row));

        if (integral)
            MR_TRY(text_to_integer(c, row, s, err));
        else if (c->out->type->id == MR_TYPE_DECIMAL)
            MR_TRY(text_to_decimal(c, row, s, err));
        else if (!text_to_other(c, row, s))
            MR_TRY(mr_cast_malformed(c, row, err));
    }
    return MR_OK;
}
