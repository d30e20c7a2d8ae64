/* call.c - function calls: arguments, coercion, and the forms that are not functions at run time.
 */
#include "analyze/analyze_priv.h"
#include "expr/program.h"
#include "value/time.h"

static mr_expr *node(const mr_scope *scope, mr_expr_kind kind, const mr_type *type,
                     const mr_expr_list *args)
{
    bool nullable = false;
    mr_expr *expr;

    for (int i = 0; i < args->n; i++)
        nullable |= args->items[i]->nullable;
    expr = mr_expr_new(scope->an->arena, kind, type, nullable);
    expr->args = args->items;
    expr->n_args = args->n;
    return expr;
}

/* The call before it is typed, for messages. */
static mr_expr *draft(const mr_scope *scope, const mr_function *function, const mr_expr_list *args)
{
    mr_expr_kind kind = function->aggregate != NULL                ? MR_E_AGGREGATE
                        : function->special == MR_SPECIAL_AND      ? MR_E_AND
                        : function->special == MR_SPECIAL_OR       ? MR_E_OR
                        : function->special == MR_SPECIAL_IN       ? MR_E_IN
                        : function->special == MR_SPECIAL_COALESCE ? MR_E_COALESCE
                        : function->special == MR_SPECIAL_CASE     ? MR_E_CASE
                        : function->special == MR_SPECIAL_IF       ? MR_E_CASE
                                                                   : MR_E_CALL;
    mr_expr *expr = node(scope, kind, mr_type_of(MR_TYPE_NULL), args);

    expr->function = function;
    expr->name = mr_str_from(function->name);
    return expr;
}

static mr_status raise_arity(const mr_scope *scope, const mr_function *f, mr_str name, int n,
                             mr_error *err)
{
    mr_arena *arena = scope->an->arena;
    mr_str want;

    if (f->max_args < 0)
        want = mr_arena_printf(arena, "> %d", f->min_args - 1);
    else if (f->min_args == f->max_args)
        want = mr_arena_printf(arena, "%d", f->min_args);
    else {
        want = mr_arena_printf(arena, "[%d", f->min_args);
        for (int i = f->min_args + 1; i <= f->max_args; i++)
            want = mr_arena_printf(arena, "%.*s, %d", MR_STR_ARG(want), i);
        want = mr_arena_printf(arena, "%.*s]", MR_STR_ARG(want));
    }
    return mr_raise(err, MR_EXC_ANALYSIS, "WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "functionName",
                    mr_an_quote_part(arena, name), "expectedNum", mr_arena_cstr(arena, want),
                    "actualNum", mr_arena_cstr(arena, mr_arena_printf(arena, "%d", n)), "docroot",
                    "https://spark.apache.org/docs/latest", NULL);
}

static mr_status check_boolean(const mr_scope *scope, mr_expr_list *args, const mr_expr *whole,
                               mr_error *err)
{
    mr_arena *arena = scope->an->arena;
    mr_analyzer *an = scope->an;

    for (int i = 0; i < args->n; i++)
        if (args->items[i]->type->id == MR_TYPE_NULL || mr_type_is_string(args->items[i]->type))
            args->items[i] = mr_an_implicit_cast(an, args->items[i], mr_type_of(MR_TYPE_BOOLEAN));
    if (!mr_type_equal(args->items[0]->type, args->items[1]->type))
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "sqlExpr",
                        mr_an_sql(arena, whole), "left", mr_an_type(arena, args->items[0]->type),
                        "right", mr_an_type(arena, args->items[1]->type), NULL);
    if (args->items[0]->type->id != MR_TYPE_BOOLEAN)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE", "sqlExpr",
                        mr_an_sql(arena, whole), "inputType", "\"BOOLEAN\"", "actualDataType",
                        mr_an_type(arena, args->items[0]->type), NULL);
    return MR_OK;
}

