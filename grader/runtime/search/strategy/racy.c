/* racy.c - towards a race that was seen: whoever is about to use the memory of one race is held back until another one
 * comes whose access conflicts; then a coin decides who goes first. What a race leads to shows so after few schedules,
 * however many threads there are.
 * Sen, "Race directed random testing of concurrent programs", PLDI 2008. */
#include "../search.h"

static bool plan(struct search *search, uint64_t number)
{
	(void)number;
	uint64_t random = search_random(search);
	search->plan.target = 0; /* no race was seen yet: random priorities */
	if (search->racy_object_count)
		search->plan.target = search->racy_object[random % search->racy_object_count];
	search->plan.both_write = search_random(search) % 4 == 0;
	return true;
}

/* Does the thread come to the memory of the race? */
static bool is_there(const struct search *search, int thread)
{
	return search->plan.target && search->pending[thread].object == search->plan.target;
}

/* One who is held back, and whose access is the other one of the race; or -1. */
static int find_partner(const struct search *search, const struct moment *moment)
{
	bool writes = search->pending[moment->current].write;
	for (size_t i = 0; i < moment->count; i++) {
		int other = moment->option[i];
		bool fits =
		    search->plan.both_write ? writes && search->pending[other].write : writes != search->pending[other].write;
		if (other != moment->current && is_there(search, other) && fits)
			return other;
	}
	return -1;
}

static size_t choose(struct search *search, const struct moment *moment)
{
	int me = moment->current;
	if (moment->kind != DECIDE_NEXT)
		return search_random(search) % moment->count;
	int partner = moment->can_go_on && is_there(search, me) ? find_partner(search, moment) : -1;
	if (moment->yields || (moment->can_go_on && is_there(search, me)))
		search->priority[me] = --search->low;
	if (partner >= 0)
		search->priority[search_random(search) % 2 ? me : partner] = UINT64_MAX;
	size_t best = 0;
	for (size_t i = 1; i < moment->count; i++)
		if (search->priority[moment->option[i]] > search->priority[moment->option[best]])
			best = i;
	if (search->priority[moment->option[best]] == UINT64_MAX)
		search->priority[moment->option[best]] = (1ull << 40) + (search_random(search) >> 25);
	return best;
}

const struct strategy strategy_racy = {"racy", false, plan, choose, NULL};
