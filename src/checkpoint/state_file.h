/* state_file.h - .delta and .snapshot files of Spark's HDFS-backed state store provider.
 *
 * Payload, big-endian:  repeat { int32 key length, key, int32 value length, value }   a put
 *                              { int32 key length, key, int32 -1 }                    a remove
 *                       int32 -1                                                      the end
 * compressed as a whole: LZ4Block stream (lz4-java's, not the LZ4 frame) or one zstd frame.
 */
#ifndef MR_CHECKPOINT_STATE_FILE_H
#define MR_CHECKPOINT_STATE_FILE_H

#include "base/base.h"

typedef enum mr_state_codec { MR_STATE_LZ4, MR_STATE_ZSTD } mr_state_codec;
typedef enum mr_state_kind { MR_STATE_DELTA, MR_STATE_SNAPSHOT } mr_state_kind;

/* "lz4", "zstd" or Spark's class names for them; others are MR_UNSUPPORTED. */
MR_NODISCARD mr_status mr_state_codec_find(mr_str name, mr_state_codec *out, mr_error *err);

/* One record; views into the reader, valid until it is closed. */
typedef struct mr_state_record {
    mr_str key;
    mr_str value; /* empty for a remove */
    bool is_remove;
} mr_state_record;

typedef struct mr_state_reader {
    const char *name; /* of the file, for messages; the caller's */
    mr_state_kind kind;
    mr_buf payload;
    size_t at;
} mr_state_reader;

/* Decompresses a whole file (checksums verified, at most 32 MiB a block, 2 GiB in all).  `name`
 * must live as long as the reader.  MR_CORRUPT on bad bytes; nothing to close then. */
MR_NODISCARD mr_status mr_state_file_open(mr_state_reader *reader, mr_str file,
                                          mr_state_codec codec, mr_state_kind kind,
                                          const char *name, mr_error *err);
/* The next record; *end = true behind the last one, which must be the end of the file. */
MR_NODISCARD mr_status mr_state_file_next(mr_state_reader *reader, mr_state_record *out, bool *end,
                                          mr_error *err);
void mr_state_file_close(mr_state_reader *reader);

/* Appends a record as it lies in a payload; value NULL: a remove. */
void mr_state_file_record(mr_buf *payload, mr_str key, const mr_str *value);

typedef struct mr_state_writer {
    mr_buf *out;
    mr_buf payload; /* not compressed yet */
    mr_state_codec codec;
    void *zstd;
} mr_state_writer;

/* Starts a file that is appended to `out` (which outlives the writer); finish it, or abandon it. */
void mr_state_file_start(mr_state_writer *writer, mr_state_codec codec, mr_buf *out);
void mr_state_file_put(mr_state_writer *writer, mr_str key, mr_str value);
void mr_state_file_remove(mr_state_writer *writer, mr_str key);
/* Writes the end and frees the writer. */
void mr_state_file_finish(mr_state_writer *writer);
void mr_state_file_abandon(mr_state_writer *writer);

#endif /* MR_CHECKPOINT_STATE_FILE_H */
