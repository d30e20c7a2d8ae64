/* row_read.c - reading Spark's binary rows back, trusting no byte of them. */
#include "column/row.h"
#include "column/row_priv.h"

/* Bytes of one row or array, and where its parts are. */
typedef struct region {
    mr_str bytes;
    size_t bitmap;
    size_t slots;
    size_t width;
    size_t floor; /* where the next value may begin: values do not overlap */
} region;

/* What stays the same on the way down. */
typedef struct reader {
    mr_arena *arena;
    mr_error *err;
} reader;

static mr_status get_value(const reader *r, region *g, int32_t slot, mr_vec *out, int32_t row);

static mr_status corrupt(const reader *r, const char *what)
{
    return mr_fail(r->err, MR_CORRUPT, "binary row: %s", what);
}

static uint64_t load64(mr_str bytes, size_t at)
{
    uint64_t v;

    memcpy(&v, bytes.ptr + at, 8);
    return v;
}

static bool all_zero(mr_str bytes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (bytes.ptr[i] != 0)
            return false;
    return true;
}

static bool bit_is_set(const region *g, int32_t i)
{
    return (g->bytes.ptr[g->bitmap + (size_t)i / 8] >> (i % 8)) & 1;
}

/* Bits behind the last field are zero. */
static bool bitmap_is_clean(const region *g, int32_t n)
{
    for (size_t i = (size_t)n; i < mr_row_bitmap_size((size_t)n) * 8; i++)
        if (bit_is_set(g, (int32_t)i))
            return false;
    return true;
}

/* The bytes a slot points to, padded with zeros. */
static mr_status get_place(const reader *r, region *g, int32_t slot, mr_str *out)
{
    uint64_t value = load64(g->bytes, g->slots + (size_t)slot * 8);
    size_t offset = (size_t)(value >> 32);
    size_t length = (size_t)(value & UINT32_MAX);
    size_t padded = (length + 7) / 8 * 8;

    if (offset > g->bytes.len || padded > g->bytes.len - offset || offset < g->slots ||
        offset < g->floor || offset % 8 != 0)
        return corrupt(r, "a value lies outside of the row or inside of another");
    if (!all_zero(g->bytes, offset + length, offset + padded))
        return corrupt(r, "padding is not zero");
    g->floor = offset + padded;
    *out = (mr_str){ g->bytes.ptr + offset, length };
    return MR_OK;
}

static mr_status get_decimal(const reader *r, region *g, int32_t slot, mr_vec *out, int32_t row)
{
    mr_str bytes;
    mr_uint128 bits;

    if (out->type->precision <= 18) {
        out->i128[row] = (int64_t)load64(g->bytes, g->slots + (size_t)slot * 8);
        return MR_OK;
    }
    MR_TRY(get_place(r, g, slot, &bytes));
    if (bytes.len < 1 || bytes.len > 16)
        return corrupt(r, "a decimal of a wrong size");
    bits = (bytes.ptr[0] & 0x80) != 0 ? ~(mr_uint128)0 : 0;
    for (size_t i = 0; i < bytes.len; i++)
        bits = bits << 8 | (uint8_t)bytes.ptr[i];
    out->i128[row] = (mr_int128)bits;
    return MR_OK;
}

static mr_status get_interval(const reader *r, region *g, int32_t slot, mr_interval *out)
{
    mr_str bytes;

    MR_TRY(get_place(r, g, slot, &bytes));
    if (bytes.len != 16)
        return corrupt(r, "an interval of a wrong size");
    memcpy(&out->months, bytes.ptr, 4);
    memcpy(&out->days, bytes.ptr + 4, 4);
    memcpy(&out->us, bytes.ptr + 8, 8);
    return MR_OK;
}

/* The elements of one array into `out` from row `from` on; *n: how many. */
static mr_status get_array(const reader *r, mr_str bytes, mr_vec *out, int32_t from, int32_t *n)
{
    region g = { .bytes = bytes, .bitmap = 8, .width = mr_row_element_width(out->type) };
    uint64_t count;

    if (bytes.len < 8)
        return corrupt(r, "an array is cut short");
    count = load64(bytes, 0);
    if (count / 8 > bytes.len || count > (uint64_t)(INT32_MAX - from))
        return corrupt(r, "an array has more elements than bytes");
    g.slots = 8 + mr_row_bitmap_size((size_t)count);
    if (g.slots > bytes.len || count * g.width > bytes.len - g.slots)
        return corrupt(r, "an array is cut short");
    *n = (int32_t)count;
    if (from + *n > out->n)
        mr_vec_grow(out, r->arena, from + *n);
    for (int32_t i = 0; i < *n; i++)
        MR_TRY(get_value(r, &g, i, out, from + i));
    return MR_OK;
}

