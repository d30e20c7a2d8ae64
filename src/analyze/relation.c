/* relation.c - relations as users wrote them to logical nodes. */
#include "analyze/analyze_priv.h"

/* Named results over input: a window, a global aggregation or a projection, as they ask for. */
static mr_status select_list(mr_analyzer *an, mr_logical *input, mr_expr_list *list,
                             mr_logical **out, mr_error *err)
{
    mr_expr_list no_keys = { 0 };

    for (int i = 0; i < list->n; i++)
        if (mr_an_has_kind(list->items[i], MR_E_AGGREGATE))
            return mr_an_group(an, input, &no_keys, list, out, err);
    MR_TRY(mr_an_extract_window(an, &input, list->items, list->n, err));
    *out = mr_an_project(an->arena, input, list->items, list->n);
    return MR_OK;
}

/* Adds the position of the whole query to an error without one. */
static mr_status in_relation(mr_error *err, mr_status status, const mr_xrel *rel)
{
    mr_xexpr at = { .sql_start = rel->sql_text.len > 0 ? rel->sql_start : -1,
                    .sql_stop = rel->sql_stop,
                    .sql_text = rel->sql_text };

    return mr_an_at(err, status, &at, NULL);
}

static mr_status project(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                         mr_error *err)
{
    mr_expr_list list = { 0 };
    mr_scope scope = { .an = an, .plan = input, .aggregates = true };

    for (int i = 0; i < rel->n_exprs; i++) {
        bool generated;

        MR_TRY(mr_an_generator(&scope, rel->exprs[i], &input, &list, &generated, err));
        if (!generated)
            MR_TRY(mr_an_named(&scope, rel->exprs[i], &list, err));
    }
    return in_relation(err, select_list(an, input, &list, out, err), rel);
}

/* Columns below the output that a filter or sort may still use. */
static const mr_logical *hidden_of(mr_logical *plan)
{
    const mr_logical *group = mr_an_grouped(plan);

    if (group != NULL)
        return group->inputs[0];
    while (plan->kind == MR_L_FILTER || plan->kind == MR_L_SORT)
        plan = plan->inputs[0];
    if (plan->kind != MR_L_PROJECT)
        return NULL;
    return plan->inputs[0];
}

/* Makes the attribute of a node below part of plan's output. */
static bool expose(mr_arena *arena, mr_logical *plan, int32_t id)
{
    mr_logical *input = plan->n_inputs > 0 ? plan->inputs[0] : NULL;
    mr_expr_list list = { plan->exprs, plan->n_exprs, plan->n_exprs };
    mr_logical *wider;

    if (mr_an_find(plan->output, plan->n_output, id) != NULL)
        return true;
    if (plan->kind != MR_L_PROJECT && plan->kind != MR_L_FILTER && plan->kind != MR_L_SORT)
        return false;
    if (!expose(arena, input, id))
        return false;
    if (plan->kind != MR_L_PROJECT) {
        plan->output = input->output;
        plan->n_output = input->n_output;
        return true;
    }
    mr_an_push(arena, &list, mr_expr_attr(arena, mr_an_find(input->output, input->n_output, id)));
    wider = mr_an_project(arena, input, list.items, list.n);
    plan->exprs = wider->exprs;
    plan->n_exprs = wider->n_exprs;
    plan->output = wider->output;
    plan->n_output = wider->n_output;
    return true;
}

static void need_attr(void *data, int32_t id)
{
    mr_logical *plan = ((void **)data)[0];
    mr_arena *arena = ((void **)data)[1];

    if (!expose(arena, plan, id))
        (void)mr_an_file_column_show(arena, plan, id);
}

/* An expression of a filter or sort above `input`, made computable from its output. */
static mr_status settle(mr_analyzer *an, mr_logical *input, mr_expr **expr, mr_error *err)
{
    mr_logical *group = mr_an_grouped(input);
    void *data[] = { input, an->arena };

    if (group != NULL && (mr_an_has_kind(*expr, MR_E_AGGREGATE) ||
                          !mr_an_covers(*expr, input->output, input->n_output)))
        MR_TRY(mr_an_over_group(an, group, input, expr, err));
    mr_expr_each_attr(*expr, need_attr, data);
    if (!mr_an_covers(*expr, input->output, input->n_output))
        return mr_an_unsupported(err, "a column that is no longer part of the result here");
    return MR_OK;
}

/* The columns that were there before settle() added some. */
static mr_logical *only(mr_arena *arena, mr_logical *plan, const mr_attr *attrs, int n)
{
    mr_expr **exprs;

    if (plan->n_output == n)
        return plan;
    exprs = MR_NEW_ARRAY(arena, mr_expr *, n);
    for (int i = 0; i < n; i++)
        exprs[i] = mr_expr_attr(arena, &attrs[i]);
    return mr_an_project(arena, plan, exprs, n);
}

