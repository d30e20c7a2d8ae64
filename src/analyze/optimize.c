/* optimize.c - the rewritings of Spark's optimizer that its checkpoints and metrics show.
 *
 * Filters move down (below projections, windows, watermarks that they do not touch, groupings whose
 * keys are all they use); adjacent projections become one; aggregate functions nobody reads
 * disappear and the rest stand in the order in which the results mention them; scans learn which
 * columns are read.
 */
#include "analyze/analyze_priv.h"

/* --- substitution ------------------------------------------------------------------------------
 */

typedef struct producers {
    mr_expr *const *exprs;
    int n;
} producers;

static mr_expr *produce(void *data, mr_expr *expr)
{
    const producers *p = data;

    if (expr->kind != MR_E_ATTR)
        return NULL;
    for (int i = 0; i < p->n; i++)
        if (p->exprs[i]->kind == MR_E_ALIAS && p->exprs[i]->attr_id == expr->attr_id)
            return p->exprs[i]->args[0];
    return expr;
}

/* The expression over the input of the node that has these named expressions. */
static mr_expr *inline_aliases(mr_arena *arena, mr_expr *expr, mr_expr *const *exprs, int n)
{
    producers p = { exprs, n };

    return mr_an_map(arena, expr, produce, &p);
}

/* --- merging projections -----------------------------------------------------------------------
 */

static bool is_cheap(const mr_expr *expr)
{
    if (expr->kind == MR_E_ATTR || mr_an_is_foldable(expr))
        return true;
    return (expr->kind == MR_E_ALIAS || expr->kind == MR_E_FIELD) && is_cheap(expr->args[0]);
}

static int count_uses(const mr_expr *expr, int32_t id)
{
    int n = expr->kind == MR_E_ATTR && expr->attr_id == id;

    for (int i = 0; i < expr->n_args; i++)
        n += count_uses(expr->args[i], id);
    return n + (expr->filter != NULL ? count_uses(expr->filter, id) : 0);
}

/* `over_group`: the lower projection shows aggregates, which are not cheap though they look like
 * columns. */
static bool can_merge(const mr_logical *upper, const mr_logical *lower)
{
    const mr_logical *group = lower->inputs[0]->kind == MR_L_AGGREGATE ? lower->inputs[0] : NULL;

    for (int i = 0; i < lower->n_exprs; i++) {
        const mr_expr *producer = lower->exprs[i];
        int uses = 0;

        if (!mr_expr_is_deterministic(producer))
            return false;
        for (int j = 0; j < upper->n_exprs; j++)
            uses += count_uses(upper->exprs[j], producer->attr_id);
        if (uses < 2 || producer->kind == MR_E_ATTR)
            continue;
        if (!is_cheap(producer))
            return false;
        for (int j = 0; group != NULL && j < group->n_aggs; j++)
            if (mr_an_uses(producer, group->aggs[j]->attr_id))
                return false;
    }
    return true;
}

static mr_expr *merge_one(mr_arena *arena, const mr_expr *upper, const mr_logical *lower)
{
    mr_expr *copy = MR_NEW(arena, mr_expr);
    const mr_expr *source = NULL;

    if (upper->kind == MR_E_ALIAS) {
        *copy = *upper;
        copy->args = MR_NEW_ARRAY(arena, mr_expr *, 1);
        copy->args[0] = inline_aliases(arena, upper->args[0], lower->exprs, lower->n_exprs);
        return copy;
    }
    for (int i = 0; i < lower->n_exprs; i++)
        if (lower->exprs[i]->attr_id == upper->attr_id)
            source = lower->exprs[i];
    *copy = source != NULL ? *source : *upper;
    copy->name = upper->name;
    return copy;
}

