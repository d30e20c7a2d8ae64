/* fuzz_checkpoint.c - hostile files of a checkpoint: the first byte says which kind. */
#include <stdlib.h>

#include "checkpoint/crc.h"
#include "checkpoint/file_log.h"
#include "checkpoint/metadata_log.h"
#include "checkpoint/schema_file.h"
#include "checkpoint/state_changes.h"
#include "checkpoint/state_file.h"
#include "column/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every record of a state file, its key as a row. */
static void read_state(mr_str text, mr_state_codec codec, mr_state_kind kind, mr_arena *arena)
{
    const mr_type *schema;
    mr_state_reader reader;
    mr_state_record record;
    bool end = false;

    if (mr_type_parse_ddl(arena, MR_STR("a LONG, b STRING, c STRUCT<x: INT, y: DECIMAL(30,2)>"),
                          &schema, NULL) != MR_OK)
        abort();
    if (mr_state_file_open(&reader, text, codec, kind, "file", NULL) != MR_OK)
        return;
    while (mr_state_file_next(&reader, &record, &end, NULL) == MR_OK && !end) {
        mr_vec vecs[3];

        for (int i = 0; i < 3; i++)
            mr_vec_init(&vecs[i], arena, schema->fields[i].type, 1);
        (void)!mr_row_decode(record.key, schema, vecs, 0, arena, NULL);
    }
    mr_state_file_close(&reader);
}

/* What is read and printed must read the same again. */
static void read_offsets(mr_str text, mr_arena *arena)
{
    mr_offset_entry entry, again;
    mr_buf printed = { 0 };

    if (mr_offset_entry_parse(arena, text, "offsets", &entry, NULL) != MR_OK)
        return;
    mr_offset_entry_print(&entry, &printed);
    if (mr_offset_entry_parse(arena, mr_buf_str(&printed), "again", &again, NULL) != MR_OK ||
        again.watermark_ms != entry.watermark_ms || again.n_offsets != entry.n_offsets)
        abort();
    mr_buf_free(&printed);
}

static void read_file_log(mr_str text, bool is_source, mr_arena *arena)
{
    mr_source_file source;
    mr_sink_file sink;
    bool end = false;
    mr_str rest;

    if (mr_file_log_open(text, "log", &rest, NULL) != MR_OK)
        return;
    while (!end)
        if ((is_source ? mr_file_log_next_source(arena, &rest, "log", &source, &end, NULL)
                       : mr_file_log_next_sink(arena, &rest, "log", &sink, &end, NULL)) != MR_OK)
            return;
}

static void read_texts(uint8_t kind, mr_str text, mr_arena *arena)
{
    mr_operator_metadata metadata;
    const mr_type *key, *value;
    mr_state_change change;
    int64_t watermark;
    mr_str id;

    switch (kind % 6) {
    case 0:
        (void)!mr_commit_entry_parse(text, "commits", &watermark, NULL);
        break;
    case 1:
        (void)!mr_query_metadata_parse(arena, text, "metadata", &id, NULL);
        break;
    case 2:
        (void)!mr_operator_metadata_parse(arena, text, "metadata", &metadata, NULL);
        break;
    case 3:
        (void)!mr_schema_file_read(arena, text, "schema", &key, &value, NULL);
        break;
    case 4:
        while (mr_state_changes_next(&text, &change))
            continue;
        break;
    default:
        (void)!mr_crc_check_spark(MR_STR("state"), text, "crc", NULL);
        (void)!mr_crc_check_hadoop(MR_STR("state"), text, "crc", NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_arena *arena = mr_arena_new();
    mr_str text;

    if (size > 0) {
        text = (mr_str){ (const char *)data + 1, size - 1 };
        switch (data[0] % 8) {
        case 0:
        case 1:
            read_state(text, MR_STATE_LZ4, data[0] % 2 == 0 ? MR_STATE_DELTA : MR_STATE_SNAPSHOT,
                       arena);
            break;
        case 2:
            read_state(text, MR_STATE_ZSTD, MR_STATE_DELTA, arena);
            break;
        case 3:
            read_offsets(text, arena);
            break;
        case 4:
        case 5:
            read_file_log(text, data[0] % 2 == 0, arena);
            break;
        default:
            read_texts((uint8_t)(data[0] / 8), text, arena);
        }
    }
    mr_arena_free(arena);
    return 0;
}
