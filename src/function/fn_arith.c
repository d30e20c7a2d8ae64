/* fn_arith.c - + - * / % div and their functions over integers, floating point and intervals.
 *
 * Overflow is gathered over a whole vector without branches; only when it happened is the lowest
 * row looked for.
 */
#include "function/arith_priv.h"

#include <math.h>
#include <stdio.h>

static mr_status resolve_decimal_pair(mr_fn_resolve *r, mr_arith_op op)
{
    const mr_type *a = mr_fn_decimal_for(r->arena, r->args[0].type, &r->args[0]);
    const mr_type *b = mr_fn_decimal_for(r->arena, r->args[1].type, &r->args[1]);

    r->args[0].want = a;
    r->args[1].want = b;
    r->result = mr_arith_decimal_type(r->arena, op, a, b);
    r->nullable = mr_fn_any_nullable(r) || !r->ansi || op == MR_ARITH_DIVIDE;
    return MR_OK;
}

static void want_both(mr_fn_resolve *r, const mr_type *type)
{
    r->args[0].want = r->args[1].want = type;
    r->result = type;
    r->nullable = mr_fn_any_nullable(r);
}

/* A string beside a number: the number's wide type under ANSI, double otherwise. */
static const mr_type *number_of(const mr_fn_resolve *r, int arg)
{
    const mr_type *type = r->args[arg].type, *other = r->args[1 - arg].type;

    if (mr_type_is_string(type)) {
        if (r->ansi && mr_type_is_integral(other))
            return mr_type_of(MR_TYPE_LONG);
        return mr_type_of(MR_TYPE_DOUBLE);
    }
    return type->id == MR_TYPE_NULL
               ? (mr_type_is_numeric(other) ? other : mr_type_of(MR_TYPE_DOUBLE))
               : type;
}

/* The common type of two numbers for an operator; NULL = not numbers. */
static const mr_type *number_pair(mr_fn_resolve *r)
{
    const mr_type *a = number_of(r, 0), *b = number_of(r, 1);

    if (!mr_type_is_numeric(a) || !mr_type_is_numeric(b))
        return NULL;
    return mr_coerce_common(r->arena, a, b, r->ansi);
}

static mr_status refuse(mr_fn_resolve *r, const char *wanted, mr_error *err)
{
    if (!mr_type_equal(r->args[0].type, r->args[1].type))
        return mr_fn_mismatch_sides(r, err);
    return mr_fn_mismatch_binary(r, wanted, err);
}

static mr_status resolve_number(mr_fn_resolve *r, mr_arith_op op, mr_error *err)
{
    const mr_type *common = number_pair(r);

    if (common == NULL)
        return refuse(r, "\"NUMERIC\"", err);
    if (common->id == MR_TYPE_DECIMAL)
        return resolve_decimal_pair(r, op);
    want_both(r, common);
    if (op == MR_ARITH_REMAINDER || op == MR_ARITH_PMOD)
        r->nullable = true;
    return MR_OK;
}

static mr_status resolve_sign_change(mr_fn_resolve *r, mr_error *err);

/* DATE + STRING is date_add to Spark, which reads the text as a date and then does not take it. */
static mr_status refuse_date_text(mr_fn_resolve *r, mr_error *err)
{
    mr_str left = r->args[0].sql, right = r->args[1].sql;
    mr_str whole =
        mr_arena_printf(r->arena, "\"date_add(%.*s, %.*s)\"", MR_STR_ARG(left), MR_STR_ARG(right));
    mr_str input = mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(right));

    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr",
                    mr_arena_cstr(r->arena, whole), "paramIndex", "second", "requiredType",
                    "(\"INT\" or \"SMALLINT\" or \"TINYINT\")", "inputSql",
                    mr_arena_cstr(r->arena, input), "inputType", "\"DATE\"", NULL);
}

static mr_status resolve_add(mr_fn_resolve *r, mr_error *err)
{
    if (r->n_args == 1)
        return resolve_sign_change(r, err);
    if (mr_arith_resolve_time(r, MR_ARITH_ADD))
        return MR_OK;
    if (r->ansi && r->args[0].type->id == MR_TYPE_DATE && mr_type_is_string(r->args[1].type))
        return refuse_date_text(r, err);
    return resolve_number(r, MR_ARITH_ADD, err);
}

static mr_status resolve_subtract(mr_fn_resolve *r, mr_error *err)
{
    if (r->n_args == 1)
        return resolve_sign_change(r, err);
    if (mr_arith_resolve_time(r, MR_ARITH_SUBTRACT))
        return MR_OK;
    return resolve_number(r, MR_ARITH_SUBTRACT, err);
}

