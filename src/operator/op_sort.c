/* op_sort.c - sort (stable, whole input in memory) and batch deduplication. */
#include "operator/operator_priv.h"

#include <stdlib.h>

typedef struct sort_op {
    mr_operator base;
    mr_batch *sorted;
    int32_t at;
    bool is_drained;
} sort_op;

typedef struct sort_keys {
    const mr_vec *keys;
    const mr_spec *spec;
} sort_keys;

static int compare_rows(const void *a, const void *b, void *data)
{
    const sort_keys *k = data;
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    for (int i = 0; i < k->spec->n_results; i++) {
        bool null_x = mr_vec_is_null(&k->keys[i], x), null_y = mr_vec_is_null(&k->keys[i], y);
        int c;

        if (null_x || null_y) {
            if (null_x == null_y)
                continue;
            return null_x == k->spec->nulls_first[i] ? -1 : 1;
        }
        c = mr_vec_compare(&k->keys[i], x, &k->keys[i], y);
        if (c != 0)
            return k->spec->descending[i] ? -c : c;
    }
    return (x > y) - (x < y);
}

static mr_status sort_drain(sort_op *sort, mr_error *err)
{
    mr_operator *op = &sort->base;
    mr_program_env env = { op->arena, op->context->batch_time_us };
    mr_batch **parts;
    int n_parts;
    mr_batch *all;
    int32_t *rows;
    mr_vec *keys = MR_NEW_ARRAY(op->arena, mr_vec, op->spec->n_results + 1);
    sort_keys context = { keys, op->spec };

    MR_TRY(mr_operator_drain(op->inputs[0], op->arena, &parts, &n_parts, err));
    all = mr_batch_concat(op->arena, op->spec->schema, (const mr_batch *const *)parts, n_parts);
    MR_TRY(mr_program_run(op->spec->program, &env, all, all->sel, keys, err));
    rows = MR_NEW_ARRAY(op->arena, int32_t, all->n + 1);
    for (int32_t i = 0; i < all->n; i++)
        rows[i] = i;
    qsort_r(rows, (size_t)all->n, sizeof(*rows), compare_rows, &context);
    sort->sorted = mr_batch_new(op->arena, op->spec->schema, all->n);
    for (int c = 0; c < op->spec->schema->n_fields; c++)
        mr_vec_gather(&sort->sorted->cols[c], &all->cols[c], (mr_sel){ rows, all->n }, op->arena,
                      false);
    return MR_OK;
}

static mr_status sort_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    sort_op *sort = (sort_op *)op;

    *out = NULL;
    if (sort->is_drained)
        return MR_OK;
    sort->is_drained = true;
    MR_TRY(sort_drain(sort, err));
    *out = mr_arena_alloc(arena, sizeof(**out));
    **out = *sort->sorted;
    return MR_OK;
}

const mr_operator_ops mr_op_sort_ops = {
    .instance_size = sizeof(sort_op),
    .next = sort_next,
};

typedef struct deduplicate_op {
    mr_operator base;
    mr_groups *seen;
    mr_groups_spec spec;
    int64_t next_id;
} deduplicate_op;

static mr_status deduplicate_open(mr_operator *op, mr_error *err)
{
    deduplicate_op *d = (deduplicate_op *)op;

    (void)err;
    d->spec.time_key = -1;
    d->spec.n_keys = op->spec->n_results;
    return MR_OK;
}

static mr_status deduplicate_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    deduplicate_op *d = (deduplicate_op *)op;
    mr_program_env env = { arena, op->context->batch_time_us };
    mr_vec *keys = MR_NEW_ARRAY(arena, mr_vec, op->spec->n_results + 1);
    int32_t *ids, *rows, n = 0;

    MR_TRY(mr_operator_next(op->inputs[0], arena, out, err));
    if (*out == NULL)
        return MR_OK;
    MR_TRY(mr_program_run(op->spec->program, &env, *out, (*out)->sel, keys, err));
    if (d->seen == NULL) {
        const mr_type **types = MR_NEW_ARRAY(op->arena, const mr_type *, op->spec->n_results + 1);

        for (int i = 0; i < op->spec->n_results; i++)
            types[i] = keys[i].type;
        d->spec.key_types = types;
        d->seen = mr_groups_new(&d->spec);
    }
    ids = MR_NEW_ARRAY(arena, int32_t, (*out)->sel.n + 1);
    rows = MR_NEW_ARRAY(arena, int32_t, (*out)->sel.n + 1);
    mr_groups_upsert(d->seen, keys, (*out)->sel, ids);
    for (int32_t i = 0; i < (*out)->sel.n; i++)
        if (ids[i] == d->next_id) { /* ids are given in order of first sight */
            rows[n++] = mr_sel_row((*out)->sel, i);
            d->next_id++;
        }
    (*out)->sel = (mr_sel){ rows, n };
    return MR_OK;
}

static void deduplicate_close(mr_operator *op)
{
    mr_groups_free(((deduplicate_op *)op)->seen);
}

const mr_operator_ops mr_op_deduplicate_ops = {
    .instance_size = sizeof(deduplicate_op),
    .open = deduplicate_open,
    .next = deduplicate_next,
    .close = deduplicate_close,
};
