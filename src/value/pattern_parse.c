/* pattern_parse.c - reading text by a compiled pattern. */
#include "value/pattern_priv.h"

enum { MAX_NESTING = 16 };

/* What has been read so far; -1 = not there. */
typedef struct fields {
    int64_t year;
    int era; /* 1 = BC */
    int month, day, day_of_year, weekday;
    int hour, hour12, pm, minute, second;
    int32_t micro;
    bool has_year, has_offset;
    int32_t offset;
    const mr_zone *zone;
} fields;

typedef struct scanner {
    const mr_pattern *pattern;
    mr_str text;
    size_t at;
    bool is_whole;    /* all items were read */
    size_t failed_at; /* where the item began that the text does not have */
    fields f;
} scanner;

static bool is_digit(const scanner *s, size_t at)
{
    return at < s->text.len && s->text.ptr[at] >= '0' && s->text.ptr[at] <= '9';
}

static bool set_number(scanner *s, const mr_item *item, int64_t v)
{
    static const struct {
        char letter;
        int low, high;
    } ranges[] = { { 'M', 1, 12 }, { 'L', 1, 12 }, { 'd', 1, 31 }, { 'D', 1, 366 },
                   { 'h', 1, 12 }, { 'K', 0, 11 }, { 'k', 1, 24 }, { 'H', 0, 23 },
                   { 'm', 0, 59 }, { 's', 0, 59 }, { 'F', 1, 7 },  { 'u', 1, 7 } };

    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (ranges[i].letter == item->letter && (v < ranges[i].low || v > ranges[i].high))
            return false;
    switch (item->letter) {
    case 'M':
    case 'L':
        s->f.month = (int)v;
        break;
    case 'd':
        s->f.day = (int)v;
        break;
    case 'D':
        s->f.day_of_year = (int)v;
        break;
    case 'h':
    case 'K':
        s->f.hour12 = (int)(v % 12);
        break;
    case 'k':
    case 'H':
        s->f.hour = (int)(v % 24);
        break;
    case 'm':
        s->f.minute = (int)v;
        break;
    case 's':
        s->f.second = (int)v;
        break;
    case 'u':
        s->f.weekday = (int)v - 1;
        break;
    default:
        break;
    }
    return true;
}

static bool set_year(scanner *s, const mr_item *item, int64_t v, int digits, char sign)
{
    bool two = item->count == 2 || (s->pattern->legacy && item->count < 2);

    if (two && digits == 2 && sign == '\0')
        v = s->pattern->legacy && v >= 46 ? 1900 + v : 2000 + v;
    if (!s->pattern->legacy && item->count >= 4 && sign != '+' && sign != '-' &&
        digits > item->count)
        return false;
    if (!s->pattern->legacy && sign == '+' && (item->count < 4 || digits <= item->count))
        return false;
    s->f.year = sign == '-' ? -v : v;
    s->f.has_year = true;
    return v <= 999999;
}

static bool take_number(scanner *s, const mr_item *item)
{
    int digits = 0, most = item->max;
    bool year = item->letter == 'y';
    int64_t v = 0;
    char sign = '\0';

    if (s->pattern->legacy)
        while (s->at < s->text.len && (s->text.ptr[s->at] == ' ' || s->text.ptr[s->at] == '\t'))
            s->at++;
    if (year && s->at < s->text.len && item->count != 2 &&
        (s->text.ptr[s->at] == '-' || s->text.ptr[s->at] == '+'))
        sign = s->text.ptr[s->at++];
    while (digits < most + item->reserve && is_digit(s, s->at + (size_t)digits))
        digits++;
    if (item->reserve > 0 && most > item->min)
        most = digits - item->reserve > item->min ? digits - item->reserve : item->min;
    if (digits > most)
        digits = most;
    if (digits == 0 || (!s->pattern->legacy && digits < item->min) || digits > 18)
        return false;
    for (int i = 0; i < digits; i++)
        v = v * 10 + (s->text.ptr[s->at++] - '0');
    return year ? set_year(s, item, v, digits, sign) : set_number(s, item, v);
}