static mr_status resolve_multiply(mr_fn_resolve *r, mr_error *err)
{
    if (mr_arith_resolve_time(r, MR_ARITH_MULTIPLY))
        return MR_OK;
    return resolve_number(r, MR_ARITH_MULTIPLY, err);
}

static mr_status resolve_divide(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *common;

    if (mr_arith_resolve_time(r, MR_ARITH_DIVIDE))
        return MR_OK;
    common = number_pair(r);
    if (common == NULL)
        return refuse(r, "(\"DOUBLE\" or \"DECIMAL\")", err);
    if (common->id == MR_TYPE_DECIMAL)
        return resolve_decimal_pair(r, MR_ARITH_DIVIDE);
    want_both(r, mr_type_of(MR_TYPE_DOUBLE));
    r->nullable = true;
    return MR_OK;
}

static mr_status resolve_remainder(mr_fn_resolve *r, mr_error *err)
{
    return resolve_number(r, MR_ARITH_REMAINDER, err);
}

static mr_status resolve_pmod(mr_fn_resolve *r, mr_error *err)
{
    return resolve_number(r, MR_ARITH_PMOD, err);
}

static mr_status resolve_div(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *common = number_pair(r);

    if (common == NULL)
        return refuse(r, "(\"BIGINT\" or \"DECIMAL\")", err);
    if (common->id == MR_TYPE_DECIMAL)
        resolve_decimal_pair(r, MR_ARITH_DIVIDE);
    else if (mr_type_is_integral(common) || r->ansi == false)
        want_both(r, mr_type_of(MR_TYPE_LONG));
    else
        return mr_fn_mismatch_binary(r, "(\"BIGINT\" or \"DECIMAL\")", err);
    r->result = mr_type_of(MR_TYPE_LONG);
    r->nullable = true;
    return MR_OK;
}

#define TRY_NAME(op)                                                                               \
    ((op) == MR_ARITH_ADD ? "try_add" : (op) == MR_ARITH_SUBTRACT ? "try_subtract" : "try_multiply")

static bool overflows_long(mr_arith_op op, int64_t x, int64_t y, int64_t *out)
{
    if (op == MR_ARITH_ADD)
        return __builtin_add_overflow(x, y, out);
    if (op == MR_ARITH_SUBTRACT)
        return __builtin_sub_overflow(x, y, out);
    return __builtin_mul_overflow(x, y, out);
}

static bool fits(const mr_type *type, int64_t v)
{
    switch (type->id) {
    case MR_TYPE_BYTE:
        return v == (int8_t)v;
    case MR_TYPE_SHORT:
        return v == (int16_t)v;
    case MR_TYPE_INT:
        return v == (int32_t)v;
    default:
        return true;
    }
}

static mr_status small_overflow(mr_arith_op op, const mr_type *type, int64_t x, int64_t y,
                                mr_error *err)
{
    static const char *const symbols[] = { "+", "-", "*" };
    char left[32], right[32], function[32], suffix = type->id == MR_TYPE_BYTE ? 'Y' : 'S';

    snprintf(left, sizeof(left), "%lld%c", (long long)x, suffix);
    snprintf(right, sizeof(right), "%lld%c", (long long)y, suffix);
    snprintf(function, sizeof(function), "`%s`", TRY_NAME(op));
    return mr_raise(err, MR_EXC_ARITHMETIC, "BINARY_ARITHMETIC_OVERFLOW", "value1", left, "symbol",
                    symbols[op], "value2", right, "functionName", function, NULL);
}

/* Finds the lowest row that overflowed and raises for it. */
static mr_status raise_overflow(mr_arith_op op, const mr_vec *a, const mr_vec *b, mr_sel sel,
                                mr_error *err)
{
    MR_EACH(sel, row)
    {
        int64_t x = mr_fn_long_at(a, row), y = mr_fn_long_at(b, row), v;

        if (!overflows_long(op, x, y, &v) && fits(a->type, v))
            continue;
        if (a->type->id <= MR_TYPE_SHORT)
            return small_overflow(op, a->type, x, y, err);
        return mr_fn_overflow(
            err, a->type->id == MR_TYPE_INT ? "integer overflow" : "long overflow", TRY_NAME(op));
    }
    return MR_OK;
}

#define INTEGER_OP(T, builtin)                                                                     \
    do {                                                                                           \
        T v_;                                                                                      \
        MR_LOOP2(T, T, T, a, b, sel, out, (bad |= builtin(x, y, &v_), v_));                        \
    } while (0)

