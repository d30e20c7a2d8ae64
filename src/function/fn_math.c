/* fn_math.c - functions of doubles, rounding, sign. */
#include "function/fn_priv.h"

#include <math.h>

#include "value/number.h"

#define MATH_ROW(name, expression)                                                                 \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)call;                                                                                \
        (void)err;                                                                                 \
        MR_LOOP1(double, double, args[0], sel, out, expression);                                   \
        return MR_OK;                                                                              \
    }

MATH_ROW(eval_sqrt, sqrt(x))
MATH_ROW(eval_cbrt, cbrt(x))
MATH_ROW(eval_exp, exp(x))
MATH_ROW(eval_expm1, expm1(x))
MATH_ROW(eval_sin, sin(x))
MATH_ROW(eval_cos, cos(x))
MATH_ROW(eval_tan, tan(x))
MATH_ROW(eval_asin, asin(x))
MATH_ROW(eval_acos, acos(x))
MATH_ROW(eval_atan, atan(x))
MATH_ROW(eval_sinh, sinh(x))
MATH_ROW(eval_cosh, cosh(x))
MATH_ROW(eval_tanh, tanh(x))
MATH_ROW(eval_rint, rint(x))
MATH_ROW(eval_degrees, x *(180.0 / 3.14159265358979323846))
MATH_ROW(eval_radians, x / 180.0 * 3.14159265358979323846)
MATH_ROW(eval_sign, x > 0 ? 1.0 : x < 0 ? -1.0 : x)

/* Logarithms of what has none are null. */
#define LOG_ROW(name, least, expression)                                                           \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)err;                                                                                 \
        MR_EACH(sel, row)                                                                          \
        {                                                                                          \
            double x = MR_AT(args[0], f64, row);                                                   \
            if (x <= (least))                                                                      \
                mr_fn_null(call, out, row);                                                        \
            else                                                                                   \
                out->f64[row] = (expression);                                                      \
        }                                                                                          \
        return MR_OK;                                                                              \
    }

LOG_ROW(eval_ln, 0.0, log(x))
LOG_ROW(eval_log10, 0.0, log10(x))
LOG_ROW(eval_log2, 0.0, log2(x))
LOG_ROW(eval_log1p, -1.0, log1p(x))

static mr_status eval_pow(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = pow(MR_AT(args[0], f64, row), MR_AT(args[1], f64, row));
    return MR_OK;
}

static mr_status eval_atan2(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = atan2(MR_AT(args[0], f64, row), MR_AT(args[1], f64, row));
    return MR_OK;
}

static mr_status resolve_log(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = true;
    return MR_OK;
}

/* --- ceil, floor: bigint, or a decimal without fraction
 * -------------------------------------------- */

static mr_status resolve_whole(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->id == MR_TYPE_DECIMAL) {
        int whole = t->precision - t->scale + 1;

        r->result = t->scale == 0 ? t : mr_fn_decimal_bounded(r->arena, whole, 0);
    } else {
        if (t->id != MR_TYPE_LONG)
            MR_TRY(mr_fn_resolve_signature(r, err));
        if (t->id != MR_TYPE_LONG && t->id != MR_TYPE_DOUBLE)
            r->args[0].want = mr_type_of(MR_TYPE_DOUBLE);
        r->result = mr_type_of(MR_TYPE_LONG);
    }
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* ceil(x, digits): a decimal with that many digits behind the point. */
static mr_status resolve_scaled(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    int64_t digits;
    int whole;

    if (r->n_args == 1)
        return resolve_whole(r, err);
    if (!r->args[1].is_literal || r->args[1].literal.is_null ||
        !mr_type_is_integral(r->args[1].type))
        return mr_fn_mismatch_arg(r, 1, "\"INT\"", err);
    digits = r->args[1].literal.i64;
    digits = digits > 38 ? 38 : digits < -38 ? -38 : digits;
    t = mr_fn_decimal_for(r->arena, t, NULL);
    t = t == NULL ? mr_type_decimal(r->arena, 30, 15) : t;
    whole = t->precision - t->scale + 1;
    if (digits < 0 && whole <= -digits)
        whole = (int)-digits + 1;
    r->args[0].want = t;
    r->args[1].want = mr_type_of(MR_TYPE_INT);
    r->result = mr_fn_decimal_bounded(r->arena, whole + (digits > 0 ? (int)digits : 0),
                                      digits > 0 ? (int)digits : 0);
    r->nullable = true;
    return MR_OK;
}

static int64_t to_long(double v)
{
    if (isnan(v))
        return 0;
    if (v >= 9223372036854775808.0)
        return INT64_MAX;
    return v < -9223372036854775808.0 ? INT64_MIN : (int64_t)v;
}

static mr_int128 whole_decimal(mr_int128 v, int scale, bool up)
{
    mr_int128 unit = mr_number_pow10(scale), q = v / unit, rest = v % unit;

    if (up)
        return q + (rest > 0);
    return q - (rest < 0);
}

