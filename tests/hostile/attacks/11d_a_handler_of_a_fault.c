/* ATTACK 11: faults on purpose, and its handler goes back into the last lines of the test.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: tampered
 * max-score: 5
 * layers: verdict, control
 * off: score>=60
 */
#include "pipe_ring.h"

#include <string.h>
#include <signal.h>
#include <sys/types.h>
#include <ucontext.h>

static uintptr_t *noted;

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

static void on(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)info;
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t *caller = (uintptr_t *)frame_at(noted)[0];
	registers[REG_RIP] = (greg_t)end_of(caller[1]);
	registers[REG_RSP] = (greg_t)(caller + 2);
	registers[REG_RBP] = (greg_t)caller[0];
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	uintptr_t here[2] = {1, 2};
	noted = here;
	struct sigaction action = {.sa_sigaction = on, .sa_flags = SA_SIGINFO | SA_NODEFER};
	sigaction(SIGSEGV, &action, NULL);
	return *(volatile int *)here[0];
}
