/* messages.h - the requests and responses of Spark Connect's RPCs, as plain structs.
 *
 * Members bear the fields' names.  `which` is the number of the field chosen in a message's oneof.
 * Strings of what was decoded are views into the bytes.
 */
#ifndef MR_WIRE_MESSAGES_H
#define MR_WIRE_MESSAGES_H

#include "wire/tables.h"

/* Plan: one of root and command. */
typedef struct mr_wire_plan {
    mr_xrel *root;
    mr_xcommand *command;
    bool has_compressed;
    mr_str compressed;         /* zstd */
    int32_t compressed_type;   /* 1 relation, 2 command */
    int32_t compression_codec; /* 1 zstd */
} mr_wire_plan;

/* Any request: the members that its message has are filled. */
typedef struct mr_wire_request {
    mr_str session_id;
    mr_str observed_session; /* client_observed_server_side_session_id */
    mr_str user_id;
    mr_str client_type;
    mr_str operation_id;
    mr_wire_plan plan;
    mr_wire_plan other_plan; /* same_semantics */
    mr_str *tags;
    int n_tags;
    bool reattachable;
    int32_t which; /* AnalyzePlan, Config, ReleaseExecute */
    int32_t explain_mode;
    bool has_level; /* tree_string */
    int32_t level;
    mr_str text;       /* ddl_string, json_string */
    mr_xrel *relation; /* persist, unpersist, get_storage_level */
    bool has_storage_level;
    bool storage[4]; /* use_disk, use_memory, use_off_heap, deserialized */
    int32_t replication;
    mr_option_pair *pairs; /* Config: set, get_with_default */
    int n_pairs;
    mr_str *keys; /* Config: get, get_option, unset, is_modifiable; ArtifactStatus: names */
    int n_keys;
    mr_str prefix;
    bool silent;
    bool has_last_response_id;
    mr_str last_response_id; /* ReattachExecute; ReleaseExecute.release_until */
    bool allow_reconnect;
    int32_t interrupt_type;
    mr_str operation_tag;
    mr_str error_id;
} mr_wire_request;

typedef struct mr_wire_query_id {
    mr_str id;
    mr_str run_id;
} mr_wire_query_id;

typedef struct mr_wire_instance {
    mr_wire_query_id query_id;
    bool has_name;
    mr_str name;
} mr_wire_instance;

typedef struct mr_wire_event {
    mr_str event_json;
    int32_t event_type; /* 1 progress, 2 terminated, 3 idle */
} mr_wire_event;

/* ExecutePlanResponse; `which` = field number of the chosen result, 0 = none. */
typedef struct mr_wire_execute_response {
    mr_str session_id;
    mr_str server_session;
    mr_str operation_id;
    mr_str response_id;
    const mr_type *schema;
    int32_t which;
    int64_t row_count; /* 2 arrow_batch */
    mr_str data;
    bool has_start_offset;
    int64_t start_offset;
    const mr_xrel *relation;   /* 5 sql_command_result */
    mr_wire_query_id query_id; /* 8, 9 */
    mr_str name;
    bool has_started_json;
    mr_str started_json;
    int32_t query_which;   /* 9: the oneof's field */
    int32_t manager_which; /* 11 */
    mr_str status_message;
    bool is_data_available;
    bool is_trigger_active;
    bool is_active;
    mr_str *progress;
    int n_progress;
    mr_str explain;
    bool has_exception;
    mr_str exception_message;
    bool has_error_class;
    mr_str error_class;
    bool has_stack_trace;
    mr_str stack_trace;
    bool terminated;
    mr_wire_instance *queries;
    int n_queries;
    mr_wire_instance query;
    mr_wire_event *events; /* 16 */
    int n_events;
    bool has_listener_added;
    bool listener_added;
} mr_wire_execute_response;

/* AnalyzePlanResponse. */
typedef struct mr_wire_analyze_response {
    mr_str session_id;
    mr_str server_session;
    int32_t which;
    const mr_type *type;
    mr_str text; /* explain, tree, version, ddl */
    bool flag;   /* is_local, is_streaming, same_semantics */
    int32_t hash;
    mr_str *files;
    int n_files;
    bool storage[4];
    int32_t replication;
} mr_wire_analyze_response;

typedef struct mr_wire_pair {
    mr_str key;
    bool has_value;
    mr_str value;
} mr_wire_pair;

typedef struct mr_wire_config_response {
    mr_str session_id;
    mr_str server_session;
    mr_wire_pair *pairs;
    int n_pairs;
    mr_str *warnings;
    int n_warnings;
} mr_wire_config_response;

/* ReleaseExecute, Interrupt, ReleaseSession. */
typedef struct mr_wire_simple_response {
    mr_str session_id;
    mr_str server_session;
    bool has_operation_id;
    mr_str operation_id;
    mr_str *interrupted_ids;
    int n_interrupted_ids;
} mr_wire_simple_response;

