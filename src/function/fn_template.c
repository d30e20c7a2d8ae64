/* fn_template.c - to_char and to_number by templates of digits: "S$9,990.00PR".
 *
 * A template is split into tokens, runs of digits and separators between them forming groups.  The
 * order that is allowed: [MI|S] [$] group [.] group [$] [PR|MI|S]. */
#include "function/fn_priv.h"

#include <stdio.h>

#include "value/number.h"

typedef enum token_kind {
    TOKEN_DIGITS, /* `count` digits; exact: as many as that */
    TOKEN_COMMA,
    TOKEN_POINT,
    TOKEN_DOLLAR,
    TOKEN_SIGN,  /* S */
    TOKEN_MINUS, /* MI */
    TOKEN_OPEN,  /* PR makes both */
    TOKEN_CLOSE,
    TOKEN_BAD
} token_kind;

typedef struct token {
    token_kind kind;
    bool exact;
    char text; /* of TOKEN_BAD */
    int count;
} token;

typedef struct template
{
    token *tokens;
    int n;
    int before, after; /* digits on either side of the point */
    mr_str text;       /* in upper case */
    bool is_null;
}
template;

static mr_str upper(mr_arena *arena, mr_str s)
{
    char *text = mr_arena_alloc(arena, s.len + 1);

    for (size_t i = 0; i < s.len; i++)
        text[i] = s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 32) : s.ptr[i];
    return (mr_str){ text, s.len };
}

static bool is_digit_letter(char c)
{
    return c == '0' || c == '9';
}

static bool is_group(const token *t)
{
    return t->kind == TOKEN_DIGITS || t->kind == TOKEN_COMMA;
}

/* The token at *at, which moves past it. */
static token next_token(mr_str s, size_t *at, bool behind_point)
{
    char c = s.ptr[*at], next = *at + 1 < s.len ? s.ptr[*at + 1] : '\0';
    size_t from = *at;

    if (is_digit_letter(c)) {
        while (*at < s.len && is_digit_letter(s.ptr[*at]))
            ++*at;
        return (token){ TOKEN_DIGITS, c == '0' && !behind_point, '\0', (int)(*at - from) };
    }
    *at += (c == 'M' && next == 'I') || (c == 'P' && next == 'R') ? 2 : 1;
    if (*at == from + 2)
        return (token){ .kind = c == 'M' ? TOKEN_MINUS : TOKEN_CLOSE };
    switch (c) {
    case '.':
    case 'D':
        return (token){ .kind = TOKEN_POINT };
    case ',':
    case 'G':
        return (token){ .kind = TOKEN_COMMA };
    case '$':
        return (token){ .kind = TOKEN_DOLLAR };
    case 'S':
        return (token){ .kind = TOKEN_SIGN };
    default:
        return (token){ .kind = TOKEN_BAD, .text = c };
    }
}

static void split(mr_arena *arena, template *t)
{
    bool behind = false;

    t->tokens = MR_NEW_ARRAY(arena, token, 2 * (int)t->text.len + 1);
    for (size_t at = 0; at < t->text.len;) {
        token found = next_token(t->text, &at, behind);

        if (found.kind == TOKEN_CLOSE) { /* "<" goes first */
            memmove(t->tokens + 1, t->tokens, sizeof(token) * (size_t)t->n++);
            t->tokens[0] = (token){ .kind = TOKEN_OPEN };
        }
        t->tokens[t->n++] = found;
        behind |= found.kind == TOKEN_POINT;
    }
    behind = false;
    for (int i = 0; i < t->n; i++) {
        behind |= t->tokens[i].kind == TOKEN_POINT;
        *(behind ? &t->after : &t->before) += t->tokens[i].count;
    }
}

static int first_of(const template *t, token_kind kind)
{
    for (int i = 0; i < t->n; i++)
        if (t->tokens[i].kind == kind || (kind == TOKEN_DIGITS && is_group(&t->tokens[i])))
            return i;
    return -1;
}

