/* context.c - the query context that Spark puts after the text of a runtime error: the line of SQL
 * with the expression underlined, or the DataFrame call that made it.
 */
#include "expr/program_priv.h"

#include <stdio.h>
#include <string.h>

#define EXTRA_MAX 32 /* characters of the line shown on either side of the expression */

/* Conditions that carry a context; others are raised without one. */
static const char *const with_context[] = {
    "DIVIDE_BY_ZERO",      "REMAINDER_BY_ZERO",          "INTERVAL_DIVIDED_BY_ZERO",
    "ARITHMETIC_OVERFLOW", "CAST_INVALID_INPUT",         "NUMERIC_VALUE_OUT_OF_RANGE",
    "INVALID_ARRAY_INDEX", "BINARY_ARITHMETIC_OVERFLOW", "INVALID_ARRAY_INDEX_IN_ELEMENT_AT",
};

static bool has_context(const mr_expr *e, const mr_error *err)
{
    if (e->kind == MR_E_CALL && e->n_args == 1 &&
        strcmp(err->condition, "ARITHMETIC_OVERFLOW") == 0)
        return false; /* negation and abs */
    for (size_t i = 0; i < sizeof(with_context) / sizeof(with_context[0]); i++) {
        size_t n = strlen(with_context[i]);

        if (strncmp(err->condition, with_context[i], n) == 0 &&
            (err->condition[n] == '\0' || err->condition[n] == '.'))
            return true;
    }
    return false;
}

/* The line around [start, stop], cut where it goes on for long; *first is its first byte. */
static mr_str line_around(mr_str text, size_t start, size_t stop, size_t *first, bool cut[2])
{
    size_t from = start, to = stop + 1;

    while (from > 0 && text.ptr[from - 1] != '\n' && start - from < EXTRA_MAX)
        from--;
    while (to < text.len && text.ptr[to] != '\n' && to - stop - 1 < EXTRA_MAX)
        to++;
    cut[0] = from > 0 && text.ptr[from - 1] != '\n';
    cut[1] = to < text.len && text.ptr[to] != '\n';
    *first = from;
    return mr_str_slice(text, from, to);
}

static void underline(mr_str line, size_t first, const mr_expr *e, mr_buf *out)
{
    for (size_t i = 0; i < line.len; i++) {
        size_t at = first + i;

        if (at <= (size_t)e->sql_stop && ((uint8_t)line.ptr[i] & 0xc0) != 0x80)
            mr_buf_putc(out, at < (size_t)e->sql_start ? ' ' : '^');
    }
    mr_buf_putc(out, '\n');
}

static void position(const mr_expr *e, int *line, int *column)
{
    *line = 1;
    *column = 1;
    for (int i = 0; i < e->sql_start; i++) {
        char c = e->sql_text.ptr[i];

        if (c == '\n') {
            ++*line;
            *column = 1;
        } else if (((uint8_t)c & 0xc0) != 0x80) {
            ++*column;
        }
    }
}

static void print_sql(const mr_expr *e, mr_buf *out)
{
    size_t first;
    bool cut[2];
    mr_str shown = line_around(e->sql_text, (size_t)e->sql_start, (size_t)e->sql_stop, &first, cut);
    int line, column;

    position(e, &line, &column);
    mr_buf_printf(out, "== SQL (line %d, position %d) ==\n", line, column);
    for (size_t at = 0; at < shown.len;) {
        size_t end = mr_str_find(shown, '\n', at);
        mr_str part = mr_str_slice(shown, at, end);
        bool dots = cut[0] && at == 0;

        mr_buf_printf(out, "%s%.*s%s\n%s", dots ? "..." : "", MR_STR_ARG(part),
                      cut[1] && end >= shown.len ? "..." : "", dots ? "   " : "");
        underline(part, first + at, e, out);
        at = end + 1;
    }
}

mr_status mr_expr_context(const mr_expr *e, mr_status status, mr_error *err)
{
    mr_buf text = { 0 };
    size_t used;

    if (status == MR_OK || err == NULL || err->fragment[0] != '\0' || !has_context(e, err))
        return status;
    if (e->sql_start >= 0 && e->sql_stop >= e->sql_start && (size_t)e->sql_stop < e->sql_text.len) {
        print_sql(e, &text);
        mr_error_at(err, e->sql_start, e->sql_stop,
                    mr_str_slice(e->sql_text, (size_t)e->sql_start, (size_t)e->sql_stop + 1));
    } else if (e->call_name.len > 0) {
        mr_buf_printf(&text, "== DataFrame ==\n\"%.*s\" was called from\n%.*s\n",
                      MR_STR_ARG(e->call_name), MR_STR_ARG(e->call_site));
        mr_error_at(err, -1, -1, e->call_name);
    } else {
        return status;
    }
    used = strlen(err->message);
    snprintf(err->message + used, sizeof(err->message) - used, "\n%s", mr_buf_cstr(&text));
    mr_buf_free(&text);
    return status;
}
