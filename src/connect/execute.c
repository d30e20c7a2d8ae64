/* execute.c - the ExecutePlan RPC: relations to Arrow batches, and the commands. */
#include <stdio.h>

#include "column/ipc.h"
#include "connect/connect_priv.h"

#define BATCH_ROWS  10000
#define BATCH_BYTES (4U << 20)

/* Result rows on their way to the client: small batches are put together. */
typedef struct result {
    rpc *r;
    operation *op;
    mr_arena *arena; /* of the rows that wait */
    const mr_batch **waiting;
    int n_waiting;
    int capacity;
    int64_t n_rows; /* that wait */
    size_t n_bytes;
    int64_t offset; /* rows sent */
    bool sent_schema;
    bool sent_batch;
    mr_buf ipc;
    mr_str zone;
} result;

static mr_status send_schema(result *res, const mr_type *schema, mr_error *err)
{
    mr_wire_execute_response reply = { .schema = schema };

    res->sent_schema = true;
    return mr_connect_emit(res->r, res->op, &reply, err);
}

static mr_status send_batch(result *res, const mr_batch *batch, mr_error *err)
{
    mr_wire_execute_response reply = { .which = 2, .has_start_offset = true };

    mr_buf_clear(&res->ipc);
    MR_TRY(mr_ipc_write(batch, res->zone, &res->ipc, err));
    reply.row_count = batch->sel.n;
    reply.start_offset = res->offset;
    reply.data = mr_buf_str(&res->ipc);
    res->offset += batch->sel.n;
    res->sent_batch = true;
    return mr_connect_emit(res->r, res->op, &reply, err);
}

/* A dense batch in parts of at most 10,000 rows and about 4 MiB; at least one part. */
static mr_status send_parts(result *res, const mr_batch *batch, mr_error *err)
{
    size_t bytes = mr_batch_bytes(batch);
    int32_t step = BATCH_ROWS;

    if (bytes > BATCH_BYTES && batch->n > 0) {
        size_t fitting = (size_t)batch->n * BATCH_BYTES / bytes;

        step = fitting < 1 ? 1 : fitting < BATCH_ROWS ? (int32_t)fitting : BATCH_ROWS;
    }
    if (batch->n <= step)
        return send_batch(res, batch, err);
    for (int32_t at = 0; at < batch->n; at += step) {
        int32_t n = batch->n - at < step ? batch->n - at : step;
        int32_t *rows = MR_NEW_ARRAY(res->arena, int32_t, n);
        mr_batch part = *batch;

        for (int32_t i = 0; i < n; i++)
            rows[i] = at + i;
        part.sel = (mr_sel){ rows, n };
        MR_TRY(send_batch(res, &part, err));
    }
    return MR_OK;
}

static mr_status flush(result *res, mr_error *err)
{
    mr_status status;

    if (res->n_waiting == 0)
        return MR_OK;
    status = send_parts(res,
                        res->n_waiting == 1 ? res->waiting[0]
                                            : mr_batch_concat(res->arena, res->waiting[0]->schema,
                                                              res->waiting, res->n_waiting),
                        err);
    res->n_waiting = 0;
    res->capacity = 0;
    res->n_rows = 0;
    res->n_bytes = 0;
    mr_arena_reset(res->arena);
    return status;
}

static void wait_for_more(result *res, const mr_batch *batch)
{
    if (res->n_waiting == res->capacity) {
        int capacity = res->capacity == 0 ? 16 : res->capacity * 2;
        const mr_batch **bigger = MR_NEW_ARRAY(res->arena, const mr_batch *, capacity);

        if (res->n_waiting > 0)
            memcpy(bigger, res->waiting, sizeof(*bigger) * (size_t)res->n_waiting);
        res->waiting = bigger;
        res->capacity = capacity;
    }
    res->waiting[res->n_waiting] = mr_batch_copy(res->arena, batch);
    res->n_rows += res->waiting[res->n_waiting]->n;
    res->n_bytes += mr_batch_bytes(res->waiting[res->n_waiting]);
    res->n_waiting++;
}

static mr_status take_rows(void *data, const mr_batch *batch, mr_error *err)
{
    result *res = data;

    if (res->op->cancel)
        return mr_raise(err, MR_EXC_SQL, "OPERATION_CANCELED", NULL);
    if (!res->sent_schema)
        MR_TRY(send_schema(res, batch->schema, err));
    if (batch->sel.n == 0 && (res->sent_batch || res->n_waiting > 0))
        return MR_OK;
    if (res->n_rows + batch->sel.n > BATCH_ROWS)
        MR_TRY(flush(res, err));
    wait_for_more(res, batch);
    if (res->n_rows >= BATCH_ROWS || res->n_bytes >= BATCH_BYTES)
        MR_TRY(flush(res, err));
    return MR_OK;
}

