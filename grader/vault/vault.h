/* vault.h - how each call from a test into the submission has to come back.
 *
 * Tests and submission are in one process, with one stack for each thread: a submission can write to the frames of its
 * callers, and so end a test's body where it likes, past its assertions. Therefore each call from a test into a
 * function of the assignment passes an entry (entry.c), which notes the caller's frame and all frames above: where they
 * are, where they return to, which registers they count on. When the call returns they must be the same. While a thread
 * waits outside of such a call its own frames are noted, too, and at the end of the test's body no call may be open.
 *
 * What is noted lies where the submission does not find it: in memory at a random address, which no variable and no
 * register holds but the base of a segment (GS), which no C code can read. On other processors than x86-64 there is no
 * such base: there a variable holds the address.
 *
 * A difference ends the test with the evidence "tampered". Linked into judged programs; of whole programs nothing is
 * noted. What it keeps is per process, and copied by fork. The one static struct is `vault` in vault.c. */
#ifndef VAULT_H
#define VAULT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* Makes the memory, in the host before it forks tests (or in a test that has no host). 0, or -1 and errno. Until then
 * all functions here do nothing. */
int vault_open(void);

/* The calling thread is a new one: what was noted of an earlier one on the same stack is forgotten. */
void vault_thread_begins(void);

/* The submission makes that memory a stack (makecontext): what was noted of calls on one that was there before is
 * forgotten, for they never return. Calls on the stack of the test's body are not. */
void vault_stack_begins(uintptr_t low, uintptr_t high);

/* The calling process was just forked from the one that noted. */
void vault_forked(void);

/* Around a wait in the runtime, with the frame (__builtin_frame_address) of the function that waits. */
void vault_wait_begins(const void *frame);
void vault_wait_ends(const void *frame);

/* Runs a signal's handler: the registers that it goes back to (`context`) and the frames there have to stay as they
 * are.
 */
void vault_handle(void (*handler)(int, siginfo_t *, void *), int signal, siginfo_t *info, void *context);

/* The caller, whose frame that is, was called at the begin and at the end of a test's body by the same function, which
 * called the body in between. The latter ends the test if a guarded call is still open, or if that is not so. */
void vault_body_begins(const void *frame);
void vault_body_ends(const void *frame);

/* ---- assertions ---- */

enum { VAULT_SITES = 256 };

/* Which assertions a test's body came to. It lies where what is noted of calls lies, and is shared with the host. */
struct vault_count {
	struct vault_site {
		uintptr_t place; /* where the call that counts returns to; 0: the kit's own, at the end of the body */
		unsigned times;
	} site[VAULT_SITES];
	unsigned sites, total;
	uintptr_t turned;     /* at that place: */
	unsigned turned_time; /* the how manieth is turned round; 0: none */
};

/* In the host before a run: nothing is counted yet, and the `time`-th assertion at `place` will be turned round (0:
 * none). */
void vault_count_begins(uintptr_t place, unsigned time);

/* One more assertion in the test's own process; true if it is the one to turn round. */
bool vault_count_one(uintptr_t place);

/* In the host after a run: a copy of what was counted. */
void vault_counted(struct vault_count *count);

#endif
