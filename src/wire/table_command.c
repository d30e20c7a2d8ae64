/* table_command.c - Command <-> mr_xcommand. */
#include "wire/tables.h"

#define AT(member)    MR_AT(mr_xcommand, member)
#define ARRAY(member) MR_ARRAY(mr_xcommand, member)
#define IS(choice)    MR_CHOOSES(mr_xcommand, kind, choice)
#define ROWS(name)    (name), .n_fields = (int)(sizeof(name) / sizeof((name)[0]))
#define INPUT(num)                                                                                 \
    MR_FIELD(num, "input", MESSAGE, AT(input), .flags = MR_PB_REQUIRED, .sub = &mr_wire_relation)
#define COMMAND(text, rows) MR_TABLE(text, mr_xcommand, rows)

static const mr_pb_table nothing = { .size = 1 };

static const mr_pb_field save_table_fields[] = {
    MR_FIELD(1, "table_name", STRING, AT(name)),
    MR_FIELD(2, "save_method", ENUM, AT(save_method), .value = 2),
};
static const mr_pb_table save_table = COMMAND("WriteOperation.SaveTable", save_table_fields);
/* A path and a table exclude each other; save_method tells whether there is a table. */
static const mr_pb_field write_fields[] = {
    INPUT(1),
    MR_FIELD(2, "source", STRING, AT(format)),
    MR_FIELD(3, "path", STRING, AT(path)),
    MR_FIELD(4, "table", SELF, MR_CHOOSES(mr_xcommand, save_method, 1), .sub = &save_table),
    MR_FIELD(4, "table", SELF, MR_CHOOSES(mr_xcommand, save_method, 2), .sub = &save_table),
    MR_FIELD(5, "mode", ENUM, AT(save_mode), .value = 4),
    MR_FIELD(7, "partitioning_columns", STRINGS, ARRAY(names)),
    MR_FIELD(8, "bucket_by", REFUSED, .flags = MR_PB_READ_ONLY),
    MR_FIELD(9, "options", MAP, MR_OPTIONS(mr_xcommand, options)),
};
static const mr_pb_table write_table = COMMAND("WriteOperation", write_fields);

static const mr_pb_field view_fields[] = {
    INPUT(1),
    MR_FIELD(2, "name", STRING, AT(name)),
    MR_FIELD(3, "is_global", BOOL, AT(is_global)),
    MR_FIELD(4, "replace", BOOL, AT(replace)),
};
static const mr_pb_table view = COMMAND("CreateDataFrameViewCommand", view_fields);

static const mr_pb_field write_v2_fields[] = {
    INPUT(1),
    MR_FIELD(2, "table_name", STRING, AT(name)),
    MR_FIELD(3, "provider", STRING, AT(format)),
    MR_FIELD(4, "partitioning_columns", REFUSED, .flags = MR_PB_READ_ONLY),
    MR_FIELD(5, "options", MAP, MR_OPTIONS(mr_xcommand, options)),
    MR_FIELD(7, "mode", ENUM, AT(write_mode), .value = 6),
    MR_FIELD(8, "overwrite_condition", REFUSED, .flags = MR_PB_READ_ONLY),
};
static const mr_pb_table write_v2 = COMMAND("WriteOperationV2", write_v2_fields);

/* 3.5 sends the text alone (sql = 1). */
static const mr_pb_field sql_fields[] = {
    MR_FIELD(1, "sql", STRING, AT(name), .flags = MR_PB_READ_ONLY),
    MR_FIELD(6, "input", MESSAGE, AT(input), .sub = &mr_wire_relation),
};
static const mr_pb_table sql = COMMAND("SqlCommand", sql_fields);

