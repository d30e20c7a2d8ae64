/* flatbuf.c - a small FlatBuffers writer and reader. */
#include "column/flatbuf_priv.h"

/* --- writing -----------------------------------------------------------------------------------
 */

static void align_to(mr_buf *buf, size_t base, size_t align)
{
    size_t over = (buf->len - base) % align;

    if (over > 0)
        mr_buf_fill(buf, '\0', align - over);
}

size_t mr_flatbuf_start(mr_buf *buf)
{
    size_t base = buf->len;

    mr_buf_put_u32le(buf, 0);
    return base;
}

static void put_u16(mr_buf *buf, size_t v)
{
    uint16_t n = (uint16_t)v;

    MR_ASSERT(v <= UINT16_MAX);
    mr_buf_append(buf, &n, 2);
}

/* Gives each field its offset in the table, the widest first; returns the table's size. */
static size_t lay_out(const mr_flatbuf_field *fields, int n_fields, size_t offsets[])
{
    size_t size = 8; /* the reference to the vtable, and room so that 8-byte fields are aligned */

    memset(offsets, 0, sizeof(*offsets) * MR_FLATBUF_FIELDS);
    for (size_t width = 8; width >= 1; width /= 2)
        for (int i = 0; i < n_fields; i++)
            if (fields[i].size == width) {
                offsets[i] = size;
                size += width;
            }
    return size;
}

size_t mr_flatbuf_table(mr_buf *buf, size_t base, const mr_flatbuf_field *fields, int n_fields,
                        size_t at[MR_FLATBUF_FIELDS])
{
    size_t offsets[MR_FLATBUF_FIELDS];
    size_t size = lay_out(fields, n_fields, offsets);
    size_t vtable;
    size_t table;

    MR_ASSERT(n_fields <= MR_FLATBUF_FIELDS);
    align_to(buf, base, 2);
    vtable = buf->len;
    put_u16(buf, 4 + 2 * (size_t)n_fields);
    put_u16(buf, size);
    for (int i = 0; i < n_fields; i++)
        put_u16(buf, offsets[i]);
    align_to(buf, base, 8);
    table = buf->len;
    mr_buf_put_u32le(buf, (uint32_t)(table - vtable));
    mr_buf_fill(buf, '\0', size - 4);
    for (int i = 0; i < n_fields; i++) {
        at[i] = table + offsets[i];
        if (fields[i].size > 0)
            memcpy(buf->ptr + at[i], &fields[i].value, fields[i].size);
    }
    return table;
}

void mr_flatbuf_link(mr_buf *buf, size_t from, size_t target)
{
    uint32_t distance = (uint32_t)(target - from);

    MR_ASSERT(target > from && target - from <= INT32_MAX && target < buf->len);
    memcpy(buf->ptr + from, &distance, 4);
}

size_t mr_flatbuf_string(mr_buf *buf, size_t base, mr_str text)
{
    size_t at;

    align_to(buf, base, 4);
    at = buf->len;
    mr_buf_put_u32le(buf, (uint32_t)text.len);
    mr_buf_add(buf, text);
    mr_buf_putc(buf, '\0');
    return at;
}

