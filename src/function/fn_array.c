/* fn_array.c - arrays and maps made of others: sets, parts, joins, sequences, conversions. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include <stdio.h>

#include "column/print.h"
#include "function/arith_priv.h"
#include "value/time.h"

#define LONGEST_SEQUENCE (INT64_C(1) << 26)

static mr_status too_long(mr_error *err)
{
    return mr_fail(err, MR_NOMEM, "a sequence has more than %lld elements",
                   (long long)LONGEST_SEQUENCE);
}

static int32_t first_of(const mr_vec *list, int32_t row)
{
    return list->offsets[mr_vec_index(list, row)];
}

static int32_t size_of(const mr_vec *list, int32_t row)
{
    return list->offsets[mr_vec_index(list, row) + 1] - first_of(list, row);
}

static void skip_to(mr_vec *out, int32_t *next, int32_t row)
{
    for (; *next < row; (*next)++)
        mr_nested_skip(out, *next);
    *next = row + 1;
}

/* Runs `fill` for the selected rows of a list result and closes all rows in order. */
#define EACH_ROW(sel, row, out, ...)                                                               \
    do {                                                                                           \
        int32_t next_ = 0;                                                                         \
        MR_EACH(sel, row)                                                                          \
        {                                                                                          \
            skip_to(out, &next_, row);                                                             \
            __VA_ARGS__;                                                                           \
            mr_nested_close(out, row);                                                             \
        }                                                                                          \
        skip_to(out, &next_, (out)->n);                                                            \
    } while (0)

static bool contains(const mr_vec *elements, int32_t from, int32_t to, const mr_vec *v, int32_t at)
{
    for (int32_t i = from; i < to; i++)
        if (mr_nested_equal(elements, i, v, at))
            return true;
    return false;
}

static mr_status want_array(mr_fn_resolve *r, int arg, mr_error *err)
{
    if (r->args[arg].type->id == MR_TYPE_ARRAY)
        return MR_OK;
    return mr_fn_mismatch_arg(r, arg, "\"ARRAY\"", err);
}

/* An array and an element, brought to a common element type. */
static mr_status resolve_with_element(mr_fn_resolve *r, int element, mr_error *err)
{
    const mr_type *t, *common;

    MR_TRY(want_array(r, 0, err));
    t = r->args[0].type;
    common = mr_coerce_common(r->arena, t->fields[0].type, r->args[element].type, r->ansi);
    if (common == NULL ||
        mr_type_is_string(t->fields[0].type) !=
            (mr_type_is_string(r->args[element].type) ||
             (r->args[element].type->id == MR_TYPE_NULL && mr_type_is_string(t->fields[0].type))))
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
                        "sqlExpr", mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr,
                        "functionName", mr_arena_printf(r->arena, "`%s`", r->function->name).ptr,
                        "dataType", "\"ARRAY\"", "leftType", mr_fn_type_sql(r->arena, t),
                        "rightType", mr_fn_type_sql(r->arena, r->args[element].type), NULL);
    r->args[0].want = mr_type_array(r->arena, common, t->fields[0].nullable);
    r->args[element].want = common;
    r->result = r->args[0].want;
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

/* --- one array ---------------------------------------------------------------------------------
 */

static mr_status resolve_size(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(want_array(r, 0, err));
    r->result = mr_type_of(MR_TYPE_INT);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

MR_FN_EVAL(eval_size)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = size_of(args[0], row);
    return MR_OK;
}

static mr_status resolve_position(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_with_element(r, 1, err));
    r->result = mr_type_of(MR_TYPE_LONG);
    return MR_OK;
}

MR_FN_EVAL(eval_position)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    {
        int32_t first = first_of(args[0], row), n = size_of(args[0], row);

        out->i64[row] = 0;
        for (int32_t i = n - 1; i >= 0; i--)
            if (mr_nested_equal(&args[0]->children[0], first + i, args[1], row))
                out->i64[row] = i + 1;
    }
    return MR_OK;
}

