/* scalar.h - one typed value: literals, default values, group keys in flight. */
#ifndef MR_COLUMN_SCALAR_H
#define MR_COLUMN_SCALAR_H

#include "column/vec.h"

/* is_null, or the member that vec.h names for the type.  A nested value is row `row` of a vector.
 */
typedef struct mr_scalar {
    const mr_type *type;
    bool is_null;
    int32_t row; /* of `nested` */
    union {
        int64_t
            i64;    /* boolean, byte, short, int, long, date, timestamps, intervals of one number */
        double f64; /* float and double */
        mr_int128 i128;
        mr_str str;
        mr_interval interval;
        const mr_vec *nested; /* struct, array, map: its row `row` */
    };
} mr_scalar;

mr_scalar mr_scalar_null(const mr_type *type);
mr_scalar mr_scalar_long(int64_t v);
mr_scalar mr_scalar_int(int32_t v);
mr_scalar mr_scalar_bool(bool v);
mr_scalar mr_scalar_double(double v);
mr_scalar mr_scalar_string(mr_str v);
/* The value of a row; strings stay views. */
mr_scalar mr_scalar_get(const mr_vec *vec, int32_t row);
/* A constant vector of n rows. */
void mr_scalar_to_vec(mr_scalar scalar, mr_vec *out, mr_arena *arena, int32_t n);
mr_scalar mr_scalar_copy(mr_arena *arena, mr_scalar scalar); /* deep */

#endif /* MR_COLUMN_SCALAR_H */
