/* program_priv.h - the steps of a program, made by compile.c and run by program.c. */
#ifndef MR_EXPR_PROGRAM_PRIV_H
#define MR_EXPR_PROGRAM_PRIV_H

#include "expr/program.h"

typedef enum mr_op {
    MR_OP_COLUMN,  /* out <- column of the input */
    MR_OP_LITERAL, /* out <- constant */
    MR_OP_CALL,
    MR_OP_CAST,
    MR_OP_AND,
    MR_OP_OR,
    MR_OP_IN,
    MR_OP_FIELD,
    MR_OP_SELECT, /* slot out <- rows of slot where args[0] passes test */
    MR_OP_MERGE   /* out <- args[i] for the rows of arg_slots[i] */
} mr_op;

typedef enum mr_test { MR_TEST_TRUE, MR_TEST_NOT_TRUE, MR_TEST_NOT_FALSE, MR_TEST_NULL } mr_test;

/* A lambda argument: its program over [variables, captured registers]. */
typedef struct mr_lambda {
    mr_program *body; /* NULL = an ordinary argument */
    int n_vars;
    int32_t *captured; /* registers of the program around */
    int n_captured;
} mr_lambda;

typedef struct mr_lambda_call {
    const mr_lambda *lambdas;
    mr_vec **captured; /* per argument */
} mr_lambda_call;

typedef struct mr_step {
    mr_op op;
    int32_t out;  /* register; SELECT: slot */
    int32_t slot; /* under which selection */
    int32_t *args;
    int32_t *arg_slots; /* MERGE */
    int n_args;
    int32_t column;
    mr_test test;
    mr_scalar literal;
    const mr_expr *expr;
    mr_lambda *lambdas; /* CALL: n_args of them, or NULL */
} mr_step;

struct mr_program {
    mr_step *steps;
    int n_steps;
    int n_regs;
    int n_slots;
    int32_t *outputs;
    int n_outputs;
};

/* Adds the place of `e` in the user's program to a failure's text; returns `status`. */
mr_status mr_expr_context(const mr_expr *e, mr_status status, mr_error *err);

#endif /* MR_EXPR_PROGRAM_PRIV_H */
