/* table_relation.c - Relation <-> mr_xrel. */
#include "wire/tables.h"

#define AT(member)    MR_AT(mr_xrel, member)
#define ARRAY(member) MR_ARRAY(mr_xrel, member)
#define IS(choice)    MR_CHOOSES(mr_xrel, kind, choice)
#define EXPRS         ARRAY(exprs), .sub = &mr_wire_expression
#define LITERALS      ARRAY(exprs), .sub = &mr_wire_literal
#define INPUT                                                                                      \
    MR_FIELD(1, "input", MESSAGE, AT(input), .flags = MR_PB_REQUIRED, .sub = &mr_wire_relation)
#define ROWS(name)           (name), .n_fields = (int)(sizeof(name) / sizeof((name)[0]))
#define RELATION(text, rows) MR_TABLE(text, mr_xrel, rows)

static const mr_pb_table nothing = { .size = sizeof(mr_xrel) };

static const mr_pb_field common_fields[] = { MR_FIELD(2, "plan_id", I64, MR_IF(mr_xrel, plan_id)) };
static const mr_pb_table common = RELATION("RelationCommon", common_fields);

static const mr_pb_field named_table_fields[] = {
    MR_FIELD(1, "unparsed_identifier", STRING, AT(name)),
    MR_FIELD(2, "options", MAP, MR_OPTIONS(mr_xrel, options)),
};
static const mr_pb_table named_table = RELATION("Read.NamedTable", named_table_fields);
static const mr_pb_field data_source_fields[] = {
    MR_FIELD(1, "format", STRING, AT(format)),
    MR_FIELD(2, "schema", STRING, AT(schema_text)),
    MR_FIELD(3, "options", MAP, MR_OPTIONS(mr_xrel, options)),
    MR_FIELD(4, "paths", STRINGS, ARRAY(paths)),
    MR_FIELD(5, "predicates", REFUSED, .flags = MR_PB_READ_ONLY),
};
static const mr_pb_table data_source = RELATION("Read.DataSource", data_source_fields);
static const mr_pb_field read_fields[] = {
    MR_FIELD(1, "named_table", SELF, IS(MR_R_READ_TABLE), .sub = &named_table),
    MR_FIELD(2, "data_source", SELF, IS(MR_R_READ_SOURCE), .sub = &data_source),
    MR_FIELD(3, "is_streaming", BOOL, AT(is_streaming)),
};
static const mr_pb_table read_table = RELATION("Read", read_fields);

static const mr_pb_field project_fields[] = {
    MR_FIELD(1, "input", MESSAGE, AT(input), .sub = &mr_wire_relation),
    MR_FIELD(3, "expressions", MESSAGES, EXPRS),
};
static const mr_pb_table project = RELATION("Project", project_fields);

static const mr_pb_field filter_fields[] = {
    INPUT,
    MR_FIELD(2, "condition", ITEM, EXPRS, .flags = MR_PB_REQUIRED),
};
static const mr_pb_table filter = RELATION("Filter", filter_fields);

#define SIDES(first, second)                                                                       \
    MR_FIELD(1, first, MESSAGE, AT(input), .flags = MR_PB_REQUIRED, .sub = &mr_wire_relation),     \
        MR_FIELD(2, second, MESSAGE, AT(right), .flags = MR_PB_REQUIRED, .sub = &mr_wire_relation)
static const mr_pb_field join_fields[] = {
    SIDES("left", "right"),
    MR_FIELD(3, "join_condition", ITEM, EXPRS),
    MR_FIELD(4, "join_type", ENUM, AT(join_type), .value = 7),
    MR_FIELD(5, "using_columns", STRINGS, ARRAY(names)),
};
static const mr_pb_table join = RELATION("Join", join_fields);
static const mr_pb_field set_op_fields[] = {
    SIDES("left_input", "right_input"),
    MR_FIELD(3, "set_op_type", ENUM, AT(set_op), .value = 3),
    MR_FIELD(4, "is_all", BOOL, AT(is_all)),
    MR_FIELD(5, "by_name", BOOL, AT(by_name)),
    MR_FIELD(6, "allow_missing_columns", BOOL, AT(allow_missing)),
};
static const mr_pb_table set_op = RELATION("SetOperation", set_op_fields);