static mr_status resolve_remove(mr_fn_resolve *r, mr_error *err)
{
    return resolve_with_element(r, 1, err);
}

MR_FN_EVAL(eval_remove)
{
    const mr_vec *elements = &args[0]->children[0];

    (void)err;
    EACH_ROW(sel, row, out, {
        for (int32_t i = first_of(args[0], row), k = size_of(args[0], row); k > 0; i++, k--)
            if (!mr_nested_equal(elements, i, args[1], row))
                mr_nested_append(out, 0, elements, i, call->arena);
    });
    return MR_OK;
}

/* array_append, array_prepend: a null element is an element. */
static mr_status resolve_extended(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t;

    MR_TRY(resolve_with_element(r, 1, err));
    t = r->result->fields[0].type;
    r->result =
        mr_type_array(r->arena, t, r->args[0].type->fields[0].nullable || r->args[1].nullable);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

static mr_status extend(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel, mr_vec *out,
                        bool before)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        skip_to(out, &next, row);
        if (mr_vec_is_null(args[0], row)) {
            mr_vec_set_null(out, call->arena, row);
            continue;
        }
        if (before)
            mr_nested_append(out, 0, args[1], row, call->arena);
        for (int32_t i = 0; i < size_of(args[0], row); i++)
            mr_nested_append(out, 0, &args[0]->children[0], first_of(args[0], row) + i,
                             call->arena);
        if (!before)
            mr_nested_append(out, 0, args[1], row, call->arena);
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

MR_FN_EVAL(eval_append)
{
    (void)err;
    return extend(call, args, sel, out, false);
}

MR_FN_EVAL(eval_prepend)
{
    (void)err;
    return extend(call, args, sel, out, true);
}

/* array_insert(array, position, element): positions count from 1, negative ones from the end; what
 * is missing in between is null. */
static mr_status resolve_insert(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_with_element(r, 2, err));
    if (!mr_type_is_integral(r->args[1].type))
        return mr_fn_mismatch_arg(r, 1, "\"INT\"", err);
    r->args[1].want = mr_type_of(MR_TYPE_INT);
    r->result = mr_type_array(r->arena, r->result->fields[0].type, true);
    r->nullable = r->args[0].nullable || r->args[1].nullable;
    return MR_OK;
}

static void put_or_null(const mr_fn_call *call, const mr_vec *from, int32_t at, mr_vec *out)
{
    mr_vec *elements = &out->children[0];

    if (from != NULL) {
        mr_nested_append(out, 0, from, at, call->arena);
        return;
    }
    mr_vec_grow(elements, call->arena, elements->n + 1);
    mr_vec_set_null(elements, call->arena, elements->n - 1);
}

static mr_status insert_row(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                            mr_vec *out, mr_error *err)
{
    const mr_vec *elements = &args[0]->children[0];
    int64_t n = size_of(args[0], row), first = first_of(args[0], row);
    int64_t position = MR_AT(args[1], i32, row), at = position - 1, before = 0;

    if (position == 0)
        return mr_raise(err, MR_EXC_RUNTIME, "INVALID_INDEX_OF_ZERO", NULL);
    if (position < 0) { /* -1 is behind the last element */
        at = n + position + 1;
        before = at < 0 ? -at : 0;
        at = at < 0 ? 0 : at;
    }
    if (at > LONGEST_SEQUENCE || before > LONGEST_SEQUENCE)
        return too_long(err);
    if (before > 0)
        put_or_null(call, args[2], row, out);
    for (int64_t i = 1; i < before; i++)
        put_or_null(call, NULL, 0, out);
    for (int64_t i = 0; i < n || (before == 0 && i <= at); i++) {
        if (before == 0 && i == at)
            put_or_null(call, args[2], row, out);
        if (i < n)
            put_or_null(call, elements, (int32_t)(first + i), out);
        else if (i < at)
            put_or_null(call, NULL, 0, out);
    }
    return MR_OK;
}

