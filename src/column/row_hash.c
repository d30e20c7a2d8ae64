/* row_hash.c - Spark's Murmur3Hash: which partition a key belongs to.
 *
 * x86 32-bit Murmur3, except that each byte behind the last whole word of a string is sign-extended
 * and mixed as a word of its own.
 */
#include "column/row.h"
#include "column/row_priv.h"

static uint32_t rotate(uint32_t v, int bits)
{
    return v << bits | v >> (32 - bits);
}

static uint32_t mix_word(uint32_t hash, uint32_t word)
{
    word *= 0xcc9e2d51u;
    word = rotate(word, 15);
    word *= 0x1b873593u;
    hash ^= word;
    return rotate(hash, 13) * 5 + 0xe6546b64u;
}

static uint32_t finish(uint32_t hash, uint32_t length)
{
    hash ^= length;
    hash ^= hash >> 16;
    hash *= 0x85ebca6bu;
    hash ^= hash >> 13;
    hash *= 0xc2b2ae35u;
    return hash ^ hash >> 16;
}

uint32_t mr_row_hash_int(int32_t v, uint32_t seed)
{
    return finish(mix_word(seed, (uint32_t)v), 4);
}

uint32_t mr_row_hash_long(int64_t v, uint32_t seed)
{
    seed = mix_word(seed, (uint32_t)(uint64_t)v);
    return finish(mix_word(seed, (uint32_t)((uint64_t)v >> 32)), 8);
}

uint32_t mr_row_hash_bytes(const char *bytes, size_t n, uint32_t seed)
{
    size_t whole = n / 4 * 4;

    for (size_t i = 0; i < whole; i += 4) {
        uint32_t word;

        memcpy(&word, bytes + i, 4);
        seed = mix_word(seed, word);
    }
    for (size_t i = whole; i < n; i++)
        seed = mix_word(seed, (uint32_t)(int32_t)(int8_t)bytes[i]);
    return finish(seed, (uint32_t)n);
}

uint32_t mr_row_hash_float(float v, uint32_t seed)
{
    int32_t bits = 0x7fc00000;

    if (v == 0.0f)
        bits = 0;
    else if (v == v)
        memcpy(&bits, &v, 4);
    return mr_row_hash_int(bits, seed);
}

uint32_t mr_row_hash_double(double v, uint32_t seed)
{
    int64_t bits = INT64_C(0x7ff8000000000000);

    if (v == 0.0)
        bits = 0;
    else if (v == v)
        memcpy(&bits, &v, 8);
    return mr_row_hash_long(bits, seed);
}

static uint32_t hash_decimal(mr_int128 v, int precision, uint32_t seed)
{
    uint8_t bytes[16];
    size_t n;

    if (precision <= 18)
        return mr_row_hash_long((int64_t)v, seed);
    n = mr_row_decimal_bytes(v, bytes);
    return mr_row_hash_bytes((const char *)bytes, n, seed);
}

static uint32_t hash_interval(mr_interval v, uint32_t seed)
{
    return mr_row_hash_int(v.months, mr_row_hash_int(v.days, mr_row_hash_long(v.us, seed)));
}

/* Struct fields, array elements, map entries: left to right, each hash the seed of the next. */
static uint32_t hash_nested(const mr_vec *vec, int32_t row, uint32_t seed)
{
    int n = vec->type->n_fields;
    int32_t from = row;
    int32_t to = row + 1;

    if (vec->type->id != MR_TYPE_STRUCT) {
        from = vec->offsets[row];
        to = vec->offsets[row + 1];
    }
    for (int32_t e = from; e < to; e++)
        for (int i = 0; i < n; i++)
            seed = (uint32_t)mr_row_hash(&vec->children[i], e, (int32_t)seed);
    return seed;
}

static uint32_t hash_value(const mr_vec *vec, int32_t row, uint32_t seed)
{
    switch (vec->type->id) {
    case MR_TYPE_NULL:
        return seed;
    case MR_TYPE_BOOLEAN:
        return mr_row_hash_int(vec->u8[row] != 0, seed);
    case MR_TYPE_BYTE:
        return mr_row_hash_int(vec->i8[row], seed);
    case MR_TYPE_SHORT:
        return mr_row_hash_int(vec->i16[row], seed);
    case MR_TYPE_INT:
    case MR_TYPE_DATE:
    case MR_TYPE_INTERVAL_YM:
        return mr_row_hash_int(vec->i32[row], seed);
    case MR_TYPE_LONG:
    case MR_TYPE_TIMESTAMP:
    case MR_TYPE_TIMESTAMP_NTZ:
    case MR_TYPE_INTERVAL_DT:
        return mr_row_hash_long(vec->i64[row], seed);
    case MR_TYPE_FLOAT:
        return mr_row_hash_float(vec->f32[row], seed);
    case MR_TYPE_DOUBLE:
        return mr_row_hash_double(vec->f64[row], seed);
    case MR_TYPE_DECIMAL:
        return hash_decimal(vec->i128[row], vec->type->precision, seed);
    case MR_TYPE_STRING:
    case MR_TYPE_CHAR:
    case MR_TYPE_VARCHAR:
    case MR_TYPE_BINARY:
        return mr_row_hash_bytes(vec->str[row].ptr, vec->str[row].len, seed);
    case MR_TYPE_INTERVAL_CALENDAR:
        return hash_interval(vec->interval[row], seed);
    case MR_TYPE_ARRAY:
    case MR_TYPE_STRUCT:
    case MR_TYPE_MAP:
        return hash_nested(vec, row, seed);
    }
    return seed;
}

int32_t mr_row_hash(const mr_vec *vec, int32_t row, int32_t seed)
{
    if (mr_vec_is_null(vec, row))
        return seed;
    return (int32_t)hash_value(vec, mr_vec_index(vec, row), (uint32_t)seed);
}

int32_t mr_row_partition(const mr_vec *const *cols, int n_cols, int32_t row, int32_t n_partitions)
{
    int32_t hash = 42;
    int32_t rest;

    MR_ASSERT(n_partitions > 0);
    for (int i = 0; i < n_cols; i++)
        hash = mr_row_hash(cols[i], row, hash);
    rest = hash % n_partitions;
    return rest < 0 ? rest + n_partitions : rest;
}
