/* two_tables.c - another way: nothing in common between the two backends. Processes are looked at without being waited
 * for (waitid, WNOWAIT) until all of them have ended, then waited for; threads tell by a counting semaphore that they
 * are done, and hand their statuses over by what they return. change_is_visible has workers of its own.
 *
 * Invariant of both: what is in the table up to `started` exists, and is over when the function returns.
 */
#define _GNU_SOURCE 1 /* waitid with WNOWAIT */
#include "share_or_copy.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- processes ------------------------------------------------------------------------------ */

static int look_at(pid_t pid, siginfo_t *info, int options)
{
	while (waitid(P_PID, (id_t)pid, info, WEXITED | options) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

static int wait_for_processes(unsigned started, const pid_t *pid, int *result)
{
	int error = 0;

	for (unsigned i = 0; i < started; i++) {
		siginfo_t info;
		look_at(pid[i], &info, WNOWAIT);
	}
	for (unsigned i = 0; i < started; i++) {
		siginfo_t info = {0};
		int failed = look_at(pid[i], &info, 0);
		if (!failed && info.si_code != CLD_EXITED)
			failed = EIO;
		result[i] = info.si_status & 255;
		error = error ? error : failed;
	}
	return error;
}

static int run_processes(unsigned n, worker_fn fn, void *ctx, int *result)
{
	pid_t *pid = calloc(n, sizeof *pid);
	unsigned started = 0;
	int error = pid ? 0 : ENOMEM, failed;

	while (!error && started < n) {
		pid[started] = fork();
		if (pid[started] == 0)
			_exit(fn(started, ctx));
		if (pid[started] < 0)
			error = errno;
		else
			started++;
	}
	failed = wait_for_processes(started, pid, result);
	free(pid);
	return error ? error : failed;
}

/* ---- threads -------------------------------------------------------------------------------- */

struct job {
	worker_fn fn;
	void *ctx;
	sem_t *done;
	unsigned id;
	pthread_t thread;
};

static void *do_job(void *arg)
{
	const struct job *job = arg;
	intptr_t result = job->fn(job->id, job->ctx) & 255;

	sem_post(job->done);
	return (void *)result;
}

/* The semaphore says that all are done; the join that they are gone. */
static void wait_for_threads(unsigned started, struct job *job, sem_t *done, int *result)
{
	for (unsigned i = 0; i < started; i++)
		while (sem_wait(done) != 0)
			;
	for (unsigned i = started; i-- > 0;) {
		void *value;
		pthread_join(job[i].thread, &value);
		result[i] = (int)(intptr_t)value;
	}
}

static int run_threads(unsigned n, worker_fn fn, void *ctx, int *result)
{
	struct job *job = malloc(n * sizeof *job);
	unsigned started = 0;
	int error = job ? 0 : ENOMEM;
	sem_t done;

	if (error)
		return error;
	if (sem_init(&done, 0, 0) != 0)
		error = errno;
	while (!error && started < n) {
		job[started] = (struct job){.fn = fn, .ctx = ctx, .done = &done, .id = started};
		error = pthread_create(&job[started].thread, NULL, do_job, &job[started]);
		started += !error;
	}
	wait_for_threads(started, job, &done, result);
	sem_destroy(&done);
	free(job);
	return error;
}

/* ---- both ----------------------------------------------------------------------------------- */

static int (*const run_with[])(unsigned n, worker_fn fn, void *ctx, int *result) = {
    [BE_PROCESS] = run_processes,
    [BE_THREAD] = run_threads,
};

int workers_run(enum backend backend, unsigned n, worker_fn fn, void *ctx, int status[])
{
	int error = 0, *result;

	if ((backend != BE_PROCESS && backend != BE_THREAD) || !fn || (!status && n)) {
		errno = EINVAL;
		return -1;
	}
	if (n == 0)
		return 0;
	result = malloc(n * sizeof *result);
	error = result ? run_with[backend](n, fn, ctx, result) : ENOMEM;
	for (unsigned i = 0; !error && i < n; i++)
		status[i] = result[i];
	free(result);
	if (error)
		errno = error;
	return error ? -1 : 0;
}

struct change {
	void (*mutate)(void *arg);
	void *arg;
};

static void *mutate_in_thread(void *arg)
{
	struct change *change = arg;

	change->mutate(change->arg);
	return NULL;
}

static int change_in_thread(struct change *change)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, mutate_in_thread, change);

	if (!error)
		pthread_join(thread, NULL);
	return error;
}

static int change_in_process(struct change *change)
{
	pid_t pid = fork();
	int ignored;

	if (pid < 0)
		return errno;
	if (pid == 0) {
		change->mutate(change->arg);
		_exit(0);
	}
	return wait_for_processes(1, &pid, &ignored);
}

int change_is_visible(enum backend backend, void (*mutate)(void *arg), bool (*seen)(void *arg), void *arg,
                      bool *visible)
{
	struct change change = {mutate, arg};
	int error = EINVAL;

	if (mutate && seen && visible && backend == BE_PROCESS)
		error = change_in_process(&change);
	else if (mutate && seen && visible && backend == BE_THREAD)
		error = change_in_thread(&change);
	if (error) {
		errno = error;
		return -1;
	}
	*visible = seen(arg);
	return 0;
}
