/* ipc_write.c - a batch as an Arrow IPC stream.
 *
 * A message is  ffffffff | int32 metadata size | metadata (a FlatBuffer, padded to 8) | body.
 * The stream is the Schema message, one RecordBatch message, and ffffffff 00000000.
 */
#include "column/flatbuf_priv.h"
#include "column/ipc.h"
#include "column/ipc_priv.h"

#define ABSENT                                                                                     \
    {                                                                                              \
        0, 0                                                                                       \
    }

/* --- schema ------------------------------------------------------------------------------------
 */

/* Tag and table of a Spark type; *name_at: where the time zone's reference is, if it has one. */
static size_t put_type(mr_buf *buf, size_t base, const mr_type *type, mr_str zone)
{
    mr_flatbuf_field f[3] = { ABSENT, ABSENT, ABSENT };
    size_t at[MR_FLATBUF_FIELDS];
    int n = 0;
    size_t table;

    switch (type->id) {
    case MR_TYPE_BYTE:
    case MR_TYPE_SHORT:
    case MR_TYPE_INT:
    case MR_TYPE_LONG:
        f[n++] = (mr_flatbuf_field){ 4, 8 * (int64_t)mr_type_width(type) };
        f[n++] = (mr_flatbuf_field){ 1, 1 };
        break;
    case MR_TYPE_FLOAT:
        f[n++] = (mr_flatbuf_field){ 2, 1 };
        break;
    case MR_TYPE_DOUBLE:
        f[n++] = (mr_flatbuf_field){ 2, 2 };
        break;
    case MR_TYPE_DECIMAL:
        f[n++] = (mr_flatbuf_field){ 4, type->precision };
        f[n++] = (mr_flatbuf_field){ 4, type->scale };
        f[n++] = (mr_flatbuf_field){ 4, 128 };
        break;
    case MR_TYPE_DATE:
        f[n++] = (mr_flatbuf_field){ 2, 0 };
        break;
    case MR_TYPE_TIMESTAMP:
        f[n++] = (mr_flatbuf_field){ 2, MR_ARROW_MICROSECOND };
        f[n++] = (mr_flatbuf_field){ 4, 0 };
        break;
    case MR_TYPE_TIMESTAMP_NTZ:
    case MR_TYPE_INTERVAL_DT:
        f[n++] = (mr_flatbuf_field){ 2, MR_ARROW_MICROSECOND };
        break;
    case MR_TYPE_INTERVAL_YM:
        f[n++] = (mr_flatbuf_field){ 2, MR_ARROW_YEAR_MONTH };
        break;
    case MR_TYPE_INTERVAL_CALENDAR:
        f[n++] = (mr_flatbuf_field){ 2, MR_ARROW_MONTH_DAY_NANO };
        break;
    case MR_TYPE_MAP:
        f[n++] = (mr_flatbuf_field){ 1, 0 };
        break;
    default:
        break;
    }
    table = mr_flatbuf_table(buf, base, f, n, at);
    if (type->id == MR_TYPE_TIMESTAMP)
        mr_flatbuf_link(buf, at[1], mr_flatbuf_string(buf, base, zone));
    return table;
}

static int type_tag(const mr_type *type)
{
    static const uint8_t tags[] = {
        [MR_TYPE_NULL] = MR_ARROW_NULL,
        [MR_TYPE_BOOLEAN] = MR_ARROW_BOOL,
        [MR_TYPE_BYTE] = MR_ARROW_INT,
        [MR_TYPE_SHORT] = MR_ARROW_INT,
        [MR_TYPE_INT] = MR_ARROW_INT,
        [MR_TYPE_LONG] = MR_ARROW_INT,
        [MR_TYPE_FLOAT] = MR_ARROW_FLOAT,
        [MR_TYPE_DOUBLE] = MR_ARROW_FLOAT,
        [MR_TYPE_DECIMAL] = MR_ARROW_DECIMAL,
        [MR_TYPE_STRING] = MR_ARROW_UTF8,
        [MR_TYPE_CHAR] = MR_ARROW_UTF8,
        [MR_TYPE_VARCHAR] = MR_ARROW_UTF8,
        [MR_TYPE_BINARY] = MR_ARROW_BINARY,
        [MR_TYPE_DATE] = MR_ARROW_DATE,
        [MR_TYPE_TIMESTAMP] = MR_ARROW_TIMESTAMP,
        [MR_TYPE_TIMESTAMP_NTZ] = MR_ARROW_TIMESTAMP,
        [MR_TYPE_INTERVAL_CALENDAR] = MR_ARROW_INTERVAL,
        [MR_TYPE_INTERVAL_YM] = MR_ARROW_INTERVAL,
        [MR_TYPE_INTERVAL_DT] = MR_ARROW_DURATION,
        [MR_TYPE_ARRAY] = MR_ARROW_LIST,
        [MR_TYPE_STRUCT] = MR_ARROW_STRUCT,
        [MR_TYPE_MAP] = MR_ARROW_MAP,
    };

    return tags[type->id];
}