/* The common type of args[from], args[from + step], ..., or NULL. */
static const mr_type *common_type(const mr_scope *scope, const mr_expr_list *args,
                                  const bool *is_value)
{
    const mr_type *type = NULL;

    for (int i = 0; i < args->n; i++) {
        if (!is_value[i])
            continue;
        if (type == NULL || mr_type_equal(type, args->items[i]->type))
            type = args->items[i]->type;
        else
            type = mr_coerce_common(scope->an->arena, type, args->items[i]->type,
                                    scope->an->env->ansi);
        if (type == NULL)
            return NULL;
    }
    return type == NULL ? mr_type_of(MR_TYPE_NULL) : type;
}

static mr_status raise_diff_types(const mr_scope *scope, const mr_expr_list *args,
                                  const bool *is_value, const mr_expr *whole, mr_error *err)
{
    mr_arena *arena = scope->an->arena;
    const char *name =
        whole->function->special == MR_SPECIAL_CASE ? "casewhen" : whole->function->name;
    mr_buf types = { 0 };
    mr_status status;

    mr_buf_putc(&types, '[');
    for (int i = 0; i < args->n; i++)
        if (is_value[i])
            mr_buf_printf(&types, "%s%s", types.len > 1 ? ", " : "",
                          mr_an_type(arena, args->items[i]->type));
    mr_buf_putc(&types, ']');
    status =
        mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "sqlExpr",
                 mr_an_sql(arena, whole), "functionName",
                 mr_an_quote_part(arena, mr_str_from(name)), "dataType", mr_buf_cstr(&types), NULL);
    mr_buf_free(&types);
    return status;
}

/* Casts the value arguments to their common type. */
static mr_status unify(const mr_scope *scope, mr_expr_list *args, const bool *is_value,
                       const mr_expr *whole, const mr_type **out, mr_error *err)
{
    const mr_type *type = common_type(scope, args, is_value);

    if (type == NULL)
        return raise_diff_types(scope, args, is_value, whole, err);
    for (int i = 0; i < args->n; i++)
        if (is_value[i])
            args->items[i] = mr_an_implicit_cast(scope->an, args->items[i], type);
    *out = type;
    return MR_OK;
}

static mr_status case_conditions(const mr_scope *scope, mr_expr_list *args, const bool *is_value,
                                 const mr_expr *whole, mr_error *err)
{
    mr_arena *arena = scope->an->arena;

    for (int i = 0; i < args->n; i++) {
        if (is_value[i])
            continue;
        if (args->items[i]->type->id == MR_TYPE_NULL && whole->function->special == MR_SPECIAL_IF)
            args->items[i] =
                mr_an_implicit_cast(scope->an, args->items[i], mr_type_of(MR_TYPE_BOOLEAN));
        if (args->items[i]->type->id != MR_TYPE_BOOLEAN)
            return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                            "sqlExpr", mr_an_sql(arena, whole), "paramIndex",
                            i == 0 ? "first" : "second", "requiredType", "\"BOOLEAN\"", "inputSql",
                            mr_an_sql(arena, args->items[i]), "inputType",
                            mr_an_type(arena, args->items[i]->type), NULL);
    }
    return MR_OK;
}

static mr_status bind_case(const mr_scope *scope, mr_expr *whole, mr_expr_list *args, mr_expr **out,
                           mr_error *err)
{
    bool *is_value = MR_NEW_ARRAY(scope->an->arena, bool, args->n + 1);
    const mr_type *type;
    bool nullable = args->n % 2 == 0; /* no ELSE */

    for (int i = 0; i < args->n; i++)
        is_value[i] = i % 2 == 1 || (i == args->n - 1 && args->n % 2 == 1);
    MR_TRY(case_conditions(scope, args, is_value, whole, err));
    MR_TRY(unify(scope, args, is_value, whole, &type, err));
    *out = node(scope, MR_E_CASE, type, args);
    for (int i = 0; i < args->n; i++)
        nullable |= is_value[i] && args->items[i]->nullable;
    (*out)->nullable = nullable;
    (*out)->function = whole->function;
    return MR_OK;
}

