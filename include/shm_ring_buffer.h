/* shm_ring_buffer.h - a bounded buffer in memory that processes share, which survives that one of them is killed
 *
 * The ring is in a file. Each process that uses it maps the file into its own memory, at whatever address, and all see
 * the same ring. It has a fixed number of slots of the same size: a put fills a slot, a get takes the oldest slot that
 * is filled. Items come out in the order in which they went in, each exactly once. A ring is open until it is closed,
 * and then closed for good: nothing goes in any more, and what is in can still be taken out.
 *
 * All functions   errno    is set only where a function reports an error.
 *                 Waiting  is done asleep: a blocked caller uses no processor time until it can go on.
 *                 Order    what was done before a put is called happens before the `take` of the item.
 *                 MT       safe: any number of threads in any number of processes may call them at once, each with a
 *                          ring that its process has attached. shmring_detach is the exception.
 *                 FORK     a child may use what its parent has attached, and need not detach it.
 *
 * Death           A process may end inside of `fill` or `take`, in any way: killed by a signal, by _exit. Then its put
 *                 has put nothing in, and the slot is free again; its get has taken nothing out, and the item is the
 *                 oldest as before. Whoever knows of the end calls shmring_recover. Until then other calls may be
 *                 blocked longer than they would be; all else holds.
 *                 Where a process ends elsewhere in a function of this header, the ring is lost (undefined): what the
 *                 system gives to sleep on does not survive everything.
 */
#ifndef SHM_RING_BUFFER_H
#define SHM_RING_BUFFER_H

#include <stddef.h>
#include <time.h>

typedef struct shmring shmring;

/* Writes an item to `slot`, or reads one there: as many bytes as a slot has, at any address. `context` is what the
 * caller of shmring_put or shmring_get has passed. They either return or end the process, and call no function of this
 * header. Others may be blocked until they have returned.
 */
typedef void shmring_fill(void *slot, void *context);
typedef void shmring_take(const void *slot, void *context);

/* Makes an open, empty ring of `slots` slots with `slot_bytes` bytes each in an empty file, which becomes as large as
 * it has to be, and attaches it.
 *
 * Returns  the ring, or NULL
 * errno    EINVAL  slots or slot_bytes is 0
 *          ENOMEM  the slots have more than PTRDIFF_MAX bytes, or leave no room for the rest of the ring below that,
 *                  or are more than the ring can manage
 *          the error of ftruncate, mmap, pthread_mutex_init, pthread_cond_init, sem_init, malloc, passed on
 * Owns     the caller gives the ring to shmring_detach. `fd` is the caller's as before, open for reading and writing,
 *          and is not needed any more: it can be closed. After NULL nothing is left but what is in the file.
 * Blocks   no
 */
shmring *shmring_create(int fd, size_t slots, size_t slot_bytes);

/* Attaches the ring that is in the file: the same ring, with all that is in it. A process may do so several times.
 *
 * Returns  the ring, or NULL
 * errno    EINVAL  the file is empty
 *          the error of fstat, mmap, malloc, passed on
 * Owns     as for shmring_create
 * Blocks   no
 */
shmring *shmring_attach(int fd);

/* Ends what shmring_create or shmring_attach has begun: nothing of the file is mapped for this `ring` any more. The
 * ring itself stays, with all that is in it, for those who have attached it and for whoever attaches it later.
 * shmring_detach(NULL) does nothing.
 *
 * MT       no thread of this process is in a function with this `ring`, or calls one any more (undefined)
 * Blocks   no
 */
void shmring_detach(shmring *ring);

/* Waits for a free slot, lets `fill` write an item there, and then makes it the newest.
 *
 * Returns  0, and `fill` was called once; or -1, and it was not called
 * errno    EINVAL     deadline->tv_nsec is negative or 1,000,000,000 or more. Always, also when there is a free slot or
 *                     the ring is closed
 *          EPIPE      the ring is closed: it was before the call, or it became so while the call was blocked. Then it
 *                     is EPIPE even if there is a free slot meanwhile, or the deadline has passed.
 *          ETIMEDOUT  `deadline`, a point of time on CLOCK_MONOTONIC, has passed, and there is no free slot; where
 *                     another call is under way, there may be none for this one. The call tries first, and when
 *                     its time is over it looks once more. NULL is no deadline.
 * Blocks   while no slot is free and the ring is open, until the deadline
 */
int shmring_put(shmring *ring, shmring_fill *fill, void *context, const struct timespec *deadline);

/* Waits for an item, lets `take` read the oldest one, and then frees its slot.
 *
 * Returns  1, and `take` was called once; 0 when the ring is closed and empty; or -1. With 0 and -1 it was not called.
 * errno    EINVAL     as for shmring_put
 *          ETIMEDOUT  as for shmring_put: there is no item, or none for this call
 * Blocks   while the ring is empty and open, until the deadline
 */
int shmring_get(shmring *ring, shmring_take *take, void *context, const struct timespec *deadline);

/* Closes the ring for all processes, and wakes all who are blocked: the puts return EPIPE; the gets 0, once it is
 * empty. Closing a closed ring does nothing.
 *
 * Blocks   no
 */
void shmring_close(shmring *ring);

/* Says that a process which used the ring has ended: puts right what it has left, and wakes all who can go on. May be
 * called by anybody who has the ring attached, at any time; where nobody has died in it, it changes nothing.
 *
 * Blocks   no
 */
void shmring_recover(shmring *ring);

#endif
