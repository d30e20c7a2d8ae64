/* groups.c - the table over its shards: finding, merging, closing, columns. */
#include "state/groups_priv.h"

#include <stdlib.h>

#define AGG_BUFFERS_MAX 512 /* of one function: approx_count_distinct has hundreds */

#define AHEAD      8    /* rows between prefetch and probe */
#define RUN        256  /* groups merged together */
#define SPLIT_OVER 8192 /* groups in a table of one shard */

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
    uint64_t *hashes;
    size_t *key_ends;
    int32_t rows_capacity;
    uint64_t *lane_hashes; /* of a lane's records */
    int32_t n_lane_hashes, lane_hashes_capacity;
    int32_t *by_shard; /* a lane's records sorted by shard */
    int32_t shard_start[MR_SHARDS + 1];
};

/* Where things are in a record with room for keys of so many bytes. */
static void lay_out(mr_group_layout *l, size_t longest_key)
{
    size_t room = longest_key < 16 ? 16 : longest_key > 128 ? 128 : longest_key;
    size_t at = 0;

    l->key_room = (room + 7) & ~(size_t)7;
    l->states_at = sizeof(mr_group) + l->key_room;
    for (int i = 0; i < l->spec->n_aggs; i++) {
        l->state_at[i] = at;
        at += l->spec->aggs[i].aggregate->state_size(l->spec->aggs[i].bound);
    }
    l->record_size = l->states_at + at;
}

static mr_groups *new_table(const mr_groups_spec *spec, bool has_panes)
{
    mr_groups *g = mr_calloc(1, sizeof(*g));
    mr_group_layout *l = &g->layout;

    l->spec = spec;
    l->has_panes = has_panes;
    l->state_at = mr_calloc((size_t)spec->n_aggs + 1, sizeof(*l->state_at));
    for (int i = 0; i < spec->n_aggs; i++)
        l->has_drop = l->has_drop || spec->aggs[i].aggregate->drop != NULL;
    lay_out(l, mr_group_key_room(spec->key_types, spec->n_keys));
    g->round = 1;
    g->n_shards = 1;
    g->shards = mr_calloc(1, sizeof(*g->shards));
    mr_shard_open(&g->shards[0], l, NULL, NULL, 0);
    return g;
}

mr_groups *mr_groups_new(const mr_groups_spec *spec)
{
    return new_table(spec, true);
}

mr_groups *mr_groups_new_lane(const mr_groups_spec *spec)
{
    return new_table(spec, false);
}

void mr_groups_use_pool(mr_groups *g, mr_pool *pool)
{
    g->pool = pool;
}

const mr_groups_spec *mr_groups_spec_of(const mr_groups *g)
{
    return g->layout.spec;
}

mr_group *mr_groups_record(const mr_groups *g, int32_t id)
{
    return mr_shard_record(&g->shards[id & (g->n_shards - 1)], id >> g->bits);
}

void *mr_groups_state(const mr_groups *g, int32_t id, int agg)
{
    return (char *)mr_groups_record(g, id) + g->layout.states_at + g->layout.state_at[agg];
}

void mr_groups_states(const mr_groups *g, const int32_t *ids, int32_t n, int agg, void **states)
{
    for (int32_t i = 0; i < n; i++)
        states[i] = mr_groups_state(g, ids[i], agg);
}

int64_t mr_groups_time(const mr_groups *g, int32_t id)
{
    return mr_groups_record(g, id)->time_us;
}

int64_t mr_groups_count(const mr_groups *g)
{
    int64_t n = 0;

    for (int s = 0; s < g->n_shards; s++)
        n += g->shards[s].n_live;
    return n;
}

size_t mr_groups_bytes(const mr_groups *g)
{
    size_t n = 0;

    for (int s = 0; s < g->n_shards; s++)
        n += mr_shard_bytes(&g->shards[s]);
    return n;
}

void mr_groups_clear(mr_groups *g)
{
    for (int s = 0; s < g->n_shards; s++)
        mr_shard_clear(&g->shards[s]);
    free(g->by_shard);
    g->by_shard = NULL;
    g->n_lane_hashes = 0;
}

void mr_groups_free(mr_groups *g)
{
    if (g == NULL)
        return;
    for (int s = 0; s < g->n_shards; s++)
        mr_shard_close(&g->shards[s]);
    free(g->shards);
    free(g->lent);
    mr_group_memory_free(g->memory);
    free(g->layout.state_at);
    free(g->touched);
    free(g->hashes);
    free(g->key_ends);
    free(g->by_shard);
    free(g->lane_hashes);
    mr_buf_free(&g->scratch);
    free(g);
}

