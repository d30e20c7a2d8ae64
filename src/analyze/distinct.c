/* distinct.c - aggregate functions over DISTINCT values, in plans that end: the values are grouped
 * together with the keys first, so that each comes once.
 */
#include "analyze/analyze_priv.h"

/* min and max of distinct values are min and max. */
static void drop_needless(mr_logical *group)
{
    for (int i = 0; i < group->n_aggs; i++) {
        mr_expr *call = group->aggs[i]->args[0];

        if (strcmp(call->function->name, "min") == 0 || strcmp(call->function->name, "max") == 0)
            call->is_distinct = false;
    }
}

static bool same_args(const mr_expr *a, const mr_expr *b)
{
    if (a->n_args != b->n_args)
        return false;
    for (int i = 0; i < a->n_args; i++)
        if (!mr_expr_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

/* The function that puts results of `call` over parts of a group together, or NULL. */
static const char *merger_of(const mr_expr *call)
{
    static const char *const mergers[][2] = {
        { "count", "sum" }, { "sum", "sum" }, { "min", "min" }, { "max", "max" }
    };

    if (strcmp(call->function->name, "sum") == 0 && call->type->id == MR_TYPE_DECIMAL)
        return NULL;
    for (size_t i = 0; i < sizeof(mergers) / sizeof(mergers[0]); i++)
        if (strcmp(call->function->name, mergers[i][0]) == 0)
            return mergers[i][1];
    return NULL;
}

static mr_status check(const mr_logical *group, int *n_distinct, mr_error *err)
{
    const mr_expr *first = NULL;

    *n_distinct = 0;
    for (int i = 0; i < group->n_aggs; i++) {
        const mr_expr *call = group->aggs[i]->args[0];

        if (!call->is_distinct)
            continue;
        ++*n_distinct;
        if (call->filter != NULL)
            return mr_an_unsupported(err, "DISTINCT with FILTER in an aggregate function");
        if (first != NULL && !same_args(first, call))
            return mr_an_unsupported(err, "aggregate functions over several DISTINCT values");
        first = call;
    }
    for (int i = 0; *n_distinct > 0 && i < group->n_aggs; i++)
        if (!group->aggs[i]->args[0]->is_distinct && merger_of(group->aggs[i]->args[0]) == NULL)
            return mr_an_unsupported(err, "%s together with an aggregate function over DISTINCT",
                                     group->aggs[i]->args[0]->function->name);
    return MR_OK;
}

static mr_expr *name_it(mr_arena *arena, mr_expr *child, int32_t id, mr_str name)
{
    mr_expr *alias = mr_expr_new(arena, MR_E_ALIAS, child->type, child->nullable);

    alias->args = MR_NEW_ARRAY(arena, mr_expr *, 1);
    alias->args[0] = child;
    alias->n_args = 1;
    alias->attr_id = id;
    alias->name = name;
    return alias;
}

static mr_attr attr_named(const mr_expr *alias)
{
    return (mr_attr){
        .id = alias->attr_id, .name = alias->name, .type = alias->type, .nullable = alias->nullable
    };
}

static const mr_expr *first_distinct(const mr_logical *group)
{
    int i = 0;

    while (!group->aggs[i]->args[0]->is_distinct)
        i++;
    return group->aggs[i]->args[0];
}

/* The grouping by keys and values below `group`, with the other functions over its parts. */
static mr_logical *inner_group(mr_arena *arena, const mr_logical *group, int32_t *next_id)
{
    const mr_expr *call = first_distinct(group);
    mr_logical *inner = mr_logical_new(arena, MR_L_AGGREGATE, group->inputs[0]);
    int most = group->n_exprs + call->n_args + group->n_aggs;

    inner->exprs = MR_NEW_ARRAY(arena, mr_expr *, most + 1);
    inner->aggs = MR_NEW_ARRAY(arena, mr_expr *, group->n_aggs + 1);
    inner->output = MR_NEW_ARRAY(arena, mr_attr, most + 1);
    inner->n_output = 0;
    for (int i = 0; i < group->n_exprs; i++) {
        inner->exprs[inner->n_exprs++] = group->exprs[i];
        inner->output[inner->n_output++] = group->output[i];
    }
    for (int i = 0; i < call->n_args; i++) {
        mr_expr *alias = name_it(arena, call->args[i], (*next_id)++, MR_STR("value"));

        inner->exprs[inner->n_exprs++] = alias;
        inner->output[inner->n_output++] = attr_named(alias);
    }
    for (int i = 0; i < group->n_aggs; i++)
        if (!group->aggs[i]->args[0]->is_distinct) {
            mr_expr *alias = name_it(arena, group->aggs[i]->args[0], (*next_id)++, MR_STR("part"));

            inner->aggs[inner->n_aggs++] = alias;
            inner->output[inner->n_output++] = attr_named(alias);
        }
    return inner;
}

/* The function over all parts of a group. */
static mr_status merge(mr_arena *arena, const mr_expr *call, mr_expr *part, mr_expr **out,
                       mr_error *err)
{
    mr_fn_arg arg = { .type = part->type, .nullable = part->nullable };
    mr_fn_resolve r = { .arena = arena,
                        .function = mr_function_find(mr_str_from(merger_of(call))),
                        .args = &arg,
                        .n_args = 1,
                        .ansi = call->bound.ansi };
    const mr_type **types = MR_NEW_ARRAY(arena, const mr_type *, 1);

    MR_TRY(r.function->resolve(&r, err));
    types[0] = part->type;
    *out = mr_expr_new(arena, MR_E_AGGREGATE, r.result, true);
    (*out)->function = r.function;
    (*out)->args = MR_NEW_ARRAY(arena, mr_expr *, 1);
    (*out)->args[0] = part;
    (*out)->n_args = 1;
    (*out)->bound = call->bound;
    (*out)->bound.result = r.result;
    (*out)->bound.args = types;
    (*out)->bound.n_args = 1;
    (*out)->bound.data = r.data;
    return MR_OK;
}

/* A count is 0 where its merged parts are none. */
static mr_expr *or_zero(mr_arena *arena, const mr_expr *call, mr_expr *merged)
{
    mr_expr *either;

    if (strcmp(call->function->name, "count") != 0 || call->is_distinct)
        return merged;
    either = mr_expr_new(arena, MR_E_COALESCE, merged->type, false);
    either->args = MR_NEW_ARRAY(arena, mr_expr *, 2);
    either->args[0] = merged;
    either->args[1] = mr_expr_literal(arena, mr_scalar_long(0));
    either->n_args = 2;
    return either;
}

/* The outer grouping; its aggregate functions have attributes of their own. */
static mr_status outer_group(mr_arena *arena, const mr_logical *group, mr_logical *inner,
                             int32_t *next_id, mr_logical **out, mr_error *err)
{
    mr_logical *outer = mr_logical_new(arena, MR_L_AGGREGATE, inner);
    int part = group->n_exprs + first_distinct(group)->n_args;

    outer->exprs = MR_NEW_ARRAY(arena, mr_expr *, group->n_exprs + 1);
    outer->aggs = MR_NEW_ARRAY(arena, mr_expr *, group->n_aggs + 1);
    outer->output = MR_NEW_ARRAY(arena, mr_attr, group->n_output + 1);
    outer->n_exprs = group->n_exprs;
    outer->n_aggs = group->n_aggs;
    outer->n_output = group->n_output;
    for (int i = 0; i < group->n_exprs; i++) {
        outer->exprs[i] = mr_expr_attr(arena, &inner->output[i]);
        outer->output[i] = group->output[i];
    }
    for (int i = 0; i < group->n_aggs; i++) {
        mr_expr *call = group->aggs[i]->args[0], *over = call;

        if (!call->is_distinct) {
            MR_TRY(merge(arena, call, mr_expr_attr(arena, &inner->output[part++]), &over, err));
        } else {
            over = MR_NEW(arena, mr_expr);
            *over = *call;
            over->is_distinct = false;
            over->args = MR_NEW_ARRAY(arena, mr_expr *, call->n_args);
            for (int j = 0; j < call->n_args; j++)
                over->args[j] = mr_expr_attr(arena, &inner->output[group->n_exprs + j]);
        }
        outer->aggs[i] = name_it(arena, over, (*next_id)++, group->aggs[i]->name);
        outer->output[group->n_exprs + i] = attr_named(outer->aggs[i]);
    }
    *out = outer;
    return MR_OK;
}

/* `group` itself becomes the projection that names the outer grouping's results as its own. */
static mr_status rewrite(mr_arena *arena, mr_logical *group, int32_t *next_id, mr_error *err)
{
    int n_distinct;
    mr_logical *outer;
    mr_expr **exprs;

    drop_needless(group);
    MR_TRY(check(group, &n_distinct, err));
    if (n_distinct == 0)
        return MR_OK;
    MR_TRY(outer_group(arena, group, inner_group(arena, group, next_id), next_id, &outer, err));
    exprs = MR_NEW_ARRAY(arena, mr_expr *, group->n_output + 1);
    for (int i = 0; i < group->n_exprs; i++)
        exprs[i] = mr_expr_attr(arena, &group->output[i]);
    for (int i = 0; i < group->n_aggs; i++)
        exprs[group->n_exprs + i] =
            name_it(arena,
                    or_zero(arena, group->aggs[i]->args[0],
                            mr_expr_attr(arena, &outer->output[group->n_exprs + i])),
                    group->aggs[i]->attr_id, group->aggs[i]->name);
    group->kind = MR_L_PROJECT;
    group->exprs = exprs;
    group->n_exprs = group->n_output;
    group->aggs = NULL;
    group->n_aggs = 0;
    group->inputs[0] = outer;
    return MR_OK;
}

mr_status mr_an_distinct(mr_arena *arena, mr_logical *plan, int32_t *next_id, mr_error *err)
{
    for (int i = 0; i < plan->n_inputs; i++)
        MR_TRY(mr_an_distinct(arena, plan->inputs[i], next_id, err));
    if (plan->kind != MR_L_AGGREGATE || plan->is_streaming)
        return MR_OK;
    return rewrite(arena, plan, next_id, err);
}
