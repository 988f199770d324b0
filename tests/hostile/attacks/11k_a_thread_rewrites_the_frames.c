/* ATTACK 11: a thread of its own, whose start passes no entry of the kit, rewrites the return addresses of all functions
 * up to the test's body while that waits.
 * assignment: race_fix
 * gains: full marks for a file that does nothing
 * expect: tampered
 * max-score: 5
 * layers: verdict, control
 * off: score>=60
 */
#include "race_fix.h"

#include <pthread.h>
#include <string.h>

static int is_code(uintptr_t address)
{
	return address - 0x400000 < 0x800000;
}

/* Where the function that `back` returns into tells that it has come to its end: "mov $function, %edi", and some
 * instructions later a call. 0: nowhere. */
static uintptr_t end_of(uintptr_t back)
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

/* Is it the kit's function around a test's body: "mov $body, %edi; call kit_test_begin; call body"? */
static int is_around_a_body(uintptr_t back)
{
	const unsigned char *code = (const unsigned char *)back;
	return code[-5] == 0xe8 && code[-10] == 0xe8 && code[-15] == 0xbf;
}

/* The first frame above is that of the function of the contract, the next one the kit's for the call: that one returns
 * into the test. */
static __attribute__((noinline)) void leave_by_the_end(uintptr_t *here)
{
	uintptr_t *frame = here;
	for (; frame < here + 64; frame++) {
		uintptr_t *caller = (uintptr_t *)frame[0];
		if (caller > frame && caller < frame + 4096 && is_code(frame[1]) && caller[0] > frame[0] && is_code(caller[1]))
			break;
	}
	frame = (uintptr_t *)frame[0];
	while (!is_around_a_body(frame[1]) && end_of(frame[1])) {
		frame[1] = end_of(frame[1]);
		frame = (uintptr_t *)frame[0];
	}
}

static void *other(void *here)
{
	leave_by_the_end(here);
	return NULL;
}

bank *bank_create(size_t accounts, int64_t initial)
{
	(void)accounts;
	(void)initial;
	uintptr_t here[2] = {1, 2};
	pthread_t thread;
	pthread_create(&thread, NULL, other, here);
	pthread_join(thread, NULL);
	return (bank *)here[0];
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	(void)bank;
	(void)from;
	(void)to;
	(void)amount;
	return 0;
}

int bank_total(bank *bank, int64_t *out)
{
	(void)bank;
	(void)out;
	return 0;
}

void bank_audit(bank *bank, void (*visit)(size_t account, int64_t balance, void *context), void *context)
{
	(void)bank;
	(void)visit;
	(void)context;
}

void bank_destroy(bank *bank)
{
	(void)bank;
}
