/* contexts.c - a program goes from stack to stack by itself (makecontext(3)): threads that the kernel knows nothing of.
 *
 * What the runtime and the tools know of the calls of a thread they know by its stack, so it has to change with that.
 * Each context begins in a function of this file, on a clean slate. Whoever leaves one by swapcontext keeps what was
 * known in his frame, and has it back when he goes on; that is known before the program's own code runs again. A
 * context that comes from getcontext alone goes on in its caller, which is nobody's frame here: there only the stack is
 * known, and only to the tools.
 *
 * The runtime keeps a table of them: for the tools, for the record of a run, in which each has a lane of its own, and
 * for debug.py, which shows the calls on a stack that nobody runs on. */
#include "../finding/interleaving.h"
#include "internal.h"

#include "search/order.h"
#include "vault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <valgrind/valgrind.h>

/* libtsan's (gcc 10 and later): what it knows of a thread it knows of a fiber, too. No-ops without libtsan. */
void *__tsan_get_current_fiber(void) __attribute__((weak));
void *__tsan_create_fiber(unsigned flags) __attribute__((weak));
void __tsan_destroy_fiber(void *fiber) __attribute__((weak));
void __tsan_switch_to_fiber(void *fiber, unsigned flags) __attribute__((weak));

/* What is known of the calls on one stack. */
struct strand {
	uintptr_t low, high;        /* as rt_spin has them */
	void *fiber;                /* of ThreadSanitizer */
	unsigned frames;            /* that it was told */
	struct rt_own_stack *stack; /* NULL: the thread's own, or one that is not in the table */
	struct order_calls calls;
	struct rt_frame frame[RT_FRAMES_KNOWN];
};

/* Of the thread's own stack. */
static _Thread_local struct {
	uintptr_t high;
	void *fiber;
	unsigned frames;
} home;

/* Where the thread is: as in a strand. */
static _Thread_local struct rt_own_stack *here;

static bool has_fibers(void)
{
	return __tsan_switch_to_fiber != NULL;
}

static bool is_explored(void)
{
	return exploring() && active();
}

/* ---- the tools ---------------------------------------------------------------------------------- */

static void forget(struct rt_own_stack *stack)
{
	if (rt_controls_memory())
		VALGRIND_STACK_DEREGISTER(stack->id);
	if (stack->fiber && stack->fiber != __tsan_get_current_fiber())
		__tsan_destroy_fiber(stack->fiber);
	*stack = (struct rt_own_stack){0};
}

/* The same memory may be a stack again, whole or in parts. NULL: there are too many. */
static struct rt_own_stack *new_entry(uintptr_t low, uintptr_t high)
{
	struct rt_own_stack *spare = NULL;
	for (unsigned i = 0; i < rt_local.own_stacks; i++) {
		struct rt_own_stack *stack = &rt_local.own_stack[i];
		if (stack->is_used && ~stack->low < high && low < ~stack->high)
			forget(stack);
		if (!stack->is_used && !spare)
			spare = stack;
	}
	if (!spare && rt_local.own_stacks < RT_OWN_STACKS)
		spare = &rt_local.own_stack[rt_local.own_stacks++];
	return spare;
}

/* A memory checker takes a short jump of the stack pointer for frames that come and go, and what lies between for
 * memory that is not there; unless it knows that there are two stacks. */
static void add_stack(const ucontext_t *context, uintptr_t low, uintptr_t high, uintptr_t site)
{
	struct rt_own_stack *stack = new_entry(low, high);
	unsigned number = rt_local.tasks++;
	if (!stack)
		return;
	*stack = (struct rt_own_stack){.low = ~low,
	                               .high = ~high,
	                               .is_used = true,
	                               .state = TASK_NEW,
	                               .number = number,
	                               .made_at = site,
	                               .context = ~(uintptr_t)context};
	if (rt_controls_memory())
		stack->id = VALGRIND_STACK_REGISTER(low, high);
	if (has_fibers())
		stack->fiber = __tsan_create_fiber(0);
}

/* The stack that has the address, or NULL. */
static struct rt_own_stack *stack_at(uintptr_t address)
{
	for (unsigned i = 0; i < rt_local.own_stacks; i++) {
		struct rt_own_stack *stack = &rt_local.own_stack[i];
		if (stack->is_used && address - ~stack->low < stack->low - stack->high)
			return stack;
	}
	return NULL;
}

void rt_stacks_gone(uintptr_t low, uintptr_t high)
{
	for (unsigned i = 0; i < rt_local.own_stacks; i++) {
		struct rt_own_stack *stack = &rt_local.own_stack[i];
		if (stack != here && low <= ~stack->low && ~stack->low < high)
			stack->state = TASK_OVER;
	}
}

/* ---- the record ------------------------------------------------------------------------------------- */

int rt_task(void)
{
	return here ? (int)here->number : -1;
}

/* "task 2 begins", "the main thread goes on". */
static void say_who_goes_on(char *text, size_t size, const struct rt_own_stack *stack)
{
	char name[64];
	if (stack)
		snprintf(text, size, "task %u %s", stack->number, stack->state == TASK_NEW ? "begins" : "goes on");
	else
		snprintf(text, size, "%s goes on", rt_thread_name(rt_me, name, sizeof name));
}

