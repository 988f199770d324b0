/* pct.c - priorities with few changes: the thread with the highest priority runs until it waits or until one of the
 * change points, chosen in advance, puts it last. A bug that needs d ordered steps is found with a probability of at
 * least 1 / (threads * steps^(d-1)).
 * Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs",
 * ASPLOS 2010. */
#include "../search.h"

enum { CHANGES = 2, SOME_STEPS = 50 };

static bool plan(struct search *search, uint64_t number)
{
	(void)number;
	uint64_t steps = search->profile.steps ? search->profile.steps : SOME_STEPS;
	search->plan.changes = CHANGES;
	for (unsigned i = 0; i < CHANGES; i++)
		search->plan.change[i] = 1 + search_random(search) % steps;
	return true;
}

static size_t choose(struct search *search, const struct moment *moment)
{
	if (moment->kind != DECIDE_NEXT)
		return search_random(search) % moment->count;
	for (unsigned i = 0; i < search->plan.changes; i++)
		if (search->plan.change[i] && search->plan.change[i] <= search->steps) {
			search->plan.change[i] = 0;
			search->priority[moment->current] = --search->low;
		}
	if (moment->yields) /* who spins must not keep the others from what it waits for */
		search->priority[moment->current] = --search->low;
	size_t best = 0;
	for (size_t i = 1; i < moment->count; i++)
		if (search->priority[moment->option[i]] > search->priority[moment->option[best]])
			best = i;
	return best;
}

const struct strategy strategy_pct = {"pct", false, plan, choose, NULL};
