/* metadata_log.h - Spark's small text logs: offsets/, commits/, sources/<i>/, _spark_metadata/.
 *
 * One file per id, named by it: a version line, then lines, no newline at the end.  Files are written
 * whole under a temporary name and appear by rename; an id that exists already means a second writer.
 */
#ifndef MR_CHECKPOINT_METADATA_LOG_H
#define MR_CHECKPOINT_METADATA_LOG_H

#include "os/file.h"

/* Ids found in a log directory, ascending; a missing directory has none.  Names that are no numbers are
 * ignored; `c.compact` counts as c. */
MR_NODISCARD mr_status mr_log_list(mr_os *os, const char *dir, mr_arena *arena, int64_t **ids, int *n,
                                   mr_error *err);
/* The newest id, or -1. */
MR_NODISCARD mr_status mr_log_latest(mr_os *os, const char *dir, int64_t *id, mr_error *err);
/* The text of an entry without its version line, which must be v1.  Empty file: MR_CORRUPT. */
MR_NODISCARD mr_status mr_log_read(mr_os *os, const char *dir, int64_t id, mr_arena *arena, mr_str *text,
                                   mr_error *err);
/* Adds an entry durably ("v1\n" + text); MR_CONFLICT (CONCURRENT_STREAM_LOG_UPDATE) if it exists. */
MR_NODISCARD mr_status mr_log_add(mr_os *os, const char *dir, int64_t id, mr_str text, mr_error *err);
/* Removes entries below `id`, and their checksum siblings. */
MR_NODISCARD mr_status mr_log_purge(mr_os *os, const char *dir, int64_t id, mr_error *err);

/* offsets/<n>: what batch n reads. */
typedef struct mr_log_conf {
    mr_str key, value;
} mr_log_conf;

typedef struct mr_offset_entry {
    int64_t watermark_ms;
    int64_t timestamp_ms;
    mr_log_conf *conf;
    int n_conf;
    mr_str *offsets; /* one line a source; "-" = none */
    int n_offsets;
} mr_offset_entry;

void mr_offset_entry_print(const mr_offset_entry *entry, mr_buf *out);
MR_NODISCARD mr_status mr_offset_entry_parse(mr_arena *arena, mr_str text, mr_offset_entry *out,
                                             mr_error *err);
/* The value of a conf key, or NULL. */
const mr_str *mr_offset_entry_conf(const mr_offset_entry *entry, const char *key);

/* commits/<n>: the watermark of batch n + 1. */
void mr_commit_entry_print(int64_t next_watermark_ms, mr_buf *out);
MR_NODISCARD mr_status mr_commit_entry_parse(mr_str text, int64_t *next_watermark_ms, mr_error *err);

/* A line of a file log: sources/<i>/<k> and <out>/_spark_metadata/<n>. */
typedef struct mr_file_entry {
    mr_str uri; /* as written: file:///abs/path, escaped */
    int64_t timestamp_ms; /* source: modification time; sink: modificationTime */
    int64_t batch_id;     /* source only */
    int64_t size;         /* sink only */
} mr_file_entry;

void mr_source_entry_print(const mr_file_entry *entry, mr_buf *out);
void mr_sink_entry_print(const mr_file_entry *entry, mr_buf *out);

typedef struct mr_file_entries {
    mr_file_entry *items; /* malloc'ed array; texts in the arena given */
    int n, capacity;
} mr_file_entries;

/* Everything a compactible log holds up to its newest id; *latest = -1 when it is empty.  A hole, or a
 * missing compact file, is MR_CORRUPT. */
MR_NODISCARD mr_status mr_file_log_read(mr_os *os, const char *dir, mr_arena *arena,
                                        mr_file_entries *out, int64_t *latest, mr_error *err);
/* Adds entry `id` with `mine` (all = every entry so far including mine, for compaction); the interval is
 * derived from the compact files that exist, else 10. */
MR_NODISCARD mr_status mr_file_log_add(mr_os *os, const char *dir, int64_t id, bool is_source,
                                       const mr_file_entry *mine, int n_mine,
                                       const mr_file_entries *all, mr_error *err);

#endif /* MR_CHECKPOINT_METADATA_LOG_H */
