/* type_json.c - DataType.json text to types. */
#include <stdlib.h>

#include <jansson.h>

#include "column/type.h"

#define MAX_DEPTH 128
#define MAX_TEXT  (16u << 20)

typedef struct reader {
    mr_arena *arena;
    mr_error *err;
} reader;

static mr_status read_type(const reader *r, const json_t *node, int depth, const mr_type **out);

static mr_status refuse(const reader *r, const char *what)
{
    return mr_fail(r->err, MR_INVALID, "Failed to convert the JSON string to a data type: %s",
                   what);
}

/* The metadata object as compact text in the order it came; {} is left out. */
static mr_status read_metadata(const reader *r, const json_t *node, mr_str *out)
{
    char *text;

    *out = (mr_str){ NULL, 0 };
    if (node == NULL || json_is_null(node))
        return MR_OK;
    if (!json_is_object(node))
        return refuse(r, "metadata is not an object");
    if (json_object_size(node) == 0)
        return MR_OK;
    text = json_dumps(node, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (text == NULL)
        return refuse(r, "metadata cannot be printed");
    *out = mr_arena_str(r->arena, mr_str_from(text));
    free(text);
    return MR_OK;
}

static mr_status read_field(const reader *r, const json_t *node, int depth, mr_field *out)
{
    const json_t *name = json_object_get(node, "name");
    const json_t *nullable = json_object_get(node, "nullable");

    if (!json_is_string(name))
        return refuse(r, "a field without a name");
    if (nullable != NULL && !json_is_boolean(nullable))
        return refuse(r, "\"nullable\" is not a boolean");
    out->name =
        mr_arena_str(r->arena, (mr_str){ json_string_value(name), json_string_length(name) });
    out->nullable = nullable == NULL || json_is_true(nullable);
    MR_TRY(read_metadata(r, json_object_get(node, "metadata"), &out->metadata));
    return read_type(r, json_object_get(node, "type"), depth, &out->type);
}

static mr_status read_struct(const reader *r, const json_t *node, int depth, const mr_type **out)
{
    const json_t *list = json_object_get(node, "fields");
    size_t n = json_array_size(list);
    mr_field *fields;

    if (!json_is_array(list))
        return refuse(r, "a struct without \"fields\"");
    fields = MR_NEW_ARRAY(r->arena, mr_field, n);
    for (size_t i = 0; i < n; i++)
        MR_TRY(read_field(r, json_array_get(list, i), depth, &fields[i]));
    *out = mr_type_struct(r->arena, fields, (int)n);
    return MR_OK;
}

static mr_status read_flag(const reader *r, const json_t *node, const char *key, bool *out)
{
    const json_t *flag = json_object_get(node, key);

    *out = flag == NULL || json_is_true(flag);
    return flag == NULL || json_is_boolean(flag) ? MR_OK : refuse(r, "a flag is not a boolean");
}

static mr_status read_object(const reader *r, const json_t *node, int depth, const mr_type **out)
{
    const char *word = json_string_value(json_object_get(node, "type"));
    const mr_type *first;
    const mr_type *second;
    bool nulls;

    if (word == NULL)
        return refuse(r, "an object without a \"type\"");
    if (strcmp(word, "struct") == 0)
        return read_struct(r, node, depth, out);
    if (strcmp(word, "array") == 0) {
        MR_TRY(read_flag(r, node, "containsNull", &nulls));
        MR_TRY(read_type(r, json_object_get(node, "elementType"), depth, &first));
        *out = mr_type_array(r->arena, first, nulls);
        return MR_OK;
    }
    if (strcmp(word, "map") == 0) {
        MR_TRY(read_flag(r, node, "valueContainsNull", &nulls));
        MR_TRY(read_type(r, json_object_get(node, "keyType"), depth, &first));
        MR_TRY(read_type(r, json_object_get(node, "valueType"), depth, &second));
        *out = mr_type_map(r->arena, first, second, nulls);
        return MR_OK;
    }
    return refuse(r, "a type that Millrace does not know");
}

/* The words of JSON are those of DDL, in lower case, with these four besides. */
static mr_status read_word(const reader *r, mr_str word, const mr_type **out)
{
    static const struct {
        const char *name;
        mr_type_id id;
    } special[] = {
        { "null", MR_TYPE_NULL },
        { "calendarinterval", MR_TYPE_INTERVAL_CALENDAR },
        { "interval", MR_TYPE_INTERVAL_CALENDAR },
        { "decimal", MR_TYPE_DECIMAL },
    };
    mr_error inner;

    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
        if (mr_str_is(word, special[i].name)) {
            *out = mr_type_of(special[i].id);
            return MR_OK;
        }
    mr_error_clear(&inner);
    if (word.len == 0 || word.len > 64 || mr_type_parse_ddl(r->arena, word, out, &inner) != MR_OK ||
        (*out)->n_fields > 0 || (*out)->id == MR_TYPE_STRUCT)
        return mr_fail(r->err, MR_INVALID,
                       "Failed to convert the JSON string '%.*s' to a data type.",
                       (int)(word.len > 64 ? 64 : word.len), word.ptr);
    return MR_OK;
}

static mr_status read_type(const reader *r, const json_t *node, int depth, const mr_type **out)
{
    if (depth > MAX_DEPTH)
        return mr_fail(r->err, MR_INVALID, "the type is nested deeper than %d levels", MAX_DEPTH);
    if (json_is_string(node))
        return read_word(r, (mr_str){ json_string_value(node), json_string_length(node) }, out);
    if (json_is_object(node))
        return read_object(r, node, depth + 1, out);
    return refuse(r, "neither a name nor an object");
}

mr_status mr_type_parse_json(mr_arena *arena, mr_str text, const mr_type **out, mr_error *err)
{
    const reader r = { arena, err };
    json_error_t why;
    json_t *root;
    mr_status status;

    if (text.len > MAX_TEXT)
        return refuse(&r, "the text is longer than 16 MiB");
    root = json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
    if (root == NULL)
        return refuse(&r, why.text);
    status = read_type(&r, root, 0, out);
    json_decref(root);
    return status;
}