static const mr_pb_field sort_fields[] = {
    INPUT,
    MR_FIELD(2, "order", MESSAGES, ARRAY(exprs), .sub = &mr_wire_sort_order),
    MR_FIELD(3, "is_global", BOOL, AT(is_global)),
};
static const mr_pb_table sort = RELATION("Sort", sort_fields);

static const mr_pb_field limit_fields[] = { INPUT, MR_FIELD(2, "limit", I32_64, AT(count)) };
static const mr_pb_table limit = RELATION("Limit", limit_fields);
static const mr_pb_table tail = RELATION("Tail", limit_fields);
static const mr_pb_field offset_fields[] = { INPUT, MR_FIELD(2, "offset", I32_64, AT(count)) };
static const mr_pb_table offset = RELATION("Offset", offset_fields);

static const mr_pb_field aggregate_fields[] = {
    INPUT,
    MR_FIELD(2, "group_type", ENUM, AT(group_type), .value = 5),
    MR_FIELD(3, "grouping_expressions", MESSAGES, EXPRS),
    MR_FIELD(4, "aggregate_expressions", MESSAGES, ARRAY(aggs), .sub = &mr_wire_expression),
};
static const mr_pb_table aggregate = RELATION("Aggregate", aggregate_fields);

/* An entry of map<string, Literal> or map<string, Expression>, as an alias of its value. */
static void init_argument(void *object)
{
    mr_xexpr *expr = object;

    expr->kind = MR_X_ALIAS;
    expr->sql_start = expr->sql_stop = -1;
}
static const mr_pb_field literal_entry_fields[] = {
    MR_FIELD(1, "key", STRINGS, MR_ARRAY(mr_xexpr, names)),
    MR_FIELD(2, "value", ITEM, MR_ARRAY(mr_xexpr, args), .flags = MR_PB_REQUIRED,
             .sub = &mr_wire_literal),
};
static const mr_pb_table literal_entry = { .size = sizeof(mr_xexpr),
                                           .fields = ROWS(literal_entry_fields),
                                           .init = init_argument };
static const mr_pb_field argument_entry_fields[] = {
    MR_FIELD(1, "key", STRINGS, MR_ARRAY(mr_xexpr, names)),
    MR_FIELD(2, "value", ITEM, MR_ARRAY(mr_xexpr, args), .flags = MR_PB_REQUIRED,
             .sub = &mr_wire_expression),
};
static const mr_pb_table argument_entry = { .size = sizeof(mr_xexpr),
                                            .fields = ROWS(argument_entry_fields),
                                            .init = init_argument };
static const mr_pb_field sql_fields[] = {
    MR_FIELD(1, "query", STRING, AT(name)),
    MR_FIELD(2, "args", MESSAGES, ARRAY(exprs), .flags = MR_PB_READ_ONLY, .sub = &literal_entry),
    MR_FIELD(3, "pos_args", MESSAGES, LITERALS, .flags = MR_PB_READ_ONLY),
    MR_FIELD(4, "named_arguments", MESSAGES, ARRAY(exprs), .flags = MR_PB_ONLY, .value = MR_X_ALIAS,
             .sub = &argument_entry),
    MR_FIELD(5, "pos_arguments", MESSAGES, EXPRS, .flags = MR_PB_EXCEPT, .value = MR_X_ALIAS),
};
static const mr_pb_table sql = RELATION("SQL", sql_fields);

