/* agg_moment.c - variance, standard deviation, skewness, kurtosis: n, mean, sums of powers of the
 * distances from it. */
#include "function/agg_priv.h"

#include <math.h>

typedef struct moment_state {
    double n, mean, m2, m3, m4;
} moment_state;

typedef struct moment_plan {
    int order;   /* highest power that is kept */
    bool sample; /* divide by n - 1 */
    bool root;
} moment_plan;

static int order_of(const mr_fn_bound *bound)
{
    return ((const moment_plan *)bound->data)->order;
}

static int moment_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    static const char *const names[] = { "n", "avg", "m2", "m3", "m4" };

    (void)arena;
    for (int i = 0; i <= order_of(bound); i++)
        mr_agg_one_buffer(&out[i], names[i], mr_type_of(MR_TYPE_DOUBLE), false);
    return order_of(bound) + 1;
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
        s->m3 += -3 * step * s->m2 + delta * (delta * delta - step * step);
        s->m4 += -4 * step * s->m3 - 6 * step * step * s->m2 +
                 delta * (delta * delta * delta - step * step * step);
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

        a->m4 +=
            b->m4 +
            step * step * step * delta * a->n * b->n * (a->n * a->n - a->n * b->n + b->n * b->n) +
            6 * step * step * (a->n * a->n * b->m2 + b->n * b->n * a->m2) +
            4 * step * (a->n * b->m3 - b->n * a->m3);
        a->m3 += b->m3 + step * step * delta * a->n * b->n * (a->n - b->n) +
                 3 * step * (a->n * b->m2 - b->n * a->m2);
        a->m2 += b->m2 + delta * step * a->n * b->n;
        a->mean += step * b->n;
        a->n = total;
    }
    return MR_OK;
}

static void moment_save(const mr_fn_bound *bound, const void *const *states, int32_t n,
                        mr_vec *bufs, mr_arena *arena)
{
    (void)arena;
    for (int32_t i = 0; i < n; i++) {
        const moment_state *s = states[i];
        const double all[5] = { s->n, s->mean, s->m2, s->m3, s->m4 };

        for (int k = 0; k <= order_of(bound); k++)
            bufs[k].f64[i] = all[k];
    }
}

static mr_status moment_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                             const mr_vec *bufs, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        double all[5] = { 0 };

        for (int k = 0; k <= order_of(bound); k++)
            all[k] = MR_AT(&bufs[k], f64, i);
        *(moment_state *)states[i] = (moment_state){ all[0], all[1], all[2], all[3], all[4] };
    }
    return MR_OK;
}

static mr_status moment_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                               mr_vec *out, mr_arena *arena, mr_error *err)
{
    const moment_plan *p = bound->data;

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const moment_state *s = states[i];
        double by = p->sample ? s->n - 1 : s->n;

        if (s->n == 0 || by == 0 || (p->order > 2 && s->m2 == 0))
            mr_vec_set_null(out, arena, i);
        else if (p->order == 3)
            out->f64[i] = sqrt(s->n) * s->m3 / sqrt(s->m2 * s->m2 * s->m2);
        else if (p->order == 4)
            out->f64[i] = s->n * s->m4 / (s->m2 * s->m2) - 3;
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
    p->order = strcmp(r->function->name, "skewness") == 0   ? 3
               : strcmp(r->function->name, "kurtosis") == 0 ? 4
                                                            : 2;
    p->sample = p->order == 2 && strstr(r->function->name, "pop") == NULL;
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

static const mr_function rows[] = { MOMENT("kurtosis"), MOMENT("skewness"),   MOMENT("std"),
                                    MOMENT("stddev"),   MOMENT("stddev_pop"), MOMENT("stddev_samp"),
                                    MOMENT("var_pop"),  MOMENT("var_samp"),   MOMENT("variance") };

MR_FN_GROUP(mr_agg_moment_group, rows);
