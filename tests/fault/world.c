/* world.c - one simulated machine and the query on it, through one disturbance to the end. */
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyze/analyze.h"
#include "os/file.h"
#include "sql/sql.h"

#define CHAOS_BLOWS   12
#define STARTS_MAX    (CHAOS_BLOWS + 4) /* of one step */
#define FIRST_FILE_US INT64_C(1699990000000000)

void fault_complain(fault_world *w, const char *format, ...)
{
    va_list args;

    if (w->complaint[0] != '\0')
        return;
    va_start(args, format);
    vsnprintf(w->complaint, sizeof(w->complaint), format, args);
    va_end(args);
}

/* --- the recorder ------------------------------------------------------------------------------
 */

typedef struct recording {
    mr_sink base;
    mr_buf text;
} recording;

static mr_status recorder_open(mr_sink *sink, mr_error *err)
{
    (void)err;
    sink->description = MR_STR("recorder");
    return MR_OK;
}

static mr_status recorder_begin(mr_sink *sink, int64_t batch_id, bool *is_shown, mr_error *err)
{
    (void)batch_id, (void)is_shown, (void)err;
    mr_buf_clear(&((recording *)sink)->text);
    return MR_OK;
}

static mr_status recorder_add(mr_sink *sink, const mr_batch *batch, mr_error *err)
{
    return fault_put_rows(batch, &((recording *)sink)->text, err);
}

/* A batch shown twice must be the same both times: everything about it follows from what was
 * durable when it was first shown. */