static size_t put_field(mr_buf *buf, size_t base, const mr_field *field, mr_str zone);

/* A vector of Field tables. */
static size_t put_fields(mr_buf *buf, size_t base, const mr_field *fields, int n, mr_str zone)
{
    size_t vector = mr_flatbuf_vector(buf, base, (size_t)n, 4, 4);

    for (int i = 0; i < n; i++)
        mr_flatbuf_link(buf, vector + 4 + 4 * (size_t)i, put_field(buf, base, &fields[i], zone));
    return vector;
}

static size_t put_field(mr_buf *buf, size_t base, const mr_field *field, mr_str zone)
{
    const mr_type *type = field->type;
    const mr_flatbuf_field f[] = {
        { 4, 0 }, { 1, field->nullable }, { 1, type_tag(type) }, { 4, 0 }, ABSENT, { 4, 0 },
    };
    size_t at[MR_FLATBUF_FIELDS];
    size_t table = mr_flatbuf_table(buf, base, f, 6, at);
    size_t children;

    mr_flatbuf_link(buf, at[0], mr_flatbuf_string(buf, base, field->name));
    mr_flatbuf_link(buf, at[3], put_type(buf, base, type, zone));
    if (type->id == MR_TYPE_MAP) {
        const mr_type pair = { .id = MR_TYPE_STRUCT, .n_fields = 2, .fields = type->fields };
        const mr_field entries = { .name = MR_STR("entries"), .type = &pair };

        children = put_fields(buf, base, &entries, 1, zone);
    } else {
        children = put_fields(buf, base, type->fields, type->n_fields, zone);
    }
    mr_flatbuf_link(buf, at[5], children);
    return table;
}

/* --- messages ----------------------------------------------------------------------------------
 */

/* Begins a message; returns the position of its size.  *header: the reference to link. */
static size_t start_message(mr_buf *buf, int kind, int64_t body, size_t *base, size_t *header)
{
    const mr_flatbuf_field f[] = { { 2, MR_ARROW_V5 }, { 1, kind }, { 4, 0 }, { 8, body } };
    size_t at[MR_FLATBUF_FIELDS];
    size_t size_at;

    mr_buf_put_u32le(buf, MR_ARROW_CONTINUATION);
    size_at = buf->len;
    mr_buf_put_u32le(buf, 0);
    *base = mr_flatbuf_start(buf);
    mr_flatbuf_link(buf, *base, mr_flatbuf_table(buf, *base, f, 4, at));
    *header = at[2];
    return size_at;
}

static void end_message(mr_buf *buf, size_t size_at)
{
    uint32_t size;

    while ((buf->len - size_at - 4) % 8 != 0)
        mr_buf_putc(buf, '\0');
    size = (uint32_t)(buf->len - size_at - 4);
    memcpy(buf->ptr + size_at, &size, 4);
}

static void put_schema(mr_buf *buf, const mr_type *schema, mr_str zone)
{
    const mr_flatbuf_field f[] = { { 2, 0 }, { 4, 0 } };
    size_t at[MR_FLATBUF_FIELDS];
    size_t base;
    size_t header;
    size_t size_at = start_message(buf, MR_ARROW_SCHEMA, 0, &base, &header);

    mr_flatbuf_link(buf, header, mr_flatbuf_table(buf, base, f, 2, at));
    mr_flatbuf_link(buf, at[1], put_fields(buf, base, schema->fields, schema->n_fields, zone));
    end_message(buf, size_at);
}

