/* grpc_server.c - sockets and the loop that serves them. */
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/grpc_priv.h"

#define READ_BYTES      65536
#define READS_MAX       16    /* of one connection before the others get their turn */
#define PREFACE_MS      10000 /* a connection says HTTP/2 within this time */
#define OUT_PENDING_MAX (1 << 20)

static bool watch(mr_grpc_server *server, int operation, int fd, uint32_t events, void *tag)
{
    struct epoll_event event = { .events = events, .data = { .ptr = tag } };

    return epoll_ctl(server->epoll, operation, fd, &event) == 0;
}

static void close_connection(connection *conn)
{
    mr_grpc_server *server = conn->server;

    while (conn->calls != NULL) {
        mr_grpc_call *call = conn->calls;

        conn->calls = call->next;
        if (call->next != NULL)
            call->next->prev = NULL;
        nghttp2_session_set_stream_user_data(conn->session, call->stream_id, NULL);
        mr_grpc_call_cancel(call);
        call->conn = NULL;
        mr_grpc_call_unref(call);
    }
    nghttp2_session_del(conn->session);
    close(conn->fd);
    mr_buf_free(&conn->out);
    if (conn->prev != NULL)
        conn->prev->next = conn->next;
    else
        server->connections = conn->next;
    if (conn->next != NULL)
        conn->next->prev = conn->prev;
    server->n_connections--;
    free(conn);
}

