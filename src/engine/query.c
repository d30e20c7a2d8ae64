/* query.c - starting streaming queries, and the handles on them. */
#include "engine/engine_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "os/file.h"
#include "value/interval.h"

#define KEPT_US (INT64_C(3600) * 1000000) /* ended queries stay addressable for an hour */
#define ANY_US  200000                    /* at most between looks whether some query ended */

/* What a start gathers before the stream exists; everything lives in `arena`. */
typedef struct starting {
    mr_session *session;
    const mr_xstream *stream;
    mr_arena *arena;
    mr_stream_config config;
    mr_output_mode mode;
    mr_options options;
    mr_str format;
    mr_table *table;
    char *plan;
} starting;

static mr_str arena_conf(mr_session *session, mr_arena *arena, const char *key)
{
    mr_str value = { NULL, 0 };

    (void)mr_session_get(session, mr_str_from(key), arena, &value);
    return value;
}

static mr_status refuse_batch(mr_error *err)
{
    mr_status status =
        mr_raise_text(err, MR_EXC_ANALYSIS, "WRITE_STREAM_NOT_ALLOWED",
                      "[WRITE_STREAM_NOT_ALLOWED] `writeStream` can be called only on "
                      "streaming Dataset/DataFrame. SQLSTATE: 42601");

    if (err != NULL)
        snprintf(err->sqlstate, sizeof(err->sqlstate), "42601");
    return status;
}

/* --- the plan ----------------------------------------------------------------------------------
 */

static mr_status make_plan(starting *st, mr_error *err)
{
    mr_logical *logical;
    mr_physical *physical;
    mr_buf text = { 0 };

    /* The plan keeps views into the syntax: copied, since the caller's goes away. */
    MR_TRY(engine_analyze(st->session, catalog_copy_rel(st->arena, st->stream->input), st->arena,
                          &logical, err));
    MR_TRY(mr_output_mode_parse(st->stream->output_mode.len == 0 ? MR_STR("append")
                                                                 : st->stream->output_mode,
                                &st->mode, err));
    if (!logical->is_streaming)
        return refuse_batch(err);
    MR_TRY(mr_analyze_check_streaming(logical, st->mode, err));
    st->config.schema = mr_logical_schema(st->arena, logical);
    MR_TRY(mr_analyze_optimize(&logical, st->arena, err));
    MR_TRY(mr_physical_plan(logical, st->arena, &physical, err));
    mr_logical_print(logical, &text);
    st->plan = engine_strdup(mr_buf_str(&text));
    mr_buf_free(&text);
    st->config.physical = physical;
    st->config.mode = (int)st->mode;
    return MR_OK;
}

/* --- the sink ----------------------------------------------------------------------------------
 */

static mr_status memory_sink(starting *st, mr_error *err)
{
    if (st->stream->query_name.len == 0)
        return mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1194",
                             "queryName must be specified for memory sink.");
    MR_TRY(mr_session_check_view_name(st->stream->query_name, err));
    st->table = mr_table_new(st->config.schema);
    st->config.sink_ops = &mr_sink_memory;
    st->config.sink.table = st->table;
    st->config.can_resume = st->mode == MR_MODE_COMPLETE;
    return MR_OK;
}

static mr_status raise_no_column(const starting *st, mr_str name, mr_error *err)
{
    mr_buf names = { 0 };
    mr_status status;

    for (int i = 0; i < st->config.schema->n_fields; i++)
        mr_buf_printf(&names, "%s%.*s", i > 0 ? ", " : "",
                      MR_STR_ARG(st->config.schema->fields[i].name));
    status = mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1196",
                           "Partition column %.*s not found in existing columns (%s).",
                           MR_STR_ARG(name), mr_buf_cstr(&names));
    mr_buf_free(&names);
    return status;
}

static mr_status check_partitions(starting *st, mr_error *err)
{
    int n = st->stream->n_partition_names;
    mr_str *names = MR_NEW_ARRAY(st->arena, mr_str, n + 1);

    for (int i = 0; i < n; i++) {
        if (mr_type_field(st->config.schema, st->stream->partition_names[i], false) < 0)
            return raise_no_column(st, st->stream->partition_names[i], err);
        names[i] = mr_arena_str(st->arena, st->stream->partition_names[i]);
    }
    st->config.sink.partition_by = names;
    st->config.sink.n_partition_by = n;
    return MR_OK;
}

