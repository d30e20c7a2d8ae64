/* table_literal.c - Expression.Literal <-> MR_X_LITERAL. */
#include "value/number.h"
#include "wire/tables.h"

/* Numbers of Literal's fields. */
enum {
    L_NULL = 1,
    L_BINARY = 2,
    L_BOOLEAN = 3,
    L_BYTE = 4,
    L_SHORT = 5,
    L_INTEGER = 6,
    L_LONG = 7,
    L_FLOAT = 10,
    L_DOUBLE = 11,
    L_DECIMAL = 12,
    L_STRING = 13,
    L_DATE = 16,
    L_TIMESTAMP = 17,
    L_TIMESTAMP_NTZ = 18,
    L_CALENDAR = 19,
    L_YEAR_MONTH = 20,
    L_DAY_TIME = 21,
    L_ARRAY = 22,
    L_MAP = 23,
    L_STRUCT = 24,
    L_SPECIALIZED = 25,
    L_OTHER = 1000
};

/* Numbers of SpecializedArray's fields. */
enum { S_BOOLS = 1, S_INTS, S_LONGS, S_FLOATS, S_DOUBLES, S_STRINGS };

typedef struct form {
    int kind;
    int number;
    int special;
    bool flag;
    int32_t i32;
    int64_t i64;
    double f64;
    mr_str str;
    int32_t precision;
    int32_t scale;
    bool has_precision;
    bool has_scale;
    int32_t months;
    int32_t days;
    const mr_type *type; /* null's, data_type, struct_type */
    const mr_type *element[2];
    mr_xexpr **items; /* elements, keys */
    int n_items;
    mr_xexpr **values;
    int n_values;
    int64_t *longs;
    int n_longs;
    double *doubles;
    int n_doubles;
    mr_str *strings;
    int n_strings;
} form;

#define AT(member)       MR_AT(form, member)
#define IS(choice)       MR_CHOOSES(form, kind, choice)
#define LITERALS(member) MR_ARRAY(form, member), .sub = &mr_wire_literal
#define SPECIAL(choice)  MR_CHOOSES(form, special, choice)

static const mr_pb_field decimal_fields[] = {
    MR_FIELD(1, "value", STRING, AT(str)),
    MR_FIELD(2, "precision", I32, MR_IF(form, precision)),
    MR_FIELD(3, "scale", I32, MR_IF(form, scale)),
};
static const mr_pb_table decimal = MR_TABLE("Expression.Literal.Decimal", form, decimal_fields);

static const mr_pb_field calendar_fields[] = {
    MR_FIELD(1, "months", I32, AT(months)),
    MR_FIELD(2, "days", I32, AT(days)),
    MR_FIELD(3, "microseconds", I64, AT(i64)),
};
static const mr_pb_table calendar =
    MR_TABLE("Expression.Literal.CalendarInterval", form, calendar_fields);

static const mr_pb_field array_fields[] = {
    MR_FIELD(1, "element_type", EMBED, AT(element[0]), .sub = &mr_wire_type),
    MR_FIELD(2, "elements", MESSAGES, LITERALS(items)),
};
static const mr_pb_table array = MR_TABLE("Expression.Literal.Array", form, array_fields);

static const mr_pb_field map_fields[] = {
    MR_FIELD(1, "key_type", EMBED, AT(element[0]), .sub = &mr_wire_type),
    MR_FIELD(2, "value_type", EMBED, AT(element[1]), .sub = &mr_wire_type),
    MR_FIELD(3, "keys", MESSAGES, LITERALS(items)),
    MR_FIELD(4, "values", MESSAGES, LITERALS(values)),
};
static const mr_pb_table map = MR_TABLE("Expression.Literal.Map", form, map_fields);

