/* columns.c - Connect's conveniences over the columns of a frame, unions and duplicates. */
#include <stdio.h>

#include "analyze/analyze_priv.h"

static void push_attr(mr_analyzer *an, mr_expr_list *list, const mr_attr *attr)
{
    mr_an_push(an->arena, list, mr_expr_attr(an->arena, attr));
}

static const char *number(mr_arena *arena, int n)
{
    return mr_arena_cstr(arena, mr_arena_printf(arena, "%d", n));
}

/* Spark gives new columns metadata of their own, which are empty: a watermark does not get into
 * them. */
static void forget_metadata(mr_logical *project, const mr_expr_list *added)
{
    for (int i = 0; i < project->n_output; i++)
        for (int j = 0; j < added->n; j++)
            if (added->items[j]->kind == MR_E_ALIAS &&
                added->items[j]->attr_id == project->output[i].id) {
                project->output[i].has_watermark = false;
                project->output[i].delay_ms = 0;
                project->output[i].metadata = added->items[j]->metadata;
            }
}

mr_status mr_an_with_columns(mr_analyzer *an, const mr_xrel *rel, mr_logical *input,
                             mr_logical **out, mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input };
    mr_expr_list list = { 0 };
    mr_expr_list added = { 0 };
    bool *used = MR_NEW_ARRAY(an->arena, bool, rel->n_exprs + 1), generated;

    for (int i = 0; i < rel->n_exprs; i++) {
        if (rel->exprs[i]->kind != MR_X_ALIAS)
            return mr_fail(err, MR_INVALID, "a new column needs a name");
        MR_TRY(mr_an_generator(&scope, rel->exprs[i], &input, &added, &generated, err));
        if (!generated)
            MR_TRY(mr_an_named(&scope, rel->exprs[i], &added, err));
        for (int j = 0; j < i; j++)
            if (mr_an_same_name(an, added.items[i]->name, added.items[j]->name))
                return mr_raise(err, MR_EXC_ANALYSIS, "COLUMN_ALREADY_EXISTS", "columnName",
                                mr_an_quote_part(an->arena, added.items[i]->name), NULL);
    }
    MR_TRY(mr_an_extract_window(an, &input, added.items, added.n, err));
    for (int i = 0; i < scope.plan->n_output; i++) {
        const mr_attr *attr = &scope.plan->output[i];
        mr_expr *expr = mr_expr_attr(an->arena, attr);

        for (int j = 0; j < added.n; j++)
            if (mr_an_same_name(an, attr->name, added.items[j]->name)) {
                expr = added.items[j];
                used[j] = true;
            }
        mr_an_push(an->arena, &list, expr);
    }
    for (int j = 0; j < added.n; j++)
        if (!used[j])
            mr_an_push(an->arena, &list, added.items[j]);
    *out = mr_an_project(an->arena, input, list.items, list.n);
    forget_metadata(*out, &added);
    return MR_OK;
}

mr_status mr_an_rename(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                       mr_error *err)
{
    mr_expr_list list = { 0 };

    if (rel->n_names % 2 != 0)
        return mr_fail(err, MR_INVALID, "renaming needs pairs of names");
    for (int i = 0; i < input->n_output; i++) {
        mr_expr *expr = mr_expr_attr(an->arena, &input->output[i]);

        for (int j = 0; j < rel->n_names; j += 2)
            if (mr_an_same_name(an, input->output[i].name, rel->names[j])) {
                expr = mr_an_alias(an, mr_expr_attr(an->arena, &input->output[i]),
                                   rel->names[j + 1], (mr_str){ 0 });
                break;
            }
        mr_an_push(an->arena, &list, expr);
    }
    *out = mr_an_project(an->arena, input, list.items, list.n);
    return MR_OK;
}

