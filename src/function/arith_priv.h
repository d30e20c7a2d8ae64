/* arith_priv.h - arithmetic over decimals and times, called from the operators' rows. */
#ifndef MR_FUNCTION_ARITH_PRIV_H
#define MR_FUNCTION_ARITH_PRIV_H

#include "function/fn_priv.h"

typedef enum mr_arith_op {
    MR_ARITH_ADD,
    MR_ARITH_SUBTRACT,
    MR_ARITH_MULTIPLY,
    MR_ARITH_DIVIDE,
    MR_ARITH_REMAINDER,
    MR_ARITH_PMOD,
    MR_ARITH_DIV
} mr_arith_op;

/* Spark's result type of an operator over two decimals. */
const mr_type *mr_arith_decimal_type(mr_arena *arena, mr_arith_op op, const mr_type *a,
                                     const mr_type *b);
mr_status mr_arith_decimal(const mr_fn_call *call, mr_arith_op op, const mr_vec *const *args,
                           mr_sel sel, mr_vec *out, mr_error *err);
/* Dates, timestamps and intervals: false = not such a pair. */
bool mr_arith_resolve_time(mr_fn_resolve *r, mr_arith_op op);
mr_status mr_arith_time(const mr_fn_call *call, mr_arith_op op, const mr_vec *const *args,
                        mr_sel sel, mr_vec *out, mr_error *err);
/* A timestamp plus months, days (in the zone's calendar) and microseconds. */
bool mr_arith_add_interval(int64_t us, mr_interval by, const mr_zone *zone, int64_t *out);
int32_t mr_arith_add_months(int32_t days, int64_t months);

#endif /* MR_FUNCTION_ARITH_PRIV_H */
