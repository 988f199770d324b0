/* vault.c - what is noted of open calls and waits, and how it is compared. */
#include "private.h"

#include "runtime.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <valgrind/memcheck.h>

void __tsan_func_entry(void *) __attribute__((weak));
void __tsan_func_exit(void) __attribute__((weak));

enum {
	MOST_FRAMES = 256,      /* that are followed: tests do not nest deeper */
	LARGEST_FRAME = 1 << 26 /* bytes */
};

struct vault vault = {.busy = ATOMIC_FLAG_INIT};

/* ---- the memory --------------------------------------------------------------------------------- */

/* In the part of the address space where the C library and stacks are, of 47 bits, which all tools leave to programs.
 */
static void *random_place(uint64_t random)
{
	enum { PAGE = 4096 };
	return (void *)(0x7e8000000000ull + (random & 0xffffffffffull & ~(uint64_t)(PAGE - 1)));
}

/* By number: ThreadSanitizer keeps no account of it. */
static long map(uint64_t random, size_t size, int kind)
{
	return syscall(SYS_mmap, random_place(random), size, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS | MAP_NORESERVE,
	               -1, 0);
}

int vault_open(void)
{
	uint64_t random[3];
	if (vault.is_open)
		return 0;
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return -1;
	long place = map(random[0], sizeof(struct kept), MAP_PRIVATE);
	long count = place == -1 ? -1 : map(random[1], sizeof(struct vault_count), MAP_SHARED);
	if (count == -1)
		return -1;
#if defined(__x86_64__)
	enum { SET_GS = 0x1001 }; /* arch_prctl(2) */
	if (syscall(SYS_arch_prctl, SET_GS, place) != 0)
		return -1;
#else
	vault.kept = (struct kept *)place;
#endif
	KEPT_HERE->key = random[2];
	KEPT_HERE->count_of_assertions = (struct vault_count *)count;
	explicit_bzero(random, sizeof random);
	vault.is_open = true;
	return 0;
}

static void lock(void)
{
	while (atomic_flag_test_and_set(&vault.busy))
		;
}

static void unlock(void)
{
	atomic_flag_clear(&vault.busy);
}

/* ---- frames ------------------------------------------------------------------------------------- */

extern const char __executable_start[], etext[]; /* the linker's: the program's code, without libraries */

struct chain {
	uint64_t seal;
	uintptr_t end; /* 0: there are more frames than are followed */
};

static uint64_t mix(uint64_t seal, uint64_t value)
{
	seal = (seal ^ value) * 0x9e3779b97f4a7c15ull;
	return seal ^ seal >> 29;
}

static bool is_in_program(uintptr_t place)
{
	return place - (uintptr_t)__executable_start < (uintptr_t)etext - (uintptr_t)__executable_start;
}

/* All code of the program keeps frame pointers; that of libraries need not, and what they call is not followed. */
static struct chain follow(const uintptr_t *frame)
{
	struct chain chain = {KEPT_HERE->key, 0};
	for (unsigned i = 0; i < MOST_FRAMES && !chain.end; i++) {
		uintptr_t above = frame[0], back = frame[1];
		chain.seal = mix(mix(mix(chain.seal, (uintptr_t)frame), above), back);
		bool higher = above > (uintptr_t)frame && above - (uintptr_t)frame < LARGEST_FRAME;
		if (!is_in_program(back) || !higher || above % sizeof above)
			chain.end = (uintptr_t)frame;
		frame = (const uintptr_t *)above;
	}
	return chain;
}

/* The registers may hold what was never set: that they are the same is all that counts. */
static void add_registers(struct chain *chain, const uintptr_t kept[KEPT])
{
	uintptr_t copy[KEPT];
	memcpy(copy, kept, sizeof copy);
	(void)VALGRIND_MAKE_MEM_DEFINED(copy, sizeof copy);
	for (int i = 0; i < KEPT; i++)
		chain->seal = mix(chain->seal, copy[i]);
}

/* ---- what is open ------------------------------------------------------------------------------- */

static int find(uintptr_t frame)
{
	for (int i = (int)KEPT_HERE->count - 1; i >= 0; i--)
		if (KEPT_HERE->open[i].frame == ~frame)
			return i;
	return -1;
}

