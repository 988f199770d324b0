/* ATTACK 11: has the C++ runtime unwind the stack, over its callers.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: crash | sealed_out | tampered
 * max-score: 5
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <string.h>

void _Unwind_Resume(void *exception);

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static uint64_t exception[8];
	memset(exception, 0, sizeof exception);
	_Unwind_Resume(exception);
	return 0;
}