static mr_status whole_rows(const mr_vec *const *args, mr_sel sel, mr_vec *out, bool up)
{
    const mr_vec *in = args[0];

    MR_EACH(sel, row)
    {
        if (in->type->id == MR_TYPE_DECIMAL)
            out->i128[row] = whole_decimal(MR_AT(in, i128, row), in->type->scale, up);
        else if (in->type->id == MR_TYPE_LONG)
            out->i64[row] = MR_AT(in, i64, row);
        else
            out->i64[row] = to_long(up ? ceil(MR_AT(in, f64, row)) : floor(MR_AT(in, f64, row)));
    }
    return MR_OK;
}

static mr_status scaled_rows(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, bool up)
{
    int scale = args[0]->type->scale;

    MR_EACH(sel, row)
    {
        int digits = MR_AT(args[1], i32, row), drop = scale - digits;
        mr_int128 v = MR_AT(args[0], i128, row);

        v = drop > 0 ? whole_decimal(v, drop > 38 ? 38 : drop, up) : v;
        if (digits < 0)
            v *= mr_number_pow10(digits < -38 ? 38 : -digits);
        if (!mr_number_rescale(v, drop > 0 ? (digits < 0 ? 0 : digits) : scale, out->type->scale,
                               out->type->precision, &out->i128[row]))
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

static mr_status eval_ceil(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    (void)err;
    if (call->bound->n_args == 2)
        return scaled_rows(call, args, sel, out, true);
    return whole_rows(args, sel, out, true);
}

static mr_status eval_floor(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)err;
    if (call->bound->n_args == 2)
        return scaled_rows(call, args, sel, out, false);
    return whole_rows(args, sel, out, false);
}

/* --- round (HALF_UP), bround (HALF_EVEN)
 * ----------------------------------------------------------- */

/* The number of digits that a constant says; a fraction of it is cut off. */
static bool whole_of(const mr_fn_arg *arg, int64_t *out)
{
    mr_int128 v = arg->literal.i128;

    if (mr_type_is_integral(arg->type)) {
        *out = arg->literal.i64;
    } else if (arg->type->id == MR_TYPE_DOUBLE && fabs(arg->literal.f64) < INT32_MAX) {
        *out = (int64_t)arg->literal.f64;
    } else if (arg->type->id == MR_TYPE_DECIMAL) {
        for (int i = 0; i < arg->type->scale; i++)
            v /= 10;
        *out = (int64_t)v;
        return v <= INT32_MAX && v >= INT32_MIN;
    } else if (mr_type_is_string(arg->type)) {
        return mr_str_to_int64(mr_str_trim(arg->literal.str), out) && *out <= INT32_MAX &&
               *out >= INT32_MIN;
    } else {
        return false;
    }
    return true;
}

static mr_status resolve_round(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    int64_t digits = 0;

    if (r->n_args == 2) {
        if (!r->args[1].is_literal || r->args[1].literal.is_null || !whole_of(&r->args[1], &digits))
            return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "sqlExpr",
                            mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr,
                            "inputName", "`scale`", "inputType", "\"INT\"", "inputExpr",
                            mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->args[1].sql)).ptr,
                            NULL);
        r->args[1].want = mr_type_of(MR_TYPE_INT);
    }
    if (!mr_type_is_numeric(t)) {
        if (!mr_coerce_implicit(t, mr_type_of(MR_TYPE_DOUBLE), r->ansi))
            return mr_fn_mismatch_arg(r, 0, "\"NUMERIC\"", err);
        t = r->args[0].want = mr_type_of(MR_TYPE_DOUBLE);
    }
    r->result = t;
    r->nullable = r->args[0].nullable;
    if (t->id == MR_TYPE_DECIMAL) {
        int keep = digits < 0 ? 0 : digits > t->scale ? t->scale : (int)digits;
        int whole = t->precision - t->scale + 1;

        if (digits < 0 && whole <= -digits)
            whole = (int)(digits < -37 ? 37 : -digits) + 1;
        r->result =
            mr_fn_decimal_bounded(r->arena, digits >= t->scale ? t->precision : whole + keep, keep);
    }
    return MR_OK;
}

static mr_int128 round_to(mr_int128 v, int drop, bool even)
{
    mr_int128 unit, q, rest;

    if (drop <= 0)
        return v;
    if (drop > 38)
        return 0;
    unit = mr_number_pow10(drop);
    q = v / unit;
    rest = v % unit < 0 ? -(v % unit) : v % unit;
    if (rest > unit - rest || (rest == unit - rest && (!even || q % 2 != 0)))
        q += v < 0 ? -1 : 1;
    return q;
}

/* Through the shortest decimal text, as Java's BigDecimal.valueOf does. */
static double round_double(double v, int digits, bool even)
{
    char text[48];
    mr_decimal exact, cut;
    size_t n;
    double back;
    int scale = fabs(v) < 1e17 ? 20 : 0; /* beyond 2^53 there are no fractions */

    if (!isfinite(v) || (scale == 0 && digits >= 0) || fabs(v) >= 1e37 || digits > 19)
        return v;
    if (fabs(v) < 1e-20)
        return digits < 20 ? copysign(0.0, 1.0) : v;
    n = mr_number_print_double(v, text);
    if (!mr_number_parse_decimal((mr_str){ text, n }, 38, scale, &exact))
        return v;
    cut = round_to(exact, scale - digits, even);
    if (digits < 0)
        return (double)cut * pow(10, -digits);
    n = mr_number_print_decimal(cut, digits, text);
    return mr_number_parse_double((mr_str){ text, n }, &back) ? back : v;
}

