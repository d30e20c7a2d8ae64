/* sql.h - SQL text to syntax plans; errors with a position (PARSE_SYNTAX_ERROR). */
#ifndef MR_SQL_SQL_H
#define MR_SQL_SQL_H

#include "plan/syntax.h"

typedef enum mr_statement_kind {
    MR_S_QUERY = 1,    /* rel */
    MR_S_CREATE_TABLE, /* name, `schema`, format, options, path, partitions; if_not_exists; rel */
    MR_S_CREATE_VIEW,  /* name, rel, columns; replace, is_temporary, is_global; USING: format,
                          options, schema */
    MR_S_CREATE_STREAMING_TABLE, /* name, rel, options (TBLPROPERTIES and OPTIONS), if_not_exists,
                                    format, path, partitions; `schema` */
    MR_S_DROP,                   /* name, is_view, if_exists */
    MR_S_SHOW_TABLES,            /* name = namespace, value = pattern; is_view for SHOW VIEWS */
    MR_S_SHOW_COLUMNS,           /* name */
    MR_S_SHOW_DATABASES,         /* value = pattern */
    MR_S_DESCRIBE,               /* name, or rel for DESCRIBE QUERY */
    MR_S_SET,                    /* key, value (has_value) */
    MR_S_RESET,                  /* key or empty */
    MR_S_EXPLAIN,                /* rel; mode */
    MR_S_INSERT                  /* name (or path with format, options), rel; overwrite */
} mr_statement_kind;

typedef struct mr_statement {
    mr_statement_kind kind;
    mr_xrel *rel;
    mr_str name;
    const mr_type *schema; /* CREATE TABLE's columns, or NULL */
    mr_str format;
    mr_options options;
    mr_str path;
    mr_str key, value;
    bool has_value;
    bool replace;
    bool if_not_exists;
    bool if_exists;
    bool is_temporary;
    bool is_view;
    bool extended;
    bool overwrite; /* INSERT OVERWRITE */
    mr_str mode;    /* EXPLAIN: "EXTENDED", "FORMATTED", "CODEGEN", "COST" or empty */
    mr_str comment;
    bool is_global;     /* GLOBAL TEMPORARY VIEW */
    mr_str *partitions; /* PARTITIONED BY */
    int n_partitions;
    mr_str *columns; /* column names of a view, or of INSERT */
    int n_columns;
    mr_str text; /* the statement's own text */
    int start;   /* byte offset of that text in the file */
} mr_statement;

/* Parses one statement (an optional ';' may end it). */
MR_NODISCARD mr_status mr_sql_parse(mr_arena *arena, mr_str text, mr_statement *out, mr_error *err);
/* Parses a script: statements separated by ';'.  On failure *n stand before the one that failed,
 * and
 * (*out)[*n].start is where that begins; *out is NULL when the script as a whole is refused. */
MR_NODISCARD mr_status mr_sql_parse_script(mr_arena *arena, mr_str text, mr_statement **out, int *n,
                                           mr_error *err);
/* All four take at most 1 MiB of text, keep views into it, and fail with MR_EXC_PARSE; the message
 * ends with the line and position and the marked text as Spark prints them. Parameters of the text
 * are internal calls: ":"(name) and "?"(number from 0). */
/* One query as a relation, one expression (with optional AS alias) as `expr()` / selectExpr take
 * it. */
MR_NODISCARD mr_status mr_sql_parse_query(mr_arena *arena, mr_str text, mr_xrel **out,
                                          mr_error *err);
MR_NODISCARD mr_status mr_sql_parse_expr(mr_arena *arena, mr_str text, mr_xexpr **out,
                                         mr_error *err);

#endif /* MR_SQL_SQL_H */
