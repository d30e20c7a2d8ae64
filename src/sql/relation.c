/* relation.c - what stands after FROM: tables, streams, files, subqueries, VALUES, joins. */
#include "sql/sql_priv.h"

mr_xrel *mr_relation_span(mr_parser *p, mr_xrel *r, int start)
{
    r->sql_start = start;
    r->sql_stop = mr_parser_stop(p);
    r->sql_text = p->text;
    return r;
}

/* ---- options ---- */

static mr_status parse_key(mr_parser *p, mr_str *out)
{
    return mr_literal_starts_string(p) ? mr_literal_string(p, out) : mr_parser_dotted(p, out, NULL);
}

static mr_status parse_option_value(mr_parser *p, mr_str *out)
{
    int start = mr_parser_start(p);
    mr_token_kind kind;

    if (mr_literal_starts_string(p))
        return mr_literal_string(p, out);
    (void)mr_parser_eat_op(p, MR_OP1('-'));
    kind = (mr_token_kind)mr_parser_peek(p, 0)->kind;
    if (kind != MR_T_WORD && (kind < MR_T_INTEGER || kind > MR_T_SUFFIXED))
        return mr_parser_fail(p);
    p->at++;
    *out = mr_str_slice(p->text, (size_t)start, (size_t)mr_parser_stop(p) + 1);
    return MR_OK;
}

static mr_status add_option(mr_parser *p, mr_options *options, int start, mr_option_pair pair)
{
    mr_option_pair *pairs;

    for (int i = 0; i < options->n; i++)
        if (mr_str_equal(options->pairs[i].key, pair.key))
            return mr_parser_mark(
                p, start,
                mr_raise(p->err, MR_EXC_PARSE, "DUPLICATE_KEY", "keyColumn",
                         mr_arena_printf(p->arena, "`%.*s`", MR_STR_ARG(pair.key)).ptr, NULL));
    if (options->n >= 1000)
        return mr_parser_fail(p);
    pairs = MR_NEW_ARRAY(p->arena, mr_option_pair, options->n + 1);
    if (options->n > 0)
        memcpy(pairs, options->pairs, sizeof(*pairs) * (size_t)options->n);
    pairs[options->n] = pair;
    options->pairs = pairs;
    options->n++;
    return MR_OK;
}

