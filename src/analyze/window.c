/* window.c - time windows and watermarks: their arguments, and the nodes they become. */
#include <inttypes.h>
#include <stdio.h>

#include "analyze/analyze_priv.h"
#include "expr/program.h"
#include "value/interval.h"

#define US_PER_DAY    (INT64_C(86400) * 1000000)
#define WATERMARK_KEY "\"spark.watermarkDelayMs\":"

/* A JSON object without the watermark's entry. */
static mr_str without_delay(mr_arena *arena, mr_str metadata)
{
    char *text = mr_arena_cstr(arena, metadata);
    char *at = strstr(text, WATERMARK_KEY);
    char *end;

    if (at == NULL)
        return metadata;
    end = at + strlen(WATERMARK_KEY);
    while (*end >= '0' && *end <= '9')
        end++;
    if (*end == ',')
        end++;
    else if (at > text && at[-1] == ',')
        at--;
    memmove(at, end, strlen(end) + 1);
    return strcmp(text, "{}") == 0 ? (mr_str){ 0 } : mr_str_from(text);
}

/* A JSON object with one more entry, put last or first. */
static mr_str with_entry(mr_arena *arena, mr_str metadata, mr_str entry, bool first)
{
    mr_str body = { 0 };

    if (metadata.len > 2)
        body = mr_str_slice(metadata, 1, metadata.len - 1);
    if (body.len == 0)
        return mr_arena_printf(arena, "{%.*s}", MR_STR_ARG(entry));
    if (first)
        return mr_arena_printf(arena, "{%.*s,%.*s}", MR_STR_ARG(entry), MR_STR_ARG(body));
    return mr_arena_printf(arena, "{%.*s,%.*s}", MR_STR_ARG(body), MR_STR_ARG(entry));
}

static mr_status raise_interval(mr_arena *arena, mr_str text, mr_error *err)
{
    mr_str quoted = mr_arena_printf(arena, "'%.*s'", MR_STR_ARG(text));

    return mr_raise(err, MR_EXC_ANALYSIS, "CANNOT_PARSE_INTERVAL", "intervalString",
                    mr_arena_cstr(arena, quoted), NULL);
}

static mr_status duration_text(mr_arena *arena, mr_str text, int64_t *out, mr_error *err)
{
    mr_interval_parts parts;
    int64_t days;

    if (mr_interval_parse(text, &parts, NULL) != MR_OK)
        return raise_interval(arena, text, err);
    if (parts.months != 0)
        return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "_LEGACY_ERROR_TEMP_3231", "interval",
                        mr_arena_cstr(arena, text), NULL);
    if (__builtin_mul_overflow((int64_t)parts.days, US_PER_DAY, &days) ||
        __builtin_add_overflow(days, parts.us, out))
        return raise_interval(arena, text, err);
    return MR_OK;
}

/* A duration in microseconds: interval text, a number of microseconds, or a day-time interval. */
static mr_status duration(const mr_scope *scope, const mr_xexpr *x, const mr_xexpr *call,
                          int64_t *out, mr_error *err)
{
    mr_expr *expr;
    mr_scalar value;
    mr_arena *arena = scope->an->arena;

    MR_TRY(mr_an_expr(scope, x, &expr, err));
    if (!mr_an_is_foldable(expr) || mr_program_fold(expr, arena, &value, NULL) != MR_OK ||
        value.is_null)
        return mr_an_at(err, mr_raise(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1207", NULL), call,
                        NULL);
    switch (value.type->id) {
    case MR_TYPE_STRING:
        return duration_text(arena, value.str, out, err);
    case MR_TYPE_INT:
    case MR_TYPE_LONG:
    case MR_TYPE_INTERVAL_DT:
        *out = value.i64;
        return MR_OK;
    case MR_TYPE_INTERVAL_CALENDAR:
        if (value.interval.months == 0 &&
            !__builtin_mul_overflow((int64_t)value.interval.days, US_PER_DAY, out) &&
            !__builtin_add_overflow(*out, value.interval.us, out))
            return MR_OK;
        return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "_LEGACY_ERROR_TEMP_3231", "interval",
                        mr_arena_cstr(arena, mr_an_name(arena, expr)), NULL);
    default:
        return mr_an_at(err, mr_raise(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1207", NULL), call,
                        NULL);
    }
}

static const char *window_sql(mr_arena *arena, const mr_expr *w)
{
    mr_str time = mr_an_name(arena, w->args[0]);

    return mr_arena_cstr(
        arena, mr_arena_printf(arena, "\"window(%.*s, %" PRId64 ", %" PRId64 ", %" PRId64 ")\"",
                               MR_STR_ARG(time), w->window_us, w->slide_us, w->start_us));
}

static const char *long_sql(mr_arena *arena, int64_t v)
{
    return mr_arena_cstr(arena, mr_arena_printf(arena, "%" PRId64 "L", v));
}

static mr_status raise_range(mr_arena *arena, const mr_expr *w, const char *name, int64_t value,
                             mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "sqlExpr",
                    window_sql(arena, w), "exprName", name, "valueRange",
                    "(0, 9223372036854775807]", "currentValue", long_sql(arena, value), NULL);
}