MR_FN_EVAL(eval_insert)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        skip_to(out, &next, row);
        if (mr_vec_is_null(args[0], row) || mr_vec_is_null(args[1], row)) {
            mr_vec_set_null(out, call->arena, row);
            continue;
        }
        MR_TRY(insert_row(call, args, row, out, err));
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

static mr_status resolve_compact(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(want_array(r, 0, err));
    r->result = mr_type_array(r->arena, r->args[0].type->fields[0].type, false);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

MR_FN_EVAL(eval_compact)
{
    const mr_vec *elements = &args[0]->children[0];

    (void)err;
    EACH_ROW(sel, row, out, {
        for (int32_t i = first_of(args[0], row), k = size_of(args[0], row); k > 0; i++, k--)
            if (!mr_vec_is_null(elements, i))
                mr_nested_append(out, 0, elements, i, call->arena);
    });
    return MR_OK;
}

static mr_status resolve_slice(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->result = r->args[0].type;
    return MR_OK;
}

MR_FN_EVAL(eval_slice)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        int32_t n = size_of(args[0], row), start = MR_AT(args[1], i32, row);
        int64_t from = start > 0 ? (int64_t)start - 1 : (int64_t)n + start;
        int64_t length = MR_AT(args[2], i32, row);

        if (start == 0)
            return mr_raise(err, MR_EXC_RUNTIME, "INVALID_PARAMETER_VALUE.START", "parameter",
                            "`start`", "functionName", "`slice`", NULL);
        if (length < 0)
            return mr_raise(err, MR_EXC_RUNTIME, "INVALID_PARAMETER_VALUE.LENGTH", "parameter",
                            "`length`", "length",
                            mr_arena_printf(call->arena, "%lld", (long long)length).ptr,
                            "functionName", "`slice`", NULL);
        skip_to(out, &next, row);
        for (int64_t i = from; from >= 0 && i < from + length && i < n; i++)
            mr_nested_append(out, 0, &args[0]->children[0], first_of(args[0], row) + (int32_t)i,
                             call->arena);
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

static mr_status resolve_flatten(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->id != MR_TYPE_ARRAY || t->fields[0].type->id != MR_TYPE_ARRAY)
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY\" of \"ARRAY\"", err);
    r->result = t->fields[0].type;
    r->nullable = r->args[0].nullable || t->fields[0].nullable;
    return MR_OK;
}

MR_FN_EVAL(eval_flatten)
{
    const mr_vec *inner = &args[0]->children[0];

    (void)err;
    EACH_ROW(sel, row, out, {
        bool null = false;

        for (int32_t i = first_of(args[0], row), k = size_of(args[0], row); k > 0; i++, k--)
            null = null || mr_vec_is_null(inner, i);
        for (int32_t i = first_of(args[0], row), k = size_of(args[0], row); k > 0 && !null;
             i++, k--)
            for (int32_t e = inner->offsets[i]; e < inner->offsets[i + 1]; e++)
                mr_nested_append(out, 0, &inner->children[0], e, call->arena);
        if (null)
            mr_fn_null(call, out, row);
    });
    return MR_OK;
}

static mr_status resolve_repeat(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->result = mr_type_array(r->arena, r->args[0].type, r->args[0].nullable);
    r->nullable = r->args[1].nullable;
    return MR_OK;
}

MR_FN_EVAL(eval_repeat)
{
    (void)err;
    EACH_ROW(sel, row, out, {
        bool null = mr_vec_is_null(args[1], row);

        for (int32_t i = 0; !null && i < MR_AT(args[1], i32, row); i++)
            mr_nested_append(out, 0, args[0], row, call->arena);
        if (null)
            mr_fn_null(call, out, row);
    });
    return MR_OK;
}

/* --- two arrays as sets -------------------------------------------------------------------------
 */

