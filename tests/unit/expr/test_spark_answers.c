/* test_spark_answers.c - expressions and queries as SQL text against the answers of Spark 4.1:
 * column names, types, nullability, values, error conditions.
 *
 * tests/golden/functions/answers.jsonl holds one answer a line, written by record.py there;
 * known_differences.txt the texts that are known to differ, with the reason after a '#'.
 */
#include "tests/unit/mr_test.h"

#include <jansson.h>
#include <sys/stat.h>

#include "column/print.h"
#include "engine/engine.h"

typedef struct checker {
    mr_engine *engine;
    mr_session *session;
    mr_arena *arena;
    char *known;
    int n_passed, n_known, n_failed, n_fixed;
} checker;

static char *read_all(const char *name)
{
    const char *root = getenv("MR_SOURCE_DIR");
    char path[512];
    struct stat st;
    FILE *f;
    char *text;

    snprintf(path, sizeof(path), "%s/tests/golden/functions/%s", root == NULL ? "." : root, name);
    f = fopen(path, "rb");
    if (f == NULL || fstat(fileno(f), &st) != 0)
        fail_msg("%s cannot be read", path);
    text = malloc((size_t)st.st_size + 1);
    assert_int_equal(fread(text, 1, (size_t)st.st_size, f), st.st_size);
    text[st.st_size] = '\0';
    fclose(f);
    return text;
}

/* Rows as JSON-like text: one line a row, cells divided by tabs. */
static mr_status add_rows(void *data, const mr_batch *batch, mr_error *err)
{
    mr_buf *out = data;

    (void)err;
    for (int32_t i = 0; i < batch->sel.n; i++) {
        int32_t row = mr_sel_row(batch->sel, i);

        for (int32_t c = 0; c < batch->schema->n_fields; c++) {
            const mr_vec *v = &batch->cols[c];

            mr_buf_puts(out, c == 0 ? "" : "\t");
            if (mr_vec_is_null(v, row))
                mr_buf_puts(out, "<null>");
            else
                mr_buf_add(out, v->str[mr_vec_index(v, row)]);
        }
        mr_buf_putc(out, '\n');
    }
    return MR_OK;
}

static void wanted_rows(const json_t *answer, mr_buf *out)
{
    size_t i, k;
    json_t *row, *cell;

    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        json_array_foreach(row, k, cell)
        {
            mr_buf_puts(out, k == 0 ? "" : "\t");
            if (json_is_null(cell))
                mr_buf_puts(out, "<null>");
            else
                mr_buf_add(out, (mr_str){ json_string_value(cell), json_string_length(cell) });
        }
        mr_buf_putc(out, '\n');
    }
}

static void wanted_columns(const json_t *answer, mr_buf *out)
{
    size_t i;
    json_t *column;

    json_array_foreach(json_object_get(answer, "columns"), i, column)
        mr_buf_printf(out, "%s: %s%s\n", json_string_value(json_array_get(column, 0)),
                      json_string_value(json_array_get(column, 1)),
                      json_is_true(json_array_get(column, 2)) ? "" : " not null");
}

static void columns_of(const mr_type *schema, mr_buf *out)
{
    for (int32_t i = 0; i < schema->n_fields; i++) {
        mr_buf_add(out, schema->fields[i].name);
        mr_buf_puts(out, ": ");
        mr_type_print_simple(schema->fields[i].type, out);
        mr_buf_puts(out, schema->fields[i].nullable ? "\n" : " not null\n");
    }
}

static mr_xrel *sql_rel(checker *c, mr_str text)
{
    mr_xrel *rel = mr_xrel_new(c->arena, MR_R_SQL, NULL);

    rel->name = mr_arena_str(c->arena, text);
    return rel;
}

