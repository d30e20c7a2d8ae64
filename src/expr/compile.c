/* compile.c - expressions to steps: sharing, folding, selections for what is lazy. */
#include "expr/program_priv.h"

#include <stdlib.h>

/* A value already computed: expression, where, under which slot. */
typedef struct known {
    const mr_expr *expr;
    int32_t reg;
    int32_t slot;
} known;

typedef struct compiler {
    mr_arena *arena;
    mr_layout layout;
    mr_step *steps;
    int n_steps, steps_capacity;
    known *known;
    int n_known, known_capacity;
    int32_t *parents; /* of slots */
    int n_slots, slots_capacity;
    int n_regs;
    bool fold;
} compiler;

static mr_status compile(compiler *c, const mr_expr *e, int32_t slot, int32_t *reg, mr_error *err);

static mr_step *add_step(compiler *c, mr_op op, const mr_expr *e, int32_t slot)
{
    mr_step step = { .op = op, .expr = e, .slot = slot };

    MR_PUSH(c->steps, c->n_steps, c->steps_capacity, step);
    return &c->steps[c->n_steps - 1];
}

static int32_t new_slot(compiler *c, int32_t parent)
{
    MR_PUSH(c->parents, c->n_slots, c->slots_capacity, parent);
    return c->n_slots - 1;
}

/* A subset of `slot` by a test on a register. */
static int32_t add_select(compiler *c, int32_t slot, int32_t reg, mr_test test)
{
    int32_t out = new_slot(c, slot);
    mr_step *s = add_step(c, MR_OP_SELECT, NULL, slot);

    s->out = out;
    s->test = test;
    s->args = MR_NEW_ARRAY(c->arena, int32_t, 1);
    s->args[0] = reg;
    s->n_args = 1;
    return out;
}

static bool covers(const compiler *c, int32_t above, int32_t slot)
{
    while (slot > above)
        slot = c->parents[slot];
    return slot == above;
}

static bool find_known(const compiler *c, const mr_expr *e, int32_t slot, int32_t *reg)
{
    for (int i = 0; i < c->n_known; i++) {
        if (covers(c, c->known[i].slot, slot) && mr_expr_equal(c->known[i].expr, e)) {
            *reg = c->known[i].reg;
            return true;
        }
    }
    return false;
}

static bool is_now(const mr_expr *e)
{
    return e->function != NULL && e->function->special == MR_SPECIAL_NOW;
}

static bool is_constant(const mr_expr *e)
{
    if (e->kind == MR_E_ATTR || e->kind == MR_E_LAMBDA || is_now(e) ||
        (e->function != NULL && e->function->nondeterministic))
        return false;
    for (int i = 0; i < e->n_args; i++)
        if (!is_constant(e->args[i]))
            return false;
    return true;
}

static mr_status compile_args(compiler *c, const mr_expr *e, int32_t slot, int32_t **out,
                              mr_error *err)
{
    *out = MR_NEW_ARRAY(c->arena, int32_t, e->n_args + 1);
    for (int i = 0; i < e->n_args; i++)
        MR_TRY(compile(c, e->args[i], slot, &(*out)[i], err));
    return MR_OK;
}

/* --- lambdas
 * --------------------------------------------------------------------------------------- */

typedef struct capture {
    compiler *outer;
    const mr_expr *lambda;
    int32_t *ids; /* variables first, then what is captured */
    int n, capacity;
} capture;

static void capture_attr(void *data, int32_t id)
{
    capture *cap = data;
    bool outside = false;

    for (int i = 0; i < cap->n; i++)
        if (cap->ids[i] == id)
            return;
    for (int i = 0; i < cap->outer->layout.n; i++)
        outside = outside || cap->outer->layout.attr_ids[i] == id;
    if (outside) /* else a variable of a lambda further in */
        MR_PUSH(cap->ids, cap->n, cap->capacity, id);
}

static mr_status column_of(compiler *c, int32_t attr_id, int32_t *column, mr_error *err)
{
    for (int32_t i = 0; i < c->layout.n; i++) {
        if (c->layout.attr_ids[i] == attr_id) {
            *column = i;
            return MR_OK;
        }
    }
    return mr_fail(err, MR_INTERNAL, "attribute %d is not in the input", (int)attr_id);
}

static mr_status compile_column(compiler *c, const mr_expr *e, int32_t attr_id, int32_t *reg,
                                mr_error *err)
{
    mr_step *s;
    int32_t column = -1;

    MR_TRY(column_of(c, attr_id, &column, err));
    s = add_step(c, MR_OP_COLUMN, e, 0);
    s->column = column;
    *reg = s->out = c->n_regs++;
    return MR_OK;
}

