/* type_parse.c - DDL text to types.
 *
 *     schema  = column {"," column}          column = name [":"] type ["NOT" "NULL"] ["COMMENT"
 * string] type    = name ["(" number ["," number] ")"] | "ARRAY<" type ">" | "MAP<" type "," type
 * ">" | "STRUCT<" [schema] ">" | "INTERVAL" [unit ["TO" unit]]
 *
 * A recursive descent parser over a one-token look-ahead; the depth of nesting is limited because
 * the text comes from clients.
 */
#include <stdio.h>
#include <stdlib.h>

#include "column/type.h"

#define MAX_DEPTH   128
#define MAX_COLUMNS 100000

typedef enum token_kind {
    TOKEN_END,
    TOKEN_NAME,   /* identifier or keyword */
    TOKEN_QUOTED, /* `identifier`, text without the quotes, doubled ones undone */
    TOKEN_NUMBER,
    TOKEN_STRING, /* raw text between quotes */
    TOKEN_SIGN    /* one character */
} token_kind;

typedef struct parser {
    mr_arena *arena;
    mr_str text;
    size_t next; /* where the token after the current one begins */
    int depth;
    token_kind kind;
    mr_str token;
    size_t start; /* of the current token, in bytes */
    mr_error *err;
} parser;

static mr_status parse_type(parser *p, const mr_type **out);
static mr_status parse_fields(parser *p, bool in_struct, const mr_type **out);

/* --- tokens ------------------------------------------------------------------------------------
 */

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static char byte_at(const parser *p, size_t i)
{
    return i < p->text.len ? p->text.ptr[i] : '\0';
}

/* Spaces and comments. */
static void skip_blank(parser *p)
{
    for (;;) {
        while (p->next < p->text.len && (unsigned char)byte_at(p, p->next) <= ' ')
            p->next++;
        if (byte_at(p, p->next) == '-' && byte_at(p, p->next + 1) == '-') {
            p->next = mr_str_find(p->text, '\n', p->next);
        } else if (byte_at(p, p->next) == '/' && byte_at(p, p->next + 1) == '*') {
            size_t i = p->next + 2;

            while (i < p->text.len && !(byte_at(p, i) == '*' && byte_at(p, i + 1) == '/'))
                i++;
            p->next = i + 2 < p->text.len ? i + 2 : p->text.len;
        } else {
            return;
        }
    }
}

/* Reads to the closing quote; a doubled back quote stands for one. */
static void read_quoted(parser *p, char quote)
{
    size_t i = p->next + 1;
    char *copy = mr_arena_alloc(p->arena, p->text.len - p->next);
    size_t n = 0;

    while (i < p->text.len) {
        char c = p->text.ptr[i];

        if (c == quote && !(quote == '`' && byte_at(p, i + 1) == '`'))
            break;
        if (c == quote || (c == '\\' && quote != '`' && i + 1 < p->text.len))
            i++;
        copy[n++] = p->text.ptr[i++];
    }
    if (i >= p->text.len || (quote == '`' && n == 0)) {
        p->kind = TOKEN_SIGN; /* no closing quote: a sign that no rule accepts */
        p->token = mr_str_slice(p->text, p->next, p->next + 1);
        p->next++;
        return;
    }
    p->kind = quote == '`' ? TOKEN_QUOTED : TOKEN_STRING;
    p->token = (mr_str){ copy, n };
    p->next = i + 1;
}

static void advance(parser *p)
{
    size_t i;
    char c;

    skip_blank(p);
    p->start = p->next;
    c = byte_at(p, p->next);
    if (p->next >= p->text.len) {
        p->kind = TOKEN_END;
        p->token = (mr_str){ "", 0 };
        return;
    }
    if (c == '`' || c == '\'' || c == '"') {
        read_quoted(p, c);
        return;
    }
    p->kind = TOKEN_SIGN;
    for (i = p->next; i < p->text.len && is_name_byte(p->text.ptr[i]); i++)
        if (p->kind != TOKEN_NAME)
            p->kind = p->text.ptr[i] >= '0' && p->text.ptr[i] <= '9' ? TOKEN_NUMBER : TOKEN_NAME;
    if (p->kind == TOKEN_SIGN)
        i = p->next + 1;
    p->token = mr_str_slice(p->text, p->next, i);
    p->next = i;
}

