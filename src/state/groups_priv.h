/* groups_priv.h - records, shards and keys: what the files of the aggregate table share. */
#ifndef MR_STATE_GROUPS_PRIV_H
#define MR_STATE_GROUPS_PRIV_H

#include <pthread.h>
#include <stddef.h>

#include "state/groups.h"

#define MR_GROUP_BLOCK 7 /* records in a block: 2^7 */
#define MR_SHARD_BITS  6 /* of the hash: a table has one shard, or 2^6 */
#define MR_SHARDS      (1 << MR_SHARD_BITS)

typedef struct mr_group {
    int64_t time_us;  /* INT64_MAX: none; of a free record: the next free one, -1 = last */
    uint16_t touched; /* the last round that touched it */
    uint8_t key_len;  /* of a key in the key area */
    uint8_t flags;
    char key[]; /* key_room bytes: the key, or a pointer to its malloc'ed length and bytes; then the
                   states */
} mr_group;

#define MR_GROUP_HEAD offsetof(mr_group, key)

enum { MR_GROUP_LIVE = 1, MR_GROUP_KEY_HEAP = 2 };

/* groups_memory.c: memory that lives as long as its table. */
typedef struct mr_group_memory mr_group_memory;

mr_group_memory *mr_group_memory_new(void);
void mr_group_memory_free(mr_group_memory *memory); /* NULL is allowed */
/* n bytes (a multiple of 16) from any thread; they go with the memory. */
void *mr_group_memory_take(mr_group_memory *memory, size_t n);
/* n bytes that begin with a cache line; free() ends them. */
void *mr_group_memory_block(size_t n);
/* n empty slots, written to: a page that is only read first is shared, and made one's own at the
 * cost of interrupting the other processors.  free() ends them. */
uint32_t *mr_group_memory_slots(size_t n);
/* n zeroed shards; free() ends them. */
struct mr_shard *mr_group_memory_shards(int n);

/* What is the same for all records of a table. */
typedef struct mr_group_layout {
    const mr_groups_spec *spec;
    size_t key_room; /* 12 to 132 */
    size_t record_size;
    size_t states_at; /* offset of the states in a record */
    size_t *state_at; /* of each aggregate's, from there */
    bool has_panes;   /* groups are linked by event time; false in a lane */
    size_t hash_at;   /* of a lane's records, behind the states */
    bool has_drop;    /* a state owns memory */
    char *initial;    /* states of a new record; NULL with has_drop */
} mr_group_layout;

/* Record + 1 in as many low bits as the shard's record numbers need, then bits of the hash; 0 =
 * empty.  The high half of a hash is home (its low bits) and those bits. */
typedef uint32_t mr_slot;

typedef struct mr_pane {
    int64_t time_us;
    int32_t n;        /* records in it */
    uint32_t n_slots; /* a power of two; 0: it has none of its own */
    union {
        mr_slot *slots; /* once it has many records */
        int32_t *ids;   /* of a few records, whose slots are among the shard's */
        int32_t id;     /* n = 1 */
    };
} mr_pane;

/* Slots to look for a key in: linear probing, removal by shifting back. */
typedef struct mr_slots {
    mr_slot *at;
    uint32_t mask;
} mr_slots;

/* An independent table over the records whose hashes have the shard's number as low bits.  Records
 * lie in blocks and never move, but for eviction. */
