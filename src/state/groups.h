/* groups.h - the aggregate table: group keys to aggregate states.
 *
 * Used twice: one per lane for the partial aggregation of a batch, and one (kept from batch to
 * batch) as the state of a streaming aggregation.  A group is a record of fixed size in blocks:
 *
 *     event time | flags | key bytes (inline or pointer) | states ...
 *
 * Keys are encoded to canonical bytes once; equal keys have equal bytes (-0.0 is 0.0, one NaN,
 * nulls equal).  A table that grows large is split into 64 shards by the hash; shards share
 * nothing, so that lanes are merged, panes closed and groups evicted by one thread a shard.  The
 * number of shards follows from the data, never from the threads.  Groups with an event-time key
 * are listed in panes, one a distinct time, so that eviction touches only what goes; a pane of many
 * groups has slots of its own, so that rows of one time find theirs close together.
 *
 * Threads: one at a time, but for what says otherwise.
 */
#ifndef MR_STATE_GROUPS_H
#define MR_STATE_GROUPS_H

#include "function/function.h"
#include "task/pool.h"

typedef struct mr_groups mr_groups;

typedef struct mr_groups_agg {
    const mr_aggregate *aggregate;
    const mr_fn_bound *bound;
} mr_groups_agg;

/* Constant; outlives the table. */
typedef struct mr_groups_spec {
    const mr_type *const *key_types;
    int n_keys;
    const mr_groups_agg *aggs;
    int n_aggs;
    int time_key; /* the key with the event-time marker (timestamp, or a window struct: its end), or
                     -1 */
} mr_groups_spec;

mr_groups *mr_groups_new(const mr_groups_spec *spec);
/* A table of one lane: merged into another one, never closed or evicted. */
mr_groups *mr_groups_new_lane(const mr_groups_spec *spec);
/* Merging by mr_groups_merge(), closing and evicting take this pool's threads; NULL = none. */
void mr_groups_use_pool(mr_groups *groups, mr_pool *pool);
void mr_groups_free(mr_groups *groups);
void mr_groups_clear(mr_groups *groups); /* no groups; keeps memory */
int64_t mr_groups_count(const mr_groups *groups);
size_t mr_groups_bytes(const mr_groups *groups);

/* Finds or makes the group of every selected row; ids[i] belongs to the i-th selected row.  Keys
 * are columns of the spec's types.  A lane's table whose keys hardly repeat stops looking: then a
 * key has several groups, which merging makes one. */
void mr_groups_upsert(mr_groups *groups, const mr_vec *keys, mr_sel sel, int32_t *ids);
/* The state of aggregate `agg` in group `id`. */
void *mr_groups_state(const mr_groups *groups, int32_t id, int agg);
void mr_groups_states(const mr_groups *groups, const int32_t *ids, int32_t n, int agg,
                      void **states);
/* Event time of the group's time key in microseconds; INT64_MAX if it is null or there is none. */
int64_t mr_groups_time(const mr_groups *groups, int32_t id);

/* Merges every group of the lane `from` for which late_us < its time (no time key: all), in record
 * order, into `into`, marking those groups touched.  *n_late counts the groups left out. */
MR_NODISCARD mr_status mr_groups_merge(mr_groups *into, const mr_groups *from, int64_t late_us,
                                       int64_t *n_late, mr_error *err);

/* Merging several lanes' tables, in their order, in pieces that may run on different threads at
 * once: mr_groups_merge_plan -> mr_groups_merge_piece for 0 .. n_pieces - 1 -> mr_groups_merge_late
 * Nothing else may happen to `into` in between; the lanes' tables are only read. */
typedef struct mr_groups_merging {
    mr_groups *into;
    mr_groups *const *lanes; /* the caller's, until the last piece is done */
    int n_lanes;
    int64_t late_us;
    int n_pieces;
    int64_t n_late[64];
} mr_groups_merging;

/* About n groups like those of a lane are going to be merged into the table; if they make it large
 * it is split.  No list of ids may be in use: they change. */
void mr_groups_expect(mr_groups *groups, const mr_groups *lane, int64_t n);
void mr_groups_merge_plan(mr_groups_merging *merging, mr_groups *into, mr_groups *const *lanes,
                          int n_lanes, int64_t late_us);
MR_NODISCARD mr_status mr_groups_merge_piece(mr_groups_merging *merging, int piece, mr_error *err);
int64_t mr_groups_merge_late(const mr_groups_merging *merging); /* groups left out */
/* Sorts a lane's groups by shard: to be called on the lane's thread when it is complete. */
void mr_groups_merge_prepare(mr_groups *lane);

/* Groups touched since the last mr_groups_begin(): in order of first touch, shard by shard. */
void mr_groups_begin(mr_groups *groups);
const int32_t *mr_groups_touched(const mr_groups *groups, int32_t *n);
int64_t mr_groups_count_touched(const mr_groups *groups);
/* All groups in record order, shard by shard, into a malloc'ed array the caller frees. */
int32_t *mr_groups_all(const mr_groups *groups, int32_t *n);
/* Groups with time <= us, earliest pane first, into a malloc'ed array the caller frees.  Here and
 * below a group without a time is later than any us. */
int32_t *mr_groups_closed(const mr_groups *groups, int64_t us, int32_t *n);
/* How many groups have time <= us: costs the number of distinct times. */
int64_t mr_groups_count_closed(const mr_groups *groups, int64_t us);
/* Groups with time > us in record order, shard by shard, into a malloc'ed array the caller frees.
 */
int32_t *mr_groups_open(const mr_groups *groups, int64_t us, int32_t *n);
/* Removes groups with time <= us; the records are gone.  Returns how many. */
int64_t mr_groups_evict(mr_groups *groups, int64_t us);

/* Keys of the groups as vectors of n rows (initialised by the call). */
void mr_groups_keys(const mr_groups *groups, const int32_t *ids, int32_t n, mr_vec *keys,
                    mr_arena *arena);
/* Result of aggregate `agg` for the groups. */
MR_NODISCARD mr_status mr_groups_result(const mr_groups *groups, int agg, const int32_t *ids,
                                        int32_t n, mr_vec *out, mr_arena *arena, mr_error *err);
/* Spark's buffer columns of all aggregates, in order: vectors initialised by the call.  Returns
 * their number; fields (names, types) come from mr_groups_buffers(). */
int mr_groups_buffers(const mr_groups_spec *spec, mr_arena *arena, mr_field *out, int capacity);
void mr_groups_save(const mr_groups *groups, const int32_t *ids, int32_t n, mr_vec *bufs,
                    mr_arena *arena);
/* Groups as entries of changed state (checkpoint/state_changes.h), appended to `out` in the order
 * of ids: removes of their keys, or puts of keys and buffers.  Partition: pmod(murmur3(keys)).
 * Several threads may encode at once. */
typedef struct mr_groups_change {
    const mr_groups *groups;
    int32_t n_partitions;
    bool removes;
} mr_groups_change;

void mr_groups_encode(const mr_groups_change *change, const int32_t *ids, int32_t n, mr_buf *out);
/* Puts groups with given keys and buffer columns (replacing what was there): loading a checkpoint.
 */
MR_NODISCARD mr_status mr_groups_load(mr_groups *groups, const mr_vec *keys, const mr_vec *bufs,
                                      int32_t n, mr_error *err);
/* Removes one group by key (row of keys); false if it was not there. */
bool mr_groups_remove(mr_groups *groups, const mr_vec *keys, int32_t row);

#endif /* MR_STATE_GROUPS_H */
