/* fn_string.c - strings as UTF-8: positions and lengths count code points. */
#include "function/fn_priv.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "function/nested.h"

static size_t char_bytes(mr_str s, size_t at)
{
    unsigned char c = (unsigned char)s.ptr[at];
    size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

    return at + n > s.len ? s.len - at : n;
}

static int32_t count_chars(mr_str s)
{
    int32_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return n;
}

/* Byte offset of the n-th code point. */
static size_t offset_of(mr_str s, int64_t n)
{
    size_t at = 0;

    while (n-- > 0 && at < s.len)
        at += char_bytes(s, at);
    return at;
}

/* Spark's substring: 1-based, 0 is 1, negative from the end. */
static mr_str substring(mr_str s, int64_t position, int64_t length)
{
    int64_t n = count_chars(s);
    int64_t from = position > 0 ? position - 1 : position < 0 ? n + position : 0;
    int64_t to = length > INT32_MAX ? n : from + length;
    size_t a, b;

    if (length <= 0 || to <= 0 || from >= n)
        return (mr_str){ s.ptr, 0 };
    a = offset_of(s, from < 0 ? 0 : from);
    b = offset_of(s, to > n ? n : to);
    return mr_str_slice(s, a, b);
}

static bool is_ascii(mr_str s)
{
    unsigned char all = 0;

    for (size_t i = 0; i < s.len; i++)
        all |= (unsigned char)s.ptr[i];
    return all < 0x80;
}

static void put_rune(mr_buf *buf, utf8proc_int32_t rune)
{
    utf8proc_ssize_t n = utf8proc_encode_char(rune, (utf8proc_uint8_t *)mr_buf_reserve(buf, 4));

    buf->len += (size_t)n;
}

typedef enum letter_case { CASE_UPPER, CASE_LOWER, CASE_TITLE } letter_case;

static void change_rune(mr_buf *buf, mr_str s, size_t at, letter_case to)
{
    utf8proc_int32_t rune;
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + at,
                                          (utf8proc_ssize_t)(s.len - at), &rune);

    if (n < 0)
        mr_buf_append(buf, s.ptr + at, char_bytes(s, at));
    else if (to != CASE_LOWER && rune == 0xDF)
        mr_buf_puts(buf, to == CASE_UPPER ? "SS" : "Ss");
    else
        put_rune(buf, to == CASE_UPPER   ? utf8proc_toupper(rune)
                      : to == CASE_TITLE ? utf8proc_totitle(rune)
                                         : utf8proc_tolower(rune));
}

