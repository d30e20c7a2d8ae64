/* expr.c - expressions by binding power (Pratt): operators, predicates, what stands around them. */
#include "sql/sql_priv.h"

/* Binding powers, lowest first, as Spark's grammar nests them. */
enum {
    BIND_OR = 1,
    BIND_AND,
    BIND_NOT,
    BIND_PREDICATE, /* BETWEEN, IN, LIKE, IS: one a value */
    BIND_COMPARE,
    BIND_BIT_OR,
    BIND_BIT_XOR,
    BIND_BIT_AND,
    BIND_SHIFT,
    BIND_ADD,
    BIND_MULTIPLY,
    BIND_UNARY
};

static const struct {
    uint32_t op;
    int bind;
    const char *function;
} operators[] = {
    { MR_OP1('='), BIND_COMPARE, "==" },
    { MR_OP2('=', '='), BIND_COMPARE, "==" },
    { MR_OP3('<', '=', '>'), BIND_COMPARE, "<=>" },
    { MR_OP2('<', '>'), BIND_COMPARE, NULL }, /* not(==), as clients send it */
    { MR_OP2('!', '='), BIND_COMPARE, NULL },
    { MR_OP1('<'), BIND_COMPARE, "<" },
    { MR_OP2('<', '='), BIND_COMPARE, "<=" },
    { MR_OP1('>'), BIND_COMPARE, ">" },
    { MR_OP2('>', '='), BIND_COMPARE, ">=" },
    { MR_OP1('|'), BIND_BIT_OR, "|" },
    { MR_OP1('^'), BIND_BIT_XOR, "^" },
    { MR_OP1('&'), BIND_BIT_AND, "&" },
    { MR_OP2('<', '<'), BIND_SHIFT, "<<" },
    { MR_OP2('>', '>'), BIND_SHIFT, ">>" },
    { MR_OP3('>', '>', '>'), BIND_SHIFT, ">>>" },
    { MR_OP1('+'), BIND_ADD, "+" },
    { MR_OP1('-'), BIND_ADD, "-" },
    { MR_OP2('|', '|'), BIND_ADD, "concat" },
    { MR_OP1('*'), BIND_MULTIPLY, "*" },
    { MR_OP1('/'), BIND_MULTIPLY, "/" },
    { MR_OP1('%'), BIND_MULTIPLY, "%" },
};

static mr_status parse_bound(mr_parser *p, int least, mr_xexpr **out);

mr_xexpr *mr_expr_span(mr_parser *p, mr_xexpr *e, int start)
{
    e->sql_start = start;
    e->sql_stop = mr_parser_stop(p);
    e->sql_text = p->text;
    return e;
}

mr_xexpr *mr_expr_call(mr_parser *p, const char *name, int n, mr_xexpr *const *args)
{
    mr_xexpr **copy = MR_NEW_ARRAY(p->arena, mr_xexpr *, n);

    if (n > 0)
        memcpy(copy, args, sizeof(*copy) * (size_t)n);
    return mr_xexpr_function(p->arena, name, copy, n);
}

mr_xexpr *mr_expr_unary(mr_parser *p, const char *name, mr_xexpr *a)
{
    return mr_expr_call(p, name, 1, &a);
}

mr_xexpr *mr_expr_binary(mr_parser *p, const char *name, mr_xexpr *a, mr_xexpr *b)
{
    return mr_expr_call(p, name, 2, (mr_xexpr *[]){ a, b });
}

mr_xexpr *mr_expr_text(mr_parser *p, mr_str text)
{
    return mr_xexpr_literal(p->arena, mr_scalar_string(text));
}

/* ---- types ---- */

