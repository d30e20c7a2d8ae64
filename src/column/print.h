/* print.h - values as people and Spark see them. */
#ifndef MR_COLUMN_PRINT_H
#define MR_COLUMN_PRINT_H

#include "column/vec.h"
#include "value/zone.h"

/* Text of CAST(value AS STRING): Java's doubles, {a, b} structs, [a, b] arrays, {k -> v} maps,
 * timestamps in `zone` ; null appends "NULL" inside show (null_text) . */
void mr_print_value(const mr_vec *vec, int32_t row, const mr_zone *zone, const char *null_text,
                    mr_buf *out);
/* Dataset.show(): features.md SNK-08.  truncate 0 = do not cut; `more`: rows were left out, then
 * the last line says "only showing top N rows".  No trailing empty line: the text ends with that
 * line's '\n'. */
void mr_print_show(const mr_batch *batch, int truncate, bool vertical, bool more,
                   const mr_zone *zone, mr_buf *out);

#endif /* MR_COLUMN_PRINT_H */
