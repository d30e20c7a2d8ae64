/* generate.c - explode and its like: a select item that becomes a GENERATE node and its columns. */
#include <stdio.h>

#include "analyze/analyze_priv.h"

static const mr_function *generator_of(const mr_xexpr *x)
{
    const mr_function *f;

    if (x->kind != MR_X_FUNCTION && x->kind != MR_X_CALL_FUNCTION)
        return NULL;
    f = mr_function_find(x->name);
    return f != NULL && f->is_generator ? f : NULL;
}

/* explode_outer, posexplode, inline_outer: what their names say. */
static int flags_of(const mr_function *f)
{
    int flags = strstr(f->name, "_outer") != NULL ? MR_GENERATE_OUTER : 0;

    if (strncmp(f->name, "pos", 3) == 0)
        flags |= MR_GENERATE_POSITION;
    if (strncmp(f->name, "inline", 6) == 0)
        flags |= MR_GENERATE_FIELDS;
    return flags;
}

/* The call of a function that makes its list of rows itself. */
static mr_expr *list_of(mr_analyzer *an, const mr_expr *call)
{
    mr_expr *list = MR_NEW(an->arena, mr_expr);

    *list = *call;
    list->type = mr_type_array(an->arena, call->type, false);
    list->bound.result = list->type;
    return list;
}

static void add_generated(mr_analyzer *an, mr_logical *node, const mr_type *columns,
                          const mr_xexpr *alias)
{
    int n = node->n_output;
    mr_attr *output = MR_NEW_ARRAY(an->arena, mr_attr, n + columns->n_fields);

    if (n > 0)
        memcpy(output, node->output, sizeof(mr_attr) * (size_t)n);
    for (int i = 0; i < columns->n_fields; i++)
        output[n + i] =
            (mr_attr){ .id = an->next_id++,
                       .name = alias != NULL ? alias->names[i] : columns->fields[i].name,
                       .type = columns->fields[i].type,
                       .nullable = columns->fields[i].nullable };
    node->output = output;
    node->n_output = n + columns->n_fields;
    node->generated = output + n;
    node->n_generated = columns->n_fields;
}

mr_status mr_an_lateral_view(mr_analyzer *an, const mr_xrel *rel, mr_logical *input,
                             mr_logical **out, mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input };
    mr_expr_list columns = { 0 };
    bool found = false;

    *out = input;
    MR_TRY(mr_an_generator(&scope, rel->exprs[0], out, &columns, &found, err));
    if (!found)
        return mr_an_unsupported(err, "LATERAL VIEW of a function that makes no rows");
    if (rel->is_outer)
        (*out)->generate_flags |= MR_GENERATE_OUTER;
    for (int i = (*out)->n_output - columns.n; i < (*out)->n_output; i++) {
        (*out)->output[i].qualifier = rel->name;
        (*out)->output[i].nullable |= rel->is_outer;
    }
    return MR_OK;
}

mr_status mr_an_generator(const mr_scope *scope, const mr_xexpr *x, mr_logical **plan,
                          mr_expr_list *out, bool *found, mr_error *err)
{
    mr_analyzer *an = scope->an;
    const mr_xexpr *alias = NULL, *arg;
    const mr_function *f;
    mr_expr_list args = { 0 };
    mr_expr *call;
    mr_logical *node;
    char number[2][16];

    MR_TRY(mr_an_parse_text(scope, x, &x, err));
    if (x->kind == MR_X_ALIAS) {
        alias = x;
        MR_TRY(mr_an_parse_text(scope, x->args[0], &x, err));
    }
    f = generator_of(x);
    *found = f != NULL;
    if (f == NULL)
        return MR_OK;
    for (int i = 0; i < x->n_args; i++) {
        mr_expr *expr;

        MR_TRY(mr_an_parse_text(scope, x->args[i], &arg, err));
        MR_TRY(mr_an_expr(scope, arg, &expr, err));
        mr_an_push(an->arena, &args, expr);
    }
    MR_TRY(mr_an_at(err, mr_an_bind(scope, f, x->name, &args, &call, err), x, scope->plan));
    if (alias != NULL && alias->n_names != call->type->n_fields) {
        snprintf(number[0], sizeof(number[0]), "%d", (int)call->type->n_fields);
        snprintf(number[1], sizeof(number[1]), "%d", alias->n_names);
        return mr_raise(err, MR_EXC_ANALYSIS, "UDTF_ALIAS_NUMBER_MISMATCH", "aliasesSize",
                        number[0], "aliasesNames", number[1], NULL);
    }
    node = mr_logical_new(an->arena, MR_L_GENERATE, *plan);
    node->exprs = MR_NEW_ARRAY(an->arena, mr_expr *, 1);
    node->exprs[0] = f->eval == NULL ? call->args[0] : list_of(an, call);
    node->n_exprs = 1;
    node->generate_flags = f->eval == NULL ? flags_of(f) : MR_GENERATE_FIELDS;
    add_generated(an, node, call->type, alias);
    for (int i = 0; i < node->n_generated; i++)
        mr_an_push(an->arena, out, mr_expr_attr(an->arena, &node->generated[i]));
    *plan = node;
    return MR_OK;
}
