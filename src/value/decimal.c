/* decimal.c - decimals of up to 38 digits: text, scale, conversion. */
#include "value/number.h"

#include <math.h>

enum { MAX_PRECISION = 38 };

mr_decimal mr_number_pow10(int exponent)
{
    static const int64_t small[] = { 1,
                                     10,
                                     100,
                                     1000,
                                     10000,
                                     100000,
                                     1000000,
                                     10000000,
                                     100000000,
                                     1000000000,
                                     10000000000,
                                     100000000000,
                                     1000000000000,
                                     10000000000000,
                                     100000000000000,
                                     1000000000000000,
                                     10000000000000000,
                                     100000000000000000,
                                     1000000000000000000 };
    mr_decimal v;

    MR_ASSERT(exponent >= 0 && exponent <= MAX_PRECISION);
    if (exponent <= 18)
        return small[exponent];
    v = (mr_decimal)small[18] * small[exponent - 18 > 18 ? 18 : exponent - 18];
    return exponent > 36 ? v * small[exponent - 36] : v;
}

bool mr_number_decimal_fits(mr_decimal v, int precision)
{
    mr_decimal limit = mr_number_pow10(precision);

    return v < limit && v > -limit;
}

bool mr_number_rescale(mr_decimal v, int from_scale, int to_scale, int precision, mr_decimal *out)
{
    int up = to_scale - from_scale;

    if (up > 0 && v != 0) {
        mr_decimal factor;

        if (up > MAX_PRECISION)
            return false;
        factor = mr_number_pow10(up);
        if (__builtin_mul_overflow(v, factor, &v))
            return false;
    } else if (up < 0) {
        mr_decimal divisor, rest;
        int sign = v < 0 ? -1 : 1;

        if (-up > MAX_PRECISION) {
            v = 0;
        } else {
            divisor = mr_number_pow10(-up);
            rest = v % divisor;
            v /= divisor;
            if (rest < 0)
                rest = -rest;
            if (rest >= divisor - rest)
                v += sign;
        }
    }
    *out = v;
    return mr_number_decimal_fits(v, precision);
}

/* The significant digits of a text and where its point is: 0.d1d2... * 10^exponent. */
typedef struct digits {
    char digit[MAX_PRECISION + 2];
    int n; /* digits kept */
    int64_t exponent;
    bool negative;
} digits;

static bool scan_power(mr_str s, size_t at, int64_t *out)
{
    bool negative = false;
    int64_t value = 0;

    if (at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+'))
        negative = s.ptr[at++] == '-';
    if (at == s.len || s.len - at > 10) /* BigDecimal's exponents are ints */
        return false;
    for (; at < s.len; at++) {
        if (s.ptr[at] < '0' || s.ptr[at] > '9')
            return false;
        value = value * 10 + (s.ptr[at] - '0');
    }
    if (value > INT32_MAX)
        return false;
    *out = negative ? -value : value;
    return true;
}

static bool scan_digits(mr_str s, digits *d)
{
    size_t at = 0, seen = 0;
    bool point = false;
    int64_t power = 0;

    *d = (digits){ .n = 0 };
    if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        d->negative = s.ptr[at++] == '-';
    for (; at < s.len; at++) {
        char c = s.ptr[at];

        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        seen++;
        if (d->n == 0 && c == '0') {
            d->exponent -= point;
            continue;
        }
        d->exponent += !point;
        if (d->n < (int)sizeof(d->digit))
            d->digit[d->n++] = c;
    }
    if (seen == 0)
        return false;
    if (at < s.len && ((s.ptr[at] | 32) != 'e' || !scan_power(s, at + 1, &power)))
        return false;
    d->exponent += power;
    return true;
}

bool mr_number_parse_decimal(mr_str text, int precision, int scale, mr_decimal *out)
{
    digits d;
    int64_t take;
    mr_decimal v = 0;

    if (!scan_digits(mr_str_trim(text), &d))
        return false;
    *out = 0;
    take = d.exponent + scale; /* digits of the unscaled value */
    if (d.n == 0 || take < 0)
        return true;
    if (take > MAX_PRECISION)
        return false;
    for (int i = 0; i < (int)take; i++)
        v = v * 10 + (i < d.n ? d.digit[i] - '0' : 0);
    if (take < d.n && d.digit[take] >= '5')
        v++;
    *out = d.negative ? -v : v;
    return mr_number_decimal_fits(v, precision);
}

size_t mr_number_print_decimal(mr_decimal unscaled, int scale, char out[48])
{
    char reverse[96];
    int n = 0;
    size_t len = 0;
    bool negative = unscaled < 0;

    if (scale < 0)
        for (; n < -scale && n < 8 && unscaled != 0; n++)
            reverse[n] = '0';
    for (int i = 0; unscaled != 0 || i == 0; i++, unscaled /= 10) {
        int digit = (int)(unscaled % 10);

        reverse[n++] = (char)('0' + (digit < 0 ? -digit : digit));
    }
    while (n <= scale)
        reverse[n++] = '0';
    if (negative)
        out[len++] = '-';
    while (n > 0 && len < 46) {
        out[len++] = reverse[--n];
        if (n == scale && n > 0)
            out[len++] = '.';
    }
    out[len] = '\0';
    return len;
}

double mr_number_decimal_to_double(mr_decimal unscaled, int scale)
{
    static const mr_decimal exact = (mr_decimal)1 << 53;
    char text[48];
    double v = 0;

    if (scale == 0 && unscaled < exact && unscaled > -exact)
        return (double)(int64_t)unscaled;
    (void)mr_number_parse_double((mr_str){ text, mr_number_print_decimal(unscaled, scale, text) },
                                 &v);
    return v;
}

bool mr_number_decimal_from_double(double v, int precision, int scale, mr_decimal *out)
{
    char text[32];

    if (!isfinite(v))
        return false;
    return mr_number_parse_decimal((mr_str){ text, mr_number_print_double(v, text) }, precision,
                                   scale, out);
}