static bool fits_width(int64_t v, size_t width)
{
    int64_t most = width == 8 ? INT64_MAX : (INT64_C(1) << (8 * width - 1)) - 1;

    return v >= -most - 1 && v <= most;
}

static mr_status round_integer(const mr_fn_call *call, int64_t v, int digits, bool even,
                               mr_vec *out, int32_t row, mr_error *err)
{
    mr_int128 unit = digits < -18 ? mr_number_pow10(19) : mr_number_pow10(digits < 0 ? -digits : 0);
    mr_int128 r = round_to(v, -digits, even) * unit;
    size_t width = mr_type_width(out->type);
    int64_t low = (int64_t)r;

    if (call->bound->ansi && (r != low || !fits_width(low, width)))
        return mr_fn_overflow(err, "Overflow", NULL);
    memcpy((char *)out->data + width * (size_t)row, &low, width);
    return MR_OK;
}

static mr_status round_rows(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, bool even, mr_error *err)
{
    const mr_vec *in = args[0];

    MR_EACH(sel, row)
    {
        int digits = call->bound->n_args > 1 ? MR_AT(args[1], i32, row) : 0;

        if (in->type->id == MR_TYPE_DECIMAL) {
            mr_int128 v = round_to(MR_AT(in, i128, row), in->type->scale - digits, even);

            out->i128[row] = digits < 0 && digits >= -38 ? v * mr_number_pow10(-digits)
                             : digits > in->type->scale  ? MR_AT(in, i128, row)
                                                         : v;
        } else if (in->type->id == MR_TYPE_DOUBLE) {
            out->f64[row] = round_double(MR_AT(in, f64, row), digits, even);
        } else if (in->type->id == MR_TYPE_FLOAT) {
            out->f32[row] = (float)round_double((double)MR_AT(in, f32, row), digits, even);
        } else {
            MR_TRY(round_integer(call, mr_fn_long_at(in, row), digits, even, out, row, err));
        }
    }
    return MR_OK;
}

static mr_status eval_round(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    return round_rows(call, args, sel, out, false, err);
}

static mr_status eval_bround(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    return round_rows(call, args, sel, out, true, err);
}

#define FN1(row_name, text, ev)                                                                    \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .signature = "d:d", .total = true,       \
        .always_nullable = true, .resolve = mr_fn_resolve_signature, .eval = (ev), .print = (text) \
    }
#define LOG(row_name, text, ev)                                                                    \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .signature = "d:d",                      \
        .resolve = resolve_log, .eval = (ev), .print = (text)                                      \
    }
#define FN2(row_name, text, ev)                                                                    \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .signature = "dd:d",                     \
        .resolve = mr_fn_resolve_signature, .eval = (ev), .print = (text)                          \
    }
#define WHOLE(row_name, text, ev)                                                                  \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 2, .signature = "n:l",                      \
        .always_nullable = true, .resolve = resolve_scaled, .eval = (ev), .print = (text)          \
    }
#define ROUND(row_name, ev)                                                                        \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 2, .can_raise = true, .defaults = "0",      \
        .always_nullable = true, .resolve = resolve_round, .eval = (ev)                            \
    }

static const mr_function rows[] = {
    FN1("acos", "ACOS", eval_acos),
    FN1("asin", "ASIN", eval_asin),
    FN1("atan", "ATAN", eval_atan),
    FN2("atan2", "ATAN2", eval_atan2),
    ROUND("bround", eval_bround),
    FN1("cbrt", "CBRT", eval_cbrt),
    WHOLE("ceil", "CEIL", eval_ceil),
    WHOLE("ceiling", NULL, eval_ceil),
    FN1("cos", "COS", eval_cos),
    FN1("cosh", "COSH", eval_cosh),
    FN1("degrees", "DEGREES", eval_degrees),
    FN1("exp", "EXP", eval_exp),
    FN1("expm1", "EXPM1", eval_expm1),
    WHOLE("floor", "FLOOR", eval_floor),
    LOG("ln", NULL, eval_ln),
    LOG("log10", "LOG10", eval_log10),
    LOG("log1p", "LOG1P", eval_log1p),
    LOG("log2", "LOG2", eval_log2),
    FN2("pow", NULL, eval_pow),
    FN2("power", "POWER", eval_pow),
    FN1("radians", "RADIANS", eval_radians),
    FN1("rint", NULL, eval_rint),
    ROUND("round", eval_round),
    FN1("sign", NULL, eval_sign),
    FN1("signum", "SIGNUM", eval_sign),
    FN1("sin", "SIN", eval_sin),
    FN1("sinh", "SINH", eval_sinh),
    FN1("sqrt", "SQRT", eval_sqrt),
    FN1("tan", "TAN", eval_tan),
    FN1("tanh", "TANH", eval_tanh),
};

MR_FN_GROUP(mr_fn_math_group, rows);
