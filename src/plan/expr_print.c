/* expr_print.c - expressions as Spark names columns ("(a + 1)") and as EXPLAIN shows them ("(a#1 +
 * 1)"). */
#include "plan/expr.h"

#include <stdio.h>

#include "column/print.h"
#include "value/interval.h"

static void print(const mr_expr *e, bool ids, mr_buf *out);

static void print_list(const mr_expr *e, int from, bool ids, mr_buf *out)
{
    int n = e->n_args;

    if (e->function != NULL && e->function->shown_args > 0 && e->function->shown_args < n)
        n = e->function->shown_args;
    if (e->function != NULL && e->function->shown_args < 0)
        n = 0;
    for (int i = from; i < n; i++) {
        if (i > from)
            mr_buf_puts(out, ", ");
        print(e->args[i], ids, out);
    }
}

static void print_literal(const mr_expr *e, mr_buf *out)
{
    mr_arena *arena;
    mr_vec vec;
    const mr_type *t = e->type;
    const char *quote = t->id == MR_TYPE_DATE            ? "DATE '"
                        : t->id == MR_TYPE_TIMESTAMP     ? "TIMESTAMP '"
                        : t->id == MR_TYPE_TIMESTAMP_NTZ ? "TIMESTAMP_NTZ '"
                        : t->id == MR_TYPE_BINARY        ? "X'"
                                                         : NULL;

    if (e->literal.is_null) {
        mr_buf_puts(out, "NULL");
        return;
    }
    if (t->id == MR_TYPE_INTERVAL_DT) {
        mr_interval_print_dt(e->literal.i64, t->start_field, t->end_field, out);
        return;
    }
    if (t->id == MR_TYPE_INTERVAL_YM) {
        mr_interval_print_ym((int32_t)e->literal.i64, t->start_field, t->end_field, out);
        return;
    }
    if (t->id == MR_TYPE_BINARY) {
        mr_buf_puts(out, quote);
        for (size_t i = 0; i < e->literal.str.len; i++)
            mr_buf_printf(out, "%02X", (unsigned)(uint8_t)e->literal.str.ptr[i]);
        mr_buf_putc(out, '\'');
        return;
    }
    arena = mr_arena_new();
    mr_scalar_to_vec(e->literal, &vec, arena, 1);
    mr_buf_puts(out, quote == NULL ? "" : quote);
    mr_print_value(&vec, 0, e->zone == NULL ? mr_zone_utc() : e->zone, "NULL", out);
    mr_buf_puts(out, quote == NULL ? "" : "'");
    mr_arena_free(arena);
}

static void print_case(const mr_expr *e, bool ids, mr_buf *out)
{
    int i = 0;

    mr_buf_puts(out, "CASE");
    for (; i + 1 < e->n_args; i += 2) {
        mr_buf_puts(out, " WHEN ");
        print(e->args[i], ids, out);
        mr_buf_puts(out, " THEN ");
        print(e->args[i + 1], ids, out);
    }
    if (i < e->n_args) {
        mr_buf_puts(out, " ELSE ");
        print(e->args[i], ids, out);
    }
    mr_buf_puts(out, " END");
}

static void print_binary(const mr_expr *e, const char *symbol, bool ids, mr_buf *out)
{
    mr_buf_putc(out, '(');
    print(e->args[0], ids, out);
    mr_buf_printf(out, " %s ", symbol);
    print(e->args[1], ids, out);
    mr_buf_putc(out, ')');
}

static bool is_moment(const mr_type *t)
{
    return t->id == MR_TYPE_DATE || t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ;
}

/* Moving a moment is printed without parentheses: "ts + INTERVAL '1' HOUR". */
static bool is_moved_moment(const mr_expr *e)
{
    return is_moment(e->type) && e->n_args == 2;
}

