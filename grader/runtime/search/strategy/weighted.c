/* weighted.c - a random walk that is fair to interleavings instead of steps: a thread is as likely to go on as it has
 * steps left, counting those of threads that it has yet to make.
 * Zhao, Wolff, Mathur, Roychoudhury, "Selectively uniform concurrency testing" (SURW; without selection URW),
 * ASPLOS 2025. */
#include "../../internal.h"

static bool plan(struct search *search, uint64_t number)
{
	(void)search;
	(void)number;
	return true;
}

/* The first ancestor that exists by now. */
static int living_ancestor(const struct profile *profile, int thread, int threads)
{
	while (thread >= threads)
		thread = profile->parent[thread];
	return thread;
}

static size_t choose(struct search *search, const struct moment *moment)
{
	const struct profile *profile = &search->profile;
	uint64_t weight[SEARCH_THREADS], total = 0;
	int threads = WORLD->thread_count;
	if (moment->kind != DECIDE_NEXT || moment->yields)
		return search_random(search) % moment->count;
	for (int i = 0; i < threads; i++)
		weight[i] = profile->points[i] > search->points[i] ? profile->points[i] - search->points[i] : 1;
	for (int i = threads; i < profile->threads; i++)
		weight[living_ancestor(profile, i, threads)] += profile->points[i];
	for (size_t i = 0; i < moment->count; i++)
		total += weight[moment->option[i]];
	uint64_t ticket = search_random(search) % total;
	size_t chosen = 0;
	while (ticket >= weight[moment->option[chosen]])
		ticket -= weight[moment->option[chosen++]];
	return chosen;
}

const struct strategy strategy_weighted = {"weighted", false, plan, choose, NULL};