/* Separators stand between digits, before the point. */
static const char *check_commas(const template *t)
{
    int point = first_of(t, TOKEN_POINT);

    for (int i = 0; i < t->n; i++)
        if (t->tokens[i].kind == TOKEN_COMMA && (point < 0 || i < point) &&
            (i == 0 || i == t->n - 1 || t->tokens[i - 1].kind != TOKEN_DIGITS ||
             t->tokens[i + 1].kind != TOKEN_DIGITS))
            return "CONT_THOUSANDS_SEPS";
    for (int i = point; point >= 0 && i < t->n; i++)
        if (t->tokens[i].kind == TOKEN_COMMA)
            return "THOUSANDS_SEPS_MUST_BEFORE_DEC";
    return NULL;
}

static const char *token_text(mr_arena *arena, const token *t)
{
    static const char *const texts[] = { "digit sequence", "','",  "'.' or 'D'", "'$'", "'S'",
                                         "'MI'",           "'PR'", "'PR'" };

    return t->kind == TOKEN_BAD ? mr_arena_printf(arena, "character '%c'", t->text).ptr
                                : texts[t->kind];
}

/* The first token that comes too often, or NULL. */
static const token *repeated(const template *t)
{
    static const token_kind single[] = { TOKEN_POINT, TOKEN_SIGN, TOKEN_MINUS, TOKEN_DOLLAR,
                                         TOKEN_CLOSE };

    for (size_t k = 0; k < sizeof(single) / sizeof(single[0]); k++) {
        int at = first_of(t, single[k]);

        for (int i = at + 1; at >= 0 && i < t->n; i++)
            if (t->tokens[i].kind == single[k])
                return &t->tokens[at];
    }
    return NULL;
}

/* The first token out of order, or NULL. */
static const token *misplaced(const template *t)
{
    static const unsigned order[] = {
        1u << TOKEN_OPEN,   1u << TOKEN_MINUS | 1u << TOKEN_SIGN,
        1u << TOKEN_DOLLAR, 1u << TOKEN_DIGITS,
        1u << TOKEN_POINT,  1u << TOKEN_DIGITS,
        1u << TOKEN_DOLLAR, 1u << TOKEN_MINUS | 1u << TOKEN_SIGN | 1u << TOKEN_CLOSE
    };
    int at = 0;

    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]) && at < t->n; k++) {
        if (order[k] == 1u << TOKEN_DIGITS)
            while (at < t->n && is_group(&t->tokens[at]))
                at++;
        else if ((order[k] & 1u << t->tokens[at].kind) != 0)
            at++;
    }
    return at < t->n ? &t->tokens[at] : NULL;
}

static mr_status raise_format(mr_arena *arena, const template *t, const char *what,
                              const char *found, mr_error *err)
{
    char condition[64];

    snprintf(condition, sizeof(condition), "INVALID_FORMAT.%s", what);
    return mr_raise(err, MR_EXC_ANALYSIS, condition, "format",
                    mr_arena_printf(arena, "'%.*s'", MR_STR_ARG(t->text)).ptr, "token", found,
                    NULL);
}

static mr_status check(mr_arena *arena, const template *t, mr_error *err)
{
    int dollar = first_of(t, TOKEN_DOLLAR), digit = first_of(t, TOKEN_DIGITS);
    int point = first_of(t, TOKEN_POINT);
    const char *what = t->text.len == 0               ? "EMPTY"
                       : digit < 0                    ? "WRONG_NUM_DIGIT"
                       : digit < dollar               ? "CUR_MUST_BEFORE_DIGIT"
                       : point >= 0 && point < dollar ? "CUR_MUST_BEFORE_DEC"
                                                      : check_commas(t);
    const token *bad;

    if (what != NULL)
        return raise_format(arena, t, what, "", err);
    bad = repeated(t);
    if (bad != NULL)
        return raise_format(arena, t, "WRONG_NUM_TOKEN", token_text(arena, bad), err);
    bad = misplaced(t);
    if (bad != NULL)
        return raise_format(arena, t, "UNEXPECTED_TOKEN", token_text(arena, bad), err);
    return MR_OK;
}

