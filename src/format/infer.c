/* infer.c - the schema of sample text, by Spark's rules. */
#include <stdlib.h>

#include "format/csv_priv.h"
#include "format/json_priv.h"
#include "value/number.h"
#include "value/time.h"

#define INFER_DEPTH 200 /* objects in each other whose types are told apart */

typedef struct infer {
    mr_json_lex lex;
    mr_convert convert;
    mr_arena *arena;
    bool primitives_as_string;
    bool prefers_decimal;
    bool infer_timestamp;
    bool drop_all_null;
} infer;

static const mr_type *of(mr_type_id id)
{
    return mr_type_of(id);
}

static const mr_type *merge(infer *f, const mr_type *a, const mr_type *b);

static int by_name(const void *a, const void *b)
{
    return mr_str_compare(((const mr_field *)a)->name, ((const mr_field *)b)->name);
}

/* Fields of both, sorted; equal names merged. */
static const mr_type *merge_structs(infer *f, const mr_type *a, const mr_type *b)
{
    mr_field *out = MR_NEW_ARRAY(f->arena, mr_field, a->n_fields + b->n_fields + 1);
    int n = 0;

    for (int i = 0, j = 0; i < a->n_fields || j < b->n_fields;) {
        int c = i == a->n_fields   ? 1
                : j == b->n_fields ? -1
                                   : mr_str_compare(a->fields[i].name, b->fields[j].name);

        out[n] = c <= 0 ? a->fields[i] : b->fields[j];
        if (c == 0)
            out[n].type = merge(f, a->fields[i].type, b->fields[j].type);
        i += c <= 0;
        j += c >= 0;
        n++;
    }
    return mr_type_struct(f->arena, out, n);
}

static int digits_before_point(const mr_type *t)
{
    return t->id == MR_TYPE_LONG ? 20 : t->precision - t->scale;
}

static const mr_type *merge_numbers(infer *f, const mr_type *a, const mr_type *b)
{
    int scale, whole;

    if (a->id == MR_TYPE_DOUBLE || b->id == MR_TYPE_DOUBLE)
        return of(MR_TYPE_DOUBLE);
    scale = a->id == MR_TYPE_DECIMAL ? a->scale : 0;
    if (b->id == MR_TYPE_DECIMAL && b->scale > scale)
        scale = b->scale;
    whole = digits_before_point(a) > digits_before_point(b) ? digits_before_point(a)
                                                            : digits_before_point(b);
    return whole + scale > 38 ? of(MR_TYPE_DOUBLE)
                              : mr_type_decimal(f->arena, whole + scale, scale);
}

static bool is_number(const mr_type *t)
{
    return t->id == MR_TYPE_LONG || t->id == MR_TYPE_DOUBLE || t->id == MR_TYPE_DECIMAL ||
           t->id == MR_TYPE_INT;
}

static const mr_type *merge(infer *f, const mr_type *a, const mr_type *b)
{
    if (mr_type_equal(a, b) || b->id == MR_TYPE_NULL)
        return a;
    if (a->id == MR_TYPE_NULL)
        return b;
    if (a->id == MR_TYPE_STRUCT && b->id == MR_TYPE_STRUCT)
        return merge_structs(f, a, b);
    if (a->id == MR_TYPE_ARRAY && b->id == MR_TYPE_ARRAY)
        return mr_type_array(f->arena, merge(f, a->fields[0].type, b->fields[0].type), true);
    if (is_number(a) && is_number(b))
        return merge_numbers(f, a, b);
    return of(MR_TYPE_STRING);
}

static const mr_type *number_type(infer *f, mr_str text, mr_json_kind kind)
{
    mr_decimal d;
    int64_t v;
    int digits = 0;
    int scale = 0;
    bool point = false;

    if (kind == MR_JSON_INT && mr_str_to_int64(text, &v))
        return of(MR_TYPE_LONG);
    for (size_t i = 0; i < text.len; i++) {
        digits += text.ptr[i] >= '0' && text.ptr[i] <= '9';
        scale += point;
        point = point || text.ptr[i] == '.';
        if ((text.ptr[i] | 0x20) == 'e' || (text.ptr[i] | 0x20) == 'n')
            return of(MR_TYPE_DOUBLE);
    }
    if (kind == MR_JSON_FLOAT && !f->prefers_decimal)
        return of(MR_TYPE_DOUBLE);
    if (digits <= 38 && mr_number_parse_decimal(text, 38, scale, &d))
        return mr_type_decimal(f->arena, digits > scale ? digits : scale, scale);
    return of(MR_TYPE_DOUBLE);
}