#define INTEGER_TYPES(builtin)                                                                     \
    do {                                                                                           \
        switch (a->type->id) {                                                                     \
        case MR_TYPE_BYTE:                                                                         \
            INTEGER_OP(int8_t, builtin);                                                           \
            break;                                                                                 \
        case MR_TYPE_SHORT:                                                                        \
            INTEGER_OP(int16_t, builtin);                                                          \
            break;                                                                                 \
        case MR_TYPE_INT:                                                                          \
            INTEGER_OP(int32_t, builtin);                                                          \
            break;                                                                                 \
        default:                                                                                   \
            INTEGER_OP(int64_t, builtin);                                                          \
            break;                                                                                 \
        }                                                                                          \
    } while (0)

#define FLOAT_OP(op)                                                                               \
    do {                                                                                           \
        if (a->type->id == MR_TYPE_FLOAT)                                                          \
            MR_LOOP2(float, float, float, a, b, sel, out, x op y);                                 \
        else                                                                                       \
            MR_LOOP2(double, double, double, a, b, sel, out, x op y);                              \
    } while (0)

static bool is_floating(const mr_type *type)
{
    return type->id == MR_TYPE_FLOAT || type->id == MR_TYPE_DOUBLE;
}

#define ARITH_EVAL(name, op, symbol, builtin)                                                      \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        const mr_vec *a = args[0], *b = args[1];                                                   \
        bool bad = false;                                                                          \
        if (out->type->id == MR_TYPE_DECIMAL)                                                      \
            return mr_arith_decimal(call, op, args, sel, out, err);                                \
        if (!mr_type_is_numeric(out->type))                                                        \
            return mr_arith_time(call, op, args, sel, out, err);                                   \
        if (is_floating(out->type)) {                                                              \
            FLOAT_OP(symbol);                                                                      \
            return MR_OK;                                                                          \
        }                                                                                          \
        INTEGER_TYPES(builtin);                                                                    \
        return bad && call->bound->ansi ? raise_overflow(op, a, b, sel, err) : MR_OK;              \
    }

ARITH_EVAL(eval_add, MR_ARITH_ADD, +, __builtin_add_overflow)
ARITH_EVAL(eval_subtract, MR_ARITH_SUBTRACT, -, __builtin_sub_overflow)
ARITH_EVAL(eval_multiply, MR_ARITH_MULTIPLY, *, __builtin_mul_overflow)

static mr_status eval_divide(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    const mr_vec *a = args[0], *b = args[1];

    if (out->type->id == MR_TYPE_DECIMAL)
        return mr_arith_decimal(call, MR_ARITH_DIVIDE, args, sel, out, err);
    if (out->type->id != MR_TYPE_DOUBLE)
        return mr_arith_time(call, MR_ARITH_DIVIDE, args, sel, out, err);
    MR_LOOP2(double, double, double, a, b, sel, out, x / y);
    MR_EACH(sel, row)
    {
        if (MR_AT(b, f64, row) != 0)
            continue;
        if (call->bound->ansi)
            return mr_fn_divide_by_zero(err);
        mr_fn_null(call, out, row);
    }
    return MR_OK;
}

static mr_status zero_divisor(const mr_fn_call *call, mr_vec *out, int32_t row, mr_error *err)
{
    if (call->bound->ansi)
        return mr_fn_remainder_by_zero(err);
    mr_fn_null(call, out, row);
    return MR_OK;
}

static int64_t positive_mod(int64_t x, int64_t y)
{
    int64_t m = y == -1 ? 0 : x % y;

    return m < 0 ? (y < 0 ? m - y : m + y) % y : m;
}

static double float_mod(double x, double y, bool positive)
{
    double m = fmod(x, y);

    return positive && m < 0 ? fmod(m + y, y) : m;
}

static mr_status modulo(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel, mr_vec *out,
                        bool positive, mr_error *err)
{
    MR_EACH(sel, row)
    {
        if (is_floating(out->type)) {
            double y = mr_fn_double_at(args[1], row);
            double m = float_mod(mr_fn_double_at(args[0], row), y, positive);

            if (y == 0)
                MR_TRY(zero_divisor(call, out, row, err));
            if (out->type->id == MR_TYPE_FLOAT)
                out->f32[row] = (float)m;
            else
                out->f64[row] = m;
        } else {
            int64_t x = mr_fn_long_at(args[0], row), y = mr_fn_long_at(args[1], row);

            if (y == 0)
                MR_TRY(zero_divisor(call, out, row, err));
            else
                mr_fn_put_long(out, row, positive ? positive_mod(x, y) : y == -1 ? 0 : x % y);
        }
    }
    return MR_OK;
}

