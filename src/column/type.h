/* type.h - Spark's types as constant values, and their DDL and JSON text.
 *
 * Types are immutable and live in the arena they were made in (or in static memory); whoever keeps
 * one longer copies it with mr_type_copy().  A schema is a MR_TYPE_STRUCT.
 */
#ifndef MR_COLUMN_TYPE_H
#define MR_COLUMN_TYPE_H

#include "base/base.h"

typedef enum mr_type_id {
    MR_TYPE_NULL = 0, /* void */
    MR_TYPE_BOOLEAN,
    MR_TYPE_BYTE,
    MR_TYPE_SHORT,
    MR_TYPE_INT,
    MR_TYPE_LONG,
    MR_TYPE_FLOAT,
    MR_TYPE_DOUBLE,
    MR_TYPE_DECIMAL, /* precision, scale */
    MR_TYPE_STRING,
    MR_TYPE_CHAR,    /* length */
    MR_TYPE_VARCHAR, /* length */
    MR_TYPE_BINARY,
    MR_TYPE_DATE,
    MR_TYPE_TIMESTAMP,     /* microseconds since the epoch, UTC */
    MR_TYPE_TIMESTAMP_NTZ, /* microseconds of local time */
    MR_TYPE_INTERVAL_CALENDAR,
    MR_TYPE_INTERVAL_YM, /* months; start_field, end_field: 0 year, 1 month */
    MR_TYPE_INTERVAL_DT, /* microseconds; fields: 0 day, 1 hour, 2 minute, 3 second */
    MR_TYPE_ARRAY,       /* fields[0] = element */
    MR_TYPE_STRUCT,
    MR_TYPE_MAP /* fields[0] = key, fields[1] = value */
} mr_type_id;

typedef struct mr_type mr_type;

typedef struct mr_field {
    mr_str name;
    const mr_type *type;
    bool nullable;
    mr_str metadata; /* JSON object text; empty = {} */
} mr_field;

struct mr_type {
    mr_type_id id;
    uint8_t precision; /* decimal: 1..38 */
    int8_t scale;
    uint8_t start_field; /* intervals */
    uint8_t end_field;
    int32_t length; /* char, varchar */
    int32_t n_fields;
    const mr_field *fields;
};

/* The types without parameters; mr_type_of(MR_TYPE_DECIMAL) is decimal(10,0), intervals are full.
 */
const mr_type *mr_type_of(mr_type_id id);
const mr_type *mr_type_decimal(mr_arena *arena, int precision, int scale);
const mr_type *mr_type_array(mr_arena *arena, const mr_type *element, bool contains_null);
const mr_type *mr_type_map(mr_arena *arena, const mr_type *key, const mr_type *value,
                           bool value_contains_null);
/* Copies `fields` (shallowly). */
const mr_type *mr_type_struct(mr_arena *arena, const mr_field *fields, int n_fields);
/* Deep copy of everything, names included. */
const mr_type *mr_type_copy(mr_arena *arena, const mr_type *type);
/* Same type, ignoring nullability, names are compared as bytes; metadata ignored. */
bool mr_type_equal(const mr_type *a, const mr_type *b);
/* The same with every field, element and value nullable, at every depth (file sources). */
const mr_type *mr_type_force_nullable(mr_arena *arena, const mr_type *type);
/* Index of a field by name, or -1.  The first one wins. */
int mr_type_field(const mr_type *type, mr_str name, bool case_sensitive);

static inline bool mr_type_is_integral(const mr_type *t)
{
    return t->id >= MR_TYPE_BYTE && t->id <= MR_TYPE_LONG;
}
static inline bool mr_type_is_numeric(const mr_type *t)
{
    return t->id >= MR_TYPE_BYTE && t->id <= MR_TYPE_DECIMAL;
}
static inline bool mr_type_is_string(const mr_type *t)
{
    return t->id >= MR_TYPE_STRING && t->id <= MR_TYPE_VARCHAR;
}
/* Bytes of one element in mr_vec.data; 0 for void, struct, array, map. */
size_t mr_type_width(const mr_type *type);

/* Text.  Catalog string as in error messages and DDL: "struct<a:int,b:array<string>>"
 * (simpleString), and upper-case SQL: "STRUCT<a: INT, b: ARRAY<STRING>>" (sql). */
void mr_type_print_simple(const mr_type *type, mr_buf *out);
void mr_type_print_sql(const mr_type *type, mr_buf *out);
/* DataType.json, compact, as Spark writes it: "\"long\"" or {"type":"struct","fields":[...]}. */
void mr_type_print_json(const mr_type *type, mr_buf *out);
/* `a INT NOT NULL, b STRING`, `INT`, `STRUCT<a: INT>`: a table schema when it has names, else one
 * type. Errors: PARSE_SYNTAX_ERROR, UNSUPPORTED_DATATYPE as Spark raises them. */
MR_NODISCARD mr_status mr_type_parse_ddl(mr_arena *arena, mr_str text, const mr_type **out,
                                         mr_error *err);
/* One type, never a table schema. */
MR_NODISCARD mr_status mr_type_parse_name(mr_arena *arena, mr_str text, const mr_type **out,
                                          mr_error *err);
/* DataType.json text (hostile input: depth and size limited). */
MR_NODISCARD mr_status mr_type_parse_json(mr_arena *arena, mr_str text, const mr_type **out,
                                          mr_error *err);
/* Toward StructType.toDDL: "a BIGINT,b STRING NOT NULL". */
void mr_type_print_ddl(const mr_type *schema, mr_buf *out);
/* printSchema() text: "root\n |-- a: long (nullable = true)\n"; level 0 = all levels. */
void mr_type_print_tree(const mr_type *schema, int level, mr_buf *out);

#endif /* MR_COLUMN_TYPE_H */