typedef struct mr_shard {
    const mr_group_layout *layout;
    mr_group_memory *memory; /* of the blocks; NULL: each is malloc'ed */
    char **blocks;
    int n_blocks, blocks_capacity;
    int32_t n_records; /* ever made, freed ones included */
    int32_t free_head; /* -1 = none */
    int64_t n_live;
    mr_slot *slots;      /* of the records whose pane has none of its own */
    bool has_lent_slots; /* they lie in memory of the table */
    size_t n_slots;      /* a power of two */
    int64_t n_in_slots;
    uint32_t id_mask;     /* the bits of a slot that hold a record number */
    size_t pane_bytes;    /* of the panes' slots */
    uint32_t usual_slots; /* of a pane: panes are much alike */
    size_t heap_bytes;
    size_t longest_key;
    int32_t n_first;  /* the first touched records are those from 0 on, so many */
    int32_t *touched; /* those touched then */
    int32_t n_touched, touched_capacity;
    int64_t *heap; /* times of the panes, the earliest one first */
    int32_t n_heap, heap_capacity;
    mr_pane *pane_slots; /* open addressing by time */
    uint8_t *pane_used;
    size_t n_pane_slots, n_pane_live;
    size_t last_pane;                     /* slot of the pane linked to last */
} __attribute__((aligned(128))) mr_shard; /* threads work on neighbours */

static inline mr_group *mr_shard_record(const mr_shard *s, int32_t id)
{
    return (mr_group *)(void *)(s->blocks[id >> MR_GROUP_BLOCK] +
                                (size_t)(id & ((1 << MR_GROUP_BLOCK) - 1)) *
                                    s->layout->record_size);
}

/* A key's canonical bytes, which leave the event time out; they and that are the key. */
static inline mr_str mr_group_key(mr_group *r)
{
    if (__builtin_expect(r->flags & MR_GROUP_KEY_HEAP, 0)) {
        const char *heap;
        size_t len;

        memcpy(&heap, r->key, sizeof(heap));
        memcpy(&len, heap, sizeof(len));
        return (mr_str){ heap + sizeof(len), len };
    }
    return (mr_str){ r->key, r->key_len };
}

/* groups_shard.c */
/* memory: of its records, NULL = malloc.  slots: n_slots zeroed ones (a power of two) lent to the
 * shard; NULL, 0 = it makes its own. */
void mr_shard_open(mr_shard *shard, const mr_group_layout *layout, mr_group_memory *memory,
                   mr_slot *slots, size_t n_slots);
void mr_shard_clear(mr_shard *shard); /* keeps memory */
void mr_shard_close(mr_shard *shard);
size_t mr_shard_bytes(const mr_shard *shard);
/* The record of a key, or -1. */
int32_t mr_shard_find(const mr_shard *shard, uint64_t hash, mr_str key, int64_t time_us);
/* A new record for a key that is not there; its states are not initialised. */
int32_t mr_shard_add(mr_shard *shard, uint64_t hash, mr_str key, int64_t time_us);
/* A new record for a key that may be there: it is not found, and in no pane. */
int32_t mr_shard_append(mr_shard *shard, mr_str key, int64_t time_us);
/* Takes a record over from a table of another layout, memory that its states own included; the
 * record is left dead. */
void mr_shard_adopt(mr_shard *shard, uint64_t hash, mr_group *record,
                    const mr_group_layout *layout);
void mr_shard_init_states(const mr_shard *shard, mr_group *record);
/* Removes one record. */
void mr_shard_remove(mr_shard *shard, int32_t id);
/* Removes the records of all panes with time <= us; ids of those that stay may change. */
int64_t mr_shard_evict(mr_shard *shard, int64_t us);

/* groups_pane.c */
/* Where among the shard's pane slots the pane of a time is, which must be there. */
size_t mr_shard_pane(const mr_shard *shard, int64_t time_us);
/* Writes the ids of a pane's records to `to`, which has room for them. */
void mr_pane_records(const mr_shard *shard, const mr_pane *pane, int32_t *to);
/* How many records the panes with time <= us have. */
int64_t mr_shard_count_closed(const mr_shard *shard, int64_t us);
/* The panes with time <= us in order of time, malloc'ed. */
mr_pane *mr_shard_closed(const mr_shard *shard, int64_t us, int32_t *n);

