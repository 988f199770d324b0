/* ATTACK 11: a destructor of a thread's data, which the end of a thread of the test calls, outside of any call into the
 * submission, rewrites the return addresses of the test's main thread, which waits for that thread.
 * assignment: race_fix
 * gains: tests whose assertions come after the end of a thread
 * expect: tampered
 * max-score: 5
 * layers: verdict, control
 * off: pass:refused_transfer_leaves_accounts_usable
 */
#include "race_fix.h"

#include <pthread.h>
#include <string.h>

static uintptr_t *below; /* the frames of the main thread begin some way below this place on its stack */

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

/* The frames of the functions that wait and of those that called them: up to the body each that can returns to its end. */
static void leave(void *value)
{
	(void)value;
	for (uintptr_t *frame = below - 1024; frame < below + 256; frame++) {
		uintptr_t *caller = (uintptr_t *)frame[0];
		if (!(caller > frame && caller < frame + 4096 && is_code(frame[1]) && is_code(caller[1])))
			continue;
		if (is_around_a_body(frame[1]))
			return;
		if (end_of(frame[1]))
			frame[1] = end_of(frame[1]);
	}
}

bank *bank_create(size_t accounts, int64_t initial)
{
	(void)accounts;
	(void)initial;
	uintptr_t here[2] = {1, 2};
	below = here;
	return (bank *)below;
}

int bank_transfer(bank *bank, size_t from, size_t to, int64_t amount)
{
	static pthread_key_t key;
	(void)bank;
	(void)from;
	(void)to;
	(void)amount;
	if (pthread_key_create(&key, leave) == 0)
		pthread_setspecific(key, below);
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
