/* fn_mask.c - mask, luhn_check, quote, to_binary. */
#include "function/fn_priv.h"

#include <utf8proc.h>

static const char *quoted(mr_arena *arena, mr_str s)
{
    return mr_arena_printf(arena, "\"%.*s\"", MR_STR_ARG(s)).ptr;
}

/* --- mask(text[, upper[, lower[, digit[, other]]]]) ------------------------------------------- */

#define KINDS 4

/* What stands for upper case, lower case, digits and the rest; ptr NULL = they stay. */
typedef struct mask_plan {
    mr_str by[KINDS];
} mask_plan;

static size_t rune_at(mr_str s, size_t at, utf8proc_int32_t *rune)
{
    utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.ptr + at,
                                          (utf8proc_ssize_t)(s.len - at), rune);

    return n <= 0 ? 1 : (size_t)n;
}

static bool is_one_rune(mr_str s)
{
    utf8proc_int32_t rune = 0;

    return s.len > 0 && rune_at(s, 0, &rune) == s.len;
}

static mr_status resolve_mask(mr_fn_resolve *r, mr_error *err)
{
    static const char *const inputs[] = { "`upperChar`", "`lowerChar`", "`digitChar`",
                                          "`otherChar`" };
    mask_plan *p = MR_NEW(r->arena, mask_plan);

    *p = (mask_plan){ { MR_STR("X"), MR_STR("x"), MR_STR("n"), { NULL, 0 } } };
    for (int i = 0; i < r->n_args; i++) {
        if (r->args[i].type->id == MR_TYPE_NULL)
            r->args[i].want = mr_type_of(MR_TYPE_STRING);
        else if (!mr_type_is_string(r->args[i].type))
            return mr_fn_mismatch_arg(r, i, "\"STRING\"", err);
    }
    for (int i = 1; i < r->n_args; i++) {
        const mr_fn_arg *arg = &r->args[i];

        if (!arg->is_literal)
            return mr_fn_not_foldable(r, i, inputs[i - 1], "\"STRING\"", err);
        p->by[i - 1] = arg->literal.is_null ? (mr_str){ NULL, 0 } : arg->literal.str;
        if (!arg->literal.is_null && !is_one_rune(arg->literal.str))
            return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.INPUT_SIZE_NOT_ONE", "sqlExpr",
                            quoted(r->arena, r->sql), "exprName", inputs[i - 1], NULL);
    }
    r->data = p;
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = true;
    return MR_OK;
}

static int kind_of(utf8proc_int32_t rune)
{
    switch (utf8proc_category(rune)) {
    case UTF8PROC_CATEGORY_LU:
        return 0;
    case UTF8PROC_CATEGORY_LL:
        return 1;
    case UTF8PROC_CATEGORY_ND:
        return 2;
    default:
        return 3;
    }
}

MR_FN_EVAL(eval_mask)
{
    const mask_plan *p = call->bound->data;
    mr_buf buf = { 0 };

    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s;

        if (mr_vec_is_null(args[0], row)) {
            mr_fn_null(call, out, row);
            continue;
        }
        s = MR_AT(args[0], str, row);
        mr_buf_clear(&buf);
        for (size_t at = 0; at < s.len;) {
            utf8proc_int32_t rune = 0;
            size_t n = rune_at(s, at, &rune);
            mr_str by = p->by[kind_of(rune)];

            mr_buf_add(&buf, by.ptr != NULL ? by : mr_str_slice(s, at, at + n));
            at += n;
        }
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
    return MR_OK;
}

/* --- luhn_check, quote ------------------------------------------------------------------------ */

static bool is_luhn(mr_str s)
{
    int sum = 0;

    for (size_t i = 0; i < s.len; i++) {
        int digit = s.ptr[s.len - 1 - i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        if (i % 2 == 1)
            digit = digit < 5 ? 2 * digit : 2 * digit - 9;
        sum += digit;
        sum %= 10;
    }
    return s.len > 0 && sum == 0;
}

MR_FN_EVAL(eval_luhn)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->u8[row] = is_luhn(MR_AT(args[0], str, row));
    return MR_OK;
}

MR_FN_EVAL(eval_quote)
{
    mr_buf buf = { 0 };

    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);

        mr_buf_clear(&buf);
        mr_buf_putc(&buf, '\'');
        for (size_t i = 0; i < s.len; i++) {
            if (s.ptr[i] == '\'')
                mr_buf_putc(&buf, '\\');
            mr_buf_putc(&buf, s.ptr[i]);
        }
        mr_buf_putc(&buf, '\'');
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
    return MR_OK;
}

/* --- to_binary(text[, format]), try_to_binary ------------------------------------------------- */

typedef enum binary_form { BINARY_HEX, BINARY_UTF8, BINARY_BASE64, BINARY_NULL } binary_form;

static bool form_of(mr_str name, binary_form *out)
{
    *out = mr_str_is_nocase(name, "hex")      ? BINARY_HEX
           : mr_str_is_nocase(name, "base64") ? BINARY_BASE64
                                              : BINARY_UTF8;
    return *out != BINARY_UTF8 || mr_str_is_nocase(name, "utf-8") || mr_str_is_nocase(name, "utf8");
}

