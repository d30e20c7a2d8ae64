/* stream_priv.h - what the files of this room share about one query. */
#ifndef MR_STREAM_PRIV_H
#define MR_STREAM_PRIV_H

#include <pthread.h>

#include "source/file_source.h"
#include "state/agg_store.h"
#include "state/limit_store.h"
#include "stream/stream.h"

#define PROGRESS_KEPT 99

typedef struct stream_operator { /* one stateful operator */
    mr_stream *stream;
    const mr_spec *spec;
    bool is_limit;
    mr_groups_spec groups_spec;
    mr_agg_store *store; /* or limit_store */
    mr_limit_store *limit_store;
    mr_agg_state state;
    mr_limit_state limit;
    char *dir;
} stream_operator;

typedef struct stream_timing { /* durationMs of a trigger, in microseconds */
    int64_t latest_offset, planning, get_batch, wal_commit, add_batch, commit_offsets, trigger;
} stream_timing;

struct mr_stream {
    mr_stream_config config;
    mr_arena *arena;
    mr_arena *batch_arena;
    char id[37], run_id[37];
    char *offsets_dir, *commits_dir;
    mr_file *lock_file;

    mr_file_source **sources; /* by source index = scan id order */
    const mr_spec **source_specs;
    int n_sources;
    mr_run_input *inputs; /* by scan id */
    stream_operator *operators;
    int n_operators;
    mr_agg_state **agg_states;
    mr_limit_state **limit_states;
    mr_publisher *publisher; /* NULL without stateful operators */
    mr_sink *sink;
    int n_partitions;
    mr_state_codec codec;

    int64_t batch_id;          /* of the next batch */
    bool must_rerun;           /* its offsets are logged already */
    int64_t *start, *end;      /* offsets per source, -1 = none */
    int64_t watermark_ms;      /* the next batch's */
    int64_t last_watermark_ms; /* the batch before it used */
    int64_t batch_time_ms;
    int64_t *node_watermarks; /* per watermark node, INT64_MIN = unknown */
    mr_event_stats *event_stats;
    int64_t *scan_rows;
    bool has_run;             /* a batch ran since this start */
    int64_t ran_watermark_ms; /* that it ran with */
    bool is_postponed;        /* what the batch changed has not been taken down */
    bool is_holding; /* the batch before is computed and waits to be committed with this one */
    bool must_hold;  /* the batch to run again was held, and the next one is logged */
    int64_t paired_time_ms, paired_watermark_ms; /* of that next one */
    mr_buf held_report;                          /* of the batch that is held */

    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    mr_flag must_stop;
    bool is_active;
    mr_watch *watch;      /* of the sources' directories, or NULL */
    int64_t look_cost_us; /* of the last look that found nothing */
    bool must_look;       /* somebody waits for everything to be processed */
    uint64_t looks;       /* times a look found nothing */
    bool has_failed;
    mr_error *failure;
    mr_status ready; /* what recovery came to: a query that cannot run ends with `failure` */
    char message[512];
    bool has_data, is_triggered;
    mr_str progress[PROGRESS_KEPT];
    int n_progress, first_progress;
    stream_timing timing;
    int64_t trigger_start_us, last_trigger_us, last_event_us;
    char *texts[PROGRESS_KEPT]; /* malloc'ed bodies of progress */
};

/* recover.c: one run at a time uses a checkpoint. */
mr_status stream_lock(mr_os *os, const char *checkpoint, mr_file **out, mr_error *err);
/* The checkpoint to the state before the next batch. */
mr_status stream_recover(mr_stream *s, mr_error *err);
/* ... and the state of its operators, on the coordinator: what is wrong with it fails the query. */
mr_status stream_open_operators(mr_stream *s, mr_error *err);
/* batch.c: looks for data and, if a batch is due, runs it; *ran tells. */
mr_status stream_trigger(mr_stream *s, bool *ran, mr_error *err);
/* batch.c: is a batch without input due that lets state act on the new watermark (WM-09)? */
bool stream_wants_no_data_batch(const mr_stream *s);
/* ... and is there input behind this batch?  What is found waits in the source's log. */
MR_NODISCARD mr_status stream_has_more(mr_stream *s, bool *has_data, mr_error *err);
/* pair.c: takes down what a batch changed, or postpones that. */
MR_NODISCARD mr_status stream_keep_changes(void *op, const mr_groups *groups, const int32_t *closed,
                                           int32_t n_closed, mr_error *err);
/* After a batch: holds it if it is to be committed with the next one (s->is_holding), else takes
 * down what was postponed. */
MR_NODISCARD mr_status stream_settle_postponed(mr_stream *s, mr_error *err);
/* Fails: running a pair again came to something else. */
MR_NODISCARD mr_status stream_other_pair(const mr_stream *s, mr_error *err);
/* The pair is committed: also the entry of the first one. */
MR_NODISCARD mr_status stream_end_pair(mr_stream *s, mr_error *err);
/* Was the newest but one of the logged batches held, and neither committed?  If both are, the entry
 * of the first one in commits/ is seen to. */
MR_NODISCARD mr_status stream_find_pair(mr_os *os, const char *checkpoint, mr_arena *arena,
                                        int64_t latest, int64_t committed, bool *in_flight,
                                        mr_error *err);
/* When no query runs: a pair in flight is committed or taken back, by what the sink's log says. */
MR_NODISCARD mr_status stream_publish_pair(mr_os *os, const char *checkpoint, mr_arena *arena,
                                           mr_error *err);
/* progress.c */
/* The batch held makes its report when the pair is committed. */
void stream_hold_report(mr_stream *s);
void stream_report(mr_stream *s, bool ran);
void stream_report_started(mr_stream *s);
void stream_report_terminated(mr_stream *s);
/* stream.c */
/* The first source that is the same as source i: scans may share one. */
int stream_first_of(const mr_stream *s, int i);
void stream_say(mr_stream *s, const char *message, bool has_data, bool is_triggered);

#endif /* MR_STREAM_PRIV_H */
