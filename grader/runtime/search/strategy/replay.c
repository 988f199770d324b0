/* replay.c - a schedule that is known: the default, but for the decisions that a token names. */
#include "../search.h"

static bool plan(struct search *search, uint64_t number)
{
	(void)search;
	return number == 0;
}

/* Invariant: deviations are sorted by thread and number. */
static const struct deviation *find(const struct search *search, unsigned thread, uint64_t number)
{
	size_t low = 0, high = search->plan.deviations;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct deviation *deviation = &search->plan.deviation[middle];
		if (deviation->thread < thread || (deviation->thread == thread && deviation->number < number))
			low = middle + 1;
		else
			high = middle;
	}
	if (low == search->plan.deviations)
		return NULL;
	const struct deviation *deviation = &search->plan.deviation[low];
	return deviation->thread == thread && deviation->number == number ? deviation : NULL;
}

static size_t choose(struct search *search, const struct moment *moment)
{
	unsigned thread = (unsigned)moment->current;
	const struct deviation *deviation = find(search, thread, search_number(search, moment->current));
	for (size_t i = 0; deviation && i < moment->count; i++)
		if (moment->option[i] == deviation->value)
			return i;
	return 0;
}

const struct strategy strategy_replay = {"replay", true, plan, choose, NULL};
