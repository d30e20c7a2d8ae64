/* groups.h - the aggregate table: group keys to aggregate states.
 *
 * Used twice: one per lane for the partial aggregation of a batch, and one (kept from batch to
 * batch) as the state of a streaming aggregation.  A group is a record of fixed size in slabs:
 *
 *     hash | event time | pane link | key length | flags | key bytes (inline or pointer) | states
 * ...
 *
 * Keys are encoded to canonical bytes once; equal keys have equal bytes (-0.0 is 0.0, one NaN,
 * nulls equal).  Slots hold record numbers, probed linearly, removed by shifting back.  Groups with
 * an event-time key are linked into panes, one a distinct time, so that eviction touches only what
 * goes.
 *
 * Threads: one at a time.
 */
#ifndef MR_STATE_GROUPS_H
#define MR_STATE_GROUPS_H

#include "function/function.h"

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
void mr_groups_free(mr_groups *groups);
void mr_groups_clear(mr_groups *groups); /* no groups; keeps memory */
int64_t mr_groups_count(const mr_groups *groups);
size_t mr_groups_bytes(const mr_groups *groups);

/* Finds or makes the group of every selected row; ids[i] belongs to the i-th selected row. */
void mr_groups_upsert(mr_groups *groups, const mr_vec *keys, mr_sel sel, int32_t *ids);
/* The state of aggregate `agg` in group `id`. */
void *mr_groups_state(const mr_groups *groups, int32_t id, int agg);
/* Event time of the group's time key in microseconds; INT64_MAX if it is null or there is none. */
int64_t mr_groups_time(const mr_groups *groups, int32_t id);

/* Merges every group of `from` for which late_us < its time (no time key: all), in record order,
 * into `into`, marking those groups touched.  *n_late counts the groups left out. */
MR_NODISCARD mr_status mr_groups_merge(mr_groups *into, const mr_groups *from, int64_t late_us,
                                       int64_t *n_late, mr_error *err);

/* Groups touched since the last mr_groups_begin(), in order of first touch. */
void mr_groups_begin(mr_groups *groups);
const int32_t *mr_groups_touched(const mr_groups *groups, int32_t *n);
/* All groups in record order into a malloc'ed array the caller frees. */
int32_t *mr_groups_all(const mr_groups *groups, int32_t *n);
/* Groups with time <= us, earliest pane first, into a malloc'ed array the caller frees. */
int32_t *mr_groups_closed(const mr_groups *groups, int64_t us, int32_t *n);
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
/* Puts groups with given keys and buffer columns (replacing what was there): loading a checkpoint.
 */
MR_NODISCARD mr_status mr_groups_load(mr_groups *groups, const mr_vec *keys, const mr_vec *bufs,
                                      int32_t n, mr_error *err);
/* Removes one group by key (row of keys); false if it was not there. */
bool mr_groups_remove(mr_groups *groups, const mr_vec *keys, int32_t row);

#endif /* MR_STATE_GROUPS_H */
