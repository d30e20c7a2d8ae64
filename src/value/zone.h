/* zone.h - time zones: "UTC", "Z", "+01:30", "GMT+1", "America/New_York". */
#ifndef MR_VALUE_ZONE_H
#define MR_VALUE_ZONE_H

#include "base/base.h"

typedef struct mr_zone mr_zone;

/* Finds or loads (once per process, kept for ever, thread-safe) a zone as java.time.ZoneId names
 * it. Error: INVALID_TIMEZONE-style MR_INVALID. */
MR_NODISCARD mr_status mr_zone_find(mr_str name, const mr_zone **out, mr_error *err);
const mr_zone *mr_zone_utc(void);
/* The machine's zone (TZ, /etc/localtime), as Spark takes the JVM's. */
const mr_zone *mr_zone_system(void);
mr_str mr_zone_name(const mr_zone *zone);
/* "Z", "+h", "+hh", "+hh:mm", "+hhmm", "+hh:mm:ss" ... to seconds, without a zone object. */
bool mr_zone_parse_offset(mr_str text, int32_t *seconds);
/* Offset from UTC in seconds that holds at the instant. */
int32_t mr_zone_offset(const mr_zone *zone, int64_t utc_us);
/* Local time as if UTC -> instant; gaps move forward, overlaps take the earlier offset, as
 * java.time. */
int64_t mr_zone_to_utc(const mr_zone *zone, int64_t local_us);
static inline int64_t mr_zone_to_local(const mr_zone *zone, int64_t utc_us)
{
    return utc_us + (int64_t)mr_zone_offset(zone, utc_us) * 1000000;
}

#endif /* MR_VALUE_ZONE_H */
