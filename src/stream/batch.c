/* batch.c - one trigger: look, construct a batch, run it, commit it. */
#include "stream/stream_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/metadata_log.h"

static int64_t now_us(const mr_stream *s)
{
    return mr_os_mono_us(s->config.os);
}

/* --- constructing ------------------------------------------------------------------------------
 */

/* Where source i ends for the next batch.  What the source logged before a crash and no batch has
 * taken is a batch of its own: the answer does not depend on where the crash was. */
static mr_status look_at(mr_stream *s, int i, mr_error *err)
{
    bool unlimited = s->config.trigger == MR_STREAM_ONCE;
    int first = stream_first_of(s, i);

    if (first < i) {
        s->end[i] = s->end[first];
        return MR_OK;
    }
    s->end[i] = mr_file_source_offset(s->sources[i]);
    return s->end[i] > s->start[i] && !unlimited
               ? MR_OK
               : mr_file_source_latest(s->sources[i], unlimited, &s->end[i], err);
}

static mr_status look(mr_stream *s, bool *has_data, mr_error *err)
{
    int64_t began = now_us(s);

    *has_data = false;
    for (int i = 0; i < s->n_sources; i++) {
        char message[256];

        snprintf(message, sizeof(message), "Getting offsets from %.*s",
                 MR_STR_ARG(mr_file_source_description(s->sources[i])));
        stream_say(s, message, false, true);
        MR_TRY(look_at(s, i, err));
        *has_data |= s->end[i] > s->start[i];
    }
    if (!*has_data)
        s->look_cost_us = now_us(s) - began;
    s->timing.latest_offset += now_us(s) - began;
    return MR_OK;
}

bool stream_wants_no_data_batch(const mr_stream *s)
{
    if (!s->config.no_data_batches || !s->has_run || s->config.mode == 3 ||
        s->config.trigger == MR_STREAM_ONCE)
        return false;
    for (int i = 0; i < s->n_operators; i++)
        if (!s->operators[i].is_limit && s->watermark_ms > s->ran_watermark_ms)
            return true;
    return false;
}

mr_status stream_has_more(mr_stream *s, bool *has_data, mr_error *err)
{
    *has_data = false;
    for (int i = 0; i < s->n_sources; i++) {
        int64_t end = mr_file_source_offset(s->sources[i]);

        if (stream_first_of(s, i) == i && end <= s->end[i])
            MR_TRY(mr_file_source_latest(s->sources[i], false, &end, err));
        *has_data |= end > s->end[i];
    }
    return MR_OK;
}

/* Spark finds a watermark above another one when it asks what the next batch does with it. */
static mr_status check_watermarks(const mr_stream *s, bool has_data, mr_error *err)
{
    bool asks = s->config.no_data_batches && s->has_run && s->config.trigger != MR_STREAM_ONCE;

    if (!s->config.physical->redefines_watermark || s->watermark_ms <= 0 || !(has_data || asks))
        return MR_OK;
    return mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_3076",
                         "Redefining watermark is disallowed. You can set the config "
                         "'spark.sql.streaming.statefulOperator.allowMultiple' to 'false' to "
                         "restore the previous behavior. Note that multiple stateful operators "
                         "will be disallowed.");
}

static mr_str offset_text(mr_stream *s, int64_t offset)
{
    return offset < 0 ? (mr_str){ NULL, 0 }
                      : mr_arena_printf(s->batch_arena, "{\"logOffset\":%lld}", (long long)offset);
}

static mr_log_conf conf(const char *key, mr_str value)
{
    return (mr_log_conf){ mr_str_from(key), value };
}

#define CONF(name) "spark.sql.streaming." name