static void print_aggregates(const mr_expr *expr, mr_buf *out)
{
    if (expr->kind == MR_E_AGGREGATE) {
        if (out->len > 0)
            mr_buf_puts(out, ", ");
        mr_expr_print_name(expr, out);
        return;
    }
    for (int i = 0; i < expr->n_args; i++)
        print_aggregates(expr->args[i], out);
}

static mr_status raise_where(mr_analyzer *an, const mr_expr *condition, mr_error *err)
{
    mr_buf names = { 0 };
    mr_status status;

    print_aggregates(condition, &names);
    status = mr_raise(err, MR_EXC_ANALYSIS, "INVALID_WHERE_CONDITION", "condition",
                      mr_an_sql(an->arena, condition), "expressionList", mr_buf_cstr(&names), NULL);
    mr_buf_free(&names);
    return status;
}

static mr_status check_condition(mr_analyzer *an, const mr_xexpr *x, const mr_logical *input,
                                 mr_expr **condition, mr_error *err)
{
    if ((*condition)->type->id == MR_TYPE_NULL)
        *condition = mr_an_implicit_cast(an, *condition, mr_type_of(MR_TYPE_BOOLEAN));
    if ((*condition)->type->id == MR_TYPE_BOOLEAN)
        return MR_OK;
    return mr_an_at(err,
                    mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
                             "sqlExpr", mr_an_sql(an->arena, *condition), "filter",
                             mr_an_sql(an->arena, *condition), "type",
                             mr_an_type(an->arena, (*condition)->type), NULL),
                    x->kind == MR_X_TEXT ? NULL : x, input);
}

static mr_status filter(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                        mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input, .hidden = hidden_of(input), .aggregates = true };
    const mr_attr *attrs = input->output;
    int n = input->n_output;
    mr_expr *condition;

    MR_TRY(mr_an_expr(&scope, rel->exprs[0], &condition, err));
    MR_TRY(check_condition(an, rel->exprs[0], input, &condition, err));
    if (mr_an_has_kind(condition, MR_E_WINDOW))
        return mr_an_unsupported(err, "window() in a condition");
    if (mr_an_has_kind(condition, MR_E_AGGREGATE) && mr_an_grouped(input) == NULL)
        return raise_where(an, condition, err);
    MR_TRY(mr_an_at(err, settle(an, input, &condition, err), rel->exprs[0], input));
    *out = only(an->arena, mr_an_filter(an->arena, input, condition), attrs, n);
    return MR_OK;
}

/* ORDER BY 2. */
static mr_status ordinal(mr_analyzer *an, const mr_xexpr *x, const mr_logical *input, mr_expr **out,
                         mr_error *err)
{
    int64_t index = x->literal.i64;

    if (index < 1 || index > input->n_output) {
        mr_str at = mr_arena_printf(an->arena, "%lld", (long long)index);
        mr_str size = mr_arena_printf(an->arena, "%d", input->n_output);

        return mr_an_at(err,
                        mr_raise(err, MR_EXC_ANALYSIS, "ORDER_BY_POS_OUT_OF_RANGE", "index",
                                 mr_arena_cstr(an->arena, at), "size",
                                 mr_arena_cstr(an->arena, size), NULL),
                        x, NULL);
    }
    *out = mr_expr_attr(an->arena, &input->output[index - 1]);
    return MR_OK;
}

static mr_status sort_order(const mr_scope *scope, mr_logical *input, const mr_xexpr *x,
                            mr_sort_order *out, mr_error *err)
{
    const mr_xexpr *key = x->kind == MR_X_SORT_ORDER ? x->args[0] : x;

    MR_TRY(mr_an_parse_text(scope, key, &key, err));
    if (key->kind == MR_X_LITERAL && key->literal.type->id == MR_TYPE_INT && !key->literal.is_null)
        MR_TRY(ordinal(scope->an, key, input, &out->expr, err));
    else
        MR_TRY(mr_an_expr(scope, key, &out->expr, err));
    if (out->expr->type->id == MR_TYPE_MAP)
        return mr_an_unsupported(err, "sorting by a map");
    out->is_descending = x->kind == MR_X_SORT_ORDER && x->is_descending;
    out->nulls_first = !out->is_descending;
    if (x->kind == MR_X_SORT_ORDER && x->nulls != MR_NULLS_DEFAULT)
        out->nulls_first = x->nulls == MR_NULLS_FIRST;
    return mr_an_at(err, settle(scope->an, input, &out->expr, err), key, input);
}

