/* fn_url.c - parse_url: parts of a URL as java.net.URI divides it. */
#include "function/fn_priv.h"

#include <string.h>

typedef struct url {
    mr_str scheme, authority, user, host, path, query, ref; /* ptr NULL = not there */
} url;

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_alnum(char c)
{
    return is_alpha(c) || (c >= '0' && c <= '9');
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* No character that must be escaped, and every % begins an escape. */
static bool is_clean(mr_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (c <= ' ' || c == 0x7f || strchr("\"<>\\^`{|}", c) != NULL)
            return false;
        if (c == '%' && (i + 2 >= text.len || !is_hex(text.ptr[i + 1]) || !is_hex(text.ptr[i + 2])))
            return false;
    }
    return true;
}

static size_t scheme_length(mr_str text)
{
    size_t n = 0;

    if (text.len == 0 || !is_alpha(text.ptr[0]))
        return 0;
    while (n < text.len && (is_alnum(text.ptr[n]) || strchr("+-.", text.ptr[n]) != NULL))
        n++;
    return n < text.len && text.ptr[n] == ':' ? n : 0;
}

/* Letters, digits and hyphens between points; the last label begins with a letter, or all are
 * numbers. */
static bool is_host(mr_str host)
{
    size_t label = 0;
    bool digits = true;

    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        return true;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];

        digits &= c == '.' || (c >= '0' && c <= '9');
        if (!is_alnum(c) && c != '-' && c != '.')
            return false;
        if (c == '.' && i == label)
            return false;
        if ((i == label || i + 1 == host.len || host.ptr[i + 1] == '.') && c == '-')
            return false;
        if (c == '.')
            label = i + 1;
    }
    if (label == host.len && label > 1) /* one point may end it */
        for (label--; label > 0 && host.ptr[label - 1] != '.';)
            label--;
    return host.len > 0 && (digits || is_alpha(host.ptr[label]));
}

/* user@host:port, if it is that. */
static void divide_authority(url *u)
{
    mr_str rest = u->authority, user = { 0 };
    size_t sign = mr_str_find(rest, '@', 0), colon = rest.len;

    if (sign < rest.len) {
        user = mr_str_slice(rest, 0, sign);
        rest = mr_str_slice(rest, sign + 1, rest.len);
        colon = rest.len;
    }
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] == ':')
            colon = i;
    if (colon < rest.len && memchr(rest.ptr + colon, ']', rest.len - colon) == NULL) {
        for (size_t i = colon + 1; i < rest.len; i++)
            if (rest.ptr[i] < '0' || rest.ptr[i] > '9')
                return;
        rest = mr_str_slice(rest, 0, colon);
    }
    if (!is_host(rest))
        return;
    u->user = user;
    u->host = rest;
}

static bool divide(mr_str text, url *u)
{
    size_t n = scheme_length(text), at;

    *u = (url){ 0 };
    if (text.len == 0 || !is_clean(text))
        return text.len == 0;
    if (n > 0) {
        u->scheme = mr_str_slice(text, 0, n);
        text = mr_str_slice(text, n + 1, text.len);
    }
    at = mr_str_find(text, '#', 0);
    if (at < text.len) {
        u->ref = mr_str_slice(text, at + 1, text.len);
        if (mr_str_find(u->ref, '#', 0) < u->ref.len)
            return false;
        text = mr_str_slice(text, 0, at);
    }
    if (n > 0 && (text.len == 0 || text.ptr[0] != '/'))
        return text.len > 0; /* mailto:x has no parts */
    at = mr_str_find(text, '?', 0);
    if (at < text.len) {
        u->query = mr_str_slice(text, at + 1, text.len);
        text = mr_str_slice(text, 0, at);
    }
    u->path = text;
    if (!mr_str_starts(text, "//"))
        return true;
    at = mr_str_find(text, '/', 2);
    u->path = mr_str_slice(text, at < text.len ? at : text.len, text.len);
    if (at > 2 && text.len > 2)
        u->authority = mr_str_slice(text, 2, at < text.len ? at : text.len);
    else if (at >= text.len)
        return false;
    if (u->authority.ptr != NULL)
        divide_authority(u);
    return true;
}

/* The value of the first key=... of the query. */
static mr_str parameter(mr_str query, mr_str key)
{
    for (size_t from = 0; query.ptr != NULL && from <= query.len;) {
        size_t end = mr_str_find(query, '&', from);
        mr_str pair = mr_str_slice(query, from, end < query.len ? end : query.len);

        if (pair.len > key.len && pair.ptr[key.len] == '=' &&
            memcmp(pair.ptr, key.ptr, key.len) == 0)
            return mr_str_slice(pair, key.len + 1, pair.len);
        from = (end < query.len ? end : query.len) + 1;
    }
    return (mr_str){ 0 };
}

static mr_str part_of(const url *u, mr_str part, mr_arena *arena)
{
    const struct {
        const char *name;
        mr_str value;
    } parts[] = { { "HOST", u->host },    { "PATH", u->path },       { "QUERY", u->query },
                  { "REF", u->ref },      { "PROTOCOL", u->scheme }, { "AUTHORITY", u->authority },
                  { "USERINFO", u->user } };

    if (mr_str_is(part, "FILE") && u->query.ptr != NULL)
        return mr_arena_printf(arena, "%.*s?%.*s", MR_STR_ARG(u->path), MR_STR_ARG(u->query));
    if (mr_str_is(part, "FILE"))
        return u->path;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (mr_str_is(part, parts[i].name))
            return parts[i].value;
    return (mr_str){ 0 };
}

static mr_status parse_url(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                           bool strict, mr_vec *out, mr_error *err)
{
    MR_EACH(sel, row)
    {
        mr_str text = MR_AT(args[0], str, row), part = MR_AT(args[1], str, row), value;
        url u;

        if (!divide(text, &u)) {
            if (strict)
                return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_URL", "url",
                                mr_arena_cstr(call->arena, text), NULL);
            mr_fn_null(call, out, row);
            continue;
        }
        value = part_of(&u, part, call->arena);
        if (call->bound->n_args == 3)
            value = mr_str_is(part, "QUERY") ? parameter(value, MR_AT(args[2], str, row))
                                             : (mr_str){ 0 };
        if (value.ptr == NULL)
            mr_fn_null(call, out, row);
        else
            out->str[row] = value;
    }
    return MR_OK;
}

static mr_status eval_parse_url(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                mr_vec *out, mr_error *err)
{
    return parse_url(call, args, sel, call->bound->ansi, out, err);
}

static mr_status eval_try_parse_url(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                                    mr_vec *out, mr_error *err)
{
    return parse_url(call, args, sel, false, out, err);
}

#define URL(row_name, raises, ev)                                                                  \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 3, .can_raise = (raises),                   \
        .signature = "sss:s", .always_nullable = true, .resolve = mr_fn_resolve_signature,         \
        .eval = (ev)                                                                               \
    }

static const mr_function rows[] = {
    URL("parse_url", true, eval_parse_url),
    URL("try_parse_url", false, eval_try_parse_url),
};

MR_FN_GROUP(mr_fn_url_group, rows);
