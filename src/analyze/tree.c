/* tree.c - expressions as trees: walking, replacing, projecting. */
#include <stdlib.h>

#include "analyze/analyze_priv.h"

static mr_expr *copy_with(mr_arena *arena, const mr_expr *expr)
{
    mr_expr *copy = MR_NEW(arena, mr_expr);

    *copy = *expr;
    if (expr->n_args > 0) {
        copy->args = MR_NEW_ARRAY(arena, mr_expr *, expr->n_args);
        memcpy(copy->args, expr->args, sizeof(mr_expr *) * (size_t)expr->n_args);
    }
    return copy;
}

mr_expr *mr_an_map(mr_arena *arena, mr_expr *expr, mr_expr *(*fn)(void *data, mr_expr *expr),
                   void *data)
{
    mr_expr *replaced = fn(data, expr);
    mr_expr *copy = NULL;

    if (replaced != NULL)
        return replaced;
    for (int i = 0; i < expr->n_args; i++) {
        mr_expr *arg = mr_an_map(arena, expr->args[i], fn, data);

        if (arg == expr->args[i])
            continue;
        if (copy == NULL)
            copy = copy_with(arena, expr);
        copy->args[i] = arg;
    }
    if (expr->filter != NULL) {
        mr_expr *filter = mr_an_map(arena, expr->filter, fn, data);

        if (filter != expr->filter) {
            if (copy == NULL)
                copy = copy_with(arena, expr);
            copy->filter = filter;
        }
    }
    return copy == NULL ? expr : copy;
}

bool mr_an_any(const mr_expr *expr, bool (*test)(void *data, const mr_expr *expr), void *data)
{
    if (test(data, expr))
        return true;
    for (int i = 0; i < expr->n_args; i++)
        if (mr_an_any(expr->args[i], test, data))
            return true;
    return expr->filter != NULL && mr_an_any(expr->filter, test, data);
}

static bool is_kind(void *data, const mr_expr *expr)
{
    return expr->kind == *(const mr_expr_kind *)data;
}

bool mr_an_has_kind(const mr_expr *expr, mr_expr_kind kind)
{
    return mr_an_any(expr, is_kind, &kind);
}

static bool is_not_constant(void *data, const mr_expr *expr)
{
    (void)data;
    switch (expr->kind) {
    case MR_E_ATTR:
    case MR_E_AGGREGATE:
    case MR_E_WINDOW:
    case MR_E_LAMBDA:
        return true;
    case MR_E_CALL:
        return expr->function->nondeterministic || expr->function->special == MR_SPECIAL_NOW;
    default:
        return false;
    }
}

bool mr_an_is_foldable(const mr_expr *expr)
{
    return !mr_an_any(expr, is_not_constant, NULL);
}

const mr_attr *mr_an_find(const mr_attr *attrs, int n, int32_t id)
{
    for (int i = 0; i < n; i++)
        if (attrs[i].id == id)
            return &attrs[i];
    return NULL;
}

typedef struct cover {
    const mr_attr *attrs;
    int n;
} cover;

static bool is_foreign(void *data, const mr_expr *expr)
{
    const cover *c = data;

    return expr->kind == MR_E_ATTR && expr->index != MR_EXPR_LAMBDA_VARIABLE &&
           mr_an_find(c->attrs, c->n, expr->attr_id) == NULL;
}

bool mr_an_covers(const mr_expr *expr, const mr_attr *attrs, int n)
{
    cover c = { attrs, n };

    return !mr_an_any(expr, is_foreign, &c);
}

static bool is_attr(void *data, const mr_expr *expr)
{
    return expr->kind == MR_E_ATTR && expr->attr_id == *(const int32_t *)data;
}

bool mr_an_uses(const mr_expr *expr, int32_t id)
{
    return mr_an_any(expr, is_attr, &id);
}

void mr_an_push(mr_arena *arena, mr_expr_list *list, mr_expr *expr)
{
    if (list->n == list->capacity) {
        int capacity = list->capacity == 0 ? 8 : list->capacity * 2;
        mr_expr **items = MR_NEW_ARRAY(arena, mr_expr *, capacity);

        if (list->n > 0)
            memcpy(items, list->items, sizeof(mr_expr *) * (size_t)list->n);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = expr;
}

mr_expr *mr_an_alias(mr_analyzer *an, mr_expr *child, mr_str name, mr_str metadata)
{
    mr_expr *alias = mr_expr_new(an->arena, MR_E_ALIAS, child->type, child->nullable);

    alias->args = MR_NEW_ARRAY(an->arena, mr_expr *, 1);
    alias->args[0] = child;
    alias->n_args = 1;
    alias->attr_id = an->next_id++;
    alias->name = name;
    alias->metadata = metadata;
    return alias;
}

static mr_attr named_output(const mr_logical *input, const mr_expr *expr)
{
    const mr_expr *child = expr->kind == MR_E_ALIAS ? expr->args[0] : expr;
    mr_attr attr = {
        .id = expr->attr_id, .name = expr->name, .type = expr->type, .nullable = expr->nullable
    };

    if (child->kind == MR_E_ATTR) {
        const mr_attr *source = mr_an_find(input->output, input->n_output, child->attr_id);

        if (source != NULL) {
            attr.has_watermark = source->has_watermark;
            attr.delay_ms = source->delay_ms;
            attr.metadata = source->metadata;
            if (expr->kind == MR_E_ATTR)
                attr.qualifier = source->qualifier;
        }
    } else if (child->kind == MR_E_FIELD) {
        attr.metadata = child->args[0]->type->fields[child->index].metadata;
    }
    if (expr->kind == MR_E_ALIAS && expr->metadata.len > 0)
        attr.metadata = expr->metadata;
    return attr;
}

mr_logical *mr_an_project(mr_arena *arena, mr_logical *input, mr_expr **exprs, int n)
{
    mr_logical *plan = mr_logical_new(arena, MR_L_PROJECT, input);

    plan->exprs = exprs;
    plan->n_exprs = n;
    plan->output = MR_NEW_ARRAY(arena, mr_attr, n);
    plan->n_output = n;
    for (int i = 0; i < n; i++)
        plan->output[i] = named_output(input, exprs[i]);
    return plan;
}

mr_logical *mr_an_filter(mr_arena *arena, mr_logical *input, mr_expr *condition)
{
    mr_logical *plan = mr_logical_new(arena, MR_L_FILTER, input);

    plan->exprs = MR_NEW_ARRAY(arena, mr_expr *, 1);
    plan->exprs[0] = condition;
    plan->n_exprs = 1;
    return plan;
}

mr_expr *mr_an_implicit_cast(const mr_analyzer *an, mr_expr *expr, const mr_type *type)
{
    mr_expr *cast;

    if (mr_type_equal(expr->type, type))
        return expr;
    cast = mr_expr_cast(an->arena, expr, type, an->env->ansi ? MR_EVAL_ANSI : MR_EVAL_LEGACY,
                        an->env->zone);
    return cast;
}
