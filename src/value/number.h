/* number.h - numbers as text: Java's printing, exact parsing, decimals. */
#ifndef MR_VALUE_NUMBER_H
#define MR_VALUE_NUMBER_H

#include "base/base.h"

__extension__ typedef __int128 mr_decimal; /* unscaled value, |v| < 10^38 */

/* Double.toString / Float.toString of Java 19+ (shortest digits): "1.0", "3.356934E-4", "NaN",
 * "-Infinity"; returns the length, at most 26. */
size_t mr_number_print_double(double v, char out[32]);
size_t mr_number_print_float(float v, char out[32]);
/* Correctly rounded, the whole text: digits, '.', exponent; no names (NaN ...), no trimming. */
bool mr_number_parse_double(mr_str text, double *out);
bool mr_number_parse_float(mr_str text, float *out);
/* Spark's CAST(string AS INT/BIGINT ...) in ANSI mode: trimmed, sign, digits; range checked by the
 * caller.  (Legacy mode also allows ".xx" behind: allow_fraction.) */
bool mr_number_parse_long(mr_str text, bool allow_fraction, int64_t *out);
/* Text -> unscaled value with the given scale, HALF_UP; false = not a number or more than
 * `precision` digits.  Accepts exponents. */
bool mr_number_parse_decimal(mr_str text, int precision, int scale, mr_decimal *out);
/* BigDecimal.toPlainString-like text as Spark casts decimals: "-0.50"; at most 42 bytes. */
size_t mr_number_print_decimal(mr_decimal unscaled, int scale, char out[48]);
/* unscaled * 10^(to-from), HALF_UP when digits go; false on overflow of `precision` digits. */
bool mr_number_rescale(mr_decimal v, int from_scale, int to_scale, int precision, mr_decimal *out);
double mr_number_decimal_to_double(mr_decimal unscaled, int scale);
bool mr_number_decimal_from_double(double v, int precision, int scale, mr_decimal *out);
bool mr_number_decimal_fits(mr_decimal v, int precision);
mr_decimal mr_number_pow10(int exponent); /* 0..38 */

#endif /* MR_VALUE_NUMBER_H */
