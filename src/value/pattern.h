/* pattern.h - Spark's date patterns ("yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]"), CORRECTED and LEGACY. */
#ifndef MR_VALUE_PATTERN_H
#define MR_VALUE_PATTERN_H

#include "value/time.h"

typedef struct mr_pattern mr_pattern;
typedef enum mr_pattern_use { MR_PATTERN_PARSE, MR_PATTERN_FORMAT } mr_pattern_use;

/* Compiles a pattern.  Errors: INVALID_DATETIME_PATTERN.*, or for letters refused when parsing
 * INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION. */
MR_NODISCARD mr_status mr_pattern_compile(mr_arena *arena, mr_str text, bool legacy,
                                          mr_pattern_use use, mr_pattern **out, mr_error *err);
/* Parses all of `text`; missing fields as Spark fills them; a zone in the text beats `zone`. */
bool mr_pattern_parse(const mr_pattern *pattern, mr_str text, const mr_zone *zone, int64_t *us);
/* The same keeping local time (timestamp_ntz); false if the pattern demands a zone. */
bool mr_pattern_parse_ntz(const mr_pattern *pattern, mr_str text, int64_t *us);
/* For messages, when mr_pattern_parse failed: the byte at which the text no longer follows the
 * pattern; has_rest: the pattern ends there and the text does not. */
size_t mr_pattern_failed_at(const mr_pattern *pattern, mr_str text, bool *has_rest);
void mr_pattern_format(const mr_pattern *pattern, int64_t us, const mr_zone *zone, mr_buf *out);

#endif /* MR_VALUE_PATTERN_H */
