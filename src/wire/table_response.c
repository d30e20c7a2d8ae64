/* table_response.c - the responses of the RPCs, and gRPC's error details. */
#include "wire/messages.h"

#define AT(member)        MR_AT(mr_wire_execute_response, member)
#define ARRAY(member)     MR_ARRAY(mr_wire_execute_response, member)
#define MAYBE(member)     MR_IF(mr_wire_execute_response, member)
#define IS(choice)        MR_CHOOSES(mr_wire_execute_response, which, choice)
#define REPLY(text, rows) MR_TABLE(text, mr_wire_execute_response, rows)

static const mr_pb_table nothing = { .size = 1 };

static const mr_pb_field arrow_fields[] = {
    MR_FIELD(1, "row_count", I64, AT(row_count)),
    MR_FIELD(2, "data", BYTES, AT(data)),
    MR_FIELD(3, "start_offset", I64, MAYBE(start_offset)),
};
static const mr_pb_table arrow = REPLY("ExecutePlanResponse.ArrowBatch", arrow_fields);
static const mr_pb_field sql_fields[] = {
    MR_FIELD(1, "relation", MESSAGE, AT(relation), .sub = &mr_wire_relation),
};
static const mr_pb_table sql = REPLY("ExecutePlanResponse.SqlCommandResult", sql_fields);

static const mr_pb_field id_fields[] = {
    MR_FIELD(1, "id", STRING, MR_AT(mr_wire_query_id, id)),
    MR_FIELD(2, "run_id", STRING, MR_AT(mr_wire_query_id, run_id)),
};
static const mr_pb_table id = MR_TABLE("StreamingQueryInstanceId", mr_wire_query_id, id_fields);
static const mr_pb_field start_fields[] = {
    MR_FIELD(1, "query_id", EMBED, AT(query_id), .sub = &id),
    MR_FIELD(2, "name", STRING, AT(name)),
    MR_FIELD(3, "query_started_event_json", STRING, MAYBE(started_json)),
};
static const mr_pb_table start = REPLY("WriteStreamOperationStartResult", start_fields);

#define QUERY(text, rows) REPLY("StreamingQueryCommandResult." text, rows)
#define QUERY_IS(choice)  MR_CHOOSES(mr_wire_execute_response, query_which, choice)
static const mr_pb_field status_fields[] = {
    MR_FIELD(1, "status_message", STRING, AT(status_message)),
    MR_FIELD(2, "is_data_available", BOOL, AT(is_data_available)),
    MR_FIELD(3, "is_trigger_active", BOOL, AT(is_trigger_active)),
    MR_FIELD(4, "is_active", BOOL, AT(is_active)),
};
static const mr_pb_table status = QUERY("StatusResult", status_fields);
static const mr_pb_field progress_fields[] = {
    MR_FIELD(5, "recent_progress_json", STRINGS, ARRAY(progress)),
};
static const mr_pb_table progress = QUERY("RecentProgressResult", progress_fields);
static const mr_pb_field explain_fields[] = { MR_FIELD(1, "result", STRING, AT(explain)) };
static const mr_pb_table explain = QUERY("ExplainResult", explain_fields);
static const mr_pb_field exception_fields[] = {
    MR_FIELD(1, "exception_message", STRING, AT(exception_message),
             .count = offsetof(mr_wire_execute_response, has_exception), .flags = MR_PB_OPTIONAL),
    MR_FIELD(2, "error_class", STRING, MAYBE(error_class)),
    MR_FIELD(3, "stack_trace", STRING, MAYBE(stack_trace)),
};
static const mr_pb_table exception = QUERY("ExceptionResult", exception_fields);
static const mr_pb_field terminated_fields[] = { MR_FIELD(1, "terminated", BOOL, AT(terminated)) };
static const mr_pb_table await = QUERY("AwaitTerminationResult", terminated_fields);
static const mr_pb_field query_fields[] = {
    MR_FIELD(1, "query_id", EMBED, AT(query_id), .sub = &id),
    MR_FIELD(2, "status", SELF, QUERY_IS(2), .sub = &status),
    MR_FIELD(3, "recent_progress", SELF, QUERY_IS(3), .sub = &progress),
    MR_FIELD(4, "explain", SELF, QUERY_IS(4), .sub = &explain),
    MR_FIELD(5, "exception", SELF, QUERY_IS(5), .sub = &exception),
    MR_FIELD(6, "await_termination", SELF, QUERY_IS(6), .sub = &await),
};
static const mr_pb_table query = REPLY("StreamingQueryCommandResult", query_fields);