static mr_status recorder_commit(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    recording *r = (recording *)sink;
    fault_recorder *recorder = sink->config.console_data;
    mr_str text = mr_buf_str(&r->text);
    char *copy;

    if (mr_sim_is_down(recorder->sim)) /* nobody there to call */
        return mr_fail(err, MR_CANCELLED, "the simulated machine is down");
    fault_sort_lines(&r->text);
    while (recorder->n <= batch_id)
        MR_PUSH(recorder->batches, recorder->n, recorder->capacity, (mr_str){ NULL, 0 });
    if (recorder->batches[batch_id].ptr != NULL &&
        !mr_str_equal(recorder->batches[batch_id], text) && recorder->complaint[0] == '\0')
        snprintf(recorder->complaint, sizeof(recorder->complaint),
                 "batch %lld shown again with other rows: %.100s... before %.100s...",
                 (long long)batch_id, mr_buf_cstr(&r->text), recorder->batches[batch_id].ptr);
    free((char *)(uintptr_t)recorder->batches[batch_id].ptr);
    copy = mr_malloc(text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    recorder->batches[batch_id] = (mr_str){ copy, text.len };
    return MR_OK;
}

static void recorder_close(mr_sink *sink)
{
    mr_buf_free(&((recording *)sink)->text);
}

const mr_sink_ops fault_recorder_ops = {
    .name = "recorder",
    .instance_size = sizeof(recording),
    .open = recorder_open,
    .begin = recorder_begin,
    .add = recorder_add,
    .commit = recorder_commit,
    .close = recorder_close,
};

/* --- the query ---------------------------------------------------------------------------------
 */

typedef struct relations {
    mr_xrel source, marked;
    bool is_marked;
    mr_str path;
} relations;

static mr_status find(void *self, mr_str name, mr_arena *arena, const mr_xrel **rel,
                      const mr_batch **rows, mr_error *err)
{
    relations *r = self;

    (void)arena, (void)rows;
    if (!mr_str_is_nocase(name, "events"))
        return mr_fail(err, MR_NOT_FOUND, "none");
    *rel = r->is_marked ? &r->marked : &r->source;
    return MR_OK;
}

static relations *make_relations(const fault_case *c, mr_arena *arena)
{
    relations *r = MR_NEW(arena, relations);

    r->path = MR_STR(FAULT_IN);
    r->is_marked = c->delay != NULL;
    r->source = (mr_xrel){ .kind = MR_R_READ_SOURCE,
                           .format = mr_str_from(c->format),
                           .schema_text = MR_STR("ts TIMESTAMP, k STRING, v INT, d DOUBLE"),
                           .paths = &r->path,
                           .n_paths = 1,
                           .options = { c->options, c->n_options },
                           .is_streaming = true };
    r->marked = (mr_xrel){ .kind = MR_R_WITH_WATERMARK,
                           .input = &r->source,
                           .name = MR_STR("ts"),
                           .text = mr_str_from(c->delay == NULL ? "" : c->delay) };
    return r;
}

static mr_status make_plan(const fault_case *c, mr_arena *arena, mr_stream_config *config,
                           mr_error *err)
{
    mr_catalog *catalog = MR_NEW(arena, mr_catalog);
    mr_analyze_env env = { .catalog = catalog,
                           .zone = mr_zone_utc(),
                           .ansi = true,
                           .corrupt_column = MR_STR("_corrupt_record"),
                           .default_format = MR_STR("json") };
    mr_physical *physical;
    mr_logical *plan;
    mr_xrel *rel;

    *catalog = (mr_catalog){ .self = make_relations(c, arena), .find = find };
    MR_TRY(mr_sql_parse_query(arena, mr_str_from(c->sql), &rel, err));
    MR_TRY(mr_analyze(rel, &env, arena, &plan, err));
    MR_TRY(mr_analyze_check_streaming(plan, (mr_output_mode)c->mode, err));
    MR_TRY(mr_analyze_optimize(&plan, arena, err));
    MR_TRY(mr_physical_plan(plan, arena, &physical, err));
    config->physical = physical;
    config->schema = mr_logical_schema(arena, plan);
    return MR_OK;
}

mr_status fault_world_stream(fault_world *w, mr_stream_trigger trigger, mr_stream **out,
                             mr_error *err)
{
    const fault_case *c = w->c;
    mr_arena *arena = mr_arena_new();
    mr_stream_config config = { .os = w->os,
                                .pool = w->pool,
                                .mode = c->mode,
                                .trigger = trigger,
                                .checkpoint = FAULT_CKPT,
                                .can_resume = true,
                                .sink_ops = c->sink != NULL ? &mr_sink_file : &fault_recorder_ops,
                                .zone = mr_zone_utc(),
                                .corrupt_column = MR_STR("_corrupt_record"),
                                .shuffle_partitions = c->partitions > 0 ? c->partitions : 3,
                                .no_data_batches = true,
                                .direct_bytes = (size_t)c->direct_bytes,
                                .is_inline = true,
                                .min_batches_to_retain = c->retain,
                                .idle_event_ms = 10000 };

    if (make_plan(c, arena, &config, err) != MR_OK) {
        fault_complain(w, "the plan: %s", err->message);
        mr_arena_free(arena);
        return err->status;
    }
    config.sink = (mr_sink_config){ .os = config.os,
                                    .schema = config.schema,
                                    .zone = config.zone,
                                    .is_complete = c->mode == 3,
                                    .format = c->sink == NULL ? MR_STR("") : mr_str_from(c->sink),
                                    .path = FAULT_OUT,
                                    .console_data = &w->recorder };
    if (c->partition_by != NULL) {
        mr_str *column = MR_NEW(arena, mr_str);

        *column = mr_str_from(c->partition_by);
        config.sink.partition_by = column;
        config.sink.n_partition_by = 1;
    }
    return mr_stream_open(&config, arena, out, err);
}

/* --- lives -------------------------------------------------------------------------------------
 */

static uint64_t mixed(uint64_t a, uint64_t b)
{
    uint64_t z = (a + 1) * UINT64_C(0x9e3779b97f4a7c15) + b * UINT64_C(0xbf58476d1ce4e5b9);

    z = (z ^ (z >> 30)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Anything, soon. */
static fault_blow chaotic_blow(const fault_world *w)
{
    uint64_t r = mixed(w->plan.seed * 1000 + w->plan.point, (uint64_t)w->n_blows);

    return (fault_blow){ .at = w->passed + 1 + r / 16 % (r & 1 ? 12 : 120),
                         .loss = r & 2 ? MR_SIM_POWER : MR_SIM_KILL,
                         .is_error = (r & 12) == 12,
                         .error = (mr_sim_fault)(r / 4096 % 3),
                         .forever = r / 32768 % 4 == 0 };
}

static fault_blow next_blow(const fault_world *w)
{
    const fault_plan *plan = &w->plan;

    if (plan->is_chaos)
        return w->n_blows < CHAOS_BLOWS ? chaotic_blow(w) : (fault_blow){ 0 };
    if (w->n_blows == 0)
        return (fault_blow){ .at = plan->point,
                             .is_read = plan->is_read,
                             .is_error = plan->is_error,
                             .error = plan->error,
                             .forever = plan->forever,
                             .loss = plan->loss };
    if (w->n_blows == 1 && plan->again > 0)
        return (fault_blow){ .at = w->passed + plan->again, .loss = plan->loss_again };
    return (fault_blow){ 0 };
}

/* Before the query runs: where it is to be hit. */
static void life_begin(fault_world *w)
{
    uint64_t now = mr_sim_points(w->sim);

    w->life_began = now;
    w->reads_began = mr_sim_reads(w->sim);
    mr_sim_forget_strike(w->sim);
    if (w->blow.at == 0)
        return;
    if (w->blow.is_read)
        mr_sim_fail_read_at(w->sim, w->reads_began + w->blow.at - w->reads);
    else if (w->blow.is_error)
        mr_sim_fail_at(w->sim, now + w->blow.at - w->passed, w->blow.error, w->blow.forever);
    else
        mr_sim_crash_at(w->sim, now + w->blow.at - w->passed);
}

/* `millrace checkpoint publish` before the query starts. */
static mr_status publish(fault_world *w, mr_error *err)
{
    int64_t version;
    bool had_journal;
    mr_status status = mr_stream_publish(w->os, FAULT_CKPT, &version, &had_journal, err);

    return status == MR_NOT_FOUND ? MR_OK : status;
}

static mr_status open_stream(fault_world *w, mr_stream_trigger trigger, mr_stream **out,
                             mr_error *err)
{
    if (w->c->publishes)
        MR_TRY(publish(w, err));
    MR_TRY(fault_world_stream(w, trigger, out, err));
    return mr_stream_start(*out, err);
}

static void note_strike(fault_world *w)
{
    size_t n = strlen(w->strike);

    snprintf(w->strike + n, sizeof(w->strike) - n, "%s%s", n > 0 ? ", " : "",
             mr_sim_strike(w->sim));
}

/* After the process ended, `failed` telling how the query did: true = it must be started again. */
static bool life_end(fault_world *w, bool failed, const mr_error *err)
{
    bool struck = mr_sim_strike(w->sim)[0] != '\0';
    bool was_down = mr_sim_is_down(w->sim);
    fault_blow blow = w->blow;

    mr_sim_fail_at(w->sim, 0, MR_SIM_EIO, false);
    mr_sim_crash_at(w->sim, 0);
    mr_sim_fail_read_at(w->sim, 0);
    w->passed += mr_sim_points(w->sim) - w->life_began;
    w->reads += mr_sim_reads(w->sim) - w->reads_began;
    if (mr_sim_handles(w->sim) > 0)
        fault_complain(w, "%d handles are still open after the query was closed",
                       mr_sim_handles(w->sim));
    if (struck) {
        note_strike(w);
        w->n_blows++;
        w->blow = next_blow(w);
    }
    if (was_down || (struck && blow.is_error && blow.loss == MR_SIM_POWER)) {
        mr_sim_restart(w->sim, blow.loss, mixed(w->plan.seed, w->passed));
        return true;
    }
    if (struck && !failed && strncmp(mr_sim_strike(w->sim), "sync", 4) == 0)
        fault_complain(w, "a sync failed (%s) and the query went on", mr_sim_strike(w->sim));
    if (!struck && failed)
        fault_complain(w, "the query failed by itself after %s: %s", w->strike, err->message);
    return failed;
}

static bool may_start(fault_world *w)
{
    if (w->starts++ >= STARTS_MAX)
        fault_complain(w, "the query did not end in %d starts; hit: %s", STARTS_MAX, w->strike);
    return w->complaint[0] == '\0';
}

static void drop(fault_world *w, int k)
{
    mr_buf text = { 0 };
    char path[64];

    snprintf(path, sizeof(path), "%s/%03d.%s", FAULT_IN, k, w->c->format);
    w->starts = 0;
    w->c->make_file(k, &text);
    mr_sim_place(w->sim, path, mr_buf_str(&text), FIRST_FILE_US + k * INT64_C(1000000));
    mr_buf_free(&text);
}

/* Runs until everything that is there has been processed. */
static void run_out(fault_world *w)
{
    mr_error *err = mr_calloc(1, sizeof(*err));
    bool failed;

    do {
        mr_stream *stream = NULL;

        if (!may_start(w))
            break;
        mr_error_clear(err);
        life_begin(w);
        failed = open_stream(w, MR_STREAM_AVAILABLE_NOW, &stream, err) != MR_OK;
        if (!failed) {
            mr_stream_await(stream, -1, NULL);
            failed = mr_stream_failed(stream, err);
        }
        mr_stream_close(stream);
    } while (life_end(w, failed, err));
    free(err);
}

/* The query stays up; *stream is the running one, NULL = to be started. */
static void settle(fault_world *w, mr_stream **stream, mr_error *err)
{
    for (;;) {
        bool failed = false;

        if (*stream == NULL) {
            if (!may_start(w))
                return;
            mr_error_clear(err);
            life_begin(w);
            failed = open_stream(w, MR_STREAM_PROCESSING_TIME, stream, err) != MR_OK;
        }
        if (!failed) {
            mr_stream_process_all(*stream, NULL);
            failed = mr_stream_failed(*stream, err);
        }
        if (!failed && !mr_sim_is_down(w->sim))
            return;
        mr_stream_close(*stream);
        *stream = NULL;
        life_end(w, failed, err);
    }
}

static void run_live(fault_world *w)
{
    mr_error *err = mr_calloc(1, sizeof(*err));
    mr_stream *stream = NULL;

    for (int k = 0; k < w->c->n_files && w->complaint[0] == '\0'; k++) {
        drop(w, k);
        settle(w, &stream, err);
    }
    if (stream != NULL) {
        bool failed;

        mr_stream_stop(stream);
        failed = mr_stream_failed(stream, err);
        mr_stream_close(stream);
        life_end(w, failed, err); /* the next start makes up for it */
    }
    free(err);
}

void fault_world_run(fault_world *w)
{
    const fault_case *c = w->c;

    if (c->style == FAULT_LIVE) {
        run_live(w);
    } else {
        for (int k = 0; k < c->n_files && w->complaint[0] == '\0'; k++) {
            drop(w, k);
            if (c->style == FAULT_STEPS || k + 1 == c->n_files)
                run_out(w);
        }
    }
    drop(w, c->n_files);
    run_out(w);
    if (w->recorder.complaint[0] != '\0')
        fault_complain(w, "%s", w->recorder.complaint);
}

void fault_world_open(fault_world *w, const fault_case *c, const fault_plan *plan, mr_pool *pool)
{
    static const mr_str nothing = { "", 0 };

    *w = (fault_world){ .c = c, .plan = *plan, .pool = pool };
    w->sim = mr_sim_new(mixed(plan->seed, plan->point));
    w->os = mr_sim_os(w->sim);
    w->recorder.sim = w->sim;
    w->blow = next_blow(w);
    mr_sim_set_tick(w->sim, c->tick_us);
    mr_sim_ignore_syncs(w->sim, plan->ignored);
    mr_sim_place(w->sim, FAULT_IN "/.keep", nothing, FIRST_FILE_US);
    mr_sim_mount(w->sim, FAULT_MOUNT);
}

void fault_world_close(fault_world *w)
{
    for (int i = 0; i < w->recorder.n; i++)
        free((char *)(uintptr_t)w->recorder.batches[i].ptr);
    free(w->recorder.batches);
    mr_sim_free(w->sim);
}
