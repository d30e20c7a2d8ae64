/* spec.h - physical plans: constant operator specs with compiled programs. */
#ifndef MR_PHYSICAL_SPEC_H
#define MR_PHYSICAL_SPEC_H

#include "expr/program.h"
#include "plan/logical.h"

typedef struct mr_spec mr_spec;

/* An aggregate call: its function and where its arguments sit in the aggregate's program. */
typedef struct mr_spec_agg {
    const mr_function *function;
    const mr_fn_bound *bound;
    int first_arg; /* index of the first argument among the program's results */
    int n_args;
    int filter; /* index of the FILTER condition, or -1 */
} mr_spec_agg;

/* One condition of a filter that belongs to the scan: it is tested only in records that have all
 * its columns. */
typedef struct mr_spec_test {
    const mr_program *program;
    const int32_t *columns;
    int n_columns;
} mr_spec_test;

struct mr_spec {
    mr_logical_kind kind;
    const mr_spec *const *inputs;
    int n_inputs;
    const mr_type *schema;   /* of the output batches */
    const int32_t *attr_ids; /* one per column */
    const mr_program
        *program; /* PROJECT: the columns; FILTER: the condition; WINDOW: the time;
                     AGGREGATE: keys, then arguments and filters; SORT, DEDUPLICATE: keys */
    int n_results;
    const mr_scan *scan;       /* SCAN */
    int scan_id;               /* SCAN: its place among all scans, top-down */
    bool is_pushed;            /* FILTER: part of the scan below, whose rows are counted behind it
                                  (numInputRows) */
    const mr_spec_test *tests; /* FILTER, is_pushed: its conjuncts */
    int n_tests;
    int watermark_id; /* WATERMARK: its place among the watermark nodes */
    int time_column;  /* WATERMARK: column of the event time */
    int64_t delay_ms;
    int64_t width_us, slide_us, start_us;
    int generate_flags; /* GENERATE: MR_GENERATE_*; its new columns are the last n_generated */
    int n_generated;
    int n_keys; /* AGGREGATE */
    const mr_type *const *key_types;
    const mr_field *key_fields; /* names, types, nullability: the state's key schema */
    const mr_spec_agg *aggs;
    int n_aggs;
    int time_key;           /* AGGREGATE: key with the event-time marker, or -1 */
    int operator_id;        /* AGGREGATE, streaming: state/<id>; -1 in a batch */
    const bool *descending; /* SORT: one a key */
    const bool *nulls_first;
    int64_t count; /* LIMIT, OFFSET, TAIL */
    int64_t start, end, step;
    const mr_batch *rows; /* LOCAL */
};

typedef struct mr_physical {
    const mr_spec *root;
    int n_scans;
    const mr_spec **scans; /* by scan_id */
    int n_sources;         /* streaming scans */
    int n_watermarks;
    const mr_spec **watermarks;
    bool redefines_watermark; /* one stands above another */
    const char *event_times;  /* "ts#3-T60000ms,window#5-T60000ms": keys of one aggregation that all
                                 carry the marker; NULL = there are no two */
    int n_stateful;
    const mr_spec **stateful; /* by operator_id: the one nearest the sink is 0 */
} mr_physical;

/* Makes the physical plan in `arena`, which (with the logical plan's) must outlive it. */
MR_NODISCARD mr_status mr_physical_plan(const mr_logical *plan, mr_arena *arena, mr_physical **out,
                                        mr_error *err);

#endif /* MR_PHYSICAL_SPEC_H */