static mr_status resolve_sets(mr_fn_resolve *r, mr_error *err)
{
    const char *name = r->function->name;
    const mr_type *common;
    bool null_a, null_b;

    MR_TRY(want_array(r, 0, err));
    MR_TRY(want_array(r, 1, err));
    MR_TRY(mr_fn_resolve_common(r, 0, &common, err));
    null_a = r->args[0].type->fields[0].nullable;
    null_b = r->args[1].type->fields[0].nullable;
    r->nullable = mr_fn_any_nullable(r);
    if (strcmp(name, "arrays_overlap") == 0) {
        r->result = mr_type_of(MR_TYPE_BOOLEAN);
        r->nullable = r->nullable || null_a || null_b;
        return MR_OK;
    }
    r->result = mr_type_array(r->arena, common->fields[0].type,
                              strcmp(name, "array_union") == 0       ? null_a || null_b
                              : strcmp(name, "array_intersect") == 0 ? null_a && null_b
                                                                     : null_a);
    return MR_OK;
}

/* Elements of args[from] that are not in the result yet and (not) in the other array. */
static void add_distinct(const mr_fn_call *call, const mr_vec *const *args, int from,
                         int want_other, int32_t row, mr_vec *out)
{
    const mr_vec *elements = &args[from]->children[0], *other = &args[1 - from]->children[0];
    int32_t begin = out->offsets[row], first = first_of(args[1 - from], row);
    int32_t last = first + size_of(args[1 - from], row);

    for (int32_t i = first_of(args[from], row), k = size_of(args[from], row); k > 0; i++, k--) {
        if (want_other >= 0 && contains(other, first, last, elements, i) != (want_other == 1))
            continue;
        if (!contains(&out->children[0], begin, out->children[0].n, elements, i))
            mr_nested_append(out, 0, elements, i, call->arena);
    }
}

MR_FN_EVAL(eval_union)
{
    (void)err;
    EACH_ROW(sel, row, out, {
        add_distinct(call, args, 0, -1, row, out);
        add_distinct(call, args, 1, -1, row, out);
    });
    return MR_OK;
}

MR_FN_EVAL(eval_intersect)
{
    (void)err;
    EACH_ROW(sel, row, out, add_distinct(call, args, 0, 1, row, out));
    return MR_OK;
}

MR_FN_EVAL(eval_except)
{
    (void)err;
    EACH_ROW(sel, row, out, add_distinct(call, args, 0, 0, row, out));
    return MR_OK;
}

