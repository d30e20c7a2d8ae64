/* query.c - WITH, SELECT, set operations, and the clauses that follow them. */
#include "sql/sql_priv.h"

static mr_status parse_query(mr_parser *p, mr_xrel **out);

bool mr_query_starts(const mr_parser *p, int ahead)
{
    static const char *const words[] = { "SELECT", "VALUES", "WITH", "FROM", "TABLE", NULL };

    while (mr_parser_is_op(p, ahead, MR_OP1('(')))
        ahead++;
    if (!mr_parser_is_one_of(p, ahead, words))
        return false;
    /* with.x, table(x), values = 1: columns and calls of that name */
    if (mr_parser_is_word(p, ahead, "SELECT"))
        return true;
    if (mr_parser_is_word(p, ahead, "VALUES"))
        return mr_parser_peek(p, ahead + 1)->kind != MR_T_SYMBOL ||
               mr_parser_is_op(p, ahead + 1, MR_OP1('('));
    return mr_parser_is_name(p, ahead + 1);
}

static mr_xrel *on_top(mr_parser *p, mr_xrel_kind kind, mr_xrel *input, int start)
{
    return mr_relation_span(p, mr_xrel_new(p->arena, kind, input), start);
}

static mr_xrel *with_exprs(mr_xrel *r, const mr_xexpr_list *list)
{
    r->exprs = list->items;
    r->n_exprs = list->n;
    return r;
}

/* ---- GROUP BY ---- */

enum { GROUP_BY = 1, GROUP_ROLLUP = 2, GROUP_CUBE = 3, GROUP_SETS = 5 };

/* '(' [a, b] ')' or a single expression, as an internal call of `name`. */
static mr_status parse_grouping_set(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);
    mr_xexpr_list list = { 0 };

    if (mr_parser_is_op(p, 0, MR_OP1('(')) && mr_parser_is_op(p, 1, MR_OP1(')'))) {
        p->at += 2;
    } else {
        mr_xexpr *e;

        MR_TRY(mr_expr_parse(p, &e));
        if (e->kind == MR_X_FUNCTION && e->is_internal && mr_str_is(e->name, "struct"))
            list = (mr_xexpr_list){ e->args, e->n_args, e->n_args };
        else
            mr_xexpr_list_add(p->arena, &list, e);
    }
    *out = mr_expr_span(p, mr_expr_call(p, "grouping_set", list.n, list.items), start);
    (*out)->is_internal = true;
    return MR_OK;
}

