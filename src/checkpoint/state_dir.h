/* state_dir.h - the files of one state store in Spark's checkpoint directory.
 *
 *     <dir>/<partition>/<version>.delta       what version - 1 -> version changed
 *     <dir>/<partition>/<version>.snapshot    everything
 *
 * A version of a partition can be read if a chain of deltas leads to it from a snapshot or from
 * version 0, which is empty.  Rows are bytes here; who they are is the business of `state`.
 *
 * Threads: one at a time.  Publishing works on partitions in parallel.
 */
#ifndef MR_CHECKPOINT_STATE_DIR_H
#define MR_CHECKPOINT_STATE_DIR_H

#include "checkpoint/state_changes.h"
#include "checkpoint/state_file.h"
#include "os/os.h"
#include "task/pool.h"

typedef struct mr_state_dir mr_state_dir;

typedef struct mr_state_dir_config {
    mr_os *os;
    const char *dir;  /* state/<operator id>; copied */
    int n_partitions; /* that have files: 1 for a global operator */
    mr_state_codec codec;
    mr_pool *pool; /* NULL: everything on the caller's thread */
} mr_state_dir_config;

/* Nothing is read or written yet. */
mr_state_dir *mr_state_dir_new(const mr_state_dir_config *config);
void mr_state_dir_free(mr_state_dir *dir); /* NULL is allowed */
int mr_state_dir_partitions(const mr_state_dir *dir);

/* Looks what is there: for every partition the newest version <= `version` that can be read. */
MR_NODISCARD mr_status mr_state_dir_find(mr_state_dir *dir, int64_t version, mr_error *err);
/* The version found in (or since published to) a partition, and in the partition that is furthest
 * behind. */
int64_t mr_state_dir_version(const mr_state_dir *dir, int partition);
int64_t mr_state_dir_oldest(const mr_state_dir *dir);
/* Fails as Spark does where the next delta of the furthest partition is missing
 * (CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS). */
mr_status mr_state_dir_missing(const mr_state_dir *dir, mr_error *err);

/* A record, or NULL: the records handed over so far are about to go. */
typedef mr_status (*mr_state_row_fn)(void *data, const mr_state_record *record, mr_error *err);
/* Hands over the rows of a partition's version: of a snapshot, then of the deltas behind it, puts
 * and removes in order. */
MR_NODISCARD mr_status mr_state_dir_read(mr_state_dir *dir, int partition, mr_state_row_fn row,
                                         void *data, mr_error *err);

typedef struct mr_state_version {
    int64_t version;
    const mr_state_changes *changes;
} mr_state_version;

/* Writes files so that the last of `n` consecutive versions can be read: a delta of each if
 * `deltas`, and a snapshot of the last one where the chain has grown long; else only snapshots of
 * the last one.  Versions that a partition has already are left alone; files of an abandoned future
 * (newer than what was found) go.  Packed changes become the files they are packed for.  Durable
 * when it returns MR_OK. */
MR_NODISCARD mr_status mr_state_dir_publish(mr_state_dir *dir, const mr_state_version *versions,
                                            int n, bool deltas, mr_error *err);
/* Bytes of the files that make up the newest versions. */
size_t mr_state_dir_bytes(const mr_state_dir *dir);
/* Deletes files that no version from `oldest` on needs. */
MR_NODISCARD mr_status mr_state_dir_purge(mr_state_dir *dir, int64_t oldest, mr_error *err);

#endif /* MR_CHECKPOINT_STATE_DIR_H */
