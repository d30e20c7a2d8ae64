/* sink.h - where the rows of a batch go: console, memory, files, nowhere.
 *
 * Order of calls, for every batch id:   begin -> add* -> commit, or begin -> hold for a batch
 * without rows that the next batch's commit commits too.   begin may say that the batch was shown
 * already (a replay after a crash): its rows are then computed but not added.
 *
 * Threads: one at a time (the query's coordinator); tables may be read by anyone.
 */
#ifndef MR_SINK_SINK_H
#define MR_SINK_SINK_H

#include "format/format.h"
#include "os/os.h"
#include "value/zone.h"

typedef struct mr_sink mr_sink;
typedef struct mr_table mr_table;

typedef struct mr_sink_config {
    mr_os *os;
    const mr_type *schema;
    mr_options options;
    const mr_zone *zone;
    bool is_complete;           /* output mode complete: a batch replaces what was there */
    mr_str format;              /* file sink: "json", "csv", "text" */
    const char *path;           /* file sink: directory */
    const mr_str *partition_by; /* its partition columns, all in the schema */
    int n_partition_by;
    mr_table *table; /* memory sink: [borrowed], must outlive the sink */
    void (*console)(void *data, mr_str text);
    void *console_data;
} mr_sink_config;

typedef struct mr_sink_ops {
    const char *name;
    size_t instance_size; /* of the struct whose first member is an mr_sink */
    bool counts_rows;     /* numOutputRows is known; else -1 is reported */
    mr_status (*open)(mr_sink *sink, mr_error *err);
    mr_status (*begin)(mr_sink *sink, int64_t batch_id, bool *is_shown, mr_error *err);
    mr_status (*add)(mr_sink *sink, const mr_batch *batch, mr_error *err);
    mr_status (*commit)(mr_sink *sink, int64_t batch_id, mr_error *err);
    mr_status (*hold)(mr_sink *sink, int64_t batch_id, mr_error *err); /* or NULL */
    /* Rows as bytes, on any thread, and the bytes of many rows appended; or NULL. */
    mr_status (*encode)(const mr_sink *sink, const mr_batch *batch, mr_buf *out, mr_error *err);
    mr_status (*append)(mr_sink *sink, mr_str bytes, mr_error *err);
    void (*close)(mr_sink *sink);
} mr_sink_ops;

struct mr_sink {
    const mr_sink_ops *ops;
    mr_sink_config config;
    mr_arena *arena;
    mr_str description; /* as progress shows it */
    const char *log;    /* of sinks that hold: the directory of the log that says what counts */
    int64_t rows;       /* of the current batch */
    bool is_shown;
};

extern const mr_sink_ops mr_sink_console;
extern const mr_sink_ops mr_sink_memory;
extern const mr_sink_ops mr_sink_file;
extern const mr_sink_ops mr_sink_parts; /* files below directories named by partition_by */
extern const mr_sink_ops mr_sink_noop;

/* [owned] until mr_sink_close().  Errors: a schema the format cannot write, bad options. */
MR_NODISCARD mr_status mr_sink_open(const mr_sink_ops *ops, const mr_sink_config *config,
                                    mr_sink **out, mr_error *err);
void mr_sink_close(mr_sink *sink); /* NULL is allowed */
MR_NODISCARD mr_status mr_sink_begin(mr_sink *sink, int64_t batch_id, mr_error *err);
MR_NODISCARD mr_status mr_sink_add(mr_sink *sink, const mr_batch *batch, mr_error *err);
/* The other way to add rows: encode them, on several threads at once if wanted, then append the
 * bytes in order.  mr_sink_encodes: can it? */
bool mr_sink_encodes(const mr_sink *sink);
MR_NODISCARD mr_status mr_sink_encode(const mr_sink *sink, const mr_batch *batch, mr_buf *out,
                                      mr_error *err);
MR_NODISCARD mr_status mr_sink_append(mr_sink *sink, mr_str bytes, int64_t rows, mr_error *err);
MR_NODISCARD mr_status mr_sink_commit(mr_sink *sink, int64_t batch_id, mr_error *err);
/* Instead of the commit of a batch without rows: the next commit commits it first.  Only sinks that
 * mr_sink_holds(). */
bool mr_sink_holds(const mr_sink *sink);
MR_NODISCARD mr_status mr_sink_hold(mr_sink *sink, int64_t batch_id, mr_error *err);

/* For sinks that write files: the format's writer of the schema with the sink's options.  What the
 * format cannot write is refused when the first batch begins, as in Spark (at_begin), what this
 * build cannot do when the sink is opened; *out stays NULL in between. */
MR_NODISCARD mr_status mr_sink_writer(const mr_sink *sink, const mr_format *format,
                                      const mr_type *schema, bool at_begin, mr_writer **out,
                                      mr_error *err);

/* A table in memory: whole batches of rows, appended or replaced, read as one consistent state.
 * Reference-counted, thread-safe. */
mr_table *mr_table_new(const mr_type *schema);
mr_table *mr_table_ref(mr_table *table);
void mr_table_unref(mr_table *table);
/* All rows as one dense batch copied into `arena`. */
mr_batch *mr_table_read(mr_table *table, mr_arena *arena);
const mr_type *mr_table_schema(const mr_table *table);
/* Appends (or, replace, puts instead) the rows, copied. */
void mr_table_write(mr_table *table, const mr_batch *const *batches, int n, bool replace);
int64_t mr_table_rows(mr_table *table);

#endif /* MR_SINK_SINK_H */
