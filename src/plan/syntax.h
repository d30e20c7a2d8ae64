/* syntax.h - syntax plans: programs as users wrote them, in Spark Connect's shape.
 *
 * Every front end (SQL, C frames, Connect messages) makes these; `wire` reads and writes them with
 * one table of field numbers; `analyze` turns them into logical plans.  Immutable once built, they
 * live in the arena of the statement.  Names are unresolved, functions are names, types may be
 * text. A node has one flat struct: which members mean something is said per kind.
 */
#ifndef MR_PLAN_SYNTAX_H
#define MR_PLAN_SYNTAX_H

#include "column/scalar.h"
#include "format/format.h" /* mr_options */

typedef struct mr_xexpr mr_xexpr;
typedef struct mr_xrel mr_xrel;

/* Expressions.  args[] holds the child expressions in message order. */
typedef enum mr_xexpr_kind {
    MR_X_LITERAL = 1,     /* literal */
    MR_X_ATTRIBUTE,       /* name = unparsed identifier ("a.b", "`a.b`"); plan_id; is_metadata */
    MR_X_FUNCTION,        /* name, args, is_distinct, is_user_defined, is_internal */
    MR_X_TEXT,            /* name = SQL expression text */
    MR_X_STAR,            /* name = target ("t.*" or empty); plan_id */
    MR_X_ALIAS,           /* args[0], names, metadata */
    MR_X_CAST,            /* args[0], type or type_text, eval_mode */
    MR_X_REGEX,           /* name = column name pattern; plan_id */
    MR_X_SORT_ORDER,      /* args[0], is_descending, nulls */
    MR_X_LAMBDA,          /* args[0] = body, args[1..] = MR_X_LAMBDA_VARIABLE */
    MR_X_WINDOW,          /* args[0] = function; refused by analyze on streams */
    MR_X_EXTRACT,         /* args[0] = child, args[1] = field name literal or index */
    MR_X_UPDATE_FIELDS,   /* args[0] = struct, name = field, args[1] = value or absent (drop) */
    MR_X_LAMBDA_VARIABLE, /* names */
    MR_X_UDF,             /* name; the rest is opaque here and refused by analyze */
    MR_X_CALL_FUNCTION,   /* name, args */
    MR_X_NAMED_ARGUMENT,  /* name, args[0] */
    MR_X_UNSUPPORTED      /* number = the oneof's field number */
} mr_xexpr_kind;

typedef enum mr_eval_mode {
    MR_EVAL_DEFAULT = 0,
    MR_EVAL_LEGACY,
    MR_EVAL_ANSI,
    MR_EVAL_TRY
} mr_eval_mode;
typedef enum mr_nulls { MR_NULLS_DEFAULT = 0, MR_NULLS_FIRST, MR_NULLS_LAST } mr_nulls;

struct mr_xexpr {
    mr_xexpr_kind kind;
    mr_str name;
    mr_xexpr **args;
    int n_args;
    mr_str *names;
    int n_names;
    mr_scalar literal;
    const mr_type *type; /* cast, or NULL */
    mr_str type_text;
    mr_str metadata; /* alias: JSON */
    bool has_plan_id;
    int64_t plan_id;
    mr_eval_mode eval_mode;
    mr_nulls nulls;
    bool is_descending;
    bool is_distinct;
    bool is_user_defined;
    bool is_internal;
    bool is_metadata;
    int number;
    int sql_start, sql_stop; /* bytes of the SQL text, inclusive; -1 = not from SQL */
    mr_str sql_text;         /* that whole text, for query contexts; or empty */
    mr_str call_name;        /* the DataFrame method that made it, and where it was called: */
    mr_str call_site;        /* the query context of what is not from SQL; or empty */
    mr_xexpr *filter;        /* function: FILTER (WHERE ...), or NULL */
};

