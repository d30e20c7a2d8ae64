/* parser.c - looking at tokens, eating them, names, and errors with their place. */
#include "sql/sql_priv.h"

#include <stdio.h>

void mr_xexpr_list_add(mr_arena *arena, mr_xexpr_list *list, mr_xexpr *item)
{
    if (list->n == list->capacity) {
        int more = list->capacity == 0 ? 4 : list->capacity * 2;
        mr_xexpr **items = MR_NEW_ARRAY(arena, mr_xexpr *, more);

        if (list->n > 0)
            memcpy(items, list->items, sizeof(*items) * (size_t)list->n);
        list->items = items;
        list->capacity = more;
    }
    list->items[list->n++] = item;
}

void mr_str_list_add(mr_arena *arena, mr_str_list *list, mr_str item)
{
    if (list->n == list->capacity) {
        int more = list->capacity == 0 ? 4 : list->capacity * 2;
        mr_str *items = MR_NEW_ARRAY(arena, mr_str, more);

        if (list->n > 0)
            memcpy(items, list->items, sizeof(*items) * (size_t)list->n);
        list->items = items;
        list->capacity = more;
    }
    list->items[list->n++] = item;
}

const mr_token *mr_parser_peek(const mr_parser *p, int ahead)
{
    int i = p->at + ahead;

    return &p->tokens[i < p->n_tokens ? i : p->n_tokens - 1];
}

mr_str mr_parser_text(const mr_parser *p, const mr_token *token)
{
    return mr_str_slice(p->text, (size_t)token->start, (size_t)token->end);
}

bool mr_parser_is_word(const mr_parser *p, int ahead, const char *word)
{
    const mr_token *t = mr_parser_peek(p, ahead);

    return t->kind == MR_T_WORD && mr_str_is_nocase(mr_parser_text(p, t), word);
}

bool mr_parser_is_words(const mr_parser *p, const char *first, const char *second)
{
    return mr_parser_is_word(p, 0, first) && mr_parser_is_word(p, 1, second);
}

bool mr_parser_is_one_of(const mr_parser *p, int ahead, const char *const *words)
{
    for (; *words != NULL; words++)
        if (mr_parser_is_word(p, ahead, *words))
            return true;
    return false;
}

bool mr_parser_is_op(const mr_parser *p, int ahead, uint32_t op)
{
    const mr_token *t = mr_parser_peek(p, ahead);

    return t->kind == MR_T_SYMBOL && t->op == op;
}

bool mr_parser_eat_word(mr_parser *p, const char *word)
{
    bool found = mr_parser_is_word(p, 0, word);

    p->at += found;
    return found;
}

bool mr_parser_eat_words(mr_parser *p, const char *first, const char *second)
{
    bool found = mr_parser_is_words(p, first, second);

    p->at += found ? 2 : 0;
    return found;
}

bool mr_parser_eat_op(mr_parser *p, uint32_t op)
{
    bool found = mr_parser_is_op(p, 0, op);

    p->at += found;
    return found;
}

/* Line (1-based) and position in it (0-based, in characters) of a byte. */
static void locate(mr_str text, int offset, int *line, int *pos)
{
    *line = 1;
    *pos = 0;
    for (int i = 0; i < offset && (size_t)i < text.len; i++) {
        if (text.ptr[i] == '\n') {
            ++*line;
            *pos = 0;
        } else if (((unsigned char)text.ptr[i] & 0xC0) != 0x80) {
            ++*pos;
        }
    }
}

mr_status mr_parser_mark(mr_parser *p, int offset, mr_status status)
{
    mr_error *err = p->err;
    mr_buf out = { 0 };
    size_t from = 0;
    int line, pos;

    if (err == NULL)
        return status;
    locate(p->text, offset, &line, &pos);
    mr_buf_printf(&out, "%s (line %d, pos %d)\n\n== SQL ==\n", err->message, line, pos);
    for (int i = 1; from <= p->text.len; i++) {
        size_t end = mr_str_find(p->text, '\n', from);

        mr_buf_add(&out, mr_str_slice(p->text, from, end));
        mr_buf_putc(&out, '\n');
        if (i == line) {
            mr_buf_fill(&out, '-', (size_t)pos);
            mr_buf_puts(&out, "^^^\n");
        }
        from = end + 1;
    }
    snprintf(err->message, sizeof(err->message), "%s", mr_buf_cstr(&out));
    mr_buf_free(&out);
    return status;
}

