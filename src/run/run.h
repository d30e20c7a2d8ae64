/* run.h - executes one physical plan once, over lanes: a micro-batch and a batch query alike.
 *
 * The files of a scan are cut into lanes, contiguous byte ranges in file order whose number follows
 * from the sizes alone, so that a replay gives the same rows in the same lanes.
 */
#ifndef MR_RUN_RUN_H
#define MR_RUN_RUN_H

#include "operator/operator.h"
#include "os/os.h"

/* One input file; the path stays valid during the run. */
typedef struct mr_run_file {
    const char *path;
    int64_t size; /* bytes, as listed */
    int64_t mtime_ms;
} mr_run_file;

typedef struct mr_run_input {
    const mr_run_file *files;
    int n;
} mr_run_input;

/* What is run, and with what; the caller fills it and keeps it until mr_run_execute returns. */
typedef struct mr_run {
    mr_os *os;
    mr_pool *pool;
    const mr_physical *physical;
    const mr_run_input *inputs; /* one a scan */
    const mr_zone *zone;        /* session settings that decoders take */
    bool case_sensitive;
    bool legacy_time;
    mr_str corrupt_column;
    int64_t batch_time_us;
    mr_agg_state *const *agg_states;     /* by operator id, or NULL */
    mr_limit_state *const *limit_states; /* by operator id, or NULL */
    const mr_flag *cancel;               /* or NULL */
    const struct mr_run_text *text;      /* or NULL: rows only by the callback */
} mr_run;

/* Where rows become bytes: many rows may come this way instead of through the callback, encoded on
 * the pool's threads and appended in their order. */
typedef struct mr_run_text {
    mr_status (*encode)(void *data, const mr_batch *batch, mr_buf *out, mr_error *err);
    mr_status (*append)(void *data, mr_str bytes, int64_t rows, mr_error *err); /* one at a time */
} mr_run_text;

typedef struct mr_run_stats {
    mr_event_stats *event_stats; /* by watermark id; the caller's, zeroed */
    int64_t *scan_rows;          /* by scan id; the caller's, zeroed */
} mr_run_stats;

typedef mr_status (*mr_run_rows)(void *data, const mr_batch *batch, mr_error *err);

/* Pulls the plan to its end on the calling thread; lanes of aggregations run on the pool.  `rows`
 * gets every batch that has rows (borrowed for the call).  Files that vanished: FAILED_READ_FILE...
 */
MR_NODISCARD mr_status mr_run_execute(const mr_run *run, mr_run_stats *stats, mr_run_rows rows,
                                      void *data, mr_error *err);

/* Checks a scan's format, options and schema by opening a reader. */
MR_NODISCARD mr_status mr_run_check_scan(const mr_run *run, const mr_scan *scan, mr_error *err);

#endif /* MR_RUN_RUN_H */
