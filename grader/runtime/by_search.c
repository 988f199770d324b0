/* by_search.c - the order of a run by a search, which learns of all that happens. */
#include "internal.h"

/* The search may end here, and tells where each thread is. */
static bool arrives(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	ME->site = site;
	search_arrive(op, rt_key_of(object), write);
	return true;
}

static int next(bool can_go_on, bool yields)
{
	int thread = search_next(can_go_on, yields);
	return thread < 0 ? RT_NOBODY : thread;
}

/* The default, which comes first, is the one that waits longest. */
static int woken(int waiter[], unsigned count)
{
	unsigned longest = 0;
	for (unsigned i = 1; i < count; i++)
		if (WORLD->thread[waiter[i]].queued < WORLD->thread[waiter[longest]].queued)
			longest = i;
	int first = waiter[longest];
	waiter[longest] = waiter[0];
	waiter[0] = first;
	return count > 1 ? search_choose(DECIDE_WAITER, waiter, count) : first;
}

static unsigned choose(unsigned count, uintptr_t site)
{
	int option[RT_CHOICES];
	for (unsigned i = 0; i < count; i++)
		option[i] = (int)i;
	rt_event(OP_CHOOSE, NULL, false, site);
	int chosen = search_choose(DECIDE_CHOICE, option, count);
	search_learn(rt_me, (uint64_t)chosen + 1);
	return (unsigned)chosen;
}

static void note(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	if (op == OP_DESTROY || rt_traits[rt_op_kind(op)]->in_memory) { /* the first bytes stand for the whole object */
		rt_check_stacks(object, true, site, (const void *)rt_local.stack[rt_me].depth);
		order_object(object, 4, false, op == OP_DESTROY, site);
	}
	search_event(op, rt_key_of(object), write, site);
}

/* Does it tell others nothing, or tells the caller by itself whether it does? */
static bool is_silent(enum rt_op op)
{
	switch (op) {
	case OP_YIELD:
	case OP_SLEEP:
	case OP_CLOCK:
	case OP_ATOMIC_LOAD:
	case OP_ATOMIC_STORE:
	case OP_ATOMIC_CHANGE:
	case OP_FENCE:
		return true;
	default:
		return false;
	}
}

static void event(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	note(op, object, write, site);
	if (!is_silent(op))
		rt_got_on(site);
}

static void in_vain(enum rt_op op, const void *object, uintptr_t site)
{
	note(op, object, true, site);
	rt_asked(site, object, 0);
}

static void waits(void)
{
	rt_record_wait();
	search_settle();
}

static void leaves(void)
{
	SEARCH->at_racy_place = false;
	search_settle();
}

static void hangs(void)
{
	search_end();
	search_settle();
	if (SEARCH->out_of_steps && SEARCH->news < SEARCH_NEWS)
		rt_describe_endless();
}

const struct rt_director rt_by_search = {
    .most_calls = UINT64_MAX,
    .arrives = arrives,
    .next = next,
    .woken = woken,
    .ends_wait = search_ends_wait,
    .choose = choose,
    .event = event,
    .in_vain = in_vain,
    .made = search_thread,
    .knows = search_learn,
    .waits = waits,
    .leaves = leaves,
    .errs = search_end,
    .hangs = hangs,
};
