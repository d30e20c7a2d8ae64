/* json.c - the JSON reader: options, lines, modes. */
#include "format/json_priv.h"
#include "format/json_write_priv.h"

static bool json_splittable(const mr_format_spec *spec)
{
    bool multi = false;

    return mr_options_bool(&spec->options, "multiLine", &multi, NULL) == MR_OK && !multi &&
           mr_options_find(&spec->options, "lineSep") == NULL;
}

static mr_status read_flags(mr_json_reader *r, const mr_options *o, mr_error *err)
{
    r->lex.single_quotes = r->lex.non_numeric = true;
    MR_TRY(mr_options_bool(o, "allowComments", &r->lex.comments, err));
    MR_TRY(mr_options_bool(o, "allowUnquotedFieldNames", &r->lex.unquoted_names, err));
    MR_TRY(mr_options_bool(o, "allowSingleQuotes", &r->lex.single_quotes, err));
    MR_TRY(mr_options_bool(o, "allowNumericLeadingZeros", &r->lex.leading_zeros, err));
    MR_TRY(mr_options_bool(o, "allowBackslashEscapingAnyCharacter", &r->lex.any_escape, err));
    MR_TRY(mr_options_bool(o, "allowUnquotedControlChars", &r->lex.control_chars, err));
    MR_TRY(mr_options_bool(o, "allowNonNumericNumbers", &r->lex.non_numeric, err));
    MR_TRY(mr_options_bool(o, "multiLine", &r->multi_line, err));
    MR_TRY(mr_options_line_sep(o, &r->line_sep, err));
    MR_TRY(mr_options_common(o, true, &r->encoding, err));
    if (r->encoding == MR_ENCODING_LATIN1 && !r->multi_line && r->line_sep.len == 0)
        return mr_raise_text(err, MR_EXC_ILLEGAL_ARGUMENT, "",
                             "requirement failed: The lineSep option must be specified for the "
                             "ISO-8859-1 encoding");
    r->lex.newlines = r->multi_line || r->line_sep.len > 0;
    r->mode = mr_options_mode(o);
    return MR_OK;
}

static mr_status check_type(const mr_field *field, const mr_type *type, mr_error *err)
{
    if (type->id == MR_TYPE_INTERVAL_YM || type->id == MR_TYPE_INTERVAL_DT)
        return mr_fail(err, MR_UNSUPPORTED,
                       "reading the column %.*s as an ANSI interval from JSON is not supported; "
                       "read it as STRING and cast it",
                       MR_STR_ARG(field->name));
    for (int i = 0; i < type->n_fields; i++)
        MR_TRY(check_type(field, type->fields[i].type, err));
    return MR_OK;
}

static mr_status json_open_reader(const mr_format_spec *spec, mr_arena *arena, mr_reader **out,
                                  mr_error *err)
{
    mr_json_reader *r = MR_NEW(arena, mr_json_reader);
    mr_str corrupt;
    int field;

    MR_TRY(read_flags(r, &spec->options, err));
    MR_TRY(mr_convert_open(&r->convert, spec, arena, err));
    r->convert.day_numbers = true;
    r->retell = spec->retell;
    MR_TRY(mr_options_corrupt(spec, &corrupt, &field, err));
    r->line_sep = mr_arena_str(arena, r->line_sep);
    r->schema = mr_needed_schema(spec, arena);
    for (int i = 0; i < r->schema->n_fields; i++)
        MR_TRY(check_type(&r->schema->fields[i], r->schema->fields[i].type, err));
    r->corrupt_col = mr_type_field(r->schema, corrupt, true);
    if (r->corrupt_col >= 0 && r->schema->n_fields == 1)
        return mr_raise(err, MR_EXC_ANALYSIS,
                        "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN", NULL);
    r->speculate = !r->lex.newlines && !r->lex.comments && !r->lex.leading_zeros &&
                   !r->lex.any_escape && !r->lex.control_chars && !r->lex.unquoted_names;
    r->shape.missing = MR_NEW_ARRAY(arena, int32_t, r->schema->n_fields + 1);
    if (r->retell == NULL)
        mr_json_side_open(r, arena);
    *out = (mr_reader *)r;
    return MR_OK;
}

static void json_begin_file(mr_reader *reader, mr_str path, bool at_start)
{
    (void)path;
    ((mr_json_reader *)reader)->at_start = at_start;
}

static void drop_rows(mr_json_reader *r, int32_t first)
{
    for (int c = 0; c < r->schema->n_fields; c++) {
        for (int32_t i = first; i < r->n; i++)
            mr_col_reset(&r->cols[c], i);
        if (first < r->n)
            mr_col_reset(&r->cols[c], first);
    }
    r->n = first;
}

/* One record by the exact way, and what the mode does with it. */
static mr_status exact_record(mr_json_reader *r, mr_str raw, mr_error *err)
{
    int32_t first = r->n;
    bool bad = false;
    bool blank;
    mr_str text =
        r->encoding == MR_ENCODING_UNSAID ? raw : mr_encoding_decode(r->encoding, raw, r->arena);

    mr_json_record(r, text, &bad, &blank);
    if (!bad) {
        if (r->backoff > 0)
            r->backoff--;
        else if (r->speculate && r->n == first + 1)
            mr_json_learn(r, text);
        return MR_OK;
    }
    if (r->mode == MR_MODE_FAILFAST)
        return mr_fail_malformed(r->cols, r->schema->n_fields, first, blank, err);
    if (r->mode == MR_MODE_DROP) {
        drop_rows(r, first);
    } else if (r->corrupt_col >= 0) {
        for (int32_t i = first; i < r->n; i++) {
            r->cols[r->corrupt_col].valid[i] = 1;
            r->cols[r->corrupt_col].str[i] = text;
        }
    }
    return MR_OK;
}

static void open_batch(mr_json_reader *r, mr_arena *arena)
{
    r->arena = arena;
    r->n = 0;
    r->capacity = MR_BATCH_ROWS;
    r->cols = MR_NEW_ARRAY(arena, mr_col, r->schema->n_fields + 1);
    for (int i = 0; i < r->schema->n_fields; i++)
        mr_col_open(&r->cols[i], arena, r->schema->fields[i].type, r->capacity);
}

static mr_status json_read(mr_reader *reader, mr_str chunk, size_t *pos, bool last,
                           mr_arena *batch_arena, mr_batch **out, mr_error *err)
{
    mr_json_reader *r = (mr_json_reader *)reader;
    const char *p = chunk.ptr + *pos;
    const char *end = chunk.ptr + chunk.len;

    (void)last;
    open_batch(r, batch_arena);
    if (r->at_start && *pos == 0 && chunk.len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    r->at_start = false;
    while (p < end && r->n < MR_BATCH_ROWS) {
        const char *next = end;
        const char *stop = end;

        if (r->shape.n_fields > 0 && (p = mr_json_fast(r, p, end, MR_BATCH_ROWS)) >= end)
            break;
        if (r->n >= MR_BATCH_ROWS)
            break;
        if (!r->multi_line)
            stop = mr_line_end(p, end, r->line_sep, &next);
        MR_TRY(exact_record(r, (mr_str){ p, (size_t)(stop - p) }, err));
        p = next;
    }
    *pos = (size_t)(p - chunk.ptr);
    *out = mr_col_batch(r->cols, r->schema, r->n, batch_arena);
    return MR_OK;
}

const mr_format mr_format_json = {
    .name = "json",
    .splittable = json_splittable,
    .open_reader = json_open_reader,
    .begin_file = json_begin_file,
    .read = json_read,
    .extension = ".json",
    .open_writer = mr_json_open_writer,
    .write = mr_json_write,
};
