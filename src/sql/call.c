/* call.c - what begins with a name: columns, function calls, CASE, CAST and other special forms. */
#include "sql/sql_priv.h"

/* Words that cannot be a column's name where an expression must begin: a clause was forgotten. */
static const char *const not_columns[] = { "FROM", "WHERE", "SELECT",  "HAVING", "UNION",
                                           "JOIN", "AND",   "OR",      "AS",     "THEN",
                                           "ELSE", "WHEN",  "BY",      "ON",     "IN",
                                           "IS",   "LIKE",  "BETWEEN", "EXCEPT", "INTERSECT",
                                           NULL };

static const char *const time_units[] = { "YEAR",   "QUARTER",     "MONTH",       "WEEK",
                                          "DAY",    "DAYOFYEAR",   "HOUR",        "MINUTE",
                                          "SECOND", "MILLISECOND", "MICROSECOND", NULL };

static mr_status parse_case(mr_parser *p, mr_xexpr **out)
{
    mr_xexpr_list args = { 0 };
    mr_xexpr *value = NULL, *e;

    if (!mr_parser_is_word(p, 0, "WHEN"))
        MR_TRY(mr_expr_parse(p, &value));
    do {
        int start;

        MR_TRY(mr_parser_expect_word(p, "WHEN"));
        start = mr_parser_start(p);
        MR_TRY(mr_expr_parse(p, &e));
        if (value != NULL)
            e = mr_expr_span(p, mr_expr_binary(p, "==", value, e), start);
        mr_xexpr_list_add(p->arena, &args, e);
        MR_TRY(mr_parser_expect_word(p, "THEN"));
        MR_TRY(mr_expr_parse(p, &e));
        mr_xexpr_list_add(p->arena, &args, e);
    } while (mr_parser_is_word(p, 0, "WHEN"));
    if (mr_parser_eat_word(p, "ELSE")) {
        MR_TRY(mr_expr_parse(p, &e));
        mr_xexpr_list_add(p->arena, &args, e);
    }
    MR_TRY(mr_parser_expect_word(p, "END"));
    *out = mr_expr_call(p, "when", args.n, args.items);
    return MR_OK;
}

static mr_status parse_cast(mr_parser *p, mr_eval_mode mode, mr_xexpr **out)
{
    mr_xexpr *cast = mr_xexpr_new(p->arena, MR_X_CAST);

    cast->args = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
    cast->n_args = 1;
    cast->eval_mode = mode;
    MR_TRY(mr_expr_parse(p, &cast->args[0]));
    MR_TRY(mr_parser_expect_word(p, "AS"));
    MR_TRY(mr_expr_parse_type(p, &cast->type, &cast->type_text));
    *out = cast;
    return mr_parser_expect_op(p, MR_OP1(')'));
}

/* EXTRACT(field FROM source). */
static mr_status parse_extract(mr_parser *p, mr_xexpr **out)
{
    mr_xexpr *source;
    mr_str field;

    MR_TRY(mr_parser_name(p, &field));
    MR_TRY(mr_parser_expect_word(p, "FROM"));
    MR_TRY(mr_expr_parse(p, &source));
    *out = mr_expr_binary(p, "extract", mr_expr_text(p, field), source);
    return mr_parser_expect_op(p, MR_OP1(')'));
}

/* The rest of a call whose arguments are divided by words; the commas' form is an ordinary call. */
static mr_status parse_worded(mr_parser *p, const char *name, const char *const *words,
                              mr_xexpr *first, mr_xexpr **out)
{
    mr_xexpr_list args = { 0 };

    mr_xexpr_list_add(p->arena, &args, first);
    for (; *words != NULL; words++) {
        mr_xexpr *e;

        if (!mr_parser_eat_word(p, *words))
            continue;
        MR_TRY(mr_expr_parse_value(p, &e));
        mr_xexpr_list_add(p->arena, &args, e);
    }
    *out = mr_expr_call(p, name, args.n, args.items);
    return mr_parser_expect_op(p, MR_OP1(')'));
}

