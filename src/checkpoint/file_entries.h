/* file_entries.h - a whole file log in memory: read back at a start, one entry added at a time. */
#ifndef MR_CHECKPOINT_FILE_ENTRIES_H
#define MR_CHECKPOINT_FILE_ENTRIES_H

#include "os/os.h"

typedef struct mr_file_entry {
    mr_str uri;           /* as written: file:///abs/path, escaped */
    int64_t timestamp_ms; /* modification time */
    int64_t log_id;       /* source log: the entry that introduced it */
    int64_t size;         /* sink log */
} mr_file_entry;

typedef struct mr_file_entries {
    mr_file_entry *items; /* malloc'ed; texts live in an arena of the caller */
    int n, capacity;
} mr_file_entries;

void mr_file_entries_free(mr_file_entries *entries);
/* Reads everything a log holds; *latest = -1 when it is empty.  A hole or a missing compaction is
 * an error that names the file. */
MR_NODISCARD mr_status mr_file_entries_read(mr_os *os, const char *dir, bool is_source,
                                            mr_arena *arena, mr_file_entries *out, int64_t *latest,
                                            mr_error *err);
/* Adds log id `id` durably with the entries from `first` on; a compaction holds all of them.
 * MR_CONFLICT if the id exists. */
MR_NODISCARD mr_status mr_file_entries_add(mr_os *os, const char *dir, bool is_source, int64_t id,
                                           const mr_file_entries *entries, int first,
                                           mr_error *err);
/* Removes plain log files (offsets/, commits/) with ids below `below` and their checksum siblings.
 */
MR_NODISCARD mr_status mr_log_purge(mr_os *os, const char *dir, int64_t below, mr_error *err);

#endif /* MR_CHECKPOINT_FILE_ENTRIES_H */
