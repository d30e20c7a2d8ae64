/* coerce.c - the common type of two, and which casts happen silently.
 *
 * ANSI: strings give way to the other side; legacy: the other side becomes a string.
 */
#include "function/fn_priv.h"

#define MAX_PRECISION 38

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

const mr_type *mr_fn_decimal_bounded(mr_arena *arena, int precision, int scale)
{
    return mr_type_decimal(arena, min_int(precision, MAX_PRECISION), min_int(scale, MAX_PRECISION));
}

static int digits_of(mr_int128 v)
{
    int n = 1;

    for (; v > 9 || v < -9; v /= 10)
        n++;
    return n;
}

const mr_type *mr_fn_decimal_for(mr_arena *arena, const mr_type *type, const mr_fn_arg *arg)
{
    if (type->id == MR_TYPE_DECIMAL)
        return type;
    if (arg != NULL && arg->is_literal && !arg->literal.is_null && mr_type_is_integral(type))
        return mr_type_decimal(arena, digits_of(arg->literal.i64), 0);
    switch (type->id) {
    case MR_TYPE_BYTE:
        return mr_type_decimal(arena, 3, 0);
    case MR_TYPE_SHORT:
        return mr_type_decimal(arena, 5, 0);
    case MR_TYPE_INT:
        return mr_type_decimal(arena, 10, 0);
    case MR_TYPE_LONG:
        return mr_type_decimal(arena, 20, 0);
    default:
        return NULL;
    }
}

/* Room for the digits of both on either side of the point; fraction digits go first. */
static const mr_type *wider_decimal(mr_arena *arena, const mr_type *a, const mr_type *b)
{
    int scale = max_int(a->scale, b->scale);
    int range = max_int(a->precision - a->scale, b->precision - b->scale);

    if (range + scale > MAX_PRECISION)
        scale = max_int(0, MAX_PRECISION - range);
    return mr_fn_decimal_bounded(arena, range + scale, scale);
}

static const mr_type *common_number(mr_arena *arena, const mr_type *a, const mr_type *b, bool ansi)
{
    bool has_float = a->id == MR_TYPE_FLOAT || b->id == MR_TYPE_FLOAT;

    if (a->id == MR_TYPE_DECIMAL || b->id == MR_TYPE_DECIMAL) {
        const mr_type *da = mr_fn_decimal_for(arena, a, NULL);
        const mr_type *db = mr_fn_decimal_for(arena, b, NULL);

        return da == NULL || db == NULL ? mr_type_of(MR_TYPE_DOUBLE) : wider_decimal(arena, da, db);
    }
    if (ansi && has_float && a->id != b->id)
        return mr_type_of(MR_TYPE_DOUBLE);
    return a->id > b->id ? a : b;
}

static bool is_time(const mr_type *t)
{
    return t->id == MR_TYPE_DATE || t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ;
}

static bool is_atomic(const mr_type *t)
{
    return t->id >= MR_TYPE_BOOLEAN && t->id <= MR_TYPE_INTERVAL_DT;
}

static const mr_type *common_time(const mr_type *a, const mr_type *b)
{
    if (a->id == MR_TYPE_TIMESTAMP || b->id == MR_TYPE_TIMESTAMP)
        return mr_type_of(MR_TYPE_TIMESTAMP);
    return mr_type_of(MR_TYPE_TIMESTAMP_NTZ);
}

static const mr_type *common_with_string(const mr_type *other, bool ansi)
{
    if (mr_type_is_string(other))
        return mr_type_of(MR_TYPE_STRING);
    if (!ansi)
        return other->id == MR_TYPE_BINARY || other->id == MR_TYPE_BOOLEAN || !is_atomic(other)
                   ? NULL
                   : mr_type_of(MR_TYPE_STRING);
    if (mr_type_is_integral(other))
        return mr_type_of(MR_TYPE_LONG);
    if (mr_type_is_numeric(other))
        return mr_type_of(MR_TYPE_DOUBLE);
    return is_atomic(other) ? other : NULL;
}

