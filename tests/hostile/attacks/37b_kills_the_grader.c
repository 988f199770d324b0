/* ATTACK 37: kills its parents, up to the grader.
 * assignment: pipe_ring
 * gains: no results for anybody
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, seccomp, uid
 * off: grader killed
 */
#include "pipe_ring.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	for (int pid = getppid(); pid > 1;) {
		char path[64], name[256] = "";
		snprintf(path, sizeof path, "/proc/%d/stat", pid);
		FILE *stat = fopen(path, "r");
		int parent = 0;
		if (!stat || fscanf(stat, "%*d (%255[^)]) %*c %d", name, &parent) != 2)
			break;
		fclose(stat);
		if (strncmp(name, "grader", 6) == 0) /* and nobody else, for this is a test */
			syscall(SYS_kill, pid, SIGKILL);
		pid = parent;
	}
	return -1;
}
