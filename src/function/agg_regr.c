/* agg_regr.c - the regressions regr_*(y, x): each keeps the buffers of the aggregate that Spark
 * makes of it, over the rows where both are known. */
#include "function/agg_priv.h"

#include <math.h>

typedef enum regr_kind {
    REGR_COUNT,
    REGR_AVG_X,
    REGR_AVG_Y,
    REGR_SXX,
    REGR_SYY,
    REGR_SXY,
    REGR_SLOPE,
    REGR_INTERCEPT,
    REGR_R2
} regr_kind;

typedef struct regr_row {
    const char *name;
    regr_kind kind;
    const char *buffers; /* "n avg m2", in Spark's order */
} regr_row;

static const regr_row kinds[] = {
    { "regr_count", REGR_COUNT, "count" },
    { "regr_sxx", REGR_SXX, "n avg m2" },
    { "regr_syy", REGR_SYY, "n avg m2" },
    { "regr_sxy", REGR_SXY, "n xAvg yAvg ck" },
    { "regr_slope", REGR_SLOPE, "n xAvg yAvg ck n avg m2" },
    { "regr_intercept", REGR_INTERCEPT, "n xAvg yAvg ck n avg m2" },
    { "regr_r2", REGR_R2, "n xAvg yAvg ck xMk yMk" },
};

static const regr_row *row_of(const mr_fn_bound *bound)
{
    return bound->data;
}

static int regr_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    const char *at = row_of(bound)->buffers;
    int n = 0;

    while (*at != '\0') {
        size_t len = strcspn(at, " ");
        const char *name = mr_arena_cstr(arena, (mr_str){ at, len });
        bool is_count = row_of(bound)->kind == REGR_COUNT;

        mr_agg_one_buffer(&out[n++], name, mr_type_of(is_count ? MR_TYPE_LONG : MR_TYPE_DOUBLE),
                          false);
        at += len + (at[len] == ' ');
    }
    return n;
}

/* Spark's steps in Spark's order: sums of squares of one side are those of its moments. */
static void add_pair(regr_kind kind, mr_agg_pair *s, double y, double x)
{
    double dx = x - s->x_avg, dy = y - s->y_avg, dx_n, dy_n;

    s->n += 1;
    dx_n = dx / s->n;
    dy_n = dy / s->n;
    s->x_avg += dx_n;
    s->y_avg += dy_n;
    s->ck += kind == REGR_SXY || kind == REGR_R2 ? dy * (x - s->x_avg) : dx * (y - s->y_avg);
    s->x_mk += kind == REGR_R2 ? dx * (x - s->x_avg) : dx * (dx - dx_n);
    s->y_mk += kind == REGR_R2 ? dy * (y - s->y_avg) : dy * (dy - dy_n);
}

static mr_status regr_update(const mr_fn_bound *bound, void *const *states,
                             const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    regr_kind kind = row_of(bound)->kind;

    (void)err;
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        mr_agg_pair *s = states[i];

        if (mr_vec_is_null(args[0], row) || mr_vec_is_null(args[1], row))
            continue;
        if (kind == REGR_COUNT)
            s->n += 1;
        else
            add_pair(kind, s, MR_AT(args[0], f64, row), MR_AT(args[1], f64, row));
    }
    return MR_OK;
}

/* The members of a state in the order of the buffers; returns how many.  Where y comes first, the
 * buffers that Spark calls x are those of y. */
static int members(regr_kind kind, mr_agg_pair *s, double **out)
{
    bool y_first = kind == REGR_SXY || kind == REGR_R2;
    int n = 0;

    out[n++] = &s->n;
    if (kind == REGR_SXX || kind == REGR_SYY) {
        out[n++] = kind == REGR_SYY ? &s->y_avg : &s->x_avg;
        out[n++] = kind == REGR_SYY ? &s->y_mk : &s->x_mk;
        return n;
    }
    out[n++] = y_first ? &s->y_avg : &s->x_avg;
    out[n++] = y_first ? &s->x_avg : &s->y_avg;
    out[n++] = &s->ck;
    if (kind == REGR_R2) {
        out[n++] = &s->y_mk;
        out[n++] = &s->x_mk;
    } else if (!y_first) {
        out[n++] = &s->n;
        out[n++] = &s->x_avg;
        out[n++] = &s->x_mk;
    }
    return n;
}

