/* pipe_and_list.c - another way: a node of a list for each worker, the newest first. A process sends its result through
 * a pipe of its own, which also tells when it is over: end-of-file comes when the last copy of the write end is closed.
 *
 * Invariant: the list has the workers that exist; who is taken off it has been waited for, and its pipe is closed.
 */
#define _GNU_SOURCE 1 /* pipe2 */
#include "share_or_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct worker {
	struct worker *next;
	worker_fn fn;
	void *ctx;
	unsigned id;
	unsigned char result;
	pid_t pid;
	int from; /* where the result of the process comes from */
	pthread_t thread;
};

static void *work(void *arg)
{
	struct worker *worker = arg;

	worker->result = (unsigned char)worker->fn(worker->id, worker->ctx);
	return NULL;
}

static int start_process(struct worker *worker)
{
	int pipe[2], error;

	if (pipe2(pipe, O_CLOEXEC) != 0)
		return errno;
	worker->from = pipe[0];
	worker->pid = fork();
	if (worker->pid == 0) {
		work(worker);
		while (write(pipe[1], &worker->result, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	error = worker->pid < 0 ? errno : 0;
	close(pipe[1]);
	if (error)
		close(pipe[0]);
	return error;
}

/* Without a result nobody has sent one: the process was killed. */
static int end_process(struct worker *worker)
{
	ssize_t bytes;

	while ((bytes = read(worker->from, &worker->result, 1)) < 0 && errno == EINTR)
		;
	close(worker->from);
	while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	return bytes == 1 ? 0 : EIO;
}

static int start(enum backend backend, struct worker *worker)
{
	return backend == BE_PROCESS ? start_process(worker) : pthread_create(&worker->thread, NULL, work, worker);
}

static int end(enum backend backend, struct worker *worker)
{
	return backend == BE_PROCESS ? end_process(worker) : pthread_join(worker->thread, NULL);
}

/* A new worker in front of the list, which is not changed on failure. */
static int add(enum backend backend, struct worker **list, struct worker new)
{
	struct worker *worker = malloc(sizeof *worker);
	int error;

	if (!worker)
		return ENOMEM;
	*worker = new;
	worker->next = *list;
	error = start(backend, worker);
	if (error)
		free(worker);
	else
		*list = worker;
	return error;
}

static void free_all(struct worker *worker)
{
	while (worker) {
		struct worker *next = worker->next;
		free(worker);
		worker = next;
	}
}

static int run(enum backend backend, unsigned n, worker_fn fn, void *ctx, int status[])
{
	struct worker *list = NULL;
	int error = 0;

	for (unsigned i = 0; i < n && !error; i++)
		error = add(backend, &list, (struct worker){.fn = fn, .ctx = ctx, .id = i});
	for (struct worker *worker = list; worker; worker = worker->next) {
		int failed = end(backend, worker);
		error = error ? error : failed;
	}
	for (struct worker *worker = list; worker && !error; worker = worker->next)
		status[worker->id] = worker->result;
	free_all(list);
	return error;
}

int workers_run(enum backend backend, unsigned n, worker_fn fn, void *ctx, int status[])
{
	int error = EINVAL;

	if ((backend == BE_PROCESS || backend == BE_THREAD) && fn && (status || n == 0))
		error = run(backend, n, fn, ctx, status);
	if (error)
		errno = error;
	return error ? -1 : 0;
}

struct change {
	void (*mutate)(void *arg);
	void *arg;
};

static int make_change(unsigned id, void *ctx)
{
	struct change *change = ctx;

	change->mutate(change->arg);
	return (int)id;
}

int change_is_visible(enum backend backend, void (*mutate)(void *arg), bool (*seen)(void *arg), void *arg,
                      bool *visible)
{
	struct change change = {mutate, arg};
	int status = 0, error = EINVAL;

	if (mutate && seen && visible && (backend == BE_PROCESS || backend == BE_THREAD))
		error = run(backend, 1, make_change, &change, &status);
	if (error) {
		errno = error;
		return -1;
	}
	*visible = seen(arg);
	return 0;
}
