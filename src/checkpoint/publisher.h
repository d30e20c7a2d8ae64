/* publisher.h - a batch's state into the journal at once, and from there into Spark's directory
 * later.
 *
 *     commit(version) -> journal, one fdatasync        the batch is durable
 *     committed()     -> commits/N is written          the version may be published
 *     in the background, at most once a second         state files of the newest version
 *     finish()        -> everything is published, the journal is gone
 *
 * Publishing costs files (partitions x versions) or, when versions are many, a merge of the whole
 * state into snapshots; the cheaper one is taken, and it is repeated only after twenty times as
 * long as it takes, unless the query pauses.  A batch that changes a lot is not worth two
 * writes: its deltas are written at once.
 *
 * When the directory has moved on without us (a real Spark ran) the journal is dropped; when it
 * and the journal tell different stories the query is refused.
 *
 * Threads: the coordinator's calls, and one thread of its own.
 */
#ifndef MR_CHECKPOINT_PUBLISHER_H
#define MR_CHECKPOINT_PUBLISHER_H

#include "checkpoint/state_dir.h"

#define MR_STATE_DIRECT_BYTES ((size_t)4 << 20)

typedef struct mr_publisher mr_publisher;

typedef struct mr_publisher_config {
    mr_os *os;
    const char *checkpoint; /* directory; copied */
    bool is_inline;         /* no thread: what is due is published by mr_publisher_committed */
    int64_t period_us;      /* between two publications at least; 0 = one second */
    size_t direct_bytes;    /* a batch that changes more, or packed, is published at once;
                               0 = MR_STATE_DIRECT_BYTES */
    int keep_versions;      /* older ones may be deleted; 0 = all are kept */
    /* A version behind the given one that the journal has, of a batch without a commit, is
     * published too, as a delta: Spark does not run a batch again that is in the file sink's log,
     * and misses its state otherwise. */
    bool with_uncommitted;
} mr_publisher_config;

typedef struct mr_publisher_store {
    int operator_id;
    mr_state_dir *dir; /* [borrowed] */
} mr_publisher_store;

/* Opens the journal and finds `version` (= id of the next batch) in directory and journal together.
 * Errors: CANNOT_LOAD_STATE_STORE if neither has it, MR_CONFLICT if they contradict each other.
 * Publishing begins with mr_publisher_start. */
MR_NODISCARD mr_status mr_publisher_open(const mr_publisher_config *config,
                                         const mr_publisher_store *stores, int n_stores,
                                         int64_t version, mr_publisher **out, mr_error *err);
/* Hands over a store's rows that only the journal has, as mr_state_dir_read does; call it after
 * reading the store's files. */
MR_NODISCARD mr_status mr_publisher_replay(mr_publisher *publisher, int store, mr_state_row_fn row,
                                           void *data, mr_error *err);
MR_NODISCARD mr_status mr_publisher_start(mr_publisher *publisher, mr_error *err);
/* Makes a version durable; takes over the contents of `changes`, one a store.  Fails also when
 * publishing failed before. */
MR_NODISCARD mr_status mr_publisher_commit(mr_publisher *publisher, int64_t version,
                                           mr_state_changes *changes, mr_error *err);
/* The version after the last committed one is never made: the one committed next holds everything
 * (is_whole) and stands for both. */
void mr_publisher_skip(mr_publisher *publisher);
/* The batch is committed: the version given last counts. */
MR_NODISCARD mr_status mr_publisher_committed(mr_publisher *publisher, mr_error *err);
/* Publishes everything that is committed and removes the journal; ends the thread. */
MR_NODISCARD mr_status mr_publisher_finish(mr_publisher *publisher, mr_error *err);
void mr_publisher_close(mr_publisher *publisher); /* without publishing; NULL is allowed */

#endif /* MR_CHECKPOINT_PUBLISHER_H */
