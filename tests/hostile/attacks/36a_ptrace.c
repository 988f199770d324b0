/* ATTACK 36: attaches to a process outside with ptrace and changes its memory.
 * assignment: pipe_ring
 * gains: control over the grader
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, seccomp, uid, capabilities
 * off: victim changed
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	FILE *file = fopen("/tmp/kit-hostile-victim", "r"); /* pid and address, where a real attack would search */
	long pid, address;
	if (!file || fscanf(file, "%ld %lx", &pid, (unsigned long *)&address) != 2)
		return -1;
	ptrace(PTRACE_ATTACH, pid, NULL, NULL);
	waitpid((pid_t)pid, NULL, __WALL);
	ptrace(PTRACE_POKEDATA, pid, address, 666);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return -1;
}
