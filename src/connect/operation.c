/* operation.c - executions: their responses, and clients that come back to them. */
#include <stdio.h>
#include <stdlib.h>

#include "connect/connect_priv.h"

static mr_status raise_operation(mr_error *err, const char *condition, mr_str id)
{
    char text[64];

    snprintf(text, sizeof(text), "%.*s", (int)(id.len < 60 ? id.len : 60), id.ptr);
    return mr_raise(err, MR_EXC_SQL, condition, "handle", text, NULL);
}

static void unref(operation *op)
{
    if (__atomic_sub_fetch(&op->refs, 1, __ATOMIC_ACQ_REL) > 0)
        return;
    while (op->first != NULL) {
        response *next = op->first->next;

        free(op->first);
        op->first = next;
    }
    mr_buf_free(&op->message);
    mr_buf_free(&op->details);
    mr_arena_free(op->arena);
    pthread_mutex_destroy(&op->lock);
    pthread_cond_destroy(&op->changed);
    free(op);
}

/* server->lock is held. */
static operation *find(const mr_connect_server *server, const session *s, mr_str id)
{
    for (operation *op = server->operations; op != NULL; op = op->next)
        if (op->session == s && mr_str_is(id, op->id))
            return op;
    return NULL;
}

static operation *pin(rpc *r, mr_str id)
{
    operation *op;

    pthread_mutex_lock(&r->server->lock);
    op = find(r->server, r->session, id);
    if (op != NULL)
        __atomic_add_fetch(&op->refs, 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&r->server->lock);
    return op;
}

static operation *new_operation(rpc *r)
{
    operation *op = mr_calloc(1, sizeof(*op));
    char made[37];

    pthread_mutex_init(&op->lock, NULL);
    pthread_cond_init(&op->changed, NULL);
    op->server = r->server;
    op->session = r->session;
    op->arena = mr_arena_new();
    op->reattachable = r->request.reattachable;
    op->owner = r->call;
    op->refs = 2; /* the list's and the worker's */
    op->n_tags = r->request.n_tags;
    op->tags = MR_NEW_ARRAY(op->arena, mr_str, op->n_tags + 1);
    for (int i = 0; i < op->n_tags; i++)
        op->tags[i] = mr_arena_str(op->arena, r->request.tags[i]);
    mr_connect_uuid(made);
    if (r->request.operation_id.len == 0)
        snprintf(op->id, sizeof(op->id), "%s", made);
    else
        snprintf(op->id, sizeof(op->id), "%.*s", MR_STR_ARG(r->request.operation_id));
    return op;
}

mr_status mr_connect_begin(rpc *r, operation **out, mr_error *err)
{
    mr_str id = r->request.operation_id;
    operation *op;
    bool known;

    if (id.len > 0 && !mr_connect_is_uuid(id))
        return raise_operation(err, "INVALID_HANDLE.FORMAT", id);
    op = new_operation(r);
    pthread_mutex_lock(&r->server->lock);
    known = id.len > 0 && find(r->server, r->session, id) != NULL;
    op->cancel = r->server->closing;
    if (!known) {
        op->next = r->server->operations;
        r->server->operations = op;
    }
    pthread_mutex_unlock(&r->server->lock);
    if (known) {
        op->refs = 1;
        unref(op);
        return raise_operation(err, "INVALID_HANDLE.OPERATION_ALREADY_EXISTS", id);
    }
    *out = op;
    return MR_OK;
}

/* op->lock is held. */
static void drop_first(operation *op)
{
    response *old = op->first;

    op->first = old->next;
    if (op->first == NULL)
        op->last = NULL;
    op->bytes -= old->len;
    memcpy(op->released_id, old->id, sizeof(old->id));
    free(old);
}

/* Keeps of the responses that were sent no more than a client that comes back may ask for. */
static void drop_sent(operation *op)
{
    size_t limit = op->reattachable ? SENT_BYTES_KEPT : 0;

    while (op->first != NULL && op->first->sent && op->bytes > limit)
        drop_first(op);
}

static response *append(operation *op, const char *id, mr_str bytes)
{
    response *made = mr_malloc(sizeof(*made) + bytes.len);

    made->next = NULL;
    made->sequence = op->n_responses++;
    made->sent = false;
    made->len = bytes.len;
    memcpy(made->id, id, sizeof(made->id));
    memcpy(made->bytes, bytes.ptr, bytes.len);
    if (op->last == NULL)
        op->first = made;
    else
        op->last->next = made;
    op->last = made;
    op->bytes += bytes.len;
    return made;
}