static void regr_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                      mr_arena *arena)
{
    (void)arena;
    for (int32_t i = 0; i < n; i++) {
        mr_agg_pair s = *(const mr_agg_pair *)states[i];
        double *parts[8];
        int width;

        if (row_of(bound)->kind == REGR_COUNT) {
            bufs[0].i64[i] = (int64_t)s.n;
            continue;
        }
        width = members(row_of(bound)->kind, &s, parts);
        for (int k = 0; k < width; k++)
            bufs[k].f64[i] = *parts[k];
    }
}

static mr_status regr_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                           const mr_vec *bufs, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        mr_agg_pair s = { 0 };
        double *parts[8];
        int width = members(row_of(bound)->kind, &s, parts);

        if (row_of(bound)->kind == REGR_COUNT)
            s.n = (double)MR_AT(&bufs[0], i64, i);
        for (int k = 0; k < width && row_of(bound)->kind != REGR_COUNT; k++)
            *parts[k] = MR_AT(&bufs[k], f64, i);
        *(mr_agg_pair *)states[i] = s;
    }
    return MR_OK;
}

/* False: null. */
static bool value_of(regr_kind kind, const mr_agg_pair *s, double *out)
{
    double corr;

    switch (kind) {
    case REGR_SXX:
        *out = s->x_mk;
        return s->n != 0;
    case REGR_SYY:
        *out = s->y_mk;
        return s->n != 0;
    case REGR_SXY:
        *out = s->ck;
        return s->n != 0;
    case REGR_SLOPE:
        *out = s->ck / s->x_mk;
        return s->x_mk != 0;
    case REGR_INTERCEPT:
        *out = s->y_avg - s->ck / s->x_mk * s->x_avg;
        return s->x_mk != 0;
    default:
        corr = s->ck / sqrt(s->y_mk * s->x_mk);
        *out = s->y_mk == 0 ? 1 : corr * corr;
        return s->x_mk != 0;
    }
}

static mr_status regr_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                             mr_vec *out, mr_arena *arena, mr_error *err)
{
    regr_kind kind = row_of(bound)->kind;

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const mr_agg_pair *s = states[i];

        if (kind == REGR_COUNT)
            out->i64[i] = (int64_t)s->n;
        else if (!value_of(kind, s, &out->f64[i]))
            mr_vec_set_null(out, arena, i);
    }
    return MR_OK;
}

static const mr_aggregate regr_aggregate = { regr_buffers, mr_agg_pair_size,  mr_agg_pair_init,
                                             regr_update,  mr_agg_pair_merge, regr_save,
                                             regr_load,    regr_result,       NULL,
                                             NULL };

static mr_status regr_resolve(mr_fn_resolve *r, mr_error *err)
{
    regr_row *found = MR_NEW(r->arena, regr_row);

    MR_TRY(mr_fn_resolve_signature(r, err));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].name, r->function->name) == 0)
            *found = kinds[i];
    for (int i = 0; i < 2 && found->kind != REGR_COUNT; i++)
        r->args[i].want = mr_type_of(MR_TYPE_DOUBLE);
    r->data = found;
    r->nullable = found->kind != REGR_COUNT;
    return MR_OK;
}

/* --- regr_avgx, regr_avgy: avg() of one side
 * ------------------------------------------------------------------ */

typedef struct side_plan {
    const mr_aggregate *avg;
    void *data; /* of avg */
    int arg;
} side_plan;

/* The call as avg sees it. */
static mr_fn_bound inner_bound(const mr_fn_bound *bound)
{
    const side_plan *p = bound->data;
    mr_fn_bound inner = *bound;

    inner.args = &bound->args[p->arg];
    inner.n_args = 1;
    inner.data = p->data;
    return inner;
}