/* The moment stands first; days are added to dates by functions. */
static void print_moved(const mr_expr *e, const char *symbol, bool ids, mr_buf *out)
{
    int moment = is_moment(e->args[0]->type) ? 0 : 1;
    const mr_expr *by = e->args[1 - moment];
    bool is_days = by->type->id == MR_TYPE_INTERVAL_DT && by->type->end_field == 0;

    if (e->type->id == MR_TYPE_DATE && (mr_type_is_integral(by->type) || is_days)) {
        mr_buf_puts(out, symbol[0] == '-' ? "date_sub(" : "date_add(");
        print(e->args[moment], ids, out);
        mr_buf_puts(out, is_days ? ", extractansiintervaldays(" : ", ");
        print(by, ids, out);
        mr_buf_puts(out, is_days ? "))" : ")");
        return;
    }
    print(e->args[moment], ids, out);
    mr_buf_printf(out, " %s ", symbol);
    print(by, ids, out);
}

static void print_symbol(const mr_expr *e, bool ids, mr_buf *out)
{
    const char *symbol = e->function->symbol;

    if (strcmp(symbol, "!=") == 0) {
        mr_buf_puts(out, "(NOT ");
        print_binary(e, "=", ids, out);
        mr_buf_putc(out, ')');
    } else if (strcmp(symbol, "~") == 0) {
        mr_buf_putc(out, '~');
        print(e->args[0], ids, out);
    } else if (e->n_args == 1) {
        mr_buf_printf(out, "(%s ", symbol);
        print(e->args[0], ids, out);
        mr_buf_putc(out, ')');
    } else if (is_moved_moment(e)) {
        print_moved(e, symbol, ids, out);
    } else {
        print_binary(e, symbol, ids, out);
    }
}

static bool is_trim(const char *name)
{
    return strcmp(name, "trim") == 0 || strcmp(name, "ltrim") == 0 || strcmp(name, "rtrim") == 0;
}

static void print_from(const mr_expr *e, bool ids, mr_buf *out)
{
    print(e->args[0], ids, out);
    mr_buf_puts(out, " FROM ");
    print(e->args[1], ids, out);
    mr_buf_putc(out, ')');
}

static bool print_word(const mr_expr *e, bool ids, mr_buf *out)
{
    const char *name = e->function->name;
    bool is_null = strcmp(name, "isnull") == 0;

    if (strcmp(name, "not") == 0 || strcmp(name, "!") == 0) {
        mr_buf_puts(out, "(NOT ");
        print(e->args[0], ids, out);
        mr_buf_putc(out, ')');
    } else if (is_null || strcmp(name, "isnotnull") == 0) {
        mr_buf_putc(out, '(');
        print(e->args[0], ids, out);
        mr_buf_puts(out, is_null ? " IS NULL)" : " IS NOT NULL)");
    } else if (strcmp(name, "like") == 0) {
        print(e->args[0], ids, out);
        mr_buf_puts(out, " LIKE ");
        print(e->args[1], ids, out);
        if (e->n_args == 3) {
            mr_buf_puts(out, " ESCAPE '");
            print(e->args[2], ids, out);
            mr_buf_putc(out, '\'');
        }
    } else if (strcmp(name, "log") == 0 && e->n_args == 1) {
        mr_buf_puts(out, "LOG(E(), ");
        print(e->args[0], ids, out);
        mr_buf_putc(out, ')');
    } else if (strcmp(name, "convert_timezone") == 0 && e->n_args == 2) {
        mr_buf_puts(out, "convert_timezone(current_timezone(), ");
        print_list(e, 0, ids, out);
        mr_buf_putc(out, ')');
    } else if (e->n_args == 2 && is_trim(name)) {
        mr_buf_printf(out, "TRIM(%s ",
                      name[0] == 'l'   ? "LEADING"
                      : name[0] == 'r' ? "TRAILING"
                                       : "BOTH");
        print_from(e, ids, out);
    } else if (strcmp(name, "extract") == 0 || strcmp(name, "datepart") == 0) {
        mr_buf_printf(out, "%s(", name);
        print_from(e, ids, out);
    } else if (strcmp(name, "~") == 0) {
        mr_buf_putc(out, '~');
        print(e->args[0], ids, out);
    } else if (strcmp(name, "getitem") == 0) {
        print(e->args[0], ids, out);
        mr_buf_putc(out, '[');
        print(e->args[1], ids, out);
        mr_buf_putc(out, ']');
    } else {
        return false;
    }
    return true;
}

