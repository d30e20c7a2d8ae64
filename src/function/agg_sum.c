/* agg_sum.c - sum, try_sum, avg, try_avg.
 *
 * One state for all: the sum as double, long or 128 bits, the number of values, and whether the sum
 * overflowed.  Buffers: sum -> sum, or sum and isEmpty where the sum may be null although there
 * were values (decimals; try_sum of integers and intervals); avg -> sum, count. Spark's optimizer
 * sums short decimals as unscaled numbers: avg up to 11 digits as double, sum up to 8 digits as
 * long; their buffers are those of double and long.
 */
#include "function/agg_priv.h"

#include "value/number.h"

/* States of sums of 64 bits end behind those: there are many of them. */
typedef struct sum_state {
    uint64_t count : 63; /* values seen; a sum without any is null */
    uint64_t overflowed : 1;
    union {
        double f64;
        int64_t i64;
        mr_agg_int128 i128;
    };
} sum_state;

typedef enum sum_kind { SUM_DOUBLE, SUM_LONG, SUM_DECIMAL, SUM_YM, SUM_DT } sum_kind;

/* resolve() leaves this in bound->data. */
typedef struct sum_plan {
    sum_kind kind;
    bool average;
    bool lenient;            /* try_: overflow is null */
    bool unscaled;           /* a short decimal, summed as its unscaled double or long */
    bool has_empty;          /* isEmpty is a buffer */
    int scale;               /* of such a decimal */
    const mr_type *sum_type; /* type of the sum buffer */
} sum_plan;

static const sum_plan *plan_of(const mr_fn_bound *bound)
{
    return bound->data;
}

static double input_double(const sum_plan *p, const mr_vec *in, int32_t row)
{
    return p->unscaled ? (double)MR_AT(in, i128, row) : mr_fn_double_at(in, row);
}

static int64_t input_long(const sum_plan *p, const mr_vec *in, int32_t row)
{
    return p->unscaled ? (int64_t)MR_AT(in, i128, row) : mr_fn_long_at(in, row);
}

static int sum_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    const sum_plan *p = plan_of(bound);

    (void)arena;
    mr_agg_one_buffer(out, "sum", p->sum_type, true);
    if (p->average) {
        out[1] = (mr_field){ MR_STR("count"), mr_type_of(MR_TYPE_LONG), true, { NULL, 0 } };
        return 2;
    }
    if (!p->has_empty)
        return 1;
    out[1] = (mr_field){ MR_STR("isEmpty"), mr_type_of(MR_TYPE_BOOLEAN), false, { NULL, 0 } };
    return 2;
}

static size_t sum_size(const mr_fn_bound *bound)
{
    return plan_of(bound)->kind == SUM_DECIMAL ? sizeof(sum_state) : sizeof(sum_state) - 8;
}

static void sum_init(const mr_fn_bound *bound, void *state)
{
    memset(state, 0, sum_size(bound));
}

static void update_doubles(const sum_plan *p, void *const *states, const mr_vec *in, mr_sel sel)
{
    bool is_double = in->type->id == MR_TYPE_DOUBLE;

    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        sum_state *s = states[i];

        if (in->valid != NULL && mr_vec_is_null(in, row))
            continue;
        s->f64 += is_double ? MR_AT(in, f64, row) : input_double(p, in, row);
        s->count++;
    }
}

/* True: the sum is too long for its type. */
static inline bool sum_longs(const sum_plan *p, int64_t a, int64_t b, int64_t *sum)
{
    return __builtin_add_overflow(a, b, sum) || (p->kind == SUM_YM && *sum != (int32_t)*sum);
}

static mr_status add_long(const mr_fn_bound *bound, sum_state *s, int64_t v, mr_error *err)
{
    const sum_plan *p = plan_of(bound);
    int64_t sum;

    if (sum_longs(p, s->i64, v, &sum)) {
        if (p->lenient)
            s->overflowed = 1;
        else if (p->kind != SUM_LONG)
            return mr_raise(err, MR_EXC_ARITHMETIC, "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
                            "functionName", "`try_add`", NULL);
        else if (bound->ansi)
            return mr_fn_overflow(err, "long overflow", "try_add");
    }
    s->i64 = sum;
    return MR_OK;
}

static mr_status update_longs(const mr_fn_bound *bound, void *const *states, const mr_vec *in,
                              mr_sel sel, mr_error *err)
{
    bool is_long = in->type->id == MR_TYPE_LONG;
    const sum_plan *p = plan_of(bound);

    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        sum_state *s = states[i];
        int64_t v;

        if (in->valid != NULL && mr_vec_is_null(in, row))
            continue;
        v = is_long ? MR_AT(in, i64, row) : input_long(p, in, row);
        s->count++;
        if (__builtin_expect(sum_longs(p, s->i64, v, &v), 0))
            MR_TRY(add_long(bound, s, is_long ? MR_AT(in, i64, row) : input_long(p, in, row), err));
        else
            s->i64 = v;
    }
    return MR_OK;
}

