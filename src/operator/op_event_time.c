/* op_event_time.c - the watermark node, which measures, and window assignment, which multiplies. */
#include "operator/operator_priv.h"

typedef struct watermark_op {
    mr_operator base;
    mr_event_stats stats;
} watermark_op;

static int64_t floor_ms(int64_t us)
{
    return us >= 0 ? us / 1000 : -((-us + 999) / 1000);
}

/* The event time of a row in milliseconds; null reads as 0 (features.md WM-02). */
static int64_t event_ms(const mr_vec *vec, int32_t row)
{
    if (mr_vec_is_null(vec, row))
        return 0;
    if (vec->type->id == MR_TYPE_STRUCT)
        return event_ms(&vec->children[1], vec->constant ? 0 : row);
    return floor_ms(vec->i64[mr_vec_index(vec, row)]);
}

static mr_status watermark_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    mr_event_stats seen = { 0, INT64_MIN, INT64_MAX, 0 };
    const mr_vec *times;

    MR_TRY(mr_operator_next(op->inputs[0], arena, out, err));
    if (*out == NULL)
        return MR_OK;
    times = &(*out)->cols[op->spec->time_column];
    for (int32_t i = 0; i < (*out)->sel.n; i++) {
        int64_t ms = event_ms(times, mr_sel_row((*out)->sel, i));

        seen.max_ms = ms > seen.max_ms ? ms : seen.max_ms;
        seen.min_ms = ms < seen.min_ms ? ms : seen.min_ms;
        seen.sum_ms += (double)ms;
    }
    seen.count = (*out)->sel.n;
    mr_event_stats_merge(&((watermark_op *)op)->stats, &seen);
    return MR_OK;
}

static void watermark_close(mr_operator *op)
{
    if (op->context->event_stats == NULL)
        return;
    pthread_mutex_lock(op->context->lock);
    mr_event_stats_merge(&op->context->event_stats[op->spec->watermark_id],
                         &((watermark_op *)op)->stats);
    pthread_mutex_unlock(op->context->lock);
}

const mr_operator_ops mr_op_watermark_ops = {
    .instance_size = sizeof(watermark_op),
    .next = watermark_next,
    .close = watermark_close,
};

/* Start of the last window that begins at or before t (features.md WIN-02). */
static int64_t last_start(const mr_spec *spec, int64_t t)
{
    int64_t r = (t - spec->start_us) % spec->slide_us;

    if (r < 0)
        r += spec->slide_us;
    return t - r;
}

/* Rows of the result: the input row and the start of its window. */
typedef struct assignment {
    int32_t *rows;
    int64_t *starts;
    int32_t n;
    int64_t latest; /* last window start, of the row before */
    bool has_latest;
} assignment;

static void assign_row(const mr_spec *spec, int64_t t, int32_t row, int64_t n_windows,
                       assignment *to)
{
    bool is_exact = n_windows * spec->slide_us == spec->width_us;
    int64_t latest;

    if (!to->has_latest || (uint64_t)t - (uint64_t)to->latest >= (uint64_t)spec->slide_us)
        to->latest = last_start(spec, t);
    to->has_latest = true;
    latest = to->latest;
    for (int64_t i = 0; i < n_windows; i++) {
        int64_t start = latest - i * spec->slide_us;

        if (!is_exact && (t < start || t >= start + spec->width_us))
            continue;
        to->rows[to->n] = row;
        to->starts[to->n++] = start;
    }
}

static void set_window(const mr_spec *spec, const assignment *a, mr_vec *out, mr_arena *arena)
{
    mr_vec_init(out, arena, spec->schema->fields[spec->schema->n_fields - 1].type, a->n);
    for (int32_t i = 0; i < a->n; i++) {
        out->children[0].i64[i] = a->starts[i];
        out->children[1].i64[i] = a->starts[i] + spec->width_us;
    }
}

static mr_status window_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    const mr_spec *spec = op->spec;
    mr_program_env env = { arena, op->context->batch_time_us };
    int64_t n_windows = (spec->width_us + spec->slide_us - 1) / spec->slide_us;
    int n_cols = spec->schema->n_fields - 1;
    assignment a = { 0 };
    mr_batch *in, *result;
    mr_vec time;

    MR_TRY(mr_operator_next(op->inputs[0], arena, &in, err));
    *out = NULL;
    if (in == NULL)
        return MR_OK;
    MR_TRY(mr_program_run(spec->program, &env, in, in->sel, &time, err));
    if (n_windows * in->sel.n > INT32_MAX)
        return mr_fail(err, MR_NOMEM,
                       "a batch of %d rows falls into more windows than fit in memory", in->sel.n);
    a.rows = MR_NEW_ARRAY(arena, int32_t, n_windows * in->sel.n + 1);
    a.starts = MR_NEW_ARRAY(arena, int64_t, n_windows * in->sel.n + 1);
    for (int32_t i = 0; i < in->sel.n; i++) {
        int32_t row = mr_sel_row(in->sel, i);

        if (!mr_vec_is_null(&time, row))
            assign_row(spec, time.i64[mr_vec_index(&time, row)], row, n_windows, &a);
    }
    result = mr_batch_new(arena, spec->schema, a.n);
    for (int c = 0; c < n_cols; c++)
        if (n_windows == 1 && in->sel.rows == NULL && a.n == in->n)
            result->cols[c] = in->cols[c]; /* every row once */
        else
            mr_vec_gather(&result->cols[c], &in->cols[c], (mr_sel){ a.rows, a.n }, arena, false);
    set_window(spec, &a, &result->cols[n_cols], arena);
    *out = result;
    return MR_OK;
}

const mr_operator_ops mr_op_window_ops = {
    .instance_size = sizeof(mr_operator),
    .next = window_next,
};