/* struct(a, b AS c): aliases are shown. */
static void print_fields(const mr_expr *e, bool ids, mr_buf *out)
{
    for (int i = 0; i < e->n_args; i++) {
        const mr_expr *arg = e->args[i];
        mr_str name = i < e->type->n_fields ? e->type->fields[i].name : arg->name;
        char plain[16];

        snprintf(plain, sizeof(plain), "col%d", i + 1);
        mr_buf_puts(out, i > 0 ? ", " : "");
        print(arg, ids, out);
        if (mr_str_equal(name, arg->name) || mr_str_is(name, plain) ||
            e->type->id != MR_TYPE_STRUCT)
            continue;
        mr_buf_puts(out, " AS ");
        mr_buf_add(out, name);
    }
}

/* Spark shows the values of optional arguments that were left out. */
static void print_defaults(const mr_expr *e, mr_buf *out)
{
    const char *at = e->function == NULL ? NULL : e->function->defaults;

    for (int i = at == NULL ? 0 : e->function->min_args; at != NULL; i++) {
        const char *end = strchr(at, '\n');
        size_t len = end == NULL ? strlen(at) : (size_t)(end - at);

        if (i >= e->n_args) {
            mr_buf_puts(out, i > 0 ? ", " : "");
            mr_buf_append(out, at, len);
        }
        at = end == NULL ? NULL : end + 1;
    }
}

static void print_function(const mr_expr *e, const char *name, bool ids, mr_buf *out)
{
    mr_buf_printf(out, "%s(", name);
    if (e->is_distinct)
        mr_buf_puts(out, "DISTINCT ");
    if (e->kind == MR_E_AGGREGATE && e->n_args == 0)
        mr_buf_puts(out, "1");
    if (e->function != NULL && e->function->special == MR_SPECIAL_STRUCT)
        print_fields(e, ids, out);
    else
        print_list(e, 0, ids, out);
    print_defaults(e, out);
    mr_buf_putc(out, ')');
    if (e->filter != NULL) {
        mr_buf_puts(out, " FILTER (WHERE ");
        print(e->filter, ids, out);
        mr_buf_putc(out, ')');
    }
}

/* ceil(x, 2), floor(x, 2) are spelled in lower case. */
static bool is_scaled(const mr_expr *e)
{
    return e->n_args == 2 &&
           (strcmp(e->function->name, "ceil") == 0 || strcmp(e->function->name, "floor") == 0);
}

static void print_call(const mr_expr *e, bool ids, mr_buf *out)
{
    const mr_function *f = e->function;

    if (f->symbol != NULL) {
        print_symbol(e, ids, out);
    } else if (strcmp(f->name, "getfields") == 0) {
        print(e->args[0], ids, out);
        mr_buf_putc(out, '.');
        mr_buf_add(out, e->name);
    } else if (strcmp(f->name, "update_fields") == 0) {
        mr_buf_puts(out, "update_fields(");
        print(e->args[0], ids, out);
        mr_buf_puts(out, e->n_args == 3 ? ", WithField(" : ", dropfield(");
        if (e->n_args == 3)
            print(e->args[2], ids, out);
        mr_buf_puts(out, "))");
    } else if (!print_word(e, ids, out)) {
        print_function(e, f->print != NULL && !is_scaled(e) ? f->print : f->name, ids, out);
    }
}