static mr_type *interval_over(mr_arena *arena, const mr_type *a, const mr_type *b)
{
    mr_type *out = MR_NEW(arena, mr_type);

    *out = *a;
    out->start_field = (uint8_t)min_int(a->start_field, b->start_field);
    out->end_field = (uint8_t)max_int(a->end_field, b->end_field);
    return out;
}

static const mr_type *common_struct(mr_arena *arena, const mr_type *a, const mr_type *b, bool ansi)
{
    mr_field *fields;

    if (a->n_fields != b->n_fields)
        return NULL;
    fields = MR_NEW_ARRAY(arena, mr_field, a->n_fields);
    for (int i = 0; i < a->n_fields; i++) {
        fields[i] = a->fields[i];
        if (!mr_str_equal_nocase(a->fields[i].name, b->fields[i].name))
            return NULL;
        fields[i].type = mr_coerce_common(arena, a->fields[i].type, b->fields[i].type, ansi);
        fields[i].nullable = a->fields[i].nullable || b->fields[i].nullable;
        if (fields[i].type == NULL)
            return NULL;
    }
    return mr_type_struct(arena, fields, a->n_fields);
}

static const mr_type *common_list(mr_arena *arena, const mr_type *a, const mr_type *b, bool ansi)
{
    const mr_type *parts[2] = { NULL, NULL };

    for (int i = 0; i < a->n_fields; i++) {
        parts[i] = mr_coerce_common(arena, a->fields[i].type, b->fields[i].type, ansi);
        if (parts[i] == NULL)
            return NULL;
    }
    if (a->id == MR_TYPE_ARRAY)
        return mr_type_array(arena, parts[0], a->fields[0].nullable || b->fields[0].nullable);
    return mr_type_map(arena, parts[0], parts[1], a->fields[1].nullable || b->fields[1].nullable);
}

const mr_type *mr_coerce_common(mr_arena *arena, const mr_type *a, const mr_type *b, bool ansi)
{
    if (a->id == MR_TYPE_NULL)
        return b;
    if (b->id == MR_TYPE_NULL || mr_type_equal(a, b))
        return a;
    if (mr_type_is_numeric(a) && mr_type_is_numeric(b))
        return common_number(arena, a, b, ansi);
    if (is_time(a) && is_time(b))
        return common_time(a, b);
    if (mr_type_is_string(a) || mr_type_is_string(b))
        return common_with_string(mr_type_is_string(a) ? b : a, ansi);
    if (a->id != b->id)
        return NULL;
    if (a->id == MR_TYPE_INTERVAL_YM || a->id == MR_TYPE_INTERVAL_DT)
        return interval_over(arena, a, b);
    if (a->id == MR_TYPE_STRUCT)
        return common_struct(arena, a, b, ansi);
    return a->id == MR_TYPE_ARRAY || a->id == MR_TYPE_MAP ? common_list(arena, a, b, ansi) : NULL;
}

bool mr_coerce_implicit(const mr_type *from, const mr_type *to, bool ansi)
{
    if (from->id == MR_TYPE_NULL || mr_type_equal(from, to))
        return true;
    if (mr_type_is_numeric(from) && mr_type_is_numeric(to))
        return !ansi || to->id > from->id || (mr_type_is_integral(from) && to->id >= MR_TYPE_INT);
    if (is_time(from) && is_time(to))
        return true;
    if (mr_type_is_string(from))
        return is_atomic(to) && (ansi || to->id != MR_TYPE_BOOLEAN);
    if (mr_type_is_string(to))
        return is_atomic(from);
    if (from->id != to->id || from->n_fields != to->n_fields || from->n_fields == 0)
        return from->id == to->id && from->n_fields == 0 && to->n_fields == 0 &&
               (from->id == MR_TYPE_INTERVAL_DT || from->id == MR_TYPE_INTERVAL_YM);
    for (int i = 0; i < from->n_fields; i++)
        if (!mr_coerce_implicit(from->fields[i].type, to->fields[i].type, ansi))
            return false;
    return true;
}