static mr_status resolve_binary(mr_fn_resolve *r, mr_error *err)
{
    bool lenient = strncmp(r->function->name, "try", 3) == 0;
    binary_form *form = MR_NEW(r->arena, binary_form);
    const mr_fn_arg *arg = &r->args[1];

    *form = BINARY_HEX;
    MR_TRY(mr_fn_resolve_signature(r, err));
    if (r->n_args == 2 && !arg->is_literal)
        return mr_fn_not_foldable(r, 1, "`fmt`", "\"STRING\"", err);
    if (r->n_args == 2 && arg->literal.is_null)
        *form = BINARY_NULL;
    else if (r->n_args == 2 && !form_of(arg->literal.str, form)) {
        if (!lenient)
            return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.INVALID_ARG_VALUE", "sqlExpr",
                            quoted(r->arena, r->sql), "inputName", "`fmt`", "requireType",
                            "case-insensitive \"STRING\"", "validValues",
                            "'hex', 'utf-8', 'utf8', or 'base64'", "inputValue",
                            mr_arena_printf(r->arena, "'%.*s'", MR_STR_ARG(arg->literal.str)).ptr,
                            NULL);
        *form = BINARY_NULL;
    }
    r->data = form;
    r->nullable = lenient || *form != BINARY_BASE64 || r->nullable;
    return MR_OK;
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A leading half byte stands alone. */
static bool from_hex(mr_arena *arena, mr_str s, mr_str *out)
{
    size_t len = (s.len + 1) / 2;
    char *bytes = mr_arena_zalloc(arena, len + 1);

    for (size_t i = 0; i < s.len; i++) {
        int v = hex_value(s.ptr[i]);
        size_t at = (i + s.len % 2) / 2;

        if (v < 0)
            return false;
        bytes[at] = (char)((unsigned char)bytes[at] << 4 | v);
    }
    *out = (mr_str){ bytes, len };
    return true;
}

static bool is_base64(mr_str s)
{
    size_t digits = 0, padding = 0;

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '+' || c == '/';

        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        if ((!digit && c != '=') || (digit && padding > 0))
            return false;
        digits += digit;
        padding += !digit;
    }
    if (padding == 0)
        return digits % 4 != 1;
    return padding <= 2 && (digits + padding) % 4 == 0;
}

static mr_status raise_malformed(const mr_fn_call *call, mr_str s, const char *form, mr_error *err)
{
    return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "CONVERSION_INVALID_INPUT", "str",
                    mr_arena_printf(call->arena, "'%.*s'", MR_STR_ARG(s)).ptr, "fmt", form,
                    "targetType", "\"BINARY\"", "suggestion", "`try_to_binary`", NULL);
}

static mr_status to_bytes(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, bool lenient, mr_error *err)
{
    const mr_function *unbase64 = mr_function_find(MR_STR("unbase64"));
    binary_form form = *(const binary_form *)call->bound->data;

    MR_EACH(sel, row)
    {
        mr_str s;
        bool good = true;

        if (form == BINARY_NULL) {
            mr_fn_null(call, out, row);
            continue;
        }
        s = MR_AT(args[0], str, row);
        if (form == BINARY_HEX)
            good = from_hex(call->arena, s, &out->str[row]);
        else if (form == BINARY_UTF8)
            out->str[row] = s;
        else if ((good = is_base64(s)))
            MR_TRY(unbase64->eval(call, args, (mr_sel){ &row, 1 }, out, err));
        if (!good && !lenient)
            return raise_malformed(call, s, form == BINARY_HEX ? "'HEX'" : "'BASE64'", err);
        if (!good)
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

MR_FN_EVAL(eval_binary)
{
    return to_bytes(call, args, sel, out, false, err);
}

MR_FN_EVAL(eval_try_binary)
{
    return to_bytes(call, args, sel, out, true, err);
}

#define FN(row_name, least, most, sig, res, ev)                                                    \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .signature = (sig),           \
        .resolve = (res), .eval = (ev)                                                             \
    }

static const mr_function rows[] = {
    { .name = "luhn_check",
      .min_args = 1,
      .max_args = 1,
      .always_nullable = true,
      .signature = "s:b",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_luhn },
    { .name = "mask",
      .min_args = 1,
      .max_args = 5,
      .sees_nulls = true,
      .defaults = "X\nx\nn\nNULL",
      .resolve = resolve_mask,
      .eval = eval_mask },
    { .name = "quote",
      .min_args = 1,
      .max_args = 1,
      .always_nullable = true,
      .signature = "s:s",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_quote },
    { .name = "to_binary",
      .min_args = 1,
      .max_args = 2,
      .can_raise = true,
      .signature = "ss:y",
      .resolve = resolve_binary,
      .eval = eval_binary },
    FN("try_to_binary", 1, 2, "ss:y", resolve_binary, eval_try_binary),
};

MR_FN_GROUP(mr_fn_mask_group, rows);
