/* fn_bits.c - bit operators, shifts, hex and unhex. */
#include "function/fn_priv.h"

static mr_status resolve_bits(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *common = mr_type_of(MR_TYPE_NULL);

    for (int i = 0; i < r->n_args; i++) {
        const mr_type *t = r->args[i].type;

        if (mr_type_is_string(t))
            t = mr_type_of(MR_TYPE_LONG);
        if (!mr_type_is_integral(t) && t->id != MR_TYPE_NULL)
            return mr_fn_mismatch_binary(r, "\"INTEGRAL\"", err);
        common = mr_coerce_common(r->arena, common, t, r->ansi);
        if (common == NULL)
            return mr_fn_mismatch_sides(r, err);
    }
    if (common->id == MR_TYPE_NULL)
        common = mr_type_of(MR_TYPE_INT);
    for (int i = 0; i < r->n_args; i++)
        r->args[i].want = common;
    r->result = common;
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

#define BITS(name, expression)                                                                     \
    static mr_status name(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,           \
                          mr_vec *out, mr_error *err)                                              \
    {                                                                                              \
        (void)err;                                                                                 \
        MR_EACH(sel, row)                                                                          \
        {                                                                                          \
            int64_t x = mr_fn_long_at(args[0], row);                                               \
            int64_t y = call->bound->n_args > 1 ? mr_fn_long_at(args[1], row) : 0;                 \
            (void)y;                                                                               \
            mr_fn_put_long(out, row, (int64_t)(expression));                                       \
        }                                                                                          \
        return MR_OK;                                                                              \
    }

BITS(eval_and, x &y)
BITS(eval_or, x | y)
BITS(eval_xor, x ^ y)
BITS(eval_not, ~x)
BITS(eval_count, __builtin_popcountll((uint64_t)x))

#define IS_LONG (args[0]->type->id == MR_TYPE_LONG)

/* Java's shifts take the distance modulo the width. */
BITS(eval_left, (uint64_t)x << (y & (IS_LONG ? 63 : 31)))
BITS(eval_right, x >> (y & (IS_LONG ? 63 : 31)))
BITS(eval_right_unsigned,
     IS_LONG ? (int64_t)((uint64_t)x >> (y & 63)) : (int64_t)((uint32_t)x >> (y & 31)))

static mr_status resolve_shift(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (t->id != MR_TYPE_LONG) {
        if (!mr_coerce_implicit(t, mr_type_of(MR_TYPE_INT), r->ansi))
            return mr_fn_mismatch_arg(r, 0, "(\"INT\" or \"BIGINT\")", err);
        t = mr_type_of(MR_TYPE_INT);
    }
    if (!mr_coerce_implicit(r->args[1].type, mr_type_of(MR_TYPE_INT), r->ansi))
        return mr_fn_mismatch_arg(r, 1, "\"INT\"", err);
    r->args[0].want = r->result = t;
    r->args[1].want = mr_type_of(MR_TYPE_INT);
    r->nullable = mr_fn_any_nullable(r);
    return MR_OK;
}

static mr_status resolve_count(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (!mr_type_is_integral(t) && t->id != MR_TYPE_BOOLEAN)
        return mr_fn_mismatch_arg(r, 0, "(\"INTEGRAL\" or \"BOOLEAN\")", err);
    r->result = mr_type_of(MR_TYPE_INT);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

/* --- hex and unhex
 * --------------------------------------------------------------------------------- */

static mr_status resolve_hex(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;

    if (!mr_type_is_string(t) && t->id != MR_TYPE_BINARY) {
        if (!mr_type_is_numeric(t) && !mr_coerce_implicit(t, mr_type_of(MR_TYPE_LONG), r->ansi))
            return mr_fn_mismatch_arg(r, 0, "(\"BIGINT\" or \"BINARY\" or \"STRING\")", err);
        r->args[0].want = mr_type_of(MR_TYPE_LONG);
    }
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = r->args[0].nullable;
    return MR_OK;
}

static const char digits[] = "0123456789ABCDEF";

static mr_str hex_of_bytes(mr_arena *arena, mr_str s)
{
    char *out = mr_arena_alloc(arena, s.len * 2 + 1);

    for (size_t i = 0; i < s.len; i++) {
        out[2 * i] = digits[(unsigned char)s.ptr[i] >> 4];
        out[2 * i + 1] = digits[s.ptr[i] & 15];
    }
    return (mr_str){ out, s.len * 2 };
}

static mr_status eval_hex(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    out->str[row] =
        args[0]->type->id == MR_TYPE_LONG
            ? mr_arena_printf(call->arena, "%llX", (unsigned long long)MR_AT(args[0], i64, row))
            : hex_of_bytes(call->arena, MR_AT(args[0], str, row));
    return MR_OK;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* An odd first digit stands alone; false when a character is no digit. */
static bool bytes_of_hex(mr_arena *arena, mr_str s, mr_str *out)
{
    char *bytes = mr_arena_alloc(arena, s.len / 2 + 1);
    size_t n = 0, at = 0;

    while (at < s.len) {
        int high = (s.len - at) % 2 == 1 ? 0 : digit_of(s.ptr[at++]);
        int low = digit_of(s.ptr[at++]);

        if (high < 0 || low < 0)
            return false;
        bytes[n++] = (char)(high << 4 | low);
    }
    *out = (mr_str){ bytes, n };
    return true;
}

static mr_status eval_unhex(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    if (!bytes_of_hex(call->arena, MR_AT(args[0], str, row), &out->str[row]))
        mr_fn_null(call, out, row);
    return MR_OK;
}

static mr_status resolve_unhex(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = true;
    return MR_OK;
}

#define FN(row_name, n, sym, res, ev)                                                              \
    {                                                                                              \
        .name = (row_name), .min_args = (n), .max_args = (n), .symbol = (sym), .resolve = (res),   \
        .eval = (ev)                                                                               \
    }

static const mr_function rows[] = {
    FN("&", 2, "&", resolve_bits, eval_and),
    FN("<<", 2, "<<", resolve_shift, eval_left),
    FN(">>", 2, ">>", resolve_shift, eval_right),
    FN(">>>", 2, ">>>", resolve_shift, eval_right_unsigned),
    FN("^", 2, "^", resolve_bits, eval_xor),
    FN("bit_count", 1, NULL, resolve_count, eval_count),
    FN("hex", 1, NULL, resolve_hex, eval_hex),
    FN("shiftleft", 2, NULL, resolve_shift, eval_left),
    FN("shiftright", 2, NULL, resolve_shift, eval_right),
    FN("shiftrightunsigned", 2, NULL, resolve_shift, eval_right_unsigned),
    { .name = "unhex",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:y",
      .resolve = resolve_unhex,
      .eval = eval_unhex },
    FN("|", 2, "|", resolve_bits, eval_or),
    FN("~", 1, "~", resolve_bits, eval_not),
};

MR_FN_GROUP(mr_fn_bits_group, rows);
