/* cast.c - every pair of types Spark casts: which pairs exist, and the row loops.
 *
 * Text is parsed in cast_text.c; here numbers, times and nested types.
 */
#include "function/cast_priv.h"
#include "function/nested.h"

#include <math.h>
#include <stdio.h>

#include "column/print.h"
#include "value/number.h"
#include "value/time.h"

static bool is_stamp(const mr_type *t)
{
    return t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ;
}

static bool is_interval(const mr_type *t)
{
    return t->id >= MR_TYPE_INTERVAL_CALENDAR && t->id <= MR_TYPE_INTERVAL_DT;
}

static bool nested_allowed(const mr_type *from, const mr_type *to, bool ansi)
{
    if (from->id != to->id || from->n_fields != to->n_fields)
        return false;
    for (int i = 0; i < from->n_fields; i++)
        if (!mr_cast_allowed(from->fields[i].type, to->fields[i].type, ansi))
            return false;
    return true;
}

static bool number_allowed(const mr_type *from, const mr_type *to, bool ansi)
{
    if (mr_type_is_numeric(to) || to->id == MR_TYPE_BOOLEAN || to->id == MR_TYPE_TIMESTAMP)
        return true;
    if (to->id == MR_TYPE_BINARY)
        return !ansi && mr_type_is_integral(from);
    return mr_type_is_integral(from) &&
           (to->id == MR_TYPE_INTERVAL_DT || to->id == MR_TYPE_INTERVAL_YM);
}

bool mr_cast_allowed(const mr_type *from, const mr_type *to, bool ansi)
{
    if (from->id == MR_TYPE_NULL || mr_type_equal(from, to))
        return true;
    if (mr_type_is_string(to))
        return true;
    if (mr_type_is_string(from))
        return to->n_fields == 0 && to->id != MR_TYPE_NULL;
    if (from->n_fields > 0 || to->n_fields > 0)
        return nested_allowed(from, to, ansi);
    if (mr_type_is_numeric(from))
        return number_allowed(from, to, ansi);
    if (from->id == MR_TYPE_BOOLEAN)
        return mr_type_is_numeric(to) || (!ansi && to->id == MR_TYPE_TIMESTAMP);
    if (is_stamp(from) || from->id == MR_TYPE_DATE) {
        if (is_stamp(to) || to->id == MR_TYPE_DATE)
            return true;
        if (from->id == MR_TYPE_TIMESTAMP)
            return mr_type_is_numeric(to) || (!ansi && to->id == MR_TYPE_BOOLEAN);
        return false;
    }
    if (is_interval(from))
        return from->id == to->id ||
               (from->id != MR_TYPE_INTERVAL_CALENDAR && mr_type_is_numeric(to));
    return false;
}

/* Digits left of the point, with which every value of the type fits. */
static int whole_digits(const mr_type *t)
{
    switch (t->id) {
    case MR_TYPE_BOOLEAN:
        return 1;
    case MR_TYPE_BYTE:
        return 3;
    case MR_TYPE_SHORT:
        return 5;
    case MR_TYPE_INT:
        return 10;
    case MR_TYPE_LONG:
        return 20;
    case MR_TYPE_DECIMAL:
        return t->precision - t->scale;
    default:
        return 99;
    }
}

static bool decimal_may_overflow(const mr_type *from, const mr_type *to)
{
    if (from->id == MR_TYPE_DECIMAL && from->scale > to->scale &&
        whole_digits(from) == to->precision - to->scale)
        return true; /* rounding up may carry */
    return whole_digits(from) > to->precision - to->scale;
}

static bool nested_makes_null(const mr_type *from, const mr_type *to)
{
    if (from->id == MR_TYPE_STRUCT || from->n_fields != to->n_fields)
        return from->n_fields != to->n_fields;
    return false;
}

