/* recover.c - opening sources, state and sink at the point where the checkpoint says the query is.
 *
 *     offsets/L, commits/L       -> next batch is L + 1
 *     offsets/L, commits/L - 1   -> batch L runs again, with what offsets/L says
 *     offsets/L, commits/L - 2   -> if L - 1 was held (pair.c), it and L run again
 */
#include "stream/stream_priv.h"

#include "checkpoint/metadata_log.h"

#define MAX_PARTITIONS 100000

static char *source_dir(const mr_stream *s, int i)
{
    return mr_file_join(s->arena, s->config.checkpoint,
                        mr_arena_printf(s->arena, "sources/%d", i).ptr);
}

/* A query's first start: every directory that its logs go to, durable before any of them is. */
static mr_status make_directories(mr_stream *s, mr_error *err)
{
    MR_TRY(mr_os_mkdirs(s->config.os, s->offsets_dir, err));
    MR_TRY(mr_os_mkdirs(s->config.os, s->commits_dir, err));
    for (int i = 0; i < s->n_sources; i++)
        MR_TRY(mr_os_mkdirs(s->config.os, source_dir(s, i), err));
    return mr_os_sync_fs(s->config.os, s->config.checkpoint, err);
}

static mr_status need_identity(mr_stream *s, mr_error *err)
{
    char *path = mr_file_join(s->arena, s->config.checkpoint, "metadata");
    mr_os_stat stat;
    mr_buf text = { 0 };
    mr_status status;
    mr_str bytes, id;

    MR_TRY(mr_os_uuid(s->config.os, s->run_id, err));
    MR_TRY(mr_os_stat_path(s->config.os, path, &stat, err));
    if (stat.exists) {
        MR_TRY(mr_file_read_all(s->config.os, path, 4096, s->arena, &bytes, err));
        MR_TRY(mr_query_metadata_parse(s->arena, bytes, path, &id, err));
        if (id.len != 36)
            return mr_fail(err, MR_CORRUPT, "%s: the query id is not a UUID", path);
        memcpy(s->id, id.ptr, 36);
        return MR_OK;
    }
    MR_TRY(make_directories(s, err));
    MR_TRY(mr_os_uuid(s->config.os, s->id, err));
    mr_query_metadata_print(mr_str_from(s->id), &text);
    status = mr_file_write_atomic(s->config.os, path, mr_buf_str(&text),
                                  MR_FILE_SYNC | MR_FILE_SYNC_DIR | MR_FILE_NEW, err);
    mr_buf_free(&text);
    return status;
}

/* "{"logOffset":3}", a bare number (2.1), or none. */
static mr_status parse_offset(mr_str text, int64_t *out, mr_error *err)
{
    static const char head[] = "{\"logOffset\":";
    mr_str number = text;

    *out = -1;
    if (text.ptr == NULL || mr_str_is(text, "-"))
        return MR_OK;
    if (mr_str_starts(text, head) && mr_str_ends(text, "}"))
        number = mr_str_slice(text, sizeof(head) - 1, text.len - 1);
    if (!mr_str_to_int64(mr_str_trim(number), out))
        return mr_fail(err, MR_CORRUPT, "the offset log holds %.*s where a file offset is due",
                       MR_STR_ARG(text));
    return MR_OK;
}

static mr_status read_offsets(mr_stream *s, int64_t batch_id, mr_offset_entry *entry,
                              int64_t *offsets, mr_error *err)
{
    mr_str text;
    char *path;

    if (mr_log_read(s->config.os, s->offsets_dir, batch_id, false, s->arena, &text, &path, err) !=
        MR_OK) {
        if (err != NULL && err->status == MR_NOT_FOUND)
            return mr_raise_text(err, MR_EXC_ILLEGAL_STATE, "", "batch %lld doesn't exist",
                                 (long long)batch_id);
        return err == NULL ? MR_IO : err->status;
    }
    MR_TRY(mr_offset_entry_parse(s->arena, text, path, entry, err));
    if (entry->n_offsets != s->n_sources)
        return mr_raise_text(err, MR_EXC_ILLEGAL_STATE, "",
                             "assertion failed: There are [%d] sources in the checkpoint offsets "
                             "and now there are [%d] "
                             "sources requested by the query. Cannot continue.",
                             entry->n_offsets, s->n_sources);
    for (int i = 0; i < s->n_sources; i++)
        MR_TRY(parse_offset(entry->offsets[i], &offsets[i], err));
    return MR_OK;
}

