/* ATTACK 41: forks twice, leaves its session and sleeps on as a daemon.
 * assignment: pipe_ring
 * gains: a process that outlives the test
 * expect: sealed_out
 * max-score: 0
 * layers: object, built-in
 * off: none
 */
#include "pipe_ring.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Not the kit's sleep. */
static void nap(long seconds)
{
	syscall(SYS_nanosleep, &(struct timespec){.tv_sec = seconds}, NULL);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	if (syscall(SYS_fork) == 0) {
		setsid();
		if (syscall(SYS_fork) == 0) {
			prctl(PR_SET_NAME, "kithostile41a");
			nap(40);
		}
		syscall(SYS_exit_group, 0);
	}
	return -1;
}