static mr_status bind_same_types(const mr_scope *scope, mr_expr *whole, mr_expr_list *args,
                                 mr_expr **out, mr_error *err)
{
    bool *is_value = MR_NEW_ARRAY(scope->an->arena, bool, args->n + 1);
    const mr_type *type;
    bool nullable = true;

    memset(is_value, 1, (size_t)args->n);
    MR_TRY(unify(scope, args, is_value, whole, &type, err));
    *out =
        node(scope, whole->kind, whole->kind == MR_E_IN ? mr_type_of(MR_TYPE_BOOLEAN) : type, args);
    for (int i = 0; i < args->n; i++)
        nullable &= args->items[i]->nullable;
    if (whole->kind == MR_E_COALESCE)
        (*out)->nullable = nullable;
    (*out)->function = whole->function;
    return MR_OK;
}

static mr_expr *call_node(const mr_scope *scope, const mr_function *f, const mr_type *type,
                          const mr_expr_list *args)
{
    const mr_analyze_env *env = scope->an->env;
    mr_expr *expr = node(scope, f->aggregate != NULL ? MR_E_AGGREGATE : MR_E_CALL, type, args);
    const mr_type **types = MR_NEW_ARRAY(scope->an->arena, const mr_type *, args->n);

    for (int i = 0; i < args->n; i++)
        types[i] = args->items[i]->type;
    expr->function = f;
    expr->name = mr_str_from(f->name);
    expr->bound = (mr_fn_bound){ .ansi = env->ansi,
                                 .legacy_time = env->legacy_time,
                                 .zone = env->zone,
                                 .result = type,
                                 .args = types,
                                 .n_args = args->n };
    return expr;
}

static mr_str field_name(const mr_scope *scope, const mr_expr *arg, int index)
{
    if (arg->kind == MR_E_ATTR || arg->kind == MR_E_FIELD || arg->kind == MR_E_ALIAS)
        return arg->name;
    return mr_arena_printf(scope->an->arena, "col%d", index + 1);
}

/* struct(a, b AS c): fields named as their columns are. */
static mr_status bind_struct(const mr_scope *scope, const mr_function *f, mr_expr_list *args,
                             mr_expr **out)
{
    mr_field *fields = MR_NEW_ARRAY(scope->an->arena, mr_field, args->n);

    for (int i = 0; i < args->n; i++) {
        mr_expr *arg = args->items[i];

        fields[i].name = field_name(scope, arg, i);
        fields[i].type = arg->type;
        fields[i].nullable = arg->nullable;
        if (arg->kind == MR_E_ALIAS)
            args->items[i] = arg->args[0];
    }
    *out = call_node(scope, f, mr_type_struct(scope->an->arena, fields, args->n), args);
    (*out)->nullable = false;
    return MR_OK;
}

static mr_status bind_now(const mr_scope *scope, const mr_function *f, mr_expr_list *args,
                          mr_expr **out)
{
    mr_type_id id = MR_TYPE_TIMESTAMP;

    if (strcmp(f->name, "current_date") == 0 || strcmp(f->name, "curdate") == 0)
        id = MR_TYPE_DATE;
    else if (strcmp(f->name, "localtimestamp") == 0)
        id = MR_TYPE_TIMESTAMP_NTZ;
    *out = call_node(scope, f, mr_type_of(id), args);
    (*out)->nullable = false;
    return MR_OK;
}