static mr_status check_window(mr_arena *arena, const mr_expr *w, mr_error *err)
{
    if (w->window_us <= 0)
        return raise_range(arena, w, "`window_duration`", w->window_us, err);
    if (w->slide_us <= 0)
        return raise_range(arena, w, "`slide_duration`", w->slide_us, err);
    if (w->slide_us > w->window_us)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                        "sqlExpr", window_sql(arena, w), "leftExprName", "`slide_duration`",
                        "leftExprValue", long_sql(arena, w->slide_us), "constraint",
                        "<=", "rightExprName", "`window_duration`", "rightExprValue",
                        long_sql(arena, w->window_us), NULL);
    if (w->start_us >= w->slide_us || w->start_us <= -w->slide_us)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION",
                        "sqlExpr", window_sql(arena, w), "leftExprName", "`abs(start_time)`",
                        "leftExprValue",
                        long_sql(arena, w->start_us < 0 ? -w->start_us : w->start_us), "constraint",
                        "<", "rightExprName", "`slide_duration`", "rightExprValue",
                        long_sql(arena, w->slide_us), NULL);
    return MR_OK;
}

static mr_status check_time(const mr_scope *scope, mr_expr *w, mr_error *err)
{
    mr_arena *arena = scope->an->arena;
    const mr_type *type = w->args[0]->type;

    if (type->id == MR_TYPE_TIMESTAMP || type->id == MR_TYPE_TIMESTAMP_NTZ)
        return MR_OK;
    if (mr_type_is_string(type) || type->id == MR_TYPE_DATE || type->id == MR_TYPE_NULL) {
        w->args[0] = mr_an_implicit_cast(scope->an, w->args[0], mr_type_of(MR_TYPE_TIMESTAMP));
        return MR_OK;
    }
    if (type->id == MR_TYPE_STRUCT)
        return mr_an_unsupported(err, "a window over a window");
    return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "sqlExpr",
                    window_sql(arena, w), "paramIndex", "first", "requiredType",
                    "(\"(TIMESTAMP OR TIMESTAMP WITHOUT TIME ZONE)\" or \"STRUCT<start: TIMESTAMP, "
                    "end: TIMESTAMP>\" or \"STRUCT<start: TIMESTAMP_NTZ, end: TIMESTAMP_NTZ>\")",
                    "inputSql", mr_an_sql(arena, w->args[0]), "inputType", mr_an_type(arena, type),
                    NULL);
}

static const mr_type *window_type(mr_arena *arena, const mr_type *time)
{
    mr_field fields[] = { { MR_STR("start"), time, true, { 0 } },
                          { MR_STR("end"), time, true, { 0 } } };

    return mr_type_struct(arena, fields, 2);
}

