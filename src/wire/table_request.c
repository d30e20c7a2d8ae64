/* table_request.c - the requests of the RPCs, and plans. */
#include <zstd.h>

#include "wire/messages.h"

#define AT(member)          MR_AT(mr_wire_request, member)
#define ARRAY(member)       MR_ARRAY(mr_wire_request, member)
#define IS(choice)          MR_CHOOSES(mr_wire_request, which, choice)
#define REQUEST(text, rows) MR_TABLE(text, mr_wire_request, rows)
#define PLAN_BYTES_MAX      (128ULL << 20)

static const mr_pb_table nothing = { .size = 1 };

static const mr_pb_field compressed_fields[] = {
    MR_FIELD(1, "data", BYTES, MR_AT(mr_wire_plan, compressed)),
    MR_FIELD(2, "op_type", ENUM, MR_AT(mr_wire_plan, compressed_type), .value = 2),
    MR_FIELD(3, "compression_codec", ENUM, MR_AT(mr_wire_plan, compression_codec), .value = 1),
};
static const mr_pb_table compressed =
    MR_TABLE("Plan.CompressedOperation", mr_wire_plan, compressed_fields);
static const mr_pb_field plan_fields[] = {
    MR_FIELD(1, "root", MESSAGE, MR_AT(mr_wire_plan, root), .sub = &mr_wire_relation),
    MR_FIELD(2, "command", MESSAGE, MR_AT(mr_wire_plan, command), .sub = &mr_wire_command),
    MR_FIELD(3, "compressed_operation", SELF, .count = offsetof(mr_wire_plan, has_compressed),
             .flags = MR_PB_OPTIONAL, .sub = &compressed),
};
const mr_pb_table mr_wire_plan_table = MR_TABLE("Plan", mr_wire_plan, plan_fields);

#define PLAN(num, text, member) MR_FIELD(num, text, EMBED, AT(member), .sub = &mr_wire_plan_table)

static const mr_pb_field user_fields[] = { MR_FIELD(1, "user_id", STRING, AT(user_id)) };
static const mr_pb_table user = REQUEST("UserContext", user_fields);

/* What every request has; the numbers differ. */
#define HEAD(user_number, client_number, observed_number)                                          \
    MR_FIELD(1, "session_id", STRING, AT(session_id)),                                             \
        MR_FIELD(user_number, "user_context", SELF, .sub = &user),                                 \
        MR_FIELD(client_number, "client_type", STRING, AT(client_type)),                           \
        MR_FIELD(observed_number, "client_observed_server_side_session_id", STRING,                \
                 AT(observed_session))

static const mr_pb_field reattach_fields[] = { MR_FIELD(1, "reattachable", BOOL,
                                                        AT(reattachable)) };
static const mr_pb_table reattach = REQUEST("ReattachOptions", reattach_fields);
static const mr_pb_field option_fields[] = {
    MR_FIELD(1, "reattach_options", SELF, .sub = &reattach),
};
static const mr_pb_table option = REQUEST("ExecutePlanRequest.RequestOption", option_fields);
/* Options are repeated; all are read into the same members. */
static const mr_pb_field execute_fields[] = {
    HEAD(2, 4, 8),
    MR_FIELD(6, "operation_id", STRING, AT(operation_id)),
    PLAN(3, "plan", plan),
    MR_FIELD(5, "request_options", SELF, .sub = &option),
    MR_FIELD(7, "tags", STRINGS, ARRAY(tags)),
};
const mr_pb_table mr_wire_execute_request = REQUEST("ExecutePlanRequest", execute_fields);

