/* pair.c - a batch that shows nothing, and the batch without input right behind it, committed as
 * one.
 *
 *     offsets/N | held | offsets/N+1 | state N+2, whole |
 *     the sink's log N, then N+1 | commits/N+1 | commits/N
 *
 * In append mode a large batch of input often shows no row, and the batch behind it closes most of
 * the windows that it filled.  Its state would be written only to be taken back, so it waits: state
 * N+1 is never made.  Until commits/N+1 is there both batches run again after a crash, on what
 * their offsets say; a Spark that finds the two misses state N+1 and says so.  The file
 * `.millrace/held` tells such a pair from a damaged checkpoint, and where the sink's log is: with
 * it `publish` can commit the pair, or take it back so that only offsets/N is left.
 */
#include "stream/stream_priv.h"

#include "checkpoint/metadata_log.h"
#include "os/file.h"

typedef struct held_batch {
    int64_t batch_id;
    const char *sink_log;
} held_batch;

static char *held_path(mr_arena *arena, const char *checkpoint)
{
    return mr_file_join(arena, checkpoint, ".millrace/held");
}

static mr_status write_held(mr_stream *s, mr_error *err)
{
    mr_os *os = s->config.os;
    mr_str text =
        mr_arena_printf(s->batch_arena, "v1\n%lld\n%s", (long long)s->batch_id, s->sink->log);

    MR_TRY(mr_os_mkdirs(os, mr_file_join(s->batch_arena, s->config.checkpoint, ".millrace"), err));
    MR_TRY(mr_file_write_atomic(os, held_path(s->batch_arena, s->config.checkpoint), text,
                                MR_FILE_SYNC | MR_FILE_SYNC_DIR, err));
    return mr_os_sync_dir(os, s->config.checkpoint, err);
}

/* *found = false: none. */
static mr_status read_held(mr_os *os, const char *checkpoint, mr_arena *arena, bool *found,
                           held_batch *out, mr_error *err)
{
    char *path = held_path(arena, checkpoint);
    mr_os_stat stat;
    mr_str text, id;
    size_t end;

    MR_TRY(mr_os_stat_path(os, path, &stat, err));
    *found = stat.exists;
    if (!*found)
        return MR_OK;
    MR_TRY(mr_file_read_all(os, path, 65536, arena, &text, err));
    MR_TRY(mr_log_expect_v1(text, path, false, &text, err));
    end = mr_str_find(text, '\n', 0);
    id = mr_str_slice(text, 0, end);
    if (end >= text.len || !mr_str_to_int64(id, &out->batch_id))
        return mr_fail(err, MR_CORRUPT, "%s is damaged", path);
    out->sink_log = mr_arena_cstr(arena, mr_str_slice(text, end + 1, text.len));
    return MR_OK;
}

/* --- a batch -----------------------------------------------------------------------------------
 */

/* May the next batch follow at once, and do the query's parts allow a pair at all? */
static bool may_hold(const mr_stream *s)
{
    return s->config.mode == 1 && s->n_operators == 1 && mr_sink_holds(s->sink) &&
           !s->config.physical->redefines_watermark && s->config.trigger != MR_STREAM_ONCE &&
           (s->config.trigger == MR_STREAM_AVAILABLE_NOW || s->config.interval_ms == 0);
}

static mr_status take_down(const stream_operator *op, const int32_t *closed, int32_t n_closed,
                           mr_error *err)
{
    int32_t n;
    const int32_t *touched = mr_groups_touched(op->state.groups, &n);

    return mr_agg_store_changed(op->store, op->state.groups, touched, n, closed, n_closed, err);
}

mr_status stream_keep_changes(void *data, const mr_groups *groups, const int32_t *closed,
                              int32_t n_closed, mr_error *err)
{
    stream_operator *op = data;
    mr_stream *s = op->stream;

    if (s->is_holding)
        return mr_agg_store_whole(op->store, groups, closed, n_closed, err);
    s->is_postponed =
        n_closed == 0 &&
        (s->must_hold ||
         (may_hold(s) && mr_agg_store_is_large(op->store, mr_groups_count_touched(groups))));
    return s->is_postponed ? MR_OK : take_down(op, closed, n_closed, err);
}

/* Does the next batch come at once, without input, and close most of what there is? */
static mr_status is_worth(mr_stream *s, bool *yes, mr_error *err)
{
    const mr_groups *groups = s->operators[0].state.groups;
    int64_t us;
    bool has_data = true;

    *yes = false;
    if (!stream_wants_no_data_batch(s) || __builtin_mul_overflow(s->watermark_ms, 1000, &us) ||
        2 * mr_groups_count_closed(groups, us) <= mr_groups_count(groups))
        return MR_OK;
    MR_TRY(stream_has_more(s, &has_data, err));
    *yes = !has_data;
    return MR_OK;
}

