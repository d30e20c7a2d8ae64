/* run.c - one execution of a physical plan. */
#include "run/run_priv.h"

#include <stdlib.h>

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

/* --- rows in pieces, as bytes -------------------------------------------------------------------
 */

typedef struct text_piece {
    mr_buf bytes;
    int64_t rows;
} text_piece;

/* Pieces encoded together, and beside them the wave before, which is appended. */
typedef struct text_wave {
    const mr_run *run;
    void *data;
    mr_operator *root;
    int first, n;
    text_piece *pieces;
    text_piece *before;
    int n_before;
} text_wave;

static mr_status append_before(text_wave *w, mr_error *err)
{
    for (int i = 0; i < w->n_before; i++) {
        if (w->before[i].rows > 0)
            MR_TRY(w->run->text->append(w->data, mr_buf_str(&w->before[i].bytes), w->before[i].rows,
                                        err));
        w->before[i].rows = 0;
        mr_buf_clear(&w->before[i].bytes);
    }
    return MR_OK;
}

static mr_status encode_piece(text_wave *w, int i, mr_error *err)
{
    text_piece *piece = &w->pieces[i];
    mr_buf bytes = piece->bytes; /* of its own: others work on the pieces beside it */
    mr_arena *arena = mr_arena_new();
    mr_operator *op = NULL;
    mr_status status;
    mr_batch *batch;

    MR_CHECK(mr_operator_open_piece(w->root, w->first + i, &op, err));
    for (;;) {
        mr_arena_reset(arena);
        MR_CHECK(mr_operator_next(op, arena, &batch, err));
        if (batch == NULL)
            break;
        if (batch->sel.n > 0)
            MR_CHECK(w->run->text->encode(w->data, batch, &bytes, err));
        piece->rows += batch->sel.n;
    }
fail:
    piece->bytes = bytes;
    mr_operator_close(op);
    mr_arena_free(arena);
    return status;
}

static mr_status wave_piece(void *data, int i, mr_error *err)
{
    return i == 0 ? append_before(data, err) : encode_piece(data, i - 1, err);
}

static mr_status pull_pieces(text_wave *w, int n_pieces, mr_error *err)
{
    int wave = 4 * mr_pool_threads(w->run->pool);
    text_piece *all = mr_calloc(2 * (size_t)wave, sizeof(*all));
    mr_status status = MR_OK;

    w->pieces = all;
    w->before = all + wave;
    for (; status == MR_OK && (w->first < n_pieces || w->n_before > 0); w->first += w->n) {
        text_piece *swap = w->before;

        w->n = n_pieces - w->first < wave ? n_pieces - w->first : wave;
        status = mr_pool_run(w->run->pool, w->n + 1, wave_piece, w, err);
        w->before = w->pieces;
        w->n_before = w->n;
        w->pieces = swap;
    }
    for (int i = 0; i < 2 * wave; i++)
        mr_buf_free(&all[i].bytes);
    free(all);
    return status;
}

static mr_status pull_text(const mr_run *run, mr_operator *root, void *data, mr_error *err)
{
    text_wave w = { .run = run, .data = data, .root = root };
    int n;

    MR_TRY(mr_operator_pieces(root, &n, err));
    return n > 1 ? pull_pieces(&w, n, err) : MR_OK;
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
    status = run->text == NULL ? MR_OK : pull_text(run, root, data, err);
    if (status == MR_OK)
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
    mr_partition data = { .scan = scan };
    uint8_t *needed;
    mr_format_spec spec = { .options = scan->options,
                            .zone = run->zone,
                            .case_sensitive = run->case_sensitive,
                            .corrupt_column = run->corrupt_column,
                            .legacy_time = run->legacy_time };

    MR_ASSERT(format != NULL);
    mr_partition_file_columns(&data, arena);
    spec.schema = mr_partition_data(&data, arena, &needed);
    spec.needed = needed;
    status = format->open_reader(&spec, arena, &reader, err);
    mr_arena_free(arena);
    return status;
}
