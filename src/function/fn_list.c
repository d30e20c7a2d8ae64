/* fn_list.c - map(), its keys and values; arrays sorted, without duplicates, their extremes. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include <stdlib.h>

static mr_status resolve_map(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *common[2] = { mr_type_of(MR_TYPE_NULL), mr_type_of(MR_TYPE_NULL) };
    bool nullable = false;

    if (r->n_args % 2 != 0)
        return mr_raise(err, MR_EXC_ANALYSIS, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName",
                        "`map`", "expectedNum", "2n (n > 0)", "actualNum",
                        mr_arena_printf(r->arena, "%d", r->n_args).ptr, "docroot",
                        "https://spark.apache.org/docs/latest", NULL);
    for (int i = 0; i < r->n_args; i++) {
        common[i % 2] = mr_coerce_common(r->arena, common[i % 2], r->args[i].type, r->ansi);
        if (common[i % 2] == NULL)
            return mr_fn_mismatch_data(r, err);
        nullable = nullable || (i % 2 == 1 && r->args[i].nullable);
    }
    for (int i = 0; i < r->n_args; i++)
        r->args[i].want = common[i % 2];
    r->result = mr_type_map(r->arena, common[0], common[1], nullable);
    r->nullable = false;
    return MR_OK;
}

static mr_status add_entry(const mr_fn_call *call, const mr_vec *const *args, int at, int32_t row,
                           mr_error *err)
{
    if (mr_vec_is_null(args[at], row))
        return mr_raise(err, MR_EXC_RUNTIME, "NULL_MAP_KEY", NULL);
    for (int i = 0; i < at; i += 2) {
        mr_vec text;

        if (!mr_nested_equal(args[i], row, args[at], row))
            continue;
        MR_TRY(mr_cast_eval(args[at], (mr_sel){ &row, 1 }, mr_type_of(MR_TYPE_STRING), 1,
                            call->bound->zone, call->arena, &text, err));
        return mr_raise(err, MR_EXC_RUNTIME, "DUPLICATED_MAP_KEY", "key",
                        mr_arena_cstr(call->arena, MR_AT(&text, str, row)), "mapKeyDedupPolicy",
                        "\"spark.sql.mapKeyDedupPolicy\"", NULL);
    }
    return MR_OK;
}

/* Closes the rows before `row` that are not selected. */
static void skip_to(mr_vec *out, int32_t *next, int32_t row)
{
    for (; *next < row; (*next)++)
        mr_nested_skip(out, *next);
    *next = row + 1;
}

static mr_status eval_map(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        skip_to(out, &next, row);
        for (int i = 0; i < call->bound->n_args; i += 2) {
            MR_TRY(add_entry(call, args, i, row, err));
            mr_nested_append(out, 0, args[i], row, call->arena);
            mr_nested_append(out, 1, args[i + 1], row, call->arena);
        }
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

static mr_status resolve_side(mr_fn_resolve *r, mr_error *err)
{
    bool values = strcmp(r->function->name, "map_values") == 0;
    const mr_type *t = r->args[0].type;

    if (t->id != MR_TYPE_MAP)
        return mr_fn_mismatch_arg(r, 0, "\"MAP\"", err);
    r->result = mr_type_array(r->arena, t->fields[values].type, values && t->fields[1].nullable);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

static void copy_side(const mr_fn_call *call, const mr_vec *map, int side, mr_sel sel, mr_vec *out)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        int32_t at = mr_vec_index(map, row);

        skip_to(out, &next, row);
        for (int32_t i = map->offsets[at]; i < map->offsets[at + 1]; i++)
            mr_nested_append(out, 0, &map->children[side], i, call->arena);
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
}

static mr_status eval_keys(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    (void)err;
    copy_side(call, args[0], 0, sel, out);
    return MR_OK;
}

static mr_status eval_values(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    (void)err;
    copy_side(call, args[0], 1, sel, out);
    return MR_OK;
}

/* --- arrays
 * ---------------------------------------------------------------------------------------- */

static mr_status resolve_array_in(mr_fn_resolve *r, mr_error *err)
{
    const char *name = r->function->name;
    const mr_type *t = r->args[0].type;
    bool extreme = strcmp(name, "array_max") == 0 || strcmp(name, "array_min") == 0;

    if (t->id != MR_TYPE_ARRAY)
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY\"", err);
    if (r->n_args > 1 && r->args[1].type->id != MR_TYPE_BOOLEAN)
        return mr_fn_mismatch_arg(r, 1, "\"BOOLEAN\"", err);
    r->result = extreme ? t->fields[0].type : t;
    r->nullable = extreme || mr_fn_any_nullable(r);
    return MR_OK;
}

/* Nulls first. */
static int compare_elements(const mr_vec *v, int32_t a, int32_t b)
{
    bool null_a = mr_vec_is_null(v, a), null_b = mr_vec_is_null(v, b);

    if (null_a || null_b)
        return (int)null_b - (int)null_a;
    return mr_vec_compare(v, a, v, b);
}

