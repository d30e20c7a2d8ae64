/* file_source.c - which files are new, and the log that remembers (features.md SRC-01 to SRC-11).
 */
#include "source/file_source.h"

#include <ctype.h>
#include <stdlib.h>

#include "value/interval.h"

typedef struct seen_set { /* open addressing over keys in the source's arena */
    mr_str *keys;
    size_t n, capacity;
} seen_set;

struct mr_file_source {
    mr_os *os;
    mr_arena *arena;
    mr_str path;
    mr_str description;
    char *directory;
    mr_options options;
    char *log_dir;
    int64_t offset;
    int64_t max_files; /* 0 = no limit */
    int64_t max_bytes;
    bool latest_first;
    bool name_only;
    int64_t max_age_ms;
    int64_t max_seen_ms; /* newest modification time handed out */
    int64_t purge_ms;    /* files older than that are ignored */
    seen_set seen;
    mr_file_entries entries;  /* everything in the log */
    mr_listed_file *prepared; /* availableNow: what there was at the start, not yet handed out */
    int n_prepared;
    bool is_prepared;
    enum { CLEAN_OFF, CLEAN_DELETE, CLEAN_ARCHIVE } clean;
    char *archive_dir;
    mr_str archived_to; /* directory that the last file was moved to: durable */
    int64_t cleaned;    /* newest offset whose files were cleaned */
};

static uint64_t hash_key(mr_str key)
{
    uint64_t h = UINT64_C(1469598103934665603);

    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.ptr[i]) * UINT64_C(1099511628211);
    return h;
}

static size_t seen_slot(const seen_set *set, mr_str key)
{
    size_t at = hash_key(key) & (set->capacity - 1);

    while (set->keys[at].ptr != NULL && !mr_str_equal(set->keys[at], key))
        at = (at + 1) & (set->capacity - 1);
    return at;
}

static bool seen_has(const seen_set *set, mr_str key)
{
    return set->capacity > 0 && set->keys[seen_slot(set, key)].ptr != NULL;
}

static void seen_add(seen_set *set, mr_str key)
{
    if (set->n * 2 >= set->capacity) {
        seen_set bigger = { NULL, set->n, set->capacity == 0 ? 256 : set->capacity * 2 };

        bigger.keys = mr_calloc(bigger.capacity, sizeof(*bigger.keys));
        for (size_t i = 0; i < set->capacity; i++)
            if (set->keys[i].ptr != NULL)
                bigger.keys[seen_slot(&bigger, set->keys[i])] = set->keys[i];
        free(set->keys);
        *set = bigger;
    }
    if (set->keys[seen_slot(set, key)].ptr == NULL) {
        set->keys[seen_slot(set, key)] = key;
        set->n++;
    }
}

/* The key of a file in the seen set, from its URI text. */
static mr_str seen_key(const mr_file_source *source, mr_str uri)
{
    if (!source->name_only)
        return uri;
    for (size_t i = uri.len; i > 0; i--)
        if (uri.ptr[i - 1] == '/')
            return mr_str_slice(uri, i, uri.len);
    return uri;
}

static mr_str uri_of(mr_arena *arena, const char *path)
{
    mr_buf text = { 0 };
    mr_str uri;

    mr_file_to_uri(path, &text);
    uri = mr_arena_str(arena, mr_buf_str(&text));
    mr_buf_free(&text);
    return uri;
}

static mr_status positive_option(const mr_options *options, const char *name, const char *kind,
                                 int64_t *out, mr_error *err)
{
    const mr_str *text = mr_options_find(options, name);

    *out = 0;
    if (text == NULL)
        return MR_OK;
    if (!mr_str_to_int64(*text, out) || *out <= 0 ||
        (strcmp(kind, "integer") == 0 && *out > INT32_MAX))
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "Invalid value '%.*s' for option '%s', must be a positive %s",
                             MR_STR_ARG(*text), name, kind);
    return MR_OK;
}

static mr_status bool_option(const mr_options *options, const char *name, bool *out, mr_error *err)
{
    const mr_str *text = mr_options_find(options, name);

    *out = text != NULL && mr_str_is_nocase(*text, "true");
    if (text == NULL || *out || mr_str_is_nocase(*text, "false"))
        return MR_OK;
    return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                         "Invalid value '%.*s' for option '%s', must be 'true' or 'false'",
                         MR_STR_ARG(*text), name);
}