/* Sends what is pending; true = all gone. */
static bool send_pending(connection *conn)
{
    while (conn->out_sent < conn->out.len) {
        ssize_t n = send(conn->fd, conn->out.ptr + conn->out_sent, conn->out.len - conn->out_sent,
                         MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            conn->broken = true;
        if (n < 0)
            return false;
        conn->out_sent += (size_t)n;
    }
    mr_buf_clear(&conn->out);
    conn->out_sent = 0;
    return true;
}

static void send_frames(connection *conn)
{
    bool wants_write;

    while (!conn->broken) {
        const uint8_t *bytes;
        ssize_t n = 0;

        while (conn->out.len < OUT_PENDING_MAX &&
               (n = nghttp2_session_mem_send(conn->session, &bytes)) > 0)
            mr_buf_append(&conn->out, bytes, (size_t)n);
        if (n < 0)
            conn->broken = true;
        if (conn->out.len == 0 || !send_pending(conn))
            break;
    }
    wants_write = conn->out.len > 0;
    if (wants_write != conn->wants_write) {
        conn->wants_write = wants_write;
        watch(conn->server, EPOLL_CTL_MOD, conn->fd, EPOLLIN | (wants_write ? EPOLLOUT : 0U), conn);
    }
    if (!wants_write && !nghttp2_session_want_read(conn->session) &&
        !nghttp2_session_want_write(conn->session))
        conn->broken = true;
}

static void receive(connection *conn)
{
    uint8_t bytes[READ_BYTES];

    for (int i = 0; i < READS_MAX && !conn->broken; i++) {
        ssize_t n = recv(conn->fd, bytes, sizeof(bytes), 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n <= 0 || nghttp2_session_mem_recv(conn->session, bytes, (size_t)n) < 0)
            conn->broken = true;
    }
}

static void accept_one(mr_grpc_server *server, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    int one = 1;
    connection *conn;

    if (fd < 0)
        return;
    if (server->n_connections >= MR_GRPC_CONNECTIONS_MAX || server->closing) {
        close(fd);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    conn = mr_calloc(1, sizeof(*conn));
    conn->server = server;
    conn->fd = fd;
    conn->opened_ms = mr_grpc_now_ms();
    conn->next = server->connections;
    if (conn->next != NULL)
        conn->next->prev = conn;
    server->connections = conn;
    server->n_connections++;
    conn->broken = !mr_grpc_http2_open(conn) || !watch(server, EPOLL_CTL_ADD, fd, EPOLLIN, conn);
    if (!conn->broken)
        send_frames(conn);
}

static mr_grpc_call *next_dirty(mr_grpc_server *server)
{
    mr_grpc_call *call;

    pthread_mutex_lock(&server->lock);
    call = server->dirty;
    if (call != NULL) {
        server->dirty = call->next_dirty;
        call->is_dirty = false;
    }
    pthread_mutex_unlock(&server->lock);
    return call;
}

/* Calls that workers changed. */
static void flush_dirty(mr_grpc_server *server)
{
    mr_grpc_call *call;

    while ((call = next_dirty(server)) != NULL) {
        connection *conn = call->conn;

        mr_grpc_http2_flush(call);
        if (conn != NULL && !conn->broken)
            send_frames(conn);
        mr_grpc_call_unref(call);
    }
}

static void announce_closing(mr_grpc_server *server)
{
    if (server->announced)
        return;
    server->announced = true;
    for (connection *conn = server->connections; conn != NULL; conn = conn->next) {
        for (mr_grpc_call *call = conn->calls; call != NULL; call = call->next)
            mr_grpc_call_cancel(call);
        nghttp2_submit_goaway(conn->session, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(conn->session),
                              NGHTTP2_NO_ERROR, NULL, 0);
        send_frames(conn);
    }
}

static void sweep(mr_grpc_server *server)
{
    int64_t now = mr_grpc_now_ms();
    connection *next;

    for (connection *conn = server->connections; conn != NULL; conn = next) {
        next = conn->next;
        if (conn->broken || (!conn->got_preface && now - conn->opened_ms > PREFACE_MS))
            close_connection(conn);
    }
}

static void serve_event(mr_grpc_server *server, const struct epoll_event *event)
{
    connection *conn = event->data.ptr;
    uint64_t count;

    if (event->data.ptr == &server->wake) {
        if (read(server->wake, &count, sizeof(count)) < 0)
            return;
    } else if (event->data.ptr == &server->listeners[0] ||
               event->data.ptr == &server->listeners[1]) {
        accept_one(server, *(int *)event->data.ptr);
    } else {
        if (event->events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            receive(conn);
        if (!conn->broken && (conn->out.len == 0 || send_pending(conn)))
            send_frames(conn);
    }
}

static void *loop(void *argument)
{
    mr_grpc_server *server = argument;
    struct epoll_event events[64];
    bool closing = false;
    bool stopping = false;

    while (!stopping) {
        int n = epoll_wait(server->epoll, events, 64, 1000);

        for (int i = 0; i < n; i++)
            serve_event(server, &events[i]);
        flush_dirty(server);
        pthread_mutex_lock(&server->lock);
        closing = server->closing;
        stopping = server->stopping;
        pthread_mutex_unlock(&server->lock);
        if (closing)
            announce_closing(server);
        sweep(server);
    }
    while (server->connections != NULL)
        close_connection(server->connections);
    return NULL;
}

static int listen_on(const struct addrinfo *address, int port)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    struct sockaddr_storage where;

    if (fd < 0)
        return -1;
    memcpy(&where, address->ai_addr, address->ai_addrlen);
    if (address->ai_family == AF_INET6) {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
        ((struct sockaddr_in6 *)&where)->sin6_port = htons((uint16_t)port);
    } else {
        ((struct sockaddr_in *)&where)->sin_port = htons((uint16_t)port);
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&where, address->ai_addrlen) != 0 || listen(fd, 128) != 0) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_storage where;
    socklen_t size = sizeof(where);

    if (getsockname(fd, (struct sockaddr *)&where, &size) != 0)
        return 0;
    return where.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&where)->sin6_port)
                                       : ntohs(((struct sockaddr_in *)&where)->sin_port);
}

