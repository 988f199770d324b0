/* barrier.h - a place where threads wait for each other: nobody goes on before all have come
 *
 * A barrier is for a fixed number of parties and works in rounds. A round is complete when that many calls of
 * barrier_wait have arrived in it; then all of them return, and the next call begins the next round. There may be any
 * number of rounds, and they need not be made by the same threads.
 *
 * All functions   errno    is set only where a function reports an error.
 *                 Waiting  is done asleep: a blocked caller uses no processor time until it can go on. A call that does
 *                          not complete its round wakes none of the blocked callers.
 *                 Order    what a thread did before it called barrier_wait happens before the return of each call of
 *                          that round.
 *                 FORK     a barrier does not survive fork: the child must not use it.
 */
#ifndef BARRIER_H
#define BARRIER_H

typedef struct barrier barrier;

/* Makes a barrier for `parties` threads. No call has arrived yet.
 *
 * Returns  the barrier, or NULL
 * errno    EINVAL  parties is 0
 *          ENOMEM  no memory
 *          the error of pthread_mutex_init, pthread_cond_init or sem_init, passed on
 * Owns     the caller owns the barrier and gives it to barrier_destroy. After NULL nothing is left behind.
 * MT       safe. Barriers are independent of each other.
 * Blocks   no
 */
barrier *barrier_create(unsigned parties);

/* Arrives in the round that is not complete yet, and waits until it is. A thread that calls again while others of its
 * last round have not returned yet arrives in the next round, and changes nothing for them.
 *
 * Returns  1 in exactly one call of each round, whichever; 0 in all others
 * errno    none: 0 is not an error
 * MT       safe. At most `parties` calls may be inside at a time (undefined with more)
 * Blocks   until the round is complete: not shorter, whatever else wakes the thread; and with one party not at all
 */
int barrier_wait(barrier *barrier);

/* Frees the barrier. Calls of complete rounds that have not returned yet are waited for. While a call waits in a round
 * that is not complete the barrier is in use, and stays as it is. barrier_destroy(NULL) returns 0 and does nothing.
 *
 * Returns  0, and the barrier is gone; or -1, and nothing has changed: the round can still be completed
 * errno    EBUSY  a call waits in a round that is not complete. Also when calls of the round before have not returned.
 * MT       one owner. It may be a thread that took part in the last round, right after its own call has returned.
 *          From the call of barrier_destroy on, until it has returned -1, no thread may call barrier_wait, nor be in it
 *          without having arrived (undefined)
 * Blocks   until the calls of complete rounds have left; never where it returns -1
 */
int barrier_destroy(barrier *barrier);

#endif
