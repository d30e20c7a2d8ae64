/* state_changes.h - what one batch changed in one state store: Spark's rows, puts and removes in
 * order.
 *
 * An entry is { uint32 partition, uint32 key length, uint32 value length, key, value }, little
 * endian; a value length of 2^32 - 1 is a remove.  Entries lie in chunks, so that several threads
 * can encode them; the order is that of the chunks.  Changes too many for the journal are packed
 * instead (state_pack.h).
 */
#ifndef MR_CHECKPOINT_STATE_CHANGES_H
#define MR_CHECKPOINT_STATE_CHANGES_H

#include "base/base.h"

typedef struct mr_state_changes {
    mr_buf *chunks; /* malloc'ed */
    int n_chunks, capacity;
    bool is_packed; /* every chunk holds blocks of state files, not entries */
    bool is_whole;  /* packed: all that there is, for snapshots; else for deltas */
} mr_state_changes;

typedef struct mr_state_change {
    uint32_t partition;
    mr_str key;
    mr_str value; /* empty for a remove */
    bool is_remove;
} mr_state_change;

/* Adds n empty chunks and returns the index of the first. */
int mr_state_changes_extend(mr_state_changes *changes, int n);
/* Appends the bytes of a journal as one chunk, copied. */
void mr_state_changes_add(mr_state_changes *changes, mr_str bytes);
void mr_state_changes_put(mr_buf *chunk, uint32_t partition, mr_str key, mr_str value);
void mr_state_changes_remove(mr_buf *chunk, uint32_t partition, mr_str key);
size_t mr_state_changes_bytes(const mr_state_changes *changes);
/* Takes the first entry off `rest`; false at its end and on bytes that are no entry (rest->len > 0
 * then). */
bool mr_state_changes_next(mr_str *rest, mr_state_change *out);
void mr_state_changes_free(mr_state_changes *changes); /* leaves it empty */

#endif /* MR_CHECKPOINT_STATE_CHANGES_H */
