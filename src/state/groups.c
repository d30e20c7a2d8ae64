/* groups.c - records in slabs, slots by linear probing, panes by event time. */
#include "state/groups_priv.h"

#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SLAB_BITS    12
#define SLAB_RECORDS (1 << SLAB_BITS)
#define AHEAD        16 /* rows between prefetch and probe */

typedef struct pane {
    int64_t time_us;
    int32_t head;
} pane;

struct mr_groups {
    const mr_groups_spec *spec;
    size_t key_room;
    size_t record_size;
    size_t *state_at; /* offset of each aggregate's state in a record */
    char **slabs;
    int32_t n_slabs;
    int32_t n_records; /* ever made, freed ones included */
    int32_t free_head; /* freed records linked through `next`, -1 = none */
    int64_t n_live;
    uint32_t *slots; /* record + 1, 0 = empty */
    size_t n_slots;  /* a power of two */
    size_t heap_bytes;
    int32_t *touched;
    int32_t n_touched, touched_capacity;
    pane *panes; /* a binary heap by time */
    int32_t n_panes, panes_capacity;
    int64_t *pane_times; /* open addressing: time -> head record */
    int32_t *pane_heads;
    uint8_t *pane_used;
    size_t n_pane_slots, n_pane_live;
    mr_buf scratch;
    uint64_t *hashes;
    size_t *key_ends;
    int32_t rows_capacity;
};

static mr_group *record(const mr_groups *g, int32_t id)
{
    return (mr_group *)(void *)(g->slabs[id >> SLAB_BITS] +
                                (size_t)(id & (SLAB_RECORDS - 1)) * g->record_size);
}

static char *key_area(mr_group *r)
{
    return (char *)(r + 1);
}

static mr_str key_bytes(mr_group *r)
{
    if (r->flags & MR_GROUP_KEY_HEAP) {
        char *heap;

        memcpy(&heap, key_area(r), sizeof(heap));
        return (mr_str){ heap, r->key_len };
    }
    return (mr_str){ key_area(r), r->key_len };
}

mr_groups *mr_groups_new(const mr_groups_spec *spec)
{
    mr_groups *g = mr_calloc(1, sizeof(*g));
    size_t at;

    g->spec = spec;
    g->key_room = mr_group_key_room(spec->key_types, spec->n_keys);
    g->state_at = mr_calloc((size_t)spec->n_aggs + 1, sizeof(*g->state_at));
    at = sizeof(mr_group) + g->key_room;
    for (int i = 0; i < spec->n_aggs; i++) {
        at = (at + 15) & ~(size_t)15;
        g->state_at[i] = at;
        at += spec->aggs[i].aggregate->state_size(spec->aggs[i].bound);
    }
    g->record_size = (at + 15) & ~(size_t)15;
    g->free_head = -1;
    g->n_slots = 1024;
    g->slots = mr_calloc(g->n_slots, sizeof(*g->slots));
    return g;
}

void *mr_groups_state(const mr_groups *g, int32_t id, int agg)
{
    return (char *)record(g, id) + g->state_at[agg];
}

int64_t mr_groups_time(const mr_groups *g, int32_t id)
{
    return record(g, id)->time_us;
}

int64_t mr_groups_count(const mr_groups *g)
{
    return g->n_live;
}

size_t mr_groups_bytes(const mr_groups *g)
{
    return (size_t)g->n_slabs * SLAB_RECORDS * g->record_size + g->n_slots * sizeof(*g->slots) +
           g->heap_bytes;
}

static void drop_record(mr_groups *g, int32_t id)
{
    mr_group *r = record(g, id);

    for (int i = 0; i < g->spec->n_aggs; i++)
        if (g->spec->aggs[i].aggregate->drop != NULL)
            g->spec->aggs[i].aggregate->drop(g->spec->aggs[i].bound, mr_groups_state(g, id, i));
    if (r->flags & MR_GROUP_KEY_HEAP) {
        free((char *)(uintptr_t)key_bytes(r).ptr);
        g->heap_bytes -= r->key_len;
    }
    r->flags = 0;
}