/* Runs work(data, shard, err) for every shard, on the pool if there is one. */
static mr_status each_shard(const mr_groups *g, mr_pool_work work, void *data, mr_error *err)
{
    if (g->pool != NULL && g->n_shards > 1)
        return mr_pool_run(g->pool, g->n_shards, work, data, err);
    for (int s = 0; s < g->n_shards; s++)
        MR_TRY(work(data, s, err));
    return MR_OK;
}

/* --- finding -----------------------------------------------------------------------------------
 */

static void encode_rows(mr_groups *g, const mr_vec *keys, mr_sel sel)
{
    size_t from = 0;

    mr_buf_clear(&g->scratch);
    (void)mr_buf_reserve(&g->scratch, 16); /* never NULL, even for keys without bytes */
    if (sel.n > g->rows_capacity) {
        g->hashes = mr_realloc(g->hashes, sizeof(*g->hashes) * (size_t)sel.n);
        g->key_ends = mr_realloc(g->key_ends, sizeof(*g->key_ends) * (size_t)sel.n);
        g->rows_capacity = sel.n;
    }
    mr_group_keys_encode(keys, g->layout.spec->n_keys, sel, &g->scratch, g->key_ends);
    for (int32_t i = 0; i < sel.n; i++) {
        g->hashes[i] = mr_group_hash((mr_str){ g->scratch.ptr + from, g->key_ends[i] - from });
        from = g->key_ends[i];
    }
}

static mr_shard *shard_of(const mr_groups *g, uint64_t hash)
{
    return &g->shards[hash & (uint64_t)(g->n_shards - 1)];
}

static int64_t row_time(const mr_groups *g, const mr_vec *keys, int32_t row)
{
    int time_key = g->layout.spec->time_key;

    return time_key < 0 ? INT64_MAX : mr_group_key_time(&keys[time_key], row);
}

/* Fetches the slots of rows ahead, then the records behind them. */
static inline void look_ahead(const mr_groups *g, int32_t i, int32_t n)
{
    if (i + 2 * AHEAD < n)
        mr_shard_prefetch(shard_of(g, g->hashes[i + 2 * AHEAD]), g->hashes[i + 2 * AHEAD]);
    if (i + AHEAD < n)
        mr_shard_prefetch_record(shard_of(g, g->hashes[i + AHEAD]), g->hashes[i + AHEAD]);
}

void mr_groups_upsert(mr_groups *g, const mr_vec *keys, mr_sel sel, int32_t *ids)
{
    size_t from = 0;

    if (sel.n == 0)
        return;
    encode_rows(g, keys, sel);
    for (int32_t i = 0; i < sel.n; i++) {
        mr_str key = { g->scratch.ptr + from, g->key_ends[i] - from };
        uint64_t hash = g->hashes[i];
        mr_shard *shard = shard_of(g, hash);
        int32_t id;

        look_ahead(g, i, sel.n);
        id = mr_shard_find(shard, hash, key);
        if (id < 0) {
            id = mr_shard_add(shard, hash, key, row_time(g, keys, mr_sel_row(sel, i)));
            mr_shard_init_states(shard, mr_shard_record(shard, id));
            if (!g->layout.has_panes)
                MR_PUSH(g->lane_hashes, g->n_lane_hashes, g->lane_hashes_capacity, hash);
        }
        ids[i] = id << g->bits | (int32_t)(shard - g->shards);
        from = g->key_ends[i];
    }
}

/* No later than all times there are: groups without a time have INT64_MAX. */
static int64_t timed(int64_t us)
{
    return us == INT64_MAX ? us - 1 : us;
}

/* --- merging -----------------------------------------------------------------------------------
 */

/* The smallest power of two, as a number of bits in [low, high], that is at least n. */
static int bits_for(int64_t n, int low, int high)
{
    while (low < high && (INT64_C(1) << low) < n)
        low++;
    return low;
}

/* From one shard to MR_SHARDS, with room for about n groups: ids change, so no list of them may be
 * in use. */
