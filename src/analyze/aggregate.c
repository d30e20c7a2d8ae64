/* aggregate.c - grouping: keys, distinct aggregate functions in order of appearance, results above.
 */
#include "analyze/analyze_priv.h"

static void add_output(mr_arena *arena, mr_logical *plan, mr_attr attr)
{
    mr_attr *output = MR_NEW_ARRAY(arena, mr_attr, plan->n_output + 1);

    if (plan->n_output > 0)
        memcpy(output, plan->output, sizeof(mr_attr) * (size_t)plan->n_output);
    output[plan->n_output] = attr;
    plan->output = output;
    plan->n_output++;
}

static mr_expr *attr_of(mr_arena *arena, const mr_logical *plan, int32_t id)
{
    return mr_expr_attr(arena, mr_an_find(plan->output, plan->n_output, id));
}

/* The group's aggregate function equal to `call`, added at the end if it is new. */
static mr_expr *place(mr_analyzer *an, mr_logical *group, mr_expr *call)
{
    mr_expr_list aggs = { group->aggs, group->n_aggs, group->n_aggs };
    mr_expr *alias;

    for (int i = 0; i < group->n_aggs; i++)
        if (mr_expr_equal(group->aggs[i]->args[0], call))
            return attr_of(an->arena, group, group->aggs[i]->attr_id);
    alias = mr_an_alias(an, call, mr_an_name(an->arena, call), (mr_str){ 0 });
    mr_an_push(an->arena, &aggs, alias);
    group->aggs = aggs.items;
    group->n_aggs = aggs.n;
    add_output(an->arena, group,
               (mr_attr){ .id = alias->attr_id,
                          .name = alias->name,
                          .type = call->type,
                          .nullable = call->nullable });
    return attr_of(an->arena, group, alias->attr_id);
}

typedef struct rewrite {
    mr_analyzer *an;
    mr_logical *group;
} rewrite;

static mr_expr *rewrite_node(void *data, mr_expr *expr)
{
    rewrite *r = data;

    if (expr->kind == MR_E_AGGREGATE)
        return place(r->an, r->group, expr);
    if (expr->kind == MR_E_ALIAS)
        return NULL;
    for (int i = 0; i < r->group->n_exprs; i++) {
        const mr_expr *key = r->group->exprs[i];

        if (key->kind == MR_E_ALIAS && mr_expr_equal(key->args[0], expr))
            return attr_of(r->an->arena, r->group, key->attr_id);
    }
    return expr->kind == MR_E_ATTR ? expr : NULL;
}

typedef struct missing {
    const mr_attr *attrs;
    int n;
    const mr_expr *found;
} missing;

static bool is_missing(void *data, const mr_expr *expr)
{
    missing *m = data;

    if (expr->kind != MR_E_ATTR || expr->index == MR_EXPR_LAMBDA_VARIABLE ||
        mr_an_find(m->attrs, m->n, expr->attr_id) != NULL)
        return false;
    m->found = expr;
    return true;
}

static mr_status raise_missing(mr_analyzer *an, const mr_logical *group, const mr_expr *attr,
                               mr_error *err)
{
    mr_str name = mr_an_name(an->arena, attr);
    mr_status status;

    if (group->n_exprs == 0)
        status = mr_raise(err, MR_EXC_ANALYSIS, "MISSING_GROUP_BY", NULL);
    else
        status = mr_raise(err, MR_EXC_ANALYSIS, "MISSING_AGGREGATION", "expression",
                          mr_an_sql(an->arena, attr), "expressionAnyValue",
                          mr_arena_cstr(an->arena, mr_arena_printf(an->arena, "\"any_value(%.*s)\"",
                                                                   MR_STR_ARG(name))),
                          NULL);
    return status;
}

/* `shown` (or NULL): further columns that the expression may use. */
static mr_status over_group(mr_analyzer *an, mr_logical *group, const mr_logical *shown,
                            mr_expr **expr, mr_error *err)
{
    rewrite r = { an, group };
    missing m = { 0 };

    *expr = mr_an_map(an->arena, *expr, rewrite_node, &r);
    m.attrs = group->output;
    m.n = group->n_output;
    if (!mr_an_any(*expr, is_missing, &m))
        return MR_OK;
    if (shown != NULL && mr_an_find(shown->output, shown->n_output, m.found->attr_id) != NULL)
        return MR_OK;
    return raise_missing(an, group, m.found, err);
}

