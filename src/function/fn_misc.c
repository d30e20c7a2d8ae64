/* fn_misc.c - struct, named_struct, typeof, nullif, nvl2, hash and errors raised on purpose. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include "column/row.h"

static mr_status resolve_struct(mr_fn_resolve *r, mr_error *err)
{
    int step = strcmp(r->function->name, "named_struct") == 0 ? 2 : 1;
    int n = r->n_args / step;
    mr_field *fields = MR_NEW_ARRAY(r->arena, mr_field, n + 1);

    for (int i = 0; i < n; i++) {
        const mr_fn_arg *value = &r->args[i * step + step - 1];

        fields[i] = (mr_field){
            mr_arena_printf(r->arena, "col%d", i + 1), value->type, value->nullable, { NULL, 0 }
        };
        if (step == 1)
            continue;
        if (!r->args[2 * i].is_literal || !mr_type_is_string(r->args[2 * i].type))
            return mr_raise(
                err, MR_EXC_ANALYSIS,
                "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING", "sqlExpr",
                mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "inputExprs",
                mr_arena_printf(r->arena, "[\"%.*s\"]", MR_STR_ARG(r->args[2 * i].sql)).ptr, NULL);
        fields[i].name = r->args[2 * i].literal.str;
    }
    r->result = mr_type_struct(r->arena, fields, n);
    r->nullable = false;
    return MR_OK;
}

/* The fields share the arguments' vectors; constants are spread out. */
static mr_status eval_struct(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    int step = call->bound->n_args == out->type->n_fields ? 1 : 2;

    (void)sel;
    (void)err;
    for (int i = 0; i < out->type->n_fields; i++) {
        const mr_vec *value = args[i * step + step - 1];

        if (value->constant)
            mr_vec_gather(&out->children[i], value, (mr_sel){ NULL, call->rows }, call->arena,
                          false);
        else
            out->children[i] = *value;
    }
    return MR_OK;
}

static mr_status resolve_typeof(mr_fn_resolve *r, mr_error *err)
{
    (void)err;
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = false;
    return MR_OK;
}

static mr_status eval_typeof(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    mr_buf buf = { 0 };
    mr_str text;

    (void)args;
    (void)err;
    mr_type_print_simple(call->bound->args[0], &buf);
    text = mr_arena_str(call->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    MR_EACH(sel, row)
    out->str[row] = text;
    return MR_OK;
}

static mr_status resolve_nullif(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *common;

    MR_TRY(mr_fn_resolve_common(r, 0, &common, err));
    r->result = common;
    r->nullable = true;
    return MR_OK;
}

static mr_status eval_nullif(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        bool same = !mr_vec_is_null(args[0], row) && mr_nested_equal(args[0], row, args[1], row);

        if (same || mr_vec_is_null(args[0], row))
            mr_fn_null(call, out, row);
        else
            mr_nested_copy(out, row, args[0], row, call->arena);
    }
    return MR_OK;
}

static mr_status resolve_nvl2(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_common(r, 1, &r->result, err));
    r->nullable = r->args[1].nullable || r->args[2].nullable;
    return MR_OK;
}

static mr_status eval_nvl2(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    mr_nested_copy(out, row, args[mr_vec_is_null(args[0], row) ? 2 : 1], row, call->arena);
    return MR_OK;
}

static mr_status resolve_hash(mr_fn_resolve *r, mr_error *err)
{
    (void)err;
    r->result = mr_type_of(MR_TYPE_INT);
    r->nullable = false;
    return MR_OK;
}

static mr_status eval_hash(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        int32_t h = 42;

        for (int i = 0; i < call->bound->n_args; i++)
            h = mr_row_hash(args[i], row, h);
        out->i32[row] = h;
    }
    return MR_OK;
}

static mr_status eval_raise(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)out;
    MR_EACH(sel, row)
    return mr_raise(err, MR_EXC_RUNTIME, "USER_RAISED_EXCEPTION", "errorMessage",
                    mr_arena_cstr(call->arena, MR_AT(args[0], str, row)), NULL);
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "hash",
      .min_args = 1,
      .max_args = -1,
      .sees_nulls = true,
      .resolve = resolve_hash,
      .eval = eval_hash },
    { .name = "named_struct",
      .min_args = 2,
      .max_args = -1,
      .sees_nulls = true,
      .resolve = resolve_struct,
      .eval = eval_struct },
    { .name = "nullif",
      .min_args = 2,
      .max_args = 2,
      .sees_nulls = true,
      .resolve = resolve_nullif,
      .eval = eval_nullif },
    { .name = "nvl2",
      .min_args = 3,
      .max_args = 3,
      .sees_nulls = true,
      .resolve = resolve_nvl2,
      .eval = eval_nvl2 },
    { .name = "raise_error",
      .min_args = 1,
      .max_args = 1,
      .can_raise = true,
      .nondeterministic = true,
      .signature = "s:a",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_raise },
    { .name = "struct",
      .min_args = 1,
      .max_args = -1,
      .special = MR_SPECIAL_STRUCT,
      .sees_nulls = true,
      .resolve = resolve_struct,
      .eval = eval_struct },
    { .name = "typeof",
      .min_args = 1,
      .max_args = 1,
      .sees_nulls = true,
      .resolve = resolve_typeof,
      .eval = eval_typeof },
};

MR_FN_GROUP(mr_fn_misc_group, rows);
