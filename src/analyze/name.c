/* name.c - what a column name means. */
#include "analyze/analyze_priv.h"

bool mr_an_same_name(const mr_analyzer *an, mr_str a, mr_str b)
{
    return an->env->case_sensitive ? mr_str_equal(a, b) : mr_str_equal_nocase(a, b);
}

const mr_attr *mr_an_column(const mr_analyzer *an, const mr_logical *plan, mr_str name)
{
    for (int i = 0; i < plan->n_output; i++)
        if (mr_an_same_name(an, plan->output[i].name, name))
            return &plan->output[i];
    return NULL;
}

mr_status mr_an_no_column(mr_error *err, mr_arena *arena, mr_str name, const mr_logical *plan)
{
    const char *proposal = mr_an_suggest(arena, name, plan);

    if (proposal == NULL)
        return mr_raise(err, MR_EXC_ANALYSIS, "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "objectName",
                        mr_an_quote(arena, name), NULL);
    return mr_raise(err, MR_EXC_ANALYSIS, "UNRESOLVED_COLUMN.WITH_SUGGESTION", "objectName",
                    mr_an_quote(arena, name), "proposal", proposal, NULL);
}

static mr_status raise_no_field(const mr_analyzer *an, const mr_type *type, mr_str field,
                                mr_error *err)
{
    mr_buf names = { 0 };
    mr_status status;

    for (int i = 0; i < type->n_fields; i++) {
        if (i > 0)
            mr_buf_puts(&names, ", ");
        mr_buf_puts(&names, mr_an_quote_part(an->arena, type->fields[i].name));
    }
    status = mr_raise(err, MR_EXC_ANALYSIS, "FIELD_NOT_FOUND", "fieldName",
                      mr_an_quote_part(an->arena, field), "fields", mr_buf_cstr(&names), NULL);
    mr_buf_free(&names);
    return status;
}

/* The one field of the struct type that has the name. */
static mr_status find_field(const mr_analyzer *an, const mr_type *type, mr_str field, int *found,
                            mr_error *err)
{
    int count = 0;

    for (int i = type->n_fields - 1; i >= 0; i--)
        if (mr_an_same_name(an, type->fields[i].name, field)) {
            *found = i;
            count++;
        }
    if (count == 0)
        return raise_no_field(an, type, field, err);
    if (count > 1)
        return mr_raise(err, MR_EXC_ANALYSIS, "AMBIGUOUS_REFERENCE_TO_FIELDS", "field",
                        mr_an_quote_part(an->arena, field), "count",
                        mr_arena_cstr(an->arena, mr_arena_printf(an->arena, "%d", count)), NULL);
    return MR_OK;
}

static mr_status call_with(const mr_analyzer *an, const char *function, mr_expr *base,
                           mr_scalar arg, mr_expr **out, mr_error *err)
{
    mr_analyzer copy = *an;
    mr_scope scope = { .an = &copy };
    mr_expr_list args = { 0 };

    mr_an_push(an->arena, &args, base);
    mr_an_push(an->arena, &args, mr_expr_literal(an->arena, arg));
    return mr_an_bind(&scope, mr_function_find(mr_str_from(function)), mr_str_from(function), &args,
                      out, err);
}

/* The field of every struct of an array. */
static mr_status fields_of_array(const mr_analyzer *an, mr_expr *base, mr_str field, mr_expr **out,
                                 mr_error *err)
{
    const mr_type *type = base->type->fields[0].type;
    int found = 0;

    MR_TRY(find_field(an, type, field, &found, err));
    MR_TRY(call_with(an, "getfields", base, mr_scalar_int(found), out, err));
    (*out)->name = type->fields[found].name;
    return MR_OK;
}

static mr_status struct_field(const mr_analyzer *an, mr_expr *base, mr_str field, mr_expr **out,
                              mr_error *err)
{
    int found = 0;
    const mr_type *type = base->type;

    MR_TRY(find_field(an, type, field, &found, err));
    *out = mr_expr_new(an->arena, MR_E_FIELD, type->fields[found].type,
                       base->nullable || type->fields[found].nullable);
    (*out)->args = MR_NEW_ARRAY(an->arena, mr_expr *, 1);
    (*out)->args[0] = base;
    (*out)->n_args = 1;
    (*out)->index = found;
    (*out)->name = field;
    return MR_OK;
}

mr_status mr_an_field(const mr_analyzer *an, mr_expr *base, mr_str field, mr_expr **out,
                      mr_error *err)
{
    switch (base->type->id) {
    case MR_TYPE_STRUCT:
        return struct_field(an, base, field, out, err);
    case MR_TYPE_MAP:
        return call_with(an, "getitem", base, mr_scalar_string(field), out, err);
    case MR_TYPE_ARRAY:
        if (base->type->fields[0].type->id == MR_TYPE_STRUCT)
            return fields_of_array(an, base, field, out, err);
        break;
    default:
        break;
    }
    return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_EXTRACT_BASE_FIELD_TYPE", "base",
                    mr_an_sql(an->arena, base), "other", mr_an_type(an->arena, base->type), NULL);
}
typedef struct match {
    const mr_attr *attr;
    int used; /* name parts */
    int count;
    const mr_attr *others[8];
} match;

