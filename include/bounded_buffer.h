/* bounded_buffer.h - a queue with a fixed number of places, between threads that put and threads that get
 *
 * An item is a pointer. The buffer passes it on and never looks at what it points to; NULL is an item like any other.
 * Items come out in the order in which they went in, each exactly once. A buffer is open until it is closed, and then
 * closed for good: nothing goes in any more, and what is in can still be taken out.
 *
 * All functions   errno    is set only where a function reports an error.
 *                 Waiting  is done asleep: a blocked caller uses no processor time until it can go on. A put wakes at
 *                          most one blocked bbuf_get, and a bbuf_get wakes at most one blocked put.
 *                 Order    what a thread did before it put an item happens before the return of the bbuf_get that takes
 *                          the item out.
 *                 FORK     a buffer does not survive fork: the child must not use it.
 */
#ifndef BOUNDED_BUFFER_H
#define BOUNDED_BUFFER_H

#include <stddef.h>
#include <time.h>

typedef struct bbuf bbuf;

/* Makes an open, empty buffer with `cap` places.
 *
 * Returns  the buffer, or NULL
 * errno    EINVAL  cap is 0
 *          ENOMEM  no memory, or cap is larger than the buffer can manage
 *          the error of pthread_mutex_init, pthread_cond_init or sem_init, passed on
 * Owns     the caller owns the buffer and gives it to bbuf_destroy. After NULL nothing is left behind.
 * MT       safe. Buffers are independent of each other.
 * Blocks   no
 */
bbuf *bbuf_create(size_t cap);

/* Puts `item` in, behind all others.
 *
 * Returns  0, and the item is in; or -1, and it is not and never will be
 * errno    EPIPE  the buffer is closed: it was before the call, or it became so while the call was blocked. Then it is
 *                 EPIPE even if there is room meanwhile.
 * Owns     what `item` points to stays the caller's; the buffer only passes the pointer on
 * MT       safe
 * Blocks   while all cap places are taken and the buffer is open
 */
int bbuf_put(bbuf *buffer, void *item);

/* As bbuf_put, but waits no longer than until `deadline`, a point of time on CLOCK_MONOTONIC: a change of the date
 * changes nothing. The call first tries: a deadline that has passed is no error where the item can go in at once.
 *
 * Returns  0, and the item is in; or -1, and it is not and never will be
 * errno    EINVAL     deadline->tv_nsec is negative or 1,000,000,000 or more. Always, also when the item could go in
 *                     at once or the buffer is closed; no effect
 *          EPIPE      as for bbuf_put, also when the deadline has passed
 *          ETIMEDOUT  the deadline has passed and there is no room; a place that another put is about to fill is no
 *                     room. When a blocked call wakes up because its time is over it looks once more: if there is room
 *                     by then, the item goes in.
 * Owns     `deadline` is only read, during the call; `item` as for bbuf_put
 * MT       safe
 * Blocks   as bbuf_put, until the deadline
 */
int bbuf_put_until(bbuf *buffer, void *item, const struct timespec *deadline);

/* Takes the oldest item out.
 *
 * Returns  1, and the item is in *item; or 0 when the buffer is closed and empty, and *item is as it was
 * errno    none: 0 is not an error
 * Owns     *item is whatever the two threads agree on
 * MT       safe
 * Blocks   while the buffer is empty and open
 */
int bbuf_get(bbuf *buffer, void **item);

/* Closes the buffer, and wakes all blocked callers at once: the puts return EPIPE, the gets 0. Closing a closed buffer
 * does nothing.
 *
 * MT       safe; while others are blocked in the buffer, too
 * Blocks   no
 */
void bbuf_close(bbuf *buffer);

/* Closes the buffer if it is open, waits until all threads that were blocked in it have left it (they return as after
 * bbuf_close), and frees it. Items that are still in are dropped. bbuf_destroy(NULL) does nothing.
 *
 * Owns     what the dropped items point to is the caller's, as before
 * MT       one owner: others may be blocked in a function of this buffer, but none may enter one, nor be in one without
 *          having been blocked yet (undefined)
 * Blocks   until the last of the blocked threads has left
 */
void bbuf_destroy(bbuf *buffer);

#endif
