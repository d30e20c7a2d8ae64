/* agg_values.c - percentile, median, mode: the values of a group, each with its count, in one
 * binary buffer column as Spark writes them: for each value its row of (value, count) behind the
 * row's size, -1 at the end. */
#include "function/agg_priv.h"
#include "function/nested.h"

#include <math.h>

#include "column/row.h"

typedef struct values_state {
    mr_arena *arena;
    mr_vec *values;
    int64_t *counts;
    int32_t capacity; /* of counts */
    int32_t *slots;   /* value + 1, or 0 */
    int64_t n_slots;
} values_state;

typedef struct values_plan {
    const mr_type *row; /* struct of value and count */
    bool is_mode;
    bool is_list; /* of several percentiles */
    const double *fractions;
    int n;
} values_plan;

static int values_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    (void)bound;
    (void)arena;
    return mr_agg_one_buffer(out, "buf", mr_type_of(MR_TYPE_BINARY), true);
}

static size_t values_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(values_state);
}

static void values_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    memset(state, 0, sizeof(values_state));
}

static int64_t find_slot(const values_state *s, const mr_vec *from, int32_t row)
{
    int64_t at = (int64_t)(mr_fn_hash64(from, row, 42) & (uint64_t)(s->n_slots - 1));

    while (s->slots[at] != 0 && !mr_nested_equal(s->values, s->slots[at] - 1, from, row))
        at = (at + 1) & (s->n_slots - 1);
    return at;
}

static void grow(values_state *s)
{
    int32_t n = s->values->n;

    if (n == s->capacity) {
        int64_t *counts = mr_arena_alloc(s->arena, sizeof(int64_t) * (size_t)(2 * n + 8));

        if (n > 0)
            memcpy(counts, s->counts, sizeof(int64_t) * (size_t)n);
        s->counts = counts;
        s->capacity = 2 * n + 8;
    }
    if (2 * (int64_t)(n + 1) <= s->n_slots)
        return;
    s->n_slots = s->n_slots == 0 ? 16 : 2 * s->n_slots;
    s->slots = mr_arena_zalloc(s->arena, sizeof(int32_t) * (size_t)s->n_slots);
    for (int32_t i = 0; i < n; i++)
        s->slots[find_slot(s, s->values, i)] = i + 1;
}

static void add(const mr_fn_bound *bound, values_state *s, const mr_vec *from, int32_t row,
                int64_t count)
{
    const values_plan *p = bound->data;
    int64_t slot;
    int32_t at;
    mr_vec copy;

    if (s->arena == NULL) {
        s->arena = mr_arena_new();
        s->values = MR_NEW(s->arena, mr_vec);
        mr_vec_init(s->values, s->arena, mr_type_copy(s->arena, p->row->fields[0].type), 0);
    }
    grow(s);
    slot = find_slot(s, from, row);
    if (s->slots[slot] != 0) {
        s->counts[s->slots[slot] - 1] += count;
        return;
    }
    at = s->values->n;
    mr_agg_keep(&copy, from, row, s->arena);
    mr_vec_grow(s->values, s->arena, at + 1);
    mr_nested_copy(s->values, at, &copy, 0, s->arena);
    s->counts[at] = count;
    s->slots[slot] = at + 1;
}

/* percentile(value, fraction, frequency): how often the value counts. */
static int64_t frequency(const mr_fn_bound *bound, const mr_vec *const *args, int32_t row)
{
    if (bound->n_args < 3)
        return 1;
    return mr_vec_is_null(args[2], row) ? 0 : MR_AT(args[2], i64, row);
}

static mr_status values_update(const mr_fn_bound *bound, void *const *states,
                               const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        if (!mr_vec_is_null(args[0], row) && frequency(bound, args, row) > 0)
            add(bound, states[i], args[0], row, frequency(bound, args, row));
    }
    return MR_OK;
}

static mr_status values_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                              int32_t n, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const values_state *s = from[i];

        for (int32_t k = 0; s->arena != NULL && k < s->values->n; k++)
            add(bound, into[i], s->values, k, s->counts[k]);
    }
    return MR_OK;
}

