/* scalar.c - single values to and from vectors. */
#include "column/scalar.h"

mr_scalar mr_scalar_null(const mr_type *type)
{
    return (mr_scalar){ .type = type, .is_null = true };
}

mr_scalar mr_scalar_long(int64_t v)
{
    return (mr_scalar){ .type = mr_type_of(MR_TYPE_LONG), .i64 = v };
}

mr_scalar mr_scalar_int(int32_t v)
{
    return (mr_scalar){ .type = mr_type_of(MR_TYPE_INT), .i64 = v };
}

mr_scalar mr_scalar_bool(bool v)
{
    return (mr_scalar){ .type = mr_type_of(MR_TYPE_BOOLEAN), .i64 = v };
}

mr_scalar mr_scalar_double(double v)
{
    return (mr_scalar){ .type = mr_type_of(MR_TYPE_DOUBLE), .f64 = v };
}

mr_scalar mr_scalar_string(mr_str v)
{
    return (mr_scalar){ .type = mr_type_of(MR_TYPE_STRING), .str = v };
}

static void get_value(const mr_vec *vec, int32_t at, mr_scalar *out)
{
    switch (vec->type->id) {
    case MR_TYPE_NULL:
        break;
    case MR_TYPE_BOOLEAN:
        out->i64 = vec->u8[at] != 0;
        break;
    case MR_TYPE_BYTE:
        out->i64 = vec->i8[at];
        break;
    case MR_TYPE_SHORT:
        out->i64 = vec->i16[at];
        break;
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        out->i64 = vec->i32[at];
        break;
    case MR_TYPE_LONG:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
    case MR_TYPE_INTERVAL_DT:
        out->i64 = vec->i64[at];
        break;
    case MR_TYPE_FLOAT:
        out->f64 = (double)vec->f32[at];
        break;
    case MR_TYPE_DOUBLE:
        out->f64 = vec->f64[at];
        break;
    case MR_TYPE_DECIMAL:
        out->i128 = vec->i128[at];
        break;
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        out->str = vec->str[at];
        break;
    case MR_TYPE_INTERVAL_CALENDAR:
        out->interval = vec->interval[at];
        break;
    case MR_TYPE_ARRAY:
    case MR_TYPE_STRUCT:
    case MR_TYPE_MAP:
        out->nested = vec;
        out->row = at;
        break;
    }
}

mr_scalar mr_scalar_get(const mr_vec *vec, int32_t row)
{
    mr_scalar out = { .type = vec->type, .is_null = mr_vec_is_null(vec, row) };

    MR_ASSERT(row >= 0);
    if (!out.is_null)
        get_value(vec, mr_vec_index(vec, row), &out);
    return out;
}

static void put_value(const mr_scalar *scalar, mr_vec *out)
{
    switch (scalar->type->id) {
    case MR_TYPE_BOOLEAN:
        out->u8[0] = scalar->i64 != 0;
        break;
    case MR_TYPE_BYTE:
        out->i8[0] = (int8_t)scalar->i64;
        break;
    case MR_TYPE_SHORT:
        out->i16[0] = (int16_t)scalar->i64;
        break;
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        out->i32[0] = (int32_t)scalar->i64;
        break;
    case MR_TYPE_LONG:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
    case MR_TYPE_INTERVAL_DT:
        out->i64[0] = scalar->i64;
        break;
    case MR_TYPE_FLOAT:
        out->f32[0] = (float)scalar->f64;
        break;
    case MR_TYPE_DOUBLE:
        out->f64[0] = scalar->f64;
        break;
    case MR_TYPE_DECIMAL:
        out->i128[0] = scalar->i128;
        break;
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        out->str[0] = scalar->str;
        break;
    case MR_TYPE_INTERVAL_CALENDAR:
        out->interval[0] = scalar->interval;
        break;
    case MR_TYPE_NULL:
    case MR_TYPE_ARRAY:
    case MR_TYPE_STRUCT:
    case MR_TYPE_MAP:
        break;
    }
}

static bool is_nested(const mr_type *type)
{
    return type->id == MR_TYPE_ARRAY || type->id == MR_TYPE_STRUCT || type->id == MR_TYPE_MAP;
}

void mr_scalar_to_vec(mr_scalar scalar, mr_vec *out, mr_arena *arena, int32_t n)
{
    if (scalar.is_null) {
        mr_vec_init_null(out, arena, scalar.type, n);
        return;
    }
    if (is_nested(scalar.type)) {
        mr_vec_gather(out, scalar.nested, (mr_sel){ &scalar.row, 1 }, arena, false);
    } else {
        mr_vec_init(out, arena, scalar.type, 1);
        put_value(&scalar, out);
    }
    out->n = n;
    out->constant = true;
}

mr_scalar mr_scalar_copy(mr_arena *arena, mr_scalar scalar)
{
    mr_scalar copy = scalar;

    copy.type = mr_type_copy(arena, scalar.type);
    if (scalar.is_null)
        return copy;
    if (is_nested(scalar.type)) {
        mr_vec *vec = MR_NEW(arena, mr_vec);

        mr_vec_gather(vec, scalar.nested, (mr_sel){ &scalar.row, 1 }, arena, true);
        vec->type = copy.type;
        copy.nested = vec;
        copy.row = 0;
    } else if (mr_type_is_string(scalar.type) || scalar.type->id == MR_TYPE_BINARY) {
        copy.str = mr_arena_str(arena, scalar.str);
    }
    return copy;
}
