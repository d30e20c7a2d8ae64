/* api_arrow.c - the public library: results as Arrow C data.
 *
 * Every schema and array node has its own arena (private_data) with its texts, buffers and the
 * structs of its children, so that a consumer may move children out, as the interface allows.
 * Recursion goes as deep as a type, which the parsers bound.
 */
#include "engine/api_priv.h"

#define OFFSET_MAX INT64_C(0x7fffffff) /* offsets are 32 bits wide */

/* --- schema ----------------------------------------------------------------------------------- */

static void release_schema(struct ArrowSchema *self)
{
    for (int64_t i = 0; i < self->n_children; i++)
        if (self->children[i]->release != NULL)
            self->children[i]->release(self->children[i]);
    self->release = NULL;
    mr_arena_free(self->private_data);
}

static const char *format_of(mr_arena *arena, const mr_type *type, const mr_zone *zone)
{
    static const char *const formats[] = {
        [MR_TYPE_NULL] = "n",
        [MR_TYPE_BOOLEAN] = "b",
        [MR_TYPE_BYTE] = "c",
        [MR_TYPE_SHORT] = "s",
        [MR_TYPE_INT] = "i",
        [MR_TYPE_LONG] = "l",
        [MR_TYPE_FLOAT] = "f",
        [MR_TYPE_DOUBLE] = "g",
        [MR_TYPE_STRING] = "u",
        [MR_TYPE_CHAR] = "u",
        [MR_TYPE_VARCHAR] = "u",
        [MR_TYPE_BINARY] = "z",
        [MR_TYPE_DATE] = "tdD",
        [MR_TYPE_TIMESTAMP_NTZ] = "tsu:",
        [MR_TYPE_INTERVAL_YM] = "tiM",
        [MR_TYPE_INTERVAL_DT] = "tDu",
        [MR_TYPE_INTERVAL_CALENDAR] = "tin",
        [MR_TYPE_ARRAY] = "+l",
        [MR_TYPE_STRUCT] = "+s",
        [MR_TYPE_MAP] = "+m",
    };

    if (type->id == MR_TYPE_DECIMAL)
        return mr_arena_printf(arena, "d:%d,%d", type->precision, type->scale).ptr;
    if (type->id == MR_TYPE_TIMESTAMP)
        return mr_arena_printf(arena, "tsu:%.*s", MR_STR_ARG(mr_zone_name(zone))).ptr;
    return formats[type->id];
}

/* The pairs of a map as Arrow nests them: a struct "entries" with "key" and "value". */
static const mr_type *entries_of(mr_arena *arena, const mr_type *map)
{
    mr_field fields[2] = { map->fields[0], map->fields[1] };

    fields[0].name = MR_STR("key");
    fields[0].nullable = false;
    fields[1].name = MR_STR("value");
    return mr_type_struct(arena, fields, 2);
}

static void export_schema(const mr_field *field, const mr_zone *zone, struct ArrowSchema *out)
{
    mr_arena *arena = mr_arena_new();
    const mr_type *type = field->type;
    mr_field entries = { MR_STR("entries"), NULL, false, { 0 } };
    mr_field element = { 0 };
    const mr_field *fields = type->fields;
    int n = type->n_fields;

    if (type->id == MR_TYPE_MAP) {
        entries.type = entries_of(arena, type);
        fields = &entries;
        n = 1;
    } else if (type->id == MR_TYPE_ARRAY) {
        element = type->fields[0];
        element.name = MR_STR("element");
        fields = &element;
    }
    *out = (struct ArrowSchema){ .format = format_of(arena, type, zone),
                                 .name = mr_arena_cstr(arena, field->name),
                                 .flags = field->nullable ? ARROW_FLAG_NULLABLE : 0,
                                 .n_children = n,
                                 .release = release_schema,
                                 .private_data = arena };
    out->children = MR_NEW_ARRAY(arena, struct ArrowSchema *, n);
    for (int i = 0; i < n; i++) {
        out->children[i] = MR_NEW(arena, struct ArrowSchema);
        export_schema(&fields[i], zone, out->children[i]);
    }
}

/* --- values ----------------------------------------------------------------------------------- */

