/* metadata_log.h - Spark's text logs: offsets, commits, and the query's identity.
 *
 * A log is a directory with one file for each id.  A file is "v<version>\n" and lines, LF between
 * them, none behind the last; UTF-8.  Parsed text lives in the arena given; `name` is the file, for
 * messages.
 */
#ifndef MR_CHECKPOINT_METADATA_LOG_H
#define MR_CHECKPOINT_METADATA_LOG_H

#include "base/base.h"
#include "os/os.h"

/* --- the query: <checkpoint>/metadata ------------------------------------------------------------
 */

MR_NODISCARD mr_status mr_query_metadata_parse(mr_arena *arena, mr_str text, const char *name,
                                               mr_str *id, mr_error *err);
void mr_query_metadata_print(mr_str id, mr_buf *out);

/* --- offsets/N -----------------------------------------------------------------------------------
 */

typedef struct mr_log_conf {
    mr_str key;
    mr_str value;
} mr_log_conf;

typedef struct mr_offset_entry {
    int64_t watermark_ms; /* that batch N used */
    int64_t timestamp_ms; /* the batch's processing time */
    mr_log_conf *conf;    /* in the order of the file */
    int n_conf;
    mr_str *offsets; /* end of the batch, one a source in plan order; ptr NULL = none yet ("-") */
    int n_offsets;
} mr_offset_entry;

/* Version 1; version 2 is MR_UNSUPPORTED. */
MR_NODISCARD mr_status mr_offset_entry_parse(mr_arena *arena, mr_str text, const char *name,
                                             mr_offset_entry *out, mr_error *err);
void mr_offset_entry_print(const mr_offset_entry *entry, mr_buf *out);
/* The value of a key, ptr NULL when the entry has none: then Spark's rule is the legacy default. */
mr_str mr_offset_entry_conf(const mr_offset_entry *entry, const char *key);

/* --- commits/N -----------------------------------------------------------------------------------
 */

/* The watermark that batch N + 1 must use; 0 in old files without one.  Version 1 exactly. */
MR_NODISCARD mr_status mr_commit_entry_parse(mr_str text, const char *name, int64_t *watermark_ms,
                                             mr_error *err);
void mr_commit_entry_print(int64_t watermark_ms, mr_buf *out);

/* --- directories ---------------------------------------------------------------------------------
 */

/* A log file's name: decimal id, and ".compact" in the file logs.  False: not one of the log's. */
bool mr_log_name_parse(mr_str name, int64_t *id, bool *compact);

typedef struct mr_log_list {
    int64_t *ids; /* ascending */
    int n;
    int64_t last_compact[2]; /* the newest two compacted ids, -1 = none */
} mr_log_list;

/* The ids in a log directory; a missing directory is an empty log.  Other files are ignored. */
MR_NODISCARD mr_status mr_log_list_dir(mr_os *os, const char *dir, mr_arena *arena,
                                       mr_log_list *out, mr_error *err);
/* Reads <dir>/<id> (or <id>.compact).  MR_NOT_FOUND when it is not there; an empty file is
 * MR_CORRUPT. *path: its name, for messages. */
MR_NODISCARD mr_status mr_log_read(mr_os *os, const char *dir, int64_t id, bool compact,
                                   mr_arena *arena, mr_str *text, char **path, mr_error *err);
/* Writes <dir>/<id>, durably if `sync`; MR_CONFLICT when the id exists: somebody else runs the
 * query. */
MR_NODISCARD mr_status mr_log_write(mr_os *os, const char *dir, int64_t id, bool compact,
                                    mr_str text, bool sync, mr_error *err);

/* Splits "v<version>\n" off; *rest: the lines, ptr NULL when there are
 * none.  Errors name the file. */
MR_NODISCARD mr_status mr_log_version(mr_str text, const char *name, int *version, mr_str *rest,
                                      mr_error *err);
/* The same where only version 1 is read; `exact`: Spark reads no other one either. */
MR_NODISCARD mr_status mr_log_expect_v1(mr_str text, const char *name, bool exact, mr_str *rest,
                                        mr_error *err);

#endif /* MR_CHECKPOINT_METADATA_LOG_H */
