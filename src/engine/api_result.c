/* api_result.c - the public library: rows that were computed, cell by cell. */
#include <stdlib.h>

#include "column/print.h"
#include "engine/api_priv.h"

typedef struct gathered {
    mr_arena *arena;
    const mr_batch **batches;
    size_t n, capacity;
} gathered;

static mr_status keep_rows(void *data, const mr_batch *batch, mr_error *err)
{
    gathered *g = data;

    (void)err;
    MR_PUSH(g->batches, g->n, g->capacity, mr_batch_copy(g->arena, batch));
    return MR_OK;
}

millrace_result *millrace_collect(const millrace_frame *frame, millrace_error *err)
{
    gathered g = { 0 };
    mr_error failure = { 0 };
    millrace_result *self = NULL;
    mr_session *session;
    mr_status status;

    if (frame == NULL)
        return NULL;
    session = frame->session->session;
    g.arena = mr_arena_new();
    status = mr_session_run(session, frame->rel, keep_rows, &g, &failure);
    if (status == MR_OK && g.n == 0)
        status = mr_fail(&failure, MR_INTERNAL, "a query without even an empty batch");
    if (status == MR_OK) {
        self = mr_calloc(1, sizeof(*self));
        self->arena = g.arena;
        self->zone = mr_session_zone(session);
        self->batch = mr_batch_concat(g.arena, g.batches[0]->schema, g.batches, (int)g.n);
    } else {
        mr_api_fail(err, status, &failure);
        mr_arena_free(g.arena);
    }
    free(g.batches);
    return self;
}

void millrace_result_free(millrace_result *result)
{
    if (result == NULL)
        return;
    mr_arena_free(result->arena);
    free(result);
}

int64_t millrace_result_rows(const millrace_result *result)
{
    return result->batch->n;
}

int millrace_result_columns(const millrace_result *result)
{
    return result->batch->schema->n_fields;
}

static const mr_field *field_of(const millrace_result *result, int column)
{
    MR_ASSERT(column >= 0 && column < result->batch->schema->n_fields);
    return &result->batch->schema->fields[column];
}

static const mr_vec *column_of(const millrace_result *result, int64_t row, int column)
{
    MR_ASSERT(row >= 0 && row < result->batch->n);
    MR_ASSERT(column >= 0 && column < result->batch->schema->n_fields);
    return &result->batch->cols[column];
}

const char *millrace_result_name(const millrace_result *result, int column)
{
    return mr_arena_cstr(result->arena, field_of(result, column)->name);
}

const char *millrace_result_type(const millrace_result *result, int column)
{
    mr_buf text = { 0 };
    const char *out;

    mr_type_print_simple(field_of(result, column)->type, &text);
    out = mr_arena_cstr(result->arena, mr_buf_str(&text));
    mr_buf_free(&text);
    return out;
}

millrace_kind millrace_result_kind(const millrace_result *result, int column)
{
    static const millrace_kind kinds[] = {
        [MR_TYPE_NULL] = MILLRACE_NULL,
        [MR_TYPE_BOOLEAN] = MILLRACE_BOOLEAN,
        [MR_TYPE_BYTE] = MILLRACE_INTEGER,
        [MR_TYPE_SHORT] = MILLRACE_INTEGER,
        [MR_TYPE_INT] = MILLRACE_INTEGER,
        [MR_TYPE_LONG] = MILLRACE_INTEGER,
        [MR_TYPE_FLOAT] = MILLRACE_DOUBLE,
        [MR_TYPE_DOUBLE] = MILLRACE_DOUBLE,
        [MR_TYPE_DECIMAL] = MILLRACE_DECIMAL,
        [MR_TYPE_STRING] = MILLRACE_STRING,
        [MR_TYPE_CHAR] = MILLRACE_STRING,
        [MR_TYPE_VARCHAR] = MILLRACE_STRING,
        [MR_TYPE_BINARY] = MILLRACE_BINARY,
        [MR_TYPE_DATE] = MILLRACE_DATE,
        [MR_TYPE_TIMESTAMP] = MILLRACE_TIMESTAMP,
        [MR_TYPE_TIMESTAMP_NTZ] = MILLRACE_TIMESTAMP,
        [MR_TYPE_INTERVAL_CALENDAR] = MILLRACE_INTERVAL,
        [MR_TYPE_INTERVAL_YM] = MILLRACE_INTERVAL,
        [MR_TYPE_INTERVAL_DT] = MILLRACE_INTERVAL,
        [MR_TYPE_ARRAY] = MILLRACE_ARRAY,
        [MR_TYPE_STRUCT] = MILLRACE_STRUCT,
        [MR_TYPE_MAP] = MILLRACE_MAP,
    };

    return kinds[field_of(result, column)->type->id];
}

