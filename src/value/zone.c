/* zone.c - finding zones as java.time.ZoneId names them; offsets at instants and local times. */
#include "value/zone_priv.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/file.h"
#include "value/time.h"

enum { MAX_FILE = 1 << 17, MAX_NAME = 64, MAX_OFFSET = 18 * 3600, CACHE_SLOTS = 1024 };

static const char *const zone_dir = "/usr/share/zoneinfo";

static mr_zone utc_zone = { .name = { "UTC", 3 } };
static pthread_mutex_t cache_lock = PTHREAD_MUTEX_INITIALIZER;
/* What was ever found, by every name it was asked by. */
typedef struct known_name {
    mr_str name;
    mr_zone *zone;
    struct known_name *next;
} known_name;
static known_name *cache[CACHE_SLOTS];

/* ZoneId.SHORT_IDS. */
static const char *const short_ids[][2] = {
    { "ACT", "Australia/Darwin" },
    { "AET", "Australia/Sydney" },
    { "AGT", "America/Argentina/Buenos_Aires" },
    { "ART", "Africa/Cairo" },
    { "AST", "America/Anchorage" },
    { "BET", "America/Sao_Paulo" },
    { "BST", "Asia/Dhaka" },
    { "CAT", "Africa/Harare" },
    { "CNT", "America/St_Johns" },
    { "CST", "America/Chicago" },
    { "CTT", "Asia/Shanghai" },
    { "EAT", "Africa/Addis_Ababa" },
    { "ECT", "Europe/Paris" },
    { "EST", "-05:00" },
    { "HST", "-10:00" },
    { "IET", "America/Indiana/Indianapolis" },
    { "IST", "Asia/Kolkata" },
    { "JST", "Asia/Tokyo" },
    { "MIT", "Pacific/Apia" },
    { "MST", "-07:00" },
    { "NET", "Asia/Yerevan" },
    { "NST", "Pacific/Auckland" },
    { "PLT", "Asia/Karachi" },
    { "PNT", "America/Phoenix" },
    { "PRT", "America/Puerto_Rico" },
    { "PST", "America/Los_Angeles" },
    { "SST", "Pacific/Guadalcanal" },
    { "VST", "Asia/Ho_Chi_Minh" },
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Two digits, or one where `loose` allows it. */
static bool take_two(mr_str *s, bool loose, int *out)
{
    int n = s->len >= 1 && is_digit(s->ptr[0]);

    if (n == 1 && s->len >= 2 && is_digit(s->ptr[1]))
        n = 2;
    if (n == 0 || (n == 1 && !loose))
        return false;
    *out = n == 2 ? (s->ptr[0] - '0') * 10 + s->ptr[1] - '0' : s->ptr[0] - '0';
    *s = mr_str_slice(*s, (size_t)n, s->len);
    return true;
}

/* ZoneOffset.of after Spark's repairs: +h, +hh, +hh:mm, +hhmm, +hh:mm:ss, +hhmmss, +h:mm, +hh:m. */
static bool parse_offset(mr_str s, int32_t *out)
{
    bool negative;
    int h = 0, m = 0, sec = 0;

    if (s.len < 2 || (s.ptr[0] != '+' && s.ptr[0] != '-'))
        return false;
    negative = s.ptr[0] == '-';
    s = mr_str_slice(s, 1, s.len);
    if (!take_two(&s, s.len == 1 || s.ptr[1] == ':', &h))
        return false;
    if (s.len > 0) {
        bool colon = s.ptr[0] == ':';

        s = mr_str_slice(s, colon, s.len);
        if (!take_two(&s, colon && s.len == 1, &m))
            return false;
        if (s.len > 0 && (s.ptr[0] == ':') != colon)
            return false;
        if (s.len > 0) {
            s = mr_str_slice(s, colon, s.len);
            if (!take_two(&s, false, &sec) || s.len > 0)
                return false;
        }
    }
    if (h > 18 || m > 59 || sec > 59 || h * 3600 + m * 60 + sec > MAX_OFFSET)
        return false;
    *out = h * 3600 + m * 60 + sec;
    if (negative)
        *out = -*out;
    return true;
}

bool mr_zone_parse_offset(mr_str text, int32_t *seconds)
{
    *seconds = 0;
    return mr_str_is(text, "Z") || parse_offset(text, seconds);
}

static void print_offset(int32_t offset, char out[16])
{
    int a = offset < 0 ? -offset : offset;

    if (offset == 0)
        snprintf(out, 16, "Z");
    else if (a % 60 != 0)
        snprintf(out, 16, "%c%02d:%02d:%02d", offset < 0 ? '-' : '+', a / 3600 % 100, a / 60 % 60,
                 a % 60);
    else
        snprintf(out, 16, "%c%02d:%02d", offset < 0 ? '-' : '+', a / 3600 % 100, a / 60 % 60);
}

static mr_str keep_name(const char *prefix, const char *rest)
{
    size_t a = strlen(prefix), b = strlen(rest);
    char *copy = mr_malloc(a + b + 1);

    memcpy(copy, prefix, a);
    memcpy(copy + a, rest, b + 1);
    return (mr_str){ copy, a + b };
}

static mr_zone *fixed_new(const char *prefix, int32_t offset)
{
    mr_zone *zone = mr_calloc(1, sizeof(*zone));
    char text[16];

    print_offset(offset, text);
    zone->name = keep_name(prefix, prefix[0] != '\0' && offset == 0 ? "" : text);
    zone->first = offset;
    return zone;
}

/* [A-Za-z][A-Za-z0-9~/._+-]+ without empty, "." or ".." components, and none of the trees and files
 * that are no zones. */
static bool valid_region(mr_str s)
{
    static const char *const refused[] = { "right/", "posix/", "posixrules", "localtime",
                                           "Factory" };

    if (s.len < 2 || s.len >= MAX_NAME || (s.ptr[0] | 32) < 'a' || (s.ptr[0] | 32) > 'z')
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!is_digit(c) && !((c | 32) >= 'a' && (c | 32) <= 'z') &&
            (c == '\0' || strchr("~/._+-", c) == NULL))
            return false;
        if (c == '/' && (i + 1 == s.len || s.ptr[i + 1] == '/' || s.ptr[i + 1] == '.'))
            return false;
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        if (mr_str_starts(s, refused[i]))
            return false;
    return true;
}

