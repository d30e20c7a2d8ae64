/* fn_digest.c - md5, sha, crc32, base64, encode and decode, percent encoding. */
#include "function/fn_priv.h"

#include <stdio.h>
#include <zlib.h>

#include "function/digest.h"

static mr_str hex_of(mr_arena *arena, const uint8_t *bytes, int n)
{
    char *text = mr_arena_alloc(arena, 2 * (size_t)n + 1);

    for (int i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", (unsigned)bytes[i]);
    return (mr_str){ text, 2 * (size_t)n };
}

/* Text is taken as its bytes. */
static mr_status resolve_bytes(mr_fn_resolve *r, mr_error *err)
{
    if (mr_type_is_string(r->args[0].type))
        r->args[0].want = mr_type_of(MR_TYPE_BINARY);
    MR_TRY(mr_fn_resolve_signature(r, err));
    return MR_OK;
}

static mr_status eval_md5(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                          mr_vec *out, mr_error *err)
{
    uint8_t digest[16];

    (void)err;
    MR_EACH(sel, row)
    {
        mr_digest_md5(MR_AT(args[0], str, row), digest);
        out->str[row] = hex_of(call->arena, digest, 16);
    }
    return MR_OK;
}

static mr_status eval_sha1(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    uint8_t digest[20];

    (void)err;
    MR_EACH(sel, row)
    {
        mr_digest_sha1(MR_AT(args[0], str, row), digest);
        out->str[row] = hex_of(call->arena, digest, 20);
    }
    return MR_OK;
}

static mr_status eval_sha2(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           mr_vec *out, mr_error *err)
{
    uint8_t digest[64];

    (void)err;
    MR_EACH(sel, row)
    {
        int bits = MR_AT(args[1], i32, row) == 0 ? 256 : MR_AT(args[1], i32, row);

        if (bits != 224 && bits != 256 && bits != 384 && bits != 512) {
            mr_fn_null(call, out, row);
            continue;
        }
        mr_digest_sha2(MR_AT(args[0], str, row), bits, digest);
        out->str[row] = hex_of(call->arena, digest, bits / 8);
    }
    return MR_OK;
}

static mr_status eval_crc32(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);

        out->i64[row] = (int64_t)crc32_z(0, s.len == 0 ? NULL : (const Bytef *)s.ptr, s.len);
    }
    return MR_OK;
}

/* --- base64 ----------------------------------------------------------------------------------- */

static const char digits64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static mr_str to_base64(mr_arena *arena, mr_str s)
{
    size_t digits = (s.len + 2) / 3 * 4;
    char *text = mr_arena_alloc(arena, digits + digits / 76 * 2 + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.len; i += 3) {
        uint32_t v = (uint32_t)(uint8_t)s.ptr[i] << 16;

        if (i > 0 && i % 57 == 0) { /* lines of 76 digits, as in MIME */
            text[n++] = '\r';
            text[n++] = '\n';
        }

        v |= i + 1 < s.len ? (uint32_t)(uint8_t)s.ptr[i + 1] << 8 : 0;
        v |= i + 2 < s.len ? (uint32_t)(uint8_t)s.ptr[i + 2] : 0;
        text[n++] = digits64[v >> 18];
        text[n++] = digits64[v >> 12 & 63];
        text[n++] = i + 1 < s.len ? digits64[v >> 6 & 63] : '=';
        text[n++] = i + 2 < s.len ? digits64[v & 63] : '=';
    }
    return (mr_str){ text, n };
}

/* What is no digit is skipped, as in MIME. */
static mr_str from_base64(mr_arena *arena, mr_str s)
{
    char *bytes = mr_arena_alloc(arena, s.len / 4 * 3 + 4);
    uint32_t v = 0;
    size_t n = 0;
    int bits = 0;

    for (size_t i = 0; i < s.len && s.ptr[i] != '='; i++) {
        const char *digit = s.ptr[i] == '\0' ? NULL : strchr(digits64, s.ptr[i]);

        if (digit == NULL)
            continue;
        v = v << 6 | (uint32_t)(digit - digits64);
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        bytes[n++] = (char)(v >> bits);
    }
    return (mr_str){ bytes, n };
}

static mr_status eval_base64(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = to_base64(call->arena, MR_AT(args[0], str, row));
    return MR_OK;
}

static mr_status eval_unbase64(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                               mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = from_base64(call->arena, MR_AT(args[0], str, row));
    return MR_OK;
}

/* --- character sets --------------------------------------------------------------------------- */

typedef enum charset { CHARSET_NONE, CHARSET_UTF8, CHARSET_ASCII, CHARSET_LATIN1 } charset;

static charset charset_of(mr_str name)
{
    if (mr_str_is_nocase(name, "utf-8"))
        return CHARSET_UTF8;
    if (mr_str_is_nocase(name, "us-ascii"))
        return CHARSET_ASCII;
    return mr_str_is_nocase(name, "iso-8859-1") ? CHARSET_LATIN1 : CHARSET_NONE;
}

static mr_status bad_charset(const mr_fn_call *call, const char *function, mr_str name,
                             mr_error *err)
{
    return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_PARAMETER_VALUE.CHARSET", "functionName",
                    function, "parameter", "`charset`", "charset", mr_arena_cstr(call->arena, name),
                    "charsets", "ISO-8859-1, US-ASCII, UTF-16, UTF-16BE, UTF-16LE, UTF-32, UTF-8",
                    NULL);
}

