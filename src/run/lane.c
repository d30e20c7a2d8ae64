/* lane.c - reading a lane: byte ranges of files, in chunks that end at record boundaries.
 *
 * The input of a scan is thought of as one long run of bytes, file after file, cut into lanes of
 * equal length.  A record belongs to the lane its first byte is in: a lane that begins inside a
 * file skips to the first byte after a newline, and reads past its end to the end of the record it
 * is in.
 */
#include "run/run_priv.h"

#include <stdlib.h>

#ifndef LANE_BYTES /* a test makes them small */
#define LANE_BYTES  (INT64_C(4) << 20)
#define CHUNK_BYTES (256u << 10)
#endif
#define LANES_MAX        4096
#define RECORD_BYTES_MAX (64u << 20) /* reliability.md 5.4: one JSON row */
#define WHOLE_FILE_MAX   (INT64_C(1) << 30)

typedef struct lane_reader {
    const mr_run *run;
    const mr_run_input *input;
    const mr_format *format;
    mr_arena *arena; /* of the decoder */
    mr_reader *reader;
    int64_t start, end; /* of the lane in the input's bytes */
    bool is_whole;      /* files are not split */
    bool is_stream;     /* they are read once */
    bool skips_missing; /* option ignoreMissingFiles */
    bool skips_corrupt; /* option ignoreCorruptFiles */
    int file;           /* next or current file */
    int64_t file_start; /* of that file in the input's bytes */
    mr_file *open_file;
    int64_t at;    /* next byte to read in the file */
    int64_t limit; /* records that begin at or after it belong to the next lane */
    char *buffer;
    size_t capacity, used;
    mr_str chunk; /* complete records within the buffer */
    size_t pos;
    int64_t chunk_at; /* file offset of the chunk */
    bool is_last;     /* the chunk ends the file (or the lane's part of it) */
    mr_partition partition;
} lane_reader;

static mr_format_spec format_spec(const mr_run *run, const mr_scan *scan)
{
    return (mr_format_spec){ .schema = scan->schema,
                             .needed = scan->needed,
                             .options = scan->options,
                             .zone = run->zone,
                             .case_sensitive = run->case_sensitive,
                             .corrupt_column = run->corrupt_column,
                             .legacy_time = run->legacy_time };
}

static const char *path_of(const lane_reader *lane)
{
    return lane->input->files[lane->file].path;
}

static bool is_whole_file(const lane_reader *lane)
{
    return lane->is_whole || mr_run_packing(path_of(lane)) != MR_PACKED_NOT;
}

static int64_t total_bytes(const mr_run_input *input)
{
    int64_t total = 0;

    for (int i = 0; i < input->n; i++)
        total += input->files[i].size;
    return total;
}

static bool is_splittable(const mr_run *run, const mr_spec *scan)
{
    const mr_format *format = mr_format_find(scan->scan->format);
    mr_format_spec spec = format_spec(run, scan->scan);

    return format != NULL && format->splittable(&spec);
}

int mr_lane_count(const mr_run *run, const mr_spec *scan)
{
    int64_t n = (total_bytes(&run->inputs[scan->scan_id]) + LANE_BYTES - 1) / LANE_BYTES;

    return n < 1 ? 1 : n > LANES_MAX ? LANES_MAX : (int)n;
}

static mr_status file_failed(const lane_reader *lane, mr_error *err)
{
    const char *path = lane->input->files[lane->file].path;
    mr_buf uri = { 0 };
    mr_status status;

    if (err == NULL || err->status != MR_NOT_FOUND)
        return err == NULL ? MR_IO : err->status;
    mr_buf_printf(&uri, "file://%s", path);
    status = mr_raise(err, MR_EXC_SPARK, "FAILED_READ_FILE.FILE_NOT_EXIST", "path",
                      mr_buf_cstr(&uri), (char *)NULL);
    mr_buf_free(&uri);
    return status;
}

static void close_file(lane_reader *lane)
{
    mr_os_close(lane->open_file, NULL);
    lane->open_file = NULL;
}

/* Moves `at` to the first record that begins in the lane, for a lane that begins inside the file.
 */
