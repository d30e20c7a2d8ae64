/* table_expression.c - Expression <-> mr_xexpr. */
#include "wire/tables.h"

#define AT(member)    MR_AT(mr_xexpr, member)
#define ARRAY(member) MR_ARRAY(mr_xexpr, member)
#define IS(choice)    MR_CHOOSES(mr_xexpr, kind, choice)
#define CHILD(position)                                                                            \
    ARRAY(args), .index = (position), .flags = MR_PB_REQUIRED, .sub = &mr_wire_expression
#define CHILDREN               ARRAY(args), .sub = &mr_wire_expression
#define PLAN_ID(num)           MR_FIELD(num, "plan_id", I64, MR_IF(mr_xexpr, plan_id))
#define EXPRESSION(text, rows) MR_TABLE("Expression." text, mr_xexpr, rows)

static const mr_pb_field attribute_fields[] = {
    MR_FIELD(1, "unparsed_identifier", STRING, AT(name)),
    PLAN_ID(2),
    MR_FIELD(3, "is_metadata_column", BOOL, AT(is_metadata)),
};
static const mr_pb_table attribute = EXPRESSION("UnresolvedAttribute", attribute_fields);

static const mr_pb_field function_fields[] = {
    MR_FIELD(1, "function_name", STRING, AT(name)),
    MR_FIELD(2, "arguments", MESSAGES, CHILDREN),
    MR_FIELD(3, "is_distinct", BOOL, AT(is_distinct)),
    MR_FIELD(4, "is_user_defined_function", BOOL, AT(is_user_defined)),
    MR_FIELD(5, "is_internal", BOOL, AT(is_internal)),
};
static const mr_pb_table function = EXPRESSION("UnresolvedFunction", function_fields);

static const mr_pb_field text_fields[] = { MR_FIELD(1, "expression", STRING, AT(name)) };
static const mr_pb_table text = EXPRESSION("ExpressionString", text_fields);

static const mr_pb_field star_fields[] = {
    MR_FIELD(1, "unparsed_target", STRING, AT(name)),
    PLAN_ID(2),
};
static const mr_pb_table star = EXPRESSION("UnresolvedStar", star_fields);

static const mr_pb_field alias_fields[] = {
    MR_FIELD(1, "expr", ITEM, CHILD(0)),
    MR_FIELD(2, "name", STRINGS, ARRAY(names)),
    MR_FIELD(3, "metadata", STRING, AT(metadata)),
};

static const mr_pb_field cast_fields[] = {
    MR_FIELD(1, "expr", ITEM, CHILD(0)),
    MR_FIELD(2, "type", EMBED, AT(type), .sub = &mr_wire_type),
    MR_FIELD(3, "type_str", STRING, AT(type_text)),
    MR_FIELD(4, "eval_mode", ENUM, AT(eval_mode), .value = MR_EVAL_TRY),
};
static const mr_pb_table cast = EXPRESSION("Cast", cast_fields);

static const mr_pb_field regex_fields[] = {
    MR_FIELD(1, "col_name", STRING, AT(name)),
    PLAN_ID(2),
};
static const mr_pb_table regex = EXPRESSION("UnresolvedRegex", regex_fields);

static const mr_pb_field sort_order_fields[] = {
    MR_FIELD(1, "child", ITEM, CHILD(0)),
    MR_FIELD(2, "direction", ENUM_BOOL, AT(is_descending), .value = 2),
    MR_FIELD(3, "null_ordering", ENUM, AT(nulls), .value = MR_NULLS_LAST),
};

static const mr_pb_field variable_fields[] = {
    MR_FIELD(1, "name_parts", STRINGS, ARRAY(names)),
};
static void init_variable(void *object)
{
    mr_xexpr *expr = object;

    expr->kind = MR_X_LAMBDA_VARIABLE;
    expr->sql_start = expr->sql_stop = -1;
}
static const mr_pb_table variable = {
    .name = "Expression.UnresolvedNamedLambdaVariable",
    .size = sizeof(mr_xexpr),
    .fields = variable_fields,
    .n_fields = 1,
    .init = init_variable,
};

static const mr_pb_field lambda_fields[] = {
    MR_FIELD(1, "function", ITEM, CHILD(0)),
    MR_FIELD(2, "arguments", MESSAGES, ARRAY(args), .index = 1, .sub = &variable),
};
static const mr_pb_table lambda = EXPRESSION("LambdaFunction", lambda_fields);

static const mr_pb_field window_fields[] = {
    MR_FIELD(1, "window_function", ITEM, CHILD(0)),
};
static const mr_pb_table window = EXPRESSION("Window", window_fields);

static const mr_pb_field extract_fields[] = {
    MR_FIELD(1, "child", ITEM, CHILD(0)),
    MR_FIELD(2, "extraction", ITEM, CHILD(1)),
};
static const mr_pb_table extract = EXPRESSION("UnresolvedExtractValue", extract_fields);

static const mr_pb_field update_fields[] = {
    MR_FIELD(1, "struct_expression", ITEM, CHILD(0)),
    MR_FIELD(2, "field_name", STRING, AT(name)),
    MR_FIELD(3, "value_expression", ITEM, ARRAY(args), .index = 1, .sub = &mr_wire_expression),
};
static const mr_pb_table update = EXPRESSION("UpdateFields", update_fields);

