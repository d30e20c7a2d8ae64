/* source_filter.c - which conditions Spark hands to a file scan, whose metrics then leave out the
 * rows that they drop.
 */
#include "plan/expr.h"

#include <string.h>

static bool is_constant(const mr_expr *e)
{
    if (e->kind == MR_E_ATTR)
        return false;
    for (int i = 0; i < e->n_args; i++)
        if (!is_constant(e->args[i]))
            return false;
    return mr_expr_is_deterministic(e) && e->kind != MR_E_AGGREGATE && e->kind != MR_E_WINDOW;
}

/* A column, also under a widening that the comparison's other side can do without. */
static bool is_column(const mr_expr *e)
{
    if (e->kind == MR_E_CAST && !e->is_user_cast && mr_type_is_integral(e->args[0]->type) &&
        mr_type_is_numeric(e->type) && !mr_expr_can_raise(e) &&
        !(e->args[0]->type->id == MR_TYPE_LONG && !mr_type_is_integral(e->type)))
        e = e->args[0];
    return e->kind == MR_E_ATTR && e->type->n_fields == 0;
}

static bool is_named(const mr_expr *e, const char *const *names, size_t n)
{
    for (size_t i = 0; e->kind == MR_E_CALL && i < n; i++)
        if (strcmp(e->function->name, names[i]) == 0)
            return true;
    return false;
}
#define IS_NAMED(e, names) is_named(e, names, sizeof(names) / sizeof((names)[0]))

static bool is_comparison(const mr_expr *e)
{
    static const char *const names[] = { "==", "=", "!=", "<>", "<", "<=", ">", ">=", "<=>" };

    return IS_NAMED(e, names) && e->n_args == 2 &&
           ((is_column(e->args[0]) && is_constant(e->args[1])) ||
            (is_constant(e->args[0]) && is_column(e->args[1])));
}

static bool is_test(const mr_expr *e)
{
    static const char *const names[] = { "isnull", "isnotnull", "startswith", "endswith",
                                         "contains" };

    if (!IS_NAMED(e, names) || e->args[0]->kind != MR_E_ATTR)
        return false;
    return e->n_args == 1 || is_constant(e->args[1]);
}

/* Patterns that Spark rewrites: "abc", "abc%", "%abc", "%abc%", "a%c". */
static bool is_simple_like(const mr_expr *e)
{
    static const char *const names[] = { "like" };
    mr_str pattern;

    if (!IS_NAMED(e, names) || e->args[0]->kind != MR_E_ATTR || e->args[1]->kind != MR_E_LITERAL ||
        e->args[1]->literal.is_null)
        return false;
    pattern = e->args[1]->literal.str;
    for (size_t i = 0; i < pattern.len; i++)
        if (pattern.ptr[i] == '_' || pattern.ptr[i] == '\\')
            return false;
    return true;
}

static bool is_in(const mr_expr *e)
{
    if (e->kind != MR_E_IN || !is_column(e->args[0]))
        return false;
    for (int i = 1; i < e->n_args; i++)
        if (!is_constant(e->args[i]))
            return false;
    return true;
}

bool mr_expr_is_source_filter(const mr_expr *e)
{
    static const char *const negations[] = { "not", "!" };

    if (e->kind == MR_E_AND || e->kind == MR_E_OR)
        return mr_expr_is_source_filter(e->args[0]) && mr_expr_is_source_filter(e->args[1]);
    if (IS_NAMED(e, negations))
        return mr_expr_is_source_filter(e->args[0]);
    if (e->kind == MR_E_ATTR)
        return e->type->id == MR_TYPE_BOOLEAN;
    return is_comparison(e) || is_test(e) || is_simple_like(e) || is_in(e);
}

void mr_expr_each_not_null(const mr_expr *e, void (*visit)(void *data, const mr_expr *attr),
                           void *data)
{
    if (e->kind == MR_E_ATTR) {
        visit(data, e);
        return;
    }
    if (e->kind == MR_E_CALL && strcmp(e->function->name, "isnotnull") == 0) {
        mr_expr_each_not_null(e->args[0], visit, data);
        return;
    }
    if (e->kind != MR_E_CAST && e->kind != MR_E_FIELD &&
        !(e->kind == MR_E_CALL && !e->function->sees_nulls))
        return;
    for (int i = 0; i < e->n_args; i++)
        mr_expr_each_not_null(e->args[i], visit, data);
}
