/* batch.c - relations that end: schema, explain, run, show. */
#include "column/ipc.h"
#include "column/print.h"
#include "engine/engine_priv.h"
#include "source/file_source.h"

void engine_env(mr_session *session, mr_arena *arena, mr_catalog *catalog, mr_analyze_env *env)
{
    mr_str value;

    *catalog = catalog_of(session);
    *env = (mr_analyze_env){ .catalog = catalog, .zone = mr_session_zone(session) };
    env->ansi = conf_bool(session, "spark.sql.ansi.enabled");
    env->case_sensitive = conf_bool(session, "spark.sql.caseSensitive");
    env->schema_inference = conf_bool(session, "spark.sql.streaming.schemaInference");
    if (mr_session_get(session, MR_STR("spark.sql.legacy.timeParserPolicy"), arena, &value))
        env->legacy_time = mr_str_is_nocase(value, "LEGACY");
    if (mr_session_get(session, MR_STR("spark.sql.timestampType"), arena, &value))
        env->timestamp_ntz = mr_str_is_nocase(value, "TIMESTAMP_NTZ");
    if (mr_session_get(session, MR_STR("spark.sql.columnNameOfCorruptRecord"), arena, &value))
        env->corrupt_column = value;
    if (mr_session_get(session, MR_STR("spark.sql.sources.default"), arena, &value))
        env->default_format = value;
}

mr_status engine_analyze(mr_session *session, const mr_xrel *rel, mr_arena *arena, mr_logical **out,
                         mr_error *err)
{
    mr_catalog catalog;
    mr_analyze_env env;

    engine_env(session, arena, &catalog, &env);
    return mr_analyze(rel, &env, arena, out, err);
}

mr_status mr_session_schema(mr_session *session, const mr_xrel *rel, mr_arena *arena,
                            const mr_type **out, mr_error *err)
{
    mr_logical *plan;

    MR_TRY(engine_analyze(session, rel, arena, &plan, err));
    *out = mr_logical_schema(arena, plan);
    return MR_OK;
}

mr_status mr_session_is_streaming(mr_session *session, const mr_xrel *rel, bool *out, mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_logical *plan;
    mr_status status = engine_analyze(session, rel, arena, &plan, err);

    if (status == MR_OK)
        *out = plan->is_streaming;
    mr_arena_free(arena);
    return status;
}

mr_status mr_session_explain(mr_session *session, const mr_xrel *rel, bool extended, mr_buf *out,
                             mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    mr_logical *plan;
    mr_status status;

    MR_CHECK(engine_analyze(session, rel, arena, &plan, err));
    if (extended) {
        mr_buf_puts(out, "== Analyzed Logical Plan ==\n");
        mr_logical_print(plan, out);
        mr_buf_putc(out, '\n');
    }
    MR_CHECK(mr_analyze_optimize(&plan, arena, err));
    mr_buf_puts(out, extended ? "== Optimized Logical Plan ==\n" : "== Physical Plan ==\n");
    mr_logical_print(plan, out);
fail:
    mr_arena_free(arena);
    return status;
}

/* --- running -----------------------------------------------------------------------------------
 */

static mr_status list_scan(mr_session *session, const mr_scan *scan, mr_arena *arena,
                           mr_run_input *out, mr_error *err)
{
    mr_run_file *files = NULL;
    int n = 0;

    for (int p = 0; p < scan->n_paths; p++) {
        mr_listed_file *listed;
        mr_run_file *more;
        int n_listed;

        MR_TRY(mr_file_list(session->engine->os, scan->paths[p], &scan->options, arena, &listed,
                            &n_listed, err));
        more = MR_NEW_ARRAY(arena, mr_run_file, n + n_listed + 1);
        if (n > 0)
            memcpy(more, files, sizeof(*files) * (size_t)n);
        for (int i = 0; i < n_listed; i++)
            more[n++] = (mr_run_file){ listed[i].path, listed[i].size, listed[i].mtime_ms };
        files = more;
    }
    *out = (mr_run_input){ files, n };
    return MR_OK;
}

typedef struct relabel {
    const mr_type *schema;
    mr_rows_fn rows;
    void *data;
    bool was_called;
} relabel;

static mr_status pass_on(void *data, const mr_batch *batch, mr_error *err)
{
    relabel *to = data;
    mr_batch named = *batch;

    named.schema = to->schema;
    to->was_called = true;
    return to->rows(to->data, &named, err);
}

static mr_status execute(mr_session *session, const mr_xrel *rel, mr_arena *arena, relabel *to,
                         mr_error *err)
{
    mr_catalog catalog;
    mr_analyze_env env;
    mr_logical *plan;
    mr_physical *physical;
    mr_run run = { .os = session->engine->os, .pool = session->engine->pool };
    mr_run_stats stats;
    mr_run_input *inputs;

    engine_env(session, arena, &catalog, &env);
    MR_TRY(mr_analyze(rel, &env, arena, &plan, err));
    MR_TRY(mr_analyze_check_batch(plan, err));
    to->schema = mr_logical_schema(arena, plan);
    MR_TRY(mr_analyze_optimize(&plan, arena, err));
    MR_TRY(mr_physical_plan(plan, arena, &physical, err));
    inputs = MR_NEW_ARRAY(arena, mr_run_input, physical->n_scans + 1);
    for (int i = 0; i < physical->n_scans; i++)
        MR_TRY(list_scan(session, physical->scans[i]->scan, arena, &inputs[i], err));
    run.physical = physical;
    run.inputs = inputs;
    run.zone = env.zone;
    run.case_sensitive = env.case_sensitive;
    run.legacy_time = env.legacy_time;
    run.corrupt_column = env.corrupt_column;
    run.batch_time_us = mr_os_wall_us(session->engine->os);
    stats.event_stats = MR_NEW_ARRAY(arena, mr_event_stats, physical->n_watermarks + 1);
    stats.scan_rows = MR_NEW_ARRAY(arena, int64_t, physical->n_scans + 1);
    MR_TRY(mr_run_execute(&run, &stats, pass_on, to, err));
    if (!to->was_called)
        return pass_on(to, mr_batch_concat(arena, to->schema, NULL, 0), err);
    return MR_OK;
}

