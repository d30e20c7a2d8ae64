/* interval.c - INTERVAL 10 MINUTES, INTERVAL '1 day 2 hours', INTERVAL '1' DAY TO SECOND. */
#include "sql/sql_priv.h"

#include "value/interval.h"

/* Units and the field of an interval type that holds them: year-month 0..1, day-time 10..13. */
static const struct {
    const char *name;
    int field;
} units[] = {
    { "year", 0 },         { "quarter", 1 },      { "month", 1 },   { "week", 10 },
    { "day", 10 },         { "hour", 11 },        { "minute", 12 }, { "second", 13 },
    { "millisecond", 13 }, { "microsecond", 13 },
};

static int field_of(mr_str unit)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = strlen(units[i].name);
        bool plural = unit.len == n + 1 && (unit.ptr[n] | 0x20) == 's';

        if (mr_str_is_nocase(mr_str_slice(unit, 0, unit.len - plural), units[i].name))
            return units[i].field;
    }
    return -1;
}

static int unit_at(const mr_parser *p, int ahead)
{
    const mr_token *t = mr_parser_peek(p, ahead);

    return t->kind == MR_T_WORD ? field_of(mr_parser_text(p, t)) : -1;
}

/* Fields of all units named in the text. */
static void note_field(int field, int *low, int *high)
{
    *low = *low < 0 || field < *low ? field : *low;
    *high = field > *high ? field : *high;
}

static void note_words(mr_str text, int *low, int *high)
{
    for (size_t i = 0; i < text.len;) {
        size_t start = i;
        int field;

        while (i < text.len && ((text.ptr[i] | 0x20) >= 'a' && (text.ptr[i] | 0x20) <= 'z'))
            i++;
        field = i > start ? field_of(mr_str_slice(text, start, i)) : -1;
        if (field >= 0)
            note_field(field, low, high);
        i += i == start;
    }
}

/* Microseconds of the parts; days count 24 hours.  false = overflow. */
static bool to_micros(const mr_interval_parts *parts, int64_t *us)
{
    return !__builtin_mul_overflow((int64_t)parts->days, INT64_C(86400000000), us) &&
           !__builtin_add_overflow(*us, parts->us, us);
}

/* Makes the literal from interval text and the fields (low..high) that its units name. */
static mr_status make(mr_parser *p, mr_str text, const int fields[2], mr_xexpr **out)
{
    mr_interval_parts parts;
    mr_type *type = MR_NEW(p->arena, mr_type);
    mr_scalar s = { .type = type };
    bool months = fields[0] < 10;

    if (mr_interval_parse(text, &parts, p->err) != MR_OK)
        return mr_parser_mark(p, mr_parser_start(p), MR_INVALID);
    if (fields[0] < 10 && fields[1] >= 10)
        return mr_parser_mark(p, mr_parser_start(p),
                              mr_raise(p->err, MR_EXC_PARSE, "_LEGACY_ERROR_TEMP_0029", "literal",
                                       mr_arena_cstr(p->arena, text), NULL));
    type->id = months ? MR_TYPE_INTERVAL_YM : MR_TYPE_INTERVAL_DT;
    type->start_field = (uint8_t)(months ? fields[0] : fields[0] - 10);
    type->end_field = (uint8_t)(months ? fields[1] : fields[1] - 10);
    s.i64 = parts.months;
    if (!months && !to_micros(&parts, &s.i64))
        return mr_parser_mark(p, mr_parser_start(p),
                              mr_raise(p->err, MR_EXC_PARSE,
                                       "INVALID_INTERVAL_FORMAT.ARITHMETIC_EXCEPTION", "input",
                                       mr_arena_cstr(p->arena, text), NULL));
    *out = mr_xexpr_literal(p->arena, s);
    return MR_OK;
}

/* '1-2' YEAR TO MONTH, '1 02:03:04.5' DAY TO SECOND: the same value with its units written out. */
static mr_status spell_out(mr_parser *p, mr_str value, const int fields[2], mr_str *text)
{
    static const char *const names[] = { "days", "hours", "minutes", "seconds" };
    mr_str s = mr_str_trim(value);
    bool negative = s.len > 0 && s.ptr[0] == '-';
    const char *sign = negative ? "-" : "";
    mr_buf buf = { 0 };
    size_t at = negative || (s.len > 0 && s.ptr[0] == '+') ? 1 : 0;
    bool good = true;

    for (int f = fields[0]; f <= fields[1]; f++) {
        char stop = f == fields[1] ? '\0' : f < 10 ? '-' : f == 10 ? ' ' : ':';
        size_t end = stop == '\0' ? s.len : mr_str_find(s, stop, at);

        good = good && end > at && (end < s.len) == (stop != '\0');
        for (size_t i = at; i < end; i++)
            good = good && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (f == 13 && s.ptr[i] == '.'));
        if (!good)
            break;
        mr_buf_printf(&buf, "%s%.*s %s ", sign, (int)(end - at), s.ptr + at,
                      f < 10 ? (f == 0 ? "years" : "months") : names[f - 10]);
        at = end + 1;
    }
    *text = mr_arena_str(p->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    if (good)
        return MR_OK;
    return mr_parser_mark(p, mr_parser_start(p),
                          mr_raise(p->err, MR_EXC_PARSE, "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING",
                                   "input", mr_arena_cstr(p->arena, value), "interval",
                                   fields[0] < 10 ? "year-month" : "day-time", NULL));
}

