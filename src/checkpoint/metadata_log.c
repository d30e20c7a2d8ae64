/* metadata_log.c - offset and commit logs, and the rules of log directories. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "checkpoint/metadata_log.h"
#include "os/file.h"

#define MAX_ENTRY (256u << 20) /* bytes of one log file */
#define MAX_LINES 100000       /* offsets of one entry */

static mr_status corrupt(const char *name, const char *what, mr_error *err)
{
    return mr_fail(err, MR_CORRUPT, "%s: %s", name, what);
}

/* Spark's words for a first line that is wrong, with our status. */
static mr_status bad_version(mr_status status, const char *condition, const char *name,
                             const char *what, mr_error *err)
{
    (void)!mr_raise_text(err, MR_EXC_ILLEGAL_STATE, condition,
                         "Failed to read log file file:%s. [%s] %s SQLSTATE: KD002", name,
                         condition, what);
    if (err != NULL)
        err->status = status;
    return status;
}

static mr_status no_version(mr_str line, const char *name, mr_error *err)
{
    char start[40], what[160];
    size_t n = 0;

    for (; n < line.len && n + 1 < sizeof(start); n++)
        start[n] = line.ptr[n] >= ' ' && line.ptr[n] <= '~' ? line.ptr[n] : '?';
    start[n] = '\0';
    snprintf(what, sizeof(what),
             "Log file was malformed: failed to read correct log version from %s.", start);
    return bad_version(MR_CORRUPT, "MALFORMED_LOG_FILE", name, what, err);
}

mr_status mr_log_version(mr_str text, const char *name, int *version, mr_str *rest, mr_error *err)
{
    size_t end = mr_str_find(text, '\n', 0);
    mr_str line = mr_str_slice(text, 0, end);
    int64_t number = 0;
    bool digits = line.len >= 2 && line.ptr[0] == 'v';

    if (text.len == 0)
        return corrupt(name, "incomplete log file: it is empty", err);
    for (size_t i = 1; i < line.len; i++)
        digits = digits && line.ptr[i] >= '0' && line.ptr[i] <= '9';
    if (!digits || !mr_str_to_int64(mr_str_slice(line, 1, line.len), &number) || number < 1 ||
        number > INT32_MAX)
        return no_version(line, name, err);
    *version = (int)number;
    *rest = end < text.len ? mr_str_slice(text, end + 1, text.len) : (mr_str){ NULL, 0 };
    return MR_OK;
}

mr_status mr_log_expect_v1(mr_str text, const char *name, bool exact, mr_str *rest, mr_error *err)
{
    char what[240];
    int version;

    MR_TRY(mr_log_version(text, name, &version, rest, err));
    if (version == 1)
        return MR_OK;
    if (exact) {
        snprintf(what, sizeof(what),
                 "Unsupported log version. The only supported log version is v1, but encountered "
                 "v%d.",
                 version);
        return bad_version(MR_UNSUPPORTED, "INVALID_LOG_VERSION.EXACT_MATCH_VERSION", name, what,
                           err);
    }
    snprintf(what, sizeof(what),
             "Unsupported log version. The maximum supported log version is v1, but encountered "
             "v%d. The log file was produced by a newer version and cannot be read by this one.",
             version);
    return bad_version(MR_UNSUPPORTED, "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION", name, what,
                       err);
}

/* Cuts the next line off; false behind the last one.  *rest.ptr NULL = nothing left. */
static bool take_line(mr_str *rest, mr_str *line)
{
    size_t end;

    if (rest->ptr == NULL)
        return false;
    end = mr_str_find(*rest, '\n', 0);
    *line = mr_str_slice(*rest, 0, end);
    *rest = end < rest->len ? mr_str_slice(*rest, end + 1, rest->len) : (mr_str){ NULL, 0 };
    return true;
}

static mr_str text_of(mr_arena *arena, const json_t *node)
{
    return mr_arena_str(arena, (mr_str){ json_string_value(node), json_string_length(node) });
}

