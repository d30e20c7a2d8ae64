/* grpc_http2.c - libnghttp2's callbacks: frames of a connection to calls, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "wire/grpc_priv.h"

#define WINDOW_CALL       (4 << 20)
#define WINDOW_CONNECTION (16 << 20)

int64_t mr_grpc_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void count_reset(connection *conn)
{
    int64_t now = mr_grpc_now_ms();

    if (now - conn->resets_from_ms > 10000) {
        conn->resets_from_ms = now;
        conn->n_resets = 0;
    }
    if (++conn->n_resets > MR_GRPC_RESETS_MAX)
        nghttp2_session_terminate_session(conn->session, NGHTTP2_ENHANCE_YOUR_CALM);
}

static mr_grpc_call *call_of(nghttp2_session *session, int32_t stream_id)
{
    return nghttp2_session_get_stream_user_data(session, stream_id);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        nghttp2_session_set_stream_user_data(session, frame->hd.stream_id,
                                             mr_grpc_call_new(data, frame->hd.stream_id));
    return 0;
}

/* Takes as long for a wrong token as for the right one. */
static bool same_token(mr_str given, const char *token)
{
    size_t n = strlen(token);
    unsigned different = given.len != n;

    for (size_t i = 0; i < given.len; i++)
        different |= (unsigned)(uint8_t)given.ptr[i] ^ (uint8_t)token[n == 0 ? 0 : i % n];
    return different == 0;
}

static bool is_bearer(mr_str value, const char *token)
{
    return value.len > 7 && strncasecmp(value.ptr, "Bearer ", 7) == 0 &&
           same_token((mr_str){ value.ptr + 7, value.len - 7 }, token);
}

static void take_header(mr_grpc_call *call, mr_str name, mr_str value)
{
    if (mr_str_is(name, ":path") && value.len < sizeof(call->path_bytes)) {
        memcpy(call->path_bytes, value.ptr, value.len);
        call->path = (mr_str){ call->path_bytes, value.len };
    } else if (mr_str_is(name, ":method")) {
        call->is_post = mr_str_is(value, "POST");
    } else if (mr_str_is(name, "content-type")) {
        call->is_grpc = mr_str_starts(value, "application/grpc");
    } else if (mr_str_is(name, "grpc-encoding")) {
        bool is_zip = mr_str_is(value, "gzip") || mr_str_is(value, "deflate");

        call->encoding = mr_str_is(value, "identity") ? 0 : is_zip ? 1 : 2;
    } else if (mr_str_is(name, "authorization") && call->server->token != NULL) {
        call->is_authorized = is_bearer(value, call->server->token);
    }
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *data)
{
    mr_grpc_call *call = call_of(session, frame->hd.stream_id);

    (void)flags;
    (void)data;
    if (call == NULL)
        return 0;
    call->header_bytes += name_len + value_len + 32;
    if (call->header_bytes > MR_GRPC_HEADERS_MAX)
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    take_header(call, (mr_str){ (const char *)name, name_len },
                (mr_str){ (const char *)value, value_len });
    return 0;
}

/* Ten wrong tokens a minute end the connection that sends the next, after its answer. */
static void count_failure(connection *conn)
{
    mr_grpc_server *server = conn->server;
    int64_t now = mr_grpc_now_ms();

    if (now - server->failures_from_ms > 60000) {
        server->failures_from_ms = now;
        server->n_failures = 0;
    }
    if (++server->n_failures > 10)
        nghttp2_submit_goaway(conn->session, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(conn->session),
                              NGHTTP2_NO_ERROR, NULL, 0);
}

static void check_request(mr_grpc_call *call)
{
    static const nghttp2_nv refusal[] = { { (uint8_t *)(uintptr_t) ":status",
                                            (uint8_t *)(uintptr_t) "415", 7, 3,
                                            NGHTTP2_NV_FLAG_NONE } };

    if (!call->is_post || !call->is_grpc) {
        call->started = call->submitted = true;
        nghttp2_submit_response(call->conn->session, call->stream_id, refusal, 1, NULL);
    } else if (call->server->token != NULL && !call->is_authorized) {
        count_failure(call->conn);
        mr_grpc_call_fail(call, MR_GRPC_UNAUTHENTICATED,
                          "Authentication token is missing or wrong");
    } else if (call->path.len == 0) {
        mr_grpc_call_fail(call, MR_GRPC_UNIMPLEMENTED, "unknown method");
    } else if (call->encoding == 2) {
        mr_grpc_call_fail(call, MR_GRPC_UNIMPLEMENTED, "unknown grpc-encoding");
    }
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    connection *conn = data;
    mr_grpc_call *call;

    conn->got_preface = true;
    if (frame->hd.type == NGHTTP2_RST_STREAM)
        count_reset(conn);
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
        return 0;
    call = call_of(session, frame->hd.stream_id);
    if (call == NULL)
        return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        check_request(call);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
        mr_grpc_call_end_input(call);
    return 0;
}

