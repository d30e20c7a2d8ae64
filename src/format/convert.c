/* convert.c - texts of dates, timestamps, decimals and bytes, by the options' patterns. */
#include "format/format_priv.h"
#include "value/number.h"
#include "value/time.h"

static mr_status compile(const mr_format_spec *spec, const char *key, const char *fallback,
                         mr_arena *arena, const mr_pattern **out, mr_error *err)
{
    const mr_str *text = mr_options_find(&spec->options, key);
    mr_pattern *pattern = NULL;

    *out = NULL;
    if (text == NULL && (!spec->legacy_time || fallback == NULL))
        return MR_OK;
    MR_TRY(mr_pattern_compile(arena, text != NULL ? *text : mr_str_from(fallback),
                              spec->legacy_time, MR_PATTERN_PARSE, &pattern, err));
    *out = pattern;
    return MR_OK;
}

mr_status mr_convert_open(mr_convert *convert, const mr_format_spec *spec, mr_arena *arena,
                          mr_error *err)
{
    bool fallback = false;
    bool given = mr_options_find(&spec->options, "enableDateTimeParsingFallback") != NULL;

    MR_TRY(mr_options_zone(spec, &convert->zone, err));
    MR_TRY(mr_options_bool(&spec->options, "enableDateTimeParsingFallback", &fallback, err));
    MR_TRY(compile(spec, "dateFormat", "yyyy-MM-dd", arena, &convert->date, err));
    MR_TRY(compile(spec, "timestampFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", arena,
                   &convert->timestamp, err));
    MR_TRY(compile(spec, "timestampNTZFormat", NULL, arena, &convert->timestamp_ntz, err));
    convert->fallback_date = given ? fallback : spec->legacy_time || convert->date == NULL;
    convert->fallback_timestamp =
        given ? fallback : spec->legacy_time || convert->timestamp == NULL;
    return MR_OK;
}

/* The text without "GMT", as Spark's fallback takes it; false if it has none or is too long. */
static bool without_gmt(mr_str text, char out[64], mr_str *clean)
{
    size_t n = 0;
    bool found = false;

    if (text.len > 60)
        return false;
    for (size_t i = 0; i < text.len;) {
        if (text.len - i >= 3 && memcmp(text.ptr + i, "GMT", 3) == 0) {
            found = true;
            i += 3;
        } else {
            out[n++] = text.ptr[i++];
        }
    }
    *clean = (mr_str){ out, n };
    return found;
}

bool mr_convert_date(const mr_convert *convert, mr_str text, int32_t *out)
{
    char copy[64];
    mr_str clean;
    int64_t v;

    if (convert->date == NULL) {
        if (mr_time_parse_date(text, out))
            return true;
    } else if (mr_pattern_parse(convert->date, text, mr_zone_utc(), &v)) {
        *out = (int32_t)((v - (v < 0 ? MR_US_PER_DAY - 1 : 0)) / MR_US_PER_DAY);
        return true;
    }
    if (!convert->fallback_date)
        return false;
    if (mr_time_parse_date(without_gmt(text, copy, &clean) ? clean : text, out))
        return true;
    if (!convert->day_numbers || !mr_str_to_int64(text, &v) || v < INT32_MIN || v > INT32_MAX)
        return false;
    *out = (int32_t)v;
    return true;
}

static bool two(const char *p, int *out)
{
    unsigned a = (unsigned)(p[0] - '0');
    unsigned b = (unsigned)(p[1] - '0');

    *out = (int)(a * 10 + b);
    return a <= 9 && b <= 9;
}

