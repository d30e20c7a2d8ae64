/* fn_collection.c - arrays and maps: making, reading, and the functions that take a lambda. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include <stdio.h>

static mr_status resolve_array(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *element;

    MR_TRY(mr_fn_resolve_common(r, 0, &element, err));
    r->result = mr_type_array(r->arena, element, mr_fn_any_nullable(r));
    r->nullable = false;
    return MR_OK;
}

/* Runs `fill` for the selected rows and closes all rows of a list in order. */
#define EACH_LIST(sel, row, out, ...)                                                              \
    do {                                                                                           \
        int32_t next_ = 0;                                                                         \
        MR_EACH(sel, row)                                                                          \
        {                                                                                          \
            for (; next_ < row; next_++)                                                           \
                mr_nested_skip(out, next_);                                                        \
            __VA_ARGS__;                                                                           \
            mr_nested_close(out, row);                                                             \
            next_ = row + 1;                                                                       \
        }                                                                                          \
        for (; next_ < (out)->n; next_++)                                                          \
            mr_nested_skip(out, next_);                                                            \
    } while (0)

static mr_status eval_array(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)err;
    EACH_LIST(sel, row, out, {
        for (int i = 0; i < call->bound->n_args; i++)
            mr_nested_append(out, 0, args[i], row, call->arena);
    });
    return MR_OK;
}

static mr_status resolve_size(mr_fn_resolve *r, mr_error *err)
{
    if (r->args[0].type->id != MR_TYPE_ARRAY && r->args[0].type->id != MR_TYPE_MAP &&
        r->args[0].type->id != MR_TYPE_NULL)
        return mr_fn_mismatch_arg(r, 0, "(\"ARRAY\" or \"MAP\")", err);
    r->result = mr_type_of(MR_TYPE_INT);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

static int32_t list_size(const mr_vec *list, int32_t row)
{
    int32_t at = mr_vec_index(list, row);

    return list->offsets[at + 1] - list->offsets[at];
}

static mr_status eval_size(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = list_size(args[0], row);
    return MR_OK;
}

/* array[index], map[key], element_at(): the container's value type. */
static mr_status resolve_element(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->id == MR_TYPE_MAP)
        r->args[1].want = t->fields[0].type;
    else if (t->id == MR_TYPE_ARRAY &&
             mr_coerce_implicit(r->args[1].type, mr_type_of(MR_TYPE_INT), r->ansi))
        r->args[1].want = mr_type_of(MR_TYPE_INT);
    else
        return mr_fn_mismatch_arg(r, 0, "(\"ARRAY\" or \"MAP\")", err);
    r->result = t->fields[t->n_fields - 1].type;
    r->nullable = true;
    return MR_OK;
}

/* Element of the child vector for a map's key, or -1. */
static int32_t find_key(const mr_vec *map, int32_t row, const mr_vec *key)
{
    int32_t at = mr_vec_index(map, row);

    for (int32_t i = map->offsets[at]; i < map->offsets[at + 1]; i++)
        if (mr_vec_compare(&map->children[0], i, key, row) == 0)
            return i;
    return -1;
}

static mr_status bad_index(mr_error *err, const char *condition, int64_t index, int32_t size)
{
    char value[24], count[16];

    snprintf(value, sizeof(value), "%lld", (long long)index);
    snprintf(count, sizeof(count), "%d", (int)size);
    return mr_raise(err, MR_EXC_ARRAY_INDEX, condition, "indexValue", value, "arraySize", count,
                    NULL);
}

/* `base` 0 for a[i] and get(), 1 for element_at(), where negative counts from the end. */
static mr_status element_row(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                             int base, bool strict, mr_vec *out, mr_error *err)
{
    const mr_vec *list = args[0];
    int32_t first = list->offsets[mr_vec_index(list, row)], size = list_size(list, row), at;

    if (list->type->id == MR_TYPE_MAP) {
        at = find_key(list, row, args[1]);
    } else {
        int64_t index = MR_AT(args[1], i32, row);

        if (base == 1 && index == 0)
            return mr_raise(err, MR_EXC_RUNTIME, "INVALID_INDEX_OF_ZERO", NULL);
        at = (int32_t)(base == 1 ? (index > 0 ? index - 1 : size + index) : index);
        if ((at < 0 || at >= size) && strict)
            return bad_index(
                err, base == 1 ? "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" : "INVALID_ARRAY_INDEX", index,
                size);
        at = at < 0 || at >= size ? -1 : first + at;
    }
    if (at < 0)
        mr_vec_set_null(out, call->arena, row);
    else
        mr_nested_copy(out, row, &list->children[list->type->n_fields - 1], at, call->arena);
    return MR_OK;
}

static mr_status element_rows(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                              mr_vec *out, int base, bool strict, mr_error *err)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        for (; next < row; next++)
            mr_nested_skip(out, next);
        MR_TRY(element_row(call, args, row, base, strict, out, err));
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
    return MR_OK;
}