/* The pane of a record from now on, made if need be; NULL: the record has none. */
mr_pane *mr_pane_link(mr_shard *shard, int32_t id, const mr_group *record);
/* Unlinks one record from its pane, which may stay behind empty. */
void mr_pane_unlink(mr_shard *shard, int32_t id);
/* Frees a pane's slots and list. */
void mr_pane_free(mr_shard *shard, mr_pane *pane);
/* Takes the earliest pane off the heap; returns its time. */
int64_t mr_pane_pop(mr_shard *shard);
/* Takes a pane without records out of the table. */
void mr_pane_take(mr_shard *shard, int64_t time_us);
/* NULL: there is none. */
const mr_pane *mr_shard_find_pane(const mr_shard *shard, int64_t time_us);

/* Where the records of an event time have their slots: rows that follow one another mostly have the
 * same, so that what they need lies close together. */
static inline mr_slots mr_shard_slots(const mr_shard *s, int64_t time_us)
{
    const mr_pane *pane = NULL;

    if (s->n_pane_live > 0 && time_us != INT64_MAX)
        pane = s->pane_used[s->last_pane] && s->pane_slots[s->last_pane].time_us == time_us
                   ? &s->pane_slots[s->last_pane]
                   : mr_shard_find_pane(s, time_us);
    if (pane != NULL && pane->n_slots > 0)
        return (mr_slots){ pane->slots, pane->n_slots - 1 };
    return (mr_slots){ s->slots, (uint32_t)(s->n_slots - 1) };
}

/* May the slot be the one of a key with this hash? */
static inline bool mr_slot_fits(const mr_shard *shard, mr_slot slot, uint64_t hash)
{
    return ((slot ^ (uint32_t)(hash >> 32)) & ~shard->id_mask) == 0;
}

static inline int32_t mr_slot_record(const mr_shard *shard, mr_slot slot)
{
    return (int32_t)(slot & shard->id_mask) - 1;
}

static inline void mr_shard_prefetch(const mr_shard *shard, uint64_t hash, int64_t time_us)
{
    mr_slots slots = mr_shard_slots(shard, time_us);

    __builtin_prefetch(&slots.at[(uint32_t)(hash >> 32) & slots.mask]);
}

/* The first two cache lines of a record. */
static inline void mr_group_prefetch(const mr_group *record, size_t record_size)
{
    __builtin_prefetch(record);
    __builtin_prefetch((const char *)record + (record_size < 65 ? record_size - 1 : 64));
}

/* The record that a key's fetched slots point to, if any may be the key's. */
static inline void mr_shard_prefetch_record(const mr_shard *shard, uint64_t hash, int64_t time_us)
{
    mr_slots slots = mr_shard_slots(shard, time_us);
    uint32_t at = (uint32_t)(hash >> 32) & slots.mask;

    for (int i = 0; i < 4 && slots.at[at] != 0; i++) {
        if (mr_slot_fits(shard, slots.at[at], hash)) {
            mr_group_prefetch(mr_shard_record(shard, mr_slot_record(shard, slots.at[at])),
                              shard->layout->record_size);
            return;
        }
        at = (at + 1) & slots.mask;
    }
}

uint64_t mr_group_hash(mr_str key, int64_t time_us);
/* Encodes the bytes of key row `row` behind what `out` holds. */
void mr_group_key_encode(const mr_groups_spec *spec, const mr_vec *keys, int32_t row, mr_buf *out);
/* Encodes those of the selected rows one behind the other; ends[i] is where the i-th ends. */
void mr_group_keys_encode(const mr_groups_spec *spec, const mr_vec *keys, mr_sel sel, mr_buf *out,
                          size_t *ends);
#define MR_KEY_WINDOW 2 /* the first byte of a window of at most 65535 whole seconds */