#define AVG(bound) (((const side_plan *)(bound)->data)->avg)

static int side_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    mr_fn_bound inner = inner_bound(bound);

    return AVG(bound)->buffers(&inner, arena, out);
}

static size_t side_size(const mr_fn_bound *bound)
{
    mr_fn_bound inner = inner_bound(bound);

    return AVG(bound)->state_size(&inner);
}

static void side_init(const mr_fn_bound *bound, void *state)
{
    mr_fn_bound inner = inner_bound(bound);

    AVG(bound)->init(&inner, state);
}

static mr_status side_update(const mr_fn_bound *bound, void *const *states,
                             const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    const mr_vec *one[1] = { args[((const side_plan *)bound->data)->arg] };
    mr_fn_bound inner = inner_bound(bound);

    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        if (!mr_vec_is_null(args[0], row) && !mr_vec_is_null(args[1], row))
            MR_TRY(AVG(bound)->update(&inner, &states[i], one, (mr_sel){ &row, 1 }, err));
    }
    return MR_OK;
}

static mr_status side_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                            int32_t n, mr_error *err)
{
    mr_fn_bound inner = inner_bound(bound);

    return AVG(bound)->merge(&inner, into, from, n, err);
}

static void side_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                      mr_arena *arena)
{
    mr_fn_bound inner = inner_bound(bound);

    AVG(bound)->save(&inner, states, n, bufs, arena);
}

static mr_status side_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                           const mr_vec *bufs, mr_error *err)
{
    mr_fn_bound inner = inner_bound(bound);

    return AVG(bound)->load(&inner, states, n, bufs, err);
}

static mr_status side_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                             mr_vec *out, mr_arena *arena, mr_error *err)
{
    mr_fn_bound inner = inner_bound(bound);

    return AVG(bound)->result(&inner, states, n, out, arena, err);
}

static const mr_aggregate side_aggregate = { side_buffers, side_size, side_init, side_update,
                                             side_merge,   side_save, side_load, side_result,
                                             NULL,         NULL };

static mr_status side_resolve(mr_fn_resolve *r, mr_error *err)
{
    side_plan *p = MR_NEW(r->arena, side_plan);
    mr_fn_resolve inner = *r;
    mr_fn_arg arg;

    MR_TRY(mr_fn_resolve_signature(r, err));
    p->arg = strcmp(r->function->name, "regr_avgx") == 0 ? 1 : 0;
    arg = r->args[p->arg];
    if (arg.want != NULL)
        arg.type = arg.want;
    inner.function = mr_function_find(MR_STR("avg"));
    inner.args = &arg;
    inner.n_args = 1;
    arg.want = NULL;
    MR_TRY(inner.function->resolve(&inner, err));
    if (arg.want != NULL)
        r->args[p->arg].want = arg.want;
    p->avg = inner.function->aggregate;
    p->data = inner.data;
    r->result = inner.result;
    r->nullable = true;
    r->data = p;
    return MR_OK;
}

#define REGR(row_name, sig)                                                                        \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .signature = (sig),                      \
        .resolve = regr_resolve, .aggregate = &regr_aggregate                                      \
    }
#define SIDE(row_name)                                                                             \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .can_raise = true, .signature = "nn:d",  \
        .resolve = side_resolve, .aggregate = &side_aggregate                                      \
    }

static const mr_function rows[] = {
    SIDE("regr_avgx"),          SIDE("regr_avgy"),
    REGR("regr_count", "nn:l"), REGR("regr_intercept", "nn:d"),
    REGR("regr_r2", "nn:d"),    REGR("regr_slope", "nn:d"),
    REGR("regr_sxx", "nn:d"),   REGR("regr_sxy", "nn:d"),
    REGR("regr_syy", "nn:d"),
};

MR_FN_GROUP(mr_agg_regr_group, rows);
