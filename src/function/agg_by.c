/* agg_by.c - max_by, min_by: the value beside the greatest or least of another. */
#include "function/agg_priv.h"
#include "function/nested.h"

/* One row of value and ordering, in an arena of its own, renewed with each pick. */
typedef struct by_state {
    mr_arena *arena;
    mr_vec *pair; /* value, ordering; NULL = none yet */
} by_state;

static bool is_max(const mr_fn_bound *bound)
{
    return *(const bool *)bound->data;
}

static int by_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    (void)arena;
    if (bound->n_args == 1)
        return mr_agg_one_buffer(out, is_max(bound) ? "max" : "min", bound->args[0], true);
    mr_agg_one_buffer(&out[0], "valueWithExtremumOrdering", bound->args[0], true);
    mr_agg_one_buffer(&out[1], "extremumOrdering", bound->args[1], true);
    return 2;
}

static size_t by_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(by_state);
}

static void by_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    memset(state, 0, sizeof(by_state));
}

/* The newer of equals wins, as in Spark. */
static void offer(const mr_fn_bound *bound, by_state *s, const mr_vec *value, const mr_vec *order,
                  int32_t row)
{
    if (mr_vec_is_null(order, row))
        return;
    if (s->arena != NULL) {
        int c = mr_vec_compare(&s->pair[1], 0, order, row);

        if (is_max(bound) ? c > 0 : c < 0)
            return;
        mr_arena_reset(s->arena);
    } else {
        s->arena = mr_arena_new();
    }
    s->pair = MR_NEW_ARRAY(s->arena, mr_vec, 2);
    mr_agg_keep(&s->pair[0], value, row, s->arena);
    mr_agg_keep(&s->pair[1], order, row, s->arena);
}

static mr_status by_update(const mr_fn_bound *bound, void *const *states, const mr_vec *const *args,
                           mr_sel sel, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < sel.n; i++)
        offer(bound, states[i], args[0], args[bound->n_args - 1], mr_sel_row(sel, i));
    return MR_OK;
}

static mr_status by_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                          int32_t n, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const by_state *s = from[i];

        if (s->arena != NULL)
            offer(bound, into[i], &s->pair[0], &s->pair[1], 0);
    }
    return MR_OK;
}

static void put(const void *const *states, int32_t n, int side, mr_vec *out, mr_arena *arena)
{
    for (int32_t i = 0; i < n; i++) {
        const by_state *s = states[i];
        mr_vec copy;

        if (s->arena == NULL) {
            mr_vec_set_null(out, arena, i);
            continue;
        }
        mr_vec_gather(&copy, &s->pair[side], (mr_sel){ NULL, 1 }, arena, true);
        mr_nested_copy(out, i, &copy, 0, arena);
    }
}

static void by_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                    mr_arena *arena)
{
    for (int i = 0; i < bound->n_args; i++)
        put(states, n, i, &bufs[i], arena);
}

static mr_status by_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                         const mr_vec *bufs, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < n; i++)
        offer(bound, states[i], &bufs[0], &bufs[bound->n_args - 1], i);
    return MR_OK;
}

static mr_status by_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                           mr_vec *out, mr_arena *arena, mr_error *err)
{
    (void)bound;
    (void)err;
    put(states, n, 0, out, arena);
    return MR_OK;
}

static void by_drop(const mr_fn_bound *bound, void *state)
{
    by_state *s = state;

    (void)bound;
    if (s->arena != NULL)
        mr_arena_free(s->arena);
}

static size_t by_extra(const mr_fn_bound *bound, const void *state)
{
    const by_state *s = state;

    (void)bound;
    return s->arena == NULL ? 0 : mr_arena_size(s->arena);
}

static const mr_aggregate by_aggregate = { by_buffers, by_size, by_init,   by_update, by_merge,
                                           by_save,    by_load, by_result, by_drop,   by_extra };

static bool orderable(const mr_type *t)
{
    if (t->id == MR_TYPE_MAP || t->id == MR_TYPE_INTERVAL_CALENDAR)
        return false;
    for (int i = 0; i < t->n_fields; i++)
        if (!orderable(t->fields[i].type))
            return false;
    return true;
}

static mr_status by_resolve(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *order = r->args[r->n_args - 1].type;
    bool *max = MR_NEW(r->arena, bool);

    if (!orderable(order))
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr,
                        "functionName",
                        mr_arena_printf(r->arena, "`%.*s`", MR_STR_ARG(r->name)).ptr, "dataType",
                        mr_fn_type_sql(r->arena, order), NULL);
    *max = strncmp(r->function->name, "max", 3) == 0;
    r->data = max;
    r->result = r->args[0].type;
    r->nullable = true;
    return MR_OK;
}

#define BY(row_name)                                                                               \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .resolve = by_resolve,                   \
        .aggregate = &by_aggregate                                                                 \
    }

/* min and max of structs and arrays; not names of SQL. */
#define NESTED(row_name, text)                                                                     \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .resolve = by_resolve,                   \
        .aggregate = &by_aggregate, .print = (text)                                                \
    }

static const mr_function rows[] = { BY("max_by"), NESTED("max_nested", "max"), BY("min_by"),
                                    NESTED("min_nested", "min") };

MR_FN_GROUP(mr_agg_by_group, rows);
