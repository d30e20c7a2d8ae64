/* function.h - one table row per SQL function.
 *
 * A row says how a function types itself (resolve) and how it runs: scalar functions over vectors
 * under a selection, aggregates over per-group states.  Special forms that are lazy (CASE, AND, OR,
 * COALESCE, IF ...) are rows with `special` set: analyze builds their own expression kinds.
 */
#ifndef MR_FUNCTION_FUNCTION_H
#define MR_FUNCTION_FUNCTION_H

#include "column/scalar.h"
#include "value/zone.h"

typedef struct mr_function mr_function;
typedef struct mr_aggregate mr_aggregate;

/* What a call decided when it was resolved; constant afterwards. */
typedef struct mr_fn_bound {
    bool ansi;
    bool legacy_time;
    const mr_zone *zone;
    const mr_type *result;      /* result type */
    const mr_type *const *args; /* argument types after coercion */
    int n_args;
    void *data; /* compiled pattern, format, ...: made by resolve, in the plan arena */
} mr_fn_bound;

/* One argument as resolve() sees it. */
typedef struct mr_fn_arg {
    const mr_type *type;
    bool nullable;
    bool is_literal;
    mr_scalar literal; /* when is_literal (already folded) */
    bool is_lambda;
    const mr_type *want; /* set by resolve: cast the argument to this (NULL = leave) */
    mr_str sql;          /* the argument as text, for messages; may be empty */
} mr_fn_arg;

typedef struct mr_fn_resolve {
    mr_arena *arena;
    const mr_function *function; /* resolve may choose another row: max of nested values */
    mr_str name;                 /* as the user wrote it */
    mr_fn_arg *args;
    int n_args;
    bool ansi;
    bool case_sensitive;
    bool legacy_time;
    const mr_zone *zone;
    const mr_type *result; /* out */
    bool nullable;         /* out */
    void *data;            /* out */
    mr_str sql;            /* the call as text, for DATATYPE_MISMATCH.sqlExpr: "(a + b)" */
} mr_fn_resolve;

typedef struct mr_fn_call mr_fn_call;
/* What a lambda is applied to. */
typedef struct mr_fn_elements {
    const mr_vec *vars;
    int n_vars;
    const int32_t *parents;
    int32_t n;
} mr_fn_elements;

/* A scalar call at run time. */
struct mr_fn_call {
    const mr_fn_bound *bound;
    mr_arena *arena;       /* of the batch: results and scratch */
    int64_t batch_time_us; /* current_timestamp() of the micro-batch */
    int32_t rows;          /* length of the vectors */
    /* Applies the lambda at argument `arg` to n elements: vars[] are its variables (n rows each),
     * parents[i] the row that element i belongs to.  Set when the call has lambdas. */
    mr_status (*apply)(const mr_fn_call *call, int arg, const mr_fn_elements *in, mr_vec *out,
                       mr_error *err);
    void *apply_data;
};

typedef enum mr_fn_special {
    MR_SPECIAL_NONE = 0,
    MR_SPECIAL_AND,
    MR_SPECIAL_OR,
    MR_SPECIAL_CASE, /* when(c, v, ..., else), case when */
    MR_SPECIAL_IF,
    MR_SPECIAL_COALESCE, /* coalesce, ifnull, nvl */
    MR_SPECIAL_IN,
    MR_SPECIAL_WINDOW,  /* window(ts, width[, slide[, start]]) */
    MR_SPECIAL_STRUCT,  /* struct(a, b): named by its arguments */
    MR_SPECIAL_BETWEEN, /* a >= b AND a <= c */
    MR_SPECIAL_NOW      /* frozen per batch */
} mr_fn_special;

