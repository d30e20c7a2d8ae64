/* analyze.h - syntax plans to logical plans: names, types, coercion, and what Spark refuses. */
#ifndef MR_ANALYZE_ANALYZE_H
#define MR_ANALYZE_ANALYZE_H

#include "plan/logical.h"

/* Session settings that analysis resolves into nodes. */
typedef struct mr_analyze_env {
    const mr_catalog *catalog;
    const mr_zone *zone;
    bool ansi;
    bool case_sensitive;
    bool legacy_time;
    bool timestamp_ntz;    /* spark.sql.timestampType */
    bool schema_inference; /* spark.sql.streaming.schemaInference */
    mr_str corrupt_column;
    mr_str default_format; /* spark.sql.sources.default */
} mr_analyze_env;

/* Resolves `rel` into a logical plan in `arena` (which must outlive it).  Errors as Spark's
 * analyzer: UNRESOLVED_COLUMN.*, TABLE_OR_VIEW_NOT_FOUND, DATATYPE_MISMATCH.*, UNRESOLVED_ROUTINE,
 * ... */
MR_NODISCARD mr_status mr_analyze(const mr_xrel *rel, const mr_analyze_env *env, mr_arena *arena,
                                  mr_logical **out, mr_error *err);

typedef enum mr_output_mode { MR_MODE_APPEND = 1, MR_MODE_UPDATE, MR_MODE_COMPLETE } mr_output_mode;

/* Accepts any case; error STREAMING_OUTPUT_MODE.INVALID. */
MR_NODISCARD mr_status mr_output_mode_parse(mr_str text, mr_output_mode *out, mr_error *err);
const char *mr_output_mode_name(mr_output_mode mode); /* "Append" */
/* Spark's UnsupportedOperationChecker for a streaming write (features.md 1.12, 1.22). */
MR_NODISCARD mr_status mr_analyze_check_streaming(const mr_logical *plan, mr_output_mode mode,
                                                  mr_error *err);
/* ... and for an action on a plan that must be a batch (REJ-01). */
MR_NODISCARD mr_status mr_analyze_check_batch(const mr_logical *plan, mr_error *err);
/* Column pruning into scans, filter push-down below projections as Spark's plans show (never
 * through a watermark unless Spark does, never hoisting what can raise), constant folding.  In
 * place. */
MR_NODISCARD mr_status mr_analyze_optimize(mr_logical **plan, mr_arena *arena, mr_error *err);

#endif /* MR_ANALYZE_ANALYZE_H */