MR_FN_EVAL(eval_overlap)
{
    (void)err;
    MR_EACH(sel, row)
    {
        const mr_vec *a = &args[0]->children[0], *b = &args[1]->children[0];
        int32_t first_a = first_of(args[0], row), n_a = size_of(args[0], row);
        int32_t first_b = first_of(args[1], row), n_b = size_of(args[1], row);
        bool null = false, found = false;

        for (int32_t i = first_a; i < first_a + n_a; i++) {
            null = null || mr_vec_is_null(a, i);
            found = found || (!mr_vec_is_null(a, i) && contains(b, first_b, first_b + n_b, a, i));
        }
        for (int32_t i = first_b; i < first_b + n_b; i++)
            null = null || mr_vec_is_null(b, i);
        out->u8[row] = found;
        if (!found && null && n_a > 0 && n_b > 0)
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

/* --- joining ------------------------------------------------------------------------------------
 */

static mr_status resolve_join(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(want_array(r, 0, err));
    r->args[0].want =
        mr_type_array(r->arena, mr_type_of(MR_TYPE_STRING), r->args[0].type->fields[0].nullable);
    for (int i = 1; i < r->n_args; i++)
        r->args[i].want = mr_type_of(MR_TYPE_STRING);
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

MR_FN_EVAL(eval_join)
{
    const mr_vec *elements = &args[0]->children[0];
    mr_buf buf = { 0 };

    (void)err;
    MR_EACH(sel, row)
    {
        bool any = false;

        mr_buf_clear(&buf);
        for (int32_t i = first_of(args[0], row), k = size_of(args[0], row); k > 0; i++, k--) {
            bool null = mr_vec_is_null(elements, i);

            if (null && call->bound->n_args < 3)
                continue;
            if (any)
                mr_buf_add(&buf, MR_AT(args[1], str, row));
            mr_buf_add(&buf, null ? MR_AT(args[2], str, row) : MR_AT(elements, str, i));
            any = true;
        }
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
    return MR_OK;
}

static mr_status resolve_zip(mr_fn_resolve *r, mr_error *err)
{
    mr_field *fields = MR_NEW_ARRAY(r->arena, mr_field, r->n_args + 1);

    for (int i = 0; i < r->n_args; i++) {
        MR_TRY(want_array(r, i, err));
        fields[i] = (mr_field){
            mr_arena_printf(r->arena, "%d", i), r->args[i].type->fields[0].type, true, { NULL, 0 }
        };
    }
    r->result = mr_type_array(r->arena, mr_type_struct(r->arena, fields, r->n_args), false);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

MR_FN_EVAL(eval_zip)
{
    (void)err;
    EACH_ROW(sel, row, out, {
        mr_vec *structs = &out->children[0];
        int32_t longest = 0, at;

        for (int a = 0; a < call->bound->n_args; a++)
            longest = size_of(args[a], row) > longest ? size_of(args[a], row) : longest;
        for (int32_t i = 0; i < longest; i++) {
            at = structs->n;
            mr_vec_grow(structs, call->arena, at + 1);
            for (int a = 0; a < call->bound->n_args; a++) {
                if (i < size_of(args[a], row))
                    mr_nested_copy(&structs->children[a], at, &args[a]->children[0],
                                   first_of(args[a], row) + i, call->arena);
                else
                    mr_vec_set_null(&structs->children[a], call->arena, at);
            }
        }
    });
    return MR_OK;
}

/* --- sequence(start, stop[, step])
 * ---------------------------------------------------------------- */

static bool is_moment(const mr_type *t)
{
    return t->id == MR_TYPE_DATE || t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ;
}

static mr_status resolve_sequence(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *a = r->args[0].type, *b = r->args[1].type;
    const mr_type *common = mr_coerce_common(r->arena, a, b, r->ansi);

    if (common == NULL || !(mr_type_is_integral(common) || is_moment(common)))
        return mr_fn_mismatch_data(r, err);
    r->args[0].want = r->args[1].want = common;
    if (r->n_args == 3 && mr_type_is_integral(common))
        r->args[2].want = common;
    else if (r->n_args == 3 && r->args[2].type->id < MR_TYPE_INTERVAL_CALENDAR)
        return mr_fn_mismatch_arg(r, 2, "\"INTERVAL\"", err);
    r->result = mr_type_array(r->arena, common, false);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

static mr_status bad_sequence(mr_error *err, const mr_vec *const *args, int32_t row)
{
    mr_buf text[3] = { { 0 }, { 0 }, { 0 } };
    mr_status status;

    for (int i = 0; i < 3; i++)
        mr_print_value(args[i], row, mr_zone_utc(), "NULL", &text[i]);
    status = mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                           "requirement failed: Illegal sequence boundaries: %s to %s by %s",
                           mr_buf_cstr(&text[0]), mr_buf_cstr(&text[1]), mr_buf_cstr(&text[2]));
    for (int i = 0; i < 3; i++)
        mr_buf_free(&text[i]);
    return status;
}

static mr_status put_numbers(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                             mr_vec *out, mr_error *err)
{
    int64_t start = mr_fn_long_at(args[0], row), stop = mr_fn_long_at(args[1], row);
    int64_t step = call->bound->n_args == 3 ? mr_fn_long_at(args[2], row) : start <= stop ? 1 : -1;
    mr_vec *elements = &out->children[0];
    size_t width = mr_type_width(elements->type);
    mr_int128 n;

    if ((step == 0 && start != stop) || (step > 0 && start > stop) || (step < 0 && start < stop))
        return bad_sequence(err, args, row);
    n = step == 0 ? 1 : ((mr_int128)stop - start) / step + 1;
    if (n > LONGEST_SEQUENCE)
        return too_long(err);
    for (int64_t i = 0; i < (int64_t)n; i++) {
        int64_t v = start + i * step;

        mr_vec_grow(elements, call->arena, elements->n + 1);
        memcpy((char *)elements->data + width * (size_t)(elements->n - 1), &v, width);
    }
    return MR_OK;
}

static mr_interval step_at(const mr_fn_call *call, const mr_vec *const *args, int32_t row, bool up)
{
    const mr_vec *by = args[2];
    mr_interval v = { 0, up ? 1 : -1, 0 };
    int32_t at;

    if (call->bound->n_args < 3)
        return v;
    at = mr_vec_index(by, row);
    if (by->type->id == MR_TYPE_INTERVAL_CALENDAR)
        return by->interval[at];
    v = (mr_interval){ 0, 0, 0 };
    if (by->type->id == MR_TYPE_INTERVAL_YM) {
        v.months = by->i32[at];
    } else {
        v.days = (int32_t)(by->i64[at] / MR_US_PER_DAY);
        v.us = by->i64[at] % MR_US_PER_DAY;
    }
    return v;
}

static mr_status put_moments(const mr_fn_call *call, const mr_vec *const *args, int32_t row,
                             mr_vec *out, mr_error *err)
{
    bool dates = args[0]->type->id == MR_TYPE_DATE;
    int64_t unit = dates ? MR_US_PER_DAY : 1;
    int64_t start = mr_fn_long_at(args[0], row) * unit, stop = mr_fn_long_at(args[1], row) * unit;
    const mr_zone *zone = args[0]->type->id == MR_TYPE_TIMESTAMP ? call->bound->zone : NULL;
    mr_interval step = step_at(call, args, row, start <= stop);
    bool up = step.months > 0 || step.days > 0 || step.us > 0;
    mr_vec *elements = &out->children[0];
    int64_t at = start;

    if ((step.months | step.days | step.us) == 0 || (start != stop && up != (start < stop)))
        return bad_sequence(err, args, row);
    for (int64_t i = 1; up ? at <= stop : at >= stop; i++) {
        mr_interval by = { (int32_t)(step.months * i), (int32_t)(step.days * i), step.us * i };

        mr_vec_grow(elements, call->arena, elements->n + 1);
        if (dates)
            elements->i32[elements->n - 1] = (int32_t)(at / MR_US_PER_DAY);
        else
            elements->i64[elements->n - 1] = at;
        if (i > LONGEST_SEQUENCE)
            return too_long(err);
        if (!mr_arith_add_interval(start, by, zone, &at))
            break;
    }
    return MR_OK;
}

MR_FN_EVAL(eval_sequence)
{
    bool moments = is_moment(args[0]->type);
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        skip_to(out, &next, row);
        MR_TRY((moments ? put_moments : put_numbers)(call, args, row, out, err));
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

/* --- maps
 * ----------------------------------------------------------------------------------------- */

static mr_status check_key(const mr_fn_call *call, const mr_vec *keys, int32_t first, int32_t at,
                           mr_error *err)
{
    mr_buf text = { 0 };
    mr_status status;

    if (mr_vec_is_null(keys, at))
        return mr_raise(err, MR_EXC_RUNTIME, "NULL_MAP_KEY", NULL);
    if (!contains(keys, first, at, keys, at))
        return MR_OK;
    mr_print_value(keys, at, call->bound->zone, "null", &text);
    status = mr_raise(err, MR_EXC_RUNTIME, "DUPLICATED_MAP_KEY", "key", mr_buf_cstr(&text),
                      "mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\"", NULL);
    mr_buf_free(&text);
    return status;
}

static mr_status put_entry(const mr_fn_call *call, mr_vec *out, int32_t row, const mr_vec *keys,
                           int32_t key, const mr_vec *values, int32_t value, mr_error *err)
{
    mr_nested_append(out, 0, keys, key, call->arena);
    mr_nested_append(out, 1, values, value, call->arena);
    return check_key(call, &out->children[0], out->offsets[row], out->children[0].n - 1, err);
}

static mr_status resolve_from_arrays(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(want_array(r, 0, err));
    MR_TRY(want_array(r, 1, err));
    r->result = mr_type_map(r->arena, r->args[0].type->fields[0].type,
                            r->args[1].type->fields[0].type, r->args[1].type->fields[0].nullable);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

MR_FN_EVAL(eval_from_arrays)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        skip_to(out, &next, row);
        if (size_of(args[0], row) != size_of(args[1], row))
            return mr_raise_text(err, MR_EXC_RUNTIME, "_LEGACY_ERROR_TEMP_2180",
                                 "The key array and value array of MapData must have the same "
                                 "length.");
        for (int32_t i = 0; i < size_of(args[0], row); i++)
            MR_TRY(put_entry(call, out, row, &args[0]->children[0], first_of(args[0], row) + i,
                             &args[1]->children[0], first_of(args[1], row) + i, err));
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

static mr_status resolve_from_entries(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->id != MR_TYPE_ARRAY || t->fields[0].type->id != MR_TYPE_STRUCT ||
        t->fields[0].type->n_fields != 2)
        return mr_fn_mismatch_arg(r, 0, "\"ARRAY\" of pair \"STRUCT\"", err);
    t = t->fields[0].type;
    r->result = mr_type_map(r->arena, t->fields[0].type, t->fields[1].type, t->fields[1].nullable);
    r->nullable = r->args[0].nullable || r->args[0].type->fields[0].nullable;
    return MR_OK;
}

MR_FN_EVAL(eval_from_entries)
{
    const mr_vec *pairs = &args[0]->children[0];
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        bool null = false;

        skip_to(out, &next, row);
        for (int32_t i = 0; i < size_of(args[0], row); i++)
            null = null || mr_vec_is_null(pairs, first_of(args[0], row) + i);
        for (int32_t i = 0; !null && i < size_of(args[0], row); i++) {
            int32_t at = mr_vec_index(pairs, first_of(args[0], row) + i);

            MR_TRY(
                put_entry(call, out, row, &pairs->children[0], at, &pairs->children[1], at, err));
        }
        mr_nested_close(out, row);
        if (null)
            mr_fn_null(call, out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

static mr_status resolve_entries(mr_fn_resolve *r, mr_error *err)
{
    mr_field fields[2];

    if (r->args[0].type->id != MR_TYPE_MAP)
        return mr_fn_mismatch_arg(r, 0, "\"MAP\"", err);
    for (int i = 0; i < 2; i++) {
        fields[i] = r->args[0].type->fields[i];
        fields[i].name = i == 0 ? MR_STR("key") : MR_STR("value");
    }
    fields[0].nullable = false;
    r->result = mr_type_array(r->arena, mr_type_struct(r->arena, fields, 2), false);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

MR_FN_EVAL(eval_entries)
{
    (void)err;
    EACH_ROW(sel, row, out, {
        mr_vec *structs = &out->children[0];

        for (int32_t i = 0; i < size_of(args[0], row); i++) {
            int32_t at = structs->n;

            mr_vec_grow(structs, call->arena, at + 1);
            for (int c = 0; c < 2; c++)
                mr_nested_copy(&structs->children[c], at, &args[0]->children[c],
                               first_of(args[0], row) + i, call->arena);
        }
    });
    return MR_OK;
}

static mr_status resolve_concat(mr_fn_resolve *r, mr_error *err)
{
    for (int i = 0; i < r->n_args; i++)
        if (r->args[i].type->id != MR_TYPE_MAP)
            return mr_fn_mismatch_arg(r, i, "\"MAP\"", err);
    MR_TRY(mr_fn_resolve_common(r, 0, &r->result, err));
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

MR_FN_EVAL(eval_concat)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        skip_to(out, &next, row);
        for (int a = 0; a < call->bound->n_args; a++)
            for (int32_t i = 0; i < size_of(args[a], row); i++) {
                int32_t at = first_of(args[a], row) + i;

                MR_TRY(put_entry(call, out, row, &args[a]->children[0], at, &args[a]->children[1],
                                 at, err));
            }
        mr_nested_close(out, row);
    }
    skip_to(out, &next, out->n);
    return MR_OK;
}

static mr_status resolve_has_key(mr_fn_resolve *r, mr_error *err)
{
    if (r->args[0].type->id != MR_TYPE_MAP)
        return mr_fn_mismatch_arg(r, 0, "\"MAP\"", err);
    r->args[1].want = r->args[0].type->fields[0].type;
    r->result = mr_type_of(MR_TYPE_BOOLEAN);
    r->nullable = true;
    return MR_OK;
}

MR_FN_EVAL(eval_has_key)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    {
        int32_t first = first_of(args[0], row);

        out->u8[row] =
            contains(&args[0]->children[0], first, first + size_of(args[0], row), args[1], row);
    }
    return MR_OK;
}

#define FN(row_name, least, most, res, ev)                                                         \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .resolve = (res),             \
        .eval = (ev)                                                                               \
    }
#define RAISING(row_name, least, most, sig, res, ev)                                               \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .can_raise = true,            \
        .signature = (sig), .resolve = (res), .eval = (ev)                                         \
    }

static const mr_function rows[] = {
    { .name = "array_append",
      .min_args = 2,
      .max_args = 2,
      .sees_nulls = true,
      .resolve = resolve_extended,
      .eval = eval_append },
    FN("array_compact", 1, 1, resolve_compact, eval_compact),
    FN("array_except", 2, 2, resolve_sets, eval_except),
    { .name = "array_insert",
      .min_args = 3,
      .max_args = 3,
      .can_raise = true,
      .sees_nulls = true,
      .resolve = resolve_insert,
      .eval = eval_insert },
    FN("array_intersect", 2, 2, resolve_sets, eval_intersect),
    FN("array_join", 2, 3, resolve_join, eval_join),
    FN("array_position", 2, 2, resolve_position, eval_position),
    { .name = "array_prepend",
      .min_args = 2,
      .max_args = 2,
      .sees_nulls = true,
      .resolve = resolve_extended,
      .eval = eval_prepend },
    FN("array_remove", 2, 2, resolve_remove, eval_remove),
    { .name = "array_repeat",
      .min_args = 2,
      .max_args = 2,
      .sees_nulls = true,
      .signature = "ai:a",
      .resolve = resolve_repeat,
      .eval = eval_repeat },
    FN("array_size", 1, 1, resolve_size, eval_size),
    FN("array_union", 2, 2, resolve_sets, eval_union),
    FN("arrays_overlap", 2, 2, resolve_sets, eval_overlap),
    FN("arrays_zip", 1, -1, resolve_zip, eval_zip),
    FN("flatten", 1, 1, resolve_flatten, eval_flatten),
    RAISING("map_concat", 1, -1, NULL, resolve_concat, eval_concat),
    FN("map_contains_key", 2, 2, resolve_has_key, eval_has_key),
    FN("map_entries", 1, 1, resolve_entries, eval_entries),
    RAISING("map_from_arrays", 2, 2, NULL, resolve_from_arrays, eval_from_arrays),
    RAISING("map_from_entries", 1, 1, NULL, resolve_from_entries, eval_from_entries),
    RAISING("sequence", 2, 3, NULL, resolve_sequence, eval_sequence),
    RAISING("slice", 3, 3, "Aii:a", resolve_slice, eval_slice),
};

MR_FN_GROUP(mr_fn_array_group, rows);