static mr_status parse_grouping_sets(mr_parser *p, mr_xexpr_list *out)
{
    MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
    do {
        mr_xexpr *set;

        MR_TRY(parse_grouping_set(p, &set));
        mr_xexpr_list_add(p->arena, out, set);
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    return mr_parser_expect_op(p, MR_OP1(')'));
}

/* A lone ROLLUP(...) or CUBE(...) among the groupings becomes the group type. */
static void lift_rollup(mr_xrel *r)
{
    mr_xexpr *only = r->n_exprs == 1 ? r->exprs[0] : NULL;

    if (only == NULL || only->kind != MR_X_FUNCTION)
        return;
    if (mr_str_is_nocase(only->name, "rollup"))
        r->group_type = GROUP_ROLLUP;
    else if (mr_str_is_nocase(only->name, "cube"))
        r->group_type = GROUP_CUBE;
    else
        return;
    r->exprs = only->args;
    r->n_exprs = only->n_args;
}

/* After GROUP BY: fills exprs and group_type of the aggregate. */
static mr_status parse_groupings(mr_parser *p, mr_xrel *r)
{
    mr_xexpr_list list = { 0 };

    r->group_type = GROUP_BY;
    if (!mr_parser_is_words(p, "GROUPING", "SETS")) {
        MR_TRY(mr_expr_parse_list(p, &list));
    }
    if (mr_parser_eat_words(p, "GROUPING", "SETS")) {
        list = (mr_xexpr_list){ 0 };
        MR_TRY(parse_grouping_sets(p, &list));
        r->group_type = GROUP_SETS;
    }
    with_exprs(r, &list);
    if (mr_parser_eat_words(p, "WITH", "ROLLUP"))
        r->group_type = GROUP_ROLLUP;
    else if (mr_parser_eat_words(p, "WITH", "CUBE"))
        r->group_type = GROUP_CUBE;
    else if (r->group_type == GROUP_BY)
        lift_rollup(r);
    return MR_OK;
}

/* ---- SELECT ---- */

static mr_status parse_select_list(mr_parser *p, mr_xexpr_list *out)
{
    do {
        mr_xexpr *e;

        MR_TRY(mr_expr_parse_named(p, &e));
        mr_xexpr_list_add(p->arena, out, e);
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    return MR_OK;
}

static mr_status parse_where(mr_parser *p, mr_xrel **r, int start)
{
    mr_xexpr_list list = { 0 };
    mr_xexpr *condition;

    MR_TRY(mr_expr_parse(p, &condition));
    mr_xexpr_list_add(p->arena, &list, condition);
    *r = with_exprs(on_top(p, MR_R_FILTER, *r, start), &list);
    return MR_OK;
}

/* The select list over *r: a projection, or an aggregate when GROUP BY or HAVING follow. */
static mr_status parse_grouped(mr_parser *p, const mr_xexpr_list *list, int start, mr_xrel **r)
{
    bool grouped = mr_parser_eat_words(p, "GROUP", "BY");
    mr_xrel *top;

    if (!grouped && !mr_parser_is_word(p, 0, "HAVING")) {
        *r = with_exprs(on_top(p, MR_R_PROJECT, *r, start), list);
        return MR_OK;
    }
    top = mr_xrel_new(p->arena, MR_R_AGGREGATE, *r);
    top->group_type = GROUP_BY;
    top->is_all = true; /* its output is exactly `aggs` */
    top->aggs = list->items;
    top->n_aggs = list->n;
    if (grouped)
        MR_TRY(parse_groupings(p, top));
    *r = mr_relation_span(p, top, start);
    return mr_parser_eat_word(p, "HAVING") ? parse_where(p, r, start) : MR_OK;
}

static mr_status parse_select(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);
    mr_xexpr_list list = { 0 };
    bool distinct;

    p->at++;
    distinct = mr_parser_eat_word(p, "DISTINCT");
    if (!distinct && mr_parser_is_word(p, 0, "ALL") && !mr_parser_is_op(p, 1, MR_OP1(',')))
        p->at++;
    MR_TRY(parse_select_list(p, &list));
    *out = NULL;
    if (mr_parser_eat_word(p, "FROM"))
        MR_TRY(mr_relation_parse_from(p, out));
    if (mr_parser_is_word(p, 0, "WHERE") && *out == NULL)
        *out = on_top(p, MR_R_PROJECT, NULL, start); /* one row without columns */
    if (mr_parser_eat_word(p, "WHERE"))
        MR_TRY(parse_where(p, out, start));
    MR_TRY(parse_grouped(p, &list, start, out));
    if (mr_parser_is_word(p, 0, "WINDOW") || mr_parser_is_word(p, 0, "QUALIFY"))
        return mr_parser_unsupported(p, "WINDOW");
    if (distinct) {
        *out = on_top(p, MR_R_DEDUPLICATE, *out, start);
        (*out)->all_columns = true;
    }
    return MR_OK;
}

/* FROM t [WHERE ...] SELECT list: the clauses in Hive's order. */
static mr_status parse_from_first(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);
    mr_xexpr_list list = { 0 };
    mr_xrel *from;

    p->at++;
    MR_TRY(mr_relation_parse_from(p, &from));
    MR_TRY(mr_parser_expect_word(p, "SELECT"));
    MR_TRY(parse_select_list(p, &list));
    if (mr_parser_eat_word(p, "WHERE"))
        MR_TRY(parse_where(p, &from, start));
    *out = from;
    return parse_grouped(p, &list, start, out);
}

/* TABLE name. */
static mr_status parse_table_query(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);

    p->at++;
    *out = mr_xrel_new(p->arena, MR_R_READ_TABLE, NULL);
    MR_TRY(mr_parser_dotted(p, &(*out)->name, NULL));
    mr_relation_span(p, *out, start);
    return MR_OK;
}