/* A decimal sum may pass through more digits than its type; it must not pass 128 bits. */
static void add_decimal(sum_state *s, mr_int128 v)
{
    mr_int128 sum;

    s->overflowed |= __builtin_add_overflow(s->i128, v, &sum);
    s->i128 = sum;
}

static mr_status sum_update(const mr_fn_bound *bound, void *const *states,
                            const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    const mr_vec *in = args[0];

    if (in->type->id == MR_TYPE_NULL)
        return MR_OK;
    if (plan_of(bound)->kind == SUM_DOUBLE) {
        update_doubles(plan_of(bound), states, in, sel);
        return MR_OK;
    }
    if (plan_of(bound)->kind != SUM_DECIMAL)
        return update_longs(bound, states, in, sel, err);
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        sum_state *s = states[i];

        if (mr_vec_is_null(in, row))
            continue;
        add_decimal(s, MR_AT(in, i128, row));
        s->count++;
    }
    return MR_OK;
}

static mr_status sum_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                           int32_t n, mr_error *err)
{
    for (int32_t i = 0; i < n; i++) {
        sum_state *s = into[i];
        const sum_state *v = from[i];

        s->count += v->count;
        s->overflowed |= v->overflowed;
        if (plan_of(bound)->kind == SUM_DOUBLE)
            s->f64 += v->f64;
        else if (plan_of(bound)->kind == SUM_DECIMAL)
            add_decimal(s, v->i128);
        else
            MR_TRY(add_long(bound, s, v->i64, err));
    }
    return MR_OK;
}

static bool decimal_overflowed(const sum_plan *p, const sum_state *s)
{
    return s->overflowed || !mr_number_decimal_fits(s->i128, p->sum_type->precision);
}

static void put_sum(const sum_plan *p, const sum_state *s, mr_vec *out, int32_t row)
{
    if (p->kind == SUM_DOUBLE)
        out->f64[row] = s->f64;
    else if (p->kind == SUM_DECIMAL)
        out->i128[row] = s->i128;
    else if (p->kind == SUM_YM)
        out->i32[row] = (int32_t)s->i64;
    else
        out->i64[row] = s->i64;
}

static void sum_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                     mr_arena *arena)
{
    const sum_plan *p = plan_of(bound);

    for (int32_t i = 0; i < n; i++) {
        const sum_state *s = states[i];
        bool bad = p->kind == SUM_DECIMAL ? decimal_overflowed(p, s) : s->overflowed != 0;

        if (bad || (s->count == 0 && !p->average && !p->has_empty))
            mr_vec_set_null(&bufs[0], arena, i);
        else
            put_sum(p, s, &bufs[0], i);
        if (p->average)
            bufs[1].i64[i] = s->count;
        else if (p->has_empty)
            bufs[1].u8[i] = s->count == 0;
    }
}

static void get_sum(const sum_plan *p, const mr_vec *buf, int32_t row, sum_state *s)
{
    if (p->kind == SUM_DOUBLE)
        s->f64 = MR_AT(buf, f64, row);
    else if (p->kind == SUM_DECIMAL)
        s->i128 = MR_AT(buf, i128, row);
    else
        s->i64 = mr_fn_long_at(buf, row);
}

static mr_status sum_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                          const mr_vec *bufs, mr_error *err)
{
    const sum_plan *p = plan_of(bound);

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        sum_state *s = states[i];
        bool null = mr_vec_is_null(&bufs[0], i);

        sum_init(bound, s);
        if (!null)
            get_sum(p, &bufs[0], i, s);
        if (p->average)
            s->count = mr_vec_is_null(&bufs[1], i) ? 0 : MR_AT(&bufs[1], i64, i);
        else if (p->has_empty)
            s->count = !MR_AT(&bufs[1], u8, i);
        else
            s->count = !null;
        s->overflowed = null && (p->kind == SUM_DECIMAL || p->lenient) && s->count > 0;
    }
    return MR_OK;
}

/* The result of a decimal summed unscaled. */
static bool put_unscaled(const sum_plan *p, const sum_state *s, mr_vec *out, int32_t row)
{
    double quotient;

    if (!p->average) {
        out->i128[row] = s->i64;
        return true;
    }
    quotient = s->f64 / (double)s->count / (double)mr_number_pow10(p->scale);
    return mr_number_decimal_from_double(quotient, out->type->precision, out->type->scale,
                                         &out->i128[row]);
}