static const mr_type *value_type(infer *f, const char *p, const char *end, int depth);

static const mr_type *object_type(infer *f, const char *p, const char *end, int depth)
{
    mr_field *fields = NULL;
    size_t n = 0, capacity = 0;
    const mr_type *type;

    for (p = mr_json_space(&f->lex, p + 1, end); *p != '}';
         p = mr_json_space(&f->lex, p + (*p == ','), end)) {
        mr_str name;
        bool plain;
        const char *value = mr_json_name(&f->lex, p, end, &name, &plain);
        const char *stop = mr_json_value(&f->lex, value, end);
        size_t i;

        if (!plain)
            name = mr_json_unescape(name, f->arena);
        for (i = 0; i < n && !mr_str_equal(fields[i].name, name);)
            i++;
        if (i == n)
            MR_PUSH(fields, n, capacity, (mr_field){ .name = name, .nullable = true });
        fields[i].type = value_type(f, value, stop, depth);
        p = mr_json_space(&f->lex, stop, end);
    }
    if (n > 0)
        qsort(fields, n, sizeof(*fields), by_name);
    type = mr_type_struct(f->arena, fields, (int)n);
    free(fields);
    return type;
}

static const mr_type *array_type(infer *f, const char *p, const char *end, int depth)
{
    const mr_type *element = of(MR_TYPE_NULL);

    for (p = mr_json_space(&f->lex, p + 1, end); *p != ']';
         p = mr_json_space(&f->lex, p + (*p == ','), end)) {
        const char *stop = mr_json_value(&f->lex, p, end);

        element = merge(f, element, value_type(f, p, stop, depth));
        p = mr_json_space(&f->lex, stop, end);
    }
    return mr_type_array(f->arena, element, true);
}

static const mr_type *value_type(infer *f, const char *p, const char *end, int depth)
{
    mr_json_kind kind = mr_json_kind_of(p, end);
    mr_str text = { p, (size_t)(end - p) };
    int64_t us;

    if (kind == MR_JSON_NULL)
        return of(MR_TYPE_NULL);
    if (depth >= INFER_DEPTH)
        return of(MR_TYPE_STRING);
    if (kind == MR_JSON_OBJECT)
        return object_type(f, p, end, depth + 1);
    if (kind == MR_JSON_ARRAY)
        return array_type(f, p, end, depth + 1);
    if (kind == MR_JSON_STRING) {
        mr_str inside = mr_str_slice(text, 1, text.len - 1);

        if (f->infer_timestamp && !f->primitives_as_string &&
            mr_convert_timestamp(&f->convert, inside, &us))
            return of(MR_TYPE_TIMESTAMP);
        return of(MR_TYPE_STRING);
    }
    if (f->primitives_as_string)
        return of(MR_TYPE_STRING);
    if (kind == MR_JSON_TRUE || kind == MR_JSON_FALSE)
        return of(MR_TYPE_BOOLEAN);
    return number_type(f, text, kind);
}

/* Types for reading: void becomes string, empty structs go. NULL = the field goes. */
static const mr_type *canonical(infer *f, const mr_type *t)
{
    mr_field *out;
    int n = 0;

    if (t->id == MR_TYPE_NULL)
        return f->drop_all_null ? NULL : of(MR_TYPE_STRING);
    if (t->id == MR_TYPE_ARRAY) {
        const mr_type *e = canonical(f, t->fields[0].type);

        return e == NULL ? NULL : mr_type_array(f->arena, e, true);
    }
    if (t->id != MR_TYPE_STRUCT)
        return t;
    out = MR_NEW_ARRAY(f->arena, mr_field, t->n_fields + 1);
    for (int i = 0; i < t->n_fields; i++) {
        const mr_type *c = canonical(f, t->fields[i].type);

        if (c == NULL || t->fields[i].name.len == 0)
            continue;
        out[n] = t->fields[i];
        out[n++].type = c;
    }
    return n == 0 ? NULL : mr_type_struct(f->arena, out, n);
}

static const mr_type *with_corrupt(infer *f, const mr_type *t, mr_str name)
{
    mr_field field = { .name = name, .type = of(MR_TYPE_STRING), .nullable = true };

    return merge_structs(f, t, mr_type_struct(f->arena, &field, 1));
}

/* One record: its struct, or NULL when it is malformed. */
static const mr_type *record_type(infer *f, const char *p, const char *end)
{
    const char *stop = mr_json_value(&f->lex, p, end);
    const mr_type *t;

    if (stop == NULL)
        return NULL;
    t = value_type(f, p, stop, 0);
    if (t->id == MR_TYPE_ARRAY)
        t = t->fields[0].type;
    return t->id == MR_TYPE_STRUCT ? t : NULL;
}