#define ANALYZE(text, rows) REQUEST("AnalyzePlanRequest." text, rows)
static const mr_pb_field one_plan_fields[] = { PLAN(1, "plan", plan) };
static const mr_pb_table a_schema = ANALYZE("Schema", one_plan_fields);
static const mr_pb_table a_local = ANALYZE("IsLocal", one_plan_fields);
static const mr_pb_table a_streaming = ANALYZE("IsStreaming", one_plan_fields);
static const mr_pb_table a_files = ANALYZE("InputFiles", one_plan_fields);
static const mr_pb_table a_hash = ANALYZE("SemanticHash", one_plan_fields);
static const mr_pb_field a_explain_fields[] = {
    PLAN(1, "plan", plan),
    MR_FIELD(2, "explain_mode", ENUM, AT(explain_mode), .value = 5),
};
static const mr_pb_table a_explain = ANALYZE("Explain", a_explain_fields);
static const mr_pb_field a_tree_fields[] = {
    PLAN(1, "plan", plan),
    MR_FIELD(2, "level", I32, MR_IF(mr_wire_request, level)),
};
static const mr_pb_table a_tree = ANALYZE("TreeString", a_tree_fields);
static const mr_pb_field a_ddl_fields[] = { MR_FIELD(1, "ddl_string", STRING, AT(text)) };
static const mr_pb_table a_ddl = ANALYZE("DDLParse", a_ddl_fields);
static const mr_pb_field a_json_fields[] = { MR_FIELD(1, "json_string", STRING, AT(text)) };
static const mr_pb_table a_json = ANALYZE("JsonToDDL", a_json_fields);
static const mr_pb_field a_same_fields[] = {
    PLAN(1, "target_plan", plan),
    PLAN(2, "other_plan", other_plan),
};
static const mr_pb_table a_same = ANALYZE("SameSemantics", a_same_fields);
#define RELATION_FIELD                                                                             \
    MR_FIELD(1, "relation", MESSAGE, AT(relation), .flags = MR_PB_REQUIRED,                        \
             .sub = &mr_wire_relation)
static const mr_pb_field level_fields[] = {
    MR_FIELD(1, "use_disk", BOOL, AT(storage[0])),
    MR_FIELD(2, "use_memory", BOOL, AT(storage[1])),
    MR_FIELD(3, "use_off_heap", BOOL, AT(storage[2])),
    MR_FIELD(4, "deserialized", BOOL, AT(storage[3])),
    MR_FIELD(5, "replication", I32, AT(replication)),
};
static const mr_pb_table level = REQUEST("StorageLevel", level_fields);
static const mr_pb_field a_persist_fields[] = {
    RELATION_FIELD,
    MR_FIELD(2, "storage_level", SELF, .count = offsetof(mr_wire_request, has_storage_level),
             .flags = MR_PB_OPTIONAL, .sub = &level),
};
static const mr_pb_table a_persist = ANALYZE("Persist", a_persist_fields);
static const mr_pb_field one_relation_fields[] = { RELATION_FIELD };
static const mr_pb_table a_unpersist = ANALYZE("Unpersist", one_relation_fields);
static const mr_pb_table a_level = ANALYZE("GetStorageLevel", one_relation_fields);
static const mr_pb_field analyze_fields[] = {
    HEAD(2, 3, 17),
    MR_FIELD(4, "schema", SELF, IS(4), .sub = &a_schema),
    MR_FIELD(5, "explain", SELF, IS(5), .sub = &a_explain),
    MR_FIELD(6, "tree_string", SELF, IS(6), .sub = &a_tree),
    MR_FIELD(7, "is_local", SELF, IS(7), .sub = &a_local),
    MR_FIELD(8, "is_streaming", SELF, IS(8), .sub = &a_streaming),
    MR_FIELD(9, "input_files", SELF, IS(9), .sub = &a_files),
    MR_FIELD(10, "spark_version", SELF, IS(10), .sub = &nothing),
    MR_FIELD(11, "ddl_parse", SELF, IS(11), .sub = &a_ddl),
    MR_FIELD(12, "same_semantics", SELF, IS(12), .sub = &a_same),
    MR_FIELD(13, "semantic_hash", SELF, IS(13), .sub = &a_hash),
    MR_FIELD(14, "persist", SELF, IS(14), .sub = &a_persist),
    MR_FIELD(15, "unpersist", SELF, IS(15), .sub = &a_unpersist),
    MR_FIELD(16, "get_storage_level", SELF, IS(16), .sub = &a_level),
    MR_FIELD(18, "json_to_ddl", SELF, IS(18), .sub = &a_json),
};
const mr_pb_table mr_wire_analyze_request = REQUEST("AnalyzePlanRequest", analyze_fields);

