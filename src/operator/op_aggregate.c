/* op_aggregate.c - grouping: one partial table a lane, merged in lane order, then emitted.
 *
 *     lane 0: scan -> ... -> partial table \
 *     lane 1: scan -> ... -> partial table  -> merge (late groups left out) -> emit -> evict
 *     ...                                  /
 *
 * Lanes run in waves; while one wave is aggregated, the one before is merged, in pieces by shard.
 * Neither the size of a wave nor the threads show in the result: lanes are merged in their order.
 *
 * In a batch the tables merge into a table of the operator's own and every group is emitted.  In a
 * stream they merge into the query's state; the output mode says what is emitted.
 */
#include "operator/operator_priv.h"

#include <stdlib.h>

#define EMIT_ROWS  4096
#define PIECE_ROWS 1024 /* groups whose rows one thread makes */
#define MANY       1024 /* groups of a lane that its own thread sorts for the merge */

typedef struct aggregate_op {
    mr_operator base;
    mr_groups_spec groups_spec;
    mr_groups **tables; /* of two waves of lanes */
    int n_lanes;
    int wave;       /* lanes that run together */
    mr_groups *own; /* in a batch */
    mr_groups *result;
    int32_t *emit; /* groups to emit, malloc'ed */
    int32_t n_emit, at;
    bool is_drained;
    bool must_evict;
} aggregate_op;

static const mr_spec *lane_scan(const mr_spec *spec)
{
    while (spec->n_inputs == 1 && (spec->kind == MR_L_PROJECT || spec->kind == MR_L_FILTER ||
                                   spec->kind == MR_L_WATERMARK || spec->kind == MR_L_WINDOW ||
                                   spec->kind == MR_L_GENERATE))
        spec = spec->inputs[0];
    return spec->kind == MR_L_SCAN ? spec : NULL;
}

static mr_status aggregate_open(mr_operator *op, mr_error *err)
{
    aggregate_op *agg = (aggregate_op *)op;
    const mr_spec *scan = lane_scan(op->spec->inputs[0]);
    mr_groups_agg *aggs = MR_NEW_ARRAY(op->arena, mr_groups_agg, op->spec->n_aggs + 1);

    (void)err;
    for (int i = 0; i < op->spec->n_aggs; i++)
        aggs[i] = (mr_groups_agg){ op->spec->aggs[i].function->aggregate, op->spec->aggs[i].bound };
    agg->groups_spec = (mr_groups_spec){ op->spec->key_types, op->spec->n_keys, aggs,
                                         op->spec->n_aggs, op->spec->time_key };
    agg->n_lanes = scan == NULL ? 1 : op->context->n_lanes(op->context->data, scan->scan_id);
    if (agg->n_lanes < 1)
        agg->n_lanes = 1;
    agg->wave = mr_pool_threads(op->context->pool);
    if (agg->wave > 1)
        agg->wave *= 2; /* lanes take differently long */
    agg->tables = MR_NEW_ARRAY(op->arena, mr_groups *, 2 * agg->wave);
    return MR_OK;
}

static mr_status filter_rows(const mr_vec *condition, mr_sel *sel, mr_arena *arena)
{
    int32_t *rows = MR_NEW_ARRAY(arena, int32_t, sel->n + 1);
    int32_t n = 0;

    for (int32_t i = 0; i < sel->n; i++) {
        int32_t row = mr_sel_row(*sel, i);

        if (!mr_vec_is_null(condition, row) && condition->u8[mr_vec_index(condition, row)])
            rows[n++] = row;
    }
    *sel = (mr_sel){ rows, n };
    return MR_OK;
}

/* Feeds one aggregate with the batch; ids[i] is the group of the i-th selected row. */
static mr_status update_one(const mr_spec_agg *call, int index, mr_groups *groups,
                            const mr_vec *values, mr_sel sel, const int32_t *ids, mr_arena *arena,
                            mr_error *err)
{
    const mr_vec **args = MR_NEW_ARRAY(arena, const mr_vec *, call->n_args + 1);
    void **states = mr_arena_alloc(arena, sizeof(*states) * (size_t)(sel.n + 1));
    mr_sel used = sel;
    int32_t at = 0;

    for (int a = 0; a < call->n_args; a++)
        args[a] = &values[call->first_arg + a];
    if (call->filter >= 0)
        MR_TRY(filter_rows(&values[call->filter], &used, arena));
    else
        mr_groups_states(groups, ids, sel.n, index, states);
    for (int32_t i = 0; call->filter >= 0 && i < used.n; i++) {
        while (mr_sel_row(sel, at) != mr_sel_row(used, i))
            at++;
        states[i] = mr_groups_state(groups, ids[at++], index);
    }
    return call->function->aggregate->update(call->bound, states, args, used, err);
}

