/* groups_lane.c - the table of a lane: keys that repeat are found, others are not looked for. */
#include <stdlib.h>

#include "state/groups_priv.h"

#define PLAIN_AFTER 4096 /* rows of a lane that tell whether its keys repeat */

mr_shard *mr_lane_first(const mr_groups *g)
{
    return g->lane.first != NULL ? g->lane.first : &g->shards[0];
}

size_t mr_lane_longest_key(const mr_groups *g)
{
    size_t n = mr_lane_first(g)->longest_key;

    for (int s = 0; s < g->n_shards; s++)
        n = g->shards[s].longest_key > n ? g->shards[s].longest_key : n;
    return n;
}

static void keep_hash(const mr_groups *g, mr_group *r, uint64_t hash)
{
    memcpy((char *)r + g->layout.hash_at, &hash, sizeof(hash));
}

/* From here on rows are put where the merge wants them: those of one shard lie together. */
static void open_plain(mr_groups *g)
{
    static mr_slot none[1];

    if (g->lane.plain == NULL) {
        g->lane.plain = mr_group_memory_shards(MR_SHARDS);
        for (int s = 0; s < MR_SHARDS; s++)
            mr_shard_open(&g->lane.plain[s], &g->layout, NULL, none, 0);
    }
    g->lane.first = g->shards;
    g->shards = g->lane.plain;
    g->n_shards = MR_SHARDS;
    g->bits = MR_SHARD_BITS;
}

static void append_rows(mr_groups *g, int32_t n, int32_t *ids)
{
    for (int32_t i = 0; i < n; i++) {
        int32_t s = (int32_t)(g->hashes[i] & (MR_SHARDS - 1));
        int32_t id = mr_shard_append(&g->shards[s], mr_groups_key_at(g, i), g->times[i]);
        mr_group *r = mr_shard_record(&g->shards[s], id);

        __builtin_prefetch((char *)r + 2 * g->layout.record_size,
                           1); /* other threads read it last */
        mr_shard_init_states(&g->shards[s], r);
        keep_hash(g, r, g->hashes[i]);
        ids[i] = id << MR_SHARD_BITS | s;
    }
}

static void find_rows(mr_groups *g, int32_t n, int32_t *ids)
{
    bool is_new;

    for (int32_t i = 0; i < n; i++) {
        ids[i] = mr_groups_need(g, i, n, &is_new);
        if (is_new)
            keep_hash(g, mr_shard_record(&g->shards[0], ids[i]), g->hashes[i]);
    }
}

/* What follows is decided by the rows alone, so that a lane's records are the same however often it
 * runs.  Records that were found keep their ids until the next rows. */
void mr_lane_upsert(mr_groups *g, int32_t n, int32_t *ids)
{
    mr_lane *lane = &g->lane;

    if (lane->is_plain && lane->first == NULL)
        open_plain(g);
    if (lane->is_plain) {
        append_rows(g, n, ids);
        return;
    }
    find_rows(g, n, ids);
    lane->n_rows += n;
    lane->is_plain =
        lane->n_rows >= PLAIN_AFTER && g->shards[0].n_live > lane->n_rows - lane->n_rows / 4;
}

void mr_lane_clear(mr_groups *g)
{
    mr_lane *lane = &g->lane;

    if (lane->first != NULL) {
        mr_shard_clear(lane->first);
        g->shards = lane->first;
        g->n_shards = 1;
        g->bits = 0;
        lane->first = NULL;
    }
    free(lane->by_shard);
    lane->by_shard = NULL;
    lane->n_rows = 0;
    lane->is_plain = false;
}

void mr_lane_free(mr_groups *g)
{
    if (g->lane.first != NULL)
        mr_groups_clear(g);
    free(g->lane.by_shard);
    for (int s = 0; s < MR_SHARDS && g->lane.plain != NULL; s++)
        mr_shard_close(&g->lane.plain[s]);
    free(g->lane.plain);
}

void mr_groups_merge_prepare(mr_groups *g)
{
    const mr_shard *shard = mr_lane_first(g);
    int32_t at[MR_SHARDS] = { 0 };
    int32_t n = shard->n_records;
    mr_lane *lane = &g->lane;

    free(lane->by_shard);
    lane->by_shard = mr_malloc(sizeof(int32_t) * (size_t)(n + 1));
    for (int32_t id = 0; id < n; id++)
        at[mr_lane_hash(g, mr_shard_record(shard, id)) & (MR_SHARDS - 1)]++;
    lane->shard_start[0] = 0;
    for (int i = 0; i < MR_SHARDS; i++) {
        lane->shard_start[i + 1] = lane->shard_start[i] + at[i];
        at[i] = lane->shard_start[i];
    }
    for (int32_t id = 0; id < n; id++)
        lane->by_shard[at[mr_lane_hash(g, mr_shard_record(shard, id)) & (MR_SHARDS - 1)]++] = id;
}
