/* contexts.c - a program goes from stack to stack by itself (makecontext(3)): threads that the kernel knows nothing of.
 *
 * What the runtime and the tools know of the calls of a thread they know by its stack, so it has to change with that.
 * Each context begins in a function of this file, on a clean slate. Whoever leaves one by swapcontext keeps what was
 * known in his frame, and has it back when he goes on; that is known before the program's own code runs again. A
 * context that comes from getcontext alone goes on in its caller, which is nobody's frame here: there only the stack is
 * known, and only to the tools. */
#include "internal.h"

#include "search/order.h"
#include "vault.h"

#include <stdarg.h>
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
	uintptr_t low, high; /* as rt_spin has them */
	void *fiber;         /* of ThreadSanitizer */
	unsigned frames;     /* that it was told */
	struct order_calls calls;
	struct rt_frame frame[RT_FRAMES_KNOWN];
};

/* Of the thread's own stack. */
static _Thread_local struct {
	uintptr_t high;
	void *fiber;
	unsigned frames;
} home;

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
static void tell_tools(uintptr_t low, uintptr_t high)
{
	struct rt_own_stack *stack = rt_controls_memory() || has_fibers() ? new_entry(low, high) : NULL;
	if (!stack)
		return;
	*stack = (struct rt_own_stack){.low = ~low, .high = ~high, .is_used = true};
	if (rt_controls_memory())
		stack->id = VALGRIND_STACK_REGISTER(low, high);
	if (has_fibers())
		stack->fiber = __tsan_create_fiber(0);
}

/* The stack that has the address, where the tools know it; or NULL. */
static const struct rt_own_stack *stack_at(uintptr_t address)
{
	for (unsigned i = 0; i < rt_local.own_stacks; i++) {
		const struct rt_own_stack *stack = &rt_local.own_stack[i];
		if (stack->is_used && address - ~stack->low < stack->low - stack->high)
			return stack;
	}
	return NULL;
}

/* ---- from stack to stack ------------------------------------------------------------------------ */

static void leave(struct strand *strand)
{
	rt_local.changes_stacks = true;
	strand->low = rt_spin.stack_low;
	strand->high = rt_spin.stack_end;
	strand->fiber = has_fibers() ? __tsan_get_current_fiber() : NULL;
	strand->frames = rt_tsan_frames();
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
	recall(strand);
}

/* About to go there: what can be told of it from here. NULL: nowhere, the thread ends. */
static void set_out(const ucontext_t *to)
{
	const struct rt_own_stack *stack = to ? stack_at(rt_stack_pointer(to)) : NULL;
	if (stack)
		change_to(~stack->low, ~stack->high, stack->fiber, 0);
	else
		change_to(0, home.high, home.fiber, home.frames);
}

typedef void body(long, long, long, long, long, long, long, long, long, long, long, long);

/* Where each context begins. Its end is that of the context: the C library goes on to `link`. */
static void begin(uintptr_t low, uintptr_t high, const ucontext_t *link, body *function, long a, long b, long c, long d,
                  long e, long f, long g, long h, long i, long j, long k, long l)
{
	const struct rt_own_stack *stack = stack_at(low);
	struct strand before, own = {.low = low, .high = high, .fiber = stack ? stack->fiber : NULL};
	leave(&before);
	go_on(&own);
	function(a, b, c, d, e, f, g, h, i, j, k, l);
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
	tell_tools(low, high);
	vault_stack_begins(low, high);
	makecontext(context, (void (*)(void))begin, 4 + MOST, low, high, context->uc_link, function, argument[0],
	            argument[1], argument[2], argument[3], argument[4], argument[5], argument[6], argument[7], argument[8],
	            argument[9], argument[10], argument[11]);
}

int rt_swapcontext(ucontext_t *from, const ucontext_t *to)
{
	struct strand strand;
	leave(&strand);
	set_out(to);
	int result = swapcontext(from, to);
	go_on(&strand);
	return result;
}

int rt_setcontext(const ucontext_t *to)
{
	struct strand strand;
	leave(&strand);
	set_out(to);
	int result = setcontext(to);
	go_on(&strand);
	return result;
}
