/* wide.c - 256-bit multiplication and division for decimals of 38 digits. */
#include "function/fn_priv.h"

#include "value/number.h"

typedef struct wide {
    mr_uint128 high, low;
} wide;

static wide multiply(mr_uint128 a, mr_uint128 b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    mr_uint128 p00 = (mr_uint128)a0 * b0, p01 = (mr_uint128)a0 * b1;
    mr_uint128 p10 = (mr_uint128)a1 * b0, p11 = (mr_uint128)a1 * b1;
    mr_uint128 middle = (p00 >> 64) + (uint64_t)p01 + (uint64_t)p10;

    return (wide){ p11 + (p01 >> 64) + (p10 >> 64) + (middle >> 64),
                   (middle << 64) | (uint64_t)p00 };
}

/* Schoolbook division, one bit a step; false when the quotient needs more than 128 bits. */
static bool divide(wide n, mr_uint128 d, mr_uint128 *quotient, mr_uint128 *rest)
{
    mr_uint128 r = n.high, q = 0;

    if (r >= d)
        return false;
    for (int i = 127; i >= 0; i--) {
        bool carry = (r >> 127) != 0;

        r = (r << 1) | ((n.low >> i) & 1);
        if (carry || r >= d) {
            r -= d;
            q |= (mr_uint128)1 << i;
        }
    }
    *quotient = q;
    *rest = r;
    return true;
}

static mr_uint128 magnitude(mr_int128 v)
{
    return v < 0 ? (mr_uint128)0 - (mr_uint128)v : (mr_uint128)v;
}

static bool finish(mr_uint128 q, bool negative, mr_int128 *out)
{
    mr_int128 v = (mr_int128)q;

    if ((q >> 127) != 0)
        return false;
    *out = negative ? -v : v;
    return mr_number_decimal_fits(v, 38);
}

/* n / d rounded HALF_UP. */
static bool divide_rounded(wide n, mr_uint128 d, bool negative, mr_int128 *out)
{
    mr_uint128 q, rest;

    if (!divide(n, d, &q, &rest))
        return false;
    if (rest >= d - rest)
        q++;
    return finish(q, negative, out);
}

bool mr_wide_mul_scaled(mr_int128 a, mr_int128 b, int drop_digits, mr_int128 *out)
{
    bool negative = (a < 0) != (b < 0);
    wide product = multiply(magnitude(a), magnitude(b));

    if (drop_digits == 0)
        return product.high == 0 && finish(product.low, negative, out);
    return divide_rounded(product, (mr_uint128)mr_number_pow10(drop_digits), negative, out);
}

bool mr_wide_div_scaled(mr_int128 a, mr_int128 b, int add_digits, mr_int128 *out)
{
    bool negative = (a < 0) != (b < 0);
    mr_uint128 divisor = magnitude(b);
    wide n = { 0, magnitude(a) };

    MR_ASSERT(b != 0);
    if (add_digits > 38) {
        n = multiply(n.low, (mr_uint128)mr_number_pow10(38));
        if (n.high != 0)
            return false;
        add_digits -= 38;
    }
    if (add_digits >= 0)
        n = multiply(n.low, (mr_uint128)mr_number_pow10(add_digits));
    else if (__builtin_mul_overflow(divisor, (mr_uint128)mr_number_pow10(-add_digits), &divisor))
        return finish(0, false, out);
    return divide_rounded(n, divisor, negative, out);
}
