/* groups_shard.c - one shard of the aggregate table: records in blocks, slots by linear probing. */
#include "state/groups_priv.h"

#include <stdlib.h>

#define FIRST_SLOTS   256
#define FIRST_ID_MASK 0xfff
#define OWN_SLOTS     64 /* records of a pane that are worth slots of its own */
#define USUAL_MAX     2048

void mr_shard_open(mr_shard *s, const mr_group_layout *layout, mr_group_memory *memory,
                   mr_slot *slots, size_t n_slots)
{
    memset(s, 0, sizeof(*s));
    s->layout = layout;
    s->memory = memory;
    s->free_head = -1;
    s->id_mask = FIRST_ID_MASK;
    s->usual_slots = 4 * OWN_SLOTS;
    s->has_lent_slots = slots != NULL;
    s->n_slots = slots != NULL ? n_slots : FIRST_SLOTS;
    s->slots = slots != NULL ? slots : mr_group_memory_slots(s->n_slots);
}

size_t mr_shard_bytes(const mr_shard *s)
{
    return (size_t)s->n_records * s->layout->record_size + s->n_slots * sizeof(*s->slots) +
           s->pane_bytes + s->heap_bytes;
}

static void *state_of(const mr_shard *s, mr_group *r, int agg)
{
    return (char *)r + s->layout->states_at + s->layout->state_at[agg];
}

void mr_shard_init_states(const mr_shard *s, mr_group *r)
{
    const mr_group_layout *l = s->layout;

    if (!l->has_drop) {
        memcpy((char *)r + l->states_at, l->initial, l->hash_at - l->states_at);
        return;
    }
    for (int i = 0; i < l->spec->n_aggs; i++)
        l->spec->aggs[i].aggregate->init(l->spec->aggs[i].bound, state_of(s, r, i));
}

static void free_slots(const mr_shard *s, mr_slot *slots)
{
    if (!s->has_lent_slots)
        free(slots);
}

/* Of a key that is malloc'ed. */
static void free_key(mr_group *r)
{
    char *heap;

    memcpy(&heap, r->key, sizeof(heap));
    free(heap);
}

static void drop_record(mr_shard *s, mr_group *r)
{
    const mr_groups_spec *spec = s->layout->spec;

    for (int i = 0; s->layout->has_drop && i < spec->n_aggs; i++)
        if (spec->aggs[i].aggregate->drop != NULL)
            spec->aggs[i].aggregate->drop(spec->aggs[i].bound, state_of(s, r, i));
    if (r->flags & MR_GROUP_KEY_HEAP) {
        s->heap_bytes -= mr_group_key(r).len;
        free_key(r);
    }
    r->flags = 0;
}

/* Forgets all records, which own nothing any more. */
static void forget(mr_shard *s)
{
    for (size_t i = 0; i < s->n_pane_slots && s->n_pane_live > 0; i++)
        if (s->pane_used[i])
            mr_pane_free(s, &s->pane_slots[i]);
    s->n_records = 0;
    s->free_head = -1;
    s->n_live = s->n_in_slots = 0;
    s->n_first = s->n_touched = 0;
    s->n_heap = 0;
    s->n_pane_live = 0;
    if (s->pane_used != NULL)
        memset(s->pane_used, 0, s->n_pane_slots);
    memset(s->slots, 0, s->n_slots * sizeof(*s->slots));
}

void mr_shard_clear(mr_shard *s)
{
    bool owns = s->layout->has_drop || s->heap_bytes > 0;

    for (int32_t id = 0; owns && id < s->n_records; id++)
        if (mr_shard_record(s, id)->flags & MR_GROUP_LIVE)
            drop_record(s, mr_shard_record(s, id));
    forget(s);
}

void mr_shard_close(mr_shard *s)
{
    mr_shard_clear(s);
    for (int i = 0; i < s->n_blocks && s->memory == NULL; i++)
        free(s->blocks[i]);
    free(s->blocks);
    free_slots(s, s->slots);
    free(s->touched);
    free(s->heap);
    free(s->pane_slots);
    free(s->pane_used);
}

/* --- slots -------------------------------------------------------------------------------------
 */

static void put_slot(const mr_shard *s, mr_slots slots, uint64_t hash, int32_t id)
{
    uint32_t at = (uint32_t)(hash >> 32) & slots.mask;

    while (slots.at[at] != 0)
        at = (at + 1) & slots.mask;
    slots.at[at] = ((uint32_t)(hash >> 32) & ~s->id_mask) | (uint32_t)(id + 1);
}

static uint64_t hash_of(const mr_shard *s, int32_t id)
{
    mr_group *r = mr_shard_record(s, id);

    return mr_group_hash(mr_group_key(r), r->time_us);
}

static void widen(mr_slot *slots, size_t n, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < n; i++)
        slots[i] = (slots[i] & ~to) | (slots[i] & from);
}