static const mr_pb_field struct_fields[] = {
    MR_FIELD(1, "struct_type", EMBED, AT(type), .sub = &mr_wire_type),
    MR_FIELD(2, "elements", MESSAGES, LITERALS(items)),
};
static const mr_pb_table struct_table = MR_TABLE("Expression.Literal.Struct", form, struct_fields);

static const mr_pb_field longs_fields[] = { MR_FIELD(1, "values", LONGS, MR_ARRAY(form, longs)) };
static const mr_pb_field floats_fields[] = { MR_FIELD(1, "values", FLOATS,
                                                      MR_ARRAY(form, doubles)) };
static const mr_pb_field doubles_fields[] = { MR_FIELD(1, "values", DOUBLES,
                                                       MR_ARRAY(form, doubles)) };
static const mr_pb_field strings_fields[] = { MR_FIELD(1, "values", STRINGS,
                                                       MR_ARRAY(form, strings)) };
static const mr_pb_table bools = MR_TABLE("Bools", form, longs_fields);
static const mr_pb_table ints = MR_TABLE("Ints", form, longs_fields);
static const mr_pb_table longs = MR_TABLE("Longs", form, longs_fields);
static const mr_pb_table floats = MR_TABLE("Floats", form, floats_fields);
static const mr_pb_table doubles = MR_TABLE("Doubles", form, doubles_fields);
static const mr_pb_table strings = MR_TABLE("Strings", form, strings_fields);

static const mr_pb_field special_fields[] = {
    MR_FIELD(1, "bools", SELF, SPECIAL(S_BOOLS), .sub = &bools),
    MR_FIELD(2, "ints", SELF, SPECIAL(S_INTS), .sub = &ints),
    MR_FIELD(3, "longs", SELF, SPECIAL(S_LONGS), .sub = &longs),
    MR_FIELD(4, "floats", SELF, SPECIAL(S_FLOATS), .sub = &floats),
    MR_FIELD(5, "doubles", SELF, SPECIAL(S_DOUBLES), .sub = &doubles),
    MR_FIELD(6, "strings", SELF, SPECIAL(S_STRINGS), .sub = &strings),
};
static const mr_pb_table special =
    MR_TABLE("Expression.Literal.SpecializedArray", form, special_fields);

static const mr_pb_field literal_fields[] = {
    MR_FIELD(1, "null", EMBED, AT(type), IS(L_NULL), .sub = &mr_wire_type),
    MR_FIELD(2, "binary", BYTES, AT(str), IS(L_BINARY)),
    MR_FIELD(3, "boolean", BOOL, AT(flag), IS(L_BOOLEAN)),
    MR_FIELD(4, "byte", I32, AT(i32), IS(L_BYTE)),
    MR_FIELD(5, "short", I32, AT(i32), IS(L_SHORT)),
    MR_FIELD(6, "integer", I32, AT(i32), IS(L_INTEGER)),
    MR_FIELD(7, "long", I64, AT(i64), IS(L_LONG)),
    MR_FIELD(10, "float", FLOAT, AT(f64), IS(L_FLOAT)),
    MR_FIELD(11, "double", DOUBLE, AT(f64), IS(L_DOUBLE)),
    MR_FIELD(12, "decimal", SELF, IS(L_DECIMAL), .sub = &decimal),
    MR_FIELD(13, "string", STRING, AT(str), IS(L_STRING)),
    MR_FIELD(16, "date", I32, AT(i32), IS(L_DATE)),
    MR_FIELD(17, "timestamp", I64, AT(i64), IS(L_TIMESTAMP)),
    MR_FIELD(18, "timestamp_ntz", I64, AT(i64), IS(L_TIMESTAMP_NTZ)),
    MR_FIELD(19, "calendar_interval", SELF, IS(L_CALENDAR), .sub = &calendar),
    MR_FIELD(20, "year_month_interval", I32, AT(i32), IS(L_YEAR_MONTH)),
    MR_FIELD(21, "day_time_interval", I64, AT(i64), IS(L_DAY_TIME)),
    MR_FIELD(22, "array", SELF, IS(L_ARRAY), .sub = &array),
    MR_FIELD(23, "map", SELF, IS(L_MAP), .sub = &map),
    MR_FIELD(24, "struct", SELF, IS(L_STRUCT), .sub = &struct_table),
    MR_FIELD(25, "specialized_array", SELF, IS(L_SPECIALIZED), .sub = &special),
    MR_FIELD(100, "data_type", EMBED, AT(type), .flags = MR_PB_READ_ONLY, .sub = &mr_wire_type),
};

