/* pool.h - worker threads that run numbered, independent pieces of one job.
 *
 * A worker never waits for user code or for another job; the thread that brings the job works on it
 * too, so a pool of one thread has no threads of its own.
 */
#ifndef MR_TASK_POOL_H
#define MR_TASK_POOL_H

#include "base/base.h"

typedef struct mr_pool mr_pool;

/* n_threads >= 1, the caller's included. */
mr_pool *mr_pool_new(int n_threads);
void mr_pool_free(mr_pool *pool);
int mr_pool_threads(const mr_pool *pool);

/* Runs work(data, i) for i = 0 .. n-1, each once, and returns when all are done.  After a failure
 * no new piece starts; the error of the lowest failed piece is returned. */
typedef mr_status (*mr_pool_work)(void *data, int i, mr_error *err);
MR_NODISCARD mr_status mr_pool_run(mr_pool *pool, int n, mr_pool_work work, void *data,
                                   mr_error *err);

#endif /* MR_TASK_POOL_H */