static void split(mr_groups *g, size_t longest_key, int64_t n)
{
    mr_group_layout before = g->layout;
    mr_shard *old = &g->shards[0];
    mr_shard *shards = mr_calloc(MR_SHARDS, sizeof(*shards));
    size_t n_slots = (size_t)1 << bits_for(n / MR_SHARDS, 8, 18);

    old->layout = &before;
    lay_out(&g->layout, longest_key < old->longest_key ? old->longest_key : longest_key);
    g->memory = mr_group_memory_new();
    g->lent = mr_group_memory_zeroed(MR_SHARDS * n_slots * sizeof(*g->lent));
    for (int s = 0; s < MR_SHARDS; s++)
        mr_shard_open(&shards[s], &g->layout, g->memory, g->lent + (size_t)s * n_slots, n_slots);
    for (int32_t id = 0; id < old->n_records; id++) {
        mr_group *r = mr_shard_record(old, id);

        if (r->flags & MR_GROUP_LIVE) {
            uint64_t hash = mr_group_hash(mr_group_key(r));

            mr_shard_adopt(&shards[hash & (MR_SHARDS - 1)], hash, r, &before);
        }
    }
    old->heap_bytes = 0;
    mr_shard_close(old);
    free(old);
    g->shards = shards;
    g->n_shards = MR_SHARDS;
    g->bits = MR_SHARD_BITS;
}

void mr_groups_merge_prepare(mr_groups *lane)
{
    int32_t at[MR_SHARDS] = { 0 };
    int32_t n = lane->n_lane_hashes;

    MR_ASSERT(lane->n_shards == 1 && n == lane->shards[0].n_records);
    free(lane->by_shard);
    lane->by_shard = mr_malloc(sizeof(int32_t) * (size_t)(n + 1));
    for (int32_t id = 0; id < n; id++)
        at[lane->lane_hashes[id] & (MR_SHARDS - 1)]++;
    lane->shard_start[0] = 0;
    for (int i = 0; i < MR_SHARDS; i++) {
        lane->shard_start[i + 1] = lane->shard_start[i] + at[i];
        at[i] = lane->shard_start[i];
    }
    for (int32_t id = 0; id < n; id++)
        lane->by_shard[at[lane->lane_hashes[id] & (MR_SHARDS - 1)]++] = id;
}

/* What is touched counts with what is there: both are lists that one thread would make. */
void mr_groups_expect(mr_groups *g, const mr_groups *lane, int64_t n)
{
    n += mr_groups_count(g);
    if (g->n_shards == 1 && n > SPLIT_OVER && g->shards[0].n_touched == 0)
        split(g, lane->shards[0].longest_key, n);
}

void mr_groups_merge_plan(mr_groups_merging *m, mr_groups *into, mr_groups *const *lanes,
                          int n_lanes, int64_t late_us)
{
    *m = (mr_groups_merging){
        .into = into, .lanes = lanes, .n_lanes = n_lanes, .late_us = timed(late_us)
    };
    for (int i = 0; i < n_lanes; i++) {
        MR_ASSERT(lanes[i]->n_lane_hashes == lanes[i]->shards[0].n_records);
        if (into->n_shards > 1 && lanes[i]->by_shard == NULL)
            mr_groups_merge_prepare(lanes[i]);
    }
    m->n_pieces = into->n_shards;
}

static inline void touch(const mr_groups *g, mr_shard *s, mr_group *r, int32_t id)
{
    if (r->touched == g->round)
        return;
    r->touched = g->round;
    MR_PUSH(s->touched, s->n_touched, s->touched_capacity, id);
}

/* Groups found in both tables. */
typedef struct pairs {
    mr_group *into[RUN], *from[RUN];
    int n;
    size_t from_at; /* where states begin in a record of the lane */
} pairs;

static mr_status merge_states(const mr_groups *g, pairs *p, mr_error *err)
{
    const mr_groups_spec *spec = g->layout.spec;
    void *to_states[RUN];
    const void *from_states[RUN];

    for (int a = 0; a < spec->n_aggs && p->n > 0; a++) {
        for (int i = 0; i < p->n; i++) {
            to_states[i] = (char *)p->into[i] + g->layout.states_at + g->layout.state_at[a];
            from_states[i] = (char *)p->from[i] + p->from_at + g->layout.state_at[a];
        }
        MR_TRY(
            spec->aggs[a].aggregate->merge(spec->aggs[a].bound, to_states, from_states, p->n, err));
    }
    p->n = 0;
    return MR_OK;
}

