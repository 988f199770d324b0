/* share_or_copy.h - the same work by processes and by threads, and what the caller sees of their changes
 *
 *     caller --- fork ------------> process 0, 1, 2, ...     a copy of the caller's memory for each
 *        \------ pthread_create --> thread 0, 1, 2, ...      the caller's memory itself
 */
#ifndef SHARE_OR_COPY_H
#define SHARE_OR_COPY_H

#include <stdbool.h>

enum backend {
	BE_PROCESS, /* each worker is a child process of the caller */
	BE_THREAD   /* each worker is a thread of the caller's process */
};

/* What a worker does: called once in each worker, with the number of this worker, 0 to n - 1, and the `ctx` that was
 * given to workers_run. It returns the worker's status, or its process is killed by a signal. It may block, it may wait
 * for another worker of the same call, and it may call workers_run. Text that it leaves in a stdio buffer of its
 * process is lost. */
typedef int (*worker_fn)(unsigned id, void *ctx);

/* Runs n workers at the same time and gathers their statuses.
 *
 * Returns  0, and status[i] is the status of worker i, for all i below n; or -1, and status is as it was
 * errno    EINVAL  backend is none of the two, fn is NULL, or status is NULL and n is not 0; no worker is started
 *          EAGAIN, ENOMEM  a worker could not be started: the error of fork or pthread_create, passed on. The call
 *                  fails then: it tries no second time, and does not go on with fewer workers.
 *          ENOMEM  no memory
 *          EIO     a worker's process was killed by a signal
 *          the error of any other call that the implementation makes (mmap, pipe, sem_init, ...), passed on
 *          Where several apply it is any of them.
 * Status   The low 8 bits of what fn returned, 0 to 255, with both backends.
 * Workers  n are started, each a process or a thread of its own, in any order; fn never runs in the calling thread.
 *          All n can be inside fn at the same time: none is held up until another one has ended. One may begin before
 *          the others exist. If n is 0 there is nothing to do, and that is a success; n may be as large as its type
 *          allows. A worker's process never returns from the call, runs no atexit function and writes nothing that
 *          the caller had left in a stdio buffer.
 * Failure  Workers that were started run to their end, whatever happens to the others: none is killed, and fn is
 *          called in each of them.
 * Order    What the calling thread did before the call happens before fn in each worker; what fn did in a thread
 *          happens before the return of the call.
 * Owns     Nothing is left behind, whether it returns 0 or -1: all workers have ended and are waited for or joined,
 *          all descriptors are closed, all memory is free. Other children of the caller are not waited for. `ctx` is
 *          only passed on.
 * Signals  A wait that is interrupted (EINTR) is continued. The caller does not ignore SIGCHLD.
 * MT       safe: any number of threads may call it at once, except for `status`. A worker's process has one thread, a
 *          copy of the calling one; locks that others held at that moment stay locked in it.
 * Blocks   until all workers that were started have ended; asleep, without polling.
 */
int workers_run(enum backend backend, unsigned n, worker_fn fn, void *ctx, int status[]);

/* Finds out whether the caller sees what a worker has changed: calls mutate(arg) in one worker, and when that worker
 * has ended, and is waited for or joined, seen(arg) in the calling thread. Each is called once.
 *
 * Returns  0, and *visible is what seen returned; or -1, *visible is as it was, and seen was not called
 * errno    EINVAL  backend is none of the two, or mutate, seen or visible is NULL; no worker is started
 *          others  as for workers_run
 * All that the comment of workers_run says of one worker, of what is left behind, of signals, threads and waiting holds
 * here, too.
 */
int change_is_visible(enum backend backend, void (*mutate)(void *arg), bool (*seen)(void *arg), void *arg,
                      bool *visible);

#endif