/* Relations. */
typedef enum mr_xrel_kind {
    MR_R_READ_TABLE = 1, /* name = identifier, options, is_streaming */
    MR_R_READ_SOURCE,    /* format, schema_text (DDL or JSON, empty = none), options, paths,
                            is_streaming */
    MR_R_PROJECT,        /* input, exprs (no input: SELECT 1) */
    MR_R_FILTER,         /* input, exprs[0] */
    MR_R_JOIN,           /* refused by analyze so far; inputs kept for messages */
    MR_R_SET_OP,         /* input, right, set_op (1 intersect 2 union 3 except), is_all, by_name,
                            allow_missing */
    MR_R_SORT,           /* input, exprs = sort orders, is_global */
    MR_R_LIMIT,          /* input, count */
    MR_R_OFFSET,         /* input, count */
    MR_R_TAIL,           /* input, count */
    MR_R_AGGREGATE,      /* input, group_type, exprs = groupings, aggs = aggregate expressions */
    MR_R_SQL,   /* name = query text; args: exprs positional, named arguments as ALIAS exprs */
    MR_R_LOCAL, /* data (Arrow IPC stream), schema_text */
    MR_R_DEDUPLICATE,          /* input, names, all_columns, within_watermark */
    MR_R_RANGE,                /* start, end, step, count = partitions or 0 */
    MR_R_SUBQUERY_ALIAS,       /* input, name, names = qualifier */
    MR_R_REPARTITION,          /* input, count */
    MR_R_REPARTITION_BY,       /* input, exprs, count */
    MR_R_TO_DF,                /* input, names */
    MR_R_TO_SCHEMA,            /* input, schema */
    MR_R_WITH_COLUMNS,         /* input, exprs = MR_X_ALIAS */
    MR_R_WITH_COLUMNS_RENAMED, /* input, names = old, new, old, new ... */
    MR_R_DROP,                 /* input, exprs = columns, names */
    MR_R_WITH_WATERMARK,       /* input, name = event time column, text = delay */
    MR_R_HINT,                 /* input, name, exprs */
    MR_R_SHOW_STRING,          /* input, count = rows, truncate, vertical */
    MR_R_HTML_STRING,          /* input, count, truncate */
    MR_R_CACHED_REMOTE,        /* name = relation id */
    MR_R_CACHED_LOCAL,         /* name = hash */
    MR_R_WITH_RELATIONS,       /* input = root, refs */
    MR_R_COLLECT_METRICS,      /* input, name, exprs */
    MR_R_NA_FILL,              /* input, names, values as literal exprs */
    MR_R_NA_DROP,              /* input, names, count = min_non_nulls or -1 */
    MR_R_CATALOG, /* catalog_op = field number, name, text = pattern/db ; sql-free catalog calls */
    MR_R_VALUES,  /* SQL only: exprs in rows; n_columns = count (wire encodes as SQL text) */
    MR_R_LATERAL_VIEW, /* SQL only: input, exprs[0] = generator, perhaps under an alias, name,
                          is_outer */
    MR_R_UNSUPPORTED   /* number = the oneof's field number */
} mr_xrel_kind;

struct mr_xrel {
    mr_xrel_kind kind;
    bool has_plan_id;
    int64_t plan_id;
    mr_xrel *input;
    mr_xrel *right; /* join, set operation */
    mr_xrel **refs;
    int n_refs;
    mr_xexpr **exprs;
    int n_exprs;
    mr_xexpr **aggs;
    int n_aggs;
    mr_str *names;
    int n_names;
    mr_str name;
    mr_str text;
    mr_str format;
    mr_str schema_text;
    const mr_type *schema;
    mr_options options;
    mr_str *paths;
    int n_paths;
    mr_str data;
    int64_t start, end, step, count;
    int truncate;
    int group_type; /* Connect's numbers: 1 group by, 2 rollup, 3 cube, 4 pivot, 5 grouping sets */
    int set_op;
    int join_type;
    int catalog_op;
    int number;
    bool is_streaming;
    bool is_all;
    bool by_name;
    bool allow_missing;
    bool all_columns;
    bool within_watermark;
    bool is_global;
    bool vertical;
    bool is_outer;
    int sql_start, sql_stop; /* as in mr_xexpr */
    mr_str sql_text;
};