/* Eats the words and brackets of one type name. */
static mr_status skip_type(mr_parser *p)
{
    int depth = 0;
    mr_str name;

    MR_TRY(mr_parser_name(p, &name));
    if (mr_str_is_nocase(name, "INTERVAL") && mr_parser_is_name(p, 0)) {
        p->at++;
        if (mr_parser_eat_word(p, "TO"))
            p->at++;
    }
    if (mr_parser_eat_op(p, MR_OP2('<', '>')))
        return MR_OK;
    if (!mr_parser_is_op(p, 0, MR_OP1('(')) && !mr_parser_is_op(p, 0, MR_OP1('<')))
        return MR_OK;
    do {
        uint32_t op = mr_parser_peek(p, 0)->op;

        if (mr_parser_peek(p, 0)->kind == MR_T_END)
            return mr_parser_fail(p);
        if (op == MR_OP1('(') || op == MR_OP1('<'))
            depth++;
        else if (op == MR_OP1(')') || op == MR_OP1('>'))
            depth--;
        else if (op == MR_OP2('>', '>'))
            depth -= 2;
        else if (op == MR_OP3('>', '>', '>'))
            depth -= 3;
        p->at++;
    } while (depth > 0);
    return MR_OK;
}

mr_status mr_expr_parse_type(mr_parser *p, const mr_type **out, mr_str *text)
{
    int start = mr_parser_start(p);

    MR_TRY(skip_type(p));
    *text = mr_str_slice(p->text, (size_t)start, (size_t)mr_parser_stop(p) + 1);
    if (mr_type_parse_ddl(p->arena, *text, out, p->err) == MR_OK)
        return MR_OK;
    if (p->err != NULL && strcmp(p->err->condition, "UNSUPPORTED_DATATYPE") == 0) {
        mr_str shown = mr_arena_printf(p->arena, "\"%.*s\"", MR_STR_ARG(*text));

        for (size_t i = 0; i < shown.len; i++)
            if (shown.ptr[i] >= 'a' && shown.ptr[i] <= 'z')
                ((char *)(uintptr_t)shown.ptr)[i] = (char)(shown.ptr[i] - 32);
        mr_raise(p->err, MR_EXC_PARSE, "UNSUPPORTED_DATATYPE", "typeName", shown.ptr, NULL);
        return mr_parser_mark(p, start, MR_INVALID);
    }
    return MR_INVALID;
}

/* ---- primaries ---- */

static mr_xexpr *extract_of(mr_parser *p, mr_xexpr *from, mr_xexpr *field, int start)
{
    mr_xexpr *e = mr_xexpr_new(p->arena, MR_X_EXTRACT);

    e->args = MR_NEW_ARRAY(p->arena, mr_xexpr *, 2);
    e->args[0] = from;
    e->args[1] = field;
    e->n_args = 2;
    return mr_expr_span(p, e, start);
}

/* '(' e ')' or the row (a, b, ...), an internal call of struct. */
static mr_status parse_paren(mr_parser *p, mr_xexpr **out)
{
    mr_xexpr_list list = { 0 };
    int start = mr_parser_start(p);

    p->at++;
    if (mr_query_starts(p, 0))
        return mr_parser_unsupported(p, "A subquery in an expression");
    do {
        mr_xexpr *e;

        MR_TRY(mr_expr_parse_named(p, &e));
        mr_xexpr_list_add(p->arena, &list, e);
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    if (!mr_parser_eat_op(p, MR_OP1(')')))
        return mr_parser_fail(p);
    if (list.n == 1) {
        *out = list.items[0];
        return MR_OK;
    }
    *out = mr_expr_span(p, mr_expr_call(p, "struct", list.n, list.items), start);
    (*out)->is_internal = true;
    return MR_OK;
}

/* `:name` or `?`: a parameter of the SQL text, an internal call of ":" or "?". */
static mr_status parse_marker(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);
    mr_str name;

    if (mr_parser_eat_op(p, MR_OP1('?'))) {
        mr_scalar index = mr_scalar_int(p->n_markers++);

        *out = mr_expr_unary(p, "?", mr_xexpr_literal(p->arena, index));
    } else {
        p->at++;
        MR_TRY(mr_parser_name(p, &name));
        *out = mr_expr_unary(p, ":", mr_expr_text(p, name));
    }
    (*out)->is_internal = true;
    mr_expr_span(p, *out, start);
    return MR_OK;
}

static mr_status parse_literal(mr_parser *p, bool negative, mr_xexpr **out)
{
    mr_scalar value;
    mr_str text;

    if (mr_literal_starts_string(p)) {
        MR_TRY(mr_literal_string(p, &text));
        *out = mr_expr_text(p, text);
        return MR_OK;
    }
    MR_TRY(mr_literal_number(p, negative, &value));
    *out = mr_xexpr_literal(p->arena, value);
    return MR_OK;
}

