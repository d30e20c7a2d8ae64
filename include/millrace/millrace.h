/* millrace.h - Spark Structured Streaming programs in C; this header is the manual.
 *
 *     session -> frame (what to compute) -> result  (a batch: computed now)
 *                                        -> query   (a stream: computed on and on)
 *
 * A whole program: examples/c/window_count.c.
 *
 * Ownership.  Whatever a call hands out with a matching millrace_x_free() belongs to the caller.
 * Texts passed in are NUL-terminated UTF-8 and copied.  Texts handed out stay with the object they
 * came from, until it is freed or as the entry says.  Lists of texts end with NULL; lists of
 * options are key, value, key, value, NULL.  A NULL list is an empty one.
 *
 * Errors.  Calls return a millrace_status, or NULL instead of an object, and fill `err`, a struct
 * of the caller's (often on its stack); `err` may be NULL.  Its content means something only after
 * a failure.  Spark's conditions are kept: err->condition is "DIVIDE_BY_ZERO" where Spark says so.
 * A session, frame or query that is NULL because making it failed may be passed on: the call does
 * nothing, returns MILLRACE_INVALID, NULL, false or -1, and leaves `err` as it is.  So a chain of
 * calls needs one check at its end.
 *
 * Threads.  A session may be used by many threads at once.  Frames, results and query handles
 * belong to one thread at a time, but different handles of one query may be used by different
 * threads. Everything is freed before its session is closed; closing a session stops its queries.
 */
#ifndef MILLRACE_MILLRACE_H
#define MILLRACE_MILLRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "millrace/arrow.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MR_API __attribute__((visibility("default")))
#else
#define MR_API
#endif

typedef struct millrace_session millrace_session;
typedef struct millrace_frame millrace_frame;
typedef struct millrace_result millrace_result;
typedef struct millrace_query millrace_query;

/* --- errors --------------------------------------------------------------------------------- */

typedef enum millrace_status {
    MILLRACE_OK = 0,
    MILLRACE_NOMEM,       /* a memory budget is exhausted */
    MILLRACE_IO,          /* the system refused; sys_errno says why */
    MILLRACE_INVALID,     /* the program or its data is wrong; mostly with a condition of Spark's */
    MILLRACE_UNSUPPORTED, /* understood, and outside of what Millrace does */
    MILLRACE_CORRUPT,     /* a file contradicts its format */
    MILLRACE_CONFLICT,    /* somebody else got there first: a checkpoint in use, a query's name */
    MILLRACE_CANCELLED,   /* stopped on request */
    MILLRACE_NOT_FOUND,   /* no such file, table, ... */
    MILLRACE_INTERNAL     /* a mistake in Millrace */
} millrace_status;

typedef struct millrace_error {
    millrace_status status;
    int sys_errno;
    char condition[112]; /* Spark's error condition, or "" */
    char sqlstate[8];    /* "22012", or "" */
    char exception[96];  /* the Java class Spark would throw */
    char message[6144];  /* the whole text as Spark prints it */
} millrace_error;

/* "0.1.0"; static. */
MR_API const char *millrace_version(void);

/* --- sessions ------------------------------------------------------------------------------- */

/* All zero (with size set) is a good start. */
typedef struct millrace_options {
    size_t size; /* sizeof(millrace_options): how later versions know what you filled in */
    int threads; /* that compute at once; 0 = one for each processor */
    /* Where the console sink prints; NULL = standard output.  Called on threads of the session;
     * `text` is not NUL-terminated and valid during the call; must not call back. */
    void (*console)(void *data, const char *text, size_t len);
    void *console_data;
} millrace_options;

/* A session with its own configuration, temporary views and queries.  `options` may be NULL.  NULL
 * on failure.  Free with millrace_session_close(). */
MR_API millrace_session *millrace_session_open(const millrace_options *options,
                                               millrace_error *err);
/* Stops the session's queries (a checkpoint lets them go on later), then frees it.  NULL is
 * allowed. */
