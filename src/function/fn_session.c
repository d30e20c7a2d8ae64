/* fn_session.c - what a session is: names, version; assert_true. */
#include "function/fn_priv.h"

#define EVAL(name)                                                                                 \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)

#define CONSTANT(name, text)                                                                       \
    EVAL(name)                                                                                     \
    {                                                                                              \
        (void)call;                                                                                \
        (void)args;                                                                                \
        (void)err;                                                                                 \
        MR_EACH(sel, row)                                                                          \
        out->str[row] = MR_STR(text);                                                              \
        return MR_OK;                                                                              \
    }

CONSTANT(eval_catalog, "spark_catalog")
CONSTANT(eval_schema, "default")
CONSTANT(eval_version, "4.1.0")
CONSTANT(eval_no_file, "")

/* Rows that come from no file. */
EVAL(eval_no_block)
{
    (void)call;
    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->i64[row] = -1;
    return MR_OK;
}

/* assert_true(condition[, message]) */
static mr_status resolve_assert(mr_fn_resolve *r, mr_error *err)
{
    mr_str *message = MR_NEW(r->arena, mr_str);

    MR_TRY(mr_fn_resolve_signature(r, err));
    *message = mr_arena_printf(r->arena, "'%.*s' is not true!", MR_STR_ARG(r->args[0].sql));
    r->data = message;
    r->nullable = true;
    return MR_OK;
}

EVAL(eval_assert)
{
    MR_EACH(sel, row)
    {
        bool given = call->bound->n_args > 1 && !mr_vec_is_null(args[1], row);
        mr_str message = given ? MR_AT(args[1], str, row) : *(const mr_str *)call->bound->data;

        if (mr_vec_is_null(args[0], row) || !MR_AT(args[0], u8, row))
            return mr_raise(err, MR_EXC_RUNTIME, "USER_RAISED_EXCEPTION", "errorMessage",
                            mr_arena_cstr(call->arena, message), NULL);
    }
    mr_vec_init_null(out, call->arena, out->type, out->n);
    return MR_OK;
}

#define NAME(row_name, ev, text)                                                                   \
    {                                                                                              \
        .name = (row_name), .signature = ":s", .resolve = mr_fn_resolve_signature, .eval = (ev),   \
        .print = (text)                                                                            \
    }

static const mr_function rows[] = {
    { .name = "assert_true",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .nondeterministic = true,
      .sees_nulls = true,
      .signature = "bs:a",
      .resolve = resolve_assert,
      .eval = eval_assert },
    NAME("current_catalog", eval_catalog, NULL),
    NAME("current_database", eval_schema, "current_schema"),
    NAME("current_schema", eval_schema, NULL),
    { .name = "input_file_block_length",
      .nondeterministic = true,
      .signature = ":l",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_no_block },
    { .name = "input_file_block_start",
      .nondeterministic = true,
      .signature = ":l",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_no_block },
    { .name = "input_file_name",
      .nondeterministic = true,
      .signature = ":s",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_no_file },
    NAME("version", eval_version, NULL),
};

MR_FN_GROUP(mr_fn_session_group, rows);