/* Stable merge sort of positions in `v`. */
static void sort_positions(const mr_vec *v, int32_t *at, int32_t n, int32_t *scratch, int sign)
{
    for (int32_t width = 1; width<n; width = width> n / 2 ? n : width * 2) {
        for (int32_t from = 0; from < n; from += 2 * width) {
            int32_t mid = from + width < n ? from + width : n;
            int32_t end = mid + width < n ? mid + width : n, a = from, b = mid, k = from;

            while (a < mid || b < end) {
                bool left = b == end || (a < mid && sign * compare_elements(v, at[a], at[b]) <= 0);

                scratch[k++] = left ? at[a++] : at[b++];
            }
            if (end == n)
                break;
        }
        memcpy(at, scratch, sizeof(*at) * (size_t)n);
    }
}

static mr_status eval_sort_array(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                 mr_vec *out, mr_error *err)
{
    const mr_vec *list = args[0];
    int32_t next = 0;

    (void)err;
    MR_EACH(sel, row)
    {
        int32_t first = list->offsets[mr_vec_index(list, row)];
        int32_t n = list->offsets[mr_vec_index(list, row) + 1] - first;
        int32_t *at = MR_NEW_ARRAY(call->arena, int32_t, 2 * (size_t)n + 1);
        bool up = call->bound->n_args < 2 || MR_AT(args[1], u8, row);

        skip_to(out, &next, row);
        for (int32_t i = 0; i < n; i++)
            at[i] = first + i;
        sort_positions(&list->children[0], at, n, at + n, up ? 1 : -1);
        for (int32_t i = 0; i < n; i++)
            mr_nested_append(out, 0, &list->children[0], at[i], call->arena);
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

/* Keeps the first of equal elements: sorted positions put equals side by side. */
static mr_status eval_distinct(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    const mr_vec *list = args[0], *v = &list->children[0];
    int32_t next = 0;

    (void)err;
    MR_EACH(sel, row)
    {
        int32_t first = list->offsets[mr_vec_index(list, row)];
        int32_t n = list->offsets[mr_vec_index(list, row) + 1] - first;
        int32_t *at = MR_NEW_ARRAY(call->arena, int32_t, 2 * (size_t)n + 1);
        bool *again = MR_NEW_ARRAY(call->arena, bool, (size_t)n + 1);

        skip_to(out, &next, row);
        for (int32_t i = 0; i < n; i++)
            at[i] = first + i;
        sort_positions(v, at, n, at + n, 1);
        for (int32_t i = 0; i < n; i++)
            again[at[i] - first] = i > 0 && compare_elements(v, at[i - 1], at[i]) == 0;
        for (int32_t i = 0; i < n; i++)
            if (!again[i])
                mr_nested_append(out, 0, v, first + i, call->arena);
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

static int32_t extreme_of(const mr_vec *list, int32_t row, int sign)
{
    const mr_vec *v = &list->children[0];
    int32_t at = mr_vec_index(list, row), best = -1;

    for (int32_t i = list->offsets[at]; i < list->offsets[at + 1]; i++)
        if (!mr_vec_is_null(v, i) && (best < 0 || sign * mr_vec_compare(v, i, v, best) > 0))
            best = i;
    return best;
}

static void put_extremes(const mr_fn_call *call, const mr_vec *list, mr_sel sel, int sign,
                         mr_vec *out)
{
    bool nested = out->type->id == MR_TYPE_ARRAY || out->type->id == MR_TYPE_MAP;
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        int32_t at = extreme_of(list, row, sign);

        if (nested)
            skip_to(out, &next, row);
        if (at < 0)
            mr_vec_set_null(out, call->arena, row);
        else
            mr_nested_copy(out, row, &list->children[0], at, call->arena);
    }
    if (nested)
        skip_to(out, &next, out->n);
}

static mr_status eval_array_max(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    (void)err;
    put_extremes(call, args[0], sel, 1, out);
    return MR_OK;
}

static mr_status eval_array_min(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    (void)err;
    put_extremes(call, args[0], sel, -1, out);
    return MR_OK;
}

#define FN(row_name, most, res, ev)                                                                \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = (most), .resolve = (res), .eval = (ev)      \
    }

static const mr_function rows[] = {
    FN("array_distinct", 1, resolve_array_in, eval_distinct),
    FN("array_max", 1, resolve_array_in, eval_array_max),
    FN("array_min", 1, resolve_array_in, eval_array_min),
    { .name = "map",
      .max_args = -1,
      .sees_nulls = true,
      .can_raise = true,
      .resolve = resolve_map,
      .eval = eval_map },
    FN("map_keys", 1, resolve_side, eval_keys),
    FN("map_values", 1, resolve_side, eval_values),
    { .name = "sort_array",
      .min_args = 1,
      .max_args = 2,
      .defaults = "true",
      .resolve = resolve_array_in,
      .eval = eval_sort_array },
};

MR_FN_GROUP(mr_fn_list_group, rows);