/* Output stays what it was: markers and metadata were decided by analysis. */
static void merge_projects(mr_arena *arena, mr_logical *plan)
{
    while (plan->kind == MR_L_PROJECT && plan->inputs[0]->kind == MR_L_PROJECT &&
           can_merge(plan, plan->inputs[0])) {
        mr_logical *lower = plan->inputs[0];
        mr_expr **exprs = MR_NEW_ARRAY(arena, mr_expr *, plan->n_exprs);

        for (int i = 0; i < plan->n_exprs; i++)
            exprs[i] = merge_one(arena, plan->exprs[i], lower);
        plan->exprs = exprs;
        plan->inputs[0] = lower->inputs[0];
    }
    for (int i = 0; i < plan->n_inputs; i++)
        merge_projects(arena, plan->inputs[i]);
}

/* --- filters down ------------------------------------------------------------------------------
 */

static void split_and(mr_arena *arena, mr_expr *condition, mr_expr_list *out)
{
    if (condition->kind != MR_E_AND) {
        mr_an_push(arena, out, condition);
        return;
    }
    split_and(arena, condition->args[0], out);
    split_and(arena, condition->args[1], out);
}

static mr_expr *join_and(mr_arena *arena, const mr_expr_list *parts)
{
    mr_expr *all = parts->items[0];

    for (int i = 1; i < parts->n; i++) {
        mr_expr *both = mr_expr_new(arena, MR_E_AND, mr_type_of(MR_TYPE_BOOLEAN),
                                    all->nullable || parts->items[i]->nullable);

        both->args = MR_NEW_ARRAY(arena, mr_expr *, 2);
        both->args[0] = all;
        both->args[1] = parts->items[i];
        both->n_args = 2;
        both->function = mr_function_find(MR_STR("and"));
        all = both;
    }
    return all;
}

static bool has_attr(const mr_expr *expr)
{
    return mr_an_has_kind(expr, MR_E_ATTR);
}

/* The condition over the input of a grouping with its projection, or NULL if it needs the groups.
 */
static mr_expr *below_group(mr_arena *arena, mr_expr *part, const mr_logical *project)
{
    const mr_logical *group = project->inputs[0];
    mr_expr *inner = inline_aliases(arena, part, project->exprs, project->n_exprs);

    inner = inline_aliases(arena, inner, group->exprs, group->n_exprs);
    if (group->n_exprs == 0 || !has_attr(part) ||
        !mr_an_covers(inner, group->inputs[0]->output, group->inputs[0]->n_output))
        return NULL;
    return inner;
}

/* The part as it reads below `node`, or NULL if it must stay above. */
static mr_expr *below(mr_arena *arena, mr_expr *part, const mr_logical *node)
{
    switch (node->kind) {
    case MR_L_PROJECT:
        if (node->inputs[0]->kind == MR_L_AGGREGATE)
            return below_group(arena, part, node);
        for (int i = 0; i < node->n_exprs; i++)
            if (!mr_expr_is_deterministic(node->exprs[i]))
                return NULL;
        return inline_aliases(arena, part, node->exprs, node->n_exprs);
    case MR_L_WATERMARK:
    case MR_L_WINDOW:
        return mr_an_uses(part, node->attr_id) ? NULL : part;
    case MR_L_GENERATE:
        for (int i = 0; i < node->n_generated; i++)
            if (mr_an_uses(part, node->generated[i].id))
                return NULL;
        return part;
    case MR_L_SORT:
        return part;
    default:
        return NULL;
    }
}

static mr_logical *sink_filter(mr_arena *arena, mr_logical *plan, mr_expr *condition);

/* Puts the condition over `plan`, as low as it may go; returns the new top. */
static mr_logical *push_parts(mr_arena *arena, mr_logical *plan, const mr_expr_list *parts)
{
    mr_expr_list down = { 0 }, stay = { 0 };
    mr_logical *deepest = plan->kind == MR_L_PROJECT && plan->inputs[0]->kind == MR_L_AGGREGATE
                              ? plan->inputs[0]
                              : plan;

    for (int i = 0; i < parts->n; i++) {
        mr_expr *part = parts->items[i];
        bool may = mr_expr_is_deterministic(part) && (stay.n == 0 || !mr_expr_can_raise(part));
        mr_expr *moved = may ? below(arena, part, plan) : NULL;

        mr_an_push(arena, moved != NULL ? &down : &stay, moved != NULL ? moved : part);
    }
    if (down.n > 0)
        deepest->inputs[0] = sink_filter(arena, deepest->inputs[0], join_and(arena, &down));
    return stay.n == 0 ? plan : mr_an_filter(arena, plan, join_and(arena, &stay));
}

