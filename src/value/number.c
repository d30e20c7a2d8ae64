/* number.c - floating point numbers and integers as text, as Java prints and Spark parses them. */
#include "value/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_DIGITS = 17, COPY_ON_STACK = 128 };

static const double exact_pow10[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
static const float exact_pow10f[] = { 1e0f, 1e1f, 1e2f, 1e3f, 1e4f, 1e5f,
                                      1e6f, 1e7f, 1e8f, 1e9f, 1e10f };

/* A decimal 0.d1d2d3... * 10^exponent. */
typedef struct decimal_text {
    char digit[MAX_DIGITS + 1];
    int n;
    int exponent;
} decimal_text;

/* --- printing --- */

static size_t put_text(char out[32], const char *text)
{
    size_t n = strlen(text);

    memcpy(out, text, n + 1);
    return n;
}

static size_t put_plain(const decimal_text *d, bool negative, char out[32])
{
    char *at = out;
    int i = 0;

    if (negative)
        *at++ = '-';
    if (d->exponent <= 0)
        *at++ = '0';
    for (; i < d->exponent; i++)
        *at++ = i < d->n ? d->digit[i] : '0';
    *at++ = '.';
    for (int zero = d->exponent; zero < 0; zero++)
        *at++ = '0';
    if (i >= d->n)
        *at++ = '0';
    for (; i < d->n; i++)
        *at++ = d->digit[i];
    *at = '\0';
    return (size_t)(at - out);
}

static size_t put_scientific(const decimal_text *d, bool negative, char out[32])
{
    char *at = out;

    if (negative)
        *at++ = '-';
    *at++ = d->digit[0];
    *at++ = '.';
    if (d->n == 1)
        *at++ = '0';
    for (int i = 1; i < d->n; i++)
        *at++ = d->digit[i];
    return (size_t)(at - out) + (size_t)snprintf(at, 8, "E%d", d->exponent - 1);
}

/* Java: plain from 10^-3 to below 10^7. */
static size_t put_decimal(decimal_text *d, bool negative, char out[32])
{
    while (d->n > 1 && d->digit[d->n - 1] == '0')
        d->n--;
    if (d->exponent > -3 && d->exponent <= 7)
        return put_plain(d, negative, out);
    return put_scientific(d, negative, out);
}

/* Digits of value (> 0, at most 17 when the zeros at its end are left out). */
static void digits_of(uint64_t value, int exponent10, decimal_text *d)
{
    char *at = d->digit + MAX_DIGITS;

    for (; value % 10000 == 0; value /= 10000)
        exponent10 += 4;
    for (; value % 10 == 0; value /= 10)
        exponent10++;
    for (; value >= 100; value /= 100) {
        unsigned pair = (unsigned)(value % 100);

        *--at = (char)('0' + pair % 10);
        *--at = (char)('0' + pair / 10);
    }
    for (; value > 0; value /= 10)
        *--at = (char)('0' + value % 10);
    MR_ASSERT(at < d->digit + MAX_DIGITS);
    d->n = (int)(d->digit + MAX_DIGITS - at);
    memmove(d->digit, at, (size_t)d->n);
    d->exponent = d->n + exponent10;
}

__extension__ typedef unsigned __int128 wide;

/* v = m * 2^e in [1e-5, 1e15), and n / 2^s = v * 10^k exactly, with k such that 17 digits stand
 * before the point. */
typedef struct exact_decimal {
    wide n;
    uint64_t ulp; /* a unit in the last place of v, in units of n */
    int s, k;
} exact_decimal;

static bool scale(double v, exact_decimal *out)
{
    static const uint64_t pow5[] = { UINT64_C(1),
                                     UINT64_C(5),
                                     UINT64_C(25),
                                     UINT64_C(125),
                                     UINT64_C(625),
                                     UINT64_C(3125),
                                     UINT64_C(15625),
                                     UINT64_C(78125),
                                     UINT64_C(390625),
                                     UINT64_C(1953125),
                                     UINT64_C(9765625),
                                     UINT64_C(48828125),
                                     UINT64_C(244140625),
                                     UINT64_C(1220703125),
                                     UINT64_C(6103515625),
                                     UINT64_C(30517578125),
                                     UINT64_C(152587890625),
                                     UINT64_C(762939453125),
                                     UINT64_C(3814697265625),
                                     UINT64_C(19073486328125),
                                     UINT64_C(95367431640625),
                                     UINT64_C(476837158203125) };
    static const double tenths[] = { 1e-1, 1e-2, 1e-3, 1e-4 };
    uint64_t bits, m;
    int e, k = 17;

    memcpy(&bits, &v, sizeof(bits));
    m = bits & ((UINT64_C(1) << 52) - 1);
    e = (int)(bits >> 52) - 1075;
    if (m == 0)
        return false; /* a power of two: its neighbours are not equally far */
    m |= UINT64_C(1) << 52;
    for (int i = 0; i <= 15 && v >= exact_pow10[i]; i++)
        k--;
    for (int i = 0; i < 4 && v < tenths[i]; i++)
        k++;
    out->n = (wide)m * pow5[k];
    out->ulp = pow5[k];
    out->s = -(e + k);
    out->k = k;
    return out->s >= 1 && out->s <= 70 && out->n < (wide)1 << 120;
}

/* The multiple of `unit` (a power of ten) that is nearest to n / 2^s: it reads back as the double
 * if it lies within half a unit in the last place.  All is exact, so a tie between two multiples is
 * seen and left to the general way. */
static inline bool nearest(const exact_decimal *x, uint64_t unit, uint64_t *digits, bool *is_tie)
{
    uint64_t whole = (uint64_t)(x->n >> x->s);
    uint64_t down = whole / unit * unit;
    wide rest = x->n - ((wide)down << x->s); /* n over `down` */
    wide step = (wide)unit << x->s;
    wide off = rest * 2 <= step ? rest : step - rest;

    *is_tie = rest * 2 == step;
    *digits = rest * 2 <= step ? down : down + unit;
    return off * 2 < x->ulp; /* never equal: odd */
}

/* A decimal of at most 15 digits that reads back is the shortest; with three behind the point most
 * are found at once, because quotients of exact numbers are rounded as decimals are read. */
static bool few_decimals(double v, decimal_text *d)
{
    double thousandths = nearbyint(v * 1e3);

    if (v >= 1e12 || thousandths < 1 || thousandths / 1e3 != v)
        return false;
    digits_of((uint64_t)thousandths, -3, d);
    return true;
}

/* The shortest decimal of a double in [1e-5, 1e15): a decimal of at most 15 digits that reads back
 * is the only one of its length, so fewer digits are trailing zeros; else 16 digits, else 17.
 * False: the general way must find it. */
static bool short_double(double v, decimal_text *d)
{
    exact_decimal x;
    uint64_t digits;
    bool is_tie, reads_back;

    if (few_decimals(v, d))
        return true;
    if (v < 1e-5 || v >= 1e15 || !scale(v, &x))
        return false;
    reads_back = nearest(&x, 100, &digits, &is_tie);
    if (!is_tie && !reads_back)
        reads_back = nearest(&x, 10, &digits, &is_tie);
    if (!is_tie && !reads_back)
        reads_back = nearest(&x, 1, &digits, &is_tie);
    if (is_tie || !reads_back)
        return false;
    digits_of(digits, -x.k, d);
    return true;
}

static bool short_float(float v, decimal_text *d)
{
    if (v < 1e-3f || v >= 1e6f)
        return false;
    for (int k = 0; k <= 9; k++) {
        float scaled = v * exact_pow10f[k];

        if (scaled >= 1e6f)
            return false;
        scaled = nearbyintf(scaled);
        if (scaled >= 1 && scaled / exact_pow10f[k] == v) {
            digits_of((uint64_t)scaled, -k, d);
            return true;
        }
    }
    return false;
}

static void split_scientific(const char *text, decimal_text *d)
{
    const char *e = strchr(text, 'e');

    d->n = 0;
    for (const char *p = text; p < e; p++)
        if (*p != '.')
            d->digit[d->n++] = *p;
    d->exponent = (int)strtol(e + 1, NULL, 10) + 1;
}

/* The decimal one unit in the last place above. */
static void next_up(const decimal_text *d, decimal_text *up)
{
    int i = d->n - 1;

    *up = *d;
    while (i >= 0 && up->digit[i] == '9')
        up->digit[i--] = '0';
    if (i >= 0) {
        up->digit[i]++;
    } else {
        up->digit[0] = '1';
        up->exponent++;
    }
}

static void join_scientific(const decimal_text *d, char text[40])
{
    snprintf(text, 40, "0.%.*se%d", d->n, d->digit, d->exponent);
}

/* The shortest decimal that reads back as v (> 0), the nearest of those; at least two digits are
 * asked for, as Java does, and `least` where fewer cannot do.  Next to a power of two the nearest
 * of a length may lie outside while its neighbour above lies inside. */
static void shortest(double v, bool single, int least, decimal_text *d)
{
    int most = single ? 9 : MAX_DIGITS;
    int power;
    bool power_of_two = frexp(v, &power) == 0.5;

    for (int n = least;; n++) {
        char text[40];
        decimal_text up;

        snprintf(text, sizeof(text), "%.*e", n - 1, v);
        split_scientific(text, d);
        if (n >= most || (single ? (double)strtof(text, NULL) == v : strtod(text, NULL) == v))
            return;
        if (!power_of_two)
            continue;
        next_up(d, &up);
        join_scientific(&up, text);
        if (single ? (double)strtof(text, NULL) == v : strtod(text, NULL) == v) {
            *d = up;
            return;
        }
    }
}

size_t mr_number_print_double(double v, char out[32])
{
    decimal_text d;

    if (isnan(v))
        return put_text(out, "NaN");
    if (isinf(v))
        return put_text(out, v > 0 ? "Infinity" : "-Infinity");
    if (v == 0)
        return put_text(out, signbit(v) ? "-0.0" : "0.0");
    if (!short_double(fabs(v), &d))
        shortest(fabs(v), false, fabs(v) >= 1e-5 && fabs(v) < 1e15 ? 16 : 2, &d);
    return put_decimal(&d, v < 0, out);
}

size_t mr_number_print_float(float v, char out[32])
{
    decimal_text d;

    if (isnan(v))
        return put_text(out, "NaN");
    if (isinf(v))
        return put_text(out, v > 0 ? "Infinity" : "-Infinity");
    if (v == 0)
        return put_text(out, signbit(v) ? "-0.0" : "0.0");
    if (!short_float(fabsf(v), &d))
        shortest((double)fabsf(v), true, fabsf(v) >= 1e-3f && fabsf(v) < 1e6f ? 7 : 2, &d);
    return put_decimal(&d, v < 0, out);
}

/* --- parsing --- */

typedef struct number_text {
    uint64_t mantissa; /* the first 19 significant digits */
    int exponent;      /* value = mantissa * 10^exponent when exact */
    bool exact;        /* no digit was left out */
    bool negative;
} number_text;

static bool scan_exponent(mr_str s, size_t at, int *out)
{
    bool negative = false;
    int value = 0;

    if (at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+'))
        negative = s.ptr[at++] == '-';
    if (at == s.len)
        return false;
    for (; at < s.len; at++) {
        int digit = s.ptr[at] - '0';

        if (digit < 0 || digit > 9)
            return false;
        if (value < 100000000)
            value = value * 10 + digit;
    }
    *out = negative ? -value : value;
    return true;
}

static void add_digit(number_text *n, int digit, bool behind_point, int *significant)
{
    if (*significant == 19) {
        n->exact &= digit == 0;
        n->exponent += !behind_point;
        return;
    }
    n->mantissa = n->mantissa * 10 + (unsigned)digit;
    *significant += n->mantissa != 0;
    n->exponent -= behind_point;
}

static bool scan_number(mr_str s, number_text *n)
{
    size_t at = 0, digits = 0;
    int significant = 0, exponent = 0;
    bool point = false;

    *n = (number_text){ .exact = true };
    if (s.len > (size_t)INT32_MAX / 2)
        return false;
    if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        n->negative = s.ptr[at++] == '-';
    for (; at < s.len; at++) {
        int digit = s.ptr[at] - '0';

        if (digit >= 0 && digit <= 9) {
            add_digit(n, digit, point, &significant);
            digits++;
        } else if (s.ptr[at] == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (digits == 0)
        return false;
    if (at == s.len)
        return true;
    if ((s.ptr[at] | 32) != 'e' || !scan_exponent(s, at + 1, &exponent))
        return false;
    n->exponent += exponent;
    return true;
}

/* The slow and always right way, on a copy that ends. */
static double parse_copy(mr_str s, bool single)
{
    char stack[COPY_ON_STACK];
    char *copy = s.len < sizeof(stack) ? stack : mr_malloc(s.len + 1);
    double v;

    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    v = single ? (double)strtof(copy, NULL) : strtod(copy, NULL);
    if (copy != stack)
        free(copy);
    return v;
}

bool mr_number_parse_double(mr_str text, double *out)
{
    number_text n;
    double v;

    if (!scan_number(text, &n))
        return false;
    if (n.exact && n.mantissa < UINT64_C(1) << 53 && n.exponent >= -22 && n.exponent <= 22) {
        v = (double)n.mantissa;
        v = n.exponent < 0 ? v / exact_pow10[-n.exponent] : v * exact_pow10[n.exponent];
        *out = n.negative ? -v : v;
    } else {
        *out = parse_copy(text, false);
    }
    return true;
}

bool mr_number_parse_float(mr_str text, float *out)
{
    number_text n;
    float v;

    if (!scan_number(text, &n))
        return false;
    if (n.exact && n.mantissa < UINT64_C(1) << 24 && n.exponent >= -10 && n.exponent <= 10) {
        v = (float)n.mantissa;
        v = n.exponent < 0 ? v / exact_pow10f[-n.exponent] : v * exact_pow10f[n.exponent];
        *out = n.negative ? -v : v;
    } else {
        *out = (float)parse_copy(text, true);
    }
    return true;
}

bool mr_number_parse_long(mr_str text, bool allow_fraction, int64_t *out)
{
    size_t point;

    text = mr_str_trim(text);
    while (text.len > 0 && text.ptr[0] == 0x7f)
        text = mr_str_trim(mr_str_slice(text, 1, text.len));
    while (text.len > 0 && text.ptr[text.len - 1] == 0x7f)
        text = mr_str_trim(mr_str_slice(text, 0, text.len - 1));
    point = mr_str_find(text, '.', 0);
    if (point == text.len)
        return mr_str_to_int64(text, out);
    if (!allow_fraction)
        return false;
    for (size_t i = point + 1; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    if (point == 0 || (point == 1 && (text.ptr[0] == '-' || text.ptr[0] == '+'))) {
        *out = 0; /* ".5" */
        return true;
    }
    return mr_str_to_int64(mr_str_slice(text, 0, point), out);
}