static mr_zone *region_load(mr_str name)
{
    char path[MAX_NAME + 32];
    mr_arena *arena;
    mr_str bytes;
    mr_zone *zone = NULL;

    if (!valid_region(name))
        return NULL;
    snprintf(path, sizeof(path), "%s/%.*s", zone_dir, MR_STR_ARG(name));
    arena = mr_arena_new();
    if (mr_file_read_all(mr_os_real(), path, MAX_FILE, arena, &bytes, NULL) == MR_OK)
        zone = mr_tzif_read(bytes);
    mr_arena_free(arena);
    if (zone != NULL) {
        char text[MAX_NAME];

        snprintf(text, sizeof(text), "%.*s", MR_STR_ARG(name));
        zone->name = keep_name(text, "");
    }
    return zone;
}

/* A new zone for the name, or NULL. */
static mr_zone *zone_make(mr_str name)
{
    static const char *const prefixes[] = { "UTC", "GMT", "UT" };
    int32_t offset;

    if (mr_str_is(name, "Z"))
        return fixed_new("", 0);
    if (parse_offset(name, &offset))
        return fixed_new("", offset);
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        mr_str rest;

        if (!mr_str_starts(name, prefixes[i]))
            continue;
        rest = mr_str_slice(name, strlen(prefixes[i]), name.len);
        if (rest.len == 0)
            return fixed_new(prefixes[i], 0);
        if (parse_offset(rest, &offset))
            return fixed_new(prefixes[i], offset);
    }
    for (size_t i = 0; i < sizeof(short_ids) / sizeof(short_ids[0]); i++)
        if (mr_str_is(name, short_ids[i][0]))
            return short_ids[i][1][0] == '-' ? zone_make(mr_str_from(short_ids[i][1]))
                                             : region_load(mr_str_from(short_ids[i][1]));
    return region_load(name);
}

static void zone_free(mr_zone *zone)
{
    free((void *)(uintptr_t)zone->name.ptr);
    mr_tzif_free(zone);
}

static uint32_t hash_of(mr_str s)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
    return h % CACHE_SLOTS;
}

static mr_zone *cached(mr_str name)
{
    for (known_name *known = cache[hash_of(name)]; known != NULL; known = known->next)
        if (mr_str_equal(known->name, name))
            return known->zone;
    return NULL;
}

static void remember(mr_str name, mr_zone *zone)
{
    known_name *known = mr_malloc(sizeof(*known) + name.len);
    uint32_t slot = hash_of(name);

    memcpy(known + 1, name.ptr, name.len);
    *known = (known_name){ { (const char *)(known + 1), name.len }, zone, cache[slot] };
    cache[slot] = known;
}