static bool starts_number(const mr_parser *p, int ahead)
{
    mr_token_kind kind = (mr_token_kind)mr_parser_peek(p, ahead)->kind;

    return kind >= MR_T_INTEGER && kind <= MR_T_SUFFIXED;
}

static mr_status parse_star(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);

    p->at++;
    *out = mr_expr_span(p, mr_xexpr_new(p->arena, MR_X_STAR), start);
    return MR_OK;
}

static mr_status parse_primary(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);

    *out = NULL;
    if (mr_call_lambda_length(p) > 0)
        return mr_call_parse_lambda(p, out);
    if (mr_parser_is_op(p, 0, MR_OP1('(')))
        return parse_paren(p, out);
    if (mr_parser_is_op(p, 0, MR_OP1('?')) || mr_parser_is_op(p, 0, MR_OP1(':')))
        return parse_marker(p, out);
    if (mr_parser_is_op(p, 0, MR_OP1('*')))
        return parse_star(p, out);
    if (mr_parser_is_op(p, 0, MR_OP1('-')) && starts_number(p, 1)) {
        p->at++;
        MR_TRY(parse_literal(p, true, out));
    } else if (starts_number(p, 0) || mr_literal_starts_string(p)) {
        MR_TRY(parse_literal(p, false, out));
    } else {
        MR_TRY(mr_literal_typed(p, out));
        if (*out == NULL)
            MR_TRY(mr_literal_interval(p, out, NULL));
        if (*out == NULL)
            return mr_call_parse(p, out);
    }
    mr_expr_span(p, *out, start);
    return MR_OK;
}

static mr_status parse_cast_operator(mr_parser *p, mr_xexpr **e, int start)
{
    mr_xexpr *cast = mr_xexpr_new(p->arena, MR_X_CAST);

    cast->args = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
    cast->args[0] = *e;
    cast->n_args = 1;
    MR_TRY(mr_expr_parse_type(p, &cast->type, &cast->type_text));
    *e = mr_expr_span(p, cast, start);
    return MR_OK;
}

/* .field, [index], ::type after a primary. */
static mr_status parse_postfix(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);

    MR_TRY(parse_primary(p, out));
    for (;;) {
        if (mr_parser_eat_op(p, MR_OP2(':', ':'))) {
            MR_TRY(parse_cast_operator(p, out, start));
        } else if (mr_parser_eat_op(p, MR_OP1('['))) {
            mr_xexpr *index;

            MR_TRY(parse_bound(p, BIND_PREDICATE + 1, &index));
            MR_TRY(mr_parser_expect_op(p, MR_OP1(']')));
            *out = extract_of(p, *out, index, start);
        } else if ((*out)->kind != MR_X_STAR && mr_parser_is_op(p, 0, MR_OP1('.')) &&
                   mr_parser_is_name(p, 1)) {
            mr_str field;

            p->at++;
            MR_TRY(mr_parser_name(p, &field));
            *out = extract_of(p, *out, mr_expr_text(p, field), start);
        } else {
            return MR_OK;
        }
        MR_TRY(mr_parser_grow(p));
    }
}

/* *most: the strongest operator that may follow what was read. */
static mr_status parse_prefix(mr_parser *p, int least, int *most, mr_xexpr **out)
{
    int start = mr_parser_start(p);
    const char *function = NULL;
    int bind = BIND_UNARY;

    if (mr_parser_is_op(p, 0, MR_OP1('-')) && !starts_number(p, 1))
        function = "-";
    else if (mr_parser_is_op(p, 0, MR_OP1('+')))
        function = "positive";
    else if (mr_parser_is_op(p, 0, MR_OP1('~')))
        function = "~";
    else if (least <= BIND_NOT &&
             (mr_parser_is_word(p, 0, "NOT") || mr_parser_is_op(p, 0, MR_OP1('!')))) {
        function = "not";
        bind = BIND_NOT;
        *most = BIND_AND;
    }
    if (function == NULL)
        return parse_postfix(p, out);
    p->at++;
    MR_TRY(parse_bound(p, bind, out));
    *out = mr_expr_span(p, mr_expr_unary(p, function, *out), start);
    return MR_OK;
}