/* TRIM([BOTH|LEADING|TRAILING] [characters] FROM text).  Without FROM: an ordinary call whose first
 * argument is read. */
static mr_status parse_trim(mr_parser *p, mr_xexpr **first, mr_xexpr **out)
{
    static const char *const sides[] = { "BOTH", "LEADING", "TRAILING", NULL };
    const char *name = "trim";
    bool sided = mr_parser_is_one_of(p, 0, sides) && !mr_parser_is_op(p, 1, MR_OP1(')')) &&
                 !mr_parser_is_op(p, 1, MR_OP1(','));
    mr_xexpr *text;

    if (sided) {
        name = mr_parser_is_word(p, 0, "LEADING")    ? "ltrim"
               : mr_parser_is_word(p, 0, "TRAILING") ? "rtrim"
                                                     : "trim";
        p->at++;
    }
    if (!mr_parser_is_word(p, 0, "FROM"))
        MR_TRY(mr_expr_parse_value(p, first));
    if (!mr_parser_eat_word(p, "FROM"))
        return sided ? mr_parser_fail(p) : MR_OK;
    MR_TRY(mr_expr_parse_value(p, &text));
    *out = *first == NULL ? mr_expr_unary(p, name, text) : mr_expr_binary(p, name, *first, text);
    return mr_parser_expect_op(p, MR_OP1(')'));
}

/* SUBSTRING(a FROM b [FOR c]), OVERLAY(a PLACING b FROM c [FOR d]), POSITION(a IN b). */
static mr_status parse_text_form(mr_parser *p, const char *name, const char *const *words,
                                 mr_xexpr **first, mr_xexpr **out)
{
    if (mr_parser_is_op(p, 0, MR_OP1(')')))
        return MR_OK;
    MR_TRY(mr_expr_parse_value(p, first));
    if (mr_parser_is_word(p, 0, words[0]))
        return parse_worded(p, name, words, *first, out);
    return MR_OK;
}

/* TIMESTAMPADD(unit, n, ts) and its like: the unit becomes a text. */
static mr_status parse_unit_call(mr_parser *p, const char *name, mr_xexpr **out)
{
    mr_xexpr_list args = { 0 };
    mr_str unit;

    MR_TRY(mr_parser_name(p, &unit));
    p->at++; /* the comma, seen by the caller */
    mr_xexpr_list_add(p->arena, &args, mr_expr_text(p, unit));
    MR_TRY(mr_expr_parse_list(p, &args));
    *out = mr_expr_call(p, name, args.n, args.items);
    return mr_parser_expect_op(p, MR_OP1(')'));
}

/* After the '(' of a call that may have a form of its own; *out stays NULL for an ordinary call,
 * whose first argument may have been read into *first. */
static mr_status parse_special(mr_parser *p, mr_str name, mr_xexpr **first, mr_xexpr **out)
{
    static const char *const position[] = { "IN", NULL };
    static const char *const substring[] = { "FROM", "FOR", NULL };
    static const char *const overlay[] = { "PLACING", "FROM", "FOR", NULL };
    bool unit = mr_parser_is_one_of(p, 0, time_units) && mr_parser_is_op(p, 1, MR_OP1(','));

    if (mr_str_is_nocase(name, "cast"))
        return parse_cast(p, MR_EVAL_DEFAULT, out);
    if (mr_str_is_nocase(name, "try_cast"))
        return parse_cast(p, MR_EVAL_TRY, out);
    if (mr_str_is_nocase(name, "extract") && mr_parser_is_word(p, 1, "FROM"))
        return parse_extract(p, out);
    if (mr_str_is_nocase(name, "trim"))
        return parse_trim(p, first, out);
    if (mr_str_is_nocase(name, "substring") || mr_str_is_nocase(name, "substr"))
        return parse_text_form(p, "substring", substring, first, out);
    if (mr_str_is_nocase(name, "overlay"))
        return parse_text_form(p, "overlay", overlay, first, out);
    if (unit && (mr_str_is_nocase(name, "timestampadd") || mr_str_is_nocase(name, "dateadd") ||
                 mr_str_is_nocase(name, "date_add")))
        return parse_unit_call(p, "timestampadd", out);
    if (unit && (mr_str_is_nocase(name, "timestampdiff") || mr_str_is_nocase(name, "datediff") ||
                 mr_str_is_nocase(name, "date_diff") || mr_str_is_nocase(name, "timediff")))
        return parse_unit_call(p, "timestampdiff", out);
    if (mr_str_is_nocase(name, "position"))
        return parse_text_form(p, "locate", position, first, out);
    if (mr_str_is_nocase(name, "exists") && mr_query_starts(p, 0))
        return mr_parser_unsupported(p, "EXISTS with a subquery");
    return MR_OK;
}

