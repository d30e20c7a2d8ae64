/* tzif.c - reading TZif files (RFC 8536) and the POSIX TZ rule in their footer. */
#include "value/zone_priv.h"

#include <stdlib.h>

#include "value/time.h"

enum {
    MAX_CHANGES = 20000,
    MAX_TYPES = 256,
    HEADER = 44,
    FIRST_RULE_YEAR = 1970,
    RULE_YEARS = 401
};

typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

typedef struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
} counts;

typedef enum rule_kind { RULE_MONTH, RULE_JULIAN, RULE_DAY } rule_kind;

typedef struct rule_day {
    rule_kind kind;
    int month, week, day; /* week 5 = last; day: of the week, or of the year */
    int32_t seconds;      /* local time of the change */
} rule_day;

typedef struct posix_rule {
    int32_t std_offset, dst_offset;
    bool has_dst;
    rule_day start, stop;
} posix_rule;

static uint32_t u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static int64_t s64(const char *p)
{
    return (int64_t)((uint64_t)u32(p) << 32 | u32(p + 4));
}

/* --- the footer --- */

static bool take(cursor *c, char want)
{
    if (c->at == c->end || *c->at != want)
        return false;
    c->at++;
    return true;
}

static bool take_number(cursor *c, int max, int *out)
{
    const char *start = c->at;
    int value = 0;

    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        value = value * 10 + (*c->at - '0');
        if (value > max)
            return false;
        c->at++;
    }
    *out = value;
    return c->at > start;
}