mr_status stream_other_pair(const mr_stream *s, mr_error *err)
{
    return mr_fail(err, MR_CONFLICT,
                   "the last two batches in %s were about to be committed together, and what they "
                   "did does not come out again: query, settings or input files are not what they "
                   "were",
                   s->config.checkpoint);
}

mr_status stream_settle_postponed(mr_stream *s, mr_error *err)
{
    bool hold = s->must_hold;

    if (hold && (!s->is_postponed || !mr_sink_holds(s->sink) || s->sink->rows > 0))
        return stream_other_pair(s, err);
    if (!s->is_postponed)
        return MR_OK;
    s->is_postponed = false;
    if (!hold && s->sink->rows == 0) /* another branch of the query may show some */
        MR_TRY(is_worth(s, &hold, err));
    if (!hold)
        return take_down(&s->operators[0], NULL, 0, err);
    MR_TRY(mr_sink_hold(s->sink, s->batch_id, err));
    if (!s->must_hold)
        MR_TRY(write_held(s, err));
    s->is_holding = true;
    return MR_OK;
}

/* --- the end of a pair -------------------------------------------------------------------------
 */

/* An entry of commits/, made anew if it is there: what is seen need not be durable. */
static mr_status put_commit(mr_os *os, const char *checkpoint, mr_arena *arena, int64_t batch_id,
                            int64_t watermark_ms, mr_error *err)
{
    char *dir = mr_file_join(arena, checkpoint, "commits");
    char *path = mr_file_join(arena, dir, mr_arena_printf(arena, "%lld", (long long)batch_id).ptr);
    mr_buf text = { 0 };
    mr_status status;

    mr_commit_entry_print(watermark_ms, &text);
    status =
        mr_file_write_atomic(os, path, mr_buf_str(&text), MR_FILE_SYNC | MR_FILE_SYNC_DIR, err);
    mr_buf_free(&text);
    return status;
}

static mr_status forget(mr_os *os, const char *checkpoint, mr_arena *arena, mr_error *err)
{
    return mr_file_remove_tree(os, held_path(arena, checkpoint), err);
}

/* The watermark after the first batch is the one that the second ran with. */
mr_status stream_end_pair(mr_stream *s, mr_error *err)
{
    s->is_holding = false;
    MR_TRY(put_commit(s->config.os, s->config.checkpoint, s->batch_arena, s->batch_id - 1,
                      s->ran_watermark_ms, err));
    for (int i = 0; i < s->n_sources; i++)
        MR_TRY(mr_file_source_commit(s->sources[i], s->start[i], err));
    return forget(s->config.os, s->config.checkpoint, s->batch_arena, err);
}

/* --- without the query ---------------------------------------------------------------------------
 */

static mr_status remove_entry(mr_os *os, const char *dir, int64_t id, const char *suffix,
                              mr_arena *arena, mr_error *err)
{
    const char *name = mr_arena_printf(arena, "%lld%s", (long long)id, suffix).ptr;

    return mr_file_remove_tree(os, mr_file_join(arena, dir, name), err);
}

/* Removes the files of a state version, below state/<operator>/<partition>. */
static mr_status remove_version(mr_os *os, const char *dir, int depth, int64_t version,
                                mr_arena *arena, mr_error *err)
{
    mr_os_list list;

    if (depth == 0)
        return remove_entry(os, dir, version, ".snapshot", arena, err);
    MR_TRY(mr_os_list_dir(os, dir, arena, &list, err));
    for (size_t i = 0; i < list.n; i++)
        if (list.entries[i].is_dir)
            MR_TRY(remove_version(os, mr_file_join(arena, dir, list.entries[i].name.ptr), depth - 1,
                                  version, arena, err));
    return MR_OK;
}

/* No row is shown: only the first batch's offsets are left, and it runs anew.  shown: the newest
 * batch in the sink's log. */
static mr_status take_back(mr_os *os, const char *checkpoint, const held_batch *held, int64_t shown,
                           mr_arena *arena, mr_error *err)
{
    char *offsets = mr_file_join(arena, checkpoint, "offsets");
    int64_t second = held->batch_id + 1;

    if (shown == held->batch_id) {
        MR_TRY(remove_entry(os, held->sink_log, shown, "", arena, err));
        MR_TRY(remove_entry(os, held->sink_log, shown, ".compact", arena, err));
        MR_TRY(mr_os_sync_dir(os, held->sink_log, err));
    }
    MR_TRY(remove_version(os, mr_file_join(arena, checkpoint, "state"), 2, second + 1, arena, err));
    MR_TRY(mr_os_sync_fs(os, checkpoint, err));
    MR_TRY(remove_entry(os, offsets, second, "", arena, err));
    return mr_os_sync_dir(os, offsets, err);
}

