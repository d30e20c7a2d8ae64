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

/* As a member of states, which are aligned to 8 bytes. */
typedef mr_int128 mr_agg_int128 __attribute__((aligned(8)));

#endif /* MR_FUNCTION_AGG_PRIV_H */
