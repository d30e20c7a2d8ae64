/* progress.c - what a trigger did, as Spark's progress JSON, and the listener's events. */
#include "stream/stream_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void put_time(mr_buf *out, int64_t ms)
{
    int64_t seconds = ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
    time_t t = (time_t)seconds;
    struct tm tm;
    char text[64];

    gmtime_r(&t, &tm);
    strftime(text, sizeof(text), "-%m-%dT%H:%M:%S", &tm);
    mr_buf_printf(out, "\"%04d%s.%03dZ\"", tm.tm_year + 1900, text, (int)(ms - seconds * 1000));
}

/* Jackson's text of a double with a decimal point. */
static void put_rate(mr_buf *out, double rate)
{
    char text[64];

    snprintf(text, sizeof(text), "%.15g", rate);
    mr_buf_puts(out, text);
    if (strpbrk(text, ".e") == NULL)
        mr_buf_puts(out, ".0");
}

static void put_name(mr_stream *s, mr_buf *out)
{
    if (s->config.name.len == 0)
        mr_buf_puts(out, "null");
    else
        mr_buf_put_json(out, s->config.name);
}

static void put_duration(mr_buf *out, const char *name, int64_t us, bool *is_first)
{
    if (us < 0)
        return;
    mr_buf_printf(out, "%s\"%s\":%lld", *is_first ? "" : ",", name, (long long)(us / 1000));
    *is_first = false;
}

static void put_durations(mr_stream *s, bool ran, mr_buf *out)
{
    bool is_first = true;

    mr_buf_puts(out, ",\"durationMs\":{");
    if (ran) {
        put_duration(out, "addBatch", s->timing.add_batch, &is_first);
        put_duration(out, "commitOffsets", s->timing.commit_offsets, &is_first);
        put_duration(out, "getBatch", s->timing.get_batch, &is_first);
    }
    put_duration(out, "latestOffset", s->timing.latest_offset, &is_first);
    if (ran) {
        put_duration(out, "queryPlanning", s->timing.planning, &is_first);
    }
    put_duration(out, "triggerExecution", s->timing.trigger, &is_first);
    if (ran)
        put_duration(out, "walCommit", s->timing.wal_commit, &is_first);
    mr_buf_putc(out, '}');
}

/* Spark reports those of the first watermark whose rows there were. */
static const mr_event_stats *event_stats(const mr_stream *s)
{
    for (int i = 0; i < s->config.physical->n_watermarks; i++)
        if (s->event_stats[i].count > 0)
            return &s->event_stats[i];
    return NULL;
}

static void put_event_time(mr_stream *s, bool ran, int64_t watermark_ms, mr_buf *out)
{
    const mr_event_stats *stats = ran ? event_stats(s) : NULL;

    mr_buf_puts(out, ",\"eventTime\":{");
    if (s->config.physical->n_watermarks > 0) {
        if (stats != NULL) {
            mr_buf_puts(out, "\"avg\":");
            put_time(out, (int64_t)(stats->sum_ms / (double)stats->count));
            mr_buf_puts(out, ",\"max\":");
            put_time(out, stats->max_ms);
            mr_buf_puts(out, ",\"min\":");
            put_time(out, stats->min_ms);
            mr_buf_putc(out, ',');
        }
        mr_buf_puts(out, "\"watermark\":");
        put_time(out, watermark_ms);
    }
    mr_buf_putc(out, '}');
}

/* Spark samples the rows of a sort before it ranges them over partitions: the state below is read
 * twice, and its metrics count twice.  A limit above the sort needs no ranges. */
static bool is_sampled(const mr_stream *s)
{
    for (const mr_spec *spec = s->config.physical->root; spec->n_inputs > 0;
         spec = spec->inputs[0]) {
        if (spec->kind == MR_L_LIMIT)
            return false;
        if (spec->kind == MR_L_SORT)
            return s->n_partitions > 1;
    }
    return false;
}

