/* run.c - one execution of a physical plan. */
#include "run/run_priv.h"

#include <stdlib.h>

#include "task/order.h"

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

typedef struct text_run {
    const mr_run *run;
    void *data;
    mr_operator *root;
    text_piece *places;
} text_run;

static mr_status encode_piece(void *data, int i, int place, mr_error *err)
{
    text_run *text = data;
    text_piece piece = text->places[place]; /* a copy: others work on the places beside it */
    mr_arena *arena = mr_arena_new();
    mr_operator *op = NULL;
    mr_status status;
    mr_batch *batch;

    MR_CHECK(mr_operator_open_piece(text->root, i, &op, err));
    for (;;) {
        mr_arena_reset(arena);
        MR_CHECK(mr_operator_next(op, arena, &batch, err));
        if (batch == NULL)
            break;
        if (batch->sel.n > 0)
            MR_CHECK(text->run->text->encode(text->data, batch, &piece.bytes, err));
        piece.rows += batch->sel.n;
    }
fail:
    text->places[place] = piece;
    mr_operator_close(op);
    mr_arena_free(arena);
    return status;
}

static mr_status append_piece(void *data, int i, int place, mr_error *err)
{
    text_run *text = data;
    text_piece *piece = &text->places[place];
    mr_str bytes = mr_buf_str(&piece->bytes);

    (void)i;
    if (piece->rows > 0)
        MR_TRY(text->run->text->append(text->data, bytes, piece->rows, err));
    piece->rows = 0;
    mr_buf_clear(&piece->bytes);
    return MR_OK;
}

static mr_status pull_text(const mr_run *run, mr_operator *root, void *data, mr_error *err)
{
    int n, n_places = mr_pool_places(run->pool);
    text_run text = { .run = run, .data = data, .root = root };
    mr_status status;

    MR_TRY(mr_operator_pieces(root, &n, err));
    if (n <= 1)
        return MR_OK;
    text.places = mr_calloc((size_t)n_places, sizeof(*text.places));
    status = mr_pool_run_in_order(run->pool, n, encode_piece, append_piece, &text, err);
    for (int i = 0; i < n_places; i++)
        mr_buf_free(&text.places[i].bytes);
    free(text.places);
    return status;
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
