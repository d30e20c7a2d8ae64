/* interval.c - interval text, word by word, and the text of ANSI intervals. */
#include "value/interval.h"

#include <stdio.h>

enum { MAX_TEXT = 256 };

typedef enum unit_kind { UNIT_MONTHS, UNIT_DAYS, UNIT_MICROS } unit_kind;

typedef struct unit_row {
    const char *name;
    unit_kind kind;
    int64_t factor;
    bool fraction;
} unit_row;

static const unit_row units[] = {
    { "year", UNIT_MONTHS, 12, false },
    { "month", UNIT_MONTHS, 1, false },
    { "week", UNIT_DAYS, 7, false },
    { "day", UNIT_DAYS, 1, false },
    { "hour", UNIT_MICROS, INT64_C(3600000000), false },
    { "minute", UNIT_MICROS, INT64_C(60000000), false },
    { "second", UNIT_MICROS, 1000000, true },
    { "millisecond", UNIT_MICROS, 1000, false },
    { "microsecond", UNIT_MICROS, 1, false },
};

typedef struct reader {
    mr_str text; /* trimmed */
    size_t at;
    char input[MAX_TEXT]; /* the text for messages, cut */
    mr_error *err;
} reader;

static mr_status bad(reader *r, const char *condition, const char *key, mr_str value)
{
    char text[MAX_TEXT];

    snprintf(text, sizeof(text), "%.*s",
             value.len >= sizeof(text) ? (int)sizeof(text) - 1 : (int)value.len,
             value.len == 0 ? "" : value.ptr);
    return mr_raise(r->err, MR_EXC_ILLEGAL_ARGUMENT, condition, "input", r->input, key, text, NULL);
}

static bool blank(char c)
{
    return (unsigned char)c <= ' ';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->text.len && blank(r->text.ptr[r->at]))
        r->at++;
}

/* The word around a position, for messages. */
static mr_str word_at(const reader *r, size_t at)
{
    size_t from = at, to = at;

    while (from > 0 && !blank(r->text.ptr[from - 1]))
        from--;
    while (to < r->text.len && !blank(r->text.ptr[to]))
        to++;
    return mr_str_slice(r->text, from, to);
}

/* A number taken apart: magnitude, nanoseconds of the fraction, sign. */
typedef struct quantity {
    int64_t whole; /* negative already when `negative` */
    int64_t nanos;
    bool negative;
    bool point;
} quantity;

static bool digit_at(const reader *r, int *digit)
{
    if (r->at >= r->text.len)
        return false;
    *digit = r->text.ptr[r->at] - '0';
    return *digit >= 0 && *digit <= 9;
}

static mr_status take_fraction(reader *r, quantity *q)
{
    int64_t scale = 100000000;
    int digit;

    q->point = true;
    r->at++;
    while (digit_at(r, &digit)) {
        if (scale == 0)
            return bad(r, "INVALID_INTERVAL_FORMAT.INVALID_PRECISION", "value", word_at(r, r->at));
        q->nanos += digit * scale;
        scale /= 10;
        r->at++;
    }
    return MR_OK;
}

/* [+-] digits [. digits] ended by a blank. */
static mr_status take_quantity(reader *r, quantity *q)
{
    int digit;
    bool any = false;

    memset(q, 0, sizeof(*q));
    if (r->text.ptr[r->at] == '-' || r->text.ptr[r->at] == '+') {
        q->negative = r->text.ptr[r->at++] == '-';
        skip_blanks(r);
        if (r->at == r->text.len)
            return bad(r, "INVALID_INTERVAL_FORMAT.MISSING_NUMBER", "word", word_at(r, r->at - 1));
    }
    for (; digit_at(r, &digit); r->at++, any = true)
        if (__builtin_mul_overflow(q->whole, 10, &q->whole) ||
            __builtin_sub_overflow(q->whole, digit, &q->whole))
            return bad(r, "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION", "word",
                       word_at(r, r->at));
    if (!any && (r->at == r->text.len || r->text.ptr[r->at] != '.'))
        return bad(r, "INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER", "number", word_at(r, r->at));
    if (r->at < r->text.len && r->text.ptr[r->at] == '.')
        MR_TRY(take_fraction(r, q));
    if (r->at < r->text.len && !blank(r->text.ptr[r->at]))
        return bad(r, "INVALID_INTERVAL_FORMAT.INVALID_VALUE", "value", word_at(r, r->at));
    if (!q->negative && __builtin_sub_overflow((int64_t)0, q->whole, &q->whole))
        return bad(r, "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION", "word",
                   word_at(r, r->at - 1));
    if (q->negative)
        q->nanos = -q->nanos;
    return MR_OK;
}

static const unit_row *find_unit(mr_str word)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = strlen(units[i].name);

        if ((word.len == n || (word.len == n + 1 && (word.ptr[n] | 32) == 's')) &&
            mr_str_is_nocase(mr_str_slice(word, 0, n), units[i].name))
            return &units[i];
    }
    return NULL;
}

static bool add_int32(int32_t *to, int64_t value, int64_t factor)
{
    int64_t wide;

    return !__builtin_mul_overflow(value, factor, &wide) && !__builtin_add_overflow(*to, wide, to);
}

