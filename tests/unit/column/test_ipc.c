/* Arrow streams: round trips, truncations, flipped bits. */
#include "tests/unit/mr_test.h"

#include "column/ipc.h"
#include "tests/unit/column/random_vec.h"

static mr_batch *random_batch(rng *r, mr_arena *arena, int32_t rows)
{
    mr_field fields[5];
    int n = (int)rng_next(r, 6);
    mr_batch *batch;

    memset(fields, 0, sizeof(fields));
    for (int i = 0; i < n; i++)
        fields[i] = (mr_field){ mr_arena_printf(arena, "c%d", i), random_type(r, arena, 0), true,
                                MR_STR("") };
    batch = mr_batch_new(arena, mr_type_struct(arena, fields, n), rows);
    for (int i = 0; i < n; i++) {
        mr_vec_init(&batch->cols[i], arena, fields[i].type, rows);
        for (int32_t row = 0; row < rows; row++)
            random_row(r, arena, &batch->cols[i], row, true);
    }
    return batch;
}

/* Damaged streams are refused or read as something; they never take the process down. */
static void check_damage(rng *r, mr_str good, int times)
{
    for (int k = 0; k < times; k++) {
        mr_arena *arena = mr_arena_new();
        size_t n = k % 3 == 0 ? rng_next(r, (uint32_t)good.len) : good.len;
        char *bytes = mr_malloc(n + 1);
        mr_batch *out;

        memcpy(bytes, good.ptr, n);
        for (int flips = 1 + (int)rng_next(r, 3); flips > 0 && n > 0; flips--)
            bytes[rng_next(r, (uint32_t)n)] ^= (char)(1 << rng_next(r, 8));
        bytes = mr_realloc(bytes, n == 0 ? 1 : n);
        (void)!mr_ipc_read(arena, (mr_str){ bytes, n }, &out, NULL);
        free(bytes);
        mr_arena_free(arena);
    }
}

static void test_round_trip(void **state)
{
    rng r = { 5 };
    mr_buf buf = { 0 };

    (void)state;
    for (int round = 0; round < 300; round++) {
        mr_arena *arena = mr_arena_new();
        mr_batch *in = random_batch(&r, arena, round % 7 == 0 ? 0 : 20);
        mr_batch *out;
        mr_error err = { 0 };

        mr_buf_clear(&buf);
        CHECK_OK(mr_ipc_write(in, MR_STR("UTC"), &buf, &err), &err);
        CHECK_OK(mr_ipc_read(arena, mr_buf_str(&buf), &out, &err), &err);
        assert_int_equal(out->n, in->n);
        assert_true(mr_type_equal(in->schema, out->schema));
        for (int c = 0; c < in->schema->n_fields; c++)
            for (int32_t row = 0; row < in->n; row++)
                assert_same_value(&in->cols[c], row, &out->cols[c], row);
        check_damage(&r, mr_buf_str(&buf), 40);
        mr_arena_free(arena);
    }
    mr_buf_free(&buf);
}

static void test_every_truncation(void **state)
{
    rng r = { 9 };
    mr_arena *arena = mr_arena_new();
    mr_arena *scratch = mr_arena_new();
    mr_batch *in = random_batch(&r, arena, 10);
    mr_batch *out;
    mr_buf buf = { 0 };

    (void)state;
    assert_int_equal(mr_ipc_write(in, MR_STR("UTC"), &buf, NULL), MR_OK);
    for (size_t n = 0; n < buf.len; n++) {
        (void)!mr_ipc_read(scratch, (mr_str){ buf.ptr, n }, &out, NULL);
        mr_arena_reset(scratch);
    }
    mr_buf_free(&buf);
    mr_arena_free(scratch);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_every_truncation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