mr_status mr_an_drop(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                     mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input };
    mr_expr_list list = { 0 };
    bool *gone = MR_NEW_ARRAY(an->arena, bool, input->n_output + 1);

    for (int i = 0; i < rel->n_exprs; i++) {
        mr_expr *expr;

        if (mr_an_expr(&scope, rel->exprs[i], &expr, err) != MR_OK) {
            if (err != NULL && strncmp(err->condition, "UNRESOLVED_COLUMN", 17) != 0 &&
                strcmp(err->condition, "CANNOT_RESOLVE_DATAFRAME_COLUMN") != 0)
                return err->status;
            mr_error_clear(err);
            continue;
        }
        for (int j = 0; expr->kind == MR_E_ATTR && j < input->n_output; j++)
            gone[j] |= input->output[j].id == expr->attr_id;
    }
    for (int i = 0; i < rel->n_names; i++)
        for (int j = 0; j < input->n_output; j++)
            gone[j] |= mr_an_same_name(an, input->output[j].name, rel->names[i]);
    for (int j = 0; j < input->n_output; j++)
        if (!gone[j])
            push_attr(an, &list, &input->output[j]);
    *out = mr_an_project(an->arena, input, list.items, list.n);
    return MR_OK;
}

mr_status mr_an_to_df(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                      mr_error *err)
{
    mr_expr_list list = { 0 };

    if (rel->n_names != input->n_output)
        return mr_raise(err, MR_EXC_ANALYSIS, "ASSIGNMENT_ARITY_MISMATCH", "numTarget",
                        number(an->arena, rel->n_names), "numExpr",
                        number(an->arena, input->n_output), NULL);
    for (int i = 0; i < input->n_output; i++)
        mr_an_push(an->arena, &list,
                   mr_an_alias(an, mr_expr_attr(an->arena, &input->output[i]), rel->names[i],
                               (mr_str){ 0 }));
    *out = mr_an_project(an->arena, input, list.items, list.n);
    return MR_OK;
}

/* By position: the names and types of `schema`. */
mr_status mr_an_to_schema(mr_analyzer *an, const mr_type *schema, mr_logical *input,
                          mr_logical **out, mr_error *err)
{
    mr_expr_list list = { 0 };
    bool same = true;

    if (schema == NULL || schema->id != MR_TYPE_STRUCT || schema->n_fields != input->n_output)
        return mr_fail(err, MR_INVALID, "the schema does not have the %d columns of the rows",
                       input->n_output);
    for (int i = 0; i < schema->n_fields; i++) {
        const mr_field *field = &schema->fields[i];
        const mr_attr *attr = &input->output[i];
        mr_expr *expr = mr_expr_attr(an->arena, attr);

        same &= mr_str_equal(field->name, attr->name) && mr_type_equal(field->type, attr->type);
        if (!mr_type_equal(field->type, attr->type)) {
            if (!mr_cast_allowed(attr->type, field->type, an->env->ansi))
                return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_COLUMN_OR_FIELD_DATA_TYPE", "name",
                                mr_an_quote_part(an->arena, field->name), "type",
                                mr_an_type(an->arena, attr->type), "expectedType",
                                mr_an_type(an->arena, field->type), NULL);
            expr = mr_an_implicit_cast(an, expr, field->type);
        }
        mr_an_push(an->arena, &list, mr_an_alias(an, expr, field->name, field->metadata));
    }
    *out = same ? input : mr_an_project(an->arena, input, list.items, list.n);
    for (int i = 0; i < schema->n_fields; i++) /* rows made by us: null where the schema says so */
        (*out)->output[i].nullable = schema->fields[i].nullable;
    return MR_OK;
}

static bool is_chosen(const mr_analyzer *an, const mr_xrel *rel, const mr_attr *attr, int *index)
{
    for (*index = 0; *index < rel->n_names; (*index)++)
        if (mr_an_same_name(an, attr->name, rel->names[*index]))
            return true;
    *index = 0;
    return rel->n_names == 0;
}

static mr_status check_names(mr_analyzer *an, const mr_xrel *rel, const mr_logical *input,
                             mr_error *err)
{
    for (int i = 0; i < rel->n_names; i++)
        if (mr_an_column(an, input, rel->names[i]) == NULL)
            return mr_an_no_column(err, an->arena, rel->names[i], input);
    return MR_OK;
}

