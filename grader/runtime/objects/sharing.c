/* sharing.c - mutexes, condition variables, ... in memory that several processes use.
 *
 * Two things go wrong there that the table of locks alone does not show. An object that was made for the threads of one
 * process (the default) seems to work, until a process has to sleep: the wake-up of another one does not reach it. And
 * a process that ends while it waits on a condition variable leaves it in a state of which POSIX says nothing: glibc
 * counts the dead one among those who wait, so it may get the signal that was meant for another, and a broadcast or
 * pthread_cond_destroy may wait for it for ever. */
#include "objects.h"

#include <stdio.h>

static struct rt_object *find(uintptr_t address, enum rt_kind kind)
{
	for (int i = 0; i < WORLD->object_count; i++)
		if (WORLD->object[i].address == address && WORLD->object[i].kind == kind)
			return &WORLD->object[i];
	return NULL;
}

static void check_private(const struct rt_traits *traits, const void *object, uintptr_t site)
{
	char me[64], other[64];
	struct rt_object *entry = find((uintptr_t)object, KIND_PRIVATE);
	if (!entry) {
		entry = rt_object(object, KIND_PRIVATE);
		entry->private = (struct rt_private){.thread = rt_me, .site = site};
	}
	const struct rt_private *first = &entry->private;
	if (WORLD->thread[first->thread].process == rt_local.process)
		return;
	struct rt_evidence *evidence = rt_note(
	    "not_process_shared", site,
	    first->made ? "%s uses %s that %s created ({pc:%lx}) for the threads of its own process only"
	                : "%s uses %s that %s also uses ({pc:%lx}), but it was created for the threads of one process",
	    rt_thread_name(rt_me, me, sizeof me), traits->any, rt_thread_name(first->thread, other, sizeof other),
	    (unsigned long)first->site);
	if (evidence)
		snprintf(evidence->expected, sizeof evidence->expected, "%s", traits->when_shared);
}

static void check_abandoned(const void *condition, uintptr_t site)
{
	const struct rt_object *left = find((uintptr_t)condition, KIND_ABANDONED);
	char me[64], dead[64];
	if (!left)
		return;
	struct rt_evidence *evidence =
	    rt_note("condition_abandoned", site,
	            "%s uses a condition variable on which %s was waiting ({pc:%lx}) when its "
	            "process was killed: the dead waiter may consume the next signal",
	            rt_thread_name(rt_me, me, sizeof me), rt_thread_name(left->abandoned.waiter, dead, sizeof dead),
	            (unsigned long)left->abandoned.site);
	if (evidence)
		snprintf(evidence->expected, sizeof evidence->expected,
		         "no process is killed while it waits on a condition variable that others keep using: POSIX promises "
		         "nothing in that case; a semaphore or a pipe loses nothing");
}

void rt_check_shared(enum rt_op op, const void *object, uintptr_t site)
{
	enum rt_kind kind = rt_op_kind(op);
	const struct rt_traits *traits = rt_traits[kind];
	uintptr_t address = (uintptr_t)object;
	if (!traits->when_shared && op != OP_DESTROY)
		return;
	if (address >> 63 || rt_key(address) >= 0) /* a named semaphore is for all */
		return;
	if (kind == KIND_CONDITION || op == OP_DESTROY)
		check_abandoned(object, site);
	if (traits->when_shared && !traits->for_processes(object))
		check_private(traits, object, site);
}

void rt_made(const void *object, bool for_processes, uintptr_t site)
{
	if (rt_key((uintptr_t)object) >= 0)
		return;
	struct rt_object *abandoned = find((uintptr_t)object, KIND_ABANDONED);
	struct rt_object *private = find((uintptr_t)object, KIND_PRIVATE);
	if (abandoned)
		abandoned->kind = KIND_NONE;
	if (for_processes) {
		if (private)
		private->kind = KIND_NONE;
		return;
	}
	rt_object(object, KIND_PRIVATE)->private = (struct rt_private){.made = true, .thread = rt_me, .site = site};
}

/* Those that were woken, but have not gone on yet, are counted by glibc as well. */
void rt_abandon_conditions(int process)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->process != process || thread->state == RT_DONE || thread->wait != KIND_CONDITION ||
		    thread->object_process != -1)
			continue;
		struct rt_object *left = rt_object((const void *)thread->object, KIND_ABANDONED);
		left->abandoned = (struct rt_abandoned){.waiter = i, .site = thread->site};
	}
}
