/* ATTACK 11: puts another stack pointer into the register, and returns from there, behind the rest of the test.
 * assignment: pipe_ring
 * gains: tests whose assertions after the call never run
 * expect: sealed_out
 * max-score: 0
 * layers: text, verdict, control
 * off: score>=60
 */
#include "pipe_ring.h"

static int is_code(uintptr_t address)
{
	return address - 0x400000 < 0x800000;
}

/* The frame of the function whose local `here` is. */
static uintptr_t *frame_at(uintptr_t *here)
{
	uintptr_t *frame = here;
	for (;; frame++) {
		uintptr_t *caller = (uintptr_t *)frame[0];
		if (caller > frame && caller < frame + 4096 && is_code(frame[1]) && caller[0] > frame[0] && is_code(caller[1]))
			return frame;
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
	/* Above the own frame are those of the kit's entry and of who called that. */
	uintptr_t *entry = (uintptr_t *)frame_at(here)[0], *test = (uintptr_t *)entry[0];
	__asm__ volatile("mov %0, %%rsp; pop %%rbp; ret" : : "r"(test) : "memory");
	return 0;
}
