/* shared_page.c - another way: the results of both kinds of workers come back through memory that is mapped as shared.
 * The exit status of a process says only whether it has come to its end. The workers are started back to front.
 *
 * Invariant: results[i] is written by worker i alone, and read when that worker is over.
 */
#define _GNU_SOURCE 1 /* MAP_ANONYMOUS */
#include "share_or_copy.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct call {
	worker_fn fn;
	void *ctx;
	unsigned char *results; /* of all workers, also in processes */
};

struct worker {
	const struct call *call;
	unsigned id;
	pid_t pid;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct worker *worker = arg;

	worker->call->results[worker->id] = (unsigned char)worker->call->fn(worker->id, worker->call->ctx);
	return NULL;
}

static int start(enum backend backend, struct worker *worker)
{
	if (backend == BE_THREAD)
		return pthread_create(&worker->thread, NULL, work, worker);
	worker->pid = fork();
	if (worker->pid == 0) {
		work(worker);
		_exit(0);
	}
	return worker->pid > 0 ? 0 : errno;
}

static int end(enum backend backend, const struct worker *worker)
{
	int how;

	if (backend == BE_THREAD)
		return pthread_join(worker->thread, NULL);
	while (waitpid(worker->pid, &how, 0) != worker->pid)
		if (errno != EINTR)
			return errno;
	return WIFSIGNALED(how) ? EIO : 0;
}

static int run(enum backend backend, unsigned n, const struct call *call, struct worker *worker)
{
	unsigned left = n; /* the workers from here on have been started */
	int error = 0;

	while (left > 0 && !error) {
		worker[left - 1].call = call;
		worker[left - 1].id = left - 1;
		error = start(backend, &worker[left - 1]);
		left -= !error;
	}
	for (unsigned i = left; i < n; i++) {
		int failed = end(backend, &worker[i]);
		error = error ? error : failed;
	}
	return error;
}

static int run_with_page(enum backend backend, unsigned n, struct call *call, int *status)
{
	struct worker *worker = calloc(n, sizeof *worker);
	int error;

	if (!worker)
		return ENOMEM;
	call->results = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (call->results == MAP_FAILED) {
		error = errno;
		free(worker);
		return error;
	}
	error = run(backend, n, call, worker);
	for (unsigned i = 0; i < n && !error; i++)
		status[i] = call->results[i];
	munmap(call->results, n);
	free(worker);
	return error;
}

int workers_run(enum backend backend, unsigned n, worker_fn fn, void *ctx, int status[])
{
	struct call call = {.fn = fn, .ctx = ctx};
	int error = 0;

	if ((unsigned)backend > BE_THREAD || !fn || (n > 0 && !status))
		error = EINVAL;
	else if (n > 0)
		error = run_with_page(backend, n, &call, status);
	if (error)
		errno = error;
	return error ? -1 : 0;
}

/* One worker, and nothing that would have to come back. */
struct change {
	void (*mutate)(void *);
	void *arg;
};

static int mutate_once(unsigned id, void *ctx)
{
	const struct change *change = ctx;

	(void)id;
	change->mutate(change->arg);
	return 0;
}

int change_is_visible(enum backend backend, void (*mutate)(void *arg), bool (*seen)(void *arg), void *arg,
                      bool *visible)
{
	int unused;

	if (!mutate || !seen || !visible) {
		errno = EINVAL;
		return -1;
	}
	if (workers_run(backend, 1, mutate_once, &(struct change){mutate, arg}, &unused) != 0)
		return -1;
	*visible = seen(arg);
	return 0;
}
