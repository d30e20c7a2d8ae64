/* fn_lambda.c - aggregate, zip_with and the functions of maps that take lambdas.  Elements of all
 * rows are laid end to end and a lambda is applied to them at once. */
#include "function/fn_priv.h"
#include "function/nested.h"

static int32_t list_size(const mr_vec *list, int32_t row)
{
    int32_t at = mr_vec_index(list, row);

    return mr_vec_is_null(list, row) ? 0 : list->offsets[at + 1] - list->offsets[at];
}

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static void skip_to(mr_vec *out, int32_t *next, int32_t row)
{
    for (; *next < row; (*next)++)
        mr_nested_skip(out, *next);
    *next = row + 1;
}

static bool is_array(const mr_fn_resolve *r, int arg)
{
    return r->args[arg].type->id == MR_TYPE_ARRAY;
}

/* --- aggregate(array, start, merge[, finish]) ------------------------------------------------- */

static int aggregate_vars(const mr_fn_resolve *r, int arg, mr_field out[3])
{
    if (arg < 2 || !is_array(r, 0))
        return 0;
    out[0] = (mr_field){ MR_STR("acc"), r->args[1].type, true, { NULL, 0 } };
    out[1] = r->args[0].type->fields[0];
    return arg == 2 ? 2 : 1;
}

static mr_status resolve_aggregate(mr_fn_resolve *r, mr_error *err)
{
    if (!is_array(r, 0))
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY\"", err);
    if (!mr_type_equal(r->args[2].type, r->args[1].type))
        return mr_fn_mismatch_arg(r, 2, mr_fn_type_sql(r->arena, r->args[1].type), err);
    r->result = r->args[r->n_args - 1].type;
    r->nullable = r->args[0].nullable || r->args[r->n_args - 1].nullable;
    return MR_OK;
}

/* One step: the rows that still have an i-th element. */
static mr_status fold_step(const mr_fn_call *call, const mr_vec *list, mr_sel sel, int32_t i,
                           mr_vec *acc, mr_error *err)
{
    int32_t *rows = MR_NEW_ARRAY(call->arena, int32_t, sel.n + 1);
    int32_t *at = MR_NEW_ARRAY(call->arena, int32_t, sel.n + 1);
    int32_t *parents = MR_NEW_ARRAY(call->arena, int32_t, sel.n + 1), n = 0, k = 0;
    mr_vec vars[2], stepped, next;

    for (int32_t j = 0; j < sel.n; j++) {
        int32_t row = mr_sel_row(sel, j);

        if (list_size(list, row) <= i)
            continue;
        rows[n] = j;
        parents[n] = row;
        at[n++] = list->offsets[mr_vec_index(list, row)] + i;
    }
    mr_vec_gather(&vars[0], acc, (mr_sel){ rows, n }, call->arena, false);
    mr_vec_gather(&vars[1], &list->children[0], (mr_sel){ at, n }, call->arena, false);
    MR_TRY(call->apply(call, 2, &(mr_fn_elements){ vars, 2, parents, n }, &stepped, err));
    mr_vec_init(&next, call->arena, acc->type, sel.n);
    for (int32_t j = 0; j < sel.n; j++) {
        bool moved = k < n && rows[k] == j;

        mr_nested_copy(&next, j, moved ? &stepped : acc, moved ? k : j, call->arena);
        k += moved;
    }
    *acc = next;
    return MR_OK;
}

