/* server.c - the doors of the room: one RPC after the other to whoever answers it. */
#include "connect/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "connect/connect_priv.h"

#define TIDY_S 5

typedef mr_status (*answer_fn)(rpc *r, mr_error *err);

static mr_status execute(rpc *r, mr_error *err)
{
    operation *op;
    mr_status status;

    MR_TRY(mr_wire_plan_expand(&r->request.plan, r->arena, err));
    MR_TRY(mr_connect_begin(r, &op, err));
    status = mr_connect_execute(r, op, err);
    if (status != MR_OK && op->cancel)
        status = mr_raise(err, MR_EXC_SQL, "OPERATION_CANCELED", NULL);
    mr_connect_end(r, op, status);
    return MR_OK;
}

static mr_status analyze(rpc *r, mr_error *err)
{
    MR_TRY(mr_wire_plan_expand(&r->request.plan, r->arena, err));
    MR_TRY(mr_wire_plan_expand(&r->request.other_plan, r->arena, err));
    return mr_connect_analyze(r, err);
}

static mr_status release_session(rpc *r, mr_error *err)
{
    mr_str id = mr_arena_str(r->arena, mr_str_from(r->session->id));
    mr_str server_id = mr_arena_str(r->arena, mr_str_from(r->session->server_id));
    mr_wire_simple_response reply = { .session_id = id, .server_session = server_id };
    session *s = r->session;

    r->session = NULL;
    mr_connect_release(r->server, s, r->request.allow_reconnect);
    return mr_connect_reply(r, &mr_wire_release_session_reply, &reply, err);
}

/* The RPCs with one request message. */
static const struct {
    const char *name;
    const mr_pb_table *request;
    bool creates; /* its session, when there is none */
    answer_fn answer;
} methods[] = {
    { "ExecutePlan", &mr_wire_execute_request, true, execute },
    { "AnalyzePlan", &mr_wire_analyze_request, true, analyze },
    { "Config", &mr_wire_config_request, true, mr_connect_config },
    { "ReattachExecute", &mr_wire_reattach_request, false, mr_connect_reattach },
    { "ReleaseExecute", &mr_wire_release_request, false, mr_connect_release_execute },
    { "Interrupt", &mr_wire_interrupt_request, true, mr_connect_interrupt },
    { "ReleaseSession", &mr_wire_release_session_request, true, release_session },
    { "FetchErrorDetails", &mr_wire_error_request, false, mr_connect_fetch_error },
    { "ArtifactStatus", &mr_wire_artifact_status_request, true, mr_connect_artifact_status },
};

mr_status mr_connect_reply(rpc *r, const mr_pb_table *table, const void *reply, mr_error *err)
{
    mr_buf_clear(&r->reply);
    MR_TRY(mr_pb_encode(table, reply, r->arena, &r->reply, err));
    mr_grpc_write(r->call, mr_buf_str(&r->reply));
    return MR_OK;
}

static void answer(rpc *r, const mr_pb_table *table, bool creates, answer_fn fn)
{
    mr_str bytes;
    mr_status status;

    if (!mr_grpc_read(r->call, &bytes)) {
        mr_grpc_finish(r->call, MR_GRPC_INVALID_ARGUMENT, MR_STR("a request message is missing"),
                       (mr_str){ 0 });
        return;
    }
    status = mr_pb_decode(table, bytes, r->arena, &r->request, &r->error);
    if (r->request.session_id.len > 0 && status != MR_CORRUPT) {
        mr_error second;
        mr_status entered = mr_connect_enter(r->server, &r->request, creates, &r->session, &second);

        if (entered != MR_OK && status == MR_OK) {
            status = entered;
            r->error = second;
        }
    } else if (status == MR_OK) {
        status = mr_connect_enter(r->server, &r->request, creates, &r->session, &r->error);
    }
    if (status == MR_OK)
        status = fn(r, &r->error);
    if (status != MR_OK)
        mr_connect_refuse(r);
    if (r->session != NULL)
        mr_connect_leave(r->server, r->session);
}

static void dispatch(rpc *r, mr_str method)
{
    if (mr_str_is(method, "AddArtifacts")) {
        mr_connect_artifacts(r);
        return;
    }
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (mr_str_is(method, methods[i].name)) {
            answer(r, methods[i].request, methods[i].creates, methods[i].answer);
            return;
        }
    mr_grpc_finish(r->call, MR_GRPC_UNIMPLEMENTED, MR_STR("this method is not implemented"),
                   (mr_str){ 0 });
}