MR_API void millrace_session_close(millrace_session *session);

/* Sets a configuration key such as "spark.sql.session.timeZone".  Unknown keys may be set, as in
 * Spark; a key that may not change or a bad value fails. */
MR_API millrace_status millrace_session_set(millrace_session *session, const char *key,
                                            const char *value, millrace_error *err);
/* Copies the key's value or default into `to`, cut to `size` - 1 bytes and NUL-terminated.  Returns
 * its full length, or -1 when there is neither. */
MR_API int64_t millrace_session_get(millrace_session *session, const char *key, char *to,
                                    size_t size);
/* Runs a script: statements divided by ';'.  CREATE STREAMING TABLE starts queries; rows of SELECT
 * go to the console. */
MR_API millrace_status millrace_session_script(millrace_session *session, const char *text,
                                               millrace_error *err);
/* Waits until any query of the session has ended since the session began, at most timeout_ms
 * (< 0 = for ever).  *ended (may be NULL) says whether one has.  A failed query's error is
 * returned. */
MR_API millrace_status millrace_session_await_any(millrace_session *session, int64_t timeout_ms,
                                                  bool *ended, millrace_error *err);

/* --- frames ----------------------------------------------------------------------------------
 *
 * A frame is a plan, immutable and lazy: names and types are checked when it is run, started or
 * asked for its schema.  The calls that make one frame from another [take] their input: on success
 * it lives on inside the new frame, on failure it is freed:
 *
 *     frame = millrace_read(session, &source, &err);
 *     frame = millrace_filter(frame, "price > 0", &err);
 *     query = millrace_start(frame, &sink, &err);
 *     if (query == NULL) ...
 *
 * Expressions are SQL texts as PySpark's expr() takes them ("price * 2 AS twice"); those that do
 * not parse fail at once with PARSE_SYNTAX_ERROR.  At most 800 frames may stand upon each other.
 */

typedef struct millrace_source {
    size_t size;                /* sizeof(millrace_source) */
    const char *format;         /* "json", "csv", "text" */
    const char *schema;         /* DDL: "ts TIMESTAMP, page STRING"; NULL = the format's own */
    const char *path;           /* directory, file or pattern; NULL = none */
    const char *const *options; /* the format's and the source's */
    bool is_batch;              /* read once what is there now (spark.read) */
} millrace_source;

/* spark.readStream.format(...).schema(...).options(...).load(path).  Formats, options and paths are
 * checked when the frame is used.  Free with millrace_frame_free(). */
MR_API millrace_frame *millrace_read(millrace_session *session, const millrace_source *source,
                                     millrace_error *err);
/* A table or temporary view; is_streaming = spark.readStream.table(name). */
MR_API millrace_frame *millrace_table(millrace_session *session, const char *name,
                                      bool is_streaming, millrace_error *err);
/* spark.sql(text): a query becomes a frame (streaming if what it reads is); a command runs now and
 * the frame holds its rows. */
MR_API millrace_frame *millrace_sql(millrace_session *session, const char *text,
                                    millrace_error *err);

/* The same frame once more, for a second way onward; each is freed or taken by itself. */
MR_API millrace_frame *millrace_frame_share(millrace_frame *frame);
MR_API void millrace_frame_free(millrace_frame *frame); /* NULL is allowed */

/* Each of these [takes] the frame. */
MR_API millrace_frame *millrace_select(millrace_frame *frame, const char *const *exprs,
                                       millrace_error *err);
MR_API millrace_frame *millrace_filter(millrace_frame *frame, const char *condition,
                                       millrace_error *err);
/* Adds the column, or replaces the one of that name. */
MR_API millrace_frame *millrace_with_column(millrace_frame *frame, const char *name,
                                            const char *expr, millrace_error *err);
/* Rows of `column` (TIMESTAMP) are late when older than the newest one seen minus `delay`
 * ("10 minutes"). */
MR_API millrace_frame *millrace_with_watermark(millrace_frame *frame, const char *column,
                                               const char *delay, millrace_error *err);
