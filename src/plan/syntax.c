/* syntax.c - making syntax nodes; names in parts. */
#include "plan/syntax.h"

mr_xexpr *mr_xexpr_new(mr_arena *arena, mr_xexpr_kind kind)
{
    mr_xexpr *e = MR_NEW(arena, mr_xexpr);

    e->kind = kind;
    e->sql_start = e->sql_stop = -1;
    return e;
}

mr_xexpr *mr_xexpr_attribute(mr_arena *arena, mr_str name)
{
    mr_xexpr *e = mr_xexpr_new(arena, MR_X_ATTRIBUTE);

    e->name = name;
    return e;
}

mr_xexpr *mr_xexpr_function(mr_arena *arena, const char *name, mr_xexpr **args, int n_args)
{
    mr_xexpr *e = mr_xexpr_new(arena, MR_X_FUNCTION);

    e->name = mr_arena_str(arena, mr_str_from(name));
    e->args = args;
    e->n_args = n_args;
    return e;
}

mr_xexpr *mr_xexpr_literal(mr_arena *arena, mr_scalar value)
{
    mr_xexpr *e = mr_xexpr_new(arena, MR_X_LITERAL);

    e->literal = value;
    return e;
}

mr_xexpr *mr_xexpr_alias(mr_arena *arena, mr_xexpr *child, mr_str name)
{
    mr_xexpr *e = mr_xexpr_new(arena, MR_X_ALIAS);

    e->args = MR_NEW_ARRAY(arena, mr_xexpr *, 1);
    e->args[0] = child;
    e->n_args = 1;
    e->names = MR_NEW_ARRAY(arena, mr_str, 1);
    e->names[0] = name;
    e->n_names = 1;
    return e;
}

mr_xrel *mr_xrel_new(mr_arena *arena, mr_xrel_kind kind, mr_xrel *input)
{
    mr_xrel *r = MR_NEW(arena, mr_xrel);

    r->kind = kind;
    r->input = input;
    r->sql_start = r->sql_stop = -1;
    return r;
}

static mr_status bad_name(mr_arena *arena, mr_str text, mr_error *err)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_ATTRIBUTE_NAME_SYNTAX", "name",
                    mr_arena_printf(arena, "`%.*s`", MR_STR_ARG(text)).ptr, NULL);
}

/* Copies the backquoted part at text[at] into out; returns the index behind it, or 0 = not closed.
 */
static size_t read_quoted(mr_str text, size_t at, char *out, size_t *n)
{
    for (size_t i = at + 1; i < text.len; i++) {
        if (text.ptr[i] == '`' && i + 1 < text.len && text.ptr[i + 1] == '`')
            i++;
        else if (text.ptr[i] == '`')
            return i + 1;
        out[(*n)++] = text.ptr[i];
    }
    return 0;
}

mr_status mr_syntax_split_name(mr_arena *arena, mr_str text, mr_str **parts, int *n_parts,
                               mr_error *err)
{
    char *bytes = mr_arena_alloc(arena, text.len + 1);
    size_t n = 0, at = 0, most = 1;

    for (size_t i = 0; i < text.len; i++)
        most += text.ptr[i] == '.';
    *parts = MR_NEW_ARRAY(arena, mr_str, most);
    *n_parts = 0;
    for (;;) {
        size_t start = n;

        if (at < text.len && text.ptr[at] == '`') {
            at = read_quoted(text, at, bytes, &n);
            if (at == 0 || (at < text.len && text.ptr[at] != '.'))
                return bad_name(arena, text, err);
        } else {
            for (; at < text.len && text.ptr[at] != '.'; at++) {
                if (text.ptr[at] == '`')
                    return bad_name(arena, text, err);
                bytes[n++] = text.ptr[at];
            }
            if (n == start && text.len > 0)
                return bad_name(arena, text, err);
        }
        (*parts)[(*n_parts)++] = (mr_str){ bytes + start, n - start };
        if (at >= text.len)
            return MR_OK;
        at++; /* the point */
    }
}