#define MANAGER(text, rows) REPLY("StreamingQueryManagerCommandResult." text, rows)
#define MANAGER_IS(choice)  MR_CHOOSES(mr_wire_execute_response, manager_which, choice)
static const mr_pb_field instance_fields[] = {
    MR_FIELD(1, "id", EMBED, MR_AT(mr_wire_instance, query_id), .sub = &id),
    MR_FIELD(2, "name", STRING, MR_IF(mr_wire_instance, name)),
};
static const mr_pb_table instance = MR_TABLE(
    "StreamingQueryManagerCommandResult.StreamingQueryInstance", mr_wire_instance, instance_fields);
static const mr_pb_field active_fields[] = {
    MR_FIELD(1, "active_queries", STRUCTS, ARRAY(queries), .sub = &instance),
};
static const mr_pb_table active = MANAGER("ActiveResult", active_fields);
static const mr_pb_table await_any = MANAGER("AwaitAnyTerminationResult", terminated_fields);

static const mr_pb_field manager_fields[] = {
    MR_FIELD(1, "active", SELF, MANAGER_IS(1), .sub = &active),
    MR_FIELD(2, "query", EMBED, AT(query), MANAGER_IS(2), .sub = &instance),
    MR_FIELD(3, "await_any_termination", SELF, MANAGER_IS(3), .sub = &await_any),
    MR_FIELD(4, "reset_terminated", FLAG, MANAGER_IS(4)),
};
static const mr_pb_table manager = REPLY("StreamingQueryManagerCommandResult", manager_fields);

static const mr_pb_field event_fields[] = {
    MR_FIELD(1, "event_json", STRING, MR_AT(mr_wire_event, event_json)),
    MR_FIELD(2, "event_type", ENUM, MR_AT(mr_wire_event, event_type), .value = 3),
};
static const mr_pb_table event =
    MR_TABLE("StreamingQueryListenerEvent", mr_wire_event, event_fields);
static const mr_pb_field events_fields[] = {
    MR_FIELD(1, "events", STRUCTS, ARRAY(events), .sub = &event),
    MR_FIELD(2, "listener_bus_listener_added", BOOL, MAYBE(listener_added)),
};
static const mr_pb_table events = REPLY("StreamingQueryListenerEventsResult", events_fields);

static const mr_pb_field execute_fields[] = {
    MR_FIELD(1, "session_id", STRING, AT(session_id)),
    MR_FIELD(15, "server_side_session_id", STRING, AT(server_session)),
    MR_FIELD(12, "operation_id", STRING, AT(operation_id)),
    MR_FIELD(13, "response_id", STRING, AT(response_id)),
    MR_FIELD(2, "arrow_batch", SELF, IS(2), .sub = &arrow),
    MR_FIELD(5, "sql_command_result", SELF, IS(5), .sub = &sql),
    MR_FIELD(8, "write_stream_operation_start_result", SELF, IS(8), .sub = &start),
    MR_FIELD(9, "streaming_query_command_result", SELF, IS(9), .sub = &query),
    MR_FIELD(10, "get_resources_command_result", SELF, IS(10), .sub = &nothing),
    MR_FIELD(11, "streaming_query_manager_command_result", SELF, IS(11), .sub = &manager),
    MR_FIELD(16, "streaming_query_listener_events_result", SELF, IS(16), .sub = &events),
    MR_FIELD(14, "result_complete", SELF, IS(14), .sub = &nothing),
    MR_FIELD(20, "ml_command_result", SELF, IS(20), .sub = &nothing),
    MR_FIELD(7, "schema", EMBED, AT(schema), .sub = &mr_wire_type),
};
const mr_pb_table mr_wire_execute_reply = REPLY("ExecutePlanResponse", execute_fields);

#undef AT
#undef ARRAY
#undef IS
#define AT(member)          MR_AT(mr_wire_analyze_response, member)
#define IS(choice)          MR_CHOOSES(mr_wire_analyze_response, which, choice)
#define ANALYZE(text, rows) MR_TABLE("AnalyzePlanResponse." text, mr_wire_analyze_response, rows)
#define TEXT(field)                                                                                \
    {                                                                                              \
        MR_FIELD(1, field, STRING, AT(text))                                                       \
    }

