/* json_side.c - records of the learned shape, six side by side.
 *
 * Where a value begins is known only when the one before it has been scanned: one record is one
 * long chain of dependent instructions.  Six records are six chains, which the processor runs
 * together.  Between values all bytes must be as learned, the quotes around strings and the line
 * end included, so whatever ends a value too early or too late (an escape, an exponent, a byte that
 * is not ASCII) shows in the next comparison; then none of the six counts and they go the other
 * ways.
 */
#include "format/json_priv.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define SIDE       6
#define FIELDS_MAX 64
#define CELL       64 /* bytes kept of the text before a value */
#define SLACK      128
#define CREDIT     64
#define AHEAD      4096 /* bytes fetched before they are needed */

#define FAST   __attribute__((target("avx2,bmi,bmi2")))
#define INLINE FAST __attribute__((always_inline)) static inline

typedef struct side_field {
    uint64_t mask; /* bit i: byte i of the text counts */
    int32_t len;
    bool is_text, is_real;
    uint8_t op;
    int32_t col;
} side_field;

struct mr_json_side_shape {
    int n_fields;
    int credit;    /* falls with each failure; none left: the shape is given up */
    int32_t least; /* bytes of the shortest record */
    side_field fields[FIELDS_MAX + 1]; /* the last: what stands behind the last value */
    char text[FIELDS_MAX + 1][CELL];
};

void mr_json_side_open(mr_json_reader *r, mr_arena *arena)
{
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
        __builtin_cpu_supports("bmi2"))
        r->side_memory = MR_NEW(arena, mr_json_side_shape);
}

/* ---- learning ---- */

static bool op_fits(const mr_shape_field *f)
{
    if (f->kind == MR_JSON_STRING)
        return f->op == MR_OP_STRING || f->op == MR_OP_SKIP;
    if (f->kind == MR_JSON_INT)
        return f->op == MR_OP_LONG || f->op == MR_OP_DOUBLE || f->op == MR_OP_SKIP;
    return f->kind == MR_JSON_FLOAT && (f->op == MR_OP_DOUBLE || f->op == MR_OP_SKIP);
}

/* Text number i: what stands between the values, with the quotes of strings. */
static bool keep_text(mr_json_side_shape *side, int i, bool opens, mr_str text, const char *closes)
{
    size_t closing = strlen(closes);
    size_t n = opens + text.len + closing;
    char *to = side->text[i];

    if (n >= CELL)
        return false;
    to[0] = '"';
    memcpy(to + opens, text.ptr, text.len);
    memcpy(to + opens + text.len, closes, closing);
    side->fields[i].len = (int32_t)n;
    side->fields[i].mask = (UINT64_C(1) << n) - 1;
    return true;
}

/* Texts, and a digit for every number. */
static int32_t least_length(const mr_json_side_shape *side)
{
    int32_t n = 0;

    for (int i = 0; i <= side->n_fields; i++)
        n += side->fields[i].len + (i < side->n_fields && !side->fields[i].is_text);
    return n;
}

static bool learn(mr_json_side_shape *side, const mr_shape *shape)
{
    bool was_text = false;

    if (shape->n_fields == 0 || shape->n_fields > FIELDS_MAX || shape->n_missing > 0)
        return false;
    for (int i = 0; i < shape->n_fields; i++) {
        const mr_shape_field *f = &shape->fields[i];
        bool is_text = f->kind == MR_JSON_STRING;

        side->fields[i] = (side_field){
            .is_text = is_text, .is_real = f->kind == MR_JSON_FLOAT, .op = f->op, .col = f->col
        };
        if (!op_fits(f) || !keep_text(side, i, was_text, (mr_str){ shape->text + f->at, f->len },
                                      is_text ? "\"" : ""))
            return false;
        was_text = is_text;
    }
    side->n_fields = shape->n_fields;
    if (!keep_text(side, side->n_fields, was_text,
                   (mr_str){ shape->text + shape->tail_at, shape->tail_len }, "\n"))
        return false;
    side->least = least_length(side);
    return true;
}

void mr_json_side_learn(mr_json_reader *r)
{
    bool can = r->side_memory != NULL && learn(r->side_memory, &r->shape);

    r->side = can ? r->side_memory : NULL;
    if (can)
        r->side->credit = CREDIT;
}

/* ---- reading ---- */

/* Bits of those of the 64 bytes at p that count and differ. */
INLINE uint64_t differing(const char *p, const char *want, uint64_t mask)
{
    __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)p),
                                    _mm256_loadu_si256((const void *)want));
    uint64_t same = (uint32_t)_mm256_movemask_epi8(low);

    if (mask > UINT32_MAX) {
        __m256i high = _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(p + 32)),
                                         _mm256_loadu_si256((const void *)(want + 32)));

        same |= (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
    }
    return mask & ~same;
}

/* Behind the line end of a record of at least `least` bytes; NULL when fewer than SLACK bytes are
 * left then.  A line that is shorter is jumped over: it is no record of the shape, and that shows
 * when it is read as one. */
INLINE const char *next_line(const char *p, const char *end, int32_t least)
{
    for (int32_t at = 0; at < least; at += 64)
        __builtin_prefetch(p + AHEAD + at);
    for (p += end - p > least ? least - 1 : 0; end - p >= SLACK; p += 32) {
        __m256i x = _mm256_loadu_si256((const void *)p);
        uint32_t bits =
            (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('\n')));

        if (bits != 0) {
            p += __builtin_ctz(bits) + 1;
            return end - p >= SLACK ? p : NULL;
        }
    }
    return NULL;
}

/* The first byte from p on that is not plain ASCII inside a string; there is one before the line
 * ends. */
