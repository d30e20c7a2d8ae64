/* build.c - columns under construction: rows written in place, grown in the batch's arena. */
#include "format/format_priv.h"

static bool is_list(const mr_type *type)
{
    return type->id == MR_TYPE_ARRAY || type->id == MR_TYPE_MAP;
}

void mr_col_open(mr_col *col, mr_arena *arena, const mr_type *type, int32_t capacity)
{
    memset(col, 0, sizeof(*col));
    col->type = type;
    col->arena = arena;
    col->width = mr_type_width(type);
    col->capacity = capacity;
    col->valid = mr_arena_alloc(arena, (size_t)capacity);
    memset(col->valid, 1, (size_t)capacity);
    if (col->width > 0)
        col->data = mr_arena_alloc(arena, col->width * (size_t)capacity);
    if (is_list(type))
        col->offsets = MR_NEW_ARRAY(arena, int32_t, (size_t)capacity + 1);
    if (type->id == MR_TYPE_STRUCT || is_list(type)) {
        col->n_children = type->n_fields;
        col->children = MR_NEW_ARRAY(arena, mr_col, type->n_fields + 1);
        for (int i = 0; i < type->n_fields; i++)
            mr_col_open(&col->children[i], arena, type->fields[i].type,
                        type->id == MR_TYPE_STRUCT ? capacity : 64);
    }
}

static void *grown(mr_col *col, const void *old, size_t from, size_t to)
{
    char *p = mr_arena_zalloc(col->arena, to);

    memcpy(p, old, from);
    return p;
}

void mr_col_reserve(mr_col *col, int32_t capacity)
{
    size_t from = (size_t)col->capacity;
    size_t to = from;

    if (capacity <= col->capacity)
        return;
    while (to < (size_t)capacity)
        to *= 2;
    MR_ASSERT(to <= INT32_MAX / 2);
    col->valid = grown(col, col->valid, from, to);
    memset(col->valid + from, 1, to - from);
    if (col->told != NULL)
        col->told = grown(col, col->told, from, to);
    if (col->width > 0)
        col->data = grown(col, col->data, col->width * from, col->width * to);
    if (col->offsets != NULL)
        col->offsets =
            grown(col, col->offsets, sizeof(int32_t) * (from + 1), sizeof(int32_t) * (to + 1));
    if (col->type->id == MR_TYPE_STRUCT)
        for (int i = 0; i < col->n_children; i++)
            mr_col_reserve(&col->children[i], (int32_t)to);
    col->capacity = (int32_t)to;
}

void mr_col_reset(mr_col *col, int32_t row)
{
    col->valid[row] = 1;
    if (col->offsets != NULL) {
        int32_t start = col->offsets[row];

        for (int i = 0; i < col->n_children; i++) {
            for (int32_t j = start; j < col->children[i].n; j++)
                col->children[i].valid[j] = 1;
            col->children[i].n = start;
        }
        col->offsets[row + 1] = start;
    } else {
        for (int i = 0; i < col->n_children; i++)
            mr_col_reset(&col->children[i], row);
    }
}

void mr_col_null(mr_col *col, int32_t row)
{
    if (col->offsets != NULL) {
        mr_col_reset(col, row);
    } else {
        for (int i = 0; i < col->n_children; i++)
            mr_col_null(&col->children[i], row);
    }
    col->valid[row] = 0;
    col->has_null = true;
    if (col->told != NULL)
        col->told[row] = 0;
}

void mr_col_told_null(mr_col *col, int32_t row)
{
    mr_col_null(col, row);
    if (col->told == NULL)
        col->told = mr_arena_zalloc(col->arena, (size_t)col->capacity);
    col->told[row] = 1;
}

void mr_col_finish(const mr_col *col, int32_t n, mr_vec *out)
{
    bool has_null;

    memset(out, 0, sizeof(*out));
    out->type = col->type;
    out->n = n;
    /* a null may have been overwritten by a value */
    has_null = col->has_null && memchr(col->valid, 0, (size_t)n) != NULL;
    out->valid = has_null ? col->valid : NULL;
    out->told = has_null ? col->told : NULL;
    out->data = col->data;
    out->offsets = col->offsets;
    if (col->n_children > 0)
        out->children = MR_NEW_ARRAY(col->arena, mr_vec, col->n_children);
    for (int i = 0; i < col->n_children; i++)
        mr_col_finish(&col->children[i], col->offsets != NULL ? col->children[i].n : n,
                      &out->children[i]);
}

mr_batch *mr_col_batch(const mr_col *cols, const mr_type *schema, int32_t n, mr_arena *arena)
{
    mr_batch *batch = mr_batch_new(arena, schema, n);

    for (int i = 0; i < schema->n_fields; i++)
        mr_col_finish(&cols[i], n, &batch->cols[i]);
    return batch;
}
