/* Compressed files are unpacked whole; what is cut off or too large is refused. */
#include "tests/unit/mr_test.h"

#include "run/run_priv.h"

#include <bzlib.h>
#include <stdlib.h>
#include <zlib.h>

static mr_str packed(char out[256], const char *text, int wbits)
{
    z_stream z = { 0 };

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, wbits, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)strlen(text);
    z.next_out = (Bytef *)out;
    z.avail_out = 256;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return (mr_str){ out, 256 - z.avail_out };
}

static void by_the_name(void **state)
{
    (void)state;
    assert_int_equal(mr_run_packing("/a/b.json"), MR_PACKED_NOT);
    assert_int_equal(mr_run_packing("/a/b.json.gz"), MR_PACKED_ZLIB);
    assert_int_equal(mr_run_packing("/a/b.csv.zst"), MR_PACKED_ZSTD);
    assert_int_equal(mr_run_packing("/a/b.csv.bz2"), MR_PACKED_BZIP2);
    assert_int_equal(mr_run_packing("/a/b.csv.lz4"), MR_PACKED_UNKNOWN);
}

static void whole_files(void **state)
{
    char bytes[512];
    mr_unpacked out = { 0 };
    mr_error err = { 0 };
    mr_str one = packed(bytes, "hello ", 15 + 16), two;

    (void)state;
    two = packed(bytes + one.len, "world", 15 + 16); /* a second member */
    CHECK_OK(mr_run_unpack(MR_PACKED_ZLIB, (mr_str){ bytes, one.len + two.len }, 1000, &out, &err),
             &err);
    assert_int_equal(out.used, 11);
    assert_memory_equal(out.bytes, "hello world", 11);
    free(out.bytes);
    out = (mr_unpacked){ 0 };
    assert_int_not_equal(
        mr_run_unpack(MR_PACKED_ZLIB, (mr_str){ bytes, one.len - 4 }, 1000, &out, &err), MR_OK);
    assert_int_not_equal(mr_run_unpack(MR_PACKED_ZLIB, one, 3, &out, &err), MR_OK);
    assert_int_not_equal(mr_run_unpack(MR_PACKED_ZLIB, MR_STR("plain"), 1000, &out, &err), MR_OK);
}

static void bzip2_streams(void **state)
{
    char bytes[1024];
    mr_unpacked out = { 0 };
    mr_error err = { 0 };
    unsigned one = 512, two = 512;

    (void)state;
    assert_int_equal(BZ2_bzBuffToBuffCompress(bytes, &one, (char[]){ "hello " }, 6, 1, 0, 0), 0);
    assert_int_equal(BZ2_bzBuffToBuffCompress(bytes + one, &two, (char[]){ "world" }, 5, 9, 0, 0),
                     0);
    CHECK_OK(mr_run_unpack(MR_PACKED_BZIP2, (mr_str){ bytes, one + two }, 1000, &out, &err), &err);
    assert_int_equal(out.used, 11);
    assert_memory_equal(out.bytes, "hello world", 11);
    free(out.bytes);
    for (unsigned cut = 1; cut < one; cut++) {
        out = (mr_unpacked){ 0 };
        assert_int_not_equal(
            mr_run_unpack(MR_PACKED_BZIP2, (mr_str){ bytes, cut }, 1000, &out, &err), MR_OK);
    }
    out = (mr_unpacked){ 0 };
    assert_int_not_equal(
        mr_run_unpack(MR_PACKED_BZIP2, (mr_str){ bytes, one + two }, 3, &out, &err), MR_OK);
    assert_int_not_equal(mr_run_unpack(MR_PACKED_BZIP2, MR_STR("plain"), 1000, &out, &err), MR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_name),
        cmocka_unit_test(whole_files),
        cmocka_unit_test(bzip2_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
