/* ipc_read.c - an Arrow IPC stream as one batch.
 *
 * The bytes come from a client.  Nothing in them is believed: metadata goes through the checking
 * reader of flatbuf.c; every buffer is checked to lie in its message's body and to be long enough
 * for its rows; string and list offsets must ascend and end within what they index.
 */
#include <stdlib.h>

#include "column/flatbuf_priv.h"
#include "column/ipc.h"
#include "column/ipc_priv.h"

#define MAX_DEPTH  64
#define MAX_FIELDS 50000

/* What Arrow says about a field that Spark's type does not: how its values are laid out. */
typedef struct layout {
    int tag;
    int64_t divide; /* time values are divided, or multiplied, to be microseconds */
    int64_t multiply;
    int interval; /* enum mr_arrow_interval */
    struct layout *children;
} layout;

typedef struct reader {
    mr_arena *arena;
    mr_error *err;
    size_t budget; /* bytes that may yet be decoded: buffers may be referred to many times */
    int n_fields;  /* seen so far: FlatBuffers may refer to one table many times */
    const mr_type *schema;
    layout *layouts;
    /* of the current record batch */
    mr_str body;
    mr_str nodes;
    mr_str buffers;
    size_t next_node;
    size_t next_buffer;
} reader;

static mr_status corrupt(const reader *r, const char *what)
{
    return mr_fail(r->err, MR_CORRUPT, "Arrow data: %s", what);
}

/* --- schema ------------------------------------------------------------------------------------
 */

static mr_status read_field(reader *r, mr_flatbuf_view view, int depth, mr_field *out, layout *how);

static mr_status unsupported(const reader *r, const char *what)
{
    return mr_fail(r->err, MR_UNSUPPORTED, "Arrow type not supported: %s", what);
}

static mr_status read_int(const reader *r, const mr_flatbuf_view *t, const mr_type **out)
{
    if (mr_flatbuf_get(t, 1, 1, 0) == 0)
        return unsupported(r, "unsigned integer");
    switch (mr_flatbuf_get(t, 0, 4, 0)) {
    case 8:
        *out = mr_type_of(MR_TYPE_BYTE);
        return MR_OK;
    case 16:
        *out = mr_type_of(MR_TYPE_SHORT);
        return MR_OK;
    case 32:
        *out = mr_type_of(MR_TYPE_INT);
        return MR_OK;
    case 64:
        *out = mr_type_of(MR_TYPE_LONG);
        return MR_OK;
    default:
        return corrupt(r, "an integer of a wrong width");
    }
}

static mr_status read_decimal(const reader *r, const mr_flatbuf_view *t, const mr_type **out)
{
    int64_t precision = mr_flatbuf_get(t, 0, 4, 0);
    int64_t scale = mr_flatbuf_get(t, 1, 4, 0);

    if (mr_flatbuf_get(t, 2, 4, 128) != 128)
        return unsupported(r, "decimal of another width than 128 bits");
    if (precision < 1 || precision > 38 || scale < 0 || scale > precision)
        return unsupported(r, "decimal beyond 38 digits or with a negative scale");
    *out = mr_type_decimal(r->arena, (int)precision, (int)scale);
    return MR_OK;
}

static mr_status read_unit(const reader *r, int64_t unit, layout *how)
{
    how->multiply = unit == MR_ARROW_SECOND ? 1000000 : unit == MR_ARROW_MILLISECOND ? 1000 : 1;
    how->divide = unit == MR_ARROW_NANOSECOND ? 1000 : 1;
    return unit >= MR_ARROW_SECOND && unit <= MR_ARROW_NANOSECOND ? MR_OK
                                                                  : corrupt(r, "a wrong time unit");
}

static mr_status read_interval(const reader *r, const mr_flatbuf_view *t, const mr_type **out,
                               layout *how)
{
    how->interval = (int)mr_flatbuf_get(t, 0, 2, 0);
    if (how->interval != MR_ARROW_YEAR_MONTH && how->interval != MR_ARROW_MONTH_DAY_NANO)
        return unsupported(r, "interval of days and milliseconds");
    *out = mr_type_of(how->interval == MR_ARROW_YEAR_MONTH ? MR_TYPE_INTERVAL_YM
                                                           : MR_TYPE_INTERVAL_CALENDAR);
    return MR_OK;
}

