/* ATTACK 3: brings a main that says that all is well; the tests never run.
 * assignment: pipe_ring
 * gains: exit status 0 for nothing
 * expect: fail:token_returns_after_one_lap
 * max-score: 0
 * layers: built-in
 * off: naive
 */
#include "pipe_ring.h"

#include <stdio.h>

int main(void)
{
	puts("[====] Synthesis: Tested: 25 | Passing: 25 | Failing: 0 | Crashing: 0 ");
	return 0;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;

	return -1;
}
