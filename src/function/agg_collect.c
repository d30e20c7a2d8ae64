/* agg_collect.c - collect_list, array_agg, collect_set: elements of any type in one binary buffer
 * column, which holds Spark's row of one array. */
#include "function/agg_priv.h"
#include "function/nested.h"

#include "column/row.h"

/* Elements live in an arena of the state's own; `slots` finds equal ones (collect_set). */
typedef struct collect_state {
    mr_arena *arena;
    mr_vec *elements;
    int32_t *slots; /* element + 1, or 0 */
    int64_t n_slots;
} collect_state;

typedef struct collect_plan {
    bool is_set;
    const mr_type *row; /* struct of one array */
    bool is_text;       /* listagg: the elements joined */
    mr_str delimiter;
} collect_plan;

static const mr_type *array_type(const mr_fn_bound *bound)
{
    return ((const collect_plan *)bound->data)->row->fields[0].type;
}

static int collect_buffers(const mr_fn_bound *bound, mr_arena *arena, mr_field *out)
{
    (void)bound;
    (void)arena;
    return mr_agg_one_buffer(out, "buf", mr_type_of(MR_TYPE_BINARY), true);
}

static size_t collect_size(const mr_fn_bound *bound)
{
    (void)bound;
    return sizeof(collect_state);
}

static void collect_init(const mr_fn_bound *bound, void *state)
{
    (void)bound;
    memset(state, 0, sizeof(collect_state));
}

static void open_state(const mr_fn_bound *bound, collect_state *s)
{
    if (s->arena != NULL)
        return;
    s->arena = mr_arena_new();
    s->elements = MR_NEW(s->arena, mr_vec);
    mr_vec_init(s->elements, s->arena, mr_type_copy(s->arena, array_type(bound)->fields[0].type),
                0);
}

/* The slot of an element equal to `from[row]`, or the free one where it belongs. */
static int64_t find_slot(const collect_state *s, const mr_vec *from, int32_t row)
{
    int64_t at = (int64_t)(mr_fn_hash64(from, row, 42) & (uint64_t)(s->n_slots - 1));

    while (s->slots[at] != 0 && !mr_nested_equal(s->elements, s->slots[at] - 1, from, row))
        at = (at + 1) & (s->n_slots - 1);
    return at;
}

static void grow_slots(collect_state *s)
{
    s->n_slots = s->n_slots == 0 ? 16 : 2 * s->n_slots;
    s->slots = mr_arena_zalloc(s->arena, sizeof(int32_t) * (size_t)s->n_slots);
    for (int32_t i = 0; i < s->elements->n; i++)
        s->slots[find_slot(s, s->elements, i)] = i + 1;
}

static void add(const mr_fn_bound *bound, collect_state *s, const mr_vec *from, int32_t row)
{
    const collect_plan *p = bound->data;
    int32_t at;
    mr_vec copy;

    open_state(bound, s);
    at = s->elements->n;
    if (p->is_set) {
        int64_t slot;

        if (2 * (int64_t)(at + 1) > s->n_slots)
            grow_slots(s);
        slot = find_slot(s, from, row);
        if (s->slots[slot] != 0)
            return;
        s->slots[slot] = at + 1;
    }
    mr_agg_keep(&copy, from, row, s->arena);
    mr_vec_grow(s->elements, s->arena, at + 1);
    mr_nested_copy(s->elements, at, &copy, 0, s->arena);
}

static mr_status collect_update(const mr_fn_bound *bound, void *const *states,
                                const mr_vec *const *args, mr_sel sel, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < sel.n; i++) {
        int32_t row = mr_sel_row(sel, i);

        if (!mr_vec_is_null(args[0], row))
            add(bound, states[i], args[0], row);
    }
    return MR_OK;
}

static mr_status collect_merge(const mr_fn_bound *bound, void *const *into, const void *const *from,
                               int32_t n, mr_error *err)
{
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const collect_state *s = from[i];

        for (int32_t k = 0; s->arena != NULL && k < s->elements->n; k++)
            add(bound, into[i], s->elements, k);
    }
    return MR_OK;
}

