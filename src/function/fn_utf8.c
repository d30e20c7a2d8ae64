/* fn_utf8.c - is_valid_utf8 and its like: strings may hold any bytes. */
#include "function/fn_priv.h"

/* The range of the second byte, which keeps out long forms, surrogates and what is beyond U+10FFFF.
 */
static bool second_fits(uint8_t first, uint8_t c)
{
    uint8_t least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    uint8_t most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;

    return c >= least && c <= most;
}

/* The bytes at `at` that are a character, or (false) the longest start of one: at least one byte.
 */
static bool take_rune(mr_str s, size_t at, size_t *n)
{
    uint8_t first = (uint8_t)s.ptr[at];
    size_t want = first < 0x80                     ? 1
                  : first >= 0xC2 && first <= 0xDF ? 2
                  : first >= 0xE0 && first <= 0xEF ? 3
                  : first >= 0xF0 && first <= 0xF4 ? 4
                                                   : 0;

    *n = 1;
    while (*n < want && at + *n < s.len) {
        uint8_t c = (uint8_t)s.ptr[at + *n];

        if (*n == 1 ? !second_fits(first, c) : (c & 0xC0) != 0x80)
            return false;
        ++*n;
    }
    return *n == want;
}

static bool is_valid(mr_str s)
{
    size_t n;

    for (size_t at = 0; at < s.len; at += n)
        if (!take_rune(s, at, &n))
            return false;
    return true;
}

MR_FN_EVAL(eval_is_valid)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->u8[row] = is_valid(MR_AT(args[0], str, row));
    return MR_OK;
}

static mr_str repaired(mr_arena *arena, mr_str s)
{
    mr_buf buf = { 0 };
    mr_str text;
    size_t n;

    for (size_t at = 0; at < s.len; at += n) {
        bool good = take_rune(s, at, &n);

        mr_buf_add(&buf, good ? mr_str_slice(s, at, at + n) : MR_STR("\xEF\xBF\xBD"));
    }
    text = mr_arena_str(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return text;
}

MR_FN_EVAL(eval_make_valid)
{
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);

        out->str[row] = is_valid(s) ? s : repaired(call->arena, s);
    }
    return MR_OK;
}

static mr_status raise_invalid(const mr_fn_call *call, mr_str s, mr_error *err)
{
    mr_buf buf = { 0 };
    mr_status status;

    for (size_t i = 0; i < s.len; i++)
        mr_buf_printf(&buf, "\\x%02X", (unsigned)(uint8_t)s.ptr[i]);
    status = mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_UTF8_STRING", "str",
                      mr_arena_cstr(call->arena, mr_buf_str(&buf)), NULL);
    mr_buf_free(&buf);
    return status;
}

MR_FN_EVAL(eval_validate)
{
    MR_EACH(sel, row)
    {
        out->str[row] = MR_AT(args[0], str, row);
        if (!is_valid(out->str[row]))
            return raise_invalid(call, out->str[row], err);
    }
    return MR_OK;
}

MR_FN_EVAL(eval_try_validate)
{
    (void)err;
    MR_EACH(sel, row)
    {
        out->str[row] = MR_AT(args[0], str, row);
        if (!is_valid(out->str[row]))
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

#define FN(row_name, sig, raises, ev)                                                              \
    {                                                                                              \
        .name = (row_name), .min_args = 1, .max_args = 1, .can_raise = (raises),                   \
        .always_nullable = true, .signature = (sig), .resolve = mr_fn_resolve_signature,           \
        .eval = (ev)                                                                               \
    }

static const mr_function rows[] = {
    FN("is_valid_utf8", "s:b", false, eval_is_valid),
    FN("make_valid_utf8", "s:s", false, eval_make_valid),
    FN("try_validate_utf8", "s:s", false, eval_try_validate),
    FN("validate_utf8", "s:s", true, eval_validate),
};

MR_FN_GROUP(mr_fn_utf8_group, rows);