mr_status mr_an_window_call(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err)
{
    mr_arena *arena = scope->an->arena;
    mr_expr *w = mr_expr_new(arena, MR_E_WINDOW, mr_type_of(MR_TYPE_NULL), false);
    mr_status status;

    if (x->n_args < 2 || x->n_args > 4)
        return mr_raise(err, MR_EXC_ANALYSIS, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName",
                        "`window`", "expectedNum", "[2, 3, 4]", "actualNum",
                        mr_arena_cstr(arena, mr_arena_printf(arena, "%d", x->n_args)), "docroot",
                        "https://spark.apache.org/docs/latest", NULL);
    w->args = MR_NEW_ARRAY(arena, mr_expr *, 1);
    w->n_args = 1;
    MR_TRY(mr_an_expr(scope, x->args[0], &w->args[0], err));
    MR_TRY(duration(scope, x->args[1], x, &w->window_us, err));
    w->slide_us = w->window_us;
    if (x->n_args > 2)
        MR_TRY(duration(scope, x->args[2], x, &w->slide_us, err));
    if (x->n_args > 3)
        MR_TRY(duration(scope, x->args[3], x, &w->start_us, err));
    status = check_time(scope, w, err);
    if (status == MR_OK)
        status = check_window(arena, w, err);
    MR_TRY(mr_an_at(err, status, x, scope->plan));
    w->type = window_type(arena, w->args[0]->type);
    w->nullable = w->slide_us != w->window_us;
    *out = w;
    return MR_OK;
}

typedef struct window_search {
    const mr_expr *found;
    bool several;
    mr_attr attr;
    mr_arena *arena;
} window_search;

static bool same_window(const mr_expr *a, const mr_expr *b)
{
    return a->window_us == b->window_us && a->slide_us == b->slide_us &&
           a->start_us == b->start_us && mr_expr_equal(a->args[0], b->args[0]);
}

static bool note_window(void *data, const mr_expr *expr)
{
    window_search *s = data;

    if (expr->kind != MR_E_WINDOW)
        return false;
    if (s->found == NULL)
        s->found = expr;
    else if (!same_window(s->found, expr))
        s->several = true;
    return false;
}

static mr_expr *replace_window(void *data, mr_expr *expr)
{
    window_search *s = data;

    return expr->kind == MR_E_WINDOW ? mr_expr_attr(s->arena, &s->attr) : NULL;
}

static mr_logical *window_node(mr_analyzer *an, mr_logical *input, const mr_expr *w)
{
    mr_logical *plan = mr_logical_new(an->arena, MR_L_WINDOW, input);
    mr_attr attr = { .id = an->next_id++,
                     .name = MR_STR("window"),
                     .type = w->type,
                     .nullable = w->slide_us != w->window_us };

    if (w->args[0]->kind == MR_E_ATTR) {
        const mr_attr *time = mr_an_find(input->output, input->n_output, w->args[0]->attr_id);

        if (time != NULL) {
            attr.has_watermark = time->has_watermark;
            attr.delay_ms = time->delay_ms;
            attr.metadata = time->metadata;
        }
    }
    attr.metadata = with_entry(an->arena, attr.metadata, MR_STR("\"spark.timeWindow\":true"), true);
    plan->exprs = w->args;
    plan->n_exprs = 1;
    plan->width_us = w->window_us;
    plan->slide_us = w->slide_us;
    plan->start_us = w->start_us;
    plan->attr_id = attr.id;
    plan->n_output = input->n_output + 1;
    plan->output = MR_NEW_ARRAY(an->arena, mr_attr, plan->n_output);
    plan->output[0] = attr;
    if (input->n_output > 0)
        memcpy(plan->output + 1, input->output, sizeof(mr_attr) * (size_t)input->n_output);
    return plan;
}

static bool is_window_of(const mr_logical *plan, const mr_expr *w)
{
    return plan->kind == MR_L_WINDOW && plan->width_us == w->window_us &&
           plan->slide_us == w->slide_us && plan->start_us == w->start_us &&
           mr_expr_equal(plan->exprs[0], w->args[0]);
}