static mr_status eval_aggregate(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    int32_t longest = 0, next = 0, *parents = MR_NEW_ARRAY(call->arena, int32_t, sel.n + 1);
    mr_vec acc, result;

    for (int32_t j = 0; j < sel.n; j++) {
        parents[j] = mr_sel_row(sel, j);
        if (list_size(args[0], parents[j]) > longest)
            longest = list_size(args[0], parents[j]);
    }
    mr_vec_gather(&acc, args[1], (mr_sel){ parents, sel.n }, call->arena, false);
    for (int32_t i = 0; i < longest; i++)
        MR_TRY(fold_step(call, args[0], sel, i, &acc, err));
    result = acc;
    if (call->bound->n_args == 4)
        MR_TRY(call->apply(call, 3, &(mr_fn_elements){ &acc, 1, parents, sel.n }, &result, err));
    for (int32_t j = 0; j < sel.n; j++) {
        skip_to(out, &next, parents[j]);
        if (mr_vec_is_null(args[0], parents[j]))
            mr_vec_set_null(out, call->arena, parents[j]);
        else
            mr_nested_copy(out, parents[j], &result, j, call->arena);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

/* --- zip_with(a, b, f) ------------------------------------------------------------------------ */

static int zip_vars(const mr_fn_resolve *r, int arg, mr_field out[3])
{
    if (arg != 2 || !is_array(r, 0) || !is_array(r, 1))
        return 0;
    for (int i = 0; i < 2; i++) {
        out[i] = r->args[i].type->fields[0];
        out[i].nullable = true;
    }
    return 2;
}

static mr_status resolve_zip(mr_fn_resolve *r, mr_error *err)
{
    for (int i = 0; i < 2; i++)
        if (!is_array(r, i))
            return mr_fn_mismatch_arg(r, i, "\"ARRAY\"", err);
    r->result = mr_type_array(r->arena, r->args[2].type, r->args[2].nullable);
    r->nullable = r->args[0].nullable || r->args[1].nullable;
    return MR_OK;
}

static mr_status eval_zip(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    int32_t n = 0, at = 0, next = 0, *parents;
    mr_vec vars[2], result;

    MR_EACH(sel, counted)
    n += larger(list_size(args[0], counted), list_size(args[1], counted));
    parents = MR_NEW_ARRAY(call->arena, int32_t, n + 1);
    for (int v = 0; v < 2; v++) {
        at = 0;
        mr_vec_init(&vars[v], call->arena, args[v]->type->fields[0].type, n);
        MR_EACH(sel, row)
        {
            int32_t first = args[v]->offsets[mr_vec_index(args[v], row)];
            int32_t size = list_size(args[v], row);
            int32_t both = larger(size, list_size(args[1 - v], row));

            for (int32_t i = 0; i < both; i++, at++) {
                parents[at] = row;
                if (i < size)
                    mr_nested_copy(&vars[v], at, &args[v]->children[0], first + i, call->arena);
                else
                    mr_vec_set_null(&vars[v], call->arena, at);
            }
        }
    }
    MR_TRY(call->apply(call, 2, &(mr_fn_elements){ vars, 2, parents, n }, &result, err));
    at = 0;
    MR_EACH(sel, one)
    {
        int32_t both = larger(list_size(args[0], one), list_size(args[1], one));

        skip_to(out, &next, one);
        for (int32_t i = 0; i < both; i++, at++)
            mr_nested_append(out, 0, &result, at, call->arena);
        mr_nested_close(out, one);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

/* --- map_filter, transform_keys, transform_values --------------------------------------------- */

static int entry_vars(const mr_fn_resolve *r, int arg, mr_field out[3])
{
    if (arg != 1 || r->args[0].type->id != MR_TYPE_MAP)
        return 0;
    out[0] = r->args[0].type->fields[0];
    out[1] = r->args[0].type->fields[1];
    return 2;
}

static mr_status resolve_entries(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *map = r->args[0].type, *body = r->args[1].type;

    if (map->id != MR_TYPE_MAP)
        return mr_fn_mismatch_arg(r, 0, "\"MAP\"", err);
    if (strcmp(r->function->name, "map_filter") == 0) {
        if (body->id != MR_TYPE_BOOLEAN)
            return mr_fn_mismatch_arg(r, 1, "\"BOOLEAN\"", err);
        r->result = map;
    } else if (strcmp(r->function->name, "transform_keys") == 0) {
        r->result = mr_type_map(r->arena, body, map->fields[1].type, map->fields[1].nullable);
    } else {
        r->result = mr_type_map(r->arena, map->fields[0].type, body, r->args[1].nullable);
    }
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* The lambda over the entries of all selected rows. */
static mr_status apply_entries(const mr_fn_call *call, const mr_vec *map, mr_sel sel,
                               mr_vec vars[2], mr_vec *result, mr_error *err)
{
    int32_t n = 0, at = 0, *picked, *parents;

    MR_EACH(sel, counted)
    n += list_size(map, counted);
    picked = MR_NEW_ARRAY(call->arena, int32_t, n + 1);
    parents = MR_NEW_ARRAY(call->arena, int32_t, n + 1);
    MR_EACH(sel, row)
    {
        int32_t first = map->offsets[mr_vec_index(map, row)];

        for (int32_t i = 0; i < list_size(map, row); i++, at++) {
            picked[at] = first + i;
            parents[at] = row;
        }
    }
    for (int v = 0; v < 2; v++)
        mr_vec_gather(&vars[v], &map->children[v], (mr_sel){ picked, n }, call->arena, false);
    return call->apply(call, 1, &(mr_fn_elements){ vars, 2, parents, n }, result, err);
}

static mr_status check_key(const mr_fn_call *call, const mr_vec *keys, int32_t first, int32_t at,
                           mr_error *err)
{
    mr_vec text;

    if (mr_vec_is_null(keys, at))
        return mr_raise(err, MR_EXC_RUNTIME, "NULL_MAP_KEY", NULL);
    for (int32_t i = first; i < at; i++) {
        if (!mr_nested_equal(keys, i, keys, at))
            continue;
        MR_TRY(mr_cast_eval(keys, (mr_sel){ &at, 1 }, mr_type_of(MR_TYPE_STRING), 1,
                            call->bound->zone, call->arena, &text, err));
        return mr_raise(err, MR_EXC_RUNTIME, "DUPLICATED_MAP_KEY", "key",
                        mr_arena_cstr(call->arena, MR_AT(&text, str, at)), "mapKeyDedupPolicy",
                        "\"spark.sql.mapKeyDedupPolicy\"", NULL);
    }
    return MR_OK;
}

typedef enum entry_use { USE_AS_FILTER, USE_AS_KEY, USE_AS_VALUE } entry_use;

static mr_status eval_entries(const mr_fn_call *call, const mr_vec *map, mr_sel sel, mr_vec *out,
                              entry_use use, mr_error *err)
{
    int32_t at = 0, next = 0;
    mr_vec vars[2], result;

    MR_TRY(apply_entries(call, map, sel, vars, &result, err));
    MR_EACH(sel, row)
    {
        int32_t first = at;

        skip_to(out, &next, row);
        for (int32_t i = 0; i < list_size(map, row); i++, at++) {
            if (use == USE_AS_FILTER && (mr_vec_is_null(&result, at) || !MR_AT(&result, u8, at)))
                continue;
            if (use == USE_AS_KEY)
                MR_TRY(check_key(call, &result, first, at, err));
            mr_nested_append(out, 0, use == USE_AS_KEY ? &result : &vars[0], at, call->arena);
            mr_nested_append(out, 1, use == USE_AS_VALUE ? &result : &vars[1], at, call->arena);
        }
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

#define ENTRIES_EVAL(name, use)                                                                    \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        return eval_entries(call, args[0], sel, out, use, err);                                    \
    }

ENTRIES_EVAL(eval_map_filter, USE_AS_FILTER)
ENTRIES_EVAL(eval_transform_keys, USE_AS_KEY)
ENTRIES_EVAL(eval_transform_values, USE_AS_VALUE)

/* --- map_zip_with(a, b, f) ----------------------------------------------------------------------
 */

static int map_zip_vars(const mr_fn_resolve *r, int arg, mr_field out[3])
{
    if (arg != 2 || r->args[0].type->id != MR_TYPE_MAP || r->args[1].type->id != MR_TYPE_MAP ||
        !mr_type_equal(r->args[0].type->fields[0].type, r->args[1].type->fields[0].type))
        return 0;
    out[0] = r->args[0].type->fields[0];
    for (int i = 0; i < 2; i++) {
        out[i + 1] = r->args[i].type->fields[1];
        out[i + 1].nullable = true;
    }
    return 3;
}

static mr_status resolve_map_zip(mr_fn_resolve *r, mr_error *err)
{
    for (int i = 0; i < 2; i++)
        if (r->args[i].type->id != MR_TYPE_MAP)
            return mr_fn_mismatch_arg(r, i, "\"MAP\"", err);
    if (!r->args[2].is_lambda)
        return mr_fn_mismatch_data(r, err);
    r->result = mr_type_map(r->arena, r->args[0].type->fields[0].type, r->args[2].type,
                            r->args[2].nullable);
    r->nullable = r->args[0].nullable || r->args[1].nullable;
    return MR_OK;
}

/* The place of a key among those of a map's row, or -1. */
static int32_t find_key(const mr_vec *map, int32_t row, const mr_vec *keys, int32_t key)
{
    int32_t first = map->offsets[mr_vec_index(map, row)];

    for (int32_t i = first; i < first + list_size(map, row); i++)
        if (mr_nested_equal(&map->children[0], i, keys, key))
            return i;
    return -1;
}

/* One entry of the zipped map: the key and the value of either side, perhaps none. */
typedef struct zipped {
    int32_t row, key, value[2];
    int side; /* that has the key */
} zipped;

static int32_t zip_keys(const mr_vec *const *args, mr_sel sel, zipped *out)
{
    int32_t n = 0;

    MR_EACH(sel, row)
    for (int side = 0; side < 2; side++) {
        int32_t first = args[side]->offsets[mr_vec_index(args[side], row)];

        for (int32_t i = first; i < first + list_size(args[side], row); i++) {
            int32_t other = find_key(args[1 - side], row, &args[side]->children[0], i);

            if (side == 1 && other >= 0)
                continue;
            out[n] = (zipped){ .row = row, .key = i, .side = side };
            out[n].value[side] = i;
            out[n++].value[1 - side] = other;
        }
    }
    return n;
}

static mr_status eval_map_zip(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                              mr_vec *out, mr_error *err)
{
    int32_t n = 0, at = 0, next = 0, *parents;
    mr_vec vars[3], result;
    zipped *entries;

    MR_EACH(sel, counted)
    n += list_size(args[0], counted) + list_size(args[1], counted);
    entries = MR_NEW_ARRAY(call->arena, zipped, n + 1);
    n = zip_keys(args, sel, entries);
    parents = MR_NEW_ARRAY(call->arena, int32_t, n + 1);
    mr_vec_init(&vars[0], call->arena, args[0]->type->fields[0].type, n);
    for (int v = 0; v < 2; v++)
        mr_vec_init(&vars[v + 1], call->arena, args[v]->type->fields[1].type, n);
    for (int32_t i = 0; i < n; i++) {
        const zipped *e = &entries[i];

        parents[i] = e->row;
        mr_nested_copy(&vars[0], i, &args[e->side]->children[0], e->key, call->arena);
        for (int v = 0; v < 2; v++) {
            if (e->value[v] < 0)
                mr_vec_set_null(&vars[v + 1], call->arena, i);
            else
                mr_nested_copy(&vars[v + 1], i, &args[v]->children[1], e->value[v], call->arena);
        }
    }
    MR_TRY(call->apply(call, 2, &(mr_fn_elements){ vars, 3, parents, n }, &result, err));
    MR_EACH(sel, row)
    {
        skip_to(out, &next, row);
        for (; at < n && entries[at].row == row; at++) {
            mr_nested_append(out, 0, &vars[0], at, call->arena);
            mr_nested_append(out, 1, &result, at, call->arena);
        }
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

/* --- array_sort(array[, comparator])
 * -------------------------------------------------------------- */

static int sort_vars(const mr_fn_resolve *r, int arg, mr_field out[3])
{
    if (arg != 1 || !is_array(r, 0))
        return 0;
    out[0] = out[1] = r->args[0].type->fields[0];
    return 2;
}

static mr_status resolve_sort(mr_fn_resolve *r, mr_error *err)
{
    if (!is_array(r, 0))
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY\"", err);
    if (r->n_args == 2 && r->args[1].type->id != MR_TYPE_INT)
        return mr_fn_mismatch_arg(r, 1, "\"INT\"", err);
    r->result = r->args[0].type;
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* *less: does element b stand before element a? */
static mr_status stands_before(const mr_fn_call *call, const mr_vec *v, int32_t row, int32_t b,
                               int32_t a, bool *less, mr_error *err)
{
    mr_vec vars[2], order;

    if (call->bound->n_args == 1) { /* ascending, nulls last */
        bool null_a = mr_vec_is_null(v, a), null_b = mr_vec_is_null(v, b);

        *less = null_a || null_b ? null_a && !null_b : mr_vec_compare(v, b, v, a) < 0;
        return MR_OK;
    }
    mr_vec_gather(&vars[0], v, (mr_sel){ &b, 1 }, call->arena, false);
    mr_vec_gather(&vars[1], v, (mr_sel){ &a, 1 }, call->arena, false);
    MR_TRY(call->apply(call, 1, &(mr_fn_elements){ vars, 2, &row, 1 }, &order, err));
    if (mr_vec_is_null(&order, 0))
        return mr_raise(err, MR_EXC_RUNTIME, "COMPARATOR_RETURNS_NULL", "firstValue", "",
                        "secondValue", "", NULL);
    *less = MR_AT(&order, i32, 0) < 0;
    return MR_OK;
}

/* Stable merge sort of the places at[0..n). */
static mr_status sort_places(const mr_fn_call *call, const mr_vec *v, int32_t row, int32_t *at,
                             int32_t n, mr_error *err)
{
    int32_t *scratch = MR_NEW_ARRAY(call->arena, int32_t, n + 1);

    for (int32_t width = 1; width<n; width = width> n / 2 ? n : 2 * width) {
        for (int32_t from = 0; from<n; from = n - from> 2 * width ? from + 2 * width : n) {
            int32_t mid = n - from > width ? from + width : n;
            int32_t end = n - mid > width ? mid + width : n, a = from, b = mid;

            for (int32_t k = from; k < end; k++) {
                bool right = a == mid;

                if (a < mid && b < end)
                    MR_TRY(stands_before(call, v, row, at[b], at[a], &right, err));
                scratch[k] = right ? at[b++] : at[a++];
            }
        }
        memcpy(at, scratch, sizeof(*at) * (size_t)n);
    }
    return MR_OK;
}

static mr_status eval_sort(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    const mr_vec *elements = &args[0]->children[0];
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        int32_t n = list_size(args[0], row), *at = MR_NEW_ARRAY(call->arena, int32_t, n + 1);

        for (int32_t i = 0; i < n; i++)
            at[i] = args[0]->offsets[mr_vec_index(args[0], row)] + i;
        MR_TRY(sort_places(call, elements, row, at, n, err));
        skip_to(out, &next, row);
        for (int32_t i = 0; i < n; i++)
            mr_nested_append(out, 0, elements, at[i], call->arena);
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

/* What Spark shows for the comparator that is left out. */
#define SORT_DEFAULT                                                                               \
    "lambdafunction((IF(((namedlambdavariable() IS NULL) AND (namedlambdavariable() IS NU"         \
    "LL)), 0, (IF((namedlambdavariable() IS NULL), 1, (IF((namedlambdavariable() IS NULL)"         \
    ", -1, (IF((namedlambdavariable() < namedlambdavariable()), -1, (IF((namedlambdavaria"         \
    "ble() > namedlambdavariable()), 1, 0)))))))))), namedlambdavariable(), namedlambdava"         \
    "riable())"

#define AGGREGATE(row_name)                                                                        \
    {                                                                                              \
        .name = (row_name), .min_args = 3, .max_args = 4, .can_raise = true, .sees_nulls = true,   \
        .resolve = resolve_aggregate, .eval = eval_aggregate, .lambda_vars = aggregate_vars,       \
        .defaults = "lambdafunction(namedlambdavariable(), namedlambdavariable())"                 \
    }
#define ENTRIES(row_name, ev)                                                                      \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .can_raise = true,                       \
        .resolve = resolve_entries, .eval = (ev), .lambda_vars = entry_vars                        \
    }

static const mr_function rows[] = {
    AGGREGATE("aggregate"),
    { .name = "array_sort",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .defaults = SORT_DEFAULT,
      .resolve = resolve_sort,
      .eval = eval_sort,
      .lambda_vars = sort_vars },
    { .name = "map_zip_with",
      .min_args = 3,
      .max_args = 3,
      .can_raise = true,
      .resolve = resolve_map_zip,
      .eval = eval_map_zip,
      .lambda_vars = map_zip_vars },
    AGGREGATE("reduce"),
    ENTRIES("map_filter", eval_map_filter),
    ENTRIES("transform_keys", eval_transform_keys),
    ENTRIES("transform_values", eval_transform_values),
    { .name = "zip_with",
      .min_args = 3,
      .max_args = 3,
      .can_raise = true,
      .resolve = resolve_zip,
      .eval = eval_zip,
      .lambda_vars = zip_vars },
};

MR_FN_GROUP(mr_fn_lambda_group, rows);