/* ---- predicates ---- */

static mr_status parse_between(mr_parser *p, mr_xexpr **out)
{
    mr_xexpr *value = *out, *low, *high;

    MR_TRY(parse_bound(p, BIND_COMPARE, &low));
    MR_TRY(mr_parser_expect_word(p, "AND"));
    MR_TRY(parse_bound(p, BIND_COMPARE, &high));
    *out = mr_expr_call(p, "between", 3, (mr_xexpr *[]){ value, low, high });
    return MR_OK;
}

static mr_status parse_in(mr_parser *p, mr_xexpr **out)
{
    mr_xexpr_list list = { 0 };

    mr_xexpr_list_add(p->arena, &list, *out);
    MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
    if (mr_query_starts(p, 0))
        return mr_parser_unsupported(p, "IN with a subquery");
    MR_TRY(mr_expr_parse_list(p, &list));
    MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    *out = mr_expr_call(p, "in", list.n, list.items);
    return MR_OK;
}

/* LIKE ANY (a, b), LIKE ALL (a, b): each pattern joined by or / and.  `negated` negates each. */
static mr_status parse_like_list(mr_parser *p, const char *function, bool negated, mr_xexpr **out)
{
    const char *join = mr_parser_is_word(p, 0, "ALL") ? "and" : "or";
    mr_xexpr_list list = { 0 };
    mr_xexpr *value = *out, *all = NULL;

    p->at++;
    MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
    MR_TRY(mr_expr_parse_list(p, &list));
    MR_TRY(mr_parser_expect_op(p, MR_OP1(')')));
    for (int i = 0; i < list.n; i++) {
        mr_xexpr *one = mr_expr_binary(p, function, value, list.items[i]);

        if (negated)
            one = mr_expr_unary(p, "not", one);
        all = all == NULL ? one : mr_expr_binary(p, join, all, one);
        if (i > 0)
            MR_TRY(mr_parser_grow(p));
    }
    *out = all;
    return MR_OK;
}

static mr_status parse_like(mr_parser *p, const char *function, bool *negated, mr_xexpr **out)
{
    mr_xexpr *pattern;
    mr_str escape;
    static const char *const lists[] = { "ANY", "SOME", "ALL", NULL };

    if (mr_parser_is_one_of(p, 0, lists) && mr_parser_is_op(p, 1, MR_OP1('('))) {
        bool each = *negated;

        *negated = false;
        return parse_like_list(p, function, each, out);
    }
    MR_TRY(parse_bound(p, BIND_COMPARE, &pattern));
    if (strcmp(function, "rlike") == 0 || !mr_parser_eat_word(p, "ESCAPE")) {
        *out = mr_expr_binary(p, function, *out, pattern);
        return MR_OK;
    }
    MR_TRY(mr_literal_string(p, &escape));
    *out = mr_expr_call(p, function, 3, (mr_xexpr *[]){ *out, pattern, mr_expr_text(p, escape) });
    return MR_OK;
}

static mr_status parse_is(mr_parser *p, mr_xexpr **out)
{
    bool negated = mr_parser_eat_word(p, "NOT");
    mr_xexpr *right;

    if (mr_parser_eat_word(p, "NULL")) {
        *out = mr_expr_unary(p, negated ? "isnotnull" : "isnull", *out);
        return MR_OK;
    }
    if (mr_parser_eat_word(p, "UNKNOWN")) {
        *out = mr_expr_unary(p, negated ? "isnotnull" : "isnull", *out);
        return MR_OK;
    }
    if (mr_parser_is_word(p, 0, "TRUE") || mr_parser_is_word(p, 0, "FALSE")) {
        bool truth = mr_parser_is_word(p, 0, "TRUE");

        p->at++;
        right = mr_xexpr_literal(p->arena, mr_scalar_bool(truth));
    } else {
        MR_TRY(mr_parser_expect_word(p, "DISTINCT"));
        MR_TRY(mr_parser_expect_word(p, "FROM"));
        MR_TRY(parse_bound(p, BIND_COMPARE, &right));
        negated = !negated;
    }
    *out = mr_expr_binary(p, "<=>", *out, right);
    if (negated)
        *out = mr_expr_unary(p, "not", *out);
    return MR_OK;
}

