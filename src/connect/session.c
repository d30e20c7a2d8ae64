/* session.c - sessions of clients: found, made, expired, released. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "connect/connect_priv.h"

int64_t mr_connect_now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void mr_connect_uuid(char out[37])
{
    mr_status status = mr_os_uuid(mr_os_real(), out, NULL);

    MR_ASSERT(status == MR_OK);
}

bool mr_connect_is_uuid(mr_str s)
{
    if (s.len != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        char c = s.ptr[i];
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

        if (is_dash ? c != '-' : !is_hex)
            return false;
    }
    return true;
}

static mr_status raise_handle(mr_error *err, const char *condition, mr_str handle)
{
    char text[64];

    snprintf(text, sizeof(text), "%.*s", (int)(handle.len < 60 ? handle.len : 60), handle.ptr);
    return mr_raise(err, MR_EXC_SQL, condition, "handle", text, NULL);
}

static bool is_buried(const mr_connect_server *server, const char *key)
{
    for (int i = 0; i < TOMBSTONES; i++)
        if (server->tombstones[i] != NULL && strcmp(server->tombstones[i], key) == 0)
            return true;
    return false;
}

static session *find(const mr_connect_server *server, const char *key)
{
    for (session *s = server->sessions; s != NULL; s = s->next)
        if (strcmp(s->key, key) == 0)
            return s;
    return NULL;
}

/* server->lock is held. */
static mr_status make(mr_connect_server *server, const mr_wire_request *request, const char *key,
                      session **out, mr_error *err)
{
    bool is_new;
    session *s;
    mr_session *engine;

    if (server->n_sessions >= SESSIONS_MAX)
        return mr_fail(err, MR_NOMEM, "there are already %d sessions", SESSIONS_MAX);
    engine =
        mr_engine_session(server->engine, request->user_id, request->session_id, true, &is_new);
    if (engine == NULL)
        return mr_fail(err, MR_INTERNAL, "the session cannot be made");
    s = mr_calloc(1, sizeof(*s));
    s->engine = engine;
    s->key = mr_malloc(strlen(key) + 1);
    memcpy(s->key, key, strlen(key) + 1);
    snprintf(s->id, sizeof(s->id), "%.*s", MR_STR_ARG(request->session_id));
    snprintf(s->server_id, sizeof(s->server_id), "%.*s", MR_STR_ARG(mr_session_server_id(engine)));
    s->next = server->sessions;
    server->sessions = s;
    server->n_sessions++;
    *out = s;
    return MR_OK;
}

/* server->lock is held. */
static mr_status find_or_make(mr_connect_server *server, const mr_wire_request *request,
                              const char *key, bool create, session **out, mr_error *err)
{
    session *s = find(server, key);

    if ((s != NULL && s->closing) || (s == NULL && is_buried(server, key)))
        return raise_handle(err, "INVALID_HANDLE.SESSION_CLOSED", request->session_id);
    if (s == NULL && !create)
        return raise_handle(err, "INVALID_HANDLE.SESSION_NOT_FOUND", request->session_id);
    if (request->observed_session.len > 0 &&
        (s == NULL || !mr_str_is(request->observed_session, s->server_id)))
        return raise_handle(err, "INVALID_HANDLE.SESSION_CHANGED", request->session_id);
    if (s == NULL)
        MR_TRY(make(server, request, key, &s, err));
    s->uses++;
    s->last_ms = mr_connect_now_ms();
    *out = s;
    return MR_OK;
}

mr_status mr_connect_enter(mr_connect_server *server, const mr_wire_request *request, bool create,
                           session **out, mr_error *err)
{
    mr_buf key = { 0 };
    mr_status status;

    if (!mr_connect_is_uuid(request->session_id))
        return raise_handle(err, "INVALID_HANDLE.FORMAT", request->session_id);
    if (request->user_id.len > 256)
        return mr_fail(err, MR_INVALID, "the user id is too long");
    mr_buf_add(&key, request->user_id);
    mr_buf_putc(&key, '/');
    mr_buf_add(&key, request->session_id);
    pthread_mutex_lock(&server->lock);
    status = find_or_make(server, request, mr_buf_cstr(&key), create, out, err);
    pthread_mutex_unlock(&server->lock);
    mr_buf_free(&key);
    return status;
}

void mr_connect_leave(mr_connect_server *server, session *s)
{
    pthread_mutex_lock(&server->lock);
    s->uses--;
    s->last_ms = mr_connect_now_ms();
    pthread_cond_broadcast(&server->changed);
    pthread_mutex_unlock(&server->lock);
}

static void free_session(session *s)
{
    while (s->persisted != NULL) {
        persisted *next = s->persisted->next;

        free(s->persisted);
        s->persisted = next;
    }
    free(s->key);
    free(s);
}

/* server->lock is held. */
static void unlink_session(mr_connect_server *server, session *s)
{
    session **at = &server->sessions;

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    server->n_sessions--;
}

static void bury(mr_connect_server *server, const char *key)
{
    int at = server->n_tombstones++ % TOMBSTONES;

    free(server->tombstones[at]);
    server->tombstones[at] = mr_malloc(strlen(key) + 1);
    memcpy(server->tombstones[at], key, strlen(key) + 1);
}

void mr_connect_release(mr_connect_server *server, session *s, bool allow_reconnect)
{
    bool first;

    pthread_mutex_lock(&server->lock);
    first = !s->closing;
    s->closing = true;
    pthread_mutex_unlock(&server->lock);
    if (!first) { /* somebody else does it */
        mr_connect_leave(server, s);
        return;
    }
    mr_connect_cancel_all(server, s);
    pthread_mutex_lock(&server->lock);
    while (s->uses > 1)
        pthread_cond_wait(&server->changed, &server->lock);
    unlink_session(server, s);
    if (!allow_reconnect)
        bury(server, s->key);
    pthread_mutex_unlock(&server->lock);
    mr_connect_forget(server, s);
    mr_session_release(s->engine);
    free_session(s);
}

void mr_connect_expire(mr_connect_server *server)
{
    int64_t now = mr_connect_now_ms();
    session *old;

    do {
        pthread_mutex_lock(&server->lock);
        old = server->sessions;
        while (old != NULL && (old->uses > 0 || now - old->last_ms < SESSION_IDLE_MS))
            old = old->next;
        if (old != NULL)
            old->uses++;
        pthread_mutex_unlock(&server->lock);
        if (old != NULL)
            mr_connect_release(server, old, false);
    } while (old != NULL);
}

void mr_connect_free_sessions(mr_connect_server *server)
{
    while (server->sessions != NULL) {
        session *next = server->sessions->next;

        free_session(server->sessions);
        server->sessions = next;
    }
    for (int i = 0; i < TOMBSTONES; i++)
        free(server->tombstones[i]);
}