static mr_logical *sink_filter(mr_arena *arena, mr_logical *plan, mr_expr *condition)
{
    mr_expr_list parts = { 0 };

    if (plan->kind == MR_L_FILTER && mr_expr_is_deterministic(plan->exprs[0]) &&
        mr_expr_is_deterministic(condition)) {
        split_and(arena, plan->exprs[0], &parts); /* the lower one is tested first */
        plan = plan->inputs[0];
    }
    split_and(arena, condition, &parts);
    return push_parts(arena, plan, &parts);
}

static mr_logical *push_filters(mr_arena *arena, mr_logical *plan)
{
    for (int i = 0; i < plan->n_inputs; i++)
        plan->inputs[i] = push_filters(arena, plan->inputs[i]);
    if (plan->kind != MR_L_FILTER)
        return plan;
    return sink_filter(arena, plan->inputs[0], plan->exprs[0]);
}

/* --- filters of scans --------------------------------------------------------------------------
 */

/* A call that needs no resolving: `b` is NULL or the second argument. */
static mr_expr *call_of(mr_arena *arena, mr_str name, mr_type_id type, mr_expr *a, mr_expr *b)
{
    mr_expr *call = mr_expr_new(arena, MR_E_CALL, mr_type_of(type), false);
    const mr_type **types = MR_NEW_ARRAY(arena, const mr_type *, 2);

    call->function = mr_function_find(name);
    call->args = MR_NEW_ARRAY(arena, mr_expr *, 2);
    call->args[0] = a;
    call->args[1] = b;
    call->n_args = b == NULL ? 1 : 2;
    for (int i = 0; i < call->n_args; i++)
        types[i] = call->args[i]->type;
    call->bound.result = call->type;
    call->bound.args = types;
    call->bound.n_args = call->n_args;
    return call;
}

static mr_expr *not_null(mr_arena *arena, mr_expr *arg)
{
    return call_of(arena, MR_STR("isnotnull"), MR_TYPE_BOOLEAN, arg, NULL);
}

typedef struct not_nulls {
    mr_arena *arena;
    mr_expr_list *out;
} not_nulls;

static void add_not_null(void *data, const mr_expr *attr)
{
    not_nulls *to = data;
    mr_expr *copy;

    for (int i = 0; i < to->out->n; i++)
        if (mr_an_uses(to->out->items[i], attr->attr_id))
            return;
    copy = MR_NEW(to->arena, mr_expr);
    *copy = *attr;
    mr_an_push(to->arena, to->out, not_null(to->arena, copy));
}

/* The conditions that a scan takes go first, as do the null tests that the others imply. */
static void split_scan_filter(mr_logical *filter, mr_arena *arena)
{
    mr_expr_list parts = { 0 }, taken = { 0 }, rest = { 0 };
    not_nulls to = { arena, &taken };

    split_and(arena, filter->exprs[0], &parts);
    for (int i = 0; i < parts.n; i++)
        if (mr_expr_is_deterministic(parts.items[i]))
            mr_an_push(arena, mr_expr_is_source_filter(parts.items[i]) ? &taken : &rest,
                       parts.items[i]);
        else
            return;
    for (int i = 0; i < rest.n; i++)
        mr_expr_each_not_null(rest.items[i], add_not_null, &to);
    if (taken.n == 0 || rest.n == 0)
        return;
    filter->inputs[0] = mr_an_filter(arena, filter->inputs[0], join_and(arena, &taken));
    filter->exprs[0] = join_and(arena, &rest);
}