/* S...: 1 to count digits of the fraction.  LEGACY: a number of units of the last S. */
static bool take_fraction(scanner *s, const mr_item *item)
{
    int64_t v = 0;
    int digits = 0;
    int most = s->pattern->legacy ? 9 : item->count;
    int scale;

    while (digits < most && is_digit(s, s->at)) {
        v = v * 10 + (s->text.ptr[s->at++] - '0');
        digits++;
    }
    if (digits == 0)
        return false;
    scale = s->pattern->legacy ? item->count : digits;
    for (; scale < 6; scale++)
        v *= 10;
    for (; scale > 6; scale--)
        v /= 10;
    s->f.micro = (int32_t)v;
    return v < MR_US_PER_SECOND;
}

static bool starts_nocase(const scanner *s, const char *word, size_t n)
{
    return s->text.len - s->at >= n &&
           mr_str_equal_nocase((mr_str){ s->text.ptr + s->at, n }, (mr_str){ word, n });
}

/* The index of the name that stands here, or -1; `either`: the long one is tried first. */
static int take_name(scanner *s, const char *const *names, int from, int to, bool full)
{
    for (int pass = 0; pass < 2; pass++) {
        bool whole = pass == 0;

        if (!s->pattern->legacy && whole != full)
            continue;
        for (int i = from; i < to; i++) {
            size_t n = whole ? strlen(names[i]) : 3;

            if (starts_nocase(s, names[i], n)) {
                s->at += n;
                return i;
            }
        }
    }
    return -1;
}

static bool two_digits(const scanner *s, size_t at, int *out)
{
    if (!is_digit(s, at) || !is_digit(s, at + 1))
        return false;
    *out = (s->text.ptr[at] - '0') * 10 + s->text.ptr[at + 1] - '0';
    return true;
}

/* [+-]hh[:mm[:ss]] or without colons; `minutes`, `colon`: 1 demanded, 0 not allowed, -1 as it
 * comes. */
static bool take_signed(scanner *s, int minutes, int colon, bool one_digit)
{
    size_t at = s->at;
    int h = 0, m = 0, sec = 0;
    bool negative, has_colon;

    if (at >= s->text.len || (s->text.ptr[at] != '+' && s->text.ptr[at] != '-'))
        return false;
    negative = s->text.ptr[at++] == '-';
    if (two_digits(s, at, &h)) {
        at += 2;
    } else if (one_digit && is_digit(s, at)) {
        h = s->text.ptr[at++] - '0';
    } else {
        return false;
    }
    has_colon = at < s->text.len && s->text.ptr[at] == ':';
    if (minutes != 0 && (colon < 0 || has_colon == (colon == 1)) &&
        two_digits(s, at + has_colon, &m)) {
        at += 2u + has_colon;
        if (colon != 0 && has_colon && at < s->text.len && s->text.ptr[at] == ':' &&
            two_digits(s, at + 1, &sec))
            at += 3;
    } else if (minutes == 1) {
        return false;
    }
    if (h > 18 || m > 59 || sec > 59 || (h == 18 && m + sec > 0))
        return false;
    s->at = at;
    s->f.has_offset = true;
    s->f.offset = (h * 60 + m) * 60 + sec;
    if (negative)
        s->f.offset = -s->f.offset;
    return true;
}

static bool take_utc_letter(scanner *s)
{
    if (s->at >= s->text.len || (s->text.ptr[s->at] | 32) != 'z')
        return false;
    s->at++;
    s->f.has_offset = true;
    s->f.offset = 0;
    return true;
}

/* GMT, GMT+8, GMT+08:00, UTC+... */
static bool take_localized(scanner *s)
{
    if (!starts_nocase(s, "GMT", 3))
        return false;
    s->at += 3;
    s->f.has_offset = true;
    s->f.offset = 0;
    (void)take_signed(s, -1, 1, true);
    return true;
}

static bool take_zone(scanner *s, const mr_item *item)
{
    size_t used;
    bool has_offset;

    if (take_signed(s, -1, -1, false))
        return true;
    if (item->letter != 'V' && take_localized(s))
        return true;
    if (!mr_zone_from_label(mr_str_slice(s->text, s->at, s->text.len), &used, &s->f.zone,
                            &s->f.offset, &has_offset))
        return false;
    s->f.has_offset = has_offset;
    s->at += used;
    return true;
}