static mr_status file_sink(starting *st, mr_error *err)
{
    const mr_str *option = mr_options_find(&st->options, "path");
    mr_str path = st->stream->path.len > 0 ? st->stream->path
                  : option != NULL         ? *option
                                           : (mr_str){ NULL, 0 };
    char *plain;

    if (path.len == 0)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "_LEGACY_ERROR_TEMP_2047",
                             "'path' is not specified.");
    if (st->mode != MR_MODE_APPEND)
        return mr_raise(err, MR_EXC_ANALYSIS, "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
                        "className", mr_arena_cstr(st->arena, st->format), "outputMode",
                        st->mode == MR_MODE_UPDATE ? "update" : "complete", (char *)NULL);
    MR_TRY(check_partitions(st, err));
    if (!mr_file_from_uri(st->arena, path, &plain))
        return mr_fail(err, MR_UNSUPPORTED, "only local paths are supported, got %.*s",
                       MR_STR_ARG(path));
    st->config.sink_ops = st->stream->n_partition_names > 0 ? &mr_sink_parts : &mr_sink_file;
    st->config.sink.path = plain;
    return MR_OK;
}

static mr_status choose_sink(starting *st, mr_error *err)
{
    st->config.can_resume = true;
    if (mr_str_is_nocase(st->format, "memory"))
        return memory_sink(st, err);
    if (mr_str_is_nocase(st->format, "console")) {
        st->config.sink_ops = &mr_sink_console;
        return MR_OK;
    }
    if (mr_str_is_nocase(st->format, "noop")) {
        st->config.sink_ops = &mr_sink_noop;
        return MR_OK;
    }
    if (mr_format_find(st->format) != NULL)
        return file_sink(st, err);
    if (mr_str_is_nocase(st->format, "parquet") || mr_str_is_nocase(st->format, "orc") ||
        mr_str_is_nocase(st->format, "kafka"))
        return mr_fail(err, MR_UNSUPPORTED,
                       "the sink %.*s is not supported by this build: use json, "
                       "csv, text, console, memory or noop",
                       MR_STR_ARG(st->format));
    return mr_raise(err, MR_EXC_CLASS_NOT_FOUND, "DATA_SOURCE_NOT_FOUND", "provider",
                    mr_arena_cstr(st->arena, st->format), (char *)NULL);
}

static mr_status make_sink(starting *st, mr_error *err)
{
    mr_sink_config *sink = &st->config.sink;

    if (st->stream->has_foreach || st->stream->has_foreach_batch)
        return mr_fail(err, MR_UNSUPPORTED,
                       "foreach and foreachBatch are not supported by this build");
    st->format = st->stream->format.len > 0
                     ? st->stream->format
                     : arena_conf(st->session, st->arena, "spark.sql.sources.default");
    if (st->stream->table_name.len > 0)
        return mr_fail(err, MR_UNSUPPORTED, "toTable is not supported by this build");
    *sink = (mr_sink_config){ .os = st->session->engine->os,
                              .schema = st->config.schema,
                              .options = st->options,
                              .zone = mr_session_zone(st->session),
                              .is_complete = st->mode == MR_MODE_COMPLETE,
                              .format = mr_arena_str(st->arena, st->format),
                              .console = st->session->engine->console,
                              .console_data = st->session->engine->console_data };
    return choose_sink(st, err);
}

/* --- checkpoint and trigger --------------------------------------------------------------------
 */

static mr_status temporary_checkpoint(starting *st, mr_error *err)
{
    const char *tmp = getenv("TMPDIR");
    char uuid[37];

    if (st->config.sink_ops == &mr_sink_file || st->config.sink_ops == &mr_sink_parts)
        return mr_raise_text(
            err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1298",
            "checkpointLocation must be specified either through "
            "option(\"checkpointLocation\", ...) or "
            "SparkSession.conf.set(\"spark.sql.streaming.checkpointLocation\", ...).");
    MR_TRY(mr_os_uuid(st->session->engine->os, uuid, err));
    st->config.checkpoint =
        mr_arena_printf(st->arena, "%s/temporary-%s", tmp == NULL ? "/tmp" : tmp, uuid).ptr;
    st->config.is_temporary = true;
    return MR_OK;
}