bool millrace_result_is_null(const millrace_result *result, int64_t row, int column)
{
    return mr_vec_is_null(column_of(result, row, column), (int32_t)row);
}

const char *millrace_result_text(millrace_result *result, int64_t row, int column, size_t *len)
{
    const mr_vec *vec = column_of(result, row, column);
    mr_buf text = { 0 };
    mr_str out = { 0 };

    if (!mr_vec_is_null(vec, (int32_t)row)) {
        mr_print_value(vec, (int32_t)row, result->zone, "NULL", &text);
        out = mr_arena_str(result->arena, mr_buf_str(&text));
    }
    mr_buf_free(&text);
    if (len != NULL)
        *len = out.len;
    return out.ptr;
}

int64_t millrace_result_int64(const millrace_result *result, int64_t row, int column)
{
    const mr_vec *vec = column_of(result, row, column);

    if (mr_vec_is_null(vec, (int32_t)row))
        return 0;
    switch (millrace_result_kind(result, column)) {
    case MILLRACE_BOOLEAN:
    case MILLRACE_INTEGER:
    case MILLRACE_DATE:
    case MILLRACE_TIMESTAMP:
        return mr_scalar_get(vec, (int32_t)row).i64;
    case MILLRACE_INTERVAL:
        if (vec->type->id == MR_TYPE_INTERVAL_CALENDAR)
            return 0;
        return mr_scalar_get(vec, (int32_t)row).i64;
    case MILLRACE_NULL:
    case MILLRACE_DOUBLE:
    case MILLRACE_DECIMAL:
    case MILLRACE_STRING:
    case MILLRACE_BINARY:
    case MILLRACE_ARRAY:
    case MILLRACE_STRUCT:
    case MILLRACE_MAP:
        return 0;
    }
    return 0;
}

/* Unscaled by powers of ten that are exact as doubles where they can be. */
static double decimal_to_double(mr_int128 unscaled, int scale)
{
    double power = 1;

    for (int i = 0; i < (scale < 0 ? -scale : scale); i++)
        power *= 10;
    return scale < 0 ? (double)unscaled * power : (double)unscaled / power;
}

double millrace_result_double(const millrace_result *result, int64_t row, int column)
{
    const mr_vec *vec = column_of(result, row, column);
    millrace_kind kind = millrace_result_kind(result, column);

    if (mr_vec_is_null(vec, (int32_t)row))
        return 0;
    if (kind == MILLRACE_DOUBLE)
        return mr_scalar_get(vec, (int32_t)row).f64;
    if (kind == MILLRACE_DECIMAL)
        return decimal_to_double(mr_scalar_get(vec, (int32_t)row).i128, vec->type->scale);
    return kind == MILLRACE_INTEGER ? (double)mr_scalar_get(vec, (int32_t)row).i64 : 0;
}

const char *millrace_result_show(millrace_result *result)
{
    mr_buf text = { 0 };
    const char *out;

    mr_print_show(result->batch, 0, false, false, result->zone, &text);
    out = mr_arena_cstr(result->arena, mr_buf_str(&text));
    mr_buf_free(&text);
    return out;
}
