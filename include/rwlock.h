/* rwlock.h - a lock that many threads hold together to read, and one alone to write
 *
 * A thread that holds the lock is a reader or a writer. Who holds it, who waits, and who goes on:
 *
 *   Rule 1   A reader waits while a writer holds the lock or waits for it. Otherwise it gets the lock at once, whoever
 *            else reads.
 *   Rule 2   When a writer unlocks, exactly those readers that are waiting at that moment hold the lock from then on.
 *   Rule 3   When a writer unlocks and no reader is waiting, or the last of the readers unlocks, the next writer holds
 *            the lock from then on.
 *   Rule 4   A writer waits while anybody else holds the lock. Writers get it in the order in which they came.
 *
 * "From then on" means: also before its own call has returned. Nobody gets in between.
 *
 * All functions   errno    is set only where a function reports an error.
 *                 Waiting  is done asleep: a blocked caller uses no processor time until it can go on. A call wakes
 *                          none but those that hold the lock from then on.
 *                 Order    what a writer did before it unlocked happens before the return of each call that gets the
 *                          lock after it; what a reader did, before the return of each call that gets it to write.
 *                 FORK     a lock does not survive fork: the child must not use it.
 */
#ifndef RWLOCK_H
#define RWLOCK_H

typedef struct rw rw;

/* Makes a lock that nobody holds, with a table of `max_holders` places. A thread takes a place when it begins to hold
 * the lock or to wait for it, and gives it back when it unlocks.
 *
 * Returns  the lock, or NULL
 * errno    EINVAL  max_holders is 0
 *          ENOMEM  no memory
 *          the error of pthread_mutex_init, pthread_cond_init or sem_init, passed on
 * Owns     the caller owns the lock and gives it to rw_destroy. After NULL nothing is left behind.
 * MT       safe. Locks are independent of each other: a thread may hold several.
 * Blocks   no
 */
rw *rw_create(unsigned max_holders);

/* Asks for the lock to read.
 *
 * Returns  0, and the caller is a reader; or -1, and nothing has changed
 * errno    EDEADLK  the caller holds this lock already, to read or to write: it could wait for itself. Also when no
 *                   place is free.
 *          EAGAIN   all places of the table are taken, whether those who have them hold the lock or wait. A call never
 *                   waits for a place.
 * MT       safe. A thread must not end while it holds the lock (undefined)
 * Blocks   as rule 1 says: not shorter, whatever else wakes the thread
 */
int rw_rdlock(rw *lock);

/* Asks for the lock to write.
 *
 * Returns  0, and the caller is the writer; or -1, and nothing has changed
 * errno    EDEADLK, EAGAIN  as for rw_rdlock. A reader does not become the writer.
 * MT       safe, as rw_rdlock
 * Blocks   as rule 4 says: not shorter, whatever else wakes the thread
 */
int rw_wrlock(rw *lock);

/* Gives the lock back, which the caller holds to read or to write; others go on as rules 2 and 3 say.
 *
 * Returns  0, and the caller holds nothing of this lock any more; or -1, and nothing has changed
 * errno    EPERM  the caller does not hold this lock, whoever else does
 * MT       safe
 * Blocks   no
 */
int rw_unlock(rw *lock);

/* Frees the lock. rw_destroy(NULL) does nothing.
 *
 * MT       one owner. No thread may hold the lock, wait for it, or be in a function of it (undefined)
 * Blocks   no
 */
void rw_destroy(rw *lock);

#endif