static const char *entry_name(const mr_stream *s, int64_t batch_id)
{
    return mr_arena_printf(s->arena, "%s/%lld", s->offsets_dir, (long long)batch_id).ptr;
}

static mr_status check_provider(const mr_stream *s, mr_str provider, mr_error *err)
{
    if (s->n_operators == 0 || provider.len == 0 ||
        mr_str_ends(provider, "HDFSBackedStateStoreProvider"))
        return MR_OK;
    return mr_fail(err, MR_UNSUPPORTED,
                   "the checkpoint keeps its state with %.*s; this build reads and writes the "
                   "HDFS-backed provider's state",
                   MR_STR_ARG(provider));
}

static bool has_aggregate(const mr_stream *s)
{
    for (int i = 0; i < s->n_operators; i++)
        if (!s->operators[i].is_limit)
            return true;
    return false;
}

/* A new query has the session's settings. */
static mr_status take_session_conf(mr_stream *s, mr_error *err)
{
    MR_TRY(check_provider(s, s->config.state_provider, err));
    return s->config.state_codec.len == 0
               ? MR_OK
               : mr_state_codec_find(s->config.state_codec, &s->codec, err);
}

/* Settings that a checkpoint pins (CKP-06); what this build cannot honour is refused. */
static mr_status take_conf(mr_stream *s, const mr_offset_entry *entry, const char *name,
                           mr_error *err)
{
    mr_str partitions = mr_offset_entry_conf(entry, "spark.sql.shuffle.partitions");
    mr_str policy = mr_offset_entry_conf(entry, "spark.sql.streaming.multipleWatermarkPolicy");
    mr_str codec = mr_offset_entry_conf(entry, "spark.sql.streaming.stateStore.compression.codec");
    mr_str provider = mr_offset_entry_conf(entry, "spark.sql.streaming.stateStore.providerClass");
    mr_str format =
        mr_offset_entry_conf(entry, "spark.sql.streaming.aggregation.stateFormatVersion");
    mr_str checksum =
        mr_offset_entry_conf(entry, "spark.sql.streaming.stateStore.rowChecksum.enabled");
    int64_t n = s->n_partitions;

    MR_TRY(check_provider(s, provider, err));
    if (has_aggregate(s) && (format.ptr == NULL || !mr_str_is(format, "2")))
        return mr_fail(
            err, MR_UNSUPPORTED,
            "the checkpoint keeps aggregations in state format %.*s; this build reads format 2",
            MR_STR_ARG(format.ptr == NULL ? MR_STR("1") : format));
    if (checksum.ptr != NULL && mr_str_is(checksum, "true"))
        return mr_fail(err, MR_UNSUPPORTED,
                       "the checkpoint keeps row checksums, which this build "
                       "does not read");
    if (partitions.ptr != NULL && (!mr_str_to_int64(partitions, &n) || n < 1 || n > MAX_PARTITIONS))
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_CONF_VALUE.TYPE_MISMATCH",
                             "[INVALID_CONF_VALUE.TYPE_MISMATCH] The value '%.*s' in the config "
                             "\"spark.sql.shuffle.partitions\" of %s is invalid. It should be a/an "
                             "'int' value. SQLSTATE: 22022",
                             MR_STR_ARG(partitions), name);
    s->n_partitions = (int)n;
    s->config.policy_max = policy.ptr != NULL && mr_str_is_nocase(policy, "max");
    return codec.ptr == NULL ? MR_OK : mr_state_codec_find(codec, &s->codec, err);
}

static mr_status read_commit(mr_stream *s, int64_t batch_id, int64_t *next_watermark_ms,
                             mr_error *err)
{
    mr_str text;
    char *path;

    MR_TRY(mr_log_read(s->config.os, s->commits_dir, batch_id, false, s->arena, &text, &path, err));
    return mr_commit_entry_parse(text, path, next_watermark_ms, err);
}