#define ELEMENT_EVAL(name, base, strict)                                                           \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        return element_rows(call, args, sel, out, base, strict, err);                              \
    }

ELEMENT_EVAL(eval_getitem, 0, call->bound->ansi)
ELEMENT_EVAL(eval_get, 0, false)
ELEMENT_EVAL(eval_element_at, 1, call->bound->ansi)
ELEMENT_EVAL(eval_try_element_at, 1, false)

static mr_status resolve_array_contains(mr_fn_resolve *r, mr_error *err)
{
    if (r->args[0].type->id != MR_TYPE_ARRAY)
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY\"", err);
    r->args[1].want = r->args[0].type->fields[0].type;
    r->result = mr_type_of(MR_TYPE_BOOLEAN);
    r->nullable = mr_fn_any_nullable(r) || r->args[0].type->fields[0].nullable;
    return MR_OK;
}

static mr_status eval_array_contains(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                     mr_vec *out, mr_error *err)
{
    const mr_vec *list = args[0], *elements = &list->children[0];

    (void)err;
    MR_EACH(sel, row)
    {
        int32_t at = mr_vec_index(list, row);
        bool null = false;

        out->u8[row] = 0;
        for (int32_t i = list->offsets[at]; i < list->offsets[at + 1] && !out->u8[row]; i++) {
            if (mr_vec_is_null(elements, i))
                null = true;
            else
                out->u8[row] = mr_vec_compare(elements, i, args[1], row) == 0;
        }
        if (null && !out->u8[row])
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

/* --- lambdas: transform, filter, exists, forall
 * ------------------------------------------------------ */

static int element_vars(const mr_fn_resolve *r, int arg, mr_field out[3])
{
    if (arg != 1 || r->args[0].type->id != MR_TYPE_ARRAY)
        return 0;
    out[0] = r->args[0].type->fields[0];
    out[1] = (mr_field){ MR_STR("i"), mr_type_of(MR_TYPE_INT), false, { NULL, 0 } };
    return 2;
}

static mr_status resolve_lambda(mr_fn_resolve *r, mr_error *err)
{
    bool is_transform = strcmp(r->function->name, "transform") == 0;
    bool is_filter = strcmp(r->function->name, "filter") == 0;

    if (r->args[0].type->id != MR_TYPE_ARRAY)
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY\"", err);
    if (!is_transform && r->args[1].type->id != MR_TYPE_BOOLEAN)
        return mr_fn_mismatch_arg(r, 1, "\"BOOLEAN\"", err);
    r->result = is_transform ? mr_type_array(r->arena, r->args[1].type, r->args[1].nullable)
                : is_filter  ? r->args[0].type
                             : mr_type_of(MR_TYPE_BOOLEAN);
    r->nullable = r->args[0].nullable || (!is_transform && !is_filter && r->args[1].nullable);
    return MR_OK;
}

/* The elements of the selected rows laid end to end, the lambda applied to all at once. */
typedef struct applied {
    mr_vec elements;
    mr_vec result;
} applied;

static mr_status apply_all(const mr_fn_call *call, const mr_vec *list, mr_sel sel, applied *out,
                           mr_error *err)
{
    int32_t n = 0, at = 0, *picked, *parents;
    mr_vec vars[2];

    MR_EACH(sel, counted)
    n += list_size(list, counted);
    picked = MR_NEW_ARRAY(call->arena, int32_t, n + 1);
    parents = MR_NEW_ARRAY(call->arena, int32_t, n + 1);
    mr_vec_init(&vars[1], call->arena, mr_type_of(MR_TYPE_INT), n);
    MR_EACH(sel, row)
    {
        int32_t first = list->offsets[mr_vec_index(list, row)];

        for (int32_t i = 0; i < list_size(list, row); i++, at++) {
            picked[at] = first + i;
            parents[at] = row;
            vars[1].i32[at] = i;
        }
    }
    mr_vec_gather(&vars[0], &list->children[0], (mr_sel){ picked, n }, call->arena, false);
    out->elements = vars[0];
    return call->apply(call, 1, &(mr_fn_elements){ vars, 2, parents, n }, &out->result, err);
}

static bool holds(const mr_vec *v, int32_t row)
{
    return !mr_vec_is_null(v, row) && MR_AT(v, u8, row);
}

static mr_status eval_transform(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    int32_t at = 0;
    applied a;

    MR_TRY(apply_all(call, args[0], sel, &a, err));
    EACH_LIST(sel, row, out, {
        for (int32_t i = 0; i < list_size(args[0], row); i++, at++)
            mr_nested_append(out, 0, &a.result, at, call->arena);
    });
    return MR_OK;
}

static mr_status eval_filter(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    int32_t at = 0;
    applied a;

    MR_TRY(apply_all(call, args[0], sel, &a, err));
    EACH_LIST(sel, row, out, {
        for (int32_t i = 0; i < list_size(args[0], row); i++, at++)
            if (holds(&a.result, at))
                mr_nested_append(out, 0, &a.elements, at, call->arena);
    });
    return MR_OK;
}

/* exists is OR over the elements, forall AND, in three-valued logic. */
static mr_status fold_predicate(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, bool stop, mr_error *err)
{
    int32_t at = 0;
    applied a;

    MR_TRY(apply_all(call, args[0], sel, &a, err));
    MR_EACH(sel, row)
    {
        bool null = false, decided = false;

        for (int32_t i = 0; i < list_size(args[0], row); i++, at++) {
            null = null || mr_vec_is_null(&a.result, at);
            decided = decided ||
                      (!mr_vec_is_null(&a.result, at) && (MR_AT(&a.result, u8, at) != 0) == stop);
        }
        out->u8[row] = decided ? stop : !stop;
        if (null && !decided)
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

static mr_status eval_exists(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    return fold_predicate(call, args, sel, out, true, err);
}

static mr_status eval_forall(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    return fold_predicate(call, args, sel, out, false, err);
}

/* Generators: the result is a struct of the columns they make. */
static mr_status resolve_explode(mr_fn_resolve *r, mr_error *err)
{
    bool outer = strstr(r->function->name, "_outer") != NULL;
    bool is_map = r->args[0].type->id == MR_TYPE_MAP;
    mr_field columns[3];
    int n = 0;

    MR_TRY(resolve_size(r, err));
    if (strncmp(r->function->name, "pos", 3) == 0)
        columns[n++] = (mr_field){ MR_STR("pos"), mr_type_of(MR_TYPE_INT), false, { NULL, 0 } };
    for (int i = 0; i < r->args[0].type->n_fields; i++) {
        columns[n] = r->args[0].type->fields[i];
        columns[n++].name = !is_map ? MR_STR("col") : i == 0 ? MR_STR("key") : MR_STR("value");
    }
    for (int i = 0; i < n; i++)
        columns[i].nullable = columns[i].nullable || outer;
    r->result = mr_type_struct(r->arena, columns, n);
    return MR_OK;
}

/* Structs of an array as rows. */
static mr_status resolve_inline(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    bool outer = strstr(r->function->name, "_outer") != NULL;
    mr_field *columns;

    if (t->id != MR_TYPE_ARRAY || t->fields[0].type->id != MR_TYPE_STRUCT)
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY<STRUCT>\"", err);
    columns = MR_NEW_ARRAY(r->arena, mr_field, t->fields[0].type->n_fields + 1);
    for (int i = 0; i < t->fields[0].type->n_fields; i++) {
        columns[i] = t->fields[0].type->fields[i];
        columns[i].nullable = columns[i].nullable || t->fields[0].nullable || outer;
    }
    r->result = mr_type_struct(r->arena, columns, t->fields[0].type->n_fields);
    return MR_OK;
}

#define GENERATOR(row_name, res)                                                                   \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .is_generator = true, .resolve = (res)   \
    }
#define ELEMENT(row_name, ev, raises)                                                              \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .can_raise = (raises),                   \
        .resolve = resolve_element, .eval = (ev)                                                   \
    }