static mr_status update_batch(const mr_spec *spec, mr_op_context *context, mr_groups *groups,
                              const mr_batch *batch, mr_arena *arena, mr_error *err)
{
    mr_program_env env = { arena, context->batch_time_us };
    mr_vec *values = MR_NEW_ARRAY(arena, mr_vec, spec->n_results + 1);
    int32_t *ids = mr_arena_alloc(arena, sizeof(*ids) * (size_t)(batch->sel.n + 1));

    if (batch->sel.n == 0)
        return MR_OK;
    MR_TRY(mr_program_run(spec->program, &env, batch, batch->sel, values, err));
    mr_groups_upsert(groups, values, batch->sel, ids);
    for (int a = 0; a < spec->n_aggs; a++)
        MR_TRY(update_one(&spec->aggs[a], a, groups, values, batch->sel, ids, arena, err));
    return MR_OK;
}

/* The table of a lane; lanes two waves apart share one. */
static mr_groups *lane_table(aggregate_op *agg, int lane)
{
    mr_groups **table = &agg->tables[lane % (2 * agg->wave)];

    if (*table == NULL)
        *table = mr_groups_new_lane(&agg->groups_spec);
    return *table;
}

/* One lane's partial aggregation, on a pool thread. */
static mr_status run_lane(aggregate_op *agg, int lane, mr_error *err)
{
    mr_groups *groups = lane_table(agg, lane);
    mr_arena *arena = mr_arena_new();
    mr_operator *input = NULL;
    mr_batch *batch;
    mr_status status;

    mr_groups_clear(groups);
    MR_CHECK(mr_operator_open(agg->base.spec->inputs[0], agg->base.context,
                              agg->n_lanes == 1 ? -1 : lane, &input, err));
    for (;;) {
        mr_arena_reset(arena);
        MR_CHECK(mr_operator_next(input, arena, &batch, err));
        if (batch == NULL)
            break;
        MR_CHECK(update_batch(agg->base.spec, agg->base.context, groups, batch, arena, err));
    }
    if (mr_groups_count(groups) > MANY)
        mr_groups_merge_prepare(groups);
fail:
    mr_operator_close(input);
    mr_arena_free(arena);
    return status;
}

/* A global aggregate has its one group even without rows. */
static void need_global_group(const mr_spec *spec, mr_groups *groups)
{
    int32_t id, row = 0;

    if (spec->n_keys == 0)
        mr_groups_upsert(groups, NULL, (mr_sel){ &row, 1 }, &id);
}

/* A run of lanes, and beside them the merge of the lanes before. */
typedef struct wave {
    aggregate_op *agg;
    int first, n;
    mr_groups_merging merging;
    mr_groups **merged; /* tables in lane order */
} wave;

static mr_status wave_piece(void *data, int i, mr_error *err)
{
    wave *w = data;

    if (w->agg->wave == 1) /* one thread: a lane is merged while its table is warm */
        i = (i + w->n) % (w->n + w->merging.n_pieces);
    return i < w->n ? run_lane(w->agg, w->first + i, err)
                    : mr_groups_merge_piece(&w->merging, i - w->n, err);
}

/* All lanes, merged in their order into `into`.  The first lane tells how many groups to expect. */
static mr_status run_lanes(aggregate_op *agg, mr_groups *into, int64_t late_us, int64_t *n_late,
                           mr_error *err)
{
    mr_pool *pool = agg->base.context->pool;
    wave w = { .agg = agg, .merged = MR_NEW_ARRAY(agg->base.arena, mr_groups *, agg->wave) };

    for (int at = 0; at < agg->n_lanes || w.merging.n_pieces > 0; at += w.n) {
        w.first = at;
        w.n = agg->n_lanes - at < agg->wave ? agg->n_lanes - at : agg->wave;
        MR_TRY(mr_pool_run(pool, w.n + w.merging.n_pieces, wave_piece, &w, err));
        *n_late += mr_groups_merge_late(&w.merging);
        for (int i = 0; i < w.n; i++)
            w.merged[i] = lane_table(agg, at + i);
        if (at == 0) {
            need_global_group(agg->base.spec, w.merged[0]);
            mr_groups_expect(into, w.merged[0], mr_groups_count(w.merged[0]) * agg->n_lanes);
        }
        w.merging.n_pieces = 0;
        if (w.n > 0)
            mr_groups_merge_plan(&w.merging, into, w.merged, w.n, late_us);
    }
    return MR_OK;
}

static int32_t *copy_touched(const mr_groups *groups, int32_t *n)
{
    const int32_t *ids = mr_groups_touched(groups, n);
    int32_t *copy = mr_malloc(sizeof(*copy) * (size_t)(*n + 1));

    if (*n > 0)
        memcpy(copy, ids, sizeof(*copy) * (size_t)*n);
    return copy;
}

/* Merges into the query's state and decides what is emitted (features.md AGG-08 to AGG-10, WM-05).
 */