static const mr_pb_field a_schema_fields[] = {
    MR_FIELD(1, "schema", EMBED, AT(type), .sub = &mr_wire_type),
};
static const mr_pb_table a_schema = ANALYZE("Schema", a_schema_fields);
static const mr_pb_field a_explain_fields[] = TEXT("explain_string");
static const mr_pb_table a_explain = ANALYZE("Explain", a_explain_fields);
static const mr_pb_field a_tree_fields[] = TEXT("tree_string");
static const mr_pb_table a_tree = ANALYZE("TreeString", a_tree_fields);
static const mr_pb_field a_local_fields[] = { MR_FIELD(1, "is_local", BOOL, AT(flag)) };
static const mr_pb_table a_local = ANALYZE("IsLocal", a_local_fields);
static const mr_pb_field a_streaming_fields[] = { MR_FIELD(1, "is_streaming", BOOL, AT(flag)) };
static const mr_pb_table a_streaming = ANALYZE("IsStreaming", a_streaming_fields);
static const mr_pb_field a_files_fields[] = {
    MR_FIELD(1, "files", STRINGS, MR_ARRAY(mr_wire_analyze_response, files)),
};
static const mr_pb_table a_files = ANALYZE("InputFiles", a_files_fields);
static const mr_pb_field a_version_fields[] = TEXT("version");
static const mr_pb_table a_version = ANALYZE("SparkVersion", a_version_fields);
static const mr_pb_field a_parsed_fields[] = {
    MR_FIELD(1, "parsed", EMBED, AT(type), .sub = &mr_wire_type),
};
static const mr_pb_table a_parsed = ANALYZE("DDLParse", a_parsed_fields);
static const mr_pb_field a_same_fields[] = { MR_FIELD(1, "result", BOOL, AT(flag)) };
static const mr_pb_table a_same = ANALYZE("SameSemantics", a_same_fields);
static const mr_pb_field a_hash_fields[] = { MR_FIELD(1, "result", I32, AT(hash)) };
static const mr_pb_table a_hash = ANALYZE("SemanticHash", a_hash_fields);
static const mr_pb_field level_fields[] = {
    MR_FIELD(1, "use_disk", BOOL, AT(storage[0])),
    MR_FIELD(2, "use_memory", BOOL, AT(storage[1])),
    MR_FIELD(3, "use_off_heap", BOOL, AT(storage[2])),
    MR_FIELD(4, "deserialized", BOOL, AT(storage[3])),
    MR_FIELD(5, "replication", I32, AT(replication)),
};
static const mr_pb_table level = MR_TABLE("StorageLevel", mr_wire_analyze_response, level_fields);
static const mr_pb_field a_level_fields[] = { MR_FIELD(1, "storage_level", SELF, .sub = &level) };
static const mr_pb_table a_level = ANALYZE("GetStorageLevel", a_level_fields);
static const mr_pb_field a_ddl_fields[] = TEXT("ddl_string");
static const mr_pb_table a_ddl = ANALYZE("JsonToDDL", a_ddl_fields);
static const mr_pb_field analyze_fields[] = {
    MR_FIELD(1, "session_id", STRING, AT(session_id)),
    MR_FIELD(15, "server_side_session_id", STRING, AT(server_session)),
    MR_FIELD(2, "schema", SELF, IS(2), .sub = &a_schema),
    MR_FIELD(3, "explain", SELF, IS(3), .sub = &a_explain),
    MR_FIELD(4, "tree_string", SELF, IS(4), .sub = &a_tree),
    MR_FIELD(5, "is_local", SELF, IS(5), .sub = &a_local),
    MR_FIELD(6, "is_streaming", SELF, IS(6), .sub = &a_streaming),
    MR_FIELD(7, "input_files", SELF, IS(7), .sub = &a_files),
    MR_FIELD(8, "spark_version", SELF, IS(8), .sub = &a_version),
    MR_FIELD(9, "ddl_parse", SELF, IS(9), .sub = &a_parsed),
    MR_FIELD(10, "same_semantics", SELF, IS(10), .sub = &a_same),
    MR_FIELD(11, "semantic_hash", SELF, IS(11), .sub = &a_hash),
    MR_FIELD(12, "persist", SELF, IS(12), .sub = &nothing),
    MR_FIELD(13, "unpersist", SELF, IS(13), .sub = &nothing),
    MR_FIELD(14, "get_storage_level", SELF, IS(14), .sub = &a_level),
    MR_FIELD(16, "json_to_ddl", SELF, IS(16), .sub = &a_ddl),
};
const mr_pb_table mr_wire_analyze_reply =
    MR_TABLE("AnalyzePlanResponse", mr_wire_analyze_response, analyze_fields);