static bool take_offset(scanner *s, const mr_item *item)
{
    int n = item->count;

    if (s->pattern->legacy && item->letter == 'Z')
        return take_zone(s, item);
    if (item->letter == 'O' || (item->letter == 'Z' && n == 4))
        return take_localized(s);
    if (item->letter == 'Z')
        return n == 5 ? take_utc_letter(s) || take_signed(s, 1, 1, false)
                      : take_signed(s, 1, 0, false);
    if (item->letter == 'X' && take_utc_letter(s))
        return true;
    if (n == 1)
        return take_signed(s, s->pattern->legacy ? 0 : -1, 0, false);
    return take_signed(s, 1, n == 3 || n == 5, false);
}

static bool take_am_pm(scanner *s)
{
    if (starts_nocase(s, "AM", 2))
        s->f.pm = 0;
    else if (starts_nocase(s, "PM", 2))
        s->f.pm = 1;
    else
        return false;
    s->at += 2;
    return true;
}

static bool take_era(scanner *s, const mr_item *item)
{
    static const char *const eras[2][2] = { { "AD", "Anno Domini" }, { "BC", "Before Christ" } };

    for (int era = 0; era < 2; era++) {
        const char *name = eras[era][item->count == 4 && !s->pattern->legacy];

        if (starts_nocase(s, name, strlen(name))) {
            s->f.era = era;
            s->at += strlen(name);
            return true;
        }
    }
    return false;
}

static bool take_item(scanner *s, const mr_item *item)
{
    switch (item->kind) {
    case MR_ITEM_LITERAL:
        if (!starts_nocase(s, item->text.ptr, item->text.len))
            return false;
        s->at += item->text.len;
        return true;
    case MR_ITEM_NUMBER:
        return take_number(s, item);
    case MR_ITEM_FRACTION:
        return take_fraction(s, item);
    case MR_ITEM_MONTH_NAME:
        s->f.month = take_name(s, mr_month_names, 1, 13, item->count >= 4);
        return s->f.month > 0;
    case MR_ITEM_DAY_NAME:
        s->f.weekday = take_name(s, mr_day_names, 0, 7, item->count >= 4);
        return s->f.weekday >= 0;
    case MR_ITEM_AM_PM:
        return take_am_pm(s);
    case MR_ITEM_ERA:
        return take_era(s, item);
    case MR_ITEM_OFFSET:
        return take_offset(s, item);
    case MR_ITEM_ZONE:
        return take_zone(s, item);
    default:
        return false; /* quarters are refused when a pattern for parsing is compiled */
    }
}

/* All items; a failure inside [ ] takes back what the innermost section read and goes on behind. */
static bool take_all(scanner *s)
{
    struct {
        size_t at;
        fields f;
        int skip;
    } open[MAX_NESTING];
    int depth = 0;

    for (int i = 0; i < s->pattern->n;) {
        const mr_item *item = &s->pattern->items[i];

        if (item->kind == MR_ITEM_OPEN) {
            open[depth].at = s->at;
            open[depth].f = s->f;
            open[depth++].skip = item->skip;
            i++;
        } else if (item->kind == MR_ITEM_CLOSE) {
            depth--;
            i++;
        } else if (s->failed_at = s->at, take_item(s, item)) {
            i++;
        } else if (depth > 0) {
            depth--;
            s->at = open[depth].at;
            s->f = open[depth].f;
            i = open[depth].skip;
        } else {
            return false;
        }
    }
    s->is_whole = true;
    return s->at == s->text.len || s->pattern->legacy; /* SimpleDateFormat ignores the rest */
}