static void release_array(struct ArrowArray *self)
{
    for (int64_t i = 0; i < self->n_children; i++)
        if (self->children[i]->release != NULL)
            self->children[i]->release(self->children[i]);
    self->release = NULL;
    mr_arena_free(self->private_data);
}

static void set_bit(uint8_t *bits, int32_t i)
{
    bits[i / 8] = (uint8_t)(bits[i / 8] | 1u << i % 8);
}

/* NULL when no row is null. */
static const void *export_validity(mr_arena *arena, const mr_vec *vec, int32_t n, int64_t *nulls)
{
    uint8_t *bits = mr_arena_zalloc(arena, (size_t)n / 8 + 1);

    *nulls = 0;
    for (int32_t i = 0; i < n; i++) {
        if (mr_vec_is_null(vec, i))
            (*nulls)++;
        else
            set_bit(bits, i);
    }
    return *nulls == 0 ? NULL : bits;
}

static mr_status export_strings(mr_arena *arena, const mr_vec *vec, int32_t n,
                                struct ArrowArray *out, mr_error *err)
{
    int32_t *offsets = MR_NEW_ARRAY(arena, int32_t, (size_t)n + 1);
    int64_t total = 0;
    char *bytes;

    for (int32_t i = 0; i < n; i++) {
        if (!mr_vec_is_null(vec, i))
            total += (int64_t)vec->str[mr_vec_index(vec, i)].len;
        if (total > OFFSET_MAX)
            return mr_fail(err, MR_UNSUPPORTED, "a column of more than 2 GiB of text as Arrow");
        offsets[i + 1] = (int32_t)total;
    }
    bytes = mr_arena_alloc(arena, (size_t)total);
    for (int32_t i = 0; i < n; i++) {
        if (offsets[i + 1] > offsets[i])
            memcpy(bytes + offsets[i], vec->str[mr_vec_index(vec, i)].ptr,
                   (size_t)(offsets[i + 1] - offsets[i]));
    }
    out->buffers[1] = offsets;
    out->buffers[2] = bytes;
    out->n_buffers = 3;
    return MR_OK;
}

static const void *export_bits(mr_arena *arena, const mr_vec *vec, int32_t n)
{
    uint8_t *bits = mr_arena_zalloc(arena, (size_t)n / 8 + 1);

    for (int32_t i = 0; i < n; i++)
        if (!mr_vec_is_null(vec, i) && vec->u8[mr_vec_index(vec, i)] != 0)
            set_bit(bits, i);
    return bits;
}

/* Months, days, nanoseconds. */
static mr_status export_intervals(mr_arena *arena, const mr_vec *vec, int32_t n, const void **out,
                                  mr_error *err)
{
    mr_interval *to = MR_NEW_ARRAY(arena, mr_interval, n);

    for (int32_t i = 0; i < n; i++) {
        if (mr_vec_is_null(vec, i))
            continue;
        to[i] = vec->interval[mr_vec_index(vec, i)];
        if (__builtin_mul_overflow(to[i].us, INT64_C(1000), &to[i].us))
            return mr_fail(err, MR_UNSUPPORTED, "an interval beyond 64-bit nanoseconds as Arrow");
    }
    *out = to;
    return MR_OK;
}

static const void *export_fixed(mr_arena *arena, const mr_vec *vec, int32_t n)
{
    size_t width = mr_type_width(vec->type);
    char *to = mr_arena_zalloc(arena, width * (size_t)n);

    for (int32_t i = 0; i < n; i++)
        if (!mr_vec_is_null(vec, i))
            memcpy(to + (size_t)i * width,
                   (const char *)vec->data + (size_t)mr_vec_index(vec, i) * width, width);
    return to;
}

static mr_status export_vec(const mr_vec *vec, int32_t n, struct ArrowArray *out, mr_error *err);

static mr_status export_children(mr_arena *arena, const mr_vec *children, int n_children, int32_t n,
                                 struct ArrowArray *out, mr_error *err)
{
    out->children = MR_NEW_ARRAY(arena, struct ArrowArray *, n_children);
    for (int i = 0; i < n_children; i++) {
        out->children[i] = MR_NEW(arena, struct ArrowArray);
        out->n_children = i + 1; /* release on failure finds the empty one, too */
        MR_TRY(export_vec(&children[i], n, out->children[i], err));
    }
    return MR_OK;
}

