/* program.c - running a compiled program: flat steps over registers under selections.
 *
 * Registers are vectors, slots are selections.  Slot 0 is the caller's selection; every other slot
 * is a subset of its parent, so a value computed under a slot serves all slots below it.
 */
#include "expr/program_priv.h"

#include "function/nested.h"

typedef struct runner {
    const mr_program *program;
    const mr_program_env *env;
    const mr_batch *in;
    mr_vec *regs;
    mr_sel *slots;
} runner;

/* --- calls -------------------------------------------------------------------------------------
 */

/* Merges the arguments' nulls into out.  False when an argument is null for all rows. */
static bool combine_valid(runner *r, const mr_vec *const *args, int n, mr_vec *out)
{
    for (int a = 0; a < n; a++) {
        const mr_vec *arg = args[a];

        if (arg->type->id == MR_TYPE_NULL || (arg->constant && mr_vec_is_null(arg, 0)))
            return false;
        if (arg->constant || arg->valid == NULL)
            continue;
        if (out->valid == NULL) {
            mr_vec_need_valid(out, r->env->arena);
            memcpy(out->valid, arg->valid, (size_t)out->n);
        } else {
            for (int32_t i = 0; i < out->n; i++)
                out->valid[i] &= arg->valid[i];
        }
    }
    return true;
}

static mr_sel only_valid(runner *r, const mr_vec *out, mr_sel sel)
{
    int32_t *rows, n = 0;

    if (out->valid == NULL)
        return sel;
    rows = mr_arena_alloc(r->env->arena, sizeof(int32_t) * (size_t)(sel.n + 1));
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        rows[n] = row;
        n += out->valid[row];
    }
    return (mr_sel){ rows, n };
}

/* A lambda: element vectors become the batch of its program; what it uses of the row around is
 * gathered by parent. */
static mr_status apply_lambda(const mr_fn_call *call, int arg, const mr_fn_elements *in,
                              mr_vec *out, mr_error *err)
{
    const mr_lambda_call *context = call->apply_data;
    const mr_lambda *lambda = &context->lambdas[arg];
    mr_vec *cols = MR_NEW_ARRAY(call->arena, mr_vec, lambda->n_vars + lambda->n_captured + 1);
    mr_program_env env = { call->arena, call->batch_time_us };
    mr_batch batch = { NULL, in->n, { NULL, in->n }, cols };

    MR_ASSERT(in->n_vars >= lambda->n_vars);
    for (int i = 0; i < lambda->n_vars; i++)
        cols[i] = in->vars[i];
    for (int i = 0; i < lambda->n_captured; i++)
        mr_vec_gather(&cols[lambda->n_vars + i], &context->captured[arg][i],
                      (mr_sel){ in->parents, in->n }, call->arena, false);
    return mr_program_run(lambda->body, &env, &batch, batch.sel, out, err);
}

static void bind_lambdas(runner *r, const mr_step *s, mr_lambda_call *context)
{
    context->lambdas = s->lambdas;
    context->captured = MR_NEW_ARRAY(r->env->arena, mr_vec *, s->n_args);
    for (int a = 0; a < s->n_args; a++) {
        const mr_lambda *l = &s->lambdas[a];

        context->captured[a] = MR_NEW_ARRAY(r->env->arena, mr_vec, l->n_captured);
        for (int i = 0; i < l->n_captured; i++)
            context->captured[a][i] = r->regs[l->captured[i]];
    }
}

static bool is_flat(const mr_step *s, const mr_vec *const *args)
{
    for (int a = 0; a < s->n_args; a++) {
        mr_type_id id = args[a]->type->id;

        if (mr_type_width(args[a]->type) == 0 || mr_type_is_string(args[a]->type) ||
            id == MR_TYPE_BINARY)
            return false;
    }
    return true;
}

/* Rows of a list that eval does not write must still be closed; eval of lists walks all rows
 * itself. */
static mr_status run_call(runner *r, const mr_step *s, mr_error *err)
{
    const mr_expr *e = s->expr;
    const mr_vec **args = MR_NEW_ARRAY(r->env->arena, const mr_vec *, s->n_args + 1);
    mr_fn_call call = { &e->bound, r->env->arena, r->env->batch_time_us, r->in->n, NULL, NULL };
    mr_vec *out = &r->regs[s->out];
    mr_sel sel = r->slots[s->slot];
    mr_lambda_call lambdas;
    int n_values = 0;

    for (int a = 0; a < s->n_args; a++)
        if (s->lambdas == NULL || s->lambdas[a].body == NULL)
            args[n_values++] = &r->regs[s->args[a]];
    if (s->lambdas != NULL) {
        bind_lambdas(r, s, &lambdas);
        call.apply = apply_lambda;
        call.apply_data = &lambdas;
    }
    mr_vec_init(out, r->env->arena, e->type, r->in->n);
    if (!e->function->sees_nulls) {
        if (!combine_valid(r, args, n_values, out)) {
            mr_vec_init_null(out, r->env->arena, e->type, r->in->n);
            return MR_OK;
        }
        if (!(e->function->total && is_flat(s, args)))
            sel = only_valid(r, out, sel);
    }
    if (sel.n == 0)
        return MR_OK;
    return mr_expr_context(e, e->function->eval(&call, args, sel, out, err), err);
}