static mr_status skip_to_record(lane_reader *lane, int64_t from, mr_error *err)
{
    char probe[4096];
    size_t got;

    for (int64_t at = from - 1;; at += (int64_t)got) {
        const char *hit;

        MR_TRY(mr_os_pread(lane->open_file, probe, sizeof(probe), at, &got, err));
        hit = got == 0 ? NULL : memchr(probe, '\n', got);
        if (hit != NULL) {
            lane->at = at + (hit - probe) + 1;
            return MR_OK;
        }
        if (got < sizeof(probe)) {
            lane->at = at + (int64_t)got;
            return MR_OK;
        }
    }
}

/* Opens the current file at the lane's first record in it. */
static mr_status open_file(lane_reader *lane, mr_error *err)
{
    const mr_run_file *file = &lane->input->files[lane->file];
    int64_t from = lane->start - lane->file_start;

    if (mr_os_open(lane->run->os, file->path, MR_OS_READ | (lane->is_stream ? MR_OS_LARGE : 0),
                   &lane->open_file, err) != MR_OK) {
        if (!lane->skips_missing || err == NULL || err->status != MR_NOT_FOUND)
            return file_failed(lane, err);
        mr_error_clear(err);
        lane->open_file = NULL;
        lane->file_start += lane->input->files[lane->file++].size;
        return MR_OK;
    }
    lane->at = 0;
    lane->limit = is_whole_file(lane) ? INT64_MAX : lane->end - lane->file_start;
    if (lane->limit > file->size)
        lane->limit =
            INT64_MAX; /* the last lane of a file also takes what was appended meanwhile */
    lane->used = 0;
    lane->chunk = (mr_str){ NULL, 0 };
    lane->is_last = false;
    if (from > 0 && !is_whole_file(lane))
        MR_TRY(skip_to_record(lane, from, err));
    if (lane->format->begin_file != NULL)
        lane->format->begin_file(lane->reader, mr_str_from(file->path), lane->at == 0);
    return MR_OK;
}

/* Does the lane hold a record start of the current file? */
static bool lane_has_file(const lane_reader *lane)
{
    int64_t size = lane->input->files[lane->file].size;

    if (is_whole_file(lane))
        return lane->file_start >= lane->start &&
               (lane->file_start < lane->end || lane->end == INT64_MAX);
    if (size == 0)
        return false;
    return lane->file_start < lane->end && lane->file_start + size > lane->start;
}

static mr_status read_more(lane_reader *lane, size_t want, size_t *got, mr_error *err)
{
    if (lane->capacity - lane->used < want) {
        lane->capacity = (lane->used + want) * 2;
        lane->buffer = mr_realloc(lane->buffer, lane->capacity + 64);
    }
    return mr_os_pread(lane->open_file, lane->buffer + lane->used, want,
                       lane->at + (int64_t)lane->used, got, err);
}

/* Spark's words for a file that cannot be read, around the reason. */
static mr_status wrap(const lane_reader *lane, mr_error *err)
{
    char root[sizeof(err->condition)], reason[sizeof(err->message)];
    mr_buf uri = { 0 };
    mr_status status;

    if (err == NULL)
        return MR_INVALID;
    memcpy(root, err->condition, sizeof(root));
    memcpy(reason, err->message, sizeof(reason));
    mr_buf_printf(&uri, "file://%s", path_of(lane));
    status = mr_raise(err, MR_EXC_SPARK, "FAILED_READ_FILE.NO_HINT", "path", mr_buf_cstr(&uri),
                      (char *)NULL);
    memcpy(err->root_condition, root, sizeof(root));
    mr_error_hint(err, "%s", reason);
    mr_buf_free(&uri);
    return status;
}

static mr_status wrap_read_error(const lane_reader *lane, mr_status status, mr_error *err)
{
    if (err == NULL || (strncmp(err->condition, "MALFORMED_RECORD", 16) != 0 &&
                        strcmp(err->condition, "MALFORMED_CSV_RECORD") != 0 &&
                        strncmp(err->message, "CSV header", 10) != 0 &&
                        strncmp(err->message, "Number of column in CSV header", 30) != 0))
        return status;
    return wrap(lane, err);
}

