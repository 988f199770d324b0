/* crash_supervisor.c - your solution. The contract is in include/crash_supervisor.h, the handout in README.md.
 *
 *     caller --fork--> worker 0, attempt 0 --crash--> attempt 1 --> ok
 *       |  ----fork--> worker 1, attempt 0 --> ok
 *       +---SIGCHLD, or the time of the next deadline
 *
 * Given: the table of slots, the check of the arguments. Yours: everything that says TODO.
 */
#define _GNU_SOURCE 1 /* for what Linux has beyond POSIX */
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

/* A function that is not called yet; this keeps the compiler silent about it. Take it away when you call it. */
#define GIVEN __attribute__((unused)) static

/* One for each worker. */
struct slot {
	pid_t pid; /* of the attempt that runs; 0: there is none */
	unsigned attempt;
	uint64_t deadline_ns; /* by CLOCK_MONOTONIC */
};

GIVEN uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Starts an attempt of a worker. Returns 0, or -1 and errno. */
GIVEN int start(struct slot *slot, unsigned id, sup_job job, void *ctx)
{
	/* TODO: the process, its group, its signals, its end. */
	(void)slot;
	(void)id;
	(void)job;
	(void)ctx;
	errno = ENOSYS;
	return -1;
}

int sup_run(const struct sup_opts *opts, sup_job job, void *ctx, struct sup_report *report)
{
	if (!opts || !job || !report) {
		errno = EINVAL;
		return -1;
	}
	/* TODO: start all workers, then wait, count, kill and restart until the last attempt has ended. */
	(void)ctx;
	errno = ENOSYS;
	return -1;
}