/* The sender's call has broken. */
static void detach(operation *op, const mr_grpc_call *call)
{
    if (op->owner != call)
        return;
    op->owner = NULL;
    op->detached_ms = mr_connect_now_ms();
    if (!op->reattachable)
        op->cancel = true;
}

/* Adds the response and sends it, if this call is still the one that sends. */
static void deliver(rpc *r, operation *op, const char *id)
{
    mr_str bytes = mr_buf_str(&r->reply);
    bool mine;
    bool ok;

    pthread_mutex_lock(&op->lock);
    while (op->owner == NULL && !op->cancel && op->bytes > UNSENT_BYTES_MAX)
        pthread_cond_wait(&op->changed, &op->lock);
    mine = op->owner == r->call;
    append(op, id, bytes)->sent = mine;
    pthread_cond_broadcast(&op->changed);
    pthread_mutex_unlock(&op->lock);
    if (!mine)
        return;
    ok = mr_grpc_write(r->call, bytes);
    pthread_mutex_lock(&op->lock);
    if (!ok)
        detach(op, r->call);
    drop_sent(op);
    pthread_mutex_unlock(&op->lock);
}

mr_status mr_connect_emit(rpc *r, operation *op, mr_wire_execute_response *reply, mr_error *err)
{
    char id[37];

    mr_connect_uuid(id);
    reply->session_id = mr_str_from(op->session->id);
    reply->server_session = mr_str_from(op->session->server_id);
    reply->operation_id = mr_str_from(op->id);
    reply->response_id = mr_str_from(id);
    mr_buf_clear(&r->reply);
    MR_TRY(mr_pb_encode(&mr_wire_execute_reply, reply, r->arena, &r->reply, err));
    if (r->reply.len > MR_GRPC_MESSAGE_MAX)
        return mr_fail(err, MR_NOMEM, "a response is larger than %u bytes", MR_GRPC_MESSAGE_MAX);
    deliver(r, op, id);
    if (op->cancel && reply->which != 14)
        return mr_raise(err, MR_EXC_SQL, "OPERATION_CANCELED", NULL);
    return MR_OK;
}

static void finish_call(mr_grpc_call *call, operation *op)
{
    mr_grpc_finish(call, op->status, mr_buf_str(&op->message), mr_buf_str(&op->details));
}

void mr_connect_end(rpc *r, operation *op, mr_status status)
{
    mr_wire_execute_response complete = { .which = 14 };

    if (status == MR_OK)
        status = mr_connect_emit(r, op, &complete, &r->error);
    pthread_mutex_lock(&op->lock);
    if (status != MR_OK) {
        op->status = MR_GRPC_INTERNAL;
        pthread_mutex_unlock(&op->lock);
        mr_connect_failure(r->server, r->session, &r->error, r->arena, &op->message, &op->details);
        pthread_mutex_lock(&op->lock);
    }
    op->ended_ms = mr_connect_now_ms();
    if (op->owner == r->call)
        finish_call(r->call, op);
    pthread_cond_broadcast(&op->changed);
    pthread_mutex_unlock(&op->lock);
    unref(op);
}

/* The sequence after the response that the client saw last; op->lock is held. */
static mr_status next_after(const rpc *r, const operation *op, uint64_t *next, mr_error *err)
{
    mr_str last = r->request.last_response_id;
    char text[64];

    *next = op->first != NULL ? op->first->sequence : op->n_responses;
    snprintf(text, sizeof(text), "%.*s", (int)(last.len < 60 ? last.len : 60), last.ptr);
    if (!r->request.has_last_response_id) {
        if (*next > 0)
            return mr_raise(err, MR_EXC_SQL, "INVALID_CURSOR.POSITION_NOT_AVAILABLE", "responseId",
                            "", "index", "1", NULL);
        return MR_OK;
    }
    for (const response *p = op->first; p != NULL; p = p->next)
        if (mr_str_is(last, p->id)) {
            *next = p->sequence + 1;
            return MR_OK;
        }
    if (mr_str_is(last, op->released_id))
        return MR_OK;
    return mr_raise(err, MR_EXC_SQL, "INVALID_CURSOR.POSITION_NOT_FOUND", "responseId", text, NULL);
}