/* One argument: `name => value`, or an expression (struct's may have aliases). */
static mr_status parse_argument(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);
    mr_str name;
    mr_xexpr *value;

    if (!mr_parser_is_name(p, 0) || !mr_parser_is_op(p, 1, MR_OP2('=', '>')))
        return mr_expr_parse_named(p, out);
    MR_TRY(mr_parser_name(p, &name));
    p->at++;
    MR_TRY(mr_expr_parse(p, &value));
    *out = mr_xexpr_new(p->arena, MR_X_NAMED_ARGUMENT);
    (*out)->name = name;
    (*out)->args = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
    (*out)->args[0] = value;
    (*out)->n_args = 1;
    mr_expr_span(p, *out, start);
    return MR_OK;
}

/* OVER (PARTITION BY ... ORDER BY ... frame): args = function, partitions, orders; text of the
 * frame in `name`. */
static mr_status parse_over(mr_parser *p, mr_xexpr **e, int start)
{
    mr_xexpr *window = mr_xexpr_new(p->arena, MR_X_WINDOW);
    mr_xexpr_list args = { 0 };
    int frame;

    mr_xexpr_list_add(p->arena, &args, *e);
    if (mr_parser_is_name(p, 0)) {
        MR_TRY(mr_parser_name(p, &window->name));
    } else {
        MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
        if (mr_parser_eat_words(p, "PARTITION", "BY") || mr_parser_eat_words(p, "DISTRIBUTE", "BY"))
            MR_TRY(mr_expr_parse_list(p, &args));
        if (mr_parser_eat_words(p, "ORDER", "BY") || mr_parser_eat_words(p, "SORT", "BY"))
            MR_TRY(mr_expr_parse_sort_list(p, &args));
        frame = mr_parser_start(p);
        if (mr_parser_is_word(p, 0, "ROWS") || mr_parser_is_word(p, 0, "RANGE")) {
            while (mr_parser_peek(p, 0)->kind != MR_T_END && !mr_parser_is_op(p, 0, MR_OP1(')')))
                p->at++;
            window->name = mr_str_slice(p->text, (size_t)frame, (size_t)mr_parser_stop(p) + 1);
        }
        MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    }
    window->args = args.items;
    window->n_args = args.n;
    *e = mr_expr_span(p, window, start);
    return MR_OK;
}

/* FILTER (WHERE ...), IGNORE NULLS, OVER ... behind a call. */
static mr_status parse_call_tail(mr_parser *p, mr_xexpr **e, int start)
{
    if (mr_parser_is_word(p, 0, "FILTER") && mr_parser_is_op(p, 1, MR_OP1('('))) {
        p->at += 2;
        MR_TRY(mr_parser_expect_word(p, "WHERE"));
        MR_TRY(mr_expr_parse(p, &(*e)->filter));
        MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    }
    if (mr_parser_is_words(p, "IGNORE", "NULLS")) {
        mr_xexpr *args[3];

        if ((*e)->n_args != 1)
            return mr_parser_fail(p);
        p->at += 2;
        args[0] = (*e)->args[0];
        args[1] = mr_xexpr_literal(p->arena, mr_scalar_bool(true));
        (*e)->args = mr_expr_call(p, "", 2, args)->args;
        (*e)->n_args = 2;
    } else {
        (void)mr_parser_eat_words(p, "RESPECT", "NULLS");
    }
    mr_expr_span(p, *e, start);
    return mr_parser_eat_word(p, "OVER") ? parse_over(p, e, start) : MR_OK;
}

