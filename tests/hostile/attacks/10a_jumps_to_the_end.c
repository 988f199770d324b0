/* ATTACK 10: makes a context whose function is the end of a test, and jumps there.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, verdict, control
 * off: score>=90
 */
#include "pipe_ring.h"

#include <ucontext.h>

void kit_test_end(void);

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static char stack[1 << 16];
	static ucontext_t end;
	getcontext(&end);
	end.uc_stack.ss_sp = stack;
	end.uc_stack.ss_size = sizeof stack;
	makecontext(&end, kit_test_end, 0);
	setcontext(&end);
	return -1;
}
