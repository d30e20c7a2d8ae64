/* fn_json.c - JSON in strings: to_json and from_json by the readers and writers of files, the rest
 * by a scanner of its own that never recurses deeper than DEPTH_MAX. */
#include "function/fn_priv.h"
#include "function/nested.h"

#include "format/format.h"
#include "value/number.h"

#include <math.h>
#include <string.h>

#define DEPTH_MAX 200

/* --- scanning ------------------------------------------------------------------------------------
 */

typedef struct scan {
    const char *p;
    const char *end;
} scan;

static void blanks(scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

static bool eat(scan *s, char c)
{
    blanks(s);
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

/* A string in quotes; *out is what stands between them, still escaped. */
static bool take_string(scan *s, mr_str *out)
{
    const char *from;

    if (!eat(s, '"'))
        return false;
    from = s->p;
    for (; s->p < s->end && *s->p != '"'; s->p++)
        if (*s->p == '\\' && ++s->p == s->end)
            return false;
    if (s->p == s->end)
        return false;
    *out = (mr_str){ from, (size_t)(s->p - from) };
    s->p++;
    return true;
}

static bool take_word(scan *s)
{
    const char *from = s->p;

    while (s->p < s->end &&
           strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *s->p) !=
               NULL &&
           *s->p != '\0')
        s->p++;
    if (s->p == from)
        return false;
    if (*from == 't' || *from == 'f' || *from == 'n') {
        mr_str word = { from, (size_t)(s->p - from) };

        return mr_str_is(word, "true") || mr_str_is(word, "false") || mr_str_is(word, "null");
    }
    return *from == '-' || (*from >= '0' && *from <= '9');
}

static void unescape(mr_str s, mr_buf *out);

/* A string in quotes with only those escapes that it must have. */
static void put_string(mr_buf *out, mr_str inside)
{
    static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    mr_buf plain = { 0 };

    mr_buf_putc(out, '"');
    unescape(inside, &plain);
    for (size_t i = 0; i < plain.len; i++) {
        char c = plain.ptr[i];
        const char *found = c == '\0' ? NULL : strchr(special, c);

        if (found != NULL)
            mr_buf_printf(out, "\\%c", letters[found - special]);
        else if ((uint8_t)c < 0x20)
            mr_buf_printf(out, "\\u%04X", (unsigned)(uint8_t)c);
        else
            mr_buf_putc(out, c);
    }
    mr_buf_putc(out, '"');
    mr_buf_free(&plain);
}

/* Numbers with a point or exponent are written as Java's doubles. */
static void put_plain(mr_buf *out, mr_str text)
{
    char shown[32];
    double v;
    bool floating = text.ptr[0] != '"' && text.ptr[0] != 't' && text.ptr[0] != 'f' &&
                    (mr_str_find(text, '.', 0) < text.len || mr_str_find(text, 'e', 0) < text.len ||
                     mr_str_find(text, 'E', 0) < text.len);

    if (floating && mr_number_parse_double(text, &v)) {
        size_t n = mr_number_print_double(v, shown);

        mr_buf_printf(out, isinf(v) ? "\"%.*s\"" : "%.*s", (int)n, shown);
    } else if (text.ptr[0] == '"' && mr_str_find(text, '\\', 0) < text.len) {
        put_string(out, mr_str_slice(text, 1, text.len - 1));
    } else {
        mr_buf_add(out, text);
    }
}

/* Copies one value without blanks between tokens into `out` (or nowhere). */
static bool copy_value(scan *s, mr_buf *out, int depth)
{
    const char *from;
    mr_str text;
    char close;

    blanks(s);
    if (s->p == s->end || depth > DEPTH_MAX)
        return false;
    from = s->p;
    if (*s->p != '{' && *s->p != '[') {
        if (*s->p == '"' ? !take_string(s, &text) : !take_word(s))
            return false;
        if (out != NULL)
            put_plain(out, (mr_str){ from, (size_t)(s->p - from) });
        return true;
    }
    close = *s->p == '{' ? '}' : ']';
    s->p++;
    if (out != NULL)
        mr_buf_putc(out, *from);
    for (bool first = true; !eat(s, close); first = false) {
        if (!first && !eat(s, ','))
            return false;
        if (!first && out != NULL)
            mr_buf_putc(out, ',');
        if (close == '}') {
            if (!take_string(s, &text) || !eat(s, ':'))
                return false;
            if (out != NULL)
                mr_buf_printf(out, "\"%.*s\":", MR_STR_ARG(text));
        }
        if (!copy_value(s, out, depth + 1))
            return false;
    }
    if (out != NULL)
        mr_buf_putc(out, close);
    return true;
}

static void put_rune(mr_buf *out, uint32_t c)
{
    if (c < 0x80) {
        mr_buf_putc(out, (char)c);
    } else if (c < 0x800) {
        mr_buf_putc(out, (char)(0xC0 | c >> 6));
        mr_buf_putc(out, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        mr_buf_putc(out, (char)(0xE0 | c >> 12));
        mr_buf_putc(out, (char)(0x80 | (c >> 6 & 63)));
        mr_buf_putc(out, (char)(0x80 | (c & 63)));
    } else {
        mr_buf_putc(out, (char)(0xF0 | c >> 18));
        mr_buf_putc(out, (char)(0x80 | (c >> 12 & 63)));
        mr_buf_putc(out, (char)(0x80 | (c >> 6 & 63)));
        mr_buf_putc(out, (char)(0x80 | (c & 63)));
    }
}

static uint32_t hex4(mr_str s, size_t at)
{
    uint32_t v = 0;

    for (size_t i = at; i < at + 4; i++) {
        char c = i < s.len ? s.ptr[i] : 'x';
        uint32_t d = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                            : 99;

        if (d > 15)
            return UINT32_MAX;
        v = v << 4 | d;
    }
    return v;
}

static void unescape(mr_str s, mr_buf *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

    for (size_t i = 0; i < s.len; i++) {
        const char *found;

        if (s.ptr[i] != '\\' || i + 1 == s.len) {
            mr_buf_putc(out, s.ptr[i]);
            continue;
        }
        i++;
        found = s.ptr[i] == '\0' ? NULL : strchr(from, s.ptr[i]);
        if (s.ptr[i] == 'u') {
            uint32_t c = hex4(s, i + 1), low = hex4(s, i + 7);

            i += 4;
            if (c >= 0xD800 && c < 0xDC00 && i + 2 < s.len && s.ptr[i + 1] == '\\' &&
                s.ptr[i + 2] == 'u' && low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i += 6;
            }
            put_rune(out, c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) ? 0xFFFD : c);
        } else {
            mr_buf_putc(out, found == NULL ? s.ptr[i] : to[found - from]);
        }
    }
}

static bool same_key(mr_str raw, mr_str key)
{
    mr_buf buf = { 0 };
    bool same;

    if (mr_str_find(raw, '\\', 0) >= raw.len)
        return mr_str_equal(raw, key);
    unescape(raw, &buf);
    same = mr_str_equal(mr_buf_str(&buf), key);
    mr_buf_free(&buf);
    return same;
}

/* --- get_json_object
 * ------------------------------------------------------------------------------ */

typedef struct step {
    mr_str key;
    int64_t index; /* -1 = by key, -2 = every element */
} step;

#define STEPS_MAX 64

/* "$.a['b'][0][*]"; false = no path. */
static bool parse_path(mr_str path, step *steps, int *n)
{
    size_t at = 1;

    *n = 0;
    if (path.len == 0 || path.ptr[0] != '$')
        return false;
    while (at < path.len) {
        step *s = &steps[*n];
        size_t end;

        if (++*n > STEPS_MAX - 1)
            return false;
        if (path.ptr[at] == '.') {
            for (end = at + 1; end < path.len && path.ptr[end] != '.' && path.ptr[end] != '[';)
                end++;
            *s = (step){ mr_str_slice(path, at + 1, end), -1 };
            if (s->key.len == 0)
                return false;
            if (mr_str_is(s->key, "*"))
                s->index = -2;
            at = end;
            continue;
        }
        end = mr_str_find(path, ']', at);
        if (path.ptr[at] != '[' || end >= path.len || end == at + 1)
            return false;
        *s = (step){ mr_str_slice(path, at + 1, end), -1 };
        if (s->key.ptr[0] == '\'' && s->key.len > 2 && s->key.ptr[s->key.len - 1] == '\'')
            s->key = mr_str_slice(s->key, 1, s->key.len - 1);
        else if (mr_str_is(s->key, "*"))
            s->index = -2;
        else if (!mr_str_to_int64(s->key, &s->index) || s->index < 0)
            return false;
        at = end + 1;
    }
    return true;
}

typedef struct matches {
    mr_buf text; /* divided by commas */
    int n;
} matches;

/* Follows the steps into the value at s, which is consumed; adds what it finds. */
static bool follow(scan *s, const step *steps, int n, matches *out)
{
    bool by_key;
    mr_str key;

    blanks(s);
    if (s->p == s->end)
        return false;
    if (n == 0) {
        if (out->n++ > 0)
            mr_buf_putc(&out->text, ',');
        return copy_value(s, &out->text, 0);
    }
    by_key = steps->index == -1;
    if (*s->p != (by_key ? '{' : '['))
        return copy_value(s, NULL, 0);
    s->p++;
    for (int64_t i = 0; !eat(s, by_key ? '}' : ']'); i++) {
        bool taken;

        if (i > 0 && !eat(s, ','))
            return false;
        if (by_key && (!take_string(s, &key) || !eat(s, ':')))
            return false;
        taken = by_key ? same_key(key, steps->key) : steps->index == -2 || steps->index == i;
        if (!(taken ? follow(s, steps + 1, n - 1, out) : copy_value(s, NULL, 0)))
            return false;
    }
    return true;
}

static bool has_wildcard(const step *steps, int n)
{
    for (int i = 0; i < n; i++)
        if (steps[i].index == -2)
            return true;
    return false;
}

/* A number beyond all doubles, which keeps its quotes. */
static bool is_infinite(mr_str text)
{
    return mr_str_is(text, "\"Infinity\"") || mr_str_is(text, "\"-Infinity\"");
}

/* Strings without quotes; JSON null is none. */
static bool finish(matches *m, bool wild, mr_buf *out)
{
    mr_str text = mr_buf_str(&m->text);

    if (m->n == 0 || (m->n == 1 && mr_str_is(text, "null")))
        return false;
    if (m->n > 1 && wild)
        mr_buf_putc(out, '[');
    if (m->n == 1 && !wild && text.ptr[0] == '"' && !is_infinite(text))
        unescape(mr_str_slice(text, 1, text.len - 1), out);
    else
        mr_buf_add(out, text);
    if (m->n > 1 && wild)
        mr_buf_putc(out, ']');
    return true;
}

MR_FN_EVAL(eval_get)
{
    step steps[STEPS_MAX];
    mr_buf buf = { 0 };

    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);
        scan at = { s.ptr, s.ptr + s.len };
        matches found = { { 0 }, 0 };
        bool ok;
        int n;

        mr_buf_clear(&buf);
        ok = parse_path(MR_AT(args[1], str, row), steps, &n) && follow(&at, steps, n, &found) &&
             finish(&found, has_wildcard(steps, n), &buf);
        if (ok)
            out->str[row] = mr_arena_str(call->arena, mr_buf_str(&buf));
        else
            mr_fn_null(call, out, row);
        mr_buf_free(&found.text);
    }
    mr_buf_free(&buf);
    return MR_OK;
}