#define STREAM(member)  MR_AT(mr_xstream, member)
#define TRIGGER(choice) MR_CHOOSES(mr_xstream, trigger, choice)
static const mr_pb_field stream_fields[] = {
    MR_FIELD(1, "input", MESSAGE, STREAM(input), .flags = MR_PB_REQUIRED, .sub = &mr_wire_relation),
    MR_FIELD(2, "format", STRING, STREAM(format)),
    MR_FIELD(3, "options", MAP, MR_OPTIONS(mr_xstream, options)),
    MR_FIELD(4, "partitioning_column_names", STRINGS, MR_ARRAY(mr_xstream, partition_names)),
    MR_FIELD(5, "processing_time_interval", STRING, STREAM(trigger_text),
             TRIGGER(MR_TRIGGER_PROCESSING_TIME)),
    MR_FIELD(6, "available_now", FLAG, TRIGGER(MR_TRIGGER_AVAILABLE_NOW)),
    MR_FIELD(7, "once", FLAG, TRIGGER(MR_TRIGGER_ONCE)),
    MR_FIELD(8, "continuous_checkpoint_interval", STRING, STREAM(trigger_text),
             TRIGGER(MR_TRIGGER_CONTINUOUS)),
    MR_FIELD(9, "output_mode", STRING, STREAM(output_mode)),
    MR_FIELD(10, "query_name", STRING, STREAM(query_name)),
    MR_FIELD(11, "path", STRING, STREAM(path)),
    MR_FIELD(12, "table_name", STRING, STREAM(table_name)),
    MR_FIELD(13, "foreach_writer", PRESENT, STREAM(has_foreach)),
    MR_FIELD(14, "foreach_batch", PRESENT, STREAM(has_foreach_batch)),
    MR_FIELD(100, "real_time_batch_duration", STRING, STREAM(trigger_text),
             TRIGGER(MR_TRIGGER_REAL_TIME)),
};
static const mr_pb_table stream = MR_TABLE("WriteStreamOperationStart", mr_xstream, stream_fields);

#define QUERY(choice) MR_CHOOSES(mr_xquery_command, number, choice)
static const mr_pb_field query_id_fields[] = {
    MR_FIELD(1, "id", STRING, MR_AT(mr_xquery_command, id)),
    MR_FIELD(2, "run_id", STRING, MR_AT(mr_xquery_command, run_id)),
};
static const mr_pb_table query_id =
    MR_TABLE("StreamingQueryInstanceId", mr_xquery_command, query_id_fields);
static const mr_pb_field explain_fields[] = {
    MR_FIELD(1, "extended", BOOL, MR_AT(mr_xquery_command, extended)),
};
static const mr_pb_table explain =
    MR_TABLE("StreamingQueryCommand.ExplainCommand", mr_xquery_command, explain_fields);
static const mr_pb_field await_fields[] = {
    MR_FIELD(2, "timeout_ms", I64, MR_AT(mr_xquery_command, timeout_ms),
             .count = offsetof(mr_xquery_command, has_timeout), .flags = MR_PB_OPTIONAL),
};
static const mr_pb_table await =
    MR_TABLE("StreamingQueryCommand.AwaitTerminationCommand", mr_xquery_command, await_fields);
static const mr_pb_field query_fields[] = {
    MR_FIELD(1, "query_id", SELF, .sub = &query_id),
    MR_FIELD(2, "status", FLAG, QUERY(2)),
    MR_FIELD(3, "last_progress", FLAG, QUERY(3)),
    MR_FIELD(4, "recent_progress", FLAG, QUERY(4)),
    MR_FIELD(5, "stop", FLAG, QUERY(5)),
    MR_FIELD(6, "process_all_available", FLAG, QUERY(6)),
    MR_FIELD(7, "explain", SELF, QUERY(7), .sub = &explain),
    MR_FIELD(8, "exception", FLAG, QUERY(8)),
    MR_FIELD(9, "await_termination", SELF, QUERY(9), .sub = &await),
};
static const mr_pb_table query = MR_TABLE("StreamingQueryCommand", mr_xquery_command, query_fields);

#define MANAGER(choice) MR_CHOOSES(mr_xmanager_command, number, choice)
static const mr_pb_field await_any_fields[] = {
    MR_FIELD(1, "timeout_ms", I64, MR_AT(mr_xmanager_command, timeout_ms),
             .count = offsetof(mr_xmanager_command, has_timeout), .flags = MR_PB_OPTIONAL),
};
static const mr_pb_table await_any =
    MR_TABLE("StreamingQueryManagerCommand.AwaitAnyTerminationCommand", mr_xmanager_command,
             await_any_fields);