static const mr_pb_field local_fields[] = {
    MR_FIELD(1, "data", BYTES, AT(data)),
    MR_FIELD(2, "schema", STRING, AT(schema_text)),
};
static const mr_pb_table local = RELATION("LocalRelation", local_fields);
static const mr_pb_field cached_local_fields[] = { MR_FIELD(3, "hash", STRING, AT(name)) };
static const mr_pb_table cached_local = RELATION("CachedLocalRelation", cached_local_fields);
static const mr_pb_field chunked_fields[] = {
    MR_FIELD(1, "dataHashes", STRINGS, ARRAY(paths)),
    MR_FIELD(2, "schemaHash", STRING, AT(text)),
};
static const mr_pb_table chunked = RELATION("ChunkedCachedLocalRelation", chunked_fields);
static const mr_pb_field cached_remote_fields[] = { MR_FIELD(1, "relation_id", STRING, AT(name)) };
static const mr_pb_table cached_remote = RELATION("CachedRemoteRelation", cached_remote_fields);

static const mr_pb_field deduplicate_fields[] = {
    INPUT,
    MR_FIELD(2, "column_names", STRINGS, ARRAY(names)),
    MR_FIELD(3, "all_columns_as_keys", BOOL, AT(all_columns)),
    MR_FIELD(4, "within_watermark", BOOL, AT(within_watermark)),
};
static const mr_pb_table deduplicate = RELATION("Deduplicate", deduplicate_fields);

static const mr_pb_field range_fields[] = {
    MR_FIELD(1, "start", I64, AT(start)),
    MR_FIELD(2, "end", I64, AT(end)),
    MR_FIELD(3, "step", I64, AT(step)),
    MR_FIELD(4, "num_partitions", I32_64, AT(count)),
};
static const mr_pb_table range = RELATION("Range", range_fields);

static const mr_pb_field subquery_fields[] = {
    INPUT,
    MR_FIELD(2, "alias", STRING, AT(name)),
    MR_FIELD(3, "qualifier", STRINGS, ARRAY(names)),
};
static const mr_pb_table subquery = RELATION("SubqueryAlias", subquery_fields);

static const mr_pb_field repartition_fields[] = {
    INPUT,
    MR_FIELD(2, "num_partitions", I32_64, AT(count)),
};
static const mr_pb_table repartition = RELATION("Repartition", repartition_fields);
static const mr_pb_field repartition_by_fields[] = {
    INPUT,
    MR_FIELD(2, "partition_exprs", MESSAGES, EXPRS),
    MR_FIELD(3, "num_partitions", I32_64, AT(count)),
};
static const mr_pb_table repartition_by =
    RELATION("RepartitionByExpression", repartition_by_fields);

static const mr_pb_field to_df_fields[] = {
    INPUT,
    MR_FIELD(2, "column_names", STRINGS, ARRAY(names)),
};
static const mr_pb_table to_df = RELATION("ToDF", to_df_fields);
static const mr_pb_field to_schema_fields[] = {
    INPUT,
    MR_FIELD(2, "schema", EMBED, AT(schema), .sub = &mr_wire_type),
};
static const mr_pb_table to_schema = RELATION("ToSchema", to_schema_fields);

static const mr_pb_field with_columns_fields[] = {
    INPUT,
    MR_FIELD(2, "aliases", MESSAGES, ARRAY(exprs), .sub = &mr_wire_alias),
};
static const mr_pb_table with_columns = RELATION("WithColumns", with_columns_fields);
static const mr_pb_field renamed_fields[] = {
    INPUT,
    MR_FIELD(2, "rename_columns_map", PAIRS, ARRAY(names), .flags = MR_PB_READ_ONLY),
    MR_FIELD(3, "renames", PAIRS, ARRAY(names)),
};
static const mr_pb_table renamed = RELATION("WithColumnsRenamed", renamed_fields);
static const mr_pb_field drop_fields[] = {
    INPUT,
    MR_FIELD(2, "columns", MESSAGES, EXPRS),
    MR_FIELD(3, "column_names", STRINGS, ARRAY(names)),
};
static const mr_pb_table drop = RELATION("Drop", drop_fields);