bool mr_cast_makes_null(const mr_type *from, const mr_type *to)
{
    if (from->id == MR_TYPE_NULL || mr_type_equal(from, to) || mr_type_is_string(to))
        return false;
    if (mr_type_is_string(from))
        return to->id != MR_TYPE_BINARY;
    if (from->n_fields > 0 || to->n_fields > 0)
        return nested_makes_null(from, to);
    if (from->id == MR_TYPE_TIMESTAMP && to->id >= MR_TYPE_BYTE && to->id <= MR_TYPE_INT)
        return true;
    if (from->id == MR_TYPE_FLOAT || from->id == MR_TYPE_DOUBLE)
        if (to->id == MR_TYPE_TIMESTAMP)
            return true;
    if (to->id == MR_TYPE_DATE)
        return !is_stamp(from);
    if (from->id == MR_TYPE_DATE)
        return !is_stamp(to);
    if (to->id == MR_TYPE_INTERVAL_CALENDAR)
        return true;
    if (to->id == MR_TYPE_DECIMAL)
        return decimal_may_overflow(from, to);
    return mr_type_is_integral(to) &&
           (from->id == MR_TYPE_FLOAT || from->id == MR_TYPE_DOUBLE || from->id == MR_TYPE_DECIMAL);
}

void mr_cast_null(mr_cast *c, int32_t row)
{
    mr_vec_need_valid(c->out, c->arena);
    c->out->valid[row] = 0;
}

static const char *literal_suffix(const mr_type *type)
{
    switch (type->id) {
    case MR_TYPE_BYTE:
        return "Y";
    case MR_TYPE_SHORT:
        return "S";
    case MR_TYPE_LONG:
        return "L";
    case MR_TYPE_DOUBLE:
        return "D";
    default:
        return "";
    }
}

