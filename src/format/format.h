/* format.h - bytes to columns and back: JSON, CSV, text.
 *
 * A reader is made once per file scan lane from constant options, then fed chunks that end at a
 * record boundary (the last one may lack its newline).  It yields batches of about MR_BATCH_ROWS
 * rows whose strings are views into the chunk (or into the batch arena when unescaped). What the
 * plan does not need is not decoded, but what Spark would refuse is still refused: the parse mode
 * (PERMISSIVE, DROPMALFORMED, FAILFAST) acts on the whole record exactly as in Spark 4.1.
 */
#ifndef MR_FORMAT_FORMAT_H
#define MR_FORMAT_FORMAT_H

#include "column/vec.h"
#include "value/zone.h"

/* Option maps keep the user's spelling; keys are found without regard to case. */
typedef struct mr_option_pair {
    mr_str key;
    mr_str value;
} mr_option_pair;

typedef struct mr_options {
    const mr_option_pair *pairs;
    int n;
} mr_options;

/* The value of an option, or NULL.  The last of several spellings wins. */
const mr_str *mr_options_find(const mr_options *options, const char *key);

/* What a reader is made from. */
typedef struct mr_format_spec {
    const mr_type *schema; /* the user's full data schema (no partition columns), a struct */
    const uint8_t *needed; /* one byte a field: 1 = decode into the output; NULL = all */
    mr_options options;
    const mr_zone *zone; /* session time zone (option timeZone overrides) */
    bool case_sensitive;
    mr_str corrupt_column; /* session default of columnNameOfCorruptRecord */
    bool legacy_time;      /* spark.sql.legacy.timeParserPolicy = LEGACY */
    /* JSON: writes anew what is read as text but is none (fractions, arrays, objects); NULL = it
     * stays as it stands.  false: it cannot. */
    bool (*retell)(mr_str value, mr_buf *out);
} mr_format_spec;

typedef struct mr_reader mr_reader;
typedef struct mr_writer mr_writer;

typedef struct mr_format {
    const char *name; /* "json", "csv", "text" */
    /* Where a chunk of a file may be cut into lanes: at newlines (true) or not at all (false, e.g.
     * multiLine); decided from the options. */
    bool (*splittable)(const mr_format_spec *spec);
    /* Checks options and schema (errors as Spark raises them) and makes a reader in `arena`.
     * The batches' schema is the needed fields in schema order. */
    mr_status (*open_reader)(const mr_format_spec *spec, mr_arena *arena, mr_reader **out,
                             mr_error *err);
    /* Starts a new file (CSV header handling); path is for error messages; at_start: the next chunk
     * begins at byte 0 of the file. */
    void (*begin_file)(mr_reader *reader, mr_str path, bool at_start);
    /* Decodes from chunk[*pos] on; moves *pos past what was consumed; `last`: the chunk ends the
     * file.  Returns up to about MR_BATCH_ROWS rows allocated in batch_arena; *out with n == 0 when
     * the chunk is used up.  FAILFAST errors: MR_INVALID with Spark's condition chain. */
    mr_status (*read)(mr_reader *reader, mr_str chunk, size_t *pos, bool last,
                      mr_arena *batch_arena, mr_batch **out, mr_error *err);
    /* File extension with dot, ".json". */
    const char *extension;
    /* Checks that the schema can be written (UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, text's one
     * string column). */
    mr_status (*open_writer)(const mr_format_spec *spec, mr_arena *arena, mr_writer **out,
                             mr_error *err);
    /* Appends the selected rows as text; `first` = the file is empty so far (CSV header). */
    mr_status (*write)(mr_writer *writer, const mr_batch *batch, bool first, mr_buf *out,
                       mr_error *err);
} mr_format;

/* By name, case-insensitive, or NULL. */
const mr_format *mr_format_find(mr_str name);

/* Data files of one schema: JSON schema inference over sample text (Spark's rules, fields sorted by
 * name) and CSV inference (header, inferSchema).  For batch reads only. */
MR_NODISCARD mr_status mr_format_infer(const mr_format *format, mr_str text,
                                       const mr_options *options, mr_arena *arena,
                                       const mr_type **out, mr_error *err);

#endif /* MR_FORMAT_FORMAT_H */