static mr_status run_relation(rpc *r, operation *op, mr_xrel *rel, mr_error *err)
{
    result res = { .r = r, .op = op };
    mr_status status;

    MR_TRY(mr_connect_resolve_local(r, rel, err));
    res.arena = mr_arena_new();
    if (!mr_session_get(r->session->engine, MR_STR("spark.sql.session.timeZone"), r->arena,
                        &res.zone))
        res.zone = MR_STR("UTC");
    status = mr_session_run(r->session->engine, rel, take_rows, &res, err);
    if (status == MR_OK)
        status = flush(&res, err);
    mr_arena_free(res.arena);
    mr_buf_free(&res.ipc);
    return status;
}

/* spark.sql(): a query comes back as it is, a command has run and comes back as its rows. */
static mr_status sql(rpc *r, operation *op, mr_xcommand *command, mr_error *err)
{
    mr_wire_execute_response reply = { .which = 5 };

    if (command->input == NULL) { /* 3.5: the text alone */
        command->input = MR_NEW(r->arena, mr_xrel);
        command->input->kind = MR_R_SQL;
        command->input->name = command->name;
        command->input->sql_start = command->input->sql_stop = -1;
    }
    MR_TRY(mr_connect_resolve_local(r, command->input, err));
    MR_TRY(mr_session_sql(r->session->engine, command->input, r->arena, &reply.relation, err));
    return mr_connect_emit(r, op, &reply, err);
}

static mr_status create_view(rpc *r, const mr_xcommand *command, mr_error *err)
{
    mr_str name = command->name;
    size_t dot = mr_str_find(name, '.', 0);

    if (dot < name.len && name.ptr[0] != '`') /* Spark takes the last part of "a.b" */
        name = mr_str_slice(name, dot + 1, name.len);
    MR_TRY(mr_session_check_view_name(name, err));
    if (command->is_global)
        name = mr_arena_printf(r->arena, "global_temp.%.*s", MR_STR_ARG(name));
    MR_TRY(mr_connect_resolve_local(r, command->input, err));
    return mr_session_create_view(r->session->engine, name, command->input, command->replace, err);
}

static mr_status write_frame(rpc *r, const mr_xcommand *command, mr_error *err)
{
    MR_TRY(mr_connect_resolve_local(r, command->input, err));
    return mr_session_write(r->session->engine, command, err);
}

static mr_status send_empty(rpc *r, operation *op, int32_t which, mr_error *err)
{
    mr_wire_execute_response reply = { .which = which };

    return mr_connect_emit(r, op, &reply, err);
}

static mr_status run_command(rpc *r, operation *op, mr_xcommand *command, mr_error *err)
{
    switch (command->kind) {
    case MR_C_SQL:
        return sql(r, op, command, err);
    case MR_C_CREATE_VIEW:
        return create_view(r, command, err);
    case MR_C_WRITE:
    case MR_C_WRITE_V2:
        return write_frame(r, command, err);
    case MR_C_STREAM_START:
        return mr_connect_start_stream(r, op, &command->stream, err);
    case MR_C_STREAM_QUERY:
        return mr_connect_query(r, op, &command->query, err);
    case MR_C_STREAM_MANAGER:
        return mr_connect_manager(r, op, &command->manager, err);
    case MR_C_LISTENER_BUS:
        return mr_connect_bus(r, op, command->add, err);
    case MR_C_REMOVE_CACHED:
        return MR_OK; /* no relation is kept for a client */
    case MR_C_ML:
        return send_empty(r, op, 20, err); /* clean_cache at the client's exit */
    case MR_C_GET_RESOURCES:
        return send_empty(r, op, 10, err);
    case MR_C_UNSUPPORTED:
        break;
    }
    return mr_fail(err, MR_UNSUPPORTED, "command number %d of Spark Connect is not supported",
                   command->number);
}

mr_status mr_connect_execute(rpc *r, operation *op, mr_error *err)
{
    if (r->request.plan.root != NULL)
        return run_relation(r, op, r->request.plan.root, err);
    if (r->request.plan.command != NULL)
        return run_command(r, op, r->request.plan.command, err);
    return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "the plan is empty");
}