/* "yyyy-MM-ddTHH:mm:ss[.f][Z]" quickly; false = ask the full parser. */
static bool quick_timestamp(mr_str s, const mr_zone *zone, int64_t *out)
{
    int c, y, mo, d, h, mi, sec;
    int32_t micro = 0;
    size_t at = 19;
    int64_t us;
    bool utc;

    if (s.len < 19 || !two(s.ptr, &c) || !two(s.ptr + 2, &y) || s.ptr[4] != '-' ||
        !two(s.ptr + 5, &mo) || s.ptr[7] != '-' || !two(s.ptr + 8, &d) ||
        (s.ptr[10] != 'T' && s.ptr[10] != ' ') || !two(s.ptr + 11, &h) || s.ptr[13] != ':' ||
        !two(s.ptr + 14, &mi) || s.ptr[16] != ':' || !two(s.ptr + 17, &sec) || mo < 1 || mo > 12 ||
        d < 1 || d > 28 || h > 23 || mi > 59 || sec > 59 || c < 17)
        return false;
    if (at < s.len && s.ptr[at] == '.') {
        int32_t unit = 100000;

        for (at++; at < s.len && unit > 0 && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++) {
            micro += (s.ptr[at] - '0') * unit;
            unit /= 10;
        }
        if (s.ptr[at - 1] == '.')
            return false;
    }
    utc = at + 1 == s.len && s.ptr[at] == 'Z';
    if (at != s.len && !utc)
        return false;
    us = ((int64_t)mr_time_days(c * 100 + y, mo, d) * 86400 + h * 3600 + mi * 60 + sec) *
             MR_US_PER_SECOND +
         micro;
    *out = utc ? us : mr_zone_to_utc(zone, us);
    return true;
}

bool mr_convert_timestamp(const mr_convert *convert, mr_str text, int64_t *out)
{
    char copy[64];
    mr_str clean;

    if (convert->timestamp == NULL) {
        if (quick_timestamp(text, convert->zone, out) ||
            mr_time_parse_timestamp(text, convert->zone, out))
            return true;
    } else if (mr_pattern_parse(convert->timestamp, text, convert->zone, out)) {
        return true;
    }
    if (!convert->fallback_timestamp)
        return false;
    if (without_gmt(text, copy, &clean))
        text = clean;
    return mr_time_parse_timestamp(text, convert->zone, out);
}

bool mr_convert_timestamp_ntz(const mr_convert *convert, mr_str text, int64_t *out)
{
    if (convert->timestamp_ntz == NULL)
        return mr_time_parse_local(text, false, out);
    return mr_pattern_parse_ntz(convert->timestamp_ntz, text, out);
}

bool mr_convert_decimal(mr_str text, const mr_type *type, mr_int128 *out)
{
    char copy[128];
    size_t n = 0;
    mr_decimal v;

    if (mr_str_find(text, ',', 0) < text.len) { /* commas group digits in English */
        for (size_t i = 0; i < text.len; i++) {
            if (n == sizeof(copy))
                return false;
            if (text.ptr[i] != ',')
                copy[n++] = text.ptr[i];
        }
        text = (mr_str){ copy, n };
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (!((c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-' || c == 'e' || c == 'E'))
            return false;
    }
    if (text.len == 0 || !mr_number_parse_decimal(text, type->precision, type->scale, &v))
        return false;
    *out = v;
    return true;
}

static int base64_value(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool mr_convert_base64(mr_str text, mr_arena *arena, mr_str *out)
{
    unsigned char *bytes = mr_arena_alloc(arena, text.len / 4 * 3 + 3);
    size_t n = 0;
    uint32_t group = 0;
    int in_group = 0;
    size_t i = 0;

    for (; i < text.len && text.ptr[i] != '='; i++) {
        int v = base64_value((unsigned char)text.ptr[i]);

        if (v < 0 && (unsigned char)text.ptr[i] <= ' ' && in_group == 0)
            continue;
        if (v < 0)
            return false;
        group = group << 6 | (uint32_t)v;
        if (++in_group == 4) {
            bytes[n++] = (unsigned char)(group >> 16);
            bytes[n++] = (unsigned char)(group >> 8);
            bytes[n++] = (unsigned char)group;
            in_group = 0;
            group = 0;
        }
    }
    if ((size_t)(text.len - i) != (size_t)(in_group == 0 ? 0 : 4 - in_group) || in_group == 1)
        return false;
    for (; i < text.len; i++)
        if (text.ptr[i] != '=')
            return false;
    if (in_group == 2)
        bytes[n++] = (unsigned char)(group >> 4);
    if (in_group == 3) {
        bytes[n++] = (unsigned char)(group >> 10);
        bytes[n++] = (unsigned char)(group >> 2);
    }
    *out = (mr_str){ (const char *)bytes, n };
    return true;
}
