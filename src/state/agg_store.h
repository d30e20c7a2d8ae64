/* agg_store.h - the state of one streaming aggregation in Spark's checkpoint directory.
 *
 *     <dir>/_metadata/metadata        operator id, name, number of partitions
 *     <dir>/0/_metadata/schema        key and value columns
 *     <dir>/<partition>/<version>.delta, .snapshot
 *
 * Version = batch id + 1.  A group belongs to pmod(murmur3(keys), partitions).  Every version
 * writes a delta for every partition; a snapshot follows when the deltas since the last one weigh
 * more than the state, or a hundred versions have passed.
 */
#ifndef MR_STATE_AGG_STORE_H
#define MR_STATE_AGG_STORE_H

#include "checkpoint/state_file.h"
#include "os/os.h"
#include "state/groups.h"

typedef struct mr_agg_store mr_agg_store;

typedef struct mr_agg_store_config {
    mr_os *os;
    const char *dir; /* state/<operator id> */
    int operator_id;
    int n_partitions;
    mr_state_codec codec;
    const mr_groups_spec *spec;
    const mr_field *key_fields; /* spec->n_keys of them: names, types, nullability */
} mr_agg_store_config;

/* Opens a store; checks operator metadata and state schema if they are there
 * (STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE, STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE), writes them if
 * not. The config's pointers must outlive it. */
MR_NODISCARD mr_status mr_agg_store_open(const mr_agg_store_config *config, mr_agg_store **out,
                                         mr_error *err);
void mr_agg_store_close(mr_agg_store *store);
/* Fills an empty table with version `version` (0 = nothing).  A missing file is an error that names
 * it. */
MR_NODISCARD mr_status mr_agg_store_load(mr_agg_store *store, int64_t version, mr_groups *groups,
                                         mr_error *err);
/* Takes down what a batch changed: the touched groups as they are now, then the closed ones
 * removed. */
MR_NODISCARD mr_status mr_agg_store_changed(mr_agg_store *store, const mr_groups *groups,
                                            const int32_t *touched, int32_t n_touched,
                                            const int32_t *closed, int32_t n_closed, mr_error *err);
/* Writes the version's files from what was taken down (nothing: empty deltas), `groups` for a
 * snapshot. Not durable until the file system is synced. */
MR_NODISCARD mr_status mr_agg_store_commit(mr_agg_store *store, int64_t version,
                                           const mr_groups *groups, mr_error *err);
/* Deletes files that no version from `oldest` on needs. */
MR_NODISCARD mr_status mr_agg_store_purge(mr_agg_store *store, int64_t oldest, mr_error *err);

#endif /* MR_STATE_AGG_STORE_H */