static mr_status parse_primary(mr_parser *p, mr_xrel **out)
{
    if (mr_parser_is_op(p, 0, MR_OP1('(')) && mr_query_starts(p, 0)) {
        p->at++;
        MR_TRY(parse_query(p, out));
        return mr_parser_expect_op(p, MR_OP1(')'));
    }
    if (mr_parser_is_word(p, 0, "SELECT"))
        return parse_select(p, out);
    if (mr_parser_is_word(p, 0, "VALUES"))
        return mr_relation_parse_values(p, out);
    if (mr_parser_is_word(p, 0, "FROM"))
        return parse_from_first(p, out);
    if (mr_parser_is_word(p, 0, "TABLE"))
        return parse_table_query(p, out);
    return mr_parser_fail(p);
}

/* ---- set operations ---- */

/* Connect's number of the operator at hand, its words eaten. */
static int parse_set_operator(mr_parser *p, bool intersect)
{
    if (intersect)
        return mr_parser_eat_word(p, "INTERSECT") ? 1 : 0;
    if (mr_parser_eat_word(p, "UNION"))
        return 2;
    if (mr_parser_eat_word(p, "EXCEPT") || mr_parser_eat_word(p, "MINUS") ||
        mr_parser_eat_word(p, "SETMINUS"))
        return 3;
    return 0;
}

/* UNION and EXCEPT, over INTERSECT, which binds tighter. */
static mr_status parse_set_operation(mr_parser *p, bool intersect, mr_xrel **out)
{
    int start = mr_parser_start(p), op;

    MR_TRY(intersect ? parse_primary(p, out) : parse_set_operation(p, true, out));
    while ((op = parse_set_operator(p, intersect)) != 0) {
        mr_xrel *r = mr_xrel_new(p->arena, MR_R_SET_OP, *out);

        r->set_op = op;
        r->is_all = mr_parser_eat_word(p, "ALL");
        if (!r->is_all)
            (void)mr_parser_eat_word(p, "DISTINCT");
        r->by_name = mr_parser_eat_words(p, "BY", "NAME");
        MR_TRY(intersect ? parse_primary(p, &r->right) : parse_set_operation(p, true, &r->right));
        *out = mr_relation_span(p, r, start);
        MR_TRY(mr_parser_grow(p));
    }
    return MR_OK;
}

/* ---- ORDER BY, LIMIT ---- */

static mr_status parse_sort(mr_parser *p, mr_xrel **out, int start, bool global)
{
    mr_xexpr_list list = { 0 };

    MR_TRY(mr_expr_parse_sort_list(p, &list));
    *out = with_exprs(on_top(p, MR_R_SORT, *out, start), &list);
    (*out)->is_global = global;
    return MR_OK;
}

/* DISTRIBUTE BY a; CLUSTER BY a, which also sorts within partitions. */
static mr_status parse_distribute(mr_parser *p, mr_xrel **out, int start, bool sorted)
{
    mr_xexpr_list list = { 0 }, orders = { 0 };

    MR_TRY(mr_expr_parse_list(p, &list));
    *out = with_exprs(on_top(p, MR_R_REPARTITION_BY, *out, start), &list);
    if (!sorted)
        return MR_OK;
    for (int i = 0; i < list.n; i++) {
        mr_xexpr *order = mr_xexpr_new(p->arena, MR_X_SORT_ORDER);

        order->args = &list.items[i];
        order->n_args = 1;
        mr_xexpr_list_add(p->arena, &orders, order);
    }
    *out = with_exprs(on_top(p, MR_R_SORT, *out, start), &orders);
    return MR_OK;
}

static mr_status parse_count(mr_parser *p, int64_t *out)
{
    int at = p->at;
    mr_xexpr *e;

    MR_TRY(mr_expr_parse(p, &e));
    if (e->kind != MR_X_LITERAL || e->literal.is_null || !mr_type_is_integral(e->literal.type)) {
        p->at = at;
        return mr_parser_unsupported(p, "LIMIT or OFFSET with anything but an integer literal");
    }
    *out = e->literal.i64;
    return MR_OK;
}

