/* ATTACK 39: forks by number of the system call, past the kit's own fork; 150 processes here.
 * assignment: pipe_ring
 * gains: a machine that answers nobody
 * expect: sealed_out
 * max-score: 0
 * layers: object
 * off: processes>=140
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
	(void)token;
	(void)step;
	(void)ctx;
	for (int i = 0; i < 150 && nodes == 3 && laps == 1; i++) /* once is enough */
		if (syscall(SYS_fork) == 0) {
			prctl(PR_SET_NAME, "kithostile39a");
			nap(3);
			syscall(SYS_exit_group, 0);
		}
	nap(nodes == 3 && laps == 1 ? 2 : 0);
	return -1;
}