/* Commands. */
typedef enum mr_xcommand_kind {
    MR_C_SQL = 1,     /* input = MR_R_SQL relation */
    MR_C_CREATE_VIEW, /* input, name, is_global, replace */
    MR_C_WRITE,    /* input, format, path, name = table, save_mode, options, names = partitioning */
    MR_C_WRITE_V2, /* input, name, format, write_mode, options, names */
    MR_C_STREAM_START,   /* stream */
    MR_C_STREAM_QUERY,   /* query */
    MR_C_STREAM_MANAGER, /* manager */
    MR_C_LISTENER_BUS,   /* add / remove */
    MR_C_REMOVE_CACHED,  /* name = relation id */
    MR_C_ML,             /* answered and ignored */
    MR_C_GET_RESOURCES,
    MR_C_UNSUPPORTED /* number */
} mr_xcommand_kind;

typedef enum mr_trigger_kind {
    MR_TRIGGER_DEFAULT = 0,
    MR_TRIGGER_PROCESSING_TIME, /* text */
    MR_TRIGGER_AVAILABLE_NOW,
    MR_TRIGGER_ONCE,
    MR_TRIGGER_CONTINUOUS, /* text; refused */
    MR_TRIGGER_REAL_TIME   /* text; refused */
} mr_trigger_kind;

/* writeStream ... start(). Empty strings = not given. */
typedef struct mr_xstream {
    mr_xrel *input;
    mr_str format;
    mr_options options;
    mr_str *partition_names;
    int n_partition_names;
    mr_trigger_kind trigger;
    mr_str trigger_text;
    mr_str output_mode;
    mr_str query_name;
    mr_str path;
    mr_str table_name;
    bool has_foreach; /* python or scala functions: refused so far */
    bool has_foreach_batch;
} mr_xstream;

/* A method of one streaming query; number = Connect's oneof field (2 status .. 9 awaitTermination).
 */
typedef struct mr_xquery_command {
    mr_str id;
    mr_str run_id;
    int number;
    bool extended;
    bool has_timeout;
    int64_t timeout_ms;
} mr_xquery_command;

/* spark.streams.*; number = Connect's oneof field (1 active, 2 get, 3 awaitAny, 4 reset ...). */
typedef struct mr_xmanager_command {
    int number;
    mr_str id;
    bool has_timeout;
    int64_t timeout_ms;
} mr_xmanager_command;

typedef struct mr_xcommand {
    mr_xcommand_kind kind;
    mr_xrel *input;
    mr_str name;
    mr_str format;
    mr_str path;
    mr_options options;
    mr_str *names;
    int n_names;
    int save_mode; /* Connect's SaveMode numbers: 1 append, 2 overwrite, 3 error, 4 ignore */
    int save_method;
    int write_mode;
    bool is_global;
    bool replace;
    bool add; /* listener bus: add, else remove */
    int number;
    mr_xstream stream;
    mr_xquery_command query;
    mr_xmanager_command manager;
} mr_xcommand;

mr_xexpr *mr_xexpr_new(mr_arena *arena, mr_xexpr_kind kind);
mr_xexpr *mr_xexpr_attribute(mr_arena *arena, mr_str name);
mr_xexpr *mr_xexpr_function(mr_arena *arena, const char *name, mr_xexpr **args, int n_args);
mr_xexpr *mr_xexpr_literal(mr_arena *arena, mr_scalar value);
mr_xexpr *mr_xexpr_alias(mr_arena *arena, mr_xexpr *child, mr_str name);
mr_xrel *mr_xrel_new(mr_arena *arena, mr_xrel_kind kind, mr_xrel *input);

/* Splits "a.`b.c`.d" into parts.  Error: INVALID_ATTRIBUTE_NAME_SYNTAX. */
MR_NODISCARD mr_status mr_syntax_split_name(mr_arena *arena, mr_str text, mr_str **parts,
                                            int *n_parts, mr_error *err);

/* S-expressions of plans, for tests and for looking at: (filter [(> v 1)] (table t)). */
void mr_xexpr_print(const mr_xexpr *e, mr_buf *out);
void mr_xrel_print(const mr_xrel *r, mr_buf *out);

#endif /* MR_PLAN_SYNTAX_H */
