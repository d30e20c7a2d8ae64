/* fn_session.c - what a session is: names, version; assert_true. */
#include "function/fn_priv.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#define CONSTANT(name, text)                                                                       \
    MR_FN_EVAL(name)                                                                               \
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

/* Who runs the process, as Spark finds it out: SPARK_USER, else the user of the system. */
static mr_status resolve_user(mr_fn_resolve *r, mr_error *err)
{
    const char *given = getenv("SPARK_USER");
    mr_str *name = MR_NEW(r->arena, mr_str);
    char text[1024];
    struct passwd entry, *found = NULL;

    (void)err;
    if (given != NULL)
        *name = mr_arena_str(r->arena, mr_str_from(given));
    else if (getpwuid_r(geteuid(), &entry, text, sizeof(text), &found) == 0 && found != NULL)
        *name = mr_arena_str(r->arena, mr_str_from(found->pw_name));
    else
        *name = mr_arena_printf(r->arena, "%lu", (unsigned long)geteuid());
    r->data = name;
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = false;
    return MR_OK;
}

MR_FN_EVAL(eval_user)
{
    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = *(const mr_str *)call->bound->data;
    return MR_OK;
}

/* Rows that come from no file. */
MR_FN_EVAL(eval_no_block)
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

MR_FN_EVAL(eval_assert)
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

#define USER(row_name)                                                                             \
    {                                                                                              \
        .name = (row_name), .resolve = resolve_user, .eval = eval_user                             \
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
    USER("current_user"),
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
    USER("session_user"),
    USER("user"),
    NAME("version", eval_version, NULL),
};

MR_FN_GROUP(mr_fn_session_group, rows);