/* Takes such a window's length off a key, behind that byte; returns its start. */
int64_t mr_group_key_start(const char **at, int64_t time_us);
/* Takes text off an encoded key, at a value that is not null. */
mr_str mr_group_key_bytes(const char **at);
/* Decodes the key of a group into row `row` of initialised vectors. */
void mr_group_key_decode(const mr_groups_spec *spec, mr_group *group, mr_vec *keys, int32_t row,
                         mr_arena *arena);
/* Bytes that most keys fit in. */
size_t mr_group_key_room(const mr_groups_spec *spec);
/* Event times of the selected rows: the time key's timestamp, or the second field of its window. */
void mr_group_key_times(const mr_groups_spec *spec, const mr_vec *keys, mr_sel sel, int64_t *times);

/* What a lane's table has besides: its keys are looked for in one shard; when they hardly repeat,
 * the rows that follow are records of their own, in MR_SHARDS shards without slots. */
typedef struct mr_lane {
    int64_t n_rows;    /* that came so far */
    bool is_plain;     /* the keys hardly repeat */
    mr_shard *plain;   /* shards of such rows, made when first needed; or NULL */
    mr_shard *first;   /* the one shard, while the table's are the plain ones; or NULL */
    int32_t *by_shard; /* its records sorted by shard; or NULL */
    int32_t shard_start[MR_SHARDS + 1];
} mr_lane;

/* The table: one shard, or MR_SHARDS of them. */
struct mr_groups {
    mr_group_layout layout;
    mr_shard *shards;
    int n_shards;
    int bits;                /* of an id that say which shard */
    uint16_t round;          /* of touching */
    mr_group_memory *memory; /* of a split table, and the slots lent to its shards */
    mr_slot *lent;
    mr_pool *pool;    /* or NULL */
    int32_t *touched; /* of all shards together, when there are several */
    mr_buf scratch;   /* encoded keys of the rows in hand */
    int64_t *times;   /* of those rows */
    uint64_t *hashes;
    size_t *key_ends;
    int32_t rows_capacity;
    mr_lane lane;
};

/* groups_lane.c */
/* Finds or makes the records of rows in hand; ids[i] is the i-th's. */
void mr_lane_upsert(mr_groups *lane, int32_t n, int32_t *ids);
void mr_lane_clear(mr_groups *lane); /* keeps memory */
void mr_lane_free(mr_groups *lane);  /* but not what every table has */
/* The shard of the rows whose keys were looked for. */
mr_shard *mr_lane_first(const mr_groups *lane);
size_t mr_lane_longest_key(const mr_groups *lane);

static inline uint64_t mr_lane_hash(const mr_groups *lane, const mr_group *record)
{
    uint64_t hash;

    memcpy(&hash, (const char *)record + lane->layout.hash_at, sizeof(hash));
    return hash;
}

/* The key of the i-th row in hand. */
static inline mr_str mr_groups_key_at(const mr_groups *g, int32_t i)
{
    size_t from = i == 0 ? 0 : g->key_ends[i - 1];

    return (mr_str){ g->scratch.ptr + from, g->key_ends[i] - from };
}

/* groups.c */
/* The record of the i-th row in hand, found or made; n rows are in hand. */
int32_t mr_groups_need(mr_groups *groups, int32_t i, int32_t n, bool *is_new);
/* Where things are in a record with room for keys of so many bytes. */
void mr_groups_lay_out(mr_group_layout *layout, size_t longest_key);
/* Runs work(data, shard, err) for every shard, on the pool if there is one. */
MR_NODISCARD mr_status mr_groups_each_shard(const mr_groups *groups, mr_pool_work work, void *data,
                                            mr_error *err);
mr_group *mr_groups_record(const mr_groups *groups, int32_t id);
/* No later than all times there are: groups without a time have INT64_MAX. */
static inline int64_t mr_groups_timed(int64_t us)
{
    return us == INT64_MAX ? us - 1 : us;
}
const mr_groups_spec *mr_groups_spec_of(const mr_groups *groups);

#endif /* MR_STATE_GROUPS_PRIV_H */
