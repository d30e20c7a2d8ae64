/* outcome.c - what a machine holds when the query has ended: what readers see, state, logs. */
#include "fault.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/file_entries.h"
#include "checkpoint/metadata_log.h"
#include "os/file.h"
#include "stream/stream_priv.h"

#define FILE_MAX (1u << 24)

/* --- text --------------------------------------------------------------------------------------
 */

static int compare_lines(const void *a, const void *b)
{
    return mr_str_compare(*(const mr_str *)a, *(const mr_str *)b);
}

static int split_lines(mr_str text, mr_str **out)
{
    mr_str *lines = NULL;
    int n = 0, capacity = 0;

    while (text.len > 0) {
        size_t end = mr_str_find(text, '\n', 0);

        MR_PUSH(lines, n, capacity, mr_str_slice(text, 0, end));
        text = mr_str_slice(text, end + 1 < text.len ? end + 1 : text.len, text.len);
    }
    *out = lines;
    return n;
}

void fault_sort_lines(mr_buf *text)
{
    mr_buf sorted = { 0 };
    mr_str *lines;
    int n = split_lines(mr_buf_str(text), &lines);

    if (n > 1)
        qsort(lines, (size_t)n, sizeof(*lines), compare_lines);
    for (int i = 0; i < n; i++) {
        mr_buf_add(&sorted, lines[i]);
        mr_buf_putc(&sorted, '\n');
    }
    free(lines);
    mr_buf_clear(text);
    mr_buf_add(text, mr_buf_str(&sorted));
    mr_buf_free(&sorted);
}

mr_status fault_put_rows(const mr_batch *batch, mr_buf *out, mr_error *err)
{
    const mr_format *json = mr_format_find(MR_STR("json"));
    mr_format_spec spec = { .schema = batch->schema, .zone = mr_zone_utc() };
    mr_arena *arena = mr_arena_new();
    mr_writer *writer;
    mr_status status;

    MR_CHECK(json->open_writer(&spec, arena, &writer, err));
    status = json->write(writer, batch, false, out, err);
fail:
    mr_arena_free(arena);
    return status;
}

/* --- rows --------------------------------------------------------------------------------------
 */

typedef struct reading {
    fault_world *w;
    mr_arena *arena;
    mr_error *err;
    fault_outcome *out;
} reading;

static void complain_of(reading *r, const char *what)
{
    fault_complain(r->w, "%s: %s", what, r->err->message);
}

static void read_sink_file(reading *r, const mr_file_entry *entry)
{
    char *path;
    mr_str bytes;

    if (!mr_file_from_uri(r->arena, entry->uri, &path)) {
        fault_complain(r->w, "the sink's log holds %.*s", MR_STR_ARG(entry->uri));
    } else if (mr_file_read_all(r->w->os, path, FILE_MAX, r->arena, &bytes, r->err) != MR_OK) {
        complain_of(r, "a file of the sink's log");
    } else if ((int64_t)bytes.len != entry->size) {
        fault_complain(r->w, "%s has %zu bytes, its log says %lld", path, bytes.len,
                       (long long)entry->size);
    } else {
        mr_buf_add(&r->out->rows, bytes);
    }
}

/* As a reader that obeys the sink's log. */
static void read_sink(reading *r)
{
    mr_file_entries entries = { 0 };
    int64_t latest;

    if (mr_file_entries_read(r->w->os, FAULT_OUT "/_spark_metadata", false, r->arena, &entries,
                             &latest, r->err) != MR_OK)
        complain_of(r, "the sink's log");
    for (int i = 0; i < entries.n; i++) {
        for (int j = 0; j < i; j++)
            if (mr_str_equal(entries.items[i].uri, entries.items[j].uri))
                fault_complain(r->w, "the sink's log holds %.*s twice",
                               MR_STR_ARG(entries.items[i].uri));
        read_sink_file(r, &entries.items[i]);
    }
    mr_file_entries_free(&entries);
    fault_sort_lines(&r->out->rows);
}

/* Rows up to the count: the keys. */
static mr_str key_part(mr_str line)
{
    const char *n = memmem(line.ptr, line.len, ",\"n\":", 5);

    return n == NULL ? line : (mr_str){ line.ptr, (size_t)(n - line.ptr) };
}

