/* sharing.c - mutexes, condition variables, ... in memory that several processes use.
 *
 * Two things go wrong there that the table of locks alone does not show. An object that was made for the threads of one
 * process (the default) seems to work, until a process has to sleep: the wake-up of another one does not reach it. And
 * a process that ends while it waits on a condition variable leaves it in a state of which POSIX says nothing: glibc
 * counts the dead one among those who wait, so it may get the signal that was meant for another, and a broadcast or
 * pthread_cond_destroy may wait for it for ever. */
#include "internal.h"

#include <semaphore.h>
#include <stdio.h>

enum { USED, MADE }; /* rt_object.round of an OBJECT_PRIVATE: what `taker` did first, at `site` */

/* What the operation is done to, and how it is made for several processes. */
struct sort {
	const char *name, *made;
};

static const struct sort *sort_of(enum rt_op op)
{
	static const struct sort mutex = {"mutex", "pthread_mutexattr_setpshared"},
	                         rwlock = {"read-write lock", "pthread_rwlockattr_setpshared"},
	                         condition = {"condition variable", "pthread_condattr_setpshared"},
	                         semaphore = {"semaphore", "sem_init"},
	                         barrier = {"barrier", "pthread_barrierattr_setpshared"};
	switch (op) {
	case OP_LOCK:
	case OP_TRYLOCK:
	case OP_UNLOCK:
		return &mutex;
	case OP_READ_LOCK:
	case OP_WRITE_LOCK:
	case OP_RW_UNLOCK:
		return &rwlock;
	case OP_COND_WAIT:
	case OP_SIGNAL:
	case OP_BROADCAST:
		return &condition;
	case OP_SEM_WAIT:
	case OP_SEM_POST:
		return &semaphore;
	case OP_BARRIER:
		return &barrier;
	default:
		return NULL; /* spinlocks: glibc's are the same for both */
	}
}

/* Neither is readable otherwise. glibc: struct new_sem and struct pthread_barrier (nptl/internaltypes.h). */
static bool made_for_processes(enum rt_op op, const void *object)
{
	struct {
		unsigned long value;
		int shared;
	} const *semaphore = object;
	struct {
		unsigned in, round, count;
		int shared;
	} const *barrier = object;
	switch (op) {
	case OP_LOCK:
	case OP_TRYLOCK:
	case OP_UNLOCK:
		return ((const pthread_mutex_t *)object)->__data.__kind & 128;
	case OP_COND_WAIT:
	case OP_SIGNAL:
	case OP_BROADCAST:
		return ((const pthread_cond_t *)object)->__data.__wrefs & 1;
	case OP_SEM_WAIT:
	case OP_SEM_POST:
		return semaphore->shared;
	case OP_BARRIER:
		return barrier->shared;
	default:
		return ((const pthread_rwlock_t *)object)->__data.__shared;
	}
}

static struct rt_object *find(uintptr_t address, enum rt_object_kind kind)
{
	for (int i = 0; i < WORLD->object_count; i++)
		if (WORLD->object[i].address == address && WORLD->object[i].kind == kind)
			return &WORLD->object[i];
	return NULL;
}

static void check_private(enum rt_op op, const struct sort *sort, const void *object, uintptr_t site)
{
	struct rt_object *first = find((uintptr_t)object, OBJECT_PRIVATE);
	char me[64], other[64];
	if (!first) {
		first = rt_object(object, OBJECT_PRIVATE);
		first->taker = rt_me;
		first->site = site;
	}
	if (WORLD->thread[first->taker].process == rt_local.process)
		return;
	struct rt_evidence *evidence =
	    rt_note("not_process_shared", site,
	            first->round == MADE
	                ? "%s uses a %s that %s created ({pc:%lx}) for the threads of its own process only"
	                : "%s uses a %s that %s also uses ({pc:%lx}), but it was created for the threads of one process",
	            rt_thread_name(rt_me, me, sizeof me), sort->name, rt_thread_name(first->taker, other, sizeof other),
	            (unsigned long)first->site);
	if (evidence && op != OP_SEM_WAIT && op != OP_SEM_POST)
		snprintf(evidence->expected, sizeof evidence->expected,
		         "a %s that several processes use is created with PTHREAD_PROCESS_SHARED (%s)", sort->name, sort->made);
	else if (evidence)
		snprintf(evidence->expected, sizeof evidence->expected,
		         "the second argument of sem_init is not 0 where several processes use the semaphore");
}

static void check_abandoned(const void *condition, uintptr_t site)
{
	const struct rt_object *left = find((uintptr_t)condition, OBJECT_ABANDONED);
	char me[64], dead[64];
	if (!left)
		return;
	struct rt_evidence *evidence = rt_note("condition_abandoned", site,
	                                       "%s uses a condition variable on which %s was waiting ({pc:%lx}) when its "
	                                       "process was killed: the dead waiter may consume the next signal",
	                                       rt_thread_name(rt_me, me, sizeof me),
	                                       rt_thread_name(left->taker, dead, sizeof dead), (unsigned long)left->site);
	if (evidence)
		snprintf(evidence->expected, sizeof evidence->expected,
		         "no process is killed while it waits on a condition variable that others keep using: POSIX promises "
		         "nothing in that case; a semaphore or a pipe loses nothing");
}

void rt_check_shared(enum rt_op op, const void *object, uintptr_t site)
{
	const struct sort *sort = sort_of(op);
	uintptr_t address = (uintptr_t)object;
	if (!(sort || op == OP_DESTROY) || address >> 63 || rt_key(address) >= 0) /* a named semaphore is for all */
		return;
	if ((op >= OP_COND_WAIT && op <= OP_BROADCAST) || op == OP_DESTROY)
		check_abandoned(object, site);
	if (sort && !made_for_processes(op, object))
		check_private(op, sort, object, site);
}

void rt_made(const void *object, bool for_processes, uintptr_t site)
{
	if (rt_key((uintptr_t)object) >= 0)
		return;
	struct rt_object *abandoned = find((uintptr_t)object, OBJECT_ABANDONED);
	struct rt_object *private = find((uintptr_t)object, OBJECT_PRIVATE);
	if (abandoned)
		abandoned->kind = OBJECT_NONE;
	if (for_processes) {
		if (private)
		private->kind = OBJECT_NONE;
		return;
	}
	private = rt_object(object, OBJECT_PRIVATE);
	private->taker = rt_me;
	private->site = site;
	private->round = MADE;
}

/* Those that were woken, but have not gone on yet, are counted by glibc as well. */
void rt_abandon_conditions(int process)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->process != process || thread->state == RT_DONE || thread->wait != WAIT_COND ||
		    thread->object_process != -1)
			continue;
		struct rt_object *left = rt_object((const void *)thread->object, OBJECT_ABANDONED);
		left->taker = i;
		left->site = thread->site;
	}
}