static const mr_pb_field listener_fields[] = {
    MR_FIELD(3, "id", STRING, MR_AT(mr_xmanager_command, id)),
};
static const mr_pb_table listener =
    MR_TABLE("StreamingQueryManagerCommand.StreamingQueryListenerCommand", mr_xmanager_command,
             listener_fields);
static const mr_pb_field manager_fields[] = {
    MR_FIELD(1, "active", FLAG, MANAGER(1)),
    MR_FIELD(2, "get_query", STRING, MR_AT(mr_xmanager_command, id), MANAGER(2)),
    MR_FIELD(3, "await_any_termination", SELF, MANAGER(3), .sub = &await_any),
    MR_FIELD(4, "reset_terminated", FLAG, MANAGER(4)),
    MR_FIELD(5, "add_listener", SELF, MANAGER(5), .sub = &listener),
    MR_FIELD(6, "remove_listener", SELF, MANAGER(6), .sub = &listener),
    MR_FIELD(7, "list_listeners", FLAG, MANAGER(7)),
};
static const mr_pb_table manager =
    MR_TABLE("StreamingQueryManagerCommand", mr_xmanager_command, manager_fields);

static const mr_pb_field bus_fields[] = {
    MR_FIELD(1, "add_listener_bus_listener", BOOL, AT(add)),
    MR_FIELD(2, "remove_listener_bus_listener", NOT, AT(add)),
};
static const mr_pb_table bus = COMMAND("StreamingQueryListenerBusCommand", bus_fields);

static const mr_pb_field cached_fields[] = { MR_FIELD(1, "relation_id", STRING, AT(name)) };
static const mr_pb_table cached = COMMAND("CachedRemoteRelation", cached_fields);
static const mr_pb_field remove_fields[] = { MR_FIELD(1, "relation", SELF, .sub = &cached) };
static const mr_pb_table remove_cached =
    COMMAND("RemoveCachedRemoteRelationCommand", remove_fields);

static const mr_pb_field command_fields[] = {
    MR_FIELD(2, "write_operation", SELF, IS(MR_C_WRITE), .sub = &write_table),
    MR_FIELD(3, "create_dataframe_view", SELF, IS(MR_C_CREATE_VIEW), .sub = &view),
    MR_FIELD(4, "write_operation_v2", SELF, IS(MR_C_WRITE_V2), .sub = &write_v2),
    MR_FIELD(5, "sql_command", SELF, IS(MR_C_SQL), .sub = &sql),
    MR_FIELD(6, "write_stream_operation_start", EMBED, AT(stream), IS(MR_C_STREAM_START),
             .sub = &stream),
    MR_FIELD(7, "streaming_query_command", EMBED, AT(query), IS(MR_C_STREAM_QUERY), .sub = &query),
    MR_FIELD(8, "get_resources_command", SELF, IS(MR_C_GET_RESOURCES), .sub = &nothing),
    MR_FIELD(9, "streaming_query_manager_command", EMBED, AT(manager), IS(MR_C_STREAM_MANAGER),
             .sub = &manager),
    MR_FIELD(11, "streaming_query_listener_bus_command", SELF, IS(MR_C_LISTENER_BUS), .sub = &bus),
    MR_FIELD(15, "remove_cached_remote_relation_command", SELF, IS(MR_C_REMOVE_CACHED),
             .sub = &remove_cached),
    MR_FIELD(17, "ml_command", SELF, IS(MR_C_ML), .sub = &nothing),
};

const mr_pb_table mr_wire_command = {
    .name = "Command",
    .size = sizeof(mr_xcommand),
    .fields = ROWS(command_fields),
    .chooses = true,
    .selector = offsetof(mr_xcommand, kind),
    .other = MR_C_UNSUPPORTED,
    .number = offsetof(mr_xcommand, number),
};