/* --- collecting and showing --------------------------------------------------------------------
 */

typedef struct collector {
    mr_arena *arena;
    const mr_type *schema;
    const mr_batch **batches;
    int n, capacity;
} collector;

static mr_status collect_rows(void *data, const mr_batch *batch, mr_error *err)
{
    collector *to = data;

    (void)err;
    if (to->n == to->capacity) {
        const mr_batch **more = MR_NEW_ARRAY(to->arena, const mr_batch *, to->capacity * 2 + 8);

        if (to->n > 0)
            memcpy(more, to->batches, sizeof(*more) * (size_t)to->n);
        to->batches = more;
        to->capacity = to->capacity * 2 + 8;
    }
    to->batches[to->n++] = mr_batch_copy(to->arena, batch);
    return MR_OK;
}

mr_status engine_collect(mr_session *session, const mr_xrel *rel, mr_arena *arena, mr_batch **out,
                         mr_error *err)
{
    collector to = { .arena = arena };
    relabel through = { .rows = collect_rows, .data = &to };

    MR_TRY(execute(session, rel, arena, &through, err));
    *out = mr_batch_concat(arena, through.schema, to.batches, to.n);
    return MR_OK;
}

static mr_batch *first_rows(mr_arena *arena, mr_batch *batch, int32_t n)
{
    int32_t *rows = MR_NEW_ARRAY(arena, int32_t, n + 1);

    for (int32_t i = 0; i < n; i++)
        rows[i] = mr_sel_row(batch->sel, i);
    batch->sel = (mr_sel){ rows, n };
    return batch;
}

static mr_status show(mr_session *session, const mr_xrel *rel, mr_rows_fn rows, void *data,
                      mr_error *err)
{
    static const mr_field field = { { "show_string", 11 }, NULL, false, { NULL, 0 } };
    mr_arena *arena = mr_arena_new();
    mr_xrel *limit = mr_xrel_new(arena, MR_R_LIMIT, rel->input);
    int64_t count = rel->count < 0 ? 0 : rel->count > 2147483631 ? 2147483631 : rel->count;
    mr_field column = field;
    mr_buf text = { 0 };
    mr_batch *batch, *out;
    mr_status status;
    bool more;

    limit->count = count + 1;
    MR_CHECK(engine_collect(session, limit, arena, &batch, err));
    more = batch->sel.n > count;
    if (more)
        batch = first_rows(arena, batch, (int32_t)count);
    mr_print_show(batch, rel->truncate, rel->vertical, more, mr_session_zone(session), &text);
    column.type = mr_type_of(MR_TYPE_STRING);
    out = mr_batch_new(arena, mr_type_struct(arena, &column, 1), 1);
    mr_vec_init(&out->cols[0], arena, column.type, 1);
    out->cols[0].str[0] = mr_buf_str(&text);
    MR_CHECK(rows(data, out, err));
fail:
    mr_buf_free(&text);
    mr_arena_free(arena);
    return status;
}

mr_status mr_session_run(mr_session *session, const mr_xrel *rel, mr_rows_fn rows, void *data,
                         mr_error *err)
{
    relabel through = { .rows = rows, .data = data };
    mr_arena *arena;
    mr_status status;

    if (rel->kind == MR_R_SHOW_STRING && rel->input != NULL)
        return show(session, rel, rows, data, err);
    arena = mr_arena_new();
    if (rel->kind == MR_R_CATALOG) {
        mr_batch *answer;

        status = catalog_call(session, rel, arena, &answer, err);
        if (status == MR_OK)
            status = rows(data, answer, err);
    } else {
        status = execute(session, rel, arena, &through, err);
    }
    mr_arena_free(arena);
    return status;
}

mr_xrel *engine_local(mr_session *session, mr_arena *arena, const mr_batch *batch, mr_error *err)
{
    mr_xrel *rel = mr_xrel_new(arena, MR_R_LOCAL, NULL);
    mr_buf bytes = { 0 };

    if (mr_ipc_write(batch, mr_zone_name(mr_session_zone(session)), &bytes, err) != MR_OK) {
        mr_buf_free(&bytes);
        return NULL;
    }
    rel->data = mr_arena_str(arena, mr_buf_str(&bytes));
    mr_buf_free(&bytes);
    mr_type_print_json(batch->schema, &bytes);
    rel->schema_text = mr_arena_str(arena, mr_buf_str(&bytes));
    mr_buf_free(&bytes);
    return rel;
}