/* --- body --------------------------------------------------------------------------------------
 */

/* The body grows in one buffer, its description in two: pairs of (length, nulls) and (offset,
 * length). */
typedef struct body {
    mr_buf bytes;
    mr_buf nodes;
    mr_buf buffers;
} body;

/* What was appended to the body since `from` becomes one buffer. */
static void close_buffer(body *b, size_t from)
{
    mr_buf_put_u64le(&b->buffers, from);
    mr_buf_put_u64le(&b->buffers, b->bytes.len - from);
    if (b->bytes.len % 8 != 0)
        mr_buf_fill(&b->bytes, '\0', 8 - b->bytes.len % 8);
}

static void set_bit(char *bits, int32_t i)
{
    bits[i / 8] |= (char)(1 << (i % 8));
}

/* FieldNode and validity bitmap; no bitmap when nothing is null. */
static void put_validity(body *b, const mr_vec *vec)
{
    size_t from = b->bytes.len;
    int32_t nulls = 0;

    for (int32_t i = 0; i < vec->n; i++)
        nulls += mr_vec_is_null(vec, i);
    mr_buf_put_u64le(&b->nodes, (uint64_t)vec->n);
    mr_buf_put_u64le(&b->nodes, (uint64_t)nulls);
    if (vec->type->id == MR_TYPE_NULL)
        return;
    if (nulls > 0) {
        mr_buf_fill(&b->bytes, '\0', ((size_t)vec->n + 7) / 8);
        for (int32_t i = 0; i < vec->n; i++)
            if (!mr_vec_is_null(vec, i))
                set_bit(b->bytes.ptr + from, i);
    }
    close_buffer(b, from);
}

static void put_bools(body *b, const mr_vec *vec)
{
    size_t from = b->bytes.len;

    mr_buf_fill(&b->bytes, '\0', ((size_t)vec->n + 7) / 8);
    for (int32_t i = 0; i < vec->n; i++)
        if (!mr_vec_is_null(vec, i) && vec->u8[i])
            set_bit(b->bytes.ptr + from, i);
    close_buffer(b, from);
}

static mr_status put_strings(body *b, const mr_vec *vec, mr_error *err)
{
    size_t from = b->bytes.len;
    size_t total = 0;

    mr_buf_put_u32le(&b->bytes, 0);
    for (int32_t i = 0; i < vec->n; i++) {
        total += mr_vec_is_null(vec, i) ? 0 : vec->str[i].len;
        if (total > INT32_MAX)
            return mr_fail(err, MR_INVALID, "a column of one batch holds more than 2 GiB of text");
        mr_buf_put_u32le(&b->bytes, (uint32_t)total);
    }
    close_buffer(b, from);
    from = b->bytes.len;
    for (int32_t i = 0; i < vec->n; i++)
        if (!mr_vec_is_null(vec, i))
            mr_buf_add(&b->bytes, vec->str[i]);
    close_buffer(b, from);
    return MR_OK;
}

static void put_offsets(body *b, const mr_vec *vec)
{
    size_t from = b->bytes.len;

    mr_buf_append(&b->bytes, vec->offsets, ((size_t)vec->n + 1) * sizeof(int32_t));
    close_buffer(b, from);
}

static void put_intervals(body *b, const mr_vec *vec)
{
    size_t from = b->bytes.len;

    for (int32_t i = 0; i < vec->n; i++) {
        mr_interval v = mr_vec_is_null(vec, i) ? (mr_interval){ 0 } : vec->interval[i];

        mr_buf_put_u32le(&b->bytes, (uint32_t)v.months);
        mr_buf_put_u32le(&b->bytes, (uint32_t)v.days);
        mr_buf_put_u64le(&b->bytes, (uint64_t)v.us * 1000u);
    }
    close_buffer(b, from);
}