/* Position among the batches: offsets, watermark, timestamp. */
static mr_status find_position(mr_stream *s, mr_error *err)
{
    mr_log_list offsets, commits;
    mr_offset_entry entry, before;
    int64_t latest, committed;

    MR_TRY(mr_log_list_dir(s->config.os, s->offsets_dir, s->arena, &offsets, err));
    MR_TRY(mr_log_list_dir(s->config.os, s->commits_dir, s->arena, &commits, err));
    if (offsets.n == 0)
        return take_session_conf(s, err);
    /* What is seen need not be durable: the last run may have been killed between the two. */
    MR_TRY(mr_os_sync_dir(s->config.os, s->offsets_dir, err));
    if (commits.n > 0)
        MR_TRY(mr_os_sync_dir(s->config.os, s->commits_dir, err));
    latest = offsets.ids[offsets.n - 1];
    committed = commits.n > 0 ? commits.ids[commits.n - 1] : -1;
    MR_TRY(read_offsets(s, latest, &entry, s->end, err));
    MR_TRY(stream_find_pair(s->config.os, s->config.checkpoint, s->arena, latest, committed,
                            &s->must_hold, err));
    if (s->must_hold) {
        s->paired_time_ms = entry.timestamp_ms;
        s->paired_watermark_ms = entry.watermark_ms;
        MR_TRY(read_offsets(s, --latest, &entry, s->end, err));
    }
    MR_TRY(take_conf(s, &entry, entry_name(s, latest), err));
    s->watermark_ms = entry.watermark_ms;
    if (committed >= latest) {
        int64_t next = 0;

        MR_TRY(read_commit(s, latest, &next, err));
        memcpy(s->start, s->end, sizeof(*s->start) * (size_t)s->n_sources);
        s->last_watermark_ms = entry.watermark_ms;
        s->watermark_ms = next > entry.watermark_ms ? next : entry.watermark_ms;
        s->batch_id = latest + 1;
        return MR_OK;
    }
    s->batch_id = latest;
    s->must_rerun = true;
    s->batch_time_ms = entry.timestamp_ms;
    if (latest > 0) {
        MR_TRY(read_offsets(s, latest - 1, &before, s->start, err));
        s->last_watermark_ms = before.watermark_ms;
    }
    return MR_OK;
}

static bool same_options(const mr_options *a, const mr_options *b)
{
    if (a->n != b->n)
        return false;
    for (int i = 0; i < a->n; i++)
        if (!mr_str_equal(a->pairs[i].key, b->pairs[i].key) ||
            !mr_str_equal(a->pairs[i].value, b->pairs[i].value))
            return false;
    return true;
}

static bool same_scan(const mr_scan *a, const mr_scan *b)
{
    return mr_str_equal(a->paths[0], b->paths[0]) && mr_str_equal(a->format, b->format) &&
           same_options(&a->options, &b->options) && mr_type_equal(a->schema, b->schema);
}

/* A source whose log ends before the offset that the query has reached.  A Spark that meets one
 * frame twice keeps one log for both and writes its offset twice; else entries are lost. */
static mr_status share_source(mr_stream *s, int i, mr_error *err)
{
    for (int j = 0; j < i; j++)
        if (same_scan(s->source_specs[j]->scan, s->source_specs[i]->scan) &&
            s->end[j] == s->end[i] && mr_file_source_offset(s->sources[j]) >= s->end[i]) {
            mr_file_source_close(s->sources[i]);
            s->sources[i] = s->sources[j];
            return MR_OK;
        }
    return mr_fail(err, MR_CORRUPT,
                   "%s holds entries up to %lld, but the query has read up to %lld: files would be "
                   "read twice",
                   source_dir(s, i), (long long)mr_file_source_offset(s->sources[i]),
                   (long long)s->end[i]);
}

static mr_status open_sources(mr_stream *s, mr_error *err)
{
    for (int i = 0; i < s->n_sources; i++) {
        const mr_scan *scan = s->source_specs[i]->scan;

        MR_TRY(mr_file_source_open(s->config.os, scan->paths[0], &scan->options, source_dir(s, i),
                                   &s->sources[i], err));
        if (mr_file_source_offset(s->sources[i]) < s->end[i])
            MR_TRY(share_source(s, i, err));
    }
    return MR_OK;
}

static mr_status open_aggregate(mr_stream *s, stream_operator *op, mr_error *err)
{
    const mr_spec *spec = op->spec;
    mr_groups_agg *aggs = MR_NEW_ARRAY(s->arena, mr_groups_agg, spec->n_aggs + 1);
    mr_agg_store_config config = { .os = s->config.os,
                                   .dir = op->dir,
                                   .operator_id = spec->operator_id,
                                   .n_partitions = s->n_partitions,
                                   .codec = s->codec,
                                   .spec = &op->groups_spec,
                                   .key_fields = spec->key_fields,
                                   .pool = s->config.pool,
                                   .direct_bytes = s->config.direct_bytes };

    for (int i = 0; i < spec->n_aggs; i++)
        aggs[i] = (mr_groups_agg){ spec->aggs[i].function->aggregate, spec->aggs[i].bound };
    op->groups_spec =
        (mr_groups_spec){ spec->key_types, spec->n_keys, aggs, spec->n_aggs, spec->time_key };
    op->state.mode = s->config.mode;
    op->state.changed = stream_keep_changes;
    MR_TRY(mr_agg_store_open(&config, &op->store, err));
    op->state.data = op;
    op->state.groups = mr_groups_new(&op->groups_spec);
    return MR_OK;
}

