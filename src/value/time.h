/* time.h - dates (days since 1970-01-01) and timestamps (microseconds), proleptic Gregorian. */
#ifndef MR_VALUE_TIME_H
#define MR_VALUE_TIME_H

#include "base/base.h"
#include "value/zone.h"

#define MR_US_PER_SECOND INT64_C(1000000)
#define MR_US_PER_DAY    INT64_C(86400000000)

typedef struct mr_civil {
    int32_t year;       /* astronomical */
    int32_t month, day; /* 1-based */
    int32_t hour, minute, second, micro;
} mr_civil;

int32_t mr_time_days(int32_t year, int32_t month, int32_t day);
void mr_time_civil_from_days(int32_t days, mr_civil *out);
void mr_time_civil(int64_t local_us, mr_civil *out); /* floor semantics for negative times */
int64_t mr_time_from_civil(const mr_civil *civil);
/* The same; false when the microseconds do not fit. */
bool mr_time_micros(const mr_civil *civil, int64_t *us);
bool mr_time_valid_date(int32_t year, int32_t month, int32_t day);

/* Spark's string casts (features.md PRS-16); false = not a date / timestamp. */
bool mr_time_parse_date(mr_str text, int32_t *days);
bool mr_time_parse_timestamp(mr_str text, const mr_zone *zone, int64_t *us);
bool mr_time_parse_timestamp_ntz(mr_str text, int64_t *us);
/* The same; allow_zone = false refuses a text with a zone (JSON and CSV columns without a pattern).
 */
bool mr_time_parse_local(mr_str text, bool allow_zone, int64_t *us);
/* As Spark prints them: "2015-02-24 17:20:00.5"; returns the length, at most 48. */
size_t mr_time_print_date(int32_t days, char out[48]);
size_t mr_time_print_timestamp(int64_t us, const mr_zone *zone, char out[48]);
size_t mr_time_print_local(int64_t local_us, char out[48]); /* timestamp_ntz */
/* Floor of the instant's local day in `zone`. */
int32_t mr_time_to_date(int64_t us, const mr_zone *zone);

#endif /* MR_VALUE_TIME_H */
