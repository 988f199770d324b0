/* ATTACK 11: jumps to a place that it noted in an earlier call, by the compiler's own functions.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: text
 */
#include "pipe_ring.h"

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static void *place[5];
	static int noted;
	if (noted)
		__builtin_longjmp(place, 1);
	noted = 1;
	return __builtin_setjmp(place);
}
