/* order.h - pieces of one job that are made side by side and used in their order. */
#ifndef MR_TASK_ORDER_H
#define MR_TASK_ORDER_H

#include "task/pool.h"

/* Called with the piece and its place, 0 .. mr_pool_places() - 1. */
typedef mr_status (*mr_pool_step)(void *data, int piece, int place, mr_error *err);

/* Pieces that may be made before the one that is used next: the caller has room for that many. */
int mr_pool_places(const mr_pool *pool);

/* Runs make for the pieces 0 .. n-1 on the pool's threads, and use for each in turn, one at a time,
 * on the thread that made it or a later one.  A place belongs to its piece from its make until its
 * use has returned.  After a failure no new piece is made and none is used; the error is that of
 * the lowest piece that could not be made, or of the use that failed. */
MR_NODISCARD mr_status mr_pool_run_in_order(mr_pool *pool, int n, mr_pool_step make,
                                            mr_pool_step use, void *data, mr_error *err);

#endif /* MR_TASK_ORDER_H */
