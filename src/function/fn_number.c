/* fn_number.c - further functions of numbers: logarithms of a base, factorials, bases, scaled
 * ceilings. */
#include "function/fn_priv.h"

#include <math.h>
#include <stdio.h>

#include "value/number.h"

#define MATH(name, expression)                                                                     \
    MR_FN_EVAL(name)                                                                               \
    {                                                                                              \
        (void)call;                                                                                \
        (void)err;                                                                                 \
        MR_EACH(sel, row)                                                                          \
        {                                                                                          \
            double x = MR_AT(args[0], f64, row);                                                   \
            out->f64[row] = (expression);                                                          \
        }                                                                                          \
        return MR_OK;                                                                              \
    }

MATH(eval_cot, 1.0 / tan(x))
MATH(eval_sec, 1.0 / cos(x))
MATH(eval_csc, 1.0 / sin(x))
MATH(eval_asinh, isinf(x) ? x : copysign(log(fabs(x) + sqrt(x * x + 1.0)), x))
MATH(eval_acosh, log(x + sqrt(x * x - 1.0)))
MATH(eval_atanh, 0.5 * (log1p(x) - log1p(-x)))

MR_FN_EVAL(eval_hypot)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = hypot(MR_AT(args[0], f64, row), MR_AT(args[1], f64, row));
    return MR_OK;
}

MR_FN_EVAL(eval_pi)
{
    (void)call;
    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = 3.14159265358979323846;
    return MR_OK;
}

MR_FN_EVAL(eval_e)
{
    (void)call;
    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = 2.71828182845904523536;
    return MR_OK;
}

MR_FN_EVAL(eval_nanvl)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    {
        double x = MR_AT(args[0], f64, row);

        out->f64[row] = isnan(x) ? MR_AT(args[1], f64, row) : x;
    }
    return MR_OK;
}

MR_FN_EVAL(eval_factorial)
{
    (void)err;
    MR_EACH(sel, row)
    {
        int32_t n = MR_AT(args[0], i32, row);
        int64_t v = 1;

        if (n < 0 || n > 20) {
            mr_fn_null(call, out, row);
            continue;
        }
        for (int32_t i = 2; i <= n; i++)
            v *= i;
        out->i64[row] = v;
    }
    return MR_OK;
}

MR_FN_EVAL(eval_width_bucket)
{
    (void)err;
    MR_EACH(sel, row)
    {
        double v = MR_AT(args[0], f64, row), low = MR_AT(args[1], f64, row);
        double high = MR_AT(args[2], f64, row), lower = low < high ? low : high;
        double upper = low < high ? high : low;
        int64_t n = MR_AT(args[3], i64, row), bucket;

        if (n <= 0 || n == INT64_MAX || isnan(v) || low == high || !isfinite(low) ||
            !isfinite(high)) {
            mr_fn_null(call, out, row);
            continue;
        }
        bucket =
            v < lower ? 0
            : v >= upper
                ? n + 1
                : (int64_t)((double)n * (low < high ? v - lower : upper - v) / (upper - lower)) + 1;
        out->i64[row] = low < high ? bucket : v < lower ? n + 1 : v >= upper ? 0 : bucket;
    }
    return MR_OK;
}

/* --- bases --------------------------------------------------------------------------------------
 */

static mr_str base_text(mr_arena *arena, uint64_t v, unsigned base, bool negative)
{
    char *text = mr_arena_alloc(arena, 66);
    size_t at = 66;

    do {
        text[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[v % base];
        v /= base;
    } while (v != 0);
    if (negative)
        text[--at] = '-';
    return (mr_str){ text + at, 66 - at };
}

MR_FN_EVAL(eval_bin)
{
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = base_text(call->arena, (uint64_t)MR_AT(args[0], i64, row), 2, false);
    return MR_OK;
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a' + 10) : 99;
}

/* The digits of a base at the beginning of s; false = more than 64 bits hold. */
static bool parse_base(mr_str s, unsigned base, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.len && digit_of(s.ptr[i]) < base; i++)
        if (__builtin_mul_overflow(*out, (uint64_t)base, out) ||
            __builtin_add_overflow(*out, (uint64_t)digit_of(s.ptr[i]), out)) {
            *out = UINT64_MAX;
            return false;
        }
    return true;
}

MR_FN_EVAL(eval_conv)
{
    MR_EACH(sel, row)
    {
        mr_str s = mr_str_trim(MR_AT(args[0], str, row));
        int32_t from = MR_AT(args[1], i32, row), to = MR_AT(args[2], i32, row);
        bool negative = s.len > 0 && s.ptr[0] == '-';
        unsigned base = (unsigned)(to < 0 ? -to : to);
        uint64_t v;

        if (from < 2 || from > 36 || base < 2 || base > 36 || s.len == 0) {
            mr_fn_null(call, out, row);
            continue;
        }
        if (!parse_base(mr_str_slice(s, negative, s.len), (unsigned)from, &v) && call->bound->ansi)
            return mr_fn_overflow(err, "Overflow in function conv()", NULL);
        if (negative && to > 0)
            v = (int64_t)v < 0 ? UINT64_MAX : 0 - v;
        else if (to < 0 && (int64_t)v < 0)
            v = 0 - v, negative = true;
        out->str[row] = base_text(call->arena, v, base, to < 0 && negative);
    }
    return MR_OK;
}

/* --- log(base, x) -------------------------------------------------------------------------------
 */