/* Gives the window back at once, or when the handler has caught up. */
static void acknowledge(mr_grpc_call *call, size_t n)
{
    bool now;

    pthread_mutex_lock(&call->lock);
    call->unacknowledged += n;
    now = call->n_in < IN_MESSAGES_MAX;
    n = call->unacknowledged;
    if (now)
        call->unacknowledged = 0;
    pthread_mutex_unlock(&call->lock);
    if (now && n > 0)
        nghttp2_session_consume_stream(call->conn->session, call->stream_id, n);
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *bytes,
                   size_t n, void *data)
{
    mr_grpc_call *call = call_of(session, stream_id);

    (void)flags;
    (void)data;
    nghttp2_session_consume_connection(session, n);
    if (call == NULL)
        return 0;
    if (!call->finished)
        mr_grpc_call_receive(call, bytes, n);
    acknowledge(call, n);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream_id, uint32_t code, void *data)
{
    mr_grpc_call *call = call_of(session, stream_id);
    connection *conn = data;

    (void)code;
    if (call == NULL)
        return 0;
    mr_grpc_call_cancel(call);
    if (call->prev != NULL)
        call->prev->next = call->next;
    else
        conn->calls = call->next;
    if (call->next != NULL)
        call->next->prev = call->prev;
    call->conn = NULL;
    mr_grpc_call_unref(call);
    return 0;
}

/* The answer is complete while the client may still be sending: tell it to stop. */
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    mr_grpc_call *call;

    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
        count_reset(data);
    if (frame->hd.type != NGHTTP2_HEADERS || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    call = call_of(session, frame->hd.stream_id);
    if (call != NULL && !call->in_ended)
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                  NGHTTP2_NO_ERROR);
    return 0;
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){ (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                         strlen(value), NGHTTP2_NV_FLAG_NONE };
}

/* grpc-status and what goes with it; returns how many headers. */
static size_t status_headers(const mr_grpc_call *call, char number[16], nghttp2_nv *out)
{
    size_t n = 0;

    snprintf(number, 16, "%d", call->status);
    out[n++] = header("grpc-status", number);
    if (call->message != NULL)
        out[n++] = header("grpc-message", call->message);
    if (call->details != NULL)
        out[n++] = header("grpc-status-details-bin", call->details);
    return n;
}

/* Takes queued bytes, at most n; call->lock is held. */
static size_t take_out(mr_grpc_call *call, uint8_t *to, size_t n)
{
    size_t got = 0;

    while (got < n && call->out_first != NULL) {
        chunk *c = call->out_first;
        size_t part = c->len - call->out_offset < n - got ? c->len - call->out_offset : n - got;

        memcpy(to + got, c->bytes + call->out_offset, part);
        got += part;
        call->out_offset += part;
        call->out_bytes -= part;
        if (call->out_offset == c->len) {
            call->out_first = c->next;
            if (call->out_first == NULL)
                call->out_last = NULL;
            call->out_offset = 0;
            free(c);
        }
    }
    return got;
}

static ssize_t on_read(nghttp2_session *session, int32_t stream_id, uint8_t *to, size_t n,
                       uint32_t *flags, nghttp2_data_source *source, void *data)
{
    mr_grpc_call *call = source->ptr;
    nghttp2_nv headers[3];
    char number[16];
    size_t got;
    bool at_end;

    (void)data;
    pthread_mutex_lock(&call->lock);
    got = take_out(call, to, n);
    at_end = call->out_first == NULL && call->finished;
    pthread_cond_broadcast(&call->changed);
    pthread_mutex_unlock(&call->lock);
    if (at_end) {
        size_t n_headers = status_headers(call, number, headers);

        *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        nghttp2_submit_trailer(session, stream_id, headers, n_headers);
        return (ssize_t)got;
    }
    return got == 0 ? NGHTTP2_ERR_DEFERRED : (ssize_t)got;
}

static void submit(mr_grpc_call *call, bool only_status)
{
    nghttp2_data_provider provider = { { .ptr = call }, on_read };
    nghttp2_nv headers[6];
    char number[16];
    size_t n = 0;

    headers[n++] = header(":status", "200");
    headers[n++] = header("content-type", "application/grpc");
    if (only_status)
        n += status_headers(call, number, headers + n);
    if (only_status && call->encoding == 2)
        headers[n++] = header("grpc-accept-encoding", "identity,deflate,gzip");
    nghttp2_submit_response(call->conn->session, call->stream_id, headers, n,
                            only_status ? NULL : &provider);
    call->submitted = true;
}

void mr_grpc_http2_flush(mr_grpc_call *call)
{
    bool has_data;
    bool finished;

    if (call->conn == NULL)
        return;
    pthread_mutex_lock(&call->lock);
    has_data = call->out_first != NULL;
    finished = call->finished;
    pthread_mutex_unlock(&call->lock);
    acknowledge(call, 0);
    if (call->submitted)
        nghttp2_session_resume_data(call->conn->session, call->stream_id);
    else if (has_data || finished)
        submit(call, !has_data);
}

mr_status mr_grpc_http2_init(mr_grpc_server *server, mr_error *err)
{
    nghttp2_session_callbacks *callbacks;

    if (nghttp2_session_callbacks_new(&server->callbacks) != 0 ||
        nghttp2_option_new(&server->option) != 0)
        return mr_fail(err, MR_NOMEM, "libnghttp2 has no memory");
    callbacks = server->callbacks;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option_set_no_auto_window_update(server->option, 1);
    return MR_OK;
}

bool mr_grpc_http2_open(connection *conn)
{
    const nghttp2_settings_entry settings[] = {
        { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, MR_GRPC_STREAMS_MAX },
        { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_CALL },
        { NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, MR_GRPC_HEADERS_MAX },
        { NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
    };

    if (nghttp2_session_server_new2(&conn->session, conn->server->callbacks, conn,
                                    conn->server->option) != 0)
        return false;
    return nghttp2_submit_settings(conn->session, NGHTTP2_FLAG_NONE, settings, 4) == 0 &&
           nghttp2_session_set_local_window_size(conn->session, NGHTTP2_FLAG_NONE, 0,
                                                 WINDOW_CONNECTION) == 0;
}
