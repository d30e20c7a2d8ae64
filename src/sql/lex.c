/* lex.c - SQL text to tokens.
 *
 * Keywords are words like any other: Spark reserves hardly any of them, so the parser decides by
 * place.
 */
#include "sql/sql_priv.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static char byte_at(mr_str text, int at)
{
    return (size_t)at < text.len ? text.ptr[at] : '\0';
}

/* End of a quoted token, or -1 when it is not closed.  A doubled quote stands for one. */
static int end_of_quoted(mr_str text, int at, bool escapes)
{
    char quote = text.ptr[at];

    for (int i = at + 1; (size_t)i < text.len; i++) {
        if (text.ptr[i] == '\\' && escapes)
            i++;
        else if (text.ptr[i] == quote && byte_at(text, i + 1) == quote && escapes | (quote == '`'))
            i++;
        else if (text.ptr[i] == quote)
            return i + 1;
    }
    return -1;
}

/* End of a bracketed comment, which nests, or -1. */
static int end_of_comment(mr_str text, int at)
{
    int depth = 0;

    for (int i = at; (size_t)i + 1 < text.len; i++) {
        if (text.ptr[i] == '/' && text.ptr[i + 1] == '*') {
            depth++;
            i++;
        } else if (text.ptr[i] == '*' && text.ptr[i + 1] == '/') {
            i++;
            if (--depth == 0)
                return i + 1;
        }
    }
    return -1;
}

/* End of the spaces and comments at `at`; -1: a comment is not closed. */
static int skip_gap(mr_str text, int at)
{
    for (;;) {
        char c = byte_at(text, at);

        if ((size_t)at >= text.len)
            return at;
        if (is_space(c)) {
            at++;
        } else if (c == '-' && byte_at(text, at + 1) == '-') {
            at = (int)mr_str_find(text, '\n', (size_t)at);
        } else if (c == '/' && byte_at(text, at + 1) == '*') {
            at = end_of_comment(text, at);
            if (at < 0)
                return -1;
        } else {
            return at;
        }
    }
}

static int skip_digits(mr_str text, int at)
{
    while (is_digit(byte_at(text, at)))
        at++;
    return at;
}

/* End of an exponent "e-5" at `at`, or `at`. */
static int skip_exponent(mr_str text, int at)
{
    int i = at;

    if ((byte_at(text, i) | 0x20) != 'e')
        return at;
    i++;
    if (byte_at(text, i) == '+' || byte_at(text, i) == '-')
        i++;
    return is_digit(byte_at(text, i)) ? skip_digits(text, i) : at;
}

static int skip_suffix(mr_str text, int at, bool integer)
{
    char c = (char)(byte_at(text, at) | 0x20);

    if (c == 'b' && (byte_at(text, at + 1) | 0x20) == 'd')
        return at + 2;
    if (c == 'f' || c == 'd' || (integer && (c == 'l' || c == 's' || c == 'y')))
        return at + 1;
    return at;
}

/* A number at `at`, or a word that begins with digits. */
static mr_token lex_number(mr_str text, int at)
{
    mr_token t = { .kind = MR_T_INTEGER, .start = at };
    int i = skip_digits(text, at), end, word;

    if (byte_at(text, i) == '.') {
        t.kind = MR_T_DECIMAL;
        i = skip_digits(text, i + 1);
    }
    end = skip_exponent(text, i);
    if (end > i)
        t.kind = MR_T_EXPONENT;
    i = end;
    end = skip_suffix(text, i, t.kind == MR_T_INTEGER);
    if (end > i)
        t.kind = MR_T_SUFFIXED;
    for (word = end; is_word(byte_at(text, word));)
        word++;
    if (word > end) { /* 2nd, 1e5x: a word, unless a point stands in it */
        bool point = memchr(text.ptr + at, '.', (size_t)(end - at)) != NULL;

        t.kind = point ? MR_T_BAD : MR_T_WORD;
        end = word;
    }
    t.end = end;
    return t;
}

