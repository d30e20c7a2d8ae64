/* logical.c - making logical nodes, their schema, and the text of EXPLAIN. */
#include "plan/logical.h"

#include <inttypes.h>

static const char *const kind_names[] = {
    [MR_L_SCAN] = "Scan",           [MR_L_LOCAL] = "LocalRelation",
    [MR_L_RANGE] = "Range",         [MR_L_ONE_ROW] = "OneRow",
    [MR_L_PROJECT] = "Project",     [MR_L_FILTER] = "Filter",
    [MR_L_WATERMARK] = "Watermark", [MR_L_WINDOW] = "Window",
    [MR_L_GENERATE] = "Generate",   [MR_L_AGGREGATE] = "Aggregate",
    [MR_L_SORT] = "Sort",           [MR_L_LIMIT] = "Limit",
    [MR_L_OFFSET] = "Offset",       [MR_L_TAIL] = "Tail",
    [MR_L_UNION] = "Union",         [MR_L_DEDUPLICATE] = "Deduplicate",
};

mr_logical *mr_logical_new(mr_arena *arena, mr_logical_kind kind, mr_logical *input)
{
    mr_logical *plan = MR_NEW(arena, mr_logical);

    plan->kind = kind;
    if (input == NULL)
        return plan;
    plan->inputs = MR_NEW_ARRAY(arena, mr_logical *, 1);
    plan->inputs[0] = input;
    plan->n_inputs = 1;
    plan->output = input->output;
    plan->n_output = input->n_output;
    plan->is_streaming = input->is_streaming;
    return plan;
}

const mr_type *mr_logical_schema(mr_arena *arena, const mr_logical *plan)
{
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, plan->n_output);

    for (int i = 0; i < plan->n_output; i++) {
        const mr_attr *attr = &plan->output[i];

        fields[i] = (mr_field){ attr->name, attr->type, attr->nullable, attr->metadata };
    }
    return mr_type_struct(arena, fields, plan->n_output);
}

static void print_exprs(mr_expr *const *exprs, int n, mr_buf *out)
{
    mr_buf_putc(out, '[');
    for (int i = 0; i < n; i++) {
        if (i > 0)
            mr_buf_puts(out, ", ");
        mr_expr_print(exprs[i], out);
    }
    mr_buf_putc(out, ']');
}

static void print_orders(const mr_logical *plan, mr_buf *out)
{
    mr_buf_puts(out, " [");
    for (int i = 0; i < plan->n_orders; i++) {
        const mr_sort_order *order = &plan->orders[i];

        if (i > 0)
            mr_buf_puts(out, ", ");
        mr_expr_print(order->expr, out);
        mr_buf_puts(out, order->is_descending ? " DESC" : " ASC");
        mr_buf_puts(out, order->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
    mr_buf_putc(out, ']');
}

static void print_scan(const mr_logical *plan, mr_buf *out)
{
    const mr_scan *scan = plan->scan;
    bool first = true;

    mr_buf_printf(out, " %s%.*s [", scan->is_streaming ? "streaming " : "",
                  MR_STR_ARG(scan->format));
    for (int i = 0; i < plan->n_output; i++) {
        const mr_attr *attr = &plan->output[i];

        if (!first)
            mr_buf_puts(out, ", ");
        first = false;
        mr_buf_printf(out, "%.*s#%d", MR_STR_ARG(attr->name), (int)attr->id);
    }
    mr_buf_putc(out, ']');
    for (int i = 0; i < scan->n_paths; i++)
        mr_buf_printf(out, " %.*s", MR_STR_ARG(scan->paths[i]));
}

static void print_attr(const mr_logical *plan, int32_t id, mr_buf *out)
{
    for (int i = 0; i < plan->n_output; i++)
        if (plan->output[i].id == id) {
            mr_buf_printf(out, " %.*s#%d", MR_STR_ARG(plan->output[i].name), (int)id);
            return;
        }
    mr_buf_printf(out, " #%d", (int)id);
}

static void print_outputs(const mr_logical *plan, mr_buf *out)
{
    mr_buf_puts(out, " [");
    for (int i = 0; i < plan->n_output; i++)
        mr_buf_printf(out, "%s%.*s#%d", i > 0 ? ", " : "", MR_STR_ARG(plan->output[i].name),
                      (int)plan->output[i].id);
    mr_buf_putc(out, ']');
}

static void print_window(const mr_logical *plan, mr_buf *out)
{
    print_attr(plan, plan->attr_id, out);
    mr_buf_puts(out, " of ");
    mr_expr_print(plan->exprs[0], out);
    mr_buf_printf(out, ", width %" PRId64 " us, slide %" PRId64 " us, start %" PRId64 " us",
                  plan->width_us, plan->slide_us, plan->start_us);
}

static void print_details(const mr_logical *plan, mr_buf *out)
{
    switch (plan->kind) {
    case MR_L_SCAN:
        print_scan(plan, out);
        break;
    case MR_L_LOCAL:
    case MR_L_UNION:
        print_outputs(plan, out);
        break;
    case MR_L_RANGE:
        mr_buf_printf(out, " (%" PRId64 ", %" PRId64 ", step=%" PRId64 ")", plan->start, plan->end,
                      plan->step);
        break;
    case MR_L_PROJECT:
    case MR_L_GENERATE:
    case MR_L_DEDUPLICATE:
        mr_buf_putc(out, ' ');
        print_exprs(plan->exprs, plan->n_exprs, out);
        break;
    case MR_L_FILTER:
        mr_buf_putc(out, ' ');
        mr_expr_print(plan->exprs[0], out);
        break;
    case MR_L_WATERMARK:
        print_attr(plan, plan->attr_id, out);
        mr_buf_printf(out, ", delay %" PRId64 " ms", plan->delay_ms);
        break;
    case MR_L_WINDOW:
        print_window(plan, out);
        break;
    case MR_L_AGGREGATE:
        mr_buf_puts(out, " keys=");
        print_exprs(plan->exprs, plan->n_exprs, out);
        mr_buf_puts(out, ", functions=");
        print_exprs(plan->aggs, plan->n_aggs, out);
        break;
    case MR_L_SORT:
        print_orders(plan, out);
        break;
    case MR_L_LIMIT:
    case MR_L_OFFSET:
    case MR_L_TAIL:
        mr_buf_printf(out, " %" PRId64, plan->count);
        break;
    case MR_L_ONE_ROW:
        break;
    }
}

static void print_node(const mr_logical *plan, int depth, mr_buf *out)
{
    if (depth > 0) {
        mr_buf_fill(out, ' ', (size_t)(depth - 1) * 3);
        mr_buf_puts(out, "+- ");
    }
    mr_buf_puts(out, kind_names[plan->kind]);
    print_details(plan, out);
    mr_buf_putc(out, '\n');
    for (int i = 0; i < plan->n_inputs; i++)
        print_node(plan->inputs[i], depth + 1, out);
}

void mr_logical_print(const mr_logical *plan, mr_buf *out)
{
    print_node(plan, 0, out);
}