/* groupBy(keys).agg(aggs): the result's columns are the keys, then the aggregates.  A key may be a
 * window: "window(ts, '10 minutes')", "window(ts, '10 minutes', '5 minutes')".  No keys = one row.
 */
MR_API millrace_frame *millrace_group_by(millrace_frame *frame, const char *const *keys,
                                         const char *const *aggs, millrace_error *err);
/* The same with a window column before the keys: windows of `duration` over `column`, one beginning
 * every `slide` (NULL or empty = tumbling).  For the usual case, without quoting. */
typedef struct millrace_window {
    size_t size; /* sizeof(millrace_window) */
    const char *column;
    const char *duration; /* "10 minutes" */
    const char *slide;    /* or NULL */
    const char *start;    /* offset of the windows' begin, or NULL */
} millrace_window;
MR_API millrace_frame *millrace_group_by_window(millrace_frame *frame,
                                                const millrace_window *window,
                                                const char *const *keys, const char *const *aggs,
                                                millrace_error *err);
/* One row for each value of the columns; no columns = of the whole row. */
MR_API millrace_frame *millrace_drop_duplicates(millrace_frame *frame, const char *const *columns,
                                                millrace_error *err);
/* Rows of both, columns by position. [Takes] both frames; both must be of one session. */
MR_API millrace_frame *millrace_union(millrace_frame *frame, millrace_frame *other,
                                      millrace_error *err);
/* Ascending; "v DESC", "v ASC NULLS LAST" are understood. */
MR_API millrace_frame *millrace_order_by(millrace_frame *frame, const char *const *exprs,
                                         millrace_error *err);
MR_API millrace_frame *millrace_limit(millrace_frame *frame, int64_t rows, millrace_error *err);

/* What follows only looks at the frame. */

/* Makes or replaces a temporary view, for SQL and millrace_table(). */
MR_API millrace_status millrace_create_view(const millrace_frame *frame, const char *name,
                                            millrace_error *err);
/* Computes a batch frame.  NULL on failure (a streaming frame among others).  Free with
 * millrace_result_free(). */
MR_API millrace_result *millrace_collect(const millrace_frame *frame, millrace_error *err);

/* --- results ----------------------------------------------------------------------------------
 *
 * Rows and columns count from 0; asking beyond them, or for those of NULL, ends the process. */

typedef enum millrace_kind {
    MILLRACE_NULL = 0, /* VOID */
    MILLRACE_BOOLEAN,
    MILLRACE_INTEGER, /* TINYINT .. BIGINT */
    MILLRACE_DOUBLE,  /* FLOAT, DOUBLE */
    MILLRACE_DECIMAL,
    MILLRACE_STRING,
    MILLRACE_BINARY,
    MILLRACE_DATE,      /* as integer: days since 1970-01-01 */
    MILLRACE_TIMESTAMP, /* as integer: microseconds since 1970-01-01 UTC (or local time for _NTZ) */
    MILLRACE_INTERVAL,  /* as integer: months (YEAR TO MONTH) or microseconds (DAY TO SECOND) */
    MILLRACE_ARRAY,
    MILLRACE_STRUCT,
    MILLRACE_MAP
} millrace_kind;

MR_API void millrace_result_free(millrace_result *result); /* NULL is allowed */
MR_API int64_t millrace_result_rows(const millrace_result *result);
MR_API int millrace_result_columns(const millrace_result *result);
MR_API const char *millrace_result_name(const millrace_result *result, int column);
MR_API millrace_kind millrace_result_kind(const millrace_result *result, int column);
/* Spark's text of the type: "struct<start:timestamp,end:timestamp>". */
MR_API const char *millrace_result_type(const millrace_result *result, int column);
MR_API bool millrace_result_is_null(const millrace_result *result, int64_t row, int column);
/* Any value as CAST(... AS STRING) writes it, NUL-terminated; NULL for a null.  *len (may be NULL)
 * = its bytes, for binary and strings with NUL in them.  Valid until the result is freed. */
