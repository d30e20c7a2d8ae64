/* type.c - making, copying and comparing types. */
#include "column/type.h"

#define PLAIN(type_id) [type_id] = { .id = (type_id) }

static const mr_type plain_types[] = {
    PLAIN(MR_TYPE_NULL),
    PLAIN(MR_TYPE_BOOLEAN),
    PLAIN(MR_TYPE_BYTE),
    PLAIN(MR_TYPE_SHORT),
    PLAIN(MR_TYPE_INT),
    PLAIN(MR_TYPE_LONG),
    PLAIN(MR_TYPE_FLOAT),
    PLAIN(MR_TYPE_DOUBLE),
    [MR_TYPE_DECIMAL] = { .id = MR_TYPE_DECIMAL, .precision = 10, .scale = 0 },
    PLAIN(MR_TYPE_STRING),
    [MR_TYPE_CHAR] = { .id = MR_TYPE_CHAR, .length = 1 },
    [MR_TYPE_VARCHAR] = { .id = MR_TYPE_VARCHAR, .length = 1 },
    PLAIN(MR_TYPE_BINARY),
    PLAIN(MR_TYPE_DATE),
    PLAIN(MR_TYPE_TIMESTAMP),
    PLAIN(MR_TYPE_TIMESTAMP_NTZ),
    PLAIN(MR_TYPE_INTERVAL_CALENDAR),
    [MR_TYPE_INTERVAL_YM] = { .id = MR_TYPE_INTERVAL_YM, .start_field = 0, .end_field = 1 },
    [MR_TYPE_INTERVAL_DT] = { .id = MR_TYPE_INTERVAL_DT, .start_field = 0, .end_field = 3 },
    PLAIN(MR_TYPE_ARRAY),
    PLAIN(MR_TYPE_STRUCT),
    PLAIN(MR_TYPE_MAP),
};

const mr_type *mr_type_of(mr_type_id id)
{
    MR_ASSERT(id != MR_TYPE_ARRAY && id != MR_TYPE_MAP);
    return &plain_types[id];
}

const mr_type *mr_type_decimal(mr_arena *arena, int precision, int scale)
{
    mr_type *type = MR_NEW(arena, mr_type);

    MR_ASSERT(precision >= 1 && precision <= 38);
    MR_ASSERT(scale >= -38 && scale <= precision);
    type->id = MR_TYPE_DECIMAL;
    type->precision = (uint8_t)precision;
    type->scale = (int8_t)scale;
    return type;
}

static const mr_type *nested(mr_arena *arena, mr_type_id id, const mr_field *fields, int n_fields)
{
    mr_type *type = MR_NEW(arena, mr_type);
    mr_field *copy = MR_NEW_ARRAY(arena, mr_field, n_fields);

    if (n_fields > 0)
        memcpy(copy, fields, sizeof(*copy) * (size_t)n_fields);
    type->id = id;
    type->n_fields = n_fields;
    type->fields = copy;
    return type;
}

const mr_type *mr_type_array(mr_arena *arena, const mr_type *element, bool contains_null)
{
    const mr_field field = { .name = MR_STR("element"),
                             .type = element,
                             .nullable = contains_null };

    return nested(arena, MR_TYPE_ARRAY, &field, 1);
}

const mr_type *mr_type_map(mr_arena *arena, const mr_type *key, const mr_type *value,
                           bool value_contains_null)
{
    const mr_field fields[2] = {
        { .name = MR_STR("key"), .type = key, .nullable = false },
        { .name = MR_STR("value"), .type = value, .nullable = value_contains_null },
    };

    return nested(arena, MR_TYPE_MAP, fields, 2);
}

const mr_type *mr_type_struct(mr_arena *arena, const mr_field *fields, int n_fields)
{
    MR_ASSERT(n_fields >= 0);
    return nested(arena, MR_TYPE_STRUCT, fields, n_fields);
}

