/* pool.c - a list of jobs; workers take the next piece of the first job that has one. */
#include "task/pool.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct job {
    struct job *next;
    mr_pool_work work;
    void *data;
    int n;
    int taken;   /* pieces handed out */
    int running; /* pieces being worked on */
    int failed;  /* lowest failed piece, n = none */
    mr_error err;
    mr_status status;
} job;

struct mr_pool {
    pthread_mutex_t lock;
    pthread_cond_t more; /* a job arrived, or the pool closes */
    pthread_cond_t done; /* a piece ended */
    job *jobs;
    pthread_t *threads;
    int n_threads;
    bool is_closing;
};

static bool has_piece(const job *j)
{
    return j->taken < j->n && j->status == MR_OK;
}

static job *first_open(mr_pool *pool)
{
    for (job *j = pool->jobs; j != NULL; j = j->next)
        if (has_piece(j))
            return j;
    return NULL;
}

/* Works on one piece; called and returns with the lock held. */
static void work_piece(mr_pool *pool, job *j)
{
    int i = j->taken++;
    mr_error *err = mr_malloc(sizeof(*err));
    mr_status status;

    mr_error_clear(err);
    j->running++;
    pthread_mutex_unlock(&pool->lock);
    status = j->work(j->data, i, err);
    pthread_mutex_lock(&pool->lock);
    j->running--;
    if (status != MR_OK && i < j->failed) {
        j->failed = i;
        j->status = status;
        j->err = *err;
    }
    free(err);
    pthread_cond_broadcast(&pool->done);
}

static void *worker(void *arg)
{
    mr_pool *pool = arg;

    pthread_mutex_lock(&pool->lock);
    while (!pool->is_closing) {
        job *j = first_open(pool);

        if (j == NULL)
            pthread_cond_wait(&pool->more, &pool->lock);
        else
            work_piece(pool, j);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

mr_pool *mr_pool_new(int n_threads)
{
    mr_pool *pool = mr_calloc(1, sizeof(*pool));

    MR_ASSERT(n_threads >= 1);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->more, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->threads = mr_calloc((size_t)n_threads, sizeof(*pool->threads));
    for (int i = 0; i < n_threads - 1; i++)
        if (pthread_create(&pool->threads[pool->n_threads], NULL, worker, pool) == 0)
            pool->n_threads++;
    return pool;
}

int mr_pool_threads(const mr_pool *pool)
{
    return pool->n_threads + 1;
}

void mr_pool_free(mr_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->lock);
    MR_ASSERT(pool->jobs == NULL);
    pool->is_closing = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

static void remove_job(mr_pool *pool, job *j)
{
    job **link = &pool->jobs;

    while (*link != j)
        link = &(*link)->next;
    *link = j->next;
}

mr_status mr_pool_run(mr_pool *pool, int n, mr_pool_work work, void *data, mr_error *err)
{
    job *j = mr_calloc(1, sizeof(*j));
    mr_status status;

    j->work = work;
    j->data = data;
    j->n = n;
    j->failed = n;
    pthread_mutex_lock(&pool->lock);
    j->next = pool->jobs;
    pool->jobs = j;
    pthread_cond_broadcast(&pool->more);
    while (has_piece(j) || j->running > 0) {
        if (has_piece(j))
            work_piece(pool, j);
        else
            pthread_cond_wait(&pool->done, &pool->lock);
    }
    remove_job(pool, j);
    pthread_mutex_unlock(&pool->lock);
    status = j->status;
    if (status != MR_OK && err != NULL)
        *err = j->err;
    free(j);
    return status;
}
