/* write.c - what the writers share: scalars as text, patterns, codecs. */
#include <stdio.h>

#include "column/print.h"
#include "format/format_priv.h"
#include "value/interval.h"
#include "value/number.h"
#include "value/time.h"

static mr_status compile(const mr_format_spec *spec, const char *key, const char *fallback,
                         mr_arena *arena, const mr_pattern **out, mr_error *err)
{
    const mr_str *text = mr_options_find(&spec->options, key);
    mr_pattern *pattern = NULL;

    MR_TRY(mr_pattern_compile(arena, text != NULL ? *text : mr_str_from(fallback),
                              spec->legacy_time, MR_PATTERN_FORMAT, &pattern, err));
    *out = pattern;
    return MR_OK;
}

mr_status mr_write_times_open(mr_write_times *times, const mr_format_spec *spec, mr_arena *arena,
                              mr_error *err)
{
    MR_TRY(mr_options_zone(spec, &times->zone, err));
    MR_TRY(compile(spec, "dateFormat", "yyyy-MM-dd", arena, &times->date, err));
    MR_TRY(compile(spec, "timestampFormat",
                   spec->legacy_time ? "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"
                                     : "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]",
                   arena, &times->timestamp, err));
    return compile(spec, "timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]", arena,
                   &times->timestamp_ntz, err);
}

mr_status mr_write_check_codec(const mr_options *options, mr_error *err)
{
    static const char *const known[] = { "bzip2", "deflate", "gzip", "lz4", "snappy", "zstd" };
    const mr_str *codec = mr_options_find(options, "compression");
    char name[64];

    if (codec == NULL)
        codec = mr_options_find(options, "codec");
    if (codec == NULL || mr_str_is_nocase(*codec, "none") ||
        mr_str_is_nocase(*codec, "uncompressed"))
        return MR_OK;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (mr_str_is_nocase(*codec, known[i]))
            return mr_fail(err, MR_UNSUPPORTED,
                           "writing files with compression=%s is not supported; use none",
                           known[i]);
    snprintf(name, sizeof(name), "%.*s", MR_STR_ARG(*codec));
    return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT,
                    "CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION", "codecName", name,
                    "availableCodecs", "bzip2, deflate, uncompressed, snappy, none, lz4, gzip",
                    NULL);
}

static size_t print_long(int64_t value, char *text)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char reverse[24];
    size_t n = 0, at = 0;

    do {
        reverse[n++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (value < 0)
        text[at++] = '-';
    while (n > 0)
        text[at++] = reverse[--n];
    return at;
}

static bool write_number(const mr_vec *vec, int32_t i, mr_buf *out)
{
    char *text = mr_buf_reserve(out, 64);
    size_t n;

    switch (vec->type->id) {
    case MR_TYPE_BYTE:
        n = print_long(vec->i8[i], text);
        break;
    case MR_TYPE_SHORT:
        n = print_long(vec->i16[i], text);
        break;
    case MR_TYPE_INT:
        n = print_long(vec->i32[i], text);
        break;
    case MR_TYPE_LONG:
        n = print_long(vec->i64[i], text);
        break;
    case MR_TYPE_FLOAT:
        n = mr_number_print_float(vec->f32[i], text);
        break;
    case MR_TYPE_DOUBLE:
        n = mr_number_print_double(vec->f64[i], text);
        break;
    case MR_TYPE_DECIMAL:
        n = mr_number_print_decimal(vec->i128[i], vec->type->scale, text);
        break;
    default:
        return false;
    }
    out->len += n;
    return true;
}

static void write_timestamp(const mr_write_times *times, int64_t us, mr_buf *out)
{
    mr_write_last *last = times->last;
    size_t from = out->len;

    if (last != NULL && last->is_set && last->us == us) {
        mr_buf_append(out, last->text, last->n);
        return;
    }
    mr_pattern_format(times->timestamp, us, times->zone, out);
    if (last == NULL || out->len - from > sizeof(last->text))
        return;
    last->is_set = true;
    last->us = us;
    last->n = out->len - from;
    memcpy(last->text, out->ptr + from, last->n);
}

bool mr_write_scalar(const mr_write_times *times, const mr_vec *vec, int32_t row, mr_buf *out)
{
    int32_t i = mr_vec_index(vec, row);

    switch (vec->type->id) {
    case MR_TYPE_BOOLEAN:
        mr_buf_puts(out, vec->u8[i] ? "true" : "false");
        return true;
    case MR_TYPE_DATE:
        mr_pattern_format(times->date, vec->i32[i] * MR_US_PER_DAY, mr_zone_utc(), out);
        return true;
    case MR_TYPE_TIMESTAMP:
        write_timestamp(times, vec->i64[i], out);
        return true;
    case MR_TYPE_TIMESTAMP_NTZ:
        mr_pattern_format(times->timestamp_ntz, vec->i64[i], mr_zone_utc(), out);
        return true;
    case MR_TYPE_INTERVAL_DT:
        mr_interval_print_dt(vec->i64[i], vec->type->start_field, vec->type->end_field, out);
        return true;
    case MR_TYPE_INTERVAL_YM:
        mr_interval_print_ym(vec->i32[i], vec->type->start_field, vec->type->end_field, out);
        return true;
    case MR_TYPE_INTERVAL_CALENDAR:
        mr_print_value(vec, row, times->zone, "NULL", out);
        return true;
    default:
        return write_number(vec, i, out);
    }
}
