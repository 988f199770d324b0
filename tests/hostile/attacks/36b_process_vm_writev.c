/* ATTACK 36: writes into the memory of a process outside.
 * assignment: pipe_ring
 * gains: control over the grader
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, seccomp, uid, capabilities
 * off: victim changed
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <sys/uio.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	FILE *file = fopen("/tmp/kit-hostile-victim", "r"); /* pid and address, where a real attack would search */
	long pid, value = 666;
	void *address;
	if (!file || fscanf(file, "%ld %p", &pid, &address) != 2)
		return -1;
	struct iovec mine = {&value, sizeof value}, other = {address, sizeof value};
	process_vm_writev((pid_t)pid, &mine, 1, &other, 1, 0);
	return -1;
}
