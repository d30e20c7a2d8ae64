/* fn_random.c - rand, randn, uuid; numbers of rows.
 *
 * Each call of a query has one stream of numbers, that of Spark's partition 0.  A further
 * micro-batch begins another one, from a seed that nobody gave: as in Spark, random numbers do not
 * come back, and numbers of rows count from 0.  Lanes that run at once take turns. */
#include "function/fn_priv.h"

#include <math.h>
#include <pthread.h>
#include <sys/random.h>
#include <time.h>

#define TWISTER_WORDS 624

/* The stream of a call: the one thing of a plan that changes while it runs. */
typedef struct stream {
    pthread_mutex_t lock;
    int64_t batch_time_us; /* of the micro-batch it is in */
    bool begun;
    int64_t seed;
    uint64_t bits; /* of the shift register */
    double spare;  /* the other one of a normal pair */
    bool has_spare;
    int64_t next_row;
    uint32_t words[TWISTER_WORDS]; /* of the twister, for uuid */
    int at;
} stream;

/* --- a shift register of 64 bits --------------------------------------------------------------
 */

static uint32_t rotate(uint32_t v, int by)
{
    return v << by | v >> (32 - by);
}

/* MurmurHash3 of eight bytes. */
static uint32_t murmur8(const uint8_t bytes[8], uint32_t h)
{
    for (int i = 0; i < 8; i += 4) {
        uint32_t k = (uint32_t)bytes[i] | (uint32_t)bytes[i + 1] << 8 |
                     (uint32_t)bytes[i + 2] << 16 | (uint32_t)bytes[i + 3] << 24;

        k = rotate(k * 0xCC9E2D51u, 15) * 0x1B873593u;
        h = rotate(h ^ k, 13) * 5 + 0xE6546B64u;
    }
    h ^= 8;
    h = (h ^ h >> 16) * 0x85EBCA6Bu;
    h = (h ^ h >> 13) * 0xC2B2AE35u;
    return h ^ h >> 16;
}

/* The seed's bits spread over the register; 0x3C074A61 is the seed of Scala's array hashes. */
static uint64_t spread(int64_t seed)
{
    uint8_t bytes[8];
    uint32_t low;

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)seed >> (56 - 8 * i));
    low = murmur8(bytes, 0x3C074A61u);
    return (uint64_t)murmur8(bytes, low) << 32 | low;
}

static uint64_t next_bits(stream *s, int n)
{
    s->bits ^= s->bits << 21;
    s->bits ^= s->bits >> 35;
    s->bits ^= s->bits << 4;
    return s->bits & ((UINT64_C(1) << n) - 1);
}

static double next_double(stream *s)
{
    uint64_t high = next_bits(s, 26);

    return (double)(high << 27 | next_bits(s, 27)) * 0x1p-53;
}

/* Marsaglia's polar method, two at a time. */
static double next_normal(stream *s)
{
    double u, v, square, scale;

    if (s->has_spare) {
        s->has_spare = false;
        return s->spare;
    }
    do {
        u = 2 * next_double(s) - 1;
        v = 2 * next_double(s) - 1;
        square = u * u + v * v;
    } while (square >= 1 || square == 0);
    scale = sqrt(-2 * log(square) / square);
    s->spare = v * scale;
    s->has_spare = true;
    return u * scale;
}

/* --- the Mersenne twister, seeded by a long ---------------------------------------------------
 */

static void twister_seed(stream *s)
{
    const uint32_t key[2] = { (uint32_t)((uint64_t)s->seed >> 32), (uint32_t)s->seed };
    uint32_t *w = s->words;
    int i = 1;

    w[0] = 19650218u;
    for (int k = 1; k < TWISTER_WORDS; k++)
        w[k] = 1812433253u * (w[k - 1] ^ w[k - 1] >> 30) + (uint32_t)k;
    for (int k = 0, j = 0; k < TWISTER_WORDS; k++, j ^= 1) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1664525u) + key[j] + (uint32_t)j;
        if (++i == TWISTER_WORDS) {
            w[0] = w[TWISTER_WORDS - 1];
            i = 1;
        }
    }
    for (int k = 1; k < TWISTER_WORDS; k++) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1566083941u) - (uint32_t)i;
        if (++i == TWISTER_WORDS) {
            w[0] = w[TWISTER_WORDS - 1];
            i = 1;
        }
    }
    w[0] = 0x80000000u;
    s->at = TWISTER_WORDS;
}