static mr_status choose_checkpoint(starting *st, mr_error *err)
{
    const mr_str *option = mr_options_find(&st->options, "checkpointLocation");
    mr_str base = arena_conf(st->session, st->arena, "spark.sql.streaming.checkpointLocation");
    mr_str location;
    char *plain, *absolute;
    char uuid[37];

    if (option != NULL) {
        location = *option;
    } else if (base.len > 0) {
        MR_TRY(mr_os_uuid(st->session->engine->os, uuid, err));
        location = st->stream->query_name.len > 0
                       ? mr_arena_printf(st->arena, "%.*s/%.*s", MR_STR_ARG(base),
                                         MR_STR_ARG(st->stream->query_name))
                       : mr_arena_printf(st->arena, "%.*s/%s", MR_STR_ARG(base), uuid);
    } else {
        return temporary_checkpoint(st, err);
    }
    if (!mr_file_from_uri(st->arena, location, &plain))
        return mr_fail(err, MR_UNSUPPORTED, "only local checkpoints are supported, got %.*s",
                       MR_STR_ARG(location));
    MR_TRY(mr_file_absolute(st->arena, plain, &absolute, err));
    st->config.checkpoint = absolute;
    return MR_OK;
}

static mr_status choose_trigger(starting *st, mr_error *err)
{
    mr_interval_parts parts;

    switch (st->stream->trigger) {
    case MR_TRIGGER_DEFAULT:
        return MR_OK;
    case MR_TRIGGER_AVAILABLE_NOW:
        st->config.trigger = MR_STREAM_AVAILABLE_NOW;
        return MR_OK;
    case MR_TRIGGER_ONCE:
        st->config.trigger = MR_STREAM_ONCE;
        return MR_OK;
    case MR_TRIGGER_PROCESSING_TIME:
        MR_TRY(mr_interval_parse(st->stream->trigger_text, &parts, err));
        st->config.interval_ms = parts.days * INT64_C(86400000) + parts.us / 1000;
        if (parts.months != 0 || st->config.interval_ms < 0)
            return mr_raise_text(
                err, MR_EXC_ILLEGAL_ARGUMENT, "",
                "requirement failed: the interval of trigger should not be negative");
        return MR_OK;
    case MR_TRIGGER_CONTINUOUS:
    case MR_TRIGGER_REAL_TIME:
        break;
    }
    return mr_fail(err, MR_UNSUPPORTED, "continuous and real-time triggers are not supported");
}

static void copy_options(starting *st)
{
    const mr_options *from = &st->stream->options;
    mr_option_pair *pairs = MR_NEW_ARRAY(st->arena, mr_option_pair, from->n + 1);

    for (int i = 0; i < from->n; i++) {
        pairs[i].key = mr_arena_str(st->arena, from->pairs[i].key);
        pairs[i].value = mr_arena_str(st->arena, from->pairs[i].value);
    }
    st->options = (mr_options){ pairs, from->n };
}

static void forward_event(void *data, int kind, mr_str json)
{
    mr_session *session = data;

    pthread_mutex_lock(&session->listen_lock);
    for (int i = 0; i < session->n_listeners; i++)
        session->listeners[i].call(session->listeners[i].data, kind, json);
    pthread_mutex_unlock(&session->listen_lock);
}

static void take_settings(starting *st)
{
    mr_session *session = st->session;
    mr_stream_config *c = &st->config;

    c->os = session->engine->os;
    c->pool = session->engine->pool;
    c->name = mr_arena_str(st->arena, st->stream->query_name);
    c->zone = mr_session_zone(session);
    c->case_sensitive = conf_bool(session, "spark.sql.caseSensitive");
    c->legacy_time = mr_str_is_nocase(
        arena_conf(session, st->arena, "spark.sql.legacy.timeParserPolicy"), "LEGACY");
    c->corrupt_column = arena_conf(session, st->arena, "spark.sql.columnNameOfCorruptRecord");
    c->shuffle_partitions = (int)conf_int(session, "spark.sql.shuffle.partitions");
    c->state_codec =
        arena_conf(session, st->arena, "spark.sql.streaming.stateStore.compression.codec");
    c->state_provider =
        arena_conf(session, st->arena, "spark.sql.streaming.stateStore.providerClass");
    c->no_data_batches = conf_bool(session, "spark.sql.streaming.noDataMicroBatches.enabled");
    c->policy_max = mr_str_is_nocase(
        arena_conf(session, st->arena, "spark.sql.streaming.multipleWatermarkPolicy"), "max");
    c->min_batches_to_retain = (int)conf_int(session, "spark.sql.streaming.minBatchesToRetain");
    if (c->min_batches_to_retain < 2)
        c->min_batches_to_retain = 2;
    c->idle_event_ms = conf_int(session, "spark.sql.streaming.noDataProgressEventInterval");
    c->event = forward_event;
    c->event_data = session;
}