static mr_fn_arg argument(const mr_scope *scope, mr_expr *arg)
{
    mr_fn_arg a = { .type = arg->type,
                    .nullable = arg->nullable,
                    .sql = mr_an_name(scope->an->arena, arg) };

    a.is_lambda = arg->kind == MR_E_LAMBDA;
    if (arg->kind == MR_E_LITERAL) {
        a.is_literal = true;
        a.literal = arg->literal;
    } else if (mr_an_is_foldable(arg) &&
               mr_program_fold(arg, scope->an->arena, &a.literal, NULL) == MR_OK) {
        a.is_literal = true;
    }
    return a;
}

static mr_status bind_function(const mr_scope *scope, mr_expr *whole, mr_str name,
                               mr_expr_list *args, mr_expr **out, mr_error *err)
{
    const mr_analyze_env *env = scope->an->env;
    mr_fn_resolve r = { .arena = scope->an->arena,
                        .function = whole->function,
                        .name = name,
                        .n_args = args->n,
                        .ansi = env->ansi,
                        .case_sensitive = env->case_sensitive,
                        .legacy_time = env->legacy_time,
                        .zone = env->zone,
                        .sql = mr_an_name(scope->an->arena, whole) };

    r.args = MR_NEW_ARRAY(scope->an->arena, mr_fn_arg, args->n);
    for (int i = 0; i < args->n; i++) {
        r.args[i] = argument(scope, args->items[i]);
        r.nullable |= args->items[i]->nullable;
    }
    MR_TRY(whole->function->resolve(&r, err));
    for (int i = 0; i < args->n; i++)
        if (r.args[i].want != NULL) {
            mr_expr *cast = mr_an_implicit_cast(scope->an, args->items[i], r.args[i].want);

            if (cast->nullable && !args->items[i]->nullable && !whole->function->sees_nulls)
                r.nullable = true;
            args->items[i] = cast;
        }
    *out = call_node(scope, r.function, r.result, args);
    (*out)->nullable = r.nullable || whole->function->always_nullable;
    (*out)->bound.data = r.data;
    return MR_OK;
}

static mr_status bind_between(const mr_scope *scope, const mr_function *f, mr_expr_list *args,
                              mr_expr **out, mr_error *err)
{
    static const char *const sides[2] = { ">=", "<=" };
    mr_expr_list both = { 0 };

    for (int i = 0; i < 2; i++) {
        mr_expr_list pair = { 0 };
        mr_str symbol = mr_str_from(sides[i]);
        mr_expr *side;

        mr_an_push(scope->an->arena, &pair, args->items[0]);
        mr_an_push(scope->an->arena, &pair, args->items[i + 1]);
        MR_TRY(mr_an_bind(scope, mr_function_find(symbol), symbol, &pair, &side, err));
        mr_an_push(scope->an->arena, &both, side);
    }
    *out = node(scope, MR_E_AND, mr_type_of(MR_TYPE_BOOLEAN), &both);
    (*out)->function = f;
    return MR_OK;
}

mr_status mr_an_bind(const mr_scope *scope, const mr_function *function, mr_str name,
                     mr_expr_list *args, mr_expr **out, mr_error *err)
{
    mr_expr_list given = { 0 };
    mr_expr *whole;

    if (args->n < function->min_args || (function->max_args >= 0 && args->n > function->max_args))
        return raise_arity(scope, function, name, args->n, err);
    for (int i = 0; i < args->n; i++) /* casts go into args; messages show what was written */
        mr_an_push(scope->an->arena, &given, args->items[i]);
    whole = draft(scope, function, &given);
    switch (function->special) {
    case MR_SPECIAL_AND:
    case MR_SPECIAL_OR:
        MR_TRY(check_boolean(scope, args, whole, err));
        *out = node(scope, whole->kind, mr_type_of(MR_TYPE_BOOLEAN), args);
        (*out)->function = function;
        return MR_OK;
    case MR_SPECIAL_CASE:
    case MR_SPECIAL_IF:
        return bind_case(scope, whole, args, out, err);
    case MR_SPECIAL_COALESCE:
    case MR_SPECIAL_IN:
        return bind_same_types(scope, whole, args, out, err);
    case MR_SPECIAL_STRUCT:
        return bind_struct(scope, function, args, out);
    case MR_SPECIAL_NOW:
        if (function->resolve == NULL)
            return bind_now(scope, function, args, out);
        return bind_function(scope, whole, name, args, out, err);
    case MR_SPECIAL_BETWEEN:
        return bind_between(scope, function, args, out, err);
    case MR_SPECIAL_WINDOW:
        return mr_fail(err, MR_INTERNAL, "window is not bound as a function");
    case MR_SPECIAL_NONE:
        break;
    }
    return bind_function(scope, whole, name, args, out, err);
}