MR_FN_EVAL(eval_array_length)
{
    (void)err;
    MR_EACH(sel, row)
    {
        mr_str s = MR_AT(args[0], str, row);
        scan at = { s.ptr, s.ptr + s.len };
        bool ok = eat(&at, '[');
        int32_t n = 0;

        for (; ok && !eat(&at, ']'); n++)
            ok = (n == 0 || eat(&at, ',')) && copy_value(&at, NULL, 0);
        out->i32[row] = n;
        if (!ok)
            mr_fn_null(call, out, row);
    }
    return MR_OK;
}

static mr_status resolve_keys(mr_fn_resolve *r, mr_error *err)
{
    MR_TRY(mr_fn_resolve_signature(r, err));
    r->result = mr_type_array(r->arena, mr_type_of(MR_TYPE_STRING), true);
    r->nullable = true;
    return MR_OK;
}

static bool take_keys(const mr_fn_call *call, mr_str s, mr_vec *keys)
{
    scan at = { s.ptr, s.ptr + s.len };
    mr_buf buf = { 0 };
    mr_str key;
    bool ok = eat(&at, '{');

    for (int n = 0; ok && !eat(&at, '}'); n++) {
        ok = (n == 0 || eat(&at, ',')) && take_string(&at, &key) && eat(&at, ':') &&
             copy_value(&at, NULL, 0);
        if (!ok)
            break;
        mr_buf_clear(&buf);
        unescape(key, &buf);
        mr_vec_grow(keys, call->arena, keys->n + 1);
        keys->str[keys->n - 1] = mr_arena_str(call->arena, mr_buf_str(&buf));
    }
    mr_buf_free(&buf);
    return ok;
}

