/* plan_text.h - SQL to analysed plans as text, for the tests of this room. */
#ifndef MR_TEST_PLAN_TEXT_H
#define MR_TEST_PLAN_TEXT_H

#include "analyze/analyze.h"
#include "sql/sql.h"

/* A catalog with one streaming and one batch relation: events and static. */
typedef struct test_catalog {
    mr_xrel stream;
    mr_xrel marked; /* the same with a watermark of one minute on ts */
    mr_xrel fixed;
} test_catalog;

static mr_status test_find(void *self, mr_str name, mr_arena *arena, const mr_xrel **rel,
                           const mr_batch **rows, mr_error *err)
{
    test_catalog *catalog = self;

    (void)arena;
    (void)rows;
    if (mr_str_is_nocase(name, "events"))
        *rel = &catalog->stream;
    else if (mr_str_is_nocase(name, "marked"))
        *rel = &catalog->marked;
    else if (mr_str_is_nocase(name, "fixed"))
        *rel = &catalog->fixed;
    else
        return mr_fail(err, MR_NOT_FOUND, "none");
    return MR_OK;
}

static mr_status test_parse(void *self, mr_str text, mr_arena *arena, mr_xrel **rel, mr_error *err)
{
    (void)self;
    return mr_sql_parse_query(arena, text, rel, err);
}

static mr_status test_parse_expr(void *self, mr_str text, mr_arena *arena, mr_xexpr **expr,
                                 mr_error *err)
{
    (void)self;
    return mr_sql_parse_expr(arena, text, expr, err);
}

typedef struct test_env {
    mr_arena *arena;
    test_catalog tables;
    mr_catalog catalog;
    mr_analyze_env env;
    mr_error err;
    mr_str path;
} test_env;

static void test_env_init(test_env *t)
{
    memset(t, 0, sizeof(*t));
    mr_error_clear(&t->err);
    t->arena = mr_arena_new();
    t->path = MR_STR("/in");
    t->tables.stream = (mr_xrel){ .kind = MR_R_READ_SOURCE,
                                  .format = MR_STR("json"),
                                  .schema_text = MR_STR("id INT, name STRING, ts TIMESTAMP, "
                                                        "m DECIMAL(10,2), v BIGINT"),
                                  .paths = &t->path,
                                  .n_paths = 1,
                                  .is_streaming = true };
    t->tables.fixed = t->tables.stream;
    t->tables.fixed.is_streaming = false;
    t->tables.marked = (mr_xrel){ .kind = MR_R_WITH_WATERMARK,
                                  .input = &t->tables.stream,
                                  .name = MR_STR("ts"),
                                  .text = MR_STR("1 minute") };
    t->catalog = (mr_catalog){
        .self = &t->tables, .find = test_find, .parse = test_parse, .parse_expr = test_parse_expr
    };
    t->env = (mr_analyze_env){ .catalog = &t->catalog,
                               .zone = mr_zone_utc(),
                               .ansi = true,
                               .corrupt_column = MR_STR("_corrupt_record"),
                               .default_format = MR_STR("parquet") };
}

static void test_env_free(test_env *t)
{
    mr_arena_free(t->arena);
}

/* Analyses a query; a failure is left in t->err. */
static mr_status test_plan(test_env *t, const char *sql, mr_logical **out)
{
    mr_xrel *rel;
    mr_status status = mr_sql_parse_query(t->arena, mr_str_from(sql), &rel, &t->err);

    if (status == MR_OK)
        status = mr_analyze(rel, &t->env, t->arena, out, &t->err);
    return status;
}

static inline const char *test_text(test_env *t, const mr_logical *plan)
{
    mr_buf buf = { 0 };
    const char *text;

    mr_logical_print(plan, &buf);
    text = mr_arena_cstr(t->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return text;
}

/* The first line of the message of a query that must fail. */
static inline const char *test_failure(test_env *t, const char *sql)
{
    mr_logical *plan;
    char *end;

    mr_error_clear(&t->err);
    if (test_plan(t, sql, &plan) == MR_OK)
        fail_msg("%s succeeded", sql);
    end = strchr(t->err.message, '\n');
    if (end != NULL)
        *end = '\0';
    return t->err.message;
}

#endif /* MR_TEST_PLAN_TEXT_H */