/* A map's one child: `n` pairs. */
static mr_status export_pairs(const mr_vec *map, int32_t n, struct ArrowArray *out, mr_error *err)
{
    mr_arena *arena = mr_arena_new();

    *out = (struct ArrowArray){ .length = n,
                                .n_buffers = 1,
                                .buffers = MR_NEW_ARRAY(arena, const void *, 1),
                                .release = release_array,
                                .private_data = arena };
    return export_children(arena, map->children, 2, n, out, err);
}

static mr_status export_list(mr_arena *arena, const mr_vec *vec, int32_t n, struct ArrowArray *out,
                             mr_error *err)
{
    int32_t *offsets = MR_NEW_ARRAY(arena, int32_t, (size_t)n + 1);

    MR_ASSERT(!vec->constant);
    if (n > 0)
        memcpy(offsets, vec->offsets, ((size_t)n + 1) * sizeof(*offsets));
    out->buffers[1] = offsets;
    out->n_buffers = 2;
    if (vec->type->id == MR_TYPE_ARRAY)
        return export_children(arena, vec->children, 1, offsets[n], out, err);
    out->children = MR_NEW_ARRAY(arena, struct ArrowArray *, 1);
    out->children[0] = MR_NEW(arena, struct ArrowArray);
    out->n_children = 1;
    return export_pairs(vec, offsets[n], out->children[0], err);
}

static mr_status export_values(mr_arena *arena, const mr_vec *vec, int32_t n,
                               struct ArrowArray *out, mr_error *err)
{
    out->n_buffers = 2;
    switch (vec->type->id) {
    case MR_TYPE_NULL:
        out->n_buffers = 0;
        return MR_OK;
    case MR_TYPE_BOOLEAN:
        out->buffers[1] = export_bits(arena, vec, n);
        return MR_OK;
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        return export_strings(arena, vec, n, out, err);
    case MR_TYPE_STRUCT:
        MR_ASSERT(!vec->constant);
        out->n_buffers = 1;
        return export_children(arena, vec->children, vec->type->n_fields, n, out, err);
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
        return export_list(arena, vec, n, out, err);
    case MR_TYPE_INTERVAL_CALENDAR:
        return export_intervals(arena, vec, n, &out->buffers[1], err);
    case MR_TYPE_INTERVAL_YM:
    case MR_TYPE_INTERVAL_DT:
    case MR_TYPE_BYTE:
    case MR_TYPE_SHORT:
    case MR_TYPE_INT:
    case MR_TYPE_LONG:
    case MR_TYPE_FLOAT:
    case MR_TYPE_DOUBLE:
    case MR_TYPE_DECIMAL:
    case MR_TYPE_DATE:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
        break;
    }
    out->buffers[1] = export_fixed(arena, vec, n);
    return MR_OK;
}

/* On failure *out still wants its release, which frees what was made. */
static mr_status export_vec(const mr_vec *vec, int32_t n, struct ArrowArray *out, mr_error *err)
{
    mr_arena *arena = mr_arena_new();

    *out = (struct ArrowArray){ .length = n,
                                .buffers = MR_NEW_ARRAY(arena, const void *, 3),
                                .release = release_array,
                                .private_data = arena };
    out->buffers[0] = export_validity(arena, vec, n, &out->null_count);
    return export_values(arena, vec, n, out, err);
}

millrace_status millrace_result_to_arrow(const millrace_result *result, struct ArrowSchema *schema,
                                         struct ArrowArray *array, millrace_error *err)
{
    const mr_batch *batch = result->batch;
    const mr_field root = { MR_STR(""), batch->schema, false, { 0 } };
    const mr_vec rows = { .type = batch->schema, .n = batch->n, .children = batch->cols };
    mr_error failure = { 0 };
    mr_status status = export_vec(&rows, batch->n, array, &failure);

    if (status != MR_OK) {
        array->release(array);
        return mr_api_fail(err, status, &failure);
    }
    export_schema(&root, result->zone, schema);
    return MILLRACE_OK;
}
