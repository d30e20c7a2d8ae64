/* expr.c - resolved expressions: making, walking, comparing.  Printing is in expr_print.c. */
#include "plan/expr.h"

mr_expr *mr_expr_new(mr_arena *arena, mr_expr_kind kind, const mr_type *type, bool nullable)
{
    mr_expr *e = MR_NEW(arena, mr_expr);

    e->kind = kind;
    e->type = type;
    e->nullable = nullable;
    e->sql_start = e->sql_stop = -1;
    return e;
}

mr_expr *mr_expr_attr(mr_arena *arena, const mr_attr *attr)
{
    mr_expr *e = mr_expr_new(arena, MR_E_ATTR, attr->type, attr->nullable);

    e->attr_id = attr->id;
    e->name = attr->name;
    return e;
}

mr_expr *mr_expr_literal(mr_arena *arena, mr_scalar value)
{
    mr_expr *e = mr_expr_new(arena, MR_E_LITERAL, value.type, value.is_null);

    e->literal = value;
    return e;
}

mr_expr *mr_expr_cast(mr_arena *arena, mr_expr *child, const mr_type *type, mr_eval_mode mode,
                      const mr_zone *zone)
{
    mr_expr *e = mr_expr_new(arena, MR_E_CAST, type,
                             child->nullable || mode == MR_EVAL_TRY ||
                                 mr_cast_makes_null(child->type, type));

    e->args = MR_NEW_ARRAY(arena, mr_expr *, 1);
    e->args[0] = child;
    e->n_args = 1;
    e->eval_mode = mode;
    e->zone = zone;
    return e;
}

static bool literal_equal(mr_scalar a, mr_scalar b)
{
    if (!mr_type_equal(a.type, b.type) || a.is_null != b.is_null)
        return false;
    if (a.is_null)
        return true;
    if (mr_type_is_string(a.type) || a.type->id == MR_TYPE_BINARY)
        return mr_str_equal(a.str, b.str);
    if (a.type->id == MR_TYPE_DECIMAL)
        return a.i128 == b.i128;
    if (a.type->id == MR_TYPE_INTERVAL_CALENDAR)
        return a.interval.months == b.interval.months && a.interval.days == b.interval.days &&
               a.interval.us == b.interval.us;
    if (a.type->n_fields > 0)
        return mr_vec_compare(a.nested, a.row, b.nested, b.row) == 0;
    return a.i64 == b.i64; /* bits: 0.0 and -0.0 are different literals */
}

static bool node_equal(const mr_expr *a, const mr_expr *b)
{
    if (a->kind != b->kind || a->n_args != b->n_args || !mr_type_equal(a->type, b->type))
        return false;
    if (a->kind == MR_E_LITERAL)
        return literal_equal(a->literal, b->literal);
    if (a->kind == MR_E_ATTR)
        return a->attr_id == b->attr_id;
    if (a->kind == MR_E_LAMBDA) {
        if (a->n_lambda_ids != b->n_lambda_ids)
            return false;
        return a->n_lambda_ids == 0 ||
               memcmp(a->lambda_ids, b->lambda_ids, sizeof(int32_t) * (size_t)a->n_lambda_ids) == 0;
    }
    if (a->kind == MR_E_CAST)
        return a->eval_mode == b->eval_mode && a->zone == b->zone;
    if (a->kind == MR_E_CALL || a->kind == MR_E_AGGREGATE)
        return a->function == b->function && a->bound.ansi == b->bound.ansi &&
               a->bound.zone == b->bound.zone && a->is_distinct == b->is_distinct;
    return a->index == b->index && a->window_us == b->window_us && a->slide_us == b->slide_us &&
           a->start_us == b->start_us;
}

bool mr_expr_equal(const mr_expr *a, const mr_expr *b)
{
    while (a->kind == MR_E_ALIAS)
        a = a->args[0];
    while (b->kind == MR_E_ALIAS)
        b = b->args[0];
    if (a == b)
        return true;
    if (!node_equal(a, b) || (a->filter == NULL) != (b->filter == NULL))
        return false;
    if (a->filter != NULL && !mr_expr_equal(a->filter, b->filter))
        return false;
    for (int i = 0; i < a->n_args; i++)
        if (!mr_expr_equal(a->args[i], b->args[i]))
            return false;
    return true;
}

bool mr_expr_is_deterministic(const mr_expr *expr)
{
    if (expr->function != NULL && expr->function->nondeterministic)
        return false;
    for (int i = 0; i < expr->n_args; i++)
        if (!mr_expr_is_deterministic(expr->args[i]))
            return false;
    return expr->filter == NULL || mr_expr_is_deterministic(expr->filter);
}

/* Casts that cannot fail whatever the value. */
static bool cast_can_raise(const mr_expr *e)
{
    const mr_type *from = e->args[0]->type, *to = e->type;

    if (e->eval_mode != MR_EVAL_ANSI || mr_type_is_string(to) || mr_type_equal(from, to))
        return false;
    if (mr_type_is_integral(from) && mr_type_is_numeric(to) && to->id != MR_TYPE_DECIMAL)
        return to->id < from->id;
    return !(from->id == MR_TYPE_FLOAT && to->id == MR_TYPE_DOUBLE);
}

bool mr_expr_can_raise(const mr_expr *expr)
{
    if (expr->kind == MR_E_CAST && cast_can_raise(expr))
        return true;
    if (expr->kind == MR_E_CALL && expr->function->can_raise)
        return true;
    for (int i = 0; i < expr->n_args; i++)
        if (mr_expr_can_raise(expr->args[i]))
            return true;
    return false;
}

void mr_expr_each_attr(const mr_expr *expr, void (*visit)(void *data, int32_t attr_id), void *data)
{
    if (expr->kind == MR_E_ATTR)
        visit(data, expr->attr_id);
    for (int i = 0; i < expr->n_args; i++)
        mr_expr_each_attr(expr->args[i], visit, data);
    if (expr->filter != NULL)
        mr_expr_each_attr(expr->filter, visit, data);
}
