/* zone_label.c - the short names of zones that texts and patterns (letter z) use. */
#include "value/pattern_priv.h"

typedef struct label_row {
    const char *zone;
    int32_t standard; /* seconds */
    const char *name;
    const char *summer; /* at standard + 1 h; NULL = none */
} label_row;

static const label_row labels[] = {
    { "America/Los_Angeles", -8 * 3600, "PST", "PDT" },
    { "America/Denver", -7 * 3600, "MST", "MDT" },
    { "America/Phoenix", -7 * 3600, "MST", NULL },
    { "America/Chicago", -6 * 3600, "CST", "CDT" },
    { "America/New_York", -5 * 3600, "EST", "EDT" },
    { "America/Toronto", -5 * 3600, "EST", "EDT" },
    { "America/Halifax", -4 * 3600, "AST", "ADT" },
    { "America/Anchorage", -9 * 3600, "AKST", "AKDT" },
    { "Pacific/Honolulu", -10 * 3600, "HST", NULL },
    { "Europe/London", 0, "GMT", "BST" },
    { "Europe/Dublin", 0, "GMT", "IST" },
    { "Europe/Lisbon", 0, "WET", "WEST" },
    { "Europe/Paris", 3600, "CET", "CEST" },
    { "Europe/Berlin", 3600, "CET", "CEST" },
    { "Europe/Madrid", 3600, "CET", "CEST" },
    { "Europe/Rome", 3600, "CET", "CEST" },
    { "Europe/Zurich", 3600, "CET", "CEST" },
    { "Europe/Amsterdam", 3600, "CET", "CEST" },
    { "Europe/Athens", 2 * 3600, "EET", "EEST" },
    { "Europe/Helsinki", 2 * 3600, "EET", "EEST" },
    { "Europe/Moscow", 3 * 3600, "MSK", NULL },
    { "Asia/Kolkata", 19800, "IST", NULL },
    { "Asia/Shanghai", 8 * 3600, "CST", NULL },
    { "Asia/Hong_Kong", 8 * 3600, "HKT", NULL },
    { "Asia/Seoul", 9 * 3600, "KST", NULL },
    { "Asia/Tokyo", 9 * 3600, "JST", NULL },
    { "Australia/Sydney", 10 * 3600, "AEST", "AEDT" },
    { "Pacific/Auckland", 12 * 3600, "NZST", "NZDT" },
};

const char *mr_zone_label(mr_str zone_name, int32_t offset)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (!mr_str_is(zone_name, labels[i].zone))
            continue;
        if (offset == labels[i].standard)
            return labels[i].name;
        return offset == labels[i].standard + 3600 ? labels[i].summer : NULL;
    }
    return NULL;
}

static bool zone_byte(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (c != '\0' && strchr("~/._+-:", c) != NULL);
}

bool mr_zone_from_label(mr_str text, size_t *used, const mr_zone **zone, int32_t *offset,
                        bool *has_offset)
{
    size_t n = 0;
    mr_str word;

    while (n < text.len && n < 64 && zone_byte(text.ptr[n]))
        n++;
    *used = n;
    *has_offset = false;
    word = mr_str_slice(text, 0, n);
    for (size_t i = 0; n >= 3 && i < sizeof(labels) / sizeof(labels[0]); i++) {
        bool summer = labels[i].summer != NULL && mr_str_is_nocase(word, labels[i].summer);

        if (!summer && !mr_str_is_nocase(word, labels[i].name))
            continue;
        *has_offset = true;
        *offset = labels[i].standard + (summer ? 3600 : 0);
        return true;
    }
    return n > 0 && mr_zone_find(word, zone, NULL) == MR_OK;
}