static mr_status eval_remainder(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    if (out->type->id == MR_TYPE_DECIMAL)
        return mr_arith_decimal(call, MR_ARITH_REMAINDER, args, sel, out, err);
    return modulo(call, args, sel, out, false, err);
}

static mr_status eval_pmod(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    if (out->type->id == MR_TYPE_DECIMAL)
        return mr_arith_decimal(call, MR_ARITH_PMOD, args, sel, out, err);
    return modulo(call, args, sel, out, true, err);
}

static mr_status eval_div(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    if (args[0]->type->id == MR_TYPE_DECIMAL)
        return mr_arith_decimal(call, MR_ARITH_DIV, args, sel, out, err);
    MR_EACH(sel, row)
    {
        int64_t x = MR_AT(args[0], i64, row), y = MR_AT(args[1], i64, row);

        if (y == 0 && call->bound->ansi)
            return mr_fn_divide_by_zero(err);
        if (y == 0)
            mr_fn_null(call, out, row);
        else if (y == -1 && x == INT64_MIN && call->bound->ansi)
            return mr_fn_overflow(err, "Overflow in integral divide", "try_divide");
        else
            out->i64[row] = y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y;
    }
    return MR_OK;
}

static mr_status resolve_sign_change(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (mr_type_is_string(t) || t->id == MR_TYPE_NULL)
        t = r->args[0].want = mr_type_of(MR_TYPE_DOUBLE);
    if (!mr_type_is_numeric(t) && t->id != MR_TYPE_INTERVAL_DT && t->id != MR_TYPE_INTERVAL_YM &&
        t->id != MR_TYPE_INTERVAL_CALENDAR)
        return mr_fn_mismatch_arg(r, 0,
                                  "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or "
                                  "\"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")",
                                  err);
    r->result = t;
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* Two's complement negation of integers; the lowest number has no opposite. */
static mr_status negate_long(const mr_fn_call *call, const mr_vec *in, int32_t row, mr_vec *out,
                             mr_error *err)
{
    int64_t x = mr_fn_long_at(in, row), v = 0;
    bool bad = __builtin_sub_overflow(INT64_C(0), x, &v) || !fits(out->type, v);

    if (bad && call->bound->ansi)
        return mr_fn_overflow(err,
                              out->type->id == MR_TYPE_LONG  ? "long overflow"
                              : out->type->id == MR_TYPE_INT ? "integer overflow"
                                                             : "caused overflow",
                              NULL);
    if (out->type->id == MR_TYPE_INTERVAL_YM)
        out->i32[row] = (int32_t)v;
    else
        mr_fn_put_long(out, row, v);
    return MR_OK;
}

static mr_status negate_row(const mr_fn_call *call, const mr_vec *in, int32_t row, mr_vec *out,
                            mr_error *err)
{
    switch (out->type->id) {
    case MR_TYPE_FLOAT:
        out->f32[row] = -MR_AT(in, f32, row);
        return MR_OK;
    case MR_TYPE_DOUBLE:
        out->f64[row] = -MR_AT(in, f64, row);
        return MR_OK;
    case MR_TYPE_DECIMAL:
        out->i128[row] = -MR_AT(in, i128, row);
        return MR_OK;
    case MR_TYPE_INTERVAL_CALENDAR: {
        mr_interval v = MR_AT(in, interval, row);

        out->interval[row] =
            (mr_interval){ (int32_t)(0 - (uint32_t)v.months), (int32_t)(0 - (uint32_t)v.days),
                           (int64_t)(0 - (uint64_t)v.us) };
        return MR_OK;
    }
    default:
        return negate_long(call, in, row, out, err);
    }
}

static mr_status eval_negative(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    MR_TRY(negate_row(call, args[0], row, out, err));
    return MR_OK;
}

static mr_status eval_positive(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    size_t width = mr_type_width(out->type);

    (void)call;
    (void)err;
    MR_EACH(sel, row)
    memcpy((char *)out->data + width * (size_t)row,
           (const char *)args[0]->data + width * (size_t)mr_vec_index(args[0], row), width);
    return MR_OK;
}