static mr_status read_children(reader *r, const mr_flatbuf_view *view, int depth, int *n,
                               mr_field **fields, layout **hows)
{
    size_t count;
    size_t vector = mr_flatbuf_get_vector(view, 5, 4, &count);

    if (depth > MAX_DEPTH)
        return corrupt(r, "types are nested too deeply");
    if (count > (size_t)(MAX_FIELDS - r->n_fields))
        return corrupt(r, "too many fields");
    r->n_fields += (int)count;
    *n = (int)count;
    *fields = MR_NEW_ARRAY(r->arena, mr_field, count);
    *hows = MR_NEW_ARRAY(r->arena, layout, count);
    for (size_t i = 0; i < count; i++)
        MR_TRY(read_field(r, mr_flatbuf_vector_table(view->reader, vector, i), depth + 1,
                          &(*fields)[i], &(*hows)[i]));
    return MR_OK;
}

static mr_status read_nested(reader *r, const mr_flatbuf_view *view, int depth, const mr_type **out,
                             layout *how)
{
    mr_field *fields = NULL;
    int n = 0;

    MR_TRY(read_children(r, view, depth, &n, &fields, &how->children));
    if (how->tag == MR_ARROW_STRUCT) {
        *out = mr_type_struct(r->arena, fields, n);
        return MR_OK;
    }
    if (n != 1)
        return corrupt(r, "a list without exactly one child");
    if (how->tag != MR_ARROW_MAP) {
        *out = mr_type_array(r->arena, fields[0].type, fields[0].nullable);
        return MR_OK;
    }
    if (fields[0].type->id != MR_TYPE_STRUCT || fields[0].type->n_fields != 2)
        return corrupt(r, "a map whose entries are no pairs");
    *out = mr_type_map(r->arena, fields[0].type->fields[0].type, fields[0].type->fields[1].type,
                       fields[0].type->fields[1].nullable);
    return MR_OK;
}

static mr_status read_type(reader *r, const mr_flatbuf_view *view, int depth, const mr_type **out,
                           layout *how)
{
    mr_flatbuf_view t = mr_flatbuf_get_table(view, 3);

    how->tag = (int)mr_flatbuf_get(view, 2, 1, 0);
    switch (how->tag) {
    case MR_ARROW_NULL:
        *out = mr_type_of(MR_TYPE_NULL);
        return MR_OK;
    case MR_ARROW_INT:
        return read_int(r, &t, out);
    case MR_ARROW_FLOAT:
        if (mr_flatbuf_get(&t, 0, 2, 0) == 0)
            return unsupported(r, "half-precision float");
        *out = mr_type_of(mr_flatbuf_get(&t, 0, 2, 0) == 1 ? MR_TYPE_FLOAT : MR_TYPE_DOUBLE);
        return MR_OK;
    case MR_ARROW_BINARY:
    case MR_ARROW_LARGE_BINARY:
        *out = mr_type_of(MR_TYPE_BINARY);
        return MR_OK;
    case MR_ARROW_UTF8:
    case MR_ARROW_LARGE_UTF8:
        *out = mr_type_of(MR_TYPE_STRING);
        return MR_OK;
    case MR_ARROW_BOOL:
        *out = mr_type_of(MR_TYPE_BOOLEAN);
        return MR_OK;
    case MR_ARROW_DECIMAL:
        return read_decimal(r, &t, out);
    case MR_ARROW_DATE:
        *out = mr_type_of(MR_TYPE_DATE);
        return mr_flatbuf_get(&t, 0, 2, 1) == 0 ? MR_OK : unsupported(r, "date in milliseconds");
    case MR_ARROW_TIMESTAMP:
        *out = mr_type_of(mr_flatbuf_get_string(&t, 1).len > 0 ? MR_TYPE_TIMESTAMP
                                                               : MR_TYPE_TIMESTAMP_NTZ);
        return read_unit(r, mr_flatbuf_get(&t, 0, 2, 0), how);
    case MR_ARROW_DURATION:
        *out = mr_type_of(MR_TYPE_INTERVAL_DT);
        return read_unit(r, mr_flatbuf_get(&t, 0, 2, 1), how);
    case MR_ARROW_INTERVAL:
        return read_interval(r, &t, out, how);
    case MR_ARROW_LIST:
    case MR_ARROW_LARGE_LIST:
    case MR_ARROW_STRUCT:
    case MR_ARROW_MAP:
        return read_nested(r, view, depth, out, how);
    default:
        return mr_fail(r->err, MR_UNSUPPORTED, "Arrow type not supported: type number %d",
                       how->tag);
    }
}