#define CONFIG(text, rows) REQUEST("ConfigRequest." text, rows)
static const mr_pb_field set_fields[] = {
    MR_FIELD(1, "pairs", MAP, ARRAY(pairs)), /* KeyValue has the shape of a map entry */
    MR_FIELD(2, "silent", BOOL, AT(silent)),
};
static const mr_pb_table c_set = CONFIG("Set", set_fields);
static const mr_pb_field keys_fields[] = { MR_FIELD(1, "keys", STRINGS, ARRAY(keys)) };
static const mr_pb_table c_get = CONFIG("Get", keys_fields);
static const mr_pb_table c_option = CONFIG("GetOption", keys_fields);
static const mr_pb_table c_unset = CONFIG("Unset", keys_fields);
static const mr_pb_table c_modifiable = CONFIG("IsModifiable", keys_fields);
static const mr_pb_field default_fields[] = { MR_FIELD(1, "pairs", MAP, ARRAY(pairs)) };
static const mr_pb_table c_default = CONFIG("GetWithDefault", default_fields);
static const mr_pb_field all_fields[] = { MR_FIELD(1, "prefix", STRING, AT(prefix)) };
static const mr_pb_table c_all = CONFIG("GetAll", all_fields);
static const mr_pb_field operation_fields[] = {
    MR_FIELD(1, "set", SELF, IS(1), .sub = &c_set),
    MR_FIELD(2, "get", SELF, IS(2), .sub = &c_get),
    MR_FIELD(3, "get_with_default", SELF, IS(3), .sub = &c_default),
    MR_FIELD(4, "get_option", SELF, IS(4), .sub = &c_option),
    MR_FIELD(5, "get_all", SELF, IS(5), .sub = &c_all),
    MR_FIELD(6, "unset", SELF, IS(6), .sub = &c_unset),
    MR_FIELD(7, "is_modifiable", SELF, IS(7), .sub = &c_modifiable),
};
static const mr_pb_table operation = CONFIG("Operation", operation_fields);
static const mr_pb_field config_fields[] = {
    HEAD(2, 4, 8),
    MR_FIELD(3, "operation", SELF, .sub = &operation),
};
const mr_pb_table mr_wire_config_request = REQUEST("ConfigRequest", config_fields);

static const mr_pb_field reattach_request_fields[] = {
    HEAD(2, 4, 6),
    MR_FIELD(3, "operation_id", STRING, AT(operation_id)),
    MR_FIELD(5, "last_response_id", STRING, MR_IF(mr_wire_request, last_response_id)),
};
const mr_pb_table mr_wire_reattach_request =
    REQUEST("ReattachExecuteRequest", reattach_request_fields);

static const mr_pb_field until_fields[] = {
    MR_FIELD(1, "response_id", STRING, AT(last_response_id)),
};
static const mr_pb_table until = REQUEST("ReleaseExecuteRequest.ReleaseUntil", until_fields);
static const mr_pb_field release_fields[] = {
    HEAD(2, 4, 7),
    MR_FIELD(3, "operation_id", STRING, AT(operation_id)),
    MR_FIELD(5, "release_all", SELF, IS(5), .sub = &nothing),
    MR_FIELD(6, "release_until", SELF, IS(6), .sub = &until),
};
const mr_pb_table mr_wire_release_request = REQUEST("ReleaseExecuteRequest", release_fields);

