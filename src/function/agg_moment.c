/* agg_moment.c - variance and standard deviation: n, mean, sum of squared distances. */
#include "function/agg_priv.h"

#include <math.h>

typedef struct moment_state {
    double n, mean, m2;
} moment_state;

static int moment_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    static const char *const names[] = { "n", "avg", "m2" };

    (void)bound;
    (void)arena;
    for (int i = 0; i < 3; i++)
        mr_agg_one_buffer(&out[i], names[i], mr_type_of(MR_TYPE_DOUBLE), false);
    return 3;
}

static size_t moment_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(moment_state);
}

static void moment_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    memset(state, 0, sizeof(moment_state));
}

static mr_status moment_update(const mr_fn_bound *bound, void *const *states,
                               const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        moment_state *s = states[i];
        double delta, step;

        if (mr_vec_is_null(args[0], row))
            continue;
        s->n += 1;
        delta = mr_fn_double_at(args[0], row) - s->mean;
        step = delta / s->n;
        s->mean += step;
        s->m2 += delta * (delta - step);
    }
    return MR_OK;
}

static mr_status moment_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                              int32_t n, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        moment_state *a = into[i];
        const moment_state *b = from[i];
        double total = a->n + b->n, delta = b->mean - a->mean;
        double step = total == 0 ? 0 : delta / total;

        a->m2 += b->m2 + delta * step * a->n * b->n;
        a->mean += step * b->n;
        a->n = total;
    }
    return MR_OK;
}

static void moment_save(const mr_fn_bound *bound, const void *const *states, int32_t n,
                        mr_vec *bufs, mr_arena *arena)
{
    (void)bound;
    (void)arena;
    for (int32_t i = 0; i < n; i++) {
        const moment_state *s = states[i];

        bufs[0].f64[i] = s->n;
        bufs[1].f64[i] = s->mean;
        bufs[2].f64[i] = s->m2;
    }
}

static mr_status moment_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                             const mr_vec *bufs, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++)
        *(moment_state *)states[i] =
            (moment_state){ MR_AT(&bufs[0], f64, i), MR_AT(&bufs[1], f64, i),
                            MR_AT(&bufs[2], f64, i) };
    return MR_OK;
}

typedef struct moment_plan {
    bool sample; /* divide by n - 1 */
    bool root;
} moment_plan;

static mr_status moment_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                               mr_vec *out, mr_arena *arena, mr_error *err)
{
    const moment_plan *p = bound->data;

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const moment_state *s = states[i];
        double by = p->sample ? s->n - 1 : s->n;

        if (s->n == 0 || by == 0)
            mr_vec_set_null(out, arena, i);
        else
            out->f64[i] = p->root ? sqrt(s->m2 / by) : s->m2 / by;
    }
    return MR_OK;
}

static const mr_aggregate moment_aggregate = {
    moment_buffers, moment_size, moment_init,   moment_update, moment_merge,
    moment_save,    moment_load, moment_result, NULL,          NULL
};

static mr_status moment_resolve(mr_fn_resolve *r, mr_error *err)
{
    moment_plan *p = MR_NEW(r->arena, moment_plan);

    MR_TRY(mr_fn_resolve_signature(r, err));
    r->args[0].want = mr_type_of(MR_TYPE_DOUBLE);
    p->sample = strstr(r->function->name, "pop") == NULL;
    p->root = strncmp(r->function->name, "std", 3) == 0;
    r->data = p;
    r->nullable = true;
    return MR_OK;
}

#define MOMENT(row_name)                                                                           \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .signature = "n:d",                      \
        .resolve = moment_resolve, .aggregate = &moment_aggregate                                  \
    }

static const mr_function rows[] = { MOMENT("std"),         MOMENT("stddev"),  MOMENT("stddev_pop"),
                                    MOMENT("stddev_samp"), MOMENT("var_pop"), MOMENT("var_samp"),
                                    MOMENT("variance") };

MR_FN_GROUP(mr_agg_moment_group, rows);
