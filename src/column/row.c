/* row.c - writing Spark's binary rows.
 *
 *     row    null bitmap, 8 * ceil(n / 64) bytes | n slots of 8 bytes | variable part
 *     array  int64 n | null bitmap | elements in their natural width, padded to 8 | variable part
 *     map    int64 bytes of the key array | key array | value array
 *
 * Little-endian.  What does not fit a slot lies in the variable part, in field order; the slot then
 * holds offset << 32 | length, the offset counted from the start of the innermost row or array.
 * Everything not written is zero: rows are compared and hashed as bytes.
 */
#include <stdlib.h>

#include "column/row.h"
#include "column/row_priv.h"

/* Where the slots of one row or array are. */
typedef struct frame {
    mr_buf *buf;
    size_t base;   /* start of the row or array */
    size_t bitmap; /* start of its null bitmap */
    size_t slots;  /* start of its slots */
    size_t width;  /* bytes of a slot */
    bool is_row;
} frame;

static void put_row(mr_buf *buf, const mr_vec *const *cols, int n_cols, int32_t row);

size_t mr_row_element_width(const mr_type *type)
{
    switch (type->id) {
    case MR_TYPE_BOOLEAN:
    case MR_TYPE_BYTE:
    case MR_TYPE_SHORT:
    case MR_TYPE_INT:
    case MR_TYPE_FLOAT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        return mr_type_width(type);
    default:
        return 8;
    }
}

size_t mr_row_decimal_bytes(mr_int128 value, uint8_t out[16])
{
    size_t n = 16;
    size_t skip = 0;
    mr_uint128 bits = (mr_uint128)value;

    for (size_t i = 0; i < 16; i++)
        out[15 - i] = (uint8_t)(bits >> (8 * i));
    while (skip < 15 && ((out[skip] == 0 && (out[skip + 1] & 0x80) == 0) ||
                         (out[skip] == 0xff && (out[skip + 1] & 0x80) != 0)))
        skip++;
    n -= skip;
    memmove(out, out + skip, n);
    return n;
}

static void set_slot(const frame *f, int32_t i, const void *bytes, size_t n)
{
    MR_ASSERT(n <= f->width);
    memcpy(f->buf->ptr + f->slots + (size_t)i * f->width, bytes, n);
}

static void set_null(const frame *f, int32_t i)
{
    f->buf->ptr[f->bitmap + (size_t)i / 8] |= (char)(1 << (i % 8));
}

/* Fills the slot of a value that begins at `at` in the buffer. */
static void set_place(const frame *f, int32_t i, size_t at, size_t length)
{
    uint64_t slot = (uint64_t)(at - f->base) << 32 | (uint64_t)length;

    MR_ASSERT(at - f->base <= INT32_MAX && length <= INT32_MAX);
    set_slot(f, i, &slot, 8);
}

static void pad(mr_buf *buf, size_t base)
{
    size_t over = (buf->len - base) % 8;

    if (over > 0)
        mr_buf_fill(buf, '\0', 8 - over);
}

static void put_bytes(const frame *f, int32_t i, mr_str bytes)
{
    size_t at = f->buf->len;

    mr_buf_append(f->buf, bytes.ptr, bytes.len);
    pad(f->buf, f->base);
    set_place(f, i, at, bytes.len);
}

static void put_decimal(const frame *f, int32_t i, mr_int128 value, int precision)
{
    size_t at = f->buf->len;
    int64_t small = (int64_t)value;
    uint8_t bytes[16];
    size_t n;

    if (precision <= 18) {
        set_slot(f, i, &small, 8);
        return;
    }
    n = mr_row_decimal_bytes(value, bytes);
    mr_buf_append(f->buf, bytes, n);
    mr_buf_fill(f->buf, '\0', 16 - n);
    set_place(f, i, at, n);
}

static void put_interval(const frame *f, int32_t i, mr_interval value)
{
    size_t at = f->buf->len;

    mr_buf_put_u32le(f->buf, (uint32_t)value.months);
    mr_buf_put_u32le(f->buf, (uint32_t)value.days);
    mr_buf_put_u64le(f->buf, (uint64_t)value.us);
    set_place(f, i, at, 16);
}

