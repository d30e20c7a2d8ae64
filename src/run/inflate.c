/* inflate.c - compressed input files, unpacked whole: gzip, zlib (".deflate"), Zstandard, bzip2. */
#include "run/run_priv.h"

#include <bzlib.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

static const struct {
    const char *ending;
    mr_packing packing;
} endings[] = {
    { ".gz", MR_PACKED_ZLIB },   { ".deflate", MR_PACKED_ZLIB }, { ".zst", MR_PACKED_ZSTD },
    { ".bz2", MR_PACKED_BZIP2 }, { ".lz4", MR_PACKED_UNKNOWN },  { ".snappy", MR_PACKED_UNKNOWN },
};

mr_packing mr_run_packing(const char *path)
{
    mr_str name = mr_str_from(path);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (mr_str_ends(name, endings[i].ending))
            return endings[i].packing;
    return MR_PACKED_NOT;
}

/* Room for more output; false when the result would be larger than `most`. */
static bool grow(mr_unpacked *out, size_t most)
{
    size_t capacity = out->capacity == 0 ? (size_t)1 << 20 : out->capacity * 2;

    if (out->capacity >= most)
        return false;
    out->capacity = capacity < most ? capacity : most;
    out->bytes = mr_realloc(out->bytes, out->capacity + 64);
    return true;
}

static bool inflate_some(z_stream *z, mr_unpacked *out, size_t most, int *status)
{
    size_t room;

    if (out->used == out->capacity && !grow(out, most))
        return false;
    room = out->capacity - out->used;
    z->next_out = (Bytef *)out->bytes + out->used;
    z->avail_out = room > UINT32_MAX ? UINT32_MAX : (uInt)room;
    room = z->avail_out;
    *status = inflate(z, Z_NO_FLUSH);
    out->used += room - z->avail_out;
    return *status == Z_OK || *status == Z_STREAM_END;
}

/* A gzip file may hold several members, one after the other. */
static bool unpack_zlib(mr_str in, mr_unpacked *out, size_t most)
{
    z_stream z = { 0 };
    int status = Z_OK;
    bool ok = true;

    if (in.len == 0)
        return true;
    if (in.len > UINT32_MAX || inflateInit2(&z, 15 + 32) != Z_OK)
        return false;
    z.next_in = (Bytef *)(uintptr_t)in.ptr;
    z.avail_in = (uInt)in.len;
    while (ok && (status != Z_STREAM_END || z.avail_in > 0)) {
        if (status == Z_STREAM_END)
            ok = inflateReset(&z) == Z_OK;
        ok = ok && inflate_some(&z, out, most, &status);
    }
    inflateEnd(&z);
    return ok;
}

static bool unpack_zstd(mr_str in, mr_unpacked *out, size_t most)
{
    ZSTD_DStream *z = ZSTD_createDStream();
    ZSTD_inBuffer from = { in.ptr, in.len, 0 };
    size_t left = 0;
    bool ok = z != NULL;

    while (ok && (from.pos < from.size || left > 0)) {
        ZSTD_outBuffer to;
        size_t before = from.pos;

        ok = out->used < out->capacity || grow(out, most);
        if (!ok)
            break;
        to = (ZSTD_outBuffer){ out->bytes, out->capacity, out->used };
        left = ZSTD_decompressStream(z, &to, &from);
        ok = !ZSTD_isError(left) && (to.pos > out->used || from.pos > before);
        out->used = to.pos;
    }
    ZSTD_freeDStream(z);
    return ok;
}

static bool bunzip_some(bz_stream *z, mr_unpacked *out, size_t most, int *status)
{
    size_t room;

    if (out->used == out->capacity && !grow(out, most))
        return false;
    room = out->capacity - out->used;
    z->next_out = out->bytes + out->used;
    z->avail_out = room > UINT32_MAX ? UINT32_MAX : (unsigned)room;
    room = z->avail_out;
    *status = BZ2_bzDecompress(z);
    out->used += room - z->avail_out;
    return *status == BZ_STREAM_END || (*status == BZ_OK && (z->avail_in > 0 || z->avail_out == 0));
}

/* One of the streams that stand one after the other; *in moves behind it. */
static bool unpack_bzip2_stream(mr_str *in, mr_unpacked *out, size_t most)
{
    bz_stream z = { 0 };
    int status = BZ_OK;
    bool ok = in->len <= UINT32_MAX && BZ2_bzDecompressInit(&z, 0, 0) == BZ_OK;

    if (!ok)
        return false;
    z.next_in = (char *)(uintptr_t)in->ptr;
    z.avail_in = (unsigned)in->len;
    while (ok && status != BZ_STREAM_END)
        ok = bunzip_some(&z, out, most, &status);
    *in = mr_str_slice(*in, in->len - z.avail_in, in->len);
    BZ2_bzDecompressEnd(&z);
    return ok;
}

static bool unpack_bzip2(mr_str in, mr_unpacked *out, size_t most)
{
    bool ok = true;

    while (ok && in.len > 0)
        ok = unpack_bzip2_stream(&in, out, most);
    return ok;
}

mr_status mr_run_unpack(mr_packing packing, mr_str in, size_t most, mr_unpacked *out, mr_error *err)
{
    bool ok = packing == MR_PACKED_ZLIB    ? unpack_zlib(in, out, most)
              : packing == MR_PACKED_BZIP2 ? unpack_bzip2(in, out, most)
                                           : unpack_zstd(in, out, most);

    if (ok)
        return MR_OK;
    free(out->bytes);
    *out = (mr_unpacked){ 0 };
    return mr_fail(err, MR_CORRUPT, "the file is not well compressed, or larger than %zu bytes",
                   most);
}
