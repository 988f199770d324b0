/* spin.c - loops without calls: every so many of their steps others get their turn.
 *
 * The compiler puts a call into each basic block of judged code (-fsanitize-coverage=trace-pc). A thread that runs
 * through RT_SPIN_BLOCKS of them without a call of the runtime comes to a scheduling point. So the order is the
 * schedule's also for code that loops until another thread changes a variable, and no clock is needed to tell that it
 * loops for ever.
 *
 * Does it wait or work? A loop that waits comes to the same block again with the same registers and the same stack: it
 * goes round and round until somebody else does something, and then leaves at once. Work changes something each time,
 * and ends when it is done, not when another one has run. */
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

enum {
	SOON = 1000,                /* as RT_SPIN_BLOCKS, for a thread that is known to wait like this */
	ROUND = 256,                /* blocks in which a loop that waits should come round */
	WINDOW = 2048,              /* bytes of the stack that are compared */
	DEEPEST = 64 << 20,         /* no stack is larger; see state_of */
	BLOCKS_OF_WAIT = 20000000,  /* so many without a call of anybody: a loop that seems to wait is endless */
	BLOCKS_OF_WORK = 200000000, /* and one that seems to work */
	CALLS_OF_ENDLESS = 200000,  /* for how many calls these count; see rt_director.most_calls */
	REGISTERS = 10              /* that a function must keep for its caller, at most */
};

_Thread_local struct rt_spin rt_spin;

/* gcc calls it; no header declares it. */
void __sanitizer_cov_trace_pc(void);

/* ---- does it wait or work? ------------------------------------------------------------------ */

/* Where a memory checker watches nobody looks at the stack: not all of it was written. */
static bool may_look(void)
{
	return !rt_controls_memory();
}

static bool seems_to_wait(void)
{
	return rt_spin.comes_round || !may_look();
}

static uint64_t most_blocks(void)
{
	return seems_to_wait() ? BLOCKS_OF_WAIT : BLOCKS_OF_WORK;
}

/* What decides how the code goes on, but for memory that others know. 0: cannot tell. */
static uint64_t state_of(const uintptr_t registers[], uintptr_t stack)
{
	uintptr_t end = stack + WINDOW < rt_spin.stack_end ? stack + WINDOW : rt_spin.stack_end;
	if (!may_look() || stack >= end || rt_spin.stack_end - stack > DEEPEST)
		return 0;
	uint64_t state = 0x9e3779b97f4a7c15;
	for (int i = 0; i < REGISTERS; i++)
		state = (state ^ registers[i]) * 0x100000001b3;
	for (const uintptr_t *word = (const uintptr_t *)stack; (uintptr_t)(word + 1) <= end; word++)
		state = (state ^ *word) * 0x100000001b3;
	return state | 1;
}

static bool is_same(uintptr_t pc, uint64_t state)
{
	return pc == rt_spin.pc && state == rt_spin.state && state;
}

/* Without a change of order where schedules are explored: these have their own limit of points. */
static int32_t next_point(void)
{
	return rt_spin.comes_round && !exploring() ? SOON : rt_spin.patience;
}

static void go_on_counting(void)
{
	rt_spin.phase = SPIN_COUNTS;
	rt_spin.left = rt_spin.due = next_point();
}

/* The loop was left right after another thread had run. */
static void note_wait(void)
{
	rt_spin.comes_round = false;
	WORLD->idle_blocks = 0;
	if (exploring())
		return;
	rt_spin.patience = SOON;
	if (WORLD->waited_at)
		return;
	WORLD->waiter = rt_me;
	WORLD->waited_at = rt_spin.pc;
}

void rt_spin_begin(const void *stack_end)
{
	rt_spin = (struct rt_spin){
	    .left = RT_SPIN_BLOCKS, .due = RT_SPIN_BLOCKS, .patience = RT_SPIN_BLOCKS, .stack_end = (uintptr_t)stack_end};
}

void rt_spin_over(void)
{
	if (rt_spin.phase == SPIN_RELEASED)
		note_wait();
	ME->loops = false;
	rt_spin.points = 0;
	rt_spin.comes_round = false;
	go_on_counting();
}

/* ---- the scheduling point ------------------------------------------------------------------- */

static int another_that(bool loops)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (i != rt_me && WORLD->thread[i].state == RT_RUNNABLE && (!loops || WORLD->thread[i].loops))
			return i;
	return RT_NOBODY;
}

static void __attribute__((noreturn)) end_endless_loop(uintptr_t pc)
{
	const char *kind = !exploring() ? "busy_wait" : seems_to_wait() ? "livelock" : "limit"; /* it may just be long */
	struct rt_evidence *evidence = rt_evidence_add(kind);
	char name[64];
	snprintf(evidence->text, sizeof evidence->text, "%s loops without making a call%s%s",
	         rt_thread_name(rt_me, name, sizeof name),
	         WORLD->thread_count > 1 ? " while all others are waiting for it" : "",
	         another_that(true) != RT_NOBODY ? " or loop, too" : "");
	evidence->frame[0] = pc;
	rt_end_test(RT_HUNG);
}

