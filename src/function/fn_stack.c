/* fn_stack.c - stack(n, v1, v2, ...): values dealt out to n rows. */
#include "function/fn_priv.h"
#include "function/nested.h"

/* How many rows a call makes: its first argument. */
static mr_status rows_of(mr_fn_resolve *r, int32_t *out, mr_error *err)
{
    const mr_fn_arg *arg = &r->args[0];

    if (arg->type->id != MR_TYPE_INT)
        return mr_fn_mismatch_arg(r, 0, "\"INT\"", err);
    if (!arg->is_literal)
        return mr_fn_not_foldable(r, 0, "`n`", "\"INT\"", err);
    if (arg->literal.is_null)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.UNEXPECTED_NULL", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "exprName",
                        "`n`", NULL);
    if (arg->literal.i64 < 1 || arg->literal.i64 > INT32_MAX)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "exprName",
                        "`n`", "valueRange", "(0, 2147483647]", "currentValue",
                        mr_arena_printf(r->arena, "%lld", (long long)arg->literal.i64).ptr, NULL);
    *out = (int32_t)arg->literal.i64;
    return MR_OK;
}

static mr_status raise_types(mr_fn_resolve *r, int column, const int at[2], mr_error *err)
{
    mr_arena *arena = r->arena;

    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES", "sqlExpr",
                    mr_arena_printf(arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "columnIndex",
                    mr_arena_printf(arena, "%d", column).ptr, "leftParamIndex",
                    mr_arena_printf(arena, "%d", at[0]).ptr, "leftType",
                    mr_fn_type_sql(arena, r->args[at[0]].type), "rightParamIndex",
                    mr_arena_printf(arena, "%d", at[1]).ptr, "rightType",
                    mr_fn_type_sql(arena, r->args[at[1]].type), NULL);
}

/* The one type of the arguments of a column; what is NULL becomes it. */
static mr_status column_type(mr_fn_resolve *r, int column, int width, const mr_type **out,
                             mr_error *err)
{
    int typed = 0;

    *out = mr_type_of(MR_TYPE_NULL);
    for (int i = 1 + column; i < r->n_args; i += width) {
        if (r->args[i].type->id == MR_TYPE_NULL)
            continue;
        if (typed != 0 && !mr_type_equal(*out, r->args[i].type))
            return raise_types(r, column, (int[2]){ typed, i }, err);
        typed = i;
        *out = r->args[i].type;
    }
    for (int i = 1 + column; i < r->n_args; i += width)
        if (r->args[i].type->id == MR_TYPE_NULL)
            r->args[i].want = *out;
    return MR_OK;
}

static mr_status resolve_stack(mr_fn_resolve *r, mr_error *err)
{
    int32_t *n = MR_NEW(r->arena, int32_t);
    mr_field *fields;
    int width;

    MR_TRY(rows_of(r, n, err));
    width = (r->n_args - 2) / *n + 1;
    fields = MR_NEW_ARRAY(r->arena, mr_field, width);
    for (int c = 0; c < width; c++) {
        const mr_type *type;

        MR_TRY(column_type(r, c, width, &type, err));
        fields[c] = (mr_field){ mr_arena_printf(r->arena, "col%d", c), type, true, { NULL, 0 } };
    }
    r->data = n;
    r->result = mr_type_struct(r->arena, fields, width);
    r->nullable = false;
    return MR_OK;
}

/* One row of the input: n structs, written from `at` on. */
static void deal(const mr_fn_call *call, const mr_vec *const *args, int32_t row, mr_vec *structs,
                 int32_t at)
{
    int32_t n = *(const int32_t *)call->bound->data;
    int width = structs->type->n_fields;

    for (int32_t i = 0; i < n; i++)
        for (int c = 0; c < width; c++) {
            int64_t arg = 1 + (int64_t)i * width + c;

            if (row >= 0 && arg < call->bound->n_args)
                mr_nested_copy(&structs->children[c], at + i, args[arg], row, call->arena);
            else
                mr_vec_set_null(&structs->children[c], call->arena, at + i);
        }
}

static mr_status eval_stack(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    int32_t n = *(const int32_t *)call->bound->data, next = 0;
    mr_vec *structs = &out->children[0];

    if ((int64_t)n * call->rows > INT32_MAX)
        return mr_fail(err, MR_UNSUPPORTED, "stack() of more than 2147483647 rows at once");
    mr_vec_grow(structs, call->arena, n * call->rows);
    for (int32_t i = 0; i < call->rows; i++)
        out->offsets[i + 1] = (i + 1) * n;
    MR_EACH(sel, row)
    {
        for (; next < row; next++)
            deal(call, args, -1, structs, next * n);
        deal(call, args, row, structs, row * n);
        next = row + 1;
    }
    for (; next < call->rows; next++)
        deal(call, args, -1, structs, next * n);
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "stack",
      .min_args = 2,
      .max_args = -1,
      .is_generator = true,
      .sees_nulls = true,
      .resolve = resolve_stack,
      .eval = eval_stack },
};

MR_FN_GROUP(mr_fn_stack_group, rows);
