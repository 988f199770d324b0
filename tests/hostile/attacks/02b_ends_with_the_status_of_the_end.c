/* ATTACK 2: says that the body is over and ends with the status of a test's end.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, verdict, control
 * off: score>=95
 */
#include "pipe_ring.h"

void kit_test_end(void);

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	kit_test_end();
	return -1;
}