/* A window drops rows without a time: the test moves down as other filters do. */
static void test_window_times(mr_logical *plan, mr_arena *arena)
{
    for (int i = 0; i < plan->n_inputs; i++)
        test_window_times(plan->inputs[i], arena);
    if (plan->kind == MR_L_WINDOW && mr_expr_is_deterministic(plan->exprs[0]))
        plan->inputs[0] = sink_filter(arena, plan->inputs[0], not_null(arena, plan->exprs[0]));
}

/* A generator makes no rows of an empty list: where the list is a column, rows without elements are
 * dropped as far down as may be, so that they move no watermark. */
static void test_lists(mr_logical *plan, mr_arena *arena)
{
    mr_expr *list, *more;

    for (int i = 0; i < plan->n_inputs; i++)
        test_lists(plan->inputs[i], arena);
    if (plan->kind != MR_L_GENERATE || (plan->generate_flags & MR_GENERATE_OUTER) != 0 ||
        plan->exprs[0]->kind != MR_E_ATTR)
        return;
    list = plan->exprs[0];
    more = call_of(arena, MR_STR(">"), MR_TYPE_BOOLEAN,
                   call_of(arena, MR_STR("size"), MR_TYPE_INT, list, NULL),
                   mr_expr_literal(arena, mr_scalar_int(0)));
    plan->inputs[0] = sink_filter(arena, plan->inputs[0], not_null(arena, list));
    plan->inputs[0] = sink_filter(arena, plan->inputs[0], more);
}

/* The test that did not reach a scan is not needed: the window drops these rows itself. */
static void drop_window_tests(mr_logical *plan)
{
    mr_logical *input = plan->n_inputs > 0 ? plan->inputs[0] : NULL;

    for (int i = 0; i < plan->n_inputs; i++)
        drop_window_tests(plan->inputs[i]);
    if (plan->kind == MR_L_WINDOW && plan->exprs[0]->kind == MR_E_ATTR &&
        input->kind == MR_L_FILTER && input->inputs[0]->kind != MR_L_SCAN &&
        input->exprs[0]->kind == MR_E_CALL &&
        strcmp(input->exprs[0]->function->name, "isnotnull") == 0 &&
        mr_expr_equal(input->exprs[0]->args[0], plan->exprs[0]))
        plan->inputs[0] = input->inputs[0];
}

static void split_scan_filters(mr_logical *plan, mr_arena *arena)
{
    for (int i = 0; i < plan->n_inputs; i++)
        split_scan_filters(plan->inputs[i], arena);
    if (plan->kind == MR_L_FILTER && plan->inputs[0]->kind == MR_L_SCAN)
        split_scan_filter(plan, arena);
}

/* --- columns nobody reads ----------------------------------------------------------------------
 */

typedef struct id_set {
    uint8_t *bits; /* one byte an id */
    int32_t n;
} id_set;

static void need(void *data, int32_t id)
{
    id_set *set = data;

    if (id >= 0 && id < set->n)
        set->bits[id] = 1;
}

static void need_exprs(id_set *set, mr_expr *const *exprs, int n)
{
    for (int i = 0; i < n; i++) {
        mr_expr_each_attr(exprs[i], need, set);
        if (exprs[i]->filter != NULL)
            mr_expr_each_attr(exprs[i]->filter, need, set);
    }
}

static id_set new_set(mr_arena *arena, int32_t n)
{
    return (id_set){ mr_arena_zalloc(arena, (size_t)n + 1), n };
}

static id_set copy_set(mr_arena *arena, const id_set *from)
{
    id_set set = new_set(arena, from->n);

    memcpy(set.bits, from->bits, (size_t)from->n);
    return set;
}

static void prune_output(mr_logical *plan, mr_arena *arena, const id_set *needed)
{
    mr_attr *output = MR_NEW_ARRAY(arena, mr_attr, plan->n_output);
    int n = 0;

    for (int i = 0; i < plan->n_output; i++)
        if (needed->bits[plan->output[i].id])
            output[n++] = plan->output[i];
    plan->output = output;
    plan->n_output = n;
}