/* One address; the second listener takes the port of the first.  Only the first must succeed. */
static mr_status listen_at(mr_grpc_server *server, const char *host, mr_error *err)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICHOST };
    struct addrinfo *found;
    bool first = server->n_listeners == 0;
    int fd;

    if (getaddrinfo(host, NULL, &hints, &found) != 0)
        return mr_fail(err, MR_INVALID, "%s is not an address", host);
    fd = listen_on(found, first ? server->options.port : server->port);
    freeaddrinfo(found);
    if (fd < 0)
        return first
                   ? mr_fail_errno(err, errno, "cannot listen on %s:%d", host, server->options.port)
                   : MR_OK;
    if (first)
        server->port = port_of(fd);
    server->listeners[server->n_listeners++] = fd;
    return MR_OK;
}

static mr_status listen_all(mr_grpc_server *server, mr_error *err)
{
    mr_str host = server->options.host;
    char text[128];

    if (host.len == 0 || mr_str_is(host, "localhost")) {
        MR_TRY(listen_at(server, "127.0.0.1", err));
        return listen_at(server, "::1", err);
    }
    if (host.len >= sizeof(text))
        return mr_fail(err, MR_INVALID, "the address is too long");
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return listen_at(server, text, err);
}

static mr_status start_loop(mr_grpc_server *server, mr_error *err)
{
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (server->epoll < 0 || server->wake < 0 ||
        !watch(server, EPOLL_CTL_ADD, server->wake, EPOLLIN, &server->wake))
        return mr_fail_errno(err, errno, "cannot watch sockets");
    for (int i = 0; i < server->n_listeners; i++)
        if (!watch(server, EPOLL_CTL_ADD, server->listeners[i], EPOLLIN, &server->listeners[i]))
            return mr_fail_errno(err, errno, "cannot watch sockets");
    if (pthread_create(&server->loop, NULL, loop, server) != 0)
        return mr_fail(err, MR_IO, "cannot start a thread");
    return MR_OK;
}

static void free_server(mr_grpc_server *server)
{
    for (int i = 0; i < server->n_listeners; i++)
        close(server->listeners[i]);
    if (server->epoll >= 0)
        close(server->epoll);
    if (server->wake >= 0)
        close(server->wake);
    nghttp2_session_callbacks_del(server->callbacks);
    nghttp2_option_del(server->option);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->work);
    pthread_cond_destroy(&server->idle);
    free(server->token);
    free(server);
}

mr_status mr_grpc_open(const mr_grpc_options *options, mr_grpc_server **out, mr_error *err)
{
    mr_grpc_server *server = mr_calloc(1, sizeof(*server));
    mr_status status;

    server->options = *options;
    server->epoll = server->wake = -1;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->work, NULL);
    pthread_cond_init(&server->idle, NULL);
    if (options->token.len > 0) {
        server->token = mr_calloc(1, options->token.len + 1);
        memcpy(server->token, options->token.ptr, options->token.len);
    }
    status = mr_grpc_http2_init(server, err);
    if (status == MR_OK)
        status = listen_all(server, err);
    if (status == MR_OK)
        status = start_loop(server, err);
    if (status != MR_OK) {
        free_server(server);
        return status;
    }
    *out = server;
    return MR_OK;
}

int mr_grpc_port(const mr_grpc_server *server)
{
    return server->port;
}

static void wake_loop(mr_grpc_server *server, bool *flag)
{
    uint64_t one = 1;

    pthread_mutex_lock(&server->lock);
    *flag = true;
    pthread_mutex_unlock(&server->lock);
    if (write(server->wake, &one, sizeof(one)) < 0)
        return; /* the loop looks once a second */
}

void mr_grpc_close(mr_grpc_server *server)
{
    wake_loop(server, &server->closing);
    mr_grpc_workers_stop(server);
    wake_loop(server, &server->stopping);
    pthread_join(server->loop, NULL);
    while (server->dirty != NULL) {
        mr_grpc_call *call = server->dirty;

        server->dirty = call->next_dirty;
        mr_grpc_call_unref(call);
    }
    free_server(server);
}
