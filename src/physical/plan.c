/* plan.c - from logical operators to specs, top-down for numbers, bottom-up for programs. */
#include "physical/spec.h"

#define PLAN_DEPTH_MAX 512

typedef struct planner {
    mr_arena *arena;
    mr_physical *physical;
    int capacity;
    int depth;
} planner;

static int count_kind(const mr_logical *node, mr_logical_kind kind)
{
    int n = node->kind == kind;

    for (int i = 0; i < node->n_inputs; i++)
        n += count_kind(node->inputs[i], kind);
    return n;
}

static mr_layout layout_of(const mr_spec *spec)
{
    return (mr_layout){ spec->attr_ids, spec->schema->n_fields };
}

static const int32_t *output_ids(planner *p, const mr_logical *node)
{
    int32_t *ids = MR_NEW_ARRAY(p->arena, int32_t, node->n_output + 1);

    for (int i = 0; i < node->n_output; i++)
        ids[i] = node->output[i].id;
    return ids;
}

static int column_of(const mr_spec *input, int32_t attr_id)
{
    for (int i = 0; i < input->schema->n_fields; i++)
        if (input->attr_ids[i] == attr_id)
            return i;
    return -1;
}

static mr_status compile(planner *p, mr_spec *spec, mr_expr *const *exprs, int n, mr_error *err)
{
    mr_program *program;

    MR_TRY(mr_program_compile(
        p->arena, exprs, n,
        spec->n_inputs > 0 ? layout_of(spec->inputs[0]) : (mr_layout){ NULL, 0 }, &program, err));
    spec->program = program;
    spec->n_results = n;
    return MR_OK;
}

/* The output schema of a scan is what the decoder yields: the needed fields in schema order. */
static void plan_scan(planner *p, const mr_logical *node, mr_spec *spec)
{
    const mr_scan *scan = node->scan;
    mr_field *fields = MR_NEW_ARRAY(p->arena, mr_field, scan->schema->n_fields + 1);
    int32_t *ids = MR_NEW_ARRAY(p->arena, int32_t, scan->schema->n_fields + 1);
    int n = 0;

    for (int i = 0; i < scan->schema->n_fields; i++)
        if (scan->needed == NULL || scan->needed[i]) {
            MR_ASSERT(n < node->n_output);
            fields[n] = scan->schema->fields[i];
            ids[n] = node->output[n].id;
            n++;
        }
    MR_ASSERT(n == node->n_output);
    spec->scan = scan;
    spec->scan_id = p->physical->n_scans;
    p->physical->scans[p->physical->n_scans++] = spec;
    if (scan->is_streaming)
        p->physical->n_sources++;
    spec->schema = mr_type_struct(p->arena, fields, n);
    spec->attr_ids = ids;
}

/* Spark hands a filter right above a file scan to the scan, which then does not count what it
 * drops. */
static bool scan_takes_filters(const mr_spec *input)
{
    if (input->kind == MR_L_FILTER)
        return input->is_pushed;
    return input->kind == MR_L_SCAN && (mr_str_is_nocase(input->scan->format, "json") ||
                                        mr_str_is_nocase(input->scan->format, "csv"));
}

typedef struct columns {
    const mr_spec *input;
    int32_t *items;
    int n;
} columns;

static void add_column(void *data, int32_t attr_id)
{
    columns *to = data;
    int column = column_of(to->input, attr_id);

    if (column >= 0 && to->n < to->input->schema->n_fields)
        to->items[to->n++] = column;
}

static int count_tests(const mr_expr *e)
{
    return e->kind == MR_E_AND ? count_tests(e->args[0]) + count_tests(e->args[1]) : 1;
}

static mr_status add_tests(planner *p, mr_expr *e, mr_spec *spec, mr_spec_test *tests,
                           mr_error *err)
{
    columns used = { spec->inputs[0], NULL, 0 };
    mr_program *program;

    if (e->kind == MR_E_AND) {
        MR_TRY(add_tests(p, e->args[0], spec, tests, err));
        return add_tests(p, e->args[1], spec, tests, err);
    }
    MR_TRY(mr_program_compile(p->arena, &e, 1, layout_of(spec->inputs[0]), &program, err));
    used.items = MR_NEW_ARRAY(p->arena, int32_t, spec->schema->n_fields + 1);
    mr_expr_each_attr(e, add_column, &used);
    tests[spec->n_tests++] = (mr_spec_test){ program, used.items, used.n };
    return MR_OK;
}

