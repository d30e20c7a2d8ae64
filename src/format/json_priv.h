/* json_priv.h - the JSON reader's parts: lexer, exact decoder, speculation on the record's shape.
 */
#ifndef MR_FORMAT_JSON_PRIV_H
#define MR_FORMAT_JSON_PRIV_H

#include "format/format_priv.h"

#define MR_JSON_DEPTH         1000 /* objects and arrays in each other, as Jackson allows */
#define MR_JSON_NUMBER_LENGTH 1000 /* characters of a number, likewise */

typedef struct mr_json_lex {
    bool comments;
    bool unquoted_names;
    bool single_quotes;
    bool leading_zeros;
    bool any_escape;
    bool control_chars;
    bool non_numeric;
    bool newlines; /* records may contain line ends */
} mr_json_lex;

typedef enum mr_json_kind {
    MR_JSON_NULL,
    MR_JSON_TRUE,
    MR_JSON_FALSE,
    MR_JSON_INT,
    MR_JSON_FLOAT, /* with '.', exponent, or a name such as NaN */
    MR_JSON_STRING,
    MR_JSON_ARRAY,
    MR_JSON_OBJECT
} mr_json_kind;

/* All take the bytes [p, end) and return where they stopped, or NULL when the text is not JSON. */
const char *mr_json_space(const mr_json_lex *lex, const char *p, const char *end);
/* p behind the opening quote; returns the closing quote.  *plain: bytes can be used as they are. */
const char *mr_json_string(const mr_json_lex *lex, const char *p, const char *end, char quote,
                           bool *plain);
const char *mr_json_number(const mr_json_lex *lex, const char *p, const char *end);
/* A field's name with its colon and the space behind it. */
const char *mr_json_name(const mr_json_lex *lex, const char *p, const char *end, mr_str *name,
                         bool *plain);
/* One whole value: iterative, checks everything. */
const char *mr_json_value(const mr_json_lex *lex, const char *p, const char *end);
mr_json_kind mr_json_kind_of(const char *p, const char *end); /* of a checked value */
/* The characters of a checked string's inside. */
mr_str mr_json_unescape(mr_str inside, mr_arena *arena);

#define MR_SHAPE_FIELDS 256
#define MR_SHAPE_TEXT   8192

typedef enum mr_shape_op {
    MR_OP_SKIP,
    MR_OP_LONG,
    MR_OP_INT,
    MR_OP_DOUBLE,
    MR_OP_STRING,
    MR_OP_BOOLEAN,
    MR_OP_OTHER /* through the exact converter */
} mr_shape_op;

typedef struct mr_shape_field {
    uint16_t at; /* of what stands before the value, in the shape's text */
    uint16_t len;
    uint8_t op;
    uint8_t kind; /* mr_json_kind of the value it was learned from */
    int32_t col;
} mr_shape_field;

/* The bytes around the values of the last well-formed record. */
typedef struct mr_shape {
    int n_fields; /* 0 = none */
    mr_shape_field fields[MR_SHAPE_FIELDS];
    uint16_t tail_at;
    uint16_t tail_len;
    size_t text_used;
    char text[MR_SHAPE_TEXT + 32];
    int n_missing;
    int32_t *missing; /* columns that the shape does not set */
} mr_shape;

typedef struct mr_json_side_shape mr_json_side_shape;

typedef struct mr_json_reader {
    mr_json_lex lex;
    mr_convert convert;
    const mr_type *schema; /* of the batches */
    int32_t corrupt_col;   /* column for the text of malformed records, or -1 */
    mr_parse_mode mode;
    mr_str line_sep;
    bool multi_line;
    mr_encoding encoding;
    bool speculate;
    bool at_start;
    bool (*retell)(mr_str value, mr_buf *out); /* see mr_format_spec */
    mr_shape shape;
    mr_json_side_shape *side; /* NULL: records of the shape are read one by one */
    mr_json_side_shape *side_memory;
    int32_t backoff; /* records until the shape may be learned again */
    int32_t penalty;
    /* the batch in hand */
    mr_arena *arena;
    mr_col *cols;
    int32_t n;
    int32_t capacity;
} mr_json_reader;

typedef enum mr_json_result {
    MR_JSON_GOOD,
    MR_JSON_PARTIAL, /* written, with nulls for what was bad inside */
    MR_JSON_BAD,     /* nothing to keep */
    MR_JSON_BROKEN   /* nothing to keep of the whole record */
} mr_json_result;

/* json_decode.c: one checked value into a row of a column. */
mr_json_result mr_json_decode(mr_json_reader *r, mr_col *col, int32_t row, const char *p,
                              const char *end);
/* json_decode.c: one record's text into rows; *bad tells whether it is malformed. */
void mr_json_record(mr_json_reader *r, mr_str text, bool *bad, bool *blank);
/* json_fast.c: learns the shape of a good record. */
void mr_json_learn(mr_json_reader *r, mr_str text);
/* json_fast.c: decodes records like the shape from p on, until one differs or `limit` rows are
 * made. */
const char *mr_json_fast(mr_json_reader *r, const char *p, const char *end, int32_t limit);

/* json_side.c: memory for the shape, if this processor can; what the shape just learned needs; the
 * records like it from p on, several at a time. */
void mr_json_side_open(mr_json_reader *r, mr_arena *arena);
void mr_json_side_learn(mr_json_reader *r);
const char *mr_json_side(mr_json_reader *r, const char *p, const char *end, int32_t limit);

/* The value of n <= 8 digits at p; 8 bytes can be loaded. */
static inline uint64_t mr_json_digits8(const char *p, int n)
{
    uint64_t v;

    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    v = (v & UINT64_C(0x0F0F0F0F0F0F0F0F)) << (64 - 8 * n);
    v = (v * 10 + (v >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    v = (v * 100 + (v >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (v * 10000 + (v >> 32)) & UINT64_C(0xFFFFFFFF);
}

/* 1 <= n <= 16 digits. */
static inline uint64_t mr_json_digits16(const char *p, int n)
{
    if (n <= 8)
        return mr_json_digits8(p, n);
    return mr_json_digits8(p, n - 8) * UINT64_C(100000000) + mr_json_digits8(p + n - 8, 8);
}

/* The powers of ten that both a double and 64 bits hold, 10^0 to 10^15. */
extern const double mr_json_powers[16];
extern const uint64_t mr_json_whole_powers[16];

#endif /* MR_FORMAT_JSON_PRIV_H */