static uint32_t twister_next(stream *s)
{
    uint32_t *w = s->words, y;

    if (s->at == TWISTER_WORDS) {
        for (int i = 0; i < TWISTER_WORDS; i++) {
            y = (w[i] & 0x80000000u) | (w[(i + 1) % TWISTER_WORDS] & 0x7FFFFFFFu);
            w[i] = w[(i + 397) % TWISTER_WORDS] ^ y >> 1 ^ ((y & 1) != 0 ? 0x9908B0DFu : 0);
        }
        s->at = 0;
    }
    y = w[s->at++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680u;
    y ^= (y << 15) & 0xEFC60000u;
    return y ^ y >> 18;
}

static uint64_t twister_long(stream *s)
{
    uint64_t high = twister_next(s);

    return high << 32 | twister_next(s);
}

/* --- streams --------------------------------------------------------------------------------- */

static int64_t any_seed(void)
{
    struct timespec now;
    int64_t seed;

    if (getrandom(&seed, sizeof(seed), 0) == (ssize_t)sizeof(seed))
        return seed;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec << 30 ^ now.tv_nsec;
}

static stream *new_stream(mr_arena *arena, int64_t seed)
{
    stream *s = MR_NEW(arena, stream);

    memset(s, 0, sizeof(*s));
    pthread_mutex_init(&s->lock, NULL);
    s->seed = seed;
    return s;
}

/* Locks the stream; in a further micro-batch another one begins. */
static stream *enter(const mr_fn_call *call)
{
    stream *s = call->bound->data;

    pthread_mutex_lock(&s->lock);
    if (!s->begun || s->batch_time_us != call->batch_time_us) {
        if (s->begun)
            s->seed = any_seed();
        s->begun = true;
        s->batch_time_us = call->batch_time_us;
        s->bits = spread(s->seed);
        s->has_spare = false;
        s->next_row = 0;
        s->at = 0;
    }
    return s;
}

static void leave(stream *s)
{
    pthread_mutex_unlock(&s->lock);
}

static mr_status seed_of(mr_fn_resolve *r, int64_t *out, mr_error *err)
{
    const mr_fn_arg *arg = &r->args[0];

    if (arg->type->id != MR_TYPE_INT && arg->type->id != MR_TYPE_LONG &&
        arg->type->id != MR_TYPE_NULL)
        return mr_fn_mismatch_arg(r, 0, "(\"INT\" or \"BIGINT\")", err);
    if (!arg->is_literal)
        return mr_raise(err, MR_EXC_ANALYSIS, "SEED_EXPRESSION_IS_UNFOLDABLE", "seedExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(arg->sql)).ptr,
                        "exprWithSeed",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, NULL);
    *out = arg->literal.is_null ? 0 : arg->literal.i64;
    return MR_OK;
}

static mr_status resolve_random(mr_fn_resolve *r, mr_error *err)
{
    int64_t seed = any_seed();

    if (r->n_args > 0)
        MR_TRY(seed_of(r, &seed, err));
    r->data = new_stream(r->arena, seed);
    r->result =
        mr_type_of(strcmp(r->function->name, "uuid") == 0 ? MR_TYPE_STRING : MR_TYPE_DOUBLE);
    r->nullable = false;
    return MR_OK;
}

MR_FN_EVAL(eval_rand)
{
    stream *s = enter(call);

    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = next_double(s);
    leave(s);
    return MR_OK;
}

MR_FN_EVAL(eval_randn)
{
    stream *s = enter(call);

    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->f64[row] = next_normal(s);
    leave(s);
    return MR_OK;
}

static mr_str print_uuid(mr_arena *arena, uint64_t high, uint64_t low)
{
    high = (high & ~UINT64_C(0xF000)) | 0x4000;
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
    return mr_arena_printf(arena, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(high >> 32),
                           (unsigned)(high >> 16 & 0xFFFF), (unsigned)(high & 0xFFFF),
                           (unsigned)(low >> 48), (unsigned long long)(low & 0xFFFFFFFFFFFF));
}

MR_FN_EVAL(eval_uuid)
{
    stream *s = enter(call);

    (void)args;
    (void)err;
    if (s->at == 0)
        twister_seed(s);
    MR_EACH(sel, row)
    {
        uint64_t high = twister_long(s);

        out->str[row] = print_uuid(call->arena, high, twister_long(s));
    }
    leave(s);
    return MR_OK;
}

/* --- numbers of rows ------------------------------------------------------------------------- */

static mr_status resolve_row_id(mr_fn_resolve *r, mr_error *err)
{
    (void)err;
    r->data = new_stream(r->arena, 0);
    r->result = mr_type_of(MR_TYPE_LONG);
    r->nullable = false;
    return MR_OK;
}

MR_FN_EVAL(eval_row_id)
{
    stream *s = enter(call);

    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->i64[row] = s->next_row++;
    leave(s);
    return MR_OK;
}

MR_FN_EVAL(eval_partition)
{
    (void)call;
    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = 0;
    return MR_OK;
}

#define RANDOM(row_name, text, shown, ev)                                                          \
    {                                                                                              \
        .name = (row_name), .max_args = 1, .nondeterministic = true, .sees_nulls = true,           \
        .print = (text), .shown_args = (shown), .resolve = resolve_random, .eval = (ev)            \
    }

static const mr_function rows[] = {
    { .name = "monotonically_increasing_id",
      .nondeterministic = true,
      .resolve = resolve_row_id,
      .eval = eval_row_id },
    RANDOM("rand", NULL, 0, eval_rand),
    RANDOM("randn", NULL, 0, eval_randn),
    RANDOM("random", "rand", 0, eval_rand),
    { .name = "spark_partition_id",
      .nondeterministic = true,
      .print = "SPARK_PARTITION_ID",
      .signature = ":i",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_partition },
    RANDOM("uuid", NULL, -1, eval_uuid),
};

MR_FN_GROUP(mr_fn_random_group, rows);
