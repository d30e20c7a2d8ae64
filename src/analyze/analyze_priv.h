/* analyze_priv.h - what the files of this room share. */
#ifndef MR_ANALYZE_ANALYZE_PRIV_H
#define MR_ANALYZE_ANALYZE_PRIV_H

#include "analyze/analyze.h"

#define MR_ANALYZE_MAX_DEPTH 800 /* of nested relations or expressions */

/* Relations that a name may mean besides the catalog's: references of WITH_RELATIONS. */
typedef struct mr_ref_scope {
    const mr_xrel *rel;
    const struct mr_ref_scope *outer;
} mr_ref_scope;

/* Where the plan of a DataFrame ended up: df["a"] looks its column up there. */
typedef struct mr_plan_entry {
    int64_t plan_id;
    const mr_logical *plan;
    struct mr_plan_entry *next;
} mr_plan_entry;

typedef struct mr_analyzer {
    const mr_analyze_env *env;
    mr_arena *arena;
    const mr_ref_scope *refs;
    mr_plan_entry *plans;
    int32_t next_id;
    int n_sources;
    int depth;
    bool has_file_columns; /* some were asked for: see file_column.c */
    const mr_xrel *sql; /* the SQL relation whose text is analysed: it has the arguments, or NULL */
} mr_analyzer;

/* What names mean while an expression is resolved. */
typedef struct mr_scope {
    mr_analyzer *an;
    const mr_logical *plan;   /* whose output comes first */
    const mr_logical *hidden; /* columns found only when `plan` has none of the name; or NULL */
    bool aggregates;          /* aggregate functions may appear */
    bool in_aggregate;        /* inside one: `hidden` comes first */
    const struct mr_lambda_vars *lambdas; /* around this place, innermost first; or NULL */
} mr_scope;

/* A growing list of named expressions (ATTR or ALIAS) in the arena. */
typedef struct mr_expr_list {
    mr_expr **items;
    int n;
    int capacity;
} mr_expr_list;

/* text.c: small things for messages. */
const char *mr_an_quote(mr_arena *arena, mr_str name);        /* `a`.`b` of "a.b"'s parts */
const char *mr_an_quote_part(mr_arena *arena, mr_str part);   /* `a` */
const char *mr_an_sql(mr_arena *arena, const mr_expr *expr);  /* "(a + 1)" with double quotes */
const char *mr_an_type(mr_arena *arena, const mr_type *type); /* "INT" with double quotes */
mr_str mr_an_name(mr_arena *arena, const mr_expr *expr);      /* print name */
const char *mr_an_suggest(mr_arena *arena, mr_str name, const mr_logical *plan);
mr_status mr_an_unsupported(mr_error *err, const char *format, ...) MR_PRINTF(2, 3);
/* Adds the query context of `x` and the tail "; line 1 pos 0;\nplan" that AnalysisException prints.
 */
mr_status mr_an_at(mr_error *err, mr_status status, const mr_xexpr *x, const mr_logical *plan);

/* tree.c: expressions as trees. */
/* Replaces, top-down: fn returns the replacement or NULL to go on below.  Shares what is unchanged.
 */
mr_expr *mr_an_map(mr_arena *arena, mr_expr *expr, mr_expr *(*fn)(void *data, mr_expr *expr),
                   void *data);
bool mr_an_any(const mr_expr *expr, bool (*test)(void *data, const mr_expr *expr), void *data);
bool mr_an_has_kind(const mr_expr *expr, mr_expr_kind kind);
bool mr_an_is_foldable(const mr_expr *expr);
const mr_attr *mr_an_find(const mr_attr *attrs, int n, int32_t id);
/* All attribute ids of expr are among attrs. */
bool mr_an_covers(const mr_expr *expr, const mr_attr *attrs, int n);
bool mr_an_uses(const mr_expr *expr, int32_t id);
void mr_an_push(mr_arena *arena, mr_expr_list *list, mr_expr *expr);
mr_expr *mr_an_alias(mr_analyzer *an, mr_expr *child, mr_str name, mr_str metadata);
/* PROJECT of named expressions over input: its output keeps watermark markers of plain columns. */
mr_logical *mr_an_project(mr_arena *arena, mr_logical *input, mr_expr **exprs, int n);
mr_logical *mr_an_filter(mr_arena *arena, mr_logical *input, mr_expr *condition);
mr_expr *mr_an_implicit_cast(const mr_analyzer *an, mr_expr *expr, const mr_type *type);

/* name.c */
mr_status mr_an_resolve_name(const mr_scope *scope, const mr_xexpr *x, mr_expr **out,
                             mr_error *err);
mr_status mr_an_field(const mr_analyzer *an, mr_expr *base, mr_str field, mr_expr **out,
                      mr_error *err);
/* A column of the output by its literal name, case rules applied; NULL = none. */
const mr_attr *mr_an_column(const mr_analyzer *an, const mr_logical *plan, mr_str name);
bool mr_an_same_name(const mr_analyzer *an, mr_str a, mr_str b);
mr_status mr_an_no_column(mr_error *err, mr_arena *arena, mr_str name, const mr_logical *plan);

/* file_column.c */
/* `_metadata` of the files below `plan`, or a field of it; *out is left alone if there is none. */
mr_status mr_an_file_metadata(mr_analyzer *an, const mr_logical *plan, mr_str name, mr_expr **out,
                              mr_error *err);
