/* row_priv.h - the layout of Spark's rows, shared by writer, reader and hash. */
#ifndef MR_COLUMN_ROW_PRIV_H
#define MR_COLUMN_ROW_PRIV_H

#include "column/vec.h"

/* Bytes of the null bitmap of n fields or elements. */
static inline size_t mr_row_bitmap_size(size_t n)
{
    return (n + 63) / 64 * 8;
}
/* Bytes of one array element's slot. */
size_t mr_row_element_width(const mr_type *type);
/* BigInteger.toByteArray(): shortest big-endian two's complement; returns its length, 1..16. */
size_t mr_row_decimal_bytes(mr_int128 value, uint8_t out[16]);

#endif /* MR_COLUMN_ROW_PRIV_H */
