/* agg_basic.c - count, count_if, min, max, bool_and, bool_or, bit aggregates. */
#include "function/agg_priv.h"
#include "function/nested.h"

int mr_agg_one_buffer(mr_field *out, const char *name, const mr_type *type, bool nullable)
{
    out[0] = (mr_field){ mr_str_from(name), type, nullable, { NULL, 0 } };
    return 1;
}

static void set_types(mr_vec *v, const mr_type *type)
{
    v->type = type;
    for (int i = 0; v->children != NULL && i < type->n_fields; i++)
        set_types(&v->children[i], type->fields[i].type);
}

void mr_agg_keep(mr_vec *out, const mr_vec *from, int32_t row, mr_arena *arena)
{
    mr_vec_gather(out, from, (mr_sel){ &row, 1 }, arena, true);
    set_types(out, mr_type_copy(arena, from->type));
}

/* --- count: one long ------------------------------------------------------------------------- */

static int count_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    (void)bound;
    (void)arena;
    return mr_agg_one_buffer(out, "count", mr_type_of(MR_TYPE_LONG), false);
}

static size_t count_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(int64_t);
}

static void count_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    *(int64_t *)state = 0;
}

static mr_status count_update(const mr_fn_bound *bound, void *const *states,
                              const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    bool plain = true;

    (void)err;
    for (int a = 0; a < bound->n_args; a++)
        plain = plain && args[a]->valid == NULL && args[a]->type->id != MR_TYPE_NULL;
    if (plain) {
        for (int32_t i = 0; i < sel.n; i++)
            ++*(int64_t *)states[i];
        return MR_OK;
    }
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        bool counted = true;

        for (int a = 0; a < bound->n_args; a++)
            counted = counted && !mr_vec_is_null(args[a], row);
        *(int64_t *)states[i] += counted;
    }
    return MR_OK;
}

static mr_status count_if_update(const mr_fn_bound *bound, void *const *states,
                                 const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        *(int64_t *)states[i] += !mr_vec_is_null(args[0], row) && MR_AT(args[0], u8, row);
    }
    return MR_OK;
}

static mr_status count_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                             int32_t n, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++)
        *(int64_t *)into[i] += *(const int64_t *)from[i];
    return MR_OK;
}

static void count_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                       mr_arena *arena)
{
    (void)bound;
    (void)arena;
    for (int32_t i = 0; i < n; i++)
        bufs[0].i64[i] = *(const int64_t *)states[i];
}

static mr_status count_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                            const mr_vec *bufs, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++)
        *(int64_t *)states[i] = mr_vec_is_null(&bufs[0], i) ? 0 : MR_AT(&bufs[0], i64, i);
    return MR_OK;
}

static mr_status count_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                              mr_vec *out, mr_arena *arena, mr_error *err)
{
    (void)err;
    count_save(bound, states, n, out, arena);
    return MR_OK;
}

static mr_status count_resolve(mr_fn_resolve *r, mr_error *err)
{
    (void)err;
    r->result = mr_type_of(MR_TYPE_LONG);
    r->nullable = false;
    return MR_OK;
}

static mr_status count_if_resolve(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = false;
    return MR_OK;
}

#define COUNT_AGGREGATE(update_function)                                                           \
    {                                                                                              \
        count_buffers, count_size, count_init, update_function, count_merge, count_save,           \
            count_load, count_result, NULL, NULL                                                   \
    }

static const mr_aggregate count_aggregate = COUNT_AGGREGATE(count_update);
static const mr_aggregate count_if_aggregate = COUNT_AGGREGATE(count_if_update);

/* --- min, max, bool_*, bit_*: the value itself -------------------------------------------------
 */

/* A value of any type in a state: fixed width inline, strings owned. */
typedef struct best_state {
    uint64_t seen;
    union {
        int64_t i64;
        double f64;
        mr_agg_int128 i128;
        mr_str str; /* malloc'd bytes */
    };
} best_state;

static int best_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    (void)arena;
    return mr_agg_one_buffer(out, (const char *)bound->data, bound->args[0], true);
}

static size_t best_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(best_state);
}

static void best_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    memset(state, 0, sizeof(best_state));
}

static bool is_text(const mr_type *type)
{
    return mr_type_is_string(type) || type->id == MR_TYPE_BINARY;
}

static void own_text(best_state *s, mr_str v)
{
    s->str.ptr = mr_realloc((void *)(uintptr_t)s->str.ptr, v.len + 1);
    if (v.len > 0)
        memcpy((void *)(uintptr_t)s->str.ptr, v.ptr, v.len);
    s->str.len = v.len;
}