/* The second argument of the call; *out stays for the plan. */
static mr_status open_template(mr_fn_resolve *r, template **out, mr_error *err)
{
    const mr_fn_arg *arg = &r->args[1];
    template *t = MR_NEW(r->arena, template);

    memset(t, 0, sizeof(*t));
    *out = t;
    if (arg->type->id == MR_TYPE_NULL)
        r->args[1].want = mr_type_of(MR_TYPE_STRING);
    else if (!mr_type_is_string(arg->type))
        return mr_fn_mismatch_arg(r, 1, "\"STRING\"", err);
    if (!arg->is_literal)
        return mr_fn_not_foldable(r, 1, "`format`", "\"STRING\"", err);
    t->is_null = arg->literal.is_null;
    if (t->is_null)
        return MR_OK;
    t->text = upper(r->arena, arg->literal.str);
    split(r->arena, t);
    return check(r->arena, t, err);
}

/* --- to_char ---------------------------------------------------------------------------------- */

/* A space goes before a sign that it follows. */
static void put_space(mr_buf *out)
{
    size_t i = out->len;

    mr_buf_putc(out, ' ');
    for (; i > 0 && strchr("+-<", out->ptr[i - 1]) != NULL; i--) {
        out->ptr[i] = out->ptr[i - 1];
        out->ptr[i - 1] = ' ';
    }
}

/* A sign goes before the spaces that it follows. */
static void put_sign(mr_buf *out, char c)
{
    size_t i = out->len;

    mr_buf_putc(out, c);
    for (; i > 0 && out->ptr[i - 1] == ' '; i--) {
        out->ptr[i] = ' ';
        out->ptr[i - 1] = c;
    }
}

static void blank_lone_point(mr_buf *out)
{
    if (out->len > 0 && out->ptr[out->len - 1] == '.')
        out->ptr[out->len - 1] = ' ';
}

/* The digits of a number, as wide as the template's; '#' when they do not fit. */
typedef struct spread {
    mr_str before, after; /* blanks first; zeros last */
} spread;

static spread spread_digits(mr_arena *arena, const template *t, mr_int128 v, int scale)
{
    char digits[48];
    size_t n = mr_number_print_decimal(v < 0 ? -v : v, scale, digits);
    mr_str all = { digits, n };
    size_t point = mr_str_find(all, '.', 0);
    mr_str before = mr_str_slice(all, 0, point < n ? point : n);
    mr_str after = mr_str_slice(all, point < n ? point + 1 : n, n);
    char *text = mr_arena_alloc(arena, (size_t)t->before + (size_t)t->after + 1);
    char *tail = text + t->before;

    while (before.len > 0 && before.ptr[0] == '0')
        before = mr_str_slice(before, 1, before.len);
    while (after.len > 0 && after.ptr[after.len - 1] == '0')
        after.len--;
    if (before.len > (size_t)t->before || after.len > (size_t)t->after) {
        memset(text, '#', (size_t)t->before + (size_t)t->after);
    } else {
        memset(text, ' ', (size_t)t->before);
        memset(tail, '0', (size_t)t->after);
        memcpy(tail - before.len, before.ptr, before.len);
        memcpy(tail, after.ptr, after.len);
    }
    return (spread){ { text, (size_t)t->before }, { tail, (size_t)t->after } };
}

static void put_digits(const token *t, const char **digits, mr_buf *out)
{
    for (int i = 0; i < t->count; i++, ++*digits) {
        if (**digits != ' ')
            mr_buf_putc(out, **digits);
        else if (t->exact)
            mr_buf_putc(out, '0');
        else
            put_space(out);
    }
}