static void values_save(const mr_fn_bound *bound, const void *const *states, int32_t n,
                        mr_vec *bufs, mr_arena *arena)
{
    mr_buf buf = { 0 }, row = { 0 };

    (void)bound;
    for (int32_t i = 0; i < n; i++) {
        const values_state *s = states[i];

        mr_buf_clear(&buf);
        for (int32_t k = 0; s->arena != NULL && k < s->values->n; k++) {
            mr_vec count = { .type = mr_type_of(MR_TYPE_LONG), .n = s->values->n };
            const mr_vec *cols[2] = { s->values, &count };

            count.i64 = s->counts;
            mr_buf_clear(&row);
            mr_row_encode(cols, 2, k, &row);
            mr_buf_put_u32be(&buf, (uint32_t)row.len);
            mr_buf_add(&buf, mr_buf_str(&row));
        }
        mr_buf_put_u32be(&buf, UINT32_MAX);
        bufs[0].str[i] = mr_arena_str(arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
    mr_buf_free(&row);
}

static mr_status load_values(const mr_fn_bound *bound, values_state *s, mr_str bytes,
                             mr_arena *arena, mr_error *err)
{
    const values_plan *p = bound->data;
    size_t at = 0;

    for (;;) {
        const uint8_t *b = (const uint8_t *)bytes.ptr + at;
        uint32_t size;
        mr_vec pair[2];

        if (bytes.len - at < 4)
            return mr_fail(err, MR_CORRUPT, "a state of values ends early");
        size = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        at += 4;
        if (size == UINT32_MAX)
            return MR_OK;
        if (size > bytes.len - at)
            return mr_fail(err, MR_CORRUPT, "a state of values ends early");
        for (int c = 0; c < 2; c++)
            mr_vec_init(&pair[c], arena, p->row->fields[c].type, 1);
        MR_TRY(mr_row_decode(mr_str_slice(bytes, at, at + size), p->row, pair, 0, arena, err));
        if (!mr_vec_is_null(&pair[0], 0) && !mr_vec_is_null(&pair[1], 0))
            add(bound, s, &pair[0], 0, pair[1].i64[0]);
        at += size;
    }
}

static mr_status values_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                             const mr_vec *bufs, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_status status = MR_OK;

    for (int32_t i = 0; i < n; i++)
        if (!mr_vec_is_null(&bufs[0], i))
            MR_CHECK(load_values(bound, states[i], MR_AT(&bufs[0], str, i), arena, err));
fail:
    mr_arena_free(arena);
    return status;
}

/* Positions of the values in ascending order. */
static void sort_values(const mr_vec *v, int32_t *at, int32_t n, int32_t *scratch)
{
    for (int32_t width = 1; width < n; width *= 2) {
        for (int32_t from = 0; from < n; from += 2 * width) {
            int32_t mid = from + width < n ? from + width : n;
            int32_t end = mid + width < n ? mid + width : n, a = from, b = mid, k = from;

            while (a < mid || b < end)
                scratch[k++] = b == end || (a < mid && mr_vec_compare(v, at[a], v, at[b]) <= 0)
                                   ? at[a++]
                                   : at[b++];
        }
        memcpy(at, scratch, sizeof(*at) * (size_t)n);
        if (width > n / 2)
            break;
    }
}

/* The value that has `rank` (from 0) among all, each counted as often as it came. */
static double value_of_rank(const values_state *s, const int32_t *order, int64_t rank)
{
    int32_t i = 0;

    for (; i < s->values->n - 1 && rank >= s->counts[order[i]]; i++)
        rank -= s->counts[order[i]];
    return mr_fn_double_at(s->values, order[i]);
}

static double percentile(const values_state *s, const int32_t *order, int64_t total,
                         double fraction)
{
    double position = (double)(total - 1) * fraction, low = floor(position), high = ceil(position);
    double a = value_of_rank(s, order, (int64_t)low), b = value_of_rank(s, order, (int64_t)high);

    if (low == high || a == b)
        return a;
    return (high - position) * a + (position - low) * b;
}

static void put_percentiles(const values_plan *p, const values_state *s, int32_t i, mr_vec *out,
                            mr_arena *arena)
{
    int32_t n = s->values->n, *order = MR_NEW_ARRAY(arena, int32_t, 2 * (size_t)n + 1);
    int64_t total = 0;

    for (int32_t k = 0; k < n; k++) {
        order[k] = k;
        total += s->counts[k];
    }
    sort_values(s->values, order, n, order + n);
    if (!p->is_list) {
        out->f64[i] = percentile(s, order, total, p->fractions[0]);
        return;
    }
    for (int f = 0; f < p->n; f++) {
        mr_vec *elements = &out->children[0];

        mr_vec_grow(elements, arena, elements->n + 1);
        elements->f64[elements->n - 1] = percentile(s, order, total, p->fractions[f]);
    }
}

static mr_status values_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                               mr_vec *out, mr_arena *arena, mr_error *err)
{
    const values_plan *p = bound->data;

    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const values_state *s = states[i];
        int32_t best = 0;

        if (s->arena == NULL || s->values->n == 0) {
            mr_vec_set_null(out, arena, i);
            continue;
        }
        if (!p->is_mode) {
            put_percentiles(p, s, i, out, arena);
            if (p->is_list)
                mr_nested_close(out, i);
            continue;
        }
        for (int32_t k = 1; k < s->values->n; k++)
            if (s->counts[k] > s->counts[best])
                best = k;
        {
            mr_vec copy;

            mr_vec_gather(&copy, s->values, (mr_sel){ &best, 1 }, arena, true);
            mr_nested_copy(out, i, &copy, 0, arena);
        }
    }
    return MR_OK;
}