/* In rows, types whose place can be overwritten later keep their 16 bytes though null. */
static void put_null(const frame *f, int32_t i, const mr_type *type)
{
    bool large = type->id == MR_TYPE_DECIMAL && type->precision > 18;

    set_null(f, i);
    if (f->is_row && (large || type->id == MR_TYPE_INTERVAL_CALENDAR)) {
        size_t at = f->buf->len;

        mr_buf_fill(f->buf, '\0', 16);
        set_place(f, i, at, large ? 0 : 16);
    }
}

static void put_value(const frame *f, int32_t slot, const mr_vec *vec, int32_t row);

static void put_array(mr_buf *buf, const mr_vec *elements, int32_t from, int32_t n)
{
    size_t width = mr_row_element_width(elements->type);
    frame f = { .buf = buf, .base = buf->len, .width = width };

    mr_buf_put_u64le(buf, (uint64_t)n);
    f.bitmap = buf->len;
    f.slots = f.bitmap + mr_row_bitmap_size((size_t)n);
    mr_buf_fill(buf, '\0', f.slots - f.bitmap + (size_t)n * width);
    pad(buf, f.base);
    for (int32_t i = 0; i < n; i++)
        put_value(&f, i, elements, from + i);
}

static void put_list(const frame *f, int32_t slot, const mr_vec *vec, int32_t row)
{
    int32_t from = vec->offsets[row];
    int32_t n = vec->offsets[row + 1] - from;
    size_t at = f->buf->len;

    if (vec->type->id == MR_TYPE_ARRAY) {
        put_array(f->buf, &vec->children[0], from, n);
    } else {
        uint64_t keys;

        mr_buf_put_u64le(f->buf, 0);
        put_array(f->buf, &vec->children[0], from, n);
        keys = f->buf->len - at - 8;
        memcpy(f->buf->ptr + at, &keys, 8);
        put_array(f->buf, &vec->children[1], from, n);
    }
    set_place(f, slot, at, f->buf->len - at);
}

static void put_struct(const frame *f, int32_t slot, const mr_vec *vec, int32_t row)
{
    int n = vec->type->n_fields;
    const mr_vec **cols = mr_malloc(sizeof(*cols) * (size_t)(n + 1));
    size_t at = f->buf->len;

    for (int i = 0; i < n; i++)
        cols[i] = &vec->children[i];
    put_row(f->buf, cols, n, row);
    free(cols);
    set_place(f, slot, at, f->buf->len - at);
}

static void put_value(const frame *f, int32_t slot, const mr_vec *vec, int32_t row)
{
    const mr_type *type = vec->type;
    size_t width = mr_type_width(type);

    if (mr_vec_is_null(vec, row)) {
        put_null(f, slot, type);
        return;
    }
    row = mr_vec_index(vec, row);
    switch (type->id) {
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        put_bytes(f, slot, vec->str[row]);
        break;
    case MR_TYPE_DECIMAL:
        put_decimal(f, slot, vec->i128[row], type->precision);
        break;
    case MR_TYPE_INTERVAL_CALENDAR:
        put_interval(f, slot, vec->interval[row]);
        break;
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
        put_list(f, slot, vec, row);
        break;
    case MR_TYPE_STRUCT:
        put_struct(f, slot, vec, row);
        break;
    default:
        set_slot(f, slot, (const char *)vec->data + (size_t)row * width, width);
        break;
    }
}

static void put_row(mr_buf *buf, const mr_vec *const *cols, int n_cols, int32_t row)
{
    frame f = { .buf = buf, .base = buf->len, .bitmap = buf->len, .width = 8, .is_row = true };

    f.slots = f.bitmap + mr_row_bitmap_size((size_t)n_cols);
    mr_buf_fill(buf, '\0', f.slots - f.base + (size_t)n_cols * 8);
    for (int i = 0; i < n_cols; i++)
        put_value(&f, i, cols[i], row);
}

void mr_row_encode(const mr_vec *const *cols, int n_cols, int32_t row, mr_buf *out)
{
    MR_ASSERT(n_cols >= 0 && row >= 0);
    put_row(out, cols, n_cols, row);
}