static mr_status plan_filter(planner *p, const mr_logical *node, mr_spec *spec, mr_error *err)
{
    spec->schema = spec->inputs[0]->schema;
    spec->attr_ids = spec->inputs[0]->attr_ids;
    spec->is_pushed =
        scan_takes_filters(spec->inputs[0]) && mr_expr_is_source_filter(node->exprs[0]);
    if (spec->is_pushed) {
        mr_spec_test *tests = MR_NEW_ARRAY(p->arena, mr_spec_test, count_tests(node->exprs[0]));

        MR_TRY(add_tests(p, node->exprs[0], spec, tests, err));
        spec->tests = tests;
    }
    return compile(p, spec, node->exprs, 1, err);
}

static mr_status plan_watermark(const mr_logical *node, mr_spec *spec, mr_error *err)
{
    spec->schema = spec->inputs[0]->schema;
    spec->attr_ids = spec->inputs[0]->attr_ids;
    spec->delay_ms = node->delay_ms;
    spec->time_column = column_of(spec->inputs[0], node->attr_id);
    if (spec->time_column < 0)
        return mr_fail(err, MR_INTERNAL, "the event-time column is not among the input's columns");
    return MR_OK;
}

static mr_status plan_window(planner *p, const mr_logical *node, mr_spec *spec, mr_error *err)
{
    const mr_spec *input = spec->inputs[0];
    int n = input->schema->n_fields;
    mr_field *fields = MR_NEW_ARRAY(p->arena, mr_field, n + 1);
    int32_t *ids = MR_NEW_ARRAY(p->arena, int32_t, n + 1);

    memcpy(fields, input->schema->fields, sizeof(*fields) * (size_t)n);
    memcpy(ids, input->attr_ids, sizeof(*ids) * (size_t)n);
    for (int i = 0; i < node->n_output; i++)
        if (node->output[i].id == node->attr_id) {
            fields[n].name = node->output[i].name;
            fields[n].type = node->output[i].type;
            fields[n].nullable = node->output[i].nullable;
        }
    MR_ASSERT(fields[n].type != NULL);
    ids[n] = node->attr_id;
    spec->schema = mr_type_struct(p->arena, fields, n + 1);
    spec->attr_ids = ids;
    spec->width_us = node->width_us;
    spec->slide_us = node->slide_us;
    spec->start_us = node->start_us;
    return compile(p, spec, node->exprs, 1, err);
}

static mr_status plan_generate(planner *p, const mr_logical *node, mr_spec *spec, mr_error *err)
{
    const mr_spec *input = spec->inputs[0];
    int n = input->schema->n_fields, total = n + node->n_generated;
    mr_field *fields = MR_NEW_ARRAY(p->arena, mr_field, total + 1);
    int32_t *ids = MR_NEW_ARRAY(p->arena, int32_t, total + 1);

    if (n > 0) {
        memcpy(fields, input->schema->fields, sizeof(*fields) * (size_t)n);
        memcpy(ids, input->attr_ids, sizeof(*ids) * (size_t)n);
    }
    for (int i = 0; i < node->n_generated; i++) {
        const mr_attr *attr = &node->generated[i];

        fields[n + i] = (mr_field){ attr->name, attr->type, attr->nullable, { NULL, 0 } };
        ids[n + i] = attr->id;
    }
    spec->schema = mr_type_struct(p->arena, fields, total);
    spec->attr_ids = ids;
    spec->generate_flags = node->generate_flags;
    spec->n_generated = node->n_generated;
    return compile(p, spec, node->exprs, 1, err);
}

static const mr_expr *unalias(const mr_expr *e)
{
    while (e->kind == MR_E_ALIAS)
        e = e->args[0];
    return e;
}