/* The watermark that the second batch ran with, which is the one after either. */
static mr_status read_watermark(mr_os *os, const char *checkpoint, int64_t second, mr_arena *arena,
                                int64_t *watermark_ms, mr_error *err)
{
    mr_offset_entry entry;
    char *path;
    mr_str text;

    MR_TRY(mr_log_read(os, mr_file_join(arena, checkpoint, "offsets"), second, false, arena, &text,
                       &path, err));
    MR_TRY(mr_offset_entry_parse(arena, text, path, &entry, err));
    *watermark_ms = entry.watermark_ms;
    return MR_OK;
}

static mr_status commit_both(mr_os *os, const char *checkpoint, const held_batch *held,
                             mr_arena *arena, mr_error *err)
{
    int64_t watermark_ms;

    MR_TRY(read_watermark(os, checkpoint, held->batch_id + 1, arena, &watermark_ms, err));
    MR_TRY(mr_os_mkdirs(os, mr_file_join(arena, checkpoint, "commits"), err));
    MR_TRY(put_commit(os, checkpoint, arena, held->batch_id + 1, watermark_ms, err));
    return put_commit(os, checkpoint, arena, held->batch_id, watermark_ms, err);
}

/* The second batch is committed: so is the first, unless somebody else wrote its entry. */
static mr_status commit_also(mr_os *os, const char *checkpoint, const held_batch *held,
                             mr_arena *arena, mr_error *err)
{
    char *commits = mr_file_join(arena, checkpoint, "commits"), *path;
    mr_buf ours = { 0 };
    int64_t watermark_ms;
    bool is_other;
    mr_str text;
    mr_error why = { 0 };

    MR_TRY(read_watermark(os, checkpoint, held->batch_id + 1, arena, &watermark_ms, err));
    mr_commit_entry_print(watermark_ms, &ours);
    is_other =
        mr_log_read(os, commits, held->batch_id, false, arena, &text, &path, &why) == MR_OK &&
        !mr_str_equal(text, mr_buf_str(&ours));
    mr_buf_free(&ours);
    return is_other ? MR_OK : put_commit(os, checkpoint, arena, held->batch_id, watermark_ms, err);
}

/* What the marker says of the newest batches: *in_flight = neither is committed.  If the second one
 * is, so is the first. */
static mr_status look(mr_os *os, const char *checkpoint, mr_arena *arena, int64_t latest,
                      int64_t committed, held_batch *held, bool *in_flight, mr_error *err)
{
    bool found;

    *in_flight = false;
    MR_TRY(read_held(os, checkpoint, arena, &found, held, err));
    if (!found || held->batch_id != latest - 1 || committed == latest - 1)
        return MR_OK;
    *in_flight = committed < latest;
    return *in_flight ? MR_OK : commit_also(os, checkpoint, held, arena, err);
}

mr_status stream_find_pair(mr_os *os, const char *checkpoint, mr_arena *arena, int64_t latest,
                           int64_t committed, bool *in_flight, mr_error *err)
{
    held_batch held;

    return look(os, checkpoint, arena, latest, committed, &held, in_flight, err);
}

/* The newest id in a log, -1 = none. */
static mr_status newest(mr_os *os, const char *dir, mr_arena *arena, int64_t *out, mr_error *err)
{
    mr_log_list list;

    MR_TRY(mr_log_list_dir(os, dir, arena, &list, err));
    *out = list.n == 0 ? -1 : list.ids[list.n - 1];
    return MR_OK;
}

mr_status stream_publish_pair(mr_os *os, const char *checkpoint, mr_arena *arena, mr_error *err)
{
    int64_t latest, committed, shown;
    bool in_flight;
    held_batch held;

    MR_TRY(newest(os, mr_file_join(arena, checkpoint, "offsets"), arena, &latest, err));
    MR_TRY(newest(os, mr_file_join(arena, checkpoint, "commits"), arena, &committed, err));
    MR_TRY(look(os, checkpoint, arena, latest, committed, &held, &in_flight, err));
    if (!in_flight) /* the marker of a pair that was taken back stays: that need not be durable */
        return committed < latest ? MR_OK : forget(os, checkpoint, arena, err);
    MR_TRY(newest(os, held.sink_log, arena, &shown, err));
    /* What is seen need not be durable: the last run may have been killed before it was. */
    MR_TRY(mr_os_sync_fs(os, checkpoint, err));
    if (shown < latest)
        return take_back(os, checkpoint, &held, shown, arena, err);
    MR_TRY(mr_os_sync_dir(os, held.sink_log, err));
    return commit_both(os, checkpoint, &held, arena, err);
}
