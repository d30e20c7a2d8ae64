/* connect_priv.h - what the files of the Connect server share.
 *
 * Locks: server->lock guards the lists (sessions, operations, kept errors) and their counters;
 * operation->lock guards one operation's responses.  server->lock is never taken while an
 * operation's lock is held.  A handle is pinned (`uses`, `refs`) while no lock is held.
 */
#ifndef MR_CONNECT_CONNECT_PRIV_H
#define MR_CONNECT_CONNECT_PRIV_H

#include <pthread.h>

#include "connect/server.h"
#include "wire/grpc.h"
#include "wire/messages.h"

#define SPARK_VERSION     "4.1.0"
#define SESSIONS_MAX      100
#define SESSION_IDLE_MS   (60 * 60 * 1000)
#define OPERATION_KEPT_MS (5 * 60 * 1000) /* after its end, or after its client went */
#define SENT_BYTES_KEPT   (10U << 20)     /* sent responses kept for a client that comes back */
#define UNSENT_BYTES_MAX  (64U << 20)     /* responses kept while no client is there */
#define ERRORS_KEPT       64
#define TOMBSTONES        256
#define EVENTS_MAX        1000

/* A frame marked by persist(). */
typedef struct persisted {
    struct persisted *next;
    uint64_t hash;
    bool storage[4];
    int32_t replication;
} persisted;

/* A client's session: the engine's session and what only Connect knows of it. */
typedef struct session {
    struct session *next;
    mr_session *engine;
    char *key; /* user '/' id */
    char id[40];
    char server_id[64];
    int uses;
    int64_t last_ms;
    bool closing;
    int n_buses; /* open listener streams */
    persisted *persisted;
} session;

typedef struct response {
    struct response *next;
    uint64_t sequence; /* from 0 */
    char id[37];
    bool sent;
    size_t len;
    char bytes[];
} response;

/* One ExecutePlan: outlives its call so that a client can come back to it. */
typedef struct operation {
    struct operation *next;
    mr_connect_server *server;
    session *session; /* pinned while it runs */
    char id[40];
    mr_str *tags;
    int n_tags;
    mr_arena *arena; /* tags */
    int refs;
    bool reattachable;
    bool is_bus;
    mr_flag cancel;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    response *first, *last;
    uint64_t n_responses;
    char released_id[37]; /* of the newest response that was dropped */
    size_t bytes;
    mr_grpc_call *owner; /* who sends */
    int64_t detached_ms; /* 0 = somebody sends */
    int64_t ended_ms;    /* 0 = runs */
    int status;
    mr_buf message;
    mr_buf details;
} operation;

typedef struct kept_error {
    char id[37];
    char *key; /* of the session */
    mr_error error;
} kept_error;

struct mr_connect_server {
    mr_engine *engine;
    mr_grpc_server *grpc;
    pthread_t keeper;
    bool has_keeper;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool closing;
    session *sessions;
    int n_sessions;
    operation *operations;
    char *tombstones[TOMBSTONES]; /* keys of released sessions */
    int n_tombstones;
    kept_error *errors[ERRORS_KEPT];
    int n_errors;
};

/* One RPC being answered. */
typedef struct rpc {
    mr_connect_server *server;
    mr_grpc_call *call;
    mr_arena *arena;
    mr_wire_request request;
    session *session;
    mr_buf reply;
    mr_error error;
} rpc;

int64_t mr_connect_now_ms(void);
void mr_connect_uuid(char out[37]);
bool mr_connect_is_uuid(mr_str s);

/* session.c */
/* Finds or makes the session and pins it; `create` false: fails with SESSION_NOT_FOUND. */
MR_NODISCARD mr_status mr_connect_enter(mr_connect_server *server, const mr_wire_request *request,
                                        bool create, session **out, mr_error *err);
void mr_connect_leave(mr_connect_server *server, session *s);
/* Ends a pinned session: waits until nobody else uses it.  A tombstone refuses its id unless
 * `allow_reconnect`. */
void mr_connect_release(mr_connect_server *server, session *s, bool allow_reconnect);
void mr_connect_expire(mr_connect_server *server);
void mr_connect_free_sessions(mr_connect_server *server);

/* failure.c */
/* Keeps the error for FetchErrorDetails and makes the call's final status of it. */
void mr_connect_failure(mr_connect_server *server, const session *s, const mr_error *err,
                        mr_arena *arena, mr_buf *message, mr_buf *details);
/* Answers the call with the error. */
void mr_connect_refuse(rpc *r);
MR_NODISCARD mr_status mr_connect_fetch_error(rpc *r, mr_error *err);

/* operation.c */
MR_NODISCARD mr_status mr_connect_begin(rpc *r, operation **out, mr_error *err);
/* Sends one response of the operation (ids are filled in); MR_CANCELLED when it should end. */
MR_NODISCARD mr_status mr_connect_emit(rpc *r, operation *op, mr_wire_execute_response *reply,
                                       mr_error *err);
/* Ends the operation and its call: with ResultComplete, or with r->error. */
void mr_connect_end(rpc *r, operation *op, mr_status status);
MR_NODISCARD mr_status mr_connect_reattach(rpc *r, mr_error *err);
MR_NODISCARD mr_status mr_connect_release_execute(rpc *r, mr_error *err);
MR_NODISCARD mr_status mr_connect_interrupt(rpc *r, mr_error *err);
/* Cancels what runs for a session, drops what has ended. */
void mr_connect_cancel_all(mr_connect_server *server, const session *s);
void mr_connect_forget(mr_connect_server *server, const session *s);
void mr_connect_tidy_operations(mr_connect_server *server);

/* config.c, analyze.c, execute.c, streaming.c, artifact.c, local.c */
MR_NODISCARD mr_status mr_connect_config(rpc *r, mr_error *err);
MR_NODISCARD mr_status mr_connect_analyze(rpc *r, mr_error *err);
MR_NODISCARD mr_status mr_connect_execute(rpc *r, operation *op, mr_error *err);
MR_NODISCARD mr_status mr_connect_start_stream(rpc *r, operation *op, const mr_xstream *stream,
                                               mr_error *err);
MR_NODISCARD mr_status mr_connect_query(rpc *r, operation *op, const mr_xquery_command *command,
                                        mr_error *err);
MR_NODISCARD mr_status mr_connect_manager(rpc *r, operation *op, const mr_xmanager_command *command,
                                          mr_error *err);
MR_NODISCARD mr_status mr_connect_bus(rpc *r, operation *op, bool add, mr_error *err);
void mr_connect_artifacts(rpc *r);
MR_NODISCARD mr_status mr_connect_artifact_status(rpc *r, mr_error *err);
/* Replaces relations that name uploaded data (cache/<sha256>) by the data. */
MR_NODISCARD mr_status mr_connect_resolve_local(rpc *r, mr_xrel *rel, mr_error *err);

/* Encodes and sends a unary reply. */
MR_NODISCARD mr_status mr_connect_reply(rpc *r, const mr_pb_table *table, const void *reply,
                                        mr_error *err);

#endif /* MR_CONNECT_CONNECT_PRIV_H */