static const mr_pb_field release_session_fields[] = {
    MR_FIELD(1, "session_id", STRING, AT(session_id)),
    MR_FIELD(2, "user_context", SELF, .sub = &user),
    MR_FIELD(3, "client_type", STRING, AT(client_type)),
    MR_FIELD(4, "allow_reconnect", BOOL, AT(allow_reconnect)),
};
const mr_pb_table mr_wire_release_session_request =
    REQUEST("ReleaseSessionRequest", release_session_fields);

static const mr_pb_field interrupt_fields[] = {
    HEAD(2, 3, 7),
    MR_FIELD(4, "interrupt_type", ENUM, AT(interrupt_type), .value = 3),
    MR_FIELD(5, "operation_tag", STRING, AT(operation_tag)),
    MR_FIELD(6, "operation_id", STRING, AT(operation_id)),
};
const mr_pb_table mr_wire_interrupt_request = REQUEST("InterruptRequest", interrupt_fields);

static const mr_pb_field error_fields[] = {
    HEAD(2, 4, 5),
    MR_FIELD(3, "error_id", STRING, AT(error_id)),
};
const mr_pb_table mr_wire_error_request = REQUEST("FetchErrorDetailsRequest", error_fields);

static const mr_pb_field artifact_status_fields[] = {
    HEAD(2, 3, 5),
    MR_FIELD(4, "names", STRINGS, ARRAY(keys)),
};
const mr_pb_table mr_wire_artifact_status_request =
    REQUEST("ArtifactStatusesRequest", artifact_status_fields);

/* AddArtifacts. */
static const mr_pb_field chunk_fields[] = {
    MR_FIELD(1, "data", BYTES, MR_AT(mr_wire_artifact, data)),
    MR_FIELD(2, "crc", I64, MR_AT(mr_wire_artifact, crc)),
};
static const mr_pb_table chunk =
    MR_TABLE("AddArtifactsRequest.ArtifactChunk", mr_wire_artifact, chunk_fields);
static const mr_pb_field single_fields[] = {
    MR_FIELD(1, "name", STRING, MR_AT(mr_wire_artifact, name)),
    MR_FIELD(2, "data", SELF, .sub = &chunk),
};
static const mr_pb_table single =
    MR_TABLE("AddArtifactsRequest.SingleChunkArtifact", mr_wire_artifact, single_fields);
static const mr_pb_field batch_fields[] = {
    MR_FIELD(1, "artifacts", STRUCTS, MR_ARRAY(mr_wire_artifacts, artifacts), .sub = &single),
};
static const mr_pb_table batch =
    MR_TABLE("AddArtifactsRequest.Batch", mr_wire_artifacts, batch_fields);
static const mr_pb_field begin_fields[] = {
    MR_FIELD(1, "name", STRING, MR_AT(mr_wire_artifacts, first.name)),
    MR_FIELD(2, "total_bytes", I64, MR_AT(mr_wire_artifacts, total_bytes)),
    MR_FIELD(3, "num_chunks", I64, MR_AT(mr_wire_artifacts, num_chunks)),
    MR_FIELD(4, "initial_chunk", EMBED, MR_AT(mr_wire_artifacts, first), .sub = &chunk),
};
static const mr_pb_table begin =
    MR_TABLE("AddArtifactsRequest.BeginChunkedArtifact", mr_wire_artifacts, begin_fields);
static const mr_pb_field artifacts_user_fields[] = {
    MR_FIELD(1, "user_id", STRING, MR_AT(mr_wire_artifacts, user_id)),
};
static const mr_pb_table artifacts_user =
    MR_TABLE("UserContext", mr_wire_artifacts, artifacts_user_fields);
