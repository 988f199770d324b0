/* ATTACK 11: a thread of its own calls the kit's functions by which a body tells that it is over and the test ends.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: tampered
 * max-score: 5
 * layers: verdict, control
 * off: score>=35
 */
#include "pipe_ring.h"

#include <string.h>
#include <pthread.h>

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

/* The function that the instruction "call" before `back` calls. */
static uintptr_t called(uintptr_t back)
{
	int32_t distance;
	memcpy(&distance, (const void *)(back - 4), 4);
	return back + (uintptr_t)(intptr_t)distance;
}

/* The kit's function around a test's body calls the body, and then ends the test. */
static void end_the_test(uintptr_t *here)
{
	uintptr_t *body = (uintptr_t *)((uintptr_t *)frame_at(here)[0])[0];
	uintptr_t begin = called(body[1]);
	const unsigned char *end = (const unsigned char *)end_of(((uintptr_t *)frame_at(here)[0])[1]);
	while (*++end != 0xe8)
		;
	((void (*)(void *, void *))called((uintptr_t)end + 5))((void *)begin, NULL);
	const unsigned char *code = (const unsigned char *)body[1];
	while (*code != 0xe8)
		code++;
	((void (*)(void))called((uintptr_t)code + 5))();
}

static void *other(void *here)
{
	end_the_test(here);
	return NULL;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	uintptr_t here[2] = {1, 2};
	pthread_t thread;
	pthread_create(&thread, NULL, other, here);
	pthread_join(thread, NULL);
	return (int)here[0];
}