static mr_status prepare(starting *st, mr_error *err)
{
    copy_options(st);
    MR_TRY(make_plan(st, err));
    take_settings(st);
    MR_TRY(make_sink(st, err));
    MR_TRY(choose_checkpoint(st, err));
    return choose_trigger(st, err);
}

/* --- starting ----------------------------------------------------------------------------------
 */

static bool name_is_active(mr_session *session, mr_str name)
{
    bool active = false;

    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_queries && name.len > 0; i++)
        active |= mr_str_equal(mr_query_name(session->queries[i]), name) &&
                  mr_stream_is_active(session->queries[i]->stream);
    pthread_mutex_unlock(&session->lock);
    return active;
}

static void forget_old(mr_session *session)
{
    int64_t now = mr_os_mono_us(session->engine->os);
    int kept = 0;

    for (int i = 0; i < session->n_queries; i++) {
        mr_query *q = session->queries[i];

        if (!mr_stream_is_active(q->stream) && q->ended_us == 0)
            q->ended_us = now;
        if (q->ended_us != 0 && now - q->ended_us > KEPT_US)
            mr_query_unref(q);
        else
            session->queries[kept++] = q;
    }
    session->n_queries = kept;
}

/* The active query on a checkpoint, in any session: referenced, or NULL. */
static mr_query *active_on(mr_engine *engine, const char *checkpoint)
{
    mr_query *found = NULL;

    pthread_mutex_lock(&engine->lock);
    for (int s = 0; s < engine->n_sessions; s++) {
        mr_session *session = engine->sessions[s];

        pthread_mutex_lock(&session->lock);
        for (int i = 0; i < session->n_queries && found == NULL; i++)
            if (session->queries[i]->checkpoint != NULL &&
                strcmp(session->queries[i]->checkpoint, checkpoint) == 0 &&
                mr_stream_is_active(session->queries[i]->stream))
                found = mr_query_ref(session->queries[i]);
        pthread_mutex_unlock(&session->lock);
    }
    pthread_mutex_unlock(&engine->lock);
    return found;
}

/* A run of the same query that goes on is stopped, or forbids this one. */
static mr_status stop_active_run(starting *st, mr_error *err)
{
    mr_query *old =
        st->config.can_resume ? active_on(st->session->engine, st->config.checkpoint) : NULL;
    mr_status status = MR_OK;

    if (old == NULL)
        return MR_OK;
    if (conf_bool(st->session, "spark.sql.streaming.stopActiveRunOnRestart"))
        mr_stream_stop(old->stream);
    else
        status = mr_raise_text(
            err, MR_EXC_ILLEGAL_STATE, "",
            "Cannot start query with id %.*s as another query with same id is already active. "
            "Perhaps you are attempting to restart a query from checkpoint that is already "
            "active. You may stop the old query by setting the SQL configuration: "
            "spark.conf.set(\"spark.sql.streaming.stopActiveRunOnRestart\", true) and retry.",
            MR_STR_ARG(mr_query_id(old)));
    mr_query_unref(old);
    return status;
}

static mr_query *keep_query(starting *st, mr_stream *stream)
{
    mr_query *query = mr_calloc(1, sizeof(*query));
    mr_session *session = st->session;

    query->session = session;
    query->stream = stream;
    query->table = st->table;
    query->plan = st->plan;
    query->checkpoint = engine_strdup(mr_str_from(st->config.checkpoint));
    query->n_refs = 2; /* the session's and the caller's */
    pthread_mutex_lock(&session->lock);
    forget_old(session);
    MR_PUSH(session->queries, session->n_queries, session->query_capacity, query);
    pthread_mutex_unlock(&session->lock);
    return query;
}

static mr_status start_locked(starting *st, mr_query **out, mr_error *err)
{
    mr_stream *stream;
    mr_status status;

    if (name_is_active(st->session, st->stream->query_name)) {
        mr_arena_free(st->arena);
        return mr_raise_text(
            err, MR_EXC_ILLEGAL_ARGUMENT, "",
            "Cannot start query with name %.*s as a query with that name is already "
            "active in this SparkSession",
            MR_STR_ARG(st->stream->query_name));
    }
    status = prepare(st, err);
    if (status == MR_OK)
        status = stop_active_run(st, err);
    if (status != MR_OK) {
        mr_arena_free(st->arena);
        return status;
    }
    MR_TRY(mr_stream_open(&st->config, st->arena, &stream, err));
    if (st->table != NULL)
        catalog_put(st->session, st->stream->query_name, NULL, st->table, true);
    *out = keep_query(st, stream);
    st->table = NULL;
    st->plan = NULL;
    status = mr_stream_start(stream, err);
    if (status != MR_OK)
        mr_query_unref(*out);
    return status;
}

