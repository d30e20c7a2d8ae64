/* file.c - the file sink: data files under unique names, then one log entry that makes them count.
 *
 *     <path>/part-00000-<uuid>-c000.json
 *     <path>/_spark_metadata/<batch id>      lists the batch's files; created whole, never replaced
 *
 * A batch id at or below the newest one in the log was shown: a replay adds nothing.
 */
#include "sink/sink.h"

#include "checkpoint/file_entries.h"
#include "os/file.h"

#define FLUSH_BYTES (1u << 20)

typedef struct file_sink {
    mr_sink base;
    const mr_format *format;
    mr_writer *writer;
    char *directory;
    char *log;
    mr_file_entries entries;
    int64_t latest;
    mr_file *file; /* of the current batch, once it has rows */
    char *path;
    mr_buf text;
    int64_t size;
    int64_t held; /* a batch to commit with the next one, -1 = none; its file is `held_path`, the
                     last one of the entries when the next batch begins */
    char *held_path;
} file_sink;

static mr_status file_open(mr_sink *sink, mr_error *err)
{
    file_sink *f = (file_sink *)sink;

    f->latest = f->held = -1;
    f->format = mr_format_find(sink->config.format);
    MR_ASSERT(f->format != NULL);
    MR_TRY(mr_sink_writer(sink, f->format, sink->config.schema, false, &f->writer, err));
    MR_TRY(mr_file_absolute(sink->arena, sink->config.path, &f->directory, err));
    f->log = mr_file_join(sink->arena, f->directory, "_spark_metadata");
    sink->log = f->log;
    sink->description = mr_arena_printf(sink->arena, "FileSink[file:%s]", f->directory);
    MR_TRY(mr_file_entries_read(sink->config.os, f->log, false, sink->arena, &f->entries,
                                &f->latest, err));
    /* What is seen need not be durable: the last run may have been killed between the two. */
    return f->latest < 0 ? MR_OK : mr_os_sync_dir(sink->config.os, f->log, err);
}

static mr_status file_begin(mr_sink *sink, int64_t batch_id, bool *is_shown, mr_error *err)
{
    file_sink *f = (file_sink *)sink;

    *is_shown = batch_id <= f->latest;
    f->size = 0;
    mr_buf_clear(&f->text);
    return *is_shown ? MR_OK
                     : mr_sink_writer(sink, f->format, sink->config.schema, true, &f->writer, err);
}

static mr_status need_file(file_sink *f, unsigned flags, mr_error *err)
{
    mr_os *os = f->base.config.os;
    char uuid[37];

    if (f->file != NULL)
        return MR_OK;
    MR_TRY(mr_os_mkdirs(os, f->directory, err));
    MR_TRY(mr_os_uuid(os, uuid, err));
    f->path = mr_file_join(
        f->base.arena, f->directory,
        mr_arena_printf(f->base.arena, "part-00000-%s-c000%s", uuid, f->format->extension).ptr);
    return mr_os_open(os, f->path, MR_OS_WRITE | MR_OS_CREATE | MR_OS_EXCLUSIVE | flags, &f->file,
                      err);
}

static mr_status flush(file_sink *f, mr_error *err)
{
    if (f->text.len == 0)
        return MR_OK;
    MR_TRY(mr_os_write(f->file, f->text.ptr, f->text.len, err));
    f->size += (int64_t)f->text.len;
    mr_buf_clear(&f->text);
    return MR_OK;
}

static mr_status file_add(mr_sink *sink, const mr_batch *batch, mr_error *err)
{
    file_sink *f = (file_sink *)sink;
    bool first = f->file == NULL;

    if (batch->sel.n == 0)
        return MR_OK;
    MR_TRY(need_file(f, 0, err));
    MR_TRY(f->format->write(f->writer, batch, first, &f->text, err));
    return f->text.len >= FLUSH_BYTES ? flush(f, err) : MR_OK;
}

/* A batch without rows has a file all the same, as Spark's first task writes one: empty but for
 * what the format puts first (a CSV header). */
