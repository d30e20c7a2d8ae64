/* engine.c - one engine: its threads, its sessions. */
#include "engine/engine_priv.h"
#include "stream/stream.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void print_console(void *data, mr_str text)
{
    (void)data;
    fwrite(text.ptr, 1, text.len, stdout);
    fflush(stdout);
}

char *engine_strdup(mr_str s)
{
    char *copy = mr_malloc(s.len + 1);

    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

/* That this process may use: taskset and cpusets count. */
static int processors(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
        return CPU_COUNT(&set);
    return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

mr_status mr_engine_open(const mr_engine_options *options, mr_engine **out, mr_error *err)
{
    mr_engine *engine = mr_calloc(1, sizeof(*engine));
    int n = options == NULL ? 0 : options->n_threads;

    (void)err;
    if (n <= 0)
        n = processors();
    engine->os = options == NULL || options->os == NULL ? mr_os_real() : options->os;
    engine->pool = mr_pool_new(n < 1 ? 1 : n);
    engine->console = print_console;
    if (options != NULL && options->console != NULL) {
        engine->console = options->console;
        engine->console_data = options->console_data;
    }
    pthread_mutex_init(&engine->lock, NULL);
    *out = engine;
    return MR_OK;
}

void mr_engine_close(mr_engine *engine)
{
    if (engine == NULL)
        return;
    while (engine->n_sessions > 0)
        mr_session_release(engine->sessions[engine->n_sessions - 1]);
    free(engine->sessions);
    mr_pool_free(engine->pool);
    pthread_mutex_destroy(&engine->lock);
    free(engine);
}

static mr_session *make_session(mr_engine *engine, mr_str user, mr_str id)
{
    mr_session *session = mr_calloc(1, sizeof(*session));

    session->engine = engine;
    session->user = engine_strdup(user);
    session->id = engine_strdup(id);
    if (mr_os_uuid(engine->os, session->server_id, NULL) != MR_OK)
        snprintf(session->server_id, sizeof(session->server_id), "00000000-0000-4000-8000-%012d",
                 engine->n_sessions);
    pthread_mutex_init(&session->lock, NULL);
    pthread_mutex_init(&session->start_lock, NULL);
    pthread_mutex_init(&session->listen_lock, NULL);
    return session;
}

mr_session *mr_engine_session(mr_engine *engine, mr_str user, mr_str id, bool create, bool *is_new)
{
    mr_session *found = NULL;

    if (is_new != NULL)
        *is_new = false;
    pthread_mutex_lock(&engine->lock);
    for (int i = 0; i < engine->n_sessions && found == NULL; i++)
        if (mr_str_is(user, engine->sessions[i]->user) && mr_str_is(id, engine->sessions[i]->id))
            found = engine->sessions[i];
    if (found == NULL && create) {
        found = make_session(engine, user, id);
        MR_PUSH(engine->sessions, engine->n_sessions, engine->capacity, found);
        if (is_new != NULL)
            *is_new = true;
    }
    pthread_mutex_unlock(&engine->lock);
    return found;
}

static void free_pairs(engine_pair *pairs, int n)
{
    for (int i = 0; i < n; i++) {
        free(pairs[i].key);
        free(pairs[i].value);
    }
    free(pairs);
}

void mr_session_release(mr_session *session)
{
    mr_engine *engine = session->engine;

    pthread_mutex_lock(&engine->lock);
    for (int i = 0; i < engine->n_sessions; i++) {
        if (engine->sessions[i] == session) {
            engine->sessions[i] = engine->sessions[--engine->n_sessions];
            break;
        }
    }
    pthread_mutex_unlock(&engine->lock);
    query_stop_all(session);
    catalog_free(session);
    free_pairs(session->conf, session->n_conf);
    free_pairs(session->cache, session->n_cache);
    free(session->listeners);
    pthread_mutex_destroy(&session->lock);
    pthread_mutex_destroy(&session->start_lock);
    pthread_mutex_destroy(&session->listen_lock);
    free(session->user);
    free(session->id);
    free(session);
}

mr_str mr_session_server_id(const mr_session *session)
{
    return mr_str_from(session->server_id);
}

/* --- listeners ---------------------------------------------------------------------------------
 */

int mr_session_listen(mr_session *session, mr_listener_fn listener, void *data)
{
    int id;

    pthread_mutex_lock(&session->listen_lock);
    id = ++session->next_listener;
    MR_PUSH(session->listeners, session->n_listeners, session->listener_capacity,
            (engine_listener){ id, listener, data });
    pthread_mutex_unlock(&session->listen_lock);
    return id;
}

void mr_session_unlisten(mr_session *session, int listener_id)
{
    pthread_mutex_lock(&session->listen_lock);
    for (int i = 0; i < session->n_listeners; i++) {
        if (session->listeners[i].id == listener_id) {
            session->listeners[i] = session->listeners[--session->n_listeners];
            break;
        }
    }
    pthread_mutex_unlock(&session->listen_lock);
}

/* --- cached relations --------------------------------------------------------------------------
 */

void mr_session_cache(mr_session *session, mr_str name, mr_str bytes)
{
    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_cache; i++) {
        if (mr_str_is(name, session->cache[i].key)) {
            pthread_mutex_unlock(&session->lock);
            return; /* named by its own hash */
        }
    }
    MR_PUSH(session->cache, session->n_cache, session->cache_capacity,
            (engine_pair){ engine_strdup(name), engine_strdup(bytes), bytes.len });
    pthread_mutex_unlock(&session->lock);
}

bool mr_session_cached(mr_session *session, mr_str name, mr_str *bytes)
{
    bool found = false;

    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_cache && !found; i++) {
        if (mr_str_is(name, session->cache[i].key)) {
            found = true;
            if (bytes != NULL)
                *bytes = (mr_str){ session->cache[i].value, session->cache[i].n_value };
        }
    }
    pthread_mutex_unlock(&session->lock);
    return found;
}

mr_status mr_engine_publish(const char *checkpoint, mr_buf *report, mr_error *err)
{
    int64_t version;
    bool had_journal;

    MR_TRY(mr_stream_publish(mr_os_real(), checkpoint, &version, &had_journal, err));
    if (had_journal)
        mr_buf_printf(report, "state version %lld is published in %s; Spark may go on from there",
                      (long long)version, checkpoint);
    else
        mr_buf_printf(report, "%s is complete; Spark may go on from there", checkpoint);
    return MR_OK;
}