static void add_position(const parser *p, size_t at)
{
    size_t used;

    if (p->err == NULL)
        return;
    used = strlen(p->err->message);
    snprintf(p->err->message + used, sizeof(p->err->message) - used, " (line 1, pos %zu)", at);
}

static mr_status syntax_error(parser *p)
{
    char what[128] = "end of input";
    mr_status status;

    if (p->kind != TOKEN_END) {
        mr_str token = mr_str_slice(p->text, p->start, p->next);
        size_t n = token.len < 100 ? token.len : 100;

        snprintf(what, sizeof(what), "'%.*s'", (int)n, token.ptr);
    }
    status = mr_raise(p->err, MR_EXC_PARSE, "PARSE_SYNTAX_ERROR", "error", what, "hint", "", NULL);
    add_position(p, p->start);
    mr_error_at(p->err, (int)p->start, (int)p->start, p->text);
    return status;
}

static bool is_sign(const parser *p, char sign)
{
    return p->kind == TOKEN_SIGN && p->token.ptr[0] == sign;
}

static bool is_word(const parser *p, const char *word)
{
    return p->kind == TOKEN_NAME && mr_str_is_nocase(p->token, word);
}

static bool accept_sign(parser *p, char sign)
{
    if (!is_sign(p, sign))
        return false;
    advance(p);
    return true;
}

static bool accept_word(parser *p, const char *word)
{
    if (!is_word(p, word))
        return false;
    advance(p);
    return true;
}

static mr_status expect_sign(parser *p, char sign)
{
    return accept_sign(p, sign) ? MR_OK : syntax_error(p);
}

/* --- types -------------------------------------------------------------------------------------
 */

typedef struct type_word {
    const char *name;
    mr_type_id id;
} type_word;

static const type_word plain_words[] = {
    { "boolean", MR_TYPE_BOOLEAN },
    { "tinyint", MR_TYPE_BYTE },
    { "byte", MR_TYPE_BYTE },
    { "smallint", MR_TYPE_SHORT },
    { "short", MR_TYPE_SHORT },
    { "int", MR_TYPE_INT },
    { "integer", MR_TYPE_INT },
    { "bigint", MR_TYPE_LONG },
    { "long", MR_TYPE_LONG },
    { "float", MR_TYPE_FLOAT },
    { "real", MR_TYPE_FLOAT },
    { "double", MR_TYPE_DOUBLE },
    { "date", MR_TYPE_DATE },
    { "timestamp", MR_TYPE_TIMESTAMP },
    { "timestamp_ltz", MR_TYPE_TIMESTAMP },
    { "timestamp_ntz", MR_TYPE_TIMESTAMP_NTZ },
    { "string", MR_TYPE_STRING },
    { "binary", MR_TYPE_BINARY },
    { "void", MR_TYPE_NULL },
};

static const type_word sized_words[] = {
    { "decimal", MR_TYPE_DECIMAL }, { "dec", MR_TYPE_DECIMAL },    { "numeric", MR_TYPE_DECIMAL },
    { "char", MR_TYPE_CHAR },       { "character", MR_TYPE_CHAR }, { "varchar", MR_TYPE_VARCHAR },
};

static bool find_word(const type_word *words, size_t n, mr_str name, mr_type_id *id)
{
    for (size_t i = 0; i < n; i++)
        if (mr_str_is_nocase(name, words[i].name)) {
            *id = words[i].id;
            return true;
        }
    return false;
}

static mr_status raise_type(parser *p, const char *condition, const char *key, mr_str name)
{
    mr_buf text = { 0 };
    mr_status status;

    mr_buf_putc(&text, '"');
    for (size_t i = 0; i < name.len && i < 256; i++)
        mr_buf_putc(&text, name.ptr[i] >= 'a' && name.ptr[i] <= 'z' ? (char)(name.ptr[i] - 32)
                                                                    : name.ptr[i]);
    mr_buf_putc(&text, '"');
    status = mr_raise(p->err, MR_EXC_PARSE, condition, key, mr_buf_cstr(&text), NULL);
    mr_buf_free(&text);
    if (name.ptr >= p->text.ptr && name.ptr <= p->text.ptr + p->text.len)
        add_position(p, (size_t)(name.ptr - p->text.ptr));
    return status;
}

