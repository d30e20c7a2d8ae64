/* time.c - the calendar, Spark's string casts of dates and timestamps, and their text. */
#include "value/time.h"

#include "os/os.h"

__extension__ typedef __int128 mr_time_wide;

static const uint8_t month_days[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

/* Days from the civil calendar, counted in years that start in March. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int32_t mr_time_days(int32_t year, int32_t month, int32_t day)
{
    return (int32_t)days_from_civil(year, month, day);
}

static void civil_from_days(int64_t days, mr_civil *out)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t mp = (5 * of_year + 2) / 153;

    out->day = (int32_t)(of_year - (153 * mp + 2) / 5 + 1);
    out->month = (int32_t)(mp < 10 ? mp + 3 : mp - 9);
    out->year = (int32_t)(year_of_era + era * 400 + (out->month <= 2));
}

void mr_time_civil_from_days(int32_t days, mr_civil *out)
{
    memset(out, 0, sizeof(*out));
    civil_from_days(days, out);
}

void mr_time_civil(int64_t local_us, mr_civil *out)
{
    int64_t days = local_us / MR_US_PER_DAY;
    int64_t rest = local_us % MR_US_PER_DAY;
    int32_t seconds;

    if (rest < 0) {
        rest += MR_US_PER_DAY;
        days--;
    }
    civil_from_days(days, out);
    out->micro = (int32_t)(rest % MR_US_PER_SECOND);
    seconds = (int32_t)(rest / MR_US_PER_SECOND);
    out->hour = seconds / 3600;
    out->minute = seconds / 60 % 60;
    out->second = seconds % 60;
}

bool mr_time_micros(const mr_civil *c, int64_t *us)
{
    int64_t days = days_from_civil(c->year, c->month, c->day);
    int64_t rest =
        (int64_t)(c->hour * 3600 + c->minute * 60 + c->second) * MR_US_PER_SECOND + c->micro;
    mr_time_wide wide = (mr_time_wide)days * MR_US_PER_DAY + rest;

    *us = (int64_t)wide;
    return *us == wide;
}

int64_t mr_time_from_civil(const mr_civil *civil)
{
    int64_t us;

    (void)mr_time_micros(civil, &us);
    return us;
}

bool mr_time_valid_date(int32_t year, int32_t month, int32_t day)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= month_days[month] + (month == 2 && leap);
}

/* --- casts from text --- */

static bool is_blank(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

static mr_str trim(mr_str s, size_t *start)
{
    *start = 0;
    while (*start < s.len && is_blank(s.ptr[*start]))
        ++*start;
    while (s.len > *start && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static bool date_digits_ok(int segment, int digits)
{
    return segment == 0 ? digits >= 4 && digits <= 7 : digits >= 1 && digits <= 2;
}

bool mr_time_parse_date(mr_str text, int32_t *days)
{
    int64_t segment[3] = { 1, 1, 1 };
    int64_t value = 0;
    int digits = 0, i = 0, sign = 1;
    size_t at;

    text = trim(text, &at);
    if (at == text.len)
        return false;
    if (text.ptr[at] == '-' || text.ptr[at] == '+')
        sign = text.ptr[at++] == '-' ? -1 : 1;
    for (; at < text.len && text.ptr[at] != ' ' && text.ptr[at] != 'T'; at++) {
        int digit = text.ptr[at] - '0';

        if (i < 2 && text.ptr[at] == '-') {
            if (!date_digits_ok(i, digits))
                return false;
            segment[i++] = value;
            value = digits = 0;
        } else {
            if (digit < 0 || digit > 9 || digits >= 7)
                return false;
            value = value * 10 + digit;
            digits++;
        }
    }
    if (!date_digits_ok(i, digits) || (i < 2 && at < text.len))
        return false;
    segment[i] = value;
    segment[0] *= sign;
    if (segment[0] > 5881580 || segment[0] < -5877641 ||
        !mr_time_valid_date((int32_t)segment[0], (int32_t)segment[1], (int32_t)segment[2]))
        return false;
    value = days_from_civil(segment[0], (int)segment[1], (int)segment[2]);
    *days = (int32_t)value;
    return *days == value;
}

/* A timestamp text taken apart. */
typedef struct stamp {
    int32_t segment[9]; /* year month day hour minute second micro - - */
    int digits;         /* of the segment being read */
    int32_t value;
    int i; /* the segment being read: 0 year ... 6 micro, 7 zone */
    int fraction_digits;
    int sign; /* of the year: 0 none */
    bool just_time;
    mr_str zone;
} stamp;

static bool close_segment(stamp *s, int to, int next)
{
    bool ok = to == 6 || (to == 0 && s->digits >= 4 && s->digits <= 6) ||
              (to == 7 && s->digits <= 2) || (to != 0 && to < 6 && s->digits > 0 && s->digits <= 2);

    s->segment[to] = s->value;
    s->value = 0;
    s->digits = 0;
    s->i = next;
    return ok;
}

/* A byte that is no digit; *at moves to the last byte used. */
static bool take_separator(stamp *s, mr_str text, size_t *at)
{
    char c = text.ptr[*at];

    if (*at == 0 && c == 'T') {
        s->just_time = true;
        s->i += 3;
        return true;
    }
    switch (s->i) {
    case 0:
        if (c == ':' && s->sign == 0) {
            s->just_time = true;
            return close_segment(s, 3, 4);
        }
        return c == '-' && close_segment(s, 0, 1);
    case 1:
        return c == '-' && close_segment(s, 1, 2);
    case 2:
        return (c == ' ' || c == 'T') && close_segment(s, 2, 3);
    case 3:
    case 4:
        return c == ':' && close_segment(s, s->i, s->i + 1);
    case 5:
        if (c == '.')
            return close_segment(s, 5, 6);
        break;
    default:
        break;
    }
    if (s->i > 6 || !close_segment(s, s->i, 7))
        return false;
    s->zone = mr_str_slice(text, *at, text.len);
    *at = text.len - 1;
    return true;
}

static bool take_apart(mr_str text, stamp *s)
{
    size_t at;

    *s = (stamp){ .segment = { 1, 1, 1 } };
    text = trim(text, &at);
    if (at == text.len)
        return false;
    if (text.ptr[at] == '-' || text.ptr[at] == '+')
        s->sign = text.ptr[at++] == '-' ? -1 : 1;
    for (; at < text.len; at++) {
        int digit = text.ptr[at] - '0';

        if (digit < 0 || digit > 9) {
            if (!take_separator(s, text, &at))
                return false;
        } else {
            s->fraction_digits += s->i == 6;
            if (s->digits < 6)
                s->value = s->value * 10 + digit;
            s->digits += s->digits < 100;
        }
    }
    if (!close_segment(s, s->i, s->i))
        return false;
    for (int n = s->fraction_digits; n < 6; n++)
        s->segment[6] *= 10;
    if (s->sign < 0)
        s->segment[0] = -s->segment[0];
    return true;
}

static bool stamp_micros(const stamp *s, const mr_civil *today, int64_t *us)
{
    mr_civil c = { s->segment[0], s->segment[1], s->segment[2], s->segment[3],
                   s->segment[4], s->segment[5], s->segment[6] };

    if (today != NULL) {
        c.year = today->year;
        c.month = today->month;
        c.day = today->day;
    }
    return mr_time_valid_date(c.year, c.month, c.day) && c.hour < 24 && c.minute < 60 &&
           c.second < 60 && mr_time_micros(&c, us);
}

/* "yyyy-MM-dd[T ]HH:mm:ss" with fixed widths: what nearly every input looks like.  Returns how many
 * bytes were used, or 0. */
static size_t take_common(mr_str t, mr_civil *c)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    unsigned bad = 0;

    if (t.len < 19)
        return 0;
    for (int i = 0; i < 19; i++) {
        unsigned char b = (unsigned char)t.ptr[i];

        if (shape[i] == 'd')
            bad |= (unsigned)(b - '0') > 9u;
        else if (shape[i] == 'T')
            bad |= b != 'T' && b != ' ';
        else
            bad |= b != (unsigned char)shape[i];
    }
    if (bad)
        return 0;
#define TWO(i) ((t.ptr[i] - '0') * 10 + t.ptr[(i) + 1] - '0')
    *c = (mr_civil){ TWO(0) * 100 + TWO(2), TWO(5), TWO(8), TWO(11), TWO(14), TWO(17), 0 };
#undef TWO
    if (!mr_time_valid_date(c->year, c->month, c->day) || c->hour > 23 || c->minute > 59 ||
        c->second > 59)
        return 0;
    return 19;
}

/* .f to .ffffff at `at`; returns the index behind it. */
static size_t take_fraction(mr_str t, size_t at, int32_t *micro)
{
    int32_t value = 0;
    int n = 0;

    if (at + 1 >= t.len || t.ptr[at] != '.')
        return at;
    for (at++; at < t.len && (unsigned char)(t.ptr[at] - '0') <= 9; at++, n++)
        if (n < 6)
            value = value * 10 + t.ptr[at] - '0';
    for (; n < 6; n++)
        value *= 10;
    *micro = value;
    return at;
}

bool mr_time_parse_timestamp(mr_str text, const mr_zone *zone, int64_t *us)
{
    stamp s;
    mr_civil c;
    int64_t local;
    int32_t offset;
    size_t at = take_common(text, &c);

    if (at != 0) {
        at = take_fraction(text, at, &c.micro);
        if (at == text.len || (at + 1 == text.len && text.ptr[at] == 'Z')) {
            local = mr_time_from_civil(&c);
            *us = at < text.len ? local : mr_zone_to_utc(zone, local);
            return true;
        }
    }
    if (!take_apart(text, &s))
        return false;
    if (s.zone.len > 0 && !s.just_time && mr_zone_parse_offset(mr_str_trim(s.zone), &offset)) {
        if (!stamp_micros(&s, NULL, &local))
            return false;
        return !__builtin_sub_overflow(local, offset * MR_US_PER_SECOND, us);
    }
    if (s.zone.len > 0 && mr_zone_find(mr_str_trim(s.zone), &zone, NULL) != MR_OK)
        return false;
    if (s.just_time)
        mr_time_civil(mr_zone_to_local(zone, mr_os_wall_us(mr_os_real())), &c);
    if (!stamp_micros(&s, s.just_time ? &c : NULL, &local))
        return false;
    *us = mr_zone_to_utc(zone, local);
    return (local < 0) == (*us < 0) || (local > -MR_US_PER_DAY && local < MR_US_PER_DAY);
}

bool mr_time_parse_local(mr_str text, bool allow_zone, int64_t *us)
{
    stamp s;
    const mr_zone *zone;

    if (!take_apart(text, &s) || s.just_time)
        return false;
    if (s.zone.len > 0 && (!allow_zone || mr_zone_find(mr_str_trim(s.zone), &zone, NULL) != MR_OK))
        return false;
    return stamp_micros(&s, NULL, us);
}

bool mr_time_parse_timestamp_ntz(mr_str text, int64_t *us)
{
    return mr_time_parse_local(text, true, us);
}

/* --- text --- */

static char *put_digits(char *out, uint32_t value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return out + width;
}

static char *put_year(char *out, int32_t year)
{
    uint32_t a = year < 0 ? 0u - (uint32_t)year : (uint32_t)year;
    int width = 4;

    if (year < 0)
        *out++ = '-';
    else if (year > 9999)
        *out++ = '+';
    for (uint32_t rest = a / 10000; rest > 0; rest /= 10)
        width++;
    return put_digits(out, a, width);
}

static char *put_date(char *out, const mr_civil *c)
{
    out = put_year(out, c->year);
    *out++ = '-';
    out = put_digits(out, (uint32_t)c->month, 2);
    *out++ = '-';
    return put_digits(out, (uint32_t)c->day, 2);
}

size_t mr_time_print_date(int32_t days, char out[48])
{
    mr_civil c;
    char *end;

    mr_time_civil_from_days(days, &c);
    end = put_date(out, &c);
    *end = '\0';
    return (size_t)(end - out);
}

size_t mr_time_print_local(int64_t local_us, char out[48])
{
    mr_civil c;
    char *end;

    mr_time_civil(local_us, &c);
    end = put_date(out, &c);
    *end++ = ' ';
    end = put_digits(end, (uint32_t)c.hour, 2);
    *end++ = ':';
    end = put_digits(end, (uint32_t)c.minute, 2);
    *end++ = ':';
    end = put_digits(end, (uint32_t)c.second, 2);
    if (c.micro != 0) {
        *end++ = '.';
        end = put_digits(end, (uint32_t)c.micro, 6);
        while (end[-1] == '0')
            end--;
    }
    *end = '\0';
    return (size_t)(end - out);
}

size_t mr_time_print_timestamp(int64_t us, const mr_zone *zone, char out[48])
{
    return mr_time_print_local(mr_zone_to_local(zone, us), out);
}

int32_t mr_time_to_date(int64_t us, const mr_zone *zone)
{
    int64_t local = mr_zone_to_local(zone, us);

    return (int32_t)(local / MR_US_PER_DAY - (local % MR_US_PER_DAY < 0));
}
