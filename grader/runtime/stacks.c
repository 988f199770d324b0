/* stacks.c - frames that are gone: a pointer to a local variable outlives the function, or a thread's stack the thread.
 *
 * One thread runs at a time, so all others of the process stand still in the runtime, and each noted how deep the
 * program's frames go at the call that brought it there. What lies below was some function's that has returned. Of a
 * thread that has ended nothing is left, neither its frames nor its thread-local variables, which lie above them.
 *
 * Known are the stacks that the runtime makes itself (rt_make_on_fresh_stack) and the main thread's. A program's own
 * stacks are its own memory: they may be used again. If it goes from stack to stack by itself (contexts.c), nobody
 * knows how deep the others are, and nothing is said. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

void rt_stack_of(int thread, const void *low, size_t bytes)
{
	uintptr_t begin = (uintptr_t)low, end = begin + bytes;
	rt_local.stack[thread] = (struct rt_stack){.low = begin, .high = end, .first = end};
	if (!low)
		return;
	if (!rt_local.stacks_low || begin < rt_local.stacks_low)
		rt_local.stacks_low = begin;
	if (end > rt_local.stacks_high)
		rt_local.stacks_high = end;
}

void rt_stack_begins(int thread, const void *frame)
{
	rt_local.stack[thread].first = (uintptr_t)frame;
	rt_local.stack[thread].depth = 0;
}

/* fork copies the stack of the thread that called it, and the copy goes on at the same address. */
void rt_stack_inherited(int thread, int from)
{
	rt_local.stack[thread] = rt_local.stack[from];
	memcpy(rt_local.frame[thread], rt_local.frame[from], sizeof rt_local.frame[thread]);
}

static bool is_within(uintptr_t address, uintptr_t low, uintptr_t high)
{
	return address - low < high - low;
}

static struct rt_evidence *note(const void *memory, int owner, uintptr_t pc)
{
	bool ended = WORLD->thread[owner].state == RT_DONE;
	bool local = ended && (uintptr_t)memory >= rt_local.stack[owner].first;
	char me[64], other[64], place[80] = "on its own stack";
	uintptr_t key = rt_key_of(memory);
	if (owner != rt_me)
		snprintf(place, sizeof place, "%s %s", local ? "thread-local in" : "on the stack of",
		         rt_thread_name(owner, other, sizeof other));
	struct rt_evidence *evidence = rt_note("dead_stack", pc, "%s uses {obj:%lx} at {pc:%lx}, which was %s: %s",
	                                       rt_thread_name(rt_me, me, sizeof me), (unsigned long)key, (unsigned long)pc,
	                                       place, ended ? "that thread has ended" : "its function has returned");
	if (evidence)
		evidence->object = key;
	if (local)
		search_place(key);
	return evidence;
}

static void __attribute__((noreturn)) report(const void *memory, bool write, int owner, uintptr_t pc)
{
	struct rt_evidence *evidence = note(memory, owner, pc);
	if (evidence && !order_blame(evidence, memory, write, owner, pc))
		order_stack(evidence->frame + !rt_local.stack[rt_me].depth, RT_FRAMES - 1); /* a call is a frame already */
	/* What is there now may be anything, an address too: what it leads to says nothing, and is not the same twice. */
	if (atomic_load(&WORLD->current) == rt_me)
		rt_enter();
	rt_end_test(RT_LEFT);
}

/* The thread of this process, other than the current one, to whose dead frames the address belongs, or -1. */
static int find_owner(uintptr_t address)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		const struct rt_stack *stack = &rt_local.stack[i];
		if (i == rt_me || thread->process != rt_local.process || !is_within(address, stack->low, stack->high))
			continue;
		bool below = is_within(stack->depth, stack->low, stack->high) && address < stack->depth;
		return thread->state == RT_DONE || below ? i : -1;
	}
	return -1;
}

void rt_check_stacks(const void *memory, bool write, uintptr_t pc, const void *frame)
{
	uintptr_t address = (uintptr_t)memory, end = (uintptr_t)frame;
	const struct rt_stack *mine = &rt_local.stack[rt_me];
	int owner = -1;
	if (rt_local.changes_stacks)
		return;
	if (is_within(address, mine->low, mine->high))
		owner = address < end && is_within(end, mine->low, mine->high) ? rt_me : -1;
	else if (is_within(address, rt_local.stacks_low, rt_local.stacks_high))
		owner = find_owner(address);
	if (owner >= 0)
		report(memory, write, owner, pc);
}
