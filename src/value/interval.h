/* interval.h - interval text: "10 minutes", "interval 1 hour 30 minutes", "1 week". */
#ifndef MR_VALUE_INTERVAL_H
#define MR_VALUE_INTERVAL_H

#include "base/base.h"

typedef struct mr_interval_parts {
    int32_t months;
    int32_t days;
    int64_t us;
} mr_interval_parts;

/* Spark's IntervalUtils.stringToInterval (units year..microsecond, plural or not, case-insensitive,
 * signs, fraction for seconds; optional leading "interval").  Error: as Spark,
 * INVALID_INTERVAL_FORMAT.* */
MR_NODISCARD mr_status mr_interval_parse(mr_str text, mr_interval_parts *out, mr_error *err);
/* Text of a day-time interval: "INTERVAL '0 00:10:00' DAY TO SECOND"; year-month likewise. */
void mr_interval_print_dt(int64_t us, int start_field, int end_field, mr_buf *out);
void mr_interval_print_ym(int32_t months, int start_field, int end_field, mr_buf *out);

#endif /* MR_VALUE_INTERVAL_H */