/* The quotient of an average. */
static bool put_average(const sum_plan *p, const sum_state *s, mr_vec *out, int32_t row)
{
    if (p->kind == SUM_DOUBLE)
        out->f64[row] = s->f64 / (double)s->count;
    else if (p->kind == SUM_DECIMAL)
        return mr_wide_div_scaled(s->i128, s->count, out->type->scale - p->sum_type->scale,
                                  &out->i128[row]) &&
               mr_number_decimal_fits(out->i128[row], out->type->precision);
    else if (p->kind == SUM_YM)
        out->i32[row] = (int32_t)__builtin_round((double)s->i64 / (double)s->count);
    else
        out->i64[row] = (int64_t)__builtin_round((double)s->i64 / (double)s->count);
    return true;
}

static mr_status sum_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                            mr_vec *out, mr_arena *arena, mr_error *err)
{
    const sum_plan *p = plan_of(bound);

    for (int32_t i = 0; i < n; i++) {
        const sum_state *s = states[i];
        bool bad = p->kind == SUM_DECIMAL ? decimal_overflowed(p, s) : s->overflowed != 0;

        if (s->count == 0)
            mr_vec_set_null(out, arena, i);
        else if (!bad && p->unscaled && put_unscaled(p, s, out, i))
            continue;
        else if (!bad && !p->unscaled && !p->average)
            put_sum(p, s, out, i);
        else if (!bad && !p->unscaled && put_average(p, s, out, i))
            continue;
        else if (!bound->ansi || p->lenient)
            mr_vec_set_null(out, arena, i);
        else
            return mr_fn_overflow(err, "Overflow in sum of decimals",
                                  p->average ? "try_avg" : "try_sum");
    }
    return MR_OK;
}

static const mr_aggregate sum_aggregate = { sum_buffers, sum_size, sum_init, sum_update,
                                            sum_merge,   sum_save, sum_load, sum_result,
                                            NULL,        NULL };

static mr_status sum_types(mr_fn_resolve *r, sum_plan *p, const mr_type *t)
{
    if (t->id == MR_TYPE_INTERVAL_YM || t->id == MR_TYPE_INTERVAL_DT) {
        p->kind = t->id == MR_TYPE_INTERVAL_YM ? SUM_YM : SUM_DT;
        r->result = p->sum_type = mr_type_of(t->id);
    } else if (t->id == MR_TYPE_DECIMAL) {
        p->kind = SUM_DECIMAL;
        p->sum_type = mr_fn_decimal_bounded(r->arena, t->precision + 10, t->scale);
        r->result = p->average ? mr_fn_decimal_bounded(r->arena, t->precision + 4, t->scale + 4)
                               : p->sum_type;
        p->scale = t->scale;
        p->unscaled = p->average ? t->precision + 4 <= 15 : t->precision + 10 <= 18;
        if (p->unscaled) {
            p->kind = p->average ? SUM_DOUBLE : SUM_LONG;
            p->sum_type = mr_type_of(p->average ? MR_TYPE_DOUBLE : MR_TYPE_LONG);
        }
    } else if (mr_type_is_integral(t) && !p->average) {
        p->kind = SUM_LONG;
        r->result = p->sum_type = mr_type_of(MR_TYPE_LONG);
    } else {
        p->kind = SUM_DOUBLE;
        r->result = p->sum_type = mr_type_of(MR_TYPE_DOUBLE);
    }
    p->has_empty = !p->average && (p->kind == SUM_DECIMAL ||
                                   (p->lenient && p->kind != SUM_DOUBLE && !p->unscaled));
    return MR_OK;
}

static mr_status sum_resolve(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    sum_plan *p = MR_NEW(r->arena, sum_plan);

    memset(p, 0, sizeof(*p));
    if (mr_type_is_string(t) || t->id == MR_TYPE_NULL || t->id == MR_TYPE_TIMESTAMP)
        t = r->args[0].want = mr_type_of(MR_TYPE_DOUBLE);
    if (!mr_type_is_numeric(t) && t->id != MR_TYPE_INTERVAL_YM && t->id != MR_TYPE_INTERVAL_DT)
        return mr_fn_mismatch_arg(r, 0, "\"NUMERIC\" or \"ANSI INTERVAL\"", err);
    p->average = strstr(r->function->name, "avg") != NULL || strcmp(r->function->name, "mean") == 0;
    p->lenient = strncmp(r->function->name, "try_", 4) == 0;
    r->data = p;
    r->nullable = true;
    return sum_types(r, p, t);
}

#define SUM(row_name)                                                                              \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .can_raise = true,                       \
        .resolve = sum_resolve, .aggregate = &sum_aggregate                                        \
    }

static const mr_function rows[] = { SUM("avg"), SUM("mean"), SUM("sum"), SUM("try_avg"),
                                    SUM("try_sum") };

MR_FN_GROUP(mr_agg_sum_group, rows);