static mr_status unit_to_unit(mr_parser *p, mr_xexpr **out, mr_str *text)
{
    int fields[2];
    bool negative = mr_parser_eat_op(p, MR_OP1('-'));
    mr_str value;

    MR_TRY(mr_literal_string(p, &value));
    if (negative)
        value = mr_arena_printf(p->arena, "-%.*s", MR_STR_ARG(value));
    fields[0] = unit_at(p, 0);
    fields[1] = unit_at(p, 2);
    if (fields[0] < 0 || fields[1] <= fields[0] || (fields[0] < 10) != (fields[1] < 10)) {
        p->at += 2;
        return mr_parser_fail(p);
    }
    p->at += 3;
    MR_TRY(spell_out(p, value, fields, text));
    return make(p, *text, fields, out);
}

static bool is_number(uint32_t kind)
{
    return kind == MR_T_INTEGER || kind == MR_T_DECIMAL;
}

/* Tokens of one value: sign, number or string; 0 = none. */
static int value_length(const mr_parser *p)
{
    int sign = mr_parser_is_op(p, 0, MR_OP1('-')) || mr_parser_is_op(p, 0, MR_OP1('+'));
    uint32_t kind = mr_parser_peek(p, sign)->kind;

    return is_number(kind) || kind == MR_T_STRING ? sign + 1 : 0;
}

/* 1 HOUR 30 MINUTES: as text. */
static mr_status multi_units(mr_parser *p, mr_xexpr **out, mr_str *text)
{
    int fields[2] = { -1, -1 }, n;
    mr_buf buf = { 0 };

    while ((n = value_length(p)) > 0 && unit_at(p, n) >= 0) {
        bool negative = n == 2 && mr_parser_is_op(p, 0, MR_OP1('-'));
        mr_str value = mr_parser_text(p, mr_parser_peek(p, n - 1));

        p->at += n;
        note_field(unit_at(p, 0), &fields[0], &fields[1]);
        if (value.ptr[0] == '\'' || value.ptr[0] == '"')
            value = mr_str_trim(mr_str_slice(value, 1, value.len - 1));
        if (negative && value.len > 0 && value.ptr[0] == '-')
            value = mr_str_slice(value, 1, value.len);
        else if (negative)
            mr_buf_putc(&buf, '-');
        mr_buf_printf(&buf, "%.*s %.*s ", MR_STR_ARG(value),
                      MR_STR_ARG(mr_parser_text(p, mr_parser_peek(p, 0))));
        p->at++;
    }
    *text = mr_str_trim(mr_arena_str(p->arena, mr_buf_str(&buf)));
    mr_buf_free(&buf);
    return make(p, *text, fields, out);
}

static mr_status one_string(mr_parser *p, mr_xexpr **out, mr_str *text)
{
    int fields[2] = { -1, -1 };

    MR_TRY(mr_literal_string(p, text));
    note_words(*text, &fields[0], &fields[1]);
    if (fields[0] < 0)
        fields[0] = fields[1] = 13;
    return make(p, *text, fields, out);
}

mr_status mr_literal_interval(mr_parser *p, mr_xexpr **out, mr_str *delay)
{
    mr_str text;
    mr_status status = MR_OK;
    int n, start = p->at;

    *out = NULL;
    if (!mr_parser_eat_word(p, "INTERVAL"))
        return MR_OK;
    n = value_length(p);
    if (n > 0 && unit_at(p, n) >= 0 && mr_parser_is_word(p, n + 1, "TO"))
        status = unit_to_unit(p, out, &text);
    else if (n > 0 && unit_at(p, n) >= 0)
        status = multi_units(p, out, &text);
    else if (mr_literal_starts_string(p))
        status = one_string(p, out, &text);
    else
        p->at = start;
    if (status == MR_OK && *out != NULL && delay != NULL)
        *delay = text;
    return status;
}
