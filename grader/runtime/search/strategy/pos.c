/* pos.c - partial order sampling: each operation about to happen has a random priority, the highest goes first, and
 * those that it conflicts with draw anew.
 * Yuan, Yang, Gu, "Partial order aware concurrency sampling", CAV 2018. */
#include "../search.h"

static bool plan(struct search *search, uint64_t number)
{
	(void)search;
	(void)number;
	return true;
}

static bool conflict(const struct search *search, int a, int b)
{
	return search->pending[a].object && search->pending[a].object == search->pending[b].object &&
	       (search->pending[a].write || search->pending[b].write);
}

static size_t choose(struct search *search, const struct moment *moment)
{
	if (moment->kind != DECIDE_NEXT)
		return search_random(search) % moment->count;
	search->priority[moment->current] = moment->yields ? 0 : 1 + (search_random(search) >> 24);
	size_t best = 0;
	for (size_t i = 1; i < moment->count; i++)
		if (search->priority[moment->option[i]] > search->priority[moment->option[best]])
			best = i;
	int winner = moment->option[best];
	for (size_t i = 0; i < moment->count; i++)
		if (i != best && conflict(search, moment->option[i], winner))
			search->priority[moment->option[i]] = 1 + (search_random(search) >> 24);
	search->priority[winner] = 1 + (search_random(search) >> 24);
	return best;
}

const struct strategy strategy_pos = {"pos", false, plan, choose, NULL};
