/* Binary rows: round trips, damage, and the vectors of Spark's hash. */
#include "tests/unit/mr_test.h"

#include "column/row.h"
#include "tests/unit/column/random_vec.h"

static void check_damage(rng *r, mr_str good, const mr_type *schema)
{
    for (int k = 0; k < 20; k++) {
        mr_arena *arena = mr_arena_new();
        char *bytes = mr_malloc(good.len);
        size_t n = k < 4 ? rng_next(r, (uint32_t)good.len) : good.len;
        mr_vec out[4];

        memcpy(bytes, good.ptr, good.len);
        bytes[rng_next(r, (uint32_t)good.len)] ^= (char)(1 << rng_next(r, 8));
        bytes = mr_realloc(bytes, n == 0 ? 1 : n);
        for (int i = 0; i < schema->n_fields; i++)
            mr_vec_init(&out[i], arena, schema->fields[i].type, 1);
        (void)!mr_row_decode((mr_str){ bytes, n }, schema, out, 0, arena, NULL);
        free(bytes);
        mr_arena_free(arena);
    }
}

static void test_round_trip(void **state)
{
    rng r = { 11 };
    mr_buf first = { 0 };
    mr_buf second = { 0 };

    (void)state;
    for (int round = 0; round < 2000; round++) {
        mr_arena *arena = mr_arena_new();
        mr_field fields[4];
        mr_vec in[4];
        mr_vec out[4];
        const mr_vec *in_cols[4];
        const mr_vec *out_cols[4];
        int n = 1 + (int)rng_next(&r, 4);
        mr_error err = { 0 };
        const mr_type *schema;

        for (int i = 0; i < n; i++) {
            fields[i] = (mr_field){ MR_STR("f"), random_type(&r, arena, 0), true, MR_STR("") };
            mr_vec_init(&in[i], arena, fields[i].type, 3);
            mr_vec_init(&out[i], arena, fields[i].type, 3);
            in_cols[i] = &in[i];
            out_cols[i] = &out[i];
        }
        schema = mr_type_struct(arena, fields, n);
        for (int32_t row = 0; row < 3; row++) {
            mr_str bytes;

            for (int i = 0; i < n; i++)
                random_row(&r, arena, &in[i], row, true);
            mr_buf_clear(&first);
            mr_row_encode(in_cols, n, row, &first);
            bytes = mr_arena_str(arena, mr_buf_str(&first));
            assert_int_equal(bytes.len % 8, 0);
            CHECK_OK(mr_row_decode(bytes, schema, out, row, arena, &err), &err);
            for (int i = 0; i < n; i++)
                assert_same_value(&in[i], row, &out[i], row);
            mr_buf_clear(&second);
            mr_row_encode(out_cols, n, row, &second);
            assert_int_equal(second.len, bytes.len);
            assert_memory_equal(second.ptr, bytes.ptr, bytes.len);
            check_damage(&r, bytes, schema);
        }
        mr_arena_free(arena);
    }
    mr_buf_free(&first);
    mr_buf_free(&second);
}

static void check_hash(mr_vec *v, int32_t expected)
{
    assert_int_equal(mr_row_hash(v, 0, 42), expected);
}

static void test_hash(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_vec v;
    const mr_vec *cols[1] = { &v };

    (void)state;
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_INT), 1);
    v.i32[0] = 0;
    check_hash(&v, 933211791);
    v.i32[0] = 3;
    check_hash(&v, -1823081949);
    assert_int_equal(mr_row_partition(cols, 1, 0, 200), 51);
    assert_int_equal(mr_row_partition(cols, 1, 0, 5), 1);
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_LONG), 1);
    v.i64[0] = 3;
    check_hash(&v, 519220707);
    assert_int_equal(mr_row_partition(cols, 1, 0, 200), 107);
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_STRING), 1);
    v.str[0] = MR_STR("");
    check_hash(&v, 142593372);
    v.str[0] = MR_STR("a");
    check_hash(&v, 1485273170);
    v.str[0] = MR_STR("abcde");
    check_hash(&v, 814637928);
    v.str[0] = MR_STR("\xc3\xa9");
    check_hash(&v, 2119106806);
    assert_int_equal(mr_row_partition(cols, 1, 0, 200), 6);
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_BOOLEAN), 1);
    v.u8[0] = 1;
    check_hash(&v, -559580957);
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_DOUBLE), 1);
    v.f64[0] = 1.5;
    check_hash(&v, 1290763749);
    v.f64[0] = -0.0;
    check_hash(&v, -1670924195);
    mr_vec_init_null(&v, arena, mr_type_of(MR_TYPE_LONG), 1);
    check_hash(&v, 42);
    assert_int_equal(mr_row_partition(cols, 1, 0, 200), 42);
    mr_arena_free(arena);
}

/* The key of one group: window [0 s, 10 s) belongs to partition 14 of 200. */
static void test_window_partition(void **state)
{
    mr_arena *arena = mr_arena_new();
    const mr_field fields[2] = {
        { MR_STR("start"), mr_type_of(MR_TYPE_TIMESTAMP), true, MR_STR("") },
        { MR_STR("end"), mr_type_of(MR_TYPE_TIMESTAMP), true, MR_STR("") },
    };
    mr_vec v;
    const mr_vec *cols[1] = { &v };

    (void)state;
    mr_vec_init(&v, arena, mr_type_struct(arena, fields, 2), 1);
    v.children[0].i64[0] = 0;
    v.children[1].i64[0] = 10000000;
    assert_int_equal(mr_row_partition(cols, 1, 0, 200), 14);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_window_partition),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