static const mr_pb_field watermark_fields[] = {
    INPUT,
    MR_FIELD(2, "event_time", STRING, AT(name)),
    MR_FIELD(3, "delay_threshold", STRING, AT(text)),
};
static const mr_pb_table watermark = RELATION("WithWatermark", watermark_fields);
static const mr_pb_field hint_fields[] = {
    INPUT,
    MR_FIELD(2, "name", STRING, AT(name)),
    MR_FIELD(3, "parameters", MESSAGES, EXPRS),
};
static const mr_pb_table hint = RELATION("Hint", hint_fields);

static const mr_pb_field show_fields[] = {
    INPUT,
    MR_FIELD(2, "num_rows", I32_64, AT(count)),
    MR_FIELD(3, "truncate", I32, AT(truncate)),
    MR_FIELD(4, "vertical", BOOL, AT(vertical)),
};
static const mr_pb_table show = RELATION("ShowString", show_fields);
static const mr_pb_table html = {
    .name = "HtmlString", .size = sizeof(mr_xrel), .fields = show_fields, .n_fields = 3
};

static const mr_pb_field relations_fields[] = {
    MR_FIELD(1, "root", MESSAGE, AT(input), .flags = MR_PB_REQUIRED, .sub = &mr_wire_relation),
    MR_FIELD(2, "references", MESSAGES, ARRAY(refs), .sub = &mr_wire_relation),
};
static const mr_pb_table with_relations = RELATION("WithRelations", relations_fields);
static const mr_pb_field metrics_fields[] = {
    INPUT,
    MR_FIELD(2, "name", STRING, AT(name)),
    MR_FIELD(3, "metrics", MESSAGES, EXPRS),
};
static const mr_pb_table metrics = RELATION("CollectMetrics", metrics_fields);

static const mr_pb_field na_fill_fields[] = {
    INPUT,
    MR_FIELD(2, "cols", STRINGS, ARRAY(names)),
    MR_FIELD(3, "values", MESSAGES, LITERALS),
};
static const mr_pb_table na_fill = RELATION("NAFill", na_fill_fields);
static const mr_pb_field na_drop_fields[] = {
    INPUT,
    MR_FIELD(2, "cols", STRINGS, ARRAY(names)),
    MR_FIELD(3, "min_non_nulls", I32_64, AT(count), .value = -1),
};
static const mr_pb_table na_drop = RELATION("NADrop", na_drop_fields);

/* Catalog calls: up to two strings; the first goes to name, the second to text. */
#define NAMES(first, second)                                                                       \
    MR_FIELD(1, first, STRING, AT(name)), MR_FIELD(2, second, STRING, AT(text))
static const mr_pb_field db_pattern_fields[] = { NAMES("db_name", "pattern") };
static const mr_pb_field table_db_fields[] = { NAMES("table_name", "db_name") };
static const mr_pb_field function_db_fields[] = { NAMES("function_name", "db_name") };
static const mr_pb_field db_fields[] = { MR_FIELD(1, "db_name", STRING, AT(name)) };
static const mr_pb_field pattern_fields[] = { MR_FIELD(1, "pattern", STRING, AT(name)) };
static const mr_pb_field view_fields[] = { MR_FIELD(1, "view_name", STRING, AT(name)) };
static const mr_pb_field table_fields[] = { MR_FIELD(1, "table_name", STRING, AT(name)) };
static const mr_pb_field path_fields[] = { MR_FIELD(1, "path", STRING, AT(name)) };
static const mr_pb_field catalog_name_fields[] = { MR_FIELD(1, "catalog_name", STRING, AT(name)) };
static const mr_pb_table set_database = RELATION("SetCurrentDatabase", db_fields);
static const mr_pb_table list_databases = RELATION("ListDatabases", pattern_fields);
static const mr_pb_table list_tables = RELATION("ListTables", db_pattern_fields);
static const mr_pb_table list_functions = RELATION("ListFunctions", db_pattern_fields);
static const mr_pb_table list_columns = RELATION("ListColumns", table_db_fields);
static const mr_pb_table get_database = RELATION("GetDatabase", db_fields);
static const mr_pb_table get_table = RELATION("GetTable", table_db_fields);
static const mr_pb_table get_function = RELATION("GetFunction", function_db_fields);
static const mr_pb_table database_exists = RELATION("DatabaseExists", db_fields);
static const mr_pb_table table_exists = RELATION("TableExists", table_db_fields);
static const mr_pb_table function_exists = RELATION("FunctionExists", function_db_fields);
static const mr_pb_table drop_view = RELATION("DropTempView", view_fields);
static const mr_pb_table drop_global_view = RELATION("DropGlobalTempView", view_fields);
static const mr_pb_table recover = RELATION("RecoverPartitions", table_fields);
static const mr_pb_table is_cached = RELATION("IsCached", table_fields);
static const mr_pb_table cache_table = RELATION("CacheTable", table_fields);
static const mr_pb_table uncache_table = RELATION("UncacheTable", table_fields);
static const mr_pb_table refresh_table = RELATION("RefreshTable", table_fields);
static const mr_pb_table refresh_path = RELATION("RefreshByPath", path_fields);
static const mr_pb_table set_catalog = RELATION("SetCurrentCatalog", catalog_name_fields);
static const mr_pb_table list_catalogs = RELATION("ListCatalogs", pattern_fields);