static bool take_name(cursor *c)
{
    const char *start;

    if (take(c, '<')) {
        while (c->at < c->end && *c->at != '>')
            c->at++;
        return take(c, '>');
    }
    start = c->at;
    while (c->at < c->end && ((*c->at | 32) >= 'a' && (*c->at | 32) <= 'z'))
        c->at++;
    return c->at - start >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_time(cursor *c, int32_t *out)
{
    bool negative = take(c, '-');
    int h, m = 0, s = 0;

    if (!negative)
        take(c, '+');
    if (!take_number(c, 167, &h))
        return false;
    if (take(c, ':')) {
        if (!take_number(c, 59, &m))
            return false;
        if (take(c, ':') && !take_number(c, 59, &s))
            return false;
    }
    *out = h * 3600 + m * 60 + s;
    if (negative)
        *out = -*out;
    return true;
}

static bool take_month_rule(cursor *c, rule_day *out)
{
    out->kind = RULE_MONTH;
    return take_number(c, 12, &out->month) && out->month >= 1 && take(c, '.') &&
           take_number(c, 5, &out->week) && out->week >= 1 && take(c, '.') &&
           take_number(c, 6, &out->day);
}

static bool take_rule(cursor *c, rule_day *out)
{
    if (!take(c, ','))
        return false;
    if (take(c, 'M')) {
        if (!take_month_rule(c, out))
            return false;
    } else if (take(c, 'J')) {
        out->kind = RULE_JULIAN;
        if (!take_number(c, 365, &out->day) || out->day < 1)
            return false;
    } else {
        out->kind = RULE_DAY;
        if (!take_number(c, 365, &out->day))
            return false;
    }
    out->seconds = 7200;
    return !take(c, '/') || take_time(c, &out->seconds);
}

static bool parse_rule(cursor c, posix_rule *out)
{
    memset(out, 0, sizeof(*out));
    if (!take_name(&c) || !take_time(&c, &out->std_offset))
        return false;
    out->std_offset = -out->std_offset;
    if (c.at == c.end)
        return true;
    out->has_dst = true;
    out->dst_offset = out->std_offset + 3600;
    if (!take_name(&c))
        return false;
    if (c.at < c.end && *c.at != ',') {
        if (!take_time(&c, &out->dst_offset))
            return false;
        out->dst_offset = -out->dst_offset;
    }
    return take_rule(&c, &out->start) && take_rule(&c, &out->stop) && c.at == c.end;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Local seconds since the epoch at which the rule applies in `year`. */
static int64_t rule_seconds(const rule_day *rule, int year)
{
    int32_t day = mr_time_days(year, 1, 1);

    if (rule->kind == RULE_JULIAN) {
        day += rule->day - 1 + (is_leap(year) && rule->day >= 60);
    } else if (rule->kind == RULE_DAY) {
        day += rule->day;
    } else {
        int32_t first = mr_time_days(year, rule->month, 1);
        int32_t next = rule->month == 12 ? mr_time_days(year + 1, 1, 1)
                                         : mr_time_days(year, rule->month + 1, 1);
        int weekday =
            (int)(((int64_t)first + 4) % 7); /* 1970-01-01 was a Thursday; years >= 1970 */

        day = first + (rule->day - weekday + 7) % 7 + (rule->week - 1) * 7;
        if (day >= next)
            day -= 7;
    }
    return (int64_t)day * 86400 + rule->seconds;
}

/* --- the file --- */

static bool read_header(mr_str bytes, size_t at, counts *out)
{
    const char *p = bytes.ptr + at;

    if (bytes.len < at + HEADER || memcmp(p, "TZif", 4) != 0)
        return false;
    out->isut = u32(p + 20);
    out->isstd = u32(p + 24);
    out->leap = u32(p + 28);
    out->time = u32(p + 32);
    out->type = u32(p + 36);
    out->chars = u32(p + 40);
    return out->isut <= MAX_TYPES && out->isstd <= MAX_TYPES && out->leap <= 1000 &&
           out->time <= MAX_CHANGES && out->type >= 1 && out->type <= MAX_TYPES &&
           out->chars <= 2048;
}

static size_t block_size(const counts *c, size_t time_size)
{
    return c->time * time_size + c->time + c->type * 6u + c->chars + c->leap * (time_size + 4) +
           c->isstd + c->isut;
}

static void push_change(mr_zone *zone, int64_t at, int32_t offset)
{
    int32_t before = zone->n == 0 ? zone->first : zone->offset[zone->n - 1];

    if (before == offset || (zone->n > 0 && at <= zone->at[zone->n - 1]))
        return;
    zone->at[zone->n] = at;
    zone->local[zone->n] = at + (before > offset ? before : offset);
    zone->offset[zone->n++] = offset;
}

static bool read_changes(mr_zone *zone, const char *block, const counts *c)
{
    const char *types = block + c->time * 9u;

    zone->first = (int32_t)u32(types);
    for (uint32_t i = 0; i < c->time; i++) {
        int64_t at = s64(block + i * 8u);
        unsigned type = (unsigned char)block[c->time * 8u + i];
        int32_t offset;

        if (type >= c->type || (i > 0 && at <= s64(block + (i - 1) * 8u)))
            return false;
        offset = (int32_t)u32(types + type * 6u);
        if (offset < -26 * 3600 || offset > 26 * 3600)
            return false;
        if (at > -(INT64_C(1) << 55) && at < INT64_C(1) << 55)
            push_change(zone, at, offset);
    }
    return true;
}

/* Appends 401 years of the footer's rule, so that 400 years of it repeat for ever. */
static void expand_rule(mr_zone *zone, const posix_rule *rule, int64_t last)
{
    mr_civil civil;
    int year = FIRST_RULE_YEAR;

    if (!rule->has_dst) {
        push_change(zone, last + 1, rule->std_offset);
        return;
    }
    if (last > 0) {
        mr_time_civil_from_days((int32_t)(last / 86400), &civil);
        year = civil.year;
    }
    for (int stop = year + RULE_YEARS; year <= stop; year++) {
        int64_t on = rule_seconds(&rule->start, year) - rule->std_offset;
        int64_t off = rule_seconds(&rule->stop, year) - rule->dst_offset;
        bool on_first = on < off;

        if ((on_first ? on : off) > last)
            push_change(zone, on_first ? on : off, on_first ? rule->dst_offset : rule->std_offset);
        if ((on_first ? off : on) > last)
            push_change(zone, on_first ? off : on, on_first ? rule->std_offset : rule->dst_offset);
    }
    zone->repeats = true;
}

static mr_zone *zone_new(uint32_t capacity)
{
    mr_zone *zone = mr_calloc(1, sizeof(*zone));

    zone->at = mr_calloc(capacity, sizeof(*zone->at));
    zone->local = mr_calloc(capacity, sizeof(*zone->local));
    zone->offset = mr_calloc(capacity, sizeof(*zone->offset));
    return zone;
}

void mr_tzif_free(mr_zone *zone)
{
    if (zone == NULL)
        return;
    free(zone->at);
    free(zone->local);
    free(zone->offset);
    free(zone);
}

/* The footer between two newlines at `at`; an empty one says nothing. */
static bool read_footer(mr_str bytes, size_t at, mr_zone *zone, int64_t last)
{
    posix_rule rule;
    size_t end;

    if (at >= bytes.len || bytes.ptr[at] != '\n')
        return false;
    end = mr_str_find(bytes, '\n', at + 1);
    if (end == bytes.len)
        return false;
    if (end == at + 1)
        return true;
    if (!parse_rule((cursor){ bytes.ptr + at + 1, bytes.ptr + end }, &rule))
        return false;
    expand_rule(zone, &rule, last);
    return true;
}

mr_zone *mr_tzif_read(mr_str bytes)
{
    counts c;
    size_t at, size;
    mr_zone *zone;
    int64_t last;

    if (!read_header(bytes, 0, &c) || bytes.ptr[4] < '2')
        return NULL;
    at = HEADER + block_size(&c, 4);
    if (at > bytes.len || !read_header(bytes, at, &c))
        return NULL;
    at += HEADER;
    size = block_size(&c, 8);
    if (at + size > bytes.len)
        return NULL;
    zone = zone_new(c.time + 2 * (RULE_YEARS + 2));
    last = c.time == 0 ? INT64_MIN / 4 : s64(bytes.ptr + at + (c.time - 1) * 8u);
    if (last > INT64_C(1) << 36 || !read_changes(zone, bytes.ptr + at, &c) ||
        !read_footer(bytes, at + size, zone, last)) {
        mr_tzif_free(zone);
        return NULL;
    }
    return zone;
}
