/* Vectors: growing, gathering, joining, comparing; scalars. */
#include "tests/unit/mr_test.h"

#include "column/scalar.h"
#include "tests/unit/column/random_vec.h"

static void test_gather_random(void **state)
{
    rng r = { 7 };

    (void)state;
    for (int round = 0; round < 400; round++) {
        mr_arena *arena = mr_arena_new();
        mr_arena *other = mr_arena_new();
        const mr_type *type = random_type(&r, arena, 0);
        int32_t rows[40];
        int32_t n = 0;
        mr_vec vec;
        mr_vec dense;

        mr_vec_init(&vec, arena, type, 40);
        for (int32_t i = 0; i < 40; i++)
            random_row(&r, arena, &vec, i, true);
        for (int32_t i = 0; i < 40; i++)
            if (rng_next(&r, 2))
                rows[n++] = i;
        mr_vec_gather(&dense, &vec, (mr_sel){ rows, n }, other, true);
        assert_int_equal(dense.n, n);
        for (int32_t i = 0; i < n; i++)
            assert_same_value(&vec, rows[i], &dense, i);
        for (int32_t i = 0; i < n; i++) {
            mr_scalar s = mr_scalar_copy(other, mr_scalar_get(&vec, rows[i]));
            mr_vec all;

            mr_scalar_to_vec(s, &all, other, 5);
            assert_int_equal(all.n, 5);
            assert_same_value(&vec, rows[i], &all, 3);
        }
        mr_arena_free(arena);
        mr_arena_free(other);
    }
}

static void test_batches(void **state)
{
    static const int32_t odd[] = { 1, 3 };
    mr_arena *arena = mr_arena_new();
    mr_arena *other = mr_arena_new();
    const mr_field field = { MR_STR("a"), mr_type_of(MR_TYPE_STRING), true, MR_STR("") };
    const mr_type *schema = mr_type_struct(arena, &field, 1);
    mr_batch *batch = mr_batch_new(arena, schema, 4);
    mr_batch *copy;
    const mr_batch *both[2];

    (void)state;
    mr_vec_init(&batch->cols[0], arena, field.type, 4);
    for (int i = 0; i < 4; i++)
        batch->cols[0].str[i] = mr_arena_printf(arena, "v%d", i);
    batch->sel = (mr_sel){ odd, 2 };
    copy = mr_batch_copy(other, batch);
    mr_arena_free(arena);
    assert_int_equal(copy->n, 2);
    assert_true(mr_str_is(copy->cols[0].str[1], "v3"));
    both[0] = both[1] = copy;
    copy = mr_batch_concat(other, copy->schema, both, 2);
    assert_int_equal(copy->sel.n, 4);
    assert_true(mr_str_is(copy->cols[0].str[2], "v1"));
    assert_true(mr_batch_bytes(copy) >= 4 * (sizeof(mr_str) + 2));
    mr_arena_free(other);
}

static void test_order(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_vec v;

    (void)state;
    mr_vec_init(&v, arena, mr_type_of(MR_TYPE_DOUBLE), 4);
    v.f64[0] = -0.0;
    v.f64[1] = 0.0;
    v.f64[2] = 1e308;
    v.f64[3] = (double)__builtin_nanf("");
    assert_int_equal(mr_vec_compare(&v, 0, &v, 1), 0);
    assert_int_equal(mr_vec_compare(&v, 2, &v, 3), -1);
    assert_int_equal(mr_vec_compare(&v, 3, &v, 3), 0);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather_random),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
