/* sql_priv.h - tokens and the parser's state; shared by the files of this room only. */
#ifndef MR_SQL_PRIV_H
#define MR_SQL_PRIV_H

#include "sql/sql.h"

#define MR_SQL_TEXT_MAX   (1 << 20) /* bytes of one statement or script */
#define MR_SQL_DEPTH_MAX  256       /* nested constructs: bounds the parser's own stack */
#define MR_SQL_HEIGHT_MAX 1000      /* height of an expression tree: bounds its readers' stacks */

typedef enum mr_token_kind {
    MR_T_END = 0,
    MR_T_WORD,    /* unquoted identifier or keyword */
    MR_T_QUOTED,  /* `identifier` */
    MR_T_STRING,  /* '...' or "..." */
    MR_T_RAW,     /* r'...' */
    MR_T_INTEGER, /* digits */
    MR_T_DECIMAL, /* digits with a point */
    MR_T_EXPONENT,
    MR_T_SUFFIXED, /* a number with Y S L F D BD */
    MR_T_SYMBOL,   /* op */
    MR_T_BAD       /* a byte that starts no token */
} mr_token_kind;

/* A symbol's code: its bytes, first one highest. */
#define MR_OP1(a)       ((uint32_t)(unsigned char)(a))
#define MR_OP2(a, b)    (MR_OP1(a) << 8 | MR_OP1(b))
#define MR_OP3(a, b, c) (MR_OP2(a, b) << 8 | MR_OP1(c))

typedef struct mr_token {
    uint32_t kind;
    uint32_t op;
    int start; /* bytes [start, end) of the text */
    int end;
} mr_token;

/* Names that lambdas around the current position bind; newest first. */
typedef struct mr_lambda_scope {
    const struct mr_lambda_scope *outer;
    const mr_str *names;
    int n;
} mr_lambda_scope;

typedef struct mr_parser {
    mr_arena *arena;
    mr_str text;
    mr_token *tokens; /* ends with MR_T_END */
    int n_tokens;
    int at;
    int depth;
    int height;    /* of the tallest expression since it was last zeroed */
    int n_markers; /* '?' seen so far */
    const mr_lambda_scope *lambdas;
    mr_error *err;
} mr_parser;

typedef struct mr_xexpr_list {
    mr_xexpr **items;
    int n;
    int capacity;
} mr_xexpr_list;

typedef struct mr_str_list {
    mr_str *items;
    int n;
    int capacity;
} mr_str_list;

void mr_xexpr_list_add(mr_arena *arena, mr_xexpr_list *list, mr_xexpr *item);
void mr_str_list_add(mr_arena *arena, mr_str_list *list, mr_str item);

/* lex.c: cuts the text into tokens; checks its size.  Errors: unclosed comment, size. */
mr_status mr_lex(mr_parser *p);
/* End of the token or gap (space, comment) that starts at `at`; used to split scripts. */
int mr_lex_skip_one(mr_str text, int at);
/* Whether only spaces and comments lie in the text. */
bool mr_lex_is_blank(mr_str text);

/* parser.c: looking at and eating tokens. */
const mr_token *mr_parser_peek(const mr_parser *p, int ahead);
mr_str mr_parser_text(const mr_parser *p, const mr_token *token);
bool mr_parser_is_word(const mr_parser *p, int ahead, const char *word); /* keyword, any case */
bool mr_parser_is_words(const mr_parser *p, const char *first, const char *second);
bool mr_parser_is_op(const mr_parser *p, int ahead, uint32_t op);
bool mr_parser_is_one_of(const mr_parser *p, int ahead, const char *const *words); /* NULL ends */
bool mr_parser_eat_word(mr_parser *p, const char *word);
bool mr_parser_eat_words(mr_parser *p, const char *first, const char *second);
bool mr_parser_eat_op(mr_parser *p, uint32_t op);
mr_status mr_parser_expect_word(mr_parser *p, const char *word);
mr_status mr_parser_expect_op(mr_parser *p, uint32_t op);
mr_status mr_parser_enter(mr_parser *p); /* one level deeper; pair with mr_parser_leave */
void mr_parser_leave(mr_parser *p);
mr_status mr_parser_grow(mr_parser *p); /* one more level of tree height */
/* PARSE_SYNTAX_ERROR at the current token. */
mr_status mr_parser_fail(mr_parser *p);
/* Adds " (line, pos)" and the marked text to the error just raised; returns `status`. */
mr_status mr_parser_mark(mr_parser *p, int offset, mr_status status);
mr_status mr_parser_unsupported(mr_parser *p, const char *what);
/* Ends of the statement: only ';'s may follow. */
mr_status mr_parser_finish(mr_parser *p);
bool mr_parser_is_name(const mr_parser *p, int ahead);
/* One identifier, without its backquotes. */
mr_status mr_parser_name(mr_parser *p, mr_str *out);
/* a.b.`c d` as one unparsed identifier: parts quoted where they must be. */
mr_status mr_parser_dotted(mr_parser *p, mr_str *out, mr_str_list *parts);
mr_str mr_parser_join_name(mr_parser *p, const mr_str_list *parts);
mr_status mr_parser_name_list(mr_parser *p, mr_str_list *out); /* '(' a, b ')' */
int mr_parser_start(const mr_parser *p);                       /* first byte of the current token */
int mr_parser_stop(const mr_parser *p); /* last byte of the token just eaten */