void mr_groups_clear(mr_groups *g)
{
    for (int32_t id = 0; id < g->n_records; id++)
        if (record(g, id)->flags & MR_GROUP_LIVE)
            drop_record(g, id);
    g->n_records = 0;
    g->free_head = -1;
    g->n_live = 0;
    g->n_touched = 0;
    g->n_panes = 0;
    g->n_pane_live = 0;
    if (g->pane_used != NULL)
        memset(g->pane_used, 0, g->n_pane_slots);
    memset(g->slots, 0, g->n_slots * sizeof(*g->slots));
}

void mr_groups_free(mr_groups *g)
{
    if (g == NULL)
        return;
    mr_groups_clear(g);
    for (int32_t i = 0; i < g->n_slabs; i++)
        free(g->slabs[i]);
    free(g->slabs);
    free(g->state_at);
    free(g->slots);
    free(g->touched);
    free(g->panes);
    free(g->pane_times);
    free(g->pane_heads);
    free(g->pane_used);
    free(g->hashes);
    free(g->key_ends);
    mr_buf_free(&g->scratch);
    free(g);
}

/* --- panes -------------------------------------------------------------------------------------
 */

static uint64_t mix(int64_t time_us)
{
    uint64_t h = (uint64_t)time_us * UINT64_C(0x9E3779B97F4A7C15);

    return h ^ (h >> 32);
}

static size_t pane_slot(const mr_groups *g, int64_t time_us)
{
    size_t at = mix(time_us) & (g->n_pane_slots - 1);

    while (g->pane_used[at] && g->pane_times[at] != time_us)
        at = (at + 1) & (g->n_pane_slots - 1);
    return at;
}

static void panes_grow(mr_groups *g)
{
    size_t old = g->n_pane_slots;
    int64_t *times = g->pane_times;
    int32_t *heads = g->pane_heads;
    uint8_t *used = g->pane_used;

    g->n_pane_slots = old == 0 ? 64 : old * 2;
    g->pane_times = mr_calloc(g->n_pane_slots, sizeof(*times));
    g->pane_heads = mr_calloc(g->n_pane_slots, sizeof(*heads));
    g->pane_used = mr_calloc(g->n_pane_slots, 1);
    for (size_t i = 0; i < old; i++)
        if (used[i]) {
            size_t at = pane_slot(g, times[i]);

            g->pane_times[at] = times[i];
            g->pane_heads[at] = heads[i];
            g->pane_used[at] = 1;
        }
    free(times);
    free(heads);
    free(used);
}