/* "(" number {"," number} ")" when there is one. */
static mr_status parse_arguments(parser *p, int64_t args[2], int *n_args)
{
    *n_args = 0;
    if (!accept_sign(p, '('))
        return MR_OK;
    do {
        bool negative = accept_sign(p, '-');
        int64_t value;

        if (p->kind != TOKEN_NUMBER || !mr_str_to_int64(p->token, &value) || *n_args == 2)
            return syntax_error(p);
        args[(*n_args)++] = negative ? -value : value;
        advance(p);
    } while (accept_sign(p, ','));
    return expect_sign(p, ')');
}

static mr_status make_decimal(parser *p, const int64_t args[2], int n_args, const mr_type **out)
{
    int64_t precision = n_args > 0 ? args[0] : 10;
    int64_t scale = n_args > 1 ? args[1] : 0;

    if (precision > 38 || precision < 1)
        return mr_raise_text(p->err, MR_EXC_PARSE, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                             "[DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION] Decimal precision %lld "
                             "exceeds max precision 38. SQLSTATE: 22003",
                             (long long)precision);
    if (scale > precision || scale < 0)
        return mr_raise_text(p->err, MR_EXC_PARSE, "_LEGACY_ERROR_TEMP_1228",
                             "Decimal scale (%lld) cannot be greater than precision (%lld).",
                             (long long)scale, (long long)precision);
    *out = mr_type_decimal(p->arena, (int)precision, (int)scale);
    return MR_OK;
}

static mr_status parse_sized(parser *p, mr_type_id id, mr_str name, const mr_type **out)
{
    int64_t args[2];
    int n_args;
    mr_type *type;

    MR_TRY(parse_arguments(p, args, &n_args));
    if (id == MR_TYPE_DECIMAL)
        return make_decimal(p, args, n_args, out);
    if (n_args == 0)
        return raise_type(p, "DATATYPE_MISSING_SIZE", "type", name);
    if (n_args != 1 || args[0] < 1 || args[0] > INT32_MAX)
        return raise_type(p, "UNSUPPORTED_DATATYPE", "typeName", name);
    type = MR_NEW(p->arena, mr_type);
    type->id = id;
    type->length = (int32_t)args[0];
    *out = type;
    return MR_OK;
}

static int interval_unit(const parser *p)
{
    static const char *const units[] = { "year", "month", "day", "hour", "minute", "second" };

    for (int i = 0; i < 6; i++)
        if (is_word(p, units[i]))
            return i;
    return -1;
}

/* After INTERVAL. */
static mr_status parse_interval(parser *p, const mr_type **out)
{
    int start = interval_unit(p);
    int end = start;
    mr_type *type;
    bool months;

    if (start < 0) {
        *out = mr_type_of(MR_TYPE_INTERVAL_CALENDAR);
        return MR_OK;
    }
    advance(p);
    if (accept_word(p, "to")) {
        end = interval_unit(p);
        if (end <= start || (start < 2 && end >= 2))
            return syntax_error(p);
        advance(p);
    }
    months = start < 2;
    type = MR_NEW(p->arena, mr_type);
    type->id = months ? MR_TYPE_INTERVAL_YM : MR_TYPE_INTERVAL_DT;
    type->start_field = (uint8_t)(months ? start : start - 2);
    type->end_field = (uint8_t)(months ? end : end - 2);
    *out = type;
    return MR_OK;
}

static mr_status parse_nested(parser *p, mr_str name, const mr_type **out)
{
    const mr_type *first;
    const mr_type *second;

    if (!accept_sign(p, '<'))
        return mr_raise(p->err, MR_EXC_PARSE,
                        mr_str_is_nocase(name, "array") ? "INCOMPLETE_TYPE_DEFINITION.ARRAY"
                        : mr_str_is_nocase(name, "map") ? "INCOMPLETE_TYPE_DEFINITION.MAP"
                                                        : "INCOMPLETE_TYPE_DEFINITION.STRUCT",
                        "elementType", "<INT>", NULL);
    if (mr_str_is_nocase(name, "struct")) {
        MR_TRY(parse_fields(p, true, out));
    } else if (mr_str_is_nocase(name, "array")) {
        MR_TRY(parse_type(p, &first));
        *out = mr_type_array(p->arena, first, true);
    } else {
        MR_TRY(parse_type(p, &first));
        MR_TRY(expect_sign(p, ','));
        MR_TRY(parse_type(p, &second));
        *out = mr_type_map(p->arena, first, second, true);
    }
    return expect_sign(p, '>');
}

