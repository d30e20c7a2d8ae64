/* fault.h - whole queries on a simulated machine that fails, loses power and is started again.
 *
 *     cases.c    the queries and their input
 *     world.c    one machine, one query on it, driven to the end through one disturbance
 *     outcome.c  what the machine holds afterwards: visible rows, state, logs
 *     sweep.c    the undisturbed outcome against every disturbance at every I/O point
 */
#ifndef MR_FAULT_H
#define MR_FAULT_H

#include "format/format.h"
#include "os/sim.h"
#include "stream/stream.h"
#include "task/pool.h"

#define FAULT_IN    "/in"
#define FAULT_MOUNT "/mnt" /* another file system */
#define FAULT_OUT   FAULT_MOUNT "/out"
#define FAULT_CKPT  "/ckpt"
#define FAULT_OLD   "/old" /* cleanSource's archive */

#define NO_PAIRS (-1)

typedef enum fault_style {
    FAULT_STEPS,    /* a file appears, the query runs until nothing is left (availableNow) */
    FAULT_STANDING, /* all files are there from the start (availableNow) */
    FAULT_LIVE      /* the query stays up while files appear */
} fault_style;

typedef struct fault_case {
    const char *name;
    const char *sql;               /* over `events` */
    const char *format;            /* of the input: ts TIMESTAMP, k STRING, v INT, d DOUBLE */
    const char *delay;             /* of the watermark on ts; NULL = none */
    int mode;                      /* mr_output_mode */
    const char *sink;              /* format of the file sink; NULL = the recorder */
    const char *partition_by;      /* a column that the sink makes directories of; NULL = none */
    const mr_option_pair *options; /* of the source */
    int n_options;
    int n_sources; /* all of the same directory; 0 = 1 */
    fault_style style;
    int n_files;
    void (*make_file)(int k, mr_buf *out); /* k == n_files: the closing file */
    int partitions;
    int tick_us;      /* an I/O call's time: state is published once a second, or in a pause */
    int retain;       /* minBatchesToRetain */
    int direct_bytes; /* batches that change more skip the journal; 0 = none is so large */
    bool packs;       /* in the end both kinds of packed state files are there */
    int pairs;        /* in the end so many versions lack their predecessor; NO_PAIRS, or 0 = any */
    bool publishes;   /* the journal is published between the query's lives */
    bool by_batch;    /* every batch must show the same rows as in the undisturbed run */
    int want_rows;    /* of the undisturbed run, so that it is not empty by mistake */
    int sparse;       /* sample this many times more thinly: 1 = as the others */
} fault_case;

extern const fault_case fault_cases[];
extern const int fault_n_cases;

/* What goes wrong in a run; all zero = nothing. */
typedef struct fault_plan {
    uint64_t point;     /* I/O point of the query, from 1; 0 = undisturbed */
    bool is_read;       /* `point` counts calls that only look: that one fails */
    bool is_error;      /* the call fails; else the process ends there */
    mr_sim_fault error; /* how */
    bool forever;       /* and every later call until the query has ended */
    mr_sim_loss loss;   /* what else goes when the process ends; after an error: MR_SIM_POWER = the
                           power goes after the query ended */
    uint64_t again;     /* the process ends once more, this many points after the restart */
    mr_sim_loss loss_again; /* and what goes then */
    bool is_chaos;          /* instead of all that: a dozen times anything, by seed and point */
    const char *ignored;    /* pattern of syncs that do nothing (os/sim.h); NULL = none */
    uint64_t seed;
} fault_plan;

/* One thing that goes wrong. */
typedef struct fault_blow {
    uint64_t at; /* I/O point of the query, or read; 0 = nowhere */
    bool is_read, is_error;
    mr_sim_fault error;
    bool forever;
    mr_sim_loss loss;
} fault_blow;

/* A sink outside the machine that takes each batch at once and by its id. */
typedef struct fault_recorder {
    mr_sim *sim;
    mr_str *batches; /* by batch id; malloc'ed texts, ptr NULL = never shown */
    int n, capacity;
    char complaint[512];
} fault_recorder;

extern const mr_sink_ops fault_recorder_ops;

typedef struct fault_world {
    const fault_case *c;
    fault_plan plan;
    mr_sim *sim;
    mr_os *os;
    mr_pool *pool;
    fault_recorder recorder;
    uint64_t passed, reads; /* I/O points and reads of the query so far */
    uint64_t reads_began;
    uint64_t life_began; /* on the machine's own count */
    fault_blow blow;     /* the next one */
    int n_blows;
    int starts;           /* since the last file came */
    char strike[256];     /* what was hit */
    char complaint[2048]; /* empty: all is well */
} fault_world;

/* A new machine, without input. */
void fault_world_open(fault_world *w, const fault_case *c, const fault_plan *plan, mr_pool *pool);
void fault_world_close(fault_world *w);
/* Runs to the end, restarting as often as need be. */
void fault_world_run(fault_world *w);
/* Opens the query's stream on the machine; not started. */
MR_NODISCARD mr_status fault_world_stream(fault_world *w, mr_stream_trigger trigger,
                                          mr_stream **out, mr_error *err);
/* Keeps the first complaint. */
void fault_complain(fault_world *w, const char *format, ...) MR_PRINTF(2, 3);

/* What a run leaves, as sorted lines. */
typedef struct fault_outcome {
    mr_buf rows;
    mr_buf state;
    int n_rows;
    int n_deltas, n_snapshots; /* of the first state's first partition; snapshots without a delta of
                                  the same version */
    int n_skipped;             /* and those without any file of the version before */
} fault_outcome;

/* Reads rows and state back and checks every log; complains in `w`. */
void fault_outcome_read(fault_world *w, fault_outcome *out);
void fault_outcome_free(fault_outcome *out);
/* Sorts the lines of a text. */
void fault_sort_lines(mr_buf *text);
/* Rows as JSON lines. */
MR_NODISCARD mr_status fault_put_rows(const mr_batch *batch, mr_buf *out, mr_error *err);

#endif /* MR_FAULT_H */