static mr_status log_offsets(mr_stream *s, mr_error *err)
{
    mr_log_conf confs[] = {
        conf(CONF("stateStore.providerClass"),
             MR_STR("org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider")),
        conf(CONF("stateStore.rocksdb.formatVersion"), MR_STR("5")),
        conf(CONF("stateStore.encodingFormat"), MR_STR("unsaferow")),
        conf(CONF("statefulOperator.useStrictDistribution"), MR_STR("true")),
        conf(CONF("flatMapGroupsWithState.stateFormatVersion"), MR_STR("2")),
        conf(CONF("multipleWatermarkPolicy"), s->config.policy_max ? MR_STR("max") : MR_STR("min")),
        conf(CONF("aggregation.stateFormatVersion"), MR_STR("2")),
        conf("spark.sql.shuffle.partitions",
             mr_arena_printf(s->batch_arena, "%d", s->n_partitions)),
        conf(CONF("join.stateFormatVersion"), MR_STR("2")),
        conf(CONF("stateStore.compression.codec"),
             s->codec == MR_STATE_ZSTD ? MR_STR("zstd") : MR_STR("lz4")),
        conf("spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan", MR_STR("false")),
    };
    mr_offset_entry entry = { .watermark_ms = s->watermark_ms,
                              .timestamp_ms = s->batch_time_ms,
                              .conf = confs,
                              .n_conf = (int)(sizeof(confs) / sizeof(confs[0])),
                              .n_offsets = s->n_sources };
    mr_buf text = { 0 };
    mr_status status;

    entry.offsets = MR_NEW_ARRAY(s->batch_arena, mr_str, s->n_sources + 1);
    for (int i = 0; i < s->n_sources; i++)
        entry.offsets[i] = offset_text(s, s->end[i]);
    mr_offset_entry_print(&entry, &text);
    MR_CHECK(mr_os_mkdirs(s->config.os, s->offsets_dir, err));
    status = mr_log_write(s->config.os, s->offsets_dir, s->batch_id, false, mr_buf_str(&text), true,
                          err);
fail:
    mr_buf_free(&text);
    if (status == MR_CONFLICT) {
        char id[24];

        snprintf(id, sizeof(id), "%lld", (long long)s->batch_id);
        mr_raise(err, MR_EXC_SPARK, "CONCURRENT_STREAM_LOG_UPDATE", "batchId", id, (char *)NULL);
    }
    return status;
}

/* Sources may forget what the batch before is done with; old log entries go. */
static mr_status tidy(mr_stream *s, mr_error *err)
{
    int64_t oldest = s->batch_id - s->config.min_batches_to_retain;

    for (int i = 0; i < s->n_sources; i++)
        MR_TRY(mr_file_source_commit(s->sources[i], s->start[i], err));
    if (oldest <= 0)
        return MR_OK;
    MR_TRY(mr_log_purge(s->config.os, s->offsets_dir, oldest, err));
    return mr_log_purge(s->config.os, s->commits_dir, oldest, err);
}

/* The batch without input that is committed together with the one before it. */
static mr_status construct_second(mr_stream *s, mr_error *err)
{
    int64_t began = now_us(s);
    bool is_logged = s->must_hold;

    stream_say(s, "Writing offsets to log", false, true);
    s->must_hold = false;
    if (is_logged && s->paired_watermark_ms != s->watermark_ms)
        return stream_other_pair(s, err);
    s->batch_time_ms = is_logged ? s->paired_time_ms : mr_os_wall_us(s->config.os) / 1000;
    if (!is_logged)
        MR_TRY(log_offsets(s, err));
    s->timing.wal_commit += now_us(s) - began;
    return MR_OK;
}

/* Decides on the next batch and logs it; *due = false: there is nothing to do. */
static mr_status construct(mr_stream *s, bool *due, bool *has_data, mr_error *err)
{
    int64_t began;

    if (s->is_holding) {
        *due = true;
        return construct_second(s, err);
    }
    if (s->must_rerun) {
        s->must_rerun = false;
        *has_data = true;
        *due = true;
        return MR_OK;
    }
    MR_TRY(look(s, has_data, err));
    MR_TRY(check_watermarks(s, *has_data, err));
    *due = *has_data || stream_wants_no_data_batch(s);
    if (!*due)
        return MR_OK;
    stream_say(s, "Writing offsets to log", true, true);
    began = now_us(s);
    s->batch_time_ms = mr_os_wall_us(s->config.os) / 1000;
    MR_TRY(log_offsets(s, err));
    MR_TRY(tidy(s, err));
    s->timing.wal_commit += now_us(s) - began;
    return MR_OK;
}

/* --- running -----------------------------------------------------------------------------------
 */

