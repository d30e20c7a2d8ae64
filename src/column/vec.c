/* vec.c - vectors and batches: making, copying, comparing.
 *
 * Every copy is one operation: the rows of several parts (a vector and a selection each) laid end
 * to end into one dense vector.  Gathering is the case of one part.
 */
#include "column/vec.h"

/* Rows that fit in the arrays of a vector of n rows.  A function of n alone, so that a vector needs
 * no capacity member: steps grow with n, which keeps the cost of growing linear. */
static size_t capacity_of(int32_t n)
{
    size_t step = 8;

    if (n <= 0)
        return 0;
    while (step * 8 <= (size_t)n)
        step *= 2;
    return ((size_t)n + step - 1) / step * step;
}

static void alloc_rows(mr_vec *vec, mr_arena *arena, int32_t n)
{
    mr_type_id id = vec->type->id;
    size_t width = mr_type_width(vec->type);

    if (width > 0)
        vec->data = mr_arena_alloc(arena, capacity_of(n) * width);
    if (id == MR_TYPE_ARRAY || id == MR_TYPE_MAP)
        vec->offsets = mr_arena_zalloc(arena, (capacity_of(n) + 1) * sizeof(int32_t));
}

void mr_vec_init(mr_vec *vec, mr_arena *arena, const mr_type *type, int32_t n)
{
    MR_ASSERT(n >= 0);
    memset(vec, 0, sizeof(*vec));
    vec->type = type;
    vec->n = n;
    alloc_rows(vec, arena, n);
    if (type->n_fields == 0)
        return;
    vec->children = MR_NEW_ARRAY(arena, mr_vec, type->n_fields);
    for (int i = 0; i < type->n_fields; i++)
        mr_vec_init(&vec->children[i], arena, type->fields[i].type,
                    type->id == MR_TYPE_STRUCT ? n : 0);
}

static void *regrow(mr_arena *arena, const void *old, size_t old_size, size_t new_size)
{
    char *bytes = mr_arena_alloc(arena, new_size);

    if (old_size > 0)
        memcpy(bytes, old, old_size);
    memset(bytes + old_size, 0, new_size - old_size);
    return bytes;
}

void mr_vec_grow(mr_vec *vec, mr_arena *arena, int32_t n)
{
    mr_type_id id = vec->type->id;
    size_t width = mr_type_width(vec->type);
    size_t used = (size_t)vec->n;

    MR_ASSERT(n >= vec->n && !vec->constant);
    if (capacity_of(n) > capacity_of(vec->n)) {
        size_t capacity = capacity_of(n);

        if (width > 0)
            vec->data = regrow(arena, vec->data, used * width, capacity * width);
        if (vec->offsets != NULL)
            vec->offsets = regrow(arena, vec->offsets, (used + 1) * sizeof(int32_t),
                                  (capacity + 1) * sizeof(int32_t));
        if (vec->valid != NULL)
            vec->valid = regrow(arena, vec->valid, used, capacity);
    }
    if (vec->valid != NULL)
        memset(vec->valid + used, 1, (size_t)n - used);
    for (int i = 0; id == MR_TYPE_STRUCT && i < vec->type->n_fields; i++)
        mr_vec_grow(&vec->children[i], arena, n);
    vec->n = n;
}

void mr_vec_need_valid(mr_vec *vec, mr_arena *arena)
{
    size_t rows = capacity_of(vec->constant ? 1 : vec->n);

    if (vec->valid != NULL)
        return;
    vec->valid = mr_arena_alloc(arena, rows);
    memset(vec->valid, 1, rows);
}

void mr_vec_set_null(mr_vec *vec, mr_arena *arena, int32_t row)
{
    size_t width = mr_type_width(vec->type);

    if (vec->type->id == MR_TYPE_NULL)
        return;
    MR_ASSERT(row >= 0 && row < vec->n && !vec->constant);
    mr_vec_need_valid(vec, arena);
    vec->valid[row] = 0;
    if (width > 0)
        memset((char *)vec->data + (size_t)row * width, 0, width);
    if (vec->offsets != NULL)
        vec->offsets[row + 1] = vec->offsets[row];
    for (int i = 0; vec->type->id == MR_TYPE_STRUCT && i < vec->type->n_fields; i++)
        mr_vec_set_null(&vec->children[i], arena, row);
}

void mr_vec_init_null(mr_vec *vec, mr_arena *arena, const mr_type *type, int32_t n)
{
    mr_vec_init(vec, arena, type, 1);
    mr_vec_set_null(vec, arena, 0);
    vec->n = n;
    vec->constant = true;
}

/* --- laying parts end to end -------------------------------------------------------------------
 */

