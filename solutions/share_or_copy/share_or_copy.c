/* share_or_copy.c - reference: a struct for each worker, in an array that exists before the first one is started and is
 * freed after the last one has been waited for; one worker is a call with n = 1.
 *
 * Invariant: the workers 0 to started - 1 exist and nobody has waited for them; no others exist. So both ways down,
 * after success and after failure, are the same loop over these.
 */
#include "share_or_copy.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until its worker is started it belongs to the caller; then a thread has it to itself until it is joined (it writes
 * the status), while a process has a copy, in which nothing that it writes is seen by the caller. */
struct worker {
	unsigned id;
	worker_fn fn;
	void *ctx;
	int status;
	pid_t pid;        /* BE_PROCESS; set and used by the caller only, as thread is */
	pthread_t thread; /* BE_THREAD */
};

/* Returns 0 or the error. _exit and not exit: the stdio buffers and atexit functions are the caller's. */
static int start_process(struct worker *worker)
{
	worker->pid = fork();
	if (worker->pid == 0)
		_exit(worker->fn(worker->id, worker->ctx));
	return worker->pid < 0 ? errno : 0;
}

/* Returns 0, or EIO when a signal has killed it: then there is no exit status. The one way back from a process that
 * needs no shared memory is this status, and it has 8 bits. */
static int wait_for_process(struct worker *worker)
{
	int end;

	while (waitpid(worker->pid, &end, 0) < 0)
		if (errno != EINTR)
			return errno;
	if (!WIFEXITED(end))
		return EIO;
	worker->status = WEXITSTATUS(end);
	return 0;
}

static void *thread_main(void *arg)
{
	struct worker *worker = arg;

	worker->status = worker->fn(worker->id, worker->ctx) & 0xff;
	return NULL;
}

static int start(enum backend backend, struct worker *worker)
{
	return backend == BE_PROCESS ? start_process(worker) : pthread_create(&worker->thread, NULL, thread_main, worker);
}

static int wait_for(enum backend backend, struct worker *worker)
{
	return backend == BE_PROCESS ? wait_for_process(worker) : pthread_join(worker->thread, NULL);
}

/* Starts all, then waits for all that were started. Returns 0 or the first error. */
static int run(enum backend backend, unsigned n, struct worker *worker)
{
	unsigned started = 0;
	int error = 0;

	while (started < n && (error = start(backend, &worker[started])) == 0)
		started++;
	for (unsigned i = 0; i < started; i++) {
		int failed = wait_for(backend, &worker[i]);
		error = error ? error : failed;
	}
	return error;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

int workers_run(enum backend backend, unsigned n, worker_fn fn, void *ctx, int status[])
{
	if ((backend != BE_PROCESS && backend != BE_THREAD) || !fn || (!status && n > 0))
		return fail(EINVAL);
	if (n == 0)
		return 0;
	struct worker *worker = calloc(n, sizeof *worker);
	if (!worker)
		return fail(ENOMEM);
	for (unsigned i = 0; i < n; i++)
		worker[i] = (struct worker){.id = i, .fn = fn, .ctx = ctx};
	int error = run(backend, n, worker);
	for (unsigned i = 0; i < n && !error; i++)
		status[i] = worker[i].status;
	free(worker);
	return error ? fail(error) : 0;
}

struct change {
	void (*mutate)(void *arg);
	void *arg;
};

static int make_change(unsigned id, void *ctx)
{
	struct change *change = ctx;

	(void)id;
	change->mutate(change->arg);
	return 0;
}

int change_is_visible(enum backend backend, void (*mutate)(void *arg), bool (*seen)(void *arg), void *arg,
                      bool *visible)
{
	struct change change = {.mutate = mutate, .arg = arg};
	int status;

	if (!mutate || !seen || !visible)
		return fail(EINVAL);
	if (workers_run(backend, 1, make_change, &change, &status) != 0)
		return -1;
	*visible = seen(arg);
	return 0;
}
