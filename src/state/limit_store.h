/* limit_store.h - the state of a streaming limit as Spark's row: one key of type void, and how many
 * rows were let through.
 *
 * Only partition 0 has files.
 */
#ifndef MR_STATE_LIMIT_STORE_H
#define MR_STATE_LIMIT_STORE_H

#include "checkpoint/publisher.h"

typedef struct mr_limit_store mr_limit_store;

/* Checks or writes operator metadata and schema, as mr_agg_store_open does.  `dir`:
 * state/<operator id>; n_partitions: what the metadata says. */
MR_NODISCARD mr_status mr_limit_store_open(mr_os *os, const char *dir, int operator_id,
                                           int n_partitions, mr_state_codec codec,
                                           mr_limit_store **out, mr_error *err);
void mr_limit_store_close(mr_limit_store *store); /* NULL is allowed */
mr_state_dir *mr_limit_store_dir(mr_limit_store *store);
/* *taken: as of the version the publisher has opened, 0 if there is none. */
MR_NODISCARD mr_status mr_limit_store_load(mr_limit_store *store, mr_publisher *publisher, int at,
                                           int64_t *taken, mr_error *err);
/* Appends the new count to `out`. */
void mr_limit_store_changed(const mr_limit_store *store, int64_t taken, mr_state_changes *out);

#endif /* MR_STATE_LIMIT_STORE_H */