mr_status mr_an_over_group(mr_analyzer *an, mr_logical *aggregate, const mr_logical *shown,
                           mr_expr **expr, mr_error *err)
{
    return over_group(an, aggregate, shown, expr, err);
}

static bool has_key(const mr_logical *group, const mr_expr *key)
{
    for (int i = 0; i < group->n_exprs; i++) {
        const mr_expr *other = group->exprs[i];

        if (mr_expr_equal(other->kind == MR_E_ALIAS ? other->args[0] : other, key))
            return true;
    }
    return false;
}

static void add_key(mr_analyzer *an, mr_logical *group, mr_expr *key)
{
    mr_expr_list keys = { group->exprs, group->n_exprs, group->n_exprs };
    mr_attr attr;

    if (has_key(group, key))
        return;
    if (key->kind == MR_E_ATTR) {
        attr = *mr_an_find(group->inputs[0]->output, group->inputs[0]->n_output, key->attr_id);
    } else {
        mr_str name = MR_STR("_groupingexpression");

        if (key->kind == MR_E_LITERAL)
            name = mr_an_name(an->arena, key);
        key = mr_an_alias(an, key, name, (mr_str){ 0 });
        attr = (mr_attr){
            .id = key->attr_id, .name = key->name, .type = key->type, .nullable = key->nullable
        };
    }
    mr_an_push(an->arena, &keys, key);
    group->exprs = keys.items;
    group->n_exprs = keys.n;
    add_output(an->arena, group, attr);
}

/* Keys as Spark's optimizer leaves them: no constants (but one if there is nothing else), none
 * twice. */
static void add_keys(mr_analyzer *an, mr_logical *group, const mr_expr_list *keys)
{
    for (int i = 0; i < keys->n; i++) {
        mr_expr *key = keys->items[i];

        if (key->kind == MR_E_ALIAS)
            key = key->args[0];
        if (!mr_an_is_foldable(key))
            add_key(an, group, key);
    }
    if (keys->n > 0 && group->n_exprs == 0)
        add_key(an, group, mr_expr_literal(an->arena, mr_scalar_int(0)));
}

mr_status mr_an_group(mr_analyzer *an, mr_logical *input, mr_expr_list *keys, mr_expr_list *results,
                      mr_logical **out, mr_error *err)
{
    mr_logical *group;

    MR_TRY(mr_an_extract_window(an, &input, results->items, results->n, err));
    group = mr_logical_new(an->arena, MR_L_AGGREGATE, input);
    group->output = NULL;
    group->n_output = 0;
    add_keys(an, group, keys);
    for (int i = 0; i < results->n; i++)
        MR_TRY(mr_an_at(err, over_group(an, group, NULL, &results->items[i], err), NULL, input));
    for (int i = 0; i < results->n; i++) /* a key without an alias was an attribute */
        MR_ASSERT(results->items[i]->kind == MR_E_ATTR || results->items[i]->kind == MR_E_ALIAS);
    *out = mr_an_project(an->arena, group, results->items, results->n);
    return MR_OK;
}

/* GROUP BY 2, GROUP BY alias: the expression meant in the select list, or NULL. */
static mr_status select_item(const mr_scope *scope, const mr_xrel *rel, const mr_xexpr *x,
                             const mr_xexpr **out, mr_error *err)
{
    mr_expr *ignored;

    *out = NULL;
    if (x->kind == MR_X_LITERAL && x->literal.type->id == MR_TYPE_INT && !x->literal.is_null) {
        if (x->literal.i64 < 1 || x->literal.i64 > rel->n_aggs) {
            mr_arena *arena = scope->an->arena;
            mr_str index = mr_arena_printf(arena, "%lld", (long long)x->literal.i64);
            mr_str size = mr_arena_printf(arena, "%d", rel->n_aggs);

            return mr_an_at(err,
                            mr_raise(err, MR_EXC_ANALYSIS, "GROUP_BY_POS_OUT_OF_RANGE", "index",
                                     mr_arena_cstr(arena, index), "size",
                                     mr_arena_cstr(arena, size), NULL),
                            x, NULL);
        }
        *out = rel->aggs[x->literal.i64 - 1];
        return MR_OK;
    }
    if (x->kind != MR_X_ATTRIBUTE || mr_an_resolve_name(scope, x, &ignored, NULL) == MR_OK)
        return MR_OK;
    for (int i = 0; i < rel->n_aggs; i++) {
        const mr_xexpr *item = rel->aggs[i];

        if (item->kind == MR_X_ALIAS && item->n_names == 1 &&
            mr_an_same_name(scope->an, item->names[0], x->name)) {
            *out = item;
            return MR_OK;
        }
    }
    return MR_OK;
}

