/* crash_supervisor.c - reference: SIGCHLD is blocked and waited for, no longer than until the next deadline.
 *
 * Invariant: the child of a slot with a pid is not reaped. So its pid, and the number of its group, are nobody else's.
 *
 * Invariant: from before the first fork SIGCHLD is blocked. So an end that comes while nobody waits stays pending, and
 * ends the next wait; as several ends are one signal, each wake-up looks at all slots.
 */
#define _GNU_SOURCE 1
#include "crash_supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const uint64_t never = UINT64_MAX;

struct slot {
	pid_t pid; /* 0: the worker has come to its end */
	unsigned attempt;
	uint64_t deadline_ns;
	bool timed_out; /* was sent the signal of its deadline */
};

struct supervisor {
	const struct sup_opts *opts;
	sup_job job;
	void *ctx;
	sigset_t child_ended, before; /* `before` is the caller's mask */
	struct slot *slot;
	unsigned running; /* slots with a pid */
	struct sup_report report;
	int error; /* of a restart, or 0 */
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- one attempt ------------------------------------------------------------------------------ */

/* The group is made on both sides: the job may make processes as soon as it runs, and the caller may kill the group as
 * soon as fork has returned. (The caller's call fails when the child has executed a program; then it was the second.)
 */
static int start(struct supervisor *sup, unsigned id)
{
	struct slot *slot = &sup->slot[id];
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		sigprocmask(SIG_SETMASK, &sup->before, NULL);
		_exit(sup->job(id, slot->attempt, sup->ctx));
	}
	if (pid < 0)
		return -1;
	setpgid(pid, pid);
	slot->pid = pid;
	slot->timed_out = false;
	slot->deadline_ns = sup->opts->deadline_ms ? now_ns() + sup->opts->deadline_ms * (uint64_t)1000000 : never;
	sup->running++;
	return 0;
}

static bool has_ended(const struct slot *slot)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(P_PID, (id_t)slot->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == slot->pid;
}

/* Kills what is left of the group while its leader keeps the number, then reaps the leader. */
static int bury(struct supervisor *sup, struct slot *slot)
{
	int status = 0;

	kill(-slot->pid, SIGKILL);
	while (waitpid(slot->pid, &status, 0) < 0 && errno == EINTR)
		;
	slot->pid = 0;
	sup->running--;
	return status;
}

/* Whether it is one to restart. */
static bool count(struct sup_report *report, const struct slot *slot, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		report->ok++;
	} else if (WIFEXITED(status)) {
		report->failed++;
	} else if (slot->timed_out && WTERMSIG(status) == SIGKILL) {
		report->killed++;
	} else {
		report->crashed++;
		report->last_sig = WTERMSIG(status);
	}
	return !WIFEXITED(status);
}

/* ---- all of them ------------------------------------------------------------------------------ */

/* Until a child has ended, the next deadline is there, or a handler of the caller has run: who wakes up looks at all.
 */
static void wait_for_news(const struct supervisor *sup)
{
	uint64_t next = never;

	for (unsigned id = 0; id < sup->opts->workers; id++) {
		const struct slot *slot = &sup->slot[id];
		if (slot->pid && !slot->timed_out && slot->deadline_ns < next)
			next = slot->deadline_ns;
	}
	uint64_t now = next == never ? 0 : now_ns(), left_ns = next > now ? next - now : 0;
	struct timespec left = {.tv_sec = (time_t)(left_ns / 1000000000), .tv_nsec = (long)(left_ns % 1000000000)};
	sigtimedwait(&sup->child_ended, NULL, next == never ? NULL : &left);
}

static void look_at(struct supervisor *sup, unsigned id)
{
	struct slot *slot = &sup->slot[id];

	if (has_ended(slot)) {
		if (!count(&sup->report, slot, bury(sup, slot)) || sup->report.restarts == sup->opts->max_restarts)
			return;
		slot->attempt++;
		if (start(sup, id) == 0)
			sup->report.restarts++;
		else
			sup->error = errno;
	} else if (!slot->timed_out && slot->deadline_ns != never && now_ns() >= slot->deadline_ns) {
		slot->timed_out = true;
		kill(-slot->pid, SIGKILL);
	}
}

static void supervise(struct supervisor *sup)
{
	while (sup->running) {
		wait_for_news(sup);
		for (unsigned id = 0; id < sup->opts->workers; id++)
			if (sup->slot[id].pid)
				look_at(sup, id);
	}
}

/* All, or none: then it returns -1 and errno. */
static int start_all(struct supervisor *sup)
{
	unsigned started = 0;

	while (started < sup->opts->workers && start(sup, started) == 0)
		started++;
	if (started == sup->opts->workers)
		return 0;
	int error = errno;
	while (started > 0)
		bury(sup, &sup->slot[--started]);
	errno = error;
	return -1;
}

int sup_run(const struct sup_opts *opts, sup_job job, void *ctx, struct sup_report *report)
{
	struct supervisor sup = {.opts = opts, .job = job, .ctx = ctx};

	if (!opts || !job || !report) {
		errno = EINVAL;
		return -1;
	}
	sup.slot = calloc(opts->workers ? opts->workers : 1, sizeof *sup.slot);
	if (!sup.slot)
		return -1;
	sigemptyset(&sup.child_ended);
	sigaddset(&sup.child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &sup.child_ended, &sup.before);
	if (start_all(&sup) == 0)
		supervise(&sup);
	else
		sup.error = errno;
	sigprocmask(SIG_SETMASK, &sup.before, NULL);
	free(sup.slot);
	if (sup.error) {
		errno = sup.error;
		return -1;
	}
	*report = sup.report;
	return 0;
}
