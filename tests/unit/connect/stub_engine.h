/* stub_engine.h - an engine that answers from a script, for tests of the server alone.
 *
 * It defines every function of engine/engine.h that the server calls, so that the library's own
 * engine is not linked.  One session at a time; its state is in `stub`.
 */
#ifndef MR_STUB_ENGINE_H
#define MR_STUB_ENGINE_H

#include <unistd.h>

#include "engine/engine.h"

#define STUB_KEYS 64

struct mr_engine {
    int unused;
};
struct mr_session {
    char keys[STUB_KEYS][128];
    char values[STUB_KEYS][128];
    int n_keys;
    int n_released;
    mr_listener_fn listener;
    void *listener_data;
    char cache_name[80];
    mr_buf cache;
};
struct mr_query {
    bool stopped;
};

static struct mr_engine stub_engine;
static struct mr_session stub;
static struct mr_query stub_query;

#define STUB_ID  "11111111-1111-4111-8111-111111111111"
#define STUB_RUN "22222222-2222-4222-8222-222222222222"

static const mr_field stub_fields[] = {
    { { "id", 2 }, NULL, false, { NULL, 0 } },
    { { "name", 4 }, NULL, true, { NULL, 0 } },
};

static const mr_type *stub_schema(mr_arena *arena)
{
    mr_field fields[2];

    memcpy(fields, stub_fields, sizeof(fields));
    fields[0].type = mr_type_of(MR_TYPE_LONG);
    fields[1].type = mr_type_of(MR_TYPE_STRING);
    return mr_type_struct(arena, fields, 2);
}

mr_session *mr_engine_session(mr_engine *engine, mr_str user, mr_str id, bool create, bool *is_new)
{
    (void)engine;
    (void)user;
    (void)id;
    *is_new = create;
    return &stub;
}

void mr_session_release(mr_session *session)
{
    session->n_released++;
}

mr_str mr_session_server_id(const mr_session *session)
{
    (void)session;
    return MR_STR("33333333-3333-4333-8333-333333333333");
}

static int stub_find(mr_session *session, mr_str key)
{
    for (int i = 0; i < session->n_keys; i++)
        if (mr_str_is(key, session->keys[i]))
            return i;
    return -1;
}

mr_status mr_session_set(mr_session *session, mr_str key, mr_str value, mr_error *err)
{
    int at = stub_find(session, key);

    if (mr_str_starts(key, "static."))
        return mr_fail(err, MR_INVALID, "cannot modify %.*s", MR_STR_ARG(key));
    if (at < 0 && session->n_keys < STUB_KEYS)
        at = session->n_keys++;
    if (at < 0)
        return mr_fail(err, MR_NOMEM, "full");
    snprintf(session->keys[at], 128, "%.*s", MR_STR_ARG(key));
    snprintf(session->values[at], 128, "%.*s", MR_STR_ARG(value));
    return MR_OK;
}

void mr_session_unset(mr_session *session, mr_str key)
{
    int at = stub_find(session, key);

    if (at >= 0)
        session->keys[at][0] = '\0';
}

bool mr_session_get(mr_session *session, mr_str key, mr_arena *arena, mr_str *value)
{
    int at = stub_find(session, key);

    if (at < 0 && mr_str_starts(key, "spark.sql.session.timeZone"))
        *value = MR_STR("UTC");
    else if (at < 0 && mr_str_starts(key, "spark.connect.session.planCompression.threshold"))
        *value = MR_STR("-1");
    else if (at < 0 && mr_str_ends(key, ".enabled"))
        *value = MR_STR("false");
    else if (at < 0 && mr_str_ends(key, "defaultAlgorithm"))
        *value = MR_STR("NONE");
    else if (at >= 0)
        *value = mr_arena_str(arena, mr_str_from(session->values[at]));
    else
        return false;
    return true;
}

bool mr_session_is_modifiable(mr_session *session, mr_str key)
{
    (void)session;
    return !mr_str_starts(key, "static.");
}

void mr_session_each(mr_session *session, mr_str prefix,
                     void (*visit)(void *data, mr_str key, mr_str value), void *data)
{
    for (int i = 0; i < session->n_keys; i++)
        if (strncmp(session->keys[i], prefix.len == 0 ? "" : prefix.ptr, prefix.len) == 0)
            visit(data, mr_str_from(session->keys[i]), mr_str_from(session->values[i]));
}

mr_status mr_session_schema(mr_session *session, const mr_xrel *rel, mr_arena *arena,
                            const mr_type **out, mr_error *err)
{
    (void)session;
    if (rel->kind == MR_R_FILTER) {
        mr_raise(err, MR_EXC_ANALYSIS, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName", "`nope`",
                 "proposal", "`id`, `name`", NULL);
        return MR_INVALID;
    }
    *out = stub_schema(arena);
    return MR_OK;
}

mr_status mr_session_is_streaming(mr_session *session, const mr_xrel *rel, bool *out, mr_error *err)
{
    (void)session;
    (void)err;
    *out = rel->is_streaming;
    return MR_OK;
}

mr_status mr_session_explain(mr_session *session, const mr_xrel *rel, bool extended, mr_buf *out,
                             mr_error *err)
{
    (void)session;
    (void)rel;
    (void)err;
    mr_buf_puts(out, extended ? "== Parsed Logical Plan ==\n" : "== Physical Plan ==\n");
    return MR_OK;
}