static mr_status gather_inputs(mr_stream *s, mr_error *err)
{
    for (int i = 0; i < s->n_sources; i++) {
        mr_listed_file *files;
        mr_run_file *list;
        int n;

        MR_TRY(mr_file_source_files(s->sources[i], s->start[i], s->end[i], s->batch_arena, &files,
                                    &n, err));
        list = MR_NEW_ARRAY(s->batch_arena, mr_run_file, n + 1);
        for (int f = 0; f < n; f++)
            list[f] = (mr_run_file){ files[f].path, files[f].size, files[f].mtime_ms };
        s->inputs[s->source_specs[i]->scan_id] = (mr_run_input){ list, n };
    }
    return MR_OK;
}

static mr_status list_static(mr_stream *s, mr_error *err)
{
    for (int i = 0; i < s->config.physical->n_scans; i++) {
        const mr_scan *scan = s->config.physical->scans[i]->scan;
        mr_listed_file *files;
        mr_run_file *list;
        int n;

        if (scan->is_streaming)
            continue;
        MR_TRY(mr_file_list(s->config.os, scan->paths[0], &scan->options, s->batch_arena, &files,
                            &n, err));
        list = MR_NEW_ARRAY(s->batch_arena, mr_run_file, n + 1);
        for (int f = 0; f < n; f++)
            list[f] = (mr_run_file){ files[f].path, files[f].size, files[f].mtime_ms };
        s->inputs[i] = (mr_run_input){ list, n };
    }
    return MR_OK;
}

static int64_t ms_to_us(int64_t ms)
{
    int64_t us;

    return __builtin_mul_overflow(ms, 1000, &us) ? (ms < 0 ? INT64_MIN : INT64_MAX) : us;
}

static void set_watermarks(mr_stream *s)
{
    bool has_watermark = s->config.physical->n_watermarks > 0;

    for (int i = 0; i < s->n_operators; i++) {
        mr_agg_state *state = &s->operators[i].state;

        state->late_us = has_watermark ? ms_to_us(s->last_watermark_ms) : INT64_MIN;
        state->evict_us = has_watermark ? ms_to_us(s->watermark_ms) : INT64_MIN;
        state->n_updated = state->n_removed = state->n_late = 0;
        s->operators[i].limit.n_updated = 0;
    }
}

static mr_status add_rows(void *data, const mr_batch *batch, mr_error *err)
{
    return mr_sink_add(data, batch, err);
}

static mr_status encode_rows(void *data, const mr_batch *batch, mr_buf *out, mr_error *err)
{
    return mr_sink_encode(data, batch, out, err);
}

static mr_status append_rows(void *data, mr_str bytes, int64_t rows, mr_error *err)
{
    return mr_sink_append(data, bytes, rows, err);
}

static mr_status execute(mr_stream *s, mr_error *err)
{
    static const mr_run_text text = { encode_rows, append_rows };
    mr_run run = { .os = s->config.os,
                   .pool = s->config.pool,
                   .physical = s->config.physical,
                   .inputs = s->inputs,
                   .zone = s->config.zone,
                   .case_sensitive = s->config.case_sensitive,
                   .legacy_time = s->config.legacy_time,
                   .corrupt_column = s->config.corrupt_column,
                   .batch_time_us = ms_to_us(s->batch_time_ms),
                   .agg_states = s->agg_states,
                   .limit_states = s->limit_states,
                   .cancel = &s->must_stop,
                   .text = mr_sink_encodes(s->sink) ? &text : NULL };
    mr_run_stats stats = { s->event_stats, s->scan_rows };

    memset(s->event_stats, 0, sizeof(*s->event_stats) * (size_t)s->config.physical->n_watermarks);
    memset(s->scan_rows, 0, sizeof(*s->scan_rows) * (size_t)s->config.physical->n_scans);
    return mr_run_execute(&run, &stats, add_rows, s->sink, err);
}

/* What the batch changed, into the journal. */
static mr_status commit_state(mr_stream *s, mr_error *err)
{
    mr_state_changes *changes;
    mr_status status;

    if (s->publisher == NULL)
        return MR_OK;
    changes = mr_calloc((size_t)s->n_operators, sizeof(*changes));
    for (int i = 0; i < s->n_operators; i++) {
        stream_operator *op = &s->operators[i];

        if (!op->is_limit)
            mr_agg_store_take(op->store, &changes[i]);
        else if (op->limit.n_updated > 0)
            mr_limit_store_changed(op->limit_store, op->limit.taken, &changes[i]);
    }
    if (s->is_holding)
        mr_publisher_skip(s->publisher);
    status = mr_publisher_commit(s->publisher, s->batch_id + 1, changes, err);
    free(changes);
    return status;
}

