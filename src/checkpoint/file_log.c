/* file_log.c - entries of file source and file sink logs, and when they are compacted. */
#include <inttypes.h>

#include <jansson.h>

#include "checkpoint/file_log.h"
#include "checkpoint/metadata_log.h"

mr_status mr_file_log_open(mr_str text, const char *name, mr_str *rest, mr_error *err)
{
    return mr_log_expect_v1(text, name, false, rest, err);
}

/* The object of the next line; NULL: none left, or (*bad) not an object. */
static json_t *next_object(mr_str *rest, bool *bad)
{
    json_t *root;
    size_t end;

    *bad = false;
    while (rest->len > 0 && rest->ptr[0] == '\n')
        *rest = mr_str_slice(*rest, 1, rest->len);
    if (rest->len == 0)
        return NULL;
    end = mr_str_find(*rest, '\n', 0);
    root = json_loadb(rest->ptr, end, 0, NULL);
    *rest = mr_str_slice(*rest, end, rest->len);
    *bad = !json_is_object(root);
    return root;
}

static mr_status damaged(const char *name, mr_error *err)
{
    return mr_fail(err, MR_CORRUPT, "%s: damaged entry of a file log", name);
}

static bool get_text(mr_arena *arena, const json_t *root, const char *key, mr_str *out)
{
    const json_t *node = json_object_get(root, key);

    if (!json_is_string(node))
        return false;
    *out = mr_arena_str(arena, (mr_str){ json_string_value(node), json_string_length(node) });
    return true;
}

static bool get_long(const json_t *root, const char *key, int64_t *out)
{
    const json_t *node = json_object_get(root, key);

    *out = (int64_t)json_integer_value(node);
    return json_is_integer(node);
}

mr_status mr_file_log_next_source(mr_arena *arena, mr_str *rest, const char *name,
                                  mr_source_file *out, bool *end, mr_error *err)
{
    bool bad;
    json_t *root = next_object(rest, &bad);

    *end = root == NULL && !bad;
    if (*end)
        return MR_OK;
    bad = bad || !get_text(arena, root, "path", &out->path) ||
          !get_long(root, "timestamp", &out->timestamp_ms) ||
          !get_long(root, "batchId", &out->log_id);
    json_decref(root);
    return bad ? damaged(name, err) : MR_OK;
}

mr_status mr_file_log_next_sink(mr_arena *arena, mr_str *rest, const char *name, mr_sink_file *out,
                                bool *end, mr_error *err)
{
    int64_t replication = 0;
    bool bad;
    json_t *root = next_object(rest, &bad);

    *end = root == NULL && !bad;
    if (*end)
        return MR_OK;
    bad = bad || !get_text(arena, root, "path", &out->path) ||
          !get_long(root, "size", &out->size) ||
          !get_long(root, "modificationTime", &out->modified_ms) ||
          !get_long(root, "blockReplication", &replication) ||
          !get_long(root, "blockSize", &out->block_size) ||
          !get_text(arena, root, "action", &out->action) || replication < INT32_MIN ||
          replication > INT32_MAX;
    out->replication = (int32_t)replication;
    out->is_dir = json_is_true(json_object_get(root, "isDir"));
    json_decref(root);
    return bad ? damaged(name, err) : MR_OK;
}

void mr_file_log_start(mr_buf *out)
{
    mr_buf_puts(out, "v1");
}

void mr_file_log_put_source(const mr_source_file *file, mr_buf *out)
{
    mr_buf_puts(out, "\n{\"path\":");
    mr_buf_put_json(out, file->path);
    mr_buf_printf(out, ",\"timestamp\":%" PRId64 ",\"batchId\":%" PRId64 "}", file->timestamp_ms,
                  file->log_id);
}

void mr_file_log_put_sink(const mr_sink_file *file, mr_buf *out)
{
    mr_buf_puts(out, "\n{\"path\":");
    mr_buf_put_json(out, file->path);
    mr_buf_printf(out,
                  ",\"size\":%" PRId64 ",\"isDir\":%s,\"modificationTime\":%" PRId64
                  ",\"blockReplication\":%" PRId32 ",\"blockSize\":%" PRId64 ",\"action\":",
                  file->size, file->is_dir ? "true" : "false", file->modified_ms, file->replication,
                  file->block_size);
    mr_buf_put_json(out, file->action);
    mr_buf_putc(out, '}');
}

bool mr_file_log_is_compact(int64_t id, int64_t interval)
{
    MR_ASSERT(interval > 0);
    return (id + 1) % interval == 0;
}

int64_t mr_file_log_first(int64_t latest, int64_t interval)
{
    int64_t first;

    MR_ASSERT(interval > 0);
    first = (latest + 1) / interval * interval - 1;
    return first < 0 ? 0 : first;
}

/* From one compaction at id n - 1 alone: a divisor of n that explains it. */
static int64_t explain(int64_t n, int64_t configured)
{
    if (n > configured && configured < n / 2)
        for (int64_t i = configured; i <= n / 2; i++)
            if (n % i == 0)
                return i;
    return n;
}

int64_t mr_file_log_interval(const int64_t last_compact[2], int64_t configured)
{
    MR_ASSERT(configured > 0);
    if (last_compact[0] < 0)
        return configured;
    if (last_compact[1] >= 0)
        return last_compact[0] - last_compact[1];
    return explain(last_compact[0] + 1, configured);
}