static const mr_pb_field udf_fields[] = {
    MR_FIELD(1, "function_name", STRING, AT(name)),
    MR_FIELD(3, "arguments", MESSAGES, CHILDREN),
};
static const mr_pb_table udf = MR_TABLE("CommonInlineUserDefinedFunction", mr_xexpr, udf_fields);

static const mr_pb_field call_fields[] = {
    MR_FIELD(1, "function_name", STRING, AT(name)),
    MR_FIELD(2, "arguments", MESSAGES, CHILDREN),
};
static const mr_pb_table call = MR_TABLE("CallFunction", mr_xexpr, call_fields);

static const mr_pb_field named_fields[] = {
    MR_FIELD(1, "key", STRING, AT(name)),
    MR_FIELD(2, "value", ITEM, CHILD(0)),
};
static const mr_pb_table named = MR_TABLE("NamedArgumentExpression", mr_xexpr, named_fields);

static const mr_pb_field python_fields[] = {
    MR_FIELD(1, "fragment", STRING, AT(call_name), .flags = MR_PB_READ_ONLY),
    MR_FIELD(2, "call_site", STRING, AT(call_site), .flags = MR_PB_READ_ONLY),
};
static const mr_pb_table python = MR_TABLE("PythonOrigin", mr_xexpr, python_fields);
static const mr_pb_field origin_fields[] = {
    MR_FIELD(1, "python_origin", SELF, .flags = MR_PB_READ_ONLY, .sub = &python),
};
static const mr_pb_table origin = MR_TABLE("Origin", mr_xexpr, origin_fields);
static const mr_pb_field common_fields[] = {
    MR_FIELD(1, "origin", SELF, .flags = MR_PB_READ_ONLY, .sub = &origin),
};
static const mr_pb_table common = MR_TABLE("ExpressionCommon", mr_xexpr, common_fields);

static const mr_pb_field expression_fields[] = {
    MR_FIELD(1, "literal", SELF, IS(MR_X_LITERAL), .sub = &mr_wire_literal),
    MR_FIELD(2, "unresolved_attribute", SELF, IS(MR_X_ATTRIBUTE), .sub = &attribute),
    MR_FIELD(3, "unresolved_function", SELF, IS(MR_X_FUNCTION), .sub = &function),
    MR_FIELD(4, "expression_string", SELF, IS(MR_X_TEXT), .sub = &text),
    MR_FIELD(5, "unresolved_star", SELF, IS(MR_X_STAR), .sub = &star),
    MR_FIELD(6, "alias", SELF, IS(MR_X_ALIAS), .sub = &mr_wire_alias),
    MR_FIELD(7, "cast", SELF, IS(MR_X_CAST), .sub = &cast),
    MR_FIELD(8, "unresolved_regex", SELF, IS(MR_X_REGEX), .sub = &regex),
    MR_FIELD(9, "sort_order", SELF, IS(MR_X_SORT_ORDER), .sub = &mr_wire_sort_order),
    MR_FIELD(10, "lambda_function", SELF, IS(MR_X_LAMBDA), .sub = &lambda),
    MR_FIELD(11, "window", SELF, IS(MR_X_WINDOW), .sub = &window),
    MR_FIELD(12, "unresolved_extract_value", SELF, IS(MR_X_EXTRACT), .sub = &extract),
    MR_FIELD(13, "update_fields", SELF, IS(MR_X_UPDATE_FIELDS), .sub = &update),
    MR_FIELD(14, "unresolved_named_lambda_variable", SELF, IS(MR_X_LAMBDA_VARIABLE),
             .sub = &variable),
    MR_FIELD(15, "common_inline_user_defined_function", SELF, IS(MR_X_UDF), .sub = &udf),
    MR_FIELD(16, "call_function", SELF, IS(MR_X_CALL_FUNCTION), .sub = &call),
    MR_FIELD(17, "named_argument_expression", SELF, IS(MR_X_NAMED_ARGUMENT), .sub = &named),
    MR_FIELD(18, "common", SELF, .flags = MR_PB_READ_ONLY, .sub = &common), /* not written */
};

static void init_expression(void *object)
{
    mr_xexpr *expr = object;

    expr->sql_start = expr->sql_stop = -1;
}

static void init_sort_order(void *object)
{
    mr_xexpr *expr = object;

    expr->kind = MR_X_SORT_ORDER;
    expr->sql_start = expr->sql_stop = -1;
}

static void init_alias(void *object)
{
    mr_xexpr *expr = object;

    expr->kind = MR_X_ALIAS;
    expr->sql_start = expr->sql_stop = -1;
}

const mr_pb_table mr_wire_sort_order = {
    .name = "Expression.SortOrder",
    .size = sizeof(mr_xexpr),
    .fields = sort_order_fields,
    .n_fields = 3,
    .init = init_sort_order,
};

const mr_pb_table mr_wire_alias = {
    .name = "Expression.Alias",
    .size = sizeof(mr_xexpr),
    .fields = alias_fields,
    .n_fields = 3,
    .init = init_alias,
};

const mr_pb_table mr_wire_expression = {
    .name = "Expression",
    .size = sizeof(mr_xexpr),
    .fields = expression_fields,
    .n_fields = (int)(sizeof(expression_fields) / sizeof(expression_fields[0])),
    .chooses = true,
    .selector = offsetof(mr_xexpr, kind),
    .other = MR_X_UNSUPPORTED,
    .number = offsetof(mr_xexpr, number),
    .init = init_expression,
};
