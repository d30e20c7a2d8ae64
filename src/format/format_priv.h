/* format_priv.h - what the readers and writers of this room share. */
#ifndef MR_FORMAT_FORMAT_PRIV_H
#define MR_FORMAT_FORMAT_PRIV_H

#include "format/format.h"
#include "value/pattern.h"

typedef enum mr_parse_mode { MR_MODE_PERMISSIVE, MR_MODE_DROP, MR_MODE_FAILFAST } mr_parse_mode;

extern const mr_format mr_format_json;
extern const mr_format mr_format_csv;
extern const mr_format mr_format_text;

/* ---- options.c: each leaves *out alone when the option is absent ---- */
MR_NODISCARD mr_status mr_options_bool(const mr_options *options, const char *key, bool *out,
                                       mr_error *err);
MR_NODISCARD mr_status mr_options_int(const mr_options *options, const char *key, int64_t *out,
                                      mr_error *err);
void mr_options_str(const mr_options *options, const char *key, mr_str *out);
mr_parse_mode mr_options_mode(const mr_options *options);
typedef enum mr_encoding {
    MR_ENCODING_UNSAID = 0,
    MR_ENCODING_UTF8,
    MR_ENCODING_LATIN1 /* for reading only */
} mr_encoding;

/* Checks locale and encoding. */
MR_NODISCARD mr_status mr_options_common(const mr_options *options, bool is_reader,
                                         mr_encoding *out, mr_error *err);
/* *out is empty for the default (\n, \r\n, \r). */
MR_NODISCARD mr_status mr_options_line_sep(const mr_options *options, mr_str *out, mr_error *err);
MR_NODISCARD mr_status mr_options_zone(const mr_format_spec *spec, const mr_zone **out,
                                       mr_error *err);
/* Name of the column for malformed text and its field in the schema, or -1. */
MR_NODISCARD mr_status mr_options_corrupt(const mr_format_spec *spec, mr_str *name, int *field,
                                          mr_error *err);

/* ---- line.c ---- */
/* End of the record that starts at p, and where the next one starts. */
const char *mr_line_end(const char *p, const char *end, mr_str sep, const char **next);
/* Length of the strictly valid UTF-8 sequence at p, 0 if there is none. */
int mr_utf8_step(const char *p, const char *end);
bool mr_utf8_valid(mr_str s);
/* s, or a copy with U+FFFD for what is not UTF-8, as Java decodes. */
mr_str mr_utf8_repair(mr_str s, mr_arena *arena);
/* s, or a copy if it has bytes that are not ASCII. */
mr_str mr_latin1_decode(mr_str s, mr_arena *arena);
/* Text of that encoding as valid UTF-8. */
mr_str mr_encoding_decode(mr_encoding encoding, mr_str s, mr_arena *arena);

/* ---- build.c: columns under construction ---- */
typedef struct mr_col mr_col;
struct mr_col {
    const mr_type *type;
    size_t width;
    mr_arena *arena;
    int32_t capacity;
    int32_t n; /* rows used; only counted for the children of arrays and maps */
    bool has_null;
    uint8_t *valid; /* 1 unless written otherwise, for every row below capacity */
    uint8_t *told;  /* 1: the input says null; NULL until it first does */
    union {
        void *data;
        uint8_t *u8;
        int8_t *i8;
        int16_t *i16;
        int32_t *i32;
        int64_t *i64;
        float *f32;
        double *f64;
        mr_int128 *i128;
        mr_str *str;
        mr_interval *interval;
    };
    int32_t *offsets;
    int32_t n_children;
    mr_col *children;
};

void mr_col_open(mr_col *col, mr_arena *arena, const mr_type *type, int32_t capacity);
void mr_col_reserve(mr_col *col, int32_t capacity);
/* Row `row` becomes null, whatever was written to it before. */
void mr_col_null(mr_col *col, int32_t row);
/* As mr_col_null, of a null that the input spells out. */
void mr_col_told_null(mr_col *col, int32_t row);
/* The row counts as valid again; children of arrays are cut back. */
void mr_col_reset(mr_col *col, int32_t row);
void mr_col_finish(const mr_col *col, int32_t n, mr_vec *out);
/* A batch of the columns' n rows. */
mr_batch *mr_col_batch(const mr_col *cols, const mr_type *schema, int32_t n, mr_arena *arena);

/* ---- convert.c: text to values by the options' patterns ---- */
typedef struct mr_convert {
    const mr_zone *zone;
    const mr_pattern *date; /* NULL: the casts' rules */
    const mr_pattern *timestamp;
    const mr_pattern *timestamp_ntz;
    bool fallback_date;
    bool day_numbers; /* with it: also days since 1970, as old JSON files have them */
    bool fallback_timestamp;
} mr_convert;

MR_NODISCARD mr_status mr_convert_open(mr_convert *convert, const mr_format_spec *spec,
                                       mr_arena *arena, mr_error *err);
bool mr_convert_date(const mr_convert *convert, mr_str text, int32_t *out);
bool mr_convert_timestamp(const mr_convert *convert, mr_str text, int64_t *out);
bool mr_convert_timestamp_ntz(const mr_convert *convert, mr_str text, int64_t *out);
/* java.math.BigDecimal's grammar, then decimal(precision, scale), HALF_UP. */
bool mr_convert_decimal(mr_str text, const mr_type *type, mr_int128 *out);
/* Base64 into the arena. */
bool mr_convert_base64(mr_str text, mr_arena *arena, mr_str *out);

/* ---- fail.c ---- */
/* MALFORMED_RECORD_IN_PARSING for the row as Spark prints it. */
mr_status mr_fail_malformed(const mr_col *cols, int32_t n_cols, int32_t row, bool blank,
                            mr_error *err);
/* The needed fields as a struct type. */
const mr_type *mr_needed_schema(const mr_format_spec *spec, mr_arena *arena);
static inline bool mr_needed(const mr_format_spec *spec, int field)
{
    return spec->needed == NULL || spec->needed[field];
}

/* ---- writing ---- */
/* The text of the timestamp written last: those of a window stand in many rows. */
typedef struct mr_write_last {
    bool is_set;
    int64_t us;
    size_t n;
    char text[64];
} mr_write_last;

typedef struct mr_write_times {
    mr_write_last *last; /* of one call; NULL = none is kept */
    const mr_zone *zone;
    const mr_pattern *date;
    const mr_pattern *timestamp;
    const mr_pattern *timestamp_ntz;
} mr_write_times;

MR_NODISCARD mr_status mr_write_times_open(mr_write_times *times, const mr_format_spec *spec,
                                           mr_arena *arena, mr_error *err);
/* Refuses compression other than none (and refuses unknown codecs as Spark does). */
MR_NODISCARD mr_status mr_write_check_codec(const mr_options *options, mr_error *err);
/* Dates, timestamps, numbers, booleans as text; false for types it does not know. */
bool mr_write_scalar(const mr_write_times *times, const mr_vec *vec, int32_t row, mr_buf *out);

#endif /* MR_FORMAT_FORMAT_PRIV_H */
