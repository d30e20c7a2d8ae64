/* agg_hll.c - approx_count_distinct: HyperLogLog++ in Spark's layout, ten registers of six bits to
 * a long word, the words being buffer columns MS[0], MS[1], ...
 *
 * The words are Spark's bit for bit.  Estimates that need the correction of bias (roughly between
 * one and five distinct values to a register) take it from agg_hll_bias.inc, measured for Millrace:
 * there a result may be off Spark's by the noise of either table.
 */
#include "function/agg_priv.h"

#include <math.h>

#include "value/number.h"

#define PER_WORD      10
#define BITS          6
#define REGISTER_MASK UINT64_C(63)
#define MAX_PRECISION 12 /* 410 words: more do not fit into a state row */
#define POINTS        41

static const double bias_table[MAX_PRECISION - 3][POINTS][2] = {
#include "function/agg_hll_bias.inc"
};

/* Below these estimates linear counting is better, by precision from 4 on. */
static const double thresholds[] = { 10, 20, 40, 80, 220, 400, 900, 1800, 3100 };

typedef struct hll_plan {
    int precision;
    int registers;
    int words;
} hll_plan;

static int hll_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    const hll_plan *p = bound->data;

    for (int i = 0; i < p->words; i++) {
        mr_str name = mr_arena_printf(arena, "MS[%d]", i);

        mr_agg_one_buffer(&out[i], mr_arena_cstr(arena, name), mr_type_of(MR_TYPE_LONG), true);
    }
    return p->words;
}

static size_t hll_size(const mr_fn_bound *bound)
{
    return sizeof(uint64_t) * (size_t)((const hll_plan *)bound->data)->words;
}

static void hll_init(const mr_fn_bound *bound, void *state)
{
    memset(state, 0, hll_size(bound));
}

static void hll_add(const hll_plan *p, uint64_t *words, uint64_t hash)
{
    uint64_t rest = (hash << p->precision) | (UINT64_C(1) << (p->precision - 1));
    uint64_t rank = (uint64_t)__builtin_clzll(rest) + 1;
    int index = (int)(hash >> (64 - p->precision));
    int shift = BITS * (index % PER_WORD);
    uint64_t *word = &words[index / PER_WORD];

    if (rank > (*word >> shift & REGISTER_MASK))
        *word = (*word & ~(REGISTER_MASK << shift)) | rank << shift;
}

static mr_status hll_update(const mr_fn_bound *bound, void *const *states,
                            const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        if (!mr_vec_is_null(args[0], row))
            hll_add(bound->data, states[i], mr_fn_hash64(args[0], row, 42));
    }
    return MR_OK;
}

static mr_status hll_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                           int32_t n, mr_error *err)
{
    const hll_plan *p = bound->data;

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        uint64_t *a = into[i];
        const uint64_t *b = from[i];

        for (int r = 0; r < p->registers; r++) {
            int shift = BITS * (r % PER_WORD);
            uint64_t mask = REGISTER_MASK << shift;

            if ((b[r / PER_WORD] & mask) > (a[r / PER_WORD] & mask))
                a[r / PER_WORD] = (a[r / PER_WORD] & ~mask) | (b[r / PER_WORD] & mask);
        }
    }
    return MR_OK;
}

static void hll_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                     mr_arena *arena)
{
    const hll_plan *p = bound->data;

    (void)arena;
    for (int w = 0; w < p->words; w++)
        for (int32_t i = 0; i < n; i++)
            bufs[w].i64[i] = (int64_t)((const uint64_t *)states[i])[w];
}

static mr_status hll_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                          const mr_vec *bufs, mr_error *err)
{
    const hll_plan *p = bound->data;

    (void)err;
    for (int w = 0; w < p->words; w++)
        for (int32_t i = 0; i < n; i++)
            ((uint64_t *)states[i])[w] =
                mr_vec_is_null(&bufs[w], i) ? 0 : (uint64_t)MR_AT(&bufs[w], i64, i);
    return MR_OK;
}