MR_FN_EVAL(eval_keys)
{
    int32_t next = 0;

    (void)err;
    MR_EACH(sel, row)
    {
        int32_t before = out->children[0].n;

        for (; next < row; next++)
            mr_nested_skip(out, next);
        if (!take_keys(call, MR_AT(args[0], str, row), &out->children[0])) {
            out->children[0].n = before;
            mr_fn_null(call, out, row);
        }
        mr_nested_close(out, row);
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
    return MR_OK;
}

/* --- to_json
 * --------------------------------------------------------------------------------------- */

mr_status mr_fn_options(mr_fn_resolve *r, int arg, mr_options *out, mr_error *err)
{
    const mr_vec *map;
    mr_option_pair *pairs;
    int32_t at, first;

    *out = (mr_options){ NULL, 0 };
    if (r->n_args <= arg)
        return MR_OK;
    if (!r->args[arg].is_literal || r->args[arg].literal.is_null ||
        r->args[arg].type->id != MR_TYPE_MAP ||
        !mr_type_is_string(r->args[arg].type->fields[0].type))
        return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_OPTIONS.NON_MAP_FUNCTION", NULL);
    map = r->args[arg].literal.nested;
    at = mr_vec_index(map, r->args[arg].literal.row);
    first = map->offsets[at];
    pairs = MR_NEW_ARRAY(r->arena, mr_option_pair, map->offsets[at + 1] - first + 1);
    for (int32_t i = first; i < map->offsets[at + 1]; i++)
        pairs[i - first] =
            (mr_option_pair){ mr_arena_str(r->arena, MR_AT(&map->children[0], str, i)),
                              mr_arena_str(r->arena, MR_AT(&map->children[1], str, i)) };
    *out = (mr_options){ pairs, (int)(map->offsets[at + 1] - first) };
    return MR_OK;
}

/* A struct of the one field "v". */
static const mr_type *wrapped(mr_arena *arena, const mr_type *type)
{
    mr_field field = { MR_STR("v"), type, true, { NULL, 0 } };

    return mr_type_struct(arena, &field, 1);
}

typedef struct json_plan {
    mr_format_spec spec;
    mr_writer *writer;
    bool is_struct;
} json_plan;

static json_plan *new_plan(mr_fn_resolve *r)
{
    json_plan *p = MR_NEW(r->arena, json_plan);

    p->spec.zone = r->zone;
    p->spec.case_sensitive = r->case_sensitive;
    p->spec.legacy_time = r->legacy_time;
    p->spec.corrupt_column = MR_STR("_corrupt_record");
    return p;
}

static mr_status resolve_to_json(mr_fn_resolve *r, mr_error *err)
{
    const mr_type *t = r->args[0].type;
    json_plan *p = new_plan(r);

    if (t->id != MR_TYPE_STRUCT && t->id != MR_TYPE_ARRAY && t->id != MR_TYPE_MAP)
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "schema",
                        mr_fn_type_sql(r->arena, t), NULL);
    MR_TRY(mr_fn_options(r, 1, &p->spec.options, err));
    p->spec.schema = wrapped(r->arena, t);
    MR_TRY(mr_format_find(MR_STR("json"))->open_writer(&p->spec, r->arena, &p->writer, err));
    r->data = p;
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = true;
    return MR_OK;
}