static mr_status invalid(mr_error *err, const char *what)
{
    return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "Invalid literal in the plan: %s", what);
}

/* One vector of n_items elements made of single values of one type. */
static mr_status gather(mr_pb_reader *reader, const mr_type *type, const mr_scalar *items,
                        int n_items, mr_vec *out, mr_error *err)
{
    mr_field field = { MR_STR("element"), type, true, { 0 } };
    const mr_type *schema = mr_type_struct(reader->arena, &field, 1);
    const mr_batch **rows;
    mr_batch *all;

    MR_TRY(mr_pb_alloc(reader, sizeof(*rows) * (size_t)(n_items + 1), (void **)&rows, err));
    for (int i = 0; i < n_items; i++) {
        mr_batch *row;

        if (!items[i].is_null && !mr_type_equal(items[i].type, type))
            return invalid(err, "elements of different types");
        row = mr_batch_new(reader->arena, schema, 1);
        mr_scalar_to_vec(items[i].is_null ? mr_scalar_null(type) : items[i], &row->cols[0],
                         reader->arena, 1);
        reader->n_bytes += 256;
        rows[i] = row;
    }
    all = mr_batch_concat(reader->arena, schema, rows, n_items);
    *out = all->cols[0];
    return MR_OK;
}

static mr_status literals(mr_pb_reader *reader, mr_xexpr *const *exprs, int n, mr_scalar **out,
                          mr_error *err)
{
    MR_TRY(mr_pb_alloc(reader, sizeof(mr_scalar) * (size_t)(n + 1), (void **)out, err));
    for (int i = 0; i < n; i++)
        (*out)[i] = exprs[i]->literal;
    return MR_OK;
}

static const mr_type *item_type(const mr_type *declared, const mr_type *whole, int index,
                                mr_xexpr *const *items, int n)
{
    if (declared != NULL)
        return declared;
    if (whole != NULL && index < whole->n_fields)
        return whole->fields[index].type;
    return n > 0 ? items[0]->literal.type : mr_type_of(MR_TYPE_NULL);
}

static mr_status load_collection(mr_pb_reader *reader, const form *f, mr_scalar *out, mr_error *err)
{
    bool is_map = f->kind == L_MAP;
    const mr_type *keys = item_type(f->element[0], f->type, 0, f->items, f->n_items);
    const mr_type *values = item_type(f->element[1], f->type, 1, f->values, f->n_values);
    mr_scalar *scalars;
    mr_vec *vec;

    if (is_map && f->n_items != f->n_values)
        return invalid(err, "a map with more keys than values, or fewer");
    MR_TRY(mr_pb_alloc(reader, sizeof(*vec), (void **)&vec, err));
    out->type = is_map ? mr_type_map(reader->arena, keys, values, true)
                       : mr_type_array(reader->arena, keys, true);
    mr_vec_init(vec, reader->arena, out->type, 1);
    vec->offsets[0] = 0;
    vec->offsets[1] = f->n_items;
    MR_TRY(literals(reader, f->items, f->n_items, &scalars, err));
    MR_TRY(gather(reader, keys, scalars, f->n_items, &vec->children[0], err));
    if (is_map) {
        MR_TRY(literals(reader, f->values, f->n_values, &scalars, err));
        MR_TRY(gather(reader, values, scalars, f->n_values, &vec->children[1], err));
    }
    out->nested = vec;
    return MR_OK;
}