/* name '(' [DISTINCT] arguments ')'; the name, '(' and perhaps the first argument are eaten. */
static mr_status parse_arguments(mr_parser *p, mr_str name, mr_xexpr *first, mr_xexpr **out)
{
    mr_xexpr_list args = { 0 };
    bool distinct = false, more = first == NULL && !mr_parser_is_op(p, 0, MR_OP1(')'));

    if (more) {
        distinct = mr_parser_is_word(p, 0, "DISTINCT") && !mr_parser_is_op(p, 1, MR_OP1(')')) &&
                   !mr_parser_is_op(p, 1, MR_OP1(','));
        p->at += distinct;
        if (!distinct && mr_parser_is_word(p, 0, "ALL") &&
            (mr_parser_is_name(p, 1) || mr_parser_is_op(p, 1, MR_OP1('*'))))
            p->at++;
    } else if (first != NULL) {
        mr_xexpr_list_add(p->arena, &args, first);
        more = mr_parser_eat_op(p, MR_OP1(','));
    }
    while (more) {
        mr_xexpr *e;

        MR_TRY(parse_argument(p, &e));
        mr_xexpr_list_add(p->arena, &args, e);
        more = mr_parser_eat_op(p, MR_OP1(','));
    }
    MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    *out = mr_expr_call(p, mr_arena_cstr(p->arena, name), args.n, args.items);
    (*out)->is_distinct = distinct;
    return MR_OK;
}

static mr_status parse_call(mr_parser *p, mr_str name, int start, mr_xexpr **out)
{
    mr_xexpr *first = NULL;

    p->at++;
    *out = NULL;
    MR_TRY(parse_special(p, name, &first, out));
    if (*out == NULL)
        MR_TRY(parse_arguments(p, name, first, out));
    if ((*out)->kind != MR_X_FUNCTION) {
        mr_expr_span(p, *out, start);
        return MR_OK;
    }
    return parse_call_tail(p, out, start);
}

/* ---- lambdas ---- */

int mr_call_lambda_length(const mr_parser *p)
{
    int i = 1;

    if (mr_parser_is_name(p, 0))
        return mr_parser_is_op(p, 1, MR_OP2('-', '>')) ? 2 : 0;
    if (!mr_parser_is_op(p, 0, MR_OP1('(')))
        return 0;
    while (mr_parser_is_name(p, i)) {
        i++;
        if (mr_parser_is_op(p, i, MR_OP1(')')))
            return mr_parser_is_op(p, i + 1, MR_OP2('-', '>')) ? i + 2 : 0;
        if (!mr_parser_is_op(p, i, MR_OP1(',')))
            return 0;
        i++;
    }
    return 0;
}

mr_status mr_call_parse_lambda(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);
    mr_str_list names = { 0 };
    mr_lambda_scope scope = { .outer = p->lambdas };
    mr_xexpr_list args = { 0 };
    mr_xexpr *lambda = mr_xexpr_new(p->arena, MR_X_LAMBDA);
    mr_status status;

    if (mr_parser_is_op(p, 0, MR_OP1('('))) {
        MR_TRY(mr_parser_name_list(p, &names));
    } else {
        mr_str name;

        MR_TRY(mr_parser_name(p, &name));
        mr_str_list_add(p->arena, &names, name);
    }
    MR_TRY(mr_parser_expect_op(p, MR_OP2('-', '>')));
    mr_xexpr_list_add(p->arena, &args, NULL);
    for (int i = 0; i < names.n; i++) {
        mr_xexpr *variable = mr_xexpr_new(p->arena, MR_X_LAMBDA_VARIABLE);

        variable->names = &names.items[i];
        variable->n_names = 1;
        mr_xexpr_list_add(p->arena, &args, variable);
    }
    scope.names = names.items;
    scope.n = names.n;
    p->lambdas = &scope;
    status = mr_expr_parse(p, &args.items[0]);
    p->lambdas = scope.outer;
    lambda->args = args.items;
    lambda->n_args = args.n;
    *out = mr_expr_span(p, lambda, start);
    return status;
}

