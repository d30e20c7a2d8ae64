/* op_rows.c - leaves that make rows from the plan (LOCAL, RANGE, ONE_ROW), and the row counters. */
#include "operator/operator_priv.h"

typedef struct rows_op {
    mr_operator base;
    bool is_done;
    int64_t at;
} rows_op;

static mr_batch *range_batch(rows_op *rows, mr_arena *arena)
{
    const mr_spec *spec = rows->base.spec;
    __extension__ typedef __int128 wide;
    wide left = spec->step > 0 ? ((wide)spec->end - rows->at + spec->step - 1) / spec->step
                               : ((wide)rows->at - spec->end - spec->step - 1) / -(wide)spec->step;
    int32_t n = left > MR_BATCH_ROWS ? MR_BATCH_ROWS : left < 0 ? 0 : (int32_t)left;
    mr_batch *batch;

    if (n == 0)
        return NULL;
    batch = mr_batch_new(arena, spec->schema, n);
    mr_vec_init(&batch->cols[0], arena, spec->schema->fields[0].type, n);
    for (int32_t i = 0; i < n; i++)
        batch->cols[0].i64[i] = rows->at + i * spec->step;
    if (left == n)
        rows->is_done = true;
    rows->at += n * spec->step;
    return batch;
}

static mr_status rows_open(mr_operator *op, mr_error *err)
{
    (void)err;
    ((rows_op *)op)->at = op->spec->start;
    return MR_OK;
}

static mr_status rows_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    rows_op *rows = (rows_op *)op;

    (void)err;
    *out = NULL;
    if (rows->is_done)
        return MR_OK;
    if (op->spec->kind == MR_L_RANGE) {
        *out = range_batch(rows, arena);
        return MR_OK;
    }
    rows->is_done = true;
    *out = mr_batch_new(arena, op->spec->schema, 1);
    if (op->spec->kind == MR_L_LOCAL) {
        **out = *op->spec->rows;
        (*out)->schema = op->spec->schema;
    }
    return MR_OK;
}

const mr_operator_ops mr_op_rows_ops = {
    .instance_size = sizeof(rows_op),
    .open = rows_open,
    .next = rows_next,
};

typedef struct limit_op {
    mr_operator base;
    int64_t seen;
    mr_batch **kept; /* TAIL */
    int n_kept, at;
    bool is_drained;
} limit_op;

/* Rows [from, to) of the selection. */
static void cut(mr_batch *batch, int32_t from, int32_t to, mr_arena *arena)
{
    if (batch->sel.rows == NULL) {
        int32_t *rows = MR_NEW_ARRAY(arena, int32_t, batch->n + 1);

        for (int32_t i = 0; i < batch->n; i++)
            rows[i] = i;
        batch->sel.rows = rows;
    }
    batch->sel.rows += from;
    batch->sel.n = to - from;
}

static mr_limit_state *limit_state(mr_operator *op)
{
    return op->spec->operator_id < 0 || op->context->limit_states == NULL
               ? NULL
               : op->context->limit_states[op->spec->operator_id];
}

static mr_status head_next(limit_op *limit, mr_arena *arena, mr_batch **out, mr_error *err)
{
    mr_operator *op = &limit->base;
    mr_limit_state *state = limit_state(op);
    int64_t room = op->spec->count - (state != NULL ? state->taken : limit->seen);

    *out = NULL;
    if (room <= 0 && state == NULL)
        return MR_OK;
    MR_TRY(mr_operator_next(op->inputs[0], arena, out, err));
    if (*out == NULL)
        return MR_OK;
    if ((*out)->sel.n > room)
        cut(*out, 0, (int32_t)(room < 0 ? 0 : room), arena);
    limit->seen += (*out)->sel.n;
    if (state != NULL && (*out)->sel.n > 0) {
        state->taken += (*out)->sel.n;
        state->n_updated = 1;
    }
    return MR_OK;
}

static mr_status offset_next(limit_op *limit, mr_arena *arena, mr_batch **out, mr_error *err)
{
    int64_t skip;

    MR_TRY(mr_operator_next(limit->base.inputs[0], arena, out, err));
    if (*out == NULL)
        return MR_OK;
    skip = limit->base.spec->count - limit->seen;
    limit->seen += (*out)->sel.n;
    if (skip > 0)
        cut(*out, (int32_t)(skip < (*out)->sel.n ? skip : (*out)->sel.n), (*out)->sel.n, arena);
    return MR_OK;
}

static mr_status tail_next(limit_op *limit, mr_arena *arena, mr_batch **out, mr_error *err)
{
    int64_t total = 0;
    mr_batch *all;

    *out = NULL;
    if (limit->is_drained)
        return MR_OK;
    limit->is_drained = true;
    MR_TRY(mr_operator_drain(limit->base.inputs[0], arena, &limit->kept, &limit->n_kept, err));
    all = mr_batch_concat(arena, limit->base.spec->schema, (const mr_batch *const *)limit->kept,
                          limit->n_kept);
    total = all->sel.n;
    if (total > limit->base.spec->count)
        cut(all, (int32_t)(total - limit->base.spec->count), (int32_t)total, arena);
    *out = all;
    return MR_OK;
}

static mr_status limit_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    limit_op *limit = (limit_op *)op;

    if (op->spec->kind == MR_L_LIMIT)
        return head_next(limit, arena, out, err);
    return op->spec->kind == MR_L_OFFSET ? offset_next(limit, arena, out, err)
                                         : tail_next(limit, arena, out, err);
}

const mr_operator_ops mr_op_limit_ops = {
    .instance_size = sizeof(limit_op),
    .next = limit_next,
};