static mr_status load_struct(mr_pb_reader *reader, const form *f, mr_scalar *out, mr_error *err)
{
    mr_scalar *items;
    mr_vec *vec;

    if (f->type == NULL || f->type->id != MR_TYPE_STRUCT || f->type->n_fields != f->n_items)
        return invalid(err, "a struct that does not fit its type");
    MR_TRY(mr_pb_alloc(reader, sizeof(*vec), (void **)&vec, err));
    mr_vec_init(vec, reader->arena, f->type, 1);
    MR_TRY(literals(reader, f->items, f->n_items, &items, err));
    for (int i = 0; i < f->n_items; i++)
        MR_TRY(gather(reader, f->type->fields[i].type, &items[i], 1, &vec->children[i], err));
    out->type = f->type;
    out->nested = vec;
    return MR_OK;
}

static mr_scalar special_item(const form *f, int i)
{
    mr_scalar s;

    switch (f->special) {
    case S_BOOLS:
        return mr_scalar_bool(f->longs[i] != 0);
    case S_INTS:
        return mr_scalar_int((int32_t)f->longs[i]);
    case S_LONGS:
        return mr_scalar_long(f->longs[i]);
    case S_STRINGS:
        return mr_scalar_string(f->strings[i]);
    default:
        s = mr_scalar_double(f->doubles[i]);
        s.type = mr_type_of(f->special == S_FLOATS ? MR_TYPE_FLOAT : MR_TYPE_DOUBLE);
        return s;
    }
}

static mr_status load_special(mr_pb_reader *reader, const form *f, mr_scalar *out, mr_error *err)
{
    static const mr_type_id ids[] = {
        [0] = MR_TYPE_NULL,           [S_BOOLS] = MR_TYPE_BOOLEAN, [S_INTS] = MR_TYPE_INT,
        [S_LONGS] = MR_TYPE_LONG,     [S_FLOATS] = MR_TYPE_FLOAT,  [S_DOUBLES] = MR_TYPE_DOUBLE,
        [S_STRINGS] = MR_TYPE_STRING,
    };
    const mr_type *element = mr_type_of(ids[f->special]);
    int n = f->special == S_STRINGS  ? f->n_strings
            : f->special >= S_FLOATS ? f->n_doubles
                                     : f->n_longs;
    mr_scalar *items;
    mr_vec *vec;

    MR_TRY(mr_pb_alloc(reader, sizeof(*items) * (size_t)(n + 1), (void **)&items, err));
    for (int i = 0; i < n; i++)
        items[i] = special_item(f, i);
    MR_TRY(mr_pb_alloc(reader, sizeof(*vec), (void **)&vec, err));
    out->type = mr_type_array(reader->arena, element, false);
    mr_vec_init(vec, reader->arena, out->type, 1);
    vec->offsets[0] = 0;
    vec->offsets[1] = n;
    MR_TRY(gather(reader, element, items, n, &vec->children[0], err));
    out->nested = vec;
    return MR_OK;
}

/* Digits of the text, and those behind the point: what the message says may only be wider. */
static void measure_decimal(mr_str text, int *precision, int *scale)
{
    size_t point = mr_str_find(text, '.', 0);
    int digits = 0;

    for (size_t i = 0; i < text.len; i++)
        digits += text.ptr[i] >= '0' && text.ptr[i] <= '9';
    *scale = point < text.len ? (int)(text.len - point - 1) : 0;
    *precision = digits < 1 ? 1 : digits;
    if (*precision < *scale)
        *precision = *scale;
}