/* Spark's hint: ": extra input 'x'" or ": missing ')'"; or empty. */
static mr_status fail_with_hint(mr_parser *p, mr_str hint)
{
    const mr_token *t = mr_parser_peek(p, 0);
    mr_str near = MR_STR("end of input"), shown = mr_parser_text(p, t);

    if (t->kind != MR_T_END)
        near = mr_arena_printf(p->arena, "'%.*s'", (int)(shown.len > 200 ? 200 : shown.len),
                               shown.ptr);
    return mr_parser_mark(p, t->start,
                          mr_raise(p->err, MR_EXC_PARSE, "PARSE_SYNTAX_ERROR", "error",
                                   mr_arena_cstr(p->arena, near), "hint",
                                   mr_arena_cstr(p->arena, hint), NULL));
}

mr_status mr_parser_fail(mr_parser *p)
{
    return fail_with_hint(p, MR_STR(""));
}

mr_status mr_parser_unsupported(mr_parser *p, const char *what)
{
    mr_str text = mr_str_slice(p->text, 0, 200);

    mr_raise(p->err, MR_EXC_PARSE, "INVALID_SQL_SYNTAX.UNSUPPORTED_SQL_STATEMENT", "sqlText",
             mr_arena_cstr(p->arena, text), NULL);
    mr_error_hint(p->err, "%s is not supported yet.", what);
    return mr_parser_mark(p, mr_parser_start(p), MR_UNSUPPORTED);
}

mr_status mr_parser_expect_word(mr_parser *p, const char *word)
{
    if (mr_parser_eat_word(p, word))
        return MR_OK;
    if (mr_parser_peek(p, 0)->kind == MR_T_END)
        return fail_with_hint(p, mr_arena_printf(p->arena, ": missing '%s'", word));
    return mr_parser_fail(p);
}

mr_status mr_parser_expect_op(mr_parser *p, uint32_t op)
{
    if (mr_parser_eat_op(p, op))
        return MR_OK;
    if (mr_parser_peek(p, 0)->kind == MR_T_END && op < 0x100)
        return fail_with_hint(p, mr_arena_printf(p->arena, ": missing '%c'", (char)op));
    return mr_parser_fail(p);
}

mr_status mr_parser_finish(mr_parser *p)
{
    const mr_token *t, *next;

    while (mr_parser_eat_op(p, MR_OP1(';')))
        ;
    t = mr_parser_peek(p, 0);
    next = mr_parser_peek(p, 1);
    if (t->kind == MR_T_END)
        return MR_OK;
    if (next->kind == MR_T_END || next->op == MR_OP1(';'))
        return fail_with_hint(
            p, mr_arena_printf(p->arena, ": extra input '%.*s'", MR_STR_ARG(mr_parser_text(p, t))));
    return mr_parser_fail(p);
}

static mr_status too_complex(mr_parser *p)
{
    return mr_parser_mark(p, mr_parser_start(p),
                          mr_raise(p->err, MR_EXC_PARSE, "FAILED_TO_PARSE_TOO_COMPLEX", NULL));
}

mr_status mr_parser_enter(mr_parser *p)
{
    return ++p->depth > MR_SQL_DEPTH_MAX ? too_complex(p) : MR_OK;
}

void mr_parser_leave(mr_parser *p)
{
    MR_ASSERT(p->depth > 0);
    p->depth--;
}

mr_status mr_parser_grow(mr_parser *p)
{
    return ++p->height > MR_SQL_HEIGHT_MAX ? too_complex(p) : MR_OK;
}

int mr_parser_start(const mr_parser *p)
{
    return mr_parser_peek(p, 0)->start;
}