static mr_status parse_limits(mr_parser *p, mr_xrel **out, int start)
{
    bool limited = false;
    int64_t limit = 0, offset;

    if (mr_parser_eat_word(p, "LIMIT")) {
        limited = !mr_parser_eat_word(p, "ALL");
        if (limited)
            MR_TRY(parse_count(p, &limit));
    }
    if (mr_parser_eat_word(p, "OFFSET")) {
        MR_TRY(parse_count(p, &offset));
        *out = on_top(p, MR_R_OFFSET, *out, start);
        (*out)->count = offset;
    }
    if (limited) {
        *out = on_top(p, MR_R_LIMIT, *out, start);
        (*out)->count = limit;
    }
    return MR_OK;
}

static mr_status parse_body(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);

    MR_TRY(parse_set_operation(p, false, out));
    if (mr_parser_eat_words(p, "CLUSTER", "BY"))
        MR_TRY(parse_distribute(p, out, start, true));
    else if (mr_parser_eat_words(p, "DISTRIBUTE", "BY"))
        MR_TRY(parse_distribute(p, out, start, false));
    if (mr_parser_eat_words(p, "ORDER", "BY"))
        MR_TRY(parse_sort(p, out, start, true));
    else if (mr_parser_eat_words(p, "SORT", "BY"))
        MR_TRY(parse_sort(p, out, start, false));
    return parse_limits(p, out, start);
}

/* ---- WITH ---- */

/* name [(columns)] [AS] ( query ) */
static mr_status parse_cte(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);
    mr_str_list columns = { 0 };
    mr_xrel *query;
    mr_str name;

    MR_TRY(mr_parser_name(p, &name));
    if (mr_parser_is_op(p, 0, MR_OP1('(')) && !mr_query_starts(p, 1))
        MR_TRY(mr_parser_name_list(p, &columns));
    (void)mr_parser_eat_word(p, "AS");
    MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
    MR_TRY(parse_query(p, &query));
    MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    if (columns.n > 0) {
        query = on_top(p, MR_R_TO_DF, query, start);
        query->names = columns.items;
        query->n_names = columns.n;
    }
    *out = on_top(p, MR_R_SUBQUERY_ALIAS, query, start);
    (*out)->name = name;
    return MR_OK;
}

/* Views of the statement: refs in order, each may read those before it. */
static mr_status parse_with(mr_parser *p, mr_xrel **out)
{
    mr_xrel *with = mr_xrel_new(p->arena, MR_R_WITH_RELATIONS, NULL);
    int start = mr_parser_start(p), capacity = 0;

    p->at++;
    if (mr_parser_is_word(p, 0, "RECURSIVE") && mr_parser_is_name(p, 1) &&
        !mr_parser_is_word(p, 1, "AS"))
        return mr_parser_unsupported(p, "WITH RECURSIVE");
    do {
        if (with->n_refs == capacity) {
            mr_xrel **refs = MR_NEW_ARRAY(p->arena, mr_xrel *, capacity = capacity * 2 + 4);

            if (with->n_refs > 0)
                memcpy(refs, with->refs, sizeof(*refs) * (size_t)with->n_refs);
            with->refs = refs;
        }
        MR_TRY(parse_cte(p, &with->refs[with->n_refs++]));
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    MR_TRY(parse_body(p, &with->input));
    *out = mr_relation_span(p, with, start);
    return MR_OK;
}

static mr_status parse_query(mr_parser *p, mr_xrel **out)
{
    int outer = p->height;

    MR_TRY(mr_parser_enter(p));
    p->height = 0;
    MR_TRY(mr_parser_is_word(p, 0, "WITH") ? parse_with(p, out) : parse_body(p, out));
    p->height = (p->height > outer ? p->height : outer) + 1;
    mr_parser_leave(p);
    return MR_OK;
}

mr_status mr_query_parse(mr_parser *p, mr_xrel **out)
{
    return parse_query(p, out);
}
