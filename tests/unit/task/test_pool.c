/* Pieces of a job: each once, the lowest error; made side by side and used in their order. */
#include <sched.h>
#include <stdatomic.h>

#include "task/order.h"
#include "tests/unit/mr_test.h"

enum { PIECES = 500 };

static const int thread_counts[] = { 1, 2, 3, 8 };

typedef struct job {
    atomic_int made[PIECES];
    atomic_int owner[64]; /* by place: the piece it belongs to + 1 */
    int at[64];           /* what the piece left in its place */
    int used;             /* only one at a time */
    atomic_int in_use;
    int fails_to_make; /* from this piece on; -1 = none */
    int fails_to_use;
} job;

/* Pieces take differently long. */
static void dawdle(int piece)
{
    for (int i = 0; i < piece % 7; i++)
        sched_yield();
}

static mr_status broken(const char *what, int piece, mr_error *err)
{
    return mr_fail(err, MR_IO, "%s %d", what, piece);
}

static mr_status work(void *data, int i, mr_error *err)
{
    job *j = data;

    dawdle(i);
    atomic_fetch_add(&j->made[i], 1);
    return j->fails_to_make >= 0 && i >= j->fails_to_make ? broken("make", i, err) : MR_OK;
}

static mr_status make(void *data, int piece, int place, mr_error *err)
{
    job *j = data;

    assert_int_equal(atomic_exchange(&j->owner[place], piece + 1), 0);
    j->at[place] = piece;
    return work(data, piece, err);
}

static mr_status use(void *data, int piece, int place, mr_error *err)
{
    job *j = data;

    assert_int_equal(atomic_fetch_add(&j->in_use, 1), 0);
    assert_int_equal(piece, j->used++);
    assert_int_equal(j->at[place], piece);
    dawdle(piece + 3);
    assert_int_equal(atomic_exchange(&j->owner[place], 0), piece + 1);
    atomic_fetch_sub(&j->in_use, 1);
    return piece == j->fails_to_use ? broken("use", piece, err) : MR_OK;
}

static void each_once(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof(thread_counts) / sizeof(*thread_counts); t++) {
        mr_pool *pool = mr_pool_new(thread_counts[t]);
        job j = { .fails_to_make = -1 };
        mr_error err;

        assert_int_equal(mr_pool_run(pool, PIECES, work, &j, &err), MR_OK);
        for (int i = 0; i < PIECES; i++)
            assert_int_equal(j.made[i], 1);
        mr_pool_free(pool);
    }
}

static void lowest_error(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof(thread_counts) / sizeof(*thread_counts); t++) {
        mr_pool *pool = mr_pool_new(thread_counts[t]);
        job j = { .fails_to_make = 123 };
        mr_error err;

        assert_int_not_equal(mr_pool_run(pool, PIECES, work, &j, &err), MR_OK);
        assert_string_equal(err.message, "make 123");
        mr_pool_free(pool);
    }
}

static void used_in_order(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof(thread_counts) / sizeof(*thread_counts); t++) {
        mr_pool *pool = mr_pool_new(thread_counts[t]);
        job j = { .fails_to_make = -1, .fails_to_use = -1 };
        mr_error err;

        assert_in_range(mr_pool_places(pool), 1, 64);
        assert_int_equal(mr_pool_run_in_order(pool, PIECES, make, use, &j, &err), MR_OK);
        assert_int_equal(j.used, PIECES);
        for (int i = 0; i < PIECES; i++)
            assert_int_equal(j.made[i], 1);
        assert_int_equal(mr_pool_run_in_order(pool, 0, make, use, &j, &err), MR_OK);
        mr_pool_free(pool);
    }
}

static void failures_end_it(void **state)
{
    (void)state;
    for (size_t t = 0; t < sizeof(thread_counts) / sizeof(*thread_counts); t++)
        for (int at = 0; at < 60; at += 7) {
            mr_pool *pool = mr_pool_new(thread_counts[t]);
            job j = { .fails_to_make = at, .fails_to_use = -1 };
            job k = { .fails_to_make = -1, .fails_to_use = at };
            char text[20];
            mr_error err;

            assert_int_not_equal(mr_pool_run_in_order(pool, PIECES, make, use, &j, &err), MR_OK);
            snprintf(text, sizeof(text), "make %d", at);
            assert_string_equal(err.message, text);
            assert_in_range(j.used, 0, at);
            assert_int_not_equal(mr_pool_run_in_order(pool, PIECES, make, use, &k, &err), MR_OK);
            snprintf(text, sizeof(text), "use %d", at);
            assert_string_equal(err.message, text);
            assert_int_equal(k.used, at + 1);
            mr_pool_free(pool);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_once),
        cmocka_unit_test(lowest_error),
        cmocka_unit_test(used_in_order),
        cmocka_unit_test(failures_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