static mr_status compile_lambda(compiler *c, const mr_expr *e, mr_lambda *out, mr_error *err)
{
    capture cap = { c, e, NULL, 0, 0 };
    int32_t *ids;
    mr_status status;

    for (int i = 0; i < e->n_lambda_ids; i++)
        MR_PUSH(cap.ids, cap.n, cap.capacity, e->lambda_ids[i]);
    mr_expr_each_attr(e->args[0], capture_attr, &cap);
    ids = MR_NEW_ARRAY(c->arena, int32_t, cap.n);
    memcpy(ids, cap.ids, sizeof(int32_t) * (size_t)cap.n);
    free(cap.ids);
    out->n_vars = e->n_lambda_ids;
    out->n_captured = cap.n - out->n_vars;
    out->captured = MR_NEW_ARRAY(c->arena, int32_t, out->n_captured);
    for (int i = 0; i < out->n_captured; i++)
        MR_CHECK(compile_column(c, NULL, ids[out->n_vars + i], &out->captured[i], err));
    return mr_program_compile(c->arena, e->args, 1, (mr_layout){ ids, cap.n }, &out->body, err);
fail:
    return status;
}

static bool has_lambda(const mr_expr *e)
{
    for (int i = 0; i < e->n_args; i++)
        if (e->args[i]->kind == MR_E_LAMBDA)
            return true;
    return false;
}

static mr_status compile_call(compiler *c, const mr_expr *e, int32_t slot, int32_t *reg,
                              mr_error *err)
{
    mr_lambda *lambdas = has_lambda(e) ? MR_NEW_ARRAY(c->arena, mr_lambda, e->n_args) : NULL;
    int32_t *args = MR_NEW_ARRAY(c->arena, int32_t, e->n_args + 1);
    mr_step *s;

    if (e->function->eval == NULL)
        return mr_fail(err, MR_INTERNAL, "function %s cannot be evaluated by itself",
                       e->function->name);
    for (int i = 0; i < e->n_args; i++) {
        if (e->args[i]->kind == MR_E_LAMBDA)
            MR_TRY(compile_lambda(c, e->args[i], &lambdas[i], err));
        else
            MR_TRY(compile(c, e->args[i], slot, &args[i], err));
    }
    s = add_step(c, MR_OP_CALL, e, slot);
    s->args = args;
    s->n_args = e->n_args;
    s->lambdas = lambdas;
    *reg = s->out = c->n_regs++;
    return MR_OK;
}

/* --- lazy forms ----------------------------------------------------------------------------------
 */

static mr_status compile_logic(compiler *c, const mr_expr *e, int32_t slot, int32_t *reg,
                               mr_error *err)
{
    bool is_and = e->kind == MR_E_AND;
    int32_t *args = MR_NEW_ARRAY(c->arena, int32_t, 2);
    int32_t right = slot;
    mr_step *s;

    MR_TRY(compile(c, e->args[0], slot, &args[0], err));
    if (mr_expr_can_raise(e->args[1]))
        right = add_select(c, slot, args[0], is_and ? MR_TEST_NOT_FALSE : MR_TEST_NOT_TRUE);
    MR_TRY(compile(c, e->args[1], right, &args[1], err));
    s = add_step(c, is_and ? MR_OP_AND : MR_OP_OR, e, slot);
    s->args = args;
    s->n_args = 2;
    *reg = s->out = c->n_regs++;
    return MR_OK;
}

static void add_merge(compiler *c, const mr_expr *e, int32_t slot, int32_t *args, int32_t *slots,
                      int n, int32_t *reg)
{
    mr_step *s = add_step(c, MR_OP_MERGE, e, slot);

    s->args = args;
    s->arg_slots = slots;
    s->n_args = n;
    *reg = s->out = c->n_regs++;
}

static mr_status compile_case(compiler *c, const mr_expr *e, int32_t slot, int32_t *reg,
                              mr_error *err)
{
    int32_t *args = MR_NEW_ARRAY(c->arena, int32_t, e->n_args + 1);
    int32_t *slots = MR_NEW_ARRAY(c->arena, int32_t, e->n_args + 1);
    int32_t open = slot, condition = -1;
    int n = 0, i = 0;

    for (; i + 1 < e->n_args; i += 2) {
        MR_TRY(compile(c, e->args[i], open, &condition, err));
        slots[n] = add_select(c, open, condition, MR_TEST_TRUE);
        MR_TRY(compile(c, e->args[i + 1], slots[n], &args[n], err));
        open = add_select(c, open, condition, MR_TEST_NOT_TRUE);
        n++;
    }
    if (i < e->n_args) {
        slots[n] = open;
        MR_TRY(compile(c, e->args[i], open, &args[n], err));
        n++;
    }
    add_merge(c, e, slot, args, slots, n, reg);
    return MR_OK;
}

/* Later arguments see only the rows where the earlier ones were null; the last merged one wins. */
static mr_status compile_coalesce(compiler *c, const mr_expr *e, int32_t slot, int32_t *reg,
                                  mr_error *err)
{
    int32_t *args = MR_NEW_ARRAY(c->arena, int32_t, e->n_args + 1);
    int32_t *slots = MR_NEW_ARRAY(c->arena, int32_t, e->n_args + 1);
    int32_t open = slot;

    for (int i = 0; i < e->n_args; i++) {
        slots[i] = open;
        MR_TRY(compile(c, e->args[i], open, &args[i], err));
        if (i + 1 < e->n_args)
            open = add_select(c, open, args[i], MR_TEST_NULL);
    }
    add_merge(c, e, slot, args, slots, e->n_args, reg);
    return MR_OK;
}

