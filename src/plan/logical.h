/* logical.h - logical plans: resolved operators over attribute ids. */
#ifndef MR_PLAN_LOGICAL_H
#define MR_PLAN_LOGICAL_H

#include "plan/expr.h"

typedef struct mr_logical mr_logical;

typedef enum mr_logical_kind {
    MR_L_SCAN = 1,  /* files, streaming or not: scan */
    MR_L_LOCAL,     /* rows: a batch owned by the plan arena or by a table */
    MR_L_RANGE,     /* start, end, step */
    MR_L_ONE_ROW,   /* SELECT without FROM */
    MR_L_PROJECT,   /* exprs: ATTR or ALIAS */
    MR_L_FILTER,    /* exprs[0] */
    MR_L_WATERMARK, /* attr_id, delay_ms; node_id = position among watermark nodes */
    MR_L_WINDOW, /* assigns time windows: adds attribute window_id, a row may appear several times;
                    exprs[0] = time; width, slide, start; rows with null time dropped */
    MR_L_GENERATE,  /* a row for every element of the list exprs[0]: adds generated[] */
    MR_L_AGGREGATE, /* groups: exprs (ATTR or ALIAS), aggs: MR_E_AGGREGATE aliases in buffer order
                     */
    MR_L_SORT,      /* orders */
    MR_L_LIMIT,     /* count */
    MR_L_OFFSET,
    MR_L_TAIL,
    MR_L_UNION,      /* inputs */
    MR_L_DEDUPLICATE /* batch only: keys = exprs */
} mr_logical_kind;

/* A file relation. */
typedef struct mr_scan {
    bool is_streaming;
    mr_str format;
    mr_options options; /* the user's */
    mr_str *paths;      /* as the user gave them */
    int n_paths;
    const mr_type *schema; /* data columns, all nullable for streams; the last n_file_columns say
                              where a row comes from: _metadata, input_file_name() ... */
    int n_file_columns;
    uint8_t *needed;      /* one byte a field, set by optimize (column pruning) */
    int corrupt_index;    /* field of corrupt records, -1 = none; CSV: all are needed then */
    bool is_only_corrupt; /* nothing else of it is read, which Spark refuses when it runs */
    int source_index;     /* order among streaming sources of the plan: sources/<i> */
} mr_scan;

#define MR_GENERATE_OUTER    1 /* a row with nulls for an empty list */
#define MR_GENERATE_POSITION 2 /* the first generated column counts the elements from 0 */
#define MR_GENERATE_FIELDS   4 /* the list's structs become columns, one a field */

typedef struct mr_sort_order {
    mr_expr *expr;
    bool is_descending;
    bool nulls_first;
} mr_sort_order;

struct mr_logical {
    mr_logical_kind kind;
    mr_logical **inputs;
    int n_inputs;
    mr_attr *output; /* what parents may use */
    int n_output;
    bool is_streaming;
    mr_expr **exprs;
    int n_exprs;
    mr_expr **aggs; /* AGGREGATE: distinct aggregate functions, Spark's buffer order; MR_E_ALIAS
                       over MR_E_AGGREGATE */
    int n_aggs;
    mr_sort_order *orders;
    int n_orders;
    int64_t count; /* limit, offset, tail */
    int64_t start, end, step;
    int32_t attr_id; /* WATERMARK: event time; WINDOW: the new struct attribute */
    int64_t delay_ms;
    int64_t width_us, slide_us, start_us;
    int generate_flags;       /* GENERATE: MR_GENERATE_* */
    const mr_attr *generated; /* GENERATE: the new attributes, whether read above or not */
    int n_generated;
    const mr_batch *rows; /* LOCAL */
    mr_scan *scan;
    mr_attr *file_columns;   /* SCAN: what may be asked for besides the output; or NULL */
    bool hides_file_columns; /* names above do not mean those of the scan below */
};

/* Catalog access handed to analyze by the engine. */
typedef struct mr_catalog {
    void *self;
    /* A temporary view or table by name: sets *rel to its syntax plan (analysed in place) or *rows
     * to its rows (borrowed until the statement ends).  MR_NOT_FOUND if there is none. */
    mr_status (*find)(void *self, mr_str name, mr_arena *arena, const mr_xrel **rel,
                      const mr_batch **rows, mr_error *err);
    /* Schema of files read without one (batch json/csv inference). */
    mr_status (*infer)(void *self, const mr_xrel *read, mr_arena *arena, const mr_type **schema,
                       mr_error *err);
    /* PATH_NOT_FOUND for a path without pattern that does not exist; NULL = not checked. */
    mr_status (*check_path)(void *self, mr_str path, mr_error *err);
    /* Adds to *schema what the names of directories below the paths hold; NULL = nothing. */
    mr_status (*partitions)(void *self, const mr_str *paths, int n_paths, mr_arena *arena,
                            const mr_type **schema, mr_error *err);
    /* Relations by id (foreachBatch frames, cached local relations): as find. */
    mr_status (*find_cached)(void *self, mr_str id, mr_arena *arena, const mr_batch **rows,
                             mr_error *err);
    /* Parses SQL text of a query to a relation (the sql room, injected). */
    mr_status (*parse)(void *self, mr_str text, mr_arena *arena, mr_xrel **rel, mr_error *err);
    /* Parses an expression text. */
    mr_status (*parse_expr)(void *self, mr_str text, mr_arena *arena, mr_xexpr **expr,
                            mr_error *err);
} mr_catalog;

mr_logical *mr_logical_new(mr_arena *arena, mr_logical_kind kind, mr_logical *input);
/* The output as a struct type in `arena`. */
const mr_type *mr_logical_schema(mr_arena *arena, const mr_logical *plan);
/* EXPLAIN text, one node a line, children indented. */
void mr_logical_print(const mr_logical *plan, mr_buf *out);

#endif /* MR_PLAN_LOGICAL_H */