/* Three rows. */
mr_status mr_session_run(mr_session *session, const mr_xrel *rel, mr_rows_fn rows, void *data,
                         mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_batch *batch = mr_batch_new(arena, stub_schema(arena), 3);
    mr_status status;

    (void)session;
    (void)rel;
    mr_vec_init(&batch->cols[0], arena, batch->schema->fields[0].type, 3);
    mr_vec_init(&batch->cols[1], arena, batch->schema->fields[1].type, 3);
    for (int i = 0; i < 3; i++) {
        batch->cols[0].i64[i] = i;
        batch->cols[1].str[i] = MR_STR("x");
    }
    status = rows(data, batch, err);
    mr_arena_free(arena);
    return status;
}

mr_status mr_session_sql(mr_session *session, const mr_xrel *rel, mr_arena *arena,
                         const mr_xrel **result, mr_error *err)
{
    (void)session;
    (void)arena;
    (void)err;
    *result = rel;
    return MR_OK;
}

mr_status mr_session_check_view_name(mr_str name, mr_error *err)
{
    (void)name;
    (void)err;
    return MR_OK;
}

mr_status mr_session_create_view(mr_session *session, mr_str name, const mr_xrel *rel, bool replace,
                                 mr_error *err)
{
    (void)session;
    (void)name;
    (void)rel;
    (void)replace;
    (void)err;
    return MR_OK;
}

mr_status mr_session_write(mr_session *session, const mr_xcommand *write, mr_error *err)
{
    (void)session;
    (void)write;
    (void)err;
    return MR_OK;
}

mr_status mr_session_start(mr_session *session, const mr_xstream *stream, mr_query **out,
                           mr_error *err)
{
    (void)stream;
    (void)err;
    stub_query.stopped = false;
    *out = &stub_query;
    if (session->listener != NULL)
        session->listener(session->listener_data, 0, MR_STR("{}"));
    return MR_OK;
}

mr_query *mr_query_ref(mr_query *query)
{
    return query;
}

void mr_query_unref(mr_query *query)
{
    (void)query;
}

mr_query *mr_session_query(mr_session *session, mr_str id, mr_str run_id)
{
    (void)session;
    (void)run_id;
    return mr_str_is(id, STUB_ID) ? &stub_query : NULL;
}

int mr_session_active(mr_session *session, mr_query **out, int capacity)
{
    (void)session;
    if (stub_query.stopped || capacity < 1)
        return 0;
    out[0] = &stub_query;
    return 1;
}

mr_status mr_session_await_any(mr_session *session, int64_t timeout_ms, const mr_flag *cancel,
                               bool *terminated, mr_error *err)
{
    (void)session;
    return mr_query_await(&stub_query, timeout_ms, cancel, terminated, err);
}

void mr_session_reset_terminated(mr_session *session)
{
    (void)session;
}

mr_str mr_query_id(const mr_query *query)
{
    (void)query;
    return MR_STR(STUB_ID);
}

mr_str mr_query_run_id(const mr_query *query)
{
    (void)query;
    return MR_STR(STUB_RUN);
}

mr_str mr_query_name(const mr_query *query)
{
    (void)query;
    return MR_STR("q");
}

void mr_query_status(mr_query *query, mr_query_state *out)
{
    memset(out, 0, sizeof(*out));
    snprintf(out->message, sizeof(out->message), "Waiting for data to arrive");
    out->is_active = !query->stopped;
}

int mr_query_progress(mr_query *query, bool last_only, mr_arena *arena, mr_str **out)
{
    (void)query;
    (void)last_only;
    (void)arena;
    *out = NULL;
    return 0;
}

mr_status mr_query_stop(mr_query *query, mr_error *err)
{
    (void)err;
    query->stopped = true;
    if (stub.listener != NULL)
        stub.listener(stub.listener_data, 2,
                      MR_STR("{\"id\":\"" STUB_ID "\",\"runId\":\"" STUB_RUN
                             "\",\"exception\":null,\"errorClassOnException\":null}"));
    return MR_OK;
}

mr_status mr_query_process_all(mr_query *query, const mr_flag *cancel, mr_error *err)
{
    (void)query;
    (void)cancel;
    (void)err;
    return MR_OK;
}

mr_status mr_query_await(mr_query *query, int64_t timeout_ms, const mr_flag *cancel,
                         bool *terminated, mr_error *err)
{
    (void)err;
    for (int64_t ms = 0; !query->stopped && !*cancel && (timeout_ms < 0 || ms < timeout_ms);
         ms += 10)
        usleep(10000);
    *terminated = query->stopped;
    return MR_OK;
}

bool mr_query_exception(mr_query *query, mr_error *err)
{
    (void)query;
    mr_raise_text(err, MR_EXC_STREAMING, "STREAM_FAILED", "[STREAM_FAILED] it failed");
    return true;
}

bool mr_query_cause(mr_query *query, mr_error *err)
{
    (void)query;
    mr_raise_text(err, MR_EXC_RUNTIME, "", "it failed");
    return true;
}

void mr_query_explain(mr_query *query, bool extended, mr_buf *out)
{
    (void)query;
    (void)extended;
    mr_buf_puts(out, "no plan");
}

int mr_session_listen(mr_session *session, mr_listener_fn listener, void *data)
{
    session->listener = listener;
    session->listener_data = data;
    return 1;
}

void mr_session_unlisten(mr_session *session, int listener_id)
{
    (void)listener_id;
    session->listener = NULL;
}

void mr_session_cache(mr_session *session, mr_str name, mr_str bytes)
{
    snprintf(session->cache_name, sizeof(session->cache_name), "%.*s", MR_STR_ARG(name));
    mr_buf_clear(&session->cache);
    mr_buf_add(&session->cache, bytes);
}

bool mr_session_cached(mr_session *session, mr_str name, mr_str *bytes)
{
    *bytes = mr_buf_str(&session->cache);
    return session->cache.len > 0 && mr_str_is(name, session->cache_name);
}

#endif /* MR_STUB_ENGINE_H */