static mr_str encode_one_byte(mr_arena *arena, mr_str s, uint32_t most)
{
    char *bytes = mr_arena_alloc(arena, s.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < s.len;) {
        uint8_t c = (uint8_t)s.ptr[i];
        size_t width = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
        uint32_t rune = c;

        if (width == 2 && i + 1 < s.len)
            rune = (uint32_t)(c & 31) << 6 | ((uint8_t)s.ptr[i + 1] & 63);
        else if (width > 2)
            rune = UINT32_MAX;
        bytes[n++] = rune <= most ? (char)rune : '?';
        i += width;
    }
    return (mr_str){ bytes, n };
}

static mr_status eval_encode(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row), name = MR_AT(args[1], str, row);
        charset set = charset_of(name);

        if (set == CHARSET_NONE)
            return bad_charset(call, "`encode`", name, err);
        out->str[row] = set == CHARSET_UTF8
                            ? s
                            : encode_one_byte(call->arena, s, set == CHARSET_ASCII ? 0x7F : 0xFF);
    }
    return MR_OK;
}

static mr_status eval_decode(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                             mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row), name = MR_AT(args[1], str, row);
        charset set = charset_of(name);

        if (set == CHARSET_NONE)
            return bad_charset(call, "`decode`", name, err);
        out->str[row] = s;
        if (set == CHARSET_LATIN1) {
            mr_buf buf = { 0 };

            for (size_t i = 0; i < s.len; i++) {
                uint8_t c = (uint8_t)s.ptr[i];

                if (c >= 0x80)
                    mr_buf_putc(&buf, (char)(0xC0 | c >> 6));
                mr_buf_putc(&buf, (char)(c < 0x80 ? c : 0x80 | (c & 63)));
            }
            out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
            mr_buf_free(&buf);
        }
    }
    return MR_OK;
}

/* --- percent encoding (application/x-www-form-urlencoded) ---------------------------------------
 */

static mr_status eval_url_encode(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                 mr_vec *out, mr_error *err)
{
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);
        mr_buf buf = { 0 };

        for (size_t i = 0; i < s.len; i++) {
            uint8_t c = (uint8_t)s.ptr[i];
            bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                         (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.' || c == '*';

            if (plain || c == ' ')
                mr_buf_putc(&buf, c == ' ' ? '+' : (char)c);
            else
                mr_buf_printf(&buf, "%%%02X", (unsigned)c);
        }
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
        mr_buf_free(&buf);
    }
    return MR_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static mr_status eval_url_decode(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                 mr_vec *out, mr_error *err)
{
    bool lenient = call->bound->data != NULL;

    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);
        char *bytes = mr_arena_alloc(call->arena, s.len + 1);
        size_t n = 0;
        bool bad = false;

        for (size_t i = 0; i < s.len && !bad; i++) {
            int high = i + 2 < s.len ? hex_digit(s.ptr[i + 1]) : -1;
            int low = i + 2 < s.len ? hex_digit(s.ptr[i + 2]) : -1;

            if (s.ptr[i] != '%') {
                bytes[n++] = s.ptr[i] == '+' ? ' ' : s.ptr[i];
                continue;
            }
            bad = high < 0 || low < 0;
            bytes[n++] = (char)(high * 16 + low);
            i += 2;
        }
        out->str[row] = (mr_str){ bytes, n };
        if (bad && lenient)
            mr_fn_null(call, out, row);
        else if (bad)
            return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "CANNOT_DECODE_URL", "url",
                            mr_arena_cstr(call->arena, s), NULL);
    }
    return MR_OK;
}

static mr_status resolve_url_decode(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->data = strncmp(r->function->name, "try", 3) == 0 ? (void *)(uintptr_t)r : NULL;
    return MR_OK;
}

#define BYTES(row_name, n, sig, ev)                                                                \
    {                                                                                              \
        .name = (row_name), .min_args = (n), .max_args = (n), .signature = (sig),                  \
        .resolve = resolve_bytes, .eval = (ev)                                                     \
    }
#define NULLABLE(row_name, n, sig, res, ev)                                                        \
    {                                                                                              \
        .name = (row_name), .min_args = (n), .max_args = (n), .can_raise = true,                   \
        .always_nullable = true, .signature = (sig), .resolve = (res), .eval = (ev)                \
    }

static const mr_function rows[] = {
    BYTES("base64", 1, "y:s", eval_base64),
    BYTES("crc32", 1, "y:l", eval_crc32),
    NULLABLE("decode", 2, "ys:s", resolve_bytes, eval_decode),
    NULLABLE("encode", 2, "ss:y", mr_fn_resolve_signature, eval_encode),
    BYTES("md5", 1, "y:s", eval_md5),
    BYTES("sha", 1, "y:s", eval_sha1),
    BYTES("sha1", 1, "y:s", eval_sha1),
    NULLABLE("sha2", 2, "yi:s", resolve_bytes, eval_sha2),
    NULLABLE("try_url_decode", 1, "s:s", resolve_url_decode, eval_url_decode),
    { .name = "unbase64",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:y",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_unbase64 },
    NULLABLE("url_decode", 1, "s:s", resolve_url_decode, eval_url_decode),
    NULLABLE("url_encode", 1, "s:s", mr_fn_resolve_signature, eval_url_encode),
};

MR_FN_GROUP(mr_fn_digest_group, rows);
