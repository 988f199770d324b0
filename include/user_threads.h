/* user_threads.h - threads that the kernel knows nothing of: a stack and saved registers each, all in one thread
 *
 *     ut_run ---> task 0 --ut_yield--> task 1 --ut_yield--> task 2 --ut_yield--> task 0 ...
 */
#ifndef USER_THREADS_H
#define USER_THREADS_H

#include <stddef.h>

/* Tasks, and the queue of those that are ready to go on. */
typedef struct ut ut;

/* The smallest stack, in bytes. */
#define UT_STACK_MIN 65536

/* Makes a handle without tasks.
 *
 * Returns  the handle, which ut_destroy takes back; or NULL
 * errno    ENOMEM  no memory
 * MT       safe
 */
ut *ut_create(void);

/* Makes a task that will call fn(arg), on a stack of its own, and puts it at the end of the queue. The caller goes on:
 * the task begins when its turn comes. In a task of u, or outside of ut_run.
 *
 * Returns  the id of the task: 0, 1, 2, ... in the order of the calls, and none of them twice, also when the task has
 *          ended; or -1, and all is as it was: the next task gets the id that this one would have got
 * errno    EINVAL  u or fn is NULL, or stack_bytes is less than UT_STACK_MIN
 *          ENOMEM  no memory for the task or its stack
 * Stack    fn can use stack_bytes bytes, less 8 KiB, and arg can be any address. What fn has on the stack and in
 *          registers is the same when it goes on.
 * Owns     The stack is given back when the task has ended: at the latest when the next task of u has ended, or when
 *          ut_run returns.
 * MT       safe for different u
 */
int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes);

/* In a task of u: puts the caller at the end of the queue, and the first one in the queue goes on; that may be the
 * caller. Outside of ut_run, or when u is NULL, it does nothing. */
void ut_yield(ut *u);

/* In a task of u: waits until the task `id` has ended. Meanwhile the caller is not in the queue, and the first one
 * there goes on. When a task ends, those that wait for it are put at the end of the queue, in the order in which they
 * began to wait.
 *
 * Returns  0, at once if the task has ended already, however often it is joined; or -1, at once
 * errno    The first of these that is true:
 *          EINVAL   u is NULL
 *          EPERM    the call is made outside of ut_run
 *          ESRCH    ut_spawn has given no such id
 *          EDEADLK  the task is the caller, or waits for the caller, itself or through others
 */
int ut_join(ut *u, int id);

/* Runs the tasks, one at a time, until all have ended. The first one in the queue goes on until it yields, waits or
 * ends (fn returns); then the next one does. Afterwards tasks can be spawned and run again.
 *
 * Returns  0, also when there is no task; or -1
 * errno    EINVAL   u is NULL
 *          EDEADLK  the call is made in a task of u; nothing else happens
 * Nested   A task may run another handle. To the other tasks that is one step of it.
 * Threads  All tasks run in the calling thread, and no other one is made. Different handles may run in different
 *          threads at once.
 */
int ut_run(ut *u);

/* Gives back all that belongs to u, also tasks that have not begun. Not in a task of u. NULL is fine. */
void ut_destroy(ut *u);

#endif