static mr_status infer_json(mr_str text, const mr_options *o, infer *f, const mr_type **out,
                            mr_error *err)
{
    const mr_type *all = mr_type_struct(f->arena, NULL, 0);
    mr_str corrupt = MR_STR("_corrupt_record");
    mr_str sep;
    bool multi = false;
    bool bad = false;
    const char *p = text.ptr;
    const char *end = p + text.len;

    f->lex.single_quotes = f->lex.non_numeric = true;
    MR_TRY(mr_options_bool(o, "allowComments", &f->lex.comments, err));
    MR_TRY(mr_options_bool(o, "allowUnquotedFieldNames", &f->lex.unquoted_names, err));
    MR_TRY(mr_options_bool(o, "allowSingleQuotes", &f->lex.single_quotes, err));
    MR_TRY(mr_options_bool(o, "allowNumericLeadingZeros", &f->lex.leading_zeros, err));
    MR_TRY(mr_options_bool(o, "allowBackslashEscapingAnyCharacter", &f->lex.any_escape, err));
    MR_TRY(mr_options_bool(o, "allowUnquotedControlChars", &f->lex.control_chars, err));
    MR_TRY(mr_options_bool(o, "allowNonNumericNumbers", &f->lex.non_numeric, err));
    MR_TRY(mr_options_bool(o, "multiLine", &multi, err));
    MR_TRY(mr_options_line_sep(o, &sep, err));
    mr_options_str(o, "columnNameOfCorruptRecord", &corrupt);
    f->lex.newlines = multi || sep.len > 0;
    if (text.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end) {
        const char *next = end;
        const char *stop = multi ? end : mr_line_end(p, end, sep, &next);
        const char *at = mr_json_space(&f->lex, p, stop);
        const mr_type *t = NULL;

        if (at != stop) {
            t = at == NULL ? NULL : record_type(f, at, stop);
            if (t != NULL)
                all = merge_structs(f, all, t);
            bad = bad || t == NULL;
        }
        p = next;
    }
    all = canonical(f, all);
    if (all == NULL)
        all = mr_type_struct(f->arena, NULL, 0);
    if (bad && mr_options_mode(o) == MR_MODE_PERMISSIVE)
        all = with_corrupt(f, all, corrupt);
    if (bad && mr_options_mode(o) == MR_MODE_FAILFAST)
        return mr_raise(err, MR_EXC_SPARK, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                        "badRecord", "", "failFastMode", "FAILFAST", NULL);
    *out = all;
    return MR_OK;
}

/* ---- CSV ---- */

static const mr_type *csv_type(infer *f, mr_str s)
{
    int64_t v;
    int32_t days;
    double d;

    if (mr_str_to_int64(s, &v))
        return of(v >= INT32_MIN && v <= INT32_MAX ? MR_TYPE_INT : MR_TYPE_LONG);
    if (mr_number_parse_double(s, &d)) {
        size_t i = 0;

        while (i < s.len && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '-'))
            i++;
        return i == s.len && s.len <= 38
                   ? mr_type_decimal(f->arena, (int)s.len - (s.ptr[0] == '-'), 0)
                   : of(MR_TYPE_DOUBLE);
    }
    if (mr_str_is(s, "NaN") || mr_str_is(s, "Inf") || mr_str_is(s, "-Inf"))
        return of(MR_TYPE_DOUBLE);
    if (s.len == 10 && mr_convert_date(&f->convert, s, &days))
        return of(MR_TYPE_DATE);
    if (s.len > 4 && mr_convert_timestamp(&f->convert, s, &v))
        return of(MR_TYPE_TIMESTAMP);
    if (mr_str_is_nocase(s, "true") || mr_str_is_nocase(s, "false"))
        return of(MR_TYPE_BOOLEAN);
    return of(MR_TYPE_STRING);
}

static const mr_type *csv_merge(infer *f, const mr_type *a, const mr_type *b)
{
    bool whole_a = a->id == MR_TYPE_INT || a->id == MR_TYPE_LONG;
    bool whole_b = b->id == MR_TYPE_INT || b->id == MR_TYPE_LONG;

    if (whole_a && whole_b)
        return a->id == MR_TYPE_LONG ? a : b;
    if ((a->id == MR_TYPE_DATE && b->id == MR_TYPE_TIMESTAMP) ||
        (b->id == MR_TYPE_DATE && a->id == MR_TYPE_TIMESTAMP))
        return of(MR_TYPE_TIMESTAMP);
    return merge(f, a, b);
}

