/* file_source.h - directories of files: listing, which are new, the source log.
 *
 * A streaming source remembers every file it has ever handed out (the log under sources/<i>/, one
 * entry a batch that found files); its offset is the newest log id.  Order of calls:
 *
 *     open -> ( latest | files )* -> close
 *
 * Threads: one at a time (the query's coordinator).
 */
#ifndef MR_SOURCE_FILE_SOURCE_H
#define MR_SOURCE_FILE_SOURCE_H

#include "checkpoint/file_entries.h"
#include "format/format.h"
#include "os/file.h"

typedef struct mr_listed_file {
    char *path;
    int64_t mtime_ms;
    int64_t size;
} mr_listed_file;

/* Lists the data files of a path, directory or glob (not hidden; `_spark_metadata` logs of a file
 * sink are obeyed), sorted by path.  MR_NOT_FOUND-like PATH_NOT_FOUND if nothing matches. */
MR_NODISCARD mr_status mr_file_list(mr_os *os, mr_str path, const mr_options *options,
                                    mr_arena *arena, mr_listed_file **out, int *n, mr_error *err);

typedef struct mr_file_source mr_file_source;

/* log_dir: sources/<i> of the checkpoint; read back if it exists.  Errors as Spark: options out of
 * range (IllegalArgumentException), PATH_NOT_FOUND, a log with holes. */
MR_NODISCARD mr_status mr_file_source_open(mr_os *os, mr_str path, const mr_options *options,
                                           const char *log_dir, mr_file_source **out,
                                           mr_error *err);
void mr_file_source_close(mr_file_source *source);
/* "FileStreamSource[file:/path]" */
mr_str mr_file_source_description(const mr_file_source *source);

/* Looks for new files and, if there are any, appends one log entry (durable) and moves the offset
 * on. unlimited: rate limits do not apply (trigger once).  Returns the offset: -1 = no file ever.
 */
MR_NODISCARD mr_status mr_file_source_latest(mr_file_source *source, bool unlimited,
                                             int64_t *offset, mr_error *err);
/* The offset without looking. */
int64_t mr_file_source_offset(const mr_file_source *source);
/* Takes a snapshot of the directory now: later looks see only its files (availableNow). */
MR_NODISCARD mr_status mr_file_source_prepare(mr_file_source *source, mr_error *err);
/* The files of log entries in (start, end]. */
MR_NODISCARD mr_status mr_file_source_files(mr_file_source *source, int64_t start, int64_t end,
                                            mr_arena *arena, mr_listed_file **out, int *n,
                                            mr_error *err);
/* The batch up to `end` is durable downstream: cleanSource acts on its files.  Only a failed sync
 * of the archive is an error. */
MR_NODISCARD mr_status mr_file_source_commit(mr_file_source *source, int64_t end, mr_error *err);
/* The directory to watch for changes. */
const char *mr_file_source_directory(const mr_file_source *source);

#endif /* MR_SOURCE_FILE_SOURCE_H */