static bool add_quantity(const unit_row *unit, const quantity *q, mr_interval_parts *out)
{
    int64_t wide;

    if (unit->kind == UNIT_MONTHS)
        return add_int32(&out->months, q->whole, unit->factor);
    if (unit->kind == UNIT_DAYS)
        return add_int32(&out->days, q->whole, unit->factor);
    return !__builtin_mul_overflow(q->whole, unit->factor, &wide) &&
           !__builtin_add_overflow(out->us, wide, &out->us) &&
           !__builtin_add_overflow(out->us, q->nanos / 1000, &out->us);
}

static mr_status take_pair(reader *r, mr_interval_parts *out)
{
    quantity q;
    mr_str word;
    const unit_row *unit;
    size_t number_at = r->at;

    MR_TRY(take_quantity(r, &q));
    number_at = r->at - 1;
    skip_blanks(r);
    if (r->at == r->text.len)
        return bad(r, "INVALID_INTERVAL_FORMAT.MISSING_UNIT", "word", word_at(r, number_at));
    word = word_at(r, r->at);
    unit = find_unit(word);
    if (unit == NULL)
        return bad(r, "INVALID_INTERVAL_FORMAT.INVALID_UNIT", "unit", word);
    if (q.point && !unit->fraction)
        return bad(r, "INVALID_INTERVAL_FORMAT.INVALID_FRACTION", "unit", word);
    if (!add_quantity(unit, &q, out))
        return bad(r, "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION", "word", word);
    r->at += word.len;
    skip_blanks(r);
    return MR_OK;
}

mr_status mr_interval_parse(mr_str text, mr_interval_parts *out, mr_error *err)
{
    reader r = { .text = mr_str_trim(text), .err = err };

    memset(out, 0, sizeof(*out));
    snprintf(r.input, sizeof(r.input), "%.*s", text.len >= MAX_TEXT ? MAX_TEXT - 1 : (int)text.len,
             text.len == 0 ? "" : text.ptr);
    if (r.text.len == 0)
        return bad(&r, "INVALID_INTERVAL_FORMAT.INPUT_IS_EMPTY", "word", r.text);
    if (mr_str_starts_nocase(r.text, "interval")) {
        if (r.text.len == 8)
            return bad(&r, "INVALID_INTERVAL_FORMAT.INPUT_IS_EMPTY", "word", r.text);
        if (!blank(r.text.ptr[8]))
            return bad(&r, "INVALID_INTERVAL_FORMAT.INVALID_PREFIX", "prefix", word_at(&r, 0));
        r.at = 8;
        skip_blanks(&r);
    }
    while (r.at < r.text.len)
        MR_TRY(take_pair(&r, out));
    return MR_OK;
}

/* --- text of ANSI intervals --- */

static const char *const dt_names[] = { "DAY", "HOUR", "MINUTE", "SECOND" };
static const char *const ym_names[] = { "YEAR", "MONTH" };

static void put_fields(const char *const *names, int start, int end, mr_buf *out)
{
    mr_buf_printf(out, "' %s", names[start]);
    if (end != start)
        mr_buf_printf(out, " TO %s", names[end]);
}

/* One field of a day-time interval; days are not padded, the others have two digits, seconds a
 * fraction. */
static void put_dt_field(int field, uint64_t value, uint64_t micros, bool leads, mr_buf *out)
{
    static const char *const before[] = { "", " ", ":", ":" };

    if (!leads)
        mr_buf_puts(out, before[field]);
    if (leads && field == 0)
        mr_buf_printf(out, "%llu", (unsigned long long)value);
    else
        mr_buf_printf(out, "%02llu", (unsigned long long)value);
    if (field == 3 && micros != 0) {
        char text[8];
        int n = snprintf(text, sizeof(text), "%06u", (unsigned)(micros % 1000000));

        while (text[n - 1] == '0')
            n--;
        mr_buf_putc(out, '.');
        mr_buf_append(out, text, (size_t)n);
    }
}

void mr_interval_print_dt(int64_t us, int start_field, int end_field, mr_buf *out)
{
    static const uint64_t size[] = { UINT64_C(86400000000), UINT64_C(3600000000), 60000000,
                                     1000000 };
    uint64_t rest = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;

    MR_ASSERT(start_field >= 0 && start_field <= end_field && end_field <= 3);
    mr_buf_printf(out, "INTERVAL '%s", us < 0 ? "-" : "");
    for (int f = start_field; f <= end_field; f++) {
        uint64_t value = rest / size[f];

        rest %= size[f];
        put_dt_field(f, value, rest, f == start_field, out);
    }
    put_fields(dt_names, start_field, end_field, out);
}

void mr_interval_print_ym(int32_t months, int start_field, int end_field, mr_buf *out)
{
    uint32_t a = months < 0 ? 0u - (uint32_t)months : (uint32_t)months;

    MR_ASSERT(start_field >= 0 && start_field <= end_field && end_field <= 1);
    mr_buf_printf(out, "INTERVAL '%s", months < 0 ? "-" : "");
    if (start_field == 1)
        mr_buf_printf(out, "%u", a);
    else if (end_field == 0)
        mr_buf_printf(out, "%u", a / 12);
    else
        mr_buf_printf(out, "%u-%u", a / 12, a % 12);
    put_fields(ym_names, start_field, end_field, out);
}