static void values_drop(const mr_fn_bound *bound, void *state)
{
    values_state *s = state;

    (void)bound;
    if (s->arena != NULL)
        mr_arena_free(s->arena);
}

static size_t values_extra(const mr_fn_bound *bound, const void *state)
{
    const values_state *s = state;

    (void)bound;
    return s->arena == NULL ? 0 : mr_arena_size(s->arena);
}

static const mr_aggregate values_aggregate = { values_buffers, values_size,   values_init,
                                               values_update,  values_merge,  values_save,
                                               values_load,    values_result, values_drop,
                                               values_extra };

static void set_row(mr_fn_resolve *r, values_plan *p, const mr_type *value)
{
    mr_field fields[2] = { { MR_STR("value"), value, true, { NULL, 0 } },
                           { MR_STR("count"), mr_type_of(MR_TYPE_LONG), true, { NULL, 0 } } };

    p->row = mr_type_struct(r->arena, fields, 2);
    r->data = p;
    r->nullable = true;
}

static mr_status resolve_mode(mr_fn_resolve *r, mr_error *err)
{
    values_plan *p = MR_NEW(r->arena, values_plan);

    (void)err;
    p->is_mode = true;
    set_row(r, p, r->args[0].type);
    r->result = r->args[0].type;
    return MR_OK;
}

static bool number_of(const mr_vec *v, int32_t row, double *out)
{
    if (mr_vec_is_null(v, row) || !mr_type_is_numeric(v->type))
        return false;
    *out = mr_fn_double_at(v, row);
    return *out >= 0 && *out <= 1;
}

/* The literal fraction, or the literal array of them. */
static bool take_fractions(mr_fn_resolve *r, const mr_fn_arg *arg, values_plan *p)
{
    mr_vec one;
    const mr_vec *v = &one;
    int32_t first = 0, n = 1;
    double *fractions;

    if (!arg->is_literal || arg->literal.is_null)
        return false;
    if (arg->type->id == MR_TYPE_ARRAY) {
        const mr_vec *list = arg->literal.nested;
        int32_t at = mr_vec_index(list, arg->literal.row);

        v = &list->children[0];
        first = list->offsets[at];
        n = list->offsets[at + 1] - first;
        p->is_list = true;
    } else {
        mr_scalar_to_vec(arg->literal, &one, r->arena, 1);
    }
    fractions = MR_NEW_ARRAY(r->arena, double, n + 1);
    for (int32_t i = 0; i < n; i++)
        if (!number_of(v, first + i, &fractions[i]))
            return false;
    p->fractions = fractions;
    p->n = n;
    return true;
}

static mr_status resolve_percentile(mr_fn_resolve *r, mr_error *err)
{
    static const double half = 0.5;
    values_plan *p = MR_NEW(r->arena, values_plan);
    const mr_type *t = r->args[0].type;

    if (!mr_type_is_numeric(t)) {
        if (!mr_coerce_implicit(t, mr_type_of(MR_TYPE_DOUBLE), r->ansi))
            return mr_fn_mismatch_arg(r, 0, "\"NUMERIC\"", err);
        t = r->args[0].want = mr_type_of(MR_TYPE_DOUBLE);
    }
    p->fractions = &half;
    p->n = 1;
    if (r->n_args > 1 && !take_fractions(r, &r->args[1], p))
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "exprName",
                        "`percentage(s)`", "valueRange", "[0.0, 1.0]", "currentValue",
                        mr_arena_cstr(r->arena, r->args[1].sql), NULL);
    if (r->n_args == 3 && !mr_type_is_integral(r->args[2].type))
        return mr_fn_mismatch_arg(r, 2, "\"INTEGRAL\"", err);
    if (r->n_args == 3)
        r->args[2].want = mr_type_of(MR_TYPE_LONG);
    set_row(r, p, t);
    r->result = mr_type_of(MR_TYPE_DOUBLE);
    if (p->is_list)
        r->result = mr_type_array(r->arena, r->result, false);
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "median",
      .min_args = 1,
      .max_args = 1,
      .resolve = resolve_percentile,
      .aggregate = &values_aggregate },
    { .name = "mode",
      .min_args = 1,
      .max_args = 2,
      .shown_args = 1,
      .resolve = resolve_mode,
      .aggregate = &values_aggregate },
    { .name = "percentile",
      .min_args = 2,
      .max_args = 3,
      .defaults = "1",
      .resolve = resolve_percentile,
      .aggregate = &values_aggregate },
};

MR_FN_GROUP(mr_agg_values_group, rows);
