/* file_log.h - the logs that list files: sources/<i> of the file source, _spark_metadata of the
 * file sink.
 *
 * "v1" and one JSON object a line.  Every interval-th file is a compaction: it is named
 * <id>.compact and holds all lines since the beginning.
 */
#ifndef MR_CHECKPOINT_FILE_LOG_H
#define MR_CHECKPOINT_FILE_LOG_H

#include "base/base.h"

typedef struct mr_source_file {
    mr_str path; /* the URI as it was written: Spark compares it as text */
    int64_t timestamp_ms;
    int64_t log_id;
} mr_source_file;

typedef struct mr_sink_file {
    mr_str path;
    int64_t size;
    bool is_dir;
    int64_t modified_ms;
    int32_t replication;
    int64_t block_size;
    mr_str action; /* "add" */
} mr_sink_file;

/* Splits the header off a file's text; then call the next functions until *end. */
MR_NODISCARD mr_status mr_file_log_open(mr_str text, const char *name, mr_str *rest, mr_error *err);
/* Strings go to `arena`. */
MR_NODISCARD mr_status mr_file_log_next_source(mr_arena *arena, mr_str *rest, const char *name,
                                               mr_source_file *out, bool *end, mr_error *err);
MR_NODISCARD mr_status mr_file_log_next_sink(mr_arena *arena, mr_str *rest, const char *name,
                                             mr_sink_file *out, bool *end, mr_error *err);
/* "v1"; then entries, each preceded by its '\n'. */
void mr_file_log_start(mr_buf *out);
void mr_file_log_put_source(const mr_source_file *file, mr_buf *out);
void mr_file_log_put_sink(const mr_sink_file *file, mr_buf *out);

/* Is `id` a compaction: (id + 1) % interval == 0. */
bool mr_file_log_is_compact(int64_t id, int64_t interval);
/* The first id to read so that all entries up to `latest` are seen: a compaction, or 0. */
int64_t mr_file_log_first(int64_t latest, int64_t interval);
/* The interval in force: what the newest two compactions on disk (-1 = none) say, else
 * `configured`. */
int64_t mr_file_log_interval(const int64_t last_compact[2], int64_t configured);

#endif /* MR_CHECKPOINT_FILE_LOG_H */