/* Time passes for who sleeps, too, but not while others can run. */
static void let_time_pass(void)
{
	enum { NAPS = 20 };
	int sleeper = rt_earliest_timed();
	uint64_t nap = most_blocks() / NAPS, before = WORLD->idle_blocks - (uint64_t)rt_spin.due;
	if (WORLD->idle_blocks / nap != before / nap && sleeper != RT_NOBODY && another_that(false) == RT_NOBODY)
		rt_fire(sleeper);
}

/* Inside the runtime. Did somebody else run? */
static bool let_others_on(uintptr_t pc, uint64_t state)
{
	ME->loops = true;
	ME->site = pc;
	if (exploring()) {
		search_value((const void *)pc, state);
		search_learn(rt_me, rt_spin.points); /* it may have got on, in memory that no event tells of */
	} else {
		WORLD->steps += (uint64_t)rt_spin.due * CALLS_OF_ENDLESS / most_blocks();
	}
	WORLD->idle_blocks += (uint64_t)rt_spin.due;
	if (WORLD->idle_blocks > most_blocks())
		end_endless_loop(pc);
	let_time_pass();
	return rt_yield(pc);
}

/* A handler of a signal that came while its thread was in the runtime is nobody's turn. */
static bool has_its_turn(void)
{
	return active() && (WORLD->thread_count > 1 || exploring()) &&
	       (atomic_load(&WORLD->current) == rt_me || atomic_load(&ME->strayed) == 1);
}

static void come_to_point(uintptr_t pc, uint64_t state)
{
	rt_spin.points++;
	rt_take_baton();
	bool released = let_others_on(pc, state);
	rt_return();
	go_on_counting();
	if (!released || !rt_spin.comes_round)
		return;
	rt_spin.phase = SPIN_RELEASED;
	rt_spin.seen = 0;
	rt_spin.left = 1;
}

/* ---- counting ------------------------------------------------------------------------------- */

static void begin_to_look(uintptr_t pc, uint64_t state)
{
	rt_spin.phase = SPIN_LOOKS;
	rt_spin.pc = pc;
	rt_spin.state = state;
	rt_spin.seen = 0;
	rt_spin.left = 1;
}

static void look(uintptr_t pc, uint64_t state)
{
	rt_spin.seen++;
	rt_spin.comes_round = is_same(pc, state);
	rt_spin.round = rt_spin.seen;
	if (rt_spin.comes_round || rt_spin.seen == ROUND)
		come_to_point(pc, state);
	else
		rt_spin.left = 1;
}

static void see_whether_it_leaves(uintptr_t pc, uint64_t state)
{
	rt_spin.left = 1;
	if (is_same(pc, state)) {
		go_on_counting();
	} else if (++rt_spin.seen > rt_spin.round) {
		note_wait();
		go_on_counting();
	}
}

/* `registers`: as the judged code had them. */
static __attribute__((noinline)) void count(const uintptr_t registers[], uintptr_t stack, uintptr_t pc)
{
	if (!has_its_turn()) {
		rt_spin.left = rt_spin.due = RT_SPIN_BLOCKS;
		return;
	}
	int error = errno;
	uint64_t state = state_of(registers, stack);
	unsigned points = rt_spin.points;
	if (rt_spin.phase == SPIN_LOOKS)
		look(pc, state);
	else if (rt_spin.phase == SPIN_RELEASED)
		see_whether_it_leaves(pc, state);
	else if (!rt_spin.comes_round && (points & (points + 1)) == 0) /* points 1, 2, 4, 8, ... */
		begin_to_look(pc, state);
	else
		come_to_point(pc, state);
	errno = error;
}

/* Its first act is to save the registers, before it uses one: so nothing else is inlined here. */
static __attribute__((noinline)) void read_registers(const void *const frame[], uintptr_t pc)
{
	uintptr_t registers[REGISTERS] = {0};
#if defined(__x86_64__)
	__asm__ volatile(
	    "mov %%rbx, 0(%0)\n	mov %%r12, 8(%0)\n	mov %%r13, 16(%0)\n	mov %%r14, 24(%0)\n	mov %%r15, 32(%0)"
	    :
	    : "r"(registers)
	    : "memory");
#elif defined(__aarch64__)
	register uintptr_t *to __asm__("x9") = registers;
	__asm__ volatile("stp x19, x20, [%0]\n	stp x21, x22, [%0, 16]\n	stp x23, x24, [%0, 32]\n"
	                 "	stp x25, x26, [%0, 48]\n	stp x27, x28, [%0, 64]"
	                 :
	                 : "r"(to)
	                 : "memory");
#endif
	count(registers, (uintptr_t)(frame + 2), pc); /* above the frame pointer and the return address */
}

/* On a stack that the program made itself there need be nothing below that faults. */
static __attribute__((noinline)) void note_overflow(void)
{
	rt_spin.overflowed = true;
	raise(SIGSEGV);
}

void __sanitizer_cov_trace_pc(void)
{
	if ((uintptr_t)__builtin_frame_address(0) < rt_spin.stack_low)
		note_overflow();
	if (--rt_spin.left <= 0)
		read_registers(__builtin_frame_address(0), (uintptr_t)__builtin_return_address(0));
}
