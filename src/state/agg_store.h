/* agg_store.h - the state of one streaming aggregation as Spark's rows.
 *
 *     <dir>/_metadata/metadata        operator id, name, number of partitions
 *     <dir>/0/_metadata/schema        key and value columns
 *     <dir>/<partition>/...           rows: checkpoint/state_dir.h
 *
 * Version = batch id + 1.  A group belongs to pmod(murmur3(keys), partitions).  What a batch
 * changed is taken down as encoded rows; the publisher makes it durable and writes the files.
 */
#ifndef MR_STATE_AGG_STORE_H
#define MR_STATE_AGG_STORE_H

#include "checkpoint/publisher.h"
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
    mr_pool *pool;              /* NULL: everything on the caller's thread */
    size_t direct_bytes;        /* as the publisher's: larger changes are packed */
} mr_agg_store_config;

/* Opens a store; checks operator metadata and state schema if they are there
 * (STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE, STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE), writes them if
 * not. The config's pointers must outlive it. */
MR_NODISCARD mr_status mr_agg_store_open(const mr_agg_store_config *config, mr_agg_store **out,
                                         mr_error *err);
void mr_agg_store_close(mr_agg_store *store);
/* The files of the store. */
mr_state_dir *mr_agg_store_dir(mr_agg_store *store);
/* Fills an empty table with the version that the publisher has opened; `at`: which of its stores
 * this is. */
MR_NODISCARD mr_status mr_agg_store_load(mr_agg_store *store, mr_publisher *publisher, int at,
                                         mr_groups *groups, mr_error *err);
/* Takes down what a batch changed: the touched groups as they are now, then the closed ones
 * removed. */
MR_NODISCARD mr_status mr_agg_store_changed(mr_agg_store *store, const mr_groups *groups,
                                            const int32_t *touched, int32_t n_touched,
                                            const int32_t *closed, int32_t n_closed, mr_error *err);
/* Would so many changed groups be more than the journal takes? */
bool mr_agg_store_is_large(const mr_agg_store *store, int64_t n);
/* Takes down everything that stays when the closed groups go, whatever changed since which version;
 * the codec is LZ4. */
MR_NODISCARD mr_status mr_agg_store_whole(mr_agg_store *store, const mr_groups *groups,
                                          const int32_t *closed, int32_t n_closed, mr_error *err);
/* Moves what was taken down to `out`. */
void mr_agg_store_take(mr_agg_store *store, mr_state_changes *out);

#endif /* MR_STATE_AGG_STORE_H */