static void collect_save(const mr_fn_bound *bound, const void *const *states, int32_t n,
                         mr_vec *bufs, mr_arena *arena)
{
    mr_buf buf = { 0 };

    for (int32_t i = 0; i < n; i++) {
        const collect_state *s = states[i];
        mr_vec list;
        const mr_vec *cols[1] = { &list };

        mr_vec_init(&list, arena, array_type(bound), 1);
        if (s->arena != NULL) {
            list.children[0] = *s->elements;
            list.offsets[1] = s->elements->n;
        }
        mr_buf_clear(&buf);
        mr_row_encode(cols, 1, 0, &buf);
        bufs[0].str[i] = mr_arena_str(arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
}

static mr_status collect_load(const mr_fn_bound *bound, void *const *states, int32_t n,
                              const mr_vec *bufs, mr_error *err)
{
    const collect_plan *p = bound->data;
    mr_arena *arena = mr_arena_new();
    mr_status status = MR_OK;

    for (int32_t i = 0; i < n; i++) {
        mr_vec list;

        if (mr_vec_is_null(&bufs[0], i))
            continue;
        mr_vec_init(&list, arena, array_type(bound), 1);
        MR_CHECK(mr_row_decode(MR_AT(&bufs[0], str, i), p->row, &list, 0, arena, err));
        for (int32_t k = 0; !mr_vec_is_null(&list, 0) && k < list.offsets[1]; k++)
            add(bound, states[i], &list.children[0], k);
    }
fail:
    mr_arena_free(arena);
    return status;
}

static void join(const collect_plan *p, const collect_state *s, mr_vec *out, int32_t i,
                 mr_arena *arena)
{
    mr_buf buf = { 0 };

    if (s->arena == NULL) {
        mr_vec_set_null(out, arena, i);
        return;
    }
    for (int32_t k = 0; k < s->elements->n; k++) {
        if (k > 0)
            mr_buf_add(&buf, p->delimiter);
        mr_buf_add(&buf, s->elements->str[k]);
    }
    out->str[i] = mr_arena_str(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
}

static mr_status collect_result(const mr_fn_bound *bound, const void *const *states, int32_t n,
                                mr_vec *out, mr_arena *arena, mr_error *err)
{
    (void)bound;
    (void)err;
    for (int32_t i = 0; i < n; i++) {
        const collect_state *s = states[i];
        const collect_plan *p = bound->data;
        mr_vec copy;

        if (p->is_text) {
            join(p, s, out, i, arena);
            continue;
        }
        if (s->arena != NULL) {
            mr_vec_gather(&copy, s->elements, (mr_sel){ NULL, s->elements->n }, arena, true);
            for (int32_t k = 0; k < copy.n; k++)
                mr_nested_append(out, 0, &copy, k, arena);
        }
        mr_nested_close(out, i);
    }
    return MR_OK;
}

static void collect_drop(const mr_fn_bound *bound, void *state)
{
    collect_state *s = state;

    (void)bound;
    if (s->arena != NULL)
        mr_arena_free(s->arena);
}

static size_t collect_extra(const mr_fn_bound *bound, const void *state)
{
    const collect_state *s = state;

    (void)bound;
    return s->arena == NULL ? 0 : mr_arena_size(s->arena);
}

static void set_type(mr_arena *arena, collect_plan *plan, const mr_type *element)
{
    mr_field field = { MR_STR("buf"), mr_type_array(arena, element, false), true, { NULL, 0 } };

    plan->row = mr_type_struct(arena, &field, 1);
}

static const mr_aggregate collect_aggregate = { collect_buffers, collect_size,   collect_init,
                                                collect_update,  collect_merge,  collect_save,
                                                collect_load,    collect_result, collect_drop,
                                                collect_extra };

static mr_status collect_resolve(mr_fn_resolve *r, mr_error *err)
{
    collect_plan *p = MR_NEW(r->arena, collect_plan);

    (void)err;
    p->is_set = strcmp(r->function->name, "collect_set") == 0;
    set_type(r->arena, p, r->args[0].type);
    r->data = p;
    r->result = p->row->fields[0].type;
    r->nullable = false;
    return MR_OK;
}

/* listagg(text[, delimiter]) */
static mr_status listagg_resolve(mr_fn_resolve *r, mr_error *err)
{
    collect_plan *p;

    for (int i = 0; i < r->n_args; i++)
        if (!mr_type_is_string(r->args[i].type) && r->args[i].type->id != MR_TYPE_NULL &&
            r->args[i].type->id != MR_TYPE_BINARY)
            return mr_fn_mismatch_arg(r, i, "(\"STRING\" or \"BINARY\")", err);
    if (r->n_args == 2 && !r->args[1].is_literal)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "inputName",
                        "`delimiter`", "inputType", "\"STRING\"", "inputExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->args[1].sql)).ptr,
                        NULL);
    MR_TRY(collect_resolve(r, err));
    p = r->data;
    p->is_text = true;
    if (r->n_args == 2 && !r->args[1].literal.is_null)
        p->delimiter = mr_arena_str(r->arena, r->args[1].literal.str);
    r->result = mr_type_of(r->args[0].type->id == MR_TYPE_BINARY ? MR_TYPE_BINARY : MR_TYPE_STRING);
    r->nullable = true;
    return MR_OK;
}

#define LISTAGG(row_name)                                                                          \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 2, .defaults = "NULL",                      \
        .resolve = listagg_resolve, .aggregate = &collect_aggregate                                \
    }
#define COLLECT(row_name, text)                                                                    \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .resolve = collect_resolve,              \
        .aggregate = &collect_aggregate, .print = (text)                                           \
    }

static const mr_function rows[] = { COLLECT("array_agg", "collect_list"),
                                    COLLECT("collect_list", NULL), COLLECT("collect_set", NULL),
                                    LISTAGG("listagg"), LISTAGG("string_agg") };

MR_FN_GROUP(mr_agg_collect_group, rows);