/* An integer member; absent = 0. */
static bool get_long(const json_t *root, const char *key, int64_t *out)
{
    const json_t *node = json_object_get(root, key);

    *out = node == NULL ? 0 : (int64_t)json_integer_value(node);
    return node == NULL || json_is_integer(node);
}

/* --- identity ----------------------------------------------------------------------------------
 */

mr_status mr_query_metadata_parse(mr_arena *arena, mr_str text, const char *name, mr_str *id,
                                  mr_error *err)
{
    json_t *root = json_loadb(text.ptr, text.len, 0, NULL);
    const json_t *node = json_object_get(root, "id");
    bool good = json_is_string(node) && json_string_length(node) > 0;

    if (good)
        *id = text_of(arena, node);
    json_decref(root);
    return good ? MR_OK : corrupt(name, "no query id", err);
}

void mr_query_metadata_print(mr_str id, mr_buf *out)
{
    mr_buf_puts(out, "{\"id\":");
    mr_buf_put_json(out, id);
    mr_buf_putc(out, '}');
}

/* --- offsets -----------------------------------------------------------------------------------
 */

static bool read_conf(mr_arena *arena, json_t *conf, mr_offset_entry *out)
{
    const char *key;
    json_t *value;

    if (conf == NULL)
        return true;
    if (!json_is_object(conf))
        return false;
    out->conf = MR_NEW_ARRAY(arena, mr_log_conf, json_object_size(conf));
    json_object_foreach(conf, key, value)
    {
        if (!json_is_string(value))
            return false;
        out->conf[out->n_conf].key = mr_arena_str(arena, mr_str_from(key));
        out->conf[out->n_conf++].value = text_of(arena, value);
    }
    return true;
}

static bool read_offset_metadata(mr_arena *arena, mr_str line, mr_offset_entry *out)
{
    json_t *root;
    bool good;

    if (line.len == 0)
        return true;
    root = json_loadb(line.ptr, line.len, 0, NULL);
    good = json_is_object(root) && get_long(root, "batchWatermarkMs", &out->watermark_ms) &&
           get_long(root, "batchTimestampMs", &out->timestamp_ms) &&
           read_conf(arena, json_object_get(root, "conf"), out);
    json_decref(root);
    return good;
}

mr_status mr_offset_entry_parse(mr_arena *arena, mr_str text, const char *name,
                                mr_offset_entry *out, mr_error *err)
{
    mr_str rest;
    mr_str line;
    mr_str *lines = NULL;
    int n = 0;
    int capacity = 0;

    memset(out, 0, sizeof(*out));
    MR_TRY(mr_log_expect_v1(text, name, false, &rest, err));
    if (!take_line(&rest, &line))
        return corrupt(name, "incomplete log file", err);
    if (!read_offset_metadata(arena, line, out))
        return corrupt(name, "damaged metadata line", err);
    while (n < MAX_LINES && take_line(&rest, &line))
        MR_PUSH(lines, n, capacity, line);
    out->offsets = MR_NEW_ARRAY(arena, mr_str, n);
    out->n_offsets = n;
    for (int i = 0; i < n; i++)
        if (!mr_str_is(lines[i], "-"))
            out->offsets[i] = mr_arena_str(arena, lines[i]);
    free(lines);
    return MR_OK;
}

void mr_offset_entry_print(const mr_offset_entry *entry, mr_buf *out)
{
    mr_buf_printf(
        out, "v1\n{\"batchWatermarkMs\":%" PRId64 ",\"batchTimestampMs\":%" PRId64 ",\"conf\":{",
        entry->watermark_ms, entry->timestamp_ms);
    for (int i = 0; i < entry->n_conf; i++) {
        mr_buf_puts(out, i > 0 ? "," : "");
        mr_buf_put_json(out, entry->conf[i].key);
        mr_buf_putc(out, ':');
        mr_buf_put_json(out, entry->conf[i].value);
    }
    mr_buf_puts(out, "}}");
    for (int i = 0; i < entry->n_offsets; i++) {
        mr_buf_putc(out, '\n');
        mr_buf_add(out, entry->offsets[i].ptr == NULL ? MR_STR("-") : entry->offsets[i]);
    }
}