/* Java's time strings of Spark's confs: a number and ms, s, m, min, h, d. */
static bool parse_age(mr_str text, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "ms", 1 },      { "s", 1000 },     { "m", 60000 }, { "min", 60000 },
                  { "h", 3600000 }, { "d", 86400000 }, { "", 1 } };
    size_t digits = 0;
    int64_t n;

    text = mr_str_trim(text);
    while (digits < text.len && isdigit((unsigned char)text.ptr[digits]))
        digits++;
    if (!mr_str_to_int64(mr_str_slice(text, 0, digits), &n))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (mr_str_is_nocase(mr_str_slice(text, digits, text.len), units[i].unit))
            return !__builtin_mul_overflow(n, units[i].ms, ms);
    return false;
}

static mr_status read_clean(mr_file_source *source, mr_error *err)
{
    const mr_str *clean = mr_options_find(&source->options, "cleanSource");
    const mr_str *archive = mr_options_find(&source->options, "sourceArchiveDir");
    char *plain;

    if (clean == NULL || mr_str_is_nocase(*clean, "off"))
        return MR_OK;
    if (mr_str_is_nocase(*clean, "delete")) {
        source->clean = CLEAN_DELETE;
        return MR_OK;
    }
    if (!mr_str_is_nocase(*clean, "archive"))
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "Invalid mode for clean source option Some(%.*s). Must be one of "
                             "ARCHIVE,DELETE,OFF",
                             MR_STR_ARG(*clean));
    if (archive == NULL || !mr_file_from_uri(source->arena, *archive, &plain))
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "Archive mode must be used with 'sourceArchiveDir' option.");
    source->clean = CLEAN_ARCHIVE;
    return mr_file_absolute(source->arena, plain, &source->archive_dir, err);
}

static mr_status read_options(mr_file_source *source, mr_error *err)
{
    const mr_options *o = &source->options;
    const mr_str *age = mr_options_find(o, "maxFileAge");

    MR_TRY(positive_option(o, "maxFilesPerTrigger", "integer", &source->max_files, err));
    MR_TRY(positive_option(o, "maxBytesPerTrigger", "integer", &source->max_bytes, err));
    if (source->max_files > 0 && source->max_bytes > 0)
        return mr_raise_text(
            err, MR_EXC_ILLEGAL_ARGUMENT, "",
            "Options 'maxFilesPerTrigger' and 'maxBytesPerTrigger' can't be both set "
            "at the same time");
    if (mr_options_find(o, "modifiedBefore") != NULL || mr_options_find(o, "modifiedAfter") != NULL)
        return mr_raise_text(
            err, MR_EXC_ILLEGAL_ARGUMENT, "", "option '%s' is not allowed in file stream sources",
            mr_options_find(o, "modifiedBefore") != NULL ? "modifiedbefore" : "modifiedafter");
    MR_TRY(bool_option(o, "latestFirst", &source->latest_first, err));
    MR_TRY(bool_option(o, "fileNameOnly", &source->name_only, err));
    source->max_age_ms = INT64_C(7) * 86400000;
    if (age != NULL && !parse_age(*age, &source->max_age_ms))
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "Time must be specified as seconds (s), milliseconds (ms), "
                             "microseconds (us), minutes (m or min), hour (h), or day (d). "
                             "E.g. 50s, 100ms, or 250us.\nFailed to parse time string: %.*s",
                             MR_STR_ARG(*age));
    if (source->latest_first && (source->max_files > 0 || source->max_bytes > 0))
        source->max_age_ms = INT64_MAX;
    return read_clean(source, err);
}

static void remember(mr_file_source *source, const mr_file_entry *entry)
{
    seen_add(&source->seen, seen_key(source, entry->uri));
    if (entry->timestamp_ms > source->max_seen_ms)
        source->max_seen_ms = entry->timestamp_ms;
}

/* Older files than the newest seen minus maxFileAge are ignored from now on. */
static void purge(mr_file_source *source)
{
    if (source->max_age_ms != INT64_MAX && source->max_seen_ms != INT64_MIN &&
        source->max_seen_ms - source->max_age_ms > source->purge_ms)
        source->purge_ms = source->max_seen_ms - source->max_age_ms;
}