static const mr_pb_field pair_fields[] = {
    MR_FIELD(1, "key", STRING, MR_AT(mr_wire_pair, key)),
    MR_FIELD(2, "value", STRING, MR_IF(mr_wire_pair, value)),
};
static const mr_pb_table pair = MR_TABLE("KeyValue", mr_wire_pair, pair_fields);
static const mr_pb_field config_fields[] = {
    MR_FIELD(1, "session_id", STRING, MR_AT(mr_wire_config_response, session_id)),
    MR_FIELD(4, "server_side_session_id", STRING, MR_AT(mr_wire_config_response, server_session)),
    MR_FIELD(2, "pairs", STRUCTS, MR_ARRAY(mr_wire_config_response, pairs), .sub = &pair),
    MR_FIELD(3, "warnings", STRINGS, MR_ARRAY(mr_wire_config_response, warnings)),
};
const mr_pb_table mr_wire_config_reply =
    MR_TABLE("ConfigResponse", mr_wire_config_response, config_fields);

#define SIMPLE(member) MR_AT(mr_wire_simple_response, member)
static const mr_pb_field release_fields[] = {
    MR_FIELD(1, "session_id", STRING, SIMPLE(session_id)),
    MR_FIELD(3, "server_side_session_id", STRING, SIMPLE(server_session)),
    MR_FIELD(2, "operation_id", STRING, MR_IF(mr_wire_simple_response, operation_id)),
};
const mr_pb_table mr_wire_release_reply =
    MR_TABLE("ReleaseExecuteResponse", mr_wire_simple_response, release_fields);
static const mr_pb_field release_session_fields[] = {
    MR_FIELD(1, "session_id", STRING, SIMPLE(session_id)),
    MR_FIELD(2, "server_side_session_id", STRING, SIMPLE(server_session)),
};
const mr_pb_table mr_wire_release_session_reply =
    MR_TABLE("ReleaseSessionResponse", mr_wire_simple_response, release_session_fields);
static const mr_pb_field interrupt_fields[] = {
    MR_FIELD(1, "session_id", STRING, SIMPLE(session_id)),
    MR_FIELD(3, "server_side_session_id", STRING, SIMPLE(server_session)),
    MR_FIELD(2, "interrupted_ids", STRINGS, MR_ARRAY(mr_wire_simple_response, interrupted_ids)),
};
const mr_pb_table mr_wire_interrupt_reply =
    MR_TABLE("InterruptResponse", mr_wire_simple_response, interrupt_fields);

#define CONTEXT(member) MR_AT(mr_wire_context, member)
static const mr_pb_field context_fields[] = {
    MR_FIELD(10, "context_type", ENUM, CONTEXT(context_type), .value = 1),
    MR_FIELD(1, "object_type", STRING, CONTEXT(object_type)),
    MR_FIELD(2, "object_name", STRING, CONTEXT(object_name)),
    MR_FIELD(3, "start_index", I32, CONTEXT(start_index)),
    MR_FIELD(4, "stop_index", I32, CONTEXT(stop_index)),
    MR_FIELD(5, "fragment", STRING, CONTEXT(fragment)),
    MR_FIELD(6, "call_site", STRING, CONTEXT(call_site)),
    MR_FIELD(7, "summary", STRING, CONTEXT(summary)),
};
static const mr_pb_table context =
    MR_TABLE("FetchErrorDetailsResponse.QueryContext", mr_wire_context, context_fields);
static const mr_pb_field throwable_fields[] = {
    MR_FIELD(1, "error_class", STRING, MR_IF(mr_wire_throwable, error_class)),
    MR_FIELD(2, "message_parameters", MAP, MR_ARRAY(mr_wire_throwable, parameters)),
    MR_FIELD(3, "query_contexts", STRUCTS, MR_ARRAY(mr_wire_throwable, contexts), .sub = &context),
    MR_FIELD(4, "sql_state", STRING, MR_IF(mr_wire_throwable, sql_state)),
};
static const mr_pb_table throwable =
    MR_TABLE("FetchErrorDetailsResponse.SparkThrowable", mr_wire_throwable, throwable_fields);
static const mr_pb_field error_fields[] = {
    MR_FIELD(1, "error_type_hierarchy", STRINGS, MR_ARRAY(mr_wire_error, classes)),
    MR_FIELD(2, "message", STRING, MR_AT(mr_wire_error, message)),
    MR_FIELD(4, "cause_idx", I32, MR_IF(mr_wire_error, cause_idx)),
    MR_FIELD(5, "spark_throwable", EMBED, MR_IF(mr_wire_error, throwable), .sub = &throwable),
};
static const mr_pb_table error =
    MR_TABLE("FetchErrorDetailsResponse.Error", mr_wire_error, error_fields);
