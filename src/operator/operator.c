/* operator.c - making, pulling and closing operators; the simple kinds' registry. */
#include "operator/operator_priv.h"

void mr_event_stats_merge(mr_event_stats *into, const mr_event_stats *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->max_ms > into->max_ms)
        into->max_ms = from->max_ms;
    if (into->count == 0 || from->min_ms < into->min_ms)
        into->min_ms = from->min_ms;
    into->sum_ms += from->sum_ms;
    into->count += from->count;
}

static const mr_operator_ops *ops_of(mr_logical_kind kind)
{
    switch (kind) {
    case MR_L_SCAN:
        return &mr_op_scan_ops;
    case MR_L_LOCAL:
    case MR_L_RANGE:
    case MR_L_ONE_ROW:
        return &mr_op_rows_ops;
    case MR_L_PROJECT:
        return &mr_op_project_ops;
    case MR_L_FILTER:
        return &mr_op_filter_ops;
    case MR_L_WATERMARK:
        return &mr_op_watermark_ops;
    case MR_L_WINDOW:
        return &mr_op_window_ops;
    case MR_L_GENERATE:
        return &mr_op_generate_ops;
    case MR_L_AGGREGATE:
        return &mr_op_aggregate_ops;
    case MR_L_SORT:
        return &mr_op_sort_ops;
    case MR_L_LIMIT:
    case MR_L_OFFSET:
    case MR_L_TAIL:
        return &mr_op_limit_ops;
    case MR_L_UNION:
        return &mr_op_union_ops;
    case MR_L_DEDUPLICATE:
        return &mr_op_deduplicate_ops;
    }
    return NULL;
}

static mr_operator *new_operator(const mr_operator_ops *ops, const mr_spec *spec,
                                 mr_op_context *context, int lane)
{
    mr_arena *arena = mr_arena_new();
    mr_operator *op = mr_arena_zalloc(arena, ops->instance_size);

    op->ops = ops;
    op->spec = spec;
    op->context = context;
    op->lane = lane;
    op->arena = arena;
    return op;
}

/* An aggregate opens its inputs itself, one chain a lane. */
static mr_status open_inputs(mr_operator *op, mr_error *err)
{
    op->inputs = MR_NEW_ARRAY(op->arena, mr_operator *, op->spec->n_inputs + 1);
    if (op->spec->kind == MR_L_AGGREGATE)
        return MR_OK;
    for (int i = 0; i < op->spec->n_inputs; i++)
        MR_TRY(mr_operator_open(op->spec->inputs[i], op->context, op->lane, &op->inputs[i], err));
    return MR_OK;
}

mr_status mr_operator_open(const mr_spec *spec, mr_op_context *context, int lane, mr_operator **out,
                           mr_error *err)
{
    const mr_operator_ops *ops = ops_of(spec->kind);
    mr_operator *op = new_operator(ops, spec, context, lane);
    mr_status status;

    *out = NULL;
    MR_CHECK(open_inputs(op, err));
    if (ops->open != NULL)
        MR_CHECK(ops->open(op, err));
    *out = op;
    return MR_OK;

fail:
    mr_operator_close(op);
    return status;
}

mr_status mr_operator_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    if (op->context->cancel != NULL && *op->context->cancel)
        return mr_fail(err, MR_CANCELLED, "the query was stopped");
    return op->ops->next(op, arena, out, err);
}

void mr_operator_close(mr_operator *op)
{
    if (op == NULL)
        return;
    for (int i = 0; op->inputs != NULL && i < op->spec->n_inputs; i++)
        mr_operator_close(op->inputs[i]);
    if (op->ops->close != NULL)
        op->ops->close(op);
    mr_arena_free(op->arena);
}

mr_status mr_operator_pieces(mr_operator *op, int *n, mr_error *err)
{
    *n = 0;
    while (op->spec->kind == MR_L_PROJECT || op->spec->kind == MR_L_FILTER)
        op = op->inputs[0];
    return op->spec->kind == MR_L_AGGREGATE ? mr_op_aggregate_pieces(op, n, err) : MR_OK;
}

mr_status mr_operator_open_piece(mr_operator *op, int piece, mr_operator **out, mr_error *err)
{
    mr_operator *copy;
    mr_status status = MR_OK;

    if (op->spec->kind == MR_L_AGGREGATE) {
        *out = new_operator(&mr_op_piece_ops, op->spec, op->context, op->lane);
        mr_op_piece_of(*out, op, piece);
        return MR_OK;
    }
    copy = new_operator(op->ops, op->spec, op->context, op->lane);
    copy->inputs = MR_NEW_ARRAY(copy->arena, mr_operator *, op->spec->n_inputs + 1);
    *out = NULL;
    MR_CHECK(mr_operator_open_piece(op->inputs[0], piece, &copy->inputs[0], err));
    if (op->ops->open != NULL)
        MR_CHECK(op->ops->open(copy, err));
    *out = copy;
    return MR_OK;

fail:
    mr_operator_close(copy);
    return status;
}

mr_status mr_operator_drain(mr_operator *op, mr_arena *arena, mr_batch ***out, int *n,
                            mr_error *err)
{
    mr_arena *scratch = mr_arena_new();
    int capacity = 16;
    mr_status status;

    *n = 0;
    *out = MR_NEW_ARRAY(arena, mr_batch *, capacity);
    for (;;) {
        mr_batch *batch;

        MR_CHECK(mr_operator_next(op, scratch, &batch, err));
        if (batch == NULL)
            break;
        if (*n == capacity) {
            mr_batch **more = MR_NEW_ARRAY(arena, mr_batch *, capacity * 2);

            memcpy(more, *out, sizeof(**out) * (size_t)capacity);
            *out = more;
            capacity *= 2;
        }
        (*out)[(*n)++] = mr_batch_copy(arena, batch);
        mr_arena_reset(scratch);
    }
    status = MR_OK;
fail:
    mr_arena_free(scratch);
    return status;
}
