/* grpc_worker.c - the threads that run handlers, and how they wake the loop. */
#include <unistd.h>

#include "wire/grpc_priv.h"

#define STACK_BYTES (16U << 20) /* plans may be nested a thousand levels deep */

static mr_grpc_call *next_call(mr_grpc_server *server)
{
    mr_grpc_call *call;

    server->n_waiting++;
    while (server->queue_first == NULL && !server->closing)
        pthread_cond_wait(&server->work, &server->lock);
    server->n_waiting--;
    call = server->queue_first;
    if (call != NULL) {
        server->queue_first = call->next_queued;
        if (server->queue_first == NULL)
            server->queue_last = NULL;
        server->n_queued--;
    }
    return call;
}

static void handle(mr_grpc_server *server, mr_grpc_call *call)
{
    if (!call->cancelled)
        server->options.handler(server->options.data, call);
    mr_grpc_finish(call, MR_GRPC_OK, (mr_str){ 0 }, (mr_str){ 0 });
    pthread_mutex_lock(&call->lock);
    call->finished = true;
    pthread_mutex_unlock(&call->lock);
    mr_grpc_wake(call);
    mr_grpc_call_unref(call);
}

static void *work(void *argument)
{
    mr_grpc_server *server = argument;
    mr_grpc_call *call;

    pthread_mutex_lock(&server->lock);
    while ((call = next_call(server)) != NULL) {
        pthread_mutex_unlock(&server->lock);
        handle(server, call);
        pthread_mutex_lock(&server->lock);
    }
    server->n_threads--;
    pthread_cond_broadcast(&server->idle);
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static bool spawn(mr_grpc_server *server)
{
    pthread_attr_t attributes;
    pthread_t thread;
    bool ok;

    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    ok = pthread_create(&thread, &attributes, work, server) == 0;
    pthread_attr_destroy(&attributes);
    server->n_threads += ok;
    return ok;
}

void mr_grpc_call_start(mr_grpc_call *call)
{
    mr_grpc_server *server = call->server;
    bool refused;

    if (call->started || call->finished)
        return;
    call->started = true;
    pthread_mutex_lock(&server->lock);
    refused = server->closing;
    if (!refused && server->n_waiting <= server->n_queued)
        refused = server->n_threads >= MR_GRPC_THREADS_MAX || !spawn(server);
    if (!refused) {
        __atomic_add_fetch(&call->refs, 1, __ATOMIC_RELAXED);
        call->next_queued = NULL;
        if (server->queue_last == NULL)
            server->queue_first = call;
        else
            server->queue_last->next_queued = call;
        server->queue_last = call;
        server->n_queued++;
        pthread_cond_signal(&server->work);
    }
    pthread_mutex_unlock(&server->lock);
    if (refused)
        mr_grpc_call_fail(call, MR_GRPC_RESOURCE_EXHAUSTED, "the server handles too many calls");
}

void mr_grpc_wake(mr_grpc_call *call)
{
    mr_grpc_server *server = call->server;
    uint64_t one = 1;
    bool first = false;

    pthread_mutex_lock(&server->lock);
    if (!call->is_dirty) {
        __atomic_add_fetch(&call->refs, 1, __ATOMIC_RELAXED);
        call->is_dirty = true;
        first = server->dirty == NULL;
        call->next_dirty = server->dirty;
        server->dirty = call;
    }
    pthread_mutex_unlock(&server->lock);
    if (first && write(server->wake, &one, sizeof(one)) < 0)
        return; /* the counter is full: the loop is awake anyway */
}

void mr_grpc_workers_stop(mr_grpc_server *server)
{
    pthread_mutex_lock(&server->lock);
    pthread_cond_broadcast(&server->work);
    while (server->n_threads > 0)
        pthread_cond_wait(&server->idle, &server->lock);
    pthread_mutex_unlock(&server->lock);
}
