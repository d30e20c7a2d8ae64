/* fn_regex.c - LIKE by hand, regular expressions by PCRE2.
 *
 * A constant pattern is compiled when the call is resolved and lives as long as the plan.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "function/fn_priv.h"

#include <pcre2.h>
#include <stdio.h>
#include <utf8proc.h>

#include "function/nested.h"

/* --- LIKE
 * ------------------------------------------------------------------------------------------- */

static size_t char_bytes(mr_str s, size_t at)
{
    unsigned char c = (unsigned char)s.ptr[at];
    size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

    return at + n > s.len ? s.len - at : n;
}

/* One position of the pattern against one code point of the text. */
static bool like_step(mr_str p, size_t pi, mr_str s, size_t si, char escape, size_t *used)
{
    size_t width = char_bytes(s, si);

    if (p.ptr[pi] == '_') {
        *used = 1;
        return true;
    }
    *used = 0;
    if (p.ptr[pi] == escape && pi + 1 < p.len)
        pi++, *used = 1;
    *used += width;
    return pi + width <= p.len && memcmp(p.ptr + pi, s.ptr + si, width) == 0;
}

/* Greedy matching that returns to the last % only: linear in practice, never exponential. */
static bool like(mr_str s, mr_str p, char escape)
{
    size_t si = 0, pi = 0, star = SIZE_MAX, mark = 0, used;

    while (si < s.len) {
        if (pi < p.len && p.ptr[pi] == '%') {
            star = pi++;
            mark = si;
        } else if (pi < p.len && like_step(p, pi, s, si, escape, &used)) {
            pi += used;
            si += char_bytes(s, si);
        } else if (star != SIZE_MAX) {
            pi = star + 1;
            mark += char_bytes(s, mark);
            si = mark;
        } else {
            return false;
        }
    }
    while (pi < p.len && p.ptr[pi] == '%')
        pi++;
    return pi == p.len;
}

static mr_status eval_like(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str escape = call->bound->n_args > 2 ? MR_AT(args[2], str, row) : MR_STR("\\");

        out->u8[row] = like(MR_AT(args[0], str, row), MR_AT(args[1], str, row),
                            escape.len == 1 ? escape.ptr[0] : '\\');
    }
    return MR_OK;
}

static mr_str lower_case(mr_arena *arena, mr_str s)
{
    char *bytes = mr_arena_alloc(arena, s.len * 4 + 4);
    utf8proc_int32_t rune;
    size_t n = 0;

    for (size_t at = 0; at < s.len; at += char_bytes(s, at)) {
        if (utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + at, (utf8proc_ssize_t)(s.len - at),
                             &rune) < 0) {
            memcpy(bytes + n, s.ptr + at, char_bytes(s, at));
            n += char_bytes(s, at);
        } else {
            n +=
                (size_t)utf8proc_encode_char(utf8proc_tolower(rune), (utf8proc_uint8_t *)bytes + n);
        }
    }
    return (mr_str){ bytes, n };
}

static mr_status eval_ilike(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str escape = call->bound->n_args > 2 ? MR_AT(args[2], str, row) : MR_STR("\\");

        out->u8[row] = like(lower_case(call->arena, MR_AT(args[0], str, row)),
                            lower_case(call->arena, MR_AT(args[1], str, row)),
                            escape.len == 1 ? escape.ptr[0] : '\\');
    }
    return MR_OK;
}

/* --- regular expressions
 * ----------------------------------------------------------------------------- */

static void free_code(void *code)
{
    pcre2_code_free(code);
}

static mr_status compile(mr_arena *arena, const char *function, mr_str pattern, pcre2_code **out,
                         mr_error *err)
{
    int number;
    PCRE2_SIZE at;

    *out = pcre2_compile((PCRE2_SPTR)(pattern.len == 0 ? "" : pattern.ptr), pattern.len,
                         PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &number, &at, NULL);
    if (*out == NULL)
        return mr_raise(err, MR_EXC_RUNTIME, "INVALID_PARAMETER_VALUE.PATTERN", "parameter",
                        "`regexp`", "functionName", mr_arena_printf(arena, "`%s`", function).ptr,
                        "value", mr_arena_printf(arena, "'%.*s'", MR_STR_ARG(pattern)).ptr, NULL);
    mr_arena_defer(arena, free_code, *out);
    return MR_OK;
}

static mr_status resolve_regex(mr_fn_resolve *r, mr_error *err)
{
    pcre2_code *code = NULL;

    MR_TRY(mr_fn_resolve_signature(r, err));
    if (r->args[1].is_literal && !r->args[1].literal.is_null &&
        mr_type_is_string(r->args[1].type)) {
        MR_TRY(compile(r->arena, r->function->name, r->args[1].literal.str, &code, err));
        r->data = code;
    }
    return MR_OK;
}

