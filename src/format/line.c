/* line.c - where records end, and UTF-8. */
#include "format/format_priv.h"

const char *mr_line_end(const char *p, const char *end, mr_str sep, const char **next)
{
    const char *at;
    const char *cr;

    if (sep.len > 0) {
        at = memmem(p, (size_t)(end - p), sep.ptr, sep.len);
        *next = at == NULL ? end : at + sep.len;
        return at == NULL ? end : at;
    }
    at = memchr(p, '\n', (size_t)(end - p));
    *next = at == NULL ? end : at + 1;
    if (at == NULL)
        at = end;
    cr = memchr(p, '\r', (size_t)(at - p));
    if (cr != NULL) {
        *next = cr + 1 < end && cr[1] == '\n' ? cr + 2 : cr + 1;
        return cr;
    }
    return at;
}

static bool cont(const char *p, const char *end, int i)
{
    return end - p > i && ((unsigned char)p[i] & 0xC0) == 0x80;
}

int mr_utf8_step(const char *p, const char *end)
{
    unsigned char a = (unsigned char)p[0];
    unsigned char b = end - p > 1 ? (unsigned char)p[1] : 0;

    if (a < 0x80)
        return 1;
    if (a >= 0xC2 && a <= 0xDF)
        return cont(p, end, 1) ? 2 : 0;
    if (a >= 0xE0 && a <= 0xEF) {
        if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F))
            return 0;
        return cont(p, end, 1) && cont(p, end, 2) ? 3 : 0;
    }
    if (a >= 0xF0 && a <= 0xF4) {
        if ((a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F))
            return 0;
        return cont(p, end, 1) && cont(p, end, 2) && cont(p, end, 3) ? 4 : 0;
    }
    return 0;
}

static const char *skip_ascii(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t v;

        memcpy(&v, p, 8);
        v &= UINT64_C(0x8080808080808080);
        if (v != 0)
            return p + (__builtin_ctzll(v) >> 3);
        p += 8;
    }
    while (p < end && (signed char)*p >= 0)
        p++;
    return p;
}

bool mr_utf8_valid(mr_str s)
{
    const char *p = s.ptr;
    const char *end = s.ptr + s.len;

    while ((p = skip_ascii(p, end)) < end) {
        int n = mr_utf8_step(p, end);

        if (n == 0)
            return false;
        p += n;
    }
    return true;
}

/* Bytes that Java replaces by one U+FFFD: the longest start of a valid sequence, at least one. */
static int bad_length(const char *p, const char *end)
{
    unsigned char a = (unsigned char)p[0];
    unsigned char b = end - p > 1 ? (unsigned char)p[1] : 0;

    if (a >= 0xE0 && a <= 0xEF && cont(p, end, 1))
        return (a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F) ? 1 : 2;
    if (a >= 0xF0 && a <= 0xF4 && cont(p, end, 1)) {
        if ((a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F))
            return 1;
        return cont(p, end, 2) ? 3 : 2;
    }
    return 1;
}

mr_str mr_utf8_repair(mr_str s, mr_arena *arena)
{
    const char *p = s.ptr;
    const char *end = s.ptr + s.len;
    char *out;
    char *o;

    if (mr_utf8_valid(s))
        return s;
    out = o = mr_arena_alloc(arena, s.len * 3);
    while (p < end) {
        int n = mr_utf8_step(p, end);

        if (n > 0) {
            memcpy(o, p, (size_t)n);
            o += n;
            p += n;
        } else {
            memcpy(o, "\xEF\xBF\xBD", 3);
            o += 3;
            p += bad_length(p, end);
        }
    }
    return (mr_str){ out, (size_t)(o - out) };
}

mr_str mr_latin1_decode(mr_str s, mr_arena *arena)
{
    size_t n = 0;
    char *out;

    for (size_t i = 0; i < s.len; i++)
        n += (unsigned char)s.ptr[i] >= 0x80;
    if (n == 0)
        return s;
    out = mr_arena_alloc(arena, s.len + n);
    n = 0;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (c >= 0x80)
            out[n++] = (char)(0xC0 | c >> 6);
        out[n++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3F));
    }
    return (mr_str){ out, n };
}

mr_str mr_encoding_decode(mr_encoding encoding, mr_str s, mr_arena *arena)
{
    return encoding == MR_ENCODING_LATIN1 ? mr_latin1_decode(s, arena) : mr_utf8_repair(s, arena);
}
