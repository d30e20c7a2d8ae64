/* str.h - borrowed bytes with a length: the only string type that crosses doors. */
#ifndef MR_STR_H
#define MR_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 16 bytes: a view into memory somebody else owns; not NUL-terminated; ptr may be NULL if len is 0.
 */
typedef struct mr_str {
    const char *ptr;
    size_t len;
} mr_str;

#define MR_STR(literal) ((mr_str){ (literal), sizeof(literal) - 1 })
/* printf("%.*s", MR_STR_ARG(s)) */
#define MR_STR_ARG(s) (int)(s).len, (s).ptr

static inline mr_str mr_str_from(const char *text)
{
    return (mr_str){ text, text == NULL ? 0 : strlen(text) };
}

static inline bool mr_str_equal(mr_str a, mr_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool mr_str_is(mr_str a, const char *text)
{
    return mr_str_equal(a, mr_str_from(text));
}

/* Unsigned byte order, the shorter first on a tie: Spark's order of UTF8_BINARY strings. */
static inline int mr_str_compare(mr_str a, mr_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* ASCII case folded comparisons: names of columns, options, functions, units. */
bool mr_str_equal_nocase(mr_str a, mr_str b);
bool mr_str_is_nocase(mr_str a, const char *text);
bool mr_str_starts(mr_str s, const char *prefix);
bool mr_str_starts_nocase(mr_str s, const char *prefix);
bool mr_str_ends(mr_str s, const char *suffix);
/* Without leading and trailing bytes <= 0x20, as Java's trim. */
mr_str mr_str_trim(mr_str s);
/* The bytes [from, to) of s, clipped to s. */
mr_str mr_str_slice(mr_str s, size_t from, size_t to);
/* Index of the first `byte` at or after `from`, or s.len. */
size_t mr_str_find(mr_str s, char byte, size_t from);
/* Parses an optional sign and decimal digits, all of s, within the int64 range. */
bool mr_str_to_int64(mr_str s, int64_t *out);

#endif /* MR_STR_H */