/* input_file_name() and its like over rows of files; false = `f` is another function, or the rows
 * come from elsewhere. */
bool mr_an_file_call(mr_analyzer *an, const mr_logical *plan, const mr_function *f, mr_expr **out);
/* Makes a file column part of plan's output; false = it is none, or not to be had here. */
bool mr_an_file_column_show(mr_arena *arena, mr_logical *plan, int32_t id);
/* Makes those that the plan's nodes use part of their inputs. */
void mr_an_file_columns_settle(mr_analyzer *an, mr_logical *plan);

/* expression.c */
mr_status mr_an_expr(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err);
mr_status mr_an_named(const mr_scope *scope, const mr_xexpr *x, mr_expr_list *out, mr_error *err);
mr_status mr_an_star(const mr_scope *scope, const mr_xexpr *x, mr_expr_list *out, mr_error *err);
mr_status mr_an_parse_text(const mr_scope *scope, const mr_xexpr *x, const mr_xexpr **out,
                           mr_error *err);

/* call.c */
mr_status mr_an_call(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err);
/* Coerces and types a call whose arguments are resolved. */
mr_status mr_an_bind(const mr_scope *scope, const mr_function *function, mr_str name,
                     mr_expr_list *args, mr_expr **out, mr_error *err);
mr_status mr_an_cast(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err);

/* generate.c */
/* If x is a generator (perhaps under an alias): puts a GENERATE node above *plan and pushes its
 * columns. */
mr_status mr_an_generator(const mr_scope *scope, const mr_xexpr *x, mr_logical **plan,
                          mr_expr_list *out, bool *found, mr_error *err);

/* LATERAL VIEW: the input's columns and the generator's. */
mr_status mr_an_lateral_view(mr_analyzer *an, const mr_xrel *rel, mr_logical *input,
                             mr_logical **out, mr_error *err);

/* lambda.c */
mr_status mr_an_lambda_variable(const mr_scope *scope, const mr_xexpr *x, mr_expr **out,
                                mr_error *err);
/* Arguments of a function with lambdas (f->lambda_vars): those before a lambda give its types. */
mr_status mr_an_lambda_args(const mr_scope *scope, const mr_function *f, const mr_xexpr *x,
                            mr_expr_list *args, mr_error *err);

/* window.c */
mr_status mr_an_window_call(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err);
/* If the expressions hold a window marker: adds WINDOW above *plan and replaces the markers. */
mr_status mr_an_extract_window(mr_analyzer *an, mr_logical **plan, mr_expr **exprs, int n,
                               mr_error *err);
mr_status mr_an_watermark(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                          mr_error *err);

/* aggregate.c */
mr_status mr_an_aggregate(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                          mr_error *err);
/* Plans a grouping from resolved keys and named results (which may hold aggregates). */
mr_status mr_an_group(mr_analyzer *an, mr_logical *input, mr_expr_list *keys, mr_expr_list *results,
                      mr_logical **out, mr_error *err);
/* The aggregation whose results `plan` shows (through filters, sorts and selections), or NULL. */
mr_logical *mr_an_grouped(mr_logical *plan);
/* Rewrites an expression over the aggregation's input to one over its output, adding aggregate
 * functions that it lacks; columns of `shown` stay. */
mr_status mr_an_over_group(mr_analyzer *an, mr_logical *aggregate, const mr_logical *shown,
                           mr_expr **expr, mr_error *err);

/* relation.c, read.c */
mr_status mr_an_relation(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err);
mr_status mr_an_read(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err);
mr_status mr_an_table(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err);
mr_status mr_an_local(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err);
mr_status mr_an_cached(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err);
mr_status mr_an_range(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err);
mr_status mr_an_values(mr_analyzer *an, const mr_xrel *rel, mr_logical **out, mr_error *err);
void mr_an_set_output(mr_analyzer *an, mr_logical *plan, const mr_type *schema, mr_str qualifier);

/* columns.c: Connect's conveniences over the columns of a frame. */
mr_status mr_an_with_columns(mr_analyzer *an, const mr_xrel *rel, mr_logical *input,
                             mr_logical **out, mr_error *err);
mr_status mr_an_rename(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                       mr_error *err);
mr_status mr_an_drop(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                     mr_error *err);
mr_status mr_an_to_df(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                      mr_error *err);
mr_status mr_an_to_schema(mr_analyzer *an, const mr_type *schema, mr_logical *input,
                          mr_logical **out, mr_error *err);
mr_status mr_an_na_fill(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                        mr_error *err);
mr_status mr_an_na_drop(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                        mr_error *err);
mr_status mr_an_deduplicate(mr_analyzer *an, const mr_xrel *rel, mr_logical *input,
                            mr_logical **out, mr_error *err);
mr_status mr_an_union(mr_analyzer *an, const mr_xrel *rel, mr_logical *left, mr_logical *right,
                      mr_logical **out, mr_error *err);

/* Takes DISTINCT out of the aggregate functions of groupings that do not stream; new attributes are
 * numbered from *next_id. */
mr_status mr_an_distinct(mr_arena *arena, mr_logical *plan, int32_t *next_id, mr_error *err);

#endif /* MR_ANALYZE_ANALYZE_PRIV_H */