static best_state read_value(const mr_vec *vec, int32_t row)
{
    best_state v = { .seen = 1 };

    if (is_text(vec->type))
        v.str = MR_AT(vec, str, row);
    else if (vec->type->id == MR_TYPE_DECIMAL)
        v.i128 = MR_AT(vec, i128, row);
    else if (vec->type->id == MR_TYPE_FLOAT || vec->type->id == MR_TYPE_DOUBLE)
        v.f64 = mr_fn_double_at(vec, row);
    else
        v.i64 = mr_fn_long_at(vec, row);
    return v;
}

static int compare_double(double a, double b)
{
    if (a != a || b != b)
        return (a != a) - (b != b);
    return (a > b) - (a < b);
}

static int compare_values(const mr_type *type, const best_state *a, const best_state *b)
{
    if (is_text(type))
        return mr_str_compare(a->str, b->str);
    if (type->id == MR_TYPE_DECIMAL)
        return (a->i128 > b->i128) - (a->i128 < b->i128);
    if (type->id == MR_TYPE_FLOAT || type->id == MR_TYPE_DOUBLE)
        return compare_double(a->f64, b->f64);
    return (a->i64 > b->i64) - (a->i64 < b->i64);
}

static void take(const mr_type *type, best_state *s, const best_state *v)
{
    if (is_text(type))
        own_text(s, v->str);
    else
        s->i128 = v->i128;
    if (!is_text(type) && type->id != MR_TYPE_DECIMAL)
        s->i64 = v->i64;
    s->seen = 1;
}

typedef enum fold { FOLD_MIN, FOLD_MAX, FOLD_AND, FOLD_OR, FOLD_XOR } fold;

static inline void fold_value(const mr_type *type, fold kind, best_state *s, const best_state *v)
{
    if (!s->seen)
        take(type, s, v);
    else if (kind == FOLD_AND)
        s->i64 &= v->i64;
    else if (kind == FOLD_OR)
        s->i64 |= v->i64;
    else if (kind == FOLD_XOR)
        s->i64 ^= v->i64;
    else if (compare_values(type, v, s) * (kind == FOLD_MAX ? 1 : -1) > 0)
        take(type, s, v);
}

/* Longs and timestamps, the hot case. */
static void fold_longs(fold kind, void *const *states, const mr_vec *in, mr_sel sel)
{
    int64_t flip = kind == FOLD_MAX ? 0 : -1; /* ~x reverses the order */

    for (int32_t i = 0; i < sel.n; i++) {
        best_state *s = states[i];
        int64_t v = MR_AT(in, i64, mr_sel_row(sel, i));
        bool better = !s->seen || (v ^ flip) > (s->i64 ^ flip);

        s->i64 = better ? v : s->i64;
        s->seen = 1;
    }
}

static mr_status fold_update(fold kind, void *const *states, const mr_vec *in, mr_sel sel)
{
    bool wide = in->type->id == MR_TYPE_LONG || in->type->id == MR_TYPE_TIMESTAMP ||
                in->type->id == MR_TYPE_TIMESTAMP_NTZ;

    if (wide && in->valid == NULL && kind <= FOLD_MAX) {
        fold_longs(kind, states, in, sel);
        return MR_OK;
    }
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);
        best_state v;

        if (mr_vec_is_null(in, row))
            continue;
        v = read_value(in, row);
        fold_value(in->type, kind, states[i], &v);
    }
    return MR_OK;
}

static mr_status fold_merge(fold kind, const mr_type *type, void *const *into,
                            const void *const *from, int32_t n)
{
    for (int32_t i = 0; i < n; i++) {
        const best_state *v = from[i];

        if (v->seen)
            fold_value(type, kind, into[i], v);
    }
    return MR_OK;
}

static void write_value(const mr_type *type, const best_state *s, mr_vec *out, int32_t row,
                        mr_arena *arena)
{
    size_t width = mr_type_width(type);

    if (is_text(type)) {
        out->str[row] = mr_arena_str(arena, s->str);
    } else if (type->id == MR_TYPE_FLOAT) {
        out->f32[row] = (float)s->f64;
    } else if (type->id == MR_TYPE_BOOLEAN) {
        out->u8[row] = s->i64 != 0;
    } else if (type->id == MR_TYPE_DECIMAL) {
        out->i128[row] = s->i128;
    } else if (width == 8) {
        out->i64[row] = s->i64;
    } else if (width == 4) {
        out->i32[row] = (int32_t)s->i64;
    } else if (width == 2) {
        out->i16[row] = (int16_t)s->i64;
    } else {
        out->i8[row] = (int8_t)s->i64;
    }
}

static void best_save(const mr_fn_bound *bound, const void *const *states, int32_t n, mr_vec *bufs,
                      mr_arena *arena)
{
    for (int32_t i = 0; i < n; i++) {
        const best_state *s = states[i];

        if (s->seen)
            write_value(bound->args[0], s, &bufs[0], i, arena);
        else
            mr_vec_set_null(&bufs[0], arena, i);
    }
}