/* The watermark after a batch (WM-03, WM-04). */
static void move_watermark(mr_stream *s)
{
    int64_t global = s->config.policy_max ? INT64_MIN : INT64_MAX;

    s->has_run = true;
    s->ran_watermark_ms = s->watermark_ms;
    for (int i = 0; i < s->config.physical->n_watermarks; i++) {
        int64_t value;

        if (s->event_stats[i].count > 0) {
            value = s->event_stats[i].max_ms - s->config.physical->watermarks[i]->delay_ms;
            if (value > s->node_watermarks[i])
                s->node_watermarks[i] = value;
        }
        value = s->node_watermarks[i] == INT64_MIN ? 0 : s->node_watermarks[i];
        if (s->config.policy_max ? value > global : value < global)
            global = value;
    }
    s->last_watermark_ms = s->watermark_ms;
    if (s->config.physical->n_watermarks > 0 && global > s->watermark_ms)
        s->watermark_ms = global;
}

static mr_status commit_batch(mr_stream *s, mr_error *err)
{
    int64_t began = now_us(s);
    mr_buf text = { 0 };
    mr_status status;

    mr_commit_entry_print(s->watermark_ms, &text);
    MR_CHECK(mr_os_mkdirs(s->config.os, s->commits_dir, err));
    status = mr_log_write(s->config.os, s->commits_dir, s->batch_id, false, mr_buf_str(&text), true,
                          err);
fail:
    mr_buf_free(&text);
    if (status == MR_OK && s->is_holding)
        status = stream_end_pair(s, err);
    if (status == MR_OK && s->publisher != NULL)
        status = mr_publisher_committed(s->publisher, err);
    s->timing.commit_offsets += now_us(s) - began;
    return status;
}

/* Spark looks for the one event time of an aggregation's keys when late rows are to go. */
static mr_status check_event_times(const mr_stream *s, mr_error *err)
{
    if (s->config.physical->event_times == NULL || s->config.mode == 3)
        return MR_OK;
    return mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_3077",
                         "More than one event time columns are available. Please ensure there is "
                         "at most one event time column per stream. event time columns: (%s)",
                         s->config.physical->event_times);
}

/* The batch is durable, then shown, then done. */
static mr_status commit(mr_stream *s, mr_error *err)
{
    int64_t began = now_us(s);

    MR_TRY(commit_state(s, err));
    MR_TRY(mr_sink_commit(s->sink, s->batch_id, err));
    s->timing.add_batch += now_us(s) - began;
    return commit_batch(s, err);
}

/* Computes a batch; *done = false: it is held. */
static mr_status run_batch(mr_stream *s, bool has_data, bool *done, mr_error *err)
{
    int64_t began = now_us(s);
    bool was_holding = s->is_holding;

    MR_TRY(check_event_times(s, err));
    stream_say(s, has_data ? "Processing new data" : "No new data but cleaning up state", has_data,
               true);
    MR_TRY(gather_inputs(s, err));
    MR_TRY(list_static(s, err));
    s->timing.get_batch += now_us(s) - began;
    began = now_us(s);
    set_watermarks(s);
    MR_TRY(mr_sink_begin(s->sink, s->batch_id, err));
    MR_TRY(execute(s, err));
    move_watermark(s);
    if (!was_holding)
        MR_TRY(stream_settle_postponed(s, err));
    s->timing.add_batch += now_us(s) - began;
    *done = was_holding || !s->is_holding;
    return *done ? commit(s, err) : MR_OK;
}

mr_status stream_trigger(mr_stream *s, bool *ran, mr_error *err)
{
    bool has_data = false, done = true;

    memset(&s->timing, 0, sizeof(s->timing));
    s->trigger_start_us = mr_os_wall_us(s->config.os);
    mr_arena_reset(s->batch_arena);
    *ran = false;
    MR_TRY(construct(s, ran, &has_data, err));
    if (*ran)
        MR_TRY(run_batch(s, has_data, &done, err));
    s->timing.trigger = mr_os_wall_us(s->config.os) - s->trigger_start_us;
    if (done)
        stream_report(s, *ran);
    else
        stream_hold_report(s);
    if (*ran) {
        memcpy(s->start, s->end, sizeof(*s->start) * (size_t)s->n_sources);
        s->batch_id++;
    }
    return MR_OK;
}