/* Replaces the bytes of a compressed file by what they hold. */
static mr_status unpack(lane_reader *lane, mr_error *err)
{
    mr_packing packing = mr_run_packing(path_of(lane));
    mr_unpacked out = { 0 };

    if (packing == MR_PACKED_NOT)
        return MR_OK;
    if (packing == MR_PACKED_UNKNOWN)
        return mr_fail(err, MR_UNSUPPORTED, "%s: reading this compression is not supported",
                       path_of(lane));
    if (mr_run_unpack(packing, (mr_str){ lane->buffer, lane->used }, WHOLE_FILE_MAX, &out, err) !=
        MR_OK) {
        if (!lane->skips_corrupt)
            return wrap(lane, err);
        mr_error_clear(err);
        lane->used = 0;
        return MR_OK;
    }
    free(lane->buffer);
    lane->buffer = out.bytes;
    lane->used = out.used;
    lane->capacity = out.capacity;
    return MR_OK;
}

static mr_status whole_file(lane_reader *lane, mr_error *err)
{
    size_t got = 1;

    while (got > 0) {
        MR_TRY(read_more(lane, CHUNK_BYTES, &got, err));
        lane->used += got;
        if ((int64_t)lane->used > WHOLE_FILE_MAX)
            return mr_fail(err, MR_INVALID,
                           "%s is larger than %lld bytes and its format cannot be split",
                           lane->input->files[lane->file].path, (long long)WHOLE_FILE_MAX);
    }
    MR_TRY(unpack(lane, err));
    lane->chunk = (mr_str){ lane->buffer, lane->used };
    lane->is_last = true;
    return MR_OK;
}

/* The end of the last complete record among the bytes; 0 = none. */
static size_t record_end(const lane_reader *lane)
{
    const char *hit = lane->used == 0 ? NULL : memrchr(lane->buffer, '\n', lane->used);

    return hit == NULL ? 0 : (size_t)(hit - lane->buffer) + 1;
}

/* Cuts the chunk where the next lane begins: behind the newline at or after limit - 1. */
static void cut_at_limit(lane_reader *lane)
{
    int64_t reach = lane->at + (int64_t)lane->chunk.len;
    size_t from;
    size_t end;

    if (lane->limit == INT64_MAX || reach < lane->limit)
        return;
    from = lane->limit > lane->at ? (size_t)(lane->limit - lane->at - 1) : 0;
    end = mr_str_find(lane->chunk, '\n', from);
    if (end < lane->chunk.len) {
        lane->chunk.len = end + 1;
        lane->is_last = true;
    }
}

/* Reads the next chunk of complete records of the open file; chunk.len 0 = the file is used up. */
static mr_status next_chunk(lane_reader *lane, mr_error *err)
{
    size_t keep = lane->used - lane->chunk.len;
    size_t got;
    bool at_end = false;

    if (lane->chunk.len > 0) {
        memmove(lane->buffer, lane->buffer + lane->chunk.len, keep);
        lane->at += (int64_t)lane->chunk.len;
        lane->used = keep;
    }
    lane->pos = 0;
    lane->chunk = (mr_str){ NULL, 0 };
    if (lane->is_last || lane->at >= lane->limit)
        return MR_OK;
    if (is_whole_file(lane))
        return whole_file(lane, err);
    do {
        MR_TRY(read_more(lane, CHUNK_BYTES, &got, err));
        lane->used += got;
        at_end = got < CHUNK_BYTES;
        if (lane->used > RECORD_BYTES_MAX && record_end(lane) == 0)
            return mr_fail(err, MR_INVALID, "%s: the record at byte %lld is longer than %u bytes",
                           lane->input->files[lane->file].path, (long long)lane->at,
                           RECORD_BYTES_MAX);
    } while (!at_end && record_end(lane) == 0);
    lane->chunk = (mr_str){ lane->buffer, at_end ? lane->used : record_end(lane) };
    lane->is_last = at_end;
    cut_at_limit(lane);
    return MR_OK;
}

