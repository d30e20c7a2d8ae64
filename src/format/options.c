/* options.c - option maps: keys without regard to case, values as Spark reads them. */
#include "format/format.h"
#include "format/format_priv.h"

#include <stdio.h>

const mr_str *mr_options_find(const mr_options *options, const char *key)
{
    mr_str want = mr_str_from(key);

    for (int i = options->n - 1; i >= 0; i--)
        if (mr_str_equal_nocase(options->pairs[i].key, want))
            return &options->pairs[i].value;
    return NULL;
}

mr_status mr_options_bool(const mr_options *options, const char *key, bool *out, mr_error *err)
{
    const mr_str *value = mr_options_find(options, key);

    if (value == NULL)
        return MR_OK;
    if (mr_str_is_nocase(*value, "true"))
        *out = true;
    else if (mr_str_is_nocase(*value, "false"))
        *out = false;
    else
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "", "For input string: \"%.*s\"",
                             MR_STR_ARG(*value));
    return MR_OK;
}

mr_status mr_options_int(const mr_options *options, const char *key, int64_t *out, mr_error *err)
{
    const mr_str *value = mr_options_find(options, key);
    int64_t v;

    if (value == NULL)
        return MR_OK;
    if (!mr_str_to_int64(*value, &v) || v > INT32_MAX || v < INT32_MIN)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "%s should be an integer. Found %.*s.", key, MR_STR_ARG(*value));
    *out = v;
    return MR_OK;
}

void mr_options_str(const mr_options *options, const char *key, mr_str *out)
{
    const mr_str *value = mr_options_find(options, key);

    if (value != NULL)
        *out = *value;
}

mr_parse_mode mr_options_mode(const mr_options *options)
{
    const mr_str *value = mr_options_find(options, "mode");

    if (value != NULL && mr_str_is_nocase(*value, "DROPMALFORMED"))
        return MR_MODE_DROP;
    if (value != NULL && mr_str_is_nocase(*value, "FAILFAST"))
        return MR_MODE_FAILFAST;
    return MR_MODE_PERMISSIVE;
}

static bool is_latin1(mr_str name)
{
    return mr_str_is_nocase(name, "ISO-8859-1") || mr_str_is_nocase(name, "ISO8859_1") ||
           mr_str_is_nocase(name, "latin1");
}

mr_status mr_options_common(const mr_options *options, bool is_reader, mr_encoding *out,
                            mr_error *err)
{
    const mr_str *encoding = mr_options_find(options, "encoding");
    const mr_str *locale = mr_options_find(options, "locale");

    if (encoding == NULL)
        encoding = mr_options_find(options, "charset");
    *out = encoding == NULL                    ? MR_ENCODING_UNSAID
           : is_reader && is_latin1(*encoding) ? MR_ENCODING_LATIN1
                                               : MR_ENCODING_UTF8;
    if (*out == MR_ENCODING_UTF8 && !mr_str_is_nocase(*encoding, "UTF-8") &&
        !mr_str_is_nocase(*encoding, "UTF8") && !mr_str_is_nocase(*encoding, "US-ASCII"))
        return mr_fail(err, MR_UNSUPPORTED, "the encoding %.*s is not supported; use UTF-8",
                       MR_STR_ARG(*encoding));
    if (locale != NULL && !mr_str_is_nocase(*locale, "en-US") && !mr_str_is_nocase(*locale, "en"))
        return mr_fail(err, MR_UNSUPPORTED, "the locale %.*s is not supported; use en-US",
                       MR_STR_ARG(*locale));
    return MR_OK;
}

mr_status mr_options_line_sep(const mr_options *options, mr_str *out, mr_error *err)
{
    const mr_str *sep = mr_options_find(options, "lineSep");

    *out = (mr_str){ NULL, 0 };
    if (sep == NULL)
        return MR_OK;
    if (sep->len == 0)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "requirement failed: 'lineSep' cannot be an empty string.");
    *out = *sep;
    return MR_OK;
}

mr_status mr_options_zone(const mr_format_spec *spec, const mr_zone **out, mr_error *err)
{
    const mr_str *name = mr_options_find(&spec->options, "timeZone");

    *out = spec->zone != NULL ? spec->zone : mr_zone_utc();
    return name == NULL ? MR_OK : mr_zone_find(*name, out, err);
}

mr_status mr_options_corrupt(const mr_format_spec *spec, mr_str *name, int *field, mr_error *err)
{
    *name = spec->corrupt_column.len > 0 ? spec->corrupt_column : MR_STR("_corrupt_record");
    mr_options_str(&spec->options, "columnNameOfCorruptRecord", name);
    *field = mr_type_field(spec->schema, *name, true);
    if (*field >= 0 && (spec->schema->fields[*field].type->id != MR_TYPE_STRING ||
                        !spec->schema->fields[*field].nullable)) {
        mr_buf type = { 0 };
        char column[256];
        mr_status status;

        mr_type_print_sql(spec->schema->fields[*field].type, &type);
        snprintf(column, sizeof(column), "`%.*s`", MR_STR_ARG(*name));
        if (!spec->schema->fields[*field].nullable)
            mr_buf_puts(&type, " NOT NULL");
        mr_buf_putc(&type, '"');
        {
            mr_buf quoted = { 0 };

            mr_buf_putc(&quoted, '"');
            mr_buf_add(&quoted, mr_buf_str(&type));
            status = mr_raise(err, MR_EXC_ANALYSIS, "INVALID_CORRUPT_RECORD_TYPE", "columnName",
                              column, "actualType", mr_buf_cstr(&quoted), NULL);
            mr_buf_free(&quoted);
        }
        mr_buf_free(&type);
        return status;
    }
    return MR_OK;
}
