/* random_vec.h - random types and values for the tests of this room. */
#ifndef MR_TEST_RANDOM_VEC_H
#define MR_TEST_RANDOM_VEC_H

#include "column/vec.h"

typedef struct rng {
    uint64_t s;
} rng;

static inline uint32_t rng_next(rng *r, uint32_t limit)
{
    r->s = r->s * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(r->s >> 33) % limit;
}

static inline const mr_type *random_type(rng *r, mr_arena *arena, int depth)
{
    static const mr_type_id plain[] = {
        MR_TYPE_BOOLEAN,
        MR_TYPE_BYTE,
        MR_TYPE_SHORT,
        MR_TYPE_INT,
        MR_TYPE_LONG,
        MR_TYPE_FLOAT,
        MR_TYPE_DOUBLE,
        MR_TYPE_STRING,
        MR_TYPE_BINARY,
        MR_TYPE_DATE,
        MR_TYPE_TIMESTAMP,
        MR_TYPE_TIMESTAMP_NTZ,
        MR_TYPE_INTERVAL_CALENDAR,
        MR_TYPE_INTERVAL_DT,
        MR_TYPE_NULL,
    };
    uint32_t pick = rng_next(r, depth > 2 ? 17 : 23);

    if (pick < 15)
        return mr_type_of(plain[pick]);
    if (pick < 17)
        return mr_type_decimal(arena, pick == 15 ? 12 : 30, 2);
    if (pick < 19)
        return mr_type_array(arena, random_type(r, arena, depth + 1), true);
    if (pick < 20)
        return mr_type_map(arena, mr_type_of(MR_TYPE_STRING), random_type(r, arena, depth + 1),
                           true);
    mr_field fields[4];
    int n = (int)rng_next(r, 5);
    for (int i = 0; i < n; i++)
        fields[i] = (mr_field){ mr_arena_printf(arena, "f%d", i), random_type(r, arena, depth + 1),
                                true, MR_STR("") };
    return mr_type_struct(arena, fields, n);
}

static inline void random_row(rng *r, mr_arena *arena, mr_vec *vec, int32_t row, bool nullable)
{
    const mr_type *type = vec->type;
    size_t width = mr_type_width(type);

    if (nullable && rng_next(r, 4) == 0) {
        mr_vec_set_null(vec, arena, row);
        return;
    }
    if (type->id == MR_TYPE_STRUCT) {
        for (int i = 0; i < type->n_fields; i++)
            random_row(r, arena, &vec->children[i], row, true);
    } else if (vec->offsets != NULL) {
        int32_t from = vec->offsets[row];
        int32_t n = (int32_t)rng_next(r, 4);

        vec->offsets[row + 1] = from + n;
        for (int c = 0; c < type->n_fields; c++) {
            mr_vec_grow(&vec->children[c], arena, from + n);
            for (int32_t i = 0; i < n; i++)
                random_row(r, arena, &vec->children[c], from + i,
                           !(type->id == MR_TYPE_MAP && c == 0));
        }
    } else if (width == sizeof(mr_str) && (mr_type_is_string(type) || type->id == MR_TYPE_BINARY)) {
        vec->str[row] = mr_arena_printf(arena, "%.*s", (int)rng_next(r, 13), "abcdefghijklmno");
    } else if (type->id == MR_TYPE_BOOLEAN) {
        vec->u8[row] = (uint8_t)rng_next(r, 2);
    } else if (type->id == MR_TYPE_DECIMAL) {
        vec->i128[row] = (mr_int128)rng_next(r, 2000000) - 1000000;
        if (type->precision > 18)
            vec->i128[row] *= (mr_int128)1000000007 * 1000003;
    } else if (type->id == MR_TYPE_INTERVAL_CALENDAR) {
        vec->interval[row] = (mr_interval){ (int)rng_next(r, 99), -(int)rng_next(r, 99),
                                            (int64_t)rng_next(r, 99999) };
    } else {
        for (size_t i = 0; i < width; i++)
            ((char *)vec->data)[(size_t)row * width + i] = (char)rng_next(r, 120);
    }
}

static inline void assert_same_value(const mr_vec *a, int32_t i, const mr_vec *b, int32_t j)
{
    assert_int_equal(mr_vec_is_null(a, i), mr_vec_is_null(b, j));
    if (!mr_vec_is_null(a, i))
        assert_int_equal(mr_vec_compare(a, i, b, j), 0);
}

#endif /* MR_TEST_RANDOM_VEC_H */