/* One call's scratch: freed by done(). */
typedef struct matcher {
    const mr_fn_call *call;
    pcre2_code *code;
    pcre2_match_data *match;
    const char *function;
} matcher;

static mr_status matcher_at(matcher *m, const mr_vec *const *args, int32_t row, mr_error *err)
{
    if (m->call->bound->data != NULL && m->code != NULL)
        return MR_OK;
    m->code = m->call->bound->data;
    if (m->code == NULL)
        MR_TRY(compile(m->call->arena, m->function, MR_AT(args[1], str, row), &m->code, err));
    pcre2_match_data_free(m->match);
    m->match = pcre2_match_data_create_from_pattern(m->code, NULL);
    MR_ASSERT(m->match != NULL);
    return MR_OK;
}

static int match_at(matcher *m, mr_str s, size_t from)
{
    return pcre2_match(m->code, (PCRE2_SPTR)(s.len == 0 ? "" : s.ptr), s.len, from, 0, m->match,
                       NULL);
}

typedef mr_status (*regex_row)(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                               mr_error *err);

static mr_status each_row(matcher *m, const mr_vec *const *args, mr_sel sel, mr_vec *out,
                          regex_row run, mr_error *err)
{
    mr_status status = MR_OK;

    MR_EACH(sel, row)
    {
        MR_CHECK(matcher_at(m, args, row, err));
        MR_CHECK(run(m, args, row, out, err));
    }
fail:
    pcre2_match_data_free(m->match);
    return status;
}

static mr_status rlike_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                           mr_error *err)
{
    (void)err;
    out->u8[row] = match_at(m, MR_AT(args[0], str, row), 0) >= 0;
    return MR_OK;
}

static mr_status bad_group(matcher *m, const char *function, int32_t group, uint32_t groups,
                           mr_error *err)
{
    return mr_raise(err, MR_EXC_RUNTIME, "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX", "parameter",
                    "`idx`", "functionName", function, "groupCount",
                    mr_arena_printf(m->call->arena, "%u", groups).ptr, "groupIndex",
                    mr_arena_printf(m->call->arena, "%d", (int)group).ptr, NULL);
}

static mr_status extract_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                             mr_error *err)
{
    mr_str s = MR_AT(args[0], str, row);
    int32_t group = m->call->bound->n_args > 2 ? MR_AT(args[2], i32, row) : 1;
    uint32_t groups = 0;
    const PCRE2_SIZE *at;

    pcre2_pattern_info(m->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (group < 0 || (uint32_t)group > groups)
        return bad_group(m, "`regexp_extract`", group, groups, err);
    out->str[row] = (mr_str){ "", 0 };
    if (match_at(m, s, 0) < 0)
        return MR_OK;
    at = pcre2_get_ovector_pointer(m->match);
    if (at[2 * group] != PCRE2_UNSET && at[2 * group + 1] >= at[2 * group])
        out->str[row] = mr_str_slice(s, at[2 * group], at[2 * group + 1]);
    return MR_OK;
}

/* Java's replacement text: $1 is a group, a backslash quotes. */
static void put_replacement(matcher *m, mr_str s, mr_str with, mr_buf *buf)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->match);
    uint32_t groups = pcre2_get_ovector_count(m->match);

    for (size_t i = 0; i < with.len; i++) {
        if (with.ptr[i] == '\\' && i + 1 < with.len) {
            mr_buf_putc(buf, with.ptr[++i]);
        } else if (with.ptr[i] == '$' && i + 1 < with.len && with.ptr[i + 1] >= '0' &&
                   with.ptr[i + 1] <= '9') {
            uint32_t g = (uint32_t)(with.ptr[++i] - '0');

            if (g < groups && at[2 * g] != PCRE2_UNSET)
                mr_buf_append(buf, s.ptr + at[2 * g], at[2 * g + 1] - at[2 * g]);
        } else {
            mr_buf_putc(buf, with.ptr[i]);
        }
    }
}