static mr_status read_field(reader *r, mr_flatbuf_view view, int depth, mr_field *out, layout *how)
{
    mr_flatbuf_view dictionary = mr_flatbuf_get_table(&view, 4);

    *how = (layout){ .divide = 1, .multiply = 1 };
    if (view.reader->bad)
        return corrupt(r, "damaged metadata");
    if (dictionary.at != 0)
        return unsupported(r, "dictionary");
    out->name = mr_arena_str(r->arena, mr_flatbuf_get_string(&view, 0));
    out->nullable = mr_flatbuf_get(&view, 1, 1, 0) != 0;
    MR_TRY(read_type(r, &view, depth, &out->type, how));
    return view.reader->bad ? corrupt(r, "damaged metadata") : MR_OK;
}

static mr_status read_schema(reader *r, const mr_flatbuf_view *schema)
{
    size_t count;
    size_t vector = mr_flatbuf_get_vector(schema, 1, 4, &count);
    mr_field *fields;

    if (r->schema != NULL)
        return corrupt(r, "a second schema");
    if (mr_flatbuf_get(schema, 0, 2, 0) != 0)
        return unsupported(r, "big-endian data");
    if (count > MAX_FIELDS)
        return corrupt(r, "too many fields");
    r->n_fields = (int)count;
    fields = MR_NEW_ARRAY(r->arena, mr_field, count);
    r->layouts = MR_NEW_ARRAY(r->arena, layout, count);
    for (size_t i = 0; i < count; i++)
        MR_TRY(read_field(r, mr_flatbuf_vector_table(schema->reader, vector, i), 0, &fields[i],
                          &r->layouts[i]));
    r->schema = mr_type_struct(r->arena, fields, (int)count);
    return MR_OK;
}

/* --- record batches ----------------------------------------------------------------------------
 */

static int64_t load64(const char *at)
{
    int64_t v;

    memcpy(&v, at, 8);
    return v;
}

/* The next buffer, at least `need` bytes of it. */
static mr_status take_buffer(reader *r, size_t need, mr_str *out)
{
    int64_t offset;
    int64_t length;

    if (r->next_buffer >= r->buffers.len / 16)
        return corrupt(r, "a buffer is missing");
    offset = load64(r->buffers.ptr + 16 * r->next_buffer);
    length = load64(r->buffers.ptr + 16 * r->next_buffer + 8);
    r->next_buffer++;
    if (offset < 0 || length < 0 || (size_t)offset > r->body.len ||
        (size_t)length > r->body.len - (size_t)offset)
        return corrupt(r, "a buffer lies outside of its message");
    if ((size_t)length < need)
        return corrupt(r, "a buffer is too short for its rows");
    *out = (mr_str){ r->body.ptr + offset, (size_t)length };
    return MR_OK;
}

static bool bit_at(mr_str bits, int32_t i)
{
    return (bits.ptr[i / 8] >> (i % 8)) & 1;
}

/* The next field node: its length must be the expected one. */
static mr_status take_node(reader *r, int32_t n, bool *nulls)
{
    const char *node = r->nodes.ptr + 16 * r->next_node;

    if (r->next_node >= r->nodes.len / 16)
        return corrupt(r, "a field node is missing");
    r->next_node++;
    if (load64(node) != n)
        return corrupt(r, "a column of a wrong length");
    *nulls = load64(node + 8) != 0;
    return MR_OK;
}