/* The newest row of each key. */
static void read_updates(reading *r)
{
    mr_str *all = NULL;
    int n = 0, capacity = 0;

    for (int b = 0; b < r->w->recorder.n; b++) {
        mr_str *lines;
        int n_lines = split_lines(r->w->recorder.batches[b], &lines);

        for (int i = 0; i < n_lines; i++) {
            int at = 0;

            while (at < n && !mr_str_equal(key_part(all[at]), key_part(lines[i])))
                at++;
            if (at == n)
                MR_PUSH(all, n, capacity, lines[i]);
            else
                all[at] = lines[i];
        }
        free(lines);
    }
    for (int i = 0; i < n; i++)
        mr_buf_printf(&r->out->rows, "%.*s\n", MR_STR_ARG(all[i]));
    free(all);
    fault_sort_lines(&r->out->rows);
}

static void read_recorder(reading *r)
{
    const fault_recorder *recorder = &r->w->recorder;

    for (int b = 0; b < recorder->n; b++) {
        if (recorder->batches[b].ptr == NULL)
            fault_complain(r->w, "batch %d was never shown", b);
        if (!r->w->c->by_batch || recorder->batches[b].len == 0)
            continue;
        mr_buf_puts(&r->out->rows, "batch\n");
        mr_buf_add(&r->out->rows, recorder->batches[b]);
    }
    if (r->w->c->by_batch)
        return;
    if (r->w->c->mode == 2) {
        read_updates(r);
        return;
    }
    for (int b = 0; b < recorder->n; b++)
        mr_buf_add(&r->out->rows, recorder->batches[b]);
    fault_sort_lines(&r->out->rows);
}

/* --- state -------------------------------------------------------------------------------------
 */

static mr_status put_groups(const mr_groups *groups, const mr_groups_spec *spec, mr_arena *arena,
                            mr_buf *out, mr_error *err)
{
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, 256);
    int n_buffers = mr_groups_buffers(spec, arena, fields + spec->n_keys, 256 - spec->n_keys);
    mr_batch *batch;
    int32_t n;
    int32_t *ids = mr_groups_all(groups, &n);

    for (int i = 0; i < spec->n_keys; i++)
        fields[i].type = spec->key_types[i];
    for (int i = 0; i < spec->n_keys + n_buffers; i++) {
        fields[i].name = mr_arena_printf(arena, "c%d", i);
        fields[i].nullable = true;
    }
    batch = mr_batch_new(arena, mr_type_struct(arena, fields, spec->n_keys + n_buffers), n);
    mr_groups_keys(groups, ids, n, batch->cols, arena);
    mr_groups_save(groups, ids, n, batch->cols + spec->n_keys, arena);
    free(ids);
    return fault_put_rows(batch, out, err);
}

static void put_operator(reading *r, const stream_operator *op)
{
    if (op->is_limit)
        mr_buf_printf(&r->out->state, "%lld rows taken\n", (long long)op->limit.taken);
    else if (put_groups(op->state.groups, &op->groups_spec, r->arena, &r->out->state, r->err) !=
             MR_OK)
        complain_of(r, "printing the state");
}

/* State as the query's own next start would load it. */
static void read_state(reading *r)
{
    mr_stream *stream;

    if (fault_world_stream(r->w, MR_STREAM_AVAILABLE_NOW, &stream, r->err) != MR_OK) {
        complain_of(r, "opening the checkpoint once more");
        return;
    }
    if (stream_open_operators(stream, r->err) != MR_OK)
        complain_of(r, "loading the state");
    else if (stream->must_rerun)
        fault_complain(r->w, "batch %lld is not committed at the end", (long long)stream->batch_id);
    else
        for (int i = 0; i < stream->n_operators; i++)
            put_operator(r, &stream->operators[i]);
    fault_sort_lines(&r->out->state);
    mr_stream_close(stream);
}

/* --- logs --------------------------------------------------------------------------------------
 */

/* Older ones than the query keeps may go in any order. */
static void check_ids(reading *r, const char *log, const mr_log_list *list)
{
    for (int i = 0; i < list->n; i++) {
        int64_t before = i == 0 ? -1 : list->ids[i - 1];

        if (list->ids[i] != before + 1 && list->ids[i] + r->w->c->retain > list->ids[list->n - 1])
            fault_complain(r->w, "%s/%lld is missing", log, (long long)list->ids[i] - 1);
    }
}

