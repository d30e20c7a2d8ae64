/* nested.h - building nested values row by row: what CASE, array() and lambdas share. */
#ifndef MR_FUNCTION_NESTED_H
#define MR_FUNCTION_NESTED_H

#include "column/vec.h"

/* out[row] <- src[src_row], nulls and nested children included.  Both of one type; out initialised
 * and not constant; when out is an array or map, its rows are written in ascending order and every
 * row in between must be closed with mr_nested_skip().  Strings stay views. */
void mr_nested_copy(mr_vec *out, int32_t row, const mr_vec *src, int32_t src_row, mr_arena *arena);
/* Gives an array or map row no elements (rows that are not selected). */
void mr_nested_skip(mr_vec *out, int32_t row);
/* Appends one element to child `child` of an array or map vector. */
void mr_nested_append(mr_vec *out, int child, const mr_vec *src, int32_t src_row, mr_arena *arena);
/* Ends row `row` after its elements were appended. */
void mr_nested_close(mr_vec *out, int32_t row);
/* Equal, nulls being equal to nulls (Spark's ordering equality). */
bool mr_nested_equal(const mr_vec *a, int32_t row_a, const mr_vec *b, int32_t row_b);

#endif /* MR_FUNCTION_NESTED_H */
