/* agg_pick.c - first, last, any_value: one value of any type, kept as a one-row vector. */
#include "function/agg_priv.h"
#include "function/nested.h"

/* The value lives in an arena of its own, renewed with each pick. */
typedef struct pick_state {
    mr_arena *arena;
    mr_vec *value;
    uint64_t set;
} pick_state;

typedef struct pick_plan {
    bool last;
    bool ignore_nulls;
} pick_plan;

static int pick_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    const pick_plan *p = bound->data;

    (void)arena;
    mr_agg_one_buffer(out, p->last ? "last" : "first", bound->args[0], true);
    out[1] = (mr_field){ MR_STR("valueSet"), mr_type_of(MR_TYPE_BOOLEAN), true, { NULL, 0 } };
    return 2;
}

static size_t pick_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(pick_state);
}

static void pick_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    memset(state, 0, sizeof(pick_state));
}

static void keep(pick_state *s, const mr_vec *from, int32_t row)
{
    if (s->arena == NULL)
        s->arena = mr_arena_new();
    else
        mr_arena_reset(s->arena);
    s->value = MR_NEW(s->arena, mr_vec);
    mr_agg_keep(s->value, from, row, s->arena);
    s->set = 1;
}

static void offer(const pick_plan *p, pick_state *s, const mr_vec *from, int32_t row)
{
    if ((s->set && !p->last) || (p->ignore_nulls && mr_vec_is_null(from, row)))
        return;
    keep(s, from, row);
}

static mr_status pick_update(const mr_fn_bound *bound, void *const *states,
                             const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < sel.n; i++)
        offer(bound->data, states[i], args[0], mr_sel_row(sel, i));
    return MR_OK;
}

static mr_status pick_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                            int32_t n, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const pick_state *v = from[i];

        if (v->set)
            offer(bound->data, into[i], v->value, 0);
    }
    return MR_OK;
}

static void write_values(const void *const *states, int32_t n, mr_vec *out, mr_arena *arena)
{
    for (int32_t i = 0; i < n; i++) {
        const pick_state *s = states[i];
        mr_vec copy;

        if (!s->set) {
            mr_vec_set_null(out, arena, i);
            continue;
        }
        mr_vec_gather(&copy, s->value, (mr_sel){ NULL, 1 }, arena, true);
        mr_nested_copy(out, i, &copy, 0, arena);
    }
}

static void pick_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                      mr_arena *arena)
{
    (void)bound;
    write_values(states, n, &bufs[0], arena);
    for (int32_t i = 0; i < n; i++)
        bufs[1].u8[i] = ((const pick_state *)states[i])->set != 0;
}

static mr_status pick_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                           const mr_vec *bufs, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++)
        if (MR_AT(&bufs[1], u8, i))
            keep(states[i], &bufs[0], i);
    return MR_OK;
}

static mr_status pick_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                             mr_vec *out, mr_arena *arena, mr_error *err)
{
    (void)bound;
    (void)err;
    write_values(states, n, out, arena);
    return MR_OK;
}

static void pick_drop(const mr_fn_bound *bound, void *state)
{
    pick_state *s = state;

    (void)bound;
    if (s->arena != NULL)
        mr_arena_free(s->arena);
}

static size_t pick_extra(const mr_fn_bound *bound, const void *state)
{
    const pick_state *s = state;

    (void)bound;
    return s->arena == NULL ? 0 : mr_arena_size(s->arena);
}

static const mr_aggregate pick_aggregate = { pick_buffers, pick_size, pick_init, pick_update,
                                             pick_merge,   pick_save, pick_load, pick_result,
                                             pick_drop,    pick_extra };

static mr_status pick_resolve(mr_fn_resolve *r, mr_error *err)
{
    pick_plan *p = MR_NEW(r->arena, pick_plan);

    p->last = strncmp(r->function->name, "last", 4) == 0;
    if (r->n_args == 2) {
        if (!r->args[1].is_literal || r->args[1].literal.is_null ||
            r->args[1].type->id != MR_TYPE_BOOLEAN)
            return mr_fn_mismatch_arg(r, 1, "\"BOOLEAN\"", err);
        p->ignore_nulls = r->args[1].literal.i64 != 0;
    }
    r->data = p;
    r->result = r->args[0].type;
    r->nullable = true;
    return MR_OK;
}

#define PICK(row_name)                                                                             \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 2, .shown_args = 1,                         \
        .resolve = pick_resolve, .aggregate = &pick_aggregate                                      \
    }

static const mr_function rows[] = { PICK("any_value"), PICK("first"), PICK("first_value"),
                                    PICK("last"), PICK("last_value") };

MR_FN_GROUP(mr_agg_pick_group, rows);