MR_API const char *millrace_result_text(millrace_result *result, int64_t row, int column,
                                        size_t *len);
/* Boolean, integer, date, timestamp and interval (see millrace_kind); 0 for nulls and other kinds.
 */
MR_API int64_t millrace_result_int64(const millrace_result *result, int64_t row, int column);
/* Numbers of any kind, decimals rounded; 0 for nulls and what is no number. */
MR_API double millrace_result_double(const millrace_result *result, int64_t row, int column);
/* The rows as df.show(truncate=False) prints them; valid until the result is freed.  A string with
 * NUL in it ends the text early: see millrace_result_text(). */
MR_API const char *millrace_result_show(millrace_result *result);
/* Hands the rows to an Arrow library: a struct array with one child a column, copied.  The caller
 * releases both; they do not need the result or the session any more. */
MR_API millrace_status millrace_result_to_arrow(const millrace_result *result,
                                                struct ArrowSchema *schema,
                                                struct ArrowArray *array, millrace_error *err);

/* --- streaming queries ------------------------------------------------------------------------ */

typedef enum millrace_trigger {
    MILLRACE_TRIGGER_DEFAULT = 0,     /* a batch as soon as there is data */
    MILLRACE_TRIGGER_PROCESSING_TIME, /* every `interval` */
    MILLRACE_TRIGGER_AVAILABLE_NOW, /* what is there now, in as many batches as needed, then end */
    MILLRACE_TRIGGER_ONCE           /* one batch, then end */
} millrace_trigger;

/* df.writeStream; NULL = not given. */
typedef struct millrace_sink {
    size_t size;             /* sizeof(millrace_sink) */
    const char *format;      /* "console", "memory", "json", "csv", "text", ... */
    const char *output_mode; /* "append" (default), "update", "complete" */
    const char *checkpoint;  /* directory: where the query goes on after a stop */
    const char *query_name;  /* also the table a memory sink fills */
    const char *path;        /* of a file sink */
    millrace_trigger trigger;
    const char *interval; /* "5 seconds" */
    const char *const *partition_by;
    const char *const *options;
} millrace_sink;

/* Starts a streaming query; the frame may be freed.  NULL on failure.  Free the handle with
 * millrace_query_free(), which does not stop the query. */
MR_API millrace_query *millrace_start(const millrace_frame *frame, const millrace_sink *sink,
                                      millrace_error *err);
MR_API void millrace_query_free(millrace_query *query); /* NULL is allowed */
/* The id lives as long as the checkpoint, the run id as long as this run.  Name: "" = none. */
MR_API const char *millrace_query_id(const millrace_query *query);
MR_API const char *millrace_query_run_id(const millrace_query *query);
MR_API const char *millrace_query_name(const millrace_query *query);
MR_API bool millrace_query_is_active(millrace_query *query);
/* Waits until all input that is there now has been processed and written.  Returns the query's
 * error if it fails meanwhile. */
MR_API millrace_status millrace_query_process_all_available(millrace_query *query,
                                                            millrace_error *err);
/* Waits until the query ends, at most timeout_ms (< 0 = for ever).  *ended (may be NULL) says
 * whether it has.  A failed query's error is returned. */
MR_API millrace_status millrace_query_await(millrace_query *query, int64_t timeout_ms, bool *ended,
                                            millrace_error *err);
/* Stops the query and waits until it is idle.  Stopping twice is no error. */
MR_API millrace_status millrace_query_stop(millrace_query *query, millrace_error *err);
/* True, with *err filled, if the query has failed (STREAM_FAILED). */
MR_API bool millrace_query_exception(millrace_query *query, millrace_error *err);
/* The latest progress as the JSON Spark makes, or NULL before the first.  Valid until the next call
 * of this function on the handle, or until that is freed. */
MR_API const char *millrace_query_last_progress(millrace_query *query);

#ifdef __cplusplus
}
#endif

#endif /* MILLRACE_MILLRACE_H */