mr_status mr_relation_parse_options(mr_parser *p, mr_options *options)
{
    MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
    do {
        mr_option_pair pair;
        int start = mr_parser_start(p);

        MR_TRY(parse_key(p, &pair.key));
        if (!mr_parser_eat_op(p, MR_OP1('=')))
            (void)mr_parser_eat_op(p, MR_OP2('=', '='));
        MR_TRY(parse_option_value(p, &pair.value));
        MR_TRY(add_option(p, options, start, pair));
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    return mr_parser_expect_op(p, MR_OP1(')'));
}

/* ---- VALUES ---- */

/* The columns of one row: the row (a, b) has two, any other expression is one. */
static int row_width(const mr_xexpr *e)
{
    return e->kind == MR_X_FUNCTION && e->is_internal && mr_str_is(e->name, "struct") ? e->n_args
                                                                                      : 1;
}

static mr_status raise_width(mr_parser *p, int want, int width, int row)
{
    return mr_raise(p->err, MR_EXC_PARSE, "INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                    "expectedNumCols", mr_arena_printf(p->arena, "%d", want).ptr, "actualNumCols",
                    mr_arena_printf(p->arena, "%d", width).ptr, "rowIndex",
                    mr_arena_printf(p->arena, "%d", row).ptr, NULL);
}

mr_status mr_relation_parse_values(mr_parser *p, mr_xrel **out)
{
    mr_xrel *r = mr_xrel_new(p->arena, MR_R_VALUES, NULL);
    mr_xexpr_list cells = { 0 };
    int start = mr_parser_start(p);

    MR_TRY(mr_parser_expect_word(p, "VALUES"));
    do {
        int width;
        mr_xexpr *e;

        MR_TRY(mr_expr_parse(p, &e));
        width = row_width(e);
        if (r->count == 0)
            r->count = width;
        if (r->count != width)
            return raise_width(p, (int)r->count, width, cells.n / (int)r->count);
        for (int i = 0; i < width; i++)
            mr_xexpr_list_add(p->arena, &cells, width == 1 && row_width(e) == 1 ? e : e->args[i]);
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    r->exprs = cells.items;
    r->n_exprs = cells.n;
    r->names = MR_NEW_ARRAY(p->arena, mr_str, r->count);
    r->n_names = (int)r->count;
    for (int i = 0; i < r->n_names; i++)
        r->names[i] = mr_arena_printf(p->arena, "col%d", i + 1);
    *out = mr_relation_span(p, r, start);
    return MR_OK;
}

/* ---- aliases ---- */

static const char *const after_table[] = {
    "ON",         "USING",   "WHERE",  "GROUP",     "HAVING",      "ORDER", "SORT",     "CLUSTER",
    "DISTRIBUTE", "LIMIT",   "OFFSET", "UNION",     "EXCEPT",      "MINUS", "SETMINUS", "INTERSECT",
    "JOIN",       "INNER",   "LEFT",   "RIGHT",     "FULL",        "CROSS", "NATURAL",  "SEMI",
    "ANTI",       "LATERAL", "WINDOW", "WATERMARK", "TABLESAMPLE", "PIVOT", "UNPIVOT",  "WITH",
    "SELECT",     "AS",      "SET",    NULL
};

/* [AS] name [(columns)] around *r. */
static mr_status parse_table_alias(mr_parser *p, mr_xrel **r, int start)
{
    bool as = mr_parser_eat_word(p, "AS");
    mr_str_list columns = { 0 };
    mr_xrel *alias;
    mr_str name;

    if (!as && (!mr_parser_is_name(p, 0) || mr_parser_is_one_of(p, 0, after_table)))
        return MR_OK;
    MR_TRY(mr_parser_name(p, &name));
    if (mr_parser_is_op(p, 0, MR_OP1('('))) {
        MR_TRY(mr_parser_name_list(p, &columns));
        if ((*r)->kind == MR_R_VALUES && (*r)->n_names != columns.n)
            return raise_width(p, columns.n, (*r)->n_names, 0);
        if ((*r)->kind == MR_R_VALUES) {
            (*r)->names = columns.items;
        } else {
            mr_xrel *renamed = mr_xrel_new(p->arena, MR_R_TO_DF, *r);

            renamed->names = columns.items;
            renamed->n_names = columns.n;
            *r = mr_relation_span(p, renamed, start);
        }
    }
    alias = mr_xrel_new(p->arena, MR_R_SUBQUERY_ALIAS, *r);
    alias->name = name;
    *r = mr_relation_span(p, alias, start);
    return MR_OK;
}

/* ---- watermarks ---- */

/* Puts the watermark's expression into a column of its own. */
static mr_status computed_event_time(mr_parser *p, mr_xexpr *e, mr_xrel **r, mr_str *column)
{
    mr_xrel *with;

    if (e->kind != MR_X_ALIAS || e->n_names != 1)
        return mr_parser_fail(p);
    with = mr_xrel_new(p->arena, MR_R_WITH_COLUMNS, *r);
    with->exprs = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
    with->exprs[0] = e;
    with->n_exprs = 1;
    *column = e->names[0];
    *r = with;
    return MR_OK;
}

/* WATERMARK column DELAY OF INTERVAL ... */
static mr_status parse_watermark(mr_parser *p, mr_xrel **r, int start)
{
    mr_str column, delay;
    mr_xexpr *e, *interval;
    mr_xrel *watermark;

    if (!mr_parser_is_word(p, 0, "WATERMARK") || mr_parser_is_word(p, 1, "AS"))
        return MR_OK;
    p->at++;
    if (mr_parser_is_name(p, 0) && mr_parser_is_word(p, 1, "DELAY")) {
        MR_TRY(mr_parser_dotted(p, &column, NULL));
    } else {
        MR_TRY(mr_expr_parse_named(p, &e));
        if (e->kind == MR_X_ATTRIBUTE)
            column = e->name;
        else
            MR_TRY(computed_event_time(p, e, r, &column));
    }
    MR_TRY(mr_parser_expect_word(p, "DELAY"));
    MR_TRY(mr_parser_expect_word(p, "OF"));
    MR_TRY(mr_literal_interval(p, &interval, &delay));
    if (interval == NULL)
        return mr_parser_fail(p);
    watermark = mr_xrel_new(p->arena, MR_R_WITH_WATERMARK, *r);
    watermark->name = column;
    watermark->text = delay;
    *r = mr_relation_span(p, watermark, start);
    return MR_OK;
}

/* ---- tables ---- */

/* json.`/path`: a format and a path. */
static bool is_direct_file(const mr_parser *p, const mr_str_list *parts)
{
    static const char *const formats[] = { "json", "csv", "text", "parquet", "orc", "binaryFile" };
    const mr_token *last = &p->tokens[p->at - 1];

    if (parts->n != 2 || last->kind != MR_T_QUOTED)
        return false;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (mr_str_is_nocase(parts->items[0], formats[i]))
            return true;
    return false;
}

static mr_status parse_table(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);
    mr_str_list parts = { 0 };
    mr_str name;
    mr_xrel *r;

    MR_TRY(mr_parser_dotted(p, &name, &parts));
    r = mr_xrel_new(p->arena, MR_R_READ_TABLE, NULL);
    r->name = name;
    if (is_direct_file(p, &parts)) {
        r->kind = MR_R_READ_SOURCE;
        r->name = (mr_str){ 0 };
        r->format = parts.items[0];
        r->paths = &parts.items[1];
        r->n_paths = 1;
    }
    if (mr_parser_is_word(p, 0, "WITH") && mr_parser_is_op(p, 1, MR_OP1('('))) {
        p->at++;
        MR_TRY(mr_relation_parse_options(p, &r->options));
    }
    *out = mr_relation_span(p, r, start);
    return MR_OK;
}

/* range(end), range(start, end [, step [, partitions]]). */
static mr_status parse_function_table(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);
    mr_xrel *r = mr_xrel_new(p->arena, MR_R_RANGE, NULL);
    mr_xexpr_list args = { 0 };
    int64_t v[4] = { 0 };
    mr_str name;

    MR_TRY(mr_parser_name(p, &name));
    if (!mr_str_is_nocase(name, "range")) {
        p->at--;
        return mr_parser_unsupported(p, "A table-valued function other than range");
    }
    p->at++;
    MR_TRY(mr_expr_parse_list(p, &args));
    for (int i = 0; i < args.n && i < 4; i++) {
        const mr_scalar *s = &args.items[i]->literal;

        if (args.items[i]->kind != MR_X_LITERAL || s->is_null || !mr_type_is_integral(s->type))
            return mr_parser_unsupported(p, "An argument of range that is not an integer literal");
        v[i] = s->i64;
    }
    if (args.n > 4)
        return mr_parser_fail(p);
    r->start = args.n == 1 ? 0 : v[0];
    r->end = args.n == 1 ? v[0] : v[1];
    r->step = args.n >= 3 ? v[2] : 1;
    r->count = v[3];
    MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    *out = mr_relation_span(p, r, start);
    return MR_OK;
}

