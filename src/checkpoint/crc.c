/* crc.c - verifying the checksum files of Spark and Hadoop. */
#include <jansson.h>
#include <zlib.h>

#include "checkpoint/crc.h"

#define CASTAGNOLI    0x82f63b78u /* reflected */
#define HADOOP_HEADER 8

uint32_t mr_crc_32c(mr_str bytes)
{
    uint32_t table[256];
    uint32_t crc = ~0u;

    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;

        for (int bit = 0; bit < 8; bit++)
            v = (v >> 1) ^ ((v & 1) != 0 ? CASTAGNOLI : 0);
        table[i] = v;
    }
    for (size_t i = 0; i < bytes.len; i++)
        crc = (crc >> 8) ^ table[(crc ^ (uint8_t)bytes.ptr[i]) & 0xff];
    return ~crc;
}

static mr_status damaged(const char *name, mr_error *err)
{
    return mr_fail(err, MR_CORRUPT, "the checksum file of %s is damaged", name);
}

static mr_status mismatch(const char *name, mr_error *err)
{
    return mr_fail(err, MR_CORRUPT, "%s does not match its checksum file", name);
}

mr_status mr_crc_check_spark(mr_str file, mr_str sibling, const char *name, mr_error *err)
{
    json_t *root = json_loadb(sibling.ptr, sibling.len, 0, NULL);
    const char *algorithm = json_string_value(json_object_get(root, "algorithm"));
    const json_t *value = json_object_get(root, "value");
    const json_t *size = json_object_get(root, "mainFileSize");
    mr_status status = MR_OK;

    if (algorithm == NULL || !json_is_integer(value))
        status = damaged(name, err);
    else if (strcmp(algorithm, "CRC32C") != 0)
        status = mr_fail(err, MR_UNSUPPORTED, "the checksum file of %s is of kind %.32s", name,
                         algorithm);
    else if ((json_is_integer(size) && json_integer_value(size) != (json_int_t)file.len) ||
             (uint32_t)json_integer_value(value) != mr_crc_32c(file))
        status = mismatch(name, err);
    json_decref(root);
    return status;
}

static uint32_t load32be(const char *at)
{
    const uint8_t *b = (const uint8_t *)at;

    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

mr_status mr_crc_check_hadoop(mr_str file, mr_str sibling, const char *name, mr_error *err)
{
    size_t chunk;
    size_t n_chunks;

    if (sibling.len < HADOOP_HEADER || memcmp(sibling.ptr, "crc\0", 4) != 0)
        return damaged(name, err);
    chunk = load32be(sibling.ptr + 4);
    if (chunk == 0)
        return damaged(name, err);
    n_chunks = (file.len + chunk - 1) / chunk;
    if (sibling.len != HADOOP_HEADER + 4 * n_chunks)
        return mismatch(name, err);
    for (size_t i = 0; i < n_chunks; i++) {
        mr_str part = mr_str_slice(file, i * chunk, (i + 1) * chunk);
        uLong crc = crc32(0, (const Bytef *)part.ptr, (uInt)part.len);

        if (crc != load32be(sibling.ptr + HADOOP_HEADER + 4 * i))
            return mismatch(name, err);
    }
    return MR_OK;
}