static void prune_scan(mr_logical *plan, mr_arena *arena, const id_set *needed)
{
    mr_scan *scan = MR_NEW(arena, mr_scan);
    int corrupt = plan->scan->corrupt_index;

    *scan = *plan->scan;
    if (corrupt >= 0 && needed->bits[plan->output[corrupt].id]) {
        scan->is_only_corrupt = true;
        for (int i = 0; i < plan->n_output; i++)
            scan->is_only_corrupt &= i == corrupt || !needed->bits[plan->output[i].id];
    }
    if (corrupt >= 0 && needed->bits[plan->output[corrupt].id] &&
        !mr_str_is_nocase(scan->format, "json")) {
        plan->scan = scan;
        return; /* a line is corrupt by any of its fields, a JSON record by those that are read */
    }
    scan->needed = mr_arena_zalloc(arena, (size_t)scan->schema->n_fields + 1);
    for (int i = 0; i < plan->n_output; i++)
        scan->needed[i] = needed->bits[plan->output[i].id];
    plan->scan = scan;
    prune_output(plan, arena, needed);
}

static void prune_project(mr_logical *plan, mr_arena *arena, const id_set *needed)
{
    mr_expr **exprs = MR_NEW_ARRAY(arena, mr_expr *, plan->n_exprs);
    mr_attr *output = MR_NEW_ARRAY(arena, mr_attr, plan->n_exprs);
    int n = 0;

    for (int i = 0; i < plan->n_exprs; i++)
        if (needed->bits[plan->exprs[i]->attr_id]) {
            exprs[n] = plan->exprs[i];
            output[n++] = plan->output[i];
        }
    plan->exprs = exprs;
    plan->n_exprs = n;
    plan->output = output;
    plan->n_output = n;
}

typedef struct order {
    mr_logical *group;
    mr_expr **aggs;
    int n;
} order;

static bool note_aggregate(void *data, const mr_expr *expr)
{
    order *o = data;

    if (expr->kind != MR_E_ATTR)
        return false;
    for (int i = 0; i < o->n; i++)
        if (o->aggs[i]->attr_id == expr->attr_id)
            return false;
    for (int i = 0; i < o->group->n_aggs; i++)
        if (o->group->aggs[i]->attr_id == expr->attr_id)
            o->aggs[o->n++] = o->group->aggs[i];
    return false;
}

/* Aggregate functions in the order in which the results mention them; the others go. */
static void order_aggregates(mr_logical *project, mr_arena *arena)
{
    mr_logical *group = project->inputs[0];
    order o = { group, MR_NEW_ARRAY(arena, mr_expr *, group->n_aggs), 0 };
    mr_attr *output = MR_NEW_ARRAY(arena, mr_attr, group->n_output);

    for (int i = 0; i < project->n_exprs; i++)
        (void)mr_an_any(project->exprs[i], note_aggregate, &o);
    for (int i = 0; i < group->n_exprs; i++)
        output[i] = *mr_an_find(group->output, group->n_output, group->exprs[i]->attr_id);
    for (int i = 0; i < o.n; i++)
        output[group->n_exprs + i] =
            *mr_an_find(group->output, group->n_output, o.aggs[i]->attr_id);
    group->aggs = o.aggs;
    group->n_aggs = o.n;
    group->output = output;
    group->n_output = group->n_exprs + o.n;
}

static void prune(mr_logical *plan, mr_arena *arena, const id_set *needed);

/* Union columns match by position: all inputs keep all of them. */
static void prune_union(mr_logical *plan, mr_arena *arena, const id_set *needed)
{
    for (int i = 0; i < plan->n_inputs; i++) {
        mr_logical *input = plan->inputs[i];
        id_set all = new_set(arena, needed->n);

        for (int j = 0; j < input->n_output; j++)
            need(&all, input->output[j].id);
        prune(input, arena, &all);
    }
}

