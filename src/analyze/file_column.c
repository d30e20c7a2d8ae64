/* file_column.c - columns that a scan has besides its data: _metadata, input_file_name() and the
 * block functions.
 *
 * They are nobody's output until a name or a call asks for one.  The node that asks gets its
 * expression at once; mr_an_file_columns_settle() then lets every node between it and the scan pass
 * the column on.
 */
#include "analyze/analyze_priv.h"

static const char *const calls[] = { "input_file_name", "input_file_block_start",
                                     "input_file_block_length" };

#define N_CALLS   ((int)(sizeof(calls) / sizeof(calls[0])))
#define N_COLUMNS (N_CALLS + 1)

/* The scan whose rows are these rows, one by one; NULL = there is none, or not just one. */
static mr_logical *scan_below(const mr_logical *plan)
{
    while (plan != NULL && plan->kind != MR_L_SCAN)
        switch (plan->kind) {
        case MR_L_PROJECT:
        case MR_L_FILTER:
        case MR_L_SORT:
        case MR_L_WATERMARK:
        case MR_L_WINDOW:
        case MR_L_GENERATE:
        case MR_L_LIMIT:
        case MR_L_OFFSET:
            plan = plan->hides_file_columns ? NULL : plan->inputs[0];
            break;
        default:
            return NULL;
        }
    return (mr_logical *)plan;
}

static const mr_type *metadata_type(mr_arena *arena)
{
    const mr_type *text = mr_type_of(MR_TYPE_STRING), *whole = mr_type_of(MR_TYPE_LONG);
    const mr_field fields[] = {
        { MR_STR("file_path"), text, false, { 0 } },
        { MR_STR("file_name"), text, false, { 0 } },
        { MR_STR("file_size"), whole, false, { 0 } },
        { MR_STR("file_block_start"), whole, false, { 0 } },
        { MR_STR("file_block_length"), whole, false, { 0 } },
        { MR_STR("file_modification_time"), mr_type_of(MR_TYPE_TIMESTAMP), false, { 0 } },
    };

    return mr_type_struct(arena, fields, (int)(sizeof(fields) / sizeof(fields[0])));
}

/* Column `index` of the scan: 0 is _metadata, the calls follow.  An id of its own says that it was
 * asked for. */
static const mr_attr *column(mr_analyzer *an, mr_logical *scan, int index)
{
    mr_attr *attr;

    if (scan->file_columns == NULL) {
        scan->file_columns = MR_NEW_ARRAY(an->arena, mr_attr, N_COLUMNS);
        memset(scan->file_columns, 0, sizeof(mr_attr) * N_COLUMNS);
    }
    attr = &scan->file_columns[index];
    if (attr->id == 0) {
        attr->id = an->next_id++;
        attr->name =
            index == 0 ? MR_STR("_metadata") : mr_arena_printf(an->arena, "%s()", calls[index - 1]);
        attr->type = index == 0   ? metadata_type(an->arena)
                     : index == 1 ? mr_type_of(MR_TYPE_STRING)
                                  : mr_type_of(MR_TYPE_LONG);
        if (index == 0)
            attr->metadata =
                MR_STR("{\"__file_source_metadata_col\":true,\"__metadata_col\":\"_metadata\"}");
    }
    an->has_file_columns = true;
    return attr;
}

mr_status mr_an_file_metadata(mr_analyzer *an, const mr_logical *plan, mr_str name, mr_expr **out,
                              mr_error *err)
{
    mr_logical *scan = plan == NULL ? NULL : scan_below(plan);
    mr_str *parts;
    int n;

    MR_TRY(mr_syntax_split_name(an->arena, name, &parts, &n, err));
    if (scan == NULL || !mr_an_same_name(an, parts[0], MR_STR("_metadata")))
        return MR_OK;
    *out = mr_expr_attr(an->arena, column(an, scan, 0));
    (*out)->name = parts[0];
    for (int i = 1; i < n; i++)
        MR_TRY(mr_an_field(an, *out, parts[i], out, err));
    return MR_OK;
}

bool mr_an_file_call(mr_analyzer *an, const mr_logical *plan, const mr_function *f, mr_expr **out)
{
    mr_logical *scan = NULL;

    for (int i = 0; i < N_CALLS; i++)
        if (strcmp(f->name, calls[i]) == 0 && plan != NULL && (scan = scan_below(plan)) != NULL) {
            *out = mr_expr_attr(an->arena, column(an, scan, i + 1));
            return true;
        }
    return false;
}

/* --- letting it through ------------------------------------------------------------------------
 */