mr_status mr_session_start(mr_session *session, const mr_xstream *stream, mr_query **out,
                           mr_error *err)
{
    starting st = { .session = session, .stream = stream };
    mr_status status;

    *out = NULL;
    st.arena = mr_arena_new();
    pthread_mutex_lock(&session->start_lock);
    status = start_locked(&st, out, err);
    pthread_mutex_unlock(&session->start_lock);
    mr_table_unref(st.table);
    free(st.plan);
    return status;
}

/* --- handles -----------------------------------------------------------------------------------
 */

mr_query *mr_query_ref(mr_query *query)
{
    __atomic_add_fetch(&query->n_refs, 1, __ATOMIC_SEQ_CST);
    return query;
}

void mr_query_unref(mr_query *query)
{
    if (query == NULL || __atomic_sub_fetch(&query->n_refs, 1, __ATOMIC_SEQ_CST) > 0)
        return;
    mr_stream_close(query->stream);
    mr_table_unref(query->table);
    free(query->plan);
    free(query->checkpoint);
    free(query);
}

mr_query *mr_session_query(mr_session *session, mr_str id, mr_str run_id)
{
    mr_query *found = NULL;

    pthread_mutex_lock(&session->lock);
    for (int i = session->n_queries - 1; i >= 0 && found == NULL; i--) {
        mr_query *q = session->queries[i];

        if (mr_str_equal(mr_stream_id(q->stream), id) &&
            (run_id.len == 0 || mr_str_equal(mr_stream_run_id(q->stream), run_id)))
            found = mr_query_ref(q);
    }
    pthread_mutex_unlock(&session->lock);
    return found;
}

int mr_session_active(mr_session *session, mr_query **out, int capacity)
{
    int n = 0;

    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_queries; i++)
        if (mr_stream_is_active(session->queries[i]->stream)) {
            if (n < capacity)
                out[n] = mr_query_ref(session->queries[i]);
            n++;
        }
    pthread_mutex_unlock(&session->lock);
    return n;
}

/* An ended query that nobody reset: referenced, or NULL.  Failed ones first. */
static mr_query *ended_query(mr_session *session)
{
    mr_query *found = NULL;

    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_queries; i++) {
        mr_query *q = session->queries[i];

        if (!q->is_forgotten && !mr_stream_is_active(q->stream) &&
            (found == NULL || mr_stream_failed(q->stream, NULL)))
            found = q;
    }
    if (found != NULL)
        mr_query_ref(found);
    pthread_mutex_unlock(&session->lock);
    return found;
}

mr_status mr_session_await_any(mr_session *session, int64_t timeout_ms, const mr_flag *cancel,
                               bool *terminated, mr_error *err)
{
    mr_os *os = session->engine->os;
    int64_t end_us = mr_os_mono_us(os) + timeout_ms * 1000;
    int64_t pause_us = 5000; /* grows: who waits long does not mind a little longer */
    mr_query *query;

    *terminated = false;
    while ((query = ended_query(session)) == NULL) {
        int64_t now_us = mr_os_mono_us(os), next_us = now_us + pause_us;

        if ((cancel != NULL && *cancel) || (timeout_ms >= 0 && now_us >= end_us))
            return MR_OK;
        MR_TRY(mr_os_sleep_until(os, timeout_ms >= 0 && end_us < next_us ? end_us : next_us, err));
        pause_us = pause_us * 2 < ANY_US ? pause_us * 2 : ANY_US;
    }
    *terminated = true;
    if (mr_query_exception(query, err)) {
        mr_query_unref(query);
        return MR_INVALID;
    }
    mr_query_unref(query);
    return MR_OK;
}

void mr_session_reset_terminated(mr_session *session)
{
    pthread_mutex_lock(&session->lock);
    for (int i = 0; i < session->n_queries; i++)
        if (!mr_stream_is_active(session->queries[i]->stream))
            session->queries[i]->is_forgotten = true;
    pthread_mutex_unlock(&session->lock);
}