static mr_str change_case(mr_arena *arena, mr_str s, letter_case to)
{
    mr_buf buf = { 0 };
    mr_str out;
    bool start = true;

    if (is_ascii(s) && to != CASE_TITLE) {
        char *bytes = mr_arena_alloc(arena, s.len);
        char least = to == CASE_UPPER ? 'a' : 'A';

        for (size_t i = 0; i < s.len; i++)
            bytes[i] = (char)(s.ptr[i] ^ ((unsigned char)(s.ptr[i] - least) < 26 ? 0x20 : 0));
        return (mr_str){ bytes, s.len };
    }
    for (size_t at = 0; at < s.len; at += char_bytes(s, at)) {
        change_rune(&buf, s, at, to == CASE_TITLE && !start ? CASE_LOWER : to);
        start = s.ptr[at] == ' ';
    }
    out = mr_arena_str(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return out;
}

/* Is the code point at `at` one of `set`? */
static bool in_set(mr_str set, mr_str s, size_t at)
{
    mr_str one = { s.ptr + at, char_bytes(s, at) };

    for (size_t i = 0; i < set.len; i += char_bytes(set, i))
        if (mr_str_equal((mr_str){ set.ptr + i, char_bytes(set, i) }, one))
            return true;
    return false;
}

static mr_str trim_set(mr_str s, mr_str set, bool left, bool right)
{
    size_t from = 0, to = s.len;

    while (left && from < to && in_set(set, s, from))
        from += char_bytes(s, from);
    while (right && to > from) {
        size_t last = to - 1;

        while (last > from && ((unsigned char)s.ptr[last] & 0xC0) == 0x80)
            last--;
        if (!in_set(set, s, last))
            break;
        to = last;
    }
    return mr_str_slice(s, from, to);
}

static int64_t find_bytes(mr_str s, mr_str what, size_t from)
{
    const char *hit;

    if (from > s.len)
        return -1;
    if (what.len == 0)
        return (int64_t)from;
    hit = memmem(s.ptr + from, s.len - from, what.ptr, what.len);
    return hit == NULL ? -1 : hit - s.ptr;
}

static int32_t locate(mr_str what, mr_str s, int32_t start)
{
    int64_t at;

    if (start < 1)
        return 0;
    at = find_bytes(s, what, offset_of(s, start - 1));
    return at < 0 || start - 1 > count_chars(s) ? 0
                                                : count_chars((mr_str){ s.ptr, (size_t)at }) + 1;
}

static mr_str replace(mr_arena *arena, mr_str s, mr_str what, mr_str with)
{
    mr_buf buf = { 0 };
    size_t at = 0;
    int64_t hit;
    mr_str out;

    if (what.len == 0 || find_bytes(s, what, 0) < 0)
        return s;
    while ((hit = find_bytes(s, what, at)) >= 0) {
        mr_buf_append(&buf, s.ptr + at, (size_t)hit - at);
        mr_buf_add(&buf, with);
        at = (size_t)hit + what.len;
    }
    mr_buf_append(&buf, s.ptr + at, s.len - at);
    out = mr_arena_str(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return out;
}

/* The text before the count-th delimiter from the left, or behind it from the right (count < 0). */
static mr_str substring_index(mr_str s, mr_str what, int64_t count)
{
    size_t at = 0, end = s.len;
    int64_t hit;

    if (what.len == 0 || count == 0)
        return (mr_str){ "", 0 };
    for (; count > 0; count--) {
        hit = find_bytes(s, what, at);
        if (hit < 0)
            return s;
        end = (size_t)hit;
        at = end + 1;
        if (count == 1)
            return mr_str_slice(s, 0, end);
    }
    for (at = s.len; at-- > 0;) {
        if (at + what.len > s.len || memcmp(s.ptr + at, what.ptr, what.len) != 0)
            continue;
        if (++count == 0)
            return mr_str_slice(s, at + what.len, s.len);
    }
    return s;
}

static mr_str translate(mr_arena *arena, mr_str s, mr_str from, mr_str to)
{
    char *bytes = mr_arena_alloc(arena, s.len * 4 + 4);
    size_t n = 0;

    for (size_t at = 0; at < s.len; at += char_bytes(s, at)) {
        mr_str one = { s.ptr + at, char_bytes(s, at) };
        size_t f = 0, t = 0;

        while (f < from.len && !mr_str_equal((mr_str){ from.ptr + f, char_bytes(from, f) }, one)) {
            f += char_bytes(from, f);
            t += t < to.len ? char_bytes(to, t) : 1;
        }
        if (f < from.len)
            one = t < to.len ? (mr_str){ to.ptr + t, char_bytes(to, t) } : (mr_str){ NULL, 0 };
        if (one.len > 0)
            memcpy(bytes + n, one.ptr, one.len);
        n += one.len;
    }
    return (mr_str){ bytes, n };
}

static mr_str reverse(mr_arena *arena, mr_str s)
{
    char *bytes = mr_arena_alloc(arena, s.len);

    for (size_t at = 0, n; at < s.len; at += n) {
        n = char_bytes(s, at);
        memcpy(bytes + s.len - at - n, s.ptr + at, n);
    }
    return (mr_str){ bytes, s.len };
}

#define MAX_TEXT (INT64_C(1) << 30)

static mr_str repeat(mr_arena *arena, mr_str s, int64_t times)
{
    char *bytes;

    if (times <= 0 || s.len == 0)
        return (mr_str){ "", 0 };
    bytes = mr_arena_alloc(arena, s.len * (size_t)times);
    for (int64_t i = 0; i < times; i++)
        memcpy(bytes + s.len * (size_t)i, s.ptr, s.len);
    return (mr_str){ bytes, s.len * (size_t)times };
}

static mr_str pad(mr_arena *arena, mr_str s, int32_t length, mr_str with, bool left)
{
    int64_t missing = (int64_t)length - count_chars(s), width = count_chars(with);
    mr_str fill;

    if (length <= 0)
        return (mr_str){ "", 0 };
    if (missing <= 0 || width == 0)
        return substring(s, 1, length);
    fill = substring(repeat(arena, with, missing / width + 1), 1, missing);
    return left ? mr_arena_printf(arena, "%.*s%.*s", MR_STR_ARG(fill), MR_STR_ARG(s))
                : mr_arena_printf(arena, "%.*s%.*s", MR_STR_ARG(s), MR_STR_ARG(fill));
}

static mr_status too_long(mr_error *err)
{
    return mr_fail(err, MR_NOMEM, "a string of more than %lld bytes was asked for",
                   (long long)MAX_TEXT);
}

/* Rows of one expression over s (text of argument 0) and the other arguments. */
#define TEXT_AT(i) MR_AT(args[i], str, row)
#define INT_AT(i)  MR_AT(args[i], i32, row)
#define HAS(i)     (call->bound->n_args > (i))
#define TEXT_ROW(name, member, expression)                                                         \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)call;                                                                                \
        (void)err;                                                                                 \
        MR_EACH(sel, row)                                                                          \
        {                                                                                          \
            mr_str s = TEXT_AT(0);                                                                 \
            out->member[row] = (expression);                                                       \
        }                                                                                          \
        return MR_OK;                                                                              \
    }

TEXT_ROW(eval_upper, str, change_case(call->arena, s, CASE_UPPER))
TEXT_ROW(eval_lower, str, change_case(call->arena, s, CASE_LOWER))
TEXT_ROW(eval_initcap, str,
         change_case(call->arena, change_case(call->arena, s, CASE_LOWER), CASE_TITLE))
TEXT_ROW(eval_btrim, str, trim_set(s, HAS(1) ? TEXT_AT(1) : MR_STR(" "), true, true))
/* The characters to trim come first. */
TEXT_ROW(eval_trim, str,
         HAS(1) ? trim_set(TEXT_AT(1), s, true, true) : trim_set(s, MR_STR(" "), true, true))
TEXT_ROW(eval_ltrim, str,
         HAS(1) ? trim_set(TEXT_AT(1), s, true, false) : trim_set(s, MR_STR(" "), true, false))
TEXT_ROW(eval_rtrim, str,
         HAS(1) ? trim_set(TEXT_AT(1), s, false, true) : trim_set(s, MR_STR(" "), false, true))
TEXT_ROW(eval_length, i32, args[0]->type->id == MR_TYPE_BINARY ? (int32_t)s.len : count_chars(s))
TEXT_ROW(eval_octet_length, i32, (int32_t)s.len)
TEXT_ROW(eval_substring, str, substring(s, INT_AT(1), HAS(2) ? INT_AT(2) : INT64_C(1) << 40))
TEXT_ROW(eval_left, str, substring(s, 1, INT_AT(1)))
TEXT_ROW(eval_right, str,
         INT_AT(1) <= 0 ? substring(s, 1, 0) : substring(s, -(int64_t)INT_AT(1), INT64_C(1) << 40))
TEXT_ROW(eval_replace, str, replace(call->arena, s, TEXT_AT(1), HAS(2) ? TEXT_AT(2) : MR_STR("")))
TEXT_ROW(eval_translate, str, translate(call->arena, s, TEXT_AT(1), TEXT_AT(2)))
TEXT_ROW(eval_substring_index, str, substring_index(s, TEXT_AT(1), INT_AT(2)))
TEXT_ROW(eval_instr, i32, locate(TEXT_AT(1), s, 1))
TEXT_ROW(eval_locate, i32, locate(s, TEXT_AT(1), HAS(2) ? INT_AT(2) : 1))
TEXT_ROW(eval_starts, u8,
         s.len >= TEXT_AT(1).len && mr_str_equal(mr_str_slice(s, 0, TEXT_AT(1).len), TEXT_AT(1)))
TEXT_ROW(eval_ends, u8,
         s.len >= TEXT_AT(1).len &&
             mr_str_equal(mr_str_slice(s, s.len - TEXT_AT(1).len, s.len), TEXT_AT(1)))
TEXT_ROW(eval_contains, u8, find_bytes(s, TEXT_AT(1), 0) >= 0)

TEXT_ROW(eval_reverse_text, str, reverse(call->arena, s))

static mr_status resolve_reverse(mr_fn_resolve *r, mr_error *err)
{
    if (r->args[0].type->id != MR_TYPE_ARRAY)
        return mr_fn_resolve_signature(r, err);
    r->result = r->args[0].type;
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

static mr_status eval_reverse(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                              mr_vec *out, mr_error *err)
{
    int32_t next = 0;

    if (out->type->id != MR_TYPE_ARRAY)
        return eval_reverse_text(call, args, sel, out, err);
    MR_EACH(sel, row)
    {
        int32_t at = mr_vec_index(args[0], row);

        for (; next < row; next++)
            mr_nested_skip(out, next);
        for (int32_t i = args[0]->offsets[at + 1] - 1; i >= args[0]->offsets[at]; i--)
            mr_nested_append(out, 0, &args[0]->children[0], i, call->arena);
        mr_nested_close(out, row);
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
    return MR_OK;
}

static mr_status eval_ascii(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = TEXT_AT(0);
        utf8proc_int32_t rune = 0;

        if (s.len > 0 &&
            utf8proc_iterate((const utf8proc_uint8_t *)s.ptr, (utf8proc_ssize_t)s.len, &rune) < 0)
            rune = 0;
        out->i32[row] = rune;
    }
    return MR_OK;
}

static mr_status eval_repeat(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        if (INT_AT(1) > 0 && (int64_t)TEXT_AT(0).len * INT_AT(1) > MAX_TEXT)
            return too_long(err);
        out->str[row] = repeat(call->arena, TEXT_AT(0), INT_AT(1));
    }
    return MR_OK;
}

static mr_status pad_rows(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, bool left, mr_error *err)
{
    MR_EACH(sel, row)
    {
        if (INT_AT(1) > MAX_TEXT / 4)
            return too_long(err);
        out->str[row] =
            pad(call->arena, TEXT_AT(0), INT_AT(1), HAS(2) ? TEXT_AT(2) : MR_STR(" "), left);
    }
    return MR_OK;
}

static mr_status eval_lpad(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    return pad_rows(call, args, sel, out, true, err);
}

static mr_status eval_rpad(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    return pad_rows(call, args, sel, out, false, err);
}

/* Joins the arguments [from, n) of a row; null ones are left out. */
static mr_status join_row(const mr_fn_call *call, const mr_vec *const *args, int from, mr_str with,
                          int32_t row, mr_vec *out, mr_error *err)
{
    size_t total = 0, n = 0;
    char *bytes;
    bool first = true;

    for (int i = from; i < call->bound->n_args; i++)
        total += mr_vec_is_null(args[i], row) ? 0 : TEXT_AT(i).len + with.len;
    if (total > (size_t)MAX_TEXT)
        return too_long(err);
    bytes = mr_arena_alloc(call->arena, total);
    for (int i = from; i < call->bound->n_args; i++) {
        if (mr_vec_is_null(args[i], row))
            continue;
        if (!first && with.len > 0)
            memcpy(bytes + n, with.ptr, with.len), n += with.len;
        if (TEXT_AT(i).len > 0)
            memcpy(bytes + n, TEXT_AT(i).ptr, TEXT_AT(i).len);
        n += TEXT_AT(i).len;
        first = false;
    }
    out->str[row] = (mr_str){ bytes, n };
    return MR_OK;
}

/* Arrays one behind the other. */
static mr_status concat_arrays(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        for (; next < row; next++)
            mr_nested_skip(out, next);
        for (int a = 0; a < call->bound->n_args; a++) {
            int32_t at = mr_vec_index(args[a], row);

            for (int32_t i = args[a]->offsets[at]; i < args[a]->offsets[at + 1]; i++)
                mr_nested_append(out, 0, &args[a]->children[0], i, call->arena);
        }
        mr_nested_close(out, row);
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
    return MR_OK;
}

static mr_status resolve_concat(mr_fn_resolve *r, mr_error *err)
{
    int n_binary = 0, n_arrays = 0;

    for (int i = 0; i < r->n_args; i++) {
        n_binary += r->args[i].type->id == MR_TYPE_BINARY;
        n_arrays += r->args[i].type->id == MR_TYPE_ARRAY;
    }
    r->nullable = mr_fn_any_nullable(r);
    if (n_arrays > 0)
        return mr_fn_resolve_common(r, 0, &r->result, err);
    if (n_binary > 0 && n_binary == r->n_args) {
        r->result = mr_type_of(MR_TYPE_BINARY);
        return MR_OK;
    }
    return mr_fn_resolve_signature(r, err);
}

static mr_status eval_concat(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    if (out->type->id == MR_TYPE_ARRAY)
        return concat_arrays(call, args, sel, out);
    MR_EACH(sel, row)
    MR_TRY(join_row(call, args, 0, MR_STR(""), row, out, err));
    return MR_OK;
}

static void add_joined(mr_buf *buf, mr_str with, const mr_vec *v, int32_t at, bool *first)
{
    if (mr_vec_is_null(v, at))
        return;
    if (!*first)
        mr_buf_add(buf, with);
    mr_buf_add(buf, MR_AT(v, str, at));
    *first = false;
}

/* The arguments behind the separator, some of them arrays. */
static void join_lists(const mr_fn_call *call, const mr_vec *const *args, mr_str with, int32_t row,
                       mr_vec *out)
{
    mr_buf buf = { 0 };
    bool first = true;

    for (int a = 1; a < call->bound->n_args; a++) {
        int32_t at = mr_vec_index(args[a], row);

        if (args[a]->type->id != MR_TYPE_ARRAY) {
            add_joined(&buf, with, args[a], row, &first);
            continue;
        }
        for (int32_t i = mr_vec_is_null(args[a], row) ? INT32_MAX : args[a]->offsets[at];
             i < args[a]->offsets[at + 1]; i++)
            add_joined(&buf, with, &args[a]->children[0], i, &first);
    }
    out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
}

static mr_status eval_concat_ws(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        if (mr_vec_is_null(args[0], row))
            mr_fn_null(call, out, row);
        else if (call->bound->data != NULL)
            join_lists(call, args, TEXT_AT(0), row, out);
        else
            MR_TRY(join_row(call, args, 1, TEXT_AT(0), row, out, err));
    }
    return MR_OK;
}