static void handle(void *data, mr_grpc_call *call)
{
    static const char service[] = "/spark.connect.SparkConnectService/";
    mr_str path = mr_grpc_path(call);
    rpc *r = mr_calloc(1, sizeof(*r));

    r->server = data;
    r->call = call;
    r->arena = mr_arena_new();
    mr_error_clear(&r->error);
    if (mr_str_starts(path, service))
        dispatch(r, mr_str_slice(path, sizeof(service) - 1, path.len));
    else
        mr_grpc_finish(call, MR_GRPC_UNIMPLEMENTED, MR_STR("unknown service"), (mr_str){ 0 });
    mr_buf_free(&r->reply);
    mr_arena_free(r->arena);
    free(r);
}

/* Tidies up every few seconds. */
static void *keep_house(void *argument)
{
    mr_connect_server *server = argument;
    bool closing = false;

    while (!closing) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += TIDY_S;
        pthread_mutex_lock(&server->lock);
        if (!server->closing)
            pthread_cond_timedwait(&server->changed, &server->lock, &until);
        closing = server->closing;
        pthread_mutex_unlock(&server->lock);
        if (!closing) {
            mr_connect_tidy_operations(server);
            mr_connect_expire(server);
        }
    }
    return NULL;
}

/* "host:port", "[::1]:port", ":port". */
static mr_status split_address(mr_str address, mr_str *host, int *port, mr_error *err)
{
    size_t colon = address.len;
    int64_t number;

    while (colon > 0 && address.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0 || !mr_str_to_int64(mr_str_slice(address, colon, address.len), &number) ||
        number < 0 || number > 65535)
        return mr_fail(err, MR_INVALID, "\"%.*s\" is not host:port", MR_STR_ARG(address));
    *host = mr_str_slice(address, 0, colon - 1);
    if (host->len > 2 && host->ptr[0] == '[' && host->ptr[host->len - 1] == ']')
        *host = mr_str_slice(*host, 1, host->len - 1);
    *port = (int)number;
    return MR_OK;
}

static bool is_loopback(mr_str host)
{
    return host.len == 0 || mr_str_is(host, "localhost") || mr_str_is(host, "::1") ||
           mr_str_starts(host, "127.");
}

static mr_status start(mr_connect_server *server, mr_str address, const char *token, mr_error *err)
{
    mr_grpc_options options = { .token = mr_str_from(token), .handler = handle, .data = server };

    MR_TRY(split_address(address, &options.host, &options.port, err));
    if (options.token.len == 0 && !is_loopback(options.host))
        return mr_fail(err, MR_INVALID,
                       "listening on %.*s, an address other machines can reach, needs a token "
                       "(--token-file)",
                       MR_STR_ARG(options.host));
    MR_TRY(mr_grpc_open(&options, &server->grpc, err));
    server->has_keeper = pthread_create(&server->keeper, NULL, keep_house, server) == 0;
    return server->has_keeper ? MR_OK : mr_fail(err, MR_IO, "cannot start a thread");
}

mr_status mr_connect_open(mr_engine *engine, mr_str address, const char *token,
                          mr_connect_server **out, mr_error *err)
{
    mr_connect_server *server = mr_calloc(1, sizeof(*server));
    mr_status status;

    server->engine = engine;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->changed, NULL);
    status = start(server, address, token, err);
    if (status == MR_OK)
        *out = server;
    else
        mr_connect_close(server);
    return status;
}

int mr_connect_port(const mr_connect_server *server)
{
    return mr_grpc_port(server->grpc);
}

void mr_connect_close(mr_connect_server *server)
{
    pthread_mutex_lock(&server->lock);
    server->closing = true;
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
    if (server->has_keeper)
        pthread_join(server->keeper, NULL);
    mr_connect_cancel_all(server, NULL);
    if (server->grpc != NULL)
        mr_grpc_close(server->grpc);
    mr_connect_forget(server, NULL);
    mr_connect_free_sessions(server);
    for (int i = 0; i < ERRORS_KEPT; i++) {
        if (server->errors[i] != NULL)
            free(server->errors[i]->key);
        free(server->errors[i]);
    }
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->changed);
    free(server);
}