/* A group that `shard` has not: plain states are copied, owned ones merged into fresh ones. */
static void take_group(const mr_groups *g, mr_shard *shard, uint64_t hash, mr_group *from,
                       pairs *both)
{
    int32_t id = mr_shard_add(shard, hash, mr_group_key(from), from->time_us);
    mr_group *r = mr_shard_record(shard, id);

    touch(g, shard, r, id);
    if (!g->layout.has_drop) {
        memcpy((char *)r + g->layout.states_at, (char *)from + both->from_at,
               g->layout.record_size - g->layout.states_at);
        return;
    }
    mr_shard_init_states(shard, r);
    both->into[both->n] = r;
    both->from[both->n++] = from;
}

/* At most RUN groups of a lane, which are all of one shard. */
typedef struct run {
    mr_group *from[RUN];
    uint64_t hash[RUN];
    int n;
} run;

static void fetch_run(const mr_shard *shard, const run *r)
{
    for (int i = 0; i < r->n; i++)
        mr_group_prefetch(r->from[i]);
    for (int i = 0; i < r->n; i++)
        mr_shard_prefetch(shard, r->hash[i]);
    for (int i = 0; i < r->n; i++)
        mr_shard_prefetch_record(shard, r->hash[i]);
}

static mr_status merge_run(mr_groups_merging *m, int piece, const mr_groups *lane, const run *r,
                           mr_error *err)
{
    mr_groups *g = m->into;
    mr_shard *shard = &g->shards[piece];
    pairs both = { .n = 0, .from_at = lane->layout.states_at };

    fetch_run(shard, r);
    for (int i = 0; i < r->n; i++) {
        mr_group *from = r->from[i];
        int32_t id;

        if (from->time_us <= m->late_us) {
            m->n_late[piece]++;
            continue;
        }
        id = mr_shard_find(shard, r->hash[i], mr_group_key(from));
        if (id < 0) {
            take_group(g, shard, r->hash[i], from, &both);
            continue;
        }
        both.into[both.n] = mr_shard_record(shard, id);
        touch(g, shard, both.into[both.n], id);
        both.from[both.n++] = from;
    }
    return merge_states(g, &both, err);
}

mr_status mr_groups_merge_piece(mr_groups_merging *m, int piece, mr_error *err)
{
    for (int l = 0; l < m->n_lanes; l++) {
        const mr_groups *lane = m->lanes[l];
        bool all = m->n_pieces == 1;
        int32_t at = all ? 0 : lane->shard_start[piece];
        int32_t end = all ? lane->n_lane_hashes : lane->shard_start[piece + 1];

        while (at < end) {
            run r = { .n = 0 };

            for (; r.n < RUN && at < end; at++, r.n++) {
                int32_t id = all ? at : lane->by_shard[at];

                r.from[r.n] = mr_shard_record(&lane->shards[0], id);
                r.hash[r.n] = lane->lane_hashes[id];
            }
            MR_TRY(merge_run(m, piece, lane, &r, err));
        }
    }
    return MR_OK;
}

int64_t mr_groups_merge_late(const mr_groups_merging *m)
{
    int64_t n = 0;

    for (int i = 0; i < m->n_pieces; i++)
        n += m->n_late[i];
    return n;
}

static mr_status merge_shard(void *data, int i, mr_error *err)
{
    return mr_groups_merge_piece(data, i, err);
}

mr_status mr_groups_merge(mr_groups *into, const mr_groups *from, int64_t late_us, int64_t *n_late,
                          mr_error *err)
{
    mr_groups *lane = (mr_groups *)(uintptr_t)from;
    mr_groups_merging m;

    mr_groups_expect(into, lane, mr_groups_count(lane));
    mr_groups_merge_plan(&m, into, &lane, 1, late_us);
    MR_TRY(each_shard(into, merge_shard, &m, err));
    *n_late += mr_groups_merge_late(&m);
    return MR_OK;
}

void mr_groups_begin(mr_groups *g)
{
    for (int s = 0; s < g->n_shards; s++)
        g->shards[s].n_touched = 0;
    if (++g->round != 0)
        return;
    for (int s = 0; s < g->n_shards; s++) /* rounds begin anew */
        for (int32_t id = 0; id < g->shards[s].n_records; id++)
            mr_shard_record(&g->shards[s], id)->touched = 0;
    g->round = 1;
}

