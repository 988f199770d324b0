/* parallel_reduce.h - one number from a whole array, computed by several threads
 *
 *     v   [0 . . . . . | . . . . . | . . . . . | . . . . n)   one range for each call
 *              f           f           f           f          all of them at once, each in a thread of its own
 *              \___________\_____+_____/___________/
 *                               *out
 */
#ifndef PARALLEL_REDUCE_H
#define PARALLEL_REDUCE_H

#include <stddef.h>
#include <stdint.h>

/* Computes a number from v[lo], ..., v[hi - 1], their sum for example, and returns it. `v` and `ctx` are the pointers
 * that were given to par_reduce, the same in every call: v is the whole array. What v and ctx point to is the business
 * of the caller and of f; f need not look at it. f runs in several threads at once, so what its calls share is for f to
 * protect. It may block, it may wait for another call of f of the same par_reduce, and it may call par_reduce. */
typedef int64_t (*chunk_fn)(const int32_t *v, size_t lo, size_t hi, void *ctx);

/* Divides [0, n) into ranges, calls f for each of them, all calls at once, and adds up what they return.
 *
 * Returns  0, and *out is the sum, 0 if n is 0; or -1, and *out is as it was
 * errno    EINVAL  threads is 0, f is NULL, out is NULL, or v is NULL and n is not 0; whatever the other arguments are,
 *                  also if n is 0. f is not called.
 *          EAGAIN  a thread could not be created. The call fails then; it does not go on with fewer threads.
 *          ENOMEM  no memory
 *          the error of pthread_mutex_init, sem_init, ..., passed on, where the implementation uses them
 * Ranges   There are k of them, k being the smaller of `threads` and n; both may be as large as their types allow. No
 *          range is empty, no two overlap, together they are [0, n), and the lengths of any two differ by at most 1.
 *          f is called exactly once for each. On the way to -1 it is called at most once for each.
 * Threads  Each call of f is made in a thread of its own; the calling thread may be one of them. At most k threads are
 *          created. All k calls can be inside f at the same time: none is held up until another one has returned.
 * Sum      The sum of any of the results has to fit into an int64_t, in whatever order they are added; otherwise the
 *          behaviour is undefined.
 * Order    What the calls of f did happens before the return of par_reduce.
 * Owns     Nothing is left behind, whether it returns 0 or -1: every thread that was created has ended and is joined,
 *          all memory is free. v and ctx are only passed on.
 * MT       safe: any number of threads may call it at once, also with the same arguments except for `out`.
 * Blocks   until all calls of f that have begun have returned; asleep, without polling. A call of f that waits for one
 *          that is not made because a thread could not be created waits for ever, and that is the caller's mistake.
 */
int par_reduce(const int32_t *v, size_t n, unsigned threads, chunk_fn f, void *ctx, int64_t *out);

#endif