static void put_operator(mr_stream *s, const stream_operator *op, bool ran, mr_buf *out)
{
    int64_t total = op->is_limit ? (op->limit.taken > 0) : mr_groups_count(op->state.groups);
    size_t bytes = op->is_limit ? 0 : mr_groups_bytes(op->state.groups);
    long long times = is_sampled(s) ? 2 : 1;
    int used = op->is_limit || op->groups_spec.n_keys == 0 ? 1 : s->n_partitions;

    mr_buf_printf(out,
                  "{\"operatorName\":\"%s\",\"numRowsTotal\":%lld,\"numRowsUpdated\":%lld,"
                  "\"allUpdatesTimeMs\":0,\"numRowsRemoved\":%lld,\"allRemovalsTimeMs\":0,"
                  "\"commitTimeMs\":0,\"memoryUsedBytes\":%zu,\"numRowsDroppedByWatermark\":%lld,"
                  "\"numShufflePartitions\":%d,\"numStateStoreInstances\":%d,\"customMetrics\":{}}",
                  op->is_limit ? "globalLimit" : "stateStoreSave", (long long)total * times,
                  (long long)(!ran           ? 0
                              : op->is_limit ? op->limit.n_updated
                                             : op->state.n_updated) *
                      times,
                  (long long)(ran && !op->is_limit ? op->state.n_removed : 0), bytes,
                  (long long)(ran && !op->is_limit ? op->state.n_late : 0), s->n_partitions, used);
}

/* Offsets travel as JSON text inside the JSON. */
static void put_offset(mr_buf *out, const char *name, int64_t offset)
{
    if (offset < 0)
        mr_buf_printf(out, ",\"%s\":null", name);
    else
        mr_buf_printf(out, ",\"%s\":\"{\\\"logOffset\\\":%lld}\"", name, (long long)offset);
}

static void put_source(mr_stream *s, int i, bool ran, double since_s, double took_s, mr_buf *out)
{
    int64_t rows = ran ? s->scan_rows[s->source_specs[i]->scan_id] : 0;

    mr_buf_puts(out, "{\"description\":");
    mr_buf_put_json(out, mr_file_source_description(s->sources[i]));
    put_offset(out, "startOffset", s->start[i]);
    put_offset(out, "endOffset", ran ? s->end[i] : s->start[i]);
    mr_buf_printf(out, ",\"latestOffset\":null,\"numInputRows\":%lld,\"inputRowsPerSecond\":",
                  (long long)rows);
    put_rate(out, since_s <= 0 ? 0.0 : (double)rows / since_s);
    mr_buf_puts(out, ",\"processedRowsPerSecond\":");
    put_rate(out, (double)rows / (took_s < 0.001 ? 0.001 : took_s));
    mr_buf_puts(out, ",\"metrics\":{}}");
}

static void put_body(mr_stream *s, bool ran, mr_buf *out)
{
    double since_s =
        s->last_trigger_us == 0 ? 0 : (double)(s->trigger_start_us - s->last_trigger_us) / 1e6;
    double took_s = (double)s->timing.trigger / 1e6;

    mr_buf_printf(out, "{\"id\":\"%s\",\"runId\":\"%s\",\"name\":", s->id, s->run_id);
    put_name(s, out);
    mr_buf_puts(out, ",\"timestamp\":");
    put_time(out, s->trigger_start_us / 1000);
    mr_buf_printf(out, ",\"batchId\":%lld,\"batchDuration\":%lld", (long long)s->batch_id,
                  (long long)(s->timing.trigger / 1000));
    put_durations(s, ran, out);
    put_event_time(s, ran, ran ? s->ran_watermark_ms : s->watermark_ms, out);
    mr_buf_puts(out, ",\"stateOperators\":[");
    for (int i = 0; i < s->n_operators; i++) {
        if (i > 0)
            mr_buf_putc(out, ',');
        put_operator(s, &s->operators[i], ran, out);
    }
    mr_buf_puts(out, "],\"sources\":[");
    for (int i = 0; i < s->n_sources; i++) {
        if (i > 0)
            mr_buf_putc(out, ',');
        put_source(s, i, ran, since_s, took_s, out);
    }
    mr_buf_puts(out, "],\"sink\":{\"description\":");
    mr_buf_put_json(out, s->sink->description);
    mr_buf_printf(out, ",\"numOutputRows\":%lld},\"observedMetrics\":{}}",
                  s->sink->ops->counts_rows ? (long long)(ran ? s->sink->rows : 0) : -1LL);
}