const int32_t *mr_groups_touched(const mr_groups *groups, int32_t *n)
{
    mr_groups *g = (mr_groups *)(uintptr_t)groups; /* the joined list is a cache */
    int32_t total = 0;

    for (int s = 0; s < g->n_shards; s++)
        total += g->shards[s].n_touched;
    *n = total;
    if (g->n_shards == 1)
        return g->shards[0].touched;
    g->touched = mr_realloc(g->touched, sizeof(*g->touched) * (size_t)(total + 1));
    total = 0;
    for (int s = 0; s < g->n_shards; s++)
        for (int32_t i = 0; i < g->shards[s].n_touched; i++)
            g->touched[total++] = g->shards[s].touched[i] << g->bits | s;
    return g->touched;
}

/* --- lists and removal -------------------------------------------------------------------------
 */

/* In record order: all groups, or those with time > us. */
static int32_t *list_records(const mr_groups *g, bool any_time, int64_t us, int32_t *n)
{
    int32_t *ids = mr_malloc(sizeof(*ids) * (size_t)(mr_groups_count(g) + 1));

    *n = 0;
    for (int s = 0; s < g->n_shards; s++)
        for (int32_t id = 0; id < g->shards[s].n_records; id++) {
            const mr_group *r = mr_shard_record(&g->shards[s], id);

            if (r->flags & MR_GROUP_LIVE && (any_time || r->time_us > us))
                ids[(*n)++] = id << g->bits | s;
        }
    return ids;
}

int32_t *mr_groups_all(const mr_groups *g, int32_t *n)
{
    return list_records(g, true, 0, n);
}

int32_t *mr_groups_open(const mr_groups *g, int64_t us, int32_t *n)
{
    return list_records(g, false, timed(us), n);
}

/* A closed pane of one shard and where its groups go in the list. */
typedef struct closed_pane {
    mr_pane pane;
    int shard;
    int32_t at;
    int32_t next; /* of the same shard, -1 = last */
} closed_pane;

typedef struct closing {
    const mr_groups *groups;
    closed_pane *panes; /* by time, then shard */
    int32_t n, capacity;
    int32_t first[MR_SHARDS];
    int32_t *ids;
    int64_t until_us;
    bool by_record;
} closing;

static int compare_closed(const void *a, const void *b)
{
    const closed_pane *x = a, *y = b;

    if (x->pane.time_us != y->pane.time_us)
        return x->pane.time_us < y->pane.time_us ? -1 : 1;
    return x->shard - y->shard;
}

/* Closed groups of a shard by a walk over all its records: the lists of panes jump about. */
static void list_by_record(const closing *c, int shard)
{
    const mr_shard *s = &c->groups->shards[shard];
    int32_t *at = mr_calloc(s->n_pane_slots + 1, sizeof(*at));

    for (int32_t i = c->first[shard]; i >= 0; i = c->panes[i].next)
        at[mr_shard_pane(s, c->panes[i].pane.time_us)] = c->panes[i].at;
    for (int32_t id = 0; id < s->n_records; id++) {
        const mr_group *r = mr_shard_record(s, id);

        if (r->flags & MR_GROUP_LIVE && r->time_us <= c->until_us)
            c->ids[at[mr_shard_pane(s, r->time_us)]++] = id << c->groups->bits | shard;
    }
    free(at);
}

static mr_status list_closed(void *data, int shard, mr_error *err)
{
    const closing *c = data;
    const mr_shard *s = &c->groups->shards[shard];

    (void)err;
    if (c->by_record) {
        list_by_record(c, shard);
        return MR_OK;
    }
    for (int32_t i = c->first[shard]; i >= 0; i = c->panes[i].next) {
        int32_t *to = c->ids + c->panes[i].at;

        for (int32_t id = c->panes[i].pane.head; id >= 0; id = mr_shard_record(s, id)->next)
            *to++ = id << c->groups->bits | shard;
    }
    return MR_OK;
}

int32_t *mr_groups_closed(const mr_groups *g, int64_t us, int32_t *n)
{
    closing c = { .groups = g, .until_us = timed(us) };

    *n = 0;
    for (int s = 0; s < g->n_shards; s++) {
        int32_t n_panes;
        mr_pane *panes = mr_shard_closed(&g->shards[s], us, &n_panes);

        for (int32_t i = 0; i < n_panes; i++)
            MR_PUSH(c.panes, c.n, c.capacity, (closed_pane){ panes[i], s, 0, -1 });
        free(panes);
    }
    if (c.n == 0)
        return NULL;
    qsort(c.panes, (size_t)c.n, sizeof(*c.panes), compare_closed);
    memset(c.first, -1, sizeof(c.first));
    for (int32_t i = 0; i < c.n; i++) {
        c.panes[i].at = *n;
        *n += c.panes[i].pane.n;
        c.panes[i].next = c.first[c.panes[i].shard];
        c.first[c.panes[i].shard] = i;
    }
    c.ids = mr_malloc(sizeof(*c.ids) * (size_t)(*n + 1));
    c.by_record = g->n_shards > 1 && *n > mr_groups_count(g) / 4;
    MR_ASSERT(each_shard(g, list_closed, &c, NULL) == MR_OK);
    free(c.panes);
    return c.ids;
}