/* Something on that stack, at or below that frame, or anywhere on it (`frame` 0). */
static bool is_open(uintptr_t end, uintptr_t frame)
{
	for (unsigned i = 0; i < KEPT_HERE->count; i++)
		if (KEPT_HERE->open[i].end == ~end && (!frame || ~KEPT_HERE->open[i].frame <= frame))
			return true;
	return false;
}

static bool add(uintptr_t frame, struct chain chain, uintptr_t function)
{
	if (KEPT_HERE->count == MOST_OPEN)
		return false;
	struct open HIDDEN *open = &KEPT_HERE->open[KEPT_HERE->count++];
	open->frame = ~frame;
	open->end = ~chain.end;
	open->seal = chain.seal;
	open->function = ~function;
	open->process = KEPT_HERE->process;
	return true;
}

static void take_away(int index)
{
	struct open HIDDEN *open = &KEPT_HERE->open[index], *last = &KEPT_HERE->open[--KEPT_HERE->count];
	open->frame = last->frame;
	open->end = last->end;
	open->seal = last->seal;
	open->function = last->function;
	open->process = last->process;
}

/* ---- what differs ------------------------------------------------------------------------------- */

/* `function`: that was called, or 0. */
static void tampered(uintptr_t function, const char *how)
{
#ifdef KIT_ANY_END /* only in a test build of the grader */
	(void)function;
	(void)how;
#else
	rt_site = (void *)(function + (function != 0));
	rt_leave_test("tampered", how);
#endif
}

static const char another_way[] =
    "the call did not return as it was called: a return address, a saved register or the stack pointer of its callers "
    "has changed (writing beyond the end of a local array does that, too)";

/* ---- guarded calls ------------------------------------------------------------------------------ */

static const uintptr_t *frame_of_entry(const void *own)
{
	return (const uintptr_t *)*(const uintptr_t *)own;
}

void vault_enter(uintptr_t function, const uintptr_t kept[KEPT])
{
	const uintptr_t *frame = frame_of_entry(__builtin_frame_address(0));
	if (__tsan_func_entry)
		__tsan_func_entry((void *)frame[1]);
	if (!vault.is_open)
		return;
	struct chain chain = follow(frame);
	add_registers(&chain, kept);
	lock();
	bool left = chain.end && is_open(chain.end, (uintptr_t)frame);
	bool noted = add((uintptr_t)frame, chain, function);
	unlock();
	if (left)
		tampered(0, "a call was left without returning from it");
	if (!noted)
		rt_leave_test("limit", "more nested calls than the kit can track");
}

void vault_leave(const uintptr_t kept[KEPT])
{
	const uintptr_t *frame = frame_of_entry(__builtin_frame_address(0));
	if (__tsan_func_exit)
		__tsan_func_exit();
	struct chain chain = follow(frame);
	add_registers(&chain, kept);
	lock();
	int index = find((uintptr_t)frame);
	unsigned process = KEPT_HERE->process;
	struct open open = {0};
	if (index >= 0) {
		open.seal = KEPT_HERE->open[index].seal;
		open.function = ~KEPT_HERE->open[index].function;
		open.process = KEPT_HERE->open[index].process;
		take_away(index);
	}
	bool below = chain.end && is_open(chain.end, (uintptr_t)frame);
	unlock();
	if (index >= 0 && open.process != process)
		rt_leave_child();
	if (index < 0 || below || open.seal != chain.seal || __builtin_return_address(0) != vault_left)
		tampered(open.function, another_way);
}

/* ---- the rest ----------------------------------------------------------------------------------- */

void vault_thread_begins(void)
{
	if (!vault.is_open)
		return;
	struct chain chain = follow(__builtin_frame_address(0));
	lock();
	for (int i = (int)KEPT_HERE->count - 1; i >= 0; i--)
		if (KEPT_HERE->open[i].end == ~chain.end)
			take_away(i);
	unlock();
}

void vault_stack_begins(uintptr_t low, uintptr_t high)
{
	if (!vault.is_open)
		return;
	lock();
	for (int i = (int)KEPT_HERE->count - 1; i >= 0; i--)
		if (KEPT_HERE->open[i].end != KEPT_HERE->body_end && ~KEPT_HERE->open[i].end - low < high - low)
			take_away(i);
	unlock();
}