/* --- lazy forms ----------------------------------------------------------------------------------
 */

static bool is_true(const mr_vec *v, int32_t row)
{
    return !mr_vec_is_null(v, row) && v->u8[mr_vec_index(v, row)];
}

static bool is_false(const mr_vec *v, int32_t row)
{
    return !mr_vec_is_null(v, row) && !v->u8[mr_vec_index(v, row)];
}

/* A slot of the rows of its parent for which a register is (not) true, false or null. */
static void run_select(runner *r, const mr_step *s)
{
    mr_sel from = r->slots[s->slot];
    const mr_vec *v = &r->regs[s->args[0]];
    int32_t *rows = mr_arena_alloc(r->env->arena, sizeof(int32_t) * (size_t)(from.n + 1)), n = 0;

    for (int32_t i = 0; i < from.n; i++) {
        int32_t row = mr_sel_row(from, i);
        bool keep = s->test == MR_TEST_TRUE        ? is_true(v, row)
                    : s->test == MR_TEST_NOT_TRUE  ? !is_true(v, row)
                    : s->test == MR_TEST_NOT_FALSE ? !is_false(v, row)
                                                   : mr_vec_is_null(v, row);

        rows[n] = row;
        n += keep;
    }
    r->slots[s->out] = n == from.n ? from : (mr_sel){ rows, n };
}

/* Three-valued AND and OR.  The right side is undefined where the left decided. */
static void run_logic(runner *r, const mr_step *s)
{
    const mr_vec *a = &r->regs[s->args[0]], *b = &r->regs[s->args[1]];
    mr_vec *out = &r->regs[s->out];
    mr_sel sel = r->slots[s->slot];
    uint8_t stop = s->op == MR_OP_OR; /* the value that decides alone */

    mr_vec_init(out, r->env->arena, s->expr->type, r->in->n);
    if (a->valid == NULL && b->valid == NULL && a->type->id != MR_TYPE_NULL &&
        b->type->id != MR_TYPE_NULL) {
        for (int32_t i = 0; i < sel.n; i++) {
            int32_t row = mr_sel_row(sel, i);
            uint8_t x = a->u8[mr_vec_index(a, row)], y = b->u8[mr_vec_index(b, row)];

            out->u8[row] = x == stop ? stop : y;
        }
        return;
    }
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        bool null_a = mr_vec_is_null(a, row), null_b;

        if (!null_a && a->u8[mr_vec_index(a, row)] == stop) {
            out->u8[row] = stop;
            continue;
        }
        null_b = mr_vec_is_null(b, row);
        out->u8[row] = null_b ? !stop : b->u8[mr_vec_index(b, row)];
        if (null_b || (null_a && out->u8[row] != stop)) {
            mr_vec_need_valid(out, r->env->arena);
            out->valid[row] = 0;
        }
    }
}

/* Puts together values computed under disjoint slots, in row order; a row of none is null. */
static void run_merge(runner *r, const mr_step *s)
{
    mr_vec *out = &r->regs[s->out];
    uint16_t *from = mr_arena_zalloc(r->env->arena, sizeof(uint16_t) * (size_t)(r->in->n + 1));
    mr_sel sel = r->slots[s->slot];
    int32_t next = 0;

    mr_vec_init(out, r->env->arena, s->expr->type, r->in->n);
    for (int a = 0; a < s->n_args; a++) {
        mr_sel part = r->slots[s->arg_slots[a]];

        for (int32_t i = 0; i < part.n; i++)
            from[mr_sel_row(part, i)] = (uint16_t)(a + 1);
    }
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        for (; next < row; next++)
            mr_nested_skip(out, next);
        if (from[row] == 0)
            mr_vec_set_null(out, r->env->arena, row);
        else
            mr_nested_copy(out, row, &r->regs[s->args[from[row] - 1]], row, r->env->arena);
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
}

/* value IN (list): true on a match, else null when anything was null. */
static void run_in(runner *r, const mr_step *s)
{
    const mr_vec *v = &r->regs[s->args[0]];
    mr_vec *out = &r->regs[s->out];
    mr_sel sel = r->slots[s->slot];

    mr_vec_init(out, r->env->arena, s->expr->type, r->in->n);
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        bool null = mr_vec_is_null(v, row), found = false;

        for (int a = 1; a < s->n_args && !found && !mr_vec_is_null(v, row); a++) {
            const mr_vec *item = &r->regs[s->args[a]];

            if (mr_vec_is_null(item, row))
                null = true;
            else
                found = mr_vec_compare(v, row, item, row) == 0;
        }
        out->u8[row] = found;
        if (null && !found)
            mr_vec_set_null(out, r->env->arena, row);
    }
}