const mr_type *mr_type_copy(mr_arena *arena, const mr_type *type)
{
    mr_type *copy = MR_NEW(arena, mr_type);
    mr_field *fields;

    *copy = *type;
    if (type->n_fields == 0) {
        copy->fields = NULL;
        return copy;
    }
    fields = MR_NEW_ARRAY(arena, mr_field, type->n_fields);
    for (int i = 0; i < type->n_fields; i++) {
        fields[i].name = mr_arena_str(arena, type->fields[i].name);
        fields[i].type = mr_type_copy(arena, type->fields[i].type);
        fields[i].nullable = type->fields[i].nullable;
        fields[i].metadata = mr_arena_str(arena, type->fields[i].metadata);
    }
    copy->fields = fields;
    return copy;
}

bool mr_type_equal(const mr_type *a, const mr_type *b)
{
    if (a == b)
        return true;
    if (a->id != b->id || a->precision != b->precision || a->scale != b->scale ||
        a->start_field != b->start_field || a->end_field != b->end_field ||
        a->length != b->length || a->n_fields != b->n_fields)
        return false;
    for (int i = 0; i < a->n_fields; i++) {
        if (a->id == MR_TYPE_STRUCT && !mr_str_equal(a->fields[i].name, b->fields[i].name))
            return false;
        if (!mr_type_equal(a->fields[i].type, b->fields[i].type))
            return false;
    }
    return true;
}

const mr_type *mr_type_force_nullable(mr_arena *arena, const mr_type *type)
{
    mr_type *copy;
    mr_field *fields;

    if (type->n_fields == 0)
        return type;
    copy = MR_NEW(arena, mr_type);
    fields = MR_NEW_ARRAY(arena, mr_field, type->n_fields);
    *copy = *type;
    for (int i = 0; i < type->n_fields; i++) {
        bool is_key = type->id == MR_TYPE_MAP && i == 0;

        fields[i] = type->fields[i];
        fields[i].type = mr_type_force_nullable(arena, type->fields[i].type);
        fields[i].nullable = !is_key;
    }
    copy->fields = fields;
    return copy;
}

int mr_type_field(const mr_type *type, mr_str name, bool case_sensitive)
{
    for (int i = 0; i < type->n_fields; i++) {
        mr_str other = type->fields[i].name;

        if (case_sensitive ? mr_str_equal(other, name) : mr_str_equal_nocase(other, name))
            return i;
    }
    return -1;
}

size_t mr_type_width(const mr_type *type)
{
    static const uint8_t width[] = {
        [MR_TYPE_NULL] = 0,
        [MR_TYPE_BOOLEAN] = 1,
        [MR_TYPE_BYTE] = 1,
        [MR_TYPE_SHORT] = 2,
        [MR_TYPE_INT] = 4,
        [MR_TYPE_LONG] = 8,
        [MR_TYPE_FLOAT] = 4,
        [MR_TYPE_DOUBLE] = 8,
        [MR_TYPE_DECIMAL] = 16,
        [MR_TYPE_STRING] = sizeof(mr_str),
        [MR_TYPE_CHAR] = sizeof(mr_str),
        [MR_TYPE_VARCHAR] = sizeof(mr_str),
        [MR_TYPE_BINARY] = sizeof(mr_str),
        [MR_TYPE_DATE] = 4,
        [MR_TYPE_TIMESTAMP] = 8,
        [MR_TYPE_TIMESTAMP_NTZ] = 8,
        [MR_TYPE_INTERVAL_CALENDAR] = 16,
        [MR_TYPE_INTERVAL_YM] = 4,
        [MR_TYPE_INTERVAL_DT] = 8,
        [MR_TYPE_ARRAY] = 0,
        [MR_TYPE_STRUCT] = 0,
        [MR_TYPE_MAP] = 0,
    };

    MR_ASSERT((size_t)type->id < sizeof(width));
    return width[type->id];
}
