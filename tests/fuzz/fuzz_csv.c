/* fuzz_csv.c - hostile text through the CSV reader under several rules; the first byte chooses
 * them. */
#include <stdlib.h>

#include "format/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const mr_option_pair pairs[] = {
    { { "multiLine", 9 }, { "true", 4 } },
    { { "escape", 6 }, { "\"", 1 } },
    { { "sep", 3 }, { "||", 2 } },
    { { "unescapedQuoteHandling", 22 }, { "STOP_AT_CLOSING_QUOTE", 21 } },
    { { "ignoreTrailingWhiteSpace", 24 }, { "true", 4 } },
    { { "unescapedQuoteHandling", 22 }, { "BACK_TO_DELIMITER", 17 } },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mr_format *format = mr_format_find(MR_STR("csv"));
    mr_arena *arena = mr_arena_new();
    mr_str text = { (const char *)data, size };
    size_t pos = 1;
    size_t from = size > 0 ? data[0] % 6 : 0;
    int n = size > 0 ? (data[0] >> 4) % (int)(7 - from) : 0;
    mr_format_spec spec = { .zone = mr_zone_utc(), .options = { pairs + from, n } };
    mr_reader *reader;

    if (mr_type_parse_ddl(
            arena,
            MR_STR("a LONG, b STRING, c DOUBLE, d DATE, e DECIMAL(10,2), f TIMESTAMP, "
                   "_corrupt_record STRING"),
            &spec.schema, NULL) != MR_OK ||
        format->open_reader(&spec, arena, &reader, NULL) != MR_OK)
        abort();
    format->begin_file(reader, MR_STR("f"), true);
    while (pos < size) {
        mr_batch *batch;

        if (format->read(reader, text, &pos, true, arena, &batch, NULL) != MR_OK)
            break;
    }
    mr_arena_free(arena);
    return 0;
}
