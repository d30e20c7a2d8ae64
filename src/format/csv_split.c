/* csv_split.c - one record into tokens, with quotes, escapes and unescaped quotes as Univocity's
 * parser (which Spark uses) treats them. */
#include "format/csv_priv.h"

typedef struct split {
    const mr_csv_rules *rules;
    const char *p;
    const char *end;
    mr_arena *arena;
    char *out; /* where the characters of quoted values go */
    char *out_end;
    char *value; /* the start of the current one; one byte in front of it is free */
} split;

static void emit(split *s, char c)
{
    if (s->out == s->out_end) {
        size_t used = s->out == NULL ? 0 : (size_t)(s->out - s->value);
        char *block = mr_arena_alloc(s->arena, used * 2 + 256);

        if (used > 0)
            memcpy(block + 1, s->value, used);
        s->value = block + 1;
        s->out = s->value + used;
        s->out_end = block + used * 2 + 256;
    }
    *s->out++ = c;
}

static void start_value(split *s)
{
    if (s->out_end - s->out < 2)
        s->out = s->out_end = NULL;
    s->value = s->out == NULL ? NULL : ++s->out;
}

static bool at_sep(const split *s, const char *p)
{
    size_t n = s->rules->sep.len;

    return p < s->end && *p == s->rules->sep.ptr[0] && (size_t)(s->end - p) >= n &&
           (n == 1 || memcmp(p, s->rules->sep.ptr, n) == 0);
}

static bool at_newline(const split *s, const char *p)
{
    return s->rules->multi_line && p < s->end &&
           (*p == '\n' || (*p == '\r' && p + 1 < s->end && p[1] == '\n'));
}

static bool at_stop(const split *s, const char *p)
{
    return p >= s->end || at_sep(s, p) || at_newline(s, p);
}

static bool is_space(char c)
{
    return (unsigned char)c <= ' ';
}

static mr_str trimmed(const split *s, const char *from, const char *to)
{
    while (s->rules->trim_trailing && to > from && is_space(to[-1]))
        to--;
    return (mr_str){ from, (size_t)(to - from) };
}

/* Unquoted text up to the separator. */
static mr_str plain_value(split *s)
{
    const char *from = s->p;

    while (!at_stop(s, s->p))
        s->p++;
    return trimmed(s, from, s->p);
}

static void copy_until_stop(split *s)
{
    while (!at_stop(s, s->p))
        emit(s, *s->p++);
}

static mr_str finish(split *s)
{
    return (mr_str){ s->value, (size_t)(s->out - s->value) };
}

/* A quote inside a quoted value that is neither escaped nor at its end, and c behind it.  true:
 * *result is the value, else parsing goes on. */
static bool unescaped_quote(split *s, const char *start, mr_str *result)
{
    switch (s->rules->unescaped) {
    case MR_CSV_STOP_AT_CLOSING_QUOTE:
        return false;
    case MR_CSV_BACK_TO_DELIMITER:
        s->p = start;
        *result = plain_value(s);
        return true;
    case MR_CSV_SKIP_VALUE:
        while (!at_stop(s, s->p))
            s->p++;
        *result = (mr_str){ NULL, 0 };
        return true;
    default:
        *--s->value = s->rules->quote;
        copy_until_stop(s);
        *result = trimmed(s, s->value, s->out);
        return true;
    }
}

/* A quote or an escape at s->p; returns what counts as the previous character from now on. */
static char quote_or_escape(split *s, char prev)
{
    const mr_csv_rules *r = s->rules;
    char c = *s->p;

    if (c == r->escape && r->escape_escape != '\0' && prev == r->escape_escape) {
        emit(s, r->escape);
        return '\0';
    }
    if (prev == r->escape && prev != '\0') {
        if (c == r->quote) {
            emit(s, r->quote);
            return '\0';
        }
        emit(s, prev);
    } else if (prev == r->quote) {
        emit(s, r->quote);
    }
    return c;
}

/* Behind a closing quote stands white space: more text behind it makes the quote an unescaped one.
 */
static bool only_space_left(split *s)
{
    const char *p = s->p;

    while (p < s->end && is_space(*p) && !at_stop(s, p))
        p++;
    if (at_stop(s, p)) {
        s->p = p;
        return true;
    }
    emit(s, s->rules->quote);
    while (s->p < p)
        emit(s, *s->p++);
    return false;
}

/* s->p at the opening quote.  false: refused. */
static bool quoted_value(split *s, mr_str *result)
{
    const mr_csv_rules *r = s->rules;
    const char *start = s->p++;
    char prev = '\0';

    start_value(s);
    if (s->p == s->end)
        emit(s, r->quote);
    while (s->p < s->end) {
        char c = *s->p;

        if (prev == r->quote && (is_space(c) || at_stop(s, s->p))) {
            if (at_stop(s, s->p) || only_space_left(s))
                break;
            if (r->unescaped == MR_CSV_RAISE_ERROR)
                return false;
            if (unescaped_quote(s, start, result))
                return true;
            prev = *s->p++;
            emit(s, prev);
            continue;
        }
        if (c == r->quote || (c == r->escape && c != '\0')) {
            prev = quote_or_escape(s, prev);
            s->p++;
            continue;
        }
        if (prev == r->quote) {
            if (r->unescaped == MR_CSV_RAISE_ERROR)
                return false;
            emit(s, r->quote);
            if (unescaped_quote(s, start, result))
                return true;
        } else if (prev == r->escape && prev != '\0') {
            emit(s, prev);
        }
        prev = *s->p++;
        emit(s, prev);
        if (prev == r->escape_escape)
            prev = '\1';
    }
    *result = s->out == s->value ? r->empty_value : finish(s);
    return true;
}

static bool push(const mr_csv_rules *rules, mr_csv_tokens *tokens, mr_str token)
{
    if (tokens->n >= rules->max_columns ||
        (rules->max_chars >= 0 && token.len > (size_t)rules->max_chars))
        return false;
    MR_PUSH(tokens->items, tokens->n, tokens->capacity, token);
    return true;
}

bool mr_csv_split(const mr_csv_rules *rules, const char **p, const char *end, mr_arena *arena,
                  mr_csv_tokens *tokens)
{
    split s = { .rules = rules, .p = *p, .end = end, .arena = arena };

    tokens->n = 0;
    for (;;) {
        mr_str token = { NULL, 0 };

        while (rules->trim_leading && s.p < end && is_space(*s.p) && !at_stop(&s, s.p))
            s.p++;
        if (at_stop(&s, s.p)) {
            ;
        } else if (rules->quote != '\0' && *s.p == rules->quote) {
            if (!quoted_value(&s, &token))
                return false;
        } else {
            token = plain_value(&s);
            if (token.len == 0)
                token.ptr = NULL;
        }
        if (!push(rules, tokens, token))
            return false;
        if (!at_sep(&s, s.p))
            break;
        s.p += rules->sep.len;
    }
    if (s.p < end && *s.p == '\r')
        s.p++;
    *p = s.p < end ? s.p + 1 : end;
    return true;
}
