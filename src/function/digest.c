/* digest.c - MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4).  The tables of SHA-2 and MD5 are
 * computed from their definitions: fractions of roots of primes, and of sines. */
#include "function/digest.h"

#include <math.h>
#include <pthread.h>

static struct {
    uint32_t md5[64];
    uint64_t roots[80]; /* SHA-512's; SHA-256's are their upper halves */
} tables;

static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

__extension__ typedef unsigned __int128 wide;

/* The first 64 bits of the fraction of the cube root of p: the integer r with r^3 <= p * 2^192. */
static uint64_t cube_root_fraction(uint64_t p)
{
    uint64_t whole = 1, low = 0;
    wide r;

    while ((whole + 1) * (whole + 1) * (whole + 1) <= p)
        whole++;
    /* r = whole * 2^64 + low: choose the bits of low from the top, comparing r^3 / 2^128 by parts.
     */
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t next = low | UINT64_C(1) << bit;
        wide hi, lo, sq_hi, sq_lo, c0, c1, c2;

        /* r = whole . next; square: s2 . s1 . s0 in base 2^64 */
        lo = (wide)next * next;
        hi = (wide)whole * next * 2 + (lo >> 64);
        sq_lo = ((hi & UINT64_MAX) << 64) | (lo & UINT64_MAX);
        sq_hi = (wide)whole * whole + (hi >> 64);
        /* cube = sq * r, its part from 2^192 up must stay below p */
        c0 = (sq_lo & UINT64_MAX) * next;
        c1 = (sq_lo >> 64) * next + (sq_lo & UINT64_MAX) * whole + (c0 >> 64);
        c2 = sq_hi * next + (sq_lo >> 64) * whole + (c1 >> 64);
        r = sq_hi * whole + (c2 >> 64);
        if (r < p)
            low = next;
    }
    return low;
}

static void fill_tables(void)
{
    int n = 0;

    for (int i = 0; i < 64; i++)
        tables.md5[i] = (uint32_t)(fabs(sin((double)(i + 1))) * 4294967296.0);
    for (uint64_t p = 2; n < 80; p++) {
        bool prime = true;

        for (uint64_t d = 2; d * d <= p; d++)
            prime = prime && p % d != 0;
        if (prime)
            tables.roots[n++] = cube_root_fraction(p);
    }
}

static uint32_t left(uint32_t v, int n)
{
    return v << n | v >> (32 - n);
}

static uint32_t right32(uint32_t v, int n)
{
    return v >> n | v << (32 - n);
}

static uint64_t right64(uint64_t v, int n)
{
    return v >> n | v << (64 - n);
}

