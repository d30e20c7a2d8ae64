/* streaming.c - streaming queries: start, the methods of a query, spark.streams, listeners. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "connect/connect_priv.h"

#define ACTIVE_MAX 256

static mr_wire_query_id id_of(rpc *r, const mr_query *query)
{
    return (mr_wire_query_id){ mr_arena_str(r->arena, mr_query_id(query)),
                               mr_arena_str(r->arena, mr_query_run_id(query)) };
}

/* The event that a listener gets before start() returns. */
static mr_str started_json(rpc *r, const mr_query *query)
{
    int64_t us = mr_os_wall_us(mr_os_real());
    time_t seconds = (time_t)(us / 1000000);
    mr_buf json = { 0 };
    struct tm t;
    mr_str out;

    gmtime_r(&seconds, &t);
    mr_buf_puts(&json, "{\"id\":");
    mr_buf_put_json(&json, mr_query_id(query));
    mr_buf_puts(&json, ",\"runId\":");
    mr_buf_put_json(&json, mr_query_run_id(query));
    mr_buf_puts(&json, ",\"name\":");
    if (mr_query_name(query).len == 0)
        mr_buf_puts(&json, "null");
    else
        mr_buf_put_json(&json, mr_query_name(query));
    mr_buf_printf(&json, ",\"timestamp\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\",\"jobTags\":[]}",
                  t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
                  (int)(us / 1000 % 1000));
    out = mr_arena_str(r->arena, mr_buf_str(&json));
    mr_buf_free(&json);
    return out;
}

static bool has_bus(rpc *r)
{
    bool has;

    pthread_mutex_lock(&r->server->lock);
    has = r->session->n_buses > 0;
    pthread_mutex_unlock(&r->server->lock);
    return has;
}

mr_status mr_connect_start_stream(rpc *r, operation *op, const mr_xstream *stream, mr_error *err)
{
    mr_wire_execute_response reply = { .which = 8 };
    mr_query *query;

    MR_TRY(mr_connect_resolve_local(r, stream->input, err));
    MR_TRY(mr_session_start(r->session->engine, stream, &query, err));
    reply.query_id = id_of(r, query);
    reply.name = mr_arena_str(r->arena, mr_query_name(query));
    reply.has_started_json = has_bus(r);
    if (reply.has_started_json)
        reply.started_json = started_json(r, query);
    mr_query_unref(query);
    return mr_connect_emit(r, op, &reply, err);
}

static void fill_status(mr_query *query, rpc *r, mr_wire_execute_response *reply)
{
    mr_query_state *state = MR_NEW(r->arena, mr_query_state);

    mr_query_status(query, state);
    reply->query_which = 2;
    reply->status_message = mr_str_from(state->message);
    reply->is_data_available = state->is_data_available;
    reply->is_trigger_active = state->is_trigger_active;
    reply->is_active = state->is_active;
}

static void fill_exception(mr_query *query, rpc *r, mr_wire_execute_response *reply)
{
    mr_error *failure = MR_NEW(r->arena, mr_error);

    reply->query_which = 5;
    reply->has_exception = mr_query_cause(query, failure);
    if (!reply->has_exception)
        return;
    reply->exception_message =
        mr_arena_printf(r->arena, "%s: %s", mr_exception_class(MR_EXC_STREAMING), failure->message);
    reply->has_error_class = true;
    reply->error_class = MR_STR("STREAM_FAILED");
}

static void fill_explain(mr_query *query, rpc *r, bool extended, mr_wire_execute_response *reply)
{
    mr_buf text = { 0 };

    mr_query_explain(query, extended, &text);
    reply->query_which = 4;
    reply->explain = mr_arena_str(r->arena, mr_buf_str(&text));
    mr_buf_free(&text);
}