static mr_status get_list(const reader *r, mr_str bytes, mr_vec *out, int32_t row)
{
    int32_t from = out->offsets[row];
    int32_t n;
    int32_t n_values;

    if (out->type->id == MR_TYPE_ARRAY) {
        MR_TRY(get_array(r, bytes, &out->children[0], from, &n));
    } else {
        uint64_t keys = bytes.len >= 8 ? load64(bytes, 0) : UINT64_MAX;

        if (keys > bytes.len || keys + 8 > bytes.len)
            return corrupt(r, "a map is cut short");
        MR_TRY(get_array(r, mr_str_slice(bytes, 8, 8 + keys), &out->children[0], from, &n));
        MR_TRY(get_array(r, mr_str_slice(bytes, 8 + keys, bytes.len), &out->children[1], from,
                         &n_values));
        if (n_values != n)
            return corrupt(r, "a map has more keys than values, or fewer");
    }
    out->offsets[row + 1] = from + n;
    return MR_OK;
}

static mr_status get_row(const reader *r, mr_str bytes, mr_vec *fields, int n_fields, int32_t row)
{
    region g = { .bytes = bytes, .width = 8, .slots = mr_row_bitmap_size((size_t)n_fields) };

    if (bytes.len % 8 != 0 || bytes.len < g.slots + (size_t)n_fields * 8)
        return corrupt(r, "its length does not fit the number of fields");
    if (!bitmap_is_clean(&g, n_fields))
        return corrupt(r, "a null bit behind the last field");
    for (int i = 0; i < n_fields; i++)
        MR_TRY(get_value(r, &g, i, &fields[i], row));
    return MR_OK;
}

static mr_status get_fixed(const reader *r, region *g, int32_t slot, mr_vec *out, int32_t row)
{
    size_t width = mr_type_width(out->type);
    size_t at = g->slots + (size_t)slot * g->width;

    if (!all_zero(g->bytes, at + width, at + g->width))
        return corrupt(r, "padding of a slot is not zero");
    if (out->type->id == MR_TYPE_BOOLEAN && (uint8_t)g->bytes.ptr[at] > 1)
        return corrupt(r, "a boolean is neither 0 nor 1");
    memcpy((char *)out->data + (size_t)row * width, g->bytes.ptr + at, width);
    return MR_OK;
}

static mr_status get_value(const reader *r, region *g, int32_t slot, mr_vec *out, int32_t row)
{
    mr_str bytes;

    if (bit_is_set(g, slot)) {
        mr_vec_set_null(out, r->arena, row);
        return MR_OK;
    }
    if (out->valid != NULL)
        out->valid[row] = 1;
    switch (out->type->id) {
    case MR_TYPE_NULL:
        return corrupt(r, "a value in a column that has none");
    case MR_TYPE_DECIMAL:
        return get_decimal(r, g, slot, out, row);
    case MR_TYPE_INTERVAL_CALENDAR:
        return get_interval(r, g, slot, &out->interval[row]);
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        return get_place(r, g, slot, &out->str[row]);
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
        MR_TRY(get_place(r, g, slot, &bytes));
        return get_list(r, bytes, out, row);
    case MR_TYPE_STRUCT:
        MR_TRY(get_place(r, g, slot, &bytes));
        return get_row(r, bytes, out->children, out->type->n_fields, row);
    default:
        return get_fixed(r, g, slot, out, row);
    }
}

mr_status mr_row_decode(mr_str bytes, const mr_type *schema, mr_vec *out, int32_t row,
                        mr_arena *arena, mr_error *err)
{
    const reader r = { arena, err };

    MR_ASSERT(schema->id == MR_TYPE_STRUCT && row >= 0);
    return get_row(&r, bytes, out, schema->n_fields, row);
}
