/* state_file.c - records of state files, in their compressed containers. */
#include <zstd.h>

#include "checkpoint/lz4block_priv.h"
#include "checkpoint/state_file.h"

#define MAX_PAYLOAD ((size_t)2 << 30)
#define END         UINT32_MAX /* int32 -1 */

mr_status mr_state_codec_find(mr_str name, mr_state_codec *out, mr_error *err)
{
    if (mr_str_is_nocase(name, "lz4") ||
        mr_str_is(name, "org.apache.spark.io.LZ4CompressionCodec")) {
        *out = MR_STATE_LZ4;
        return MR_OK;
    }
    if (mr_str_is_nocase(name, "zstd") ||
        mr_str_is(name, "org.apache.spark.io.ZStdCompressionCodec")) {
        *out = MR_STATE_ZSTD;
        return MR_OK;
    }
    return mr_fail(err, MR_UNSUPPORTED,
                   "state files compressed with '%.*s' cannot be read or written; set "
                   "spark.sql.streaming.stateStore.compression.codec to lz4 or zstd",
                   MR_STR_ARG(name));
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool read_zstd(mr_str file, mr_buf *out, const char **problem)
{
    ZSTD_DStream *stream = ZSTD_createDStream();
    ZSTD_inBuffer in = { file.ptr, file.len, 0 };
    size_t left = 1;

    *problem = NULL;
    MR_ASSERT(stream != NULL);
    while (*problem == NULL && in.pos < in.size) {
        ZSTD_outBuffer to = { mr_buf_reserve(out, ZSTD_DStreamOutSize()), ZSTD_DStreamOutSize(),
                              0 };

        left = ZSTD_decompressStream(stream, &to, &in);
        out->len += to.pos;
        if (ZSTD_isError(left))
            *problem = ZSTD_getErrorName(left);
        else if (out->len > MAX_PAYLOAD)
            *problem = "too large";
    }
    while (*problem == NULL && left != 0) { /* what the decoder still holds */
        ZSTD_outBuffer to = { mr_buf_reserve(out, ZSTD_DStreamOutSize()), ZSTD_DStreamOutSize(),
                              0 };

        left = ZSTD_decompressStream(stream, &to, &in);
        out->len += to.pos;
        if (ZSTD_isError(left))
            *problem = ZSTD_getErrorName(left);
        else if (to.pos == 0)
            *problem = "the frame is cut short";
        else if (out->len > MAX_PAYLOAD)
            *problem = "too large";
    }
    ZSTD_freeDStream(stream);
    return *problem == NULL;
}

mr_status mr_state_file_open(mr_state_reader *reader, mr_str file, mr_state_codec codec,
                             mr_state_kind kind, const char *name, mr_error *err)
{
    const char *problem;
    bool good;

    *reader = (mr_state_reader){ .name = name, .kind = kind };
    good = codec == MR_STATE_LZ4 ? mr_lz4block_read(file, MAX_PAYLOAD, &reader->payload, &problem)
                                 : read_zstd(file, &reader->payload, &problem);
    if (good)
        return MR_OK;
    mr_buf_free(&reader->payload);
    return mr_fail(err, MR_CORRUPT, "state file %s: %s", name, problem);
}

static bool take_length(mr_state_reader *r, uint32_t *out)
{
    const uint8_t *at = (const uint8_t *)r->payload.ptr + r->at;

    if (r->payload.len - r->at < 4)
        return false;
    *out = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    r->at += 4;
    return true;
}

static bool take_bytes(mr_state_reader *r, uint32_t n, mr_str *out)
{
    if (n > INT32_MAX || n > r->payload.len - r->at)
        return false;
    *out = (mr_str){ r->payload.ptr + r->at, n };
    r->at += n;
    return true;
}

/* False: the bytes end too early or hold a length that cannot be. */
static bool take_record(mr_state_reader *r, mr_state_record *out, bool *end)
{
    uint32_t n;

    *out = (mr_state_record){ .value = { "", 0 } };
    *end = false;
    if (!take_length(r, &n))
        return false;
    if (n == END) {
        *end = true;
        return r->at == r->payload.len;
    }
    if (!take_bytes(r, n, &out->key) || !take_length(r, &n))
        return false;
    if (n == END && r->kind == MR_STATE_DELTA) {
        out->is_remove = true;
        return true;
    }
    return take_bytes(r, n, &out->value);
}

mr_status mr_state_file_next(mr_state_reader *reader, mr_state_record *out, bool *end,
                             mr_error *err)
{
    if (take_record(reader, out, end))
        return MR_OK;
    return mr_fail(err, MR_CORRUPT, "state file %s: %s at byte %zu of its payload", reader->name,
                   *end ? "bytes behind the end" : "a wrong length", reader->at);
}

void mr_state_file_close(mr_state_reader *reader)
{
    mr_buf_free(&reader->payload);
}

/* --- writing -----------------------------------------------------------------------------------
 */

/* Compresses whole blocks, the rest too at the end. */
static void flush_lz4(mr_state_writer *w, bool last)
{
    size_t at = 0;

    while (w->payload.len - at >= MR_LZ4BLOCK_SIZE || (last && at < w->payload.len)) {
        mr_str block = mr_str_slice(mr_buf_str(&w->payload), at, at + MR_LZ4BLOCK_SIZE);

        mr_lz4block_write(block, w->out);
        at += block.len;
    }
    if (at > 0)
        memmove(w->payload.ptr, w->payload.ptr + at, w->payload.len - at);
    w->payload.len -= at;
    if (last)
        mr_lz4block_end(w->out);
}

static void flush_zstd(mr_state_writer *w, bool last)
{
    ZSTD_inBuffer in = { w->payload.ptr, w->payload.len, 0 };
    size_t left;

    do {
        ZSTD_outBuffer to = { mr_buf_reserve(w->out, ZSTD_CStreamOutSize()), ZSTD_CStreamOutSize(),
                              0 };

        left = ZSTD_compressStream2(w->zstd, &to, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        MR_ASSERT(!ZSTD_isError(left));
        w->out->len += to.pos;
    } while (last ? left != 0 : in.pos < in.size);
    mr_buf_clear(&w->payload);
}

static void flush(mr_state_writer *w, bool last)
{
    if (!last && w->payload.len < 8 * MR_LZ4BLOCK_SIZE)
        return;
    if (w->codec == MR_STATE_LZ4)
        flush_lz4(w, last);
    else
        flush_zstd(w, last);
}

void mr_state_file_start(mr_state_writer *writer, mr_state_codec codec, mr_buf *out)
{
    *writer = (mr_state_writer){ .out = out, .codec = codec };
    if (codec != MR_STATE_ZSTD)
        return;
    writer->zstd = ZSTD_createCStream();
    MR_ASSERT(writer->zstd != NULL);
    (void)ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, 1);
}

static char *put_length(char *to, uint32_t n)
{
    n = __builtin_bswap32(n);
    memcpy(to, &n, 4);
    return to + 4;
}

static char *put_bytes(char *to, mr_str bytes)
{
    MR_ASSERT(bytes.len <= INT32_MAX);
    to = put_length(to, (uint32_t)bytes.len);
    if (bytes.len > 0)
        memcpy(to, bytes.ptr, bytes.len);
    return to + bytes.len;
}

void mr_state_file_record(mr_buf *payload, mr_str key, const mr_str *value)
{
    char *to = mr_buf_reserve(payload, key.len + (value == NULL ? 0 : value->len) + 8);

    to = put_bytes(to, key);
    to = value == NULL ? put_length(to, END) : put_bytes(to, *value);
    payload->len = (size_t)(to - payload->ptr);
}

void mr_state_file_put(mr_state_writer *writer, mr_str key, mr_str value)
{
    mr_state_file_record(&writer->payload, key, &value);
    flush(writer, false);
}

void mr_state_file_remove(mr_state_writer *writer, mr_str key)
{
    mr_state_file_record(&writer->payload, key, NULL);
    flush(writer, false);
}

void mr_state_file_finish(mr_state_writer *writer)
{
    mr_buf_put_u32be(&writer->payload, END);
    flush(writer, true);
    mr_state_file_abandon(writer);
}

void mr_state_file_abandon(mr_state_writer *writer)
{
    mr_buf_free(&writer->payload);
    if (writer->zstd != NULL)
        ZSTD_freeCStream(writer->zstd);
    writer->zstd = NULL;
}