/* At most a few hundred thousand names are valid, so what is remembered is bounded. */
static mr_zone *find(mr_str name)
{
    mr_zone *zone = cached(name);
    mr_zone *made;

    if (zone != NULL)
        return zone;
    made = zone_make(name);
    if (made == NULL)
        return NULL;
    zone = cached(made->name);
    if (zone != NULL)
        zone_free(made);
    else
        remember((zone = made)->name, made);
    if (!mr_str_equal(name, zone->name))
        remember(name, zone);
    return zone;
}

mr_status mr_zone_find(mr_str name, const mr_zone **out, mr_error *err)
{
    char text[128];

    if (mr_str_is(name, "UTC")) {
        *out = &utc_zone;
        return MR_OK;
    }
    pthread_mutex_lock(&cache_lock);
    *out = name.len < MAX_NAME ? find(name) : NULL;
    pthread_mutex_unlock(&cache_lock);
    if (*out != NULL)
        return MR_OK;
    snprintf(text, sizeof(text), "%.*s", name.len > 100 ? 100 : (int)name.len,
             name.len == 0 ? "" : name.ptr);
    return mr_raise(err, MR_EXC_DATETIME, "INVALID_TIMEZONE", "timeZone", text, NULL);
}

const mr_zone *mr_zone_utc(void)
{
    return &utc_zone;
}

/* The region that a path like /usr/share/zoneinfo/Europe/Paris names. */
static const mr_zone *zone_of_path(const char *path)
{
    const char *hit = strstr(path, "zoneinfo/");
    const mr_zone *zone;

    if (hit == NULL || mr_zone_find(mr_str_from(hit + 9), &zone, NULL) != MR_OK)
        return NULL;
    return zone;
}

static const mr_zone *system_zone(mr_arena *arena)
{
    const char *tz = getenv("TZ");
    const mr_zone *zone;
    mr_str text;
    char *target;

    if (tz != NULL && tz[0] == ':')
        tz++;
    if (tz != NULL && tz[0] != '\0')
        return mr_zone_find(mr_str_from(tz), &zone, NULL) == MR_OK ? zone : zone_of_path(tz);
    if (mr_file_read_link("/etc/localtime", arena, &target, NULL) == MR_OK &&
        (zone = zone_of_path(target)) != NULL)
        return zone;
    if (mr_file_read_all(mr_os_real(), "/etc/timezone", 256, arena, &text, NULL) == MR_OK &&
        mr_zone_find(mr_str_trim(text), &zone, NULL) == MR_OK)
        return zone;
    return NULL;
}

const mr_zone *mr_zone_system(void)
{
    mr_arena *arena = mr_arena_new();
    const mr_zone *zone = system_zone(arena);

    mr_arena_free(arena);
    return zone == NULL ? &utc_zone : zone;
}

mr_str mr_zone_name(const mr_zone *zone)
{
    return zone->name;
}

/* How many whole cycles to take off so that `t` falls within the known changes. */
static int64_t cycles_beyond(const mr_zone *zone, const int64_t *at, int64_t t)
{
    int64_t last = at[zone->n - 1];

    if (!zone->repeats || t <= last)
        return 0;
    return (t - last) / MR_ZONE_CYCLE_SECONDS + 1;
}

/* Index of the last entry <= t, or -1. */
static int last_at_most(const int64_t *at, int n, int64_t t)
{
    int low = 0, high = n;

    while (low < high) {
        int middle = (low + high) / 2;

        if (at[middle] <= t)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

static int32_t offset_in(const mr_zone *zone, const int64_t *at, int64_t t)
{
    int i;

    if (zone->n == 0)
        return zone->first;
    t -= cycles_beyond(zone, at, t) * MR_ZONE_CYCLE_SECONDS;
    i = last_at_most(at, zone->n, t);
    return i < 0 ? zone->first : zone->offset[i];
}

static int64_t floor_seconds(int64_t us)
{
    return us / MR_US_PER_SECOND - (us % MR_US_PER_SECOND < 0);
}

int32_t mr_zone_offset(const mr_zone *zone, int64_t utc_us)
{
    return offset_in(zone, zone->at, floor_seconds(utc_us));
}

int64_t mr_zone_to_utc(const mr_zone *zone, int64_t local_us)
{
    int64_t offset = offset_in(zone, zone->local, floor_seconds(local_us)) * MR_US_PER_SECOND;

    return (int64_t)((uint64_t)local_us - (uint64_t)offset);
}