static mr_status compile_simple(compiler *c, const mr_expr *e, mr_op op, int32_t slot, int32_t *reg,
                                mr_error *err)
{
    int32_t *args;
    mr_step *s;

    MR_TRY(compile_args(c, e, slot, &args, err));
    s = add_step(c, op, e, slot);
    s->args = args;
    s->n_args = e->n_args;
    *reg = s->out = c->n_regs++;
    return MR_OK;
}

static mr_status compile_node(compiler *c, const mr_expr *e, int32_t slot, int32_t *reg,
                              mr_error *err)
{
    switch (e->kind) {
    case MR_E_ATTR:
        return compile_column(c, e, e->attr_id, reg, err);
    case MR_E_CALL:
        return compile_call(c, e, slot, reg, err);
    case MR_E_CAST:
        return compile_simple(c, e, MR_OP_CAST, slot, reg, err);
    case MR_E_AND:
    case MR_E_OR:
        return compile_logic(c, e, slot, reg, err);
    case MR_E_CASE:
        return compile_case(c, e, slot, reg, err);
    case MR_E_COALESCE:
        return compile_coalesce(c, e, slot, reg, err);
    case MR_E_IN:
        return compile_simple(c, e, MR_OP_IN, slot, reg, err);
    case MR_E_FIELD:
        return compile_simple(c, e, MR_OP_FIELD, slot, reg, err);
    default:
        return mr_fail(err, MR_INTERNAL, "expression of kind %d cannot be compiled", (int)e->kind);
    }
}

static void compile_literal(compiler *c, mr_scalar value, int32_t *reg)
{
    mr_step *s = add_step(c, MR_OP_LITERAL, NULL, 0);

    s->literal = value;
    *reg = s->out = c->n_regs++;
}

static mr_status compile(compiler *c, const mr_expr *e, int32_t slot, int32_t *reg, mr_error *err)
{
    bool everywhere = e->kind == MR_E_LITERAL || e->kind == MR_E_ATTR;
    mr_scalar value;

    while (e->kind == MR_E_ALIAS)
        e = e->args[0];
    if (find_known(c, e, slot, reg))
        return MR_OK;
    if (e->kind == MR_E_LITERAL) {
        compile_literal(c, e->literal, reg);
    } else if (c->fold && is_constant(e) && mr_program_fold(e, c->arena, &value, NULL) == MR_OK) {
        compile_literal(c, value, reg);
        everywhere = true;
    } else {
        MR_TRY(compile_node(c, e, slot, reg, err));
    }
    if (mr_expr_is_deterministic(e))
        MR_PUSH(c->known, c->n_known, c->known_capacity,
                (known){ e, *reg, everywhere || e->kind == MR_E_ATTR ? 0 : slot });
    return MR_OK;
}

static mr_program *finish(compiler *c, int32_t *outputs, int n)
{
    mr_program *p = MR_NEW(c->arena, mr_program);

    p->steps = MR_NEW_ARRAY(c->arena, mr_step, c->n_steps + 1);
    if (c->n_steps > 0)
        memcpy(p->steps, c->steps, sizeof(mr_step) * (size_t)c->n_steps);
    p->n_steps = c->n_steps;
    p->n_regs = c->n_regs;
    p->n_slots = c->n_slots;
    p->outputs = outputs;
    p->n_outputs = n;
    return p;
}

static mr_status build(mr_arena *arena, mr_expr *const *exprs, int n, mr_layout layout, bool fold,
                       mr_program **out, mr_error *err)
{
    compiler c = { .arena = arena, .layout = layout, .fold = fold };
    int32_t *outputs = MR_NEW_ARRAY(arena, int32_t, n + 1);
    mr_status status = MR_OK;

    new_slot(&c, -1);
    for (int i = 0; i < n; i++)
        MR_CHECK(compile(&c, exprs[i], 0, &outputs[i], err));
    *out = finish(&c, outputs, n);
fail:
    free(c.steps);
    free(c.known);
    free(c.parents);
    return status;
}

mr_status mr_program_compile(mr_arena *arena, mr_expr *const *exprs, int n, mr_layout layout,
                             mr_program **out, mr_error *err)
{
    return build(arena, exprs, n, layout, true, out, err);
}

mr_status mr_program_fold(const mr_expr *expr, mr_arena *arena, mr_scalar *out, mr_error *err)
{
    mr_arena *scratch = mr_arena_new();
    mr_program_env env = { scratch, 0 };
    mr_batch row = { NULL, 1, { NULL, 1 }, NULL };
    mr_expr *exprs[1] = { (mr_expr *)(uintptr_t)expr };
    mr_program *program;
    mr_vec value;
    mr_status status;

    MR_CHECK(build(scratch, exprs, 1, (mr_layout){ NULL, 0 }, false, &program, err));
    MR_CHECK(mr_program_run(program, &env, &row, row.sel, &value, err));
    *out = mr_scalar_copy(arena, mr_scalar_get(&value, 0));
    out->type = expr->type;
fail:
    mr_arena_free(scratch);
    return status;
}
