/* Which files are new, in which order, how many; and the log over a restart. */
#include "tests/unit/mr_test.h"

#include <sys/stat.h>
#include <utime.h>

#include "os/file.h"
#include "source/file_source.h"

typedef struct place {
    char root[64], in[96], log[96];
    mr_arena *arena;
    mr_error err;
} place;

static void place_init(place *p)
{
    snprintf(p->root, sizeof(p->root), "/tmp/mr_source_XXXXXX");
    assert_non_null(mkdtemp(p->root));
    snprintf(p->in, sizeof(p->in), "%s/in", p->root);
    snprintf(p->log, sizeof(p->log), "%s/sources/0", p->root);
    assert_int_equal(mkdir(p->in, 0777), 0);
    p->arena = mr_arena_new();
}

static void place_free(place *p)
{
    (void)!mr_file_remove_tree(mr_os_real(), p->root, NULL);
    mr_arena_free(p->arena);
}

static void put(const place *p, const char *name, int second, int bytes)
{
    struct utimbuf times = { 1700000000 + second, 1700000000 + second };
    char path[200];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", p->in, name);
    file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < bytes; i++)
        fputc('x', file);
    fclose(file);
    assert_int_equal(utime(path, &times), 0);
}

static mr_file_source *open_source(place *p, const char *key, const char *value)
{
    mr_option_pair pair = { mr_str_from(key == NULL ? "" : key),
                            mr_str_from(value == NULL ? "" : value) };
    mr_option_pair *kept = MR_NEW(p->arena, mr_option_pair);
    mr_options options = { kept, key != NULL };
    mr_file_source *source;

    *kept = pair;
    CHECK_OK(
        mr_file_source_open(mr_os_real(), mr_str_from(p->in), &options, p->log, &source, &p->err),
        &p->err);
    return source;
}

/* Looks once: the names of the files that came with it, joined by ' '. */
static const char *look(place *p, mr_file_source *source)
{
    int64_t before = mr_file_source_offset(source), after;
    mr_listed_file *files;
    mr_buf text = { 0 };
    const char *names;
    int n;

    CHECK_OK(mr_file_source_latest(source, false, &after, &p->err), &p->err);
    assert_true(after == before || after == before + 1);
    CHECK_OK(mr_file_source_files(source, before, after, p->arena, &files, &n, &p->err), &p->err);
    for (int i = 0; i < n; i++)
        mr_buf_printf(&text, "%s%s", i > 0 ? " " : "", mr_file_name(files[i].path));
    names = mr_arena_cstr(p->arena, mr_buf_str(&text));
    mr_buf_free(&text);
    return names;
}

static void test_order_and_hidden(void **state)
{
    place p;
    mr_file_source *source;

    (void)state;
    place_init(&p);
    put(&p, "a", 30, 1);
    put(&p, "b", 10, 1);
    put(&p, "_c", 10, 1);
    put(&p, ".d", 10, 1);
    put(&p, "e f", 10, 1);
    source = open_source(&p, NULL, NULL);
    assert_string_equal(look(&p, source), "b e f a");
    assert_string_equal(look(&p, source), "");
    put(&p, "g", 5, 1);
    assert_string_equal(look(&p, source), "g");
    mr_file_source_close(source);
    place_free(&p);
}

static void test_limits(void **state)
{
    place p;
    mr_file_source *source;

    (void)state;
    place_init(&p);
    for (int i = 0; i < 5; i++)
        put(&p, (char[]){ (char)('a' + i), 0 }, i, 10 * (i + 1));
    source = open_source(&p, "maxFilesPerTrigger", "2");
    assert_string_equal(look(&p, source), "a b");
    mr_file_source_close(source);
    source = open_source(&p, "maxBytesPerTrigger", "75");
    assert_string_equal(look(&p, source), "c d");
    assert_string_equal(look(&p, source), "e");
    assert_string_equal(look(&p, source), "");
    mr_file_source_close(source);
    place_free(&p);
}

/* Fifteen entries, read back over the compaction: nothing is seen twice, nothing is lost. */
static void test_restart(void **state)
{
    place p;
    mr_file_source *source;
    char name[16];
    mr_listed_file *files;
    mr_os_stat stat;
    int n;

    (void)state;
    place_init(&p);
    source = open_source(&p, NULL, NULL);
    for (int i = 0; i < 15; i++) {
        if (i % 4 == 3) {
            mr_file_source_close(source);
            source = open_source(&p, NULL, NULL);
        }
        snprintf(name, sizeof(name), "f%d", i);
        put(&p, name, i, 1);
        assert_string_equal(look(&p, source), name);
    }
    mr_file_source_close(source);
    CHECK_OK(
        mr_os_stat_path(mr_os_real(), mr_file_join(p.arena, p.log, "9.compact"), &stat, &p.err),
        &p.err);
    assert_true(stat.exists);
    source = open_source(&p, NULL, NULL);
    assert_int_equal(mr_file_source_offset(source), 14);
    assert_string_equal(look(&p, source), "");
    CHECK_OK(mr_file_source_files(source, 3, 11, p.arena, &files, &n, &p.err), &p.err);
    assert_int_equal(n, 8);
    assert_string_equal(mr_file_name(files[0].path), "f4");
    mr_file_source_close(source);
    place_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_hidden),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