static mr_attr *with_attr(mr_arena *arena, const mr_logical *plan, int at, const mr_attr *attr)
{
    mr_attr *output = MR_NEW_ARRAY(arena, mr_attr, plan->n_output + 1);

    if (at > 0)
        memcpy(output, plan->output, sizeof(mr_attr) * (size_t)at);
    output[at] = *attr;
    if (at < plan->n_output)
        memcpy(output + at + 1, plan->output + at, sizeof(mr_attr) * (size_t)(plan->n_output - at));
    return output;
}

static void add_to_scan(mr_arena *arena, mr_logical *plan, const mr_attr *attr)
{
    mr_scan *scan = plan->scan;
    int n = scan->schema->n_fields;
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, n + 1);

    if (n > 0)
        memcpy(fields, scan->schema->fields, sizeof(mr_field) * (size_t)n);
    fields[n] = (mr_field){ attr->name, attr->type, false, { 0 } };
    scan->schema = mr_type_struct(arena, fields, n + 1);
    scan->n_file_columns++;
    scan->needed = mr_arena_alloc(arena, (size_t)n + 2);
    memset(scan->needed, 1, (size_t)n + 1);
}

static void add_to_project(mr_arena *arena, mr_logical *plan, const mr_attr *attr)
{
    mr_expr **exprs = MR_NEW_ARRAY(arena, mr_expr *, plan->n_exprs + 1);

    if (plan->n_exprs > 0)
        memcpy(exprs, plan->exprs, sizeof(mr_expr *) * (size_t)plan->n_exprs);
    exprs[plan->n_exprs++] = mr_expr_attr(arena, attr);
    plan->exprs = exprs;
}

bool mr_an_file_column_show(mr_arena *arena, mr_logical *plan, int32_t id)
{
    mr_logical *scan = scan_below(plan);
    const mr_attr *attr = scan == NULL || scan->file_columns == NULL
                              ? NULL
                              : mr_an_find(scan->file_columns, N_COLUMNS, id);
    int at = plan->n_output;

    if (mr_an_find(plan->output, plan->n_output, id) != NULL)
        return true;
    if (attr == NULL || (plan != scan && !mr_an_file_column_show(arena, plan->inputs[0], id)))
        return false;
    if (plan == scan)
        add_to_scan(arena, plan, attr);
    if (plan->kind == MR_L_PROJECT)
        add_to_project(arena, plan, attr);
    if (plan->kind == MR_L_WINDOW) /* what a node adds itself stays behind its input's columns */
        at -= 1;
    if (plan->kind == MR_L_GENERATE)
        at -= plan->n_generated;
    plan->output = with_attr(arena, plan, at, attr);
    plan->n_output++;
    if (plan->kind == MR_L_GENERATE)
        plan->generated = plan->output + at + 1;
    return true;
}

typedef struct request {
    mr_arena *arena;
    mr_logical *input;
} request;

static void show(void *data, int32_t id)
{
    const request *r = data;

    if (mr_an_find(r->input->output, r->input->n_output, id) == NULL)
        (void)mr_an_file_column_show(r->arena, r->input, id);
}

static void show_all(mr_logical *plan, mr_arena *arena, mr_expr *const *exprs, int n)
{
    request r = { arena, plan->inputs[0] };

    for (int i = 0; i < n; i++) {
        mr_expr_each_attr(exprs[i], show, &r);
        if (exprs[i]->filter != NULL)
            mr_expr_each_attr(exprs[i]->filter, show, &r);
    }
}

/* The markers that a plain column brings along. */
static void copy_markers(mr_logical *project)
{
    for (int i = 0; i < project->n_output; i++) {
        const mr_attr *source =
            project->exprs[i]->kind == MR_E_ATTR
                ? mr_an_find(project->inputs[0]->output, project->inputs[0]->n_output,
                             project->exprs[i]->attr_id)
                : NULL;

        if (source != NULL && project->output[i].metadata.len == 0)
            project->output[i].metadata = source->metadata;
    }
}

void mr_an_file_columns_settle(mr_analyzer *an, mr_logical *plan)
{
    for (int i = 0; i < plan->n_inputs; i++)
        mr_an_file_columns_settle(an, plan->inputs[i]);
    if (plan->n_inputs != 1)
        return;
    show_all(plan, an->arena, plan->exprs, plan->n_exprs);
    show_all(plan, an->arena, plan->aggs, plan->n_aggs);
    if (plan->kind == MR_L_PROJECT)
        copy_markers(plan);
}
