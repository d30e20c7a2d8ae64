/* cast_priv.h - one cast of one vector. */
#ifndef MR_FUNCTION_CAST_PRIV_H
#define MR_FUNCTION_CAST_PRIV_H

#include "function/fn_priv.h"

typedef enum mr_cast_mode { MR_CAST_LEGACY = 1, MR_CAST_ANSI = 2, MR_CAST_TRY = 3 } mr_cast_mode;

typedef struct mr_cast {
    const mr_vec *in;
    mr_vec *out;
    mr_arena *arena;
    const mr_zone *zone;
    mr_cast_mode mode;
} mr_cast;

void mr_cast_null(mr_cast *c, int32_t row);
/* Null for try_cast, else CAST_OVERFLOW. */
mr_status mr_cast_overflow(mr_cast *c, int32_t row, mr_error *err);
/* CAST_INVALID_INPUT under ANSI, else null. */
mr_status mr_cast_malformed(mr_cast *c, int32_t row, mr_error *err);
/* Range-checked store of an integer. */
mr_status mr_cast_put_long(mr_cast *c, int32_t row, int64_t v, mr_error *err);
void mr_cast_to_text(mr_cast *c, mr_sel sel);
mr_status mr_cast_from_text(mr_cast *c, mr_sel sel, mr_error *err);

#endif /* MR_FUNCTION_CAST_PRIV_H */
