/* groups_merge.c - lanes into the table: splitting it, merging shard by shard, what was touched. */
#include "state/groups_priv.h"

#include <stdlib.h>

#define RUN        256  /* groups merged together */
#define SPLIT_OVER 8192 /* groups in a table of one shard */

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
    mr_shard *shards = mr_group_memory_shards(MR_SHARDS);
    bool by_pane = g->layout.spec->time_key >= 0; /* then panes have slots of their own */
    size_t n_slots = (size_t)1 << (by_pane ? 8 : bits_for(n / MR_SHARDS, 8, 18));

    old->layout = &before;
    mr_groups_lay_out(&g->layout, longest_key < old->longest_key ? old->longest_key : longest_key);
    g->memory = mr_group_memory_new();
    g->lent = mr_group_memory_slots(MR_SHARDS * n_slots);
    for (int s = 0; s < MR_SHARDS; s++)
        mr_shard_open(&shards[s], &g->layout, g->memory, g->lent + (size_t)s * n_slots, n_slots);
    for (int32_t id = 0; id < old->n_records; id++) {
        mr_group *r = mr_shard_record(old, id);

        if (r->flags & MR_GROUP_LIVE) {
            uint64_t hash = mr_group_hash(mr_group_key(r), r->time_us);

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

/* What is touched counts with what is there: both are lists that one thread would make. */
void mr_groups_expect(mr_groups *g, const mr_groups *lane, int64_t n)
{
    n += mr_groups_count(g);
    if (g->n_shards == 1 && n > SPLIT_OVER && mr_groups_count_touched(g) == 0)
        split(g, mr_lane_longest_key(lane), n);
}

void mr_groups_merge_plan(mr_groups_merging *m, mr_groups *into, mr_groups *const *lanes,
                          int n_lanes, int64_t late_us)
{
    *m = (mr_groups_merging){
        .into = into, .lanes = lanes, .n_lanes = n_lanes, .late_us = mr_groups_timed(late_us)
    };
    for (int i = 0; i < n_lanes; i++)
        if (into->n_shards > 1 && lanes[i]->lane.by_shard == NULL)
            mr_groups_merge_prepare(lanes[i]);
    m->n_pieces = into->n_shards;
}

static inline void touch(const mr_groups *g, mr_shard *s, mr_group *r, int32_t id)
{
    if (r->touched == g->round)
        return;
    r->touched = g->round;
    if (s->n_touched == 0 && id == s->n_first) {
        s->n_first++;
        return;
    }
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
    int n;
} run;

static void fetch_run(const mr_shard *shard, const mr_groups *lane, const run *r)
{
    for (int i = 0; i < r->n; i++)
        mr_group_prefetch(r->from[i], lane->layout.record_size);
    for (int i = 0; i < r->n; i++)
        mr_shard_prefetch(shard, mr_lane_hash(lane, r->from[i]), r->from[i]->time_us);
    for (int i = 0; i < r->n; i++)
        mr_shard_prefetch_record(shard, mr_lane_hash(lane, r->from[i]), r->from[i]->time_us);
}

static mr_status merge_run(mr_groups_merging *m, int piece, const mr_groups *lane, const run *r,
                           mr_error *err)
{
    mr_groups *g = m->into;
    mr_shard *shard = &g->shards[piece];
    pairs both = { .n = 0, .from_at = lane->layout.states_at };

    fetch_run(shard, lane, r);
    for (int i = 0; i < r->n; i++) {
        mr_group *from = r->from[i];
        uint64_t hash = mr_lane_hash(lane, from);
        int32_t id;

        if (from->time_us <= m->late_us) {
            m->n_late[piece]++;
            continue;
        }
        id = mr_shard_find(shard, hash, mr_group_key(from), from->time_us);
        if (id < 0) {
            take_group(g, shard, hash, from, &both);
            continue;
        }
        both.into[both.n] = mr_shard_record(shard, id);
        touch(g, shard, both.into[both.n], id);
        both.from[both.n++] = from;
    }
    return merge_states(g, &both, err);
}

/* Records at, ..., end - 1 of a lane's shard, or those that `ids` lists there. */
typedef struct part {
    const mr_shard *shard;
    const int32_t *ids;
    int32_t at, end;
} part;

static mr_status merge_part(mr_groups_merging *m, int piece, const mr_groups *lane, part p,
                            mr_error *err)
{
    while (p.at < p.end) {
        run r = { .n = 0 };

        for (; r.n < RUN && p.at < p.end; p.at++, r.n++)
            r.from[r.n] = mr_shard_record(p.shard, p.ids == NULL ? p.at : p.ids[p.at]);
        MR_TRY(merge_run(m, piece, lane, &r, err));
    }
    return MR_OK;
}

/* In the order of the lane's rows; into one shard, those that were not looked for by their shards.
 */
mr_status mr_groups_merge_piece(mr_groups_merging *m, int piece, mr_error *err)
{
    bool all = m->n_pieces == 1;

    for (int l = 0; l < m->n_lanes; l++) {
        const mr_groups *g = m->lanes[l];
        const mr_lane *lane = &g->lane;
        part first = { .shard = mr_lane_first(g) };

        first.ids = all ? NULL : lane->by_shard;
        first.at = all ? 0 : lane->shard_start[piece];
        first.end = all ? first.shard->n_records : lane->shard_start[piece + 1];
        MR_TRY(merge_part(m, piece, g, first, err));
        if (lane->first == NULL)
            continue;
        for (int s = all ? 0 : piece; s < (all ? MR_SHARDS : piece + 1); s++)
            MR_TRY(merge_part(m, piece, g, (part){ &g->shards[s], NULL, 0, g->shards[s].n_records },
                              err));
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
    MR_TRY(mr_groups_each_shard(into, merge_shard, &m, err));
    *n_late += mr_groups_merge_late(&m);
    return MR_OK;
}

void mr_groups_begin(mr_groups *g)
{
    for (int s = 0; s < g->n_shards; s++)
        g->shards[s].n_first = g->shards[s].n_touched = 0;
    if (++g->round != 0)
        return;
    for (int s = 0; s < g->n_shards; s++) /* rounds begin anew */
        for (int32_t id = 0; id < g->shards[s].n_records; id++)
            mr_shard_record(&g->shards[s], id)->touched = 0;
    g->round = 1;
}

int64_t mr_groups_count_touched(const mr_groups *g)
{
    int64_t n = 0;

    for (int s = 0; s < g->n_shards; s++)
        n += g->shards[s].n_first + g->shards[s].n_touched;
    return n;
}

const int32_t *mr_groups_touched(const mr_groups *groups, int32_t *n)
{
    mr_groups *g = (mr_groups *)(uintptr_t)groups; /* the joined list is a cache */

    g->touched =
        mr_realloc(g->touched, sizeof(*g->touched) * ((size_t)mr_groups_count_touched(g) + 1));
    *n = 0;
    for (int s = 0; s < g->n_shards; s++) {
        const mr_shard *shard = &g->shards[s];

        for (int32_t i = 0; i < shard->n_first; i++)
            g->touched[(*n)++] = i << g->bits | s;
        for (int32_t i = 0; i < shard->n_touched; i++)
            g->touched[(*n)++] = shard->touched[i] << g->bits | s;
    }
    return g->touched;
}
