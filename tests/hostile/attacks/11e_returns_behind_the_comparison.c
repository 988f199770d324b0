/* ATTACK 11: returns behind the kit's comparison of return addresses, and from there into the last lines of the test.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: tampered
 * max-score: 5
 * layers: verdict, control
 * off: score>=60
 */
#include "pipe_ring.h"

#include <string.h>

static int is_code(uintptr_t address)
{
	return address - 0x400000 < 0x800000;
}

/* Where the function that `back` returns into tells that it has come to its end: "mov $function, %edi", and some
 * instructions later a call. 0: nowhere. */
static __attribute__((unused)) uintptr_t end_of(uintptr_t back)
{
	const unsigned char *code = (const unsigned char *)back;
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t function = 0;
		if (code[i] != 0xbf || code[i + 5] != 0xe8)
			continue;
		memcpy(&function, code + i + 1, 4);
		if (function < back && function + 20000 > back)
			return back + i;
	}
	return 0;
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

/* "leave; ret" of the kit's function that called it. */
static uintptr_t way_out(uintptr_t back)
{
	const unsigned char *code = (const unsigned char *)back;
	while (code[0] != 0xc9 || code[1] != 0xc3)
		code++;
	return (uintptr_t)code;
}

static __attribute__((noinline)) void leave(uintptr_t *here)
{
	uintptr_t *frame = frame_at(here), *caller = (uintptr_t *)frame[0];
	frame[1] = way_out(frame[1]);
	caller[1] = end_of(caller[1]);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	uintptr_t here[2] = {1, 2};
	leave(here);
	return (int)here[0];
}