static void heap_push(mr_groups *g, int64_t time_us)
{
    int32_t at = g->n_panes;

    MR_PUSH(g->panes, g->n_panes, g->panes_capacity, (pane){ time_us, 0 });
    while (at > 0 && g->panes[(at - 1) / 2].time_us > g->panes[at].time_us) {
        pane swap = g->panes[at];

        g->panes[at] = g->panes[(at - 1) / 2];
        g->panes[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
}

static int64_t heap_pop(mr_groups *g)
{
    int64_t top = g->panes[0].time_us;
    int32_t at = 0;

    g->panes[0] = g->panes[--g->n_panes];
    for (;;) {
        int32_t child = 2 * at + 1;
        pane swap;

        if (child + 1 < g->n_panes && g->panes[child + 1].time_us < g->panes[child].time_us)
            child++;
        if (child >= g->n_panes || g->panes[at].time_us <= g->panes[child].time_us)
            return top;
        swap = g->panes[at];
        g->panes[at] = g->panes[child];
        g->panes[child] = swap;
        at = child;
    }
}

static void pane_link(mr_groups *g, int32_t id, mr_group *r)
{
    size_t at;

    r->next = -1;
    if (r->time_us == INT64_MAX)
        return;
    if (g->n_pane_live * 2 >= g->n_pane_slots)
        panes_grow(g);
    at = pane_slot(g, r->time_us);
    if (!g->pane_used[at]) {
        g->pane_used[at] = 1;
        g->pane_times[at] = r->time_us;
        g->pane_heads[at] = -1;
        g->n_pane_live++;
        heap_push(g, r->time_us);
    }
    r->next = g->pane_heads[at];
    g->pane_heads[at] = id;
}

/* Takes a pane out of the table by shifting back what probed past it. */
static int32_t pane_take(mr_groups *g, int64_t time_us)
{
    size_t mask = g->n_pane_slots - 1;
    size_t hole = pane_slot(g, time_us);
    int32_t head = g->pane_heads[hole];

    for (size_t at = (hole + 1) & mask; g->pane_used[at]; at = (at + 1) & mask) {
        size_t home = mix(g->pane_times[at]) & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            g->pane_times[hole] = g->pane_times[at];
            g->pane_heads[hole] = g->pane_heads[at];
            hole = at;
        }
    }
    g->pane_used[hole] = 0;
    g->n_pane_live--;
    return head;
}

/* --- slots -------------------------------------------------------------------------------------
 */

static void slots_grow(mr_groups *g)
{
    size_t n = g->n_slots * 4;
    uint32_t *slots = mr_calloc(n, sizeof(*slots));

    for (size_t i = 0; i < g->n_slots; i++)
        if (g->slots[i] != 0) {
            size_t at = record(g, (int32_t)(g->slots[i] - 1))->hash & (n - 1);

            while (slots[at] != 0)
                at = (at + 1) & (n - 1);
            slots[at] = g->slots[i];
        }
    free(g->slots);
    g->slots = slots;
    g->n_slots = n;
}

static size_t find_slot(const mr_groups *g, uint64_t hash, mr_str key)
{
    size_t mask = g->n_slots - 1;
    size_t at = hash & mask;

    while (g->slots[at] != 0) {
        mr_group *r = record(g, (int32_t)(g->slots[at] - 1));

        if (r->hash == hash && r->key_len == key.len &&
            (key.len == 0 || memcmp(key_bytes(r).ptr, key.ptr, key.len) == 0))
            break;
        at = (at + 1) & mask;
    }
    return at;
}

static void unlink_slot(mr_groups *g, int32_t id)
{
    size_t mask = g->n_slots - 1;
    size_t hole = record(g, id)->hash & mask;

    while (g->slots[hole] != (uint32_t)id + 1)
        hole = (hole + 1) & mask;
    for (size_t at = (hole + 1) & mask; g->slots[at] != 0; at = (at + 1) & mask) {
        size_t home = record(g, (int32_t)(g->slots[at] - 1))->hash & mask;

        if (((at - home) & mask) >= ((at - hole) & mask)) {
            g->slots[hole] = g->slots[at];
            hole = at;
        }
    }
    g->slots[hole] = 0;
}

/* --- records -----------------------------------------------------------------------------------
 */

static int32_t take_record(mr_groups *g)
{
    int32_t id = g->free_head;

    if (id >= 0) {
        g->free_head = record(g, id)->next;
        return id;
    }
    id = g->n_records++;
    if ((id >> SLAB_BITS) == g->n_slabs) {
        g->slabs = mr_realloc(g->slabs, sizeof(*g->slabs) * (size_t)(g->n_slabs + 1));
        g->slabs[g->n_slabs++] = mr_malloc(SLAB_RECORDS * g->record_size);
    }
    return id;
}

static int32_t new_group(mr_groups *g, size_t slot, uint64_t hash, mr_str key, int64_t time_us)
{
    int32_t id = take_record(g);
    mr_group *r = record(g, id);

    r->hash = hash;
    r->key_len = (uint32_t)key.len;
    r->flags = MR_GROUP_LIVE;
    r->pad = 0;
    r->time_us = time_us;
    if (key.len > g->key_room) {
        char *heap = mr_malloc(key.len);

        memcpy(heap, key.ptr, key.len);
        memcpy(key_area(r), &heap, sizeof(heap));
        r->flags |= MR_GROUP_KEY_HEAP;
        g->heap_bytes += key.len;
    } else if (key.len > 0) {
        memcpy(key_area(r), key.ptr, key.len);
    }
    for (int i = 0; i < g->spec->n_aggs; i++)
        g->spec->aggs[i].aggregate->init(g->spec->aggs[i].bound, mr_groups_state(g, id, i));
    pane_link(g, id, r);
    g->slots[slot] = (uint32_t)id + 1;
    g->n_live++;
    if ((size_t)g->n_live * 2 > g->n_slots)
        slots_grow(g);
    return id;
}

static void need_rows(mr_groups *g, int32_t n)
{
    if (n <= g->rows_capacity)
        return;
    g->hashes = mr_realloc(g->hashes, sizeof(*g->hashes) * (size_t)n);
    g->key_ends = mr_realloc(g->key_ends, sizeof(*g->key_ends) * (size_t)(n + 1));
    g->rows_capacity = n;
}

static void encode_rows(mr_groups *g, const mr_vec *keys, mr_sel sel)
{
    mr_buf_clear(&g->scratch);
    (void)mr_buf_reserve(&g->scratch, 16); /* never NULL, even for keys without bytes */
    need_rows(g, sel.n);
    for (int32_t i = 0; i < sel.n; i++) {
        size_t from = g->scratch.len;

        mr_group_key_encode(keys, g->spec->n_keys, mr_sel_row(sel, i), &g->scratch);
        g->key_ends[i] = g->scratch.len;
        g->hashes[i] = XXH3_64bits(g->scratch.ptr + from, g->scratch.len - from);
    }
}

static int64_t row_time(const mr_groups *g, const mr_vec *keys, int32_t row)
{
    return g->spec->time_key < 0 ? INT64_MAX : mr_group_key_time(&keys[g->spec->time_key], row);
}

void mr_groups_upsert(mr_groups *g, const mr_vec *keys, mr_sel sel, int32_t *ids)
{
    size_t from = 0;

    if (sel.n == 0)
        return;
    encode_rows(g, keys, sel);
    for (int32_t i = 0; i < sel.n; i++) {
        mr_str key = { g->scratch.ptr + from, g->key_ends[i] - from };
        size_t slot;

        if (i + AHEAD < sel.n)
            __builtin_prefetch(&g->slots[g->hashes[i + AHEAD] & (g->n_slots - 1)]);
        slot = find_slot(g, g->hashes[i], key);
        ids[i] = g->slots[slot] != 0
                     ? (int32_t)(g->slots[slot] - 1)
                     : new_group(g, slot, g->hashes[i], key, row_time(g, keys, mr_sel_row(sel, i)));
        from = g->key_ends[i];
    }
}

static void touch(mr_groups *g, int32_t id)
{
    mr_group *r = record(g, id);

    if (r->flags & MR_GROUP_TOUCHED)
        return;
    r->flags |= MR_GROUP_TOUCHED;
    MR_PUSH(g->touched, g->n_touched, g->touched_capacity, id);
}

void mr_groups_begin(mr_groups *g)
{
    for (int32_t i = 0; i < g->n_touched; i++)
        record(g, g->touched[i])->flags &= ~(uint32_t)MR_GROUP_TOUCHED;
    g->n_touched = 0;
}

const int32_t *mr_groups_touched(const mr_groups *g, int32_t *n)
{
    *n = g->n_touched;
    return g->touched;
}

/* Merges one run of at most MERGE_ROWS groups, an aggregate at a time. */
#define MERGE_ROWS 1024
static mr_status merge_run(mr_groups *into, const mr_groups *from, const int32_t *to_ids,
                           const int32_t *from_ids, int32_t n, mr_error *err)
{
    void *to_states[MERGE_ROWS];
    const void *from_states[MERGE_ROWS];

    for (int a = 0; a < into->spec->n_aggs; a++) {
        for (int32_t i = 0; i < n; i++) {
            to_states[i] = mr_groups_state(into, to_ids[i], a);
            from_states[i] = mr_groups_state(from, from_ids[i], a);
        }
        MR_TRY(into->spec->aggs[a].aggregate->merge(into->spec->aggs[a].bound, to_states,
                                                    from_states, n, err));
    }
    return MR_OK;
}

mr_status mr_groups_merge(mr_groups *into, const mr_groups *from, int64_t late_us, int64_t *n_late,
                          mr_error *err)
{
    int32_t to_ids[MERGE_ROWS], from_ids[MERGE_ROWS];
    int32_t n = 0;

    for (int32_t id = 0; id < from->n_records; id++) {
        mr_group *r = record(from, id);
        size_t slot;
        mr_str key;

        if (id + AHEAD < from->n_records)
            __builtin_prefetch(&into->slots[record(from, id + AHEAD)->hash & (into->n_slots - 1)]);
        if (!(r->flags & MR_GROUP_LIVE))
            continue;
        if (r->time_us <= late_us) {
            (*n_late)++;
            continue;
        }
        key = key_bytes(r);
        slot = find_slot(into, r->hash, key);
        to_ids[n] = into->slots[slot] != 0 ? (int32_t)(into->slots[slot] - 1)
                                           : new_group(into, slot, r->hash, key, r->time_us);
        touch(into, to_ids[n]);
        from_ids[n++] = id;
        if (n == MERGE_ROWS) {
            MR_TRY(merge_run(into, from, to_ids, from_ids, n, err));
            n = 0;
        }
    }
    return merge_run(into, from, to_ids, from_ids, n, err);
}

/* --- lists and removal -------------------------------------------------------------------------
 */

int32_t *mr_groups_all(const mr_groups *g, int32_t *n)
{
    int32_t *ids = mr_malloc(sizeof(*ids) * (size_t)(g->n_live + 1));

    *n = 0;
    for (int32_t id = 0; id < g->n_records; id++)
        if (record(g, id)->flags & MR_GROUP_LIVE)
            ids[(*n)++] = id;
    return ids;
}

static int compare_panes(const void *a, const void *b)
{
    int64_t x = ((const pane *)a)->time_us, y = ((const pane *)b)->time_us;

    return (x > y) - (x < y);
}

int32_t *mr_groups_closed(const mr_groups *g, int64_t us, int32_t *n)
{
    pane *closed = NULL;
    int32_t *ids = NULL;
    int32_t n_closed = 0, closed_capacity = 0, capacity = 0;

    *n = 0;
    if (g->n_panes == 0 || g->panes[0].time_us > us)
        return NULL;
    for (int32_t i = 0; i < g->n_panes; i++)
        if (g->panes[i].time_us <= us)
            MR_PUSH(closed, n_closed, closed_capacity, g->panes[i]);
    qsort(closed, (size_t)n_closed, sizeof(*closed), compare_panes);
    for (int32_t i = 0; i < n_closed; i++)
        for (int32_t id = g->pane_heads[pane_slot(g, closed[i].time_us)]; id >= 0;
             id = record(g, id)->next)
            MR_PUSH(ids, *n, capacity, id);
    free(closed);
    return ids;
}

static void release_record(mr_groups *g, int32_t id)
{
    unlink_slot(g, id);
    drop_record(g, id);
    record(g, id)->next = g->free_head;
    g->free_head = id;
    g->n_live--;
}

int64_t mr_groups_evict(mr_groups *g, int64_t us)
{
    int64_t n = 0;

    mr_groups_begin(g);
    while (g->n_panes > 0 && g->panes[0].time_us <= us) {
        int32_t id = pane_take(g, heap_pop(g));

        while (id >= 0) {
            int32_t next = record(g, id)->next;

            release_record(g, id);
            n++;
            id = next;
        }
    }
    return n;
}

/* Unlinks one record from its pane; an emptied pane goes from heap and table. */
static void pane_unlink(mr_groups *g, int32_t id)
{
    mr_group *r = record(g, id);
    int32_t *link;
    size_t at;

    if (r->time_us == INT64_MAX)
        return;
    at = pane_slot(g, r->time_us);
    link = &g->pane_heads[at];
    while (*link != id)
        link = &record(g, *link)->next;
    *link = r->next;
}

bool mr_groups_remove(mr_groups *g, const mr_vec *keys, int32_t row)
{
    mr_sel sel = { &row, 1 };
    size_t slot;
    int32_t id;

    encode_rows(g, keys, sel);
    slot = find_slot(g, g->hashes[0], mr_buf_str(&g->scratch));
    if (g->slots[slot] == 0)
        return false;
    id = (int32_t)(g->slots[slot] - 1);
    mr_groups_begin(g);
    pane_unlink(g, id);
    release_record(g, id);
    return true;
}

/* --- columns -----------------------------------------------------------------------------------
 */

void mr_groups_keys(const mr_groups *g, const int32_t *ids, int32_t n, mr_vec *keys,
                    mr_arena *arena)
{
    for (int i = 0; i < g->spec->n_keys; i++)
        mr_vec_init(&keys[i], arena, g->spec->key_types[i], n);
    for (int32_t i = 0; i < n; i++)
        mr_group_key_decode(key_bytes(record(g, ids[i])), keys, g->spec->n_keys, i, arena);
}

static const void **states_of(const mr_groups *g, int agg, const int32_t *ids, int32_t n,
                              mr_arena *arena)
{
    const void **states = mr_arena_alloc(arena, sizeof(*states) * (size_t)(n + 1));

    for (int32_t i = 0; i < n; i++)
        states[i] = mr_groups_state(g, ids[i], agg);
    return states;
}

mr_status mr_groups_result(const mr_groups *g, int agg, const int32_t *ids, int32_t n, mr_vec *out,
                           mr_arena *arena, mr_error *err)
{
    const mr_groups_agg *a = &g->spec->aggs[agg];

    mr_vec_init(out, arena, a->bound->result, n);
    return a->aggregate->result(a->bound, states_of(g, agg, ids, n, arena), n, out, arena, err);
}

int mr_groups_buffers(const mr_groups_spec *spec, mr_arena *arena, mr_field *out, int capacity)
{
    int n = 0;

    for (int i = 0; i < spec->n_aggs; i++) {
        MR_ASSERT(n + 8 <= capacity);
        n += spec->aggs[i].aggregate->buffers(spec->aggs[i].bound, arena, out + n);
    }
    return n;
}

void mr_groups_save(const mr_groups *g, const int32_t *ids, int32_t n, mr_vec *bufs,
                    mr_arena *arena)
{
    mr_field fields[8];
    int at = 0;

    for (int a = 0; a < g->spec->n_aggs; a++) {
        const mr_groups_agg *agg = &g->spec->aggs[a];
        int width = agg->aggregate->buffers(agg->bound, arena, fields);

        for (int i = 0; i < width; i++)
            mr_vec_init(&bufs[at + i], arena, fields[i].type, n);
        agg->aggregate->save(agg->bound, states_of(g, a, ids, n, arena), n, bufs + at, arena);
        at += width;
    }
}

mr_status mr_groups_load(mr_groups *g, const mr_vec *keys, const mr_vec *bufs, int32_t n,
                         mr_error *err)
{
    mr_arena *arena = mr_arena_new();
    int32_t *ids = mr_arena_alloc(arena, sizeof(*ids) * (size_t)(n + 1));
    void **states = mr_arena_alloc(arena, sizeof(*states) * (size_t)(n + 1));
    mr_status status = MR_OK;
    mr_field fields[8];
    int at = 0;

    mr_groups_upsert(g, keys, (mr_sel){ NULL, n }, ids);
    for (int a = 0; a < g->spec->n_aggs && status == MR_OK; a++) {
        const mr_groups_agg *agg = &g->spec->aggs[a];

        for (int32_t i = 0; i < n; i++) {
            states[i] = mr_groups_state(g, ids[i], a);
            if (agg->aggregate->drop != NULL)
                agg->aggregate->drop(agg->bound, states[i]);
            agg->aggregate->init(agg->bound, states[i]);
        }
        status = agg->aggregate->load(agg->bound, states, n, bufs + at, err);
        at += agg->aggregate->buffers(agg->bound, arena, fields);
    }
    mr_arena_free(arena);
    return status;
}