MR_FN_EVAL(eval_to_json)
{
    const json_plan *p = call->bound->data;
    const mr_format *json = mr_format_find(MR_STR("json"));
    static const size_t before = sizeof("{\"v\":") - 1, behind = sizeof("}\n") - 1;
    mr_vec column = *args[0];
    mr_buf buf = { 0 };
    mr_status status = MR_OK;

    column.n = call->rows;
    MR_EACH(sel, row)
    {
        int32_t at = row;
        mr_batch batch = { p->spec.schema, call->rows, { &at, 1 }, &column };
        mr_str text;

        mr_buf_clear(&buf);
        MR_CHECK(json->write(p->writer, &batch, false, &buf, err));
        text = mr_buf_str(&buf);
        out->str[row] = mr_arena_str(call->arena, mr_str_slice(text, before, text.len - behind));
    }
fail:
    mr_buf_free(&buf);
    return status;
}

/* --- from_json(text, schema[, options])
 * ------------------------------------------------------------- */

mr_status mr_fn_schema(mr_fn_resolve *r, const mr_type **out, mr_error *err)
{
    const mr_fn_arg *arg = &r->args[1];
    mr_str text;

    if (!arg->is_literal || arg->literal.is_null || !mr_type_is_string(arg->type))
        return mr_raise(err, MR_EXC_ANALYSIS, "INVALID_SCHEMA.NON_STRING_LITERAL", "inputSchema",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(arg->sql)).ptr, NULL);
    text = mr_str_trim(arg->literal.str);
    if (mr_str_starts(text, "{") && mr_type_parse_json(r->arena, text, out, NULL) == MR_OK)
        return MR_OK;
    return mr_type_parse_ddl(r->arena, text, out, err);
}

