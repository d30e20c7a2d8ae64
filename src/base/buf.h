/* buf.h - bytes that grow: text being printed, messages being encoded. */
#ifndef MR_BUF_H
#define MR_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"

/* Zero-initialise to start; mr_buf_free at the end.  ptr is NUL-terminated only by mr_buf_cstr. */
typedef struct mr_buf {
    char *ptr;
    size_t len;
    size_t capacity;
} mr_buf;

void mr_buf_free(mr_buf *buf);
void mr_buf_clear(mr_buf *buf);           /* keeps the memory */
char *mr_buf_grow(mr_buf *buf, size_t n); /* as mr_buf_reserve; it always looks for more memory */
/* Room for n more bytes; returns where they go, never NULL; the caller adds to len. */
static inline char *mr_buf_reserve(mr_buf *buf, size_t n)
{
    return buf->capacity - buf->len >= n && buf->ptr != NULL ? buf->ptr + buf->len
                                                             : mr_buf_grow(buf, n);
}
static inline void mr_buf_append(mr_buf *buf, const void *bytes, size_t n)
{
    if (n == 0)
        return;
    memcpy(mr_buf_reserve(buf, n), bytes, n);
    buf->len += n;
}
static inline void mr_buf_add(mr_buf *buf, mr_str s)
{
    mr_buf_append(buf, s.ptr, s.len);
}
void mr_buf_puts(mr_buf *buf, const char *text);
static inline void mr_buf_putc(mr_buf *buf, char c)
{
    *mr_buf_reserve(buf, 1) = c;
    buf->len++;
}
void mr_buf_fill(mr_buf *buf, char c, size_t n);
void mr_buf_printf(mr_buf *buf, const char *format, ...) MR_PRINTF(2, 3);
const char *mr_buf_cstr(mr_buf *buf);
static inline mr_str mr_buf_str(const mr_buf *buf)
{
    return (mr_str){ buf->ptr, buf->len };
}
/* Fixed-width integers, little- and big-endian. */
void mr_buf_put_u32le(mr_buf *buf, uint32_t v);
void mr_buf_put_u64le(mr_buf *buf, uint64_t v);
void mr_buf_put_u16be(mr_buf *buf, uint16_t v);
void mr_buf_put_u32be(mr_buf *buf, uint32_t v);
/* A JSON string literal with quotes: escapes as Jackson does (\" \\ \b \f \n \r \t, \u00XX below
 * 0x20), everything else raw. */
void mr_buf_put_json(mr_buf *buf, mr_str s);

/* Growth of arrays kept in malloc memory:  MR_PUSH(items, n, capacity, value) */
#define MR_PUSH(items, n, capacity, ...)                                                           \
    do {                                                                                           \
        if ((size_t)(n) == (size_t)(capacity)) {                                                   \
            (capacity) = (capacity) == 0 ? 8 : (capacity)*2;                                       \
            (items) = mr_realloc((items), sizeof(*(items)) * (size_t)(capacity));                  \
        }                                                                                          \
        (items)[(n)++] = __VA_ARGS__;                                                              \
    } while (0)

#endif /* MR_BUF_H */