static mr_status sort(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                      mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input, .hidden = hidden_of(input), .aggregates = true };
    const mr_attr *attrs = input->output;
    int n = input->n_output;
    mr_sort_order *orders = MR_NEW_ARRAY(an->arena, mr_sort_order, rel->n_exprs);
    mr_logical *plan;

    for (int i = 0; i < rel->n_exprs; i++)
        MR_TRY(sort_order(&scope, input, rel->exprs[i], &orders[i], err));
    plan = mr_logical_new(an->arena, MR_L_SORT, input);
    plan->orders = orders;
    plan->n_orders = rel->n_exprs;
    *out = only(an->arena, plan, attrs, n);
    return MR_OK;
}

static mr_status limit(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                       mr_error *err)
{
    mr_logical_kind kind = rel->kind == MR_R_LIMIT    ? MR_L_LIMIT
                           : rel->kind == MR_R_OFFSET ? MR_L_OFFSET
                                                      : MR_L_TAIL;
    const char *name = kind == MR_L_LIMIT ? "limit" : kind == MR_L_OFFSET ? "offset" : "tail";

    if (rel->count < 0)
        return mr_raise(
            err, MR_EXC_ANALYSIS, "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "name", name, "expr",
            mr_arena_cstr(an->arena, mr_arena_printf(an->arena, "\"%lld\"", (long long)rel->count)),
            "v",
            mr_arena_cstr(an->arena, mr_arena_printf(an->arena, "%lld", (long long)rel->count)),
            NULL);
    *out = mr_logical_new(an->arena, kind, input);
    (*out)->count = rel->count;
    return MR_OK;
}

static mr_logical *qualify(mr_analyzer *an, const mr_xrel *rel, mr_logical *input)
{
    mr_expr **exprs = MR_NEW_ARRAY(an->arena, mr_expr *, input->n_output);
    mr_logical *plan;

    for (int i = 0; i < input->n_output; i++)
        exprs[i] = mr_expr_attr(an->arena, &input->output[i]);
    plan = mr_an_project(an->arena, input, exprs, input->n_output);
    for (int i = 0; i < plan->n_output; i++)
        plan->output[i].qualifier = rel->name;
    return plan;
}

static mr_status sql(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    const mr_catalog *catalog = an->env->catalog;
    const mr_xrel *outer = an->sql;
    mr_xrel *parsed;
    mr_status status;

    if (catalog == NULL || catalog->parse == NULL)
        return mr_an_unsupported(err, "SQL text here");
    MR_TRY(catalog->parse(catalog->self, rel->name, an->arena, &parsed, err));
    an->sql = rel;
    status = mr_an_relation(an, parsed, out, err);
    an->sql = outer;
    return status;
}

static mr_status with_relations(mr_analyzer *an, const mr_xrel *rel, mr_logical **out,
                                mr_error *err)
{
    const mr_ref_scope *outer = an->refs;
    mr_status status;

    for (int i = 0; i < rel->n_refs; i++) {
        mr_ref_scope *scope = MR_NEW(an->arena, mr_ref_scope);

        scope->rel = rel->refs[i];
        scope->outer = an->refs;
        an->refs = scope;
    }
    status = mr_an_relation(an, rel->input, out, err);
    an->refs = outer;
    return status;
}

static mr_status set_op(mr_analyzer *an, const mr_xrel *rel, mr_logical *left, mr_logical **out,
                        mr_error *err)
{
    mr_logical *right;

    if (rel->set_op != 2)
        return mr_an_unsupported(err, "%s", rel->set_op == 1 ? "INTERSECT" : "EXCEPT");
    MR_TRY(mr_an_relation(an, rel->right, &right, err));
    return mr_an_union(an, rel, left, right, out, err);
}

/* What Spark Connect can say and this build cannot do, by the number in its message. */
static mr_status no_such_relation(const mr_xrel *rel, mr_error *err)
{
    static const struct {
        int number;
        const char *name;
    } known[] = {
        { 12, "sample and randomSplit" },
        { 25, "unpivot" },
        { 28, "mapInPandas, mapInArrow" },
        { 30, "reading from a frame of text" },
        { 31, "applyInPandas, applyInArrow" },
        { 32, "cogroup" },
        { 34, "applyInPandasWithState, transformWithState" },
        { 38, "user-defined table functions" },
        { 39, "joins" },
        { 40, "user-defined data sources" },
        { 42, "transpose" },
        { 43, "table-valued functions" },
        { 44, "lateral joins" },
        { 92, "replace" },
        { 100, "summary" },
        { 101, "crosstab" },
        { 102, "describe" },
        { 103, "cov" },
        { 104, "corr of a frame" },
        { 105, "approxQuantile" },
        { 106, "freqItems" },
        { 107, "sampleBy" },
        { 300, "machine learning" },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].number == rel->number)
            return mr_an_unsupported(err, "%s", known[i].name);
    return mr_an_unsupported(err, "relation number %d of Spark Connect", rel->number);
}