/* The last one or two blocks: the rest of the data, 0x80, zeros, the length in bits. */
static size_t last_blocks(mr_str data, size_t block, bool little, uint8_t out[256])
{
    size_t rest = data.len % block, length = block / 8;
    size_t total = rest + 1 + length <= block ? block : 2 * block;
    uint64_t bits = (uint64_t)data.len * 8;

    memset(out, 0, total);
    if (rest > 0)
        memcpy(out, data.ptr + data.len - rest, rest);
    out[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        out[little ? total - length + i : total - 1 - i] = (uint8_t)(bits >> (8 * i));
    return total;
}

static void md5_block(uint32_t s[4], const uint8_t *p)
{
    static const uint8_t turns[4][4] = {
        { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 }
    };
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], m[16];

    for (int i = 0; i < 16; i++)
        m[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 | (uint32_t)p[4 * i + 2] << 16 |
               (uint32_t)p[4 * i + 3] << 24;
    for (int i = 0; i < 64; i++) {
        int round = i / 16;
        uint32_t f = round == 0   ? (b & c) | (~b & d)
                     : round == 1 ? (d & b) | (~d & c)
                     : round == 2 ? b ^ c ^ d
                                  : c ^ (b | ~d);
        int g = round == 0 ? i : round == 1 ? 5 * i + 1 : round == 2 ? 3 * i + 5 : 7 * i;
        uint32_t t = d;

        f += a + tables.md5[i] + m[g % 16];
        d = c;
        c = b;
        b += left(f, turns[round][i % 4]);
        a = t;
    }
    s[0] += a;
    s[1] += b;
    s[2] += c;
    s[3] += d;
}

void mr_digest_md5(mr_str data, uint8_t out[16])
{
    uint32_t s[4] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
    uint8_t tail[256];
    size_t n = last_blocks(data, 64, true, tail);

    pthread_once(&tables_once, fill_tables);
    for (size_t at = 0; at + 64 <= data.len; at += 64)
        md5_block(s, (const uint8_t *)data.ptr + at);
    for (size_t at = 0; at < n; at += 64)
        md5_block(s, tail + at);
    for (int i = 0; i < 16; i++)
        out[i] = (uint8_t)(s[i / 4] >> (8 * (i % 4)));
}

static uint32_t big32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void sha1_block(uint32_t s[5], const uint8_t *p)
{
    static const uint32_t keys[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    uint32_t w[80], v[5];

    memcpy(v, s, sizeof(v));
    for (int i = 0; i < 80; i++)
        w[i] = i < 16 ? big32(p + 4 * i) : left(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20   ? (v[1] & v[2]) | (~v[1] & v[3])
                     : i < 40 ? v[1] ^ v[2] ^ v[3]
                     : i < 60 ? (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3])
                              : v[1] ^ v[2] ^ v[3];
        uint32_t t = left(v[0], 5) + f + v[4] + keys[i / 20] + w[i];

        v[4] = v[3];
        v[3] = v[2];
        v[2] = left(v[1], 30);
        v[1] = v[0];
        v[0] = t;
    }
    for (int i = 0; i < 5; i++)
        s[i] += v[i];
}

void mr_digest_sha1(mr_str data, uint8_t out[20])
{
    uint32_t s[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
    uint8_t tail[256];
    size_t n = last_blocks(data, 64, false, tail);

    for (size_t at = 0; at + 64 <= data.len; at += 64)
        sha1_block(s, (const uint8_t *)data.ptr + at);
    for (size_t at = 0; at < n; at += 64)
        sha1_block(s, tail + at);
    for (int i = 0; i < 20; i++)
        out[i] = (uint8_t)(s[i / 4] >> (8 * (3 - i % 4)));
}

static void sha256_block(uint64_t s[8], const uint8_t *p)
{
    uint32_t w[64], v[8];

    for (int i = 0; i < 8; i++)
        v[i] = (uint32_t)s[i];
    for (int i = 0; i < 64; i++) {
        if (i < 16) {
            w[i] = big32(p + 4 * i);
            continue;
        }
        w[i] = w[i - 16] + w[i - 7] +
               (right32(w[i - 15], 7) ^ right32(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (right32(w[i - 2], 17) ^ right32(w[i - 2], 19) ^ w[i - 2] >> 10);
    }
    for (int i = 0; i < 64; i++) {
        uint32_t t1 = v[7] + (right32(v[4], 6) ^ right32(v[4], 11) ^ right32(v[4], 25)) +
                      ((v[4] & v[5]) ^ (~v[4] & v[6])) + (uint32_t)(tables.roots[i] >> 32) + w[i];
        uint32_t t2 = (right32(v[0], 2) ^ right32(v[0], 13) ^ right32(v[0], 22)) +
                      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s[i] = (uint32_t)((uint32_t)s[i] + v[i]);
}

static void sha512_block(uint64_t s[8], const uint8_t *p)
{
    uint64_t w[80], v[8];

    memcpy(v, s, sizeof(v));
    for (int i = 0; i < 80; i++) {
        if (i < 16) {
            w[i] = (uint64_t)big32(p + 8 * i) << 32 | big32(p + 8 * i + 4);
            continue;
        }
        w[i] = w[i - 16] + w[i - 7] +
               (right64(w[i - 15], 1) ^ right64(w[i - 15], 8) ^ w[i - 15] >> 7) +
               (right64(w[i - 2], 19) ^ right64(w[i - 2], 61) ^ w[i - 2] >> 6);
    }
    for (int i = 0; i < 80; i++) {
        uint64_t t1 = v[7] + (right64(v[4], 14) ^ right64(v[4], 18) ^ right64(v[4], 41)) +
                      ((v[4] & v[5]) ^ (~v[4] & v[6])) + tables.roots[i] + w[i];
        uint64_t t2 = (right64(v[0], 28) ^ right64(v[0], 34) ^ right64(v[0], 39)) +
                      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++)
        s[i] += v[i];
}

/* First hash values: of 224, 256, 384, 512 bits. */
static const uint64_t starts[4][8] = {
    { 0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7,
      0xbefa4fa4 },
    { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab,
      0x5be0cd19 },
    { UINT64_C(0xcbbb9d5dc1059ed8), UINT64_C(0x629a292a367cd507), UINT64_C(0x9159015a3070dd17),
      UINT64_C(0x152fecd8f70e5939), UINT64_C(0x67332667ffc00b31), UINT64_C(0x8eb44a8768581511),
      UINT64_C(0xdb0c2e0d64f98fa7), UINT64_C(0x47b5481dbefa4fa4) },
    { UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b), UINT64_C(0x3c6ef372fe94f82b),
      UINT64_C(0xa54ff53a5f1d36f1), UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
      UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179) },
};

void mr_digest_sha2(mr_str data, int bits, uint8_t out[64])
{
    int kind = bits == 224 ? 0 : bits == 256 ? 1 : bits == 384 ? 2 : 3;
    size_t block = kind < 2 ? 64 : 128, n;
    int word = kind < 2 ? 4 : 8;
    void (*step)(uint64_t s[8], const uint8_t *p) = kind < 2 ? sha256_block : sha512_block;
    uint64_t s[8];
    uint8_t tail[256];

    pthread_once(&tables_once, fill_tables);
    memcpy(s, starts[kind], sizeof(s));
    n = last_blocks(data, block, false, tail);
    for (size_t at = 0; at + block <= data.len; at += block)
        step(s, (const uint8_t *)data.ptr + at);
    for (size_t at = 0; at < n; at += block)
        step(s, tail + at);
    for (int i = 0; i < bits / 8; i++)
        out[i] = (uint8_t)(s[i / word] >> (8 * (word - 1 - i % word)));
}
