/* expr.h - resolved expressions: typed, over attribute ids. */
#ifndef MR_PLAN_EXPR_H
#define MR_PLAN_EXPR_H

#include "column/scalar.h"
#include "function/function.h"
#include "plan/syntax.h" /* mr_eval_mode, mr_nulls */

typedef struct mr_expr mr_expr;

/* A column of a logical plan.  Ids are unique in one analysis; a name need not be. */
typedef struct mr_attr {
    int32_t id;
    mr_str name;
    const mr_type *type;
    bool nullable;
    bool has_watermark; /* carries the event-time marker */
    int64_t delay_ms;   /* of that watermark */
    mr_str metadata;
    mr_str qualifier; /* alias of the relation it came from, or empty */
} mr_attr;

typedef enum mr_expr_kind {
    MR_E_LITERAL = 1,
    MR_E_ATTR,      /* attr_id */
    MR_E_CALL,      /* function (scalar), args */
    MR_E_AGGREGATE, /* function (aggregate), args, is_distinct, filter */
    MR_E_CAST,      /* args[0] to type, eval_mode */
    MR_E_AND,       /* args[0], args[1]; the right one only for rows the left leaves open */
    MR_E_OR,
    MR_E_CASE,     /* args: condition, value, condition, value, ... [else]; lazy */
    MR_E_COALESCE, /* args; lazy */
    MR_E_IN,       /* args[0] in args[1..] */
    MR_E_FIELD,    /* args[0] struct, index */
    MR_E_ALIAS,    /* args[0], attr (its id and name) */
    MR_E_LAMBDA,   /* args[0] = body; variables are attributes lambda_ids[] */
    MR_E_WINDOW    /* time window marker made by analyze, removed before physical: args[0] = time */
} mr_expr_kind;

#define MR_EXPR_LAMBDA_VARIABLE 1 /* `index` of an ATTR that is a lambda's variable */

struct mr_expr {
    mr_expr_kind kind;
    const mr_type *type;
    bool nullable;
    mr_expr **args;
    int n_args;
    mr_scalar literal;
    int32_t attr_id;             /* ATTR; ALIAS: the new id */
    mr_str name;                 /* ATTR, ALIAS: spelling */
    mr_str metadata;             /* ALIAS: of the new column, JSON; empty = the child's */
    const mr_function *function; /* CALL, AGGREGATE; CASE, COALESCE: the row it was written as, or
                                  * NULL (prints IF, nvl ...) */
    mr_fn_bound bound;           /* what resolve() decided: ANSI, zone, constants */
    mr_eval_mode eval_mode;      /* CAST */
    bool is_user_cast;   /* CAST: written by the user, so names show it (coercions are silent) */
    const mr_zone *zone; /* CAST between text, dates and timestamps */
    int index;           /* FIELD; ATTR: MR_EXPR_LAMBDA_VARIABLE */
    bool is_distinct;
    mr_expr *filter;
    int32_t *lambda_ids;
    int n_lambda_ids;
    int64_t window_us, slide_us, start_us; /* WINDOW */
    int sql_start, sql_stop;               /* for query contexts, -1 = none */
    mr_str sql_text;
    mr_str call_name, call_site; /* the DataFrame call, when not from SQL; or empty */
};

mr_expr *mr_expr_new(mr_arena *arena, mr_expr_kind kind, const mr_type *type, bool nullable);
mr_expr *mr_expr_attr(mr_arena *arena, const mr_attr *attr);
mr_expr *mr_expr_literal(mr_arena *arena, mr_scalar value);
mr_expr *mr_expr_cast(mr_arena *arena, mr_expr *child, const mr_type *type, mr_eval_mode mode,
                      const mr_zone *zone);
/* Spark's generated name of an expression as a column ("count(1)", "(a + 1)", "avg(x)"). */
void mr_expr_print_name(const mr_expr *expr, mr_buf *out);
/* As EXPLAIN prints it: names with #ids. */
void mr_expr_print(const mr_expr *expr, mr_buf *out);
bool mr_expr_equal(const mr_expr *a, const mr_expr *b); /* semantic equality */
bool mr_expr_is_deterministic(const mr_expr *expr);
bool mr_expr_can_raise(const mr_expr *expr);
/* A condition that a scan of files takes over: columns compared with constants. */
bool mr_expr_is_source_filter(const mr_expr *expr);
/* Visits the attributes that are not null in every row for which the condition is true, as far as
 * Spark infers it: those below functions that are null of null.  An attribute may come twice. */
void mr_expr_each_not_null(const mr_expr *expr, void (*visit)(void *data, const mr_expr *attr),
                           void *data);
/* Calls visit on every attribute id used. */
void mr_expr_each_attr(const mr_expr *expr, void (*visit)(void *data, int32_t attr_id), void *data);

#endif /* MR_PLAN_EXPR_H */
