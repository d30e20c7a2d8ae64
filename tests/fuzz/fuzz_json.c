/* fuzz_json.c - hostile text through the JSON reader; the fast way must equal the exact way. */
#include <stdlib.h>

#include "column/print.h"
#include "format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_text(mr_str text, bool exact, mr_buf *out)
{
    static const mr_option_pair line_sep = { { "lineSep", 7 }, { "\n", 1 } };
    const mr_format *format = mr_format_find(MR_STR("json"));
    mr_arena *arena = mr_arena_new();
    mr_format_spec spec = { .zone = mr_zone_utc(), .options = { &line_sep, exact } };
    mr_reader *reader;
    size_t pos = 0;

    if (mr_type_parse_ddl(arena,
                          MR_STR("a LONG, b STRING, c DOUBLE, d STRUCT<x: INT, y: ARRAY<STRING>>, "
                                 "e MAP<STRING, DATE>, f TIMESTAMP, _corrupt_record STRING"),
                          &spec.schema, NULL) != MR_OK ||
        format->open_reader(&spec, arena, &reader, NULL) != MR_OK)
        abort();
    format->begin_file(reader, MR_STR("f"), false);
    while (pos < text.len) {
        mr_batch *batch;

        if (format->read(reader, text, &pos, true, arena, &batch, NULL) != MR_OK)
            abort();
        for (int32_t i = 0; i < batch->n; i++)
            for (int c = 0; c < batch->schema->n_fields; c++)
                if (!mr_vec_is_null(&batch->cols[c], i))
                    mr_print_value(&batch->cols[c], i, mr_zone_utc(), "null", out);
                else
                    mr_buf_puts(out, "|");
    }
    mr_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_str text = { (const char *)data, size };
    mr_buf fast = { 0 };
    mr_buf exact = { 0 };

    read_text(text, false, &fast);
    read_text(text, true, &exact);
    if (size > 0 && memchr(data, '\r', size) == NULL &&
        !mr_str_equal(mr_buf_str(&fast), mr_buf_str(&exact)))
        abort();
    mr_buf_free(&fast);
    mr_buf_free(&exact);
    return 0;
}
