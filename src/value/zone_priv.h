/* zone_priv.h - inside of a time zone, shared by the cache (zone.c) and the reader (tzif.c). */
#ifndef MR_VALUE_ZONE_PRIV_H
#define MR_VALUE_ZONE_PRIV_H

#include "value/zone.h"

/* 400 Gregorian years: a whole number of weeks, so every rule repeats. */
#define MR_ZONE_CYCLE_SECONDS (INT64_C(146097) * 86400)

struct mr_zone {
    mr_str name;
    int n;           /* number of offset changes; 0 = fixed */
    int32_t first;   /* offset in seconds before the first change */
    int64_t *at;     /* instants of the changes, UTC seconds, ascending */
    int64_t *local;  /* the same as local time from which the new offset is taken */
    int32_t *offset; /* offset from at[i] on */
    bool repeats;    /* the last 400 years of changes repeat for ever */
};

/* Makes a zone of a TZif file's bytes; NULL when they are malformed.  Memory from malloc. */
mr_zone *mr_tzif_read(mr_str bytes);
void mr_tzif_free(mr_zone *zone);

#endif /* MR_VALUE_ZONE_PRIV_H */