size_t mr_flatbuf_vector(mr_buf *buf, size_t base, size_t n, size_t size, size_t align)
{
    size_t at;

    align_to(buf, base, 4);
    while ((buf->len - base + 4) % align != 0)
        mr_buf_putc(buf, '\0');
    at = buf->len;
    mr_buf_put_u32le(buf, (uint32_t)n);
    mr_buf_fill(buf, '\0', n * size);
    return at;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool fits(const mr_flatbuf_reader *reader, size_t at, size_t size)
{
    return at <= reader->bytes.len && size <= reader->bytes.len - at;
}

static uint32_t load32(const mr_flatbuf_reader *reader, size_t at)
{
    uint32_t v;

    memcpy(&v, reader->bytes.ptr + at, 4);
    return v;
}

static size_t load16(const mr_flatbuf_reader *reader, size_t at)
{
    uint16_t v;

    memcpy(&v, reader->bytes.ptr + at, 2);
    return v;
}

static mr_flatbuf_view nothing(mr_flatbuf_reader *reader)
{
    return (mr_flatbuf_view){ .reader = reader };
}

static mr_flatbuf_view table_at(mr_flatbuf_reader *reader, size_t at)
{
    mr_flatbuf_view view = { .reader = reader, .at = at };
    bool was_bad = reader->bad;
    int64_t vtable;

    reader->bad = true; /* until all checks have passed */
    if (at == 0 || !fits(reader, at, 4))
        return nothing(reader);
    vtable = (int64_t)at - (int32_t)load32(reader, at);
    if (vtable < 0 || !fits(reader, (size_t)vtable, 4))
        return nothing(reader);
    view.vtable = (size_t)vtable;
    view.vtable_size = load16(reader, view.vtable);
    view.size = load16(reader, view.vtable + 2);
    if (view.vtable_size < 4 || !fits(reader, view.vtable, view.vtable_size) || view.size < 4 ||
        !fits(reader, at, view.size))
        return nothing(reader);
    reader->bad = was_bad;
    return view;
}

mr_flatbuf_view mr_flatbuf_root(mr_flatbuf_reader *reader)
{
    if (!fits(reader, 0, 4)) {
        reader->bad = true;
        return nothing(reader);
    }
    return table_at(reader, load32(reader, 0));
}

/* Position of a field of `size` bytes, 0 = absent. */
static size_t field_at(const mr_flatbuf_view *view, int field, size_t size)
{
    size_t slot = 4 + 2 * (size_t)field;
    size_t offset;

    if (view->at == 0 || slot + 2 > view->vtable_size)
        return 0;
    offset = load16(view->reader, view->vtable + slot);
    if (offset == 0)
        return 0;
    if (offset + size > view->size) {
        view->reader->bad = true;
        return 0;
    }
    return view->at + offset;
}

int64_t mr_flatbuf_get(const mr_flatbuf_view *view, int field, size_t size, int64_t absent)
{
    size_t at = field_at(view, field, size);
    int64_t v = 0;
    int shift = (int)(64 - 8 * size);

    if (at == 0)
        return absent;
    memcpy(&v, view->reader->bytes.ptr + at, size);
    return (int64_t)((uint64_t)v << shift) >> shift;
}

/* What a reference field refers to, 0 = absent. */
static size_t follow(const mr_flatbuf_view *view, int field)
{
    size_t at = field_at(view, field, 4);

    return at == 0 ? 0 : at + load32(view->reader, at);
}

mr_flatbuf_view mr_flatbuf_get_table(const mr_flatbuf_view *view, int field)
{
    size_t at = follow(view, field);

    return at == 0 ? nothing(view->reader) : table_at(view->reader, at);
}

size_t mr_flatbuf_get_vector(const mr_flatbuf_view *view, int field, size_t size, size_t *n)
{
    size_t at = follow(view, field);

    *n = 0;
    if (at == 0)
        return 0;
    if (!fits(view->reader, at, 4) ||
        load32(view->reader, at) > (view->reader->bytes.len - at - 4) / size) {
        view->reader->bad = true;
        return 0;
    }
    *n = load32(view->reader, at);
    return at + 4;
}

mr_str mr_flatbuf_get_string(const mr_flatbuf_view *view, int field)
{
    size_t n;
    size_t at = mr_flatbuf_get_vector(view, field, 1, &n);

    return at == 0 ? (mr_str){ "", 0 } : (mr_str){ view->reader->bytes.ptr + at, n };
}

mr_flatbuf_view mr_flatbuf_vector_table(mr_flatbuf_reader *reader, size_t vector, size_t i)
{
    size_t at = vector + 4 * i;

    MR_ASSERT(fits(reader, at, 4));
    return table_at(reader, at + load32(reader, at));
}
