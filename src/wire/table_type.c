/* table_type.c - DataType <-> mr_type. */
#include "wire/tables.h"

/* Numbers of DataType's fields. */
enum {
    K_NULL = 1,
    K_BINARY,
    K_BOOLEAN,
    K_BYTE,
    K_SHORT,
    K_INTEGER,
    K_LONG,
    K_FLOAT,
    K_DOUBLE,
    K_DECIMAL,
    K_STRING,
    K_CHAR,
    K_VAR_CHAR,
    K_DATE,
    K_TIMESTAMP,
    K_TIMESTAMP_NTZ,
    K_CALENDAR_INTERVAL,
    K_YEAR_MONTH_INTERVAL,
    K_DAY_TIME_INTERVAL,
    K_ARRAY,
    K_STRUCT,
    K_MAP,
    K_UDT,
    K_UNPARSED,
    K_OTHER = 1000
};

/* A DataType message, whatever its kind. */
typedef struct form {
    int kind;
    int number; /* of a kind that is not known here */
    int32_t precision;
    int32_t scale;
    bool has_precision;
    bool has_scale;
    int32_t length;
    int32_t start_field;
    int32_t end_field;
    bool has_start_field;
    bool has_end_field;
    bool nullable; /* elements, values */
    mr_str text;   /* collation, or unparsed DDL */
    const mr_type *type[2];
    mr_field *fields;
    int n_fields;
} form;

#define AT(member) MR_AT(form, member)
#define KIND(num, text, choice, table)                                                             \
    MR_FIELD(num, text, SELF, MR_CHOOSES(form, kind, choice), .sub = &(table))

static const mr_pb_table nothing = { .size = sizeof(form) };

static const mr_pb_field decimal_fields[] = {
    MR_FIELD(1, "scale", I32, MR_IF(form, scale)),
    MR_FIELD(2, "precision", I32, MR_IF(form, precision)),
};
static const mr_pb_table decimal = MR_TABLE("DataType.Decimal", form, decimal_fields);

static const mr_pb_field string_fields[] = { MR_FIELD(2, "collation", STRING, AT(text)) };
static const mr_pb_table string = MR_TABLE("DataType.String", form, string_fields);

static const mr_pb_field length_fields[] = { MR_FIELD(1, "length", I32, AT(length)) };
static const mr_pb_table char_table = MR_TABLE("DataType.Char", form, length_fields);
static const mr_pb_table var_char = MR_TABLE("DataType.VarChar", form, length_fields);

static const mr_pb_field interval_fields[] = {
    MR_FIELD(1, "start_field", I32, MR_IF(form, start_field)),
    MR_FIELD(2, "end_field", I32, MR_IF(form, end_field)),
};
static const mr_pb_table year_month = MR_TABLE("DataType.YearMonthInterval", form, interval_fields);
static const mr_pb_table day_time = MR_TABLE("DataType.DayTimeInterval", form, interval_fields);

static const mr_pb_field array_fields[] = {
    MR_FIELD(1, "element_type", EMBED, AT(type[0]), .sub = &mr_wire_type),
    MR_FIELD(2, "contains_null", BOOL, AT(nullable)),
};
static const mr_pb_table array = MR_TABLE("DataType.Array", form, array_fields);

static const mr_pb_field map_fields[] = {
    MR_FIELD(1, "key_type", EMBED, AT(type[0]), .sub = &mr_wire_type),
    MR_FIELD(2, "value_type", EMBED, AT(type[1]), .sub = &mr_wire_type),
    MR_FIELD(3, "value_contains_null", BOOL, AT(nullable)),
};
static const mr_pb_table map = MR_TABLE("DataType.Map", form, map_fields);

static const mr_pb_field field_fields[] = {
    MR_FIELD(1, "name", STRING, MR_AT(mr_field, name)),
    MR_FIELD(2, "data_type", EMBED, MR_AT(mr_field, type), .sub = &mr_wire_type),
    MR_FIELD(3, "nullable", BOOL, MR_AT(mr_field, nullable)),
    MR_FIELD(4, "metadata", STRING, MR_AT(mr_field, metadata)),
};
static const mr_pb_table field_table = MR_TABLE("DataType.StructField", mr_field, field_fields);

static const mr_pb_field struct_fields[] = {
    MR_FIELD(1, "fields", STRUCTS, MR_ARRAY(form, fields), .sub = &field_table),
};
static const mr_pb_table struct_table = MR_TABLE("DataType.Struct", form, struct_fields);