static mr_status read_validity(reader *r, mr_vec *out, bool nulls)
{
    mr_str bits;

    MR_TRY(take_buffer(r, 0, &bits));
    if (!nulls || bits.len == 0)
        return nulls && out->n > 0 ? corrupt(r, "nulls without a bitmap") : MR_OK;
    if (bits.len < ((size_t)out->n + 7) / 8)
        return corrupt(r, "a bitmap is too short for its rows");
    mr_vec_need_valid(out, r->arena);
    for (int32_t i = 0; i < out->n; i++)
        out->valid[i] = bit_at(bits, i);
    return MR_OK;
}

/* n + 1 ascending offsets that end within `limit`; large: 64 bits each.  An empty column may have
 * none. */
static mr_status read_offsets(reader *r, bool large, int32_t n, int64_t **out)
{
    size_t width = large ? 8 : 4;
    int64_t *offsets = mr_arena_zalloc(r->arena, ((size_t)n + 1) * sizeof(int64_t));
    mr_str bytes;

    *out = offsets;
    MR_TRY(take_buffer(r, n == 0 ? 0 : ((size_t)n + 1) * width, &bytes));
    for (int32_t i = 0; n > 0 && i <= n; i++) {
        int32_t narrow;

        memcpy(&narrow, bytes.ptr + (size_t)i * width, 4);
        offsets[i] = large ? load64(bytes.ptr + (size_t)i * 8) : narrow;
        if (offsets[i] < (i == 0 ? 0 : offsets[i - 1]))
            return corrupt(r, "offsets do not ascend");
    }
    return MR_OK;
}

/* So that a length alone cannot make us allocate, nor a buffer named by every column. */
static mr_status spend(reader *r, size_t bytes)
{
    if (bytes > r->budget)
        return corrupt(r, "more values than its bytes can hold");
    r->budget -= bytes;
    return MR_OK;
}

static mr_status read_strings(reader *r, const layout *how, mr_vec *out)
{
    bool large = how->tag == MR_ARROW_LARGE_BINARY || how->tag == MR_ARROW_LARGE_UTF8;
    int64_t *offsets;
    mr_str data;

    MR_TRY(read_offsets(r, large, out->n, &offsets));
    MR_TRY(take_buffer(r, 0, &data));
    if ((uint64_t)offsets[out->n] > data.len)
        return corrupt(r, "a string ends outside of its buffer");
    MR_TRY(spend(r, (size_t)offsets[out->n]));
    data = mr_arena_str(r->arena, mr_str_slice(data, 0, (size_t)offsets[out->n]));
    for (int32_t i = 0; i < out->n; i++)
        out->str[i] = (mr_str){ data.ptr + offsets[i], (size_t)(offsets[i + 1] - offsets[i]) };
    return MR_OK;
}

static mr_status read_vec(reader *r, const mr_type *type, const layout *how, int32_t n,
                          mr_vec *out);

/* Children of lists and maps: the entries' own node first for maps. */
static mr_status read_list(reader *r, const layout *how, mr_vec *out)
{
    bool is_map = out->type->id == MR_TYPE_MAP;
    const layout *below = is_map ? how->children[0].children : how->children;
    int64_t *offsets;
    int64_t n;

    MR_TRY(read_offsets(r, how->tag == MR_ARROW_LARGE_LIST, out->n, &offsets));
    if (r->next_node >= r->nodes.len / 16)
        return corrupt(r, "a field node is missing");
    n = load64(r->nodes.ptr + 16 * r->next_node);
    if (n < offsets[out->n] || n > INT32_MAX)
        return corrupt(r, "a list ends outside of its elements");
    for (int32_t i = 0; i <= out->n; i++)
        out->offsets[i] = (int32_t)offsets[i];
    if (is_map) {
        bool nulls;
        mr_str bits;

        MR_TRY(take_node(r, (int32_t)n, &nulls));
        MR_TRY(take_buffer(r, 0, &bits));
        if (nulls)
            return corrupt(r, "a map entry is null");
    }
    for (int i = 0; i < out->type->n_fields; i++)
        MR_TRY(read_vec(r, out->type->fields[i].type, &below[i], (int32_t)n, &out->children[i]));
    return MR_OK;
}

