/* agg_priv.h - what the aggregate files share. */
#ifndef MR_FUNCTION_AGG_PRIV_H
#define MR_FUNCTION_AGG_PRIV_H

#include <stdlib.h>

#include "function/fn_priv.h"

/* Describes the only buffer of an aggregate; returns 1. */
int mr_agg_one_buffer(mr_field *out, const char *name, const mr_type *type, bool nullable);

/* A deep copy of one row as a vector of its own; its types too, which belong to the batch's plan
 * and go before the state does. */
void mr_agg_keep(mr_vec *out, const mr_vec *from, int32_t row, mr_arena *arena);

/* Moments of pairs: the state of covariances, correlations and regressions (agg_pair.c). */
typedef struct mr_agg_pair {
    double n, x_avg, y_avg, ck; /* x_avg and y_avg are running means */
    double x_mk, y_mk;          /* sums of squares of the distances from the means */
} mr_agg_pair;

size_t mr_agg_pair_size(const mr_fn_bound *bound);
void mr_agg_pair_init(const mr_fn_bound *bound, void *state);
mr_status mr_agg_pair_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                            int32_t n, mr_error *err);

/* As a member of states, which are aligned to 8 bytes. */
typedef mr_int128 mr_agg_int128 __attribute__((aligned(8)));

#endif /* MR_FUNCTION_AGG_PRIV_H */