static const mr_pb_field unparsed_fields[] = { MR_FIELD(1, "data_type_string", STRING, AT(text)) };
static const mr_pb_table unparsed = MR_TABLE("DataType.Unparsed", form, unparsed_fields);

static const mr_pb_field type_fields[] = {
    KIND(1, "null", K_NULL, nothing),
    KIND(2, "binary", K_BINARY, nothing),
    KIND(3, "boolean", K_BOOLEAN, nothing),
    KIND(4, "byte", K_BYTE, nothing),
    KIND(5, "short", K_SHORT, nothing),
    KIND(6, "integer", K_INTEGER, nothing),
    KIND(7, "long", K_LONG, nothing),
    KIND(8, "float", K_FLOAT, nothing),
    KIND(9, "double", K_DOUBLE, nothing),
    KIND(10, "decimal", K_DECIMAL, decimal),
    KIND(11, "string", K_STRING, string),
    KIND(12, "char", K_CHAR, char_table),
    KIND(13, "var_char", K_VAR_CHAR, var_char),
    KIND(14, "date", K_DATE, nothing),
    KIND(15, "timestamp", K_TIMESTAMP, nothing),
    KIND(16, "timestamp_ntz", K_TIMESTAMP_NTZ, nothing),
    KIND(17, "calendar_interval", K_CALENDAR_INTERVAL, nothing),
    KIND(18, "year_month_interval", K_YEAR_MONTH_INTERVAL, year_month),
    KIND(19, "day_time_interval", K_DAY_TIME_INTERVAL, day_time),
    KIND(20, "array", K_ARRAY, array),
    KIND(21, "struct", K_STRUCT, struct_table),
    KIND(22, "map", K_MAP, map),
    KIND(24, "unparsed", K_UNPARSED, unparsed),
};

/* Kinds without parameters. */
static const int8_t plain_ids[] = {
    [K_NULL] = MR_TYPE_NULL,
    [K_BINARY] = MR_TYPE_BINARY,
    [K_BOOLEAN] = MR_TYPE_BOOLEAN,
    [K_BYTE] = MR_TYPE_BYTE,
    [K_SHORT] = MR_TYPE_SHORT,
    [K_INTEGER] = MR_TYPE_INT,
    [K_LONG] = MR_TYPE_LONG,
    [K_FLOAT] = MR_TYPE_FLOAT,
    [K_DOUBLE] = MR_TYPE_DOUBLE,
    [K_DECIMAL] = MR_TYPE_DECIMAL,
    [K_STRING] = MR_TYPE_STRING,
    [K_CHAR] = MR_TYPE_CHAR,
    [K_VAR_CHAR] = MR_TYPE_VARCHAR,
    [K_DATE] = MR_TYPE_DATE,
    [K_TIMESTAMP] = MR_TYPE_TIMESTAMP,
    [K_TIMESTAMP_NTZ] = MR_TYPE_TIMESTAMP_NTZ,
    [K_CALENDAR_INTERVAL] = MR_TYPE_INTERVAL_CALENDAR,
    [K_YEAR_MONTH_INTERVAL] = MR_TYPE_INTERVAL_YM,
    [K_DAY_TIME_INTERVAL] = MR_TYPE_INTERVAL_DT,
    [K_ARRAY] = MR_TYPE_ARRAY,
    [K_STRUCT] = MR_TYPE_STRUCT,
    [K_MAP] = MR_TYPE_MAP,
};

static mr_status invalid(mr_error *err, const char *what)
{
    return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "Invalid data type in the plan: %s", what);
}

static mr_status load_decimal(mr_pb_reader *reader, const form *f, const mr_type **out,
                              mr_error *err)
{
    int precision = f->has_precision ? f->precision : 10;
    int scale = f->has_scale ? f->scale : 0;

    if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
        return invalid(err, "decimal");
    *out = mr_type_decimal(reader->arena, precision, scale);
    return MR_OK;
}