/* A predicate after the value *out; false = none stands here. */
static mr_status parse_predicate(mr_parser *p, int start, mr_xexpr **out, bool *found)
{
    static const char *const words[] = {
        "BETWEEN", "IN", "LIKE", "ILIKE", "RLIKE", "REGEXP", NULL
    };
    bool negated = mr_parser_is_word(p, 0, "NOT") && mr_parser_is_one_of(p, 1, words);

    *found = true;
    p->at += negated;
    if (mr_parser_eat_word(p, "BETWEEN")) {
        MR_TRY(parse_between(p, out));
    } else if (mr_parser_is_word(p, 0, "IN") && mr_parser_is_op(p, 1, MR_OP1('('))) {
        p->at++;
        MR_TRY(parse_in(p, out));
    } else if (mr_parser_eat_word(p, "LIKE")) {
        MR_TRY(parse_like(p, "like", &negated, out));
    } else if (mr_parser_eat_word(p, "ILIKE")) {
        MR_TRY(parse_like(p, "ilike", &negated, out));
    } else if (mr_parser_eat_word(p, "RLIKE") || mr_parser_eat_word(p, "REGEXP")) {
        MR_TRY(parse_like(p, "rlike", &negated, out));
    } else if (mr_parser_eat_word(p, "IS")) {
        MR_TRY(parse_is(p, out));
    } else {
        *found = false;
        p->at -= negated;
        return MR_OK;
    }
    mr_expr_span(p, *out, start);
    if (negated)
        *out = mr_expr_span(p, mr_expr_unary(p, "not", *out), start);
    return MR_OK;
}

/* ---- the loop ---- */

/* The binary operator at hand: its power, or 0. */
static int operator_at(const mr_parser *p, const char **function)
{
    const mr_token *t = mr_parser_peek(p, 0);

    if (t->kind == MR_T_SYMBOL) {
        for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
            if (operators[i].op == t->op) {
                *function = operators[i].function;
                return operators[i].bind;
            }
        return 0;
    }
    *function = "div";
    if (mr_parser_is_word(p, 0, "DIV"))
        return BIND_MULTIPLY;
    *function = "and";
    if (mr_parser_is_word(p, 0, "AND"))
        return BIND_AND;
    *function = "or";
    return mr_parser_is_word(p, 0, "OR") ? BIND_OR : 0;
}

static mr_status parse_right(mr_parser *p, const char *function, int bind, int start,
                             mr_xexpr **out)
{
    mr_xexpr *right;

    p->at++;
    MR_TRY(parse_bound(p, bind + 1, &right));
    *out =
        mr_expr_span(p, mr_expr_binary(p, function == NULL ? "==" : function, *out, right), start);
    if (function == NULL)
        *out = mr_expr_span(p, mr_expr_unary(p, "not", *out), start);
    return MR_OK;
}

/* Operators that bind at least as `least`.  `most` falls: what has become an operand of a weak
 * operator cannot be one of a stronger operator to its right. */
static mr_status parse_loop(mr_parser *p, int least, mr_xexpr **out)
{
    int start = mr_parser_start(p), most = BIND_UNARY;

    MR_TRY(parse_prefix(p, least, &most, out));
    for (;;) {
        const char *function;
        bool found;
        int bind;

        MR_TRY(mr_parser_grow(p));
        bind = operator_at(p, &function);
        if (bind != 0) {
            if (bind < least || bind > most)
                return MR_OK;
            MR_TRY(parse_right(p, function, bind, start, out));
            most = bind;
            continue;
        }
        if (least > BIND_PREDICATE || most <= BIND_PREDICATE)
            return MR_OK;
        MR_TRY(parse_predicate(p, start, out, &found));
        if (!found)
            return MR_OK;
        most = BIND_PREDICATE - 1;
    }
}