static void put_token(const token *t, bool negative, mr_buf *out)
{
    char last = out->len > 0 ? out->ptr[out->len - 1] : '\0';

    switch (t->kind) {
    case TOKEN_COMMA:
        if (last >= '0' && last <= '9')
            mr_buf_putc(out, ',');
        else
            put_space(out);
        break;
    case TOKEN_POINT:
        if (last == ' ')
            out->ptr[out->len - 1] = '0';
        mr_buf_putc(out, '.');
        break;
    case TOKEN_DOLLAR:
        mr_buf_putc(out, '$');
        break;
    case TOKEN_OPEN:
        if (negative)
            mr_buf_putc(out, '<');
        break;
    case TOKEN_MINUS:
        if (!negative) {
            mr_buf_putc(out, ' ');
            break;
        }
        blank_lone_point(out);
        put_sign(out, '-');
        break;
    default:
        blank_lone_point(out);
        if (t->kind == TOKEN_SIGN)
            put_sign(out, negative ? '-' : '+');
        else if (negative)
            put_sign(out, '>');
        else
            mr_buf_puts(out, "  ");
    }
}

static void format_number(mr_arena *arena, const template *t, mr_int128 v, int scale, mr_buf *out)
{
    spread s = spread_digits(arena, t, v, scale);
    const char *before = s.before.ptr, *after = s.after.ptr;
    bool behind = false;

    for (int i = 0; i < t->n; i++) {
        const token *k = &t->tokens[i];

        if (k->kind == TOKEN_DIGITS)
            put_digits(k, behind ? &after : &before, out);
        else
            put_token(k, v < 0, out);
        behind |= k->kind == TOKEN_POINT;
    }
    blank_lone_point(out);
    if (out->len == 0 || (out->len == 1 && (out->ptr[0] == '+' || out->ptr[0] == '-'))) {
        mr_buf_clear(out);
        mr_buf_putc(out, '0');
    }
}

MR_FN_EVAL(eval_char)
{
    const template *t = call->bound->data;
    mr_buf buf = { 0 };

    (void)err;
    MR_EACH(sel, row)
    {
        if (t->is_null) {
            mr_fn_null(call, out, row);
            continue;
        }
        mr_buf_clear(&buf);
        format_number(call->arena, t, MR_AT(args[0], i128, row), args[0]->type->scale, &buf);
        out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
    return MR_OK;
}

/* Bytes as text: the functions that do it. */
MR_FN_EVAL(eval_hex)
{
    return mr_function_find(MR_STR("hex"))->eval(call, args, sel, out, err);
}

MR_FN_EVAL(eval_base64)
{
    return mr_function_find(MR_STR("base64"))->eval(call, args, sel, out, err);
}

static const mr_function binary_rows[] = {
    { .name = "to_char", .print = "hex", .shown_args = 1, .eval = eval_hex },
    { .name = "to_char", .print = "base64", .shown_args = 1, .eval = eval_base64 },
    { .name = "to_varchar", .shown_args = 1, .eval = eval_hex },
    { .name = "to_varchar", .shown_args = 1, .eval = eval_base64 },
};

static mr_status resolve_bytes(mr_fn_resolve *r, mr_error *err)
{
    const mr_fn_arg *arg = &r->args[1];
    int own = strcmp(r->function->name, "to_varchar") == 0 ? 2 : 0;
    mr_str form = arg->is_literal && !arg->literal.is_null && mr_type_is_string(arg->type)
                      ? arg->literal.str
                      : (mr_str){ NULL, 0 };

    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = mr_fn_any_nullable(r);
    if (mr_str_is_nocase(form, "utf-8")) {
        r->function = mr_function_find(MR_STR("decode"));
        MR_TRY(r->function->resolve(r, err));
        r->nullable = true;
    } else if (mr_str_is_nocase(form, "hex"))
        r->function = &binary_rows[own];
    else if (mr_str_is_nocase(form, "base64"))
        r->function = &binary_rows[own + 1];
    else
        return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_PARAMETER_VALUE.BINARY_FORMAT", "parameter",
                        "`format`", "functionName",
                        mr_arena_printf(r->arena, "`%s`", r->function->name).ptr, "invalidFormat",
                        mr_arena_printf(r->arena, "'%.*s'", MR_STR_ARG(form)).ptr, NULL);
    return MR_OK;
}