/* "a" twice becomes a0 and a4; nothing becomes _c2. */
static mr_str column_name(infer *f, const mr_csv_tokens *header, int i, bool names)
{
    mr_str name = names ? header->items[i] : (mr_str){ NULL, 0 };

    if (name.len == 0)
        return mr_arena_printf(f->arena, "_c%d", i);
    for (int j = 0; j < header->n; j++)
        if (j != i && mr_str_equal_nocase(header->items[j], name))
            return mr_arena_printf(f->arena, "%.*s%d", MR_STR_ARG(name), i);
    return mr_arena_str(f->arena, name);
}

static void csv_row(infer *f, const mr_csv_rules *rules, const mr_csv_tokens *t, mr_field *fields,
                    int n)
{
    for (int i = 0; i < n && i < t->n; i++)
        if (t->items[i].ptr != NULL && !mr_str_equal(t->items[i], rules->null_value))
            fields[i].type = csv_merge(f, fields[i].type, csv_type(f, t->items[i]));
}

static mr_status infer_csv(mr_str text, const mr_options *o, infer *f, const mr_type **out,
                           mr_error *err)
{
    mr_csv_rules rules;
    mr_csv_tokens t = { 0 };
    mr_field *fields = NULL;
    mr_str sep;
    bool header = false, typed = false;
    const char *p = text.ptr;
    const char *end = p + text.len;
    int n = 0;

    MR_TRY(mr_csv_rules_open(&rules, o, false, f->arena, err));
    MR_TRY(mr_options_line_sep(o, &sep, err));
    MR_TRY(mr_options_bool(o, "header", &header, err));
    MR_TRY(mr_options_bool(o, "inferSchema", &typed, err));
    if (text.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end && (fields == NULL || typed)) {
        const char *next = end;
        const char *stop = rules.multi_line ? end : mr_line_end(p, end, sep, &next);
        const char *at = p;
        mr_str line = mr_str_trim((mr_str){ p, (size_t)(stop - p) });

        if (line.len == 0 || (rules.comment != '\0' && *p == rules.comment) ||
            (rules.multi_line && (*p == '\n' || *p == '\r'))) {
            p = rules.multi_line ? p + 1 : next;
            continue;
        }
        if (!mr_csv_split(&rules, &at, stop, f->arena, &t)) {
            free(t.items);
            return mr_raise(err, MR_EXC_RUNTIME, "MALFORMED_CSV_RECORD", "badRecord", "", NULL);
        }
        p = rules.multi_line ? at : next;
        if (fields == NULL) {
            n = t.n;
            fields = MR_NEW_ARRAY(f->arena, mr_field, n + 1);
            for (int i = 0; i < n; i++)
                fields[i] = (mr_field){ .name = column_name(f, &t, i, header),
                                        .type = of(MR_TYPE_NULL),
                                        .nullable = true };
            if (header)
                continue;
        }
        csv_row(f, &rules, &t, fields, n);
    }
    free(t.items);
    for (int i = 0; i < n; i++)
        if (!typed || fields[i].type->id == MR_TYPE_NULL)
            fields[i].type = of(MR_TYPE_STRING);
    *out = mr_type_struct(f->arena, fields, n);
    return MR_OK;
}

mr_status mr_format_infer(const mr_format *format, mr_str text, const mr_options *options,
                          mr_arena *arena, const mr_type **out, mr_error *err)
{
    infer f = { .arena = arena };
    mr_format_spec spec = { .options = *options, .zone = mr_zone_utc() };
    mr_encoding encoding;
    mr_field value = { .name = MR_STR("value"), .type = of(MR_TYPE_STRING), .nullable = true };

    MR_TRY(mr_options_common(options, true, &encoding, err));
    if (encoding == MR_ENCODING_LATIN1 && format != &mr_format_text)
        text = mr_latin1_decode(text, arena);
    MR_TRY(mr_convert_open(&f.convert, &spec, arena, err));
    MR_TRY(mr_options_bool(options, "primitivesAsString", &f.primitives_as_string, err));
    MR_TRY(mr_options_bool(options, "prefersDecimal", &f.prefers_decimal, err));
    MR_TRY(mr_options_bool(options, "inferTimestamp", &f.infer_timestamp, err));
    MR_TRY(mr_options_bool(options, "dropFieldIfAllNull", &f.drop_all_null, err));
    if (format == &mr_format_json)
        MR_TRY(infer_json(text, options, &f, out, err));
    else if (format == &mr_format_csv)
        MR_TRY(infer_csv(text, options, &f, out, err));
    else
        *out = mr_type_struct(arena, &value, 1);
    *out = mr_type_copy(arena, *out);
    return MR_OK;
}
