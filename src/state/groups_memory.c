/* groups_memory.c - memory of large tables in whole huge pages: fewer faults, fewer misses of the
 * processor's page tables. */
#include "state/groups_priv.h"

#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK ((size_t)2 << 20) /* a huge page */

struct mr_group_memory {
    pthread_mutex_t lock;
    char *chunk; /* the one in use, also in the list */
    size_t used; /* of it */
    char **all;
    int n, capacity;
};

/* n bytes in huge pages if the system has them; free() ends them. */
static char *huge(size_t n)
{
    char *at = aligned_alloc(CHUNK, (n + CHUNK - 1) / CHUNK * CHUNK);

    MR_ASSERT(at != NULL);
    (void)madvise(at, (n + CHUNK - 1) / CHUNK * CHUNK, MADV_HUGEPAGE); /* a wish */
    return at;
}

void *mr_group_memory_zeroed(size_t n)
{
    void *at;

    if (n < CHUNK)
        return mr_calloc(n, 1);
    at = huge(n);
    memset(at, 0, n);
    return at;
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
        return add(m, mr_malloc(n));
    if (n > CHUNK - m->used) {
        m->chunk = add(m, huge(CHUNK));
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
