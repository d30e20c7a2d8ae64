/* groups_memory.c - memory of large tables, taken in large chunks and given back as a whole.
 *
 * Not in huge pages: those a virtual machine's host has often taken back, and they cost more to
 * touch first than their shorter page tables save.
 */
#include "state/groups_priv.h"

#include <stdlib.h>

#define CHUNK      ((size_t)2 << 20)
#define CACHE_LINE 64

struct mr_group_memory {
    pthread_mutex_t lock;
    char *chunk; /* the one in use, also in the list */
    size_t used; /* of it */
    char **all;
    int n, capacity;
};

void *mr_group_memory_block(size_t n)
{
    void *at = aligned_alloc(CACHE_LINE, (n + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);

    MR_ASSERT(at != NULL);
    return at;
}

uint32_t *mr_group_memory_slots(size_t n)
{
    uint32_t *slots = mr_malloc(n * sizeof(*slots));

    memset(slots, 0, n * sizeof(*slots));
    return slots;
}

mr_shard *mr_group_memory_shards(int n)
{
    mr_shard *shards = aligned_alloc(_Alignof(mr_shard), (size_t)n * sizeof(*shards));

    MR_ASSERT(shards != NULL);
    memset(shards, 0, (size_t)n * sizeof(*shards));
    return shards;
}

mr_group_memory *mr_group_memory_new(void)
{
    mr_group_memory *m = mr_calloc(1, sizeof(*m));

    pthread_mutex_init(&m->lock, NULL);
    m->used = CHUNK;
    return m;
}

void mr_group_memory_free(mr_group_memory *m)
{
    if (m == NULL)
        return;
    for (int i = 0; i < m->n; i++)
        free(m->all[i]);
    free(m->all);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static char *add(mr_group_memory *m, char *memory)
{
    MR_PUSH(m->all, m->n, m->capacity, memory);
    return memory;
}

static char *take(mr_group_memory *m, size_t n)
{
    if (n > CHUNK / 4)
        return add(m, mr_group_memory_block(n));
    if (n > CHUNK - m->used) {
        m->chunk = add(m, mr_group_memory_block(CHUNK));
        m->used = 0;
    }
    m->used += n;
    return m->chunk + m->used - n;
}

void *mr_group_memory_take(mr_group_memory *m, size_t n)
{
    char *at;

    pthread_mutex_lock(&m->lock);
    at = take(m, n);
    pthread_mutex_unlock(&m->lock);
    return at;
}
