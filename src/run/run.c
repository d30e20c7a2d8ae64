/* run.c - one execution of a physical plan. */
#include "run/run_priv.h"

static int n_lanes(void *data, int scan_id)
{
    const mr_run *run = data;

    return mr_lane_count(run, run->physical->scans[scan_id]);
}

static mr_status open_reader(void *data, const mr_spec *scan, int lane, mr_op_reader *out,
                             mr_error *err)
{
    return mr_lane_open(data, scan, lane, out, err);
}

static mr_status pull(mr_operator *root, mr_run_rows rows, void *data, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_status status;
    mr_batch *batch;

    for (;;) {
        mr_arena_reset(arena);
        MR_CHECK(mr_operator_next(root, arena, &batch, err));
        if (batch == NULL)
            break;
        if (batch->sel.n > 0)
            MR_CHECK(rows(data, batch, err));
    }
fail:
    mr_arena_free(arena);
    return status;
}

mr_status mr_run_execute(const mr_run *run, mr_run_stats *stats, mr_run_rows rows, void *data,
                         mr_error *err)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    mr_run copy = *run;
    mr_op_context context = {
        .pool = run->pool,
        .batch_time_us = run->batch_time_us,
        .n_lanes = n_lanes,
        .open_reader = open_reader,
        .data = &copy,
        .agg_states = run->agg_states,
        .limit_states = run->limit_states,
        .lock = &lock,
        .event_stats = stats == NULL ? NULL : stats->event_stats,
        .scan_rows = stats == NULL ? NULL : stats->scan_rows,
        .cancel = run->cancel,
    };
    mr_operator *root;
    mr_status status;

    MR_TRY(mr_operator_open(run->physical->root, &context, -1, &root, err));
    status = pull(root, rows, data, err);
    mr_operator_close(root);
    pthread_mutex_destroy(&lock);
    return status;
}

mr_status mr_run_check_scan(const mr_run *run, const mr_scan *scan, mr_error *err)
{
    const mr_format *format = mr_format_find(scan->format);
    mr_arena *arena = mr_arena_new();
    mr_reader *reader;
    mr_status status;
    mr_format_spec spec = { .schema = scan->schema,
                            .needed = scan->needed,
                            .options = scan->options,
                            .zone = run->zone,
                            .case_sensitive = run->case_sensitive,
                            .corrupt_column = run->corrupt_column,
                            .legacy_time = run->legacy_time };

    MR_ASSERT(format != NULL);
    status = format->open_reader(&spec, arena, &reader, err);
    mr_arena_free(arena);
    return status;
}
