/* schema_file.c - state schema files (Java's writeUTF strings) and operator metadata (JSON). */
#include <inttypes.h>

#include <jansson.h>

#include "checkpoint/schema_file.h"

#define MAX_CHUNK  65535 /* of writeUTF, bytes */
#define MAX_STORES 1000

/* --- modified UTF-8 ----------------------------------------------------------------------------
 */

/* Java writes NUL as C0 80 and characters beyond U+FFFF as two surrogates of three bytes each. */
static void to_java(mr_str text, mr_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = (uint8_t)text.ptr[i];

        if (c == 0) {
            mr_buf_puts(out, "\xc0\x80");
        } else if (c >= 0xf0 && i + 3 < text.len) {
            uint32_t v = (uint32_t)(c & 7) << 18 | (uint32_t)(text.ptr[i + 1] & 0x3f) << 12 |
                         (uint32_t)(text.ptr[i + 2] & 0x3f) << 6 | (text.ptr[i + 3] & 0x3f);
            uint32_t pair[2] = { 0xd800 + ((v - 0x10000) >> 10), 0xdc00 + (v & 0x3ff) };

            for (int k = 0; k < 2; k++) {
                mr_buf_putc(out, (char)(0xe0 | pair[k] >> 12));
                mr_buf_putc(out, (char)(0x80 | (pair[k] >> 6 & 0x3f)));
                mr_buf_putc(out, (char)(0x80 | (pair[k] & 0x3f)));
            }
            i += 3;
        } else {
            mr_buf_putc(out, (char)c);
        }
    }
}

/* One surrogate of three bytes at `at`, or 0. */
static uint32_t surrogate(mr_str text, size_t at, uint32_t base)
{
    uint32_t v;

    if (at + 3 > text.len || (uint8_t)text.ptr[at] != 0xed)
        return 0;
    v = 0xd000 | (uint32_t)(text.ptr[at + 1] & 0x3f) << 6 | (uint32_t)(text.ptr[at + 2] & 0x3f);
    return (v & 0xfc00) == base ? v : 0;
}

static void from_java(mr_str text, mr_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        uint32_t high = surrogate(text, i, 0xd800);
        uint32_t low = high == 0 ? 0 : surrogate(text, i + 3, 0xdc00);

        if (low != 0) {
            uint32_t v = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);

            mr_buf_putc(out, (char)(0xf0 | v >> 18));
            mr_buf_putc(out, (char)(0x80 | (v >> 12 & 0x3f)));
            mr_buf_putc(out, (char)(0x80 | (v >> 6 & 0x3f)));
            mr_buf_putc(out, (char)(0x80 | (v & 0x3f)));
            i += 5;
        } else if ((uint8_t)text.ptr[i] == 0xc0 && i + 1 < text.len) {
            mr_buf_putc(out, '\0');
            i++;
        } else {
            mr_buf_putc(out, text.ptr[i]);
        }
    }
}

/* --- schema file -------------------------------------------------------------------------------
 */

typedef struct cursor {
    mr_str rest;
    const char *name;
    mr_error *err;
} cursor;

static mr_status corrupt(const char *name, const char *what, mr_error *err)
{
    return mr_fail(err, MR_CORRUPT, "%s: %s", name, what);
}

static mr_status take(cursor *c, size_t n, mr_str *out)
{
    if (n > c->rest.len)
        return corrupt(c->name, "the file is cut short", c->err);
    *out = mr_str_slice(c->rest, 0, n);
    c->rest = mr_str_slice(c->rest, n, c->rest.len);
    return MR_OK;
}

static mr_status take_utf(cursor *c, mr_buf *out)
{
    mr_str size;
    mr_str text;

    MR_TRY(take(c, 2, &size));
    MR_TRY(take(c, (size_t)(uint8_t)size.ptr[0] << 8 | (uint8_t)size.ptr[1], &text));
    from_java(text, out);
    return MR_OK;
}

/* One schema: version 1 in one string, version 2 in a counted number of them. */
static mr_status take_schema(cursor *c, int version, mr_buf *json)
{
    uint32_t chunks = 1;
    mr_str count;

    mr_buf_clear(json);
    if (version >= 2) {
        MR_TRY(take(c, 4, &count));
        chunks = (uint32_t)(uint8_t)count.ptr[0] << 24 | (uint32_t)(uint8_t)count.ptr[1] << 16 |
                 (uint32_t)(uint8_t)count.ptr[2] << 8 | (uint8_t)count.ptr[3];
    }
    for (uint32_t i = 0; i < chunks; i++)
        MR_TRY(take_utf(c, json));
    return MR_OK;
}

static mr_status take_type(cursor *c, mr_arena *arena, int version, mr_buf *json,
                           const mr_type **out)
{
    mr_error why = { 0 };

    MR_TRY(take_schema(c, version, json));
    if (mr_type_parse_json(arena, mr_buf_str(json), out, &why) != MR_OK ||
        (*out)->id != MR_TYPE_STRUCT)
        return mr_fail(c->err, MR_CORRUPT, "%s: not a schema: %s", c->name, why.message);
    return MR_OK;
}

static mr_status read_file(cursor *c, mr_arena *arena, mr_buf *text, const mr_type **key,
                           const mr_type **value)
{
    int version;

    MR_TRY(take_utf(c, text));
    if (text->len != 2 || text->ptr[0] != 'v' || text->ptr[1] < '1' || text->ptr[1] > '9')
        return corrupt(c->name, "not a state schema file", c->err);
    version = text->ptr[1] - '0';
    if (version > 2)
        return mr_fail(c->err, MR_UNSUPPORTED,
                       "%s: state schema version %d is not supported, only 1 and 2", c->name,
                       version);
    MR_TRY(take_type(c, arena, version, text, key));
    MR_TRY(take_type(c, arena, version, text, value));
    return c->rest.len == 0 ? MR_OK : corrupt(c->name, "bytes behind the end", c->err);
}

