/* text.c - names, types and positions as Spark's messages spell them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyze/analyze_priv.h"

static const char *keep(mr_arena *arena, mr_buf *buf)
{
    const char *text = mr_arena_cstr(arena, mr_buf_str(buf));

    mr_buf_free(buf);
    return text;
}

static void put_part(mr_buf *buf, mr_str part)
{
    mr_buf_putc(buf, '`');
    for (size_t i = 0; i < part.len; i++) {
        if (part.ptr[i] == '`')
            mr_buf_putc(buf, '`');
        mr_buf_putc(buf, part.ptr[i]);
    }
    mr_buf_putc(buf, '`');
}

const char *mr_an_quote_part(mr_arena *arena, mr_str part)
{
    mr_buf buf = { 0 };

    put_part(&buf, part);
    return keep(arena, &buf);
}

const char *mr_an_quote(mr_arena *arena, mr_str name)
{
    mr_str *parts;
    int n;
    mr_buf buf = { 0 };

    if (mr_syntax_split_name(arena, name, &parts, &n, NULL) != MR_OK)
        return mr_an_quote_part(arena, name);
    for (int i = 0; i < n; i++) {
        if (i > 0)
            mr_buf_putc(&buf, '.');
        put_part(&buf, parts[i]);
    }
    return keep(arena, &buf);
}

mr_str mr_an_name(mr_arena *arena, const mr_expr *expr)
{
    mr_buf buf = { 0 };
    mr_str name;

    mr_expr_print_name(expr, &buf);
    name = mr_arena_str(arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    return name;
}

const char *mr_an_sql(mr_arena *arena, const mr_expr *expr)
{
    mr_buf buf = { 0 };

    mr_buf_putc(&buf, '"');
    mr_expr_print_name(expr, &buf);
    mr_buf_putc(&buf, '"');
    return keep(arena, &buf);
}

const char *mr_an_type(mr_arena *arena, const mr_type *type)
{
    mr_buf buf = { 0 };

    mr_buf_putc(&buf, '"');
    mr_type_print_sql(type, &buf);
    mr_buf_putc(&buf, '"');
    return keep(arena, &buf);
}

typedef struct suggestion {
    const char *text;
    int distance;
} suggestion;

static int levenshtein(mr_str a, mr_str b)
{
    int *row;
    int result;

    if (b.len > 256 || a.len > 256)
        return (int)(a.len > b.len ? a.len : b.len);
    row = mr_calloc(b.len + 1, sizeof(int));
    for (size_t j = 0; j <= b.len; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= a.len; i++) {
        int diagonal = row[0];

        row[0] = (int)i;
        for (size_t j = 1; j <= b.len; j++) {
            int best = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    result = row[b.len];
    free(row);
    return result;
}

static int compare_suggestions(const void *a, const void *b)
{
    const suggestion *x = a, *y = b;

    return x->distance != y->distance ? x->distance - y->distance : strcmp(x->text, y->text);
}

/* All columns come from one relation: its name says nothing. */
static bool one_qualifier(const mr_logical *plan)
{
    for (int i = 1; i < plan->n_output; i++)
        if (!mr_str_equal(plan->output[i].qualifier, plan->output[0].qualifier))
            return false;
    return true;
}

/* A name of several parts, as in "t.a". */
static bool is_dotted(mr_str name)
{
    bool quoted = false;

    for (size_t i = 0; i < name.len; i++) {
        quoted ^= name.ptr[i] == '`';
        if (name.ptr[i] == '.' && !quoted)
            return true;
    }
    return false;
}

/* The five nearest columns, quoted, nearest first; NULL if there are no columns. */
const char *mr_an_suggest(mr_arena *arena, mr_str name, const mr_logical *plan)
{
    bool plain = one_qualifier(plan) && !is_dotted(name);
    suggestion *all;
    mr_buf buf = { 0 };

    if (plan->n_output == 0)
        return NULL;
    all = MR_NEW_ARRAY(arena, suggestion, plan->n_output);
    for (int i = 0; i < plan->n_output; i++) {
        const mr_attr *attr = &plan->output[i];
        mr_buf text = { 0 };

        if (!plain && attr->qualifier.len > 0) {
            put_part(&text, attr->qualifier);
            mr_buf_putc(&text, '.');
        }
        put_part(&text, attr->name);
        all[i].text = keep(arena, &text);
        all[i].distance = levenshtein(name, mr_str_from(all[i].text));
    }
    qsort(all, (size_t)plan->n_output, sizeof(*all), compare_suggestions);
    for (int i = 0; i < plan->n_output && i < 5; i++) {
        if (i > 0)
            mr_buf_puts(&buf, ", ");
        mr_buf_puts(&buf, all[i].text);
    }
    return keep(arena, &buf);
}

mr_status mr_an_unsupported(mr_error *err, const char *format, ...)
{
    char what[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    (void)mr_raise_text(err, MR_EXC_UNSUPPORTED, "UNSUPPORTED_FEATURE",
                        "[UNSUPPORTED_FEATURE] The feature is not supported: %s. SQLSTATE: 0A000",
                        what);
    if (err != NULL) {
        snprintf(err->sqlstate, sizeof(err->sqlstate), "0A000");
        err->status = MR_UNSUPPORTED;
    }
    return MR_UNSUPPORTED;
}

static void add_text(mr_error *err, const char *text, size_t n)
{
    size_t at = strlen(err->message);

    if (at + n >= sizeof(err->message))
        n = sizeof(err->message) - at - 1;
    memcpy(err->message + at, text, n);
    err->message[at + n] = '\0';
}

/* "; line 1 pos 7" goes before the plan, if that is there already. */
static void add_line(mr_error *err, const mr_xexpr *x)
{
    char text[64], tail[sizeof(err->message)];
    char *plan = strstr(err->message, ";\n");
    int line = 1, pos = 0;

    for (int i = 0; i < x->sql_start && (size_t)i < x->sql_text.len; i++) {
        if (x->sql_text.ptr[i] == '\n') {
            line++;
            pos = 0;
        } else if (((unsigned char)x->sql_text.ptr[i] & 0xc0) != 0x80) {
            pos++;
        }
    }
    snprintf(tail, sizeof(tail), "%s", plan == NULL ? "" : plan);
    if (plan != NULL)
        *plan = '\0';
    add_text(err, text, (size_t)snprintf(text, sizeof(text), "; line %d pos %d", line, pos));
    add_text(err, tail, strlen(tail));
}

mr_status mr_an_at(mr_error *err, mr_status status, const mr_xexpr *x, const mr_logical *plan)
{
    mr_buf buf = { 0 };

    if (err == NULL || status == MR_OK || err->exception != MR_EXC_ANALYSIS)
        return status;
    if (x != NULL && x->sql_start >= 0 && x->sql_stop >= x->sql_start && x->sql_text.len > 0 &&
        err->context_start < 0) {
        mr_error_at(err, x->sql_start, x->sql_stop,
                    mr_str_slice(x->sql_text, (size_t)x->sql_start, (size_t)x->sql_stop + 1));
        add_line(err, x);
    }
    if (plan == NULL || strstr(err->message, ";\n") != NULL)
        return status;
    mr_logical_print(plan, &buf);
    add_text(err, ";\n", 2);
    add_text(err, buf.ptr, buf.len);
    mr_buf_free(&buf);
    return status;
}
