/* self_pipe.c - another design: a handler of SIGCHLD writes to a pipe that the caller polls, with the time that is left
 * as its limit; the attempts that run are a list.
 *
 * Invariant: after each end of a child there is a byte in the pipe, or the pipe is full, until all attempts on the list
 * have been looked at. So the signal may come at any moment, also right before poll.
 */
#define _GNU_SOURCE 1 /* pipe2 */
#include "crash_supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct attempt {
	unsigned id, number;
	pid_t pid;
	struct timespec begun;
	bool killed;
	struct attempt *next;
};

struct call {
	const struct sup_opts *opts;
	sup_job job;
	void *ctx;
	struct sigaction before;
	sigset_t mask;         /* the caller's, who may have blocked SIGCHLD */
	struct attempt *first; /* all that run */
	struct sup_report report;
	int error;
};

/* A handler gets no argument, so what it needs is a variable of the file. */
static int bell[2];

static void ring(int signal)
{
	int error = errno;

	(void)signal;
	if (write(bell[1], "", 1) < 0) {
		/* full: that is a byte, too */
	}
	errno = error;
}

static int hang_bell(struct call *call)
{
	struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
	sigset_t child_ended;

	if (pipe2(bell, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, &call->before);
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &child_ended, &call->mask);
	return 0;
}

static void take_bell_down(const struct call *call)
{
	sigprocmask(SIG_SETMASK, &call->mask, NULL);
	sigaction(SIGCHLD, &call->before, NULL);
	close(bell[0]);
	close(bell[1]);
}

/* ---- attempts --------------------------------------------------------------------------------- */

static int milliseconds_since(const struct timespec *begun)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	long long ns = (now.tv_sec - begun->tv_sec) * 1000000000LL + (now.tv_nsec - begun->tv_nsec);
	return ns / 1000000 > INT_MAX ? INT_MAX : (int)(ns / 1000000);
}

static void __attribute__((noreturn)) work(struct call *call, const struct attempt *attempt)
{
	setpgid(0, 0);
	take_bell_down(call);
	_exit(call->job(attempt->id, attempt->number, call->ctx));
}

/* Puts the attempt on the list when it runs. */
static int begin(struct call *call, struct attempt *attempt)
{
	attempt->killed = false;
	attempt->pid = fork();
	if (attempt->pid == 0)
		work(call, attempt);
	if (attempt->pid < 0)
		return -1;
	setpgid(attempt->pid, attempt->pid);
	clock_gettime(CLOCK_MONOTONIC, &attempt->begun);
	attempt->next = call->first;
	call->first = attempt;
	return 0;
}

static void note(struct sup_report *report, int signal, int status, bool killed)
{
	if (signal && killed && signal == SIGKILL)
		report->killed++;
	else if (signal) {
		report->crashed++;
		report->last_sig = signal;
	} else if (status)
		report->failed++;
	else
		report->ok++;
}

/* One that has ended and is not on the list any more. */
static void end(struct call *call, struct attempt *attempt)
{
	int status = 0;

	killpg(attempt->pid, SIGKILL);
	while (waitpid(attempt->pid, &status, 0) < 0 && errno == EINTR)
		;
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	note(&call->report, signal, WEXITSTATUS(status), attempt->killed);
	if (signal && call->report.restarts < call->opts->max_restarts) {
		attempt->number++;
		if (begin(call, attempt) == 0) {
			call->report.restarts++;
			return;
		}
		call->error = errno;
	}
	free(attempt);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info;

	memset(&info, 0, sizeof info);
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

static void look_at_all(struct call *call)
{
	struct attempt **place = &call->first, *ended = NULL, *attempt;

	while ((attempt = *place)) {
		if (!has_ended(attempt->pid)) {
			place = &attempt->next;
			continue;
		}
		*place = attempt->next;
		attempt->next = ended;
		ended = attempt;
	}
	while ((attempt = ended)) {
		ended = attempt->next;
		end(call, attempt);
	}
}

/* ---- time ------------------------------------------------------------------------------------- */

/* How long until the next deadline; -1: there is none. poll counts in ints: what is longer takes several rounds. */
static int kill_those_that_are_late(struct call *call)
{
	unsigned limit = call->opts->deadline_ms;
	int least = -1;

	for (struct attempt *attempt = call->first; limit && attempt; attempt = attempt->next) {
		if (attempt->killed)
			continue;
		unsigned passed = (unsigned)milliseconds_since(&attempt->begun);
		if (passed >= limit) {
			attempt->killed = true;
			killpg(attempt->pid, SIGKILL);
			continue;
		}
		unsigned left = limit - passed < INT_MAX ? limit - passed : INT_MAX;
		if (least < 0 || (int)left < least)
			least = (int)left;
	}
	return least;
}

static void await_bell(int limit_ms)
{
	struct pollfd poller = {.fd = bell[0], .events = POLLIN};
	char bytes[64];

	if (poll(&poller, 1, limit_ms) <= 0)
		return;
	while (read(bell[0], bytes, sizeof bytes) > 0)
		;
}

/* ---- the call --------------------------------------------------------------------------------- */

static int begin_all(struct call *call)
{
	for (unsigned id = 0; id < call->opts->workers; id++) {
		struct attempt *attempt = malloc(sizeof *attempt);
		if (!attempt)
			return -1;
		*attempt = (struct attempt){.id = id};
		if (begin(call, attempt) != 0) {
			int error = errno;
			free(attempt);
			errno = error;
			return -1;
		}
	}
	return 0;
}

static void end_all(struct call *call)
{
	struct attempt *attempt;

	while ((attempt = call->first)) {
		call->first = attempt->next;
		killpg(attempt->pid, SIGKILL);
		while (waitpid(attempt->pid, NULL, 0) < 0 && errno == EINTR)
			;
		free(attempt);
	}
}

int sup_run(const struct sup_opts *opts, sup_job job, void *ctx, struct sup_report *report)
{
	struct call call = {.opts = opts, .job = job, .ctx = ctx};

	if (!opts || !job || !report) {
		errno = EINVAL;
		return -1;
	}
	if (hang_bell(&call) != 0)
		return -1;
	if (begin_all(&call) != 0) {
		call.error = errno;
		end_all(&call);
	}
	while (call.first) {
		await_bell(kill_those_that_are_late(&call));
		look_at_all(&call);
	}
	take_bell_down(&call);
	if (!call.error) {
		*report = call.report;
		return 0;
	}
	errno = call.error;
	return -1;
}