/* Record numbers need more bits: the hash has fewer. */
static void widen_all(mr_shard *s)
{
    uint32_t from = s->id_mask;

    MR_ASSERT(from <= INT32_MAX >> 1);
    s->id_mask = from << 1 | 1;
    widen(s->slots, s->n_slots, from, s->id_mask);
    for (size_t i = 0; i < s->n_pane_slots; i++)
        if (s->pane_used[i])
            widen(s->pane_slots[i].slots, s->pane_slots[i].n_slots, from, s->id_mask);
}

static void slots_grow(mr_shard *s)
{
    mr_slot *old = s->slots;

    s->n_slots *= 2;
    MR_ASSERT(s->n_slots <= (size_t)1 << 31);
    s->slots = mr_group_memory_slots(s->n_slots);
    for (size_t i = 0; i < s->n_slots / 2; i++)
        if (old[i] != 0) {
            int32_t id = mr_slot_record(s, old[i]);

            put_slot(s, (mr_slots){ s->slots, (uint32_t)(s->n_slots - 1) }, hash_of(s, id), id);
        }
    free_slots(s, old);
    s->has_lent_slots = false;
}

static void unlink_slot(mr_slots slots, const mr_shard *s, int32_t id)
{
    uint32_t hole = (uint32_t)(hash_of(s, id) >> 32) & slots.mask;

    while (mr_slot_record(s, slots.at[hole]) != id)
        hole = (hole + 1) & slots.mask;
    for (uint32_t at = (hole + 1) & slots.mask; slots.at[at] != 0; at = (at + 1) & slots.mask) {
        uint32_t home = (uint32_t)(hash_of(s, mr_slot_record(s, slots.at[at])) >> 32) & slots.mask;

        if (((at - home) & slots.mask) >= ((at - hole) & slots.mask)) {
            slots.at[hole] = slots.at[at];
            hole = at;
        }
    }
    slots.at[hole] = 0;
}

/* More slots for a pane: its first ones of its own, or twice as many.  Records it has in the
 * shard's slots leave those. */
static void pane_slots_grow(mr_shard *s, mr_pane *pane)
{
    mr_slots common = { s->slots, (uint32_t)(s->n_slots - 1) };
    mr_pane old = *pane;
    uint32_t n_slots = old.n_slots == 0 ? s->usual_slots : 2 * old.n_slots;
    int32_t *ids = mr_malloc(sizeof(*ids) * (size_t)old.n);

    mr_pane_records(s, &old, ids);
    for (int32_t i = 0; i < old.n && old.n_slots == 0; i++)
        unlink_slot(common, s, ids[i]);
    if (old.n_slots == 0)
        s->n_in_slots -= old.n;
    mr_pane_free(s, pane);
    pane->n = old.n;
    pane->slots = mr_group_memory_slots(n_slots);
    pane->n_slots = n_slots;
    s->pane_bytes += n_slots * sizeof(*pane->slots);
    s->usual_slots = n_slots < USUAL_MAX ? n_slots : USUAL_MAX;
    for (int32_t i = 0; i < old.n; i++)
        put_slot(s, (mr_slots){ pane->slots, n_slots - 1 }, hash_of(s, ids[i]), ids[i]);
    free(ids);
}

static inline bool same_word(const char *a, const char *b)
{
    uint64_t x, y;

    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    return x == y;
}

static inline bool same_key(mr_group *r, mr_str b, int64_t time_us)
{
    mr_str a = mr_group_key(r);

    if (r->time_us != time_us || a.len != b.len)
        return false;
    if (b.len < 8)
        return memcmp(a.ptr, b.ptr, b.len) == 0;
    for (size_t i = 0; i + 8 < b.len; i += 8)
        if (!same_word(a.ptr + i, b.ptr + i))
            return false;
    return same_word(a.ptr + a.len - 8, b.ptr + b.len - 8);
}

int32_t mr_shard_find(const mr_shard *s, uint64_t hash, mr_str key, int64_t time_us)
{
    mr_slots slots = mr_shard_slots(s, time_us);

    for (uint32_t at = (uint32_t)(hash >> 32) & slots.mask; slots.at[at] != 0;
         at = (at + 1) & slots.mask)
        if (mr_slot_fits(s, slots.at[at], hash)) {
            int32_t id = mr_slot_record(s, slots.at[at]);

            if (same_key(mr_shard_record(s, id), key, time_us))
                return id;
        }
    return -1;
}

/* --- records -----------------------------------------------------------------------------------
 */

static void add_block(mr_shard *s)
{
    size_t bytes = s->layout->record_size << MR_GROUP_BLOCK;
    char *block =
        s->memory == NULL ? mr_group_memory_block(bytes) : mr_group_memory_take(s->memory, bytes);

    MR_PUSH(s->blocks, s->n_blocks, s->blocks_capacity, block);
}

static int32_t take_record(mr_shard *s)
{
    int32_t id = s->free_head;

    if (id >= 0) {
        s->free_head = (int32_t)mr_shard_record(s, id)->time_us;
        return id;
    }
    id = s->n_records++;
    if (id >> MR_GROUP_BLOCK == s->n_blocks)
        add_block(s);
    if ((uint32_t)id >= s->id_mask)
        widen_all(s);
    return id;
}