static mr_status parse_bound(mr_parser *p, int least, mr_xexpr **out)
{
    int outer = p->height;
    mr_status status;

    MR_TRY(mr_parser_enter(p));
    p->height = 0;
    status = parse_loop(p, least, out);
    p->height = p->height > outer ? p->height : outer;
    mr_parser_leave(p);
    return status;
}

mr_status mr_expr_parse(mr_parser *p, mr_xexpr **out)
{
    return parse_bound(p, 0, out);
}

mr_status mr_expr_parse_value(mr_parser *p, mr_xexpr **out)
{
    return parse_bound(p, BIND_COMPARE, out);
}

/* ---- lists ---- */

/* Words that end a select item, so that they are no alias without AS. */
static const char *const clause_words[] = {
    "FROM",     "WHERE",  "GROUP", "HAVING",    "ORDER",  "SORT",    "LIMIT",   "OFFSET",
    "UNION",    "EXCEPT", "MINUS", "INTERSECT", "WINDOW", "LATERAL", "CLUSTER", "DISTRIBUTE",
    "ON",       "USING",  "JOIN",  "LEFT",      "RIGHT",  "FULL",    "INNER",   "CROSS",
    "NATURAL",  "SEMI",   "ANTI",  "WHEN",      "THEN",   "ELSE",    "END",     "AND",
    "OR",       "NOT",    "IS",    "IN",        "LIKE",   "ILIKE",   "RLIKE",   "BETWEEN",
    "AS",       "ASC",    "DESC",  "NULLS",     "DIV",    "FOR",     "PLACING", "ESCAPE",
    "SETMINUS", "REGEXP", NULL
};

static mr_status parse_alias(mr_parser *p, mr_xexpr **e, int start)
{
    mr_str_list names = { 0 };
    bool as = mr_parser_eat_word(p, "AS");
    mr_str name;

    if (!as && (!mr_parser_is_name(p, 0) || mr_parser_is_one_of(p, 0, clause_words)))
        return MR_OK;
    if (mr_parser_is_op(p, 0, MR_OP1('('))) {
        MR_TRY(mr_parser_name_list(p, &names));
    } else {
        MR_TRY(mr_parser_name(p, &name));
        mr_str_list_add(p->arena, &names, name);
    }
    *e = mr_expr_span(p, mr_xexpr_alias(p->arena, *e, names.items[0]), start);
    (*e)->names = names.items;
    (*e)->n_names = names.n;
    return MR_OK;
}

mr_status mr_expr_parse_named(mr_parser *p, mr_xexpr **out)
{
    int start = mr_parser_start(p);

    MR_TRY(mr_expr_parse(p, out));
    if ((*out)->kind == MR_X_STAR && mr_parser_eat_word(p, "EXCEPT")) {
        mr_str_list names = { 0 };

        MR_TRY(mr_parser_name_list(p, &names));
        (*out)->names = names.items;
        (*out)->n_names = names.n;
        return MR_OK;
    }
    return parse_alias(p, out, start);
}

mr_status mr_expr_parse_list(mr_parser *p, mr_xexpr_list *out)
{
    do {
        mr_xexpr *e;

        MR_TRY(mr_expr_parse(p, &e));
        mr_xexpr_list_add(p->arena, out, e);
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    return MR_OK;
}

mr_status mr_expr_parse_sort_list(mr_parser *p, mr_xexpr_list *out)
{
    do {
        mr_xexpr *order = mr_xexpr_new(p->arena, MR_X_SORT_ORDER);
        int start = mr_parser_start(p);

        order->args = MR_NEW_ARRAY(p->arena, mr_xexpr *, 1);
        order->n_args = 1;
        MR_TRY(mr_expr_parse(p, &order->args[0]));
        order->is_descending = mr_parser_eat_word(p, "DESC");
        if (!order->is_descending)
            (void)mr_parser_eat_word(p, "ASC");
        order->nulls = mr_parser_eat_words(p, "NULLS", "FIRST")  ? MR_NULLS_FIRST
                       : mr_parser_eat_words(p, "NULLS", "LAST") ? MR_NULLS_LAST
                                                                 : MR_NULLS_DEFAULT;
        mr_xexpr_list_add(p->arena, out, mr_expr_span(p, order, start));
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    return MR_OK;
}
