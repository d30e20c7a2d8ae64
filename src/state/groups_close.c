/* groups_close.c - lists of groups, closed ones among them, and eviction. */
#include "state/groups_priv.h"

#include <stdlib.h>

/* A list that every shard writes its part of. */
typedef struct listing {
    const mr_groups *groups;
    bool any_time; /* or only groups with time > us */
    int64_t us;
    int32_t *ids;
    int32_t at[MR_SHARDS], n[MR_SHARDS]; /* room for all its groups, and what was written */
} listing;

static mr_status list_shard(void *data, int shard, mr_error *err)
{
    listing *l = data;
    const mr_shard *s = &l->groups->shards[shard];
    int32_t *to = l->ids + l->at[shard];

    (void)err;
    for (int32_t id = 0; id < s->n_records; id++) {
        const mr_group *r = mr_shard_record(s, id);

        if (r->flags & MR_GROUP_LIVE && (l->any_time || r->time_us > l->us))
            to[l->n[shard]++] = id << l->groups->bits | shard;
    }
    return MR_OK;
}

/* In record order, shard by shard. */
static int32_t *list_records(const mr_groups *g, bool any_time, int64_t us, int32_t *n)
{
    listing l = { .groups = g, .any_time = any_time, .us = us };
    int32_t room = 0;

    l.ids = mr_malloc(sizeof(*l.ids) * (size_t)(mr_groups_count(g) + 1));
    for (int s = 0; s < g->n_shards; s++) {
        l.at[s] = room;
        room += (int32_t)g->shards[s].n_live;
    }
    MR_ASSERT(mr_groups_each_shard(g, list_shard, &l, NULL) == MR_OK);
    *n = 0;
    for (int s = 0; s < g->n_shards; s++) {
        memmove(l.ids + *n, l.ids + l.at[s], sizeof(*l.ids) * (size_t)l.n[s]);
        *n += l.n[s];
    }
    return l.ids;
}

int32_t *mr_groups_all(const mr_groups *g, int32_t *n)
{
    return list_records(g, true, 0, n);
}

int32_t *mr_groups_open(const mr_groups *g, int64_t us, int32_t *n)
{
    return list_records(g, false, mr_groups_timed(us), n);
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

        mr_pane_records(s, &c->panes[i].pane, to);
        for (int32_t k = 0; k < c->panes[i].pane.n; k++)
            to[k] = to[k] << c->groups->bits | shard;
    }
    return MR_OK;
}

int32_t *mr_groups_closed(const mr_groups *g, int64_t us, int32_t *n)
{
    closing c = { .groups = g, .until_us = mr_groups_timed(us) };

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
    MR_ASSERT(mr_groups_each_shard(g, list_closed, &c, NULL) == MR_OK);
    free(c.panes);
    return c.ids;
}

int64_t mr_groups_count_closed(const mr_groups *g, int64_t us)
{
    int64_t n = 0;

    for (int s = 0; s < g->n_shards; s++)
        n += mr_shard_count_closed(&g->shards[s], mr_groups_timed(us));
    return n;
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
    evicting e = { .groups = g, .us = mr_groups_timed(us) };
    int64_t n = 0;

    mr_groups_begin(g);
    MR_ASSERT(mr_groups_each_shard(g, evict_shard, &e, NULL) == MR_OK);
    for (int s = 0; s < g->n_shards; s++)
        n += e.n[s];
    return n;
}