static mr_token lex_symbol(mr_str text, int at)
{
    static const char *const symbols[] = { ">>>", "<=>", "<=", ">=", "<>", "!=", "==",
                                           "||",  "->",  "=>", "::", "<<", ">>" };
    mr_token t = { .kind = MR_T_SYMBOL, .start = at, .end = at + 1 };
    mr_str rest = mr_str_slice(text, (size_t)at, text.len);

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (mr_str_starts(rest, symbols[i])) {
            t.end = at + (int)strlen(symbols[i]);
            break;
        }
    for (int i = t.start; i < t.end; i++)
        t.op = t.op << 8 | (unsigned char)text.ptr[i];
    if (t.end == at + 1 && strchr("()[],.;:+-*/%~&|^<>=!?@", text.ptr[at]) == NULL)
        t.kind = MR_T_BAD;
    return t;
}

static mr_token lex_quoted(mr_str text, int at, int quote_at)
{
    mr_token t = { .kind = MR_T_STRING, .start = at };

    if (text.ptr[quote_at] == '`')
        t.kind = MR_T_QUOTED;
    else if (quote_at > at)
        t.kind = MR_T_RAW;
    t.end = end_of_quoted(text, quote_at, t.kind == MR_T_STRING);
    if (t.end < 0)
        t = (mr_token){ .kind = MR_T_BAD, .start = at, .end = at + 1 };
    return t;
}

/* The token at `at`, where no gap is. */
static mr_token lex_one(mr_str text, int at)
{
    char c = byte_at(text, at), next = byte_at(text, at + 1);
    mr_token t = { .kind = MR_T_WORD, .start = at, .end = at };

    if (c == '\'' || c == '"' || c == '`')
        return lex_quoted(text, at, at);
    if ((c == 'r' || c == 'R') && (next == '\'' || next == '"'))
        return lex_quoted(text, at, at + 1);
    if (is_digit(c) || (c == '.' && is_digit(next)))
        return lex_number(text, at);
    while (is_word(byte_at(text, t.end)))
        t.end++;
    return t.end > at ? t : lex_symbol(text, at);
}

int mr_lex_skip_one(mr_str text, int at)
{
    int gap = skip_gap(text, at);

    if (gap < 0)
        return (int)text.len;
    return gap > at ? gap : lex_one(text, at).end;
}

bool mr_lex_is_blank(mr_str text)
{
    return skip_gap(text, 0) == (int)text.len;
}

static void add_token(mr_parser *p, mr_token t, int *capacity)
{
    if (p->n_tokens == *capacity) {
        int more = *capacity == 0 ? 64 : *capacity * 2;
        mr_token *tokens = MR_NEW_ARRAY(p->arena, mr_token, more);

        if (p->n_tokens > 0)
            memcpy(tokens, p->tokens, sizeof(*tokens) * (size_t)p->n_tokens);
        p->tokens = tokens;
        *capacity = more;
    }
    p->tokens[p->n_tokens++] = t;
}

/* "1.a" and "t.1": after a name and a point, digits are a word of their own; ".5" stays a number
 * elsewhere. */
static mr_token lex_after(const mr_parser *p, int at)
{
    const mr_token *last = p->n_tokens > 0 ? &p->tokens[p->n_tokens - 1] : NULL;

    if (last != NULL && last->end == at && p->text.ptr[at] == '.' &&
        (last->kind == MR_T_WORD || last->kind == MR_T_QUOTED || last->op == MR_OP1(')') ||
         last->op == MR_OP1(']')))
        return (mr_token){ .kind = MR_T_SYMBOL, .op = MR_OP1('.'), .start = at, .end = at + 1 };
    return lex_one(p->text, at);
}

mr_status mr_lex(mr_parser *p)
{
    int capacity = 0, at = 0;

    if (p->text.len > MR_SQL_TEXT_MAX)
        return mr_raise(p->err, MR_EXC_PARSE, "FAILED_TO_PARSE_TOO_COMPLEX", NULL);
    for (;;) {
        int next = skip_gap(p->text, at);
        mr_token t;

        if (next < 0) {
            MR_TRY(mr_parser_mark(
                p, at, mr_raise(p->err, MR_EXC_PARSE, "UNCLOSED_BRACKETED_COMMENT", NULL)));
        }
        if ((size_t)next >= p->text.len)
            break;
        t = lex_after(p, next);
        add_token(p, t, &capacity);
        at = t.end;
    }
    add_token(p, (mr_token){ .kind = MR_T_END, .start = (int)p->text.len, .end = (int)p->text.len },
              &capacity);
    return MR_OK;
}
