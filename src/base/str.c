/* str.c - comparisons and cuts of borrowed strings. */
#include "base/str.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool mr_str_equal_nocase(mr_str a, mr_str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

bool mr_str_is_nocase(mr_str a, const char *text)
{
    return mr_str_equal_nocase(a, mr_str_from(text));
}

bool mr_str_starts(mr_str s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n && memcmp(s.ptr, prefix, n) == 0;
}

bool mr_str_starts_nocase(mr_str s, const char *prefix)
{
    size_t n = strlen(prefix);

    return s.len >= n && mr_str_equal_nocase((mr_str){ s.ptr, n }, (mr_str){ prefix, n });
}

bool mr_str_ends(mr_str s, const char *suffix)
{
    size_t n = strlen(suffix);

    return s.len >= n && memcmp(s.ptr + s.len - n, suffix, n) == 0;
}

mr_str mr_str_trim(mr_str s)
{
    while (s.len > 0 && (unsigned char)s.ptr[0] <= ' ') {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && (unsigned char)s.ptr[s.len - 1] <= ' ')
        s.len--;
    return s;
}

mr_str mr_str_slice(mr_str s, size_t from, size_t to)
{
    if (to > s.len)
        to = s.len;
    if (from > to)
        from = to;
    return (mr_str){ s.ptr + from, to - from };
}

size_t mr_str_find(mr_str s, char byte, size_t from)
{
    const char *hit;

    if (from >= s.len)
        return s.len;
    hit = memchr(s.ptr + from, byte, s.len - from);
    return hit == NULL ? s.len : (size_t)(hit - s.ptr);
}

bool mr_str_to_int64(mr_str s, int64_t *out)
{
    bool negative = false;
    int64_t value = 0;
    size_t i = 0;

    if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        negative = s.ptr[i++] == '-';
    if (i == s.len)
        return false;
    for (; i < s.len; i++) {
        int digit = s.ptr[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}
