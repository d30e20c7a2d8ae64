/* engine.h - sessions, configuration, catalog; statements to running queries.
 *
 * The one door behind which everything meets: Spark Connect's server, the command and the public
 * library (include/millrace) call it.  All calls are thread-safe unless said otherwise; an engine
 * outlives its sessions, a session its queries' handles (they are reference-counted).
 */
#ifndef MR_ENGINE_ENGINE_H
#define MR_ENGINE_ENGINE_H

#include "os/os.h"
#include "plan/syntax.h"
#include "value/zone.h"

typedef struct mr_engine mr_engine;
typedef struct mr_session mr_session;
typedef struct mr_query mr_query;

typedef struct mr_engine_options {
    mr_os *os;                                /* NULL = the real one */
    int n_threads;                            /* lanes run in parallel; 0 = number of processors */
    void (*console)(void *data, mr_str text); /* where the console sink prints; NULL = stdout */
    void *console_data;
} mr_engine_options;

MR_NODISCARD mr_status mr_engine_open(const mr_engine_options *options, mr_engine **out,
                                      mr_error *err);
/* Stops every query (publishing checkpoints), then frees. */
void mr_engine_close(mr_engine *engine);

/* The session of (user, id), made when absent and `create`; returns a borrowed pointer valid until
 * mr_session_release() or mr_engine_close(); *is_new says whether it was made now. */
mr_session *mr_engine_session(mr_engine *engine, mr_str user, mr_str id, bool create, bool *is_new);
/* Stops the session's queries and forgets it. */
void mr_session_release(mr_session *session);
/* Text that stays the same for the session's life (Connect's server_side_session_id). */
mr_str mr_session_server_id(const mr_session *session);

/* Runtime configuration.  Unknown keys may be set and read back, as in Spark. */
MR_NODISCARD mr_status mr_session_set(mr_session *session, mr_str key, mr_str value, mr_error *err);
void mr_session_unset(mr_session *session, mr_str key);
/* Value or default into `arena`; false = neither. */
bool mr_session_get(mr_session *session, mr_str key, mr_arena *arena, mr_str *value);
bool mr_session_is_modifiable(mr_session *session, mr_str key);
/* Calls visit for every set or defaulted key with the prefix. */
void mr_session_each(mr_session *session, mr_str prefix,
                     void (*visit)(void *data, mr_str key, mr_str value), void *data);
const mr_zone *mr_session_zone(mr_session *session);

/* Analysis. */
MR_NODISCARD mr_status mr_session_schema(mr_session *session, const mr_xrel *rel, mr_arena *arena,
                                         const mr_type **out, mr_error *err);
MR_NODISCARD mr_status mr_session_is_streaming(mr_session *session, const mr_xrel *rel, bool *out,
                                               mr_error *err);
MR_NODISCARD mr_status mr_session_explain(mr_session *session, const mr_xrel *rel, bool extended,
                                          mr_buf *out, mr_error *err);

/* Runs a batch relation.  `rows` is called on the caller's thread with each result batch (at least
 * once, perhaps with no rows; borrowed for the call); schema is the result's. */
typedef mr_status (*mr_rows_fn)(void *data, const mr_batch *batch, mr_error *err);
MR_NODISCARD mr_status mr_session_run(mr_session *session, const mr_xrel *rel, mr_rows_fn rows,
                                      void *data, mr_error *err);
/* SqlCommand: parses rel (MR_R_SQL).  A query gives *result = rel itself (nothing runs); a command
 * runs now and gives *result = an MR_R_LOCAL relation with its rows (Arrow IPC), in `arena`. */
MR_NODISCARD mr_status mr_session_sql(mr_session *session, const mr_xrel *rel, mr_arena *arena,
                                      const mr_xrel **result, mr_error *err);
/* Refuses what is not a name of one part, as a program may spell it: a word, or anything in
 * backquotes. */
MR_NODISCARD mr_status mr_session_check_view_name(mr_str name, mr_error *err);
/* Temporary views; the relation is deep-copied. */
MR_NODISCARD mr_status mr_session_create_view(mr_session *session, mr_str name, const mr_xrel *rel,
                                              bool replace, mr_error *err);
