/* arith_decimal.c - operators over decimals: result types and 128-bit arithmetic. */
#include "function/arith_priv.h"

#include "value/number.h"

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

/* Keeps at least 6 fraction digits when more than 38 digits would be needed. */
static const mr_type *adjusted(mr_arena *arena, int precision, int scale)
{
    int whole = precision - scale;

    if (precision <= 38)
        return mr_type_decimal(arena, precision, scale);
    return mr_type_decimal(arena, 38, max_int(38 - whole, min_int(scale, 6)));
}

const mr_type *mr_arith_decimal_type(mr_arena *arena, mr_arith_op op, const mr_type *a,
                                     const mr_type *b)
{
    int p1 = a->precision, s1 = a->scale, p2 = b->precision, s2 = b->scale;
    int scale = max_int(s1, s2);

    switch (op) {
    case MR_ARITH_ADD:
    case MR_ARITH_SUBTRACT:
        return adjusted(arena, max_int(p1 - s1, p2 - s2) + scale + 1, scale);
    case MR_ARITH_MULTIPLY:
        return adjusted(arena, p1 + p2 + 1, s1 + s2);
    case MR_ARITH_DIVIDE:
    case MR_ARITH_DIV:
        scale = max_int(6, s1 + p2 + 1);
        return adjusted(arena, p1 - s1 + s2 + scale, scale);
    default:
        return adjusted(arena, min_int(p1 - s1, p2 - s2) + scale, scale);
    }
}

typedef struct operand {
    mr_int128 v;
    int scale;
} operand;

/* a +- b at the wider scale, then to the result's. */
static bool add_decimals(operand a, operand b, const mr_type *to, mr_int128 *out)
{
    int scale = max_int(a.scale, b.scale);
    mr_int128 x, y, sum;

    if (!mr_number_rescale(a.v, a.scale, scale, 38, &x) ||
        !mr_number_rescale(b.v, b.scale, scale, 38, &y) || __builtin_add_overflow(x, y, &sum))
        return false;
    return mr_number_rescale(sum, scale, to->scale, to->precision, out);
}

static bool multiply_decimals(operand a, operand b, const mr_type *to, mr_int128 *out)
{
    mr_int128 product;
    int scale = a.scale + b.scale;

    if (!__builtin_mul_overflow(a.v, b.v, &product) && mr_number_decimal_fits(product, 38))
        return mr_number_rescale(product, scale, to->scale, to->precision, out);
    return mr_wide_mul_scaled(a.v, b.v, scale - to->scale, out) &&
           mr_number_decimal_fits(*out, to->precision);
}

static bool divide_decimals(operand a, operand b, const mr_type *to, mr_int128 *out)
{
    return mr_wide_div_scaled(a.v, b.v, to->scale - a.scale + b.scale, out) &&
           mr_number_decimal_fits(*out, to->precision);
}

static bool remainder_decimals(operand a, operand b, const mr_type *to, bool positive,
                               mr_int128 *out)
{
    int scale = max_int(a.scale, b.scale);
    mr_int128 x, y, m;

    if (!mr_number_rescale(a.v, a.scale, scale, 38, &x) ||
        !mr_number_rescale(b.v, b.scale, scale, 38, &y))
        return false;
    m = x % y;
    if (positive && m < 0)
        m = (m + y) % y;
    return mr_number_rescale(m, scale, to->scale, to->precision, out);
}

/* Truncated quotient as a long. */
static bool whole_quotient(operand a, operand b, int64_t *out)
{
    int scale = max_int(a.scale, b.scale);
    mr_int128 x, y, q;

    if (!mr_number_rescale(a.v, a.scale, scale, 38, &x) ||
        !mr_number_rescale(b.v, b.scale, scale, 38, &y))
        return false;
    q = x / y;
    *out = (int64_t)q;
    return q == *out;
}

static bool run(mr_arith_op op, operand a, operand b, mr_vec *out, int32_t row)
{
    switch (op) {
    case MR_ARITH_SUBTRACT:
        b.v = -b.v;
        return add_decimals(a, b, out->type, &out->i128[row]);
    case MR_ARITH_ADD:
        return add_decimals(a, b, out->type, &out->i128[row]);
    case MR_ARITH_MULTIPLY:
        return multiply_decimals(a, b, out->type, &out->i128[row]);
    case MR_ARITH_DIVIDE:
        return divide_decimals(a, b, out->type, &out->i128[row]);
    case MR_ARITH_DIV:
        return whole_quotient(a, b, &out->i64[row]);
    default:
        return remainder_decimals(a, b, out->type, op == MR_ARITH_PMOD, &out->i128[row]);
    }
}

static mr_status overflow(const mr_fn_call *call, operand a, mr_vec *out, int32_t row,
                          mr_error *err)
{
    if (!call->bound->ansi) {
        mr_fn_null(call, out, row);
        return MR_OK;
    }
    if (out->type->id == MR_TYPE_LONG)
        return mr_fn_overflow(err, "Overflow in integral divide", "try_divide");
    return mr_fn_decimal_overflow(err, a.v, a.scale, out->type);
}

mr_status mr_arith_decimal(const mr_fn_call *call, mr_arith_op op, const mr_vec *const *args,
                           mr_sel sel, mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        operand a = { MR_AT(args[0], i128, row), args[0]->type->scale };
        operand b = { MR_AT(args[1], i128, row), args[1]->type->scale };

        if (op >= MR_ARITH_DIVIDE && b.v == 0) {
            if (call->bound->ansi)
                return op == MR_ARITH_REMAINDER || op == MR_ARITH_PMOD
                           ? mr_fn_remainder_by_zero(err)
                           : mr_fn_divide_by_zero(err);
            mr_fn_null(call, out, row);
        } else if (!run(op, a, b, out, row)) {
            MR_TRY(overflow(call, a, out, row, err));
        }
    }
    return MR_OK;
}
