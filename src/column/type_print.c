/* type_print.c - types as text: catalog strings, SQL, DDL, JSON, printSchema. */
#include <inttypes.h>

#include "column/type.h"
#include "column/print_priv.h"

static const char *const ym_fields[] = { "year", "month" };
static const char *const dt_fields[] = { "day", "hour", "minute", "second" };

/* The name in DDL; NULL: needs parameters. */
static const char *simple_name(mr_type_id id)
{
    static const char *const names[] = {
        [MR_TYPE_NULL] = "void",
        [MR_TYPE_BOOLEAN] = "boolean",
        [MR_TYPE_BYTE] = "tinyint",
        [MR_TYPE_SHORT] = "smallint",
        [MR_TYPE_INT] = "int",
        [MR_TYPE_LONG] = "bigint",
        [MR_TYPE_FLOAT] = "float",
        [MR_TYPE_DOUBLE] = "double",
        [MR_TYPE_STRING] = "string",
        [MR_TYPE_BINARY] = "binary",
        [MR_TYPE_DATE] = "date",
        [MR_TYPE_TIMESTAMP] = "timestamp",
        [MR_TYPE_TIMESTAMP_NTZ] = "timestamp_ntz",
        [MR_TYPE_INTERVAL_CALENDAR] = "interval",
        [MR_TYPE_MAP] = NULL,
    };

    return names[id];
}

static void print_interval(const char *const *fields, const mr_type *type, mr_buf *out)
{
    mr_buf_printf(out, "interval %s", fields[type->start_field]);
    if (type->end_field != type->start_field)
        mr_buf_printf(out, " to %s", fields[type->end_field]);
}

/* Types with parameters that are spelled alike everywhere. */
static void print_parameters(const mr_type *type, mr_buf *out)
{
    switch (type->id) {
    case MR_TYPE_DECIMAL:
        mr_buf_printf(out, "decimal(%d,%d)", type->precision, type->scale);
        break;
    case MR_TYPE_CHAR:
        mr_buf_printf(out, "char(%" PRId32 ")", type->length);
        break;
    case MR_TYPE_VARCHAR:
        mr_buf_printf(out, "varchar(%" PRId32 ")", type->length);
        break;
    case MR_TYPE_INTERVAL_YM:
        print_interval(ym_fields, type, out);
        break;
    default:
        MR_ASSERT(type->id == MR_TYPE_INTERVAL_DT);
        print_interval(dt_fields, type, out);
        break;
    }
}

void mr_type_print_simple(const mr_type *type, mr_buf *out)
{
    switch (type->id) {
    case MR_TYPE_ARRAY:
        mr_buf_puts(out, "array<");
        mr_type_print_simple(type->fields[0].type, out);
        break;
    case MR_TYPE_MAP:
        mr_buf_puts(out, "map<");
        mr_type_print_simple(type->fields[0].type, out);
        mr_buf_putc(out, ',');
        mr_type_print_simple(type->fields[1].type, out);
        break;
    case MR_TYPE_STRUCT:
        mr_buf_puts(out, "struct<");
        for (int i = 0; i < type->n_fields; i++) {
            if (i > 0)
                mr_buf_putc(out, ',');
            mr_buf_add(out, type->fields[i].name);
            mr_buf_putc(out, ':');
            mr_type_print_simple(type->fields[i].type, out);
        }
        break;
    default:
        if (simple_name(type->id) != NULL)
            mr_buf_puts(out, simple_name(type->id));
        else
            print_parameters(type, out);
        return;
    }
    mr_buf_putc(out, '>');
}

/* Letters, digits, '_', not digits alone: needs no back quotes. */
static bool is_plain_name(mr_str name)
{
    bool only_digits = true;

    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

        if (!digit && !letter)
            return false;
        only_digits = only_digits && digit;
    }
    return !only_digits;
}

static void print_name(mr_str name, mr_buf *out)
{
    if (is_plain_name(name)) {
        mr_buf_add(out, name);
        return;
    }
    mr_buf_putc(out, '`');
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '`')
            mr_buf_putc(out, '`');
        mr_buf_putc(out, name.ptr[i]);
    }
    mr_buf_putc(out, '`');
}

/* COMMENT '...' from {"comment":"..."}: the string's JSON escapes are SQL escapes too, but for the
 * quote. */
static void print_comment(const mr_field *field, mr_buf *out)
{
    static const char key[] = "{\"comment\":\"";
    mr_str text = field->metadata;

    if (!mr_str_starts(text, key))
        return;
    mr_buf_puts(out, " COMMENT '");
    for (size_t i = sizeof(key) - 1; i < text.len && text.ptr[i] != '"'; i++) {
        if (text.ptr[i] == '\'')
            mr_buf_putc(out, '\\');
        if (text.ptr[i] == '\\' && i + 1 < text.len)
            mr_buf_putc(out, text.ptr[i++]);
        mr_buf_putc(out, text.ptr[i]);
    }
    mr_buf_putc(out, '\'');
}

static void print_field_sql(const mr_field *field, const char *between, mr_buf *out)
{
    print_name(field->name, out);
    mr_buf_puts(out, between);
    mr_type_print_sql(field->type, out);
    if (!field->nullable)
        mr_buf_puts(out, " NOT NULL");
    print_comment(field, out);
}

static void print_upper(const mr_type *type, mr_buf *out)
{
    size_t from = out->len;

    mr_type_print_simple(type, out);
    for (size_t i = from; i < out->len; i++)
        if (out->ptr[i] >= 'a' && out->ptr[i] <= 'z')
            out->ptr[i] = (char)(out->ptr[i] - 'a' + 'A');
}