static mr_status run_query(rpc *r, operation *op, mr_query *query, const mr_xquery_command *command,
                           mr_wire_execute_response *reply, mr_error *err)
{
    switch (command->number) {
    case 2:
        fill_status(query, r, reply);
        return MR_OK;
    case 3:
    case 4:
        reply->query_which = 3;
        reply->n_progress =
            mr_query_progress(query, command->number == 3, r->arena, &reply->progress);
        return MR_OK;
    case 5:
        return mr_query_stop(query, err);
    case 6:
        return mr_query_process_all(query, &op->cancel, err);
    case 7:
        fill_explain(query, r, command->extended, reply);
        return MR_OK;
    case 8:
        fill_exception(query, r, reply);
        return MR_OK;
    case 9:
        reply->query_which = 6;
        return mr_query_await(query, command->has_timeout ? command->timeout_ms : -1, &op->cancel,
                              &reply->terminated, err);
    default:
        return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "the query command is empty");
    }
}

mr_status mr_connect_query(rpc *r, operation *op, const mr_xquery_command *command, mr_error *err)
{
    mr_wire_execute_response reply = { .which = 9 };
    mr_query *query = mr_session_query(r->session->engine, command->id, (mr_str){ 0 });
    mr_status status;

    if (query == NULL)
        return mr_raise_text(err, MR_EXC_INVALID_PLAN, "", "Streaming query %.*s is not found",
                             MR_STR_ARG(command->id));
    reply.query_id = id_of(r, query);
    if (!mr_str_equal(command->run_id, reply.query_id.run_id)) {
        mr_query_unref(query);
        query = mr_session_query(r->session->engine, command->id, command->run_id);
    }
    if (query == NULL)
        return mr_raise_text(err, MR_EXC_INVALID_PLAN, "",
                             "Run id mismatch for query id %.*s. Run id in the request %.*s does "
                             "not match one on the server %.*s. The query might have restarted.",
                             MR_STR_ARG(command->id), MR_STR_ARG(command->run_id),
                             MR_STR_ARG(reply.query_id.run_id));
    reply.query_id = id_of(r, query);
    status = run_query(r, op, query, command, &reply, err);
    mr_query_unref(query);
    if (status == MR_OK && op->cancel)
        status = mr_raise(err, MR_EXC_SQL, "OPERATION_CANCELED", NULL);
    return status == MR_OK ? mr_connect_emit(r, op, &reply, err) : status;
}

static mr_wire_instance instance_of(rpc *r, const mr_query *query)
{
    return (mr_wire_instance){ .query_id = id_of(r, query),
                               .has_name = mr_query_name(query).len > 0,
                               .name = mr_arena_str(r->arena, mr_query_name(query)) };
}

static void fill_active(rpc *r, mr_wire_execute_response *reply)
{
    mr_query *active[ACTIVE_MAX];
    int n = mr_session_active(r->session->engine, active, ACTIVE_MAX);

    if (n > ACTIVE_MAX)
        n = ACTIVE_MAX;
    reply->queries = MR_NEW_ARRAY(r->arena, mr_wire_instance, n + 1);
    reply->n_queries = n;
    for (int i = 0; i < n; i++) {
        reply->queries[i] = instance_of(r, active[i]);
        mr_query_unref(active[i]);
    }
}

/* spark.streams.get: only what runs is found. */
static void fill_one(rpc *r, mr_str id, mr_wire_execute_response *reply)
{
    mr_query *query = mr_session_query(r->session->engine, id, (mr_str){ 0 });
    mr_query_state state = { 0 };

    reply->manager_which = 0;
    if (query == NULL)
        return;
    mr_query_status(query, &state);
    if (state.is_active) {
        reply->manager_which = 2;
        reply->query = instance_of(r, query);
    }
    mr_query_unref(query);
}

mr_status mr_connect_manager(rpc *r, operation *op, const mr_xmanager_command *command,
                             mr_error *err)
{
    mr_wire_execute_response reply = { .which = 11, .manager_which = command->number };

    switch (command->number) {
    case 1:
        fill_active(r, &reply);
        break;
    case 2:
        fill_one(r, command->id, &reply);
        break;
    case 3:
        MR_TRY(mr_session_await_any(r->session->engine,
                                    command->has_timeout ? command->timeout_ms : -1, &op->cancel,
                                    &reply.terminated, err));
        if (op->cancel)
            return mr_raise(err, MR_EXC_SQL, "OPERATION_CANCELED", NULL);
        break;
    case 4:
        mr_session_reset_terminated(r->session->engine);
        break;
    default:
        return mr_fail(err, MR_UNSUPPORTED, "listeners that run in the server are not supported");
    }
    return mr_connect_emit(r, op, &reply, err);
}