/* Relations without input. */
static mr_status leaf(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    switch (rel->kind) {
    case MR_R_READ_SOURCE:
        return mr_an_read(an, rel, out, err);
    case MR_R_READ_TABLE:
        return mr_an_table(an, rel, out, err);
    case MR_R_LOCAL:
        return mr_an_local(an, rel, out, err);
    case MR_R_CACHED_REMOTE:
    case MR_R_CACHED_LOCAL:
        return mr_an_cached(an, rel, out, err);
    case MR_R_RANGE:
        return mr_an_range(an, rel, out, err);
    case MR_R_VALUES:
        return mr_an_values(an, rel, out, err);
    case MR_R_SQL:
        return sql(an, rel, out, err);
    case MR_R_JOIN:
        return mr_an_unsupported(err, "joins");
    case MR_R_UNSUPPORTED:
        return no_such_relation(rel, err);
    case MR_R_CATALOG:
        return mr_an_unsupported(err, "a catalog call as a relation");
    default:
        return mr_fail(err, MR_INVALID, "a relation without its input");
    }
}

static mr_status unary(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                       mr_error *err)
{
    switch (rel->kind) {
    case MR_R_PROJECT:
        return project(an, rel, input, out, err);
    case MR_R_FILTER:
        return filter(an, rel, input, out, err);
    case MR_R_SORT:
        return sort(an, rel, input, out, err);
    case MR_R_LIMIT:
    case MR_R_OFFSET:
    case MR_R_TAIL:
        return limit(an, rel, input, out, err);
    case MR_R_AGGREGATE:
        return mr_an_aggregate(an, rel, input, out, err);
    case MR_R_SET_OP:
        return set_op(an, rel, input, out, err);
    case MR_R_DEDUPLICATE:
        return mr_an_deduplicate(an, rel, input, out, err);
    case MR_R_SUBQUERY_ALIAS:
        *out = qualify(an, rel, input);
        return MR_OK;
    case MR_R_LATERAL_VIEW:
        return mr_an_lateral_view(an, rel, input, out, err);
    case MR_R_TO_DF:
        return mr_an_to_df(an, rel, input, out, err);
    case MR_R_TO_SCHEMA:
        return mr_an_to_schema(an, rel->schema, input, out, err);
    case MR_R_WITH_COLUMNS:
        return mr_an_with_columns(an, rel, input, out, err);
    case MR_R_WITH_COLUMNS_RENAMED:
        return mr_an_rename(an, rel, input, out, err);
    case MR_R_DROP:
        return mr_an_drop(an, rel, input, out, err);
    case MR_R_WITH_WATERMARK:
        return mr_an_watermark(an, rel, input, out, err);
    case MR_R_NA_FILL:
        return mr_an_na_fill(an, rel, input, out, err);
    case MR_R_NA_DROP:
        return mr_an_na_drop(an, rel, input, out, err);
    case MR_R_HINT:
    case MR_R_REPARTITION:
    case MR_R_REPARTITION_BY:
    case MR_R_SHOW_STRING:
    case MR_R_HTML_STRING:
        *out = input;
        return MR_OK;
    case MR_R_COLLECT_METRICS:
        return mr_an_unsupported(err, "observe");
    default:
        return leaf(an, rel, out, err);
    }
}

static mr_status resolve(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    mr_logical *input;

    if (rel->kind == MR_R_WITH_RELATIONS)
        return with_relations(an, rel, out, err);
    if (rel->kind == MR_R_PROJECT && rel->input == NULL)
        return project(an, rel, mr_logical_new(an->arena, MR_L_ONE_ROW, NULL), out, err);
    if (rel->kind == MR_R_JOIN || rel->input == NULL)
        return leaf(an, rel, out, err);
    MR_TRY(mr_an_relation(an, rel->input, &input, err));
    return unary(an, rel, input, out, err);
}

mr_status mr_an_relation(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err)
{
    mr_status status;

    if (rel == NULL)
        return mr_fail(err, MR_INVALID, "a relation is missing");
    if (++an->depth > MR_ANALYZE_MAX_DEPTH)
        return mr_fail(err, MR_INVALID, "relations are nested deeper than %d",
                       MR_ANALYZE_MAX_DEPTH);
    status = resolve(an, rel, out, err);
    an->depth--;
    if (status == MR_OK && an->has_file_columns)
        mr_an_file_columns_settle(an, *out);
    if (status == MR_OK && rel->has_plan_id) {
        mr_plan_entry *entry = MR_NEW(an->arena, mr_plan_entry);

        entry->plan_id = rel->plan_id;
        entry->plan = *out;
        entry->next = an->plans;
        an->plans = entry;
    }
    return status;
}