static mr_status resolve_concat_ws(mr_fn_resolve *r, mr_error *err)
{
    for (int i = 0; i < r->n_args; i++) {
        const mr_type *t = r->args[i].type, *want = mr_type_of(MR_TYPE_STRING);

        if (i > 0 && t->id == MR_TYPE_ARRAY) {
            want = mr_type_array(r->arena, want, t->fields[0].nullable);
            r->data = (void *)(uintptr_t)r->function;
        }
        if (mr_type_is_string(t))
            continue;
        if (t->id != MR_TYPE_ARRAY && !mr_coerce_implicit(t, want, r->ansi))
            return mr_fn_mismatch_arg(
                r, i, i == 0 ? "\"STRING\"" : "(\"STRING\" or \"ARRAY<STRING>\")", err);
        r->args[i].want = want;
    }
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

static mr_status resolve_length(mr_fn_resolve *r, mr_error *err)
{
    if (r->args[0].type->id != MR_TYPE_BINARY)
        return mr_fn_resolve_signature(r, err);
    r->result = mr_type_of(MR_TYPE_INT);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

#define FN(row_name, least, most, sig, ev)                                                         \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .signature = (sig),           \
        .resolve = mr_fn_resolve_signature, .eval = (ev)                                           \
    }

/* With what Spark shows for arguments left out. */
#define FND(row_name, least, most, sig, ev, left_out)                                              \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .signature = (sig),           \
        .resolve = mr_fn_resolve_signature, .eval = (ev), .defaults = (left_out)                   \
    }

