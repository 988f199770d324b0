/* ATTACK 41: the same, but first it kills the supervisor that would have cleaned up.
 * assignment: pipe_ring
 * gains: a process that outlives the grader and sees the next student's work
 * expect: sealed_out
 * max-score: 0
 * layers: object, built-in
 * off: none
 */
#include "pipe_ring.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
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
		prctl(PR_SET_NAME, "kithostile41b");
		for (int pid = getppid(); pid > 1;) {
			char path[64], name[256] = "";
			int parent = 0;
			snprintf(path, sizeof path, "/proc/%d/stat", pid);
			FILE *stat = fopen(path, "r");
			if (!stat || fscanf(stat, "%*d (%255[^)]) %*c %d", name, &parent) != 2)
				break;
			fclose(stat);
			if (strncmp(name, "grader", 6) == 0) /* and nobody else, for this is a test */
				syscall(SYS_kill, pid, SIGKILL);
			pid = parent;
		}
		nap(40);
		syscall(SYS_exit_group, 0);
	}
	nap(5);
	return -1;
}
