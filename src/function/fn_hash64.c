/* fn_hash64.c - xxhash64: XXH64 over the values left to right, each hash the seed of the next. */
#include "function/fn_priv.h"

#include "column/row.h"

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t v, int bits)
{
    return v << bits | v >> (64 - bits);
}

static uint64_t avalanche(uint64_t h)
{
    h ^= h >> 33;
    h *= P2;
    h ^= h >> 29;
    h *= P3;
    return h ^ h >> 32;
}

static uint64_t lane(uint64_t acc, uint64_t word)
{
    return rotate(acc + word * P2, 31) * P1;
}

static uint64_t load64(const char *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
    return v;
}

static uint64_t mix8(uint64_t h, uint64_t word)
{
    return rotate(h ^ lane(0, word), 27) * P1 + P4;
}

static uint64_t mix4(uint64_t h, uint32_t word)
{
    return rotate(h ^ word * P1, 23) * P2 + P3;
}

static uint64_t hash_int(int32_t v, uint64_t seed)
{
    return avalanche(mix4(seed + P5 + 4, (uint32_t)v));
}

static uint64_t hash_long(int64_t v, uint64_t seed)
{
    return avalanche(mix8(seed + P5 + 8, (uint64_t)v));
}

/* Whole blocks of 32 bytes. */
static uint64_t hash_blocks(const char **p, const char *end, uint64_t seed)
{
    uint64_t acc[4] = { seed + P1 + P2, seed + P2, seed, seed - P1 }, h;

    for (; end - *p >= 32; *p += 32)
        for (int i = 0; i < 4; i++)
            acc[i] = lane(acc[i], load64(*p + 8 * i));
    h = rotate(acc[0], 1) + rotate(acc[1], 7) + rotate(acc[2], 12) + rotate(acc[3], 18);
    for (int i = 0; i < 4; i++)
        h = (h ^ lane(0, acc[i])) * P1 + P4;
    return h;
}

static uint64_t hash_bytes(mr_str s, uint64_t seed)
{
    const char *p = s.ptr, *end;
    uint64_t h = seed + P5;

    if (s.len == 0)
        return avalanche(h);
    end = p + s.len;
    if (s.len >= 32)
        h = hash_blocks(&p, end, seed);
    h += s.len;
    for (; end - p >= 8; p += 8)
        h = mix8(h, load64(p));
    if (end - p >= 4) {
        uint32_t word;

        memcpy(&word, p, 4);
        h = mix4(h, word);
        p += 4;
    }
    for (; p < end; p++)
        h = rotate(h ^ (unsigned char)*p * P5, 11) * P1;
    return avalanche(h);
}

static uint64_t hash_double(double v, uint64_t seed)
{
    int64_t bits = INT64_C(0x7ff8000000000000);

    v = v == 0.0 ? 0.0 : v;
    if (v == v)
        memcpy(&bits, &v, 8);
    return hash_long(bits, seed);
}

static uint64_t hash_float(float v, uint64_t seed)
{
    int32_t bits = 0x7fc00000;

    v = v == 0.0f ? 0.0f : v;
    if (v == v)
        memcpy(&bits, &v, 4);
    return hash_int(bits, seed);
}

/* Java's BigInteger.toByteArray: big-endian, the fewest bytes that keep the sign. */
static uint64_t hash_decimal(mr_int128 v, int precision, uint64_t seed)
{
    char bytes[16];
    size_t n = 1;

    if (precision <= 18)
        return hash_long((int64_t)v, seed);
    while (n < 16 && v >> (8 * n - 1) != 0 && v >> (8 * n - 1) != -1)
        n++;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(v >> (8 * (n - 1 - i)));
    return hash_bytes((mr_str){ bytes, n }, seed);
}

uint64_t mr_fn_hash64(const mr_vec *vec, int32_t row, uint64_t seed);

/* Types nest to the depth of a parsed type only. */
static uint64_t hash_nested(const mr_vec *vec, int32_t at, uint64_t seed)
{
    bool is_struct = vec->type->id == MR_TYPE_STRUCT;
    int32_t from = is_struct ? at : vec->offsets[at],
            to = is_struct ? at + 1 : vec->offsets[at + 1];

    for (int32_t e = from; e < to; e++)
        for (int i = 0; i < vec->type->n_fields; i++)
            seed = mr_fn_hash64(&vec->children[i], e, seed);
    return seed;
}

uint64_t mr_fn_hash64(const mr_vec *vec, int32_t row, uint64_t seed)
{
    int32_t at = mr_vec_index(vec, row);

    if (mr_vec_is_null(vec, row))
        return seed;
    switch (vec->type->id) {
    case MR_TYPE_BOOLEAN:
    case MR_TYPE_BYTE:
    case MR_TYPE_SHORT:
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        return hash_int((int32_t)mr_fn_long_at(vec, row), seed);
    case MR_TYPE_FLOAT:
        return hash_float(vec->f32[at], seed);
    case MR_TYPE_DOUBLE:
        return hash_double(vec->f64[at], seed);
    case MR_TYPE_DECIMAL:
        return hash_decimal(vec->i128[at], vec->type->precision, seed);
    case MR_TYPE_INTERVAL_CALENDAR:
        seed = hash_int(vec->interval[at].days, hash_long(vec->interval[at].us, seed));
        return hash_int(vec->interval[at].months, seed);
    case MR_TYPE_STRUCT:
    case MR_TYPE_ARRAY:
    case MR_TYPE_MAP:
        return hash_nested(vec, at, seed);
    default:
        if (mr_type_is_string(vec->type) || vec->type->id == MR_TYPE_BINARY)
            return hash_bytes(vec->str[at], seed);
        return hash_long(mr_fn_long_at(vec, row), seed);
    }
}

static mr_status resolve_hash(mr_fn_resolve *r, mr_error *err)
{
    (void)err;
    r->result = mr_type_of(MR_TYPE_LONG);
    r->nullable = false;
    return MR_OK;
}

static mr_status eval_hash(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        uint64_t h = 42;

        for (int i = 0; i < call->bound->n_args; i++)
            h = mr_fn_hash64(args[i], row, h);
        out->i64[row] = (int64_t)h;
    }
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "xxhash64",
      .min_args = 1,
      .max_args = -1,
      .sees_nulls = true,
      .resolve = resolve_hash,
      .eval = eval_hash },
};

MR_FN_GROUP(mr_fn_hash_group, rows);
