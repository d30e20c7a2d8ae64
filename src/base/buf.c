/* buf.c - growing byte buffers. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

void mr_buf_free(mr_buf *buf)
{
    free(buf->ptr);
    *buf = (mr_buf){ 0 };
}

void mr_buf_clear(mr_buf *buf)
{
    buf->len = 0;
}

char *mr_buf_grow(mr_buf *buf, size_t n)
{
    size_t capacity = buf->capacity < 64 ? 64 : buf->capacity;

    MR_ASSERT(n < SIZE_MAX / 4);
    while (capacity - buf->len < n)
        capacity *= 2;
    buf->ptr = mr_realloc(buf->ptr, capacity);
    buf->capacity = capacity;
    return buf->ptr + buf->len;
}

void mr_buf_puts(mr_buf *buf, const char *text)
{
    mr_buf_append(buf, text, strlen(text));
}

void mr_buf_fill(mr_buf *buf, char c, size_t n)
{
    if (n == 0)
        return;
    memset(mr_buf_reserve(buf, n), c, n);
    buf->len += n;
}

void mr_buf_printf(mr_buf *buf, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    MR_ASSERT(n >= 0);
    mr_buf_reserve(buf, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(buf->ptr + buf->len, (size_t)n + 1, format, args);
    va_end(args);
    buf->len += (size_t)n;
}

const char *mr_buf_cstr(mr_buf *buf)
{
    *mr_buf_reserve(buf, 1) = '\0';
    return buf->ptr;
}

void mr_buf_put_u32le(mr_buf *buf, uint32_t v)
{
    mr_buf_append(buf, &v, sizeof(v));
}

void mr_buf_put_u64le(mr_buf *buf, uint64_t v)
{
    mr_buf_append(buf, &v, sizeof(v));
}

void mr_buf_put_u16be(mr_buf *buf, uint16_t v)
{
    v = __builtin_bswap16(v);
    mr_buf_append(buf, &v, sizeof(v));
}

void mr_buf_put_u32be(mr_buf *buf, uint32_t v)
{
    v = __builtin_bswap32(v);
    mr_buf_append(buf, &v, sizeof(v));
}

static void put_json_byte(mr_buf *buf, unsigned char c)
{
    static const char letters[] = "btnvfr"; /* 0x08..0x0d */

    if (c == '"' || c == '\\') {
        mr_buf_putc(buf, '\\');
        mr_buf_putc(buf, (char)c);
    } else if (c >= 0x08 && c <= 0x0d && c != 0x0b) {
        mr_buf_putc(buf, '\\');
        mr_buf_putc(buf, letters[c - 0x08]);
    } else if (c < 0x20) {
        mr_buf_printf(buf, "\\u%04X", c);
    } else {
        mr_buf_putc(buf, (char)c);
    }
}

static bool is_plain_json(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* The high bit of every byte of x that is zero, perhaps also of bytes above one that is. */
static uint64_t zero_bytes(uint64_t x)
{
    return (x - UINT64_C(0x0101010101010101)) & ~x & UINT64_C(0x8080808080808080);
}

/* Are these eight bytes plain? */
static bool is_plain_word(uint64_t x)
{
    uint64_t control = (x - UINT64_C(0x2020202020202020)) & ~x & UINT64_C(0x8080808080808080);

    return (control | zero_bytes(x ^ UINT64_C(0x2222222222222222)) |
            zero_bytes(x ^ UINT64_C(0x5c5c5c5c5c5c5c5c))) == 0;
}

void mr_buf_put_json(mr_buf *buf, mr_str s)
{
    char *to = mr_buf_reserve(buf, s.len + 2);
    size_t n = 0;

    *to++ = '"';
    for (uint64_t x; n + 8 <= s.len; n += 8) {
        memcpy(&x, s.ptr + n, 8);
        if (!is_plain_word(x))
            break;
        memcpy(to + n, &x, 8);
    }
    for (; n < s.len && is_plain_json((unsigned char)s.ptr[n]); n++)
        to[n] = s.ptr[n];
    buf->len += n + 1;
    for (; n < s.len; n++)
        put_json_byte(buf, (unsigned char)s.ptr[n]);
    mr_buf_putc(buf, '"');
}