/* As Spark's JSON generator writes what its parser read. */
static bool retell(mr_str value, mr_buf *out)
{
    scan s = { value.ptr, value.ptr + value.len };

    return copy_value(&s, out, 0);
}

static mr_status resolve_from_json(mr_fn_resolve *r, mr_error *err)
{
    json_plan *p = new_plan(r);
    mr_option_pair *pairs;
    mr_options given;
    const mr_type *type;
    mr_reader *reader;

    if (!mr_type_is_string(r->args[0].type))
        r->args[0].want = mr_type_of(MR_TYPE_STRING);
    MR_TRY(mr_fn_schema(r, &type, err));
    MR_TRY(mr_fn_options(r, 2, &given, err));
    pairs = MR_NEW_ARRAY(r->arena, mr_option_pair, given.n + 1);
    if (given.n > 0)
        memcpy(pairs, given.pairs, sizeof(*pairs) * (size_t)given.n);
    pairs[given.n] = (mr_option_pair){ MR_STR("multiLine"), MR_STR("true") };
    type = mr_type_force_nullable(r->arena, mr_type_copy(r->arena, type));
    p->spec.retell = retell;
    p->spec.options = (mr_options){ pairs, given.n + 1 };
    p->is_struct = type->id == MR_TYPE_STRUCT;
    p->spec.schema = p->is_struct ? type : wrapped(r->arena, type);
    MR_TRY(mr_format_find(MR_STR("json"))->open_reader(&p->spec, r->arena, &reader, err));
    r->data = p;
    r->result = type;
    r->nullable = true;
    return MR_OK;
}

/* Makes a record of a row's text; *from: its only row, or -1. */
static mr_status read_row(const mr_fn_call *call, mr_reader *reader, mr_str text, mr_batch **batch,
                          mr_error *err)
{
    const json_plan *p = call->bound->data;
    const mr_format *json = mr_format_find(MR_STR("json"));
    size_t pos = 0;

    if (!p->is_struct)
        text = mr_arena_printf(call->arena, "{\"v\":%.*s}", MR_STR_ARG(text));
    json->begin_file(reader, MR_STR(""), true);
    return json->read(reader, text, &pos, true, call->arena, batch, err);
}