static const mr_type *decimal_of(mr_fn_resolve *r)
{
    const mr_type *t = r->args[0].type;
    const mr_type *found = mr_fn_decimal_for(r->arena, t, NULL);

    if (found != NULL)
        return found;
    if (t->id == MR_TYPE_FLOAT)
        return mr_type_decimal(r->arena, 14, 7);
    if (t->id == MR_TYPE_DOUBLE)
        return mr_type_decimal(r->arena, 30, 15);
    if (t->id == MR_TYPE_NULL)
        return mr_type_decimal(r->arena, 10, 0);
    return mr_type_is_string(t) ? mr_type_decimal(r->arena, 38, 18) : NULL;
}

static mr_status resolve_char(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type, *decimal = decimal_of(r);
    template *plan;

    if (t->id == MR_TYPE_DATE || t->id == MR_TYPE_TIMESTAMP || t->id == MR_TYPE_TIMESTAMP_NTZ) {
        r->function = mr_function_find(MR_STR("date_format"));
        return r->function->resolve(r, err);
    }
    if (t->id == MR_TYPE_BINARY)
        return resolve_bytes(r, err);
    if (decimal == NULL)
        return mr_fn_mismatch_arg(r, 0, "\"DECIMAL\"", err);
    MR_TRY(open_template(r, &plan, err));
    if (t->id != MR_TYPE_DECIMAL)
        r->args[0].want = decimal;
    r->data = plan;
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = mr_fn_any_nullable(r) || !(mr_type_is_integral(t) || t->id == MR_TYPE_DECIMAL);
    return MR_OK;
}

/* --- to_number -------------------------------------------------------------------------------- */

typedef struct parse {
    mr_str text;
    size_t at;
    mr_buf *digits; /* of the number, the point among them */
    int n_digits, n_after;
    bool behind;
} parse;

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

#define GROUPS_MAX 64

/* Reads digits, blanks and separators; sizes[] are those of the groups; -1 = too many. */
static int read_groups(parse *p, int sizes[GROUPS_MAX])
{
    int n = 0;

    sizes[0] = 0;
    for (; p->at < p->text.len; p->at++) {
        char c = p->text.ptr[p->at];

        if (c == ',') {
            if (++n == GROUPS_MAX)
                return -1;
            sizes[n] = 0;
        } else if (c >= '0' && c <= '9') {
            mr_buf_putc(p->digits, c);
            sizes[n]++;
            p->n_digits++;
            p->n_after += p->behind;
        } else if (!is_blank(c)) {
            break;
        }
    }
    return n + 1;
}

/* tokens[from..to) are a group: its runs of digits match from the right. */
static bool match_group(parse *p, const template *t, int from, int to)
{
    int sizes[GROUPS_MAX], n = read_groups(p, sizes), at = n - 1;

    if (n < 0)
        return false;
    for (int i = to - 1; i >= from; i--) {
        int size;

        if (t->tokens[i].kind != TOKEN_DIGITS)
            continue;
        size = at >= 0 ? sizes[at] : 0;
        at--;
        if (t->tokens[i].exact ? size != t->tokens[i].count : size > t->tokens[i].count)
            return false;
    }
    return at < 0;
}

static bool eat(parse *p, char c)
{
    if (p->at >= p->text.len || p->text.ptr[p->at] != c)
        return false;
    p->at++;
    return true;
}

