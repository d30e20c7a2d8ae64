/* stream.c - one query's coordinator: when triggers happen, who waits for what. */
#include "stream/stream_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define AWAIT_US 200000  /* between looks at a caller's cancel flag */
#define WAIT_US  20000   /* between looks at the stop flag while idle */
#define LOOK_US  1000000 /* the directory is listed at least this often */

void stream_say(mr_stream *s, const char *message, bool has_data, bool is_triggered)
{
    pthread_mutex_lock(&s->lock);
    snprintf(s->message, sizeof(s->message), "%s", message);
    s->has_data = has_data;
    s->is_triggered = is_triggered;
    pthread_mutex_unlock(&s->lock);
}

int stream_first_of(const mr_stream *s, int i)
{
    int first = 0;

    while (first < i && s->sources[first] != s->sources[i])
        first++;
    return first;
}

static void make_arrays(mr_stream *s)
{
    const mr_physical *p = s->config.physical;

    s->n_sources = p->n_sources;
    s->n_operators = p->n_stateful;
    s->sources = MR_NEW_ARRAY(s->arena, mr_file_source *, s->n_sources + 1);
    s->source_specs = MR_NEW_ARRAY(s->arena, const mr_spec *, s->n_sources + 1);
    s->start = MR_NEW_ARRAY(s->arena, int64_t, s->n_sources + 1);
    s->end = MR_NEW_ARRAY(s->arena, int64_t, s->n_sources + 1);
    s->inputs = MR_NEW_ARRAY(s->arena, mr_run_input, p->n_scans + 1);
    s->scan_rows = MR_NEW_ARRAY(s->arena, int64_t, p->n_scans + 1);
    s->event_stats = MR_NEW_ARRAY(s->arena, mr_event_stats, p->n_watermarks + 1);
    s->node_watermarks = MR_NEW_ARRAY(s->arena, int64_t, p->n_watermarks + 1);
    s->operators = MR_NEW_ARRAY(s->arena, stream_operator, s->n_operators + 1);
    s->agg_states = MR_NEW_ARRAY(s->arena, mr_agg_state *, s->n_operators + 1);
    s->limit_states = MR_NEW_ARRAY(s->arena, mr_limit_state *, s->n_operators + 1);
    for (int i = 0; i < p->n_watermarks; i++)
        s->node_watermarks[i] = INT64_MIN;
    for (int i = 0; i < s->n_sources; i++)
        s->start[i] = s->end[i] = -1;
    for (int i = 0, n = 0; i < p->n_scans; i++)
        if (p->scans[i]->scan->is_streaming)
            s->source_specs[n++] = p->scans[i];
    for (int i = 0; i < s->n_operators; i++) {
        s->operators[i].stream = s;
        s->operators[i].spec = p->stateful[i];
        s->operators[i].is_limit = p->stateful[i]->kind == MR_L_LIMIT;
        s->agg_states[i] = &s->operators[i].state;
        s->limit_states[i] = &s->operators[i].limit;
    }
}

mr_status mr_stream_open(const mr_stream_config *config, mr_arena *arena, mr_stream **out,
                         mr_error *err)
{
    mr_stream *s = mr_arena_zalloc(arena, sizeof(*s));
    mr_status status;

    s->config = *config;
    s->arena = arena;
    s->batch_arena = mr_arena_new();
    s->n_partitions = config->shuffle_partitions;
    s->codec = MR_STATE_LZ4;
    s->failure = MR_NEW(arena, mr_error);
    s->offsets_dir = mr_file_join(arena, config->checkpoint, "offsets");
    s->commits_dir = mr_file_join(arena, config->checkpoint, "commits");
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    make_arrays(s);
    stream_say(s, "Initializing sources", false, false);
    MR_CHECK(stream_recover(s, err));
    *out = s;
    return MR_OK;

fail:
    mr_stream_close(s);
    *out = NULL;
    return status;
}

/* --- the coordinator ---------------------------------------------------------------------------
 */

/* How long the directories may go without being listed: the watch does not see everything (network
 * file systems, directories behind a glob), and listing many files is not for nothing. */
static int64_t look_interval_us(const mr_stream *s)
{
    int64_t rest = s->look_cost_us * 100;

    return rest < LOOK_US ? LOOK_US : rest;
}

static bool is_awaited(mr_stream *s)
{
    bool must_look;

    pthread_mutex_lock(&s->lock);
    must_look = s->must_look;
    pthread_mutex_unlock(&s->lock);
    return must_look;
}

/* Waits until `until_us`, or if that is 0 until a change in a source's directory, somebody who
 * waits for it, or the next look; a stop ends it at once. */
static void wait_for_data(mr_stream *s, int64_t until_us)
{
    int64_t end_us = until_us > 0 ? until_us : mr_os_mono_us(s->config.os) + look_interval_us(s);

    while (!s->must_stop) {
        int64_t now = mr_os_mono_us(s->config.os);
        bool changed = false;

        if (now >= end_us || (until_us == 0 && is_awaited(s)))
            return;
        if (s->watch == NULL) {
            int64_t to = now + WAIT_US < end_us ? now + WAIT_US : end_us;

            if (mr_os_sleep_until(s->config.os, to, NULL) != MR_OK)
                return;
        } else if (mr_os_watch_wait(s->watch, end_us - now, &changed, NULL) != MR_OK ||
                   (changed && until_us == 0)) {
            return;
        }
    }
}