/* Whether STREAM at hand is the keyword and not a table's name. */
static bool is_stream_keyword(const mr_parser *p)
{
    return mr_parser_is_word(p, 0, "STREAM") &&
           (mr_parser_is_op(p, 1, MR_OP1('(')) ||
            (mr_parser_is_name(p, 1) && !mr_parser_is_one_of(p, 1, after_table)));
}

static mr_status parse_stream(mr_parser *p, mr_xrel **out)
{
    bool paren;

    p->at++;
    paren = mr_parser_eat_op(p, MR_OP1('('));
    MR_TRY(parse_table(p, out));
    (*out)->is_streaming = true;
    if (!paren)
        return MR_OK;
    MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    if (mr_parser_is_word(p, 0, "WITH") && mr_parser_is_op(p, 1, MR_OP1('('))) {
        p->at++;
        MR_TRY(mr_relation_parse_options(p, &(*out)->options));
    }
    return MR_OK;
}

static mr_status parse_joined(mr_parser *p, mr_xrel **out);

static mr_status parse_parenthesised(mr_parser *p, mr_xrel **out)
{
    p->at++;
    if (mr_query_starts(p, 0))
        MR_TRY(mr_query_parse(p, out));
    else
        MR_TRY(parse_joined(p, out));
    return mr_parser_expect_op(p, MR_OP1(')'));
}

static mr_status parse_primary(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);

    if (mr_parser_is_op(p, 0, MR_OP1('(')))
        MR_TRY(parse_parenthesised(p, out));
    else if (mr_parser_is_word(p, 0, "VALUES"))
        MR_TRY(mr_relation_parse_values(p, out));
    else if (is_stream_keyword(p))
        MR_TRY(parse_stream(p, out));
    else if (mr_parser_is_name(p, 0) && mr_parser_is_op(p, 1, MR_OP1('(')))
        MR_TRY(parse_function_table(p, out));
    else
        MR_TRY(parse_table(p, out));
    MR_TRY(parse_watermark(p, out, start));
    if (mr_parser_is_word(p, 0, "TABLESAMPLE"))
        return mr_parser_unsupported(p, "TABLESAMPLE");
    return parse_table_alias(p, out, start);
}

/* ---- joins ---- */