/* The mean error of a raw estimate e of m registers, between the two nearest points. */
static double bias_of(const hll_plan *p, double e)
{
    const double(*points)[2] = bias_table[p->precision - 4];
    double m = p->registers, at = e / m;
    int i = 1;

    while (i < POINTS - 1 && points[i][0] < at)
        i++;
    at = (at - points[i - 1][0]) / (points[i][0] - points[i - 1][0]);
    at = at < 0 ? 0 : at > 1 ? 1 : at;
    return m * (points[i - 1][1] + at * (points[i][1] - points[i - 1][1]));
}

static double alpha_of(const hll_plan *p)
{
    switch (p->precision) {
    case 4:
        return 0.673;
    case 5:
        return 0.697;
    case 6:
        return 0.709;
    default:
        return 0.7213 / (1.0 + 1.079 / p->registers);
    }
}

static int64_t estimate(const hll_plan *p, const uint64_t *words)
{
    double sum = 0, zeros = 0, m = p->registers, raw;

    for (int r = 0; r < p->registers; r++) {
        uint64_t rank = words[r / PER_WORD] >> (BITS * (r % PER_WORD)) & REGISTER_MASK;

        sum += ldexp(1.0, -(int)rank);
        zeros += rank == 0;
    }
    raw = alpha_of(p) * m * m / sum;
    if (zeros > 0) {
        double counted = m * log(m / zeros);

        if (counted <= thresholds[p->precision - 4] || raw <= 2.5 * m)
            return (int64_t)floor(counted + 0.5);
    }
    if (raw < 5 * m)
        raw -= bias_of(p, raw);
    return (int64_t)floor(raw + 0.5);
}

static mr_status hll_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                            mr_vec *out, mr_arena *arena, mr_error *err)
{
    (void)arena;
    (void)err;
    for (int32_t i = 0; i < n; i++)
        out->i64[i] = estimate(bound->data, states[i]);
    return MR_OK;
}

static const mr_aggregate hll_aggregate = { hll_buffers, hll_size, hll_init, hll_update,
                                            hll_merge,   hll_save, hll_load, hll_result,
                                            NULL,        NULL };

static mr_status hll_resolve(mr_fn_resolve *r, mr_error *err)
{
    hll_plan *p = MR_NEW(r->arena, hll_plan);
    double error = 0.05;

    if (r->n_args == 2) {
        const mr_fn_arg *a = &r->args[1];

        if (!a->is_literal || a->literal.is_null || !mr_type_is_numeric(a->type))
            return mr_fn_mismatch_arg(r, 1, "\"DOUBLE\"", err);
        error = a->type->id == MR_TYPE_DECIMAL
                    ? mr_number_decimal_to_double(a->literal.i128, a->type->scale)
                : mr_type_is_integral(a->type) ? (double)a->literal.i64
                                               : a->literal.f64;
    }
    p->precision = error > 0 ? (int)ceil(2.0 * log(1.106 / error) / log(2.0)) : 99;
    if (p->precision < 4)
        return mr_raise(err, MR_EXC_ANALYSIS, "FAILED_FUNCTION_CALL", "funcName",
                        "`approx_count_distinct`", NULL);
    if (p->precision > MAX_PRECISION)
        return mr_raise_text(err, MR_EXC_UNSUPPORTED, "",
                             "approx_count_distinct: a relative error below 0.0173 is not "
                             "supported");
    p->registers = 1 << p->precision;
    p->words = p->registers / PER_WORD + 1;
    r->data = p;
    r->result = mr_type_of(MR_TYPE_LONG);
    r->nullable = false;
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "approx_count_distinct",
      .min_args = 1,
      .max_args = 2,
      .shown_args = 1,
      .resolve = hll_resolve,
      .aggregate = &hll_aggregate },
};

MR_FN_GROUP(mr_agg_hll_group, rows);
