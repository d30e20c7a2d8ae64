/* groups.c - the table over its shards: making, finding, columns. */
#include "state/groups_priv.h"

#include <stdlib.h>

#define AGG_BUFFERS_MAX 512 /* of one function: approx_count_distinct has hundreds */

#define AHEAD 8 /* rows between prefetch and probe */

void mr_groups_lay_out(mr_group_layout *l, size_t longest_key)
{
    size_t room = longest_key < 8 ? 8 : longest_key > 128 ? 128 : longest_key;
    size_t at = 0;

    l->states_at = (MR_GROUP_HEAD + room + 7) & ~(size_t)7;
    l->key_room = l->states_at - MR_GROUP_HEAD;
    for (int i = 0; i < l->spec->n_aggs; i++) {
        l->state_at[i] = at;
        at += l->spec->aggs[i].aggregate->state_size(l->spec->aggs[i].bound);
    }
    l->hash_at = l->states_at + at;
    l->record_size = l->hash_at + (l->has_panes ? 0 : sizeof(uint64_t));
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
    mr_groups_lay_out(l, mr_group_key_room(spec));
    if (!l->has_drop)
        l->initial = mr_calloc(1, l->hash_at - l->states_at + 1);
    for (int i = 0; i < spec->n_aggs && !l->has_drop; i++)
        spec->aggs[i].aggregate->init(spec->aggs[i].bound, l->initial + l->state_at[i]);
    g->round = 1;
    g->n_shards = 1;
    g->shards = mr_group_memory_shards(1);
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
    return g->lane.first != NULL ? n + g->lane.first->n_live : n;
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
    mr_lane_clear(g);
}

void mr_groups_free(mr_groups *g)
{
    if (g == NULL)
        return;
    mr_lane_free(g);
    for (int s = 0; s < g->n_shards; s++)
        mr_shard_close(&g->shards[s]);
    free(g->shards);
    free(g->lent);
    mr_group_memory_free(g->memory);
    free(g->layout.state_at);
    free(g->layout.initial);
    free(g->touched);
    free(g->times);
    free(g->hashes);
    free(g->key_ends);
    mr_buf_free(&g->scratch);
    free(g);
}

mr_status mr_groups_each_shard(const mr_groups *g, mr_pool_work work, void *data, mr_error *err)
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
    const mr_groups_spec *spec = g->layout.spec;

    mr_buf_clear(&g->scratch);
    (void)mr_buf_reserve(&g->scratch, 16); /* never NULL, even for keys without bytes */
    if (sel.n > g->rows_capacity) {
        g->times = mr_realloc(g->times, sizeof(*g->times) * (size_t)sel.n);
        g->hashes = mr_realloc(g->hashes, sizeof(*g->hashes) * (size_t)sel.n);
        g->key_ends = mr_realloc(g->key_ends, sizeof(*g->key_ends) * (size_t)sel.n);
        g->rows_capacity = sel.n;
    }
    mr_group_keys_encode(spec, keys, sel, &g->scratch, g->key_ends);
    mr_group_key_times(spec, keys, sel, g->times);
    for (int32_t i = 0; i < sel.n; i++)
        g->hashes[i] = mr_group_hash(mr_groups_key_at(g, i), g->times[i]);
}

static mr_shard *shard_of(const mr_groups *g, uint64_t hash)
{
    return &g->shards[hash & (uint64_t)(g->n_shards - 1)];
}

/* Fetches the slots of rows ahead, then the records behind them. */
static inline void look_ahead(const mr_groups *g, int32_t i, int32_t n)
{
    int32_t far = i + 2 * AHEAD, near = i + AHEAD;

    if (far < n)
        mr_shard_prefetch(shard_of(g, g->hashes[far]), g->hashes[far], g->times[far]);
    if (near < n)
        mr_shard_prefetch_record(shard_of(g, g->hashes[near]), g->hashes[near], g->times[near]);
}

int32_t mr_groups_need(mr_groups *g, int32_t i, int32_t n, bool *is_new)
{
    mr_str key = mr_groups_key_at(g, i);
    uint64_t hash = g->hashes[i];
    mr_shard *shard = shard_of(g, hash);
    int32_t id;

    look_ahead(g, i, n);
    id = mr_shard_find(shard, hash, key, g->times[i]);
    *is_new = id < 0;
    if (*is_new) {
        id = mr_shard_add(shard, hash, key, g->times[i]);
        mr_shard_init_states(shard, mr_shard_record(shard, id));
    }
    return id << g->bits | (int32_t)(shard - g->shards);
}

void mr_groups_upsert(mr_groups *g, const mr_vec *keys, mr_sel sel, int32_t *ids)
{
    bool is_new;

    if (sel.n == 0)
        return;
    encode_rows(g, keys, sel);
    if (!g->layout.has_panes)
        mr_lane_upsert(g, sel.n, ids);
    for (int32_t i = 0; i < sel.n && g->layout.has_panes; i++)
        ids[i] = mr_groups_need(g, i, sel.n, &is_new);
}

bool mr_groups_remove(mr_groups *g, const mr_vec *keys, int32_t row)
{
    mr_shard *shard;
    int32_t id;

    encode_rows(g, keys, (mr_sel){ &row, 1 });
    shard = shard_of(g, g->hashes[0]);
    id = mr_shard_find(shard, g->hashes[0], mr_groups_key_at(g, 0), g->times[0]);
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
            mr_group_prefetch(mr_groups_record(g, ids[i + 2 * AHEAD]), g->layout.record_size);
        mr_group_key_decode(spec, mr_groups_record(g, ids[i]), keys, i, arena);
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