/* GROUP BY ALL, unless a column has that name. */
static bool is_group_by_all(const mr_scope *scope, const mr_xrel *rel)
{
    mr_expr *ignored;

    return rel->is_all && rel->n_exprs == 1 && rel->exprs[0]->kind == MR_X_ATTRIBUTE &&
           mr_str_is_nocase(rel->exprs[0]->name, "all") &&
           mr_an_resolve_name(scope, rel->exprs[0], &ignored, NULL) != MR_OK;
}

/* The items of the select list without aggregate functions. */
static mr_status all_keys(const mr_scope *scope, const mr_xrel *rel, mr_expr_list *keys,
                          mr_error *err)
{
    for (int i = 0; i < rel->n_aggs; i++) {
        mr_expr_list items = { 0 };

        MR_TRY(mr_an_named(scope, rel->aggs[i], &items, err));
        for (int j = 0; j < items.n; j++)
            if (!mr_an_has_kind(items.items[j], MR_E_AGGREGATE))
                mr_an_push(scope->an->arena, keys, items.items[j]);
    }
    return MR_OK;
}

static mr_status resolve_keys(const mr_scope *scope, const mr_xrel *rel, mr_expr_list *keys,
                              mr_error *err)
{
    if (is_group_by_all(scope, rel))
        return all_keys(scope, rel, keys, err);
    for (int i = 0; i < rel->n_exprs; i++) {
        const mr_xexpr *x, *item = NULL;
        int before = keys->n;

        MR_TRY(mr_an_parse_text(scope, rel->exprs[i], &x, err));
        if (rel->is_all)
            MR_TRY(select_item(scope, rel, x, &item, err));
        MR_TRY(mr_an_named(scope, item != NULL ? item : x, keys, err));
        for (int j = before; j < keys->n; j++)
            if (mr_an_has_kind(keys->items[j], MR_E_AGGREGATE))
                return mr_an_at(
                    err,
                    mr_raise(err, MR_EXC_ANALYSIS, "GROUP_BY_AGGREGATE", "sqlExpr",
                             mr_arena_cstr(scope->an->arena,
                                           mr_an_name(scope->an->arena, keys->items[j])),
                             NULL),
                    x, NULL);
    }
    return MR_OK;
}

static const char *const group_types[] = { "", "", "ROLLUP", "CUBE", "PIVOT", "GROUPING SETS" };

mr_status mr_an_aggregate(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                          mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input, .aggregates = true };
    mr_expr_list keys = { 0 }, results = { 0 };

    if (rel->group_type > 1 && rel->group_type <= 5)
        return mr_an_unsupported(err, "%s", group_types[rel->group_type]);
    if (rel->group_type < 0 || rel->group_type > 5)
        return mr_fail(err, MR_INVALID, "unknown kind of grouping %d", rel->group_type);
    MR_TRY(resolve_keys(&scope, rel, &keys, err));
    MR_TRY(mr_an_extract_window(an, &input, keys.items, keys.n, err));
    for (int i = 0; !rel->is_all && i < keys.n; i++)
        mr_an_push(an->arena, &results, keys.items[i]);
    scope.plan = input;
    for (int i = 0; i < rel->n_aggs; i++)
        MR_TRY(mr_an_named(&scope, rel->aggs[i], &results, err));
    return mr_an_group(an, input, &keys, &results, out, err);
}

mr_logical *mr_an_grouped(mr_logical *plan)
{
    for (;;) {
        if (plan->kind == MR_L_PROJECT && plan->inputs[0]->kind == MR_L_AGGREGATE)
            return plan->inputs[0];
        if (plan->kind == MR_L_PROJECT)
            for (int i = 0; i < plan->n_exprs; i++)
                if (plan->exprs[i]->kind != MR_E_ATTR)
                    return NULL;
        if (plan->kind != MR_L_FILTER && plan->kind != MR_L_SORT && plan->kind != MR_L_PROJECT)
            return NULL;
        plan = plan->inputs[0];
    }
}