void mr_type_print_sql(const mr_type *type, mr_buf *out)
{
    switch (type->id) {
    case MR_TYPE_ARRAY:
        mr_buf_puts(out, "ARRAY<");
        mr_type_print_sql(type->fields[0].type, out);
        break;
    case MR_TYPE_MAP:
        mr_buf_puts(out, "MAP<");
        mr_type_print_sql(type->fields[0].type, out);
        mr_buf_puts(out, ", ");
        mr_type_print_sql(type->fields[1].type, out);
        break;
    case MR_TYPE_STRUCT:
        mr_buf_puts(out, "STRUCT<");
        for (int i = 0; i < type->n_fields; i++) {
            mr_buf_puts(out, i > 0 ? ", " : "");
            print_field_sql(&type->fields[i], ": ", out);
        }
        break;
    default:
        print_upper(type, out);
        return;
    }
    mr_buf_putc(out, '>');
}

void mr_type_print_ddl(const mr_type *schema, mr_buf *out)
{
    MR_ASSERT(schema->id == MR_TYPE_STRUCT);
    for (int i = 0; i < schema->n_fields; i++) {
        mr_buf_puts(out, i > 0 ? "," : "");
        print_field_sql(&schema->fields[i], " ", out);
    }
}

/* DataType.typeName: the word in JSON and in printSchema. */
static void print_type_name(const mr_type *type, mr_buf *out)
{
    switch (type->id) {
    case MR_TYPE_BYTE:
        mr_buf_puts(out, "byte");
        break;
    case MR_TYPE_SHORT:
        mr_buf_puts(out, "short");
        break;
    case MR_TYPE_INT:
        mr_buf_puts(out, "integer");
        break;
    case MR_TYPE_LONG:
        mr_buf_puts(out, "long");
        break;
    case MR_TYPE_ARRAY:
        mr_buf_puts(out, "array");
        break;
    case MR_TYPE_STRUCT:
        mr_buf_puts(out, "struct");
        break;
    case MR_TYPE_MAP:
        mr_buf_puts(out, "map");
        break;
    default:
        mr_type_print_simple(type, out);
        break;
    }
}

static const char *bool_word(bool value)
{
    return value ? "true" : "false";
}

static void print_json_field(const mr_field *field, mr_buf *out)
{
    mr_buf_puts(out, "{\"name\":");
    mr_buf_put_json(out, field->name);
    mr_buf_puts(out, ",\"type\":");
    mr_type_print_json(field->type, out);
    mr_buf_printf(out, ",\"nullable\":%s,\"metadata\":", bool_word(field->nullable));
    mr_buf_add(out, field->metadata.len > 0 ? field->metadata : MR_STR("{}"));
    mr_buf_putc(out, '}');
}

void mr_type_print_json(const mr_type *type, mr_buf *out)
{
    switch (type->id) {
    case MR_TYPE_ARRAY:
        mr_buf_puts(out, "{\"type\":\"array\",\"elementType\":");
        mr_type_print_json(type->fields[0].type, out);
        mr_buf_printf(out, ",\"containsNull\":%s}", bool_word(type->fields[0].nullable));
        break;
    case MR_TYPE_MAP:
        mr_buf_puts(out, "{\"type\":\"map\",\"keyType\":");
        mr_type_print_json(type->fields[0].type, out);
        mr_buf_puts(out, ",\"valueType\":");
        mr_type_print_json(type->fields[1].type, out);
        mr_buf_printf(out, ",\"valueContainsNull\":%s}", bool_word(type->fields[1].nullable));
        break;
    case MR_TYPE_STRUCT:
        mr_buf_puts(out, "{\"type\":\"struct\",\"fields\":[");
        for (int i = 0; i < type->n_fields; i++) {
            mr_buf_puts(out, i > 0 ? "," : "");
            print_json_field(&type->fields[i], out);
        }
        mr_buf_puts(out, "]}");
        break;
    default:
        mr_buf_putc(out, '"');
        print_type_name(type, out);
        mr_buf_putc(out, '"');
        break;
    }
}

static void print_tree_line(mr_str prefix, mr_str name, const mr_type *type, mr_buf *out)
{
    mr_buf_add(out, prefix);
    mr_buf_puts(out, "-- ");
    mr_print_escape(name, out);
    mr_buf_puts(out, ": ");
    print_type_name(type, out);
}

/* One line for each field, element, key or value of `type`, and what is below them. */
static void print_tree(const mr_type *type, mr_buf *prefix, int levels, mr_buf *out)
{
    static const char *const words[] = { [MR_TYPE_ARRAY] = "containsNull",
                                         [MR_TYPE_STRUCT] = "nullable",
                                         [MR_TYPE_MAP] = "valueContainsNull" };
    size_t prefix_len = prefix->len;

    for (int i = 0; levels > 0 && i < type->n_fields; i++) {
        const mr_field *field = &type->fields[i];
        bool is_key = type->id == MR_TYPE_MAP && i == 0;

        print_tree_line(mr_buf_str(prefix), field->name, field->type, out);
        if (!is_key)
            mr_buf_printf(out, " (%s = %s)", words[type->id], bool_word(field->nullable));
        mr_buf_putc(out, '\n');
        mr_buf_puts(prefix, "    |");
        print_tree(field->type, prefix, levels - 1, out);
        prefix->len = prefix_len;
    }
}

void mr_type_print_tree(const mr_type *schema, int level, mr_buf *out)
{
    mr_buf prefix = { 0 };

    mr_buf_puts(out, "root\n");
    mr_buf_puts(&prefix, " |");
    print_tree(schema, &prefix, level > 0 ? level : INT32_MAX, out);
    mr_buf_free(&prefix);
}