static mr_status resolve_args(const mr_scope *scope, const mr_function *f, const mr_xexpr *x,
                              mr_expr_list *args, mr_error *err)
{
    bool is_count = strcmp(f->name, "count") == 0;

    for (int i = 0; i < x->n_args; i++) {
        const mr_xexpr *arg;
        mr_expr *expr;

        MR_TRY(mr_an_parse_text(scope, x->args[i], &arg, err));
        if (arg->kind == MR_X_STAR && is_count && !x->is_distinct && x->n_args == 1) {
            mr_an_push(scope->an->arena, args, mr_expr_literal(scope->an->arena, mr_scalar_int(1)));
            continue;
        }
        if (arg->kind == MR_X_STAR) {
            MR_TRY(mr_an_star(scope, arg, args, err));
            continue;
        }
        if (f->special == MR_SPECIAL_STRUCT && arg->kind == MR_X_ALIAS) {
            MR_TRY(mr_an_named(scope, arg, args, err));
            continue;
        }
        MR_TRY(mr_an_expr(scope, arg, &expr, err));
        mr_an_push(scope->an->arena, args, expr);
    }
    return MR_OK;
}

static mr_status check_aggregate(const mr_scope *scope, const mr_expr *expr, mr_error *err)
{
    for (int i = 0; i < expr->n_args; i++)
        if (mr_an_has_kind(expr->args[i], MR_E_AGGREGATE))
            return mr_raise(err, MR_EXC_ANALYSIS, "NESTED_AGGREGATE_FUNCTION", NULL);
    for (int i = 0; i < expr->n_args; i++)
        if (!mr_expr_is_deterministic(expr->args[i]))
            return mr_raise(err, MR_EXC_ANALYSIS,
                            "AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION", "sqlExpr",
                            mr_an_sql(scope->an->arena, expr), NULL);
    if (!scope->aggregates)
        return mr_an_unsupported(err, "the aggregate function `%s` here", expr->function->name);
    return MR_OK;
}

static mr_status resolve_aggregate(const mr_scope *scope, const mr_function *f, const mr_xexpr *x,
                                   mr_expr **out, mr_error *err)
{
    mr_scope inner = *scope;
    mr_expr_list args = { 0 };

    inner.in_aggregate = true;
    MR_TRY(resolve_args(&inner, f, x, &args, err));
    MR_TRY(mr_an_bind(&inner, f, x->name, &args, out, err));
    (*out)->is_distinct = x->is_distinct;
    if (x->filter != NULL)
        MR_TRY(mr_an_expr(&inner, x->filter, &(*out)->filter, err));
    return check_aggregate(scope, *out, err);
}

static mr_status raise_no_routine(const mr_scope *scope, const mr_xexpr *x, mr_error *err)
{
    mr_status status =
        mr_raise(err, MR_EXC_ANALYSIS, "UNRESOLVED_ROUTINE", "routineName",
                 mr_an_quote(scope->an->arena, x->name), "searchPath",
                 "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]", NULL);

    if (mr_function_is_lacking(x->name))
        mr_error_hint(err, "Spark has this function, Millrace does not");
    return status;
}

static bool wants_plan(const mr_error *err)
{
    return err != NULL && (strncmp(err->condition, "DATATYPE_MISMATCH", 17) == 0 ||
                           strcmp(err->condition, "NESTED_AGGREGATE_FUNCTION") == 0);
}