void query_stop_all(mr_session *session)
{
    for (int i = 0; i < session->n_queries; i++) {
        mr_stream_stop(session->queries[i]->stream);
        mr_query_unref(session->queries[i]);
    }
    session->n_queries = 0;
    free(session->queries);
    session->queries = NULL;
    session->query_capacity = 0;
}

mr_str mr_query_id(const mr_query *query)
{
    return mr_stream_id(query->stream);
}

mr_str mr_query_run_id(const mr_query *query)
{
    return mr_stream_run_id(query->stream);
}

mr_str mr_query_name(const mr_query *query)
{
    return mr_stream_name(query->stream);
}

void mr_query_status(mr_query *query, mr_query_state *out)
{
    mr_stream_status(query->stream, out->message, sizeof(out->message), &out->is_data_available,
                     &out->is_trigger_active);
    out->is_active = mr_stream_is_active(query->stream);
}

int mr_query_progress(mr_query *query, bool last_only, mr_arena *arena, mr_str **out)
{
    int n = mr_stream_progress(query->stream, arena, out);

    if (last_only && n > 1) {
        *out += n - 1;
        n = 1;
    }
    return n;
}

/* What Spark adds to a query's failure; `out` is err->message. */
static void add_identity(mr_error *err, char ids[2][40])
{
    size_t used = strlen(err->message);

    snprintf(err->message + used, sizeof(err->message) - used,
             "\n=== Streaming Query ===\nIdentifier: [id = %s, runId = %s]", ids[0], ids[1]);
}

static void print_ids(const mr_query *query, char ids[2][40])
{
    snprintf(ids[0], sizeof(ids[0]), "%.*s", MR_STR_ARG(mr_query_id(query)));
    snprintf(ids[1], sizeof(ids[1]), "%.*s", MR_STR_ARG(mr_query_run_id(query)));
}

bool mr_query_cause(mr_query *query, mr_error *err)
{
    char ids[2][40];

    mr_error_clear(err);
    if (!mr_stream_failed(query->stream, err))
        return false;
    print_ids(query, ids);
    add_identity(err, ids);
    return true;
}

/* The failure as StreamingQueryException words it. */
bool mr_query_exception(mr_query *query, mr_error *err)
{
    mr_error *cause = mr_malloc(sizeof(*cause));
    bool failed;

    mr_error_clear(cause);
    failed = mr_stream_failed(query->stream, cause);
    if (failed && err != NULL) {
        char ids[2][40];

        print_ids(query, ids);
        mr_raise(err, MR_EXC_STREAMING, "STREAM_FAILED", "id", ids[0], "runId", ids[1], "message",
                 cause->message, (char *)NULL);
        snprintf(err->message, sizeof(err->message),
                 "[STREAM_FAILED] Query [id = %s, runId = %s] terminated with exception: %.5000s "
                 "SQLSTATE: XXKST",
                 ids[0], ids[1], cause->message);
        snprintf(err->sqlstate, sizeof(err->sqlstate), "XXKST");
        add_identity(err, ids);
        memcpy(err->root_condition, cause->root_condition, sizeof(err->root_condition));
        memcpy(err->hint, cause->hint, sizeof(err->hint));
    }
    free(cause);
    return failed;
}

mr_status mr_query_stop(mr_query *query, mr_error *err)
{
    (void)err;
    mr_stream_stop(query->stream);
    return MR_OK;
}

mr_status mr_query_process_all(mr_query *query, const mr_flag *cancel, mr_error *err)
{
    mr_stream_process_all(query->stream, cancel);
    return mr_query_exception(query, err) ? MR_INVALID : MR_OK;
}

mr_status mr_query_await(mr_query *query, int64_t timeout_ms, const mr_flag *cancel,
                         bool *terminated, mr_error *err)
{
    *terminated = mr_stream_await(query->stream, timeout_ms, cancel);
    return *terminated && mr_query_exception(query, err) ? MR_INVALID : MR_OK;
}

void mr_query_explain(mr_query *query, bool extended, mr_buf *out)
{
    mr_arena *arena = mr_arena_new();
    mr_str *progress;

    if (mr_stream_progress(query->stream, arena, &progress) == 0)
        mr_buf_puts(out, "No physical plan. Waiting for data.");
    else
        mr_buf_printf(out, "%s%s%s== Physical Plan ==\n%s",
                      extended ? "== Optimized Logical Plan ==\n" : "", extended ? query->plan : "",
                      extended ? "\n" : "", query->plan);
    mr_arena_free(arena);
}
