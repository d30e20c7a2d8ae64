/* json_fast.c - speculation: the next record has the last one's keys in the same order and spacing.
 *
 * The bytes between values are compared, the values read straight into the columns.  Whatever is
 * not exactly as expected makes the record go the exact way; nothing that was written for it
 * counts. Values are checked as strictly as on the exact way, the columns that nobody needs
 * included.
 */
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "format/json_priv.h"
#include "value/number.h"

#define SLACK 64 /* bytes that must be left before `end` for loads without a bound */

/* ---- scanning ---- */

#if defined(__SSE2__)
/* Bits of the 16 bytes at p that end a run of plain ASCII inside a string. */
static inline unsigned special_bits(const char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i quote = _mm_cmpeq_epi8(x, _mm_set1_epi8('"'));
    __m128i slash = _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'));
    __m128i low = _mm_cmplt_epi8(x, _mm_set1_epi8(0x20)); /* signed: 0x80.. are below, too */

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), low));
}

static inline unsigned digit_bits(const char *p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i d = _mm_sub_epi8(x, _mm_set1_epi8('0'));

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(d, _mm_set1_epi8(9)), d));
}

static inline bool same16(const char *p, const char *want, unsigned bits)
{
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)want);

    return ((unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) & bits) == bits;
}
#else
static inline unsigned special_bits(const char *p)
{
    unsigned bits = 0;

    for (unsigned i = 0; i < 16; i++)
        bits |= (unsigned)(p[i] == '"' || p[i] == '\\' || (signed char)p[i] < 0x20) << i;
    return bits;
}

static inline unsigned digit_bits(const char *p)
{
    unsigned bits = 0;

    for (unsigned i = 0; i < 16; i++)
        bits |= (unsigned)(p[i] >= '0' && p[i] <= '9') << i;
    return bits;
}

static inline bool same16(const char *p, const char *want, unsigned bits)
{
    return memcmp(p, want, (size_t)__builtin_popcount(bits)) == 0;
}
#endif

/* p behind the quote; the closing quote, or NULL (escape, error, near the end). */
static inline const char *string_end(const char *p, const char *end)
{
    while (end - p >= SLACK) {
        unsigned bits = special_bits(p);
        int n;

        if (bits == 0) {
            p += 16;
            continue;
        }
        p += __builtin_ctz(bits);
        if (*p == '"')
            return p;
        if ((signed char)*p >= 0 || (n = mr_utf8_step(p, end)) == 0)
            return NULL;
        p += n;
    }
    return NULL;
}

typedef struct number {
    const char *end;
    const char *digits; /* behind the sign */
    int whole;          /* digits before the point */
    int fraction;       /* behind it, 0 = no point */
    bool negative;
} number;

/* A number of at most 16 characters without exponent, and at least SLACK bytes behind p. */
static inline bool scan_number(const char *p, number *out)
{
    unsigned bits;
    int whole;

    out->negative = *p == '-';
    p += out->negative;
    bits = digit_bits(p);
    whole = __builtin_ctz(~bits);
    out->digits = p;
    out->whole = whole;
    out->fraction = 0;
    if (whole == 0 || whole >= 16 || (*p == '0' && whole > 1))
        return false;
    p += whole;
    if (*p == '.') {
        out->fraction = __builtin_ctz(~(bits >> (whole + 1)));
        if (out->fraction == 0 || whole + 1 + out->fraction >= 16)
            return false;
        p += 1 + out->fraction;
    }
    out->end = p;
    return *p == ',' || *p == '}' || *p == ' ';
}