typedef struct part {
    const mr_vec *vec;
    mr_sel sel;
} part;

/* What stays the same on the way down. */
typedef struct joiner {
    mr_arena *arena;
    int n_parts;
    bool deep;
    const uint8_t *mask; /* validity of the struct around: children of its null rows become null */
} joiner;

static void join(const joiner *j, const part *parts, const mr_type *type, mr_vec *out);

#define COPY_ROWS(ctype)                                                                           \
    do {                                                                                           \
        const ctype *from_ = (const ctype *)src->data;                                             \
        ctype *to_ = (ctype *)dst;                                                                 \
        for (int32_t i = 0; i < sel.n; i++)                                                        \
            to_[i] = from_[mr_vec_index(src, mr_sel_row(sel, i))];                                 \
    } while (0)

static void copy_fixed(const mr_vec *src, mr_sel sel, size_t width, void *dst)
{
    if (sel.rows == NULL && !src->constant) {
        if (sel.n > 0)
            memcpy(dst, src->data, (size_t)sel.n * width);
        return;
    }
    switch (width) {
    case 1:
        COPY_ROWS(uint8_t);
        break;
    case 2:
        COPY_ROWS(uint16_t);
        break;
    case 4:
        COPY_ROWS(uint32_t);
        break;
    case 8:
        COPY_ROWS(uint64_t);
        break;
    default:
        MR_ASSERT(width == 16);
        COPY_ROWS(mr_int128);
        break;
    }
}

static void join_valid(const joiner *j, const part *parts, mr_vec *out)
{
    int32_t at = 0;

    for (int p = 0; p < j->n_parts; p++) {
        const mr_vec *src = parts[p].vec;
        mr_sel sel = parts[p].sel;

        if (src->valid != NULL) {
            mr_vec_need_valid(out, j->arena);
            for (int32_t i = 0; i < sel.n; i++)
                out->valid[at + i] = src->valid[mr_vec_index(src, mr_sel_row(sel, i))];
        }
        at += sel.n;
    }
    for (int32_t i = 0; j->mask != NULL && i < out->n; i++) {
        if (j->mask[i] == 0) {
            mr_vec_need_valid(out, j->arena);
            out->valid[i] = 0;
        }
    }
}

/* Moves the bytes of out's strings into the arena, in one block. */
static void own_strings(const joiner *j, mr_vec *out)
{
    size_t total = 0;
    char *bytes;

    for (int32_t i = 0; i < out->n; i++)
        total += mr_vec_is_null(out, i) ? 0 : out->str[i].len;
    bytes = mr_arena_alloc(j->arena, total);
    for (int32_t i = 0; i < out->n; i++) {
        mr_str *s = &out->str[i];

        if (mr_vec_is_null(out, i)) {
            *s = (mr_str){ NULL, 0 };
            continue;
        }
        if (s->len > 0)
            memcpy(bytes, s->ptr, s->len);
        s->ptr = bytes;
        bytes += s->len;
    }
}

/* The element rows that the selected rows of an array or map own, in order.  The rows become those
 * of `out` from `at` on, whose nulls are known already. */
static mr_sel element_rows(mr_arena *arena, const part *from, const mr_vec *out, int32_t at)
{
    const mr_vec *src = from->vec;
    int32_t total = out->offsets[at + from->sel.n] - out->offsets[at];
    int32_t *rows = mr_arena_alloc(arena, (size_t)total * sizeof(int32_t));
    int32_t k = 0;

    for (int32_t i = 0; i < from->sel.n; i++) {
        int32_t row = mr_vec_index(src, mr_sel_row(from->sel, i));
        int32_t n = out->offsets[at + i + 1] - out->offsets[at + i];

        for (int32_t e = 0; e < n; e++)
            rows[k++] = src->offsets[row] + e;
    }
    return (mr_sel){ rows, total };
}

static void join_offsets(const joiner *j, const part *parts, mr_vec *out)
{
    int32_t at = 0;

    for (int p = 0; p < j->n_parts; p++) {
        const mr_vec *src = parts[p].vec;

        for (int32_t i = 0; i < parts[p].sel.n; i++, at++) {
            int32_t row = mr_vec_index(src, mr_sel_row(parts[p].sel, i));
            int32_t n = mr_vec_is_null(out, at) ? 0 : src->offsets[row + 1] - src->offsets[row];

            MR_ASSERT(out->offsets[at] <= INT32_MAX - n);
            out->offsets[at + 1] = out->offsets[at] + n;
        }
    }
}

/* The rows of a struct's children that stand for the selected rows of the struct. */
static mr_sel struct_rows(mr_arena *arena, const part *from)
{
    int32_t *rows;

    if (!from->vec->constant)
        return from->sel;
    rows = mr_arena_zalloc(arena, (size_t)from->sel.n * sizeof(int32_t));
    return (mr_sel){ rows, from->sel.n };
}