static bool fits(const mr_type *column, const mr_type *value)
{
    return (mr_type_is_numeric(column) && mr_type_is_numeric(value)) ||
           (mr_type_is_string(column) && mr_type_is_string(value)) ||
           (column->id == MR_TYPE_BOOLEAN && value->id == MR_TYPE_BOOLEAN);
}

mr_status mr_an_na_fill(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                        mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input };
    const mr_function *coalesce = mr_function_find(MR_STR("coalesce"));
    mr_expr_list list = { 0 };

    MR_TRY(check_names(an, rel, input, err));
    for (int i = 0; i < input->n_output; i++) {
        const mr_attr *attr = &input->output[i];
        mr_expr *expr = mr_expr_attr(an->arena, attr), *value, *filled;
        mr_expr_list args = { 0 };
        int index;

        if (!is_chosen(an, rel, attr, &index) || rel->n_exprs == 0) {
            mr_an_push(an->arena, &list, expr);
            continue;
        }
        MR_TRY(mr_an_expr(&scope, rel->exprs[rel->n_exprs == 1 ? 0 : index], &value, err));
        if (!fits(attr->type, value->type)) {
            mr_an_push(an->arena, &list, expr);
            continue;
        }
        mr_an_push(an->arena, &args, expr);
        mr_an_push(an->arena, &args, mr_an_implicit_cast(an, value, attr->type));
        MR_TRY(mr_an_bind(&scope, coalesce, MR_STR("coalesce"), &args, &filled, err));
        mr_an_push(an->arena, &list, mr_an_alias(an, filled, attr->name, (mr_str){ 0 }));
    }
    *out = mr_an_project(an->arena, input, list.items, list.n);
    return MR_OK;
}

/* 1 if the column has a value, else 0; or the condition itself. */
static mr_status not_null(const mr_scope *scope, const mr_attr *attr, mr_expr **out, mr_error *err)
{
    const mr_function *f = mr_function_find(MR_STR("isnotnull"));
    mr_expr_list args = { 0 };

    if (f == NULL)
        return mr_fail(err, MR_INTERNAL, "there is no isnotnull");
    push_attr(scope->an, &args, attr);
    return mr_an_bind(scope, f, MR_STR("isnotnull"), &args, out, err);
}

static mr_status combine(const mr_scope *scope, const char *name, mr_expr *a, mr_expr *b,
                         mr_expr **out, mr_error *err)
{
    const mr_function *f = mr_function_find(mr_str_from(name));
    mr_expr_list args = { 0 };

    if (a == NULL) {
        *out = b;
        return MR_OK;
    }
    if (f == NULL)
        return mr_fail(err, MR_INTERNAL, "there is no %s", name);
    mr_an_push(scope->an->arena, &args, a);
    mr_an_push(scope->an->arena, &args, b);
    return mr_an_bind(scope, f, mr_str_from(name), &args, out, err);
}

mr_status mr_an_na_drop(mr_analyzer *an, const mr_xrel *rel, mr_logical *input, mr_logical **out,
                        mr_error *err)
{
    mr_scope scope = { .an = an, .plan = input };
    mr_expr *condition = NULL;
    int chosen = 0, index;
    bool any = rel->count == 1, all;

    MR_TRY(check_names(an, rel, input, err));
    for (int i = 0; i < input->n_output; i++)
        chosen += is_chosen(an, rel, &input->output[i], &index);
    all = rel->count < 0 || rel->count >= chosen;
    *out = input;
    if (rel->count == 0 || chosen == 0)
        return MR_OK;
    if (!any && !all)
        return mr_an_unsupported(err, "dropna with a threshold between one and all columns");
    for (int i = 0; i < input->n_output; i++) {
        mr_expr *one;

        if (!is_chosen(an, rel, &input->output[i], &index))
            continue;
        MR_TRY(not_null(&scope, &input->output[i], &one, err));
        MR_TRY(combine(&scope, all ? "and" : "or", condition, one, &condition, err));
    }
    *out = mr_an_filter(an->arena, input, condition);
    return MR_OK;
}