const double mr_json_powers[16] = { 1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
const uint64_t mr_json_whole_powers[16] = { UINT64_C(1),
                                            UINT64_C(10),
                                            UINT64_C(100),
                                            UINT64_C(1000),
                                            UINT64_C(10000),
                                            UINT64_C(100000),
                                            UINT64_C(1000000),
                                            UINT64_C(10000000),
                                            UINT64_C(100000000),
                                            UINT64_C(1000000000),
                                            UINT64_C(10000000000),
                                            UINT64_C(100000000000),
                                            UINT64_C(1000000000000),
                                            UINT64_C(10000000000000),
                                            UINT64_C(100000000000000),
                                            UINT64_C(1000000000000000) };

/* At most 15 digits: mantissa and power of ten are exact, so the quotient is rounded once. */
static inline double number_value(const number *n)
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

/* ---- values ---- */

static inline bool is_null_word(const char *p)
{
    return memcmp(p, "null", 4) == 0;
}

static const char *skip_value(mr_json_reader *r, const char *p, const char *end)
{
    number n;
    const char *at;

    if (*p == '"') {
        at = string_end(p + 1, end);
        if (at != NULL)
            return at + 1;
    } else if (scan_number(p, &n)) {
        return n.end;
    }
    return mr_json_value(&r->lex, p, end);
}

static const char *other_value(mr_json_reader *r, mr_col *col, const char *p, const char *end)
{
    const char *at = mr_json_value(&r->lex, p, end);

    if (at == NULL || mr_json_decode(r, col, r->n, p, at) != MR_JSON_GOOD)
        return NULL;
    return at;
}

static inline const char *fast_value(mr_json_reader *r, mr_shape_op op, mr_col *col, const char *p,
                                     const char *end)
{
    int32_t row = r->n;
    const char *at;
    number n;

    switch (op) {
    case MR_OP_SKIP:
        return skip_value(r, p, end);
    case MR_OP_LONG:
        if (!scan_number(p, &n) || n.fraction > 0)
            break;
        col->i64[row] = (int64_t)mr_json_digits16(n.digits, n.whole) * (n.negative ? -1 : 1);
        return n.end;
    case MR_OP_INT:
        if (!scan_number(p, &n) || n.fraction > 0 || n.whole > 9)
            break;
        col->i32[row] = (int32_t)mr_json_digits16(n.digits, n.whole) * (n.negative ? -1 : 1);
        return n.end;
    case MR_OP_DOUBLE:
        if (!scan_number(p, &n) || n.whole + n.fraction > 15)
            break;
        col->f64[row] = number_value(&n);
        return n.end;
    case MR_OP_STRING:
        if (*p != '"' || (at = string_end(p + 1, end)) == NULL)
            break;
        col->str[row] = (mr_str){ p + 1, (size_t)(at - p - 1) };
        return at + 1;
    case MR_OP_BOOLEAN:
        if (memcmp(p, "true", 4) == 0 || memcmp(p, "false", 5) == 0) {
            col->u8[row] = *p == 't';
            at = p + (*p == 't' ? 4 : 5);
            if (*at == ',' || *at == '}')
                return at;
        }
        break;
    case MR_OP_OTHER:
        break;
    }
    if (is_null_word(p) && (p[4] == ',' || p[4] == '}')) {
        mr_col_told_null(col, row);
        return p + 4;
    }
    return other_value(r, col, p, end);
}

/* ---- records ---- */

static inline bool same(const char *p, const char *end, const char *want, size_t n)
{
    if (end - p < SLACK)
        return false;
    if (n <= 16)
        return same16(p, want, (1u << n) - 1);
    if (n <= 32)
        return same16(p, want, 0xFFFF) && same16(p + 16, want + 16, (1u << (n - 16)) - 1);
    return (size_t)(end - p) >= n + SLACK && memcmp(p, want, n) == 0;
}

static const char *fast_record(mr_json_reader *r, const char *p, const char *end)
{
    const mr_shape *shape = &r->shape;

    for (int i = 0; i < shape->n_fields; i++) {
        const mr_shape_field *f = &shape->fields[i];

        if (!same(p, end, shape->text + f->at, f->len))
            return NULL;
        p += f->len;
        if (end - p < SLACK)
            return NULL;
        p = fast_value(r, (mr_shape_op)f->op, f->col < 0 ? NULL : &r->cols[f->col], p, end);
        if (p == NULL)
            return NULL;
    }
    if (!same(p, end, shape->text + shape->tail_at, shape->tail_len))
        return NULL;
    p += shape->tail_len;
    if (*p == '\n')
        return p + 1;
    return p[0] == '\r' && p[1] == '\n' ? p + 2 : NULL;
}

/* ---- runs of records ---- */

/* One record after the other until one differs, or `most` are made. */
static const char *one_by_one(mr_json_reader *r, const char *p, const char *end, int32_t limit,
                              int32_t most)
{
    for (int32_t i = 0; i < most && r->n < limit && p < end; i++) {
        const char *next = fast_record(r, p, end);

        if (next == NULL) {
            for (int c = 0; c < r->schema->n_fields; c++)
                mr_col_reset(&r->cols[c], r->n);
            return p;
        }
        for (int m = 0; m < r->shape.n_missing; m++)
            mr_col_null(&r->cols[r->shape.missing[m]], r->n);
        r->n++;
        p = next;
    }
    return p;
}

const char *mr_json_fast(mr_json_reader *r, const char *p, const char *end, int32_t limit)
{
    int32_t start = r->n;

    for (int32_t before = -1; before < r->n && r->n < limit && p < end;) {
        before = r->n;
        if (r->side != NULL)
            p = mr_json_side(r, p, end, limit);
        p = one_by_one(r, p, end, limit, r->side != NULL ? 8 : limit);
    }
    if (r->n - start >= 4) {
        r->penalty = 0;
    } else if (r->n < limit) {
        /* The shape does not hold: try it less and less often. */
        r->penalty = r->penalty < 64 ? r->penalty * 2 + 1 : 64;
        r->backoff = r->n > start ? 0 : r->penalty / 2;
        if (r->n == start)
            r->shape.n_fields = 0;
    }
    return p;
}

/* ---- learning ---- */

static mr_shape_op op_of(const mr_type *type)
{
    switch (type->id) {
    case MR_TYPE_LONG:
        return MR_OP_LONG;
    case MR_TYPE_INT:
        return MR_OP_INT;
    case MR_TYPE_DOUBLE:
        return MR_OP_DOUBLE;
    case MR_TYPE_STRING:
        return MR_OP_STRING;
    case MR_TYPE_BOOLEAN:
        return MR_OP_BOOLEAN;
    default:
        return MR_OP_OTHER;
    }
}

static bool keep(mr_shape *shape, const char *from, const char *to, uint16_t *at, uint16_t *len)
{
    size_t n = (size_t)(to - from);

    if (n > MR_SHAPE_TEXT - shape->text_used)
        return false;
    memcpy(shape->text + shape->text_used, from, n);
    *at = (uint16_t)shape->text_used;
    *len = (uint16_t)n;
    shape->text_used += n;
    return true;
}

/* Lists the columns without a key; false when a column has two. */
static bool find_missing(mr_json_reader *r)
{
    mr_shape *shape = &r->shape;

    shape->n_missing = 0;
    for (int32_t c = 0; c < r->schema->n_fields; c++) {
        int found = 0;

        for (int i = 0; i < shape->n_fields; i++)
            found += shape->fields[i].col == c;
        if (found > 1)
            return false;
        if (found == 0)
            shape->missing[shape->n_missing++] = c;
    }
    return true;
}

/* The column of a key, MR_OP_SKIP when nobody wants it. */
static void aim(mr_json_reader *r, mr_shape_field *field, mr_str name)
{
    field->col = mr_type_field(r->schema, name, true);
    if (field->col == r->corrupt_col)
        field->col = -1;
    field->op =
        field->col < 0 ? (uint8_t)MR_OP_SKIP : (uint8_t)op_of(r->schema->fields[field->col].type);
}

static bool learn(mr_json_reader *r, const char *p, const char *end)
{
    mr_shape *shape = &r->shape;
    const char *from = p;
    int n = 0;

    p = mr_json_space(&r->lex, p, end);
    if (p == NULL || p >= end || *p != '{')
        return false;
    p = mr_json_space(&r->lex, p + 1, end);
    while (n < MR_SHAPE_FIELDS) {
        mr_shape_field *field = &shape->fields[n];
        mr_str name;
        bool plain;
        const char *value = mr_json_name(&r->lex, p, end, &name, &plain);

        if (value == NULL || value >= end || !plain ||
            !keep(shape, from, value, &field->at, &field->len))
            return false;
        aim(r, field, name);
        n++;
        from = p = mr_json_value(&r->lex, value, end);
        field->kind = p == NULL ? (uint8_t)MR_JSON_NULL : (uint8_t)mr_json_kind_of(value, p);
        p = p == NULL ? NULL : mr_json_space(&r->lex, p, end);
        if (p == NULL || p >= end)
            return false;
        if (*p == '}') {
            shape->n_fields = n;
            return keep(shape, from, end, &shape->tail_at, &shape->tail_len) &&
                   mr_json_space(&r->lex, p + 1, end) == end;
        }
        p = mr_json_space(&r->lex, p + 1, end);
    }
    return false;
}

void mr_json_learn(mr_json_reader *r, mr_str text)
{
    r->shape.text_used = 0;
    r->shape.n_fields = 0;
    if (!learn(r, text.ptr, text.ptr + text.len) || !find_missing(r))
        r->shape.n_fields = 0;
    mr_json_side_learn(r);
}