/* literal.c */
bool mr_literal_starts_string(const mr_parser *p);
mr_status mr_literal_string(mr_parser *p, mr_str *out); /* adjacent strings concatenated */
mr_status mr_literal_number(mr_parser *p, bool negative, mr_scalar *out);
/* DATE '...', TIMESTAMP '...', X'...'; *out stays NULL when none starts here. */
mr_status mr_literal_typed(mr_parser *p, mr_xexpr **out);
/* interval.c: INTERVAL ...; *out stays NULL when none starts here.  *delay: its text for
 * watermarks, or NULL. */
mr_status mr_literal_interval(mr_parser *p, mr_xexpr **out, mr_str *delay);

/* expr.c */
mr_xexpr *mr_expr_call(mr_parser *p, const char *name, int n, mr_xexpr *const *args);
mr_xexpr *mr_expr_unary(mr_parser *p, const char *name, mr_xexpr *a);
mr_xexpr *mr_expr_binary(mr_parser *p, const char *name, mr_xexpr *a, mr_xexpr *b);
mr_xexpr *mr_expr_text(mr_parser *p, mr_str text); /* string literal */
/* Sets where the expression stands in the text: from byte `start` to the token just eaten. */
mr_xexpr *mr_expr_span(mr_parser *p, mr_xexpr *e, int start);
mr_status mr_expr_parse(mr_parser *p, mr_xexpr **out);
mr_status mr_expr_parse_value(mr_parser *p, mr_xexpr **out); /* no AND, OR, NOT, predicates */
mr_status mr_expr_parse_named(mr_parser *p, mr_xexpr **out); /* with [AS] alias */
mr_status mr_expr_parse_list(mr_parser *p, mr_xexpr_list *out);
mr_status mr_expr_parse_sort_list(mr_parser *p, mr_xexpr_list *out);
mr_status mr_expr_parse_type(mr_parser *p, const mr_type **out, mr_str *text);

/* call.c: what may stand in an expression's place and begins with a name. */
mr_status mr_call_parse(mr_parser *p, mr_xexpr **out);
int mr_call_lambda_length(const mr_parser *p); /* tokens of `x ->` or `(x, y) ->`, or 0 */
mr_status mr_call_parse_lambda(mr_parser *p, mr_xexpr **out);

/* query.c */
mr_status mr_query_parse(mr_parser *p, mr_xrel **out);
bool mr_query_starts(const mr_parser *p, int ahead);

/* relation.c: what stands after FROM. */
mr_status mr_relation_parse_from(mr_parser *p, mr_xrel **out);
mr_status mr_relation_parse_values(mr_parser *p, mr_xrel **out);
mr_xrel *mr_relation_span(mr_parser *p, mr_xrel *r, int start);
/* '(' k = 'v', k 'v', ... ')' added to what is there.  Error: DUPLICATE_KEY. */
mr_status mr_relation_parse_options(mr_parser *p, mr_options *options);

/* statement.c */
mr_status mr_statement_parse(mr_parser *p, mr_statement *out);

#endif /* MR_SQL_PRIV_H */