static mr_status parse_named(parser *p, mr_str name, const mr_type **out)
{
    mr_type_id id;
    int64_t args[2];
    int n_args;

    if (mr_str_is_nocase(name, "interval"))
        return parse_interval(p, out);
    if (mr_str_is_nocase(name, "array") || mr_str_is_nocase(name, "map") ||
        mr_str_is_nocase(name, "struct"))
        return parse_nested(p, name, out);
    if (find_word(sized_words, sizeof(sized_words) / sizeof(*sized_words), name, &id))
        return parse_sized(p, id, name, out);
    if (find_word(plain_words, sizeof(plain_words) / sizeof(*plain_words), name, &id) &&
        !is_sign(p, '(')) {
        *out = mr_type_of(id);
        return MR_OK;
    }
    MR_TRY(parse_arguments(p, args, &n_args));
    return raise_type(p, "UNSUPPORTED_DATATYPE", "typeName", name);
}

static mr_status parse_type(parser *p, const mr_type **out)
{
    mr_str name = p->token;
    mr_status status;

    if (p->kind != TOKEN_NAME && p->kind != TOKEN_QUOTED)
        return syntax_error(p);
    if (++p->depth > MAX_DEPTH)
        return mr_fail(p->err, MR_INVALID, "the type is nested deeper than %d levels", MAX_DEPTH);
    advance(p);
    status = parse_named(p, name, out);
    p->depth--;
    return status;
}

static mr_status parse_column(parser *p, mr_field *out)
{
    *out = (mr_field){ .nullable = true };
    if (p->kind != TOKEN_NAME && p->kind != TOKEN_QUOTED)
        return syntax_error(p);
    out->name = mr_arena_str(p->arena, p->token);
    advance(p);
    (void)accept_sign(p, ':');
    MR_TRY(parse_type(p, &out->type));
    if (accept_word(p, "not")) {
        if (!accept_word(p, "null"))
            return syntax_error(p);
        out->nullable = false;
    }
    if (accept_word(p, "comment")) {
        mr_buf text = { 0 };

        if (p->kind != TOKEN_STRING)
            return syntax_error(p);
        mr_buf_puts(&text, "{\"comment\":");
        mr_buf_put_json(&text, p->token);
        mr_buf_putc(&text, '}');
        out->metadata = mr_arena_str(p->arena, mr_buf_str(&text));
        mr_buf_free(&text);
        advance(p);
    }
    return MR_OK;
}

/* Columns up to the '>' of a struct (which may have none) or to the end of the text. */
static mr_status parse_fields(parser *p, bool in_struct, const mr_type **out)
{
    mr_field *fields = NULL;
    int n = 0;
    int capacity = 0;
    mr_status status = MR_OK;

    if (!(in_struct && is_sign(p, '>'))) {
        do {
            mr_field field;

            MR_CHECK(parse_column(p, &field));
            if (n == MAX_COLUMNS)
                MR_CHECK(
                    mr_fail(p->err, MR_INVALID, "a schema of more than %d columns", MAX_COLUMNS));
            MR_PUSH(fields, n, capacity, field);
        } while (accept_sign(p, ','));
    }
    *out = mr_type_struct(p->arena, fields, n);
fail:
    free(fields);
    return status;
}

static mr_status parse_whole(mr_arena *arena, mr_str text, bool table, const mr_type **out,
                             mr_error *err)
{
    parser p = { .arena = arena, .text = text, .err = err };

    advance(&p);
    MR_TRY(table ? parse_fields(&p, false, out) : parse_type(&p, out));
    return p.kind == TOKEN_END ? MR_OK : syntax_error(&p);
}

/* Spark tries a table schema, then a type, and reports what was wrong with the schema. */
mr_status mr_type_parse_ddl(mr_arena *arena, mr_str text, const mr_type **out, mr_error *err)
{
    mr_status status;

    if (parse_whole(arena, text, false, out, NULL) == MR_OK)
        return MR_OK;
    if (mr_str_trim(text).len == 0) {
        *out = mr_type_struct(arena, NULL, 0);
        return MR_OK;
    }
    status = parse_whole(arena, text, true, out, err);
    MR_ASSERT(status == MR_OK || err == NULL || err->message[0] != '\0');
    return status;
}

mr_status mr_type_parse_name(mr_arena *arena, mr_str text, const mr_type **out, mr_error *err)
{
    return parse_whole(arena, text, false, out, err);
}
