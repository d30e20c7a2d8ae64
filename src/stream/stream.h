/* stream.h - the life of a streaming query: triggers, offsets, batches, watermarks, recovery,
 * progress.
 *
 *     open (recover) -> start -> ... coordinator thread: construct, run, commit ... -> stop ->
 * close
 *
 * A batch N is durable in this order: sources/<i>/<k>, offsets/N, state N+1, the sink's own log,
 * commits/N.  After a failure at any point the next start runs N again with the logged offsets,
 * watermark and timestamp.
 *
 * Threads: one coordinator per query; every function here may be called from any thread.
 */
#ifndef MR_STREAM_STREAM_H
#define MR_STREAM_STREAM_H

#include "run/run.h"
#include "sink/sink.h"

typedef struct mr_stream mr_stream;

typedef enum mr_stream_trigger {
    MR_STREAM_PROCESSING_TIME, /* interval_ms, 0 = as soon as there is data */
    MR_STREAM_ONCE,
    MR_STREAM_AVAILABLE_NOW
} mr_stream_trigger;

/* Kinds of events, as mr_listener_fn numbers them. */
enum { MR_EVENT_STARTED = 0, MR_EVENT_PROGRESS = 1, MR_EVENT_TERMINATED = 2, MR_EVENT_IDLE = 3 };

typedef struct mr_stream_config {
    mr_os *os;
    mr_pool *pool;
    mr_str name; /* empty = none */
    const mr_physical *physical;
    const mr_type *schema; /* of the result */
    int mode;              /* mr_output_mode: 1 append, 2 update, 3 complete */
    mr_stream_trigger trigger;
    int64_t interval_ms;
    const char *checkpoint; /* directory */
    bool is_temporary;      /* delete the checkpoint after a clean stop */
    bool can_resume; /* false: the sink cannot go on from old offsets (memory, not complete) */
    const mr_sink_ops *sink_ops;
    mr_sink_config sink;
    const mr_zone *zone;
    bool case_sensitive, legacy_time;
    mr_str corrupt_column;
    int shuffle_partitions; /* for a new query; a checkpoint's own number wins */
    mr_str state_codec;     /* likewise; empty = lz4 */
    mr_str state_provider;  /* likewise: the class that keeps state; empty = the HDFS-backed one */
    bool no_data_batches;
    bool policy_max;     /* multipleWatermarkPolicy */
    size_t direct_bytes; /* of mr_publisher_config */
    bool is_inline;      /* state is published by the coordinator, not by a thread (simulation) */
    int min_batches_to_retain;
    int64_t idle_event_ms;                            /* noDataProgressEventInterval */
    void (*event)(void *data, int kind, mr_str json); /* on the coordinator's thread */
    void *event_data;
} mr_stream_config;

/* Makes the query's identity and reads its checkpoint.  Takes over `arena`, which holds the plans
 * and everything the config points to.  Errors end the call and free the arena. */
MR_NODISCARD mr_status mr_stream_open(const mr_stream_config *config, mr_arena *arena,
                                      mr_stream **out, mr_error *err);
MR_NODISCARD mr_status mr_stream_start(mr_stream *stream, mr_error *err);
/* Asks the coordinator to end and waits for it. */
void mr_stream_stop(mr_stream *stream);
void mr_stream_close(mr_stream *stream); /* stops first */

mr_str mr_stream_id(const mr_stream *stream);
mr_str mr_stream_run_id(const mr_stream *stream);
mr_str mr_stream_name(const mr_stream *stream);
bool mr_stream_is_active(mr_stream *stream);
/* Publishes what the journal of a checkpoint holds, while no query runs on it (MR_CONFLICT
 * otherwise), so that a real Spark can go on.  *version: the state that the next batch reads;
 * *had_journal: there was something to look at. */
MR_NODISCARD mr_status mr_stream_publish(mr_os *os, const char *checkpoint, int64_t *version,
                                         bool *had_journal, mr_error *err);
/* The failure, if the query ended with one. */
bool mr_stream_failed(mr_stream *stream, mr_error *err);
/* Waits for the end; false = timeout (timeout_ms < 0: none) or cancelled. */
bool mr_stream_await(mr_stream *stream, int64_t timeout_ms, const mr_flag *cancel);
/* Waits until a look at the sources found nothing new, or the query ended. */
void mr_stream_process_all(mr_stream *stream, const mr_flag *cancel);
void mr_stream_status(mr_stream *stream, char *message, size_t size, bool *has_data,
                      bool *is_triggered);
/* Progress texts, oldest first; at most 99 are kept. */
int mr_stream_progress(mr_stream *stream, mr_arena *arena, mr_str **out);

#endif /* MR_STREAM_STREAM_H */
