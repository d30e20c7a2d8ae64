/* fn_text.c - further functions of strings: parts, distances, sets in text. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static size_t rune_bytes(mr_str s, size_t at)
{
    unsigned char c = (unsigned char)s.ptr[at];
    size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

    return at + n > s.len ? s.len - at : n;
}

static int64_t count_runes(mr_str s)
{
    int64_t n = 0;

    for (size_t at = 0; at < s.len; at += rune_bytes(s, at))
        n++;
    return n;
}

static size_t offset_of(mr_str s, int64_t rune)
{
    size_t at = 0;

    for (; rune > 0 && at < s.len; rune--)
        at += rune_bytes(s, at);
    return at;
}

MR_FN_EVAL(eval_bit_length)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = (int32_t)(MR_AT(args[0], str, row).len * 8);
    return MR_OK;
}

/* chr(n): the character of n modulo 256; nothing for what is negative. */
MR_FN_EVAL(eval_chr)
{
    (void)err;
    MR_EACH(sel, row)
    {
        int64_t v = MR_AT(args[0], i64, row);
        char *text = mr_arena_alloc(call->arena, 2);
        int c = (int)(v & 255);

        text[0] = (char)(c < 0x80 ? c : 0xC0 | c >> 6);
        text[1] = (char)(0x80 | (c & 63));
        out->str[row] = (mr_str){ text, v < 0 ? 0 : c < 0x80 ? 1 : 2 };
    }
    return MR_OK;
}

MR_FN_EVAL(eval_space)
{
    (void)err;
    MR_EACH(sel, row)
    {
        int32_t n = MR_AT(args[0], i32, row);
        size_t len = n < 0 ? 0 : (size_t)n;
        char *text = mr_arena_alloc(call->arena, len + 1);

        memset(text, ' ', len);
        out->str[row] = (mr_str){ text, len };
    }
    return MR_OK;
}

/* overlay(text, by, from[, length]): characters are replaced, as many as `by` has by default. */
MR_FN_EVAL(eval_overlay)
{
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row), by = MR_AT(args[1], str, row);
        int64_t from = MR_AT(args[2], i32, row), n = count_runes(s);
        int64_t length = call->bound->n_args > 3 ? MR_AT(args[3], i32, row) : -1;
        int64_t begin = from - 1 < 0 ? 0 : from - 1 > n ? n : from - 1, end;
        mr_buf buf = { 0 };

        length = length < 0 ? count_runes(by) : length;
        end = from - 1 + length;
        end = end < 0 ? 0 : end > n ? n : end;
        mr_buf_add(&buf, mr_str_slice(s, 0, offset_of(s, begin)));
        mr_buf_add(&buf, by);
        mr_buf_add(&buf, mr_str_slice(s, offset_of(s, end), s.len));
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
        mr_buf_free(&buf);
    }
    return MR_OK;
}

static size_t find_text(mr_str s, mr_str what, size_t from)
{
    const char *at;

    if (from > s.len || what.len > s.len - from)
        return s.len + 1;
    at = memmem(s.ptr + from, s.len - from, what.ptr, what.len);
    return at == NULL ? s.len + 1 : (size_t)(at - s.ptr);
}

MR_FN_EVAL(eval_split_part)
{
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row), by = MR_AT(args[1], str, row);
        int64_t wanted = MR_AT(args[2], i32, row), n = 1, k = 1;
        size_t from = 0, at;

        if (wanted == 0)
            return mr_raise(err, MR_EXC_RUNTIME, "INVALID_INDEX_OF_ZERO", NULL);
        for (at = 0; by.len > 0 && (at = find_text(s, by, at)) < s.len; at += by.len)
            n++;
        wanted = wanted < 0 ? n + wanted + 1 : wanted;
        if (wanted < 1 || wanted > n) {
            out->str[row] = (mr_str){ s.ptr, 0 };
            continue;
        }
        for (; k < wanted; k++)
            from = find_text(s, by, from) + by.len;
        at = by.len == 0 ? s.len : find_text(s, by, from);
        out->str[row] = mr_str_slice(s, from, at > s.len ? s.len : at);
    }
    (void)call;
    return MR_OK;
}