static void check_offsets(reading *r, const mr_log_list *list)
{
    int64_t watermark = INT64_MIN;

    for (int i = 0; i < list->n; i++) {
        mr_offset_entry entry;
        mr_str text;
        char *path;

        if (mr_log_read(r->w->os, FAULT_CKPT "/offsets", list->ids[i], false, r->arena, &text,
                        &path, r->err) != MR_OK ||
            mr_offset_entry_parse(r->arena, text, path, &entry, r->err) != MR_OK) {
            complain_of(r, "offsets");
            return;
        }
        if (entry.watermark_ms < watermark)
            fault_complain(r->w, "the watermark falls at %s", path);
        watermark = entry.watermark_ms;
    }
}

static void check_commits(reading *r, const mr_log_list *list)
{
    for (int i = 0; i < list->n; i++) {
        int64_t watermark;
        mr_str text;
        char *path;

        if (mr_log_read(r->w->os, FAULT_CKPT "/commits", list->ids[i], false, r->arena, &text,
                        &path, r->err) != MR_OK ||
            mr_commit_entry_parse(text, path, &watermark, r->err) != MR_OK)
            complain_of(r, "commits");
    }
}

static void check_batches(reading *r)
{
    mr_log_list offsets, commits;

    if (mr_log_list_dir(r->w->os, FAULT_CKPT "/offsets", r->arena, &offsets, r->err) != MR_OK ||
        mr_log_list_dir(r->w->os, FAULT_CKPT "/commits", r->arena, &commits, r->err) != MR_OK) {
        complain_of(r, "the logs");
        return;
    }
    if (offsets.n == 0 || commits.n == 0 ||
        offsets.ids[offsets.n - 1] != commits.ids[commits.n - 1])
        fault_complain(r->w, "offsets end at %lld, commits at %lld",
                       offsets.n == 0 ? -1LL : (long long)offsets.ids[offsets.n - 1],
                       commits.n == 0 ? -1LL : (long long)commits.ids[commits.n - 1]);
    check_ids(r, "offsets", &offsets);
    check_ids(r, "commits", &commits);
    check_offsets(r, &offsets);
    check_commits(r, &commits);
}

static bool exists(reading *r, const char *format, int k)
{
    char path[128];
    mr_os_stat stat = { 0 };

    snprintf(path, sizeof(path), "%s/%03d.%s", format, k, r->w->c->format);
    return mr_os_stat_path(r->w->os, path, &stat, r->err) == MR_OK && stat.exists;
}

static bool cleans(const fault_case *c, const char *how)
{
    const mr_str *option =
        mr_options_find(&(mr_options){ c->options, c->n_options }, "cleanSource");

    return option != NULL && mr_str_is(*option, how);
}

/* Every input file was taken once, and is where it belongs. */
static void check_source(reading *r, int source)
{
    const char *log = mr_arena_printf(r->arena, FAULT_CKPT "/sources/%d", source).ptr;
    mr_file_entries entries = { 0 };
    int64_t latest;

    if (mr_file_entries_read(r->w->os, log, true, r->arena, &entries, &latest, r->err) != MR_OK)
        complain_of(r, "the source's log");
    for (int k = 0; k <= r->w->c->n_files; k++) {
        mr_str uri = mr_arena_printf(r->arena, "file://%s/%03d.%s", FAULT_IN, k, r->w->c->format);
        int n = 0;

        for (int i = 0; i < entries.n; i++)
            n += mr_str_equal(entries.items[i].uri, uri);
        if (n != 1)
            fault_complain(r->w, "the source's log holds %.*s %d times", MR_STR_ARG(uri), n);
        n = exists(r, FAULT_IN, k) + exists(r, FAULT_OLD FAULT_IN, k);
        if (n != 1 && !(n == 0 && cleans(r->w->c, "delete")))
            fault_complain(r->w, "input file %d is there %d times", k, n);
    }
    if (entries.n != r->w->c->n_files + 1)
        fault_complain(r->w, "the source's log holds %d files", entries.n);
    mr_file_entries_free(&entries);
}