static mr_status load_decimal(mr_pb_reader *reader, const form *f, mr_scalar *out, mr_error *err)
{
    int precision;
    int scale;

    if (f->str.len > 64)
        return invalid(err, "decimal");
    measure_decimal(f->str, &precision, &scale);
    if (f->has_precision && f->precision > precision)
        precision = f->precision;
    if (f->has_scale && f->scale > scale)
        scale = f->scale;
    if (precision < scale)
        precision = scale;
    if (precision < 1 || precision > 38 || scale < 0 || scale > precision ||
        !mr_number_parse_decimal(f->str, precision, scale, &out->i128))
        return invalid(err, "decimal");
    out->type = mr_type_decimal(reader->arena, precision, scale);
    return MR_OK;
}

static const int8_t type_ids[] = {
    [L_BINARY] = MR_TYPE_BINARY,
    [L_BOOLEAN] = MR_TYPE_BOOLEAN,
    [L_BYTE] = MR_TYPE_BYTE,
    [L_SHORT] = MR_TYPE_SHORT,
    [L_INTEGER] = MR_TYPE_INT,
    [L_LONG] = MR_TYPE_LONG,
    [L_FLOAT] = MR_TYPE_FLOAT,
    [L_DOUBLE] = MR_TYPE_DOUBLE,
    [L_DECIMAL] = MR_TYPE_DECIMAL,
    [L_STRING] = MR_TYPE_STRING,
    [L_DATE] = MR_TYPE_DATE,
    [L_TIMESTAMP] = MR_TYPE_TIMESTAMP,
    [L_TIMESTAMP_NTZ] = MR_TYPE_TIMESTAMP_NTZ,
    [L_CALENDAR] = MR_TYPE_INTERVAL_CALENDAR,
    [L_YEAR_MONTH] = MR_TYPE_INTERVAL_YM,
    [L_DAY_TIME] = MR_TYPE_INTERVAL_DT,
    [L_ARRAY] = MR_TYPE_ARRAY,
    [L_MAP] = MR_TYPE_MAP,
    [L_STRUCT] = MR_TYPE_STRUCT,
};

static mr_status load_plain(const form *f, mr_scalar *out, mr_error *err)
{
    out->type = mr_type_of((mr_type_id)type_ids[f->kind]);
    switch (f->kind) {
    case L_BOOLEAN:
        out->i64 = f->flag;
        break;
    case L_BYTE:
        if (f->i32 != (int8_t)f->i32)
            return invalid(err, "byte");
        out->i64 = f->i32;
        break;
    case L_SHORT:
        if (f->i32 != (int16_t)f->i32)
            return invalid(err, "short");
        out->i64 = f->i32;
        break;
    case L_INTEGER:
    case L_DATE:
    case L_YEAR_MONTH:
        out->i64 = f->i32;
        break;
    case L_FLOAT:
    case L_DOUBLE:
        out->f64 = f->f64;
        break;
    case L_BINARY:
    case L_STRING:
        out->str = f->str;
        break;
    case L_CALENDAR:
        out->interval = (mr_interval){ f->months, f->days, f->i64 };
        break;
    default:
        out->i64 = f->i64;
        break;
    }
    return MR_OK;
}

static mr_status load_literal(mr_pb_reader *reader, const void *from, void *object, mr_error *err)
{
    const form *f = from;
    mr_xexpr *expr = object;
    mr_scalar *out = &expr->literal;

    expr->kind = MR_X_LITERAL;
    memset(out, 0, sizeof(*out));
    switch (f->kind) {
    case L_NULL:
        *out = mr_scalar_null(f->type == NULL ? mr_type_of(MR_TYPE_NULL) : f->type);
        return MR_OK;
    case L_DECIMAL:
        return load_decimal(reader, f, out, err);
    case L_ARRAY:
    case L_MAP:
        return load_collection(reader, f, out, err);
    case L_STRUCT:
        return load_struct(reader, f, out, err);
    case L_SPECIALIZED:
        return load_special(reader, f, out, err);
    case L_OTHER:
        return mr_fail(err, MR_UNSUPPORTED, "literal number %d is not supported", f->number);
    default:
        return load_plain(f, out, err);
    }
}