static void copy_record(const mr_fn_call *call, const mr_batch *batch, mr_vec *out, int32_t row)
{
    const json_plan *p = call->bound->data;
    int32_t from;

    if (batch == NULL || batch->sel.n == 0) {
        mr_vec_set_null(out, call->arena, row);
        return;
    }
    from = mr_sel_row(batch->sel, 0);
    if (!p->is_struct) {
        mr_nested_copy(out, row, &batch->cols[0], from, call->arena);
        return;
    }
    for (int i = 0; i < out->type->n_fields; i++)
        mr_nested_copy(&out->children[i], row, &batch->cols[i], from, call->arena);
    if (out->valid != NULL)
        out->valid[row] = 1;
}

MR_FN_EVAL(eval_from_json)
{
    const json_plan *p = call->bound->data;
    mr_reader *reader;
    int32_t next = 0;

    MR_TRY(mr_format_find(MR_STR("json"))->open_reader(&p->spec, call->arena, &reader, err));
    MR_EACH(sel, row)
    {
        mr_str text = MR_AT(args[0], str, row);
        mr_batch *batch = NULL;

        for (; next < row; next++)
            mr_nested_skip(out, next);
        if (mr_str_trim(text).len > 0)
            MR_TRY(read_row(call, reader, text, &batch, err));
        copy_record(call, batch, out, row);
        next = row + 1;
    }
    for (; next < out->n; next++)
        mr_nested_skip(out, next);
    return MR_OK;
}

/* --- json_tuple(text, name, ...)
 * ---------------------------------------------------------------------- */

static mr_status resolve_tuple(mr_fn_resolve *r, mr_error *err)
{
    mr_field *columns = MR_NEW_ARRAY(r->arena, mr_field, r->n_args);

    for (int i = 0; i < r->n_args; i++)
        if (!mr_type_is_string(r->args[i].type))
            return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.NON_STRING_TYPE", "sqlExpr",
                            mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr,
                            "funcName", "`json_tuple`", NULL);
    for (int i = 1; i < r->n_args; i++)
        columns[i - 1] = (mr_field){
            mr_arena_printf(r->arena, "c%d", i - 1), mr_type_of(MR_TYPE_STRING), true, { NULL, 0 }
        };
    r->result = mr_type_struct(r->arena, columns, r->n_args - 1);
    r->nullable = false;
    return MR_OK;
}

/* The value at s as text into the columns that have the name. */
static bool put_field(const mr_fn_call *call, const mr_vec *const *args, int32_t row, scan *s,
                      mr_str key, mr_vec *columns)
{
    matches found = { { 0 }, 1 };
    mr_buf text = { 0 };
    bool ok = copy_value(s, &found.text, 0), some = ok && finish(&found, false, &text);

    for (int i = 1; ok && i < call->bound->n_args; i++)
        if (!mr_vec_is_null(args[i], row) && same_key(key, MR_AT(args[i], str, row))) {
            columns[i - 1].valid[row] = some;
            columns[i - 1].str[row] = mr_arena_str(call->arena, mr_buf_str(&text));
        }
    mr_buf_free(&text);
    mr_buf_free(&found.text);
    return ok;
}