mr_status mr_an_deduplicate(mr_analyzer *an, const mr_xrel *rel, mr_logical *input,
                            mr_logical **out, mr_error *err)
{
    mr_expr_list keys = { 0 };

    if (rel->within_watermark && !input->is_streaming)
        return mr_an_at(err,
                        mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_3102",
                                      "dropDuplicatesWithinWatermark is not supported with batch "
                                      "DataFrames/DataSets"),
                        NULL, input);
    for (int i = 0; i < rel->n_names; i++) {
        const mr_attr *attr = mr_an_column(an, input, rel->names[i]);

        if (attr == NULL)
            return mr_raise_text(err, MR_EXC_INVALID_PLAN, "INTERNAL_ERROR",
                                 "[INTERNAL_ERROR] Invalid deduplicate column %.*s SQLSTATE: XX000",
                                 MR_STR_ARG(rel->names[i]));
        push_attr(an, &keys, attr);
    }
    for (int i = 0; rel->n_names == 0 && i < input->n_output; i++)
        push_attr(an, &keys, &input->output[i]);
    *out = mr_logical_new(an->arena, MR_L_DEDUPLICATE, input);
    (*out)->exprs = keys.items;
    (*out)->n_exprs = keys.n;
    return MR_OK;
}

/* The right side's columns in the left side's order, by name. */
static mr_status raise_not_among(mr_analyzer *an, mr_str name, const mr_logical *plan,
                                 mr_error *err)
{
    mr_str names = { 0 };

    for (int i = 0; i < plan->n_output; i++)
        names = mr_arena_printf(an->arena, "%.*s%s%.*s", MR_STR_ARG(names), i > 0 ? ", " : "",
                                MR_STR_ARG(plan->output[i].name));
    return mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_1201",
                         "Cannot resolve column name \"%.*s\" among (%.*s).", MR_STR_ARG(name),
                         MR_STR_ARG(names));
}

static mr_status reorder(mr_analyzer *an, const mr_xrel *rel, const mr_logical *left,
                         mr_logical *right, mr_logical **out, mr_error *err)
{
    mr_expr_list list = { 0 };

    for (int i = 0; i < left->n_output; i++) {
        const mr_attr *attr = mr_an_column(an, right, left->output[i].name);

        if (attr == NULL && !rel->allow_missing)
            return raise_not_among(an, left->output[i].name, right, err);
        if (attr == NULL)
            mr_an_push(an->arena, &list,
                       mr_an_alias(an,
                                   mr_expr_literal(an->arena, mr_scalar_null(left->output[i].type)),
                                   left->output[i].name, (mr_str){ 0 }));
        else
            push_attr(an, &list, attr);
    }
    for (int i = 0; i < right->n_output; i++)
        if (mr_an_column(an, left, right->output[i].name) == NULL) {
            push_attr(an, &list, &right->output[i]); /* one too many, if none may be missing */
        }
    *out = mr_an_project(an->arena, right, list.items, list.n);
    return MR_OK;
}

/* Adds to `left` the columns that only `right` has, as nulls. */
static mr_logical *add_missing(mr_analyzer *an, mr_logical *left, const mr_logical *right)
{
    mr_expr_list list = { 0 };

    for (int i = 0; i < left->n_output; i++)
        push_attr(an, &list, &left->output[i]);
    for (int i = left->n_output; i < right->n_output; i++)
        mr_an_push(an->arena, &list,
                   mr_an_alias(an,
                               mr_expr_literal(an->arena, mr_scalar_null(right->output[i].type)),
                               right->output[i].name, (mr_str){ 0 }));
    return list.n == left->n_output ? left : mr_an_project(an->arena, left, list.items, list.n);
}