mr_status mr_an_extract_window(mr_analyzer *an, mr_logical **plan, mr_expr **exprs, int n,
                               mr_error *err)
{
    window_search s = { .arena = an->arena };

    for (int i = 0; i < n; i++)
        (void)mr_an_any(exprs[i], note_window, &s);
    if (s.found == NULL)
        return MR_OK;
    if (s.several || ((*plan)->kind == MR_L_WINDOW && !is_window_of(*plan, s.found)))
        return mr_raise(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1039", NULL);
    if ((*plan)->kind != MR_L_WINDOW)
        *plan = window_node(an, *plan, s.found);
    s.attr = (*plan)->output[0];
    for (int i = 0; i < n; i++)
        exprs[i] = mr_an_map(an->arena, exprs[i], replace_window, &s);
    return MR_OK;
}

/* Milliseconds of a delay; a month counts as 31 days. */
static mr_status parse_delay(mr_arena *arena, mr_str text, int64_t *out, mr_error *err)
{
    mr_interval_parts p;
    int64_t us;

    if (mr_interval_parse(text, &p, NULL) != MR_OK)
        return raise_interval(arena, text, err);
    if (__builtin_mul_overflow((int64_t)p.months * 31 + p.days, US_PER_DAY, &us) ||
        __builtin_add_overflow(us, p.us, &us))
        return raise_interval(arena, text, err);
    if (us < 0)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "requirement failed: delay threshold (%.*s) should not be negative.",
                             MR_STR_ARG(text));
    *out = us / 1000;
    return MR_OK;
}

static bool is_event_time(const mr_type *type)
{
    if (type->id == MR_TYPE_STRUCT && type->n_fields == 2 && mr_str_is(type->fields[1].name, "end"))
        type = type->fields[1].type;
    return type->id == MR_TYPE_TIMESTAMP || type->id == MR_TYPE_TIMESTAMP_NTZ;
}

static void mark(mr_analyzer *an, mr_logical *plan, int32_t id, int64_t delay_ms)
{
    mr_attr *output = MR_NEW_ARRAY(an->arena, mr_attr, plan->n_output);

    memcpy(output, plan->output, sizeof(mr_attr) * (size_t)plan->n_output);
    for (int i = 0; i < plan->n_output; i++) {
        mr_attr *attr = &output[i];

        if (attr->has_watermark)
            attr->metadata = without_delay(an->arena, attr->metadata);
        attr->has_watermark = attr->id == id;
        attr->delay_ms = attr->has_watermark ? delay_ms : 0;
        if (attr->has_watermark)
            attr->metadata =
                with_entry(an->arena, attr->metadata,
                           mr_arena_printf(an->arena, WATERMARK_KEY "%" PRId64, delay_ms), false);
    }
    plan->output = output;
}

mr_status mr_an_watermark(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                          mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input };
    mr_xexpr name = { .kind = MR_X_ATTRIBUTE,
                      .name = rel->name,
                      .sql_start = rel->sql_start,
                      .sql_stop = rel->sql_stop,
                      .sql_text = rel->sql_text };
    mr_expr *time;
    int64_t delay_ms;

    MR_TRY(parse_delay(an->arena, rel->text, &delay_ms, err));
    if (rel->sql_text.len == 0)
        name.sql_start = -1;
    MR_TRY(mr_an_resolve_name(&scope, &name, &time, err));
    if (time->kind != MR_E_ATTR || !is_event_time(time->type))
        return mr_an_at(err,
                        mr_raise(err, MR_EXC_ANALYSIS, "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
                                 "eventName", mr_an_quote(an->arena, rel->name), "eventType",
                                 mr_an_type(an->arena, time->type), NULL),
                        NULL, input);
    *out = input;
    if (!input->is_streaming)
        return MR_OK;
    *out = mr_logical_new(an->arena, MR_L_WATERMARK, input);
    (*out)->attr_id = time->attr_id;
    (*out)->delay_ms = delay_ms;
    mark(an, *out, time->attr_id, delay_ms);
    return MR_OK;
}