typedef struct evicting {
    mr_groups *groups;
    int64_t us;
    int64_t n[MR_SHARDS];
} evicting;

static mr_status evict_shard(void *data, int shard, mr_error *err)
{
    evicting *e = data;

    (void)err;
    e->n[shard] = mr_shard_evict(&e->groups->shards[shard], e->us);
    return MR_OK;
}

int64_t mr_groups_evict(mr_groups *g, int64_t us)
{
    evicting e = { .groups = g, .us = timed(us) };
    int64_t n = 0;

    mr_groups_begin(g);
    MR_ASSERT(each_shard(g, evict_shard, &e, NULL) == MR_OK);
    for (int s = 0; s < g->n_shards; s++)
        n += e.n[s];
    return n;
}

bool mr_groups_remove(mr_groups *g, const mr_vec *keys, int32_t row)
{
    mr_shard *shard;
    int32_t id;

    encode_rows(g, keys, (mr_sel){ &row, 1 });
    shard = shard_of(g, g->hashes[0]);
    id = mr_shard_find(shard, g->hashes[0], mr_buf_str(&g->scratch));
    if (id < 0)
        return false;
    mr_groups_begin(g);
    mr_shard_remove(shard, id);
    return true;
}

/* --- columns -----------------------------------------------------------------------------------
 */

void mr_groups_keys(const mr_groups *g, const int32_t *ids, int32_t n, mr_vec *keys,
                    mr_arena *arena)
{
    const mr_groups_spec *spec = g->layout.spec;

    for (int i = 0; i < spec->n_keys; i++)
        mr_vec_init(&keys[i], arena, spec->key_types[i], n);
    for (int32_t i = 0; i < n; i++) {
        if (i + 2 * AHEAD < n)
            mr_group_prefetch(mr_groups_record(g, ids[i + 2 * AHEAD]));
        mr_group_key_decode(mr_group_key(mr_groups_record(g, ids[i])), keys, spec->n_keys, i,
                            arena);
    }
}

static const void **states_of(const mr_groups *g, int agg, const int32_t *ids, int32_t n,
                              mr_arena *arena)
{
    void **states = mr_arena_alloc(arena, sizeof(*states) * (size_t)(n + 1));

    mr_groups_states(g, ids, n, agg, states);
    return (const void **)states;
}

mr_status mr_groups_result(const mr_groups *g, int agg, const int32_t *ids, int32_t n, mr_vec *out,
                           mr_arena *arena, mr_error *err)
{
    const mr_groups_agg *a = &g->layout.spec->aggs[agg];

    mr_vec_init(out, arena, a->bound->result, n);
    return a->aggregate->result(a->bound, states_of(g, agg, ids, n, arena), n, out, arena, err);
}

int mr_groups_buffers(const mr_groups_spec *spec, mr_arena *arena, mr_field *out, int capacity)
{
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, AGG_BUFFERS_MAX);
    int n = 0;

    for (int i = 0; i < spec->n_aggs; i++) {
        int width = spec->aggs[i].aggregate->buffers(spec->aggs[i].bound, arena, fields);

        MR_ASSERT(n + width <= capacity);
        for (int b = 0; b < width; b++)
            out[n++] = fields[b];
    }
    return n;
}

void mr_groups_save(const mr_groups *g, const int32_t *ids, int32_t n, mr_vec *bufs,
                    mr_arena *arena)
{
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, AGG_BUFFERS_MAX);
    int at = 0;

    for (int a = 0; a < g->layout.spec->n_aggs; a++) {
        const mr_groups_agg *agg = &g->layout.spec->aggs[a];
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
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, AGG_BUFFERS_MAX);
    int at = 0;

    mr_groups_upsert(g, keys, (mr_sel){ NULL, n }, ids);
    for (int a = 0; a < g->layout.spec->n_aggs && status == MR_OK; a++) {
        const mr_groups_agg *agg = &g->layout.spec->aggs[a];

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