/* A copy of the plain type with parameters. */
static mr_status load_with(mr_pb_reader *reader, const form *f, const mr_type **out, mr_error *err)
{
    int last = f->kind == K_YEAR_MONTH_INTERVAL ? 1 : 3;
    int from = f->has_start_field ? f->start_field : 0;
    int to = f->has_end_field ? f->end_field : f->has_start_field ? from : last;
    mr_type *type;

    if (from < 0 || to < from || to > last || f->length < 0)
        return invalid(err, "interval or length");
    MR_TRY(mr_pb_alloc(reader, sizeof(*type), (void **)&type, err));
    *type = *mr_type_of((mr_type_id)plain_ids[f->kind]);
    if (f->kind == K_CHAR || f->kind == K_VAR_CHAR) {
        type->length = f->length;
    } else {
        type->start_field = (uint8_t)from;
        type->end_field = (uint8_t)to;
    }
    *out = type;
    return MR_OK;
}

static mr_status load_struct(mr_pb_reader *reader, const form *f, const mr_type **out,
                             mr_error *err)
{
    for (int i = 0; i < f->n_fields; i++)
        if (f->fields[i].type == NULL)
            return invalid(err, "a field without a type");
    *out = mr_type_struct(reader->arena, f->fields, f->n_fields);
    return MR_OK;
}

static mr_status load_type(mr_pb_reader *reader, const void *from, void *object, mr_error *err)
{
    const form *f = from;
    const mr_type **out = object;

    switch (f->kind) {
    case K_DECIMAL:
        return load_decimal(reader, f, out, err);
    case K_CHAR:
    case K_VAR_CHAR:
    case K_YEAR_MONTH_INTERVAL:
    case K_DAY_TIME_INTERVAL:
        return load_with(reader, f, out, err);
    case K_ARRAY:
        if (f->type[0] == NULL)
            return invalid(err, "an array without an element type");
        *out = mr_type_array(reader->arena, f->type[0], f->nullable);
        return MR_OK;
    case K_MAP:
        if (f->type[0] == NULL || f->type[1] == NULL)
            return invalid(err, "a map without a key or value type");
        *out = mr_type_map(reader->arena, f->type[0], f->type[1], f->nullable);
        return MR_OK;
    case K_STRUCT:
        return load_struct(reader, f, out, err);
    case K_UNPARSED:
        return mr_type_parse_ddl(reader->arena, f->text, out, err);
    case K_OTHER:
        return mr_fail(err, MR_UNSUPPORTED, "data type number %d is not supported", f->number);
    default:
        if (f->kind == K_STRING && f->text.len > 0 && !mr_str_is(f->text, "UTF8_BINARY"))
            return mr_fail(err, MR_UNSUPPORTED, "collation %.*s is not supported",
                           MR_STR_ARG(f->text));
        *out = mr_type_of((mr_type_id)plain_ids[f->kind]);
        return MR_OK;
    }
}

static int kind_of(mr_type_id id)
{
    for (int kind = K_NULL; kind <= K_MAP; kind++)
        if (plain_ids[kind] == (int8_t)id)
            return kind;
    return K_NULL;
}

static mr_status store_type(mr_arena *arena, const void *object, void *to, mr_error *err)
{
    const mr_type *type = *(const mr_type *const *)object;
    form *f = to;

    (void)arena;
    if (type == NULL)
        return mr_fail(err, MR_INTERNAL, "a data type is missing");
    f->kind = kind_of(type->id);
    f->precision = type->precision;
    f->scale = type->scale;
    f->has_precision = f->has_scale = true;
    f->length = type->length;
    f->start_field = type->start_field;
    f->end_field = type->end_field;
    f->has_start_field = f->has_end_field = true;
    if (f->kind == K_ARRAY || f->kind == K_MAP) {
        f->type[0] = type->fields[0].type;
        f->type[1] = type->fields[type->n_fields - 1].type;
        f->nullable = type->fields[type->n_fields - 1].nullable;
    } else if (f->kind == K_STRUCT) {
        f->n_fields = type->n_fields;
        f->fields = MR_NEW_ARRAY(arena, mr_field, type->n_fields);
        if (type->n_fields > 0)
            memcpy(f->fields, type->fields, sizeof(mr_field) * (size_t)type->n_fields);
    }
    return MR_OK;
}

const mr_pb_table mr_wire_type = {
    .name = "DataType",
    .size = sizeof(const mr_type *),
    .fields = type_fields,
    .n_fields = (int)(sizeof(type_fields) / sizeof(type_fields[0])),
    .chooses = true,
    .selector = offsetof(form, kind),
    .other = K_OTHER,
    .number = offsetof(form, number),
    .form_size = sizeof(form),
    .load = load_type,
    .store = store_type,
};