MR_FN_EVAL(eval_log)
{
    bool has_base = call->bound->n_args == 2;

    (void)err;
    MR_EACH(sel, row)
    {
        double base = has_base ? MR_AT(args[0], f64, row) : 0;
        double x = MR_AT(args[has_base ? 1 : 0], f64, row);

        if (x <= 0 || (has_base && base <= 0))
            mr_fn_null(call, out, row);
        else
            out->f64[row] = has_base ? log(x) / log(base) : log(x);
    }
    return MR_OK;
}

/* --- bits ---------------------------------------------------------------------------------------
 */

static mr_status resolve_bit(mr_fn_resolve *r, mr_error *err)
{
    if (!mr_type_is_integral(r->args[0].type))
        return mr_fn_mismatch_arg(r, 0, "\"INTEGRAL\"", err);
    if (!mr_type_is_integral(r->args[1].type))
        return mr_fn_mismatch_arg(r, 1, "\"INT\"", err);
    r->args[1].want = mr_type_of(MR_TYPE_INT);
    r->result = mr_type_of(MR_TYPE_BYTE);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

MR_FN_EVAL(eval_bit)
{
    MR_EACH(sel, row)
    {
        int32_t at = MR_AT(args[1], i32, row);
        int bits = (int)(8 * mr_type_width(args[0]->type));

        if (at < 0 || at >= bits)
            return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT,
                            "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE", "functionName",
                            "`bit_get`", "parameter", "`pos`", "upper",
                            mr_arena_printf(call->arena, "%d", bits).ptr, "invalidValue",
                            mr_arena_printf(call->arena, "%d", (int)at).ptr, NULL);
        out->i8[row] = (int8_t)(mr_fn_long_at(args[0], row) >> at & 1);
    }
    return MR_OK;
}

/* --- zeroifnull, nullifzero ----------------------------------------------------------------------
 */

static mr_status resolve_zero(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->id == MR_TYPE_NULL)
        t = r->args[0].want = mr_type_of(MR_TYPE_INT);
    if (!mr_type_is_numeric(t))
        return mr_fn_mismatch_arg(r, 0, "\"NUMERIC\"", err);
    r->result = t;
    r->nullable = strcmp(r->function->name, "nullifzero") == 0;
    return MR_OK;
}

static mr_status zero_rows(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, bool to_null)
{
    size_t width = mr_type_width(out->type);

    MR_EACH(sel, row)
    {
        char *to = (char *)out->data + width * (size_t)row;

        if (mr_vec_is_null(args[0], row)) {
            memset(to, 0, width);
            if (to_null)
                mr_fn_null(call, out, row);
            continue;
        }
        memcpy(to, (const char *)args[0]->data + width * (size_t)mr_vec_index(args[0], row), width);
        if (to_null && mr_fn_double_at(args[0], row) == 0)
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

MR_FN_EVAL(eval_zeroifnull)
{
    (void)err;
    return zero_rows(call, args, sel, out, false);
}

MR_FN_EVAL(eval_nullifzero)
{
    (void)err;
    return zero_rows(call, args, sel, out, true);
}

#define FN(row_name, n, sig, ev, text)                                                             \
    {                                                                                              \
        .name = (row_name), .min_args = (n), .max_args = (n), .signature = (sig),                  \
        .resolve = mr_fn_resolve_signature, .eval = (ev), .print = (text)                          \
    }
#define NULLABLE(row_name, n, sig, ev, text)                                                       \
    {                                                                                              \
        .name = (row_name), .min_args = (n), .max_args = (n), .always_nullable = true,             \
        .can_raise = true, .signature = (sig), .resolve = mr_fn_resolve_signature, .eval = (ev),   \
        .print = (text)                                                                            \
    }
#define ZERO(row_name, ev)                                                                         \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .sees_nulls = true,                      \
        .resolve = resolve_zero, .eval = (ev)                                                      \
    }
#define BIT(row_name)                                                                              \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .can_raise = true,                       \
        .resolve = resolve_bit, .eval = eval_bit                                                   \
    }

static const mr_function rows[] = {
    NULLABLE("acosh", 1, "d:d", eval_acosh, "ACOSH"),
    NULLABLE("asinh", 1, "d:d", eval_asinh, "ASINH"),
    NULLABLE("atanh", 1, "d:d", eval_atanh, "ATANH"),
    FN("bin", 1, "l:s", eval_bin, NULL),
    BIT("bit_get"),
    NULLABLE("conv", 3, "sii:s", eval_conv, NULL),
    NULLABLE("cot", 1, "d:d", eval_cot, "COT"),
    NULLABLE("csc", 1, "d:d", eval_csc, "CSC"),
    FN("e", 0, ":d", eval_e, "E"),
    NULLABLE("factorial", 1, "i:l", eval_factorial, NULL),
    BIT("getbit"),
    FN("hypot", 2, "dd:d", eval_hypot, "HYPOT"),
    { .name = "log",
      .min_args = 1,
      .max_args = 2,
      .always_nullable = true,
      .signature = "dd:d",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_log,
      .print = "LOG" },
    FN("nanvl", 2, "dd:d", eval_nanvl, NULL),
    ZERO("nullifzero", eval_nullifzero),
    FN("pi", 0, ":d", eval_pi, "PI"),
    NULLABLE("sec", 1, "d:d", eval_sec, "SEC"),
    NULLABLE("width_bucket", 4, "dddl:l", eval_width_bucket, NULL),
    ZERO("zeroifnull", eval_zeroifnull),
};

MR_FN_GROUP(mr_fn_number_group, rows);
