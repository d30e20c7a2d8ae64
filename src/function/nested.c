/* nested.c - building nested values row by row. */
#include "function/nested.h"

static bool is_list(const mr_type *type)
{
    return type->id == MR_TYPE_ARRAY || type->id == MR_TYPE_MAP;
}

void mr_nested_skip(mr_vec *out, int32_t row)
{
    if (is_list(out->type)) {
        out->offsets[row + 1] = out->offsets[row];
    } else if (out->type->id == MR_TYPE_STRUCT) {
        for (int i = 0; i < out->type->n_fields; i++)
            mr_nested_skip(&out->children[i], row);
    }
}

void mr_nested_append(mr_vec *out, int child, const mr_vec *src, int32_t src_row, mr_arena *arena)
{
    mr_vec *elements = &out->children[child];
    int32_t at = elements->n;

    mr_vec_grow(elements, arena, at + 1);
    mr_nested_copy(elements, at, src, src_row, arena);
}

void mr_nested_close(mr_vec *out, int32_t row)
{
    out->offsets[row + 1] = out->children[0].n;
}

static void copy_list(mr_vec *out, int32_t row, const mr_vec *src, int32_t at, mr_arena *arena)
{
    for (int32_t i = src->offsets[at]; i < src->offsets[at + 1]; i++)
        for (int c = 0; c < src->type->n_fields; c++)
            mr_nested_append(out, c, &src->children[c], i, arena);
    mr_nested_close(out, row);
}

void mr_nested_copy(mr_vec *out, int32_t row, const mr_vec *src, int32_t src_row, mr_arena *arena)
{
    int32_t at = mr_vec_index(src, src_row);
    size_t width = mr_type_width(out->type);

    if (mr_vec_is_null(src, src_row)) {
        mr_vec_need_valid(out, arena);
        out->valid[row] = 0;
        mr_nested_skip(out, row);
        return;
    }
    if (out->valid != NULL)
        out->valid[row] = 1;
    if (is_list(out->type)) {
        copy_list(out, row, src, at, arena);
    } else if (out->type->id == MR_TYPE_STRUCT) {
        for (int i = 0; i < out->type->n_fields; i++)
            mr_nested_copy(&out->children[i], row, &src->children[i], at, arena);
    } else if (width > 0) {
        memcpy((char *)out->data + width * (size_t)row,
               (const char *)src->data + width * (size_t)at, width);
    }
}

bool mr_nested_equal(const mr_vec *a, int32_t row_a, const mr_vec *b, int32_t row_b)
{
    bool null_a = mr_vec_is_null(a, row_a), null_b = mr_vec_is_null(b, row_b);

    if (null_a || null_b)
        return null_a && null_b;
    return mr_vec_compare(a, row_a, b, row_b) == 0;
}
