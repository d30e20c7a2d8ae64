/* grpc.h - a gRPC server over HTTP/2: calls come in, handlers answer on threads of their own.
 *
 * One thread owns the sockets and libnghttp2; handlers run on worker threads and may block as long
 * as they like.  Slow readers stop their own call only; too much of anything is refused.
 */
#ifndef MR_WIRE_GRPC_H
#define MR_WIRE_GRPC_H

#include "base/base.h"

/* Status codes of gRPC. */
enum {
    MR_GRPC_OK = 0,
    MR_GRPC_CANCELLED = 1,
    MR_GRPC_INVALID_ARGUMENT = 3,
    MR_GRPC_NOT_FOUND = 5,
    MR_GRPC_RESOURCE_EXHAUSTED = 8,
    MR_GRPC_UNIMPLEMENTED = 12,
    MR_GRPC_INTERNAL = 13,
    MR_GRPC_UNAVAILABLE = 14,
    MR_GRPC_UNAUTHENTICATED = 16
};

#define MR_GRPC_MESSAGE_MAX     (128U << 20) /* bytes of one message, either way */
#define MR_GRPC_HEADERS_MAX     (16U << 10)  /* bytes of a request's header list */
#define MR_GRPC_STREAMS_MAX     100          /* open calls of one connection */
#define MR_GRPC_CONNECTIONS_MAX 256
#define MR_GRPC_THREADS_MAX     512 /* calls being handled */
#define MR_GRPC_RESETS_MAX      100 /* stream resets of one connection in 10 s */

typedef struct mr_grpc_server mr_grpc_server;
typedef struct mr_grpc_call mr_grpc_call;

typedef struct mr_grpc_options {
    mr_str host;  /* "localhost", an address, or empty = localhost */
    int port;     /* 0 = any free one */
    mr_str token; /* empty = none; else "authorization: Bearer <token>" is required */
    /* Answers one call, on a worker thread; the call ends when it returns. */
    void (*handler)(void *data, mr_grpc_call *call);
    void *data;
} mr_grpc_options;

/* Binds, listens and starts the threads. */
MR_NODISCARD mr_status mr_grpc_open(const mr_grpc_options *options, mr_grpc_server **out,
                                    mr_error *err);
int mr_grpc_port(const mr_grpc_server *server);
/* Cancels every call, waits for their handlers, closes the sockets, frees. */
void mr_grpc_close(mr_grpc_server *server);

/* The request's path, "/package.Service/Method". */
mr_str mr_grpc_path(const mr_grpc_call *call);
/* Waits for the next message of the client; false = no more, or cancelled.  [owned] by the call
 * until the next mr_grpc_read() or its end. */
bool mr_grpc_read(mr_grpc_call *call, mr_str *message);
/* Queues one message for the client (copied); waits while the client is slow to read.  False = the
 * call is cancelled or its client gone. */
bool mr_grpc_write(mr_grpc_call *call, mr_str message);
/* Sets the final status.  Without this a call ends with status 0.  details: google.rpc.Status, or
 * empty; message and details must fit into 8 KiB of headers together. */
void mr_grpc_finish(mr_grpc_call *call, int status, mr_str message, mr_str details);
/* Whether the client has gone or the server closes. */
bool mr_grpc_is_cancelled(mr_grpc_call *call);
const mr_flag *mr_grpc_cancel_flag(mr_grpc_call *call);

#endif /* MR_WIRE_GRPC_H */