static mr_status replace_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                             mr_error *err)
{
    mr_str s = MR_AT(args[0], str, row), with = MR_AT(args[2], str, row);
    int64_t position = m->call->bound->n_args > 3 ? MR_AT(args[3], i32, row) : 1;
    mr_buf buf = { 0 };
    size_t from = 0, kept = 0;

    if (position < 1)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "sqlExpr",
                        "\"regexp_replace\"", "exprName", "`position`", "valueRange",
                        "(0, 2147483647]", "currentValue", "0", NULL);
    for (; position > 1 && from < s.len; position--)
        from += char_bytes(s, from);
    while (from <= s.len && match_at(m, s, from) >= 0) {
        const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->match);
        size_t start = at[0], stop = at[1];

        mr_buf_append(&buf, s.ptr + kept, start - kept);
        put_replacement(m, s, with, &buf);
        kept = stop;
        from = stop > start ? stop : stop < s.len ? stop + char_bytes(s, stop) : s.len + 1;
    }
    if (kept < s.len)
        mr_buf_append(&buf, s.ptr + kept, s.len - kept);
    out->str[row] = mr_arena_str(m->call->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return MR_OK;
}

static void put_piece(mr_vec *out, mr_arena *arena, mr_str s, size_t from, size_t to)
{
    mr_str piece = mr_str_slice(s, from, to);
    mr_vec one = { .type = out->type->fields[0].type, .n = 1, .constant = true };

    one.str = &piece;
    mr_nested_append(out, 0, &one, 0, arena);
}

/* Java's split: an empty match at the start makes no piece; `limit` > 0 bounds the pieces. */
static mr_status split_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                           mr_error *err)
{
    mr_str s = MR_AT(args[0], str, row);
    int32_t limit = m->call->bound->n_args > 2 ? MR_AT(args[2], i32, row) : -1, pieces = 1;
    size_t from = 0, kept = 0;

    (void)err;
    while (from <= s.len && (limit <= 0 || pieces < limit) && match_at(m, s, from) >= 0) {
        const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->match);
        size_t start = at[0], stop = at[1];

        from = stop > start ? stop : stop < s.len ? stop + char_bytes(s, stop) : s.len + 1;
        if (stop == 0 || (start == stop && start >= s.len))
            continue;
        put_piece(out, m->call->arena, s, kept, start);
        pieces++;
        kept = stop;
    }
    put_piece(out, m->call->arena, s, kept, s.len);
    return MR_OK;
}

typedef mr_status (*pieces_fn)(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                               mr_error *err);

/* An array of pieces a row; rows that are not selected are skipped. */
static mr_status eval_pieces(matcher *m, pieces_fn run, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    mr_status status = MR_OK;
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        for (; next < row; next++)
            mr_nested_skip(out, next);
        MR_CHECK(matcher_at(m, args, row, err));
        MR_CHECK(run(m, args, row, out, err));
        mr_nested_close(out, row);
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
fail:
    pcre2_match_data_free(m->match);
    return status;
}

static mr_status eval_split(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    matcher m = { call, NULL, NULL, "split" };

    return eval_pieces(&m, split_row, args, sel, out, err);
}

static mr_status resolve_split(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_regex(r, err));
    r->result = mr_type_array(r->arena, mr_type_of(MR_TYPE_STRING), false);
    return MR_OK;
}

/* The matches one after the other: *from moves behind each; false = no more. */
static bool next_match(matcher *m, mr_str s, size_t *from, size_t *start, size_t *stop)
{
    const PCRE2_SIZE *at;

    if (*from > s.len || match_at(m, s, *from) < 0)
        return false;
    at = pcre2_get_ovector_pointer(m->match);
    *start = at[0];
    *stop = at[1];
    *from = *stop > *start ? *stop : *stop < s.len ? *stop + char_bytes(s, *stop) : s.len + 1;
    return true;
}

static mr_status count_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                           mr_error *err)
{
    size_t from = 0, start, stop;

    (void)err;
    out->i32[row] = 0;
    while (next_match(m, MR_AT(args[0], str, row), &from, &start, &stop))
        out->i32[row]++;
    return MR_OK;
}

static mr_status substr_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                            mr_error *err)
{
    mr_str s = MR_AT(args[0], str, row);
    size_t from = 0, start, stop;

    (void)err;
    if (next_match(m, s, &from, &start, &stop))
        out->str[row] = mr_str_slice(s, start, stop);
    else
        mr_fn_null(m->call, out, row);
    return MR_OK;
}

/* 1-based place of the first match in characters; 0 = none. */
static mr_status instr_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                           mr_error *err)
{
    mr_str s = MR_AT(args[0], str, row);
    size_t from = 0, start, stop;

    (void)err;
    out->i32[row] = 0;
    if (!next_match(m, s, &from, &start, &stop))
        return MR_OK;
    out->i32[row] = 1;
    for (size_t i = 0; i < start; i += char_bytes(s, i))
        out->i32[row]++;
    return MR_OK;
}