/* The query whose columns are those of `query` as texts. */
static mr_str text_query(checker *c, const char *query, const mr_type *schema)
{
    mr_buf buf = { 0 };
    mr_str text;

    mr_buf_puts(&buf, "SELECT ");
    for (int32_t i = 0; i < schema->n_fields; i++)
        mr_buf_printf(&buf,
                      schema->fields[i].type->id == MR_TYPE_BINARY ? "%shex(c%d)"
                                                                   : "%sCAST(c%d AS STRING)",
                      i == 0 ? "" : ", ", (int)i);
    mr_buf_printf(&buf, " FROM (%s) AS q(", query);
    for (int32_t i = 0; i < schema->n_fields; i++)
        mr_buf_printf(&buf, "%sc%d", i == 0 ? "" : ", ", (int)i);
    mr_buf_putc(&buf, ')');
    text = mr_arena_str(c->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return text;
}

static mr_status answer_of(checker *c, const char *query, mr_buf *columns, mr_buf *rows,
                           mr_error *err)
{
    const mr_xrel *result;
    const mr_type *schema;

    MR_TRY(mr_session_sql(c->session, sql_rel(c, mr_str_from(query)), c->arena, &result, err));
    MR_TRY(mr_session_schema(c->session, result, c->arena, &schema, err));
    columns_of(schema, columns);
    MR_TRY(mr_session_sql(c->session, sql_rel(c, text_query(c, query, schema)), c->arena, &result,
                          err));
    return mr_session_run(c->session, result, add_rows, rows, err);
}

static bool is_known(const checker *c, const char *key)
{
    size_t len = strlen(key);

    for (const char *at = strstr(c->known, key); at != NULL; at = strstr(at + 1, key)) {
        bool begins = at == c->known || at[-1] == '\n';

        if (begins && (at[len] == '\n' || at[len] == '\0' || strncmp(at + len, "  # ", 4) == 0))
            return true;
    }
    return false;
}

static void report(checker *c, const char *key, const char *problem)
{
    bool known = is_known(c, key);

    if (problem == NULL) {
        c->n_passed++;
        if (known) {
            c->n_fixed++;
            print_message("no longer differs: %s\n", key);
        }
    } else if (known) {
        c->n_known++;
    } else {
        c->n_failed++;
        print_error("%s\n%s", key, problem);
    }
}

static void compare(checker *c, const json_t *answer, const char *query, const char *key)
{
    mr_buf want[2] = { { 0 }, { 0 } }, got[2] = { { 0 }, { 0 } }, problem = { 0 };
    const char *condition = json_string_value(json_object_get(answer, "error"));
    mr_error err;
    mr_status status;

    mr_error_clear(&err);
    wanted_columns(answer, &want[0]);
    wanted_rows(answer, &want[1]);
    status = answer_of(c, query, &got[0], &got[1], &err);
    if (condition != NULL) {
        if (status == MR_OK)
            mr_buf_printf(&problem, "    %s expected, got %s", condition, mr_buf_cstr(&got[1]));
        else if (strcmp(err.condition, condition) != 0 && strchr(condition, '_') != NULL)
            mr_buf_printf(&problem, "    %s expected, got %s\n", condition, err.message);
    } else if (status != MR_OK) {
        mr_buf_printf(&problem, "    failed: %s\n", err.message);
    } else {
        for (int i = 0; i < 2; i++)
            if (strcmp(mr_buf_cstr(&want[i]), mr_buf_cstr(&got[i])) != 0)
                mr_buf_printf(&problem, "    want %s    got  %s", mr_buf_cstr(&want[i]),
                              mr_buf_cstr(&got[i]));
    }
    report(c, key, problem.len == 0 ? NULL : mr_buf_cstr(&problem));
    for (int i = 0; i < 2; i++) {
        mr_buf_free(&want[i]);
        mr_buf_free(&got[i]);
    }
    mr_buf_free(&problem);
}

static void check_line(checker *c, const char *line, size_t len)
{
    json_error_t error;
    json_t *answer = json_loadb(line, len, JSON_ALLOW_NUL, &error);
    const char *zone, *sql;
    bool ansi;
    mr_error err;
    mr_str query, key;

    if (answer == NULL)
        fail_msg("%s", error.text);
    zone = json_string_value(json_object_get(answer, "zone"));
    sql = json_string_value(json_object_get(answer, "sql"));
    ansi = json_is_true(json_object_get(answer, "ansi"));
    CHECK_OK(
        mr_session_set(c->session, MR_STR("spark.sql.session.timeZone"), mr_str_from(zone), &err),
        &err);
    CHECK_OK(mr_session_set(c->session, MR_STR("spark.sql.ansi.enabled"),
                            ansi ? MR_STR("true") : MR_STR("false"), &err),
             &err);
    query =
        mr_arena_printf(c->arena, "%s%s", strncmp(sql, "SELECT ", 7) == 0 ? "" : "SELECT ", sql);
    key = mr_arena_printf(c->arena, "%s%s%s", strcmp(zone, "UTC") == 0 ? "" : "[New York] ",
                          ansi ? "" : "[ANSI off] ", sql);
    compare(c, answer, mr_arena_cstr(c->arena, query), mr_arena_cstr(c->arena, key));
    json_decref(answer);
    mr_arena_reset(c->arena);
}

static void test_answers(void **state)
{
    checker c = { .arena = mr_arena_new(), .known = read_all("known_differences.txt") };
    char *answers = read_all("answers.jsonl");
    mr_engine_options options = { .n_threads = 1 };
    const char *only = getenv("MR_ONLY");
    mr_error err;
    bool is_new;

    (void)state;
    CHECK_OK(mr_engine_open(&options, &c.engine, &err), &err);
    c.session = mr_engine_session(c.engine, MR_STR("u"), MR_STR("s"), true, &is_new);
    for (char *line = answers, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        if (only == NULL || strstr(line, only) != NULL)
            check_line(&c, line, (size_t)(end - line));
    }
    print_message("%d equal, %d known to differ, %d differ\n", c.n_passed, c.n_known, c.n_failed);
    mr_session_release(c.session);
    mr_engine_close(c.engine);
    mr_arena_free(c.arena);
    free(answers);
    free(c.known);
    assert_int_equal(c.n_failed, 0);
    assert_int_equal(c.n_fixed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_answers) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