static void join_children(const joiner *j, const part *parts, mr_vec *out)
{
    const mr_type *type = out->type;
    bool is_struct = type->id == MR_TYPE_STRUCT;
    const joiner inner = { j->arena, j->n_parts, j->deep, is_struct ? out->valid : NULL };
    part *below = mr_arena_alloc(j->arena, sizeof(*below) * (size_t)j->n_parts);
    int32_t at = 0;

    for (int p = 0; p < j->n_parts; p++) {
        below[p].sel = is_struct ? struct_rows(j->arena, &parts[p])
                                 : element_rows(j->arena, &parts[p], out, at);
        at += parts[p].sel.n;
    }
    for (int i = 0; i < type->n_fields; i++) {
        for (int p = 0; p < j->n_parts; p++)
            below[p].vec = &parts[p].vec->children[i];
        join(&inner, below, type->fields[i].type, &out->children[i]);
    }
}

static void join(const joiner *j, const part *parts, const mr_type *type, mr_vec *out)
{
    size_t width = mr_type_width(type);
    int64_t total = 0;
    char *dst;

    for (int p = 0; p < j->n_parts; p++)
        total += parts[p].sel.n;
    MR_ASSERT(total <= INT32_MAX);
    memset(out, 0, sizeof(*out));
    out->type = type;
    out->n = (int32_t)total;
    alloc_rows(out, j->arena, out->n);
    join_valid(j, parts, out);
    dst = out->data;
    for (int p = 0; width > 0 && p < j->n_parts; p++) {
        copy_fixed(parts[p].vec, parts[p].sel, width, dst);
        dst += (size_t)parts[p].sel.n * width;
    }
    if (out->offsets != NULL)
        join_offsets(j, parts, out);
    if (type->n_fields > 0) {
        out->children = MR_NEW_ARRAY(j->arena, mr_vec, type->n_fields);
        join_children(j, parts, out);
    }
    if (j->deep && width == sizeof(mr_str) &&
        (mr_type_is_string(type) || type->id == MR_TYPE_BINARY))
        own_strings(j, out);
}

void mr_vec_gather(mr_vec *out, const mr_vec *src, mr_sel sel, mr_arena *arena, bool deep)
{
    const joiner j = { arena, 1, deep, NULL };
    const part from = { src, sel };

    MR_ASSERT(out != src);
    join(&j, &from, src->type, out);
}

mr_batch *mr_batch_new(mr_arena *arena, const mr_type *schema, int32_t n)
{
    mr_batch *batch = MR_NEW(arena, mr_batch);

    MR_ASSERT(schema->id == MR_TYPE_STRUCT && n >= 0);
    batch->schema = schema;
    batch->n = n;
    batch->sel = (mr_sel){ NULL, n };
    batch->cols = MR_NEW_ARRAY(arena, mr_vec, schema->n_fields);
    return batch;
}

static mr_batch *join_batches(const joiner *j, const mr_type *schema,
                              const mr_batch *const *batches)
{
    part *parts = mr_arena_alloc(j->arena, sizeof(*parts) * (size_t)(j->n_parts + 1));
    int64_t total = 0;
    mr_batch *out;

    for (int p = 0; p < j->n_parts; p++) {
        parts[p].sel = batches[p]->sel;
        total += batches[p]->sel.n;
    }
    MR_ASSERT(total <= INT32_MAX);
    out = mr_batch_new(j->arena, schema, (int32_t)total);
    for (int c = 0; c < schema->n_fields; c++) {
        for (int p = 0; p < j->n_parts; p++)
            parts[p].vec = &batches[p]->cols[c];
        join(j, parts, schema->fields[c].type, &out->cols[c]);
    }
    return out;
}

mr_batch *mr_batch_copy(mr_arena *arena, const mr_batch *batch)
{
    const joiner j = { arena, 1, true, NULL };

    return join_batches(&j, mr_type_copy(arena, batch->schema), &batch);
}

mr_batch *mr_batch_concat(mr_arena *arena, const mr_type *schema, const mr_batch *const *batches,
                          int n_batches)
{
    const joiner j = { arena, n_batches, false, NULL };

    return join_batches(&j, schema, batches);
}

/* --- order -------------------------------------------------------------------------------------
 */

#define ORDER(a, b) (((a) > (b)) - ((a) < (b)))

static int compare_double(double a, double b)
{
    bool a_nan = a != a;
    bool b_nan = b != b;

    if (a_nan || b_nan)
        return (int)a_nan - (int)b_nan;
    return ORDER(a, b);
}