static const mr_function rows[] = {
    FN("ascii", 1, 1, "s:i", eval_ascii),
    FN("btrim", 1, 2, "ss:s", eval_btrim),
    { .name = "char_length",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:i",
      .resolve = resolve_length,
      .eval = eval_length },
    { .name = "character_length",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:i",
      .resolve = resolve_length,
      .eval = eval_length },
    { .name = "concat",
      .max_args = -1,
      .signature = "s*:s",
      .resolve = resolve_concat,
      .eval = eval_concat },
    { .name = "concat_ws",
      .min_args = 1,
      .max_args = -1,
      .sees_nulls = true,
      .resolve = resolve_concat_ws,
      .eval = eval_concat_ws },
    FN("contains", 2, 2, "ss:b", eval_contains),
    FN("endswith", 2, 2, "ss:b", eval_ends),
    FN("initcap", 1, 1, "s:s", eval_initcap),
    FN("instr", 2, 2, "ss:i", eval_instr),
    FN("lcase", 1, 1, "s:s", eval_lower),
    FN("left", 2, 2, "si:s", eval_left),
    { .name = "len",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:i",
      .resolve = resolve_length,
      .eval = eval_length },
    { .name = "length",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:i",
      .resolve = resolve_length,
      .eval = eval_length },
    FND("locate", 2, 3, "ssi:i", eval_locate, "1"),
    FN("lower", 1, 1, "s:s", eval_lower),
    FND("lpad", 2, 3, "sis:s", eval_lpad, " "),
    FN("ltrim", 1, 2, "ss:s", eval_ltrim),
    { .name = "octet_length",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:i",
      .resolve = resolve_length,
      .eval = eval_octet_length },
    FND("position", 2, 3, "ssi:i", eval_locate, "1"),
    FN("repeat", 2, 2, "si:s", eval_repeat),
    FND("replace", 2, 3, "sss:s", eval_replace, ""),
    { .name = "reverse",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:s",
      .resolve = resolve_reverse,
      .eval = eval_reverse },
    { .name = "right",
      .min_args = 2,
      .max_args = 2,
      .always_nullable = true,
      .signature = "si:s",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_right },
    FND("rpad", 2, 3, "sis:s", eval_rpad, " "),
    FN("rtrim", 1, 2, "ss:s", eval_rtrim),
    FN("startswith", 2, 2, "ss:b", eval_starts),
    FND("substr", 2, 3, "sii:s", eval_substring, "2147483647"),
    FND("substring", 2, 3, "sii:s", eval_substring, "2147483647"),
    FN("substring_index", 3, 3, "ssi:s", eval_substring_index),
    FN("translate", 3, 3, "sss:s", eval_translate),
    FN("trim", 1, 2, "ss:s", eval_trim),
    FN("ucase", 1, 1, "s:s", eval_upper),
    FN("upper", 1, 1, "s:s", eval_upper),
};

MR_FN_GROUP(mr_fn_string_group, rows);
