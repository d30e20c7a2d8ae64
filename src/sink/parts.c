/* parts.c - the file sink under partitionBy(): a file for each combination of values, in
 * directories named after them, and one log entry as in file.c.
 *
 *     <path>/k=a/n=1/part-00000-<uuid>.c000.json
 */
#include "sink/sink.h"

#include "checkpoint/file_entries.h"
#include "column/print.h"
#include "os/file.h"

#include <stdlib.h>
#include <string.h>

#define HIVE_NULL "__HIVE_DEFAULT_PARTITION__"

/* The rows of one combination of values in the current batch. */
typedef struct part {
    mr_str key; /* the directory; a NUL and more tells null from empty text */
    mr_buf text;
} part;

typedef struct parts_sink {
    mr_sink base;
    const mr_format *format;
    mr_writer *writer;
    char *directory;
    char *log;
    mr_file_entries entries;
    int64_t latest;
    int *columns;           /* in the schema, of the partition's values */
    const mr_type *written; /* the schema without them */
    mr_arena *batch_arena;  /* keys of the current batch */
    part *parts;
    int n_parts, capacity;
} parts_sink;

static bool is_partition(const mr_sink_config *config, const parts_sink *p, int column)
{
    for (int i = 0; i < config->n_partition_by; i++)
        if (p->columns[i] == column)
            return true;
    return false;
}

static void split_schema(parts_sink *p)
{
    const mr_sink_config *config = &p->base.config;
    mr_field *fields = MR_NEW_ARRAY(p->base.arena, mr_field, config->schema->n_fields + 1);
    int n = 0;

    p->columns = MR_NEW_ARRAY(p->base.arena, int, config->n_partition_by + 1);
    for (int i = 0; i < config->n_partition_by; i++) {
        p->columns[i] = mr_type_field(config->schema, config->partition_by[i], false);
        MR_ASSERT(p->columns[i] >= 0);
    }
    for (int i = 0; i < config->schema->n_fields; i++)
        if (!is_partition(config, p, i))
            fields[n++] = config->schema->fields[i];
    p->written = mr_type_struct(p->base.arena, fields, n);
}

static mr_status parts_open(mr_sink *sink, mr_error *err)
{
    parts_sink *p = (parts_sink *)sink;

    p->latest = -1;
    p->batch_arena = mr_arena_new();
    p->format = mr_format_find(sink->config.format);
    MR_ASSERT(p->format != NULL);
    split_schema(p);
    MR_TRY(mr_sink_writer(sink, p->format, p->written, false, &p->writer, err));
    MR_TRY(mr_file_absolute(sink->arena, sink->config.path, &p->directory, err));
    p->log = mr_file_join(sink->arena, p->directory, "_spark_metadata");
    sink->description = mr_arena_printf(sink->arena, "FileSink[file:%s]", p->directory);
    MR_TRY(mr_file_entries_read(sink->config.os, p->log, false, sink->arena, &p->entries,
                                &p->latest, err));
    return p->latest < 0 ? MR_OK : mr_os_sync_dir(sink->config.os, p->log, err);
}

static void forget_parts(parts_sink *p)
{
    for (int i = 0; i < p->n_parts; i++)
        mr_buf_free(&p->parts[i].text);
    p->n_parts = 0;
    mr_arena_reset(p->batch_arena);
}

static mr_status parts_begin(mr_sink *sink, int64_t batch_id, bool *is_shown, mr_error *err)
{
    parts_sink *p = (parts_sink *)sink;

    *is_shown = batch_id <= p->latest;
    forget_parts(p);
    return *is_shown ? MR_OK : mr_sink_writer(sink, p->format, p->written, true, &p->writer, err);
}

/* Characters that a directory's name does not carry as they are. */
static void put_escaped(mr_str text, mr_buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c < 0x20 || c == 0x7f || strchr("\"#%'*/:=?\\{[]^", c) != NULL)
            mr_buf_printf(out, "%%%02X", c);
        else
            mr_buf_putc(out, (char)c);
    }
}

/* "k=a/n=1" of the row; null and "" name the same directory, in files of their own. */
static void put_key(const parts_sink *p, const mr_batch *batch, int32_t row, mr_buf *out)
{
    mr_buf value = { 0 }, nulls = { 0 };

    for (int i = 0; i < p->base.config.n_partition_by; i++) {
        const mr_vec *vec = &batch->cols[p->columns[i]];

        mr_buf_puts(out, i > 0 ? "/" : "");
        put_escaped(p->base.config.schema->fields[p->columns[i]].name, out);
        mr_buf_putc(out, '=');
        mr_buf_clear(&value);
        if (mr_vec_is_null(vec, row))
            mr_buf_putc(&nulls, (char)('a' + i % 26));
        else
            mr_print_value(vec, row, p->base.config.zone, "", &value);
        if (value.len == 0)
            mr_buf_puts(out, HIVE_NULL);
        else
            put_escaped(mr_buf_str(&value), out);
    }
    if (nulls.len > 0) {
        mr_buf_putc(out, '\0');
        mr_buf_add(out, mr_buf_str(&nulls));
    }
    mr_buf_free(&value);
    mr_buf_free(&nulls);
}

