/* json_lex.c - JSON's grammar as Jackson reads it, with Spark's relaxations. */
#include "format/json_priv.h"

static const char *skip_comment(const mr_json_lex *lex, const char *p, const char *end)
{
    if (!lex->comments || end - p < 2)
        return NULL;
    if (p[1] == '*') {
        const char *at = memmem(p + 2, (size_t)(end - p - 2), "*/", 2);

        return at == NULL ? NULL : at + 2;
    }
    if (p[1] != '/')
        return NULL;
    while (p < end && *p != '\n' && *p != '\r')
        p++;
    return p;
}

const char *mr_json_space(const mr_json_lex *lex, const char *p, const char *end)
{
    for (; p < end; p++) {
        if (*p == ' ' || *p == '\t')
            continue;
        if (*p == '\n' || *p == '\r') {
            if (!lex->newlines)
                return NULL;
            continue;
        }
        if (*p != '/')
            return p;
        p = skip_comment(lex, p, end);
        if (p == NULL)
            return NULL;
        p--;
    }
    return p;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* p at the backslash; length of the escape or 0. */
static int escape_length(const mr_json_lex *lex, const char *p, const char *end)
{
    if (end - p < 2)
        return 0;
    if (p[1] == 'u') {
        if (end - p < 6)
            return 0;
        for (int i = 2; i < 6; i++)
            if (hex(p[i]) < 0)
                return 0;
        return 6;
    }
    if (p[1] != '\0' && strchr("\"\\/bfnrt", p[1]) != NULL)
        return 2;
    return lex->any_escape && (signed char)p[1] > 0 ? 2 : 0;
}

/* Length of what Jackson takes for a UTF-8 sequence (it checks only the continuation bits), or 0.
 */
static int loose_utf8(const char *p, const char *end)
{
    unsigned char c = (unsigned char)*p;
    int n = (c & 0xE0) == 0xC0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : (c & 0xF8) == 0xF0 ? 4 : 0;

    if (n == 0 || end - p < n)
        return 0;
    for (int i = 1; i < n; i++)
        if (((unsigned char)p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

const char *mr_json_string(const mr_json_lex *lex, const char *p, const char *end, char quote,
                           bool *plain)
{
    *plain = true;
    while (p < end) {
        signed char c = (signed char)*p;
        int n;

        if (*p == quote)
            return p;
        if (c == '\\') {
            *plain = false;
            n = escape_length(lex, p, end);
        } else if (c >= 0) {
            n = c < 0x20 && !lex->control_chars ? 0 : 1;
        } else if ((n = mr_utf8_step(p, end)) == 0) {
            *plain = false;
            n = loose_utf8(p, end);
        }
        if (n == 0)
            return NULL;
        p += n;
    }
    return NULL;
}

static const char *digits(const char *p, const char *end)
{
    while (p < end && *p >= '0' && *p <= '9')
        p++;
    return p;
}

static const char *word(const char *p, const char *end, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(end - p) < n || memcmp(p, text, n) != 0)
        return NULL;
    p += n;
    if (p < end && ((*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') ||
                    *p == '_' || *p == '$' || (signed char)*p < 0))
        return NULL;
    return p;
}

static const char *signed_name(const mr_json_lex *lex, const char *p, const char *end)
{
    const char *at;

    if (!lex->non_numeric)
        return NULL;
    at = word(p + 1, end, "INF");
    return at != NULL ? at : word(p + 1, end, "Infinity");
}

const char *mr_json_number(const mr_json_lex *lex, const char *p, const char *end)
{
    const char *start = p;
    const char *from;

    if (p < end && (*p == '-' || *p == '+')) {
        if (end - p > 1 && p[1] == 'I')
            return signed_name(lex, p, end);
        if (*p == '+')
            return NULL;
        p++;
    }
    from = p;
    p = digits(p, end);
    if (p == from || (*from == '0' && p - from > 1 && !lex->leading_zeros))
        return NULL;
    if (p < end && *p == '.') {
        from = p + 1;
        p = digits(from, end);
        if (p == from)
            return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '-' || *p == '+'))
            p++;
        from = p;
        p = digits(p, end);
        if (p == from)
            return NULL;
    }
    return p - start > MR_JSON_NUMBER_LENGTH ? NULL : p;
}

static const char *scalar(const mr_json_lex *lex, const char *p, const char *end)
{
    bool plain;

    if (*p == '\'' && !lex->single_quotes)
        return NULL;
    switch (*p) {
    case '\'':
    case '"':
        p = mr_json_string(lex, p + 1, end, *p, &plain);
        return p == NULL ? NULL : p + 1;
    case 't':
        return word(p, end, "true");
    case 'f':
        return word(p, end, "false");
    case 'n':
        return word(p, end, "null");
    case 'N':
        return lex->non_numeric ? word(p, end, "NaN") : NULL;
    case 'I':
        return lex->non_numeric ? word(p, end, "Infinity") : NULL;
    default:
        return mr_json_number(lex, p, end);
    }
}

static bool name_char(char c, bool first)
{
    if ((signed char)c < 0 || c == '_' || c == '$' || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
        return true;
    if (c == '@' || c == '#' || c == '*' || c == '-' || c == '+')
        return true;
    return !first && c >= '0' && c <= '9';
}

const char *mr_json_name(const mr_json_lex *lex, const char *p, const char *end, mr_str *name,
                         bool *plain)
{
    const char *at;

    if (p == NULL || p >= end)
        return NULL;
    if (*p == '"' || (*p == '\'' && lex->single_quotes)) {
        at = mr_json_string(lex, p + 1, end, *p, plain);
        if (at == NULL)
            return NULL;
        *name = (mr_str){ p + 1, (size_t)(at - p - 1) };
        p = at + 1;
    } else {
        if (!lex->unquoted_names || !name_char(*p, true))
            return NULL;
        for (at = p; at < end && name_char(*at, false);)
            at++;
        *name = (mr_str){ p, (size_t)(at - p) };
        *plain = mr_utf8_valid(*name);
        p = at;
    }
    p = mr_json_space(lex, p, end);
    if (p == NULL || p >= end || *p != ':')
        return NULL;
    return mr_json_space(lex, p + 1, end);
}

typedef struct nest {
    int depth;
    uint64_t object[(MR_JSON_DEPTH + 63) / 64 + 1]; /* one bit a level */
} nest;

static bool in_object(const nest *n)
{
    return n->object[(n->depth - 1) / 64] >> ((n->depth - 1) % 64) & 1;
}

static bool enter(nest *n, bool object)
{
    uint64_t bit = UINT64_C(1) << (n->depth % 64);

    if (n->depth >= MR_JSON_DEPTH)
        return false;
    if (object)
        n->object[n->depth / 64] |= bit;
    else
        n->object[n->depth / 64] &= ~bit;
    n->depth++;
    return true;
}

/* Behind a value: closes what ends there; p at the next value, or at the very end with depth 0. */
static const char *after_value(const mr_json_lex *lex, nest *n, const char *p, const char *end)
{
    mr_str name;
    bool plain;

    while (n->depth > 0) {
        p = mr_json_space(lex, p, end);
        if (p == NULL || p >= end)
            return NULL;
        if (*p == ',') {
            p = mr_json_space(lex, p + 1, end);
            return in_object(n) ? mr_json_name(lex, p, end, &name, &plain) : p;
        }
        if (*p != (in_object(n) ? '}' : ']'))
            return NULL;
        n->depth--;
        p++;
    }
    return p;
}

const char *mr_json_value(const mr_json_lex *lex, const char *p, const char *end)
{
    nest n;
    mr_str name;
    bool plain;

    if (p < end && *p != '{' && *p != '[')
        return scalar(lex, p, end);
    n.depth = 0;
    do {
        if (p == NULL || p >= end)
            return NULL;
        if (*p == '{' || *p == '[') {
            bool object = *p == '{';

            if (!enter(&n, object))
                return NULL;
            p = mr_json_space(lex, p + 1, end);
            if (p == NULL || p >= end)
                return NULL;
            if (*p != (object ? '}' : ']')) {
                p = object ? mr_json_name(lex, p, end, &name, &plain) : p;
                continue;
            }
            n.depth--;
            p = after_value(lex, &n, p + 1, end);
        } else {
            p = scalar(lex, p, end);
            p = p == NULL ? NULL : after_value(lex, &n, p, end);
        }
    } while (p == NULL || n.depth > 0);
    return p;
}

mr_json_kind mr_json_kind_of(const char *p, const char *end)
{
    switch (*p) {
    case '{':
        return MR_JSON_OBJECT;
    case '[':
        return MR_JSON_ARRAY;
    case '"':
    case '\'':
        return MR_JSON_STRING;
    case 't':
        return MR_JSON_TRUE;
    case 'f':
        return MR_JSON_FALSE;
    case 'n':
        return MR_JSON_NULL;
    default:
        break;
    }
    for (; p < end; p++)
        if (*p != '-' && !(*p >= '0' && *p <= '9'))
            return MR_JSON_FLOAT;
    return MR_JSON_INT;
}

typedef struct units {
    char *out;
    uint32_t high; /* a high surrogate waiting for its other half, or 0 */
} units;

static char *put_code(char *o, uint32_t c)
{
    if (c < 0x80) {
        *o++ = (char)c;
    } else if (c < 0x800) {
        *o++ = (char)(0xC0 | c >> 6);
        *o++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *o++ = (char)(0xE0 | c >> 12);
        *o++ = (char)(0x80 | (c >> 6 & 0x3F));
        *o++ = (char)(0x80 | (c & 0x3F));
    } else {
        *o++ = (char)(0xF0 | c >> 18);
        *o++ = (char)(0x80 | (c >> 12 & 0x3F));
        *o++ = (char)(0x80 | (c >> 6 & 0x3F));
        *o++ = (char)(0x80 | (c & 0x3F));
    }
    return o;
}

/* Adds a UTF-16 unit or a whole code point; halves of pairs that stay alone become '?'. */
static void put_unit(units *u, uint32_t c)
{
    if (u->high != 0) {
        uint32_t high = u->high;

        u->high = 0;
        if (c >= 0xDC00 && c <= 0xDFFF) {
            u->out = put_code(u->out, 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00));
            return;
        }
        *u->out++ = '?';
    }
    if (c >= 0xD800 && c <= 0xDBFF)
        u->high = c;
    else if ((c >= 0xDC00 && c <= 0xDFFF) || c > 0x10FFFF)
        *u->out++ = '?';
    else
        u->out = put_code(u->out, c);
}

static uint32_t escape_code(const char *p)
{
    switch (p[1]) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'u':
        return (uint32_t)(hex(p[2]) << 12 | hex(p[3]) << 8 | hex(p[4]) << 4 | hex(p[5]));
    default:
        return (unsigned char)p[1];
    }
}

mr_str mr_json_unescape(mr_str inside, mr_arena *arena)
{
    const char *p = inside.ptr;
    const char *end = p + inside.len;
    char *out = mr_arena_alloc(arena, inside.len * 2 + 4);
    units u = { out, 0 };

    while (p < end) {
        if (*p == '\\') {
            put_unit(&u, escape_code(p));
            p += p[1] == 'u' ? 6 : 2;
        } else if ((signed char)*p >= 0) {
            put_unit(&u, (unsigned char)*p++);
        } else {
            int n = loose_utf8(p, end);
            uint32_t c = (unsigned char)*p & (n == 2 ? 0x1Fu : n == 3 ? 0x0Fu : 0x07u);

            if (n == 0) /* a checked string has none */
                n = 1;
            for (int i = 1; i < n; i++)
                c = c << 6 | ((unsigned char)p[i] & 0x3Fu);
            put_unit(&u, c);
            p += n;
        }
    }
    if (u.high != 0)
        *u.out++ = '?';
    return (mr_str){ out, (size_t)(u.out - out) };
}
