/* sql.c - the door: statements, scripts, queries, expressions. */
#include "sql/sql_priv.h"

static mr_status start(mr_parser *p, mr_arena *arena, mr_str text, mr_error *err)
{
    *p = (mr_parser){ .arena = arena, .text = text, .err = err };
    MR_TRY(mr_lex(p));
    if (p->n_tokens == 1)
        return mr_parser_mark(p, (int)text.len,
                              mr_raise(err, MR_EXC_PARSE, "PARSE_EMPTY_STATEMENT", NULL));
    return MR_OK;
}

mr_status mr_sql_parse(mr_arena *arena, mr_str text, mr_statement *out, mr_error *err)
{
    mr_parser p;

    *out = (mr_statement){ .text = text };
    MR_TRY(start(&p, arena, text, err));
    return mr_statement_parse(&p, out);
}

mr_status mr_sql_parse_query(mr_arena *arena, mr_str text, mr_xrel **out, mr_error *err)
{
    mr_parser p;

    MR_TRY(start(&p, arena, text, err));
    MR_TRY(mr_query_parse(&p, out));
    return mr_parser_finish(&p);
}

mr_status mr_sql_parse_expr(mr_arena *arena, mr_str text, mr_xexpr **out, mr_error *err)
{
    mr_parser p;

    MR_TRY(start(&p, arena, text, err));
    MR_TRY(mr_expr_parse_named(&p, out));
    return mr_parser_finish(&p);
}

/* End of the statement that starts at `at`: its ';' or the text's end. */
static int end_of_statement(mr_str text, int at)
{
    while ((size_t)at < text.len && text.ptr[at] != ';')
        at = mr_lex_skip_one(text, at);
    return at > (int)text.len ? (int)text.len : at;
}

/* The text without spaces at its ends and comments at its start, which keep no place in messages.
 */
static mr_status parse_one(mr_arena *arena, mr_str text, int offset, mr_statement *out,
                           mr_error *err)
{
    mr_status status;

    while (text.len > 0 && (unsigned char)text.ptr[0] <= ' ') {
        text = mr_str_slice(text, 1, text.len);
        offset++;
    }
    status = mr_sql_parse(arena, mr_str_trim(text), out, err);
    out->start = offset;
    return status;
}

mr_status mr_sql_parse_script(mr_arena *arena, mr_str text, mr_statement **out, int *n,
                              mr_error *err)
{
    int capacity = 0;

    *out = NULL;
    *n = 0;
    if (text.len > MR_SQL_TEXT_MAX)
        return mr_raise(err, MR_EXC_PARSE, "FAILED_TO_PARSE_TOO_COMPLEX", NULL);
    for (int at = 0; (size_t)at < text.len;) {
        int end = end_of_statement(text, at);
        mr_str one = mr_str_slice(text, (size_t)at, (size_t)end);

        if (!mr_lex_is_blank(one)) {
            if (*n == capacity) {
                mr_statement *more = MR_NEW_ARRAY(arena, mr_statement, capacity = capacity * 2 + 8);

                if (*n > 0)
                    memcpy(more, *out, sizeof(*more) * (size_t)*n);
                *out = more;
            }
            MR_TRY(parse_one(arena, one, at, &(*out)[*n], err));
            ++*n;
        }
        at = end + 1;
    }
    return MR_OK;
}