/* Waits for response `next`, copies it to r->reply; false = there will be none. */
static bool take(rpc *r, operation *op, uint64_t next)
{
    response *found = NULL;

    for (;;) {
        struct timespec until;

        for (found = op->first; found != NULL && found->sequence < next; found = found->next)
            ;
        if (found != NULL || op->ended_ms != 0 || op->owner != r->call ||
            mr_grpc_is_cancelled(r->call))
            break;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += 1;
        pthread_cond_timedwait(&op->changed, &op->lock, &until);
    }
    if (found == NULL)
        return false;
    found->sent = true;
    mr_buf_clear(&r->reply);
    mr_buf_append(&r->reply, found->bytes, found->len);
    return true;
}

/* Sends on from `next` until the operation ends, the client goes or another call takes over. */
static void follow(rpc *r, operation *op, uint64_t next)
{
    bool ok = true;

    pthread_mutex_lock(&op->lock);
    while (ok && take(r, op, next)) {
        next++;
        pthread_mutex_unlock(&op->lock);
        ok = mr_grpc_write(r->call, mr_buf_str(&r->reply));
        pthread_mutex_lock(&op->lock);
        drop_sent(op);
        pthread_cond_broadcast(&op->changed);
    }
    if (op->owner == r->call && op->ended_ms != 0)
        finish_call(r->call, op);
    else
        detach(op, r->call);
    pthread_mutex_unlock(&op->lock);
}

mr_status mr_connect_reattach(rpc *r, mr_error *err)
{
    operation *op = pin(r, r->request.operation_id);
    mr_status status = MR_OK;
    uint64_t next = 0;

    if (op == NULL)
        return raise_operation(err, "INVALID_HANDLE.OPERATION_NOT_FOUND", r->request.operation_id);
    if (!op->reattachable)
        status = mr_raise(err, MR_EXC_SQL, "INVALID_CURSOR.NOT_REATTACHABLE", NULL);
    pthread_mutex_lock(&op->lock);
    if (status == MR_OK)
        status = next_after(r, op, &next, err);
    if (status == MR_OK) {
        op->owner = r->call;
        op->detached_ms = 0;
        pthread_cond_broadcast(&op->changed);
    }
    pthread_mutex_unlock(&op->lock);
    if (status == MR_OK)
        follow(r, op, next);
    unref(op);
    return status;
}

/* server->lock is held; the list's reference goes to the caller. */
static void unlink_operation(mr_connect_server *server, operation *op)
{
    operation **at = &server->operations;

    while (*at != op)
        at = &(*at)->next;
    *at = op->next;
}

static void release_until(operation *op, mr_str id)
{
    const response *found;

    pthread_mutex_lock(&op->lock);
    for (found = op->first; found != NULL && !mr_str_is(id, found->id); found = found->next)
        ;
    if (found != NULL) {
        uint64_t last = found->sequence;

        while (op->first != NULL && op->first->sequence <= last && op->first->sent)
            drop_first(op);
        pthread_cond_broadcast(&op->changed);
    }
    pthread_mutex_unlock(&op->lock);
}

/* Lets go of the operation; one that still runs is cancelled, as nobody wants its result. */
static void release_all(rpc *r, mr_str id)
{
    operation *op;

    pthread_mutex_lock(&r->server->lock);
    op = find(r->server, r->session, id);
    if (op != NULL)
        unlink_operation(r->server, op);
    pthread_mutex_unlock(&r->server->lock);
    if (op == NULL)
        return;
    pthread_mutex_lock(&op->lock);
    op->cancel = true;
    pthread_cond_broadcast(&op->changed);
    pthread_mutex_unlock(&op->lock);
    unref(op);
}

mr_status mr_connect_release_execute(rpc *r, mr_error *err)
{
    mr_wire_simple_response reply = { .session_id = mr_str_from(r->session->id),
                                      .server_session = mr_str_from(r->session->server_id) };
    mr_str id = r->request.operation_id;
    operation *op = pin(r, id);

    if (op != NULL) {
        reply.has_operation_id = true;
        reply.operation_id = id;
        if (r->request.which == 6)
            release_until(op, r->request.last_response_id);
        else
            release_all(r, id);
        unref(op);
    }
    return mr_connect_reply(r, &mr_wire_release_reply, &reply, err);
}