#define OPERATION(num, text, table)                                                                \
    MR_FIELD(num, text, SELF, MR_CHOOSES(mr_xrel, catalog_op, num), .sub = &(table))
static const mr_pb_field catalog_fields[] = {
    OPERATION(1, "current_database", nothing),
    OPERATION(2, "set_current_database", set_database),
    OPERATION(3, "list_databases", list_databases),
    OPERATION(4, "list_tables", list_tables),
    OPERATION(5, "list_functions", list_functions),
    OPERATION(6, "list_columns", list_columns),
    OPERATION(7, "get_database", get_database),
    OPERATION(8, "get_table", get_table),
    OPERATION(9, "get_function", get_function),
    OPERATION(10, "database_exists", database_exists),
    OPERATION(11, "table_exists", table_exists),
    OPERATION(12, "function_exists", function_exists),
    OPERATION(15, "drop_temp_view", drop_view),
    OPERATION(16, "drop_global_temp_view", drop_global_view),
    OPERATION(17, "recover_partitions", recover),
    OPERATION(18, "is_cached", is_cached),
    OPERATION(19, "cache_table", cache_table),
    OPERATION(20, "uncache_table", uncache_table),
    OPERATION(21, "clear_cache", nothing),
    OPERATION(22, "refresh_table", refresh_table),
    OPERATION(23, "refresh_by_path", refresh_path),
    OPERATION(24, "current_catalog", nothing),
    OPERATION(25, "set_current_catalog", set_catalog),
    OPERATION(26, "list_catalogs", list_catalogs),
};
static const mr_pb_table catalog = { .name = "Catalog",
                                     .size = sizeof(mr_xrel),
                                     .fields = ROWS(catalog_fields),
                                     .chooses = true,
                                     .selector = offsetof(mr_xrel, catalog_op),
                                     .other = 999,
                                     .number = offsetof(mr_xrel, number) };

