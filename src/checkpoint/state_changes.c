/* state_changes.c - entries of changed state. */
#include "checkpoint/state_changes.h"

#include <stdlib.h>

#define HEAD   12
#define REMOVE UINT32_MAX

int mr_state_changes_extend(mr_state_changes *changes, int n)
{
    int first = changes->n_chunks;

    for (int i = 0; i < n; i++)
        MR_PUSH(changes->chunks, changes->n_chunks, changes->capacity, (mr_buf){ 0 });
    return first;
}

void mr_state_changes_add(mr_state_changes *changes, mr_str bytes)
{
    int at = mr_state_changes_extend(changes, 1);

    mr_buf_add(&changes->chunks[at], bytes);
}

static void put_head(mr_buf *chunk, uint32_t partition, mr_str key, uint32_t value_len)
{
    uint32_t head[3] = { partition, (uint32_t)key.len, value_len };

    MR_ASSERT(key.len < REMOVE);
    mr_buf_append(chunk, head, HEAD);
    mr_buf_add(chunk, key);
}

void mr_state_changes_put(mr_buf *chunk, uint32_t partition, mr_str key, mr_str value)
{
    MR_ASSERT(value.len < REMOVE);
    put_head(chunk, partition, key, (uint32_t)value.len);
    mr_buf_add(chunk, value);
}

void mr_state_changes_remove(mr_buf *chunk, uint32_t partition, mr_str key)
{
    put_head(chunk, partition, key, REMOVE);
}

size_t mr_state_changes_bytes(const mr_state_changes *changes)
{
    size_t n = 0;

    for (int i = 0; i < changes->n_chunks; i++)
        n += changes->chunks[i].len;
    return n;
}

bool mr_state_changes_next(mr_str *rest, mr_state_change *out)
{
    uint32_t head[3];
    size_t left = rest->len - HEAD, value_len;

    if (rest->len < HEAD)
        return false;
    memcpy(head, rest->ptr, HEAD);
    out->partition = head[0];
    out->is_remove = head[2] == REMOVE;
    value_len = out->is_remove ? 0 : head[2];
    if (head[1] > left || value_len > left - head[1])
        return false;
    out->key = (mr_str){ rest->ptr + HEAD, head[1] };
    out->value = (mr_str){ rest->ptr + HEAD + head[1], value_len };
    *rest = mr_str_slice(*rest, HEAD + head[1] + value_len, rest->len);
    return true;
}

void mr_state_changes_free(mr_state_changes *changes)
{
    for (int i = 0; i < changes->n_chunks; i++)
        mr_buf_free(&changes->chunks[i]);
    free(changes->chunks);
    *changes = (mr_state_changes){ 0 };
}