mr_str mr_offset_entry_conf(const mr_offset_entry *entry, const char *key)
{
    for (int i = 0; i < entry->n_conf; i++)
        if (mr_str_is(entry->conf[i].key, key))
            return entry->conf[i].value;
    return (mr_str){ NULL, 0 };
}

/* --- commits -----------------------------------------------------------------------------------
 */

mr_status mr_commit_entry_parse(mr_str text, const char *name, int64_t *watermark_ms, mr_error *err)
{
    mr_str rest;
    json_t *root;
    bool good;

    *watermark_ms = 0;
    MR_TRY(mr_log_expect_v1(text, name, true, &rest, err));
    if (rest.len == 0)
        return MR_OK;
    root = json_loadb(rest.ptr, rest.len, 0, NULL);
    good = json_is_object(root) && get_long(root, "nextBatchWatermarkMs", watermark_ms);
    json_decref(root);
    return good ? MR_OK : corrupt(name, "damaged commit entry", err);
}

void mr_commit_entry_print(int64_t watermark_ms, mr_buf *out)
{
    mr_buf_printf(out, "v1\n{\"nextBatchWatermarkMs\":%" PRId64 "}", watermark_ms);
}

/* --- directories -------------------------------------------------------------------------------
 */

bool mr_log_name_parse(mr_str name, int64_t *id, bool *compact)
{
    static const char suffix[] = ".compact";

    *compact = mr_str_ends(name, suffix);
    if (*compact)
        name.len -= sizeof(suffix) - 1;
    if (name.len == 0 || name.ptr[0] < '0' || name.ptr[0] > '9')
        return false;
    return mr_str_to_int64(name, id);
}

static int by_id(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void note_compact(mr_log_list *list, int64_t id)
{
    if (id > list->last_compact[0]) {
        list->last_compact[1] = list->last_compact[0];
        list->last_compact[0] = id;
    } else if (id > list->last_compact[1]) {
        list->last_compact[1] = id;
    }
}

mr_status mr_log_list_dir(mr_os *os, const char *dir, mr_arena *arena, mr_log_list *out,
                          mr_error *err)
{
    mr_os_list found = { 0 };
    mr_error why = { 0 };
    mr_status status = mr_os_list_dir(os, dir, arena, &found, &why);

    *out = (mr_log_list){ .last_compact = { -1, -1 } };
    if (status == MR_NOT_FOUND)
        return MR_OK;
    if (status != MR_OK && err != NULL)
        *err = why;
    MR_TRY(status);
    out->ids = MR_NEW_ARRAY(arena, int64_t, found.n);
    for (size_t i = 0; i < found.n; i++) {
        int64_t id;
        bool compact;

        if (found.entries[i].is_dir || !mr_log_name_parse(found.entries[i].name, &id, &compact))
            continue;
        out->ids[out->n++] = id;
        if (compact)
            note_compact(out, id);
    }
    if (out->n > 1)
        qsort(out->ids, (size_t)out->n, sizeof(*out->ids), by_id);
    return MR_OK;
}

static char *log_path(mr_arena *arena, const char *dir, int64_t id, bool compact)
{
    mr_str name = mr_arena_printf(arena, "%" PRId64 "%s", id, compact ? ".compact" : "");

    return mr_file_join(arena, dir, name.ptr);
}

mr_status mr_log_read(mr_os *os, const char *dir, int64_t id, bool compact, mr_arena *arena,
                      mr_str *text, char **path, mr_error *err)
{
    *path = log_path(arena, dir, id, compact);
    MR_TRY(mr_file_read_all(os, *path, MAX_ENTRY, arena, text, err));
    return text->len > 0 ? MR_OK : corrupt(*path, "incomplete log file: it is empty", err);
}

mr_status mr_log_write(mr_os *os, const char *dir, int64_t id, bool compact, mr_str text, bool sync,
                       mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    unsigned flags = MR_FILE_NEW | (sync ? MR_FILE_SYNC | MR_FILE_SYNC_DIR : 0);
    mr_status status =
        mr_file_write_atomic(os, log_path(arena, dir, id, compact), text, flags, err);

    mr_arena_free(arena);
    return status;
}
