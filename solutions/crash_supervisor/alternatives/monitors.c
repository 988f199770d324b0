/* monitors.c - another design: each worker has a monitor, a process that starts its attempts one after the other and
 * waits for one child only; what they have in common is in a page that all of them map.
 *
 * Invariant: a job's process is the child of its monitor, which reaps it before it ends itself. So when the caller has
 * reaped all monitors, there is nothing left.
 *
 * Invariant: SIGTERM and SIGCHLD are blocked in a monitor. The caller sends SIGTERM when the call is to fail; the
 * monitor finds it when it waits, whatever came first.
 */
#define _GNU_SOURCE 1
#include "crash_supervisor.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Written by all monitors. */
struct board {
	atomic_uint ok, failed, crashed, killed, restarts;
	atomic_int last_sig, error;
	atomic_bool incomplete; /* a first attempt could not be started */
	sem_t started;          /* posted by a monitor when its first attempt runs, or cannot */
	pid_t monitor[];        /* the caller's own */
};

struct call {
	const struct sup_opts *opts;
	sup_job job;
	void *ctx;
	sigset_t before, news; /* the caller's mask; SIGCHLD and SIGTERM */
	struct board *board;
};

/* ---- the monitor ------------------------------------------------------------------------------ */

static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static pid_t attempt(const struct call *call, unsigned id, unsigned number)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		sigprocmask(SIG_SETMASK, &call->before, NULL);
		_exit(call->job(id, number, call->ctx));
	}
	if (pid > 0)
		setpgid(pid, pid);
	return pid;
}

static struct timespec now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

static struct timespec later(struct timespec time, unsigned milliseconds)
{
	time.tv_sec += milliseconds / 1000;
	time.tv_nsec += milliseconds % 1000 * 1000000L;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

/* false: it is past. */
static bool time_until(struct timespec until, struct timespec *left)
{
	struct timespec present = now();

	left->tv_sec = until.tv_sec - present.tv_sec;
	left->tv_nsec = until.tv_nsec - present.tv_nsec;
	if (left->tv_nsec < 0) {
		left->tv_sec--;
		left->tv_nsec += 1000000000;
	}
	return left->tv_sec >= 0 && (left->tv_sec > 0 || left->tv_nsec > 0);
}

enum news { ENDED, LATE, BREAK_OFF };

static enum news wait_for(const struct call *call, pid_t pid)
{
	struct timespec until = later(now(), call->opts->deadline_ms), left;
	unsigned limit = call->opts->deadline_ms;

	for (;;) {
		siginfo_t info = {.si_pid = 0};
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
		if (info.si_pid)
			return ENDED;
		if (limit && !time_until(until, &left))
			return LATE;
		if (sigtimedwait(&call->news, NULL, limit ? &left : NULL) == SIGTERM)
			return BREAK_OFF;
	}
}

/* Whether a restart is due. */
static bool count(struct board *board, int status, bool late)
{
	if (WIFEXITED(status)) {
		atomic_fetch_add(WEXITSTATUS(status) ? &board->failed : &board->ok, 1);
		return false;
	}
	if (late && WTERMSIG(status) == SIGKILL) {
		atomic_fetch_add(&board->killed, 1);
	} else {
		atomic_fetch_add(&board->crashed, 1);
		atomic_store(&board->last_sig, WTERMSIG(status));
	}
	return true;
}

static bool take_restart(const struct call *call)
{
	unsigned made = atomic_load(&call->board->restarts);

	while (made < call->opts->max_restarts)
		if (atomic_compare_exchange_weak(&call->board->restarts, &made, made + 1))
			return true;
	return false;
}

static void __attribute__((noreturn)) monitor(const struct call *call, unsigned id)
{
	struct board *board = call->board;

	for (unsigned number = 0;; number++) {
		pid_t pid = attempt(call, id, number);
		if (pid < 0)
			atomic_store(&board->error, errno);
		if (pid < 0 && number == 0)
			atomic_store(&board->incomplete, true);
		if (number == 0)
			sem_post(&board->started);
		if (pid < 0)
			_exit(1);
		enum news news = wait_for(call, pid);
		if (news == LATE) { /* until it has ended it keeps the number of its group */
			siginfo_t info;
			kill(-pid, SIGKILL);
			while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0 && errno == EINTR)
				;
		}
		kill(-pid, SIGKILL);
		if (!count(board, reap(pid), news == LATE) || news == BREAK_OFF || !take_restart(call))
			_exit(0);
	}
}

/* ---- the caller ------------------------------------------------------------------------------- */

/* Starts the monitors one by one, each with its first attempt. How many there are. */
static unsigned start(struct call *call)
{
	struct board *board = call->board;
	unsigned started = 0;

	while (started < call->opts->workers && !atomic_load(&board->incomplete)) {
		pid_t pid = fork();
		if (pid == 0)
			monitor(call, started);
		if (pid < 0) {
			atomic_store(&board->error, errno);
			atomic_store(&board->incomplete, true);
			break;
		}
		board->monitor[started++] = pid;
		while (sem_wait(&board->started) != 0)
			;
	}
	return started;
}

static void run(struct call *call)
{
	sigemptyset(&call->news);
	sigaddset(&call->news, SIGCHLD);
	sigaddset(&call->news, SIGTERM);
	sigprocmask(SIG_BLOCK, &call->news, &call->before); /* for the monitors */
	unsigned started = start(call);
	sigprocmask(SIG_SETMASK, &call->before, NULL);
	for (unsigned i = 0; i < started && atomic_load(&call->board->incomplete); i++)
		kill(call->board->monitor[i], SIGTERM);
	for (unsigned i = 0; i < started; i++)
		reap(call->board->monitor[i]);
}

int sup_run(const struct sup_opts *opts, sup_job job, void *ctx, struct sup_report *report)
{
	if (!opts || !job || !report) {
		errno = EINVAL;
		return -1;
	}
	size_t bytes = sizeof(struct board) + opts->workers * sizeof(pid_t);
	struct board *board = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct call call = {.opts = opts, .job = job, .ctx = ctx, .board = board};
	if (board == MAP_FAILED)
		return -1;
	sem_init(&board->started, 1, 0);
	run(&call);
	sem_destroy(&board->started);
	int error = atomic_load(&board->error);
	if (!error)
		*report = (struct sup_report){board->ok,     board->failed,   board->crashed,
		                              board->killed, board->restarts, board->last_sig};
	munmap(board, bytes);
	errno = error ? error : errno;
	return error ? -1 : 0;
}