typedef struct mr_wire_context {
    int32_t context_type; /* 0 SQL, 1 DataFrame */
    mr_str object_type;
    mr_str object_name;
    int32_t start_index;
    int32_t stop_index;
    mr_str fragment;
    mr_str call_site;
    mr_str summary;
} mr_wire_context;

typedef struct mr_wire_throwable {
    bool has_error_class;
    mr_str error_class;
    mr_option_pair *parameters;
    int n_parameters;
    mr_wire_context *contexts;
    int n_contexts;
    bool has_sql_state;
    mr_str sql_state;
} mr_wire_throwable;

typedef struct mr_wire_error {
    mr_str *classes;
    int n_classes;
    mr_str message;
    bool has_cause_idx;
    int32_t cause_idx;
    bool has_throwable;
    mr_wire_throwable throwable;
} mr_wire_error;

typedef struct mr_wire_error_response {
    mr_str session_id;
    mr_str server_session;
    bool has_root_error_idx;
    int32_t root_error_idx;
    mr_wire_error *errors;
    int n_errors;
} mr_wire_error_response;

/* One message of the AddArtifacts stream. */
typedef struct mr_wire_artifact {
    mr_str name;
    mr_str data;
    int64_t crc;
} mr_wire_artifact;

typedef struct mr_wire_artifacts {
    mr_str session_id;
    mr_str observed_session;
    mr_str user_id;
    int32_t which; /* 3 batch, 4 begin_chunk, 5 chunk */
    mr_wire_artifact *artifacts;
    int n_artifacts;
    mr_wire_artifact first; /* begin_chunk: name and initial chunk; chunk: data */
    int64_t total_bytes;
    int64_t num_chunks;
} mr_wire_artifacts;

typedef struct mr_wire_artifact_state {
    mr_str name;
    bool ok; /* CRC right; exists */
} mr_wire_artifact_state;

/* AddArtifacts, ArtifactStatus. */
typedef struct mr_wire_artifact_response {
    mr_str session_id;
    mr_str server_session;
    mr_wire_artifact_state *states;
    int n_states;
} mr_wire_artifact_response;

/* google.rpc.Status with one google.rpc.ErrorInfo. */
typedef struct mr_wire_status {
    int32_t code;
    mr_str message;
    mr_str type_url;
    mr_str value; /* an encoded mr_wire_error_info */
} mr_wire_status;

typedef struct mr_wire_error_info {
    mr_str reason;
    mr_str domain;
    mr_option_pair *metadata;
    int n_metadata;
} mr_wire_error_info;

extern const mr_pb_table mr_wire_plan_table;
extern const mr_pb_table mr_wire_execute_request;
extern const mr_pb_table mr_wire_analyze_request;
extern const mr_pb_table mr_wire_config_request;
extern const mr_pb_table mr_wire_reattach_request;
extern const mr_pb_table mr_wire_release_request;
extern const mr_pb_table mr_wire_release_session_request;
extern const mr_pb_table mr_wire_interrupt_request;
extern const mr_pb_table mr_wire_error_request;
extern const mr_pb_table mr_wire_artifacts_request;
extern const mr_pb_table mr_wire_artifact_status_request;

extern const mr_pb_table mr_wire_execute_reply;
extern const mr_pb_table mr_wire_analyze_reply;
extern const mr_pb_table mr_wire_config_reply;
extern const mr_pb_table mr_wire_release_reply;
extern const mr_pb_table mr_wire_release_session_reply;
extern const mr_pb_table mr_wire_interrupt_reply;
extern const mr_pb_table mr_wire_error_reply;
extern const mr_pb_table mr_wire_artifacts_reply;
extern const mr_pb_table mr_wire_artifact_status_reply;
extern const mr_pb_table mr_wire_status_table;
extern const mr_pb_table mr_wire_error_info_table;

/* A plan's compressed operation, if it has one, decompressed (into `arena`, at most 128 MiB) and
 * read; afterwards root or command is set.  Errors: CONNECT_INVALID_PLAN.CANNOT_PARSE. */
MR_NODISCARD mr_status mr_wire_plan_expand(mr_wire_plan *plan, mr_arena *arena, mr_error *err);
/* Plans alone.  Decoded strings are views into `bytes`. */
MR_NODISCARD mr_status mr_wire_decode_plan(mr_str bytes, mr_arena *arena, mr_wire_plan *out,
                                           mr_error *err);
MR_NODISCARD mr_status mr_wire_encode_relation(const mr_xrel *rel, mr_arena *arena, mr_buf *out,
                                               mr_error *err);
MR_NODISCARD mr_status mr_wire_encode_command(const mr_xcommand *command, mr_arena *arena,
                                              mr_buf *out, mr_error *err);
/* Every table, as mr_pb_dump prints it. */
void mr_wire_dump(mr_buf *out);

#endif /* MR_WIRE_MESSAGES_H */
