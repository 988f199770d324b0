/* ATTACK 11: rewrites its return address, so that the call returns behind the test's body.
 * assignment: pipe_ring
 * gains: tests whose assertions after the call never run
 * expect: score<=5
 * max-score: 5
 * layers: verdict, control
 * off: score>=60
 */
#include "pipe_ring.h"

/* Finds its caller's frame on the stack, by its saved frame pointer. Above it are the frames of the kit's entry and of
 * who called that: this one is put in its place, so that who called is left as if it had come to its end. */
static __attribute__((noinline)) void skip_the_rest(uintptr_t *here)
{
	for (uintptr_t *slot = here; slot < here + 64; slot++) {
		uintptr_t *caller = (uintptr_t *)slot[0];
		if (caller <= slot || caller > slot + 4096 || slot[1] - 0x400000 > 0x800000 || caller[0] <= slot[0] ||
		    caller[1] - 0x400000 > 0x800000)
			continue;
		uintptr_t *test = (uintptr_t *)caller[0];
		slot[1] = test[1];
		slot[0] = test[0];
		return;
	}
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	uintptr_t here[2] = {1, 2};
	skip_the_rest(here);
	return (int)here[0];
}
