/* stream_fixture.h - SQL over a directory of JSON files, run as a streaming query into a table in
 * memory. */
#ifndef MR_TEST_STREAM_FIXTURE_H
#define MR_TEST_STREAM_FIXTURE_H

#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "analyze/analyze.h"
#include "column/print.h"
#include "os/file.h"
#include "sql/sql.h"
#include "stream/stream.h"

typedef struct setup {
    char root[64], in[96], ckpt[96];
    mr_pool *pool;
    mr_table *table;
    mr_xrel source, marked;
    const char *schema, *delay;
    mr_str path;
    bool no_data;
    int mode;
    mr_stream_trigger trigger;
    bool can_resume;
    int partitions;
    mr_error err;
} setup;

static mr_status setup_find(void *self, mr_str name, mr_arena *arena, const mr_xrel **rel,
                            const mr_batch **rows, mr_error *err)
{
    setup *s = self;

    (void)arena, (void)rows;
    if (!mr_str_is_nocase(name, "events"))
        return mr_fail(err, MR_NOT_FOUND, "none");
    *rel = s->delay == NULL ? &s->source : &s->marked;
    return MR_OK;
}

static void setup_init(setup *s)
{
    memset(s, 0, sizeof(*s));
    mr_error_clear(&s->err);
    snprintf(s->root, sizeof(s->root), "/tmp/mr_stream_XXXXXX");
    assert_non_null(mkdtemp(s->root));
    snprintf(s->in, sizeof(s->in), "%s/in", s->root);
    snprintf(s->ckpt, sizeof(s->ckpt), "%s/ckpt", s->root);
    assert_int_equal(mkdir(s->in, 0777), 0);
    s->pool = mr_pool_new(2);
    s->schema = "ts TIMESTAMP, k STRING, v INT";
    s->delay = "10 minutes";
    s->no_data = true;
    s->mode = MR_MODE_APPEND;
    s->partitions = 3;
    s->can_resume = true;
}

static void setup_free(setup *s)
{
    mr_table_unref(s->table);
    mr_pool_free(s->pool);
    (void)!mr_file_remove_tree(mr_os_real(), s->root, NULL);
}

/* Opens (not starts) the query; the result's table is made by the first call. */
static mr_status setup_open(setup *s, const char *sql, mr_stream **out)
{
    mr_arena *arena = mr_arena_new();
    mr_catalog *catalog = MR_NEW(arena, mr_catalog);
    mr_analyze_env env = { .catalog = catalog,
                           .zone = mr_zone_utc(),
                           .ansi = true,
                           .corrupt_column = MR_STR("_corrupt_record"),
                           .default_format = MR_STR("json") };
    mr_stream_config config = { .os = mr_os_real(),
                                .pool = s->pool,
                                .mode = s->mode,
                                .trigger = s->trigger,
                                .can_resume = s->can_resume,
                                .sink_ops = &mr_sink_memory,
                                .zone = mr_zone_utc(),
                                .corrupt_column = MR_STR("_corrupt_record"),
                                .shuffle_partitions = s->partitions,
                                .no_data_batches = s->no_data,
                                .min_batches_to_retain = 100,
                                .idle_event_ms = 10000 };
    mr_physical *physical;
    mr_logical *plan;
    mr_xrel *rel;

    *catalog = (mr_catalog){ .self = s, .find = setup_find };
    s->path = mr_str_from(s->in);
    s->source = (mr_xrel){ .kind = MR_R_READ_SOURCE,
                           .format = MR_STR("json"),
                           .schema_text = mr_str_from(s->schema),
                           .paths = &s->path,
                           .n_paths = 1,
                           .is_streaming = true };
    s->marked = (mr_xrel){ .kind = MR_R_WITH_WATERMARK,
                           .input = &s->source,
                           .name = MR_STR("ts"),
                           .text = mr_str_from(s->delay == NULL ? "" : s->delay) };
    CHECK_OK(mr_sql_parse_query(arena, mr_str_from(sql), &rel, &s->err), &s->err);
    CHECK_OK(mr_analyze(rel, &env, arena, &plan, &s->err), &s->err);
    CHECK_OK(mr_analyze_check_streaming(plan, (mr_output_mode)s->mode, &s->err), &s->err);
    CHECK_OK(mr_analyze_optimize(&plan, arena, &s->err), &s->err);
    CHECK_OK(mr_physical_plan(plan, arena, &physical, &s->err), &s->err);
    config.physical = physical;
    config.schema = mr_logical_schema(arena, plan);
    config.checkpoint = mr_arena_cstr(arena, mr_str_from(s->ckpt));
    if (s->table == NULL)
        s->table = mr_table_new(config.schema);
    config.sink = (mr_sink_config){ .os = config.os,
                                    .schema = config.schema,
                                    .zone = config.zone,
                                    .is_complete = s->mode == MR_MODE_COMPLETE,
                                    .table = s->table };
    return mr_stream_open(&config, arena, out, &s->err);
}

static inline mr_stream *setup_start(setup *s, const char *sql)
{
    mr_stream *stream;

    CHECK_OK(setup_open(s, sql, &stream), &s->err);
    CHECK_OK(mr_stream_start(stream, &s->err), &s->err);
    return stream;
}

/* Puts a file in place whole, `order` deciding its place among the others. */
static inline void setup_drop(setup *s, int order, const char *text)
{
    char hidden[160], path[160];
    struct utimbuf times = { 1700000000 + order * 10, 1700000000 + order * 10 };
    FILE *file;

    snprintf(hidden, sizeof(hidden), "%s/.%d.json", s->in, order);
    snprintf(path, sizeof(path), "%s/%d.json", s->in, order);
    file = fopen(hidden, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(utime(hidden, &times), 0);
    assert_int_equal(rename(hidden, path), 0);
}

static inline void setup_settle(setup *s, mr_stream *stream)
{
    mr_stream_process_all(stream, NULL);
    if (mr_stream_failed(stream, &s->err))
        fail_msg("the query failed: %s", s->err.message);
}

static int setup_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The table's rows, values by '|', sorted, joined by ' '; the table is emptied. */
static inline char *setup_rows(setup *s, mr_arena *arena)
{
    mr_batch *all = mr_table_read(s->table, arena);
    char **lines = MR_NEW_ARRAY(arena, char *, all->n + 1);
    mr_buf text = { 0 };
    char *result;

    for (int32_t row = 0; row < all->n; row++) {
        mr_buf_clear(&text);
        for (int c = 0; c < all->schema->n_fields; c++) {
            const mr_vec *v = &all->cols[c];

            mr_buf_puts(&text, c > 0 ? "|" : "");
            if (mr_vec_is_null(v, row))
                mr_buf_puts(&text, "null");
            else if (mr_type_is_string(v->type))
                mr_buf_printf(&text, "%.*s", MR_STR_ARG(v->str[row]));
            else if (v->type->id == MR_TYPE_INT)
                mr_buf_printf(&text, "%d", v->i32[row]);
            else
                mr_buf_printf(&text, "%lld", (long long)v->i64[row]);
        }
        lines[row] = mr_arena_cstr(arena, mr_buf_str(&text));
    }
    qsort(lines, (size_t)all->n, sizeof(*lines), setup_compare);
    mr_buf_clear(&text);
    for (int32_t row = 0; row < all->n; row++)
        mr_buf_printf(&text, "%s%s", row > 0 ? " " : "", lines[row]);
    result = mr_arena_cstr(arena, mr_buf_str(&text));
    mr_buf_free(&text);
    mr_table_write(s->table, NULL, 0, true);
    return result;
}

#endif /* MR_TEST_STREAM_FIXTURE_H */