static bool is_lambda_variable(const mr_parser *p, mr_str name)
{
    for (const mr_lambda_scope *s = p->lambdas; s != NULL; s = s->outer)
        for (int i = 0; i < s->n; i++)
            if (mr_str_equal_nocase(s->names[i], name))
                return true;
    return false;
}

/* ---- names ---- */

/* a.b.c, t.*, a variable of a lambda around; or f( ... ) with a dotted name. */
static mr_status parse_reference(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);
    mr_str_list parts = { 0 };
    mr_str name;

    MR_TRY(mr_parser_dotted(p, &name, &parts));
    if (mr_parser_is_op(p, 0, MR_OP1('(')))
        return parse_call(p, name, start, out);
    if (mr_parser_is_op(p, 0, MR_OP1('.')) && mr_parser_is_op(p, 1, MR_OP1('*'))) {
        p->at += 2;
        *out = mr_xexpr_new(p->arena, MR_X_STAR);
        (*out)->name = mr_arena_printf(p->arena, "%.*s.*", MR_STR_ARG(name));
    } else if (is_lambda_variable(p, parts.items[0])) {
        *out = mr_xexpr_new(p->arena, MR_X_LAMBDA_VARIABLE);
        (*out)->names = parts.items;
        (*out)->n_names = parts.n;
    } else {
        *out = mr_xexpr_attribute(p->arena, name);
    }
    mr_expr_span(p, *out, start);
    return MR_OK;
}

/* TRUE, FALSE, NULL, and functions that are called without parentheses; NULL = none of them. */
static mr_xexpr *parse_constant_word(mr_parser *p)
{
    static const char *const calls[] = { "current_date", "current_timestamp", "current_time",
                                         "localtimestamp", "current_user" };
    mr_xexpr *e = NULL;

    if (mr_parser_is_op(p, 1, MR_OP1('(')) || mr_parser_is_op(p, 1, MR_OP1('.')))
        return NULL;
    if (mr_parser_is_word(p, 0, "TRUE") || mr_parser_is_word(p, 0, "FALSE"))
        e = mr_xexpr_literal(p->arena, mr_scalar_bool(mr_parser_is_word(p, 0, "TRUE")));
    else if (mr_parser_is_word(p, 0, "NULL"))
        e = mr_xexpr_literal(p->arena, mr_scalar_null(mr_type_of(MR_TYPE_NULL)));
    for (size_t i = 0; e == NULL && i < sizeof(calls) / sizeof(calls[0]); i++)
        if (mr_parser_is_word(p, 0, calls[i]))
            e = mr_expr_call(p, calls[i], 0, NULL);
    if (e != NULL) {
        int start = mr_parser_start(p);

        p->at++;
        mr_expr_span(p, e, start);
    }
    return e;
}

mr_status mr_call_parse(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);

    if (!mr_parser_is_name(p, 0))
        return mr_parser_fail(p);
    *out = parse_constant_word(p);
    if (*out != NULL)
        return MR_OK;
    if (mr_parser_is_word(p, 0, "CASE") && !mr_parser_is_op(p, 1, MR_OP1('.'))) {
        p->at++;
        MR_TRY(parse_case(p, out));
        mr_expr_span(p, *out, start);
        return MR_OK;
    }
    if (mr_parser_is_one_of(p, 0, not_columns) &&
        !(mr_parser_is_word(p, 0, "LIKE") && mr_parser_is_op(p, 1, MR_OP1('('))))
        return mr_parser_fail(p);
    return parse_reference(p, out);
}
