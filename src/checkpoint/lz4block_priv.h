/* lz4block_priv.h - lz4-java's block stream.
 *
 *     "LZ4Block" | token | int32 LE compressed size | int32 LE size | uint32 LE checksum | data
 *
 * token = method (0x10 raw, 0x20 LZ4) | level; a block holds at most 2^(10 + level) bytes. checksum
 * = xxHash32(data, seed 0x9747b28c) & 0x0fffffff.  A block of size 0 ends a stream; streams may
 * follow each other.
 */
#ifndef MR_CHECKPOINT_LZ4BLOCK_PRIV_H
#define MR_CHECKPOINT_LZ4BLOCK_PRIV_H

#include "base/base.h"

#define MR_LZ4BLOCK_SIZE 32768 /* bytes a block that Spark writes by default */

/* Appends the decompressed bytes; *problem says what is wrong when it returns false. */
bool mr_lz4block_read(mr_str bytes, size_t limit, mr_buf *out, const char **problem);
/* Appends one block of 1..MR_LZ4BLOCK_SIZE bytes. */
void mr_lz4block_write(mr_str bytes, mr_buf *out);
void mr_lz4block_end(mr_buf *out);

#endif /* MR_CHECKPOINT_LZ4BLOCK_PRIV_H */