void vault_forked(void)
{
	if (vault.is_open)
		KEPT_HERE->process++;
}

/* Within a guarded call the frames above are compared when it returns; those below are the submission's own affair. */
void vault_wait_begins(const void *frame)
{
	if (!vault.is_open)
		return;
	struct chain chain = follow(frame);
	lock();
	if (chain.end && !is_open(chain.end, 0))
		add((uintptr_t)frame, chain, 0);
	unlock();
}

void vault_wait_ends(const void *frame)
{
	if (!vault.is_open)
		return;
	struct chain chain = follow(frame);
	lock();
	int index = find((uintptr_t)frame);
	bool same = index >= 0 ? KEPT_HERE->open[index].seal == chain.seal : !chain.end || is_open(chain.end, 0);
	if (index >= 0)
		take_away(index);
	unlock();
	if (!same)
		tampered(0, "while a thread waited, return addresses or saved registers on its stack were changed");
}

/* ---- handlers of signals ------------------------------------------------------------------------ */

/* Of what a handler interrupted: all registers, and the frames, if it was code of the program. ThreadSanitizer runs
 * handlers later, when those frames may be gone. */
static struct chain interrupted(const ucontext_t *context, const void *own)
{
#if defined(__x86_64__)
	enum { REGISTERS = NGREG, BASE = REG_RBP, PLACE = REG_RIP };
	const uintptr_t *from = (const uintptr_t *)context->uc_mcontext.gregs;
#else
	enum { REGISTERS = 33, BASE = 29, PLACE = 32 }; /* x0 to x30, sp, pc */
	const uintptr_t *from = (const uintptr_t *)context->uc_mcontext.regs;
#endif
	uintptr_t registers[REGISTERS];
	memcpy(registers, from, sizeof registers);
	(void)VALGRIND_MAKE_MEM_DEFINED(registers, sizeof registers);
	bool followed = is_in_program(registers[PLACE]) && registers[BASE] % sizeof(uintptr_t) == 0 &&
	                registers[BASE] > (uintptr_t)own && registers[BASE] - (uintptr_t)own < LARGEST_FRAME &&
	                (!__tsan_func_entry || rt_explores());
	struct chain chain = {KEPT_HERE->key, 0};
	if (followed)
		chain = follow((const uintptr_t *)registers[BASE]);
	for (int i = 0; i < REGISTERS; i++)
		chain.seal = mix(chain.seal, registers[i]);
	return chain;
}

/* It may have interrupted this file: then nothing is noted, and the comparison has to do. */
void vault_handle(void (*handler)(int, siginfo_t *, void *), int signal, siginfo_t *info, void *context)
{
	const void *own = __builtin_frame_address(0);
	if (!vault.is_open) {
		handler(signal, info, context);
		return;
	}
	struct chain before = interrupted(context, own);
	bool noted = false;
	if (!atomic_flag_test_and_set(&vault.busy)) {
		noted = add((uintptr_t)own, before, 0);
		unlock();
	}
	handler(signal, info, context);
	bool same = interrupted(context, own).seal == before.seal;
	if (noted) {
		lock();
		int index = find((uintptr_t)own);
		same = same && index >= 0 && KEPT_HERE->open[index].seal == before.seal;
		if (index >= 0)
			take_away(index);
		unlock();
	}
	if (!same)
		tampered((uintptr_t)handler,
		         "a signal handler changed the registers or the stack of what it interrupted, or returns elsewhere");
}

/* ---- a test's body ------------------------------------------------------------------------------ */

static const uintptr_t *frame_above(const void *frame)
{
	return (const uintptr_t *)*(const uintptr_t *)frame;
}

void vault_body_begins(const void *frame)
{
	struct chain chain = follow(frame_above(frame));
	KEPT_HERE->body = chain.seal;
	KEPT_HERE->body_end = ~chain.end;
}

void vault_body_ends(const void *frame)
{
	struct chain chain = follow(frame_above(frame));
	lock();
	bool open = is_open(chain.end, 0) || is_open(0, 0);
	unlock();
	if (open || chain.seal != KEPT_HERE->body)
		tampered(0, "the test's body was left without returning from all of its calls");
}
