/* pattern_priv.h - a compiled pattern: a flat list of items. */
#ifndef MR_VALUE_PATTERN_PRIV_H
#define MR_VALUE_PATTERN_PRIV_H

#include "value/pattern.h"

typedef enum mr_item_kind {
    MR_ITEM_LITERAL,
    MR_ITEM_NUMBER, /* field, width rules */
    MR_ITEM_FRACTION,
    MR_ITEM_MONTH_NAME,
    MR_ITEM_DAY_NAME,
    MR_ITEM_AM_PM,
    MR_ITEM_ERA,
    MR_ITEM_QUARTER_NAME,
    MR_ITEM_OFFSET, /* X x Z O and legacy z Z X when parsing */
    MR_ITEM_ZONE,   /* V z */
    MR_ITEM_OPEN,   /* [ : skip = the item behind the matching ] */
    MR_ITEM_CLOSE
} mr_item_kind;

typedef struct mr_item {
    mr_item_kind kind;
    char letter;
    uint8_t count;    /* of letters */
    uint8_t min, max; /* digits of a number */
    uint8_t reserve;  /* digits left to the numbers right behind */
    int skip;         /* MR_ITEM_OPEN */
    mr_str text;      /* MR_ITEM_LITERAL */
} mr_item;

struct mr_pattern {
    mr_item *items;
    int n;
    bool legacy;
    bool has_era;
    bool has_zone; /* a zone letter outside of [ ] */
    bool iso;      /* yyyy-MM-dd'T'HH:mm:ss[.SSS] */
    bool iso_zone; /* the same with [XXX] */
};

/* "PST" for America/Los_Angeles at that offset, or NULL; and back. */
const char *mr_zone_label(mr_str zone_name, int32_t offset);
bool mr_zone_from_label(mr_str text, size_t *used, const mr_zone **zone, int32_t *offset,
                        bool *has_offset);

extern const char *const mr_month_names[13];
extern const char *const mr_day_names[7]; /* Monday first */

#endif /* MR_VALUE_PATTERN_PRIV_H */