static const mr_pb_field relation_fields[] = {
    MR_FIELD(1, "common", SELF, .sub = &common),
    MR_FIELD(2, "read", SELF, IS(MR_R_READ_TABLE), .sub = &read_table),
    MR_FIELD(2, "read", SELF, IS(MR_R_READ_SOURCE), .sub = &read_table),
    MR_FIELD(3, "project", SELF, IS(MR_R_PROJECT), .sub = &project),
    MR_FIELD(4, "filter", SELF, IS(MR_R_FILTER), .sub = &filter),
    MR_FIELD(5, "join", SELF, IS(MR_R_JOIN), .sub = &join),
    MR_FIELD(6, "set_op", SELF, IS(MR_R_SET_OP), .sub = &set_op),
    MR_FIELD(7, "sort", SELF, IS(MR_R_SORT), .sub = &sort),
    MR_FIELD(8, "limit", SELF, IS(MR_R_LIMIT), .sub = &limit),
    MR_FIELD(9, "aggregate", SELF, IS(MR_R_AGGREGATE), .sub = &aggregate),
    MR_FIELD(10, "sql", SELF, IS(MR_R_SQL), .sub = &sql),
    MR_FIELD(11, "local_relation", SELF, IS(MR_R_LOCAL), .sub = &local),
    MR_FIELD(13, "offset", SELF, IS(MR_R_OFFSET), .sub = &offset),
    MR_FIELD(14, "deduplicate", SELF, IS(MR_R_DEDUPLICATE), .sub = &deduplicate),
    MR_FIELD(15, "range", SELF, IS(MR_R_RANGE), .sub = &range),
    MR_FIELD(16, "subquery_alias", SELF, IS(MR_R_SUBQUERY_ALIAS), .sub = &subquery),
    MR_FIELD(17, "repartition", SELF, IS(MR_R_REPARTITION), .sub = &repartition),
    MR_FIELD(18, "to_df", SELF, IS(MR_R_TO_DF), .sub = &to_df),
    MR_FIELD(19, "with_columns_renamed", SELF, IS(MR_R_WITH_COLUMNS_RENAMED), .sub = &renamed),
    MR_FIELD(20, "show_string", SELF, IS(MR_R_SHOW_STRING), .sub = &show),
    MR_FIELD(21, "drop", SELF, IS(MR_R_DROP), .sub = &drop),
    MR_FIELD(22, "tail", SELF, IS(MR_R_TAIL), .sub = &tail),
    MR_FIELD(23, "with_columns", SELF, IS(MR_R_WITH_COLUMNS), .sub = &with_columns),
    MR_FIELD(24, "hint", SELF, IS(MR_R_HINT), .sub = &hint),
    MR_FIELD(26, "to_schema", SELF, IS(MR_R_TO_SCHEMA), .sub = &to_schema),
    MR_FIELD(27, "repartition_by_expression", SELF, IS(MR_R_REPARTITION_BY),
             .sub = &repartition_by),
    MR_FIELD(29, "collect_metrics", SELF, IS(MR_R_COLLECT_METRICS), .sub = &metrics),
    MR_FIELD(33, "with_watermark", SELF, IS(MR_R_WITH_WATERMARK), .sub = &watermark),
    MR_FIELD(35, "html_string", SELF, IS(MR_R_HTML_STRING), .sub = &html),
    MR_FIELD(36, "cached_local_relation", SELF, IS(MR_R_CACHED_LOCAL), .sub = &cached_local),
    MR_FIELD(37, "cached_remote_relation", SELF, IS(MR_R_CACHED_REMOTE), .sub = &cached_remote),
    MR_FIELD(41, "with_relations", SELF, IS(MR_R_WITH_RELATIONS), .sub = &with_relations),
    MR_FIELD(45, "chunked_cached_local_relation", SELF, IS(MR_R_CACHED_LOCAL), .sub = &chunked,
             .flags = MR_PB_READ_ONLY),
    MR_FIELD(90, "fill_na", SELF, IS(MR_R_NA_FILL), .sub = &na_fill),
    MR_FIELD(91, "drop_na", SELF, IS(MR_R_NA_DROP), .sub = &na_drop),
    MR_FIELD(200, "catalog", SELF, IS(MR_R_CATALOG), .sub = &catalog),
};

static void init_relation(void *object)
{
    mr_xrel *rel = object;

    rel->sql_start = rel->sql_stop = -1;
}

const mr_pb_table mr_wire_relation = {
    .name = "Relation",
    .size = sizeof(mr_xrel),
    .fields = ROWS(relation_fields),
    .chooses = true,
    .selector = offsetof(mr_xrel, kind),
    .other = MR_R_UNSUPPORTED,
    .number = offsetof(mr_xrel, number),
    .init = init_relation,
};