static mr_status run_stateful(aggregate_op *agg, mr_agg_state *state, mr_error *err)
{
    bool is_complete = state->mode == 3;
    int64_t late_us = is_complete ? INT64_MIN : state->late_us;
    int64_t evict_us = is_complete ? INT64_MIN : state->evict_us;
    int32_t *closed = NULL;
    int32_t n_closed = 0;
    mr_status status;

    mr_groups_begin(state->groups);
    mr_groups_use_pool(state->groups, agg->base.context->pool);
    MR_TRY(run_lanes(agg, state->groups, late_us, &state->n_late, err));
    if (evict_us != INT64_MIN)
        closed = mr_groups_closed(state->groups, evict_us, &n_closed);
    state->n_updated = mr_groups_count_touched(state->groups);
    state->n_removed = n_closed;
    status = state->changed(state->data, state->groups, closed, n_closed, err);
    agg->result = state->groups;
    agg->must_evict = n_closed > 0;
    if (is_complete) {
        agg->emit = mr_groups_all(state->groups, &agg->n_emit);
    } else if (state->mode == 2) {
        agg->emit = copy_touched(state->groups, &agg->n_emit);
    } else {
        agg->emit = closed;
        agg->n_emit = n_closed;
        closed = NULL;
    }
    free(closed);
    return status;
}

static mr_status aggregate_drain(aggregate_op *agg, mr_error *err)
{
    mr_operator *op = &agg->base;
    int64_t n_late = 0;

    if (op->spec->operator_id >= 0 && op->context->agg_states != NULL)
        return run_stateful(agg, op->context->agg_states[op->spec->operator_id], err);
    agg->own = mr_groups_new(&agg->groups_spec);
    mr_groups_use_pool(agg->own, op->context->pool);
    MR_TRY(run_lanes(agg, agg->own, INT64_MIN, &n_late, err));
    agg->result = agg->own;
    agg->emit = mr_groups_all(agg->own, &agg->n_emit);
    return MR_OK;
}

/* The n groups from number `at` of the emitted ones on. */
static mr_status emit_rows(const aggregate_op *agg, int32_t at, int32_t n, mr_arena *arena,
                           mr_batch **out, mr_error *err)
{
    const mr_spec *spec = agg->base.spec;
    const int32_t *ids = agg->emit + at;
    mr_batch *batch = mr_batch_new(arena, spec->schema, n);

    mr_groups_keys(agg->result, ids, n, batch->cols, arena);
    for (int a = 0; a < spec->n_aggs; a++)
        MR_TRY(
            mr_groups_result(agg->result, a, ids, n, &batch->cols[spec->n_keys + a], arena, err));
    *out = batch;
    return MR_OK;
}

static void evict(aggregate_op *agg)
{
    mr_agg_state *state;

    if (!agg->must_evict)
        return;
    agg->must_evict = false;
    state = agg->base.context->agg_states[agg->base.spec->operator_id];
    mr_groups_evict(state->groups, state->evict_us);
}

static mr_status aggregate_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    aggregate_op *agg = (aggregate_op *)op;
    int32_t left;

    *out = NULL;
    if (!agg->is_drained) {
        agg->is_drained = true;
        MR_TRY(aggregate_drain(agg, err));
    }
    left = agg->n_emit - agg->at;
    if (left > 0) {
        left = left > EMIT_ROWS ? EMIT_ROWS : left;
        agg->at += left;
        return emit_rows(agg, agg->at - left, left, arena, out, err);
    }
    evict(agg);
    return MR_OK;
}

static void aggregate_close(mr_operator *op)
{
    aggregate_op *agg = (aggregate_op *)op;

    for (int i = 0; i < 2 * agg->wave; i++)
        mr_groups_free(agg->tables[i]);
    mr_groups_free(agg->own);
    free(agg->emit);
}

const mr_operator_ops mr_op_aggregate_ops = {
    .instance_size = sizeof(aggregate_op),
    .open = aggregate_open,
    .next = aggregate_next,
    .close = aggregate_close,
};

/* --- rows in pieces ----------------------------------------------------------------------------
 */

typedef struct piece_op {
    mr_operator base;
    const aggregate_op *of;
    int32_t at, end; /* among the emitted groups */
} piece_op;

static mr_status piece_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    piece_op *piece = (piece_op *)op;
    int32_t n = piece->end - piece->at < EMIT_ROWS ? piece->end - piece->at : EMIT_ROWS;

    *out = NULL;
    if (n <= 0)
        return MR_OK;
    piece->at += n;
    return emit_rows(piece->of, piece->at - n, n, arena, out, err);
}

/* It has no inputs of its own, so it is closed by its arena alone. */
const mr_operator_ops mr_op_piece_ops = {
    .instance_size = sizeof(piece_op),
    .next = piece_next,
};

mr_status mr_op_aggregate_pieces(mr_operator *op, int *n, mr_error *err)
{
    aggregate_op *agg = (aggregate_op *)op;

    if (!agg->is_drained) {
        agg->is_drained = true;
        MR_TRY(aggregate_drain(agg, err));
    }
    *n = agg->n_emit > PIECE_ROWS ? (agg->n_emit + PIECE_ROWS - 1) / PIECE_ROWS : 0;
    if (*n > 0)
        agg->at = agg->n_emit;
    return MR_OK;
}

void mr_op_piece_of(mr_operator *op, mr_operator *aggregate, int index)
{
    piece_op *piece = (piece_op *)op;

    piece->of = (const aggregate_op *)aggregate;
    piece->at = index * PIECE_ROWS;
    piece->end =
        piece->of->n_emit - piece->at < PIECE_ROWS ? piece->of->n_emit : piece->at + PIECE_ROWS;
}