/* Spark names all event times among an aggregation's keys when it finds more than one. */
static void note_event_times(planner *p, const mr_logical *node)
{
    mr_buf text = { 0 };
    int n = 0;

    for (int i = 0; i < node->n_exprs; i++) {
        const mr_attr *key = &node->output[i];

        if (key->has_watermark)
            mr_buf_printf(&text, "%s%.*s#%d-T%lldms", n++ > 0 ? "," : "", MR_STR_ARG(key->name),
                          (int)key->id, (long long)key->delay_ms);
    }
    if (n > 1 && node->is_streaming)
        p->physical->event_times = mr_arena_cstr(p->arena, mr_buf_str(&text));
    mr_buf_free(&text);
}

static mr_status plan_aggregate(planner *p, const mr_logical *node, mr_spec *spec, mr_error *err)
{
    int capacity = node->n_exprs + 1;
    mr_expr **exprs;
    mr_field *keys = MR_NEW_ARRAY(p->arena, mr_field, node->n_exprs + 1);
    const mr_type **types = MR_NEW_ARRAY(p->arena, const mr_type *, node->n_exprs + 1);
    mr_spec_agg *aggs = MR_NEW_ARRAY(p->arena, mr_spec_agg, node->n_aggs + 1);
    int n = node->n_exprs;

    for (int i = 0; i < node->n_aggs; i++)
        capacity += unalias(node->aggs[i])->n_args + 1;
    exprs = MR_NEW_ARRAY(p->arena, mr_expr *, capacity);
    spec->time_key = -1;
    for (int i = 0; i < node->n_exprs; i++) {
        exprs[i] = node->exprs[i];
        types[i] = node->exprs[i]->type;
        keys[i] = (mr_field){ node->output[i].name, types[i], node->output[i].nullable,
                              node->output[i].metadata };
        if (node->output[i].has_watermark && spec->time_key < 0)
            spec->time_key = i;
    }
    for (int i = 0; i < node->n_aggs; i++) {
        const mr_expr *agg = unalias(node->aggs[i]);

        aggs[i] = (mr_spec_agg){ agg->function, &agg->bound, n, agg->n_args, -1 };
        for (int a = 0; a < agg->n_args; a++)
            exprs[n++] = agg->args[a];
        if (agg->filter != NULL) {
            aggs[i].filter = n;
            exprs[n++] = agg->filter;
        }
    }
    note_event_times(p, node);
    spec->n_keys = node->n_exprs;
    spec->key_types = types;
    spec->key_fields = keys;
    spec->aggs = aggs;
    spec->n_aggs = node->n_aggs;
    spec->schema = mr_logical_schema(p->arena, node);
    spec->attr_ids = output_ids(p, node);
    return compile(p, spec, exprs, n, err);
}

static mr_status plan_sort(planner *p, const mr_logical *node, mr_spec *spec, mr_error *err)
{
    mr_expr **exprs = MR_NEW_ARRAY(p->arena, mr_expr *, node->n_orders + 1);
    bool *descending = MR_NEW_ARRAY(p->arena, bool, node->n_orders + 1);
    bool *nulls_first = MR_NEW_ARRAY(p->arena, bool, node->n_orders + 1);

    for (int i = 0; i < node->n_orders; i++) {
        exprs[i] = node->orders[i].expr;
        descending[i] = node->orders[i].is_descending;
        nulls_first[i] = node->orders[i].nulls_first;
    }
    spec->schema = spec->inputs[0]->schema;
    spec->attr_ids = spec->inputs[0]->attr_ids;
    spec->descending = descending;
    spec->nulls_first = nulls_first;
    return compile(p, spec, exprs, node->n_orders, err);
}

static mr_status plan_project(planner *p, const mr_logical *node, mr_spec *spec, mr_error *err)
{
    spec->schema = mr_logical_schema(p->arena, node);
    spec->attr_ids = output_ids(p, node);
    return compile(p, spec, node->exprs, node->n_exprs, err);
}

/* Union by position, LOCAL, RANGE, ONE_ROW: the node's own output. */
static void plan_plain(planner *p, const mr_logical *node, mr_spec *spec)
{
    spec->schema = mr_logical_schema(p->arena, node);
    spec->attr_ids = output_ids(p, node);
    spec->rows = node->rows;
    spec->start = node->start;
    spec->end = node->end;
    spec->step = node->step;
}