int mr_parser_stop(const mr_parser *p)
{
    return p->at == 0 ? 0 : p->tokens[p->at - 1].end - 1;
}

bool mr_parser_is_name(const mr_parser *p, int ahead)
{
    mr_token_kind kind = (mr_token_kind)mr_parser_peek(p, ahead)->kind;

    return kind == MR_T_WORD || kind == MR_T_QUOTED;
}

/* What stands between backquotes; doubled ones are one. */
static mr_str unquote(mr_parser *p, mr_str text)
{
    char *out;
    size_t n = 0;

    if (text.len < 2 || text.ptr[0] != '`')
        return text;
    out = mr_arena_alloc(p->arena, text.len);
    for (size_t i = 1; i + 1 < text.len; i++) {
        out[n++] = text.ptr[i];
        i += text.ptr[i] == '`';
    }
    return (mr_str){ out, n };
}

static mr_status check_letters(mr_parser *p, mr_str word)
{
    const char *text;

    for (size_t i = 0; i < word.len; i++)
        if ((unsigned char)word.ptr[i] >= 0x80) {
            text = mr_arena_cstr(p->arena, word);
            mr_raise(p->err, MR_EXC_PARSE, "INVALID_IDENTIFIER", "ident", text, NULL);
            return mr_parser_mark(p, mr_parser_start(p), MR_INVALID);
        }
    return MR_OK;
}

mr_status mr_parser_name(mr_parser *p, mr_str *out)
{
    mr_str word;

    if (!mr_parser_is_name(p, 0))
        return mr_parser_fail(p);
    word = mr_parser_text(p, mr_parser_peek(p, 0));
    if (word.len > 0 && word.ptr[0] != '`')
        MR_TRY(check_letters(p, word));
    *out = unquote(p, word);
    p->at++;
    return MR_OK;
}

static bool needs_quotes(mr_str part)
{
    for (size_t i = 0; i < part.len; i++)
        if (!((part.ptr[i] >= 'a' && part.ptr[i] <= 'z') ||
              (part.ptr[i] >= 'A' && part.ptr[i] <= 'Z') ||
              (part.ptr[i] >= '0' && part.ptr[i] <= '9') || part.ptr[i] == '_' ||
              (unsigned char)part.ptr[i] >= 0x80))
            return true;
    return part.len == 0;
}

mr_str mr_parser_join_name(mr_parser *p, const mr_str_list *parts)
{
    mr_buf buf = { 0 };
    mr_str out;

    for (int i = 0; i < parts->n; i++) {
        mr_str part = parts->items[i];
        bool quotes = needs_quotes(part);

        if (i > 0)
            mr_buf_putc(&buf, '.');
        if (quotes)
            mr_buf_putc(&buf, '`');
        for (size_t k = 0; k < part.len; k++) {
            if (part.ptr[k] == '`')
                mr_buf_putc(&buf, '`');
            mr_buf_putc(&buf, part.ptr[k]);
        }
        if (quotes)
            mr_buf_putc(&buf, '`');
    }
    out = mr_arena_str(p->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return out;
}

mr_status mr_parser_dotted(mr_parser *p, mr_str *out, mr_str_list *parts)
{
    mr_str_list own = { 0 };
    mr_str part;

    if (parts == NULL)
        parts = &own;
    MR_TRY(mr_parser_name(p, &part));
    mr_str_list_add(p->arena, parts, part);
    while (mr_parser_is_op(p, 0, MR_OP1('.')) && mr_parser_is_name(p, 1)) {
        p->at++;
        MR_TRY(mr_parser_name(p, &part));
        mr_str_list_add(p->arena, parts, part);
    }
    *out = mr_parser_join_name(p, parts);
    return MR_OK;
}

mr_status mr_parser_name_list(mr_parser *p, mr_str_list *out)
{
    MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
    do {
        mr_str name;

        MR_TRY(mr_parser_name(p, &name));
        mr_str_list_add(p->arena, out, name);
    } while (mr_parser_eat_op(p, MR_OP1(',')));
    return mr_parser_expect_op(p, MR_OP1(')'));
}