/* Events on their way from the engine's threads to a client's listener stream. */
typedef struct event {
    struct event *next;
    int kind;
    size_t len;
    char json[];
} event;

typedef struct bus {
    pthread_mutex_t lock;
    event *first, *last;
    int n;
} bus;

/* Called by the engine; the oldest event goes when the client does not keep up. */
static void hear(void *data, int kind, mr_str json)
{
    bus *b = data;
    event *e;

    if (kind == 0)
        return; /* started: start() itself has told it */
    e = mr_malloc(sizeof(*e) + json.len);
    e->next = NULL;
    e->kind = kind;
    e->len = json.len;
    memcpy(e->json, json.ptr, json.len);
    pthread_mutex_lock(&b->lock);
    if (b->last == NULL)
        b->first = e;
    else
        b->last->next = e;
    b->last = e;
    if (++b->n > EVENTS_MAX) {
        event *oldest = b->first;

        b->first = oldest->next;
        b->n--;
        free(oldest);
    }
    pthread_mutex_unlock(&b->lock);
}

static event *next_event(bus *b)
{
    event *e;

    pthread_mutex_lock(&b->lock);
    e = b->first;
    if (e != NULL) {
        b->first = e->next;
        if (b->first == NULL)
            b->last = NULL;
        b->n--;
    }
    pthread_mutex_unlock(&b->lock);
    return e;
}

static mr_status send_events(rpc *r, operation *op, bus *b, mr_error *err)
{
    mr_status status = MR_OK;
    event *e;

    while (status == MR_OK && (e = next_event(b)) != NULL) {
        mr_wire_event one = { { e->json, e->len }, e->kind };
        mr_wire_execute_response reply = { .which = 16, .events = &one, .n_events = 1 };

        status = mr_connect_emit(r, op, &reply, err);
        free(e);
    }
    return status;
}

/* Whether the stream should go on; counts buses so that a stop reaches them all. */
static bool is_open(rpc *r, const operation *op)
{
    bool open;

    pthread_mutex_lock(&r->server->lock);
    open = r->session->n_buses > 0 && !r->session->closing && !op->cancel && !r->server->closing;
    pthread_mutex_unlock(&r->server->lock);
    return open;
}

static mr_status serve_bus(rpc *r, operation *op, bus *b, mr_error *err)
{
    mr_wire_execute_response added = { .which = 16,
                                       .has_listener_added = true,
                                       .listener_added = true };
    const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
    mr_status status = mr_connect_emit(r, op, &added, err);

    while (status == MR_OK && is_open(r, op)) {
        status = send_events(r, op, b, err);
        nanosleep(&pause, NULL);
    }
    return status == MR_OK ? send_events(r, op, b, err) : status;
}

static void change_buses(rpc *r, int by)
{
    pthread_mutex_lock(&r->server->lock);
    r->session->n_buses = by > 0 ? r->session->n_buses + by : 0;
    pthread_mutex_unlock(&r->server->lock);
}

/* Holds the call open until the client removes its last listener. */
static mr_status open_bus(rpc *r, operation *op, mr_error *err)
{
    bus b = { 0 };
    mr_status status;
    event *left;
    int id;

    pthread_mutex_init(&b.lock, NULL);
    op->is_bus = true;
    change_buses(r, 1);
    id = mr_session_listen(r->session->engine, hear, &b);
    status = serve_bus(r, op, &b, err);
    mr_session_unlisten(r->session->engine, id);
    while ((left = next_event(&b)) != NULL)
        free(left);
    pthread_mutex_destroy(&b.lock);
    return status;
}

mr_status mr_connect_bus(rpc *r, operation *op, bool add, mr_error *err)
{
    if (add && has_bus(r))
        return mr_fail(err, MR_INVALID, "the session has a listener stream already");
    if (add)
        return open_bus(r, op, err);
    change_buses(r, -1);
    return MR_OK;
}