static bool resolve_date(const scanner *s, mr_civil *c)
{
    const fields *f = &s->f;
    int64_t year = f->has_year ? f->year : 1970;

    if (f->era == 1)
        year = 1 - year;
    c->year = (int32_t)year;
    c->month = f->month < 0 ? 1 : f->month;
    c->day = f->day < 0 ? 1 : f->day;
    if (f->day_of_year >= 0) {
        mr_civil d;

        mr_time_civil_from_days(mr_time_days(c->year, 1, 1) + f->day_of_year - 1, &d);
        if (d.year != c->year || (f->month >= 0 && f->month != d.month) ||
            (f->day >= 0 && f->day != d.day))
            return false;
        c->month = d.month;
        c->day = d.day;
    }
    if (!mr_time_valid_date(c->year, c->month, c->day))
        return false;
    if (f->weekday >= 0) {
        int64_t days = mr_time_days(c->year, c->month, c->day);

        return (days + 3 - f->weekday) % 7 == 0;
    }
    return true;
}

static bool resolve(const scanner *s, int64_t *local_us)
{
    const fields *f = &s->f;
    mr_civil c = { 0 };

    if (!resolve_date(s, &c))
        return false;
    if (f->hour >= 0) {
        c.hour = f->hour;
        if (f->pm >= 0 && !s->pattern->legacy && f->pm != (f->hour >= 12))
            return false;
    } else {
        c.hour = (f->hour12 < 0 ? 0 : f->hour12) + (f->pm == 1 ? 12 : 0);
    }
    c.minute = f->minute < 0 ? 0 : f->minute;
    c.second = f->second < 0 ? 0 : f->second;
    c.micro = f->micro;
    return mr_time_micros(&c, local_us);
}

static bool scan(const mr_pattern *pattern, mr_str text, scanner *s, int64_t *local_us)
{
    *s = (scanner){ .pattern = pattern, .text = text };
    s->f.month = s->f.day = s->f.day_of_year = s->f.weekday = -1;
    s->f.hour = s->f.hour12 = s->f.pm = s->f.minute = s->f.second = -1;
    return take_all(s) && resolve(s, local_us);
}

/* yyyy-MM-ddTHH:mm:ss[.SSS][Z] exactly; whatever else goes the general way. */
static bool iso_fast(mr_str t, int64_t *local_us, bool *utc)
{
    if (t.len < 19 || t.len > 24 || t.ptr[10] != 'T')
        return false;
    for (size_t i = 19; i < t.len; i++)
        if (!(i == 19 && t.ptr[i] == '.' && t.len > 20) &&
            !(i > 19 && t.ptr[19] == '.' && t.ptr[i] >= '0' && t.ptr[i] <= '9' && i < 23) &&
            !(i == t.len - 1 && t.ptr[i] == 'Z' && (i == 19 || i > 20)))
            return false;
    *utc = t.ptr[t.len - 1] == 'Z';
    return t.ptr[4] == '-' && t.ptr[7] == '-' && t.ptr[13] == ':' && t.ptr[16] == ':' &&
           mr_time_parse_local(mr_str_slice(t, 0, t.len - *utc), false, local_us);
}

bool mr_pattern_parse(const mr_pattern *pattern, mr_str text, const mr_zone *zone, int64_t *us)
{
    scanner s;
    int64_t local;
    bool utc;

    if (pattern->iso && iso_fast(text, &local, &utc) && (!utc || pattern->iso_zone)) {
        *us = utc ? local : mr_zone_to_utc(zone, local);
        return true;
    }
    if (!scan(pattern, text, &s, &local))
        return false;
    if (s.f.has_offset)
        return !__builtin_sub_overflow(local, (int64_t)s.f.offset * MR_US_PER_SECOND, us);
    *us = mr_zone_to_utc(s.f.zone != NULL ? s.f.zone : zone, local);
    return true;
}

bool mr_pattern_parse_ntz(const mr_pattern *pattern, mr_str text, int64_t *us)
{
    scanner s;

    return !pattern->has_zone && scan(pattern, text, &s, us) && !s.f.has_offset && s.f.zone == NULL;
}

size_t mr_pattern_failed_at(const mr_pattern *pattern, mr_str text, bool *has_rest)
{
    scanner s;
    int64_t local;

    *has_rest = !scan(pattern, text, &s, &local) && s.is_whole && s.at < text.len;
    return *has_rest ? s.at : s.is_whole ? 0 : s.failed_at;
}