/* Moves to the next file that the lane has a part of; false = none is left. */
static bool next_file(lane_reader *lane)
{
    if (lane->open_file != NULL) {
        close_file(lane);
        lane->file_start += lane->input->files[lane->file++].size;
    }
    while (lane->file < lane->input->n && !lane_has_file(lane))
        lane->file_start += lane->input->files[lane->file++].size;
    return lane->file < lane->input->n;
}

static mr_status lane_next(void *self, mr_arena *arena, mr_batch **out, mr_error *err)
{
    lane_reader *lane = self;

    *out = NULL;
    for (;;) {
        mr_status status;

        if (lane->open_file == NULL || lane->pos >= lane->chunk.len) {
            if (lane->open_file != NULL)
                MR_TRY(next_chunk(lane, err));
            while (lane->open_file == NULL || lane->chunk.len == 0) {
                if (!next_file(lane))
                    return MR_OK;
                MR_TRY(open_file(lane, err));
                if (lane->open_file != NULL)
                    MR_TRY(next_chunk(lane, err));
            }
        }
        status = lane->format->read(lane->reader, lane->chunk, &lane->pos, lane->is_last, arena,
                                    out, err);
        if (status != MR_OK)
            return wrap_read_error(lane, status, err);
        if (*out != NULL && (*out)->n > 0)
            return lane->partition.n == 0
                       ? MR_OK
                       : mr_partition_add(&lane->partition, &lane->input->files[lane->file], arena,
                                          out, err);
        lane->pos = lane->chunk.len;
        *out = NULL;
    }
}

static void lane_close(void *self)
{
    lane_reader *lane = self;

    if (lane->open_file != NULL)
        close_file(lane);
    mr_arena_free(lane->arena);
    free(lane->buffer);
    free(lane);
}

static bool is_set(const mr_scan *scan, const char *option)
{
    const mr_str *value = mr_options_find(&scan->options, option);

    return value != NULL && mr_str_is_nocase(*value, "true");
}

static mr_status raise_only_corrupt(mr_error *err)
{
    return mr_raise_text(
        err, MR_EXC_ANALYSIS, "UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN",
        "[UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN] The feature is not supported: "
        "Queries from raw JSON/CSV/XML files are disallowed when the\nreferenced columns only "
        "include the internal corrupt record column\n(named `_corrupt_record` by default). Read "
        "another column too, or save the parsed rows first. SQLSTATE: 0A000");
}

mr_status mr_lane_open(const mr_run *run, const mr_spec *scan, int index, mr_op_reader *out,
                       mr_error *err)
{
    const mr_run_input *input = &run->inputs[scan->scan_id];
    int n_lanes = mr_lane_count(run, scan);
    int64_t total = total_bytes(input);
    mr_format_spec spec = format_spec(run, scan->scan);
    lane_reader *lane = mr_calloc(1, sizeof(*lane));
    mr_status status;

    lane->run = run;
    lane->input = input;
    lane->format = mr_format_find(scan->scan->format);
    MR_ASSERT(lane->format != NULL);
    lane->arena = mr_arena_new();
    lane->is_whole = !is_splittable(run, scan);
    lane->is_stream = scan->scan->is_streaming;
    lane->skips_missing = is_set(scan->scan, "ignoreMissingFiles");
    lane->skips_corrupt = is_set(scan->scan, "ignoreCorruptFiles");
    lane->start = index <= 0 ? 0 : total / n_lanes * index;
    lane->end = index < 0 || index == n_lanes - 1 ? INT64_MAX : total / n_lanes * (index + 1);
    status = scan->scan->is_only_corrupt ? raise_only_corrupt(err) : MR_OK;
    if (status == MR_OK)
        status = mr_partition_open(run, scan->scan, input, lane->arena, &lane->partition, err);
    if (status == MR_OK && lane->partition.n > 0) {
        uint8_t *needed;

        spec.schema = mr_partition_data(&lane->partition, lane->arena, &needed);
        spec.needed = needed;
    }
    if (status == MR_OK)
        status = lane->format->open_reader(&spec, lane->arena, &lane->reader, err);
    if (status != MR_OK) {
        lane_close(lane);
        return status;
    }
    *out = (mr_op_reader){ lane, lane_next, lane_close };
    return MR_OK;
}