static int compare_nested(const mr_vec *a, int32_t row_a, const mr_vec *b, int32_t row_b)
{
    bool a_null = mr_vec_is_null(a, row_a);
    bool b_null = mr_vec_is_null(b, row_b);

    if (a_null || b_null)
        return (int)b_null - (int)a_null;
    return mr_vec_compare(a, row_a, b, row_b);
}

static int compare_struct(const mr_vec *a, int32_t row_a, const mr_vec *b, int32_t row_b)
{
    MR_ASSERT(a->type->n_fields == b->type->n_fields);
    for (int i = 0; i < a->type->n_fields; i++) {
        int c = compare_nested(&a->children[i], row_a, &b->children[i], row_b);

        if (c != 0)
            return c;
    }
    return 0;
}

/* Arrays element by element, the shorter first; maps the same over their pairs. */
static int compare_list(const mr_vec *a, int32_t row_a, const mr_vec *b, int32_t row_b)
{
    int32_t n_a = a->offsets[row_a + 1] - a->offsets[row_a];
    int32_t n_b = b->offsets[row_b + 1] - b->offsets[row_b];

    for (int32_t i = 0; i < n_a && i < n_b; i++)
        for (int c = 0; c < a->type->n_fields; c++) {
            int order = compare_nested(&a->children[c], a->offsets[row_a] + i, &b->children[c],
                                       b->offsets[row_b] + i);
            if (order != 0)
                return order;
        }
    return ORDER(n_a, n_b);
}

static int compare_interval(mr_interval a, mr_interval b)
{
    if (a.months != b.months)
        return ORDER(a.months, b.months);
    if (a.days != b.days)
        return ORDER(a.days, b.days);
    return ORDER(a.us, b.us);
}

int mr_vec_compare(const mr_vec *a, int32_t row_a, const mr_vec *b, int32_t row_b)
{
    row_a = mr_vec_index(a, row_a);
    row_b = mr_vec_index(b, row_b);
    switch (a->type->id) {
    case MR_TYPE_NULL:
        return 0;
    case MR_TYPE_BOOLEAN:
        return ORDER(a->u8[row_a], b->u8[row_b]);
    case MR_TYPE_BYTE:
        return ORDER(a->i8[row_a], b->i8[row_b]);
    case MR_TYPE_SHORT:
        return ORDER(a->i16[row_a], b->i16[row_b]);
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        return ORDER(a->i32[row_a], b->i32[row_b]);
    case MR_TYPE_LONG:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
    case MR_TYPE_INTERVAL_DT:
        return ORDER(a->i64[row_a], b->i64[row_b]);
    case MR_TYPE_FLOAT:
        return compare_double((double)a->f32[row_a], (double)b->f32[row_b]);
    case MR_TYPE_DOUBLE:
        return compare_double(a->f64[row_a], b->f64[row_b]);
    case MR_TYPE_DECIMAL:
        return ORDER(a->i128[row_a], b->i128[row_b]);
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        return mr_str_compare(a->str[row_a], b->str[row_b]);
    case MR_TYPE_INTERVAL_CALENDAR:
        return compare_interval(a->interval[row_a], b->interval[row_b]);
    case MR_TYPE_STRUCT:
        return compare_struct(a, row_a, b, row_b);
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
        return compare_list(a, row_a, b, row_b);
    }
    return 0;
}

/* --- size --------------------------------------------------------------------------------------
 */

static size_t vec_bytes(const mr_vec *vec, mr_sel sel)
{
    size_t rows = vec->constant ? 1 : (size_t)sel.n;
    size_t bytes = rows * (mr_type_width(vec->type) + (vec->valid != NULL ? 1 : 0));

    if (mr_type_is_string(vec->type) || vec->type->id == MR_TYPE_BINARY) {
        for (size_t i = 0; i < rows; i++) {
            int32_t row = mr_sel_row(sel, (int32_t)i);

            bytes += mr_vec_is_null(vec, row) ? 0 : vec->str[mr_vec_index(vec, row)].len;
        }
    }
    if (vec->offsets != NULL)
        bytes += rows * sizeof(int32_t);
    for (int i = 0; i < vec->type->n_fields; i++) {
        const mr_vec *child = &vec->children[i];
        mr_sel below =
            vec->type->id == MR_TYPE_STRUCT && !vec->constant ? sel : (mr_sel){ NULL, child->n };

        bytes += vec_bytes(child, below);
    }
    return bytes;
}

size_t mr_batch_bytes(const mr_batch *batch)
{
    size_t bytes = 0;

    for (int i = 0; i < batch->schema->n_fields; i++)
        bytes += vec_bytes(&batch->cols[i], batch->sel);
    return bytes;
}
