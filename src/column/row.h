/* row.h - Spark's binary row (UnsafeRow) and its Murmur3 hash: checkpoint-exact bytes. */
#ifndef MR_COLUMN_ROW_H
#define MR_COLUMN_ROW_H

#include "column/vec.h"

/* Appends the row `row` of n_cols vectors as one UnsafeRow (canonical: zero padding, Spark's
 * order). */
void mr_row_encode(const mr_vec *const *cols, int n_cols, int32_t row, mr_buf *out);
/* Checks structure (bitmap, offsets, padding, sizes) and reads bytes into row `row` of `out`, one
 * initialised vector per field of `schema`; strings are views into `bytes`.  MR_CORRUPT on bad
 * bytes. */
MR_NODISCARD mr_status mr_row_decode(mr_str bytes, const mr_type *schema, mr_vec *out, int32_t row,
                                     mr_arena *arena, mr_error *err);
/* Spark's Murmur3Hash of a value with `seed` (42 to start); null leaves the seed. */
int32_t mr_row_hash(const mr_vec *vec, int32_t row, int32_t seed);
/* The same of plain values; ints also for the narrower types. */
uint32_t mr_row_hash_int(int32_t v, uint32_t seed);
uint32_t mr_row_hash_long(int64_t v, uint32_t seed);
uint32_t mr_row_hash_float(float v, uint32_t seed);
uint32_t mr_row_hash_double(double v, uint32_t seed);
uint32_t mr_row_hash_bytes(const char *bytes, size_t n, uint32_t seed);
/* pmod(hash of the columns left to right, n_partitions). */
int32_t mr_row_partition(const mr_vec *const *cols, int n_cols, int32_t row, int32_t n_partitions);

#endif /* MR_COLUMN_ROW_H */
