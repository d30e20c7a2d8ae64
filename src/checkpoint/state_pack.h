/* state_pack.h - changes on their way into state files, compressed as they are made.
 *
 * A batch that changes too much for the journal has its files written at once.  Its entries are
 * packed while they are warm, so that they never lie in memory as a whole.  A packed chunk
 * (state_changes.h) holds blocks { uint32 partition, uint32 length, bytes } in the processor's byte
 * order: LZ4 blocks of the payload of that partition's file.  Blocks of a partition, one behind
 * the other in the order of the chunks, and mr_state_pack_end() make the file: a delta, or a
 * snapshot when the entries are all that there is.
 */
#ifndef MR_CHECKPOINT_STATE_PACK_H
#define MR_CHECKPOINT_STATE_PACK_H

#include "checkpoint/state_changes.h"

typedef struct mr_state_packer {
    int n_partitions;
    mr_buf *rest; /* by partition: records that make no whole block yet */
    mr_buf *out;  /* the packed chunk; the caller's */
} mr_state_packer;

typedef struct mr_state_block {
    uint32_t partition;
    mr_str bytes;
} mr_state_block;

void mr_state_packer_start(mr_state_packer *packer, int n_partitions, mr_buf *out);
/* Packs whole entries, of partitions below n_partitions. */
void mr_state_packer_add(mr_state_packer *packer, mr_str entries);
/* Packs what is left, and frees the packer. */
void mr_state_packer_finish(mr_state_packer *packer);

/* Takes the first block off `rest`, the bytes of a packed chunk; false at its end and on bytes that
 * are no block (rest->len > 0 then). */
bool mr_state_block_next(mr_str *rest, mr_state_block *out);
/* The bytes that end every file. */
void mr_state_pack_end(mr_buf *out);

#endif /* MR_CHECKPOINT_STATE_PACK_H */
