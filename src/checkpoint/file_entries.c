/* file_entries.c - file logs as directories: which files to read, where to add. */
#include "checkpoint/file_entries.h"

#include <stdlib.h>

#include "checkpoint/file_log.h"
#include "checkpoint/metadata_log.h"
#include "os/file.h"

#define COMPACT_INTERVAL 10 /* spark.sql.streaming.file{Source,Sink}.log.compactInterval */

void mr_file_entries_free(mr_file_entries *entries)
{
    free(entries->items);
    *entries = (mr_file_entries){ 0 };
}

static mr_status next_entry(mr_arena *arena, mr_str *rest, bool is_source, const char *name,
                            mr_file_entry *out, bool *end, mr_error *err)
{
    mr_source_file source;
    mr_sink_file sink;

    if (is_source) {
        MR_TRY(mr_file_log_next_source(arena, rest, name, &source, end, err));
        if (!*end)
            *out = (mr_file_entry){ source.path, source.timestamp_ms, source.log_id, 0 };
    } else {
        MR_TRY(mr_file_log_next_sink(arena, rest, name, &sink, end, err));
        if (!*end)
            *out = (mr_file_entry){ sink.path, sink.modified_ms, 0, sink.size };
    }
    return MR_OK;
}

static mr_status read_one(mr_os *os, const char *dir, int64_t id, bool compact, bool is_source,
                          mr_arena *arena, mr_file_entries *out, mr_error *err)
{
    mr_str text, rest;
    char *path;

    MR_TRY(mr_log_read(os, dir, id, compact, arena, &text, &path, err));
    MR_TRY(mr_file_log_open(text, path, &rest, err));
    for (;;) {
        mr_file_entry entry;
        bool end = false;

        MR_TRY(next_entry(arena, &rest, is_source, path, &entry, &end, err));
        if (end)
            return MR_OK;
        MR_PUSH(out->items, out->n, out->capacity, entry);
    }
}

mr_status mr_file_entries_read(mr_os *os, const char *dir, bool is_source, mr_arena *arena,
                               mr_file_entries *out, int64_t *latest, mr_error *err)
{
    mr_log_list list;

    MR_TRY(mr_log_list_dir(os, dir, arena, &list, err));
    *latest = list.n > 0 ? list.ids[list.n - 1] : -1;
    if (list.last_compact[0] >= 0)
        MR_TRY(read_one(os, dir, list.last_compact[0], true, is_source, arena, out, err));
    for (int64_t id = list.last_compact[0] + 1; id <= *latest; id++)
        MR_TRY(read_one(os, dir, id, false, is_source, arena, out, err));
    return MR_OK;
}

static void put_entry(const mr_file_entry *e, bool is_source, mr_buf *out)
{
    if (is_source)
        mr_file_log_put_source(&(mr_source_file){ e->uri, e->timestamp_ms, e->log_id }, out);
    else
        mr_file_log_put_sink(
            &(mr_sink_file){ e->uri, e->size, false, e->timestamp_ms, 1, 33554432, MR_STR("add") },
            out);
}

mr_status mr_file_entries_add(mr_os *os, const char *dir, bool is_source, int64_t id,
                              const mr_file_entries *entries, int first, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_buf text = { 0 };
    mr_log_list list;
    mr_status status;
    bool compact;

    MR_CHECK(mr_log_list_dir(os, dir, arena, &list, err));
    compact = mr_file_log_is_compact(id, mr_file_log_interval(list.last_compact, COMPACT_INTERVAL));
    mr_file_log_start(&text);
    for (int i = compact ? 0 : first; i < entries->n; i++)
        put_entry(&entries->items[i], is_source, &text);
    MR_CHECK(mr_os_mkdirs(os, dir, err));
    status = mr_log_write(os, dir, id, compact, mr_buf_str(&text), true, err);
fail:
    mr_buf_free(&text);
    mr_arena_free(arena);
    return status;
}

mr_status mr_log_purge(mr_os *os, const char *dir, int64_t below, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_log_list list;
    mr_status status;

    MR_CHECK(mr_log_list_dir(os, dir, arena, &list, err));
    for (int i = 0; i < list.n && list.ids[i] < below; i++) {
        mr_str name = mr_arena_printf(arena, "%lld", (long long)list.ids[i]);
        mr_str sibling = mr_arena_printf(arena, ".%lld.crc", (long long)list.ids[i]);

        MR_CHECK(mr_file_remove_tree(os, mr_file_join(arena, dir, name.ptr), err));
        MR_CHECK(mr_file_remove_tree(os, mr_file_join(arena, dir, sibling.ptr), err));
    }
fail:
    mr_arena_free(arena);
    return status;
}