/* The row (a, b): named_struct('col1', a, 'col2', b). */
static mr_status row_value(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err)
{
    const mr_function *f = mr_function_find(MR_STR("named_struct"));
    mr_expr_list args = { 0 }, pairs = { 0 };

    MR_TRY(resolve_args(scope, f, x, &args, err));
    for (int i = 0; i < args.n; i++) {
        mr_str name = field_name(scope, args.items[i], i);

        mr_an_push(scope->an->arena, &pairs,
                   mr_expr_literal(scope->an->arena, mr_scalar_string(name)));
        mr_an_push(scope->an->arena, &pairs, args.items[i]);
    }
    return mr_an_bind(scope, f, MR_STR("named_struct"), &pairs, out, err);
}

/* int(x), date(x), ...: casts under the name of the type. */
static bool is_cast_name(mr_str name)
{
    static const char *const names[] = { "boolean", "tinyint", "smallint", "int",
                                         "bigint",  "float",   "double",   "decimal",
                                         "date",    "binary",  "string",   "timestamp" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (mr_str_is_nocase(name, names[i]))
            return true;
    return false;
}

static mr_status call_cast(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err)
{
    mr_xexpr cast = *x;

    cast.kind = MR_X_CAST;
    cast.type = NULL;
    cast.type_text = x->name;
    cast.eval_mode = MR_EVAL_DEFAULT;
    MR_TRY(mr_an_cast(scope, &cast, out, err));
    (*out)->is_user_cast = false; /* names do not show it */
    return MR_OK;
}

/* `:name` and `?` in SQL text: the argument that came with the text. */
static const mr_xexpr *find_argument(const mr_xrel *sql, const mr_xexpr *marker)
{
    const mr_scalar *key = &marker->args[0]->literal;
    int at = 0;

    for (int i = 0; sql != NULL && i < sql->n_exprs; i++) {
        const mr_xexpr *x = sql->exprs[i];
        bool is_named = x->kind == MR_X_ALIAS && x->n_names == 1;

        if (mr_str_is(marker->name, ":") ? is_named && mr_str_equal(x->names[0], key->str)
                                         : !is_named && at++ == key->i64)
            return is_named ? x->args[0] : x;
    }
    return NULL;
}

static mr_status argument_of_text(const mr_scope *scope, const mr_xexpr *x, mr_expr **out,
                                  mr_error *err)
{
    const mr_xexpr *found = find_argument(scope->an->sql, x);
    mr_arena *arena = scope->an->arena;
    mr_str name = mr_str_is(x->name, ":")
                      ? x->args[0]->literal.str
                      : mr_arena_printf(arena, "_%lld", (long long)x->sql_start);

    if (found != NULL)
        return mr_an_expr(scope, found, out, err);
    return mr_an_at(err,
                    mr_raise(err, MR_EXC_ANALYSIS, "UNBOUND_SQL_PARAMETER", "name",
                             mr_arena_cstr(arena, name), NULL),
                    x, NULL);
}

mr_status mr_an_call(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err)
{
    const mr_function *f = mr_function_find(x->name);
    mr_expr_list args = { 0 };
    mr_status status;

    if (x->is_internal && x->n_args == 1 && x->args[0]->kind == MR_X_LITERAL &&
        (mr_str_is(x->name, ":") || mr_str_is(x->name, "?")))
        return argument_of_text(scope, x, out, err);
    if (f != NULL && x->is_internal && f->special == MR_SPECIAL_STRUCT)
        return row_value(scope, x, out, err);
    if (f == NULL && x->n_args == 1 && is_cast_name(x->name))
        return call_cast(scope, x, out, err);
    if (f == NULL)
        return mr_an_at(err, raise_no_routine(scope, x, err), x, NULL);
    if (f->is_generator)
        return mr_an_at(err,
                        mr_raise(err, MR_EXC_ANALYSIS,
                                 "UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "expression",
                                 mr_arena_printf(scope->an->arena, "`%s`", f->name).ptr, NULL),
                        x, NULL);
    if (f->special == MR_SPECIAL_WINDOW)
        return mr_an_window_call(scope, x, out, err);
    if (f->aggregate != NULL) {
        status = resolve_aggregate(scope, f, x, out, err);
    } else {
        if (f->lambda_vars != NULL && x->n_args >= f->min_args)
            MR_TRY(mr_an_lambda_args(scope, f, x, &args, err));
        else
            MR_TRY(resolve_args(scope, f, x, &args, err));
        if (args.n == 0 && mr_an_file_call(scope->an, scope->plan, f, out))
            return MR_OK;
        status = mr_an_bind(scope, f, x->name, &args, out, err);
    }
    return mr_an_at(err, status, x, wants_plan(err) ? scope->plan : NULL);
}

static mr_status raise_cast(const mr_scope *scope, const mr_expr *cast, mr_error *err)
{
    mr_arena *arena = scope->an->arena;
    const mr_type *from = cast->args[0]->type;
    bool to_date = mr_type_is_numeric(from) && cast->type->id == MR_TYPE_DATE;
    bool from_date = from->id == MR_TYPE_DATE && mr_type_is_integral(cast->type);
    bool legacy = mr_cast_allowed(from, cast->type, false);
    const char *condition = to_date || from_date ? "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION"
                            : legacy && scope->an->env->ansi
                                ? "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION"
                                : "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION";

    return mr_raise(err, MR_EXC_ANALYSIS, condition, "sqlExpr", mr_an_sql(arena, cast), "srcType",
                    mr_an_type(arena, from), "targetType", mr_an_type(arena, cast->type),
                    "functionNames", to_date ? "`DATE_FROM_UNIX_DATE`" : "`UNIX_DATE`", "config",
                    "\"spark.sql.ansi.enabled\"", "configVal", "'false'", NULL);
}

/* TIMESTAMP 'text' in the session's time zone. */
static bool timestamp_literal(const mr_scope *scope, const mr_expr *text, mr_expr **out)
{
    mr_scalar value = { .type = mr_type_of(MR_TYPE_TIMESTAMP) };

    if (!mr_time_parse_timestamp(text->literal.str, scope->an->env->zone, &value.i64))
        return false;
    *out = mr_expr_literal(scope->an->arena, value);
    (*out)->zone = scope->an->env->zone;
    return true;
}

mr_status mr_an_cast(const mr_scope *scope, const mr_xexpr *x, mr_expr **out, mr_error *err)
{
    const mr_analyze_env *env = scope->an->env;
    const mr_type *type = x->type;
    mr_eval_mode mode = x->eval_mode;
    mr_expr *child;

    MR_TRY(mr_an_expr(scope, x->args[0], &child, err));
    if (type == NULL)
        MR_TRY(mr_type_parse_name(scope->an->arena, x->type_text, &type, err));
    if (mode == MR_EVAL_DEFAULT)
        mode = env->ansi ? MR_EVAL_ANSI : MR_EVAL_LEGACY;
    if (type->id == MR_TYPE_CHAR || type->id == MR_TYPE_VARCHAR)
        type = mr_type_of(MR_TYPE_STRING);
    if (x->is_internal && timestamp_literal(scope, child, out))
        return MR_OK;
    *out = mr_expr_cast(scope->an->arena, child, type, mode, env->zone);
    (*out)->is_user_cast = type->n_fields == 0;
    if (mr_type_equal(child->type, type) ||
        mr_cast_allowed(child->type, type, mode != MR_EVAL_LEGACY))
        return MR_OK;
    return mr_an_at(err, raise_cast(scope, *out, err), x, scope->plan);
}