static mr_status set_paths(mr_file_source *source, mr_str path, mr_error *err)
{
    char *plain, *absolute;
    size_t glob;

    if (!mr_file_from_uri(source->arena, path, &plain))
        return mr_fail(err, MR_UNSUPPORTED, "only local paths are supported, got %.*s",
                       MR_STR_ARG(path));
    MR_TRY(mr_file_absolute(source->arena, plain, &absolute, err));
    source->path = mr_str_from(absolute);
    source->description = mr_arena_printf(source->arena, "FileStreamSource[file:%s]", absolute);
    glob = strcspn(absolute, "*?[{");
    while (glob < source->path.len && glob > 1 && absolute[glob] != '/')
        glob--;
    source->directory = mr_arena_cstr(source->arena, mr_str_slice(source->path, 0, glob));
    return MR_OK;
}

mr_status mr_file_source_open(mr_os *os, mr_str path, const mr_options *options,
                              const char *log_dir, mr_file_source **out, mr_error *err)
{
    mr_file_source *source = mr_calloc(1, sizeof(*source));
    mr_status status;

    source->os = os;
    source->arena = mr_arena_new();
    source->options = *options;
    source->log_dir = mr_arena_cstr(source->arena, mr_str_from(log_dir));
    source->max_seen_ms = INT64_MIN;
    source->purge_ms = INT64_MIN;
    MR_CHECK(set_paths(source, path, err));
    MR_CHECK(read_options(source, err));
    MR_CHECK(mr_file_entries_read(os, log_dir, true, source->arena, &source->entries,
                                  &source->offset, err));
    if (source->offset >= 0) /* what is seen need not be durable yet */
        MR_CHECK(mr_os_sync_dir(os, log_dir, err));
    for (int i = 0; i < source->entries.n; i++)
        remember(source, &source->entries.items[i]);
    purge(source);
    source->cleaned = source->offset;
    *out = source;
    return MR_OK;

fail:
    mr_file_source_close(source);
    *out = NULL;
    return status;
}

void mr_file_source_close(mr_file_source *source)
{
    if (source == NULL)
        return;
    free(source->seen.keys);
    mr_file_entries_free(&source->entries);
    mr_arena_free(source->arena);
    free(source);
}

mr_str mr_file_source_description(const mr_file_source *source)
{
    return source->description;
}

int64_t mr_file_source_offset(const mr_file_source *source)
{
    return source->offset;
}

const char *mr_file_source_directory(const mr_file_source *source)
{
    return source->directory;
}

