/* thread_pool.h - a fixed number of threads that run jobs from a bounded queue
 *
 * A job is a function and its argument. tpool_submit puts it in the queue; one of the pool's threads (a worker) takes
 * it out and calls it: from then on it is a task. A job is pending while it is in the queue. Jobs are started in the
 * order in which they were accepted. Each accepted job is called exactly once, or dropped by a shutdown that
 * discards.
 *
 * All functions   errno    is set only where a function reports an error.
 *                 Tasks    may call every function except as said below. The pool holds no lock of its own while a
 *                          task runs.
 *                 Waiting  is done asleep: a pool with nothing to do uses no processor time, nor do its blocked
 *                          callers.
 *                 Order    what a thread did before tpool_submit happens before the task; what the task did happens
 *                          before the return of the tpool_wait or tpool_shutdown that waited for it.
 *                 FORK     a pool does not survive fork: the child must not use it.
 */
#ifndef THREAD_POOL_H
#define THREAD_POOL_H

#include <stddef.h>

typedef struct tpool tpool;
typedef void (*tpool_fn)(void *arg);

enum { TP_DRAIN, TP_DISCARD }; /* what a shutdown does with the pending jobs: run them, or drop them */

#define TP_ERROR ((size_t)-1) /* what tpool_shutdown returns for an error */

/* Makes a pool of `threads` workers and a queue with room for `queue_cap` pending jobs. All workers are started here
 * and no thread is ever created later.
 *
 * Returns  the pool, or NULL
 * errno    EINVAL  threads is 0, or queue_cap is 0
 *          EAGAIN  a thread could not be created: the error of pthread_create, passed on
 *          ENOMEM  no memory, or queue_cap is larger than the pool can manage
 * Owns     the caller owns the pool and gives it to tpool_destroy. After NULL nothing is left behind: workers that
 *          were already running have been joined, all memory is free.
 * MT       safe. Pools are independent of each other.
 * Blocks   no (on failure: until the workers made so far have ended)
 */
tpool *tpool_create(unsigned threads, size_t queue_cap);

/* Puts a job in the queue. `arg` may be NULL.
 *
 * Returns  0, and the job is accepted; or -1, and it will never run
 * errno    EINVAL     fn is NULL
 *          ECANCELED  a shutdown has begun: before the call, or while it was waiting for room
 *          ENOMEM     no memory for the job
 * Owns     `arg` stays the caller's; the pool only passes it on
 * MT       safe; also from a task of this pool
 * Blocks   while queue_cap jobs are pending. A shutdown wakes all blocked callers at once, also while tasks still
 *          run. From a task the same rules hold: it blocks while the queue is full. If all workers block in this way
 *          nobody is left to make room, and the pool stands still until a shutdown begins. A pool whose tasks submit
 *          needs a queue with room for that.
 */
int tpool_submit(tpool *pool, tpool_fn fn, void *arg);

/* Waits until no job is pending and no task is running, both at one moment. The pool stays usable. Jobs that others
 * submit meanwhile may or may not be waited for. Once the pool is shut down it returns at once.
 *
 * Returns  0, or -1
 * errno    EDEADLK  called from a task of this pool (it would wait for itself); returns at once
 * MT       safe; from a task of another pool too
 * Blocks   yes
 */
int tpool_wait(tpool *pool);

/* Ends the pool: no job is accepted from now on, blocked tpool_submit calls return ECANCELED, pending jobs are run
 * (TP_DRAIN) or dropped (TP_DISCARD), tasks that run already are always finished, and all workers are joined. The
 * pool itself stays until tpool_destroy.
 *
 * Returns  how many pending jobs were dropped (always 0 for TP_DRAIN), or TP_ERROR.
 *          Called again, or while another thread's shutdown is in progress: the first call decides the mode; this one
 *          waits until the first has joined all workers and returns 0.
 * errno    EDEADLK  called from a task of this pool (it would join itself); no effect
 *          EINVAL   mode is neither TP_DRAIN nor TP_DISCARD; no effect
 * Owns     the arguments of dropped jobs are the caller's, as before
 * MT       safe
 * Blocks   until all workers have ended. On return no thread of the pool exists.
 */
size_t tpool_shutdown(tpool *pool, int mode);

/* Frees the pool. If it was not shut down yet, does tpool_shutdown(pool, TP_DRAIN) first. tpool_destroy(NULL) does
 * nothing.
 *
 * MT       one owner: no other thread is in, or enters, a function of this pool. Not from a task of this pool
 *          (undefined).
 * Blocks   as tpool_shutdown
 */
void tpool_destroy(tpool *pool);

#endif