static mr_logical *widen(mr_analyzer *an, mr_logical *plan, const mr_type *const *types)
{
    mr_expr_list list = { 0 };
    bool same = true;

    for (int i = 0; i < plan->n_output; i++) {
        mr_expr *expr = mr_expr_attr(an->arena, &plan->output[i]);

        if (!mr_type_equal(types[i], plan->output[i].type)) {
            same = false;
            expr = mr_an_alias(an, mr_an_implicit_cast(an, expr, types[i]), plan->output[i].name,
                               (mr_str){ 0 });
        }
        mr_an_push(an->arena, &list, expr);
    }
    return same ? plan : mr_an_project(an->arena, plan, list.items, list.n);
}

static mr_status raise_union_type(mr_analyzer *an, const mr_type *a, const mr_type *b, int column,
                                  mr_error *err)
{
    char ordinal[32];

    snprintf(ordinal, sizeof(ordinal), "%d%s", column + 1,
             column == 0   ? "st"
             : column == 1 ? "nd"
             : column == 2 ? "rd"
                           : "th");
    if (column == 0)
        snprintf(ordinal, sizeof(ordinal), "first");
    else if (column == 1)
        snprintf(ordinal, sizeof(ordinal), "second");
    else if (column == 2)
        snprintf(ordinal, sizeof(ordinal), "third");
    return mr_raise(err, MR_EXC_ANALYSIS, "INCOMPATIBLE_COLUMN_TYPE", "operator", "UNION",
                    "columnOrdinalNumber", ordinal, "tableOrdinalNumber", "second", "dataType1",
                    mr_an_type(an->arena, b), "dataType2", mr_an_type(an->arena, a), "hint", "",
                    NULL);
}

static mr_status common_types(mr_analyzer *an, const mr_logical *left, const mr_logical *right,
                              const mr_type ***out, mr_error *err)
{
    const mr_type **types = MR_NEW_ARRAY(an->arena, const mr_type *, left->n_output);

    for (int i = 0; i < left->n_output; i++) {
        const mr_type *a = left->output[i].type, *b = right->output[i].type;

        types[i] = mr_type_equal(a, b) ? a : mr_coerce_common(an->arena, a, b, an->env->ansi);
        if (types[i] == NULL)
            return mr_an_at(err, raise_union_type(an, a, b, i, err), NULL, left);
    }
    *out = types;
    return MR_OK;
}

mr_status mr_an_union(mr_analyzer *an, const mr_xrel *rel, mr_logical *left, mr_logical *right,
                      mr_logical **out, mr_error *err)
{
    const mr_type **types;
    mr_logical *plan;

    if (rel->by_name)
        MR_TRY(reorder(an, rel, left, right, &right, err));
    if (rel->by_name && rel->allow_missing)
        left = add_missing(an, left, right);
    if (left->n_output != right->n_output)
        return mr_an_at(err,
                        mr_raise(err, MR_EXC_ANALYSIS, "NUM_COLUMNS_MISMATCH", "operator", "UNION",
                                 "firstNumColumns", number(an->arena, left->n_output),
                                 "invalidOrdinalNum", "second", "invalidNumColumns",
                                 number(an->arena, right->n_output), NULL),
                        NULL, left);
    MR_TRY(common_types(an, left, right, &types, err));
    left = widen(an, left, types);
    right = widen(an, right, types);
    plan = mr_logical_new(an->arena, MR_L_UNION, left);
    plan->inputs = MR_NEW_ARRAY(an->arena, mr_logical *, 2);
    plan->inputs[0] = left;
    plan->inputs[1] = right;
    plan->n_inputs = 2;
    plan->is_streaming = left->is_streaming || right->is_streaming;
    plan->output = MR_NEW_ARRAY(an->arena, mr_attr, left->n_output);
    for (int i = 0; i < left->n_output; i++) {
        plan->output[i] = left->output[i];
        plan->output[i].nullable |= right->output[i].nullable;
        plan->output[i].qualifier = (mr_str){ 0 };
    }
    *out = plan;
    if (rel->is_all)
        return MR_OK;
    return mr_an_deduplicate(an, &(mr_xrel){ .all_columns = true }, plan, out, err);
}