static void add_match(match *m, const mr_attr *attr, int used)
{
    if (m->attr != NULL && m->attr->id == attr->id)
        return;
    if (m->attr == NULL) {
        m->attr = attr;
        m->used = used;
    }
    if (m->count < 8)
        m->others[m->count] = attr;
    m->count++;
}

static void find_matches(const mr_analyzer *an, const mr_logical *plan, const mr_str *parts, int n,
                         match *m)
{
    *m = (match){ 0 };
    for (int i = 0; n > 1 && i < plan->n_output; i++) {
        const mr_attr *attr = &plan->output[i];

        if (attr->qualifier.len > 0 && mr_an_same_name(an, attr->qualifier, parts[0]) &&
            mr_an_same_name(an, attr->name, parts[1]))
            add_match(m, attr, 2);
    }
    for (int i = 0; m->count == 0 && i < plan->n_output; i++)
        if (mr_an_same_name(an, plan->output[i].name, parts[0])) {
            match rest = *m;

            for (; i < plan->n_output; i++)
                if (mr_an_same_name(an, plan->output[i].name, parts[0]))
                    add_match(&rest, &plan->output[i], 1);
            *m = rest;
        }
}

/* The candidates are shown as the user spelled the name. */
static mr_status raise_ambiguous(const mr_analyzer *an, const match *m, mr_str name, mr_str part,
                                 mr_error *err)
{
    mr_buf names = { 0 };
    mr_status status;

    mr_buf_putc(&names, '[');
    for (int i = 0; i < m->count && i < 8; i++) {
        const mr_attr *attr = m->others[i];

        if (i > 0)
            mr_buf_puts(&names, ", ");
        if (attr->qualifier.len > 0)
            mr_buf_printf(&names, "%s.", mr_an_quote_part(an->arena, attr->qualifier));
        mr_buf_puts(&names, mr_an_quote_part(an->arena, part));
    }
    mr_buf_putc(&names, ']');
    status = mr_raise(err, MR_EXC_ANALYSIS, "AMBIGUOUS_REFERENCE", "name",
                      mr_an_quote(an->arena, name), "referenceNames", mr_buf_cstr(&names), NULL);
    mr_buf_free(&names);
    return status;
}

/* *out = NULL: no such column here. */
static mr_status resolve_in(const mr_analyzer *an, const mr_logical *plan, mr_str name,
                            mr_expr **out, mr_error *err)
{
    mr_str *parts;
    int n;
    match m;

    *out = NULL;
    MR_TRY(mr_syntax_split_name(an->arena, name, &parts, &n, err));
    find_matches(an, plan, parts, n, &m);
    if (m.count == 0)
        return MR_OK;
    if (m.count > 1)
        return raise_ambiguous(an, &m, name, parts[m.used - 1], err);
    *out = mr_expr_attr(an->arena, m.attr);
    (*out)->name = parts[m.used - 1];
    for (int i = m.used; i < n; i++)
        MR_TRY(mr_an_field(an, *out, parts[i], out, err));
    return MR_OK;
}

static const mr_logical *plan_of(const mr_analyzer *an, int64_t plan_id)
{
    for (const mr_plan_entry *e = an->plans; e != NULL; e = e->next)
        if (e->plan_id == plan_id)
            return e->plan;
    return NULL;
}

static mr_status raise_no_frame_column(const mr_scope *scope, mr_str name, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "CANNOT_RESOLVE_DATAFRAME_COLUMN", "name",
                    mr_an_quote(scope->an->arena, name), NULL);
}

/* df["a"]: the column as the plan of df has it, which must still be visible here. */
static mr_status resolve_by_plan(const mr_scope *scope, const mr_xexpr *x, mr_expr **out,
                                 mr_error *err)
{
    const mr_logical *plan = plan_of(scope->an, x->plan_id);

    if (plan == NULL)
        return raise_no_frame_column(scope, x->name, err);
    MR_TRY(resolve_in(scope->an, plan, x->name, out, err));
    if (*out == NULL) {
        MR_TRY(mr_an_file_metadata(scope->an, plan, x->name, out, err));
        if (*out != NULL)
            return MR_OK;
        return mr_an_at(err, mr_an_no_column(err, scope->an->arena, x->name, plan), x, plan);
    }
    if (mr_an_covers(*out, scope->plan->output, scope->plan->n_output))
        return MR_OK;
    if (scope->hidden != NULL && mr_an_covers(*out, scope->hidden->output, scope->hidden->n_output))
        return MR_OK;
    return raise_no_frame_column(scope, x->name, err);
}

mr_status mr_an_resolve_name(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err)
{
    const mr_logical *first = scope->plan;
    const mr_logical *second = scope->hidden;

    if (x->has_plan_id)
        return resolve_by_plan(scope, x, out, err);
    if (scope->in_aggregate && second != NULL) {
        first = second;
        second = scope->plan;
    }
    MR_TRY(mr_an_at(err, resolve_in(scope->an, first, x->name, out, err), x, NULL));
    if (*out == NULL && second != NULL)
        MR_TRY(mr_an_at(err, resolve_in(scope->an, second, x->name, out, err), x, NULL));
    if (*out == NULL)
        MR_TRY(
            mr_an_at(err, mr_an_file_metadata(scope->an, scope->plan, x->name, out, err), x, NULL));
    if (*out == NULL)
        return mr_an_at(err, mr_an_no_column(err, scope->an->arena, x->name, scope->plan), x,
                        scope->plan);
    return MR_OK;
}
