/* file_list.c - the data files behind a path: a file, a directory, or a glob. */
#include "source/file_source.h"

#include <fnmatch.h>
#include <stdlib.h>

#define FILES_MAX 10000000
#define DEPTH_MAX 64

typedef struct listing {
    mr_os *os;
    mr_arena *arena;
    mr_listed_file *files;
    int n, capacity;
    const char **name_globs; /* pathGlobFilter, a pattern for each of its alternatives */
    int n_name_globs;
    bool is_recursive; /* recursiveFileLookup */
} listing;

/* Names beginning with "_" or "." are hidden, but for `k=v` partition directories. */
static bool is_hidden(mr_str name)
{
    return name.len == 0 || name.ptr[0] == '.' ||
           (name.ptr[0] == '_' && memchr(name.ptr, '=', name.len) == NULL) ||
           mr_str_ends(name, "._COPYING_");
}

static bool has_good_name(const listing *l, mr_str name)
{
    const char *text = mr_arena_cstr(l->arena, name);

    for (int i = 0; i < l->n_name_globs; i++)
        if (fnmatch(l->name_globs[i], text, 0) == 0)
            return true;
    return false;
}

static bool has_glob(mr_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("*?[{", text.ptr[i]) != NULL)
            return true;
    return false;
}

static mr_status add_file(listing *l, const char *path, mr_str name, int64_t mtime_ms, int64_t size,
                          mr_error *err)
{
    if (l->n_name_globs > 0 && !has_good_name(l, name))
        return MR_OK;
    if (l->n >= FILES_MAX)
        return mr_fail(err, MR_NOMEM, "more than %d files to list", FILES_MAX);
    MR_PUSH(l->files, l->n, l->capacity,
            (mr_listed_file){ mr_arena_cstr(l->arena, mr_str_from(path)), mtime_ms, size });
    return MR_OK;
}

static mr_status list_dir(listing *l, const char *dir, int depth, mr_error *err)
{
    mr_os_list list;

    if (depth > DEPTH_MAX)
        return mr_fail(err, MR_INVALID, "%s: directories are nested deeper than %d", dir,
                       DEPTH_MAX);
    MR_TRY(mr_os_list_dir(l->os, dir, l->arena, &list, err));
    for (size_t i = 0; i < list.n; i++) {
        const mr_os_entry *e = &list.entries[i];
        char *path;

        if (is_hidden(e->name))
            continue;
        path = mr_file_join(l->arena, dir, e->name.ptr);
        if (!e->is_dir)
            MR_TRY(add_file(l, path, e->name, e->mtime_ms, e->size, err));
        else if (l->is_recursive || memchr(e->name.ptr, '=', e->name.len) != NULL)
            MR_TRY(list_dir(l, path, depth + 1, err));
    }
    return MR_OK;
}

static mr_status list_plain(listing *l, const char *path, bool must_exist, mr_error *err);

/* One component of a glob after the other: expands `rest` below `base`. */
static mr_status list_glob(listing *l, const char *base, mr_str rest, int depth, mr_error *err)
{
    size_t end = mr_str_find(rest, '/', 0);
    mr_str head = mr_str_slice(rest, 0, end), tail = mr_str_slice(rest, end + 1, rest.len);
    mr_os_list list;
    mr_os_stat stat;

    if (depth > DEPTH_MAX)
        return mr_fail(err, MR_INVALID, "the path pattern has more than %d components", DEPTH_MAX);
    if (rest.len == 0)
        return list_plain(l, base, false, err);
    if (head.len == 0)
        return list_glob(l, base, tail, depth + 1, err);
    if (!has_glob(head))
        return list_glob(l, mr_file_join(l->arena, base, mr_arena_cstr(l->arena, head)), tail,
                         depth + 1, err);
    MR_TRY(mr_os_stat_path(l->os, base, &stat, err));
    if (!stat.is_dir)
        return MR_OK;
    MR_TRY(mr_os_list_dir(l->os, base, l->arena, &list, err));
    for (size_t i = 0; i < list.n; i++)
        if (!is_hidden(list.entries[i].name) &&
            fnmatch(mr_arena_cstr(l->arena, head), list.entries[i].name.ptr, FNM_PERIOD) == 0)
            MR_TRY(list_glob(l, mr_file_join(l->arena, base, list.entries[i].name.ptr), tail,
                             depth + 1, err));
    return MR_OK;
}

/* The first group "{a,b}" of a pattern: where it opens and closes; false = there is none. */
static bool find_braces(mr_str pattern, size_t *open, size_t *close)
{
    int depth = 0;

    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] == '{' && depth++ == 0)
            *open = i;
        if (pattern.ptr[i] == '}' && depth > 0 && --depth == 0) {
            *close = i;
            return true;
        }
    }
    return false;
}

static mr_status list_from_root(listing *l, mr_str pattern, mr_error *err)
{
    return list_glob(l, "/", mr_str_slice(pattern, 1, pattern.len), 0, err);
}

static mr_status add_name_glob(listing *l, mr_str pattern, mr_error *err)
{
    const char **more = MR_NEW_ARRAY(l->arena, const char *, l->n_name_globs + 1);

    (void)err;
    if (l->n_name_globs > 0)
        memcpy(more, l->name_globs, sizeof(*more) * (size_t)l->n_name_globs);
    more[l->n_name_globs++] = mr_arena_cstr(l->arena, pattern);
    l->name_globs = more;
    return MR_OK;
}