static part *part_of(parts_sink *p, mr_str key)
{
    for (int i = p->n_parts - 1; i >= 0; i--)
        if (mr_str_equal(p->parts[i].key, key))
            return &p->parts[i];
    MR_PUSH(p->parts, p->n_parts, p->capacity, (part){ .key = mr_arena_str(p->batch_arena, key) });
    return &p->parts[p->n_parts - 1];
}

static mr_status add_row(parts_sink *p, const mr_batch *data, mr_str key, int32_t row,
                         mr_error *err)
{
    part *to = part_of(p, key);
    mr_batch one = *data;

    one.sel = (mr_sel){ &row, 1 };
    return p->format->write(p->writer, &one, to->text.len == 0, &to->text, err);
}

static mr_status parts_add(mr_sink *sink, const mr_batch *batch, mr_error *err)
{
    parts_sink *p = (parts_sink *)sink;
    mr_vec *cols = mr_calloc((size_t)p->written->n_fields + 1, sizeof(*cols));
    mr_batch data = { p->written, batch->n, batch->sel, cols };
    mr_buf key = { 0 };
    mr_status status = MR_OK;
    int n = 0;

    for (int c = 0; c < batch->schema->n_fields; c++)
        if (!is_partition(&sink->config, p, c))
            cols[n++] = batch->cols[c];
    for (int32_t i = 0; i < batch->sel.n && status == MR_OK; i++) {
        int32_t row = mr_sel_row(batch->sel, i);

        mr_buf_clear(&key);
        put_key(p, batch, row, &key);
        status = add_row(p, &data, mr_buf_str(&key), row, err);
    }
    mr_buf_free(&key);
    free(cols);
    return status;
}

/* The part's file: written, durable, and in the entries of the log. */
static mr_status write_part(parts_sink *p, const part *from, mr_error *err)
{
    mr_os *os = p->base.config.os;
    mr_str name = mr_str_slice(from->key, 0, mr_str_find(from->key, '\0', 0));
    char *dir = mr_file_join(p->batch_arena, p->directory, mr_arena_cstr(p->batch_arena, name));
    char uuid[37], *path;
    mr_file *file;
    mr_status status;
    mr_os_stat stat;
    mr_buf uri = { 0 };

    MR_TRY(mr_os_mkdirs(os, dir, err));
    MR_TRY(mr_os_uuid(os, uuid, err));
    path = mr_file_join(
        p->batch_arena, dir,
        mr_arena_printf(p->batch_arena, "part-00000-%s.c000%s", uuid, p->format->extension).ptr);
    MR_TRY(mr_os_open(os, path, MR_OS_WRITE | MR_OS_CREATE | MR_OS_EXCLUSIVE, &file, err));
    status = mr_os_write(file, from->text.ptr, from->text.len, err);
    if (status == MR_OK)
        status = mr_os_fsync(file, err);
    MR_KEEP(mr_os_close(file, status == MR_OK ? err : NULL));
    MR_TRY(status);
    MR_TRY(mr_os_sync_dir(os, dir, err));
    MR_TRY(mr_os_stat_path(os, path, &stat, err));
    mr_file_to_uri(path, &uri);
    MR_PUSH(p->entries.items, p->entries.n, p->entries.capacity,
            (mr_file_entry){ mr_arena_str(p->base.arena, mr_buf_str(&uri)), stat.mtime_us / 1000, 0,
                             (int64_t)from->text.len });
    mr_buf_free(&uri);
    return MR_OK;
}

static mr_status parts_commit(mr_sink *sink, int64_t batch_id, mr_error *err)
{
    parts_sink *p = (parts_sink *)sink;
    mr_os *os = sink->config.os;
    int first = p->entries.n;

    MR_TRY(mr_os_mkdirs(os, p->log, err));
    for (int i = 0; i < p->n_parts; i++)
        MR_TRY(write_part(p, &p->parts[i], err));
    /* directories that were made are durable before the entry is */
    MR_TRY(mr_os_sync_fs(os, p->directory, err));
    MR_TRY(mr_file_entries_add(os, p->log, false, batch_id, &p->entries, first, err));
    p->latest = batch_id;
    return MR_OK;
}

static void parts_close(mr_sink *sink)
{
    parts_sink *p = (parts_sink *)sink;

    if (p->batch_arena != NULL) {
        forget_parts(p);
        mr_arena_free(p->batch_arena);
    }
    free(p->parts);
    mr_file_entries_free(&p->entries);
}

const mr_sink_ops mr_sink_parts = {
    .name = "file",
    .instance_size = sizeof(parts_sink),
    .open = parts_open,
    .begin = parts_begin,
    .add = parts_add,
    .commit = parts_commit,
    .close = parts_close,
};