static const mr_pb_field artifacts_fields[] = {
    MR_FIELD(1, "session_id", STRING, MR_AT(mr_wire_artifacts, session_id)),
    MR_FIELD(2, "user_context", SELF, .sub = &artifacts_user),
    MR_FIELD(7, "client_observed_server_side_session_id", STRING,
             MR_AT(mr_wire_artifacts, observed_session)),
    MR_FIELD(3, "batch", SELF, MR_CHOOSES(mr_wire_artifacts, which, 3), .sub = &batch),
    MR_FIELD(4, "begin_chunk", SELF, MR_CHOOSES(mr_wire_artifacts, which, 4), .sub = &begin),
    MR_FIELD(5, "chunk", EMBED, MR_AT(mr_wire_artifacts, first),
             MR_CHOOSES(mr_wire_artifacts, which, 5), .sub = &chunk),
};
const mr_pb_table mr_wire_artifacts_request =
    MR_TABLE("AddArtifactsRequest", mr_wire_artifacts, artifacts_fields);

static mr_status cannot_parse(mr_error *err, const char *why)
{
    return mr_raise(err, MR_EXC_INVALID_PLAN, "CONNECT_INVALID_PLAN.CANNOT_PARSE", "errorMsg", why,
                    NULL);
}

mr_status mr_wire_plan_expand(mr_wire_plan *plan, mr_arena *arena, mr_error *err)
{
    unsigned long long size;
    char *bytes;
    size_t got;

    if (!plan->has_compressed)
        return MR_OK;
    if (plan->compression_codec != 1 || plan->compressed_type == 0)
        return cannot_parse(err, "unknown compression codec or operation type");
    size = ZSTD_getFrameContentSize(plan->compressed.ptr, plan->compressed.len);
    if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size > PLAN_BYTES_MAX)
        return cannot_parse(err, "bad or too large zstd frame");
    bytes = mr_arena_alloc(arena, (size_t)size);
    got = ZSTD_decompress(bytes, (size_t)size, plan->compressed.ptr, plan->compressed.len);
    if (ZSTD_isError(got) || got != size)
        return cannot_parse(err, "bad zstd frame");
    plan->has_compressed = false;
    if (plan->compressed_type == 1) {
        plan->root = MR_NEW(arena, mr_xrel);
        return mr_pb_decode(&mr_wire_relation, (mr_str){ bytes, got }, arena, plan->root, err);
    }
    plan->command = MR_NEW(arena, mr_xcommand);
    return mr_pb_decode(&mr_wire_command, (mr_str){ bytes, got }, arena, plan->command, err);
}

mr_status mr_wire_decode_plan(mr_str bytes, mr_arena *arena, mr_wire_plan *out, mr_error *err)
{
    MR_TRY(mr_pb_decode(&mr_wire_plan_table, bytes, arena, out, err));
    return mr_wire_plan_expand(out, arena, err);
}

mr_status mr_wire_encode_relation(const mr_xrel *rel, mr_arena *arena, mr_buf *out, mr_error *err)
{
    return mr_pb_encode(&mr_wire_relation, rel, arena, out, err);
}

mr_status mr_wire_encode_command(const mr_xcommand *command, mr_arena *arena, mr_buf *out,
                                 mr_error *err)
{
    return mr_pb_encode(&mr_wire_command, command, arena, out, err);
}

void mr_wire_dump(mr_buf *out)
{
    static const mr_pb_table *const all[] = {
        &mr_wire_execute_request,       &mr_wire_analyze_request,
        &mr_wire_config_request,        &mr_wire_reattach_request,
        &mr_wire_release_request,       &mr_wire_release_session_request,
        &mr_wire_interrupt_request,     &mr_wire_error_request,
        &mr_wire_artifacts_request,     &mr_wire_artifact_status_request,
        &mr_wire_execute_reply,         &mr_wire_analyze_reply,
        &mr_wire_config_reply,          &mr_wire_release_reply,
        &mr_wire_release_session_reply, &mr_wire_interrupt_reply,
        &mr_wire_error_reply,           &mr_wire_artifacts_reply,
        &mr_wire_artifact_status_reply,
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        mr_pb_dump(all[i], out);
}