/* What the node itself reads of its input. */
static id_set inputs_needed(mr_logical *plan, mr_arena *arena, const id_set *needed)
{
    bool passes = plan->kind != MR_L_PROJECT && plan->kind != MR_L_AGGREGATE;
    id_set set = passes ? copy_set(arena, needed) : new_set(arena, needed->n);

    need_exprs(&set, plan->exprs, plan->n_exprs);
    need_exprs(&set, plan->aggs, plan->n_aggs);
    for (int i = 0; i < plan->n_orders; i++)
        need_exprs(&set, &plan->orders[i].expr, 1);
    if (plan->kind == MR_L_WATERMARK)
        need(&set, plan->attr_id);
    return set;
}

static void prune(mr_logical *plan, mr_arena *arena, const id_set *needed)
{
    id_set below_set;

    switch (plan->kind) {
    case MR_L_SCAN:
        prune_scan(plan, arena, needed);
        return;
    case MR_L_LOCAL:
    case MR_L_RANGE:
    case MR_L_ONE_ROW:
        return;
    case MR_L_UNION:
        prune_union(plan, arena, needed);
        return;
    case MR_L_PROJECT:
        prune_project(plan, arena, needed);
        if (plan->inputs[0]->kind == MR_L_AGGREGATE)
            order_aggregates(plan, arena);
        break;
    default:
        break;
    }
    below_set = inputs_needed(plan, arena, needed);
    prune(plan->inputs[0], arena, &below_set);
    if (plan->kind == MR_L_WINDOW || plan->kind == MR_L_WATERMARK) {
        /* the node's own attributes keep their markers */
        prune_output(plan, arena, plan->kind == MR_L_WINDOW ? needed : &below_set);
        return;
    }
    if (plan->kind == MR_L_GENERATE) {
        prune_output(plan, arena, needed);
        return;
    }
    if (plan->kind != MR_L_PROJECT && plan->kind != MR_L_AGGREGATE) {
        plan->output = plan->inputs[0]->output;
        plan->n_output = plan->inputs[0]->n_output;
    }
}

/* A projection that shows exactly its input. */
static bool is_noop(const mr_logical *plan)
{
    const mr_logical *input = plan->n_inputs > 0 ? plan->inputs[0] : NULL;

    if (plan->kind != MR_L_PROJECT || input->kind == MR_L_AGGREGATE ||
        plan->n_exprs != input->n_output)
        return false;
    for (int i = 0; i < plan->n_exprs; i++)
        if (plan->exprs[i]->kind != MR_E_ATTR || plan->exprs[i]->attr_id != input->output[i].id)
            return false;
    return true;
}

/* Below the root, whose names the user sees. */
static void drop_noops(mr_logical *plan)
{
    for (int i = 0; i < plan->n_inputs; i++) {
        while (is_noop(plan->inputs[i]))
            plan->inputs[i] = plan->inputs[i]->inputs[0];
        drop_noops(plan->inputs[i]);
    }
}

static int32_t largest_id(const mr_logical *plan)
{
    int32_t top = 0;

    for (int i = 0; i < plan->n_output; i++)
        top = plan->output[i].id > top ? plan->output[i].id : top;
    for (int i = 0; i < plan->n_inputs; i++) {
        int32_t id = largest_id(plan->inputs[i]);

        top = id > top ? id : top;
    }
    return top;
}

mr_status mr_analyze_optimize(mr_logical **plan, mr_arena *arena, mr_error *err)
{
    id_set needed;
    int32_t next_id = largest_id(*plan) + 1;

    MR_TRY(mr_an_distinct(arena, *plan, &next_id, err));
    *plan = push_filters(arena, *plan);
    test_window_times(*plan, arena);
    test_lists(*plan, arena);
    split_scan_filters(*plan, arena);
    merge_projects(arena, *plan);
    needed = new_set(arena, largest_id(*plan) + 1);
    for (int i = 0; i < (*plan)->n_output; i++)
        need(&needed, (*plan)->output[i].id);
    prune(*plan, arena, &needed);
    drop_noops(*plan);
    drop_window_tests(*plan);
    return MR_OK;
}