/* Digits, then one of the endings ('|' between). */
static bool is_numbered(mr_str name, const char *endings)
{
    size_t digits = 0;

    while (digits < name.len && isdigit((unsigned char)name.ptr[digits]))
        digits++;
    if (digits == 0)
        return false;
    name = mr_str_slice(name, digits, name.len);
    for (const char *e = endings;; e++) {
        size_t n = strcspn(e, "|");

        if (name.len == n && memcmp(name.ptr, e, n) == 0)
            return true;
        e += n;
        if (*e == '\0')
            return false;
    }
}

static bool is_expected(const char *dir, mr_str name, bool is_dir)
{
    const char *last = mr_file_name(dir);

    if (name.ptr[0] == '.')
        return true; /* hidden from every reader */
    if (is_dir && mr_str_starts(mr_str_from(dir), FAULT_OUT))
        return mr_str_is(name, "_spark_metadata") || mr_str_starts(name, "k=");
    if (is_dir)
        return is_numbered(name, "") || mr_str_is(name, "_metadata") ||
               mr_str_is(name, "offsets") || mr_str_is(name, "commits") ||
               mr_str_is(name, "sources") || mr_str_is(name, "state");
    if (strcmp(dir, FAULT_OUT) == 0 || strncmp(last, "k=", 2) == 0)
        return mr_str_starts(name, "part-00000-");
    if (strcmp(dir, FAULT_CKPT) == 0)
        return mr_str_is(name, "metadata");
    if (strcmp(last, "_metadata") == 0)
        return mr_str_is(name, "metadata") || mr_str_is(name, "schema");
    return is_numbered(name, "|.compact|.delta|.snapshot|.delta.crc|.snapshot.crc");
}

static void check_names(reading *r, const char *dir)
{
    mr_os_list list;

    if (mr_os_list_dir(r->w->os, dir, r->arena, &list, r->err) != MR_OK) {
        complain_of(r, "listing");
        return;
    }
    for (size_t i = 0; i < list.n; i++) {
        const mr_os_entry *e = &list.entries[i];

        if (!is_expected(dir, e->name, e->is_dir))
            fault_complain(r->w, "%s/%.*s was left behind", dir, MR_STR_ARG(e->name));
        if (e->is_dir && e->name.ptr[0] != '.')
            check_names(r, mr_file_join(r->arena, dir, e->name.ptr));
    }
}

static bool has_state_file(reading *r, long version, const char *kind)
{
    mr_os_stat stat = { 0 };
    const char *path = mr_arena_printf(r->arena, FAULT_CKPT "/state/0/0/%ld.%s", version, kind).ptr;

    return mr_os_stat_path(r->w->os, path, &stat, r->err) == MR_OK && stat.exists;
}

static void count_state_files(reading *r)
{
    mr_os_list list;

    if (mr_os_list_dir(r->w->os, FAULT_CKPT "/state/0/0", r->arena, &list, r->err) != MR_OK)
        return; /* without state, or without files yet */
    for (size_t i = 0; i < list.n; i++) {
        mr_str name = list.entries[i].name;
        long version = strtol(name.ptr, NULL, 10);

        r->out->n_deltas += is_numbered(name, ".delta");
        if (!is_numbered(name, ".snapshot") || has_state_file(r, version, "delta"))
            continue;
        r->out->n_snapshots++;
        r->out->n_skipped += version > 1 && !has_state_file(r, version - 1, "delta") &&
                             !has_state_file(r, version - 1, "snapshot");
    }
}

/* -----------------------------------------------------------------------------------------------
 */

static int count_lines(mr_str text)
{
    int n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '\n';
    return n;
}

void fault_outcome_read(fault_world *w, fault_outcome *out)
{
    reading r = { w, mr_arena_new(), mr_calloc(1, sizeof(*r.err)), out };

    *out = (fault_outcome){ 0 };
    mr_error_clear(r.err);
    if (w->c->sink != NULL)
        read_sink(&r);
    else
        read_recorder(&r);
    out->n_rows = count_lines(mr_buf_str(&out->rows));
    check_batches(&r);
    for (int i = 0; i < (w->c->n_sources > 0 ? w->c->n_sources : 1); i++)
        check_source(&r, i);
    check_names(&r, FAULT_CKPT);
    if (w->c->sink != NULL)
        check_names(&r, FAULT_OUT);
    read_state(&r);
    count_state_files(&r);
    free(r.err);
    mr_arena_free(r.arena);
}

void fault_outcome_free(fault_outcome *out)
{
    mr_buf_free(&out->rows);
    mr_buf_free(&out->state);
}