#define LAMBDA(row_name, ev)                                                                       \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .can_raise = true,                       \
        .resolve = resolve_lambda, .eval = (ev), .lambda_vars = element_vars                       \
    }

static const mr_function rows[] = {
    { .name = "array",
      .max_args = -1,
      .sees_nulls = true,
      .resolve = resolve_array,
      .eval = eval_array },
    { .name = "array_contains",
      .min_args = 2,
      .max_args = 2,
      .resolve = resolve_array_contains,
      .eval = eval_array_contains },
    { .name = "cardinality",
      .min_args = 1,
      .max_args = 1,
      .resolve = resolve_size,
      .eval = eval_size },
    ELEMENT("element_at", eval_element_at, true),
    LAMBDA("exists", eval_exists),
    GENERATOR("explode", resolve_explode),
    GENERATOR("explode_outer", resolve_explode),
    LAMBDA("filter", eval_filter),
    LAMBDA("forall", eval_forall),
    GENERATOR("inline", resolve_inline),
    GENERATOR("inline_outer", resolve_inline),
    GENERATOR("posexplode", resolve_explode),
    GENERATOR("posexplode_outer", resolve_explode),
    ELEMENT("get", eval_get, false),
    ELEMENT("getitem", eval_getitem, true),
    { .name = "size", .min_args = 1, .max_args = 1, .resolve = resolve_size, .eval = eval_size },
    LAMBDA("transform", eval_transform),
    ELEMENT("try_element_at", eval_try_element_at, true),
};

MR_FN_GROUP(mr_fn_collection_group, rows);