/* Makes a taken and filled record findable. */
static void enter_record(mr_shard *s, int32_t id, mr_group *r, uint64_t hash)
{
    mr_pane *pane = mr_pane_link(s, id, r);

    put_slot(s, mr_shard_slots(s, r->time_us), hash, id);
    s->n_live++;
    s->n_in_slots += pane == NULL || pane->n_slots == 0;
    if (pane != NULL &&
        (pane->n_slots == 0 ? pane->n == OWN_SLOTS : (uint32_t)pane->n > pane->n_slots / 4 * 3))
        pane_slots_grow(s, pane);
    else if ((size_t)s->n_in_slots * 2 > s->n_slots)
        slots_grow(s);
}

static void put_key(mr_shard *s, mr_group *r, mr_str key)
{
    char *heap;

    if (key.len > s->longest_key)
        s->longest_key = key.len;
    if (key.len <= s->layout->key_room) {
        r->key_len = (uint8_t)key.len;
        if (key.len > 0)
            memcpy(r->key, key.ptr, key.len);
        return;
    }
    heap = mr_malloc(sizeof(key.len) + key.len);
    memcpy(heap, &key.len, sizeof(key.len));
    memcpy(heap + sizeof(key.len), key.ptr, key.len);
    memcpy(r->key, &heap, sizeof(heap));
    r->flags |= MR_GROUP_KEY_HEAP;
    s->heap_bytes += key.len;
}

static int32_t fill_record(mr_shard *s, mr_str key, int64_t time_us)
{
    int32_t id = take_record(s);
    mr_group *r = mr_shard_record(s, id);

    r->flags = MR_GROUP_LIVE;
    r->touched = 0;
    r->time_us = time_us;
    put_key(s, r, key);
    return id;
}

int32_t mr_shard_add(mr_shard *s, uint64_t hash, mr_str key, int64_t time_us)
{
    int32_t id = fill_record(s, key, time_us);

    enter_record(s, id, mr_shard_record(s, id), hash);
    return id;
}

int32_t mr_shard_append(mr_shard *s, mr_str key, int64_t time_us)
{
    s->n_live++;
    return fill_record(s, key, time_us);
}

void mr_shard_adopt(mr_shard *s, uint64_t hash, mr_group *from, const mr_group_layout *layout)
{
    mr_str key = mr_group_key(from);
    int32_t id = mr_shard_add(s, hash, key, from->time_us);
    mr_group *r = mr_shard_record(s, id);

    r->touched = from->touched;
    memcpy((char *)r + s->layout->states_at, (char *)from + layout->states_at,
           s->layout->record_size - s->layout->states_at);
    if (from->flags & MR_GROUP_KEY_HEAP)
        free_key(from);
    from->flags = 0;
}

static void free_record(mr_shard *s, int32_t id)
{
    mr_group *r = mr_shard_record(s, id);

    drop_record(s, r);
    r->time_us = s->free_head;
    s->free_head = id;
    s->n_live--;
}

void mr_shard_remove(mr_shard *s, int32_t id)
{
    mr_slots slots = mr_shard_slots(s, mr_shard_record(s, id)->time_us);

    mr_pane_unlink(s, id);
    unlink_slot(slots, s, id);
    s->n_in_slots -= slots.at == s->slots;
    free_record(s, id);
}

/* Removes most of the records: the others move to the front, into slots and panes made anew. */
static void evict_by_moving(mr_shard *s, int64_t us)
{
    bool owns = s->layout->has_drop || s->heap_bytes > 0;
    int32_t n = s->n_records;

    forget(s);
    for (int32_t from = 0; from < n; from++) {
        mr_group *r = mr_shard_record(s, from);

        if (!(r->flags & MR_GROUP_LIVE))
            continue;
        if (r->time_us <= us) {
            if (owns)
                drop_record(s, r);
            continue;
        }
        if (s->n_records < from)
            memcpy(mr_shard_record(s, s->n_records), r, s->layout->record_size);
        r = mr_shard_record(s, s->n_records);
        enter_record(s, s->n_records++, r, mr_group_hash(mr_group_key(r), r->time_us));
    }
}

static void evict_pane(mr_shard *s, int64_t time_us)
{
    const mr_pane *pane = mr_shard_find_pane(s, time_us);
    mr_slots slots = mr_shard_slots(s, time_us);
    bool is_common = pane->n_slots == 0;
    int32_t n = pane->n;
    int32_t *ids = mr_malloc(sizeof(*ids) * (size_t)(n + 1));

    mr_pane_records(s, pane, ids);
    for (int32_t i = 0; i < n; i++) {
        if (is_common)
            unlink_slot(slots, s, ids[i]);
        free_record(s, ids[i]);
    }
    if (is_common)
        s->n_in_slots -= n;
    free(ids);
    mr_pane_take(s, time_us);
}

int64_t mr_shard_evict(mr_shard *s, int64_t us)
{
    int64_t n = mr_shard_count_closed(s, us);

    if (n > s->n_live / 2)
        evict_by_moving(s, us);
    else
        while (s->n_heap > 0 && s->heap[0] <= us)
            evict_pane(s, mr_pane_pop(s));
    return n;
}
