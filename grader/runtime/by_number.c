/* by_number.c - the order of a run by its schedule's number. 0: a thread goes on until it has to wait, and then the one
 * that is ready longest. n > 0: a random generator with the seed n decides at each call. */
#include "internal.h"

enum { CALLS_OF_A_TURN = 64 }; /* of schedule 0: for loops that poll */

static bool arrives(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	(void)object, (void)write, (void)site;
	if (op == OP_YIELD)
		return true;
	return WORLD->schedule == 0 ? WORLD->steps % CALLS_OF_A_TURN == 0 : !(rt_drawn() & 1);
}

static int next(bool can_go_on, bool yields)
{
	int candidate[RT_THREADS], count = 0, first = RT_NOBODY;
	(void)can_go_on, (void)yields;
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_RUNNABLE || atomic_load(&thread->strayed) == 1)
			continue;
		candidate[count++] = i;
		if (first == RT_NOBODY || thread->queued < WORLD->thread[first].queued)
			first = i;
	}
	if (count > 1 && WORLD->schedule > 0)
		return candidate[rt_drawn() % (unsigned)count];
	return first;
}

/* POSIX lets a signal wake any waiter: schedule 0 takes the one that waits longest, the others take any. */
static int woken(int waiter[], unsigned count)
{
	int chosen = waiter[0];
	for (unsigned i = 1; i < count; i++)
		if (WORLD->schedule == 0 ? WORLD->thread[waiter[i]].queued < WORLD->thread[chosen].queued
		                         : rt_drawn() % (i + 1) == 0)
			chosen = waiter[i];
	return chosen;
}

static bool ends_wait(uintptr_t site)
{
	(void)site;
	return false;
}

/* The choice depends on the schedule's number and on how many came before, not on how often anything else was drawn: a
 * test that chooses one thing more keeps its other choices. */
static unsigned choose(unsigned count, uintptr_t site)
{
	(void)site;
	uint64_t state = (uint64_t)WORLD->schedule << 32 | WORLD->choices;
	return (unsigned)(splitmix64(&state) % count);
}

/* It does not depend on what happens. */

static void event(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	(void)op, (void)object, (void)write, (void)site;
}

static void in_vain(enum rt_op op, const void *object, uintptr_t site)
{
	(void)op, (void)object, (void)site;
}

static void made(int thread, int parent)
{
	(void)thread, (void)parent;
}

static void knows(int thread, uint64_t value)
{
	(void)thread, (void)value;
}

static void nothing(void)
{
}

const struct rt_director rt_by_number = {
    .most_calls = 2000000,
    .points_alone = true,
    .points_after = true,
    .arrives = arrives,
    .next = next,
    .woken = woken,
    .ends_wait = ends_wait,
    .choose = choose,
    .event = event,
    .in_vain = in_vain,
    .made = made,
    .knows = knows,
    .waits = nothing,
    .leaves = nothing,
    .errs = nothing,
    .hangs = nothing,
};