static int kind_of(mr_type_id id)
{
    for (int kind = L_BINARY; kind <= L_STRUCT; kind++)
        if (type_ids[kind] == (int8_t)id && id != MR_TYPE_NULL)
            return kind;
    return id == MR_TYPE_CHAR || id == MR_TYPE_VARCHAR ? L_STRING : L_NULL;
}

/* Literal expressions of the elements [from, to) of a vector. */
static mr_xexpr **elements(mr_arena *arena, const mr_vec *vec, int32_t from, int32_t to)
{
    mr_xexpr **out = MR_NEW_ARRAY(arena, mr_xexpr *, to - from + 1);

    for (int32_t i = from; i < to; i++) {
        out[i - from] = MR_NEW(arena, mr_xexpr);
        out[i - from]->kind = MR_X_LITERAL;
        out[i - from]->literal = mr_scalar_get(vec, i);
    }
    return out;
}

static void store_nested(mr_arena *arena, const mr_scalar *s, form *f)
{
    const mr_vec *vec = s->nested;
    int32_t row = mr_vec_index(vec, s->row);

    f->type = s->type;
    if (f->kind == L_STRUCT) {
        f->n_items = s->type->n_fields;
        f->items = MR_NEW_ARRAY(arena, mr_xexpr *, f->n_items + 1);
        for (int i = 0; i < f->n_items; i++)
            f->items[i] = elements(arena, &vec->children[i], row, row + 1)[0];
        return;
    }
    f->n_items = vec->offsets[row + 1] - vec->offsets[row];
    f->element[0] = s->type->fields[0].type;
    f->items = elements(arena, &vec->children[0], vec->offsets[row], vec->offsets[row + 1]);
    if (f->kind == L_MAP) {
        f->n_values = f->n_items;
        f->element[1] = s->type->fields[1].type;
        f->values = elements(arena, &vec->children[1], vec->offsets[row], vec->offsets[row + 1]);
    }
}

static mr_status store_literal(mr_arena *arena, const void *object, void *to, mr_error *err)
{
    const mr_scalar *s = &((const mr_xexpr *)object)->literal;
    form *f = to;
    char text[48];

    (void)err;
    f->kind = s->is_null ? L_NULL : kind_of(s->type->id);
    f->type = s->type;
    switch (f->kind) {
    case L_NULL:
        break;
    case L_DECIMAL:
        f->str.len = mr_number_print_decimal(s->i128, s->type->scale, text);
        f->str = mr_arena_str(arena, (mr_str){ text, f->str.len });
        f->has_precision = f->has_scale = true;
        f->precision = s->type->precision;
        f->scale = s->type->scale;
        break;
    case L_FLOAT:
    case L_DOUBLE:
        f->f64 = s->f64;
        break;
    case L_BINARY:
    case L_STRING:
        f->str = s->str;
        break;
    case L_CALENDAR:
        f->months = s->interval.months;
        f->days = s->interval.days;
        f->i64 = s->interval.us;
        break;
    case L_ARRAY:
    case L_MAP:
    case L_STRUCT:
        store_nested(arena, s, f);
        break;
    default:
        f->i64 = s->i64;
        f->i32 = (int32_t)s->i64;
        f->flag = s->i64 != 0;
        break;
    }
    return MR_OK;
}

static void init_literal(void *object)
{
    mr_xexpr *expr = object;

    expr->sql_start = expr->sql_stop = -1;
}

const mr_pb_table mr_wire_literal = {
    .name = "Expression.Literal",
    .size = sizeof(mr_xexpr),
    .fields = literal_fields,
    .n_fields = (int)(sizeof(literal_fields) / sizeof(literal_fields[0])),
    .chooses = true,
    .selector = offsetof(form, kind),
    .other = L_OTHER,
    .number = offsetof(form, number),
    .init = init_literal,
    .form_size = sizeof(form),
    .load = load_literal,
    .store = store_literal,
};