static int compare_times(const void *a, const void *b)
{
    const mr_listed_file *x = a, *y = b;

    if (x->mtime_ms != y->mtime_ms)
        return x->mtime_ms < y->mtime_ms ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* Unseen files in the order they are to be read, in `arena`. */
static mr_status list_new(mr_file_source *source, mr_arena *arena, mr_listed_file **out, int *n,
                          mr_error *err)
{
    mr_listed_file *all;
    mr_os_stat stat;
    int n_all, kept = 0;

    if (source->is_prepared) {
        *out = source->prepared;
        *n = source->n_prepared;
        return MR_OK;
    }
    *n = 0;
    MR_TRY(mr_os_stat_path(source->os, source->directory, &stat, err));
    if (!stat.exists) /* deleted while the query runs: as if empty, until it is back */
        return MR_OK;
    MR_TRY(mr_file_list(source->os, source->path, &source->options, arena, &all, &n_all, err));
    for (int i = 0; i < n_all; i++)
        if (all[i].mtime_ms >= source->purge_ms &&
            !seen_has(&source->seen, seen_key(source, uri_of(arena, all[i].path))))
            all[kept++] = all[i];
    qsort(all, (size_t)kept, sizeof(*all), compare_times);
    for (int i = 0; source->latest_first && i < kept / 2; i++) {
        mr_listed_file swap = all[i];

        all[i] = all[kept - 1 - i];
        all[kept - 1 - i] = swap;
    }
    *out = all;
    *n = kept;
    return MR_OK;
}

static int take_count(const mr_file_source *source, const mr_listed_file *files, int n,
                      bool unlimited)
{
    int64_t bytes = 0;
    int i;

    if (unlimited)
        return n;
    if (source->max_files > 0)
        return n < source->max_files ? n : (int)source->max_files;
    if (source->max_bytes == 0)
        return n;
    for (i = 0; i < n; i++) {
        bytes += files[i].size;
        if (i > 0 && bytes > source->max_bytes)
            break;
    }
    return i;
}

static mr_status log_files(mr_file_source *source, const mr_listed_file *files, int n,
                           mr_error *err)
{
    int first = source->entries.n;

    for (int i = 0; i < n; i++) {
        mr_file_entry entry = { uri_of(source->arena, files[i].path), files[i].mtime_ms,
                                source->offset + 1, 0 };

        MR_PUSH(source->entries.items, source->entries.n, source->entries.capacity, entry);
        remember(source, &entry);
    }
    MR_TRY(mr_file_entries_add(source->os, source->log_dir, true, source->offset + 1,
                               &source->entries, first, err));
    source->offset++;
    purge(source);
    return MR_OK;
}

mr_status mr_file_source_latest(mr_file_source *source, bool unlimited, int64_t *offset,
                                mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_listed_file *files;
    mr_status status;
    int n, taken;

    MR_CHECK(list_new(source, arena, &files, &n, err));
    taken = take_count(source, files, n, unlimited);
    if (taken > 0)
        MR_CHECK(log_files(source, files, taken, err));
    if (source->is_prepared) {
        source->prepared += taken;
        source->n_prepared -= taken;
    }
    *offset = source->offset;
fail:
    mr_arena_free(arena);
    return status;
}

mr_status mr_file_source_prepare(mr_file_source *source, mr_error *err)
{
    mr_listed_file *files;
    int n;

    source->is_prepared = false;
    MR_TRY(list_new(source, source->arena, &files, &n, err));
    source->prepared = files;
    source->n_prepared = n;
    source->is_prepared = true;
    return MR_OK;
}

mr_status mr_file_source_files(mr_file_source *source, int64_t start, int64_t end, mr_arena *arena,
                               mr_listed_file **out, int *n, mr_error *err)
{
    *out = MR_NEW_ARRAY(arena, mr_listed_file, source->entries.n + 1);
    *n = 0;
    for (int i = 0; i < source->entries.n; i++) {
        const mr_file_entry *e = &source->entries.items[i];
        mr_os_stat stat;
        char *path;

        if (e->log_id <= start || e->log_id > end)
            continue;
        if (!mr_file_from_uri(arena, e->uri, &path))
            return mr_fail(err, MR_CORRUPT, "%s: not a local path: %.*s", source->log_dir,
                           MR_STR_ARG(e->uri));
        MR_TRY(mr_os_stat_path(source->os, path, &stat, err));
        if (!stat.exists)
            return mr_raise(err, MR_EXC_SPARK, "FAILED_READ_FILE.FILE_NOT_EXIST", "path",
                            mr_arena_cstr(arena, e->uri), (char *)NULL);
        (*out)[(*n)++] = (mr_listed_file){ path, e->timestamp_ms, stat.size };
    }
    return MR_OK;
}

/* The archive's directory is durable before a file is moved there: else both names may be gone. */
static mr_status need_archive(mr_file_source *source, const char *dir, bool *is_there,
                              mr_error *err)
{
    *is_there = mr_str_is(source->archived_to, dir);
    if (*is_there || mr_os_mkdirs(source->os, dir, NULL) != MR_OK)
        return MR_OK;
    MR_TRY(mr_os_sync_fs(source->os, dir, err));
    source->archived_to = mr_arena_str(source->arena, mr_str_from(dir));
    *is_there = true;
    return MR_OK;
}

/* A file that cannot be moved or removed stays, and nothing else comes of it. */
static mr_status clean_file(mr_file_source *source, const char *path, mr_arena *arena,
                            mr_error *err)
{
    bool is_there;
    char *target;

    if (source->clean == CLEAN_DELETE) {
        (void)!mr_file_remove_tree(source->os, path, NULL);
        return MR_OK;
    }
    target = mr_file_join(arena, source->archive_dir, path + 1);
    MR_TRY(need_archive(source, mr_file_dir(arena, target), &is_there, err));
    if (is_there)
        (void)!mr_os_rename(source->os, path, target, NULL);
    return MR_OK;
}

mr_status mr_file_source_commit(mr_file_source *source, int64_t end, mr_error *err)
{
    mr_status status = MR_OK;
    mr_arena *arena;

    if (source->clean == CLEAN_OFF || end <= source->cleaned)
        return MR_OK;
    arena = mr_arena_new();
    for (int i = 0; i < source->entries.n && status == MR_OK; i++) {
        const mr_file_entry *e = &source->entries.items[i];
        char *path;

        if (e->log_id > source->cleaned && e->log_id <= end &&
            mr_file_from_uri(arena, e->uri, &path))
            status = clean_file(source, path, arena, err);
    }
    source->cleaned = end;
    mr_arena_free(arena);
    return status;
}
