/* groups_pane.c - panes of a shard: its records by event time.
 *
 * A heap knows the earliest pane, a table with open addressing finds the one of a time.
 */
#include "state/groups_priv.h"

#include <stdlib.h>

void mr_pane_free(mr_shard *s, mr_pane *pane)
{
    s->pane_bytes -= pane->n_slots * sizeof(*pane->slots);
    if (pane->n_slots > 0)
        free(pane->slots);
    else if (pane->n > 1)
        free(pane->ids);
    pane->n_slots = 0;
    pane->n = 0;
}

static uint64_t mix(int64_t time_us)
{
    uint64_t h = (uint64_t)time_us * UINT64_C(0x9E3779B97F4A7C15);

    return h ^ (h >> 32);
}

size_t mr_shard_pane(const mr_shard *s, int64_t time_us)
{
    size_t at = mix(time_us) & (s->n_pane_slots - 1);

    while (s->pane_used[at] && s->pane_slots[at].time_us != time_us)
        at = (at + 1) & (s->n_pane_slots - 1);
    return at;
}

const mr_pane *mr_shard_find_pane(const mr_shard *s, int64_t time_us)
{
    size_t at = mr_shard_pane(s, time_us);

    return s->pane_used[at] ? &s->pane_slots[at] : NULL;
}

static void panes_grow(mr_shard *s)
{
    size_t old = s->n_pane_slots;
    mr_pane *slots = s->pane_slots;
    uint8_t *used = s->pane_used;

    s->n_pane_slots = old == 0 ? 16 : old * 2;
    s->pane_slots = mr_calloc(s->n_pane_slots, sizeof(*slots));
    s->pane_used = mr_calloc(s->n_pane_slots, 1);
    s->last_pane = 0;
    for (size_t i = 0; i < old; i++)
        if (used[i]) {
            size_t at = mr_shard_pane(s, slots[i].time_us);

            s->pane_slots[at] = slots[i];
            s->pane_used[at] = 1;
        }
    free(slots);
    free(used);
}

static void heap_push(mr_shard *s, int64_t time_us)
{
    int32_t at = s->n_heap;

    MR_PUSH(s->heap, s->n_heap, s->heap_capacity, time_us);
    while (at > 0 && s->heap[(at - 1) / 2] > time_us) {
        s->heap[at] = s->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    s->heap[at] = time_us;
}

int64_t mr_pane_pop(mr_shard *s)
{
    int64_t top = s->heap[0], last = s->heap[--s->n_heap];
    int32_t at = 0;

    for (;;) {
        int32_t child = 2 * at + 1;

        if (child + 1 < s->n_heap && s->heap[child + 1] < s->heap[child])
            child++;
        if (child >= s->n_heap || last <= s->heap[child])
            break;
        s->heap[at] = s->heap[child];
        at = child;
    }
    s->heap[at] = last;
    return top;
}

static size_t need_pane(mr_shard *s, int64_t time_us)
{
    size_t at = s->last_pane;

    if (s->n_pane_slots > 0 && s->pane_used[at] && s->pane_slots[at].time_us == time_us)
        return at;
    if (s->n_pane_live * 2 >= s->n_pane_slots)
        panes_grow(s);
    at = mr_shard_pane(s, time_us);
    if (!s->pane_used[at]) {
        s->pane_used[at] = 1;
        s->pane_slots[at] = (mr_pane){ .time_us = time_us };
        s->n_pane_live++;
        heap_push(s, time_us);
    }
    s->last_pane = at;
    return at;
}

/* Room in the list of ids is doubled whenever it is a power of two that is full. */
static void push_id(mr_pane *pane, int32_t id)
{
    int32_t n = pane->n;

    if (n == 0) {
        pane->id = id;
        return;
    }
    if ((n & (n - 1)) == 0) {
        int32_t first = pane->id;

        pane->ids = mr_realloc(n == 1 ? NULL : pane->ids, sizeof(*pane->ids) * 2 * (size_t)n);
        if (n == 1)
            pane->ids[0] = first;
    }
    pane->ids[n] = id;
}

mr_pane *mr_pane_link(mr_shard *s, int32_t id, const mr_group *r)
{
    mr_pane *pane;
    size_t at;

    if (r->time_us == INT64_MAX || !s->layout->has_panes)
        return NULL;
    at = need_pane(s, r->time_us); /* which may move the panes */
    pane = &s->pane_slots[at];
    if (pane->n_slots == 0)
        push_id(pane, id);
    pane->n++;
    return pane;
}

void mr_pane_records(const mr_shard *s, const mr_pane *pane, int32_t *to)
{
    if (pane->n_slots == 0 && pane->n > 0)
        memcpy(to, pane->n == 1 ? &pane->id : pane->ids, sizeof(*to) * (size_t)pane->n);
    for (uint32_t i = 0; i < pane->n_slots; i++)
        if (pane->slots[i] != 0)
            *to++ = mr_slot_record(s, pane->slots[i]);
}

/* Shifts back what probed past the pane. */
void mr_pane_take(mr_shard *s, int64_t time_us)
{
    size_t mask = s->n_pane_slots - 1;
    size_t hole = mr_shard_pane(s, time_us);

    mr_pane_free(s, &s->pane_slots[hole]);
    for (size_t at = (hole + 1) & mask; s->pane_used[at]; at = (at + 1) & mask) {
        size_t home = mix(s->pane_slots[at].time_us) & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            s->pane_slots[hole] = s->pane_slots[at];
            hole = at;
        }
    }
    s->pane_used[hole] = 0;
    s->n_pane_live--;
}

/* Takes one of at least two ids out of the list. */
static void drop_id(mr_pane *pane, int32_t id)
{
    int32_t *ids = pane->ids, at = 0;

    while (ids[at] != id)
        at++;
    ids[at] = ids[pane->n - 1];
    if (pane->n > 2)
        return;
    pane->id = ids[0];
    free(ids);
}

void mr_pane_unlink(mr_shard *s, int32_t id)
{
    const mr_group *r = mr_shard_record(s, id);
    mr_pane *pane;

    if (r->time_us == INT64_MAX || !s->layout->has_panes)
        return;
    pane = &s->pane_slots[mr_shard_pane(s, r->time_us)];
    if (pane->n_slots == 0 && pane->n > 1)
        drop_id(pane, id);
    pane->n--;
}

static int compare_panes(const void *a, const void *b)
{
    int64_t x = ((const mr_pane *)a)->time_us, y = ((const mr_pane *)b)->time_us;

    return (x > y) - (x < y);
}

int64_t mr_shard_count_closed(const mr_shard *s, int64_t us)
{
    int64_t n = 0;

    for (int32_t i = 0; i < s->n_heap; i++)
        if (s->heap[i] <= us)
            n += s->pane_slots[mr_shard_pane(s, s->heap[i])].n;
    return n;
}

mr_pane *mr_shard_closed(const mr_shard *s, int64_t us, int32_t *n)
{
    mr_pane *closed = NULL;
    int32_t capacity = 0;

    *n = 0;
    if (s->n_heap == 0 || s->heap[0] > us)
        return NULL;
    for (int32_t i = 0; i < s->n_heap; i++)
        if (s->heap[i] <= us)
            MR_PUSH(closed, *n, capacity, s->pane_slots[mr_shard_pane(s, s->heap[i])]);
    qsort(closed, (size_t)*n, sizeof(*closed), compare_panes);
    return closed;
}