/* Number of single-character changes from a to b; more than `limit` (if >= 0) is -1. */
static int32_t distance(mr_arena *arena, mr_str a, mr_str b, int32_t limit)
{
    int64_t n = count_runes(b), i = 0;
    int32_t *row = MR_NEW_ARRAY(arena, int32_t, n + 1), best;

    for (int64_t j = 0; j <= n; j++)
        row[j] = (int32_t)j;
    for (size_t at = 0; at < a.len; at += rune_bytes(a, at), i++) {
        mr_str one = { a.ptr + at, rune_bytes(a, at) };
        int32_t diagonal = row[0];
        int64_t j = 1;

        row[0] = (int32_t)i + 1;
        for (size_t k = 0; k < b.len; k += rune_bytes(b, k), j++) {
            int32_t same = diagonal + !mr_str_equal(one, (mr_str){ b.ptr + k, rune_bytes(b, k) });

            diagonal = row[j];
            row[j] = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = same < row[j] ? same : row[j];
        }
    }
    best = row[n];
    return limit >= 0 && best > limit ? -1 : best;
}

MR_FN_EVAL(eval_levenshtein)
{
    (void)err;
    MR_EACH(sel, row)
    out->i32[row] = distance(call->arena, MR_AT(args[0], str, row), MR_AT(args[1], str, row),
                             call->bound->n_args > 2 ? MR_AT(args[2], i32, row) : -1);
    return MR_OK;
}

MR_FN_EVAL(eval_find_in_set)
{
    (void)call;
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str word = MR_AT(args[0], str, row), set = MR_AT(args[1], str, row);
        int32_t n = 1;

        out->i32[row] = 0;
        for (size_t from = 0; from <= set.len && mr_str_find(word, ',', 0) >= word.len; n++) {
            size_t at = mr_str_find(set, ',', from);

            at = at > set.len ? set.len : at;
            if (mr_str_equal(mr_str_slice(set, from, at), word)) {
                out->i32[row] = n;
                break;
            }
            from = at + 1;
        }
    }
    return MR_OK;
}

/* The letter and three digits of American Soundex; text that begins otherwise stays. */
static mr_str soundex(mr_arena *arena, mr_str s)
{
    static const char codes[] = "01230127022455012623017202";
    char *out = mr_arena_alloc(arena, 4);
    char last, c;
    size_t n = 1;

    c = s.len == 0 ? '\0' : (char)(s.ptr[0] >= 'a' && s.ptr[0] <= 'z' ? s.ptr[0] - 32 : s.ptr[0]);
    if (c < 'A' || c > 'Z')
        return s;
    memset(out, '0', 4);
    out[0] = c;
    last = codes[c - 'A'];
    for (size_t i = 1; i < s.len && n < 4; i++) {
        char code;

        c = (char)(s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? s.ptr[i] - 32 : s.ptr[i]);
        if (c < 'A' || c > 'Z') {
            last = '0';
            continue;
        }
        code = codes[c - 'A'];
        if (code == '7') /* H and W do not divide */
            continue;
        if (code != '0' && code != last)
            out[n++] = code;
        last = code;
    }
    return (mr_str){ out, 4 };
}

MR_FN_EVAL(eval_soundex)
{
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = soundex(call->arena, MR_AT(args[0], str, row));
    return MR_OK;
}

/* elt(n, a, b, ...) */
static mr_status resolve_elt(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->nullable = true;
    return MR_OK;
}

MR_FN_EVAL(eval_elt)
{
    MR_EACH(sel, row)
    {
        int32_t n = mr_vec_is_null(args[0], row) ? 0 : MR_AT(args[0], i32, row);
        bool inside = n >= 1 && n < call->bound->n_args;

        if (!inside && call->bound->ansi && !mr_vec_is_null(args[0], row)) {
            char index[16], size[16];

            snprintf(index, sizeof(index), "%d", (int)n);
            snprintf(size, sizeof(size), "%d", call->bound->n_args - 1);
            return mr_raise(err, MR_EXC_ARRAY_INDEX, "INVALID_ARRAY_INDEX", "indexValue", index,
                            "arraySize", size, NULL);
        }
        if (!inside || mr_vec_is_null(args[n], row))
            mr_fn_null(call, out, row);
        else
            out->str[row] = MR_AT(args[n], str, row);
    }
    return MR_OK;
}

/* Delimiters are regular expressions of which only those are known here that mean plain text:
 * letters, escaped characters, sets of one character. */
static mr_status plain_delimiter(const mr_fn_call *call, mr_str pattern, mr_str *out, mr_error *err)
{
    char *text = mr_arena_alloc(call->arena, pattern.len + 1);
    size_t n = 0;

    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        bool escape = c == '\\' && i + 1 < pattern.len && !isalnum((uint8_t)pattern.ptr[i + 1]);
        bool set = c == '[' && i + 2 < pattern.len && pattern.ptr[i + 2] == ']' &&
                   pattern.ptr[i + 1] != '^' && pattern.ptr[i + 1] != '\\';

        if (set || escape)
            c = pattern.ptr[i + 1];
        else if (c == '\0' || strchr("\\[](){}.*+?^$|", c) != NULL)
            return mr_fail(err, MR_UNSUPPORTED,
                           "str_to_map: the regular expression '%.*s' as a delimiter is not "
                           "supported",
                           MR_STR_ARG(pattern));
        i += set ? 2 : escape ? 1 : 0;
        text[n++] = c;
    }
    *out = (mr_str){ text, n };
    return MR_OK;
}