static mr_status best_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                           const mr_vec *bufs, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        best_state v;

        if (mr_vec_is_null(&bufs[0], i))
            continue;
        v = read_value(&bufs[0], i);
        take(bufs[0].type, states[i], &v);
    }
    return MR_OK;
}

static mr_status best_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                             mr_vec *out, mr_arena *arena, mr_error *err)
{
    (void)err;
    best_save(bound, states, n, out, arena);
    return MR_OK;
}

static void best_drop(const mr_fn_bound *bound, void *state)
{
    if (is_text(bound->args[0]))
        free((void *)(uintptr_t)((best_state *)state)->str.ptr);
}

static size_t best_extra(const mr_fn_bound *bound, const void *state)
{
    return is_text(bound->args[0]) ? ((const best_state *)state)->str.len + 16 : 0;
}

#define FOLD_AGGREGATE(name, kind)                                                                 \
    static mr_status name##_update(const mr_fn_bound *bound, void *const *states,                  \
                                   const mr_vec *const *args, mr_sel sel, mr_error *err)           \
    {                                                                                              \
        (void)bound;                                                                               \
        (void)err;                                                                                 \
        return fold_update(kind, states, args[0], sel);                                            \
    }                                                                                              \
    static mr_status name##_merge(const mr_fn_bound *bound, void *const *into,                     \
                                  const void *const *from, int32_t n, mr_error *err)               \
    {                                                                                              \
        (void)err;                                                                                 \
        return fold_merge(kind, bound->args[0], into, from, n);                                    \
    }                                                                                              \
    static const mr_aggregate name##_aggregate = { best_buffers,  best_size,    best_init,         \
                                                   name##_update, name##_merge, best_save,         \
                                                   best_load,     best_result,  best_drop,         \
                                                   best_extra };

FOLD_AGGREGATE(min, FOLD_MIN)
FOLD_AGGREGATE(max, FOLD_MAX)
FOLD_AGGREGATE(and, FOLD_AND)
FOLD_AGGREGATE(or, FOLD_OR)
FOLD_AGGREGATE(xor, FOLD_XOR)

static mr_status refuse_order(mr_fn_resolve *r, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE", "sqlExpr",
                    mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "functionName",
                    mr_arena_printf(r->arena, "function %s", r->function->name).ptr, "dataType",
                    mr_fn_type_sql(r->arena, r->args[0].type), NULL);
}

static mr_status best_resolve(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->n_fields > 0) { /* kept as vectors */
        bool is_max = strcmp(r->function->name, "max") == 0;

        r->function = mr_function_find(is_max ? MR_STR("max_nested") : MR_STR("min_nested"));
        return r->function->resolve(r, err);
    }
    if (t->id == MR_TYPE_INTERVAL_CALENDAR)
        return refuse_order(r, err);
    r->result = t;
    r->nullable = true;
    r->data = (void *)(uintptr_t)r->function->name;
    return MR_OK;
}

/* Spark computes these booleans with min and max. */
static mr_status boolean_resolve(mr_fn_resolve *r, mr_error *err)
{
    bool all = r->function->aggregate == &min_aggregate;

    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = true;
    r->data = (void *)(uintptr_t)(all ? "min" : "max");
    return MR_OK;
}

static mr_status bits_resolve(mr_fn_resolve *r, mr_error *err)
{
    if (!mr_type_is_integral(r->args[0].type))
        return mr_fn_mismatch_arg(r, 0, "\"INTEGRAL\"", err);
    r->result = r->args[0].type;
    r->nullable = true;
    r->data = (void *)(uintptr_t)r->function->name;
    return MR_OK;
}

#define AGG(row_name, res, agg, sig)                                                               \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .resolve = (res), .aggregate = &(agg),   \
        .signature = (sig)                                                                         \
    }

static const mr_function rows[] = {
    AGG("any", boolean_resolve, max_aggregate, "b:b"),
    AGG("bit_and", bits_resolve, and_aggregate, NULL),
    AGG("bit_or", bits_resolve, or_aggregate, NULL),
    AGG("bit_xor", bits_resolve, xor_aggregate, NULL),
    AGG("bool_and", boolean_resolve, min_aggregate, "b:b"),
    AGG("bool_or", boolean_resolve, max_aggregate, "b:b"),
    { .name = "count",
      .min_args = 0,
      .max_args = -1,
      .resolve = count_resolve,
      .aggregate = &count_aggregate },
    AGG("count_if", count_if_resolve, count_if_aggregate, "b:l"),
    AGG("every", boolean_resolve, min_aggregate, "b:b"),
    AGG("max", best_resolve, max_aggregate, NULL),
    AGG("min", best_resolve, min_aggregate, NULL),
    AGG("some", boolean_resolve, max_aggregate, "b:b"),
};

MR_FN_GROUP(mr_agg_basic_group, rows);