typedef mr_status (*pattern_fn)(listing *l, mr_str pattern, mr_error *err);

/* Does it with the pattern once for each of the alternatives in its braces. */
static mr_status each_alternative(listing *l, mr_str pattern, pattern_fn fn, int depth,
                                  mr_error *err)
{
    size_t open, close, from;
    int inner = 0;

    if (depth > DEPTH_MAX)
        return mr_fail(err, MR_INVALID, "the path pattern has more than %d braces", DEPTH_MAX);
    if (!find_braces(pattern, &open, &close))
        return fn(l, pattern, err);
    from = open + 1;
    for (size_t i = open + 1; i <= close; i++) {
        char c = pattern.ptr[i];

        inner += c == '{' ? 1 : c == '}' ? -1 : 0;
        if (!(c == ',' && inner == 0) && i != close)
            continue;
        MR_TRY(each_alternative(l,
                                mr_arena_printf(l->arena, "%.*s%.*s%.*s", (int)open, pattern.ptr,
                                                (int)(i - from), pattern.ptr + from,
                                                (int)(pattern.len - close - 1),
                                                pattern.ptr + close + 1),
                                fn, depth + 1, err));
        from = i + 1;
    }
    return MR_OK;
}

/* The committed files of a file sink's directory, from its log. */
static mr_status list_sink_log(listing *l, const char *log, mr_error *err)
{
    mr_file_entries entries = { 0 };
    int64_t latest;
    mr_status status;

    MR_CHECK(mr_file_entries_read(l->os, log, false, l->arena, &entries, &latest, err));
    for (int i = 0; i < entries.n; i++) {
        char *path;

        if (!mr_file_from_uri(l->arena, entries.items[i].uri, &path)) {
            status = mr_fail(err, MR_CORRUPT, "%s: not a local path: %.*s", log,
                             MR_STR_ARG(entries.items[i].uri));
            goto fail;
        }
        MR_CHECK(add_file(l, path, mr_str_from(mr_file_name(path)), entries.items[i].timestamp_ms,
                          entries.items[i].size, err));
    }
    status = MR_OK;
fail:
    mr_file_entries_free(&entries);
    return status;
}

static mr_status list_plain(listing *l, const char *path, bool must_exist, mr_error *err)
{
    char *log = mr_file_join(l->arena, path, "_spark_metadata");
    mr_os_stat stat, log_stat;

    MR_TRY(mr_os_stat_path(l->os, path, &stat, err));
    if (!stat.exists) {
        if (!must_exist)
            return MR_OK;
        return mr_raise(err, MR_EXC_ANALYSIS, "PATH_NOT_FOUND", "path",
                        mr_arena_printf(l->arena, "file:%s", path).ptr, (char *)NULL);
    }
    if (!stat.is_dir)
        return add_file(l, path, mr_str_from(mr_file_name(path)), stat.mtime_us / 1000, stat.size,
                        err);
    MR_TRY(mr_os_stat_path(l->os, log, &log_stat, err));
    if (log_stat.is_dir)
        return list_sink_log(l, log, err);
    return list_dir(l, path, 0, err);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const mr_listed_file *)a)->path, ((const mr_listed_file *)b)->path);
}

/* A file that two alternatives name is listed once. */
static int drop_doubles(mr_listed_file *files, int n)
{
    int kept = 0;

    for (int i = 0; i < n; i++)
        if (kept == 0 || strcmp(files[kept - 1].path, files[i].path) != 0)
            files[kept++] = files[i];
    return kept;
}

mr_status mr_file_list(mr_os *os, mr_str path, const mr_options *options, mr_arena *arena,
                       mr_listed_file **out, int *n, mr_error *err)
{
    const mr_str *recursive = mr_options_find(options, "recursiveFileLookup");
    const mr_str *names = mr_options_find(options, "pathGlobFilter");
    listing l = { .os = os, .arena = arena };
    mr_status status;
    char *plain;
    char *absolute;

    if (names != NULL)
        MR_TRY(each_alternative(&l, *names, add_name_glob, 0, err));
    l.is_recursive = recursive != NULL && mr_str_is_nocase(*recursive, "true");
    if (!mr_file_from_uri(arena, path, &plain))
        return mr_fail(err, MR_UNSUPPORTED, "only local paths are supported, got %.*s",
                       MR_STR_ARG(path));
    MR_TRY(mr_file_absolute(arena, plain, &absolute, err));
    status = has_glob(mr_str_from(absolute))
                 ? each_alternative(&l, mr_str_from(absolute), list_from_root, 0, err)
                 : list_plain(&l, absolute, true, err);
    if (status == MR_OK) {
        *out = MR_NEW_ARRAY(arena, mr_listed_file, l.n + 1);
        if (l.n > 0) {
            memcpy(*out, l.files, sizeof(**out) * (size_t)l.n);
            qsort(*out, (size_t)l.n, sizeof(**out), compare_paths);
        }
        *n = drop_doubles(*out, l.n);
    }
    free(l.files);
    return status;
}