/* str_to_map(text[, pair delimiter[, key delimiter]]) */
static mr_status resolve_str_to_map(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->result = mr_type_map(r->arena, mr_type_of(MR_TYPE_STRING), mr_type_of(MR_TYPE_STRING), true);
    return MR_OK;
}

static mr_status put_pair(const mr_fn_call *call, mr_str pair, mr_str by, int32_t row, mr_vec *out,
                          mr_error *err)
{
    size_t at = find_text(pair, by, 0);
    mr_vec *keys = &out->children[0], *values = &out->children[1];
    int32_t n = keys->n;
    mr_str key = mr_str_slice(pair, 0, at > pair.len ? pair.len : at);

    mr_vec_grow(keys, call->arena, n + 1);
    mr_vec_grow(values, call->arena, n + 1);
    keys->str[n] = key;
    if (values->valid != NULL)
        values->valid[n] = 1;
    if (at > pair.len)
        mr_vec_set_null(values, call->arena, n);
    else
        values->str[n] = mr_str_slice(pair, at + by.len, pair.len);
    for (int32_t i = out->offsets[row]; i < n; i++)
        if (mr_str_equal(keys->str[i], key))
            return mr_raise(err, MR_EXC_RUNTIME, "DUPLICATED_MAP_KEY", "key",
                            mr_arena_cstr(call->arena, key), "mapKeyDedupPolicy",
                            "\"spark.sql.mapKeyDedupPolicy\"", NULL);
    return MR_OK;
}

MR_FN_EVAL(eval_str_to_map)
{
    int32_t next = 0;

    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);
        mr_str pairs = call->bound->n_args > 1 ? MR_AT(args[1], str, row) : MR_STR(",");
        mr_str keys = call->bound->n_args > 2 ? MR_AT(args[2], str, row) : MR_STR(":");

        MR_TRY(plain_delimiter(call, pairs, &pairs, err));
        MR_TRY(plain_delimiter(call, keys, &keys, err));
        for (; next < row; next++)
            mr_nested_skip(out, next);
        for (size_t from = 0, at; from <= s.len; from = at + pairs.len) {
            at = find_text(s, pairs, from);
            at = at > s.len ? s.len : at;
            MR_TRY(put_pair(call, mr_str_slice(s, from, at), keys, row, out, err));
            if (pairs.len == 0)
                break;
        }
        mr_nested_close(out, row);
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
    return MR_OK;
}

#define FN(row_name, least, most, sig, ev)                                                         \
    {                                                                                              \
        .name = (row_name), .min_args = (least), .max_args = (most), .signature = (sig),           \
        .resolve = mr_fn_resolve_signature, .eval = (ev)                                           \
    }

static const mr_function rows[] = {
    FN("bit_length", 1, 1, "s:i", eval_bit_length),
    FN("char", 1, 1, "l:s", eval_chr),
    FN("chr", 1, 1, "l:s", eval_chr),
    { .name = "elt",
      .min_args = 2,
      .max_args = -1,
      .can_raise = true,
      .sees_nulls = true,
      .signature = "is*:s",
      .resolve = resolve_elt,
      .eval = eval_elt },
    FN("find_in_set", 2, 2, "ss:i", eval_find_in_set),
    FN("levenshtein", 2, 3, "ssi:i", eval_levenshtein),
    { .name = "overlay",
      .min_args = 3,
      .max_args = 4,
      .signature = "ssii:s",
      .defaults = "-1",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_overlay },
    FN("soundex", 1, 1, "s:s", eval_soundex),
    FN("space", 1, 1, "i:s", eval_space),
    { .name = "split_part",
      .min_args = 3,
      .max_args = 3,
      .can_raise = true,
      .always_nullable = true,
      .signature = "ssi:s",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_split_part },
    { .name = "str_to_map",
      .min_args = 1,
      .max_args = 3,
      .can_raise = true,
      .signature = "sss:s",
      .defaults = ",\n:",
      .resolve = resolve_str_to_map,
      .eval = eval_str_to_map },
};

MR_FN_GROUP(mr_fn_text_group, rows);