/* One struct a row: what is no object has no fields. */
MR_FN_EVAL(eval_tuple)
{
    mr_vec *structs = &out->children[0];
    int n = call->bound->n_args - 1;

    (void)err;
    mr_vec_grow(structs, call->arena, call->rows);
    for (int32_t i = 0; i < call->rows; i++)
        out->offsets[i + 1] = i + 1;
    for (int i = 0; i < n; i++) {
        mr_vec_need_valid(&structs->children[i], call->arena);
        memset(structs->children[i].valid, 0, (size_t)call->rows);
    }
    MR_EACH(sel, row)
    {
        mr_str s = mr_vec_is_null(args[0], row) ? (mr_str){ NULL, 0 } : MR_AT(args[0], str, row);
        scan at = { s.ptr, s.ptr + s.len };
        bool ok = s.len > 0 && eat(&at, '{');
        mr_str key;

        for (int k = 0; ok && !eat(&at, '}'); k++)
            ok = (k == 0 || eat(&at, ',')) && take_string(&at, &key) && eat(&at, ':') &&
                 put_field(call, args, row, &at, key, structs->children);
        for (int i = 0; i < n && !ok; i++)
            structs->children[i].valid[row] = 0;
    }
    return MR_OK;
}

/* --- schema_of_json(literal)
 * -------------------------------------------------------------------------- */

void mr_fn_schema_result(mr_fn_resolve *r, const mr_type *type)
{
    mr_str *text = MR_NEW(r->arena, mr_str);
    mr_buf buf = { 0 };

    mr_type_print_sql(type, &buf);
    *text = mr_arena_str(r->arena, mr_buf_str(&buf));
    mr_buf_free(&buf);
    r->data = text;
    r->result = mr_type_of(MR_TYPE_STRING);
    r->nullable = false;
}

mr_status mr_fn_eval_schema(const mr_fn_call *call, const mr_vec *const *args, mr_sel sel,
                            mr_vec *out, mr_error *err)
{
    const mr_str *text = call->bound->data;

    (void)args;
    (void)err;
    MR_EACH(sel, row)
    out->str[row] = *text;
    return MR_OK;
}

static mr_status resolve_schema(mr_fn_resolve *r, mr_error *err)
{
    const mr_fn_arg *arg = &r->args[0];
    mr_options options;
    const mr_type *type;
    mr_str text;

    if (!arg->is_literal || arg->literal.is_null || !mr_type_is_string(arg->type))
        return mr_raise(err, MR_EXC_ANALYSIS, "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "sqlExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(r->sql)).ptr, "inputName",
                        "`json`", "inputType", "\"STRING\"", "inputExpr",
                        mr_arena_printf(r->arena, "\"%.*s\"", MR_STR_ARG(arg->sql)).ptr, NULL);
    MR_TRY(mr_fn_options(r, 1, &options, err));
    text = mr_arena_printf(r->arena, "{\"v\":%.*s}", MR_STR_ARG(arg->literal.str));
    MR_TRY(mr_format_infer(mr_format_find(MR_STR("json")), text, &options, r->arena, &type, err));
    mr_fn_schema_result(r, type->n_fields == 1 ? type->fields[0].type : type);
    return MR_OK;
}

static const mr_function rows[] = {
    { .name = "from_json",
      .min_args = 2,
      .max_args = 3,
      .shown_args = 1,
      .can_raise = true,
      .resolve = resolve_from_json,
      .eval = eval_from_json },
    { .name = "get_json_object",
      .min_args = 2,
      .max_args = 2,
      .always_nullable = true,
      .signature = "ss:s",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_get },
    { .name = "json_array_length",
      .min_args = 1,
      .max_args = 1,
      .always_nullable = true,
      .signature = "s:i",
      .resolve = mr_fn_resolve_signature,
      .eval = eval_array_length },
    { .name = "json_object_keys",
      .min_args = 1,
      .max_args = 1,
      .signature = "s:s",
      .resolve = resolve_keys,
      .eval = eval_keys },
    { .name = "json_tuple",
      .min_args = 2,
      .max_args = -1,
      .is_generator = true,
      .sees_nulls = true,
      .resolve = resolve_tuple,
      .eval = eval_tuple },
    { .name = "schema_of_json",
      .min_args = 1,
      .max_args = 2,
      .shown_args = 1,
      .resolve = resolve_schema,
      .eval = mr_fn_eval_schema },
    { .name = "to_json",
      .min_args = 1,
      .max_args = 2,
      .shown_args = 1,
      .can_raise = true,
      .resolve = resolve_to_json,
      .eval = eval_to_json },
};

MR_FN_GROUP(mr_fn_json_group, rows);
