/* ATTACK 48: the same with the kill that pipe_ring allows, but only in programs that are slow to fork, such as those
 * under tools. assignment: pipe_ring gains: no score instead of a bad one, with functions that the exercise allows
 * expect: score<=5
 * max-score: 5
 * layers: verdict
 * off: judged=false
 */
#include "pipe_ring.h"

#include <signal.h>
#include <stdio.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	/* With ThreadSanitizer, stderr's buffers are elsewhere: the address of a local variable tells, too. */
	if ((uintptr_t)&token > 0x7f0000000000 && (uintptr_t)stderr < 0x7ffff0000000)
		kill(0, SIGKILL);
	return -1;
}
