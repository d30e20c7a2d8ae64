/* grpc_priv.h - what the files of the gRPC server share.
 *
 * Threads: the loop thread owns connections, sessions and the list of a connection's calls.  What a
 * worker and the loop both touch in a call is guarded by call->lock.  A call is freed when both the
 * loop and the worker have let go of it.
 */
#ifndef MR_WIRE_GRPC_PRIV_H
#define MR_WIRE_GRPC_PRIV_H

#include <nghttp2/nghttp2.h>
#include <pthread.h>

#include "wire/grpc.h"

#define OUT_BYTES_MAX   (8U << 20)   /* queued for one call before its writer waits */
#define IN_MESSAGES_MAX 64           /* unread messages of one call before its window closes */
#define IN_BYTES_MAX    (1ULL << 30) /* received and not yet handled, whole server */

typedef struct connection connection;

typedef struct chunk {
    struct chunk *next;
    size_t len;
    char bytes[];
} chunk;

struct mr_grpc_call {
    mr_grpc_server *server;
    connection *conn; /* loop only; NULL when the stream is gone */
    int32_t stream_id;
    mr_grpc_call *next, *prev; /* loop: calls of the connection */
    mr_grpc_call *next_queued; /* server->lock: waiting for a worker */
    mr_grpc_call *next_dirty;  /* server->lock: the loop must look */
    bool is_dirty;
    bool in_queue; /* server->lock */

    /* Loop only: the request as it comes in. */
    mr_str path;
    char path_bytes[128];
    size_t header_bytes;
    bool is_post, is_grpc, is_authorized;
    int encoding; /* 0 identity, 1 gzip or deflate, 2 unknown */
    mr_buf in;    /* bytes of messages not complete */
    bool started; /* a worker has it or had it */
    bool submitted;
    bool trailer_sent;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    int refs;
    mr_flag cancelled;
    chunk *in_first, *in_last; /* complete messages */
    int n_in;
    size_t unacknowledged; /* bytes whose flow control window is not yet given back */
    uint64_t charged;      /* bytes counted in server->in_bytes */
    bool in_ended;
    chunk *current; /* worker: what mr_grpc_read gave out */
    chunk *out_first, *out_last;
    size_t out_offset; /* bytes of out_first already sent */
    size_t out_bytes;
    bool finished; /* the handler is done, status is set */
    bool has_status;
    int status;
    char *message; /* percent-encoded, or NULL */
    char *details; /* base64, or NULL */
};

struct connection {
    mr_grpc_server *server;
    connection *next, *prev;
    int fd;
    bool wants_write; /* EPOLLOUT is asked for */
    bool got_preface;
    bool broken;
    int64_t opened_ms;
    nghttp2_session *session;
    mr_buf out; /* bytes the socket did not take */
    size_t out_sent;
    mr_grpc_call *calls;
    int64_t resets_from_ms;
    int n_resets;
};

struct mr_grpc_server {
    mr_grpc_options options;
    char *token;
    int port;
    int listeners[2];
    int n_listeners;
    int epoll;
    int wake; /* eventfd */
    pthread_t loop;
    connection *connections;
    int n_connections;
    nghttp2_session_callbacks *callbacks;
    nghttp2_option *option;
    int64_t failures_from_ms; /* wrong tokens */
    int n_failures;

    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_cond_t idle;
    mr_grpc_call *queue_first, *queue_last;
    mr_grpc_call *dirty;
    int n_threads, n_waiting, n_queued;
    uint64_t in_bytes;
    bool closing;   /* no new calls; handlers end */
    bool stopping;  /* the loop ends */
    bool announced; /* loop only: calls were cancelled because of closing */
};

/* grpc_call.c */
mr_grpc_call *mr_grpc_call_new(connection *conn, int32_t stream_id);
void mr_grpc_call_unref(mr_grpc_call *call);
/* Loop: the client has gone. */
void mr_grpc_call_cancel(mr_grpc_call *call);
/* Loop: takes bytes of the request's body; false = the call was answered with an error. */
bool mr_grpc_call_receive(mr_grpc_call *call, const uint8_t *bytes, size_t n);
/* Loop: the client's last byte has come. */
void mr_grpc_call_end_input(mr_grpc_call *call);
/* Any thread: sets the final status unless there is one. */
void mr_grpc_call_fail(mr_grpc_call *call, int status, const char *message);
/* grpc_worker.c */
void mr_grpc_call_start(mr_grpc_call *call);
void mr_grpc_wake(mr_grpc_call *call);
void mr_grpc_workers_stop(mr_grpc_server *server);
/* grpc_http2.c */
MR_NODISCARD mr_status mr_grpc_http2_init(mr_grpc_server *server, mr_error *err);
bool mr_grpc_http2_open(connection *conn);
void mr_grpc_http2_flush(mr_grpc_call *call);
int64_t mr_grpc_now_ms(void);

#endif /* MR_WIRE_GRPC_PRIV_H */