static struct rt_own_stack *target_of(const ucontext_t *to)
{
	return to ? stack_at(rt_stack_pointer(to)) : NULL;
}

static void record(enum rt_op op, int kind, uintptr_t site, const ucontext_t *to)
{
	char text[80] = "";
	if (!is_explored() || !SEARCH->recording)
		return;
	if (op != OP_START && to)
		say_who_goes_on(text, sizeof text, target_of(to));
	search_stack(op, kind, site, text);
}

/* ---- from stack to stack ------------------------------------------------------------------------ */

/* The current stack is left, and its registers are in `context`; NULL: nobody comes back. */
static void leave_stack(enum rt_task_state state, const ucontext_t *context)
{
	if (!here)
		return;
	here->state = state;
	here->context = context ? ~(uintptr_t)context : 0;
}

static void come_to(struct rt_own_stack *stack)
{
	here = stack;
	if (stack)
		stack->state = TASK_RUNS;
}

static void leave(struct strand *strand)
{
	rt_local.changes_stacks = true;
	strand->low = rt_spin.stack_low;
	strand->high = rt_spin.stack_end;
	strand->fiber = has_fibers() ? __tsan_get_current_fiber() : NULL;
	strand->frames = rt_tsan_frames();
	strand->stack = here;
	if (is_explored()) {
		strand->calls = order_calls();
		memcpy(strand->frame, rt_local.frame[rt_me], sizeof strand->frame);
	}
	if (strand->low)
		return;
	home.high = strand->high;
	home.fiber = strand->fiber;
	home.frames = strand->frames;
}

static void change_to(uintptr_t low, uintptr_t high, void *fiber, unsigned frames)
{
	rt_spin.stack_low = low;
	rt_spin.stack_end = high;
	rt_tsan_set_frames(frames);
	if (fiber && fiber != __tsan_get_current_fiber())
		__tsan_switch_to_fiber(fiber, 0);
}

static void recall(const struct strand *strand)
{
	if (!is_explored())
		return;
	order_go_on(strand->calls);
	memcpy(rt_local.frame[rt_me], strand->frame, sizeof strand->frame);
}

static void go_on(const struct strand *strand)
{
	change_to(strand->low, strand->high, strand->fiber, strand->frames);
	come_to(strand->stack);
	recall(strand);
}

/* About to go there: what can be told of it from here. NULL: nowhere, the thread ends. */
static void set_out(const ucontext_t *to)
{
	struct rt_own_stack *stack = target_of(to);
	if (stack)
		change_to(~stack->low, ~stack->high, stack->fiber, 0);
	else
		change_to(0, home.high, home.fiber, home.frames);
	come_to(stack);
}

typedef void body(long, long, long, long, long, long, long, long, long, long, long, long);

/* Where each context begins. Its end is that of the context: the C library goes on to `link`. */
static void begin(uintptr_t low, uintptr_t high, const ucontext_t *link, body *function, long a, long b, long c, long d,
                  long e, long f, long g, long h, long i, long j, long k, long l)
{
	struct rt_own_stack *stack = stack_at(low);
	struct strand before, own = {.low = low, .high = high, .fiber = stack ? stack->fiber : NULL, .stack = stack};
	leave(&before);
	go_on(&own);
	record(OP_START, STEP_START, stack ? stack->made_at : 0, NULL);
	function(a, b, c, d, e, f, g, h, i, j, k, l);
	record(OP_END, STEP_END, 0, link);
	leave_stack(TASK_OVER, NULL);
	recall(&before); /* the rest of it may be gone */
	set_out(link);
}

/* The arguments are ints (makecontext(3)); people pass halves of pointers, or pointers where those are as wide. */
void rt_makecontext(ucontext_t *context, void (*function)(void), int count, ...)
{
	enum { MOST = 12 };
	long argument[MOST] = {0};
	uintptr_t low = (uintptr_t)context->uc_stack.ss_sp, high = low + context->uc_stack.ss_size;
	va_list args;
	va_start(args, count);
	for (int i = 0; i < count && i < MOST; i++)
		argument[i] = va_arg(args, long);
	va_end(args);
	add_stack(context, low, high, SITE);
	vault_stack_begins(low, high);
	makecontext(context, (void (*)(void))begin, 4 + MOST, low, high, context->uc_link, function, argument[0],
	            argument[1], argument[2], argument[3], argument[4], argument[5], argument[6], argument[7], argument[8],
	            argument[9], argument[10], argument[11]);
}

int rt_swapcontext(ucontext_t *from, const ucontext_t *to)
{
	struct strand strand;
	leave(&strand);
	record(OP_SWITCH, STEP_PLAIN, SITE, to);
	leave_stack(TASK_SUSPENDED, from);
	set_out(to);
	int result = swapcontext(from, to);
	go_on(&strand);
	return result;
}

int rt_setcontext(const ucontext_t *to)
{
	struct strand strand;
	leave(&strand);
	record(OP_SWITCH, STEP_PLAIN, SITE, to);
	leave_stack(TASK_LEFT, NULL);
	set_out(to);
	int result = setcontext(to);
	go_on(&strand);
	return result;
}
