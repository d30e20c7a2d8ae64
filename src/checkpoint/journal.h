/* journal.h - the state that a query has changed and not yet published: one append and one
 * fdatasync a batch.
 *
 *     <checkpoint>/.millrace/journal-<number>     records, one a state version
 *
 *     "MRJ1" | uint32 low half of XXH3-64 of what follows | uint64 length of the body
 *     body:   int64 version | uint32 tag | uint32 number of stores
 *             { uint32 operator id, uint32 partitions, uint64 length, entries (state_changes.h) }
 *             for each store
 *
 * Little endian.  A record whose checksum is wrong ends a file: it was being written at a crash, so
 * its batch was never committed.  Of several records of a version the last one counts.  The tag
 * ties a version to the batch that made it.
 *
 * Threads: one at a time; the publisher sees to it.
 */
#ifndef MR_CHECKPOINT_JOURNAL_H
#define MR_CHECKPOINT_JOURNAL_H

#include "checkpoint/state_changes.h"
#include "os/os.h"

typedef struct mr_journal mr_journal;

typedef struct mr_journal_store {
    uint32_t operator_id;
    uint32_t n_partitions;
    const mr_state_changes *changes; /* to append */
    mr_str entries;                  /* what was read */
} mr_journal_store;

typedef struct mr_journal_record {
    int64_t version;
    uint32_t tag;
    mr_journal_store *stores;
    int n_stores;
} mr_journal_record;

/* Opens the journal of a checkpoint directory; nothing is written before the first append. */
MR_NODISCARD mr_status mr_journal_open(mr_os *os, const char *checkpoint, mr_journal **out,
                                       mr_error *err);
/* Every whole record of the files there, oldest first; everything in `arena`. */
MR_NODISCARD mr_status mr_journal_read(mr_journal *journal, mr_arena *arena,
                                       mr_journal_record **out, int *n, mr_error *err);
/* Appends a version; durable when it returns MR_OK.  After a failure the journal is not used again:
 * the query ends. */
MR_NODISCARD mr_status mr_journal_append(mr_journal *journal, const mr_journal_record *record,
                                         mr_error *err);
/* Versions up to `version` are published: files that hold nothing newer may go, if that is worth it
 * or `all` is set.  Files of an earlier run must have been read before. */
MR_NODISCARD mr_status mr_journal_release(mr_journal *journal, int64_t version, bool all,
                                          mr_error *err);
void mr_journal_close(mr_journal *journal); /* NULL is allowed */

#endif /* MR_CHECKPOINT_JOURNAL_H */
