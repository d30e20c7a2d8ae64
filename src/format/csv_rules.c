/* csv_rules.c - the CSV options. */
#include <stdio.h>

#include "format/csv_priv.h"

/* "\t" and its like, as Spark's toDelimiterStr reads them. */
static mr_status read_sep(mr_csv_rules *rules, const mr_options *o, mr_arena *arena, mr_error *err)
{
    mr_str sep = MR_STR(",");
    char *out;
    size_t n = 0;

    mr_options_str(o, "delimiter", &sep);
    mr_options_str(o, "sep", &sep);
    if (sep.len == 0)
        return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_DELIMITER_VALUE.EMPTY_STRING", NULL);
    if (mr_str_is(sep, "\\"))
        return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_DELIMITER_VALUE.SINGLE_BACKSLASH",
                        NULL);
    out = mr_arena_alloc(arena, sep.len + 1);
    for (size_t i = 0; i < sep.len; i++) {
        char c = sep.ptr[i];

        if (c == '\\' && i + 1 < sep.len) {
            static const char from[] = "trbf\"'\\";
            static const char to[] = "\t\r\b\f\"'\\";
            const char *at = strchr(from, sep.ptr[++i]);

            if (at == NULL || *at == '\0')
                return mr_fail(err, MR_UNSUPPORTED,
                               "the escape \\%c in the separator is not supported", sep.ptr[i]);
            c = to[at - from];
        }
        out[n++] = c;
    }
    rules->sep = (mr_str){ out, n };
    return MR_OK;
}

static mr_status read_char(const mr_options *o, const char *key, char *out, mr_error *err)
{
    const mr_str *value = mr_options_find(o, key);

    if (value == NULL)
        return MR_OK;
    if (value->len > 1)
        return mr_raise_text(err, MR_EXC_RUNTIME, "", "%s cannot be more than one character.", key);
    *out = value->len == 0 ? '\0' : value->ptr[0];
    return MR_OK;
}

static mr_status read_unescaped(mr_csv_rules *rules, const mr_options *o, mr_error *err)
{
    static const char *const names[] = { "STOP_AT_DELIMITER", "STOP_AT_CLOSING_QUOTE",
                                         "BACK_TO_DELIMITER", "SKIP_VALUE", "RAISE_ERROR" };
    const mr_str *value = mr_options_find(o, "unescapedQuoteHandling");

    for (int i = 0; value != NULL && i < 5; i++) {
        if (mr_str_is_nocase(*value, names[i])) {
            rules->unescaped = (mr_csv_unescaped)i;
            return MR_OK;
        }
    }
    return value == NULL
               ? MR_OK
               : mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                               "No enum constant com.univocity.parsers.csv.UnescapedQuoteHandling."
                               "%.*s",
                               MR_STR_ARG(*value));
}

mr_status mr_csv_rules_open(mr_csv_rules *rules, const mr_options *o, bool write, mr_arena *arena,
                            mr_error *err)
{
    bool given;

    memset(rules, 0, sizeof(*rules));
    rules->quote = '"';
    rules->escape = '\\';
    rules->max_columns = 20480;
    rules->max_chars = -1;
    rules->trim_leading = rules->trim_trailing = write;
    rules->null_value = MR_STR("");
    rules->empty_value = write ? MR_STR("\"\"") : MR_STR("");
    MR_TRY(read_sep(rules, o, arena, err));
    MR_TRY(read_char(o, "quote", &rules->quote, err));
    MR_TRY(read_char(o, "escape", &rules->escape, err));
    MR_TRY(read_char(o, "comment", &rules->comment, err));
    rules->escape_escape = rules->escape == rules->quote ? '\0' : rules->escape;
    given = mr_options_find(o, "charToEscapeQuoteEscaping") != NULL;
    if (given)
        MR_TRY(read_char(o, "charToEscapeQuoteEscaping", &rules->escape_escape, err));
    MR_TRY(mr_options_bool(o, "ignoreLeadingWhiteSpace", &rules->trim_leading, err));
    MR_TRY(mr_options_bool(o, "ignoreTrailingWhiteSpace", &rules->trim_trailing, err));
    MR_TRY(mr_options_bool(o, "multiLine", &rules->multi_line, err));
    MR_TRY(mr_options_int(o, "maxColumns", &rules->max_columns, err));
    MR_TRY(mr_options_int(o, "maxCharsPerColumn", &rules->max_chars, err));
    mr_options_str(o, "nullValue", &rules->null_value);
    mr_options_str(o, "emptyValue", &rules->empty_value);
    rules->null_value = mr_arena_str(arena, rules->null_value);
    rules->empty_value = mr_arena_str(arena, rules->empty_value);
    return read_unescaped(rules, o, err);
}

mr_status mr_csv_check_types(const mr_type *schema, bool to_write, mr_error *err)
{
    for (int i = 0; i < schema->n_fields; i++) {
        const mr_type *type = schema->fields[i].type;
        mr_buf text = { 0 };
        char column[160];
        mr_status status;

        if (type->id != MR_TYPE_ARRAY && type->id != MR_TYPE_STRUCT && type->id != MR_TYPE_MAP &&
            !(to_write && type->id == MR_TYPE_NULL))
            continue;
        snprintf(column, sizeof(column), "`%.*s`", MR_STR_ARG(schema->fields[i].name));
        mr_buf_putc(&text, '"');
        mr_type_print_sql(type, &text);
        mr_buf_putc(&text, '"');
        status =
            mr_raise(err, MR_EXC_ANALYSIS, "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE", "columnName",
                     column, "columnType", mr_buf_cstr(&text), "format", "CSV", NULL);
        mr_buf_free(&text);
        return status;
    }
    return MR_OK;
}
