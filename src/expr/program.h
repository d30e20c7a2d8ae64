/* program.h - resolved expressions compiled to flat steps, run on batches under a selection. */
#ifndef MR_EXPR_PROGRAM_H
#define MR_EXPR_PROGRAM_H

#include "plan/expr.h"

typedef struct mr_program mr_program;

/* Which attribute sits in which column of the input batches. */
typedef struct mr_layout {
    const int32_t *attr_ids;
    int n;
} mr_layout;

/* What changes from run to run. */
typedef struct mr_program_env {
    mr_arena *arena;       /* of the batch */
    int64_t batch_time_us; /* current_timestamp() */
} mr_program_env;

/* Compiles n expressions into one program (common subexpressions shared; constants folded) in
 * `arena`. ALIAS is transparent; AGGREGATE and WINDOW must be gone.  Thread-safe to run: a program
 * is constant. */
MR_NODISCARD mr_status mr_program_compile(mr_arena *arena, mr_expr *const *exprs, int n,
                                          mr_layout layout, mr_program **out, mr_error *err);
/* Evaluates for the selected rows of `in`; out[i] gets the i-th expression's vector of in->n rows
 * (a bare attribute shares the input's vector).  Rows outside sel are undefined.  An error is
 * raised only for a selected row, the lowest first. */
MR_NODISCARD mr_status mr_program_run(const mr_program *program, const mr_program_env *env,
                                      const mr_batch *in, mr_sel sel, mr_vec *out, mr_error *err);
/* A predicate (program of one boolean expression): the selected rows where it is true. */
MR_NODISCARD mr_status mr_program_filter(const mr_program *program, const mr_program_env *env,
                                         const mr_batch *in, mr_sel sel, mr_sel *out,
                                         mr_error *err);
/* Folds an expression without attributes to its value. */
MR_NODISCARD mr_status mr_program_fold(const mr_expr *expr, mr_arena *arena, mr_scalar *out,
                                       mr_error *err);

#endif /* MR_EXPR_PROGRAM_H */
