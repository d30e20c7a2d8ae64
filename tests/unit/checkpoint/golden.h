/* golden.h - walking the directory of checkpoints that Spark wrote, where a machine has one. */
#ifndef MR_TEST_GOLDEN_H
#define MR_TEST_GOLDEN_H

#include <dirent.h>
#include <sys/stat.h>

/* $MR_SHARED or <source>/../shared, plus golden/spark-checkpoints; false: not on this machine. */
static inline bool golden_dir(char *out, size_t size)
{
    const char *shared = getenv("MR_SHARED");
    const char *source = getenv("MR_SOURCE_DIR");
    struct stat st;

    if (shared != NULL)
        snprintf(out, size, "%s/golden/spark-checkpoints", shared);
    else
        snprintf(out, size, "%s/../shared/golden/spark-checkpoints", source ? source : ".");
    return stat(out, &st) == 0;
}

static inline mr_str golden_read(mr_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat st;
    char *bytes;

    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    bytes = mr_arena_alloc(arena, (size_t)st.st_size + 1);
    assert_int_equal(fread(bytes, 1, (size_t)st.st_size, file), (size_t)st.st_size);
    fclose(file);
    return (mr_str){ bytes, (size_t)st.st_size };
}

typedef void golden_visit(const char *path, void *context);

/* Calls visit for every regular file below `dir`. */
static inline void golden_walk(const char *dir, golden_visit *visit, void *context)
{
    DIR *handle = opendir(dir);
    struct dirent *entry;

    assert_non_null(handle);
    while ((entry = readdir(handle)) != NULL) {
        mr_buf text = { 0 };
        const char *path;
        struct stat st;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        mr_buf_printf(&text, "%s/%s", dir, entry->d_name);
        path = mr_buf_cstr(&text);
        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            golden_walk(path, visit, context);
        else
            visit(path, context);
        mr_buf_free(&text);
    }
    closedir(handle);
}

#endif /* MR_TEST_GOLDEN_H */