/* An operator's id is its place in the plan, the one nearest the sink is 0. */
static mr_status open_operator(mr_stream *s, int id, mr_error *err)
{
    stream_operator *op = &s->operators[id];

    op->dir =
        mr_file_join(s->arena, s->config.checkpoint, mr_arena_printf(s->arena, "state/%d", id).ptr);
    if (op->is_limit)
        return mr_limit_store_open(s->config.os, op->dir, id, s->n_partitions, s->codec,
                                   &op->limit_store, err);
    return open_aggregate(s, op, err);
}

static mr_status open_publisher(mr_stream *s, mr_error *err)
{
    mr_publisher_store *stores = MR_NEW_ARRAY(s->arena, mr_publisher_store, s->n_operators);
    mr_publisher_config config = { .os = s->config.os,
                                   .checkpoint = s->config.checkpoint,
                                   .is_inline = s->config.is_inline,
                                   .direct_bytes = s->config.direct_bytes,
                                   .keep_versions = s->config.min_batches_to_retain };

    for (int i = 0; i < s->n_operators; i++) {
        stream_operator *op = &s->operators[i];

        stores[i] = (mr_publisher_store){ i, op->is_limit ? mr_limit_store_dir(op->limit_store)
                                                          : mr_agg_store_dir(op->store) };
    }
    return mr_publisher_open(&config, stores, s->n_operators, s->batch_id, &s->publisher, err);
}

static mr_status load_operator(mr_stream *s, int at, mr_error *err)
{
    stream_operator *op = &s->operators[at];

    if (op->is_limit)
        return mr_limit_store_load(op->limit_store, s->publisher, at, &op->limit.taken, err);
    return mr_agg_store_load(op->store, s->publisher, at, op->state.groups, err);
}

mr_status stream_open_operators(mr_stream *s, mr_error *err)
{
    if (s->n_operators == 0)
        return MR_OK;
    for (int i = 0; i < s->n_operators; i++)
        MR_TRY(open_operator(s, i, err));
    MR_TRY(open_publisher(s, err));
    for (int i = 0; i < s->n_operators; i++)
        MR_TRY(load_operator(s, i, err));
    return mr_publisher_start(s->publisher, err);
}

/* Some sinks cannot go on where a checkpoint left off. */
static mr_status check_resumable(mr_stream *s, mr_error *err)
{
    mr_log_list offsets;

    if (s->config.can_resume)
        return MR_OK;
    MR_TRY(mr_log_list_dir(s->config.os, s->offsets_dir, s->arena, &offsets, err));
    if (offsets.n == 0)
        return MR_OK;
    return mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1299",
                         "This query does not support recovering from checkpoint location. Delete "
                         "%s to start over.",
                         s->offsets_dir);
}

mr_status stream_lock(mr_os *os, const char *checkpoint, mr_file **out, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_error why = { 0 };
    mr_status status = mr_os_lock(os, mr_file_join(arena, checkpoint, ".millrace.lock"), out, &why);

    if (status == MR_CONFLICT)
        status = mr_raise_text(err, MR_EXC_ILLEGAL_STATE, "",
                               "another run of this query uses the checkpoint %s", checkpoint);
    else if (status != MR_OK && err != NULL)
        *err = why;
    mr_arena_free(arena);
    return status;
}

mr_status stream_recover(mr_stream *s, mr_error *err)
{
    MR_TRY(mr_os_mkdirs(s->config.os, s->config.checkpoint, err));
    MR_TRY(check_resumable(s, err));
    MR_TRY(stream_lock(s->config.os, s->config.checkpoint, &s->lock_file, err));
    MR_TRY(need_identity(s, err));
    s->ready = find_position(s, s->failure);
    if (s->ready == MR_OK)
        s->ready = open_sources(s, s->failure);
    return mr_sink_open(s->config.sink_ops, &s->config.sink, &s->sink, err);
}
