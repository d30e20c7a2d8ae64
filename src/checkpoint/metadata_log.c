/* metadata_log.c - listing, reading and adding log entries; offsets and commits. */
#include "checkpoint/metadata_log.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define ENTRY_BYTES_MAX (64u << 20)

static bool entry_id(mr_str name, int64_t *id)
{
    if (mr_str_ends(name, ".compact"))
        name.len -= 8;
    return name.len > 0 && name.ptr[0] >= '0' && name.ptr[0] <= '9' && mr_str_to_int64(name, id);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

mr_status mr_log_list(mr_os *os, const char *dir, mr_arena *arena, int64_t **ids, int *n, mr_error *err)
{
    mr_os_stat stat;
    mr_os_list list;

    *n = 0;
    *ids = NULL;
    MR_TRY(mr_os_stat_path(os, dir, &stat, err));
    if (!stat.exists)
        return MR_OK;
    MR_TRY(mr_os_list_dir(os, dir, arena, &list, err));
    *ids = MR_NEW_ARRAY(arena, int64_t, list.n + 1);
    for (size_t i = 0; i < list.n; i++)
        if (!list.entries[i].is_dir && entry_id(list.entries[i].name, *ids + *n))
            (*n)++;
    if (*n > 0)
        qsort(*ids, (size_t)*n, sizeof(**ids), compare_ids);
    return MR_OK;
}

mr_status mr_log_latest(mr_os *os, const char *dir, int64_t *id, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    int64_t *ids;
    int n;
    mr_status status = mr_log_list(os, dir, arena, &ids, &n, err);

    *id = status == MR_OK && n > 0 ? ids[n - 1] : -1;
    mr_arena_free(arena);
    return status;
}

static mr_status split_version(const char *path, mr_str bytes, mr_str *text, mr_error *err)
{
    size_t end = mr_str_find(bytes, '\n', 0);
    mr_str version = mr_str_slice(bytes, 0, end);

    if (bytes.len == 0)
        return mr_fail(err, MR_CORRUPT, "Incomplete log file %s", path);
    if (!mr_str_is(version, "v1"))
        return mr_fail(err, MR_CORRUPT,
                       "%s: log version %.*s is not supported: this build reads v1", path,
                       MR_STR_ARG(mr_str_slice(version, 0, 32)));
    *text = mr_str_slice(bytes, end + 1, bytes.len);
    if (end >= bytes.len)
        *text = (mr_str){ bytes.ptr, 0 };
    return MR_OK;
}

static mr_status read_named(mr_os *os, const char *dir, const char *name, mr_arena *arena, mr_str *text,
                            mr_error *err)
{
    char *path = mr_file_join(arena, dir, name);
    mr_str bytes;

    MR_TRY(mr_file_read_all(os, path, ENTRY_BYTES_MAX, arena, &bytes, err));
    return split_version(path, bytes, text, err);
}

mr_status mr_log_read(mr_os *os, const char *dir, int64_t id, mr_arena *arena, mr_str *text, mr_error *err)
{
    return read_named(os, dir, mr_arena_printf(arena, "%lld", (long long)id).ptr, arena, text, err);
}

static mr_status add_named(mr_os *os, const char *dir, mr_str name, mr_str text, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_buf bytes = { 0 };
    char *path = mr_file_join(arena, dir, mr_arena_cstr(arena, name));
    mr_status status;

    mr_buf_puts(&bytes, "v1\n");
    mr_buf_add(&bytes, text);
    MR_CHECK(mr_os_mkdirs(os, dir, err));
    status = mr_file_write_atomic(os, path, mr_buf_str(&bytes),
                                  MR_FILE_SYNC | MR_FILE_SYNC_DIR | MR_FILE_NEW, err);
    if (status == MR_CONFLICT) {
        mr_raise(err, MR_EXC_ILLEGAL_STATE, "CONCURRENT_STREAM_LOG_UPDATE", "batchId",
                 mr_arena_cstr(arena, name), "path", dir, (char *)NULL);
        status = MR_CONFLICT;
    }
fail:
    mr_buf_free(&bytes);
    mr_arena_free(arena);
    return status;
}

mr_status mr_log_add(mr_os *os, const char *dir, int64_t id, mr_str text, mr_error *err)
{
    char name[24];

    snprintf(name, sizeof(name), "%lld", (long long)id);
    return add_named(os, dir, mr_str_from(name), text, err);
}

mr_status mr_log_purge(mr_os *os, const char *dir, int64_t below, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    int64_t *ids;
    int n;
    mr_status status;

    MR_CHECK(mr_log_list(os, dir, arena, &ids, &n, err));
    for (int i = 0; i < n && ids[i] < below; i++) {
        MR_CHECK(mr_file_remove_tree(
            os, mr_file_join(arena, dir, mr_arena_printf(arena, "%lld", (long long)ids[i]).ptr), err));
        MR_CHECK(mr_file_remove_tree(
            os, mr_file_join(arena, dir, mr_arena_printf(arena, ".%lld.crc", (long long)ids[i]).ptr),
            err));
    }
fail:
    mr_arena_free(arena);
    return status;
}

/* --- offsets and commits ----------------------------------------------------------------------- */

void mr_offset_entry_print(const mr_offset_entry *entry, mr_buf *out)
{
    mr_buf_printf(out, "{\"batchWatermarkMs\":%lld,\"batchTimestampMs\":%lld,\"conf\":{",
                  (long long)entry->watermark_ms, (long long)entry->timestamp_ms);
    for (int i = 0; i < entry->n_conf; i++) {
        if (i > 0)
            mr_buf_putc(out, ',');
        mr_buf_put_json(out, entry->conf[i].key);
        mr_buf_putc(out, ':');
        mr_buf_put_json(out, entry->conf[i].value);
    }
    mr_buf_puts(out, "}}");
    for (int i = 0; i < entry->n_offsets; i++) {
        mr_buf_putc(out, '\n');
        mr_buf_add(out, entry->offsets[i]);
    }
}

static mr_str json_text(mr_arena *arena, const json_t *value)
{
    return json_is_string(value)
               ? mr_arena_str(arena, (mr_str){ json_string_value(value), json_string_length(value) })
               : (mr_str){ "", 0 };
}

static int64_t json_long(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : 0;
}

static mr_status parse_metadata(mr_arena *arena, mr_str line, mr_offset_entry *out, mr_error *err)
{
    json_error_t where;
    json_t *root = json_loadb(line.ptr, line.len, 0, &where);
    json_t *conf, *value;
    const char *key;

    if (!json_is_object(root)) {
        json_decref(root);
        return mr_fail(err, MR_CORRUPT, "offset log: line 2 is not a JSON object");
    }
    out->watermark_ms = json_long(root, "batchWatermarkMs");
    out->timestamp_ms = json_long(root, "batchTimestampMs");
    conf = json_object_get(root, "conf");
    out->conf = MR_NEW_ARRAY(arena, mr_log_conf, json_object_size(conf) + 1);
    json_object_foreach (conf, key, value) {
        out->conf[out->n_conf++] =
            (mr_log_conf){ mr_arena_str(arena, mr_str_from(key)), json_text(arena, value) };
    }
    json_decref(root);
    return MR_OK;
}

mr_status mr_offset_entry_parse(mr_arena *arena, mr_str text, mr_offset_entry *out, mr_error *err)
{
    size_t end = mr_str_find(text, '\n', 0);
    mr_str line = mr_str_slice(text, 0, end);
    int capacity = 0;

    *out = (mr_offset_entry){ 0 };
    if (line.len > 0)
        MR_TRY(parse_metadata(arena, line, out, err));
    for (size_t i = 0; i < text.len; i++)
        capacity += text.ptr[i] == '\n';
    out->offsets = MR_NEW_ARRAY(arena, mr_str, capacity + 1);
    while (end < text.len) {
        size_t from = end + 1;

        end = mr_str_find(text, '\n', from);
        out->offsets[out->n_offsets++] = mr_str_slice(text, from, end);
    }
    return MR_OK;
}

const mr_str *mr_offset_entry_conf(const mr_offset_entry *entry, const char *key)
{
    for (int i = 0; i < entry->n_conf; i++)
        if (mr_str_is(entry->conf[i].key, key))
            return &entry->conf[i].value;
    return NULL;
}

void mr_commit_entry_print(int64_t next_watermark_ms, mr_buf *out)
{
    mr_buf_printf(out, "{\"nextBatchWatermarkMs\":%lld}", (long long)next_watermark_ms);
}

mr_status mr_commit_entry_parse(mr_str text, int64_t *next_watermark_ms, mr_error *err)
{
    json_error_t where;
    json_t *root;

    *next_watermark_ms = 0;
    if (text.len == 0)
        return MR_OK;
    root = json_loadb(text.ptr, text.len, 0, &where);
    if (!json_is_object(root)) {
        json_decref(root);
        return mr_fail(err, MR_CORRUPT, "commit log: line 2 is not a JSON object");
    }
    *next_watermark_ms = json_long(root, "nextBatchWatermarkMs");
    json_decref(root);
    return MR_OK;
}

/* --- file logs --------------------------------------------------------------------------------- */

void mr_source_entry_print(const mr_file_entry *entry, mr_buf *out)
{
    mr_buf_puts(out, "{\"path\":");
    mr_buf_put_json(out, entry->uri);
    mr_buf_printf(out, ",\"timestamp\":%lld,\"batchId\":%lld}", (long long)entry->timestamp_ms,
                  (long long)entry->batch_id);
}

void mr_sink_entry_print(const mr_file_entry *entry, mr_buf *out)
{
    mr_buf_puts(out, "{\"path\":");
    mr_buf_put_json(out, entry->uri);
    mr_buf_printf(out,
                  ",\"size\":%lld,\"isDir\":false,\"modificationTime\":%lld,\"blockReplication\":1,"
                  "\"blockSize\":33554432,\"action\":\"add\"}",
                  (long long)entry->size, (long long)entry->timestamp_ms);
}

static mr_status parse_file_line(mr_arena *arena, mr_str line, mr_file_entries *out, mr_error *err)
{
    json_error_t where;
    json_t *root = json_loadb(line.ptr, line.len, 0, &where);
    mr_file_entry entry;

    if (!json_is_object(root) || !json_is_string(json_object_get(root, "path"))) {
        json_decref(root);
        return mr_fail(err, MR_CORRUPT, "file log: not an entry: %.*s",
                       MR_STR_ARG(mr_str_slice(line, 0, 200)));
    }
    entry.uri = json_text(arena, json_object_get(root, "path"));
    entry.timestamp_ms = json_object_get(root, "timestamp") != NULL
                             ? json_long(root, "timestamp")
                             : json_long(root, "modificationTime");
    entry.batch_id = json_long(root, "batchId");
    entry.size = json_long(root, "size");
    json_decref(root);
    MR_PUSH(out->items, out->n, out->capacity, entry);
    return MR_OK;
}

static mr_status parse_file_lines(mr_arena *arena, mr_str text, mr_file_entries *out, mr_error *err)
{
    size_t from = 0;

    while (from < text.len) {
        size_t end = mr_str_find(text, '\n', from);

        MR_TRY(parse_file_line(arena, mr_str_slice(text, from, end), out, err));
        from = end + 1;
    }
    return MR_OK;
}

/* The two newest compact ids; -1 = none. */
static mr_status find_compact(mr_os *os, const char *dir, mr_arena *arena, int64_t newest[2],
                              mr_error *err)
{
    mr_os_list list;
    mr_os_stat stat;

    newest[0] = newest[1] = -1;
    MR_TRY(mr_os_stat_path(os, dir, &stat, err));
    if (!stat.exists)
        return MR_OK;
    MR_TRY(mr_os_list_dir(os, dir, arena, &list, err));
    for (size_t i = 0; i < list.n; i++) {
        int64_t id;

        if (!mr_str_ends(list.entries[i].name, ".compact") || !entry_id(list.entries[i].name, &id))
            continue;
        if (id > newest[0]) {
            newest[1] = newest[0];
            newest[0] = id;
        } else if (id > newest[1]) {
            newest[1] = id;
        }
    }
    return MR_OK;
}

mr_status mr_file_log_read(mr_os *os, const char *dir, mr_arena *arena, mr_file_entries *out,
                           int64_t *latest, mr_error *err)
{
    int64_t compact[2];
    mr_str text;

    MR_TRY(mr_log_latest(os, dir, latest, err));
    MR_TRY(find_compact(os, dir, arena, compact, err));
    if (compact[0] >= 0) {
        MR_TRY(read_named(os, dir, mr_arena_printf(arena, "%lld.compact", (long long)compact[0]).ptr,
                          arena, &text, err));
        MR_TRY(parse_file_lines(arena, text, out, err));
    }
    for (int64_t id = compact[0] + 1; id <= *latest; id++) {
        MR_TRY(mr_log_read(os, dir, id, arena, &text, err));
        MR_TRY(parse_file_lines(arena, text, out, err));
    }
    return MR_OK;
}

/* Spark's rule (checkpoint-format.md section 6): what is on disk decides, not the setting. */
static int64_t compact_interval(const int64_t newest[2])
{
    const int64_t configured = 10;
    int64_t c = newest[0] + 1;

    if (newest[0] < 0)
        return configured;
    if (newest[1] >= 0)
        return newest[0] - newest[1];
    if (configured * 2 <= c)
        for (int64_t d = configured; d * 2 <= c; d++)
            if (c % d == 0)
                return d;
    return c;
}

static void print_entries(const mr_file_entry *entries, int n, bool is_source, mr_buf *out)
{
    for (int i = 0; i < n; i++) {
        if (out->len > 0)
            mr_buf_putc(out, '\n');
        if (is_source)
            mr_source_entry_print(&entries[i], out);
        else
            mr_sink_entry_print(&entries[i], out);
    }
}

mr_status mr_file_log_add(mr_os *os, const char *dir, int64_t id, bool is_source,
                          const mr_file_entry *mine, int n_mine, const mr_file_entries *all,
                          mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_buf text = { 0 };
    int64_t compact[2];
    mr_status status;
    bool is_compact;

    MR_CHECK(find_compact(os, dir, arena, compact, err));
    is_compact = (id + 1) % compact_interval(compact) == 0;
    print_entries(is_compact ? all->items : mine, is_compact ? all->n : n_mine, is_source, &text);
    status = add_named(os, dir,
                       mr_arena_printf(arena, "%lld%s", (long long)id, is_compact ? ".compact" : ""),
                       mr_buf_str(&text), err);
fail:
    mr_buf_free(&text);
    mr_arena_free(arena);
    return status;
}