static bool has_tag(const operation *op, mr_str tag)
{
    for (int i = 0; i < op->n_tags; i++)
        if (mr_str_equal(op->tags[i], tag))
            return true;
    return false;
}

static bool is_meant(const rpc *r, const operation *op)
{
    const mr_wire_request *q = &r->request;

    if (op->session != r->session || op->ended_ms != 0)
        return false;
    switch (q->interrupt_type) {
    case 1:
        return !op->is_bus;
    case 2:
        return has_tag(op, q->operation_tag);
    case 3:
        return mr_str_is(q->operation_id, op->id);
    default:
        return false;
    }
}

static void cancel(operation *op)
{
    pthread_mutex_lock(&op->lock);
    op->cancel = true;
    pthread_cond_broadcast(&op->changed);
    pthread_mutex_unlock(&op->lock);
}

/* As Spark's interruptAll, which interrupts the queries' own threads too. */
static mr_status stop_queries(rpc *r, mr_error *err)
{
    mr_query *active[256];
    int n = mr_session_active(r->session->engine, active, 256);
    mr_status status = MR_OK;

    for (int i = 0; i < n && i < 256; i++) {
        MR_KEEP(mr_query_stop(active[i], status == MR_OK ? err : NULL));
        mr_query_unref(active[i]);
    }
    return status;
}

mr_status mr_connect_interrupt(rpc *r, mr_error *err)
{
    mr_wire_simple_response reply = { .session_id = mr_str_from(r->session->id),
                                      .server_session = mr_str_from(r->session->server_id) };
    int capacity = 0;
    mr_status status = MR_OK;

    pthread_mutex_lock(&r->server->lock);
    for (operation *op = r->server->operations; op != NULL; op = op->next) {
        if (!is_meant(r, op))
            continue;
        cancel(op);
        MR_PUSH(reply.interrupted_ids, reply.n_interrupted_ids, capacity,
                mr_arena_str(r->arena, mr_str_from(op->id)));
    }
    pthread_mutex_unlock(&r->server->lock);
    if (r->request.interrupt_type == 1)
        status = stop_queries(r, err);
    if (status == MR_OK)
        status = mr_connect_reply(r, &mr_wire_interrupt_reply, &reply, err);
    free(reply.interrupted_ids);
    return status;
}

void mr_connect_cancel_all(mr_connect_server *server, const session *s)
{
    pthread_mutex_lock(&server->lock);
    for (operation *op = server->operations; op != NULL; op = op->next)
        if (s == NULL || op->session == s)
            cancel(op);
    pthread_mutex_unlock(&server->lock);
}

/* Takes out of the list, and lets go, what `is_old` says. */
static void drop_where(mr_connect_server *server, const session *s,
                       bool (*is_old)(const operation *op, const session *s))
{
    operation *dropped = NULL;
    operation **at = &server->operations;

    pthread_mutex_lock(&server->lock);
    while (*at != NULL) {
        operation *op = *at;

        if (is_old(op, s)) {
            *at = op->next;
            op->next = dropped;
            dropped = op;
        } else {
            at = &op->next;
        }
    }
    pthread_mutex_unlock(&server->lock);
    while (dropped != NULL) {
        operation *next = dropped->next;

        unref(dropped);
        dropped = next;
    }
}

static bool is_of_session(const operation *op, const session *s)
{
    return s == NULL || op->session == s;
}

static bool is_long_ended(const operation *op, const session *s)
{
    (void)s;
    return op->ended_ms != 0 && mr_connect_now_ms() - op->ended_ms > OPERATION_KEPT_MS;
}

void mr_connect_forget(mr_connect_server *server, const session *s)
{
    drop_where(server, s, is_of_session);
}

void mr_connect_tidy_operations(mr_connect_server *server)
{
    int64_t now = mr_connect_now_ms();

    pthread_mutex_lock(&server->lock);
    for (operation *op = server->operations; op != NULL; op = op->next)
        if (op->ended_ms == 0 && op->detached_ms != 0 && now - op->detached_ms > OPERATION_KEPT_MS)
            cancel(op);
    pthread_mutex_unlock(&server->lock);
    drop_where(server, NULL, is_long_ended);
}