static void run_field(runner *r, const mr_step *s)
{
    const mr_vec *v = &r->regs[s->args[0]];
    mr_vec *out = &r->regs[s->out];
    mr_vec field;

    if (v->type->id == MR_TYPE_NULL || v->children == NULL ||
        (v->constant && mr_vec_is_null(v, 0))) {
        mr_vec_init_null(out, r->env->arena, s->expr->type, r->in->n);
        return;
    }
    field = v->children[s->expr->index];
    *out = field;
    out->n = v->n;
    out->constant = v->constant || field.constant;
    if (v->valid == NULL || v->constant)
        return;
    out->valid = NULL;
    if (field.constant) { /* spread it: rows differ in validity now */
        mr_vec_gather(out, &field, (mr_sel){ NULL, v->n }, r->env->arena, false);
    }
    mr_vec_need_valid(out, r->env->arena);
    for (int32_t i = 0; i < v->n; i++)
        out->valid[i] = v->valid[i] && !mr_vec_is_null(&field, i);
}

static mr_status run_cast(runner *r, const mr_step *s, mr_error *err)
{
    const mr_expr *e = s->expr;
    int mode = e->eval_mode == MR_EVAL_DEFAULT ? MR_EVAL_ANSI : (int)e->eval_mode;
    mr_vec in = r->regs[s->args[0]];

    in.n = r->in->n;
    return mr_expr_context(e,
                           mr_cast_eval(&in, r->slots[s->slot], e->type, mode, e->zone,
                                        r->env->arena, &r->regs[s->out], err),
                           err);
}

static mr_status run_step(runner *r, const mr_step *s, mr_error *err)
{
    switch (s->op) {
    case MR_OP_COLUMN:
        r->regs[s->out] = r->in->cols[s->column];
        return MR_OK;
    case MR_OP_LITERAL:
        mr_scalar_to_vec(s->literal, &r->regs[s->out], r->env->arena, r->in->n);
        return MR_OK;
    case MR_OP_CALL:
        return run_call(r, s, err);
    case MR_OP_CAST:
        return run_cast(r, s, err);
    case MR_OP_SELECT:
        run_select(r, s);
        return MR_OK;
    case MR_OP_MERGE:
        run_merge(r, s);
        return MR_OK;
    case MR_OP_IN:
        run_in(r, s);
        return MR_OK;
    case MR_OP_FIELD:
        run_field(r, s);
        return MR_OK;
    default:
        run_logic(r, s);
        return MR_OK;
    }
}

static mr_status run_all(const mr_program *p, const mr_program_env *env, const mr_batch *in,
                         mr_sel sel, mr_vec *out, mr_error *err)
{
    runner r = { p, env, in, NULL, NULL };

    r.regs = MR_NEW_ARRAY(env->arena, mr_vec, p->n_regs + 1);
    r.slots = MR_NEW_ARRAY(env->arena, mr_sel, p->n_slots + 1);
    r.slots[0] = sel;
    for (int i = 0; i < p->n_steps; i++)
        MR_TRY(run_step(&r, &p->steps[i], err));
    for (int i = 0; i < p->n_outputs; i++)
        out[i] = r.regs[p->outputs[i]];
    return MR_OK;
}

mr_status mr_program_run(const mr_program *program, const mr_program_env *env, const mr_batch *in,
                         mr_sel sel, mr_vec *out, mr_error *err)
{
    mr_status status = run_all(program, env, in, sel, out, err), again;

    if (status != MR_INVALID || sel.n <= 1)
        return status;
    /* Steps run a column at a time; the error to report is the lowest row's. */
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        mr_error first;

        mr_error_clear(&first);
        again = run_all(program, env, in, (mr_sel){ &row, 1 }, out, &first);
        if (again != MR_OK) {
            if (err != NULL)
                *err = first;
            return again;
        }
    }
    return status;
}

mr_status mr_program_filter(const mr_program *program, const mr_program_env *env,
                            const mr_batch *in, mr_sel sel, mr_sel *out, mr_error *err)
{
    mr_vec keep;
    int32_t *rows, n = 0;

    MR_ASSERT(program->n_outputs == 1);
    MR_TRY(mr_program_run(program, env, in, sel, &keep, err));
    rows = mr_arena_alloc(env->arena, sizeof(int32_t) * (size_t)(sel.n + 1));
    if (keep.type->id != MR_TYPE_NULL && keep.valid == NULL && !keep.constant) {
        for (int32_t i = 0; i < sel.n; i++) {
            rows[n] = mr_sel_row(sel, i);
            n += keep.u8[rows[n]] != 0;
        }
    } else {
        for (int32_t i = 0; i < sel.n; i++) {
            rows[n] = mr_sel_row(sel, i);
            n += is_true(&keep, rows[n]);
        }
    }
    *out = n == sel.n ? sel : (mr_sel){ rows, n };
    return MR_OK;
}
