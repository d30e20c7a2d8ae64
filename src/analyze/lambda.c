/* lambda.c - calls of functions that take lambdas: variables, bodies, binding. */
#include "analyze/analyze_priv.h"

/* Ids of variables say how deep the lambda stands, so that equal lambdas are equal expressions. */
#define FIRST_ID (INT32_MIN / 2)
#define MAX_VARS 3

typedef struct mr_lambda_vars {
    const struct mr_lambda_vars *outer;
    mr_str names[MAX_VARS];
    mr_field fields[MAX_VARS];
    int n;
    int depth;
} lambda_vars;

static mr_expr *variable(const mr_scope *scope, const lambda_vars *vars, int i)
{
    mr_attr attr = { .id = FIRST_ID + vars->depth * MAX_VARS + i,
                     .name = vars->names[i],
                     .type = vars->fields[i].type,
                     .nullable = vars->fields[i].nullable };
    mr_expr *expr = mr_expr_attr(scope->an->arena, &attr);

    expr->index = MR_EXPR_LAMBDA_VARIABLE;
    return expr;
}

mr_status mr_an_lambda_variable(const mr_scope *scope, const mr_xexpr *x, mr_expr **out,
                                mr_error *err)
{
    if (x->n_names < 1)
        return mr_fail(err, MR_INVALID, "a lambda variable without a name");
    for (const lambda_vars *v = scope->lambdas; v != NULL; v = v->outer)
        for (int i = 0; i < v->n; i++) {
            if (!mr_an_same_name(scope->an, v->names[i], x->names[0]))
                continue;
            *out = variable(scope, v, i);
            for (int k = 1; k < x->n_names; k++)
                MR_TRY(mr_an_field(scope->an, *out, x->names[k], out, err));
            return MR_OK;
        }
    return mr_an_at(err, mr_an_no_column(err, scope->an->arena, x->names[0], scope->plan), x,
                    scope->plan);
}

static mr_status raise_count(const mr_scope *scope, const mr_xexpr *x, int wanted, int given,
                             mr_error *err)
{
    mr_arena *arena = scope->an->arena;

    return mr_an_at(
        err,
        mr_raise(err, MR_EXC_ANALYSIS, "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
                 "expectedNumArgs", mr_arena_cstr(arena, mr_arena_printf(arena, "%d", wanted)),
                 "actualNumArgs", mr_arena_cstr(arena, mr_arena_printf(arena, "%d", given)), NULL),
        x, NULL);
}

/* x (a lambda, or an expression that uses no variable) as argument `arg`, whose variables may have
 * the types fields[n]. */
static mr_status resolve_lambda(const mr_scope *scope, const mr_xexpr *x, const mr_field *fields,
                                int n, mr_expr **out, mr_error *err)
{
    mr_scope inner = *scope;
    lambda_vars vars = { .outer = scope->lambdas };
    mr_expr *body;

    vars.depth = scope->lambdas == NULL ? 0 : scope->lambdas->depth + 1;
    vars.n = x->kind == MR_X_LAMBDA ? x->n_args - 1 : 0;
    if (vars.n > n || vars.n > MAX_VARS)
        return raise_count(scope, x, vars.n, n, err);
    for (int i = 0; i < vars.n; i++) {
        if (x->args[i + 1]->n_names < 1)
            return mr_fail(err, MR_INVALID, "a lambda variable without a name");
        vars.names[i] = x->args[i + 1]->names[0];
        vars.fields[i] = fields[i];
    }
    inner.lambdas = &vars;
    MR_TRY(mr_an_expr(&inner, x->kind == MR_X_LAMBDA ? x->args[0] : x, &body, err));
    *out = mr_expr_new(scope->an->arena, MR_E_LAMBDA, body->type, body->nullable);
    (*out)->args = MR_NEW_ARRAY(scope->an->arena, mr_expr *, 1);
    (*out)->args[0] = body;
    (*out)->n_args = 1;
    (*out)->lambda_ids = MR_NEW_ARRAY(scope->an->arena, int32_t, vars.n + 1);
    (*out)->n_lambda_ids = vars.n;
    for (int i = 0; i < vars.n; i++)
        (*out)->lambda_ids[i] = FIRST_ID + vars.depth * MAX_VARS + i;
    return MR_OK;
}

mr_status mr_an_lambda_args(const mr_scope *scope, const mr_function *f, const mr_xexpr *x,
                            mr_expr_list *args, mr_error *err)
{
    mr_arena *arena = scope->an->arena;
    mr_fn_arg *known = MR_NEW_ARRAY(arena, mr_fn_arg, x->n_args + 1);
    mr_fn_resolve r = { .arena = arena,
                        .function = f,
                        .name = x->name,
                        .args = known,
                        .ansi = scope->an->env->ansi,
                        .case_sensitive = scope->an->env->case_sensitive };

    for (int i = 0; i < x->n_args; i++) {
        mr_field fields[MAX_VARS];
        int n = i == 0 ? 0 : f->lambda_vars(&r, i, fields);
        const mr_xexpr *arg;
        mr_expr *expr;

        MR_TRY(mr_an_parse_text(scope, x->args[i], &arg, err));
        if (n > 0)
            MR_TRY(resolve_lambda(scope, arg, fields, n, &expr, err));
        else if (arg->kind == MR_X_LAMBDA) /* the type of another argument is wrong: bind says so */
            expr = mr_expr_literal(arena, mr_scalar_null(mr_type_of(MR_TYPE_NULL)));
        else
            MR_TRY(mr_an_expr(scope, arg, &expr, err));
        known[i] = (mr_fn_arg){ .type = expr->type,
                                .nullable = expr->nullable,
                                .is_lambda = expr->kind == MR_E_LAMBDA };
        r.n_args = i + 1;
        mr_an_push(arena, args, expr);
    }
    return MR_OK;
}
