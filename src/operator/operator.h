/* operator.h - running operators: made from specs, pulled batch by batch.
 *
 * An operator is asked for its next batch with an arena: everything the batch holds lives there (or
 * in the operator until its next call), and the caller resets the arena when it is done with the
 * batch. Operators that collect (aggregate, sort, tail) run their input to its end on the first
 * call.
 *
 * What is outside a plan comes through mr_op_context: the scans, the state, the clock.
 */
#ifndef MR_OPERATOR_OPERATOR_H
#define MR_OPERATOR_OPERATOR_H

#include <pthread.h>

#include "physical/spec.h"
#include "state/groups.h"
#include "task/pool.h"

typedef struct mr_operator mr_operator;

/* Event-time statistics of one watermark node in one lane or batch. */
typedef struct mr_event_stats {
    int64_t count;
    int64_t max_ms, min_ms;
    double sum_ms;
} mr_event_stats;

void mr_event_stats_merge(mr_event_stats *into, const mr_event_stats *from);

/* The state of one streaming aggregation, and what one batch does with it. */
typedef struct mr_agg_state {
    mr_groups *groups;
    int mode;         /* mr_output_mode: 1 append, 2 update, 3 complete */
    int64_t late_us;  /* groups at or before it are late; INT64_MIN = none is */
    int64_t evict_us; /* groups at or before it close; INT64_MIN = none does */
    /* Called after the merge and before eviction, so that changes can be kept: the touched groups
     * (mr_groups_touched) and the closed ones. */
    mr_status (*changed)(void *data, const mr_groups *groups, const int32_t *closed,
                         int32_t n_closed, mr_error *err);
    void *data;
    int64_t n_updated, n_removed, n_late; /* of this batch */
} mr_agg_state;

/* The state of a streaming limit. */
typedef struct mr_limit_state {
    int64_t taken; /* rows ever let through */
    int64_t n_updated;
} mr_limit_state;

/* One scan's rows for one lane. */
typedef struct mr_op_reader {
    void *self;
    /* Next batch of the scan's schema into `arena`; *out = NULL at the end. */
    mr_status (*next)(void *self, mr_arena *arena, mr_batch **out, mr_error *err);
    void (*close)(void *self);
} mr_op_reader;

/* Shared by all operators of one run; its counters are written by one thread at a time per lane. */
typedef struct mr_op_context {
    mr_pool *pool;
    int64_t batch_time_us;
    /* How many lanes the scan is cut into, and one lane's reader.  lane -1 = all lanes in order. */
    int (*n_lanes)(void *data, int scan_id);
    mr_status (*open_reader)(void *data, const mr_spec *scan, int lane, mr_op_reader *out,
                             mr_error *err);
    void *data;
    mr_agg_state *const *agg_states;     /* by operator_id; NULL in a batch */
    mr_limit_state *const *limit_states; /* by operator_id */
    pthread_mutex_t *lock;               /* guards the two below */
    mr_event_stats *event_stats;         /* by watermark_id */
    int64_t *scan_rows;                  /* by scan_id: rows that count as input */
    const mr_flag *cancel;               /* checked between batches; NULL = never */
} mr_op_context;

typedef struct mr_operator_ops {
    size_t instance_size; /* of the struct whose first member is an mr_operator */
    mr_status (*open)(mr_operator *op, mr_error *err); /* or NULL */
    mr_status (*next)(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err);
    void (*close)(mr_operator *op); /* or NULL */
} mr_operator_ops;

struct mr_operator {
    const mr_operator_ops *ops;
    const mr_spec *spec;
    mr_op_context *context;
    int lane; /* of the scan below; -1 = all */
    mr_operator **inputs;
    mr_arena *arena; /* of this instance */
};

/* Makes the operators of `spec` and below for one lane.  [owned] until mr_operator_close. */
MR_NODISCARD mr_status mr_operator_open(const mr_spec *spec, mr_op_context *context, int lane,
                                        mr_operator **out, mr_error *err);
/* The next batch, or NULL at the end.  Also checks for cancellation. */
MR_NODISCARD mr_status mr_operator_next(mr_operator *op, mr_arena *arena, mr_batch **out,
                                        mr_error *err);
void mr_operator_close(mr_operator *op); /* NULL is allowed */

/* Rows in pieces: a plan that is projections and filters over an aggregation can have its rows made
 * by several threads.  mr_operator_pieces runs the aggregation and says how many pieces there are,
 * 0 = the plan cannot; each piece is then an operator of its own, which gives its rows in order.
 * Afterwards mr_operator_next of the whole has none left, but is still to be called. */
MR_NODISCARD mr_status mr_operator_pieces(mr_operator *op, int *n, mr_error *err);
MR_NODISCARD mr_status mr_operator_open_piece(mr_operator *op, int piece, mr_operator **out,
                                              mr_error *err);

#endif /* MR_OPERATOR_OPERATOR_H */