static mr_status plan_body(planner *p, const mr_logical *node, mr_spec *spec, mr_error *err)
{
    switch (node->kind) {
    case MR_L_SCAN:
        plan_scan(p, node, spec);
        return MR_OK;
    case MR_L_PROJECT:
        return plan_project(p, node, spec, err);
    case MR_L_FILTER:
        return plan_filter(p, node, spec, err);
    case MR_L_WATERMARK:
        return plan_watermark(node, spec, err);
    case MR_L_WINDOW:
        return plan_window(p, node, spec, err);
    case MR_L_GENERATE:
        return plan_generate(p, node, spec, err);
    case MR_L_AGGREGATE:
        return plan_aggregate(p, node, spec, err);
    case MR_L_SORT:
        return plan_sort(p, node, spec, err);
    case MR_L_DEDUPLICATE:
        spec->schema = spec->inputs[0]->schema;
        spec->attr_ids = spec->inputs[0]->attr_ids;
        return compile(p, spec, node->exprs, node->n_exprs, err);
    case MR_L_LIMIT:
    case MR_L_OFFSET:
    case MR_L_TAIL:
        spec->schema = spec->inputs[0]->schema;
        spec->attr_ids = spec->inputs[0]->attr_ids;
        spec->count = node->count;
        return MR_OK;
    case MR_L_UNION:
    case MR_L_LOCAL:
    case MR_L_RANGE:
    case MR_L_ONE_ROW:
        plan_plain(p, node, spec);
        return MR_OK;
    }
    return mr_fail(err, MR_INTERNAL, "unknown logical operator %d", (int)node->kind);
}

/* An aggregation, or a limit over the life of an append query; above an aggregation (complete mode)
 * a limit counts each batch's result anew. */
static bool is_stateful(const mr_logical *node)
{
    if (!node->is_streaming)
        return false;
    return node->kind == MR_L_AGGREGATE ||
           (node->kind == MR_L_LIMIT && count_kind(node, MR_L_AGGREGATE) == 0);
}

static mr_status plan_node(planner *p, const mr_logical *node, const mr_spec **out, mr_error *err)
{
    mr_spec *spec = MR_NEW(p->arena, mr_spec);
    const mr_spec **inputs = MR_NEW_ARRAY(p->arena, const mr_spec *, node->n_inputs + 1);

    if (p->depth++ > PLAN_DEPTH_MAX)
        return mr_fail(err, MR_INVALID, "the plan is nested deeper than %d operators",
                       PLAN_DEPTH_MAX);
    spec->kind = node->kind;
    spec->operator_id = -1;
    spec->inputs = inputs;
    spec->n_inputs = node->n_inputs;
    if (is_stateful(node)) {
        spec->operator_id = p->physical->n_stateful;
        p->physical->stateful[p->physical->n_stateful++] = spec;
    }
    if (node->kind == MR_L_WATERMARK) {
        spec->watermark_id = p->physical->n_watermarks;
        p->physical->watermarks[p->physical->n_watermarks++] = spec;
    }
    for (int i = 0; i < node->n_inputs; i++)
        MR_TRY(plan_node(p, node->inputs[i], &inputs[i], err));
    if (node->kind == MR_L_WATERMARK && spec->watermark_id < p->physical->n_watermarks - 1)
        p->physical->redefines_watermark = true;
    MR_TRY(plan_body(p, node, spec, err));
    p->depth--;
    *out = spec;
    return MR_OK;
}

mr_status mr_physical_plan(const mr_logical *plan, mr_arena *arena, mr_physical **out,
                           mr_error *err)
{
    planner p = { .arena = arena, .physical = MR_NEW(arena, mr_physical) };

    p.physical->scans = MR_NEW_ARRAY(arena, const mr_spec *, count_kind(plan, MR_L_SCAN) + 1);
    p.physical->watermarks =
        MR_NEW_ARRAY(arena, const mr_spec *, count_kind(plan, MR_L_WATERMARK) + 1);
    p.physical->stateful =
        MR_NEW_ARRAY(arena, const mr_spec *,
                     count_kind(plan, MR_L_AGGREGATE) + count_kind(plan, MR_L_LIMIT) + 1);
    MR_TRY(plan_node(&p, plan, &p.physical->root, err));
    *out = p.physical;
    return MR_OK;
}