static void note_look(mr_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->looks++;
    s->must_look = false;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* Until when to wait after a trigger of a processing-time query: multiples of the interval
 * (TRG-02). */
static int64_t next_tick_us(const mr_stream *s)
{
    int64_t interval_us = s->config.interval_ms * 1000;
    int64_t wall = mr_os_wall_us(s->config.os);
    int64_t next = s->trigger_start_us / interval_us * interval_us + interval_us;

    return mr_os_mono_us(s->config.os) + (next > wall ? next - wall : 0);
}

static mr_status prepare(mr_stream *s, mr_error *err)
{
    if (s->config.trigger != MR_STREAM_AVAILABLE_NOW)
        return MR_OK;
    for (int i = 0; i < s->n_sources; i++)
        if (stream_first_of(s, i) == i)
            MR_TRY(mr_file_source_prepare(s->sources[i], err));
    return MR_OK;
}

static mr_status loop(mr_stream *s, mr_error *err)
{
    bool ran;

    MR_TRY(s->ready);
    MR_TRY(stream_open_operators(s, err));
    MR_TRY(prepare(s, err));
    while (!s->must_stop) {
        MR_TRY(stream_trigger(s, &ran, err));
        if (s->config.trigger == MR_STREAM_ONCE)
            return MR_OK;
        if (!ran)
            note_look(s);
        if (s->config.trigger == MR_STREAM_AVAILABLE_NOW) {
            if (!ran)
                return MR_OK;
        } else if (s->config.interval_ms > 0) {
            stream_say(s, "Waiting for next trigger", false, false);
            wait_for_data(s, next_tick_us(s));
        } else if (!ran) {
            stream_say(s, "Waiting for data to arrive", false, false);
            wait_for_data(s, 0);
        }
    }
    return MR_OK;
}

static void finish(mr_stream *s, mr_status status)
{
    bool failed = status != MR_OK && !(s->must_stop && status == MR_CANCELLED);
    char message[512];

    if (failed)
        snprintf(message, sizeof(message), "Terminated with exception: %.400s",
                 s->failure->message);
    stream_say(s, failed ? message : "Stopped", false, false);
    pthread_mutex_lock(&s->lock);
    s->has_failed = failed;
    pthread_mutex_unlock(&s->lock);
    if (!failed && s->config.is_temporary)
        (void)!mr_file_remove_tree(s->config.os, s->config.checkpoint, NULL);
    mr_os_close(s->lock_file, NULL); /* another run may take the checkpoint over */
    s->lock_file = NULL;
    stream_report_terminated(s);
    pthread_mutex_lock(&s->lock);
    s->is_active = false;
    s->looks++;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* The directory is complete when the query has ended, also if a batch failed.  What cannot be
 * published stays in the journal. */
static mr_status publish_rest(mr_stream *s, mr_status status)
{
    mr_status published;

    if (s->publisher == NULL)
        return status;
    if (status != MR_OK && status != MR_CANCELLED) {
        (void)!mr_publisher_finish(s->publisher, NULL);
        return status;
    }
    published = stream_publish_pair(s->config.os, s->config.checkpoint, s->batch_arena, s->failure);
    if (published == MR_OK)
        published = mr_publisher_finish(s->publisher, s->failure);
    return published == MR_OK ? status : published;
}

/* Without a watch the directories are looked at in intervals.  A query that ends by itself has
 * none: it never waits, and closing one takes the kernel 10 ms. */
static void open_watch(mr_stream *s)
{
    mr_watch *watch = NULL;
    mr_status status = MR_OK;

    for (int i = 0; i < s->n_sources && status == MR_OK; i++) {
        const char *dir = mr_file_source_directory(s->sources[i]);

        status = i == 0 ? mr_os_watch_dir(s->config.os, dir, &watch, NULL)
                        : mr_os_watch_also(watch, dir, NULL);
    }
    if (status != MR_OK) {
        mr_os_watch_close(watch);
        watch = NULL;
    }
    pthread_mutex_lock(&s->lock);
    s->watch = watch;
    pthread_mutex_unlock(&s->lock);
}

static void close_watch(mr_stream *s)
{
    mr_watch *watch;

    pthread_mutex_lock(&s->lock);
    watch = s->watch;
    s->watch = NULL;
    pthread_mutex_unlock(&s->lock);
    mr_os_watch_close(watch);
}

/* Ends the coordinator's wait; called with the lock held. */
static void wake(mr_stream *s)
{
    if (s->watch != NULL)
        mr_os_watch_wake(s->watch);
}

/* An ended query stays addressable for a while; its state does not. */
static void release_state(mr_stream *s)
{
    for (int i = 0; i < s->n_operators; i++) {
        stream_operator *op = &s->operators[i];

        mr_agg_store_close(op->store);
        mr_limit_store_close(op->limit_store);
        mr_groups_free(op->state.groups);
        op->store = NULL;
        op->limit_store = NULL;
        op->state.groups = NULL;
    }
}

static void *coordinate(void *arg)
{
    mr_stream *s = arg;
    mr_status status;

    if (s->ready == MR_OK && s->config.trigger == MR_STREAM_PROCESSING_TIME)
        open_watch(s);
    status = loop(s, s->failure);
    close_watch(s);
    status = publish_rest(s, status);
    release_state(s);
    finish(s, status);
    return NULL;
}

mr_status mr_stream_start(mr_stream *s, mr_error *err)
{
    int code;

    s->is_active = true;
    stream_report_started(s);
    code = pthread_create(&s->thread, NULL, coordinate, s);
    if (code != 0) {
        s->is_active = false;
        return mr_fail_errno(err, code, "starting the query's thread");
    }
    s->has_thread = true;
    return MR_OK;
}

void mr_stream_stop(mr_stream *s)
{
    bool join;

    s->must_stop = true;
    pthread_mutex_lock(&s->lock);
    join = s->has_thread;
    s->has_thread = false;
    wake(s);
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (join)
        pthread_join(s->thread, NULL);
    else
        mr_stream_await(s, -1, NULL);
}

void mr_stream_close(mr_stream *s)
{
    if (s == NULL)
        return;
    mr_stream_stop(s);
    mr_sink_close(s->sink);
    mr_publisher_close(s->publisher);
    for (int i = 0; i < s->n_sources; i++)
        if (stream_first_of(s, i) == i)
            mr_file_source_close(s->sources[i]);
    release_state(s);
    mr_os_close(s->lock_file, NULL);
    for (int i = 0; i < PROGRESS_KEPT; i++)
        free(s->texts[i]);
    mr_buf_free(&s->held_report);
    mr_arena_free(s->batch_arena);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    mr_arena_free(s->arena);
}

/* --- questions from other threads --------------------------------------------------------------
 */

mr_str mr_stream_id(const mr_stream *s)
{
    return (mr_str){ s->id, 36 };
}

mr_str mr_stream_run_id(const mr_stream *s)
{
    return (mr_str){ s->run_id, 36 };
}

mr_str mr_stream_name(const mr_stream *s)
{
    return s->config.name;
}

bool mr_stream_is_active(mr_stream *s)
{
    bool active;

    pthread_mutex_lock(&s->lock);
    active = s->is_active;
    pthread_mutex_unlock(&s->lock);
    return active;
}

bool mr_stream_failed(mr_stream *s, mr_error *err)
{
    bool failed;

    pthread_mutex_lock(&s->lock);
    failed = s->has_failed;
    if (failed && err != NULL)
        *err = *s->failure;
    pthread_mutex_unlock(&s->lock);
    return failed;
}

static void wait_some(mr_stream *s, int64_t us)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += (long)(us % 1000000) * 1000;
    until.tv_sec += us / 1000000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_cond_timedwait(&s->changed, &s->lock, &until);
}

bool mr_stream_await(mr_stream *s, int64_t timeout_ms, const mr_flag *cancel)
{
    int64_t end_us = mr_os_mono_us(mr_os_real()) + timeout_ms * 1000;
    bool ended;

    pthread_mutex_lock(&s->lock);
    while (s->is_active && (cancel == NULL || !*cancel)) {
        int64_t left = end_us - mr_os_mono_us(mr_os_real());

        if (timeout_ms >= 0 && left <= 0)
            break;
        wait_some(s, timeout_ms >= 0 && left < AWAIT_US ? left : AWAIT_US);
    }
    ended = !s->is_active;
    pthread_mutex_unlock(&s->lock);
    return ended;
}

void mr_stream_process_all(mr_stream *s, const mr_flag *cancel)
{
    uint64_t seen;

    pthread_mutex_lock(&s->lock);
    seen = s->looks;
    while (s->is_active && s->looks < seen + 2 && (cancel == NULL || !*cancel)) {
        s->must_look = true;
        wake(s);
        wait_some(s, 50000);
    }
    pthread_mutex_unlock(&s->lock);
}

void mr_stream_status(mr_stream *s, char *message, size_t size, bool *has_data, bool *is_triggered)
{
    pthread_mutex_lock(&s->lock);
    snprintf(message, size, "%s", s->message);
    *has_data = s->has_data;
    *is_triggered = s->is_triggered;
    pthread_mutex_unlock(&s->lock);
}

int mr_stream_progress(mr_stream *s, mr_arena *arena, mr_str **out)
{
    int n;

    pthread_mutex_lock(&s->lock);
    n = s->n_progress;
    *out = MR_NEW_ARRAY(arena, mr_str, n + 1);
    for (int i = 0; i < n; i++)
        (*out)[i] = mr_arena_str(arena, s->progress[(s->first_progress + i) % PROGRESS_KEPT]);
    pthread_mutex_unlock(&s->lock);
    return n;
}