struct mr_function {
    const char *name;       /* lower case, Spark's */
    int min_args, max_args; /* max -1 = any number */
    mr_fn_special special;
    bool is_generator;
    bool nondeterministic;
    bool can_raise;  /* under ANSI or always */
    bool sees_nulls; /* false: a null argument gives null, eval never sees the row */
    /* Checks and coerces argument types, sets result.  NULL for special forms. */
    mr_status (*resolve)(mr_fn_resolve *r, mr_error *err);
    /* Fills out (initialised to call->rows of the result type) for the selected rows only.  The
     * lowest failing selected row raises. */
    mr_status (*eval)(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel, mr_vec *out,
                      mr_error *err);
    const mr_aggregate *aggregate; /* or NULL */
    const char *symbol;            /* operators: "+", printed infix; else NULL */
    bool total;        /* eval may run on the undefined data of null rows: cheap, cannot fail */
    const char *print; /* spelling in column names when not `name`: "CEIL" */
    /* What column names show for optional arguments that were left out, one a line: "0". */
    const char *defaults;
    int shown_args;       /* how many arguments column names show; 0 = all, -1 = none */
    bool always_nullable; /* Spark calls the result nullable whatever the arguments are */
    /* "si?:s": one letter an argument, '?' from here on optional, '*' the last one repeats, then
     * the result; read by the resolve that signature rows share (fn_signature.c). */
    const char *signature;
    /* The types of the variables of the lambda at argument `arg` (arguments before it are
     * resolved); returns how many, 0 = no lambda may stand here.  analyze resolves the body with
     * them, then calls resolve with args[arg].type = the body's type and is_lambda set. */
    int (*lambda_vars)(const mr_fn_resolve *r, int arg, mr_field out[3]);
};

/* Aggregates.  A state is `state_size` bytes of plain memory, moved freely by memcpy; states that
 * own memory (strings) hold malloc pointers freed by drop(). */
struct mr_aggregate {
    /* Spark's buffer columns for these argument types (checkpoint-format.md section 9): at most 8.
     */
    int (*buffers)(const mr_fn_bound *bound, mr_arena *arena, mr_field *out);
    size_t (*state_size)(const mr_fn_bound *bound); /* multiple of 8, which is its alignment too */
    void (*init)(const mr_fn_bound *bound, void *state);
    /* Row sel[i] of the arguments into states[i].  Nulls are skipped as Spark does. */
    mr_status (*update)(const mr_fn_bound *bound, void *const *states, const mr_vec *const *args,
                        mr_sel sel, mr_error *err);
    /* into[i] <- into[i] merged with from[i]. */
    mr_status (*merge)(const mr_fn_bound *bound, void *const *into, const void *const *from,
                       int32_t n, mr_error *err);
    /* States to Spark's buffer columns (bufs[0..n_buffers), initialised, n rows) and back. */
    void (*save)(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                 mr_arena *arena);
    mr_status (*load)(const mr_fn_bound *bound, void *const *states, int32_t n, const mr_vec *bufs,
                      mr_error *err);
    mr_status (*result)(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *out,
                        mr_arena *arena, mr_error *err);
    void (*drop)(const mr_fn_bound *bound, void *state); /* or NULL */
    size_t (*extra_bytes)(const mr_fn_bound *bound,
                          const void *state); /* or NULL; malloc memory held */
};

/* By name, case-insensitive (operators by symbol: "+", "==", "<=>", "and", "not", "isnull", ...),
 * or NULL. */
const mr_function *mr_function_find(mr_str name);
/* Names nearest to `name`, for UNRESOLVED_ROUTINE; also the count of rows and the i-th row, sorted.
 */
int mr_function_count(void);
const mr_function *mr_function_at(int index);

/* Is `name` (any case) a function of Spark 4.1 that has no row here? */
bool mr_function_is_lacking(mr_str name);

/* Casts are a function too: every pair of types Spark knows.  mode: MR_EVAL_* of plan/syntax.h as
 * int (1 legacy, 2 ANSI, 3 try).  Error conditions: CAST_INVALID_INPUT, CAST_OVERFLOW, ... */
bool mr_cast_allowed(const mr_type *from, const mr_type *to, bool ansi);
/* May a cast of a value that is not null give null?  As Spark types it, ANSI or not. */
bool mr_cast_makes_null(const mr_type *from, const mr_type *to);
MR_NODISCARD mr_status mr_cast_eval(const mr_vec *in, mr_sel sel, const mr_type *to, int mode,
                                    const mr_zone *zone, mr_arena *arena, mr_vec *out,
                                    mr_error *err);
/* Type coercion as Spark's (ANSI or legacy): the common type of two, or NULL. */
const mr_type *mr_coerce_common(mr_arena *arena, const mr_type *a, const mr_type *b, bool ansi);
/* May a value of `from` be implicitly cast to `to` in a call? */
bool mr_coerce_implicit(const mr_type *from, const mr_type *to, bool ansi);

#endif /* MR_FUNCTION_FUNCTION_H */