/* The value as a SQL literal: 3000000000L, 1.0E10D, 'abc', TIMESTAMP '...'. */
static const char *value_sql(const mr_cast *c, int32_t row)
{
    const mr_type *type = c->in->type;
    mr_buf buf = { 0 };
    const char *open = "", *text, *close = literal_suffix(type);

    if (mr_type_is_string(type))
        open = close = "'";
    else if (is_stamp(type) || type->id == MR_TYPE_DATE)
        open = type->id == MR_TYPE_DATE ? "DATE '" : "TIMESTAMP '", close = "'";
    else if (type->id == MR_TYPE_FLOAT)
        open = "CAST('", close = "' AS FLOAT)";
    else if (type->id == MR_TYPE_DECIMAL)
        close = "BD";
    mr_buf_puts(&buf, open);
    mr_print_value(c->in, row, c->zone, "NULL", &buf);
    mr_buf_puts(&buf, close);
    text = mr_arena_cstr(c->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return text;
}

mr_status mr_cast_overflow(mr_cast *c, int32_t row, mr_error *err)
{
    if (c->mode == MR_CAST_TRY) {
        mr_cast_null(c, row);
        return MR_OK;
    }
    return mr_raise(err, MR_EXC_ARITHMETIC, "CAST_OVERFLOW", "value", value_sql(c, row),
                    "sourceType", mr_fn_type_sql(c->arena, c->in->type), "targetType",
                    mr_fn_type_sql(c->arena, c->out->type), NULL);
}

mr_status mr_cast_malformed(mr_cast *c, int32_t row, mr_error *err)
{
    mr_exception exception = MR_EXC_RUNTIME;

    if (c->mode != MR_CAST_ANSI) {
        mr_cast_null(c, row);
        return MR_OK;
    }
    if (mr_type_is_numeric(c->out->type))
        exception = MR_EXC_NUMBER_FORMAT;
    else if (is_stamp(c->out->type) || c->out->type->id == MR_TYPE_DATE)
        exception = MR_EXC_DATETIME;
    return mr_raise(err, exception, "CAST_INVALID_INPUT", "expression", value_sql(c, row),
                    "sourceType", mr_fn_type_sql(c->arena, c->in->type), "targetType",
                    mr_fn_type_sql(c->arena, c->out->type), NULL);
}

static void range_of(const mr_type *to, int64_t *least, int64_t *most)
{
    int bits = to->id == MR_TYPE_BYTE    ? 8
               : to->id == MR_TYPE_SHORT ? 16
               : to->id == MR_TYPE_INT   ? 32
                                         : 64;

    *most = bits == 64 ? INT64_MAX : (INT64_C(1) << (bits - 1)) - 1;
    *least = -*most - 1;
}

mr_status mr_cast_put_long(mr_cast *c, int32_t row, int64_t v, mr_error *err)
{
    int64_t least, most;

    range_of(c->out->type, &least, &most);
    if (c->mode != MR_CAST_LEGACY && (v < least || v > most))
        return mr_cast_overflow(c, row, err);
    mr_fn_put_long(c->out, row, v);
    return MR_OK;
}

/* Java's d2l: NaN is 0, out of range saturates. */
static int64_t saturate(double v)
{
    if (isnan(v))
        return 0;
    if (v >= 9223372036854775808.0)
        return INT64_MAX;
    return v < -9223372036854775808.0 ? INT64_MIN : (int64_t)v;
}

static mr_status double_to_integer(mr_cast *c, int32_t row, double v, mr_error *err)
{
    int64_t least, most, whole = saturate(v);

    range_of(c->out->type, &least, &most);
    if (c->mode == MR_CAST_LEGACY) {
        if (c->out->type->id != MR_TYPE_LONG)
            whole = whole > INT32_MAX ? INT32_MAX : whole < INT32_MIN ? INT32_MIN : whole;
        mr_fn_put_long(c->out, row, whole);
        return MR_OK;
    }
    if (isnan(v) || !(floor(v) <= (double)most && ceil(v) >= (double)least))
        return mr_cast_overflow(c, row, err);
    mr_fn_put_long(c->out, row, whole);
    return MR_OK;
}

static mr_status put_decimal(mr_cast *c, int32_t row, mr_int128 v, int scale, mr_error *err)
{
    const mr_type *to = c->out->type;

    if (mr_number_rescale(v, scale, to->scale, to->precision, &c->out->i128[row]))
        return MR_OK;
    if (c->mode == MR_CAST_ANSI)
        return mr_fn_decimal_overflow(err, v, scale, to);
    mr_cast_null(c, row);
    return MR_OK;
}

static mr_status double_to_decimal(mr_cast *c, int32_t row, double v, mr_error *err)
{
    char text[32], precision[8], scale[8];
    const mr_type *to = c->out->type;

    if (mr_number_decimal_from_double(v, to->precision, to->scale, &c->out->i128[row]))
        return MR_OK;
    if (c->mode != MR_CAST_ANSI) {
        mr_cast_null(c, row);
        return MR_OK;
    }
    text[mr_number_print_double(v, text)] = '\0';
    snprintf(precision, sizeof(precision), "%d", to->precision);
    snprintf(scale, sizeof(scale), "%d", to->scale);
    return mr_raise(err, MR_EXC_ARITHMETIC, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION", "value",
                    text, "precision", precision, "scale", scale, "config",
                    "\"spark.sql.ansi.enabled\"", NULL);
}

static int64_t floor_div(int64_t v, int64_t by)
{
    return v / by - (v % by < 0);
}

/* Integers are binary in big-endian order. */
static void number_to_binary(mr_cast *c, int32_t row)
{
    size_t width = mr_type_width(c->in->type);
    uint64_t v = (uint64_t)mr_fn_long_at(c->in, row);
    char *bytes = mr_arena_alloc(c->arena, width);

    for (size_t i = 0; i < width; i++)
        bytes[i] = (char)(v >> (8 * (width - 1 - i)));
    c->out->str[row] = (mr_str){ bytes, width };
}

static int64_t seconds_to_us(int64_t seconds)
{
    int64_t us;

    if (__builtin_mul_overflow(seconds, MR_US_PER_SECOND, &us))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return us;
}

/* From a number that is not a decimal. */
static mr_status number_row(mr_cast *c, int32_t row, mr_error *err)
{
    bool whole = c->in->type->id != MR_TYPE_FLOAT && c->in->type->id != MR_TYPE_DOUBLE;
    int64_t v = whole ? mr_fn_long_at(c->in, row) : 0;
    double d = whole ? (double)v : mr_fn_double_at(c->in, row);

    switch (c->out->type->id) {
    case MR_TYPE_BOOLEAN:
        c->out->u8[row] = d != 0;
        return MR_OK;
    case MR_TYPE_FLOAT:
        c->out->f32[row] = whole ? (float)v : (float)d;
        return MR_OK;
    case MR_TYPE_DOUBLE:
        c->out->f64[row] = d;
        return MR_OK;
    case MR_TYPE_DECIMAL:
        return whole ? put_decimal(c, row, v, 0, err) : double_to_decimal(c, row, d, err);
    case MR_TYPE_BINARY:
        number_to_binary(c, row);
        return MR_OK;
    case MR_TYPE_TIMESTAMP:
        if (!whole && !isfinite(d))
            return mr_cast_malformed(c, row, err);
        if (!whole && c->mode != MR_CAST_LEGACY && fabs(d * 1e6) >= 9223372036854775808.0)
            return mr_cast_overflow(c, row, err);
        c->out->i64[row] = whole ? seconds_to_us(v) : saturate(d * 1e6);
        return MR_OK;
    default:
        return whole ? mr_cast_put_long(c, row, v, err) : double_to_integer(c, row, d, err);
    }
}

static mr_status decimal_row(mr_cast *c, int32_t row, mr_error *err)
{
    mr_int128 v = MR_AT(c->in, i128, row), whole;
    int scale = c->in->type->scale;

    switch (c->out->type->id) {
    case MR_TYPE_BOOLEAN:
        c->out->u8[row] = v != 0;
        return MR_OK;
    case MR_TYPE_FLOAT:
        c->out->f32[row] = (float)mr_number_decimal_to_double(v, scale);
        return MR_OK;
    case MR_TYPE_DOUBLE:
        c->out->f64[row] = mr_number_decimal_to_double(v, scale);
        return MR_OK;
    case MR_TYPE_DECIMAL:
        return put_decimal(c, row, v, scale, err);
    case MR_TYPE_TIMESTAMP:
        if (scale <= 6 && __builtin_mul_overflow(v, mr_number_pow10(6 - scale), &v))
            return mr_cast_overflow(c, row, err);
        c->out->i64[row] = (int64_t)(scale > 6 ? v / mr_number_pow10(scale - 6) : v);
        return MR_OK;
    default:
        whole = v / mr_number_pow10(scale);
        if (whole != (int64_t)whole && c->mode != MR_CAST_LEGACY)
            return mr_cast_overflow(c, row, err);
        return mr_cast_put_long(c, row, (int64_t)whole, err);
    }
}

static mr_status timestamp_row(mr_cast *c, int32_t row, mr_error *err)
{
    int64_t us = MR_AT(c->in, i64, row);
    bool ntz = c->in->type->id == MR_TYPE_TIMESTAMP_NTZ;

    switch (c->out->type->id) {
    case MR_TYPE_DATE:
        c->out->i32[row] =
            ntz ? (int32_t)floor_div(us, MR_US_PER_DAY) : mr_time_to_date(us, c->zone);
        return MR_OK;
    case MR_TYPE_TIMESTAMP:
        c->out->i64[row] = mr_zone_to_utc(c->zone, us);
        return MR_OK;
    case MR_TYPE_TIMESTAMP_NTZ:
        c->out->i64[row] = mr_zone_to_local(c->zone, us);
        return MR_OK;
    case MR_TYPE_BOOLEAN:
        c->out->u8[row] = us != 0;
        return MR_OK;
    case MR_TYPE_FLOAT:
        c->out->f32[row] = (float)((double)us / 1e6);
        return MR_OK;
    case MR_TYPE_DOUBLE:
        c->out->f64[row] = (double)us / 1e6;
        return MR_OK;
    case MR_TYPE_DECIMAL:
        return put_decimal(c, row, us, 6, err);
    default:
        return mr_cast_put_long(c, row, floor_div(us, MR_US_PER_SECOND), err);
    }
}

static mr_status date_row(mr_cast *c, int32_t row)
{
    int64_t us = (int64_t)MR_AT(c->in, i32, row) * MR_US_PER_DAY;

    c->out->i64[row] = c->out->type->id == MR_TYPE_TIMESTAMP ? mr_zone_to_utc(c->zone, us) : us;
    return MR_OK;
}

static mr_status interval_row(mr_cast *c, int32_t row, mr_error *err)
{
    int64_t v = c->in->type->id == MR_TYPE_INTERVAL_CALENDAR ? 0 : mr_fn_long_at(c->in, row);
    static const int64_t dt_units[] = { MR_US_PER_DAY, INT64_C(3600000000), INT64_C(60000000),
                                        1000000 };

    if (c->out->type->id == c->in->type->id) {
        if (c->out->type->id == MR_TYPE_INTERVAL_YM)
            c->out->i32[row] = (int32_t)v;
        else if (c->out->type->id == MR_TYPE_INTERVAL_DT)
            c->out->i64[row] = v;
        else
            c->out->interval[row] = MR_AT(c->in, interval, row);
        return MR_OK;
    }
    if (c->in->type->id == MR_TYPE_INTERVAL_YM)
        v /= c->in->type->end_field == 0 ? 12 : 1;
    else
        v /= dt_units[c->in->type->end_field & 3];
    return mr_cast_put_long(c, row, v, err);
}

static mr_status to_interval_row(mr_cast *c, int32_t row, mr_error *err)
{
    static const int64_t dt_units[] = { MR_US_PER_DAY, INT64_C(3600000000), INT64_C(60000000),
                                        1000000 };
    int64_t v = mr_fn_long_at(c->in, row);

    if (c->out->type->id == MR_TYPE_INTERVAL_DT) {
        if (__builtin_mul_overflow(v, dt_units[c->out->type->end_field & 3], &c->out->i64[row]))
            return mr_cast_overflow(c, row, err);
        return MR_OK;
    }
    if (__builtin_mul_overflow(v, c->out->type->end_field == 0 ? 12 : 1, &v) || v != (int32_t)v)
        return mr_cast_overflow(c, row, err);
    c->out->i32[row] = (int32_t)v;
    return MR_OK;
}

static mr_status cast_row(mr_cast *c, int32_t row, mr_error *err)
{
    const mr_type *from = c->in->type;

    if (is_interval(c->out->type) && mr_type_is_integral(from))
        return to_interval_row(c, row, err);
    if (from->id == MR_TYPE_DECIMAL)
        return decimal_row(c, row, err);
    if (from->id == MR_TYPE_BOOLEAN && c->out->type->id == MR_TYPE_TIMESTAMP) {
        c->out->i64[row] = MR_AT(c->in, u8, row);
        return MR_OK;
    }
    if (mr_type_is_numeric(from) || from->id == MR_TYPE_BOOLEAN)
        return number_row(c, row, err);
    if (is_stamp(from))
        return timestamp_row(c, row, err);
    if (from->id == MR_TYPE_DATE)
        return date_row(c, row);
    MR_ASSERT(is_interval(from));
    return interval_row(c, row, err);
}

/* The widening and scaling casts of hot paths, without a branch a row.  False = not one of them. */
static bool cast_dense(mr_cast *c, mr_sel sel)
{
    mr_type_id from = c->in->type->id, to = c->out->type->id;

    if (from == MR_TYPE_INT && to == MR_TYPE_LONG)
        MR_LOOP1(int32_t, int64_t, c->in, sel, c->out, x);
    else if (from == MR_TYPE_INT && to == MR_TYPE_DOUBLE)
        MR_LOOP1(int32_t, double, c->in, sel, c->out, x);
    else if (from == MR_TYPE_LONG && to == MR_TYPE_DOUBLE)
        MR_LOOP1(int64_t, double, c->in, sel, c->out, x);
    else if (from == MR_TYPE_FLOAT && to == MR_TYPE_DOUBLE)
        MR_LOOP1(float, double, c->in, sel, c->out, x);
    else if (from == MR_TYPE_LONG && to == MR_TYPE_TIMESTAMP)
        MR_LOOP1(int64_t, int64_t, c->in, sel, c->out, seconds_to_us(x));
    else if (from == MR_TYPE_TIMESTAMP && to == MR_TYPE_LONG)
        MR_LOOP1(int64_t, int64_t, c->in, sel, c->out, floor_div(x, MR_US_PER_SECOND));
    else
        return false;
    return true;
}

static mr_status cast_struct(mr_cast *c, mr_sel sel, mr_error *err)
{
    MR_ASSERT(c->in->type->n_fields == c->out->type->n_fields);
    for (int i = 0; i < c->out->type->n_fields; i++) {
        mr_vec child = c->in->children[i];

        child.constant = child.constant || c->in->constant;
        MR_TRY(mr_cast_eval(&child, sel, c->out->type->fields[i].type, (int)c->mode, c->zone,
                            c->arena, &c->out->children[i], err));
    }
    return MR_OK;
}

/* Elements of the selected rows only. */
static mr_status cast_list(mr_cast *c, mr_sel sel, mr_error *err)
{
    int32_t *picked = NULL, n = 0, next = 0;

    MR_EACH(sel, row)
    n += c->in->offsets[mr_vec_index(c->in, row) + 1] - c->in->offsets[mr_vec_index(c->in, row)];
    picked = MR_NEW_ARRAY(c->arena, int32_t, n);
    n = 0;
    MR_EACH(sel, one)
    {
        int32_t at = mr_vec_index(c->in, one);

        for (; next < one; next++)
            c->out->offsets[next + 1] = c->out->offsets[next];
        for (int32_t i = c->in->offsets[at]; i < c->in->offsets[at + 1]; i++)
            picked[n++] = i;
        c->out->offsets[one + 1] = n;
        next = one + 1;
    }
    for (; next < c->out->n; next++)
        c->out->offsets[next + 1] = c->out->offsets[next];
    for (int i = 0; i < c->out->type->n_fields; i++) {
        mr_vec dense;

        mr_vec_gather(&dense, &c->in->children[i], (mr_sel){ picked, n }, c->arena, false);
        MR_TRY(mr_cast_eval(&dense, (mr_sel){ NULL, n }, c->out->type->fields[i].type, (int)c->mode,
                            c->zone, c->arena, &c->out->children[i], err));
    }
    return MR_OK;
}

/* The selected rows that are not null; shares sel when nothing is null. */
static mr_sel not_null(const mr_vec *in, mr_sel sel, mr_arena *arena)
{
    int32_t *rows, n = 0;

    if (in->valid == NULL)
        return sel;
    rows = mr_arena_alloc(arena, sizeof(int32_t) * (size_t)(sel.n + 1));
    MR_EACH(sel, row)
    {
        rows[n] = row;
        n += in->valid[mr_vec_index(in, row)];
    }
    return (mr_sel){ rows, n };
}

static void share_nulls(const mr_vec *in, mr_vec *out, mr_arena *arena)
{
    if (in->valid == NULL)
        return;
    mr_vec_need_valid(out, arena);
    for (int32_t i = 0; i < out->n; i++)
        out->valid[i] = in->valid[mr_vec_index(in, i)];
}

mr_status mr_cast_eval(const mr_vec *in, mr_sel sel, const mr_type *to, int mode,
                       const mr_zone *zone, mr_arena *arena, mr_vec *out, mr_error *err)
{
    mr_cast c = { in, out, arena, zone == NULL ? mr_zone_utc() : zone, (mr_cast_mode)mode };

    if (in->type->id == MR_TYPE_NULL) {
        mr_vec_init_null(out, arena, to, in->n);
        return MR_OK;
    }
    if (mr_type_equal(in->type, to) || (mr_type_is_string(in->type) && to->id == MR_TYPE_STRING) ||
        (mr_type_is_string(in->type) && to->id == MR_TYPE_BINARY)) {
        *out = *in;
        out->type = to;
        return MR_OK;
    }
    mr_vec_init(out, arena, to, in->n);
    share_nulls(in, out, arena);
    sel = not_null(in, sel, arena);
    if (mr_type_is_string(to)) {
        mr_cast_to_text(&c, sel);
        return MR_OK;
    }
    if (mr_type_is_string(in->type))
        return mr_cast_from_text(&c, sel, err);
    if (to->id == MR_TYPE_STRUCT)
        return cast_struct(&c, sel, err);
    if (to->n_fields > 0)
        return cast_list(&c, sel, err);
    if (cast_dense(&c, sel))
        return MR_OK;
    MR_EACH(sel, row)
    MR_TRY(cast_row(&c, row, err));
    return MR_OK;
}