/* False = the text does not match. */
static bool match(parse *p, const template *t, bool *negative)
{
    bool open = false, closed = false;

    for (int i = 0; i < t->n; i++) {
        int from = i;

        switch (t->tokens[i].kind) {
        case TOKEN_DIGITS:
        case TOKEN_COMMA:
            while (i + 1 < t->n && is_group(&t->tokens[i + 1]))
                i++;
            if (!match_group(p, t, from, i + 1))
                return false;
            break;
        case TOKEN_POINT:
            p->behind = eat(p, '.');
            break;
        case TOKEN_DOLLAR:
            if (!eat(p, '$'))
                return false;
            break;
        case TOKEN_SIGN:
            if (!eat(p, '+') && eat(p, '-'))
                *negative = !*negative;
            break;
        case TOKEN_MINUS:
            if (eat(p, '-'))
                *negative = !*negative;
            break;
        case TOKEN_OPEN:
            open = eat(p, '<');
            break;
        default:
            closed = eat(p, '>');
            if (closed)
                *negative = !*negative;
        }
    }
    return p->at == p->text.len && p->n_digits > 0 && open == closed;
}

static bool parse_number(const template *t, mr_str text, mr_buf *digits, mr_int128 *out)
{
    parse p = { .text = text, .digits = digits };
    bool negative = false;
    mr_int128 v = 0;

    mr_buf_clear(digits);
    if (!match(&p, t, &negative) || p.n_digits > 38)
        return false;
    for (size_t i = 0; i < digits->len; i++)
        v = v * 10 + (digits->ptr[i] - '0');
    for (int i = p.n_after; i < t->after; i++)
        v *= 10;
    *out = negative ? -v : v;
    return true;
}

static mr_status to_numbers(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, bool lenient, mr_error *err)
{
    const template *t = call->bound->data;
    mr_status status = MR_OK;
    mr_buf digits = { 0 };

    MR_EACH(sel, row)
    {
        mr_str text;

        if (!t->is_null && parse_number(t, MR_AT(args[0], str, row), &digits, &out->i128[row]))
            continue;
        if (t->is_null || lenient) {
            mr_fn_null(call, out, row);
            continue;
        }
        text = MR_AT(args[0], str, row);
        status =
            mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_FORMAT.MISMATCH_INPUT", "format",
                     mr_arena_printf(call->arena, "'%.*s'", MR_STR_ARG(t->text)).ptr, "inputType",
                     "\"STRING\"", "input", mr_arena_cstr(call->arena, text), NULL);
        break;
    }
    mr_buf_free(&digits);
    return status;
}

MR_FN_EVAL(eval_number)
{
    return to_numbers(call, args, sel, out, false, err);
}

MR_FN_EVAL(eval_try_number)
{
    return to_numbers(call, args, sel, out, true, err);
}

static mr_status resolve_number(mr_fn_resolve *r, mr_error *err)
{
    bool lenient = strncmp(r->function->name, "try", 3) == 0;
    const mr_type *text = mr_type_of(MR_TYPE_STRING);
    template *plan;
    int precision;

    if (!mr_type_is_string(r->args[0].type)) {
        if (!mr_coerce_implicit(r->args[0].type, text, r->ansi))
            return mr_fn_mismatch_arg(r, 0, "\"STRING\"", err);
        r->args[0].want = text;
    }
    MR_TRY(open_template(r, &plan, err));
    precision = plan->is_null ? 10 : plan->before + plan->after;
    if (precision > 38)
        return mr_raise(err, MR_EXC_ARITHMETIC, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                        "precision", mr_arena_printf(r->arena, "%d", precision).ptr, "maxPrecision",
                        "38", NULL);
    r->data = plan;
    r->result = mr_type_decimal(r->arena, precision, plan->after);
    r->nullable = mr_fn_any_nullable(r) || lenient;
    return MR_OK;
}

#define FN(row_name, text, res, ev)                                                                \
    {                                                                                              \
        .name = (row_name), .min_args = 2, .max_args = 2, .can_raise = true, .print = (text),      \
        .resolve = (res), .eval = (ev)                                                             \
    }

static const mr_function rows[] = {
    FN("to_char", NULL, resolve_char, eval_char),
    FN("to_number", NULL, resolve_number, eval_number),
    FN("to_varchar", "to_char", resolve_char, eval_char),
    FN("try_to_number", NULL, resolve_number, eval_try_number),
};

MR_FN_GROUP(mr_fn_template_group, rows);
