/* fn_field.c - fields of structs: of all structs of an array, replaced, added, dropped. */
#include "function/fn_priv.h"

/* The vector with a row of its own for every row. */
static const mr_vec *dense(const mr_fn_call *call, const mr_vec *vec)
{
    mr_vec *copy;

    if (!vec->constant)
        return vec;
    copy = MR_NEW(call->arena, mr_vec);
    mr_vec_gather(copy, vec, (mr_sel){ NULL, call->rows }, call->arena, false);
    return copy;
}

/* --- array.field
 * ------------------------------------------------------------------------------------ */

/* getfields(array, index of the field) */
static mr_status resolve_fields(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    const mr_field *field;

    if (t->id != MR_TYPE_ARRAY || t->fields[0].type->id != MR_TYPE_STRUCT ||
        !r->args[1].is_literal || r->args[1].literal.i64 < 0 ||
        r->args[1].literal.i64 >= t->fields[0].type->n_fields)
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY<STRUCT>\"", err);
    field = &t->fields[0].type->fields[r->args[1].literal.i64];
    r->result = mr_type_array(r->arena, field->type, t->fields[0].nullable || field->nullable);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* Null elements have null fields. */
static void merge_nulls(mr_vec *field, const mr_vec *structs, mr_arena *arena)
{
    uint8_t *valid;

    if (structs->valid == NULL || structs->n == 0)
        return;
    valid = mr_arena_alloc(arena, (size_t)structs->n);
    for (int32_t i = 0; i < structs->n; i++)
        valid[i] = structs->valid[i] && (field->valid == NULL || field->valid[i]);
    field->valid = valid;
}

MR_FN_EVAL(eval_fields)
{
    const mr_vec *in = dense(call, args[0]);
    const mr_vec *structs = &in->children[0];
    mr_vec *field = &out->children[0];

    (void)sel;
    (void)err;
    memcpy(out->offsets, in->offsets, sizeof(*out->offsets) * ((size_t)call->rows + 1));
    *field = *dense(call, &structs->children[MR_AT(args[1], i32, 0)]);
    merge_nulls(field, structs, call->arena);
    return MR_OK;
}

/* --- struct with one field more, less or anew
 * ------------------------------------------------------- */

/* Where the fields of the result come from: a field of the struct, or -1, the value. */
typedef struct update_plan {
    int n;
    int *from;
} update_plan;

static mr_status raise_all_dropped(mr_fn_resolve *r, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS", "sqlExpr",
                    mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, NULL);
}

/* update_fields(struct, name[, value]): without a value the field goes. */
static mr_status resolve_update(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    bool adds = r->n_args == 3, found = false;
    update_plan *plan = MR_NEW(r->arena, update_plan);
    mr_field *fields;

    if (t->id != MR_TYPE_STRUCT || !r->args[1].is_literal)
        return mr_fn_mismatch_arg(r, 0, "\"STRUCT\"", err);
    fields = MR_NEW_ARRAY(r->arena, mr_field, t->n_fields + 1);
    plan->from = MR_NEW_ARRAY(r->arena, int, t->n_fields + 1);
    for (int i = 0; i <= t->n_fields; i++) {
        bool is_it =
            i < t->n_fields &&
            (r->case_sensitive ? mr_str_equal(t->fields[i].name, r->args[1].literal.str)
                               : mr_str_equal_nocase(t->fields[i].name, r->args[1].literal.str));

        if (i < t->n_fields && !is_it) {
            fields[plan->n] = t->fields[i];
            plan->from[plan->n++] = i;
        } else if (adds && (is_it || !found)) {
            fields[plan->n] = (mr_field){
                r->args[1].literal.str, r->args[2].type, r->args[2].nullable, { NULL, 0 }
            };
            plan->from[plan->n++] = -1;
        }
        found |= is_it;
    }
    if (plan->n == 0)
        return raise_all_dropped(r, err);
    r->result = mr_type_struct(r->arena, fields, plan->n);
    r->nullable = r->args[0].nullable;
    r->data = plan;
    return MR_OK;
}

MR_FN_EVAL(eval_update)
{
    const update_plan *plan = call->bound->data;
    const mr_vec *in = dense(call, args[0]);

    (void)sel;
    (void)err;
    for (int i = 0; i < plan->n; i++)
        out->children[i] = *dense(call, plan->from[i] < 0 ? args[2] : &in->children[plan->from[i]]);
    out->valid = in->valid;
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "getfields",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_fields,
      .eval = eval_fields },
    { .name = "update_fields",
      .min_args = 2,
      .max_args = 3,
      .sees_nulls = true,
      .resolve = resolve_update,
      .eval = eval_update },
};

MR_FN_GROUP(mr_fn_field_group, rows);
