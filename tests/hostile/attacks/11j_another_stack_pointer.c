/* ATTACK 11: puts another stack pointer into the register, and returns from there.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: text, object
 */
#include "pipe_ring.h"

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	__asm__ volatile("add $256, %rsp");
	return 0;
}
