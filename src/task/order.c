/* order.c - a ring of places: who has made the piece that is next uses it, and those behind it
 * that are ready; the others go on meanwhile until the ring is full. */
#include "task/order.h"

#include <pthread.h>
#include <stdlib.h>

#define PLACES 6 /* for each thread beside the first */

typedef struct order {
    mr_pool_step make, use;
    void *data;
    int n_places;
    pthread_mutex_t lock; /* everything below */
    pthread_cond_t changed;
    bool *is_ready; /* by place: made and not yet used */
    int next;       /* the piece to be used */
    bool is_using;
    bool has_failed;
} order;

int mr_pool_places(const mr_pool *pool)
{
    return 1 + PLACES * (mr_pool_threads(pool) - 1);
}

static void failed(order *o)
{
    o->has_failed = true;
    pthread_cond_broadcast(&o->changed);
}

/* Waits for the piece's place; false = there was a failure, the place will never be free. */
static bool take_place(order *o, int piece)
{
    bool is_free;

    pthread_mutex_lock(&o->lock);
    while (piece >= o->next + o->n_places && !o->has_failed)
        pthread_cond_wait(&o->changed, &o->lock);
    is_free = piece < o->next + o->n_places;
    pthread_mutex_unlock(&o->lock);
    return is_free;
}

/* Uses what is next and ready; called and returns with the lock held. */
static mr_status use_ready(order *o, mr_error *err)
{
    mr_status status = MR_OK;

    if (o->is_using)
        return MR_OK; /* who does sees the piece that has just become ready */
    o->is_using = true;
    while (!o->has_failed && o->is_ready[o->next % o->n_places]) {
        int place = o->next % o->n_places;

        pthread_mutex_unlock(&o->lock);
        status = o->use(o->data, o->next, place, err);
        pthread_mutex_lock(&o->lock);
        o->is_ready[place] = false;
        o->next++;
        if (status != MR_OK)
            failed(o);
        else
            pthread_cond_broadcast(&o->changed);
    }
    o->is_using = false;
    return status;
}

static mr_status run_piece(void *data, int piece, mr_error *err)
{
    order *o = data;
    mr_status status;

    if (!take_place(o, piece))
        return MR_OK;
    status = o->make(o->data, piece, piece % o->n_places, err);
    pthread_mutex_lock(&o->lock);
    if (status == MR_OK) {
        o->is_ready[piece % o->n_places] = true;
        status = use_ready(o, err);
    } else {
        failed(o);
    }
    pthread_mutex_unlock(&o->lock);
    return status;
}

mr_status mr_pool_run_in_order(mr_pool *pool, int n, mr_pool_step make, mr_pool_step use,
                               void *data, mr_error *err)
{
    order o = { .make = make, .use = use, .data = data, .n_places = mr_pool_places(pool) };
    mr_status status;

    o.is_ready = mr_calloc((size_t)o.n_places, sizeof(*o.is_ready));
    pthread_mutex_init(&o.lock, NULL);
    pthread_cond_init(&o.changed, NULL);
    status = mr_pool_run(pool, n, run_piece, &o, err);
    pthread_cond_destroy(&o.changed);
    pthread_mutex_destroy(&o.lock);
    free(o.is_ready);
    return status;
}