static void print_cast(const mr_expr *e, bool ids, mr_buf *out)
{
    if (!e->is_user_cast && !ids) {
        print(e->args[0], ids, out);
        return;
    }
    mr_buf_puts(out, e->eval_mode == MR_EVAL_TRY ? "TRY_CAST(" : ids ? "cast(" : "CAST(");
    print(e->args[0], ids, out);
    mr_buf_puts(out, ids ? " as " : " AS ");
    if (ids)
        mr_type_print_simple(e->type, out);
    else
        mr_type_print_sql(e->type, out);
    mr_buf_putc(out, ')');
}

static void print_lambda(const mr_expr *e, bool ids, mr_buf *out)
{
    mr_buf_puts(out, "lambdafunction(");
    print(e->args[0], ids, out);
    for (int i = 0; i < e->n_lambda_ids; i++)
        mr_buf_puts(out, ", namedlambdavariable()");
    mr_buf_putc(out, ')');
}

/* a >= b AND a <= c, written as BETWEEN. */
static void print_between(const mr_expr *e, bool ids, mr_buf *out)
{
    mr_buf_puts(out, "between(");
    print(e->args[0]->args[0], ids, out);
    for (int i = 0; i < 2; i++) {
        mr_buf_puts(out, ", ");
        print(e->args[i]->args[1], ids, out);
    }
    mr_buf_putc(out, ')');
}

static void print_special(const mr_expr *e, bool ids, mr_buf *out)
{
    switch (e->kind) {
    case MR_E_CASE:
        if (e->function == NULL || e->function->special != MR_SPECIAL_IF) {
            print_case(e, ids, out);
            break;
        }
        mr_buf_putc(out, '(');
        print_function(e, "IF", ids, out);
        mr_buf_putc(out, ')');
        break;
    case MR_E_COALESCE:
        print_function(e, e->function == NULL ? "coalesce" : e->function->name, ids, out);
        break;
    case MR_E_IN:
        mr_buf_putc(out, '(');
        print(e->args[0], ids, out);
        mr_buf_puts(out, " IN (");
        print_list(e, 1, ids, out);
        mr_buf_puts(out, "))");
        break;
    case MR_E_FIELD:
        print(e->args[0], ids, out);
        mr_buf_putc(out, '.');
        mr_buf_add(out, e->args[0]->type->fields[e->index].name);
        break;
    default:
        MR_ASSERT(e->kind == MR_E_WINDOW);
        mr_buf_puts(out, "window");
        break;
    }
}

static void print_name(mr_str name, int32_t id, bool ids, mr_buf *out)
{
    mr_buf_add(out, name);
    if (ids)
        mr_buf_printf(out, "#%d", (int)id);
}

static void print(const mr_expr *e, bool ids, mr_buf *out)
{
    switch (e->kind) {
    case MR_E_LITERAL:
        print_literal(e, out);
        break;
    case MR_E_ATTR:
        if (e->index == MR_EXPR_LAMBDA_VARIABLE && !ids)
            mr_buf_puts(out, "namedlambdavariable()");
        else
            print_name(e->name, e->attr_id, ids, out);
        break;
    case MR_E_ALIAS:
        if (ids)
            print(e->args[0], ids, out), mr_buf_puts(out, " AS ");
        print_name(e->name, e->attr_id, ids, out);
        break;
    case MR_E_CALL:
    case MR_E_AGGREGATE:
        print_call(e, ids, out);
        break;
    case MR_E_CAST:
        print_cast(e, ids, out);
        break;
    case MR_E_AND:
        if (e->function != NULL && e->function->special == MR_SPECIAL_BETWEEN) {
            print_between(e, ids, out);
            break;
        }
        print_binary(e, "AND", ids, out);
        break;
    case MR_E_OR:
        print_binary(e, "OR", ids, out);
        break;
    case MR_E_LAMBDA:
        print_lambda(e, ids, out);
        break;
    default:
        print_special(e, ids, out);
        break;
    }
}

void mr_expr_print_name(const mr_expr *expr, mr_buf *out)
{
    print(expr, false, out);
}

void mr_expr_print(const mr_expr *expr, mr_buf *out)
{
    print(expr, true, out);
}