MR_NODISCARD bool mr_session_drop_view(mr_session *session, mr_str name);
bool mr_session_has_table(mr_session *session, mr_str name);
void mr_session_each_table(mr_session *session, void (*visit)(void *data, mr_str name), void *data);
/* df.write: file formats, and tables kept in memory. */
MR_NODISCARD mr_status mr_session_write(mr_session *session, const mr_xcommand *write,
                                        mr_error *err);

/* Runs a SQL script (millrace run): statements in order; CREATE STREAMING TABLE starts queries;
 * results of queries go to `rows`-like printing on the console callback.  When *cancel becomes true
 * no further statement starts and the queries are stopped cleanly; NULL = never.  On failure *line
 * (NULL allowed) is where in `text` the statement at fault begins, counted from 1: Spark's messages
 * count their lines from there.  0 = no single statement. */
MR_NODISCARD mr_status mr_session_script(mr_session *session, mr_str text, const mr_flag *cancel,
                                         int *line, mr_error *err);
/* Completes Spark's directory of a checkpoint that no query uses from the journal (`millrace
 * checkpoint publish`); appends a sentence about what was done to `report`. */
MR_NODISCARD mr_status mr_engine_publish(const char *checkpoint, mr_buf *report, mr_error *err);

/* Streaming queries.  Handles are [owned]: mr_query_unref. */
MR_NODISCARD mr_status mr_session_start(mr_session *session, const mr_xstream *stream,
                                        mr_query **out, mr_error *err);
mr_query *mr_query_ref(mr_query *query);
void mr_query_unref(mr_query *query);
/* By id (and run id unless empty); also queries that ended within the last hour. NULL = none. */
mr_query *mr_session_query(mr_session *session, mr_str id, mr_str run_id);
/* Active queries: fills at most `capacity` handles (each referenced), returns how many there are.
 */
int mr_session_active(mr_session *session, mr_query **out, int capacity);
/* Waits until some query ended since the last reset; timeout_ms < 0 = for ever; polls *cancel (may
 * be NULL).  Rethrows the remembered failure. */
MR_NODISCARD mr_status mr_session_await_any(mr_session *session, int64_t timeout_ms,
                                            const mr_flag *cancel, bool *terminated, mr_error *err);
void mr_session_reset_terminated(mr_session *session);

mr_str mr_query_id(const mr_query *query);
mr_str mr_query_run_id(const mr_query *query);
mr_str mr_query_name(const mr_query *query); /* empty = none */
typedef struct mr_query_state {
    char message[512];
    bool is_data_available;
    bool is_trigger_active;
    bool is_active;
} mr_query_state;
void mr_query_status(mr_query *query, mr_query_state *out);
/* Progress JSON texts as Spark Connect sends them, oldest first, copied into `arena`; returns how
 * many. */
int mr_query_progress(mr_query *query, bool last_only, mr_arena *arena, mr_str **out);
MR_NODISCARD mr_status mr_query_stop(mr_query *query, mr_error *err);
MR_NODISCARD mr_status mr_query_process_all(mr_query *query, const mr_flag *cancel, mr_error *err);
/* A failed query returns its error (StreamingQueryException). */
MR_NODISCARD mr_status mr_query_await(mr_query *query, int64_t timeout_ms, const mr_flag *cancel,
                                      bool *terminated, mr_error *err);
/* True and fills *err (STREAM_FAILED) if the query failed. */
bool mr_query_exception(mr_query *query, mr_error *err);
/* Likewise the failure itself, as exception() of a query's handle shows it. */
bool mr_query_cause(mr_query *query, mr_error *err);
void mr_query_explain(mr_query *query, bool extended, mr_buf *out);

/* Listener events: kind 0 started, 1 progress, 2 terminated, 3 idle; json as Spark's listener bus
 * sends it (progress: {"progress":{...}}).  Called on engine threads; must not block or call back.
 */
typedef void (*mr_listener_fn)(void *data, int kind, mr_str json);
int mr_session_listen(mr_session *session, mr_listener_fn listener, void *data);
void mr_session_unlisten(mr_session *session, int listener_id); /* no call is running afterwards */

/* Cached local relations (Connect artifacts "cache/<sha256>"). */
void mr_session_cache(mr_session *session, mr_str name, mr_str bytes);
bool mr_session_cached(mr_session *session, mr_str name, mr_str *bytes);

#endif /* MR_ENGINE_ENGINE_H */
