/* agg_pair.c - corr, covar_pop, covar_samp and the regressions that need no more: moments of pairs.
 */
#include "function/agg_priv.h"

#include <math.h>

typedef enum pair_kind { PAIR_COVAR_POP, PAIR_COVAR_SAMP, PAIR_CORR } pair_kind;

static int pair_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    static const char *const names[] = { "n", "xAvg", "yAvg", "ck", "xMk", "yMk" };
    int n = *(const pair_kind *)bound->data == PAIR_CORR ? 6 : 4;

    (void)arena;
    for (int i = 0; i < n; i++)
        mr_agg_one_buffer(&out[i], names[i], mr_type_of(MR_TYPE_DOUBLE), false);
    return n;
}

size_t mr_agg_pair_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(mr_agg_pair);
}

void mr_agg_pair_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    memset(state, 0, sizeof(mr_agg_pair));
}

static mr_status pair_update(const mr_fn_bound *bound, void *const *states,
                             const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        mr_agg_pair *s = states[i];
        double x, y, dx, dy;

        if (mr_vec_is_null(args[0], row) || mr_vec_is_null(args[1], row))
            continue;
        x = MR_AT(args[0], f64, row);
        y = MR_AT(args[1], f64, row);
        s->n += 1;
        dx = x - s->x_avg;
        dy = y - s->y_avg;
        s->x_avg += dx / s->n;
        s->y_avg += dy / s->n;
        s->ck += dx * (y - s->y_avg);
        s->x_mk += dx * (x - s->x_avg);
        s->y_mk += dy * (y - s->y_avg);
    }
    return MR_OK;
}

mr_status mr_agg_pair_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                            int32_t n, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        mr_agg_pair *a = into[i];
        const mr_agg_pair *b = from[i];
        double total = a->n + b->n, dx = b->x_avg - a->x_avg, dy = b->y_avg - a->y_avg;
        double dx_n = total == 0 ? 0 : dx / total, dy_n = total == 0 ? 0 : dy / total;

        a->ck += b->ck + dx * dy_n * a->n * b->n;
        a->x_mk += b->x_mk + dx * dx_n * a->n * b->n;
        a->y_mk += b->y_mk + dy * dy_n * a->n * b->n;
        a->x_avg += dx_n * b->n;
        a->y_avg += dy_n * b->n;
        a->n = total;
    }
    return MR_OK;
}

static void pair_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                      mr_arena *arena)
{
    int width = *(const pair_kind *)bound->data == PAIR_CORR ? 6 : 4;

    (void)arena;
    for (int32_t i = 0; i < n; i++) {
        const mr_agg_pair *s = states[i];
        const double all[6] = { s->n, s->x_avg, s->y_avg, s->ck, s->x_mk, s->y_mk };

        for (int k = 0; k < width; k++)
            bufs[k].f64[i] = all[k];
    }
}

static mr_status pair_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                           const mr_vec *bufs, mr_error *err)
{
    int width = *(const pair_kind *)bound->data == PAIR_CORR ? 6 : 4;

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        double all[6] = { 0 };

        for (int k = 0; k < width; k++)
            all[k] = MR_AT(&bufs[k], f64, i);
        *(mr_agg_pair *)states[i] = (mr_agg_pair){ all[0], all[1], all[2], all[3], all[4], all[5] };
    }
    return MR_OK;
}

static mr_status pair_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                             mr_vec *out, mr_arena *arena, mr_error *err)
{
    pair_kind kind = *(const pair_kind *)bound->data;

    for (int32_t i = 0; i < n; i++) {
        const mr_agg_pair *s = states[i];

        if (s->n == 0 || (s->n == 1 && kind != PAIR_COVAR_POP))
            mr_vec_set_null(out, arena, i);
        else if (kind == PAIR_CORR && s->x_mk * s->y_mk == 0 && bound->ansi)
            return mr_raise(err, MR_EXC_ARITHMETIC, "DIVIDE_BY_ZERO", "config",
                            "\"spark.sql.ansi.enabled\"", NULL);
        else if (kind == PAIR_CORR && s->x_mk * s->y_mk == 0)
            mr_vec_set_null(out, arena, i);
        else if (kind == PAIR_CORR)
            out->f64[i] = s->ck / sqrt(s->x_mk * s->y_mk);
        else
            out->f64[i] = s->ck / (kind == PAIR_COVAR_POP ? s->n : s->n - 1);
    }
    return MR_OK;
}

static const mr_aggregate pair_aggregate = { pair_buffers, mr_agg_pair_size,  mr_agg_pair_init,
                                             pair_update,  mr_agg_pair_merge, pair_save,
                                             pair_load,    pair_result,       NULL,
                                             NULL };

static mr_status pair_resolve(mr_fn_resolve *r, mr_error *err)
{
    pair_kind *kind = MR_NEW(r->arena, pair_kind);

    MR_TRY(mr_fn_resolve_signature(r, err));
    r->args[0].want = r->args[1].want = mr_type_of(MR_TYPE_DOUBLE);
    *kind = strcmp(r->function->name, "corr") == 0        ? PAIR_CORR
            : strcmp(r->function->name, "covar_pop") == 0 ? PAIR_COVAR_POP
                                                          : PAIR_COVAR_SAMP;
    r->data = kind;
    r->nullable = true;
    return MR_OK;
}

#define PAIR(row_name)                                                                             \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .signature = "nn:d",                     \
        .resolve = pair_resolve, .aggregate = &pair_aggregate                                      \
    }

static const mr_function rows[] = { PAIR("corr"), PAIR("covar_pop"), PAIR("covar_samp") };

MR_FN_GROUP(mr_agg_pair_group, rows);