/* The undefined data of null rows goes out as zeros: no stray memory leaves the process. */
static void put_fixed(body *b, const mr_vec *vec)
{
    size_t from = b->bytes.len;
    size_t width = mr_type_width(vec->type);

    mr_buf_append(&b->bytes, vec->data, (size_t)vec->n * width);
    for (int32_t i = 0; vec->valid != NULL && i < vec->n; i++)
        if (!vec->valid[i])
            memset(b->bytes.ptr + from + (size_t)i * width, 0, width);
    close_buffer(b, from);
}

/* vec is dense: gathered. */
static mr_status put_vec(body *b, const mr_vec *vec, mr_error *err)
{
    put_validity(b, vec);
    switch (vec->type->id) {
    case MR_TYPE_NULL:
        return MR_OK;
    case MR_TYPE_BOOLEAN:
        put_bools(b, vec);
        return MR_OK;
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        return put_strings(b, vec, err);
    case MR_TYPE_INTERVAL_CALENDAR:
        put_intervals(b, vec);
        return MR_OK;
    case MR_TYPE_ARRAY:
        put_offsets(b, vec);
        return put_vec(b, &vec->children[0], err);
    case MR_TYPE_MAP: /* one child, a struct of key and value without nulls */
        put_offsets(b, vec);
        mr_buf_put_u64le(&b->nodes, (uint64_t)vec->children[0].n);
        mr_buf_put_u64le(&b->nodes, 0);
        close_buffer(b, b->bytes.len);
        MR_TRY(put_vec(b, &vec->children[0], err));
        return put_vec(b, &vec->children[1], err);
    case MR_TYPE_STRUCT:
        for (int i = 0; i < vec->type->n_fields; i++)
            MR_TRY(put_vec(b, &vec->children[i], err));
        return MR_OK;
    default:
        put_fixed(b, vec);
        return MR_OK;
    }
}

static void put_batch(mr_buf *buf, const body *b, int32_t n)
{
    const mr_flatbuf_field f[] = { { 8, n }, { 4, 0 }, { 4, 0 } };
    size_t at[MR_FLATBUF_FIELDS];
    size_t base;
    size_t header;
    size_t size_at = start_message(buf, MR_ARROW_BATCH, (int64_t)b->bytes.len, &base, &header);
    size_t vector;

    mr_flatbuf_link(buf, header, mr_flatbuf_table(buf, base, f, 3, at));
    vector = mr_flatbuf_vector(buf, base, b->nodes.len / 16, 16, 8);
    if (b->nodes.len > 0)
        memcpy(buf->ptr + vector + 4, b->nodes.ptr, b->nodes.len);
    mr_flatbuf_link(buf, at[1], vector);
    vector = mr_flatbuf_vector(buf, base, b->buffers.len / 16, 16, 8);
    if (b->buffers.len > 0)
        memcpy(buf->ptr + vector + 4, b->buffers.ptr, b->buffers.len);
    mr_flatbuf_link(buf, at[2], vector);
    end_message(buf, size_at);
    mr_buf_add(buf, mr_buf_str(&b->bytes));
}

static mr_status put_columns(body *b, const mr_batch *batch, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_status status = MR_OK;

    for (int i = 0; status == MR_OK && i < batch->schema->n_fields; i++) {
        mr_vec dense;

        mr_vec_gather(&dense, &batch->cols[i], batch->sel, arena, false);
        status = put_vec(b, &dense, err);
        mr_arena_reset(arena);
    }
    mr_arena_free(arena);
    return status;
}

mr_status mr_ipc_write(const mr_batch *batch, mr_str zone, mr_buf *out, mr_error *err)
{
    body b = { 0 };
    mr_status status = put_columns(&b, batch, err);

    if (status == MR_OK) {
        put_schema(out, batch->schema, zone);
        put_batch(out, &b, batch->sel.n);
        mr_buf_put_u32le(out, MR_ARROW_CONTINUATION);
        mr_buf_put_u32le(out, 0);
    }
    mr_buf_free(&b.bytes);
    mr_buf_free(&b.nodes);
    mr_buf_free(&b.buffers);
    return status;
}