mr_status mr_schema_file_read(mr_arena *arena, mr_str bytes, const char *name, const mr_type **key,
                              const mr_type **value, mr_error *err)
{
    cursor c = { bytes, name, err };
    mr_buf text = { 0 };
    mr_status status = read_file(&c, arena, &text, key, value);

    mr_buf_free(&text);
    return status;
}

static void put_utf(mr_str java, mr_buf *out)
{
    mr_buf_put_u16be(out, (uint16_t)java.len);
    mr_buf_add(out, java);
}

/* Where a chunk that starts at `from` ends: at most 65535 bytes, whole characters. */
static size_t chunk_end(mr_str java, size_t from)
{
    size_t to = from + MAX_CHUNK;

    if (to >= java.len)
        return java.len;
    while (((uint8_t)java.ptr[to] & 0xc0) == 0x80)
        to--;
    return to;
}

static void put_schema(const mr_type *type, mr_buf *out)
{
    mr_buf json = { 0 };
    mr_buf java = { 0 };
    size_t count_at = out->len;
    uint32_t chunks = 0;

    mr_type_print_json(type, &json);
    to_java(mr_buf_str(&json), &java);
    mr_buf_put_u32be(out, 0);
    for (size_t from = 0; from < java.len; chunks++) {
        size_t to = chunk_end(mr_buf_str(&java), from);

        put_utf(mr_str_slice(mr_buf_str(&java), from, to), out);
        from = to;
    }
    for (int i = 0; i < 4; i++)
        out->ptr[count_at + (size_t)i] = (char)(chunks >> (24 - 8 * i));
    mr_buf_free(&json);
    mr_buf_free(&java);
}

void mr_schema_file_write(const mr_type *key, const mr_type *value, mr_buf *out)
{
    put_utf(MR_STR("v2"), out);
    put_schema(key, out);
    put_schema(value, out);
}

/* --- operator metadata -------------------------------------------------------------------------
 */

static bool read_store(mr_arena *arena, const json_t *node, mr_store_info *out)
{
    const json_t *name = json_object_get(node, "storeName");
    const json_t *prefix = json_object_get(node, "numColsPrefixKey");
    const json_t *partitions = json_object_get(node, "numPartitions");

    if (!json_is_string(name) || !json_is_integer(prefix) || !json_is_integer(partitions) ||
        json_integer_value(prefix) < 0 || json_integer_value(prefix) > INT32_MAX ||
        json_integer_value(partitions) < 1 || json_integer_value(partitions) > INT32_MAX)
        return false;
    out->name = mr_arena_str(arena, mr_str_from(json_string_value(name)));
    out->prefix_columns = (int32_t)json_integer_value(prefix);
    out->n_partitions = (int32_t)json_integer_value(partitions);
    return true;
}

static bool read_metadata(mr_arena *arena, const json_t *root, mr_operator_metadata *out)
{
    const json_t *info = json_object_get(root, "operatorInfo");
    const json_t *id = json_object_get(info, "operatorId");
    const json_t *name = json_object_get(info, "operatorName");
    const json_t *stores = json_object_get(root, "stateStoreInfo");
    size_t n = json_array_size(stores);

    if (!json_is_integer(id) || !json_is_string(name) || !json_is_array(stores) || n > MAX_STORES)
        return false;
    out->id = json_integer_value(id);
    out->name = mr_arena_str(arena, mr_str_from(json_string_value(name)));
    out->stores = MR_NEW_ARRAY(arena, mr_store_info, n);
    out->n_stores = (int)n;
    for (size_t i = 0; i < n; i++)
        if (!read_store(arena, json_array_get(stores, i), &out->stores[i]))
            return false;
    return true;
}

mr_status mr_operator_metadata_parse(mr_arena *arena, mr_str text, const char *name,
                                     mr_operator_metadata *out, mr_error *err)
{
    json_t *root;
    bool good;

    if (mr_str_starts(text, "v2\n"))
        return mr_fail(err, MR_UNSUPPORTED, "%s: operator metadata of version 2", name);
    if (!mr_str_starts(text, "v1\n"))
        return corrupt(name, "not operator metadata of version 1", err);
    root = json_loadb(text.ptr + 3, text.len - 3, 0, NULL);
    good = read_metadata(arena, root, out);
    json_decref(root);
    return good ? MR_OK : corrupt(name, "damaged operator metadata", err);
}

void mr_operator_metadata_print(const mr_operator_metadata *metadata, mr_buf *out)
{
    mr_buf_printf(
        out, "v1\n{\"operatorInfo\":{\"operatorId\":%" PRId64 ",\"operatorName\":", metadata->id);
    mr_buf_put_json(out, metadata->name);
    mr_buf_puts(out, "},\"stateStoreInfo\":[");
    for (int i = 0; i < metadata->n_stores; i++) {
        const mr_store_info *store = &metadata->stores[i];

        mr_buf_printf(out, "%s{\"storeName\":", i > 0 ? "," : "");
        mr_buf_put_json(out, store->name);
        mr_buf_printf(out, ",\"numColsPrefixKey\":%" PRId32 ",\"numPartitions\":%" PRId32 "}",
                      store->prefix_columns, store->n_partitions);
    }
    mr_buf_puts(out, "]}");
}
