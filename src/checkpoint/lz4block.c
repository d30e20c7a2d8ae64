/* lz4block.c - lz4-java's block stream. */
#include <lz4.h>
#include <xxhash.h>

#include "checkpoint/lz4block_priv.h"

#define HEADER    21
#define SEED      0x9747b28cu
#define MASK      0x0fffffffu
#define RAW       0x10
#define LZ4       0x20
#define LEVEL     5 /* of 32 KiB */
#define MAX_BLOCK (32u << 20)

static const char magic[8] = { 'L', 'Z', '4', 'B', 'l', 'o', 'c', 'k' };

typedef struct header {
    uint8_t method;
    uint32_t limit; /* bytes a block of this level may hold */
    uint32_t packed;
    uint32_t size;
    uint32_t checksum;
} header;

static uint32_t load32(const char *at)
{
    uint32_t v;

    memcpy(&v, at, 4);
    return v;
}

static const char *read_header(mr_str bytes, header *out)
{
    uint8_t token;

    if (bytes.len < HEADER)
        return "a block header is cut short";
    if (memcmp(bytes.ptr, magic, sizeof(magic)) != 0)
        return "no block where one should begin";
    token = (uint8_t)bytes.ptr[8];
    out->method = token & 0xf0;
    out->limit = 1u << (10 + (token & 0x0f));
    out->packed = load32(bytes.ptr + 9);
    out->size = load32(bytes.ptr + 13);
    out->checksum = load32(bytes.ptr + 17);
    if (out->method != RAW && out->method != LZ4)
        return "unknown compression method";
    if (out->size > out->limit || out->size > MAX_BLOCK)
        return "a block is larger than its level allows";
    if ((out->size == 0) != (out->packed == 0) || (out->method == RAW && out->packed != out->size))
        return "block sizes contradict each other";
    if (out->size == 0 && out->checksum != 0)
        return "wrong checksum";
    return out->packed > bytes.len - HEADER ? "a block is cut short" : NULL;
}

static const char *read_block(const header *h, const char *packed, mr_buf *out)
{
    char *to = mr_buf_reserve(out, h->size);

    if (h->size == 0)
        return NULL;
    if (h->method == RAW)
        memcpy(to, packed, h->size);
    else if (LZ4_decompress_safe(packed, to, (int)h->packed, (int)h->size) != (int)h->size)
        return "damaged compressed data";
    if ((XXH32(to, h->size, SEED) & MASK) != h->checksum)
        return "wrong checksum";
    out->len += h->size;
    return NULL;
}

bool mr_lz4block_read(mr_str bytes, size_t limit, mr_buf *out, const char **problem)
{
    bool ended = false;

    *problem = NULL;
    while (*problem == NULL && bytes.len > 0) {
        header h;

        *problem = read_header(bytes, &h);
        if (*problem == NULL && h.size > limit - out->len)
            *problem = "too large";
        if (*problem == NULL)
            *problem = read_block(&h, bytes.ptr + HEADER, out);
        if (*problem == NULL) {
            ended = h.size == 0;
            bytes = mr_str_slice(bytes, HEADER + h.packed, bytes.len);
        }
    }
    if (*problem == NULL && !ended)
        *problem = "the end mark is missing";
    return *problem == NULL;
}

static void put_header(char *to, uint8_t method, size_t packed, size_t size, uint32_t checksum)
{
    uint32_t sizes[3] = { (uint32_t)packed, (uint32_t)size, checksum };

    memcpy(to, magic, sizeof(magic));
    to[sizeof(magic)] = (char)(method | LEVEL);
    memcpy(to + sizeof(magic) + 1, sizes, sizeof(sizes));
}

void mr_lz4block_write(mr_str bytes, mr_buf *out)
{
    uint32_t checksum = XXH32(bytes.ptr, bytes.len, SEED) & MASK;
    char *to = mr_buf_reserve(out, HEADER + LZ4_COMPRESSBOUND(MR_LZ4BLOCK_SIZE));
    int n;

    MR_ASSERT(bytes.len > 0 && bytes.len <= MR_LZ4BLOCK_SIZE);
    n = LZ4_compress_default(bytes.ptr, to + HEADER, (int)bytes.len,
                             LZ4_COMPRESSBOUND(MR_LZ4BLOCK_SIZE));
    if (n <= 0 || (size_t)n >= bytes.len) {
        n = (int)bytes.len;
        memcpy(to + HEADER, bytes.ptr, bytes.len);
        put_header(to, RAW, bytes.len, bytes.len, checksum);
    } else {
        put_header(to, LZ4, (size_t)n, bytes.len, checksum);
    }
    out->len += HEADER + (size_t)n;
}

void mr_lz4block_end(mr_buf *out)
{
    put_header(mr_buf_reserve(out, HEADER), RAW, 0, 0, 0);
    out->len += HEADER;
}