static mr_status extract_all_row(matcher *m, const mr_vec *const *args, int32_t row, mr_vec *out,
                                 mr_error *err)
{
    mr_str s = MR_AT(args[0], str, row);
    int32_t group = m->call->bound->n_args > 2 ? MR_AT(args[2], i32, row) : 1;
    size_t from = 0, start, stop;
    uint32_t groups = 0;

    pcre2_pattern_info(m->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (group < 0 || (uint32_t)group > groups)
        return bad_group(m, "`regexp_extract_all`", group, groups, err);
    while (next_match(m, s, &from, &start, &stop)) {
        const PCRE2_SIZE *at = pcre2_get_ovector_pointer(m->match) + 2 * group;

        if (at[0] == PCRE2_UNSET)
            put_piece(out, m->call->arena, s, 0, 0);
        else
            put_piece(out, m->call->arena, s, at[0], at[1]);
    }
    return MR_OK;
}

static mr_status eval_extract_all(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                  mr_vec *out, mr_error *err)
{
    matcher m = { call, NULL, NULL, "regexp_extract_all" };

    return eval_pieces(&m, extract_all_row, args, sel, out, err);
}

static mr_status resolve_extract_all(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(resolve_regex(r, err));
    r->result = mr_type_array(r->arena, mr_type_of(MR_TYPE_STRING), true);
    return MR_OK;
}

#define REGEX_EVAL(name, text, run)                                                                \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        matcher m = { call, NULL, NULL, text };                                                    \
        return each_row(&m, args, sel, out, run, err);                                             \
    }

REGEX_EVAL(eval_rlike, "rlike", rlike_row)
REGEX_EVAL(eval_extract, "regexp_extract", extract_row)
REGEX_EVAL(eval_replace, "regexp_replace", replace_row)
REGEX_EVAL(eval_count, "regexp_count", count_row)
REGEX_EVAL(eval_substr, "regexp_substr", substr_row)
REGEX_EVAL(eval_instr, "regexp_instr", instr_row)

static const mr_function rows[] = {
    { .name = "ilike",
      .min_args = 2,
      .max_args = 3,
      .signature = "sss:b",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_ilike },
    { .name = "like",
      .min_args = 2,
      .max_args = 3,
      .signature = "sss:b",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_like },
    { .name = "regexp",
      .min_args = 2,
      .max_args = 2,
      .can_raise = true,
      .signature = "ss:b",
      .resolve = resolve_regex,
      .eval = eval_rlike,
      .print = "REGEXP" },
    { .name = "regexp_count",
      .min_args = 2,
      .max_args = 2,
      .can_raise = true,
      .signature = "ss:i",
      .resolve = resolve_regex,
      .eval = eval_count },
    { .name = "regexp_extract_all",
      .min_args = 2,
      .max_args = 3,
      .can_raise = true,
      .signature = "ssi:s",
      .defaults = "1",
      .resolve = resolve_extract_all,
      .eval = eval_extract_all },
    { .name = "regexp_instr",
      .min_args = 2,
      .max_args = 3,
      .can_raise = true,
      .signature = "ssi:i",
      .defaults = "0",
      .resolve = resolve_regex,
      .eval = eval_instr },
    { .name = "regexp_substr",
      .min_args = 2,
      .max_args = 2,
      .can_raise = true,
      .always_nullable = true,
      .signature = "ss:s",
      .resolve = resolve_regex,
      .eval = eval_substr },
    { .name = "regexp_extract",
      .min_args = 2,
      .max_args = 3,
      .can_raise = true,
      .signature = "ssi:s",
      .defaults = "1",
      .resolve = resolve_regex,
      .eval = eval_extract },
    { .name = "regexp_like",
      .min_args = 2,
      .max_args = 2,
      .can_raise = true,
      .signature = "ss:b",
      .resolve = resolve_regex,
      .eval = eval_rlike,
      .print = "REGEXP_LIKE" },
    { .name = "regexp_replace",
      .min_args = 3,
      .max_args = 4,
      .can_raise = true,
      .signature = "sssi:s",
      .defaults = "1",
      .resolve = resolve_regex,
      .eval = eval_replace },
    { .name = "rlike",
      .min_args = 2,
      .max_args = 2,
      .can_raise = true,
      .signature = "ss:b",
      .resolve = resolve_regex,
      .eval = eval_rlike,
      .print = "RLIKE" },
    { .name = "split",
      .min_args = 2,
      .max_args = 3,
      .can_raise = true,
      .signature = "ssi:s",
      .defaults = "-1",
      .resolve = resolve_split,
      .eval = eval_split },
};

MR_FN_GROUP(mr_fn_regex_group, rows);