static void keep(mr_stream *s, mr_str text)
{
    int at;

    pthread_mutex_lock(&s->lock);
    if (s->n_progress == PROGRESS_KEPT) {
        at = s->first_progress;
        s->first_progress = (s->first_progress + 1) % PROGRESS_KEPT;
        free(s->texts[at]);
    } else {
        at = (s->first_progress + s->n_progress++) % PROGRESS_KEPT;
    }
    s->texts[at] = mr_malloc(text.len + 1);
    memcpy(s->texts[at], text.ptr, text.len);
    s->texts[at][text.len] = '\0';
    s->progress[at] = (mr_str){ s->texts[at], text.len };
    pthread_mutex_unlock(&s->lock);
}

static void tell(mr_stream *s, int kind, mr_str json)
{
    if (s->config.event != NULL)
        s->config.event(s->config.event_data, kind, json);
}

static void report_idle(mr_stream *s)
{
    mr_buf text = { 0 };

    mr_buf_printf(&text, "{\"id\":\"%s\",\"runId\":\"%s\",\"timestamp\":", s->id, s->run_id);
    put_time(&text, s->trigger_start_us / 1000);
    mr_buf_putc(&text, '}');
    tell(s, MR_EVENT_IDLE, mr_buf_str(&text));
    mr_buf_free(&text);
}

static void show(mr_stream *s, mr_str body)
{
    mr_buf event = { 0 };

    keep(s, body);
    mr_buf_puts(&event, "{\"progress\":");
    mr_buf_add(&event, body);
    mr_buf_putc(&event, '}');
    tell(s, MR_EVENT_PROGRESS, mr_buf_str(&event));
    mr_buf_free(&event);
}

void stream_hold_report(mr_stream *s)
{
    mr_buf_clear(&s->held_report);
    put_body(s, true, &s->held_report);
    s->last_trigger_us = s->trigger_start_us;
}

void stream_report(mr_stream *s, bool ran)
{
    mr_buf body = { 0 };

    if (!ran) {
        if (s->trigger_start_us - s->last_event_us >= s->config.idle_event_ms * 1000) {
            s->last_event_us = s->trigger_start_us;
            report_idle(s);
        }
        s->last_trigger_us = s->trigger_start_us;
        return;
    }
    put_body(s, true, &body);
    s->last_trigger_us = s->trigger_start_us;
    s->last_event_us = s->trigger_start_us;
    if (s->held_report.len > 0)
        show(s, mr_buf_str(&s->held_report));
    mr_buf_free(&s->held_report);
    show(s, mr_buf_str(&body));
    mr_buf_free(&body);
}

void stream_report_started(mr_stream *s)
{
    mr_buf text = { 0 };

    mr_buf_printf(&text, "{\"id\":\"%s\",\"runId\":\"%s\",\"name\":", s->id, s->run_id);
    put_name(s, &text);
    mr_buf_puts(&text, ",\"timestamp\":");
    put_time(&text, mr_os_wall_us(s->config.os) / 1000);
    mr_buf_puts(&text, ",\"jobTags\":[]}");
    tell(s, MR_EVENT_STARTED, mr_buf_str(&text));
    mr_buf_free(&text);
}

void stream_report_terminated(mr_stream *s)
{
    mr_buf text = { 0 }, why = { 0 };

    mr_buf_printf(&text, "{\"id\":\"%s\",\"runId\":\"%s\",\"exception\":", s->id, s->run_id);
    if (s->has_failed) {
        mr_buf_printf(&why, "%s: %s", mr_exception_class(s->failure->exception),
                      s->failure->message);
        mr_buf_put_json(&text, mr_buf_str(&why));
        mr_buf_free(&why);
    } else {
        mr_buf_puts(&text, "null");
    }
    mr_buf_puts(&text, ",\"errorClassOnException\":");
    if (s->has_failed && s->failure->root_condition[0] != '\0')
        mr_buf_put_json(&text, mr_str_from(s->failure->root_condition));
    else
        mr_buf_puts(&text, "null");
    mr_buf_putc(&text, '}');
    tell(s, MR_EVENT_TERMINATED, mr_buf_str(&text));
    mr_buf_free(&text);
}
