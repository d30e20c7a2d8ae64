/* op_generate.c - GENERATE: each row once for every element of a list of its own. */
#include "operator/operator_priv.h"

/* Rows of the result: the input row and its element in the children of the list; -1 = none (an
 * outer generator over an empty list). */
typedef struct expansion {
    int32_t *rows;
    int32_t *elements;
    int32_t *positions;
    int32_t n;
} expansion;

static int32_t size_of(const mr_vec *list, int32_t row)
{
    int32_t at = mr_vec_index(list, row);

    return mr_vec_is_null(list, row) ? 0 : list->offsets[at + 1] - list->offsets[at];
}

static mr_status expand(const mr_batch *in, const mr_vec *list, bool outer, mr_arena *arena,
                        expansion *out, mr_error *err)
{
    int64_t n = 0;

    for (int32_t i = 0; i < in->sel.n; i++) {
        int32_t size = size_of(list, mr_sel_row(in->sel, i));

        n += size == 0 && outer ? 1 : size;
    }
    if (n > INT32_MAX / 2)
        return mr_fail(err, MR_NOMEM, "a batch of %d rows has more elements than fit in memory",
                       (int)in->sel.n);
    out->rows = MR_NEW_ARRAY(arena, int32_t, n + 1);
    out->elements = MR_NEW_ARRAY(arena, int32_t, n + 1);
    out->positions = MR_NEW_ARRAY(arena, int32_t, n + 1);
    for (int32_t i = 0; i < in->sel.n; i++) {
        int32_t row = mr_sel_row(in->sel, i), size = size_of(list, row);

        for (int32_t k = 0; k < size || (k == 0 && outer); k++) {
            out->rows[out->n] = row;
            out->positions[out->n] = k;
            out->elements[out->n++] = size == 0 ? -1 : list->offsets[mr_vec_index(list, row)] + k;
        }
    }
    return MR_OK;
}

static void set_positions(const expansion *e, mr_vec *out, mr_arena *arena)
{
    mr_vec_init(out, arena, mr_type_of(MR_TYPE_INT), e->n);
    for (int32_t i = 0; i < e->n; i++) {
        out->i32[i] = e->positions[i];
        if (e->elements[i] < 0)
            mr_vec_set_null(out, arena, i);
    }
}

/* The elements of a child of the list, one a row. */
static void set_elements(const expansion *e, const mr_vec *child, mr_vec *out, mr_arena *arena)
{
    int32_t *picked = MR_NEW_ARRAY(arena, int32_t, e->n + 1);
    bool any_missing = false;

    for (int32_t i = 0; i < e->n; i++) {
        picked[i] = e->elements[i] < 0 ? 0 : e->elements[i];
        any_missing = any_missing || e->elements[i] < 0;
    }
    if (child->n == 0) { /* nothing but missing ones */
        mr_vec_init_null(out, arena, child->type, e->n);
        return;
    }
    mr_vec_gather(out, child, (mr_sel){ picked, e->n }, arena, false);
    if (!any_missing)
        return;
    mr_vec_need_valid(out, arena);
    for (int32_t i = 0; i < e->n; i++)
        if (e->elements[i] < 0)
            out->valid[i] = 0;
}

/* Fields of a struct column as columns; a null struct has null fields. */
static void set_fields(const mr_vec *structs, mr_vec *out, int n, mr_arena *arena)
{
    for (int f = 0; f < n; f++) {
        if (structs->constant || structs->type->n_fields != n) {
            mr_vec_init_null(&out[f], arena, structs->type->fields[f].type, structs->n);
            continue;
        }
        out[f] = structs->children[f];
        if (structs->valid == NULL)
            continue;
        mr_vec_need_valid(&out[f], arena);
        for (int32_t i = 0; i < structs->n; i++)
            out[f].valid[i] &= structs->valid[i];
    }
}

static void set_generated(const mr_spec *spec, const expansion *e, const mr_vec *list, mr_vec *out,
                          mr_arena *arena)
{
    int at = 0;

    if (spec->generate_flags & MR_GENERATE_POSITION)
        set_positions(e, &out[at++], arena);
    if (spec->generate_flags & MR_GENERATE_FIELDS) {
        mr_vec structs;

        set_elements(e, &list->children[0], &structs, arena);
        set_fields(&structs, out + at, spec->n_generated, arena);
        return;
    }
    for (int i = 0; i < list->type->n_fields; i++)
        set_elements(e, &list->children[i], &out[at++], arena);
}

static mr_status generate_next(mr_operator *op, mr_arena *arena, mr_batch **out, mr_error *err)
{
    const mr_spec *spec = op->spec;
    mr_program_env env = { arena, op->context->batch_time_us };
    int n_cols = spec->schema->n_fields - spec->n_generated;
    expansion e = { 0 };
    mr_batch *in, *result;
    mr_vec list;

    MR_TRY(mr_operator_next(op->inputs[0], arena, &in, err));
    *out = NULL;
    if (in == NULL)
        return MR_OK;
    MR_TRY(mr_program_run(spec->program, &env, in, in->sel, &list, err));
    MR_TRY(expand(in, &list, spec->generate_flags & MR_GENERATE_OUTER, arena, &e, err));
    result = mr_batch_new(arena, spec->schema, e.n);
    for (int c = 0; c < n_cols; c++)
        mr_vec_gather(&result->cols[c], &in->cols[c], (mr_sel){ e.rows, e.n }, arena, false);
    set_generated(spec, &e, &list, &result->cols[n_cols], arena);
    *out = result;
    return MR_OK;
}

const mr_operator_ops mr_op_generate_ops = {
    .instance_size = sizeof(mr_operator),
    .next = generate_next,
};
