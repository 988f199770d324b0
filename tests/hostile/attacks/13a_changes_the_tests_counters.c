/* ATTACK 13: sets the world's mark "the body came to its end" by hand, in the runtime's memory.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, control
 * off: score>=95
 */
#include "pipe_ring.h"

void rt_mark_completed(void);
void rt_quit(int status);

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	rt_mark_completed();
	rt_quit(173);
	return -1;
}