/* Connect's number of the join type at hand, its words eaten; 0 = no join here. */
static int parse_join_type(mr_parser *p)
{
    static const struct {
        const char *first, *second, *third;
        int type;
    } forms[] = {
        { "JOIN", NULL, NULL, 1 },       { "INNER", "JOIN", NULL, 1 },
        { "CROSS", "JOIN", NULL, 7 },    { "FULL", "JOIN", NULL, 2 },
        { "FULL", "OUTER", "JOIN", 2 },  { "LEFT", "JOIN", NULL, 3 },
        { "LEFT", "OUTER", "JOIN", 3 },  { "RIGHT", "JOIN", NULL, 4 },
        { "RIGHT", "OUTER", "JOIN", 4 }, { "ANTI", "JOIN", NULL, 5 },
        { "LEFT", "ANTI", "JOIN", 5 },   { "SEMI", "JOIN", NULL, 6 },
        { "LEFT", "SEMI", "JOIN", 6 },
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        int n = forms[i].third != NULL ? 3 : forms[i].second != NULL ? 2 : 1;

        if (mr_parser_is_word(p, 0, forms[i].first) &&
            (n < 2 || mr_parser_is_word(p, 1, forms[i].second)) &&
            (n < 3 || mr_parser_is_word(p, 2, forms[i].third))) {
            p->at += n;
            return forms[i].type;
        }
    }
    return 0;
}

static mr_status parse_join_condition(mr_parser *p, mr_xrel *join)
{
    mr_str_list names = { 0 };

    if (mr_parser_eat_word(p, "ON")) {
        join->exprs = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
        join->n_exprs = 1;
        return mr_expr_parse(p, &join->exprs[0]);
    }
    if (!mr_parser_eat_word(p, "USING"))
        return MR_OK;
    MR_TRY(mr_parser_name_list(p, &names));
    join->names = names.items;
    join->n_names = names.n;
    return MR_OK;
}

static mr_xrel *join_of(mr_parser *p, mr_xrel *left, mr_xrel *right, int type)
{
    mr_xrel *join = mr_xrel_new(p->arena, MR_R_JOIN, left);

    join->right = right;
    join->join_type = type;
    return join;
}

/* relation { [type] JOIN relation [ON e | USING (a, b)] } */
static mr_status parse_joined(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p), type;

    MR_TRY(mr_parser_enter(p));
    MR_TRY(parse_primary(p, out));
    while ((type = parse_join_type(p)) != 0) {
        mr_xrel *right;

        if (mr_parser_is_word(p, 0, "LATERAL"))
            return mr_parser_unsupported(p, "LATERAL");
        MR_TRY(parse_primary(p, &right));
        *out = join_of(p, *out, right, type);
        MR_TRY(parse_join_condition(p, *out));
        mr_relation_span(p, *out, start);
        MR_TRY(mr_parser_grow(p));
    }
    if (mr_parser_is_word(p, 0, "NATURAL"))
        return mr_parser_unsupported(p, "NATURAL JOIN");
    mr_parser_leave(p);
    return MR_OK;
}

/* [OUTER] generator(...) name [[AS] column, ...] behind LATERAL VIEW, over *r. */
static mr_status parse_lateral_view(mr_parser *p, int start, mr_xrel **r)
{
    mr_xrel *view = mr_xrel_new(p->arena, MR_R_LATERAL_VIEW, *r);
    mr_str_list names = { 0 };

    view->is_outer = mr_parser_eat_word(p, "OUTER");
    view->exprs = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
    view->n_exprs = 1;
    MR_TRY(mr_expr_parse_value(p, &view->exprs[0]));
    MR_TRY(mr_parser_name(p, &view->name));
    if (mr_parser_eat_word(p, "AS") ||
        (mr_parser_is_name(p, 0) && !mr_parser_is_one_of(p, 0, after_table)))
        do {
            mr_str name;

            MR_TRY(mr_parser_name(p, &name));
            mr_str_list_add(p->arena, &names, name);
        } while (mr_parser_eat_op(p, MR_OP1(',')));
    if (names.n > 0) {
        mr_xexpr *alias = mr_xexpr_alias(p->arena, view->exprs[0], names.items[0]);

        alias->names = names.items;
        alias->n_names = names.n;
        view->exprs[0] = alias;
    }
    *r = mr_relation_span(p, view, start);
    return mr_parser_grow(p);
}

mr_status mr_relation_parse_from(mr_parser *p, mr_xrel **out)
{
    int start = mr_parser_start(p);

    MR_TRY(parse_joined(p, out));
    while (mr_parser_eat_op(p, MR_OP1(','))) {
        mr_xrel *right;

        MR_TRY(parse_joined(p, &right));
        *out = mr_relation_span(p, join_of(p, *out, right, 7), start);
        MR_TRY(mr_parser_grow(p));
    }
    while (mr_parser_eat_words(p, "LATERAL", "VIEW"))
        MR_TRY(parse_lateral_view(p, start, out));
    if (mr_parser_is_word(p, 0, "PIVOT") || mr_parser_is_word(p, 0, "UNPIVOT"))
        return mr_parser_unsupported(p, "PIVOT");
    return MR_OK;
}