static mr_status write_no_rows(file_sink *f, unsigned flags, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_batch *none = mr_batch_concat(arena, f->base.config.schema, NULL, 0);
    mr_status status;

    MR_CHECK(need_file(f, flags, err));
    status = f->format->write(f->writer, none, true, &f->text, err);
fail:
    mr_arena_free(arena);
    return status;
}

static mr_status file_encode(const mr_sink *sink, const mr_batch *batch, mr_buf *out, mr_error *err)
{
    const file_sink *f = (const file_sink *)sink;

    return f->format->write(f->writer, batch, false, out, err);
}

static mr_status file_append(mr_sink *sink, mr_str bytes, mr_error *err)
{
    file_sink *f = (file_sink *)sink;

    if (f->file == NULL)
        MR_TRY(write_no_rows(f, MR_OS_LARGE, err)); /* what the format puts first */
    MR_TRY(flush(f, err));
    f->size += (int64_t)bytes.len;
    return mr_os_write(f->file, bytes.ptr, bytes.len, err);
}

static mr_status finish_file(file_sink *f, mr_error *err)
{
    mr_file *file = f->file;
    mr_status status;
    mr_os_stat stat;
    mr_buf uri = { 0 };

    status = flush(f, err);
    if (status == MR_OK)
        status = mr_os_fsync(file, err);
    f->file = NULL;
    MR_KEEP(mr_os_close(file, status == MR_OK ? err : NULL));
    MR_TRY(status);
    MR_TRY(mr_os_sync_dir(f->base.config.os, f->directory, err));
    MR_TRY(mr_os_stat_path(f->base.config.os, f->path, &stat, err));
    mr_file_to_uri(f->path, &uri);
    MR_PUSH(f->entries.items, f->entries.n, f->entries.capacity,
            (mr_file_entry){ mr_arena_str(f->base.arena, mr_buf_str(&uri)), stat.mtime_us / 1000, 0,
                             f->size });
    mr_buf_free(&uri);
    return MR_OK;
}

/* The log entry of a batch whose only file is entry number `at`. */
static mr_status log_batch(file_sink *f, int64_t batch_id, int at, mr_error *err)
{
    mr_file_entries upto = f->entries;

    if (f->latest < 0) { /* the directories are durable before the first entry is */
        MR_TRY(mr_os_mkdirs(f->base.config.os, f->log, err));
        MR_TRY(mr_os_sync_fs(f->base.config.os, f->directory, err));
    }
    upto.n = at + 1;
    MR_TRY(mr_file_entries_add(f->base.config.os, f->log, false, batch_id, &upto, at, err));
    f->latest = batch_id;
    return MR_OK;
}

static mr_status close_batch(file_sink *f, mr_error *err)
{
    if (f->file == NULL)
        MR_TRY(write_no_rows(f, 0, err));
    return finish_file(f, err);
}

static mr_status file_hold(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    file_sink *f = (file_sink *)sink;

    MR_ASSERT(f->held < 0 && f->file == NULL);
    MR_TRY(close_batch(f, err));
    f->held = batch_id;
    f->held_path = f->path;
    return MR_OK;
}

static mr_status file_commit(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    file_sink *f = (file_sink *)sink;
    int64_t held = f->held;
    int at = f->entries.n;

    MR_TRY(close_batch(f, err));
    f->held = -1; /* from here on its file may count */
    if (held >= 0)
        MR_TRY(log_batch(f, held, at - 1, err));
    return log_batch(f, batch_id, at, err);
}

static void file_close(mr_sink *sink)
{
    file_sink *f = (file_sink *)sink;

    if (f->file != NULL) { /* of a batch that failed */
        mr_os_close(f->file, NULL);
        (void)!mr_os_unlink(sink->config.os, f->path, NULL);
    }
    if (f->held >= 0)
        (void)!mr_os_unlink(sink->config.os, f->held_path, NULL);
    mr_file_entries_free(&f->entries);
    mr_buf_free(&f->text);
}

const mr_sink_ops mr_sink_file = {
    .name = "file",
    .instance_size = sizeof(file_sink),
    .open = file_open,
    .begin = file_begin,
    .add = file_add,
    .commit = file_commit,
    .hold = file_hold,
    .encode = file_encode,
    .append = file_append,
    .close = file_close,
};
