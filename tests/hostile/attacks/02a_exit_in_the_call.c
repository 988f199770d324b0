/* ATTACK 2: ends the test's process with status 0 inside the call; Criterion counts that as a pass.
 * assignment: pipe_ring
 * gains: a pass of each test whose runner believes the exit status
 * expect: exit_in_test
 * max-score: 0
 * layers: built-in
 * off: naive
 */
#include "pipe_ring.h"

#include <stdlib.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	exit(0);
}
