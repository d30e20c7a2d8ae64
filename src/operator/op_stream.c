/* op_stream.c - operators that pass rows on one batch at a time: scan, project, filter, union. */
#include "operator/operator_priv.h"

typedef struct scan_op {
    mr_operator base;
    mr_op_reader reader;
    int64_t rows; /* counted here unless a filter above is part of the scan */
} scan_op;

static mr_status scan_open(mr_operator *op, mr_error *err)
{
    return op->context->open_reader(op->context->data, op->spec, op->lane, &((scan_op *)op)->reader,
                                    err);
}

static mr_status scan_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    scan_op *scan = (scan_op *)op;

    MR_TRY(scan->reader.next(scan->reader.self, arena, out, err));
    if (*out != NULL)
        scan->rows += (*out)->sel.n;
    return MR_OK;
}

static void count_input(mr_operator *op, int scan_id, int64_t rows)
{
    if (op->context->scan_rows == NULL)
        return;
    pthread_mutex_lock(op->context->lock);
    op->context->scan_rows[scan_id] += rows;
    pthread_mutex_unlock(op->context->lock);
}

static void scan_close(mr_operator *op)
{
    scan_op *scan = (scan_op *)op;

    count_input(op, op->spec->scan_id, scan->rows);
    if (scan->reader.close != NULL)
        scan->reader.close(scan->reader.self);
}

const mr_operator_ops mr_op_scan_ops = {
    .instance_size = sizeof(scan_op),
    .open = scan_open,
    .next = scan_next,
    .close = scan_close,
};

/* Applies the program to the selected rows and keeps the selection. */
static mr_status project_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    mr_program_env env = { arena, op->context->batch_time_us };
    mr_batch *in, *result;

    MR_TRY(mr_operator_next(op->inputs[0], arena, &in, err));
    *out = NULL;
    if (in == NULL)
        return MR_OK;
    result = mr_batch_new(arena, op->spec->schema, in->n);
    result->sel = in->sel;
    MR_TRY(mr_program_run(op->spec->program, &env, in, in->sel, result->cols, err));
    *out = result;
    return MR_OK;
}

const mr_operator_ops mr_op_project_ops = {
    .instance_size = sizeof(mr_operator),
    .next = project_next,
};

typedef struct filter_op {
    mr_operator base;
    int64_t dropped; /* by a filter that belongs to the scan */
} filter_op;

/* A record without the column, or with a bad value for it, is not tested by the scan. */
static bool is_tested(const mr_spec_test *test, const mr_batch *in, int32_t row)
{
    for (int i = 0; i < test->n_columns; i++) {
        const mr_vec *col = &in->cols[test->columns[i]];

        if (mr_vec_is_null(col, row) && (col->told == NULL || !col->told[row]))
            return false;
    }
    return true;
}

/* Marks the rows that the scan drops for this test. */
static mr_status mark_dropped(const mr_spec_test *test, const mr_program_env *env,
                              const mr_batch *in, mr_sel rows, uint8_t *dropped, mr_error *err)
{
    mr_sel kept;
    int32_t next = 0;

    MR_TRY(mr_program_filter(test->program, env, in, rows, &kept, err));
    for (int32_t i = 0; i < rows.n; i++) {
        int32_t row = mr_sel_row(rows, i);
        bool is_kept = next < kept.n && mr_sel_row(kept, next) == row;

        next += is_kept;
        if (!is_kept && is_tested(test, in, row))
            dropped[row] = 1;
    }
    return MR_OK;
}

static bool has_untold(const mr_spec *spec, const mr_batch *in)
{
    for (int t = 0; t < spec->n_tests; t++)
        for (int i = 0; i < spec->tests[t].n_columns; i++)
            if (in->cols[spec->tests[t].columns[i]].valid != NULL)
                return true;
    return false;
}

/* How many of the rows that failed the filter are not input: the scan itself left them out. */
static mr_status count_dropped(const mr_operator *op, const mr_program_env *env, const mr_batch *in,
                               mr_sel before, int64_t *out, mr_error *err)
{
    const mr_spec *spec = op->spec;
    uint8_t *dropped;

    *out += before.n - in->sel.n;
    if (before.n == in->sel.n || !has_untold(spec, in))
        return MR_OK;
    *out -= before.n - in->sel.n;
    dropped = mr_arena_zalloc(env->arena, (size_t)in->n + 1);
    for (int t = 0; t < spec->n_tests; t++)
        MR_TRY(mark_dropped(&spec->tests[t], env, in, before, dropped, err));
    for (int32_t i = 0; i < before.n; i++)
        *out += dropped[mr_sel_row(before, i)];
    return MR_OK;
}

static void not_input(mr_operator *op, int64_t rows)
{
    const mr_spec *scan = op->spec;

    while (scan->kind != MR_L_SCAN)
        scan = scan->inputs[0];
    count_input(op, scan->scan_id, -rows);
}

static mr_status filter_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    mr_program_env env = { arena, op->context->batch_time_us };
    mr_batch *in;
    mr_sel before;

    MR_TRY(mr_operator_next(op->inputs[0], arena, &in, err));
    *out = in;
    if (in == NULL)
        return MR_OK;
    before = in->sel;
    MR_TRY(mr_program_filter(op->spec->program, &env, in, in->sel, &in->sel, err));
    if (!op->spec->is_pushed)
        return MR_OK;
    return count_dropped(op, &env, in, before, &((filter_op *)op)->dropped, err);
}

static void filter_close(mr_operator *op)
{
    if (op->spec->is_pushed)
        not_input(op, ((filter_op *)op)->dropped);
}

const mr_operator_ops mr_op_filter_ops = {
    .instance_size = sizeof(filter_op),
    .next = filter_next,
    .close = filter_close,
};

typedef struct union_op {
    mr_operator base;
    int at;
} union_op;

static mr_status union_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    union_op *all = (union_op *)op;

    *out = NULL;
    for (; *out == NULL && all->at < op->spec->n_inputs; all->at += *out == NULL)
        MR_TRY(mr_operator_next(op->inputs[all->at], arena, out, err));
    if (*out != NULL)
        (*out)->schema = op->spec->schema;
    return MR_OK;
}

const mr_operator_ops mr_op_union_ops = {
    .instance_size = sizeof(union_op),
    .next = union_next,
};