#define DETAILS(member) MR_AT(mr_wire_error_response, member)
static const mr_pb_field details_fields[] = {
    MR_FIELD(3, "server_side_session_id", STRING, DETAILS(server_session)),
    MR_FIELD(4, "session_id", STRING, DETAILS(session_id)),
    MR_FIELD(1, "root_error_idx", I32, MR_IF(mr_wire_error_response, root_error_idx)),
    MR_FIELD(2, "errors", STRUCTS, MR_ARRAY(mr_wire_error_response, errors), .sub = &error),
};
const mr_pb_table mr_wire_error_reply =
    MR_TABLE("FetchErrorDetailsResponse", mr_wire_error_response, details_fields);

static const mr_pb_field summary_fields[] = {
    MR_FIELD(1, "name", STRING, MR_AT(mr_wire_artifact_state, name)),
    MR_FIELD(2, "is_crc_successful", BOOL, MR_AT(mr_wire_artifact_state, ok)),
};
static const mr_pb_table summary =
    MR_TABLE("AddArtifactsResponse.ArtifactSummary", mr_wire_artifact_state, summary_fields);
#define ARTIFACTS(member) MR_AT(mr_wire_artifact_response, member)
static const mr_pb_field artifacts_fields[] = {
    MR_FIELD(2, "session_id", STRING, ARTIFACTS(session_id)),
    MR_FIELD(3, "server_side_session_id", STRING, ARTIFACTS(server_session)),
    MR_FIELD(1, "artifacts", STRUCTS, MR_ARRAY(mr_wire_artifact_response, states), .sub = &summary),
};
const mr_pb_table mr_wire_artifacts_reply =
    MR_TABLE("AddArtifactsResponse", mr_wire_artifact_response, artifacts_fields);
static const mr_pb_field exists_fields[] = {
    MR_FIELD(1, "exists", BOOL, MR_AT(mr_wire_artifact_state, ok)),
};
static const mr_pb_table exists =
    MR_TABLE("ArtifactStatusesResponse.ArtifactStatus", mr_wire_artifact_state, exists_fields);
static const mr_pb_field status_entry_fields[] = {
    MR_FIELD(1, "key", STRING, MR_AT(mr_wire_artifact_state, name)),
    MR_FIELD(2, "value", SELF, .sub = &exists),
};
static const mr_pb_table status_entry = { .size = sizeof(mr_wire_artifact_state),
                                          .fields = status_entry_fields,
                                          .n_fields = 2 };
static const mr_pb_field statuses_fields[] = {
    MR_FIELD(2, "session_id", STRING, ARTIFACTS(session_id)),
    MR_FIELD(3, "server_side_session_id", STRING, ARTIFACTS(server_session)),
    MR_FIELD(1, "statuses", STRUCTS, MR_ARRAY(mr_wire_artifact_response, states),
             .sub = &status_entry),
};
const mr_pb_table mr_wire_artifact_status_reply =
    MR_TABLE("ArtifactStatusesResponse", mr_wire_artifact_response, statuses_fields);

/* google.rpc: no spark.connect messages, so without names. */
static const mr_pb_field any_fields[] = {
    MR_FIELD(1, "type_url", STRING, MR_AT(mr_wire_status, type_url)),
    MR_FIELD(2, "value", BYTES, MR_AT(mr_wire_status, value)),
};
static const mr_pb_table any = { .size = sizeof(mr_wire_status),
                                 .fields = any_fields,
                                 .n_fields = 2 };
static const mr_pb_field google_status_fields[] = {
    MR_FIELD(1, "code", I32, MR_AT(mr_wire_status, code)),
    MR_FIELD(2, "message", STRING, MR_AT(mr_wire_status, message)),
    MR_FIELD(3, "details", SELF, .sub = &any),
};
const mr_pb_table mr_wire_status_table = { .size = sizeof(mr_wire_status),
                                           .fields = google_status_fields,
                                           .n_fields = 3 };
static const mr_pb_field info_fields[] = {
    MR_FIELD(1, "reason", STRING, MR_AT(mr_wire_error_info, reason)),
    MR_FIELD(2, "domain", STRING, MR_AT(mr_wire_error_info, domain)),
    MR_FIELD(3, "metadata", MAP, MR_ARRAY(mr_wire_error_info, metadata)),
};
const mr_pb_table mr_wire_error_info_table = { .size = sizeof(mr_wire_error_info),
                                               .fields = info_fields,
                                               .n_fields = 3 };
