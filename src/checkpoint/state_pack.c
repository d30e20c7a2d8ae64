/* state_pack.c - entries of changed state into blocks of state files. */
#include "checkpoint/state_pack.h"

#include <stdlib.h>

#include "checkpoint/lz4block_priv.h"
#include "checkpoint/state_file.h"

#define HEAD 8          /* of a packed block */
#define NONE UINT32_MAX /* a length of -1: no more records */

void mr_state_packer_start(mr_state_packer *packer, int n_partitions, mr_buf *out)
{
    *packer = (mr_state_packer){ .n_partitions = n_partitions, .out = out };
    packer->rest = mr_calloc((size_t)n_partitions, sizeof(*packer->rest));
}

static void put_block(mr_state_packer *packer, uint32_t partition, mr_str payload)
{
    mr_buf *out = packer->out;
    size_t at = out->len;
    uint32_t head[2] = { partition, 0 };

    mr_buf_append(out, head, HEAD);
    mr_lz4block_write(payload, out);
    head[1] = (uint32_t)(out->len - at - HEAD);
    memcpy(out->ptr + at, head, HEAD);
}

/* Packs the whole blocks of a partition. */
static void pack(mr_state_packer *packer, uint32_t partition)
{
    mr_buf *rest = &packer->rest[partition];
    size_t at = 0;

    for (; rest->len - at >= MR_LZ4BLOCK_SIZE; at += MR_LZ4BLOCK_SIZE)
        put_block(packer, partition, mr_str_slice(mr_buf_str(rest), at, at + MR_LZ4BLOCK_SIZE));
    memmove(rest->ptr, rest->ptr + at, rest->len - at);
    rest->len -= at;
}

void mr_state_packer_add(mr_state_packer *packer, mr_str entries)
{
    mr_state_change change;

    while (mr_state_changes_next(&entries, &change)) {
        mr_buf *rest = &packer->rest[change.partition];

        MR_ASSERT(change.partition < (uint32_t)packer->n_partitions);
        mr_state_file_record(rest, change.key, change.is_remove ? NULL : &change.value);
        if (rest->len >= MR_LZ4BLOCK_SIZE)
            pack(packer, change.partition);
    }
    MR_ASSERT(entries.len == 0);
}

void mr_state_packer_finish(mr_state_packer *packer)
{
    for (int p = 0; p < packer->n_partitions; p++) {
        if (packer->rest[p].len > 0)
            put_block(packer, (uint32_t)p, mr_buf_str(&packer->rest[p]));
        mr_buf_free(&packer->rest[p]);
    }
    free(packer->rest);
}

bool mr_state_block_next(mr_str *rest, mr_state_block *out)
{
    uint32_t head[2];

    if (rest->len < HEAD)
        return false;
    memcpy(head, rest->ptr, HEAD);
    if (head[1] > rest->len - HEAD)
        return false;
    *out = (mr_state_block){ head[0], mr_str_slice(*rest, HEAD, HEAD + head[1]) };
    *rest = mr_str_slice(*rest, HEAD + head[1], rest->len);
    return true;
}

void mr_state_pack_end(mr_buf *out)
{
    uint32_t none = NONE;

    mr_lz4block_write((mr_str){ (const char *)&none, 4 }, out);
    mr_lz4block_end(out);
}
