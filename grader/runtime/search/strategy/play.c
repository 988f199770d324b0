/* play.c - a person decides: the options taken so far, and then the run ends where there is a choice. */
#include "../../internal.h"

static bool plan(struct search *search, uint64_t number)
{
	(void)search;
	return number == 0;
}

/* Can another thread tell in which order the two go? One that has not begun, or was just woken, may do anything. */
static bool meets(const struct search *search, int current, int other)
{
	uintptr_t object = search->pending[current].object, same = search->pending[other].object;
	if (!object)
		return false;
	bool unknown = !search->points[other] || WORLD->thread[other].wait != KIND_NONE;
	return unknown || (object == same && (search->pending[current].write || search->pending[other].write));
}

static bool matters(const struct search *search, const struct moment *moment)
{
	if (moment->kind == DECIDE_SPURIOUS)
		return false;
	if (moment->kind != DECIDE_NEXT || !moment->can_go_on)
		return true;
	for (size_t i = 0; i < moment->count; i++)
		if (moment->option[i] != moment->current && meets(search, moment->current, moment->option[i]))
			return true;
	return false;
}

static size_t choose(struct search *search, const struct moment *moment)
{
	if (search->decision_count < search->plan.prefix_length)
		return search->plan.prefix[search->decision_count];
	search->pruned = !search->plan.goes_on || matters(search, moment);
	return 0;
}

const struct strategy strategy_play = {"play", true, plan, choose, NULL};
