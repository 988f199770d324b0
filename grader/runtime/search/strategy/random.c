/* random.c - random walk: every option is as likely as the others. */
#include "../search.h"

static bool plan(struct search *search, uint64_t number)
{
	(void)search;
	(void)number;
	return true;
}

static size_t choose(struct search *search, const struct moment *moment)
{
	return search_random(search) % moment->count;
}

const struct strategy strategy_random = {"random", false, plan, choose, NULL};