static bool is_negative(const mr_vec *in, int32_t row)
{
    switch (in->type->id) {
    case MR_TYPE_FLOAT:
        return signbit(MR_AT(in, f32, row)) != 0;
    case MR_TYPE_DOUBLE:
        return signbit(MR_AT(in, f64, row)) != 0;
    case MR_TYPE_DECIMAL:
        return MR_AT(in, i128, row) < 0;
    default:
        return mr_fn_long_at(in, row) < 0;
    }
}

static mr_status eval_abs(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        int32_t at = row;
        mr_sel this_row = { &at, 1 };

        if (out->type->id == MR_TYPE_INTERVAL_CALENDAR || !is_negative(args[0], row))
            MR_TRY(eval_positive(call, args, this_row, out, err));
        else
            MR_TRY(negate_row(call, args[0], row, out, err));
    }
    return MR_OK;
}

static mr_status eval_plus(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    return call->bound->n_args == 1 ? eval_positive(call, args, sel, out, err)
                                    : eval_add(call, args, sel, out, err);
}

static mr_status eval_minus(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    return call->bound->n_args == 1 ? eval_negative(call, args, sel, out, err)
                                    : eval_subtract(call, args, sel, out, err);
}

/* try_*: the same under a private call that is never ANSI; overflow is found by a second, raising
 * run of the row alone. */
static mr_status run_try(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel, mr_vec *out,
                         mr_status (*eval)(const mr_fn_call *, const mr_vec *const *, mr_sel,
                                           mr_vec *, mr_error *))
{
    mr_fn_bound strict = *call->bound;
    mr_fn_call inner = *call;

    strict.ansi = true;
    inner.bound = &strict;
    MR_EACH(sel, row)
    {
        int32_t at = row;

        if (eval(&inner, args, (mr_sel){ &at, 1 }, out, NULL) != MR_OK)
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

#define TRY_EVAL(name, eval)                                                                       \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)err;                                                                                 \
        return run_try(call, args, sel, out, eval);                                                \
    }

TRY_EVAL(eval_try_add, eval_add)
TRY_EVAL(eval_try_subtract, eval_subtract)
TRY_EVAL(eval_try_multiply, eval_multiply)
TRY_EVAL(eval_try_divide, eval_divide)
TRY_EVAL(eval_try_mod, eval_remainder)

#define TRY_RESOLVE(name, resolve)                                                                 \
    static mr_status name(mr_fn_resolve *r, mr_error *err)                                         \
    {                                                                                              \
        MR_TRY(resolve(r, err));                                                                   \
        r->nullable = true;                                                                        \
        return MR_OK;                                                                              \
    }

TRY_RESOLVE(resolve_try_add, resolve_add)
TRY_RESOLVE(resolve_try_subtract, resolve_subtract)
TRY_RESOLVE(resolve_try_multiply, resolve_multiply)

#define OP(row_name, sym, res, ev)                                                                 \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .can_raise = true, .resolve = (res),     \
        .eval = (ev), .symbol = (sym)                                                              \
    }

static const mr_function rows[] = {
    OP("%", "%", resolve_remainder, eval_remainder),
    OP("*", "*", resolve_multiply, eval_multiply),
    { .name = "+",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .resolve = resolve_add,
      .eval = eval_plus,
      .symbol = "+" },
    { .name = "-",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .resolve = resolve_subtract,
      .eval = eval_minus,
      .symbol = "-" },
    OP("/", "/", resolve_divide, eval_divide),
    { .name = "abs",
      .min_args = 1,
      .max_args = 1,
      .can_raise = true,
      .resolve = resolve_sign_change,
      .eval = eval_abs },
    OP("div", "div", resolve_div, eval_div),
    OP("mod", NULL, resolve_remainder, eval_remainder),
    { .name = "negative",
      .min_args = 1,
      .max_args = 1,
      .can_raise = true,
      .resolve = resolve_sign_change,
      .eval = eval_negative },
    OP("pmod", NULL, resolve_pmod, eval_pmod),
    { .name = "positive",
      .min_args = 1,
      .max_args = 1,
      .resolve = resolve_sign_change,
      .eval = eval_positive,
      .symbol = "+" },
    { .name = "try_add",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_try_add,
      .eval = eval_try_add },
    { .name = "try_divide",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_divide,
      .eval = eval_try_divide },
    { .name = "try_mod",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_remainder,
      .eval = eval_try_mod },
    { .name = "try_multiply",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_try_multiply,
      .eval = eval_try_multiply },
    { .name = "try_subtract",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_try_subtract,
      .eval = eval_try_subtract },
};

MR_FN_GROUP(mr_fn_arith_group, rows);