INLINE const char *plain_end(const char *p)
{
    for (;;) {
        __m256i x = _mm256_loadu_si256((const void *)p);
        __m256i quote = _mm256_cmpeq_epi8(x, _mm256_set1_epi8('"'));
        __m256i slash = _mm256_cmpeq_epi8(x, _mm256_set1_epi8('\\'));
        __m256i low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), x); /* signed: 0x80.. too */
        uint32_t bits =
            (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quote, slash), low));

        if (__builtin_expect(bits != 0, 1))
            return p + __builtin_ctz(bits);
        p += 32;
    }
}

typedef struct side_number {
    const char *digits;
    int whole, fraction;
    bool negative;
} side_number;

/* Scans a number of less than 16 characters; returns its end.  *bad is set where it is no number.
 */
INLINE const char *number_end(const char *p, bool is_real, side_number *out, uint64_t *bad)
{
    __m128i d;
    uint32_t bits, whole, end;

    out->negative = *p == '-';
    p += out->negative;
    d = _mm_sub_epi8(_mm_loadu_si128((const void *)p), _mm_set1_epi8('0'));
    bits = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d));
    whole = end = (uint32_t)__builtin_ctz(~bits);
    if (is_real) {
        end = (uint32_t)__builtin_ctz(~(bits | (bits + 1))); /* over one byte that is no digit */
        *bad |= (uint64_t)(p[whole] != '.') | (uint64_t)(end - whole < 2);
    }
    *bad |= (uint64_t)(whole == 0) | (uint64_t)(end >= 16) | (uint64_t)(*p == '0' && whole > 1);
    out->digits = p;
    out->whole = (int)whole;
    out->fraction = is_real ? (int)(end - whole) - 1 : 0;
    return p + end;
}

/* At most 15 digits: mantissa and power of ten are exact, so the quotient is rounded once. */
INLINE double number_value(const side_number *n)
{
    uint64_t m = mr_json_digits16(n->digits, n->whole);
    double v;

    if (n->fraction == 0) {
        v = (double)m;
        return n->negative && m != 0 ? -v : v; /* a whole -0 is 0.0 */
    }
    m = m * mr_json_whole_powers[n->fraction] +
        mr_json_digits16(n->digits + n->whole + 1, n->fraction);
    v = (double)m / mr_json_powers[n->fraction];
    return n->negative ? -v : v;
}

INLINE void read_texts(const side_field *f, mr_col *cols, int32_t row, const char **p)
{
    for (int k = 0; k < SIDE; k++) {
        const char *end = plain_end(p[k]);

        if (f->op == MR_OP_STRING)
            cols[f->col].str[row + k] = (mr_str){ p[k], (size_t)(end - p[k]) };
        p[k] = end;
    }
}

INLINE uint64_t skip_numbers(const side_field *f, const char **p)
{
    uint64_t bad = 0;

    for (int k = 0; k < SIDE; k++) {
        side_number n;

        p[k] = number_end(p[k], f->is_real, &n, &bad);
    }
    return bad;
}

INLINE uint64_t read_numbers(const side_field *f, mr_col *cols, int32_t row, const char **p)
{
    side_number n[SIDE];
    uint64_t bad = 0;

    for (int k = 0; k < SIDE; k++)
        p[k] = number_end(p[k], f->is_real, &n[k], &bad);
    if (bad != 0)
        return bad;
    if (f->op == MR_OP_LONG)
        for (int k = 0; k < SIDE; k++)
            cols[f->col].i64[row + k] =
                (int64_t)mr_json_digits16(n[k].digits, n[k].whole) * (n[k].negative ? -1 : 1);
    else
        for (int k = 0; k < SIDE; k++)
            cols[f->col].f64[row + k] = number_value(&n[k]);
    return 0;
}

/* Decodes SIDE records from `from` on into rows r->n and up; returns where the next one begins, or
 * NULL. */
INLINE const char *side_records(mr_json_reader *r, const char *from, const char *end)
{
    const mr_json_side_shape *side = r->side;
    const char *p[SIDE];

    for (int k = 0; k < SIDE; k++) {
        p[k] = from;
        from = next_line(from, end, side->least);
        if (from == NULL)
            return NULL;
    }
    for (int i = 0;; i++) {
        const side_field *f = &side->fields[i];
        uint64_t bad = 0;

        for (int k = 0; k < SIDE; k++) {
            bad |= differing(p[k], side->text[i], f->mask);
            p[k] += f->len;
        }
        if (bad != 0)
            return NULL;
        if (i == side->n_fields)
            return from;
        if (f->is_text)
            read_texts(f, r->cols, r->n, p);
        else if ((f->op == MR_OP_SKIP ? skip_numbers(f, p) : read_numbers(f, r->cols, r->n, p)) !=
                 0)
            return NULL;
    }
}

FAST const char *mr_json_side(mr_json_reader *r, const char *p, const char *end, int32_t limit)
{
    while (r->n + SIDE <= limit) {
        const char *next = side_records(r, p, end);

        if (next == NULL) {
            r->side->credit -= 8;
            break;
        }
        r->side->credit += r->side->credit < CREDIT;
        r->n += SIDE;
        p = next;
    }
    if (r->side->credit < 0)
        r->side = NULL;
    return p;
}

#else /* one by one only */

void mr_json_side_open(mr_json_reader *r, mr_arena *arena)
{
    (void)r, (void)arena;
}

void mr_json_side_learn(mr_json_reader *r)
{
    (void)r;
}

const char *mr_json_side(mr_json_reader *r, const char *p, const char *end, int32_t limit)
{
    (void)r, (void)end, (void)limit;
    return p;
}

#endif