static mr_status read_bools(reader *r, mr_vec *out)
{
    mr_str bits;

    MR_TRY(take_buffer(r, ((size_t)out->n + 7) / 8, &bits));
    for (int32_t i = 0; i < out->n; i++)
        out->u8[i] = bit_at(bits, i);
    return MR_OK;
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static mr_status read_times(reader *r, const layout *how, mr_vec *out)
{
    mr_str bytes;

    MR_TRY(take_buffer(r, (size_t)out->n * 8, &bytes));
    for (int32_t i = 0; i < out->n; i++) {
        int64_t v = floor_divide(load64(bytes.ptr + (size_t)i * 8), how->divide);

        if (mr_vec_is_null(out, i))
            v = 0;
        if (__builtin_mul_overflow(v, how->multiply, &out->i64[i]))
            return mr_fail(r->err, MR_INVALID, "Arrow data: a time is out of range");
    }
    return MR_OK;
}

static mr_status read_intervals(reader *r, mr_vec *out)
{
    mr_str bytes;

    MR_TRY(take_buffer(r, (size_t)out->n * 16, &bytes));
    for (int32_t i = 0; i < out->n; i++) {
        const char *at = bytes.ptr + (size_t)i * 16;

        memcpy(&out->interval[i].months, at, 4);
        memcpy(&out->interval[i].days, at + 4, 4);
        out->interval[i].us = floor_divide(load64(at + 8), 1000);
    }
    return MR_OK;
}

static mr_status read_fixed(reader *r, mr_vec *out)
{
    size_t size = (size_t)out->n * mr_type_width(out->type);
    mr_str bytes;

    MR_TRY(take_buffer(r, size, &bytes));
    if (size > 0)
        memcpy(out->data, bytes.ptr, size);
    return MR_OK;
}

static mr_status read_vec(reader *r, const mr_type *type, const layout *how, int32_t n, mr_vec *out)
{
    bool nulls;

    MR_TRY(spend(r, (size_t)n * (mr_type_width(type) + (type->id == MR_TYPE_NULL ? 0 : 1))));
    MR_TRY(take_node(r, n, &nulls));
    mr_vec_init(out, r->arena, type, n);
    if (type->id == MR_TYPE_NULL)
        return MR_OK;
    MR_TRY(read_validity(r, out, nulls));
    switch (type->id) {
    case MR_TYPE_BOOLEAN:
        return read_bools(r, out);
    case MR_TYPE_STRING:
    case MR_TYPE_BINARY:
        return read_strings(r, how, out);
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
    case MR_TYPE_INTERVAL_DT:
        return read_times(r, how, out);
    case MR_TYPE_INTERVAL_CALENDAR:
        return read_intervals(r, out);
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
        return read_list(r, how, out);
    case MR_TYPE_STRUCT:
        for (int i = 0; i < type->n_fields; i++)
            MR_TRY(read_vec(r, type->fields[i].type, &how->children[i], n, &out->children[i]));
        return MR_OK;
    default:
        return read_fixed(r, out);
    }
}

static mr_status read_batch(reader *r, const mr_flatbuf_view *view, mr_str body, mr_batch **out)
{
    int64_t n = mr_flatbuf_get(view, 0, 8, 0);
    size_t n_nodes;
    size_t n_buffers;
    size_t nodes = mr_flatbuf_get_vector(view, 1, 16, &n_nodes);
    size_t buffers = mr_flatbuf_get_vector(view, 2, 16, &n_buffers);

    if (r->schema == NULL)
        return corrupt(r, "rows before the schema");
    if (view->reader->bad || n < 0 || n > INT32_MAX)
        return corrupt(r, "damaged metadata");
    if (mr_flatbuf_get_table(view, 3).at != 0)
        return mr_fail(r->err, MR_UNSUPPORTED, "Arrow data: compressed buffers");
    r->body = body;
    r->nodes = (mr_str){ view->reader->bytes.ptr + nodes, n_nodes * 16 };
    r->buffers = (mr_str){ view->reader->bytes.ptr + buffers, n_buffers * 16 };
    r->next_node = r->next_buffer = 0;
    *out = mr_batch_new(r->arena, r->schema, (int32_t)n);
    for (int i = 0; i < r->schema->n_fields; i++)
        MR_TRY(
            read_vec(r, r->schema->fields[i].type, &r->layouts[i], (int32_t)n, &(*out)->cols[i]));
    return MR_OK;
}

/* --- stream ------------------------------------------------------------------------------------
 */

/* Cuts the next message off *rest; *meta empty = end of stream. */
static mr_status next_message(const reader *r, mr_str *rest, mr_str *meta)
{
    uint32_t head[2] = { 0, 0 };

    *meta = (mr_str){ NULL, 0 };
    if (rest->len == 0)
        return MR_OK;
    if (rest->len < 8)
        return corrupt(r, "a message is cut short");
    memcpy(head, rest->ptr, 8);
    if (head[0] != MR_ARROW_CONTINUATION)
        return corrupt(r, "no message where one should begin");
    *rest = mr_str_slice(*rest, 8, rest->len);
    if (head[1] > rest->len)
        return corrupt(r, "a message is cut short");
    *meta = mr_str_slice(*rest, 0, head[1]);
    *rest = mr_str_slice(*rest, head[1], rest->len);
    return MR_OK;
}

static mr_status read_message(reader *r, mr_str meta, mr_str *rest, mr_batch **batch)
{
    mr_flatbuf_reader fb = { .bytes = meta };
    mr_flatbuf_view message = mr_flatbuf_root(&fb);
    int64_t kind = mr_flatbuf_get(&message, 1, 1, 0);
    int64_t length = mr_flatbuf_get(&message, 3, 8, 0);
    mr_flatbuf_view header = mr_flatbuf_get_table(&message, 2);
    mr_str body;

    if (fb.bad || header.at == 0 || length < 0)
        return corrupt(r, "damaged metadata");
    if ((uint64_t)length > rest->len)
        return corrupt(r, "a message is cut short");
    body = mr_str_slice(*rest, 0, (size_t)length);
    *rest = mr_str_slice(*rest, (size_t)length, rest->len);
    if (kind == MR_ARROW_SCHEMA)
        return read_schema(r, &header);
    if (kind == MR_ARROW_BATCH)
        return read_batch(r, &header, body, batch);
    return mr_fail(r->err, MR_UNSUPPORTED, "Arrow data: message of kind %d", (int)kind);
}

static mr_status join(reader *r, mr_batch **batches, int n, mr_batch **out)
{
    int64_t rows = 0;

    for (int i = 0; i < n; i++)
        rows += batches[i]->n;
    if (rows > INT32_MAX)
        return mr_fail(r->err, MR_INVALID, "Arrow data: more than 2^31 rows");
    *out = n == 1 ? batches[0]
                  : mr_batch_concat(r->arena, r->schema, (const mr_batch *const *)batches, n);
    return MR_OK;
}

mr_status mr_ipc_read(mr_arena *arena, mr_str bytes, mr_batch **out, mr_error *err)
{
    reader r = { .arena = arena, .err = err, .budget = 32 * bytes.len + 65536 };
    mr_batch **batches = NULL;
    int n = 0;
    int capacity = 0;
    mr_status status = MR_OK;

    for (;;) {
        mr_batch *batch = NULL;
        mr_str meta;

        MR_CHECK(next_message(&r, &bytes, &meta));
        if (meta.len == 0)
            break;
        MR_CHECK(read_message(&r, meta, &bytes, &batch));
        if (batch != NULL)
            MR_PUSH(batches, n, capacity, batch);
    }
    if (r.schema == NULL)
        MR_CHECK(corrupt(&r, "no schema"));
    MR_CHECK(join(&r, batches, n, out));
fail:
    free(batches);
    return status;
}
