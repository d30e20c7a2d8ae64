/* csv_priv.h - the CSV reader's parts: rules of quoting, the exact tokenizer, the writer. */
#ifndef MR_FORMAT_CSV_PRIV_H
#define MR_FORMAT_CSV_PRIV_H

#include "format/format_priv.h"

typedef enum mr_csv_unescaped {
    MR_CSV_STOP_AT_DELIMITER,
    MR_CSV_STOP_AT_CLOSING_QUOTE,
    MR_CSV_BACK_TO_DELIMITER,
    MR_CSV_SKIP_VALUE,
    MR_CSV_RAISE_ERROR
} mr_csv_unescaped;

typedef struct mr_csv_rules {
    mr_str sep;
    char quote;  /* 0 = none */
    char escape; /* 0 = none */
    char escape_escape;
    char comment; /* 0 = none */
    bool trim_leading;
    bool trim_trailing;
    bool multi_line;
    mr_csv_unescaped unescaped;
    int64_t max_columns;
    int64_t max_chars; /* -1 = any */
    mr_str null_value;
    mr_str empty_value;
} mr_csv_rules;

/* ptr == NULL: nothing between the separators. */
typedef struct mr_csv_tokens {
    mr_str *items;
    int n;
    int capacity;
} mr_csv_tokens;

/* sep, quote, escape, ... ; `write`: the writer's defaults. */
MR_NODISCARD mr_status mr_csv_rules_open(mr_csv_rules *rules, const mr_options *options, bool write,
                                         mr_arena *arena, mr_error *err);
/* Splits one record; *p moves behind its line end (multiLine) or to end.  false: the rules refuse
 * it. */
bool mr_csv_split(const mr_csv_rules *rules, const char **p, const char *end, mr_arena *arena,
                  mr_csv_tokens *tokens);
MR_NODISCARD mr_status mr_csv_open_writer(const mr_format_spec *spec, mr_arena *arena,
                                          mr_writer **out, mr_error *err);
MR_NODISCARD mr_status mr_csv_write(mr_writer *writer, const mr_batch *batch, bool first,
                                    mr_buf *out, mr_error *err);
MR_NODISCARD mr_status mr_csv_check_types(const mr_type *schema, bool to_write, mr_error *err);

#endif /* MR_FORMAT_CSV_PRIV_H */
