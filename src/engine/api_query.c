/* api_query.c - the public library: streaming queries. */
#include <stdlib.h>

#include "engine/api_priv.h"

_Static_assert((int)MILLRACE_TRIGGER_PROCESSING_TIME == (int)MR_TRIGGER_PROCESSING_TIME &&
                   (int)MILLRACE_TRIGGER_AVAILABLE_NOW == (int)MR_TRIGGER_AVAILABLE_NOW &&
                   (int)MILLRACE_TRIGGER_ONCE == (int)MR_TRIGGER_ONCE,
               "the two lists of triggers agree");

/* The user's options with the checkpoint behind them, where it wins. */
static mr_status sink_options(mr_arena *arena, const millrace_sink *sink, mr_options *out,
                              mr_error *err)
{
    mr_options given;
    mr_option_pair *pairs;

    MR_TRY(mr_api_options(arena, sink->options, &given, err));
    *out = given;
    if (sink->checkpoint == NULL)
        return MR_OK;
    pairs = MR_NEW_ARRAY(arena, mr_option_pair, given.n + 1);
    for (int i = 0; i < given.n; i++)
        pairs[i] = given.pairs[i];
    pairs[given.n] =
        (mr_option_pair){ MR_STR("checkpointLocation"), mr_api_text(arena, sink->checkpoint) };
    *out = (mr_options){ pairs, given.n + 1 };
    return MR_OK;
}

static mr_status make_stream(mr_arena *arena, const millrace_frame *frame,
                             const millrace_sink *sink, mr_xstream *out, mr_error *err)
{
    *out = (mr_xstream){ 0 };
    out->input = (mr_xrel *)frame->rel; /* only read */
    out->format = mr_api_text(arena, sink->format);
    MR_TRY(sink_options(arena, sink, &out->options, err));
    out->partition_names = mr_api_texts(arena, sink->partition_by, &out->n_partition_names);
    out->trigger = (mr_trigger_kind)sink->trigger;
    out->trigger_text = mr_api_text(arena, sink->interval);
    out->output_mode = mr_api_text(arena, sink->output_mode);
    out->query_name = mr_api_text(arena, sink->query_name);
    out->path = mr_api_text(arena, sink->path);
    return MR_OK;
}

static const char *misuse_of(const millrace_sink *sink)
{
    if (sink == NULL || sink->size < sizeof(*sink))
        return "millrace_sink: size is not set";
    if ((int)sink->trigger < 0 || sink->trigger > MILLRACE_TRIGGER_ONCE)
        return "millrace_sink: no such trigger";
    if ((sink->trigger == MILLRACE_TRIGGER_PROCESSING_TIME) != (sink->interval != NULL))
        return "millrace_sink: interval belongs to MILLRACE_TRIGGER_PROCESSING_TIME, and only "
               "there";
    return NULL;
}

static millrace_query *make_handle(mr_query *query)
{
    millrace_query *self = mr_calloc(1, sizeof(*self));

    self->query = query;
    self->arena = mr_arena_new();
    self->progress = mr_arena_new();
    self->id = mr_arena_cstr(self->arena, mr_query_id(query));
    self->run_id = mr_arena_cstr(self->arena, mr_query_run_id(query));
    self->name = mr_arena_cstr(self->arena, mr_query_name(query));
    return self;
}

millrace_query *millrace_start(const millrace_frame *frame, const millrace_sink *sink,
                               millrace_error *err)
{
    const char *misuse;
    mr_error failure = { 0 };
    mr_query *query = NULL;
    mr_xstream stream;
    mr_arena *arena;
    mr_status status;

    if (frame == NULL)
        return NULL;
    misuse = misuse_of(sink);
    if (misuse != NULL) {
        mr_api_misuse(err, misuse);
        return NULL;
    }
    arena = mr_arena_new();
    status = make_stream(arena, frame, sink, &stream, &failure);
    if (status == MR_OK)
        status = mr_session_start(frame->session->session, &stream, &query, &failure);
    mr_arena_free(arena);
    if (status != MR_OK) {
        mr_api_fail(err, status, &failure);
        return NULL;
    }
    return make_handle(query);
}

void millrace_query_free(millrace_query *query)
{
    if (query == NULL)
        return;
    mr_query_unref(query->query);
    mr_arena_free(query->arena);
    mr_arena_free(query->progress);
    free(query);
}

const char *millrace_query_id(const millrace_query *query)
{
    return query->id;
}

const char *millrace_query_run_id(const millrace_query *query)
{
    return query->run_id;
}

const char *millrace_query_name(const millrace_query *query)
{
    return query->name;
}

bool millrace_query_is_active(millrace_query *query)
{
    mr_query_state state;

    if (query == NULL)
        return false;
    mr_query_status(query->query, &state);
    return state.is_active;
}

millrace_status millrace_query_process_all_available(millrace_query *query, millrace_error *err)
{
    mr_error failure = { 0 };
    mr_status status;

    if (query == NULL)
        return MILLRACE_INVALID;
    status = mr_query_process_all(query->query, NULL, &failure);
    return status == MR_OK ? MILLRACE_OK : mr_api_fail(err, status, &failure);
}

millrace_status millrace_query_await(millrace_query *query, int64_t timeout_ms, bool *ended,
                                     millrace_error *err)
{
    mr_error failure = { 0 };
    bool terminated = false;
    mr_status status;

    if (query == NULL)
        return MILLRACE_INVALID;
    status = mr_query_await(query->query, timeout_ms, NULL, &terminated, &failure);
    if (ended != NULL)
        *ended = terminated;
    return status == MR_OK ? MILLRACE_OK : mr_api_fail(err, status, &failure);
}

millrace_status millrace_query_stop(millrace_query *query, millrace_error *err)
{
    mr_error failure = { 0 };
    mr_status status;

    if (query == NULL)
        return MILLRACE_INVALID;
    status = mr_query_stop(query->query, &failure);
    return status == MR_OK ? MILLRACE_OK : mr_api_fail(err, status, &failure);
}

bool millrace_query_exception(millrace_query *query, millrace_error *err)
{
    mr_error failure = { 0 };

    if (query == NULL || !mr_query_exception(query->query, &failure))
        return false;
    mr_api_fail(err, failure.status == MR_OK ? MR_INVALID : failure.status, &failure);
    return true;
}

const char *millrace_query_last_progress(millrace_query *query)
{
    mr_str *texts;

    mr_arena_reset(query->progress);
    if (mr_query_progress(query->query, true, query->progress, &texts) == 0)
        return NULL;
    return mr_arena_cstr(query->progress, texts[0]);
}
